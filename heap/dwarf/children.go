package dwarf

import "iter"

// Each gives the children of an entry; theirs are passed over.
func (e *Entry) Each() iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		if !e.Children || e.unit == nil {
			return
		}
		off := e.next
		for {
			c, ok := e.unit.read(off)
			if !ok || !yield(c) {
				return
			}
			off = c.end()
			if off <= c.Off {
				return
			}
		}
	}
}

// end is the offset behind an entry and all that is in it.
func (e *Entry) end() int {
	if !e.Children {
		return e.next
	}
	if e.Sibling > e.Off && e.Sibling <= e.unit.end {
		return e.Sibling
	}
	b := e.unit.entries(e.next)
	for depth := 1; depth > 0 && b.left() > 0; {
		code := b.uleb()
		if code == 0 {
			depth--
			continue
		}
		ab := e.unit.table.find(code)
		if ab == nil {
			return e.unit.end
		}
		e.unit.skip(&b, ab)
		if ab.children {
			depth++
		}
	}
	return b.off + e.unit.shift
}

// Arguments are the generic arguments of a type or function.
func (e *Entry) Arguments() []Argument {
	var out []Argument
	for c := range e.Each() {
		if c.Tag == TagTemplateType {
			out = append(out, Argument{Name: c.Name(), Type: c.Type})
		}
	}
	return out
}

// AddressSize is the number of bytes of a pointer where the entry stands.
func (e *Entry) AddressSize() uint64 {
	if e.unit == nil {
		return 0
	}
	return uint64(e.unit.addrSize)
}
