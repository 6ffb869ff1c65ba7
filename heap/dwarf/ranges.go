package dwarf

// addrRange is a range of addresses.
type addrRange struct{ low, high uint64 }

// longest is how many ranges of one entry are read. Functions that a compiler has
// split and merged have some hundred.
const longest = 1 << 16

// rangesOf is where the code of an entry lies.
func (u *Unit) rangesOf(e *Entry) []addrRange {
	if e.hasRanges {
		if u.version >= 5 {
			return u.rangeList(e.ranges)
		}
		return u.oldRanges(e.ranges.num)
	}
	high := e.high
	if e.highIsLen {
		high += e.low
	}
	if high <= e.low {
		return nil
	}
	return []addrRange{{e.low, high}}
}

// oldRanges reads a list of .debug_ranges.
func (u *Unit) oldRanges(off uint64) []addrRange {
	var out []addrRange
	b := buf{data: u.data.Ranges}
	if u.shift != 0 {
		b.skip(u.rangesBase) // in the skeleton itself, offsets are from the beginning
	}
	b.skip(off)
	base := u.base
	for !b.bad && len(out) < longest {
		low, high := b.sized(u.addrSize), b.sized(u.addrSize)
		switch {
		case b.bad || low == 0 && high == 0:
			return out
		case low == 1<<(8*u.addrSize)-1:
			base = high
		case low < high && live(base+low, base+high):
			out = append(out, addrRange{base + low, base + high})
		}
	}
	return out
}

// rangeList reads a list of .debug_rnglists.
func (u *Unit) rangeList(v value) []addrRange {
	off := v.num
	if v.kind == kindRangeList {
		b := buf{data: u.sec.RngLists}
		b.skip(u.listBase + v.num*uint64(u.offsetSize()))
		off = u.listBase + b.offset(u.wide)
		if b.bad {
			return nil
		}
	}
	b := buf{data: u.sec.RngLists}
	b.skip(off)
	base := u.base
	var out []addrRange
	add := func(low, high uint64) {
		if live(low, high) {
			out = append(out, addrRange{low, high})
		}
	}
	for !b.bad && len(out) < longest {
		switch b.u8() {
		case rangeBaseAddressx:
			base = u.indexed(b.uleb())
		case rangeStartxEndx:
			low := u.indexed(b.uleb())
			add(low, u.indexed(b.uleb()))
		case rangeStartxLength:
			low := u.indexed(b.uleb())
			add(low, low+b.uleb())
		case rangeOffsetPair:
			low := b.uleb()
			high := b.uleb()
			add(base+low, base+high)
		case rangeBaseAddress:
			base = b.sized(u.addrSize)
		case rangeStartEnd:
			low := b.sized(u.addrSize)
			add(low, b.sized(u.addrSize))
		case rangeStartLength:
			low := b.sized(u.addrSize)
			add(low, low+b.uleb())
		default: // rangeEnd, or what cannot be read
			return out
		}
	}
	return out
}
