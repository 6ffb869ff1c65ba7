package region

import (
	"cmp"
	"errors"
	"slices"

	"golang.org/x/sys/unix"

	"softshell/heap/shim"
)

// Block is a block that the shadow tells of.
type Block struct {
	Addr uint64
	Size uint64
	Site uint32
	Tick uint32 // of its birth
}

// Blocks are the blocks that are live, and the bytes of those that were freed
// and not handed out again; both sorted by address, and without overlap.
func (r *Region) Blocks() (live, freed []Block) {
	h := r.header()
	shift := h.GranuleShift
	if shift < 3 || shift > 12 {
		return nil, nil
	}
	leafLen := uint64(1) << (shim.LeafShift - shift)
	r.data(h.Shadow, 4*shim.ShadowDir, func(from, to uint64) {
		dir := table[uint32](r, from, (to-from)/4)
		first := (from - h.Shadow) / 4
		for i, page := range dir {
			if page == 0 {
				continue
			}
			leaf := uint64(page) << shim.PageShift
			base := (first + uint64(i)) << shim.LeafShift
			r.data(leaf, 8*leafLen, func(from, to uint64) {
				entries := table[shim.Entry](r, from, (to-from)/8)
				at := base + (from-leaf)/8<<shift
				for j, e := range entries {
					if e.State() != shim.Live && e.State() != shim.Freed {
						continue
					}
					b := Block{Addr: at + uint64(j)<<shift, Size: e.Size(), Site: e.Site(), Tick: e.Tick()}
					if b.Size == shim.SizeFar && !r.far(&b, leaf, leafLen, (from-leaf)/8+uint64(j)+1) {
						continue
					}
					if e.State() == shim.Live {
						live = append(live, b)
					} else {
						freed = append(freed, b)
					}
				}
			})
		}
	})
	live = outermost(live)
	return live, visible(freed, live)
}

// far reads the size of a large block from the entry behind its first. At the end
// of a leaf that stands in the next one, which such a block reaches into.
func (r *Region) far(b *Block, leaf, leafLen, index uint64) bool {
	if index >= leafLen {
		h := r.header()
		dir := table[uint32](r, h.Shadow, shim.ShadowDir)
		next := b.Addr>>shim.LeafShift + 1
		if next >= uint64(len(dir)) || dir[next] == 0 {
			return false
		}
		leaf, index = uint64(dir[next])<<shim.PageShift, 0
	}
	e := table[shim.Entry](r, leaf+8*index, 1)
	if len(e) == 0 || e[0].State() != shim.None {
		return false // overwritten: the block is no more
	}
	b.Size = uint64(e[0]) >> 2
	return true
}

// data calls f for the parts of the file from offset on that are no holes.
func (r *Region) data(offset, size uint64, f func(from, to uint64)) {
	if offset == 0 || offset+size > uint64(len(r.mem)) {
		return
	}
	fd, end := int(r.file.Fd()), int64(offset+size)
	for at := int64(offset); at < end; {
		from, err := unix.Seek(fd, at, unix.SEEK_DATA)
		if errors.Is(err, unix.ENXIO) {
			return // nothing but holes behind
		}
		to, err2 := unix.Seek(fd, from, unix.SEEK_HOLE)
		if err != nil || err2 != nil {
			from, to = at, end
		}
		if from >= end {
			return
		}
		f(uint64(max(from, at)), uint64(min(to, end)))
		at = to
	}
}

// outermost drops what lies inside of a block: entries that mean nothing. The
// input is sorted by address.
func outermost(blocks []Block) []Block {
	out, end := blocks[:0], uint64(0)
	for _, b := range blocks {
		if b.Addr < end {
			continue
		}
		out, end = append(out, b), b.Addr+max(b.Size, 1)
	}
	return out
}

// visible cuts freed blocks down to the bytes that no live block and no freed one
// of later birth has taken over.
func visible(freed, live []Block) []Block {
	freed = notInside(freed, live)
	var out, over []Block // over: those that reach past the last start, the latest birth last, which ends first
	var last Block        // that the end of out is a part of
	emit := func(b Block, from, to uint64) {
		if k := len(out) - 1; k >= 0 && b == last && out[k].Addr+out[k].Size == from {
			out[k].Size += to - from
		} else if from < to {
			last = b
			b.Addr, b.Size = from, to-from
			out = append(out, b)
		}
	}
	at := uint64(0)
	advance := func(to uint64) {
		for len(over) > 0 && at < to {
			top := over[len(over)-1]
			end := top.Addr + top.Size
			if end <= at {
				over = over[:len(over)-1]
				continue
			}
			stop := min(end, to)
			emit(top, at, stop)
			at = stop
		}
		at = to
	}
	for _, b := range freed {
		advance(b.Addr)
		i, _ := slices.BinarySearchFunc(over, b, func(x, y Block) int { return cmp.Compare(x.Tick, y.Tick) })
		for i < len(over) && over[i].Tick == b.Tick {
			i++
		}
		end := b.Addr + b.Size
		if i < len(over) && over[i].Addr+over[i].Size >= end {
			continue // hidden
		}
		from := i
		for from > 0 && over[from-1].Addr+over[from-1].Size <= end {
			from-- // hidden by b from here on
		}
		over = slices.Delete(over, from, i)
		i = from
		over = slices.Insert(over, i, b)
	}
	advance(^uint64(0))
	return subtract(out, live)
}

// notInside drops the freed blocks that start inside of a live one.
func notInside(freed, live []Block) []Block {
	out, i := freed[:0], 0
	for _, b := range freed {
		for i < len(live) && live[i].Addr+max(live[i].Size, 1) <= b.Addr {
			i++
		}
		if i == len(live) || b.Addr < live[i].Addr {
			out = append(out, b)
		}
	}
	return out
}

// subtract cuts live blocks out of freed ones.
func subtract(freed, live []Block) []Block {
	var out []Block
	i := 0
	for _, b := range freed {
		end := b.Addr + b.Size
		for i > 0 && live[i-1].Addr+live[i-1].Size > b.Addr {
			i--
		}
		for i < len(live) && live[i].Addr+live[i].Size <= b.Addr {
			i++
		}
		for j := i; j < len(live) && live[j].Addr < end; j++ {
			if live[j].Addr > b.Addr {
				out = append(out, Block{Addr: b.Addr, Size: live[j].Addr - b.Addr, Site: b.Site, Tick: b.Tick})
			}
			b.Addr = min(live[j].Addr+live[j].Size, end)
		}
		if b.Addr < end {
			out = append(out, Block{Addr: b.Addr, Size: end - b.Addr, Site: b.Site, Tick: b.Tick})
		}
	}
	return out
}
