package symbol

import (
	"strings"

	"softshell/heap/dwarf"
)

// Padding tells for each aligned word of a value of a type whether a pointer cannot
// stand there, since some of its bytes are of no field. What lies there is left from
// what was in that memory before. An enum's word is one that no variant has. It is
// nil where the type is not known as a whole.
func (t *Table) Padding(ty Type) []bool {
	var p []bool
	if !dwarf.Guard(func() { p = t.padding(ty) }) {
		return nil
	}
	return p
}

// widest is how large a value's type may be that is looked at so.
const widest = 16 << 10

func (t *Table) padding(ty Type) []bool {
	const word = 8
	if ty.entry == 0 || ty.Size == 0 || ty.Size > widest || ty.Value%word != 0 || ty.Many && ty.Size%word != 0 {
		return nil
	}
	im := t.image(ty.module)
	im.mu.Lock()
	defer im.mu.Unlock()
	c := cover{im: im, bytes: make([]bool, ty.Size)}
	if !c.add(ty.entry, 0, 0) {
		return nil
	}
	out := make([]bool, ty.Size/word)
	for i := range out {
		for _, of := range c.bytes[i*word : (i+1)*word] {
			out[i] = out[i] || !of
		}
	}
	return out
}

// cover notes which bytes of a value belong to fields.
type cover struct {
	im    *image
	bytes []bool
	steps int
}

// add notes the bytes of a part of the value; it reports whether its type is known.
func (c *cover) add(entry int, start uint64, depth int) bool {
	l := c.im.layoutOf(entry, 0)
	if c.steps++; l == unknown || depth > deepest || c.steps > longestWalk || start > uint64(len(c.bytes)) || l.size > uint64(len(c.bytes))-start {
		return false
	}
	switch l.tag {
	case dwarf.TagTypedef, dwarf.TagConstType, dwarf.TagVolatileType, dwarf.TagRestrictType, dwarf.TagAtomicType:
		return c.add(l.elem, start, depth+1)
	case dwarf.TagArrayType:
		return c.array(l, start, depth)
	}
	// A future's fields are those that the compiler made for it; it may have others.
	if l.parts == nil && len(l.members) == 0 || strings.Contains(l.name, "{async_") || strings.Contains(l.name, "{coroutine_") {
		for i := range l.size {
			c.bytes[start+i] = true
		}
		return true
	}
	for _, m := range l.members {
		if !c.add(m.typ, start+m.off, depth+1) {
			return false
		}
	}
	return l.parts == nil || c.variants(l.parts, start, depth)
}

// array adds the first element; the others are like it.
func (c *cover) array(l *layout, start uint64, depth int) bool {
	elem := c.im.layoutOf(l.elem, 0)
	if elem.size == 0 || l.size < elem.size {
		return elem != unknown
	}
	if !c.add(l.elem, start, depth+1) {
		return false
	}
	for at := elem.size; at < l.size; at++ {
		c.bytes[start+at] = c.bytes[start+at] || c.bytes[start+at-elem.size]
	}
	return true
}

func (c *cover) variants(p *parts, start uint64, depth int) bool {
	for i := start + p.off; i < min(start+p.off+p.size, uint64(len(c.bytes))); i++ {
		c.bytes[i] = true
	}
	for _, v := range p.variants {
		if v.member.typ != 0 && !c.add(v.member.typ, start+v.member.off, depth+1) {
			return false
		}
	}
	return true
}
