// Package items reads what a crate declares: types with their fields, impl
// blocks, signatures, re-exports.
//
// In comes rustdoc's JSON (see Decode for the flags). Most of that file is of
// no use here: documentation text, the blanket and auto-trait impls that
// rustdoc synthesises for each type, macros, constants. So the text is scanned
// through a small window, entry by entry, and an entry that nothing needs is
// stepped over without being built. What is kept waits as raw text until the
// table of definition paths, which stands behind the items, has been read.
//
// Out goes a Crate. What holds of it:
//
//   - Every type is text in the spelling of rustc's MIR with full definition
//     paths, the own crate's name first: "alloc::vec::Vec<mycrate::m::Node>".
//     Generic arguments left at their default are absent, type aliases are
//     named and not expanded (see Crate.TypeAliases).
//   - Aliases maps every other public path of an item to its definition.
//   - Everything is sorted, since rustdoc prints its items in no fixed order:
//     the same crate gives the same Crate.
//
// Two kinds of item are not in rustdoc's JSON at all: those declared inside
// function bodies, and private re-exports.
package items
