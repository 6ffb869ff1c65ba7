// Package region reads and feeds the memory that the collector and its launcher
// share.
//
// In: the sparse file that the collector fills in (package shim says how). Out:
// stacks, counts for each site, threads, modules, and the blocks that the shadow
// tells of. Always: it may be read while the collector writes, and after the
// process was killed; what was torn by that is left out; holes of the file are
// not touched, since reading one would fill it.
package region
