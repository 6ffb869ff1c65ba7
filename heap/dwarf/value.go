package dwarf

// kind says how the number of a value is meant.
type kind uint8

const (
	kindNone      kind = iota
	kindNumber         // a constant, an offset in a section, a flag
	kindSigned         // a constant that was written with its sign
	kindAddress        // an address
	kindAddressx       // an index in the table of addresses
	kindRef            // an entry of this file
	kindText           // bytes hold the string
	kindStr            // an offset in .debug_str
	kindLineStr        // an offset in .debug_line_str
	kindStrx           // an index in the table of offsets of strings
	kindRangeList      // an index in the table of range lists
	kindBlock          // bytes
)

// value is an attribute's value, as it stands there.
type value struct {
	kind  kind
	num   uint64
	bytes []byte
}

// value reads one attribute.
func (u *Unit) value(b *buf, at attr) value {
	number := func(n uint64) value { return value{kind: kindNumber, num: n} }
	switch at.form {
	case formAddr:
		return value{kind: kindAddress, num: b.sized(u.addrSize)}
	case formData1, formFlag:
		return number(uint64(b.u8()))
	case formData2:
		return number(uint64(b.u16()))
	case formData4:
		return number(uint64(b.u32()))
	case formData8:
		return number(b.u64())
	case formUdata:
		return number(b.uleb())
	case formSdata:
		return value{kind: kindSigned, num: uint64(b.sleb())}
	case formImplicitConst:
		return value{kind: kindSigned, num: uint64(at.implicit)}
	case formFlagPresent:
		return number(1)
	case formSecOffset:
		return number(b.offset(u.wide))
	case formStrp:
		return value{kind: kindStr, num: b.offset(u.wide)}
	case formLineStrp:
		return value{kind: kindLineStr, num: b.offset(u.wide)}
	case formString:
		start := b.off
		b.skipText()
		if b.bad {
			return value{}
		}
		return value{kind: kindText, bytes: b.data[start : b.off-1]}
	case formStrx, formGNUStrIndex:
		return value{kind: kindStrx, num: b.uleb()}
	case formStrx1:
		return value{kind: kindStrx, num: uint64(b.u8())}
	case formStrx2:
		return value{kind: kindStrx, num: uint64(b.u16())}
	case formStrx3:
		return value{kind: kindStrx, num: uint64(b.u24())}
	case formStrx4:
		return value{kind: kindStrx, num: uint64(b.u32())}
	case formAddrx, formGNUAddrIndex:
		return value{kind: kindAddressx, num: b.uleb()}
	case formAddrx1:
		return value{kind: kindAddressx, num: uint64(b.u8())}
	case formAddrx2:
		return value{kind: kindAddressx, num: uint64(b.u16())}
	case formAddrx3:
		return value{kind: kindAddressx, num: uint64(b.u24())}
	case formAddrx4:
		return value{kind: kindAddressx, num: uint64(b.u32())}
	case formRef1:
		return u.ref(uint64(b.u8()))
	case formRef2:
		return u.ref(uint64(b.u16()))
	case formRef4:
		return u.ref(uint64(b.u32()))
	case formRef8:
		return u.ref(b.u64())
	case formRefUdata:
		return u.ref(b.uleb())
	case formRefAddr:
		if u.version <= 2 {
			return value{kind: kindRef, num: b.sized(u.addrSize)}
		}
		return value{kind: kindRef, num: uint64(u.shift) + b.offset(u.wide)}
	case formRnglistx:
		return value{kind: kindRangeList, num: b.uleb()}
	case formBlock1:
		return value{kind: kindBlock, bytes: b.bytes(uint64(b.u8()))}
	case formBlock2:
		return value{kind: kindBlock, bytes: b.bytes(uint64(b.u16()))}
	case formBlock4:
		return value{kind: kindBlock, bytes: b.bytes(uint64(b.u32()))}
	case formBlock, formExprloc:
		return value{kind: kindBlock, bytes: b.bytes(b.uleb())}
	case formData16:
		return value{kind: kindBlock, bytes: b.bytes(16)}
	case formIndirect:
		form := uint16(b.uleb())
		if form == formIndirect || form == formImplicitConst {
			b.fail()
			return value{}
		}
		return u.value(b, attr{name: at.name, form: form})
	}
	u.skipForm(b, at.form)
	return value{}
}

// ref is an entry of the same unit.
func (u *Unit) ref(off uint64) value {
	return value{kind: kindRef, num: uint64(u.off) + off}
}

// str is the text of a value.
func (u *Unit) str(v value) string {
	switch v.kind {
	case kindText:
		return string(v.bytes)
	case kindStr:
		return cstring(u.sec.Str, v.num)
	case kindLineStr:
		return cstring(u.sec.LineStr, v.num)
	case kindStrx:
		if off, ok := u.textOffset(v); ok {
			return cstring(u.sec.Str, off)
		}
	}
	return ""
}

// address is the address of a value.
func (u *Unit) address(v value) uint64 {
	if v.kind == kindAddressx {
		return u.indexed(v.num)
	}
	return v.num
}

// indexed is an address of the unit's table of them.
func (u *Unit) indexed(i uint64) uint64 {
	b := buf{data: u.data.Addr}
	b.skip(u.addrBase + i*uint64(u.addrSize))
	return b.sized(u.addrSize)
}
