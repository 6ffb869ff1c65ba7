package dwarf

import "encoding/binary"

// FindSplit finds the sections of the other half of a unit that was compiled with
// its debug information in a file of its own: by the name of that file and the
// folder of the compiler, or, with an empty name, those of the package beside the
// program. It is nil when there is no such file.
type FindSplit func(dir, name string) *SplitSections

// SplitSections are the sections of such a file, whose names end in .dwo.
type SplitSections struct {
	Sections
	Index []byte // .debug_cu_index, of a package
}

// splitStep is what lies between the offsets of entries of two split units. Those
// of the program itself are smaller.
const splitStep = 1 << 40

// whole is the unit that has the entries: the unit itself, or that which it is the
// skeleton of. Where the latter is not found, the skeleton has to do.
func (u *Unit) whole() *Unit {
	if u.dwoName == "" || u.shift != 0 || u.data.find == nil {
		return u
	}
	u.splitOnce.Do(func() { u.split = u.findSplit() })
	if u.split == nil {
		return u
	}
	u.split.open()
	return u.split
}

// splitAt is the split unit that holds the entry at off.
func (d *Data) splitAt(off int) *Unit {
	i := off/splitStep - 1
	if i >= len(d.units) {
		return nil
	}
	u := d.units[i]
	u.open()
	s := u.whole()
	if s == u || off < s.first || off >= s.end {
		return nil
	}
	return s
}

func (u *Unit) findSplit() *Unit {
	if pack := u.data.find("", ""); pack != nil {
		if s, ok := pack.unit(u.dwoID); ok {
			if split := u.splitIn(s); split != nil {
				return split
			}
		}
	}
	if file := u.data.find(u.dir, u.dwoName); file != nil {
		return u.splitIn(&file.Sections)
	}
	return nil
}

// splitIn finds the unit by its identity. DWARF 4 has that among the attributes.
func (u *Unit) splitIn(s *Sections) *Unit {
	b := buf{data: s.Info}
	for b.left() > 0 {
		split := u.data.readHeader(&b, s)
		if split == nil {
			return nil
		}
		b.off = split.end
		if split.kind == unitSplitType || split.kind == unitType || split.first >= split.end {
			continue
		}
		shift := (u.number + 1) * splitStep
		split.shift = shift
		split.off, split.first, split.end = split.off+shift, split.first+shift, split.end+shift
		split.number = u.number
		split.addrBase, split.rangesBase, split.base, split.dir = u.addrBase, u.rangesBase, u.base, u.dir
		split.readRoot(readAbbrevs(s.Abbrev, split.abbrev, split, true))
		if split.dwoID == u.dwoID {
			return split
		}
	}
	return nil
}

// unit cuts the parts of one unit out of a package.
func (p *SplitSections) unit(id uint64) (*Sections, bool) {
	b := buf{data: p.Index}
	version := b.u32() & 0xffff
	columns, units, slots := uint64(b.u32()), uint64(b.u32()), uint64(b.u32())
	size := uint64(len(p.Index))
	if version != 2 && version != 5 || columns > 16 || units > size/4 || slots > size/12 {
		return nil, false
	}
	row := uint64(0)
	for i := range slots {
		at := 16 + 8*i
		if at+8 <= size && binary.LittleEndian.Uint64(p.Index[at:]) == id {
			b.off = int(min(size, 16+8*slots+4*i))
			if row = uint64(b.u32()); row != 0 {
				break
			}
		}
	}
	if row == 0 || row > units {
		return nil, false
	}
	table := 16 + 12*slots
	cell := func(n uint64) uint64 {
		b := buf{data: p.Index}
		b.skip(table + 4*n)
		return uint64(b.u32())
	}
	s := Sections{Str: p.Str, LineStr: p.LineStr, Line: p.Line}
	for c := range columns {
		var from []byte
		var to *[]byte
		switch id := cell(c); {
		case id == sectionInfo:
			from, to = p.Info, &s.Info
		case id == sectionAbbrev:
			from, to = p.Abbrev, &s.Abbrev
		case id == sectionStrOffsets:
			from, to = p.StrOffsets, &s.StrOffsets
		case id == sectionRngListsV5 && version == 5:
			from, to = p.RngLists, &s.RngLists
		default:
			continue
		}
		off, n := cell(columns*row+c), cell(columns*(units+row)+c)
		if off > uint64(len(from)) || n > uint64(len(from))-off {
			return nil, false
		}
		*to = from[off : off+n]
	}
	return &s, true
}
