package graph

import "slices"

// components are the strongly connected components of the blocks in a set, by
// the pointers that follow accepts: each sorted, in the order of their first
// blocks; and for each block the index of its own, -1 outside of the set.
func components(h *heap, set []bool, follow func(*edge) bool) (comps [][]int32, of []int32) {
	t := tarjans(h, set, follow)
	slices.SortFunc(t.comps, func(a, b []int32) int { return int(a[0]) - int(b[0]) })
	for c, blocks := range t.comps {
		for _, b := range blocks {
			t.of[b] = int32(c)
		}
	}
	return t.comps, t.of
}

// tarjans finds them by Tarjan's algorithm, with a stack of its own: a list may be
// as long as the heap is large. Each component comes behind those it leads to.
func tarjans(h *heap, set []bool, follow func(*edge) bool) *tarjan {
	n := len(set)
	t := &tarjan{heap: h, follow: follow, seen: make([]int32, n), low: make([]int32, n), of: make([]int32, n)}
	for b := range t.of {
		t.of[b] = -1
	}
	for b := range set {
		if set[b] && t.seen[b] == 0 {
			t.visit(int32(b))
		}
	}
	return t
}

type tarjan struct {
	*heap
	follow        func(*edge) bool
	seen, low, of []int32 // seen: the order of visits, from 1
	count         int32
	path          []step
	open          []int32
	comps         [][]int32
}

// step is a block on the way, and its next pointer to follow.
type step struct{ block, next int32 }

func (t *tarjan) enter(b int32) {
	t.count++
	t.seen[b], t.low[b] = t.count, t.count
	t.open = append(t.open, b)
	t.path = append(t.path, step{b, t.out[b]})
}

func (t *tarjan) visit(b int32) {
	for t.enter(b); len(t.path) > 0; {
		top := &t.path[len(t.path)-1]
		b := top.block
		if top.next < t.out[b+1] {
			e := &t.sc.edges[top.next]
			top.next++
			switch {
			case !t.follow(e):
			case t.seen[e.dst] == 0:
				t.enter(e.dst)
			case t.of[e.dst] < 0:
				t.low[b] = min(t.low[b], t.seen[e.dst])
			}
			continue
		}
		t.path = t.path[:len(t.path)-1]
		if len(t.path) > 0 {
			p := t.path[len(t.path)-1].block
			t.low[p] = min(t.low[p], t.low[b])
		}
		if t.low[b] == t.seen[b] {
			t.close(b)
		}
	}
}

// close takes a component off the stack; of is set to any number until all are
// known.
func (t *tarjan) close(b int32) {
	i := len(t.open) - 1
	for t.open[i] != b {
		i--
	}
	comp := slices.Clone(t.open[i:])
	t.open = t.open[:i]
	for _, m := range comp {
		t.of[m] = 0
	}
	slices.Sort(comp)
	t.comps = append(t.comps, comp)
}
