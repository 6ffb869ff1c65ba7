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
	any := false
	t.functions(func(function) { any = true })
	return any
}

// function is a symbol of one.
type function struct {
	start, size uint64
	global      bool
	name        uint32
}

// functions gives each function of the file to visit.
func (t *symtab) functions(visit func(function)) {
	for i := range t.count() {
		name, info, section, start, size := t.entry(i)
		kind := elf.SymType(info & 15)
		if (kind == elf.STT_FUNC || kind == elf.STT_GNU_IFUNC) && section != uint16(elf.SHN_UNDEF) && start != 0 && name != 0 {
			visit(function{start, size, elf.SymBind(info>>4) == elf.STB_GLOBAL, name})
		}
	}
}

// find gives for each address the function that holds it. Addresses are sorted; a
// name that is there already stays. Of several symbols the one with the nearest
// start wins, then one that is seen from outside, then the shortest name.
func (t *symtab) find(pcs []uint64, names []string) {
	found := make([]function, len(pcs))
	sizeless := false
	t.functions(func(f function) {
		sizeless = sizeless || f.size == 0
		for k := sort.Search(len(pcs), func(k int) bool { return pcs[k] >= f.start }); k < len(pcs) && pcs[k]-f.start < f.size; k++ {
			if b := &found[k]; b.name == 0 || t.better(&f, b) {
				*b = f
			}
		}
	})
	if sizeless {
		t.findSizeless(pcs, found)
	}
	for k := range found {
		if names[k] == "" && found[k].name != 0 {
			names[k] = t.name(found[k].name)
		}
	}
}

// aliased tells which of the sorted addresses lie in a function with several names.
func (t *symtab) aliased(pcs []uint64) []bool {
	first := make([]function, len(pcs))
	out := make([]bool, len(pcs))
	t.functions(func(f function) {
		for k := sort.Search(len(pcs), func(k int) bool { return pcs[k] >= f.start }); k < len(pcs) && pcs[k]-f.start < f.size; k++ {
			switch {
			case first[k].name == 0:
				first[k] = f
			case first[k].start == f.start && t.name(first[k].name) != t.name(f.name):
				out[k] = true
			}
		}
	})
	return out
}

// findSizeless takes functions of assembly, which often have no size: they go on
// up to the next.
func (t *symtab) findSizeless(pcs []uint64, found []function) {
	nearest := make([]function, len(pcs)) // of those that begin behind the address before
	t.functions(func(f function) {
		if k := sort.Search(len(pcs), func(k int) bool { return pcs[k] >= f.start }); k < len(pcs) && f.start >= nearest[k].start {
			nearest[k] = f
		}
	})
	var before function
	for k := range pcs {
		if nearest[k].name != 0 {
			before = nearest[k]
		}
		if found[k].name == 0 && before.size == 0 {
			found[k] = before
		}
	}
}

func (t *symtab) better(f, than *function) bool {
	switch {
	case f.start != than.start:
		return f.start > than.start
	case f.global != than.global:
		return f.global
	}
	return t.length(f.name) < t.length(than.name)
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
