package graph

// soften asks about the pointers that make components, and about handles that
// can be weak: a weak handle or a borrowed pointer makes no cycle.
func (h *heap) soften(of []int32) bool {
	if h.pointer == nil {
		return false
	}
	any := false
	for i := range h.sc.edges {
		e := &h.sc.edges[i]
		if of[e.src] < 0 || !h.holds(e) {
			continue
		}
		ask := of[e.src] == of[e.dst]
		if h.counted[e.dst] {
			_, weak := h.counts(e.dst)
			ask = ask || weak > 1
		} else if e.src == e.dst {
			ask = false
		}
		if ask && h.isSoft(e) {
			e.mark |= soft
			any = true
		}
	}
	return any
}

// enough is how many blocks of a node must give the same answer for an offset
// until the others are not asked.
const enough = 64

// asked is what was said of the pointers at an offset of the blocks of a node.
type asked struct {
	times  int
	answer Pointer
	varies bool
}

type where struct {
	node int32
	word uint32
}

func (h *heap) isSoft(e *edge) bool {
	at := where{h.s.Live[e.src].Node, e.word}
	a := h.asked[at]
	if a.times < enough || a.varies {
		p := h.pointer(int(e.src), int64(e.word)*word)
		a.varies = a.varies || a.times > 0 && a.answer != p
		a.answer = p
		a.times++
		h.asked[at] = a
	}
	return a.answer == WeakHandle || a.answer == Borrowed
}
