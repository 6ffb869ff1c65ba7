package dwarf

import (
	"cmp"
	"errors"
	"slices"
	"sort"
	"sync"
	"sync/atomic"
)

// Sections are the parts of a file, decompressed; those that it lacks are empty.
type Sections struct {
	Info, Abbrev, Str, LineStr, Line, Ranges, RngLists, Addr, StrOffsets, Aranges []byte
}

// Data is the debug information of a file. Several goroutines may ask it.
type Data struct {
	Sections
	units []*Unit // in the order of the section
	index []span
	find  FindSplit

	definitionsOnce sync.Once
	definitions     []definition // made when one is asked for
}

// Unit is what the compiler made in one go.
type Unit struct {
	data     *Data
	sec      *Sections // that it is written in: of a split unit, those of another file
	shift    int       // between offsets of entries in sec and those in Data, which tells files apart
	number   int       // in the list of units
	off      int       // of its header in the section of entries
	first    int       // offset of its first entry
	end      int
	version  int
	wide     bool
	addrSize int
	kind     uint8
	abbrev   uint64 // offset of its table
	base     uint64 // address that its ranges begin from
	lineOff  uint64
	hasLines bool
	dir      string
	rust     bool
	dwoName  string
	dwoID    uint64

	strBase, addrBase, listBase uint64 // offsets in the sections of tables
	rangesBase                  uint64 // of DWARF 4 with split units

	once  sync.Once
	table *abbrevs

	splitOnce sync.Once
	split     *Unit // what this one is the skeleton of

	spacesOnce sync.Once
	spaced     atomic.Bool
	spaces     []space
}

// span is a range of addresses of a unit.
type span struct {
	low, high uint64
	reach     uint64 // the greatest high of this span and those before it
	unit      int32
}

// Open reads the headers of the units. The sections must stay as they are.
// Split units are asked of find, which may be nil.
func Open(s Sections, find FindSplit) (*Data, error) {
	d := &Data{Sections: s, find: find}
	if err := d.readUnits(); err != nil {
		return nil, err
	}
	d.buildIndex()
	return d, nil
}

func (d *Data) readUnits() error {
	b := buf{data: d.Info}
	for b.left() > 0 {
		u := d.readHeader(&b, &d.Sections)
		if u == nil {
			break
		}
		d.units = append(d.units, u)
		b.off = u.end
	}
	if len(d.units) == 0 {
		return errors.New("no unit of debug information can be read")
	}
	return nil
}

// readHeader reads the header of a unit and the root of its entries. It is nil
// when what follows is no unit.
func (d *Data) readHeader(b *buf, s *Sections) *Unit {
	u := &Unit{data: d, sec: s, off: b.off}
	n, wide := b.length()
	if b.bad || n > uint64(b.left()) {
		return nil
	}
	u.wide = wide
	u.end = b.off + int(n)
	h := buf{data: b.data[:u.end], off: b.off}
	u.version = int(h.u16())
	if u.version >= 5 {
		u.kind = h.u8()
		u.addrSize = int(h.u8())
		u.abbrev = h.offset(wide)
		switch u.kind {
		case unitSkeleton, unitSplitCompile:
			u.dwoID = h.u64()
		case unitType, unitSplitType:
			h.u64()
			h.offset(wide)
		}
	} else {
		u.kind = unitCompile
		u.abbrev = h.offset(wide)
		u.addrSize = int(h.u8())
	}
	u.first = h.off
	if h.bad || u.version < 2 || u.version > 5 || u.addrSize != 4 && u.addrSize != 8 {
		u.first = u.end // passed over: the next unit may be readable
	}
	return u
}

// open reads the root of a unit and its abbreviations, once.
func (u *Unit) open() {
	u.once.Do(func() {
		u.table = readAbbrevs(u.sec.Abbrev, u.abbrev, u, false)
		u.readRoot(u.table)
	})
}

// readRoot reads the root entry. The bases of tables come first: other attributes
// need them, wherever they stand.
func (u *Unit) readRoot(table *abbrevs) Entry {
	var e Entry
	if u.first >= u.end {
		return e
	}
	b := u.entries(u.first)
	ab := table.find(b.uleb())
	if ab == nil {
		return e
	}
	start := b.off
	for _, at := range ab.attrs {
		v := u.value(&b, at)
		switch at.name {
		case attrStrOffsetsBase:
			u.strBase = v.num
		case attrAddrBase, attrGNUAddrBase:
			u.addrBase = v.num
		case attrRnglistsBase:
			u.listBase = v.num
		case attrGNURangesBase:
			u.rangesBase = v.num
		case attrGNUDwoID:
			u.dwoID = v.num
		}
	}
	u.defaultBases()
	b.off = start
	for _, at := range ab.attrs {
		v := u.value(&b, at)
		switch at.name {
		case attrStmtList:
			u.lineOff, u.hasLines = v.num, true
		case attrCompDir:
			u.dir = u.str(v)
		case attrLanguage:
			u.rust = v.num == langRust
		case attrDwoName, attrGNUDwoName:
			u.dwoName = u.str(v)
		default:
			e.set(u, at.name, v)
		}
	}
	e.Tag = ab.tag
	if u.shift == 0 {
		u.base = e.low
	}
	return e
}

