// Package inject says how the collector gets into a program, and brings it
// there.
//
// In: a command line. Out: which executable of it is meant, whether the
// collector can be preloaded into it (and the environment that does so), or an
// error that says why not and what to do instead; and for programs that cannot
// be preloaded, a build of theirs with the collector linked in. Always: nothing
// is run to find out; what cannot work is refused before the program starts.
package inject
