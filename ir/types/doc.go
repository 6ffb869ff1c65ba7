// Package types answers questions about types: which definition a spelling
// names, what a definition's fields are, whether a value owns memory that its
// drop gives back, and in which ways values can hold each other in a circle.
//
// In come the crates of a build, each with a callback that brings its items
// (package items) when a question really needs them, since making them costs
// about as much as checking the crate; and the models of types that no items
// describe (models/types.toml: the standard library and a few well-known
// crates). A crate's types are spelled as its MIR prints them.
//
// What holds of the answers:
//
//   - They are a function of the crates and the models alone. Which question
//     was asked first, and by which goroutine, changes nothing: what is not
//     loaded is loaded when it matters, and never guessed from what happens to
//     be there.
//   - A type that nothing describes is not an error: it is a Def that is not
//     Known, and an answer that depends on it says Unknown.
//   - Types are interned: equal types of one Universe are the same pointer.
package types
