package symbol

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"sort"
	"strings"
)

// symtab is a table of symbols, read as it stands in the file.
type symtab struct {
	data, names []byte
	wide        bool // 64-bit
}

func (f *file) symtabs() []symtab {
	var out []symtab
	for _, s := range f.Sections {
		if s.Type != elf.SHT_SYMTAB && s.Type != elf.SHT_DYNSYM || int(s.Link) >= len(f.Sections) {
			continue
		}
		t := symtab{data: f.raw(s), names: f.raw(f.Sections[s.Link]), wide: f.Class == elf.ELFCLASS64}
		if t.defines() {
			out = append(out, t)
		}
	}
	return out
}

// entry is the i-th symbol.
func (t *symtab) entry(i int) (name uint32, info byte, section uint16, value, size uint64) {
	le := binary.LittleEndian
	if t.wide {
		e := t.data[24*i:]
		return le.Uint32(e), e[4], le.Uint16(e[6:]), le.Uint64(e[8:]), le.Uint64(e[16:])
	}
	e := t.data[16*i:]
	return le.Uint32(e), e[12], le.Uint16(e[14:]), uint64(le.Uint32(e[4:])), uint64(le.Uint32(e[8:]))
}

func (t *symtab) count() int {
	if t.wide {
		return len(t.data) / 24
	}
	return len(t.data) / 16
}

// defines reports whether a function of the file itself is in the table.
func (t *symtab) defines() bool {
	for i := range t.count() {
		if _, info, section, _, _ := t.entry(i); elf.SymType(info&15) == elf.STT_FUNC && section != uint16(elf.SHN_UNDEF) {
			return true
		}
	}
	return false
}

// find gives for each address the function that holds it. Addresses are sorted; a
// name that is there already stays. Of several symbols the one with the nearest
// start wins, then one that is seen from outside, then the shortest name.
func (t *symtab) find(pcs []uint64, names []string) {
	type best struct {
		start  uint64
		global bool
		name   uint32
	}
	found := make([]best, len(pcs))
	for i := range t.count() {
		name, info, section, start, size := t.entry(i)
		if kind := elf.SymType(info & 15); kind != elf.STT_FUNC && kind != elf.STT_GNU_IFUNC || section == uint16(elf.SHN_UNDEF) || start == 0 || name == 0 {
			continue
		}
		end := start + max(size, 1)
		global := elf.SymBind(info>>4) == elf.STB_GLOBAL
		for k := sort.Search(len(pcs), func(k int) bool { return pcs[k] >= start }); k < len(pcs) && pcs[k] < end; k++ {
			if b := &found[k]; b.name == 0 || start > b.start || start == b.start && (global && !b.global || global == b.global && t.length(name) < t.length(b.name)) {
				*b = best{start, global, name}
			}
		}
	}
	for k := range found {
		if names[k] == "" && found[k].name != 0 {
			names[k] = t.name(found[k].name)
		}
	}
}

func (t *symtab) length(off uint32) int { return len(t.name(off)) }

// name is a symbol's name without its version.
func (t *symtab) name(off uint32) string {
	if uint64(off) >= uint64(len(t.names)) {
		return ""
	}
	s, _, _ := bytes.Cut(t.names[off:], []byte{0})
	name, _, _ := strings.Cut(string(s), "@")
	return name
}
