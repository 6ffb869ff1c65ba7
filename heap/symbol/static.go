package symbol

import (
	"bytes"
	"debug/elf"

	"softshell/heap/dwarf"
)

// Static finds the static of a path as Rust writes it, such as
// "std::io::stdio::STDOUT". It gives the
// addresses in the process. part is what stands in the name of the symbol however
// it is mangled.
func (t *Table) Static(path, part string) (start, end uint64, ok bool) {
	for i := range t.modules {
		if m := &t.modules[i]; !ok {
			dwarf.Guard(func() {
				for _, tab := range t.image(i).tables {
					if at, size := tab.static(path, part); size > 0 {
						start, end, ok = m.Bias+at, m.Bias+at+size, true
					}
				}
			})
		}
	}
	return start, end, ok
}

func (t *symtab) static(path, part string) (start, size uint64) {
	if !bytes.Contains(t.names, []byte(part)) {
		return 0, 0
	}
	for i := range t.count() {
		name, info, section, at, n := t.entry(i)
		if elf.SymType(info&15) == elf.STT_OBJECT && section != uint16(elf.SHN_UNDEF) && n > 0 && Demangle(t.name(name)) == path {
			return at, n
		}
	}
	return 0, 0
}