// defaultBases are those of a unit that names none: behind the header of the
// section's only table.
func (u *Unit) defaultBases() {
	if u.version < 5 {
		return
	}
	wide := uint64(0)
	if u.wide {
		wide = 8
	}
	if u.strBase == 0 {
		u.strBase = 8 + wide
	}
	if u.listBase == 0 && u.shift != 0 {
		u.listBase = 12 + wide
	}
}

// entries reads from the entry at off to the end of the unit.
func (u *Unit) entries(off int) buf {
	return buf{data: u.sec.Info[:u.end-u.shift], off: off - u.shift}
}

// Units is the number of units.
func (d *Data) Units() int { return len(d.units) }

// unitAt is the unit that holds the entry at off.
func (d *Data) unitAt(off int) *Unit {
	if off >= splitStep {
		return d.splitAt(off)
	}
	i := sort.Search(len(d.units), func(i int) bool { return d.units[i].end > off })
	if i == len(d.units) || off < d.units[i].first {
		return nil
	}
	return d.units[i]
}

// buildIndex sorts the ranges of the units. .debug_aranges is read where it names
// a unit, and else the root of the unit.
func (d *Data) buildIndex() {
	listed := d.readAranges()
	for i, u := range d.units {
		u.number = i
		if listed[i] || u.first >= u.end || u.kind == unitType || u.kind == unitSplitType || u.kind == unitSplitCompile {
			continue
		}
		root := u.readRoot(readAbbrevs(d.Abbrev, u.abbrev, u, true))
		for _, r := range u.rangesOf(&root) {
			d.addSpan(r.low, r.high, i)
		}
	}
	slices.SortFunc(d.index, func(a, b span) int {
		if c := cmp.Compare(a.low, b.low); c != 0 {
			return c
		}
		return cmp.Compare(a.unit, b.unit)
	})
	reach := uint64(0)
	for i := range d.index {
		reach = max(reach, d.index[i].high)
		d.index[i].reach = reach
	}
}

// addSpan leaves out what a linker dropped: such ranges begin at 0 or at the end
// of the address space.
func (d *Data) addSpan(low, high uint64, unit int) {
	if live(low, high) {
		d.index = append(d.index, span{low: low, high: high, unit: int32(unit)})
	}
}

func live(low, high uint64) bool { return low != 0 && low < high && low < 1<<62 }

// readAranges adds the ranges that .debug_aranges has, and tells of which units.
func (d *Data) readAranges() []bool {
	listed := make([]bool, len(d.units))
	b := buf{data: d.Aranges}
	for b.left() > 0 {
		start := b.off
		n, wide := b.length()
		if b.bad || n > uint64(b.left()) {
			break
		}
		set := buf{data: b.data[:b.off+int(n)], off: b.off}
		b.skip(n)
		version := set.u16()
		off := set.offset(wide)
		size, segment := int(set.u8()), set.u8()
		i, ok := slices.BinarySearchFunc(d.units, off, func(u *Unit, off uint64) int { return cmp.Compare(uint64(u.off), off) })
		if version != 2 || !ok || segment != 0 || size != 4 && size != 8 {
			continue
		}
		if pad := (set.off - start) % (2 * size); pad != 0 {
			set.skip(uint64(2*size - pad))
		}
		for set.left() >= 2*size {
			low := set.sized(size)
			length := set.sized(size)
			if low == 0 && length == 0 {
				break
			}
			listed[i] = true
			d.addSpan(low, low+length, i)
		}
	}
	return listed
}

// unitsOf calls visit for the units whose ranges hold an address, until it is
// told to stop.
func (d *Data) unitsOf(pc uint64, visit func(unit int32) bool) {
	i := sort.Search(len(d.index), func(i int) bool { return d.index[i].low > pc })
	for i--; i >= 0 && d.index[i].reach > pc; i-- {
		if pc < d.index[i].high && !visit(d.index[i].unit) {
			return
		}
	}
}
