package graph

import (
	"io"
	"slices"

	"softshell/heap/memory"
)

// markSpare marks the pointers that stand behind the length of their buffer, or
// in an empty bucket of their table: they are what is left of elements that were
// moved out. A buffer with several owners, of which all but one are leftovers
// themselves, is used as far as any of them says.
func (h *heap) markSpare() {
	ls := h.sc.limits
	slices.SortStableFunc(ls, func(a, b limit) int { return int(a.dst) - int(b.dst) })
	for i := 0; i < len(ls); {
		j := i + 1
		for j < len(ls) && ls[j].dst == ls[i].dst {
			j++
		}
		if b := ls[i].dst; !h.counted[b] {
			h.bound(ls[i:j], h.from(b))
		}
		i = j
	}
}

// markPadding marks the pointers that stand where no field is: the memory of the
// block had them before, or the copy of a value brought them along. They are no
// handles, even if some are missing.
func (h *heap) markPadding(padding func(int, int64) bool) {
	if padding == nil {
		return
	}
	for i := range h.sc.edges {
		if e := &h.sc.edges[i]; padding(int(e.src), int64(e.word)*word) {
			e.mark = spare
		}
	}
}

// bound marks the pointers of a buffer that its limits leave out.
func (h *heap) bound(limits []limit, out []edge) {
	var control []byte
	for i := range out {
		m := spare
		for _, l := range limits {
			if l.hash && control == nil {
				control = controlBytes(h.s.Mem, h.s.Live[l.dst], l)
			}
			m = min(m, l.leaves(uint64(out[i].word)*word, control))
		}
		out[i].mark |= m
	}
}

func controlBytes(mem io.ReaderAt, b memory.Block, l limit) []byte {
	buf := make([]byte, l.cap)
	if n, _ := mem.ReadAt(buf, int64(b.Addr+l.len)); n < len(buf) {
		return []byte{}
	}
	return buf
}

// leaves tells whether an offset of the buffer is out of use: 0, spare, or doubt.
// For a hash table len is where the control bytes begin; the buckets stand before
// them, the first last. A ring and a Vec are told apart by neither their words nor
// their buffer; what either has in use is in use.
func (l *limit) leaves(off uint64, control []byte) mark {
	i := off / l.elem
	switch {
	case l.hash && off >= l.len:
		return spare
	case l.hash:
		if i = (l.len - 1 - off) / l.elem; i < uint64(len(control)) && control[i] >= 0x80 {
			return spare
		}
		return 0
	case l.ring && (i >= l.head && i < l.head+l.more || i+l.cap < l.head+l.more):
		return 0
	case i >= l.len:
		return spare
	case l.ring:
		return doubt
	}
	return 0
}
