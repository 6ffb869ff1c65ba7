package graph

// soften asks about handles that can be weak, and about pointers within components
// that may be borrowed: neither makes a cycle. It does not ask where the counts
// show that all handles are strong, or where the only pointer to a buffer stands.
// A raw pointer is borrowed only where another pointer is known to be the owner:
// the senders of a channel own it by raw pointers.
func (h *heap) soften(of []int32) bool {
	if h.pointer == nil {
		return false
	}
	any := false
	var raw []*edge
	owned := map[int32]bool{}
	for i := range h.sc.edges {
		e := &h.sc.edges[i]
		if of[e.src] < 0 || !h.holds(e) || !h.unclear(e) {
			continue
		}
		switch h.ask(e) {
		case WeakHandle:
			e.mark |= soft
			any = true
		case Owner:
			owned[e.dst] = true
		case Borrowed:
			if !h.counted[e.dst] {
				raw = append(raw, e)
			}
		}
	}
	for _, e := range raw {
		if owned[e.dst] {
			e.mark |= soft
			any = true
		}
	}
	return any
}

func (h *heap) unclear(e *edge) bool {
	if h.counted[e.dst] {
		_, weak := h.counts(e.dst)
		return weak > 1
	}
	return e.src != e.dst && h.have[e.dst].any > 1
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

func (h *heap) ask(e *edge) Pointer {
	at := where{h.s.Live[e.src].Node, e.word}
	a := h.asked[at]
	if a.times < enough || a.varies {
		p := h.pointer(int(e.src), int64(e.word)*word)
		a.varies = a.varies || a.times > 0 && a.answer != p
		a.answer = p
		a.times++
		h.asked[at] = a
	}
	return a.answer
}
