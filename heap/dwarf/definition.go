package dwarf

import (
	"cmp"
	"iter"
	"slices"
)

// definition is where a type is written in full.
type definition struct {
	name  uint64 // offset in .debug_str, where equal strings are one
	entry int
}

// Definition finds a type in full that a unit only declares: another unit has it.
// The first of them is taken.
func (d *Data) Definition(declared *Entry) (Entry, bool) {
	if declared.unit == nil || declared.unit.shift != 0 {
		return Entry{}, false
	}
	name, ok := declared.unit.textOffset(declared.name)
	if !ok {
		return Entry{}, false
	}
	d.definitionsOnce.Do(d.findDefinitions)
	path := d.Path(declared.Off)
	i, _ := slices.BinarySearchFunc(d.definitions, name, func(f definition, name uint64) int { return cmp.Compare(f.name, name) })
	for ; i < len(d.definitions) && d.definitions[i].name == name; i++ {
		e, ok := d.Entry(d.definitions[i].entry)
		if ok && e.Tag == declared.Tag && slices.Equal(d.Path(e.Off), path) {
			return e, true
		}
	}
	return Entry{}, false
}

// findDefinitions gathers the types of all units.
func (d *Data) findDefinitions() {
	found := make([][]definition, len(d.units))
	each(len(d.units), func(i int) { found[i] = d.units[i].typesDefined() })
	d.definitions = slices.Concat(found...)
	slices.SortFunc(d.definitions, func(a, b definition) int {
		if c := cmp.Compare(a.name, b.name); c != 0 {
			return c
		}
		return cmp.Compare(a.entry, b.entry)
	})
}

// typesDefined walks the unit for structures that are not mere declarations.
func (u *Unit) typesDefined() []definition {
	u.open()
	var out []definition
	b := u.entries(u.first)
	for b.left() > 0 {
		off := b.off + u.shift
		code := b.uleb()
		if code == 0 {
			continue
		}
		ab := u.table.find(code)
		if ab == nil {
			break
		}
		if !ab.definesType {
			u.skip(&b, ab)
			continue
		}
		e := Entry{Off: off}
		u.fill(&e, &b, ab)
		if name, ok := u.textOffset(e.name); ok {
			out = append(out, definition{name, off})
		}
	}
	return out
}

// textOffset is where a string stands in .debug_str.
func (u *Unit) textOffset(v value) (uint64, bool) {
	switch v.kind {
	case kindStr:
		return v.num, true
	case kindStrx:
		b := buf{data: u.sec.StrOffsets}
		b.skip(u.strBase + v.num*uint64(u.offsetSize()))
		off := b.offset(u.wide)
		return off, !b.bad
	}
	return 0, false
}

// Named gives the types in full whose own name, without its path, match accepts. It
// goes from unit to unit, and those of the program itself mostly come first: who
// has seen enough may stop.
func (d *Data) Named(match func(name string) bool) iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		matched := map[uint64]bool{}
		for _, u := range d.units {
			for _, f := range u.typesDefined() {
				ok, seen := matched[f.name]
				if !seen {
					ok = match(cstring(d.Str, f.name))
					matched[f.name] = ok
				}
				if !ok {
					continue
				}
				if e, found := u.read(f.entry); found && !yield(e) {
					return
				}
			}
		}
	}
}
