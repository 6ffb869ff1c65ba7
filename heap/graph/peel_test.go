package graph

import (
	"encoding/binary"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"softshell/heap/memory"
	"softshell/heap/memory/memorytest"
)

// links are a list of small groups of blocks, each with a place of its own, in a
// memory that begins at linkBase.
type links struct {
	s    memory.Snapshot
	data []byte
}

const (
	linkBase = 0x7f00_0000_0000
	linkRoom = 256          // for one group
	odd      = 0x9999999999 // no pointer, and no count
)

func newLinks(n int) *links {
	l := &links{data: make([]byte, n*linkRoom)}
	l.s.Mem = memorytest.Chunks{{Addr: linkBase, Data: l.data}}
	return l
}

func (l *links) block(addr, size uint64, node int32, words ...uint64) {
	for i, w := range words {
		binary.LittleEndian.PutUint64(l.data[addr-linkBase+uint64(8*i):], w)
	}
	l.s.Live = append(l.s.Live, memory.Block{Addr: addr, Size: size, Node: node})
}

// A circle may hang below a cycle that hangs below another circle, and so on. When
// the first goes, all go, and not one in each round.
func TestChainOfCircles(t *testing.T) {
	const n = 500
	l := newLinks(n)
	for i := range uint64(n) {
		owner, list, cycle, next := linkBase+i*linkRoom, linkBase+i*linkRoom+64, linkBase+i*linkRoom+128, linkBase+(i+1)*linkRoom+64
		if i == n-1 {
			next = 0
		}
		l.block(owner, 48, 0, odd, 2, list, 2)
		l.block(list, 32, 1, owner+8, cycle)
		l.block(cycle, 64, 2, 2, 1, cycle, odd, next)
	}
	h := newHeap(&l.s, Options{Workers: 1})
	h.begin()
	for rounds := 1; ; rounds++ {
		cycles, done := h.round()
		if done && len(cycles) > 0 {
			t.Errorf("%d cycles, although a circle that is none holds the first", len(cycles))
		}
		if done {
			break
		}
		if rounds == 3 {
			t.Fatalf("more than %d rounds for %d circles", rounds, n)
		}
	}
}

// drawLinks makes groups that hang below each other, with stray pointers: circles
// without counts that lead to a cycle, with one that has counts, and cycles of two.
func drawLinks(t *rapid.T) *links {
	n := rapid.IntRange(2, 9).Draw(t, "groups")
	l := newLinks(n)
	number := func(below int) uint64 { return uint64(rapid.IntRange(0, below-1).Draw(t, "number")) }
	place := func() uint64 { return linkBase + number(n)*linkRoom + 64*number(4) }
	stray := func() uint64 {
		switch number(12) {
		case 0:
			return place()
		case 1:
			return place() + 8
		case 2:
			return number(4)
		}
		return 0
	}
	for i := range uint64(n) {
		a := linkBase + i*linkRoom
		b, c, d, next := a+64, a+128, a+192, uint64(0)
		if i+1 < uint64(n) {
			next = a + linkRoom + 64*number(3)
		}
		switch number(4) {
		case 0, 1:
			l.block(a, 48, 0, odd, 2, b, 2, stray(), stray())
			l.block(b, 32, 1, a+8, c, stray(), stray())
			l.block(c, 64, 2, 2+number(5)/4, 1+number(5)/4, c, odd, next, stray(), stray(), stray())
		case 2:
			l.block(a, 48, 0, odd, b, stray(), c, stray(), stray())
			l.block(b, 32, 1, odd, a, next, stray())
			l.block(c, 64, 2, 1+number(3), 1+number(2), c, stray(), next, stray(), stray(), a)
		case 3:
			l.block(a, 48, 0, 1+number(2), 1, c, next, stray(), stray())
			l.block(c, 64, 2, 1+number(2), 1, a, stray(), next, stray(), d, d)
			l.block(d, 48, 3, 1+number(3), 1+number(2), stray(), stray(), d, next)
		}
	}
	if number(3) == 0 {
		l.s.Words = []uint64{place()}
	}
	return l
}

// TestPeel compares with one step in each round.
func TestPeel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLinks(t)
		o := Options{Workers: 1}
		if rapid.Bool().Draw(t, "handles are told") {
			x := rapid.Int32Range(0, 2).Draw(t, "unknown")
			o.Handle = func(node int32) Handle {
				if (node+x)%3 == 0 {
					return Unknown
				}
				return Handle(1 + (node+x)%2)
			}
		}
		if rapid.Bool().Draw(t, "pointers are told") {
			x := rapid.IntRange(0, 100).Draw(t, "shift")
			o.Pointer = func(b int, off int64) Pointer { return Pointer((7*b + 3*int(off)/8 + x) % 5) }
		}
		fast, slow := newHeap(&l.s, o), newHeap(&l.s, o)
		got := fast.deadCycles()
		slow.begin()
		want, others := slow.judge()
		for ; len(others) > 0; want, others = slow.judge() {
			for _, b := range others {
				slow.remove(b)
			}
		}
		if !reflect.DeepEqual(got, want) || !reflect.DeepEqual(fast.in, slow.in) {
			t.Errorf("cycles %v, step by step %v\nleft %v\nstep by step %v", got, want, fast.in, slow.in)
		}
	})
}
