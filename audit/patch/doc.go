// Package patch finds the smallest change that mends what an audit found, and answers
// what one advisory means for a program.
//
// What comes in is an audit's result and the folder of the workspace. What goes out is
// a Plan: steps of cargo for Cargo.lock, lines of manifests, and advice where no version
// helps. Cargo is the judge: each step is taken in a copy of the manifests (sandbox.go),
// and kept only when the vulnerable version is gone and no other advisory came.
//
//	choices.go   which versions could stand in the place of one
//	steps.go     taking a step, taking it back, leaving out what is needless
//	holders.go   who keeps a package back, and what must move for it
//	answer.go    changes of manifests, and what to do without
//	apply.go     the one place that writes a file of the user's
//	history.go   since when, by the commits of Cargo.lock
//
// Nothing of the user's is changed but by Apply.
package patch
