package secret

import (
	"cmp"
	"slices"
	"sort"

	"softshell/heap/memory"
	"softshell/heap/profile"
)

// area is memory that is searched as one.
type area struct {
	memory.Range
	where profile.Where // of what is no block
	heap  bool
}

// gap is the hole between two blocks that ends an area.
const gap = 1 << 20

// around is how far from its blocks the heap is searched: there may be what is
// left of blocks that were cut or joined.
const around = 4 << 10

// areas are what is searched, without overlap: arguments and environment stand
// above the main stack, a stack may be a block, and blocks may be static data.
func areas(s *memory.Snapshot) []area {
	var out []area
	for _, r := range s.Strings {
		out = append(out, area{Range: r, where: profile.InEnvironment})
	}
	out = append(out, heapAreas(s)...)
	for _, r := range s.Stacks {
		out = append(out, area{Range: r, where: profile.InStack})
	}
	for _, r := range s.Data {
		out = append(out, area{Range: r, where: profile.InData})
	}
	var disjoint []area
	for _, a := range out {
		disjoint = append(disjoint, without(a, disjoint)...)
	}
	slices.SortFunc(disjoint, func(a, b area) int { return cmp.Compare(a.Start, b.Start) })
	return disjoint
}

// without cuts a where others are.
func without(a area, others []area) []area {
	parts := []area{a}
	for _, o := range others {
		var next []area
		for _, p := range parts {
			left, right := p, p
			left.End, right.Start = min(p.End, o.Start), max(p.Start, o.End)
			for _, q := range []area{left, right} {
				if q.Start < q.End {
					next = append(next, q)
				}
			}
		}
		parts = next
	}
	return parts
}

func heapAreas(s *memory.Snapshot) []area {
	var out []area
	add := func(b memory.Block) {
		from, to := b.Addr-min(b.Addr, around), b.Addr+b.Size+around
		if k := len(out) - 1; k >= 0 && from <= out[k].End+gap {
			out[k].End = max(out[k].End, to)
			return
		}
		out = append(out, area{Range: memory.Range{Start: from, End: to}, where: profile.InFreed, heap: true})
	}
	live, freed := s.Live, s.Freed
	for len(live)+len(freed) > 0 {
		if len(freed) == 0 || len(live) > 0 && live[0].Addr < freed[0].Addr {
			add(live[0])
			live = live[1:]
		} else {
			add(freed[0])
			freed = freed[1:]
		}
	}
	return out
}

// blockAt returns the index of the block that has an address, or -1.
func blockAt(blocks []memory.Block, addr uint64) int {
	i := sort.Search(len(blocks), func(i int) bool { return blocks[i].Addr > addr }) - 1
	if i < 0 || addr >= blocks[i].Addr+blocks[i].Size {
		return -1
	}
	return i
}
