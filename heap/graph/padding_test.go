package graph

import (
	"encoding/binary"
	"testing"

	"softshell/heap/memory"
	"softshell/heap/memory/memorytest"
)

// TestPadding has channels as std lays them out: each is held by an actor, and its
// messages, in a block, hold the actor. Between its fields are words that were left
// of the actor before. One block is pointed to from outside; through the padding,
// that would seem to hold all channels which were made before.
func TestPadding(t *testing.T) {
	const base, n = 0x7f00_0000_0000, 20
	const actor, channel, block, room = 0, 64, 640, 1152
	data := make([]byte, n*room+8)
	put := func(at int, words ...uint64) {
		for i, w := range words {
			binary.LittleEndian.PutUint64(data[at+8*i:], w)
		}
	}
	addr := func(i, part int) uint64 { return base + uint64(i*room+part) }
	s := &memory.Snapshot{Mem: memorytest.Chunks{{Addr: base, Data: data}}}
	for i := range n {
		put(i*room+actor, 2, 1, 1, addr(i, channel), 0, 1, addr(i, channel))
		put(i*room+channel, 0, addr(i, block))
		put(i*room+channel+128, 4, addr(i, block), 99)
		put(i*room+block, addr(i, actor), 1, addr(i, actor), 1)
		if i > 0 {
			put(i*room+channel+16, 1, addr(i-1, channel), 0, 1, addr(i-1, channel))
		}
		s.Live = append(s.Live, memory.Block{Addr: addr(i, actor), Size: 56, Node: 0},
			memory.Block{Addr: addr(i, channel), Size: 512, Node: 1}, memory.Block{Addr: addr(i, block), Size: 504, Node: 2})
	}
	put(n*room, addr(n-2, block)+464)
	s.Data = []memory.Range{{Start: base + n*room, End: base + n*room + 8}}
	for _, c := range []struct {
		name    string
		padding func(block int, offset int64) bool
		found   int
	}{
		{"known", func(block int, offset int64) bool {
			return s.Live[block].Node == 1 && offset >= 16 && offset < 128
		}, n - 1},
		{"not known", nil, 1},
	} {
		if found := count(Analyze(s, Options{Padding: c.padding})); found != c.found {
			t.Errorf("padding %s: %d cycles found, not %d", c.name, found, c.found)
		}
	}
}

// TestPaddingJoinsNothing has two values that hold themselves, and in the padding of
// each a handle to the other: they are two cycles, not one.
func TestPaddingJoinsNothing(t *testing.T) {
	const base, size = 0x7f00_0000_0000, 64
	data := make([]byte, 2*size)
	s := &memory.Snapshot{Mem: memorytest.Chunks{{Addr: base, Data: data}}}
	for i := range 2 {
		own, other := base+uint64(i*size), base+uint64((1-i)*size)
		for k, w := range []uint64{2, 1, own, own, other} {
			binary.LittleEndian.PutUint64(data[i*size+8*k:], w)
		}
		s.Live = append(s.Live, memory.Block{Addr: own, Size: 40})
	}
	padding := func(_ int, offset int64) bool { return offset == 32 }
	if found := count(Analyze(s, Options{Padding: padding})); found != 2 {
		t.Errorf("%d cycles found", found)
	}
}
