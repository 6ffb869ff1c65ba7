package dwarf

// Entry is what is asked of an entry. References are offsets in the section of
// entries, 0 for none.
type Entry struct {
	Off      int
	Tag      Tag
	Children bool
	next     int // offset of what follows
	unit     *Unit

	name, linkage value
	Type          int
	Origin        int // the entry that this is an instance or the definition of
	Discr         int // of a variant part: the member that tells the variant
	Sibling       int
	Size          uint64 // in bytes
	HasSize       bool
	Offset        uint64 // of a member in its structure
	DiscrValue    uint64
	HasDiscr      bool
	Const         int64
	Count         uint64 // of an array's dimension
	HasCount      bool
	Alignment     uint64
	Encoding      uint64
	Declaration   bool
	CallFile      uint64
	CallLine      int

	low, high uint64
	highIsLen bool
	ranges    value
	hasRanges bool
}

// Name is the name in the source, with generic arguments.
func (e *Entry) Name() string {
	if e.unit == nil {
		return ""
	}
	return e.unit.str(e.name)
}

// Linkage is the name in the symbol table, "" when the entry has none.
func (e *Entry) Linkage() string {
	if e.unit == nil {
		return ""
	}
	return e.unit.str(e.linkage)
}

func (e *Entry) set(u *Unit, name uint16, v value) {
	switch name {
	case attrName:
		e.name = v
	case attrLinkageName, attrMIPSLinkageName:
		e.linkage = v
	case attrType:
		e.Type = refOf(v)
	case attrAbstractOrigin, attrSpecification:
		e.Origin = refOf(v)
	case attrDiscr:
		e.Discr = refOf(v)
	case attrSibling:
		e.Sibling = refOf(v)
	case attrByteSize:
		e.Size, e.HasSize = v.num, v.kind == kindNumber || v.kind == kindSigned
	case attrMemberLocation:
		e.Offset = memberOffset(v)
	case attrDiscrValue:
		e.DiscrValue, e.HasDiscr = v.num, true
	case attrConstValue:
		e.Const = int64(v.num)
	case attrUpperBound:
		if v.kind == kindNumber || v.kind == kindSigned {
			e.Count, e.HasCount = v.num+1, true
		}
	case attrCount:
		if v.kind == kindNumber || v.kind == kindSigned {
			e.Count, e.HasCount = v.num, true
		}
	case attrAlignment:
		e.Alignment = v.num
	case attrEncoding:
		e.Encoding = v.num
	case attrDeclaration:
		e.Declaration = v.num != 0
	case attrCallFile:
		e.CallFile = v.num
	case attrCallLine:
		e.CallLine = int(min(v.num, 1<<31-1))
	case attrLowPC:
		e.low = u.address(v)
	case attrHighPC:
		e.high = u.address(v)
		e.highIsLen = v.kind != kindAddress && v.kind != kindAddressx
	case attrRanges:
		e.ranges, e.hasRanges = v, true
	}
}

func refOf(v value) int {
	if v.kind != kindRef || v.num > 1<<62 {
		return 0
	}
	return int(v.num)
}

// memberOffset reads a place that may be written as an expression, which old
// compilers do.
func memberOffset(v value) uint64 {
	const plusConstant = 0x23
	if v.kind != kindBlock {
		return v.num
	}
	b := buf{data: v.bytes}
	if b.u8() != plusConstant {
		return 0
	}
	return b.uleb()
}

// read reads the entry at off of an opened unit; ok is false at the end of a list
// of children and where nothing can be read.
func (u *Unit) read(off int) (e Entry, ok bool) {
	e.Off, e.unit, e.next = off, u, u.end
	if off < u.first || off >= u.end {
		return e, false
	}
	b := u.entries(off)
	code := b.uleb()
	e.next = b.off + u.shift
	ab := u.table.find(code)
	if code == 0 || ab == nil {
		if code != 0 {
			e.next = u.end
		}
		return e, false
	}
	u.fill(&e, &b, ab)
	return e, !b.bad
}

// fill reads the attributes of an entry.
func (u *Unit) fill(e *Entry, b *buf, ab *abbrev) {
	e.Tag, e.Children, e.unit = ab.tag, ab.children, u
	for _, at := range ab.attrs {
		if wanted(at.name) {
			e.set(u, at.name, u.value(b, at))
		} else {
			u.skipForm(b, at.form)
		}
	}
	e.next = b.off + u.shift
}

// wanted tells the attributes that Entry.set knows from the many that it does not.
func wanted(name uint16) bool {
	switch name {
	case attrName, attrLinkageName, attrMIPSLinkageName, attrType, attrAbstractOrigin, attrSpecification, attrDiscr,
		attrSibling, attrByteSize, attrMemberLocation, attrDiscrValue, attrConstValue, attrUpperBound, attrCount,
		attrAlignment, attrEncoding, attrDeclaration, attrCallFile, attrCallLine, attrLowPC, attrHighPC, attrRanges:
		return true
	}
	return false
}

// Entry reads the entry at off.
func (d *Data) Entry(off int) (Entry, bool) {
	u := d.unitAt(off)
	if u == nil {
		return Entry{}, false
	}
	u.open()
	return u.read(off)
}
