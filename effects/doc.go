// Package effects says what a call does to ownership.
//
// What comes in: the path of a callee as MIR prints it. What goes out: its
// Effect, that is, what becomes of each argument and what the result holds.
// The effects of std, alloc, core, libc and some well-known crates are data:
// models/*.toml, embedded, one entry a function, read once. A project can add
// models for functions of its own in its Cargo.toml; they win over ours.
//
// What always holds: a function without a model is unknown, never harmless.
// Package flow infers effects from bodies where there is one, and asks here
// only for the rest.
package effects
