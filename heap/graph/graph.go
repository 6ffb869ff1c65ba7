package graph

import (
	"fmt"

	"softshell/heap/memory"
	"softshell/heap/profile"
)

// Options say what is known beside the memory.
type Options struct {
	// Handle tells what kind of block is allocated at a node, if stack or debug
	// information show it. It may be nil.
	Handle func(node int32) Handle
	// Pointer tells how the value in a live block, given by its index, holds what
	// the pointer at an offset leads to. It may be nil. Only pointers within what
	// could be a cycle are asked about, and of many equal ones only some.
	Pointer func(block int, offset int64) Pointer
	// Padding reports whether the type of a live block, given by its index, has no
	// field at an offset that a pointer could be. It may be nil.
	Padding func(block int, offset int64) bool
	// NoCycles is set where the layout of Rc and Arc is not as this package takes
	// it to be: no block is then called cyclic.
	NoCycles bool
	Workers  int // at once; 0: as many as there are processors
}

// Handle is what owns the blocks of an allocation.
type Handle uint8

// What owns a block.
const (
	Unknown Handle = iota
	Counted        // Rc or Arc: the block begins with a strong and a weak count
	Plain          // anything else: a Box, the buffer of a Vec
)

// Pointer is how a value holds what it points to.
type Pointer uint8

// Kinds of pointers.
const (
	AnyPointer   Pointer = iota // not known
	StrongHandle                // Rc or Arc
	WeakHandle                  // of an Rc or Arc
	Owner                       // Box, Vec
	Borrowed                    // a reference; or a raw pointer, which may own too
)

// Result says what holds each block.
type Result struct {
	Kinds  []profile.Kind // of Snapshot.Live
	Cycles []Cycle        // the greatest first
	// Below is for each live block the cycle that it is a member of, or hangs
	// below; else -1.
	Below  []int32
	Unread uint64 // bytes of live blocks and roots that could not be read
	Notes  []string
}

// Cycle is a set of blocks that hold each other by counts, and that nothing else
// holds. Sets of one shape, allocated at the same nodes, are one Cycle.
type Cycle struct {
	Count   int64
	Blocks  int64 // of one such set
	Bytes   int64 // of all sets, with what only they hold
	Members []Member
	Holds   []Hold // by From, then Offset
}

// MaxMembers is up to how many blocks of a cycle are listed. A shortest circle of
// holds comes first, in its order.
const MaxMembers = 64

// Member is a block of the first set of a Cycle.
type Member struct {
	Block        int // index in Snapshot.Live
	Counted      bool
	Strong, Weak int64 // as they stand there; 0 without counts
}

// Hold is a pointer from a member to a member.
type Hold struct {
	From, To int   // indices in Members
	Offset   int64 // in the block of From, counts included
	Into     int64 // in the block of To; 0 for a handle
}

// Analyze finds what holds each live block of a process that stands still.
func Analyze(s *memory.Snapshot, o Options) *Result {
	h := newHeap(s, o)
	var comps [][]int32
	if !o.NoCycles {
		comps = h.deadCycles()
	} else {
		h.in = make([]bool, len(s.Live))
	}
	r := &Result{Kinds: h.kinds(comps), Unread: h.sc.unread}
	r.Cycles, r.Below = h.cycles(comps)
	if r.Unread > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("%d bytes of the heap or of its roots could not be read; what they hold may be called leaked", r.Unread))
	}
	return r
}

// heap is the graph of the live blocks.
type heap struct {
	s   *memory.Snapshot
	sc  *scanned
	out []int32 // of block b: sc.edges[out[b]:out[b+1]]

	pointer func(int, int64) Pointer
	asked   map[where]asked

	counted []bool
	hollow  []bool  // counted, and the value is dropped: its pointers hold nothing
	total   []int64 // handles that a counted block says there are

	all   []tally // of pointers from anywhere in the heap
	roots []tally // of pointers from roots
	have  []tally // of pointers from blocks that are in
	in    []bool  // may belong to a dead cycle, or hang below one
	cut   []bool  // the pointers from its own component, which was says, are weak
	was   []int32
}

// tally counts the pointers to a block.
type tally struct {
	sure  int32 // handles, one for each source that holds any
	doubt int32 // of those, such as stand in a ring that may be empty there
	most  int32 // handles, with spare ones
	loose int32 // pointers that may be handles; not among most
	any   int32 // pointers that are not spare
	owner int32 // of those, such as an only owner has
}

func (t *tally) add(m mark, by int32) {
	switch {
	case m.is(loose):
		t.loose += by
	case m.is(handle):
		t.most += by
		if !m.is(spare | again) {
			t.sure += by
			if m.is(doubt) {
				t.doubt += by
			}
		}
	}
	if !m.is(spare) {
		t.any += by
		if m.is(owner) {
			t.owner += by
		}
	}
}

func newHeap(s *memory.Snapshot, o Options) *heap {
	n := len(s.Live)
	h := &heap{s: s, sc: &scanned{}, out: make([]int32, n+1), pointer: o.Pointer, asked: map[where]asked{}}
	h.all, h.roots, h.cut = make([]tally, n), make([]tally, n), make([]bool, n)
	if n > 0 {
		h.sc = scan(s, o.Workers)
	}
	h.index()
	h.markAgain()
	h.tally()
	h.classify(o.Handle)
	h.markSpare()
	h.markPadding(o.Padding)
	h.markAgain()
	h.tally()
	return h
}

func (h *heap) tally() {
	clear(h.all)
	clear(h.roots)
	for _, e := range h.sc.roots {
		h.roots[e.dst].add(e.mark, 1)
	}
	for _, e := range h.sc.edges {
		h.all[e.dst].add(e.mark, 1)
	}
}

func (h *heap) index() {
	for _, e := range h.sc.edges {
		h.out[e.src+1]++
	}
	for b := range h.s.Live {
		h.out[b+1] += h.out[b]
	}
}

// from are the pointers that a block holds.
func (h *heap) from(b int32) []edge { return h.sc.edges[h.out[b]:h.out[b+1]] }

// markAgain marks all but the first handle of a block to another.
func (h *heap) markAgain() {
	seen := make([]int32, len(h.s.Live))
	for i := range h.sc.edges {
		e := &h.sc.edges[i]
		e.mark &^= again
		if e.mark.is(handle) && !e.mark.is(spare|loose) {
			if seen[e.dst] == e.src+1 {
				e.mark |= again
			}
			seen[e.dst] = e.src + 1
		}
	}
}
