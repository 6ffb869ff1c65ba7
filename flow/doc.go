// Package flow follows ownership through a Program.
//
// What comes in: an ir.Program whose calls are linked, the models of package
// effects, and answers about types. What goes out: for each place where
// ownership leaves the compiler's sight (an Origin), the events that end the
// resource's story: released, returned, stored, escaped, unknown, or lost.
//
// How: a resource is tracked alone. Its state at a program point is the set of
// places that hold it (holders), with the known values of drop flags. States
// are joined only when equal, so a branch that forgets is told apart from one
// that frees (property simulation, Das, Lerner and Seigel, PLDI 2002). The
// states and the edges between them form a finite graph; loops reach a
// fixpoint because holders are bounded. An event at the end of that graph is
// reported only when a path to it is feasible: the conditions of its branches
// are given to a SAT solver, and the satisfying path is the trace that a user
// reads.
//
// Calls are answered by models, or by the callee's own body: what becomes of a
// parameter is computed on demand and kept (a summary), mutually recursive
// functions to a fixpoint. What has neither is unknown, and unknown ends the
// tracking: it never makes a finding.
package flow
