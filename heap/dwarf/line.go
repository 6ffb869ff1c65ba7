package dwarf

import (
	"path"
	"sort"
)

// lineTable is the header of a unit's line program.
type lineTable struct {
	unit     *Unit
	version  int
	program  buf
	minInst  uint64
	lineBase int
	lineStep uint8
	opBase   uint8
	lengths  []uint8 // of operands, by opcode less one
	dirs     []string
	files    []lineFile
	names    map[uint64]string
}

type lineFile struct {
	name string
	dir  uint64
}

// place is a line of a file, numbered as in the table.
type place struct {
	file uint64
	line int
}

// readLines reads the header; it is empty when the unit has no lines.
func (u *Unit) readLines() *lineTable {
	t := &lineTable{unit: u, names: map[uint64]string{}}
	if !u.hasLines {
		return t
	}
	b := buf{data: u.data.Line}
	b.skip(u.lineOff)
	n, wide := b.length()
	if b.bad || n > uint64(b.left()) {
		return t
	}
	b.data = b.data[:b.off+int(n)]
	t.version = int(b.u16())
	if t.version < 2 || t.version > 5 {
		return t
	}
	// The forms of the header are read with the sizes that it states.
	lu := &Unit{data: u.data, sec: u.sec, version: t.version, wide: wide, addrSize: u.addrSize, strBase: u.strBase}
	if t.version >= 5 {
		lu.addrSize = int(b.u8())
		b.u8() // size of a segment selector
	}
	header := b.offset(wide)
	start := b.off
	t.minInst = uint64(b.u8())
	if t.version >= 4 {
		b.u8() // operations per instruction: one on all but VLIW machines
	}
	b.u8() // default_is_stmt
	t.lineBase = int(int8(b.u8()))
	t.lineStep = b.u8()
	t.opBase = b.u8()
	if t.opBase > 0 {
		t.lengths = b.bytes(uint64(t.opBase) - 1)
	}
	if t.version >= 5 {
		for _, f := range lu.lineEntries(&b) {
			t.dirs = append(t.dirs, f.name)
		}
		t.files = lu.lineEntries(&b)
	} else {
		t.oldFiles(&b)
	}
	t.program = buf{data: b.data, off: start, bad: b.bad}
	t.program.skip(header)
	return t
}

// oldFiles reads the lists of DWARF 2 to 4, which count from 1: directory 0 is
// that of the unit, and there is no file 0.
func (t *lineTable) oldFiles(b *buf) {
	t.dirs = []string{t.unit.dir}
	for {
		s := b.text()
		if s == "" || b.bad {
			break
		}
		t.dirs = append(t.dirs, s)
	}
	t.files = []lineFile{{}}
	for {
		s := b.text()
		if s == "" || b.bad {
			break
		}
		t.files = append(t.files, lineFile{name: s, dir: b.uleb()})
		b.skipLEB() // time
		b.skipLEB() // length
	}
}

// lineEntries reads a list of directories or files of DWARF 5.
func (u *Unit) lineEntries(b *buf) []lineFile {
	formats := make([]attr, b.u8())
	for i := range formats {
		formats[i] = attr{name: uint16(b.uleb()), form: uint16(b.uleb())}
	}
	n := b.uleb()
	if len(formats) == 0 {
		return nil
	}
	var out []lineFile
	for range min(n, uint64(b.left())) {
		if b.bad {
			break
		}
		var f lineFile
		for _, at := range formats {
			v := u.value(b, at)
			switch at.name {
			case lineContentPath:
				f.name = u.str(v)
			case lineContentDirectory:
				f.dir = v.num
			}
		}
		out = append(out, f)
	}
	return out
}

// name is the path of a file. A relative one is joined to where the compiler ran.
func (t *lineTable) name(file uint64) string {
	if file >= uint64(len(t.files)) || file == 0 && t.version < 5 {
		return ""
	}
	if s, ok := t.names[file]; ok {
		return s
	}
	f := t.files[file]
	s := f.name
	if !path.IsAbs(s) && f.dir < uint64(len(t.dirs)) {
		s = path.Join(t.dirs[f.dir], s)
	}
	if !path.IsAbs(s) && t.unit.dir != "" {
		s = path.Join(t.unit.dir, s)
	}
	t.names[file] = s
	return s
}

// find runs the program and gives the place of each address. The addresses are
// sorted.
func (t *lineTable) find(pcs []uint64) []place {
	out := make([]place, len(pcs))
	b := t.program
	if len(pcs) == 0 || t.version == 0 {
		return out
	}
	// row is the state of the machine; last, the row before it, which holds up to
	// the address of row. next is the first address that is not below last.
	type row struct {
		place
		addr uint64
	}
	start := row{place: place{file: 1, line: 1}}
	// A sound program gives an address a place once or twice.
	work := 64*len(pcs) + 1000
	cur, last := start, row{}
	inSequence := false
	next := 0
	emit := func(end bool) {
		switch {
		case !inSequence:
			inSequence = true
			next = sort.Search(len(pcs), func(i int) bool { return pcs[i] >= cur.addr })
			if cur.addr == 0 {
				next = len(pcs) // dropped by the linker
			}
		default:
			for next < len(pcs) && pcs[next] < cur.addr {
				work--
				if pcs[next] >= last.addr {
					out[next] = place{last.file, max(last.line, 0)}
				}
				next++
			}
		}
		last = cur
		if end {
			inSequence = false
			cur = start
		}
	}
	for b.left() > 0 && !b.bad && work > 0 {
		op := b.u8()
		if op >= t.opBase {
			if t.lineStep == 0 {
				return out
			}
			n := op - t.opBase
			cur.addr += uint64(n/t.lineStep) * t.minInst
			cur.line += t.lineBase + int(n%t.lineStep)
			emit(false)
			continue
		}
		switch op {
		case lineExtended:
			n := b.uleb()
			if n == 0 || n > uint64(b.left()) {
				return out
			}
			ext := buf{data: b.data[:b.off+int(n)], off: b.off}
			b.skip(n)
			switch ext.u8() {
			case lineExtEnd:
				emit(true)
			case lineExtSetAddress:
				cur.addr = ext.sized(ext.left())
			case lineExtDefineFile:
				t.files = append(t.files, lineFile{name: ext.text(), dir: ext.uleb()})
			}
		case lineCopy:
			emit(false)
		case lineAdvancePC:
			cur.addr += b.uleb() * t.minInst
		case lineAdvanceLine:
			cur.line += int(b.sleb())
		case lineSetFile:
			cur.file = b.uleb()
		case lineSetColumn:
			b.skipLEB()
		case lineConstAddPC:
			if t.lineStep == 0 {
				return out
			}
			cur.addr += uint64((255-t.opBase)/t.lineStep) * t.minInst
		case lineFixedAdvance:
			cur.addr += uint64(b.u16())
		default:
			if int(op) > len(t.lengths) {
				return out
			}
			for range t.lengths[op-1] {
				b.skipLEB()
			}
		}
	}
	return out
}
