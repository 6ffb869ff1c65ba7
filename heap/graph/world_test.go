package graph

import (
	"encoding/binary"
	"reflect"
	"testing"

	"gonum.org/v1/gonum/graph/simple"
	"gonum.org/v1/gonum/graph/topo"
	"pgregory.net/rapid"

	"softshell/heap/memory"
	"softshell/heap/memory/memorytest"
	"softshell/heap/profile"
)

// world is a program's objects, on which drops are simulated.
type world struct {
	objects []*object
	roots   []hand // what the stack holds
	phantom []hand // what was forgotten: it counts, and stands nowhere
}

// object is an Rc, or a Box with one owner.
type object struct {
	counted      bool
	strong, weak int
	slots        []hand
	first        [2]uint64 // what a Box begins with
	freed, empty bool      // empty: the value is dropped
}

// hand is a handle to an object, or none.
type hand struct {
	to   int
	weak bool
}

var nothing = hand{to: -1}

func draw(t *rapid.T) *world {
	w := &world{}
	n := rapid.IntRange(1, 14).Draw(t, "objects")
	numbers := rapid.Bool().Draw(t, "numbers")
	for i := range n {
		o := &object{counted: rapid.IntRange(0, 3).Draw(t, "counted") > 0, strong: 1, weak: 1}
		for range rapid.IntRange(0, 4).Draw(t, "slots") {
			o.slots = append(o.slots, nothing)
		}
		if numbers {
			o.first = [2]uint64{uint64(rapid.IntRange(0, 3).Draw(t, "number")), uint64(rapid.IntRange(0, 3).Draw(t, "number"))}
		}
		w.objects = append(w.objects, o)
		w.roots = append(w.roots, hand{to: i})
	}
	for i, o := range w.objects {
		for s := range o.slots {
			to := rapid.IntRange(-1, n-1).Draw(t, "to")
			if to < 0 {
				continue
			}
			switch p := w.objects[to]; {
			case p.counted:
				h := hand{to, rapid.IntRange(0, 3).Draw(t, "weak") == 0}
				o.slots[s] = h
				if h.weak {
					p.weak++
				} else {
					p.strong++
				}
			case w.roots[to].to >= 0 && (o.counted || i < to):
				o.slots[s], w.roots[to] = w.roots[to], nothing // a Box is moved in, never into itself
			}
		}
	}
	for i, r := range w.roots {
		switch rapid.IntRange(0, 7).Draw(t, "end") {
		case 0, 1, 2, 3, 4:
			w.roots[i] = nothing
			w.drop(r)
		case 5:
			w.roots[i] = nothing
			w.phantom = append(w.phantom, r)
		}
	}
	return w
}

func (w *world) drop(h hand) {
	if h.to < 0 {
		return
	}
	o := w.objects[h.to]
	switch {
	case !o.counted:
		o.freed = true
		w.dropSlots(o)
	case h.weak:
		o.weak--
	default:
		if o.strong--; o.strong == 0 {
			w.dropSlots(o)
			o.empty = true
			o.weak--
		}
	}
	if o.counted && o.weak == 0 {
		o.freed = true
	}
}

// dropSlots drops what an object holds; its memory keeps the words.
func (w *world) dropSlots(o *object) {
	for _, h := range o.slots {
		w.drop(h)
	}
}

// reached are the objects that roots lead to, also by weak handles.
func (w *world) reached(roots []hand) []bool {
	seen := make([]bool, len(w.objects))
	var visit func(hand)
	visit = func(h hand) {
		if h.to < 0 || seen[h.to] {
			return
		}
		seen[h.to] = true
		if !w.objects[h.to].empty {
			for _, h := range w.objects[h.to].slots {
				visit(h)
			}
		}
	}
	for _, h := range roots {
		visit(h)
	}
	return seen
}

