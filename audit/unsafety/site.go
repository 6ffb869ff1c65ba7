// Package unsafety lists the unsafe code of a dependency tree: what rustc itself
// says is unsafe, after macros are expanded, for the target and features that are built.
package unsafety

import "softshell/finding"

// Kind says what is unsafe about a site.
type Kind string

// The kinds: operations, then declarations.
const (
	RawDeref   Kind = "deref"      // of a raw pointer
	UnsafeCall Kind = "call"       // of an unsafe function
	FFICall    Kind = "ffi"        // of a foreign function
	StaticMut  Kind = "static mut" // use of one, or of a foreign static
	UnionField Kind = "union"      // read of a union's field
	InlineAsm  Kind = "asm"
	Transmute  Kind = "transmute" // and what is like it

	UnsafeBlock Kind = "block"
	UnsafeFn    Kind = "fn"
	UnsafeImpl  Kind = "impl"
	UnsafeTrait Kind = "trait"
	UnsafeAttr  Kind = "attribute" // no_mangle, export_name, link_section
)

// Inventory is all unsafe code of a tree.
type Inventory struct {
	Crates []Crate // sorted by package, version, crate
	Notes  []string
}

// Crate is the unsafe code of one compiled crate.
type Crate struct {
	Package, Version, Crate, Kind string
	Member                        bool
	Lines                         int    // of source
	Forbids                       bool   // forbids unsafe code
	Failed                        string // why it could not be looked at; then Sites say nothing
	Sites                         []Site // sorted by place
}

// Site is one unsafe operation or declaration.
type Site struct {
	Kind   Kind
	Item   string       // path of the item it stands in
	Span   finding.Span // of the operation, or of the declaration's head
	Detail string       // the callee, the type, the static
	Macro  string       // whose expansion it comes from, "" for none
	// Safety is the place of the comment that says why it is sound (`// SAFETY:`, or the
	// section `# Safety` of an unsafe function); zero when there is none.
	Safety  finding.Span
	Needs   bool   // such a comment is expected here: blocks, impls, unsafe functions and traits
	Reached string // "reachable", "not reached", "unknown"; "" when not asked for
}
