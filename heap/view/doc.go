// Package view shows a profile as a Rust programmer wants to read it: stacks
// folded to the code that is his, readable names, what the runtime keeps for
// itself told apart from what was lost, and lists for each function, stack and
// type.
//
// In: a profile and the choices of a reader. Out: a View; asking it for a list
// costs one pass over its stacks. Always: the profile is not changed; every block
// that the profile counts as left is in exactly one of lost, held back, reachable
// and runtime; lists are in one order for the same profile.
package view
