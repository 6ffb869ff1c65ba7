package graph

import "math"

// many is more handles than there are; a larger word is no count.
const many = 1 << 32

// shape reports whether a block may begin with a strong and a weak count. The
// handles that are strong hold one weak count together. An Arc's weak count is
// all ones while one asks whether it is unique.
func shape(size uint64, head [2]uint64) bool {
	return size >= 2*word && head[0] < many && head[1] > 0 && (head[1] < many || head[1] == math.MaxUint64)
}

// counts are the strong and the weak count of a counted block.
func (h *heap) counts(b int32) (strong, weak int64) {
	head := h.sc.heads[b]
	if head[1] == math.MaxUint64 {
		return int64(head[0]), 1
	}
	return int64(head[0]), int64(head[1])
}

// site is what the blocks of one node have in common.
type site struct {
	plain   bool // a block cannot begin with counts
	unowned bool // a block has no pointer such as only owners of buffers have
	few     bool // fewer pointers to a block were found than it would count
}

// classify decides which blocks have counts. Small numbers at the start of a
// block are counts unless something speaks against it: what is known of its node,
// the vtable beside a pointer to it, another block of its node that has none, or
// counts that are too high while each block of the node is held as a buffer is.
func (h *heap) classify(known func(int32) Handle) {
	n := len(h.s.Live)
	h.counted, h.hollow, h.total = make([]bool, n), make([]bool, n), make([]int64, n)
	var dyn, box []bool
	for _, es := range [][]edge{h.sc.edges, h.sc.roots} {
		for _, e := range es {
			if e.mark.is(rcDyn | boxed) {
				if dyn == nil {
					dyn, box = make([]bool, n), make([]bool, n)
				}
				dyn[e.dst] = dyn[e.dst] || e.mark.is(rcDyn)
				box[e.dst] = box[e.dst] || e.mark.is(boxed)
			}
		}
	}
	sites := map[int32]*site{}
	for b := range h.s.Live {
		h.look(int32(b), sites)
	}
	handles := map[int32]Handle{}
	if known != nil {
		for node := range sites {
			handles[node] = known(node)
		}
	}
	for b, blk := range h.s.Live {
		ok := shape(blk.Size, h.sc.heads[b])
		if !ok {
			continue
		}
		at := sites[blk.Node]
		switch is := handles[blk.Node]; {
		case is != Unknown:
			ok = is == Counted
		case dyn != nil && dyn[b] != box[b]:
			ok = dyn[b]
		case blk.Node >= 0:
			ok = !at.plain && (at.unowned || !at.few)
		}
		if ok {
			h.count(int32(b))
		}
	}
}

func (h *heap) look(b int32, sites map[int32]*site) {
	at := sites[h.s.Live[b].Node]
	if at == nil {
		at = &site{}
		sites[h.s.Live[b].Node] = at
	}
	if !shape(h.s.Live[b].Size, h.sc.heads[b]) {
		at.plain = true
		return
	}
	strong, weak := h.counts(b)
	total := expected(strong, weak)
	all, roots := h.all[b], h.roots[b]
	at.unowned = at.unowned || all.owner+roots.owner == 0
	at.few = at.few || int64(all.most+roots.most) < total
}

// expected is the number of handles, strong and weak, of a counted block.
func expected(strong, weak int64) int64 {
	if strong == 0 {
		return weak
	}
	return strong + weak - 1
}

// count makes b a counted block. One without strong handles has dropped its
// value, if the weak handles are as many as it says.
func (h *heap) count(b int32) {
	strong, weak := h.counts(b)
	h.total[b] = expected(strong, weak)
	h.hollow[b] = strong == 0
	h.counted[b] = strong > 0 || int64(h.all[b].most+h.roots[b].most) >= weak
	h.hollow[b] = h.hollow[b] && h.counted[b]
}
