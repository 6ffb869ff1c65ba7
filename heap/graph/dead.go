package graph

// deadCycles finds the greatest set of blocks such that all references to each
// of them come from blocks of the set, and returns its cycles. Each block of the
// set has a reference, so it lies on a cycle or hangs below one. What remains of
// the set is in h.in.
func (h *heap) deadCycles() [][]int32 {
	h.begin()
	for {
		clear(h.cut)
		comps, of := components(h, h.in, h.holds)
		if h.cutBelow(comps, of) {
			comps, of = components(h, h.in, h.holds)
		}
		comps, sources := h.cyclic(comps, of)
		if len(sources) == 0 {
			return comps
		}
		for _, b := range sources {
			h.remove(b)
		}
	}
}

// begin takes all blocks into the set, then out again until each one left is
// held by the set alone.
func (h *heap) begin() {
	n := len(h.s.Live)
	h.in, h.have = make([]bool, n), make([]tally, n)
	for b := range h.in {
		h.in[b] = true
	}
	for b := range h.in {
		if !h.hollow[b] {
			for _, e := range h.from(int32(b)) {
				h.have[e.dst].add(e.mark, 1)
			}
		}
	}
	// What a dropped value points to holds nothing, wherever it lies.
	copy(h.all, h.have)
	for b := range h.in {
		if h.in[b] && !h.dead(int32(b)) {
			h.remove(int32(b))
		}
	}
}

// remove takes a block out, and all that is then held from outside.
func (h *heap) remove(b int32) {
	if !h.in[b] {
		return
	}
	h.in[b] = false
	for work := []int32{b}; len(work) > 0; {
		b := work[len(work)-1]
		work = work[:len(work)-1]
		if h.hollow[b] {
			continue
		}
		for _, e := range h.from(b) {
			h.have[e.dst].add(e.mark, -1)
		}
		for _, e := range h.from(b) {
			if h.in[e.dst] && !h.dead(e.dst) {
				h.in[e.dst] = false
				work = append(work, e.dst)
			}
		}
	}
}

// dead reports whether the pointers from within the set account for all
// references to a block.
//
// Of a counted block they must be as many as it counts. Memory keeps pointers
// that are no handles any more: copies in a future from which the value was moved
// on, elements behind a Vec's length. So where a block outside, or a root, points
// to it as well, each source in the set is taken to hold one handle, and spare
// or doubtful ones are taken to hold none.
//
// Any other block has one owner. It must have no pointer from outside, unless it
// has one from within such as only owners have, and none of that kind from
// outside.
func (h *heap) dead(b int32) bool {
	have, all, roots := &h.have[b], &h.all[b], &h.roots[b]
	if h.counted[b] {
		if all.sure == have.sure && roots.sure == 0 {
			return int64(have.most) >= h.total[b]
		}
		return int64(have.sure-have.doubt) == h.total[b]
	}
	switch {
	case have.any == 0:
		return false
	case have.any == all.any && roots.any == 0:
		return true
	}
	return have.owner > 0 && all.owner == have.owner && roots.owner == 0
}

// holds reports whether a pointer from a block of the set to one of the set may
// keep it alive.
func (h *heap) holds(e *edge) bool {
	switch {
	case !h.in[e.dst] || h.hollow[e.src] || h.cut[e.dst] && h.was[e.src] == h.was[e.dst]:
		return false
	case !h.counted[e.dst]:
		return !e.mark.is(spare)
	case !e.mark.is(handle):
		return false
	}
	have, total := &h.have[e.dst], h.total[e.dst]
	switch {
	case e.mark.is(spare):
		return int64(have.sure) < total
	case e.mark.is(doubt):
		return int64(have.sure-have.doubt) < total
	}
	return true
}

// cutBelow finds what hangs below another component, although pointers go back
// within its own, as those of a tree with weak parents do. A counted block hangs
// there if as many handles as are strong come from other components or from
// blocks that hang there, so that the rest are weak; any other block if all
// pointers to it do.
func (h *heap) cutBelow(comps [][]int32, of []int32) bool {
	h.was = of
	from := make([]int32, len(of)) // pointers from what hangs, or from other components
	var work []int32
	hang := func(e *edge) {
		b := e.dst
		if h.cut[b] || e.mark.is(spare) || h.counted[b] && !e.mark.is(handle) {
			return
		}
		from[b]++
		if h.hangs(b, from[b]) {
			h.cut[b] = true
			work = append(work, b)
		}
	}
	for b := range of {
		if of[b] >= 0 {
			h.eachHeld(int32(b), func(e *edge) {
				if of[e.dst] != of[b] {
					hang(e)
				}
			})
		}
	}
	any := len(work) > 0
	for len(work) > 0 {
		b := work[len(work)-1]
		work = work[:len(work)-1]
		es := h.from(b)
		for i := range es {
			if e := &es[i]; of[e.dst] == of[b] && h.in[e.dst] {
				hang(e)
			}
		}
	}
	return any
}

// hangs reports whether so many pointers account for what holds a block. Where
// there are more than the block counts, some are leftovers, and none can be told
// to be weak.
func (h *heap) hangs(b, from int32) bool {
	have := &h.have[b]
	if !h.counted[b] {
		return from >= have.any
	}
	strong, weak := h.counts(b)
	return from >= have.most || weak > 1 && int64(have.most) <= h.total[b] && int64(from) >= strong
}

// eachHeld calls f for each pointer of b that holds a block of the set.
func (h *heap) eachHeld(b int32, f func(*edge)) {
	es := h.from(b)
	for i := range es {
		if h.holds(&es[i]) {
			f(&es[i])
		}
	}
}

// cyclic returns the components that are cycles of counts. What nothing in the
// set holds from outside, and is no such cycle, is returned as sources: it may be
// a list with pointers in both directions, whose owner is not known to be dead. So
// is what has the form of a cycle by chance only.
func (h *heap) cyclic(comps [][]int32, of []int32) (cycles [][]int32, sources []int32) {
	held := make([]bool, len(comps))
	loop := make([]bool, len(comps))
	for c, blocks := range comps {
		for _, b := range blocks {
			h.eachHeld(b, func(e *edge) {
				if d := of[e.dst]; d != int32(c) {
					held[d] = true
				} else if len(blocks) > 1 || h.counted[b] {
					loop[c] = true
				}
			})
		}
	}
	for c, blocks := range comps {
		counts := false
		for _, b := range blocks {
			counts = counts || h.counted[b]
		}
		switch {
		case loop[c] && counts && h.unlikely(blocks):
			sources = append(sources, blocks...)
		case loop[c] && counts:
			cycles = append(cycles, blocks)
		case !held[c]:
			sources = append(sources, blocks...)
		}
	}
	return cycles, sources
}

// unlikely reports whether more handles are found to each counted block of a
// cycle than it counts, for some already within the set, while something outside
// points there too. Then the numbers are no counts: it is a list whose elements
// begin with small numbers.
func (h *heap) unlikely(blocks []int32) bool {
	within, outside := false, false
	for _, b := range blocks {
		if !h.counted[b] {
			continue
		}
		have, total := h.have[b].sure, h.total[b]
		found := h.all[b].sure + h.roots[b].sure
		if int64(found) <= total {
			return false
		}
		within = within || int64(have) > total
		outside = outside || found > have
	}
	return within && outside
}
