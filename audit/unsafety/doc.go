// Package unsafety lists the unsafe code of a dependency tree: what rustc itself
// says is unsafe, after macros are expanded, for the target and features that are built.
//
// What comes in are the surveys of a capture.Build: rustc's lint unsafe_code, and the
// bodies of the functions as rustc built them. What goes out is an Inventory: for each
// compiled crate its sites, which are declarations (blocks, functions, impls, traits,
// attributes) and operations (what an unsafe block is needed for).
//
//	body.go     text of a body -> its statements, the types of its locals
//	ops.go      statements -> operations that are unsafe
//	place.go    the places and types of MIR text, as far as a raw pointer can be told
//	source.go   comments and names, looked up in the sources
//	crate.go    one unit -> one Crate
//	survey.go   a Build -> an Inventory
//	diff.go     two inventories -> what is new
//
// An operation is listed if rustc demands an unsafe context for it. What the compiler
// itself puts into a body (an `.await`, format_args!) and what the standard library's
// macros expand to is not the crate's code and is left out.
package unsafety
