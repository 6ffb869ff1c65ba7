package graph

import "slices"

// deadCycles finds the greatest set of blocks such that all references to each
// of them come from blocks of the set, and returns its cycles. Each block of the
// set has a reference, so it lies on a circle or hangs below one. A circle that is
// no cycle of counts may be a list with pointers both ways whose owner was not
// seen; it is taken out, with what hangs below it alone. What remains of the set
// is in h.in.
func (h *heap) deadCycles() [][]int32 {
	h.begin()
	for {
		if cycles, done := h.round(); done {
			return cycles
		}
	}
}

// round takes out what hangs below no cycle. It returns the cycles, and true when
// that was nothing.
func (h *heap) round() (cycles [][]int32, done bool) {
	cycles, others := h.judge()
	if len(others) == 0 {
		return cycles, true
	}
	before := slices.Clone(h.have)
	for _, b := range others {
		h.remove(b)
	}
	h.peel(cycles, before)
	return nil, false
}

// judge finds the cycles of the set as it is, and what of it hangs below none.
func (h *heap) judge() (cycles [][]int32, others []int32) {
	clear(h.cut)
	comps, of := components(h, h.in, h.holds)
	if h.soften(of) {
		comps, of = components(h, h.in, h.holds)
	}
	if h.cutBelow(of) {
		comps, of = components(h, h.in, h.holds)
	}
	cycles = h.cyclic(comps, of)
	return cycles, h.notBelow(cycles)
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
// or doubtful ones are taken to hold none. Pointers to the value count as handles
// only if there are none from outside, of either kind.
//
// Any other block has one owner. It must have no pointer from outside, unless it
// has one from within such as only owners have, and none of that kind from
// outside.
func (h *heap) dead(b int32) bool {
	have, all, roots := &h.have[b], &h.all[b], &h.roots[b]
	if h.counted[b] {
		if all.sure == have.sure && roots.sure == 0 {
			if all.loose == have.loose && roots.loose == 0 {
				return int64(have.most+have.loose) >= h.total[b]
			}
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
	return !e.mark.is(soft) && !(h.cut[e.dst] && h.was[e.src] == h.was[e.dst]) && h.points(e)
}

// points is holds for any pointer that may be counted, weak ones too.
func (h *heap) points(e *edge) bool {
	switch {
	case !h.in[e.dst] || h.hollow[e.src]:
		return false
	case !h.counted[e.dst]:
		return !e.mark.is(spare)
	case !e.mark.is(handle):
		return false
	}
	have, total := &h.have[e.dst], h.total[e.dst]
	switch {
	case e.mark.is(loose):
		return int64(have.most) < total
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
func (h *heap) cutBelow(of []int32) bool {
	h.was = of
	from := make([]int32, len(of)) // pointers from what hangs, or from other components
	var work []int32
	hang := func(e *edge) {
		b := e.dst
		if h.cut[b] || e.mark.is(spare|soft) || h.counted[b] && !e.mark.is(handle) {
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
	return from >= have.most+have.loose || weak > 1 && int64(have.most) <= h.total[b] && int64(from) >= strong
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

// eachPointed calls f for each pointer of b that may be counted.
func (h *heap) eachPointed(b int32, f func(*edge)) {
	es := h.from(b)
	for i := range es {
		if h.points(&es[i]) {
			f(&es[i])
		}
	}
}

// cyclic returns the components that are cycles of counts.
func (h *heap) cyclic(comps [][]int32, of []int32) [][]int32 {
	var cycles [][]int32
	for c, blocks := range comps {
		loop, counts := false, false
		for _, b := range blocks {
			counts = counts || h.counted[b]
			h.eachHeld(b, func(e *edge) {
				loop = loop || of[e.dst] == int32(c) && (len(blocks) > 1 || h.counted[b])
			})
		}
		if loop && counts && !h.unlikely(blocks) {
			cycles = append(cycles, blocks)
		}
	}
	return cycles
}

// notBelow returns what no cycle leads to.
func (h *heap) notBelow(cycles [][]int32) []int32 {
	below := make([]bool, len(h.in))
	var work, out []int32
	for _, blocks := range cycles {
		for _, b := range blocks {
			below[b] = true
			work = append(work, b)
		}
	}
	for len(work) > 0 {
		b := work[len(work)-1]
		work = work[:len(work)-1]
		h.eachPointed(b, func(e *edge) {
			if !below[e.dst] {
				below[e.dst] = true
				work = append(work, e.dst)
			}
		})
	}
	for b, in := range h.in {
		if in && !below[b] {
			out = append(out, int32(b))
		}
	}
	return out
}

// peel takes out what the next rounds would, if what is a cycle stays one and the
// rest none: all that no cycle leads to, now that some blocks are out, and then what
// hung below a cycle that went with these, and so on, for as long as a list is.
//
// Blocks with counts to which fewer pointers lead than before may be a cycle from
// now on. So they stay here; and if more of them came up on the way, nothing is
// taken out, for the next round to tell.
func (h *heap) peel(cycles [][]int32, before []tally) {
	in, have := slices.Clone(h.in), slices.Clone(h.have)
	comps := tarjans(h, h.in, h.points).comps
	led := make([]bool, len(h.in))
	for _, blocks := range cycles {
		for _, b := range blocks {
			led[b] = true
		}
	}
	for _, blocks := range slices.Backward(comps) {
		stays := h.unsettled(blocks, before) || slices.ContainsFunc(blocks, func(b int32) bool { return h.in[b] && led[b] })
		for _, b := range blocks {
			if !stays {
				h.remove(b)
			} else if h.in[b] {
				h.eachPointed(b, func(e *edge) { led[e.dst] = true })
			}
		}
	}
	if slices.ContainsFunc(comps, func(blocks []int32) bool { return h.unsettled(blocks, have) }) {
		h.in, h.have = in, have
	}
}

// unsettled reports whether a component has counts, and fewer pointers than before
// lead to one of its blocks.
func (h *heap) unsettled(blocks []int32, before []tally) bool {
	counts, less := false, false
	for _, b := range blocks {
		if h.in[b] {
			counts = counts || h.counted[b]
			less = less || h.have[b] != before[b]
		}
	}
	return counts && less
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