// onCircle reports whether strong handles and boxes lead from an object back to
// it, on a way with a counted object.
func (w *world) onCircle(from int) bool {
	type state struct {
		at      int
		counted bool
	}
	seen := map[state]bool{}
	var visit func(state) bool
	visit = func(s state) bool {
		for _, h := range w.objects[s.at].slots {
			if h.to < 0 || h.weak || w.objects[s.at].empty {
				continue
			}
			next := state{h.to, s.counted || w.objects[h.to].counted}
			if h.to == from && next.counted {
				return true
			}
			if !seen[next] {
				seen[next] = true
				if visit(next) {
					return true
				}
			}
		}
		return false
	}
	return visit(state{from, w.objects[from].counted})
}

// snapshot lays the objects out in memory; block says which is which.
func (w *world) snapshot() (s *memory.Snapshot, object []int) {
	const base, room = 0x7f00_0000_0000, 128
	data := make([]byte, room*(len(w.objects)+1))
	put := func(at int, v uint64) { binary.LittleEndian.PutUint64(data[at:], v) }
	addr := func(h hand) uint64 {
		if h.to < 0 {
			return 0
		}
		return base + uint64(h.to*room)
	}
	s = &memory.Snapshot{Mem: memorytest.Chunks{{Addr: base, Data: data}}}
	for i, o := range w.objects {
		at, node := i*room, int32(0)
		if o.counted {
			put(at, uint64(o.strong))
			put(at+8, uint64(o.weak))
		} else {
			node = 1
			put(at, o.first[0])
			put(at+8, o.first[1])
		}
		for k, h := range o.slots {
			put(at+16+8*k, addr(h))
		}
		if !o.freed {
			s.Live = append(s.Live, memory.Block{Addr: base + uint64(at), Size: uint64(16 + 8*len(o.slots)), Node: node})
			object = append(object, i)
		}
	}
	at := room * len(w.objects)
	for k, h := range w.roots {
		put(at+8*k, addr(h))
	}
	s.Stacks = []memory.Range{{Start: base + uint64(at), End: base + uint64(at+8*len(w.roots))}}
	return s, object
}

// TestWorlds compares with what simulated drops leave: all that no root leads to
// is lost through a cycle. What lies on a circle of strong handles is cyclic, if
// there are no weak ones or if types tell them.
func TestWorlds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := draw(t)
		s, objects := w.snapshot()
		known := func(node int32) Handle { return Counted + Handle(node) }
		o := Options{Handle: known}
		if types := rapid.Bool().Draw(t, "types"); types {
			o.Pointer = func(block int, offset int64) Pointer {
				switch h := w.objects[objects[block]].slots[offset/8-2]; {
				case h.weak:
					return WeakHandle
				case w.objects[h.to].counted:
					return StrongHandle
				}
				return Owner
			}
		}
		sure := o.Pointer != nil || !w.anyWeak()
		r := Analyze(s, o)
		held := w.reached(w.roots)
		counts := w.reached(append(append([]hand{}, w.roots...), w.phantom...))
		for b, i := range objects {
			kind := r.Kinds[b]
			switch {
			case held[i] && kind != profile.Reachable:
				t.Errorf("object %d is held, and called %v", i, kind)
			case counts[i] && kind == profile.Cyclic:
				t.Errorf("object %d is held by what was forgotten, and called cyclic", i)
			case !counts[i] && kind != profile.Cyclic && kind != profile.Indirect:
				t.Errorf("object %d is lost, and called %v", i, kind)
			case sure && !counts[i] && w.onCircle(i) != (kind == profile.Cyclic):
				t.Errorf("object %d on a circle: %v, called %v", i, w.onCircle(i), kind)
			case (r.Below[b] >= 0) != !counts[i]:
				t.Errorf("object %d belongs to cycle %d", i, r.Below[b])
			}
		}
	})
}

func (w *world) anyWeak() bool {
	for _, o := range w.objects {
		for _, h := range o.slots {
			if h.weak {
				return true
			}
		}
	}
	return false
}

