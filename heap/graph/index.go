package graph

import (
	"sort"

	"softshell/heap/memory"
)

// pageBits is the size of a page of the index. Smaller pages cost memory, larger
// ones a longer search within the page.
const pageBits = 9

// gap is the hole between two blocks from which on they belong to two regions.
const gap = 1 << 20

// index finds the block that an address lies in.
type index struct {
	blocks  []memory.Block
	regions []region
}

// region is a stretch of addresses with blocks, and for each page of it the
// first block that ends behind the page's start.
type region struct {
	start, end uint64
	first      []int32
}

func newIndex(blocks []memory.Block) *index {
	x := &index{blocks: blocks}
	for i := 0; i < len(blocks); {
		j := i + 1
		for j < len(blocks) && blocks[j].Addr-end(blocks[j-1]) < gap {
			j++
		}
		x.regions = append(x.regions, x.region(i, j))
		i = j
	}
	return x
}

func (x *index) region(from, to int) region {
	r := region{start: x.blocks[from].Addr, end: end(x.blocks[to-1])}
	r.first = make([]int32, (r.end-r.start)>>pageBits+1)
	b := from
	for p := range r.first {
		for start := r.start + uint64(p)<<pageBits; b < to-1 && end(x.blocks[b]) <= start; {
			b++
		}
		r.first[p] = int32(b)
	}
	return r
}

// end is the first address behind a block; a block of no bytes has an address.
func end(b memory.Block) uint64 { return b.Addr + max(b.Size, 1) }

// find returns the block that addr lies in, or -1.
func (x *index) find(addr uint64) int32 {
	rs := x.regions
	if len(rs) == 0 || addr < rs[0].start || addr >= rs[len(rs)-1].end {
		return -1
	}
	r := &rs[0]
	if len(rs) > 1 {
		r = &rs[sort.Search(len(rs), func(i int) bool { return addr < rs[i].end })]
		if addr < r.start {
			return -1
		}
	}
	for b := r.first[(addr-r.start)>>pageBits]; int(b) < len(x.blocks); b++ {
		if blk := x.blocks[b]; addr < blk.Addr {
			return -1
		} else if addr < end(blk) {
			return b
		}
	}
	return -1
}
