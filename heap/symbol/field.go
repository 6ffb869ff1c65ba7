package symbol

import (
	"strconv"
	"strings"

	"softshell/heap/dwarf"
)

// Field is a place in a block.
type Field struct {
	Path string // "next"; "[]" is an element of a buffer: "[].children"; "" when unknown
	Kind Pointer
	Type string // what it points to, "" when unknown
}

// Pointer is how a field holds what it points to.
type Pointer uint8

// Kinds of pointers.
const (
	NoPointer Pointer = iota // or not known
	Strong                   // Rc or Arc
	Weak                     // of an Rc or Arc
	Owned                    // Box, the buffer of a Vec, the nodes of a map
	Raw                      // a raw pointer or a reference
)

// Field tells which field of the value lies at an offset of a block. block is what
// stands in the block: it tells the variant of an enum. Without it, or where it
// ends, the first variant is taken that has a pointer at the place.
func (t *Table) Field(ty Type, offset uint64, block []byte) Field {
	var f Field
	dwarf.Guard(func() { f = t.field(ty, offset, block) })
	return f
}

func (t *Table) field(ty Type, offset uint64, block []byte) Field {
	if ty.entry == 0 || offset < ty.Value {
		return Field{}
	}
	im := t.image(ty.module)
	im.mu.Lock()
	defer im.mu.Unlock()
	at := offset - ty.Value
	w := walk{im: im}
	if ty.Many {
		if ty.Size == 0 || ty.limit > 0 && offset >= ty.limit {
			return Field{}
		}
		at %= ty.Size
		w.path = "[]"
	} else if at >= ty.Size {
		return Field{}
	}
	if start := offset - at; start < uint64(len(block)) {
		w.data = block[start:]
	}
	if !w.into(ty.entry, at, 0, 0) {
		return Field{Path: w.path}
	}
	return Field{Path: w.path, Kind: w.kind, Type: w.target}
}

// walk goes down into a value.
type walk struct {
	im     *image
	data   []byte // the value's bytes
	path   string
	kind   Pointer // of the innermost handle that the place is a part of
	target string
	steps  int
}

// longestWalk ends a walk through members that lie over each other again and again,
// which no compiler makes.
const longestWalk = 10000

// into goes on in the type at an entry, which begins at start in the value; it
// reports whether a pointer stands at the place.
func (w *walk) into(entry int, at, start uint64, depth int) bool {
	l := w.im.layoutOf(entry, 0)
	if w.steps++; depth > deepest || w.steps > longestWalk {
		return false
	}
	w.handle(l)
	switch l.tag {
	case dwarf.TagPointerType, dwarf.TagReferenceType, dwarf.TagSubroutineType:
		if at != 0 {
			return false
		}
		if w.kind == NoPointer {
			w.kind = Raw
			w.target = w.im.layoutOf(l.elem, 0).name
		}
		return true
	case dwarf.TagArrayType:
		elem := w.im.layoutOf(l.elem, 0)
		if elem.size == 0 {
			return false
		}
		w.path += "[]"
		return w.into(l.elem, at%elem.size, start+at-at%elem.size, depth+1)
	case dwarf.TagTypedef, dwarf.TagConstType, dwarf.TagVolatileType, dwarf.TagRestrictType, dwarf.TagAtomicType:
		return w.into(l.elem, at, start, depth+1)
	}
	if l.parts != nil {
		return w.variant(l, at, start, depth)
	}
	for _, m := range l.members {
		if w.member(l, m, at, start, depth) {
			return true
		}
	}
	return false
}

// member tries one member; what it leaves in path and kind stays only when it has
// the pointer, or when nothing else does.
func (w *walk) member(l *layout, m member, at, start uint64, depth int) bool {
	size := w.im.layoutOf(m.typ, 0).size
	if at < m.off || at-m.off >= size {
		return false
	}
	before := *w
	if !l.standard() {
		w.name(strings.TrimPrefix(m.name, "__"))
	}
	if w.into(m.typ, at-m.off, start+m.off, depth+1) {
		return true
	}
	if l.tag == dwarf.TagUnionType {
		before.steps = w.steps
		*w = before
	}
	return false
}

// variant goes on in the variant that stands there.
func (w *walk) variant(l *layout, at, start uint64, depth int) bool {
	p := l.parts
	tag, ok := w.number(start+p.off, p.size)
	if !ok {
		return w.anyVariant(l, at, start, depth)
	}
	chosen := -1
	for i, v := range p.variants {
		if v.known && v.value&mask(p.size) == tag {
			chosen = i
			break
		}
		if !v.known {
			chosen = i
		}
	}
	if chosen < 0 {
		return false
	}
	return w.inVariant(l, p.variants[chosen], at, start, depth)
}

func (w *walk) anyVariant(l *layout, at, start uint64, depth int) bool {
	before := *w
	for _, v := range l.parts.variants {
		if w.inVariant(l, v, at, start, depth) {
			return true
		}
		before.steps = w.steps
		*w = before
	}
	return false
}

// inVariant names the variant of a user's enum. The states of an async function
// are numbered, and say nothing.
func (w *walk) inVariant(l *layout, v variant, at, start uint64, depth int) bool {
	if _, err := strconv.Atoi(v.member.name); err != nil && !l.standard() {
		w.name(v.member.name)
	}
	inner := *w.im.layoutOf(v.member.typ, 0)
	if at < v.member.off || at-v.member.off >= inner.size {
		return false
	}
	return w.into(v.member.typ, at-v.member.off, start+v.member.off, depth+1)
}

func (w *walk) name(s string) {
	if s == "" {
		return
	}
	if w.path != "" {
		w.path += "."
	}
	w.path += s
}

// handle notes what a type of the standard library does with what it points to.
// Within one that counts references, nothing deeper changes that.
func (w *walk) handle(l *layout) {
	if l.crate != "alloc" && l.crate != "hashbrown" || w.kind == Strong || w.kind == Weak {
		return
	}
	kind := Owned
	switch base(l.name) {
	case "alloc::rc::Rc", "alloc::sync::Arc", "alloc::rc::UniqueRc", "alloc::sync::UniqueArc":
		kind = Strong
	case "alloc::rc::Weak", "alloc::sync::Weak":
		kind = Weak
	}
	if kind == w.kind && w.target != "" {
		return
	}
	w.kind = kind
	switch {
	case l.argument["T"] != 0:
		w.target = w.im.layoutOf(l.argument["T"], 0).name
	case l.tag == dwarf.TagPointerType:
		w.target = w.im.layoutOf(l.elem, 0).name
	case strings.HasPrefix(l.name, boxPrefix):
		w.target = strings.TrimSuffix(strings.TrimPrefix(l.name, boxPrefix), ">")
	}
}

// number reads an unsigned number of the value.
func (w *walk) number(off, size uint64) (uint64, bool) {
	if size == 0 || size > 8 || off+size > uint64(len(w.data)) {
		return 0, false
	}
	var v uint64
	for i := range size {
		v |= uint64(w.data[off+i]) << (8 * i)
	}
	return v, true
}

func mask(size uint64) uint64 {
	if size >= 8 {
		return ^uint64(0)
	}
	return 1<<(8*size) - 1
}

func utoa(n uint64) string { return strconv.FormatUint(n, 10) }

var pointerNames = [...]string{"", "strong", "weak", "owned", "raw"}

func (p Pointer) String() string { return pointerNames[p] }
