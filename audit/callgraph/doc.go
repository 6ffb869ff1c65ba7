// Package callgraph says which functions of a dependency tree can run.
//
// What comes in are the captured units of a build, with the MIR of every crate.
// What goes out is a Graph: the bodies that can run when the roots run (mains, the
// functions of the workspace's libraries, its tests), each with the shortest
// chain of calls from a root, and what of it could not be seen.
//
// # What always holds
//
// A body that can run is never left out knowingly: "not reached" must be right,
// "reachable" may be too much. So a choice that the text does not decide takes all
// that fit:
//
//   - A function that is named at all, called or handed on, counts as called, with
//     the closures and constants in it. So function pointers need no types.
//   - `<S as Tr>::m` with a known S runs the impl of that type, and the default of
//     the trait; with a generic S or a trait object it runs the impls of all types
//     that are touched: those that reached code hands to generic code, as an
//     argument of a path or by making a trait object of them, and those that could
//     come in unseen (associated types, defaults of parameters, arguments of macros).
//   - The standard library has no MIR. It may call every method of its own traits
//     on every type that is touched, and Drop on every type that is mentioned.
//   - Names are compared by the type's and the trait's last segment, within the
//     crates that the name can come from, since rustc prints the path of a
//     re-export; names that a `use .. as ..` joins are one name.
//   - Functions that others call by symbol (no_mangle, link_section and their like)
//     are roots.
//
// What stays unseen is counted in Graph: crates without MIR, bodies that the parser
// does not know. What C code calls is seen where Rust hands it a function.
//
// # The way of the data
//
//	source.go  sources of a unit -> what they declare
//	read.go    MIR of a unit -> its bodies and what each names
//	load.go    the units of a build, or what the cache keeps of them
//	link.go    names -> bodies, types
//	std.go     which traits the standard library calls
//	reach.go   what can run
//	chain.go   the way to a function, and where it is declared
//	find.go    paths as advisories write them -> bodies
//	query.go   the answer about a package
//	ran.go     functions that were seen to run, to hold the graph against
package callgraph
