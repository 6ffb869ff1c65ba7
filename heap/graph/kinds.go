package graph

import "softshell/heap/profile"

// kinds says of each block what holds it. What belongs to a dead cycle or hangs
// below one is lost, whatever word on a stack still looks like a pointer to it.
func (h *heap) kinds(cycles [][]int32) []profile.Kind {
	kinds := make([]profile.Kind, len(h.s.Live))
	lost := make([]bool, len(kinds)) // or not known to be reachable
	for b := range kinds {
		kinds[b], lost[b] = profile.Indirect, true
	}
	for _, blocks := range cycles {
		for _, b := range blocks {
			kinds[b] = profile.Cyclic
		}
	}
	var work []int32
	reach := func(b int32) {
		if lost[b] && !h.in[b] {
			lost[b] = false
			kinds[b] = profile.Reachable
			work = append(work, b)
		}
	}
	for _, e := range h.sc.roots {
		reach(e.dst)
	}
	for len(work) > 0 {
		b := work[len(work)-1]
		work = work[:len(work)-1]
		for _, e := range h.from(b) {
			reach(e.dst)
		}
	}
	h.leaders(kinds, lost)
	return kinds
}

// leaders calls Direct what no lost block holds, and of lost blocks that hold
// each other, and that no other holds, the first.
func (h *heap) leaders(kinds []profile.Kind, lost []bool) {
	led := make([]bool, len(lost))
	var work []int32
	lead := func(from int32) {
		for work = append(work, from); len(work) > 0; {
			b := work[len(work)-1]
			work = work[:len(work)-1]
			for _, e := range h.from(b) {
				if lost[e.dst] && !led[e.dst] {
					led[e.dst] = true
					work = append(work, e.dst)
				}
			}
		}
	}
	held := make([]bool, len(lost))
	for _, e := range h.sc.edges {
		held[e.dst] = held[e.dst] || lost[e.src] && e.src != e.dst
	}
	for b := range lost {
		if lost[b] && (h.in[b] || !held[b]) && !led[b] {
			led[b] = true
			if !h.in[b] {
				kinds[b] = profile.Direct
			}
			lead(int32(b))
		}
	}
	// What is left is held by lost blocks in a circle, or hangs below such.
	h.circles(kinds, lost, led, lead)
}

// circles leads what is left by the first block of each component that no other
// one holds.
func (h *heap) circles(kinds []profile.Kind, lost, led []bool, lead func(int32)) {
	left := make([]bool, len(lost))
	any := false
	for b := range lost {
		left[b] = lost[b] && !led[b]
		any = any || left[b]
	}
	if !any {
		return
	}
	comps, of := components(h, left, func(e *edge) bool { return left[e.dst] })
	held := make([]bool, len(comps))
	for c, blocks := range comps {
		for _, b := range blocks {
			for _, e := range h.from(b) {
				if left[e.dst] && of[e.dst] != int32(c) {
					held[of[e.dst]] = true
				}
			}
		}
	}
	for c, blocks := range comps {
		if !held[c] {
			kinds[blocks[0]] = profile.Direct
		}
	}
}
