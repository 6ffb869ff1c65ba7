package dwarf

import (
	"bytes"
	"encoding/binary"
)

// builder writes sections by hand.
type builder struct{ bytes.Buffer }

func (b *builder) put(vs ...any) *builder {
	for _, v := range vs {
		switch v := v.(type) {
		case int:
			b.WriteByte(byte(v))
		case Tag:
			b.WriteByte(byte(v))
		case string:
			b.WriteString(v)
			b.WriteByte(0)
		default:
			if err := binary.Write(b, binary.LittleEndian, v); err != nil {
				panic(err)
			}
		}
	}
	return b
}

// unit puts the length before what follows it.
func unit(body *builder) *builder {
	out := &builder{}
	out.put(uint32(body.Len()))
	out.Write(body.Bytes())
	return out
}

// sections is a small program: main at 0x1000 with add inlined at 0x1010, and a
// type Pair.
func sections(version uint8) Sections {
	abbrev := (&builder{}).put(
		1, TagCompileUnit, 1, attrName, formString, attrCompDir, formString, attrLowPC, formAddr, attrHighPC, formData4, attrStmtList, lineForm(version), 0, 0,
		2, TagNamespace, 1, attrName, formString, 0, 0,
		3, TagSubprogram, 1, attrName, formString, attrLinkageName, formString, 0, 0,
		4, TagSubprogram, 1, attrName, formString, attrLowPC, formAddr, attrHighPC, formData4, 0, 0,
		5, TagInlinedSubroutine, 0, attrAbstractOrigin, formRef4, attrLowPC, formAddr, attrHighPC, formData4, attrCallFile, formData1, attrCallLine, formData1, 0, 0,
		6, TagStructType, 1, attrName, formString, attrByteSize, formData1, 0, 0,
		7, TagMember, 0, attrName, formString, attrType, formRef4, attrMemberLocation, formData1, 0, 0,
		8, TagTemplateType, 0, attrName, formString, attrType, formRef4, 0, 0,
		0)
	body := &builder{}
	if version >= 5 {
		body.put(uint16(version), unitCompile, 8, uint32(0))
	} else {
		body.put(uint16(version), uint32(0), 8)
	}
	at := func() uint32 { return uint32(body.Len() + 4) }
	body.put(1, "a.rs", "/src", uint64(0x1000), uint32(0x100), uint32(0))
	body.put(2, "demo")
	pair := at()
	body.put(6, "Pair", 16, 7, "left", pair, 0, 7, "right", pair, 8, 0)
	add := at()
	body.put(3, "add<demo::Pair>", "_ZN4demo3addE", 8, "T", pair, 0)
	body.put(4, "main", uint64(0x1000), uint32(0x80), 5, add, uint64(0x1010), uint32(0x10), 1, 7, 0)
	body.put(0, 0)
	return Sections{Info: unit(body).Bytes(), Abbrev: abbrev.Bytes(), Line: lines(version)}
}

func lineForm(version uint8) int {
	if version >= 4 {
		return formSecOffset
	}
	return formData4
}

// lines gives 0x1000 line 5, 0x1010 line 2 of b.rs, 0x1020 line 6.
func lines(version uint8) []byte {
	header := (&builder{}).put(1)
	if version >= 4 {
		header.put(1)
	}
	header.put(1, int8(-5), 14, 10, 0, 1, 1, 1, 1, 0, 0, 0, 1)
	if version >= 5 {
		header.put(1, lineContentPath, formString, 2, "/src", "lib")
		header.put(2, lineContentPath, formString, lineContentDirectory, formUdata, 3, "a.rs", 0, "a.rs", 0, "b.rs", 1)
	} else {
		header.put("lib", 0, "a.rs", 0, 0, 0, "b.rs", 1, 0, 0, 0)
	}
	body := (&builder{}).put(uint16(version))
	if version >= 5 {
		body.put(8, 0)
	}
	body.put(uint32(header.Len()))
	body.Write(header.Bytes())
	body.put(lineExtended, 9, lineExtSetAddress, uint64(0x1000))
	body.put(lineAdvanceLine, 4, lineCopy)
	body.put(lineAdvancePC, 0x10, lineSetFile, 2, lineAdvanceLine, 0x7d, lineCopy)
	body.put(lineAdvancePC, 0x10, lineSetFile, 1, lineAdvanceLine, 4, lineCopy)
	body.put(lineAdvancePC, 0x60, lineExtended, 1, lineExtEnd)
	return unit(body).Bytes()
}

// sample writes sections into one input for the fuzzer, each behind its length.
func sample(version uint8) []byte {
	s := sections(version)
	b := &builder{}
	for _, data := range [][]byte{s.Info, s.Abbrev, s.Line, s.Str, s.LineStr, s.Ranges, s.RngLists, s.Addr, s.StrOffsets, s.Aranges} {
		b.put(uint16(len(data)))
		b.Write(data)
	}
	return b.Bytes()
}

// cut undoes sample.
func cut(data []byte) Sections {
	var s Sections
	for _, to := range []*[]byte{&s.Info, &s.Abbrev, &s.Line, &s.Str, &s.LineStr, &s.Ranges, &s.RngLists, &s.Addr, &s.StrOffsets, &s.Aranges} {
		if len(data) < 2 {
			break
		}
		n := min(int(binary.LittleEndian.Uint16(data)), len(data)-2)
		*to, data = data[2:2+n], data[2+n:]
	}
	return s
}
