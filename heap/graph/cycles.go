package graph

import (
	"cmp"
	"slices"
)

// cycles puts components of one shape together, and says of each block which
// cycle it belongs to.
func (h *heap) cycles(comps [][]int32) ([]Cycle, []int32) {
	below := make([]int32, len(h.s.Live))
	for b := range below {
		below[b] = -1
	}
	for c, blocks := range comps {
		for _, b := range blocks {
			below[b] = int32(c)
		}
	}
	inside := slices.Clone(below)
	bytes := h.hang(comps, below)
	sh := &shaper{heap: h, comp: inside, label: make([]uint64, len(below)), next: make([]uint64, len(below))}
	var out []Cycle
	at := map[uint64]int{}
	first := make([]int, 0, len(comps))
	group := make([]int32, len(comps))
	for c, blocks := range comps {
		key := sh.shape(blocks)
		i, ok := at[key]
		if !ok {
			i = len(out)
			at[key] = i
			out = append(out, Cycle{Blocks: int64(len(blocks))})
			first = append(first, c)
		}
		out[i].Count++
		out[i].Bytes += bytes[c]
		group[c] = int32(i)
	}
	for i := range out {
		h.describe(&out[i], comps[first[i]], inside)
	}
	return sortCycles(out, group, below)
}

// sortCycles puts the greatest first; below then holds their indices.
func sortCycles(out []Cycle, group, below []int32) ([]Cycle, []int32) {
	order := make([]int, len(out))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(out[b].Bytes, out[a].Bytes) })
	sorted, place := make([]Cycle, len(out)), make([]int32, len(out))
	for i, o := range order {
		sorted[i], place[o] = out[o], int32(i)
	}
	for b, c := range below {
		if c >= 0 {
			below[b] = place[group[c]]
		}
	}
	return sorted, below
}

// hang gives each block of the set that is on no cycle to the first cycle above
// it, and returns the bytes of each cycle with what hangs below it.
func (h *heap) hang(comps [][]int32, below []int32) []int64 {
	bytes := make([]int64, len(comps))
	var work []int32
	for c, blocks := range comps {
		work = append(work[:0], blocks...)
		for len(work) > 0 {
			b := work[len(work)-1]
			work = work[:len(work)-1]
			bytes[c] += int64(h.s.Live[b].Size)
			for _, e := range h.from(b) {
				if h.in[e.dst] && below[e.dst] < 0 {
					below[e.dst] = int32(c)
					work = append(work, e.dst)
				}
			}
		}
	}
	return bytes
}

// shaper computes a number that is equal for cycles of one shape: which nodes
// their blocks come from, and at which offsets they hold each other. Sizes and
// counts do not matter.
type shaper struct {
	*heap
	comp        []int32
	label, next []uint64
}

// rounds is how far around a block its label looks.
const rounds = 4

func (s *shaper) shape(blocks []int32) uint64 {
	for _, b := range blocks {
		s.label[b] = mix(uint64(uint32(s.s.Live[b].Node))<<1 | uint64(bit(s.counted[b])))
	}
	for range min(rounds, len(blocks)) {
		for _, b := range blocks {
			sum := s.label[b]
			s.each(b, s.comp, func(e *edge) {
				sum += mix(mix(uint64(e.word)<<32|uint64(e.into)) ^ s.label[e.dst])
			})
			s.next[b] = mix(sum)
		}
		for _, b := range blocks {
			s.label[b] = s.next[b]
		}
	}
	key := uint64(len(blocks))
	for _, b := range blocks {
		key += mix(s.label[b])
	}
	return mix(key)
}

// each calls f for each pointer of b that holds a block of its own component.
func (h *heap) each(b int32, comp []int32, f func(*edge)) {
	es := h.from(b)
	for i := range es {
		if e := &es[i]; comp[e.dst] == comp[b] && h.holds(e) {
			f(e)
		}
	}
}

// mix is the finalizer of splitmix64.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func bit(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// describe lists the members of a cycle and how they hold each other.
func (h *heap) describe(c *Cycle, blocks []int32, comp []int32) {
	index := map[int32]int{}
	for _, b := range h.choose(blocks, comp) {
		index[b] = len(c.Members)
		m := Member{Block: int(b), Counted: h.counted[b]}
		if m.Counted {
			m.Strong, m.Weak = h.counts(b)
		}
		c.Members = append(c.Members, m)
	}
	for from, m := range c.Members {
		h.each(int32(m.Block), comp, func(e *edge) {
			if to, ok := index[e.dst]; ok && len(c.Holds) < 4*MaxMembers {
				c.Holds = append(c.Holds, Hold{from, to, int64(e.word) * word, int64(e.into)})
			}
		})
	}
}

// tries is from how many counted blocks a shortest circle is looked for.
const tries = 8

// choose returns the blocks of the shortest circle found, then its neighbours, at
// most MaxMembers.
func (h *heap) choose(blocks []int32, comp []int32) []int32 {
	var best []int32
	left := tries
	for _, b := range blocks {
		if left == 0 || len(best) == 1 {
			break
		}
		if h.counted[b] {
			left--
			if c := h.circle(b, comp); c != nil && (best == nil || len(c) < len(best)) {
				best = c
			}
		}
	}
	chosen := map[int32]bool{}
	for _, b := range best {
		chosen[b] = true
	}
	for i := 0; i < len(best) && len(best) < MaxMembers; i++ {
		h.each(best[i], comp, func(e *edge) {
			if !chosen[e.dst] && len(best) < MaxMembers {
				chosen[e.dst] = true
				best = append(best, e.dst)
			}
		})
	}
	return best[:min(len(best), MaxMembers)]
}

// circle is a shortest way from a block back to itself.
func (h *heap) circle(from int32, comp []int32) []int32 {
	parent := map[int32]int32{from: -1}
	for queue := []int32{from}; len(queue) > 0; queue = queue[1:] {
		b := queue[0]
		back := false
		h.each(b, comp, func(e *edge) {
			if _, ok := parent[e.dst]; e.dst == from {
				back = true
			} else if !ok {
				parent[e.dst] = b
				queue = append(queue, e.dst)
			}
		})
		if back {
			var way []int32
			for ; b >= 0; b = parent[b] {
				way = append(way, b)
			}
			slices.Reverse(way)
			return way
		}
	}
	return nil
}
