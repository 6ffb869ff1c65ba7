package symbol

import (
	"strings"

	"softshell/heap/dwarf"
)

// layout is a type as the debug information has it.
type layout struct {
	tag      dwarf.Tag
	name     string // with its path
	crate    string // the root of the path, "" of tuples, arrays and the like
	size     uint64
	align    uint64
	members  []member
	parts    *parts // of an enum
	elem     int    // of an array; of a pointer, what it points to; of a typedef, what it stands for
	count    uint64
	argument map[string]int // generic arguments
}

type member struct {
	name string
	off  uint64
	typ  int
}

// parts are the variants of an enum, and where it is written which one stands
// there.
type parts struct {
	off, size uint64
	variants  []variant
}

type variant struct {
	value  uint64
	known  bool // value is set; else it is the variant of all other values
	member member
}

// unknown is a type that cannot be read.
var unknown = &layout{}

// deepest is how far types are followed into each other.
const deepest = 40

// layoutOf reads the type at an entry, once. The caller holds mu.
func (im *image) layoutOf(entry, depth int) *layout {
	if l := im.layouts[entry]; l != nil {
		return l
	}
	if im.debug == nil || entry == 0 || depth > deepest {
		return unknown
	}
	e, ok := im.debug.Entry(entry)
	if !ok {
		return unknown
	}
	if e.Declaration {
		if full, ok := im.debug.Definition(&e); ok {
			e = full
		}
	}
	l := &layout{tag: e.Tag, size: e.Size, align: e.Alignment, elem: e.Type}
	if im.layouts == nil {
		im.layouts = map[int]*layout{}
	}
	im.layouts[entry] = l
	l.name = e.Name()
	if l.name != "" && e.Tag != dwarf.TagPointerType {
		if path := im.debug.Path(e.Off); len(path) > 0 {
			l.crate = path[0]
			l.name = strings.Join(path, "::") + "::" + l.name
		}
	}
	if strings.HasPrefix(l.name, boxPrefix) {
		l.crate = "alloc"
	}
	im.readParts(l, &e)
	im.finish(l, &e, depth)
	l.name = tidy(l.name)
	return l
}

const boxPrefix = "alloc::boxed::Box<"

// readParts reads members, variants, dimensions and arguments.
func (im *image) readParts(l *layout, e *dwarf.Entry) {
	for c := range e.Each() {
		switch c.Tag {
		case dwarf.TagMember, dwarf.TagInheritance:
			l.members = append(l.members, member{c.Name(), c.Offset, c.Type})
		case dwarf.TagTemplateType:
			if l.argument == nil {
				l.argument = map[string]int{}
			}
			l.argument[c.Name()] = c.Type
		case dwarf.TagSubrangeType:
			if c.HasCount {
				l.count = c.Count
			}
		case dwarf.TagVariantPart:
			l.parts = im.variants(&c)
		}
	}
}

func (im *image) variants(e *dwarf.Entry) *parts {
	p := &parts{}
	for c := range e.Each() {
		switch c.Tag {
		case dwarf.TagMember:
			if c.Off == e.Discr {
				p.off = c.Offset
				if t, ok := im.debug.Entry(c.Type); ok {
					p.size = t.Size
				}
			}
		case dwarf.TagVariant:
			v := variant{value: c.DiscrValue, known: c.HasDiscr}
			for m := range c.Each() {
				if m.Tag == dwarf.TagMember {
					v.member = member{m.Name(), m.Offset, m.Type}
				}
			}
			p.variants = append(p.variants, v)
		}
	}
	return p
}

// finish works out what depends on other types: the size of pointers and arrays
// and the names that the compiler leaves to the reader.
func (im *image) finish(l *layout, e *dwarf.Entry, depth int) {
	switch l.tag {
	case dwarf.TagPointerType, dwarf.TagReferenceType:
		l.size = e.AddressSize()
		if l.name == "" && l.elem != 0 {
			l.name = "*" + im.layoutOf(l.elem, depth+1).name
		}
	case dwarf.TagSubroutineType:
		l.size = e.AddressSize()
	case dwarf.TagArrayType:
		elem := im.layoutOf(l.elem, depth+1)
		if l.size == 0 && elem.size < 1<<40 && l.count < 1<<40 {
			l.size = elem.size * l.count
		}
		l.align = elem.align
		if l.name == "" && elem.name != "" {
			l.name = "[" + elem.name + "; " + utoa(l.count) + "]"
		}
	case dwarf.TagTypedef, dwarf.TagConstType, dwarf.TagVolatileType, dwarf.TagRestrictType, dwarf.TagAtomicType:
		to := im.layoutOf(l.elem, depth+1)
		l.size, l.align = to.size, to.align
		if l.name == "" {
			l.name = to.name
		}
	}
}

// tidy leaves out the allocator that is always the same.
func tidy(name string) string {
	if !strings.Contains(name, global) {
		return name
	}
	return withoutGlobal.Replace(name)
}

const global = "alloc::alloc::Global"

var withoutGlobal = strings.NewReplacer(", "+global+">", ">", ","+global+">", ">", "<"+global+">", "", ", "+global+")", ")", ","+global+")", ")")

// base is a type's name without its generic arguments.
func base(name string) string {
	name, _, _ = strings.Cut(name, "<")
	return name
}

// standard tells a type of the standard library: its fields are not the user's.
func (l *layout) standard() bool { return library[l.crate] || bundled[l.crate] }
