// Package graph says what holds each block that a process had at its end, and
// finds the cycles of reference counts among those that nothing holds.
//
// In: a memory.Snapshot. Out: a kind for each live block, and the cycles, those
// of one shape put together. Always: the same memory gives the same result, at
// any number of workers; what could not be read is counted.
//
// # How a cycle is found
//
// All aligned words of the live blocks are taken for pointers if they lie in a
// live block. An Rc or Arc begins with a strong and a weak count; its handles
// point to its first byte. Handles are counted, so no roots are needed: if as
// many handles to it as it counts stand in a set of blocks, nothing else holds
// it. The set that is looked for is the greatest one in which this holds for all
// counted blocks, while all other blocks (a Box, the buffer of a Vec) have their
// owner in it. It is found by taking out what does not comply until nothing is
// left to take out. Each block that stays has a pointer from one that stays; so it
// lies on a cycle or hangs below one. Cycles are the strongly connected components
// with a counted block; what hangs below is lost through them.
//
// # What memory does not show
//
// Small numbers at the start of a block may be no counts. What speaks against it:
// another block of the same node that does not begin so, a vtable beside the
// pointer that gives the block another layout, a capacity and a length beside it.
// Options.Handle tells, where the stack of the allocation is known. Without it, a
// list of two elements that each begin with the numbers 1 and 1 is taken for a
// cycle.
//
// Words remain where no value is any more: behind the length of a Vec, in an
// empty bucket, in padding, in a future from which a value was moved on. The first
// two are recognised, padding where debug information shows it (Options.Padding).
// For the rest, each block is taken to hold one handle to another wherever
// something outside points there as well. A stale word in a root can still keep a
// block, and what that block seems to hold.
//
// Strong and weak handles look alike. Where debug information tells them apart
// (Options.Pointer), a circle through a weak handle is none, nor is one
// through a raw pointer to what has another owner.
// Without it, a block below a cycle is taken to be held by the handles from above,
// if they are as many as are strong, so that a tree with weak parents is no cycle.
// A cycle to which a live Weak still points from outside is not called dead, as
// Weak::upgrade would bring it back. Handles that were forgotten (mem::forget)
// make a leak that is no cycle. Counts of other kinds are not known: a block with
// such is taken for one with a single owner, all pointers to which must come from
// the set. The header of a tokio task is one; while its runtime lives, the
// runtime's list of tasks holds it, and when the runtime ends, it drops the future.
//
// All this rests on std's private layout of Rc and Arc. SelfTest tries it with a
// toolchain; where it differs, Options.NoCycles says so, and no block is called
// cyclic.
package graph
