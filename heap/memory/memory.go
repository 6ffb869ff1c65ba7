// Package memory is the memory of a process that stands still: which blocks its
// allocator has handed out, which words outside of them are alive, and a way to
// read it.
//
// In: addresses and sizes from the collector (package record makes a Snapshot).
// Out: what graph and secret ask. Always: the lists are sorted by address and do
// not overlap.
package memory

import "io"

// Snapshot is a process at its end, or stopped.
type Snapshot struct {
	Live  []Block
	Freed []Block // blocks given back whose bytes were not handed out again
	// Mem reads at addresses of the process. A read that meets an unmapped page
	// is short, with an error.
	Mem     io.ReaderAt
	Stacks  []Range  // of live threads, from the stack pointer on
	Data    []Range  // static and thread-local data of the modules
	Words   []uint64 // registers of live threads
	Strings []Range  // arguments and environment, as the kernel placed them
}

// Block is what one call of the allocator gave.
type Block struct {
	Addr uint64
	Size uint64 // bytes asked for
	Node int32  // where it was allocated: an index of profile.Node
}

// Range is memory from Start up to End.
type Range struct{ Start, End uint64 }
