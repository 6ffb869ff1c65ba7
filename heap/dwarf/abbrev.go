package dwarf

// abbrev is the shape of entries: which attributes they have, in which form.
type abbrev struct {
	code     uint64
	tag      Tag
	children bool
	attrs    []attr
	fixed    int // bytes of such an entry behind its code, or -1 when they differ
	// What a walk asks before it reads an entry.
	pc          bool // it has an address range
	definesType bool
}

// attr is an attribute in an abbreviation.
type attr struct {
	name, form uint16
	implicit   int64 // value, of formImplicitConst
}

// abbrevs are the abbreviations of a unit; dense holds those whose code is their
// index, which compilers make.
type abbrevs struct {
	dense []abbrev
	rest  map[uint64]*abbrev
}

func (a *abbrevs) find(code uint64) *abbrev {
	if a == nil {
		return nil
	}
	if code < uint64(len(a.dense)) {
		return &a.dense[code]
	}
	return a.rest[code]
}

// readAbbrevs reads a table, or with first its first entry alone.
func readAbbrevs(data []byte, off uint64, u *Unit, first bool) *abbrevs {
	table := &abbrevs{dense: make([]abbrev, 1, 64)}
	b := buf{data: data}
	b.skip(off)
	for !b.bad {
		code := b.uleb()
		if code == 0 {
			break
		}
		ab := abbrev{code: code, tag: Tag(b.uleb()), children: b.u8() != 0}
		for {
			at := attr{name: uint16(b.uleb()), form: uint16(b.uleb())}
			if at.form == formImplicitConst {
				at.implicit = b.sleb()
			}
			if at.name == 0 && at.form == 0 || b.bad {
				break
			}
			ab.attrs = append(ab.attrs, at)
		}
		if b.bad {
			break
		}
		ab.finish(u)
		if code == uint64(len(table.dense)) {
			table.dense = append(table.dense, ab)
		} else {
			if table.rest == nil {
				table.rest = map[uint64]*abbrev{}
			}
			table.rest[code] = &ab
		}
		if first {
			break
		}
	}
	return table
}

func (ab *abbrev) finish(u *Unit) {
	declared := false
	for _, at := range ab.attrs {
		switch at.name {
		case attrLowPC, attrRanges:
			ab.pc = true
		case attrDeclaration:
			declared = true
		}
		if ab.fixed < 0 {
			continue
		}
		if n := u.formSize(at.form); n < 0 {
			ab.fixed = -1
		} else {
			ab.fixed += n
		}
	}
	switch ab.tag {
	case TagStructType, TagUnionType, TagClassType, TagEnumerationType:
		ab.definesType = !declared
	}
}

// formSize is the number of bytes of a form, or -1 when it varies.
func (u *Unit) formSize(form uint16) int {
	switch form {
	case formFlagPresent, formImplicitConst:
		return 0
	case formData1, formFlag, formRef1, formStrx1, formAddrx1:
		return 1
	case formData2, formRef2, formStrx2, formAddrx2:
		return 2
	case formStrx3, formAddrx3:
		return 3
	case formData4, formRef4, formStrx4, formAddrx4, formRefSup4:
		return 4
	case formData8, formRef8, formRefSig8, formRefSup8:
		return 8
	case formData16:
		return 16
	case formAddr:
		return u.addrSize
	case formRefAddr:
		if u.version <= 2 {
			return u.addrSize
		}
		return u.offsetSize()
	case formStrp, formLineStrp, formSecOffset, formStrpSup, formGNURefAlt, formGNUStrpAlt:
		return u.offsetSize()
	}
	return -1
}

func (u *Unit) offsetSize() int {
	if u.wide {
		return 8
	}
	return 4
}

// skipForm passes a value.
func (u *Unit) skipForm(b *buf, form uint16) {
	if n := u.formSize(form); n >= 0 {
		b.skip(uint64(n))
		return
	}
	switch form {
	case formUdata, formSdata, formRefUdata, formStrx, formAddrx, formLoclistx, formRnglistx, formGNUAddrIndex, formGNUStrIndex:
		b.skipLEB()
	case formBlock1:
		b.skip(uint64(b.u8()))
	case formBlock2:
		b.skip(uint64(b.u16()))
	case formBlock4:
		b.skip(uint64(b.u32()))
	case formBlock, formExprloc:
		b.skip(b.uleb())
	case formString:
		b.skipText()
	case formIndirect:
		form := uint16(b.uleb())
		if form == formIndirect || form == formImplicitConst {
			b.fail()
			return
		}
		u.skipForm(b, form)
	default:
		b.fail()
	}
}

// skip passes the attributes of an entry.
func (u *Unit) skip(b *buf, ab *abbrev) {
	if ab.fixed >= 0 {
		b.skip(uint64(ab.fixed))
		return
	}
	for i := range ab.attrs {
		u.skipForm(b, ab.attrs[i].form)
	}
}