// TestComponents compares with another implementation.
func TestComponents(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 30).Draw(t, "blocks")
		h := &heap{s: &memory.Snapshot{Live: make([]memory.Block, n)}, sc: &scanned{}, out: make([]int32, n+1)}
		other := simple.NewDirectedGraph()
		in := make([]bool, n)
		for b := range n {
			if in[b] = rapid.IntRange(0, 5).Draw(t, "in") > 0; in[b] {
				other.AddNode(simple.Node(b))
			}
		}
		for b := range n {
			for range rapid.IntRange(0, 3).Draw(t, "pointers") {
				to := rapid.IntRange(0, n-1).Draw(t, "to")
				h.sc.edges = append(h.sc.edges, edge{src: int32(b), dst: int32(to)})
				if in[b] && in[to] && b != to {
					other.SetEdge(other.NewEdge(simple.Node(b), simple.Node(to)))
				}
			}
		}
		h.index()
		comps, of := components(h, in, func(e *edge) bool { return in[e.dst] })
		theirs := topo.TarjanSCC(other)
		if len(comps) != len(theirs) {
			t.Fatalf("%d components, %d expected", len(comps), len(theirs))
		}
		for _, c := range theirs {
			for _, b := range c {
				if of[b.ID()] != of[c[0].ID()] {
					t.Fatalf("%v are one component", c)
				}
			}
		}
	})
}

// TestWorkers wants the same result from any number of workers.
func TestWorkers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, _ := draw(t).snapshot()
		one, four := Analyze(s, Options{Workers: 1}), Analyze(s, Options{Workers: 4})
		if show(s, one) != show(s, four) {
			t.Fatalf("%s\n%s", show(s, one), show(s, four))
		}
	})
}

// TestWindows wants that of blocks that reach over windows, too (and the race
// detector sees that no two workers meet).
func TestWindows(t *testing.T) {
	const base = 0x100000
	data := make([]byte, 12*window)
	s := &memory.Snapshot{Mem: memorytest.Chunks{{Addr: base, Data: data}}}
	for at := uint64(0); at+window+40 <= uint64(len(data)); at += window - 16 {
		s.Live = append(s.Live, memory.Block{Addr: base + at, Size: window - 16, Node: 0})
		for i, w := range []uint64{1, 1, base, 4, 2} {
			binary.LittleEndian.PutUint64(data[at+uint64(8*i):], w)
		}
	}
	one := scan(s, 1)
	for range 5 {
		if many := scan(s, 4); !reflect.DeepEqual(one, many) {
			t.Fatalf("four workers see %d pointers, one %d", len(many.edges), len(one.edges))
		}
	}
}

// TestAnyMemory looks at memory that no program has: it must come to an end, with
// a kind for each block, and members that exist.
func TestAnyMemory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const base = 0x10000
		n := rapid.IntRange(1, 400).Draw(t, "words")
		data := make([]byte, 8*n)
		for i := range n {
			w := rapid.OneOf(rapid.Uint64Range(0, 9), rapid.Uint64Range(0, 9), rapid.Just(^uint64(0)), rapid.Uint64(),
				rapid.Uint64Range(base, base+uint64(8*n)), rapid.Map(rapid.IntRange(0, n), func(i int) uint64 { return base + uint64(8*i) })).Draw(t, "word")
			binary.LittleEndian.PutUint64(data[8*i:], w)
		}
		s := &memory.Snapshot{Mem: memorytest.Chunks{{Addr: base, Data: data[:8*rapid.IntRange(0, n).Draw(t, "readable")]}}}
		for at := uint64(0); at < uint64(8*n); {
			size := rapid.Uint64Range(0, 200).Draw(t, "size")
			s.Live = append(s.Live, memory.Block{Addr: base + at, Size: min(size, uint64(8*n)-at), Node: int32(size % 5)})
			at += max(size, 1) + rapid.Uint64Range(0, 16).Draw(t, "hole")
		}
		s.Data = []memory.Range{{Start: base, End: base + uint64(4*n)}}
		r := Analyze(s, Options{})
		if len(r.Kinds) != len(s.Live) || len(r.Below) != len(s.Live) {
			t.Fatalf("%d kinds of %d blocks", len(r.Kinds), len(s.Live))
		}
		for _, c := range r.Cycles {
			if len(c.Members) == 0 || c.Count < 1 || c.Blocks < int64(len(c.Members)) {
				t.Fatalf("%+v", c)
			}
			for _, h := range c.Holds {
				if h.From >= len(c.Members) || h.To >= len(c.Members) {
					t.Fatalf("%+v", h)
				}
			}
		}
	})
}
