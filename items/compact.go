package items

import (
	"errors"
	"slices"
)

// The compact form of a Crate: each string once, then numbers that follow the
// crate's fields in their order. It is read many times faster than the JSON
// that it was made of, and what is read shares its strings.

// Compact returns the compact form, which FromCompact reads. It is good for the
// same build of this program alone.
func (c *Crate) Compact() []byte {
	w := &compact{writes: true, refs: map[string]uint64{"": 0}, table: []string{""}}
	w.crate(c)
	body := w.data
	w.refs = nil
	lengths, size := make([]int, 0, len(w.table)), 0
	for _, s := range w.table {
		lengths = append(lengths, len(s))
		size += len(s)
	}
	w.data = make([]byte, 0, 3*len(lengths)+size+len(body))
	list(w, &lengths, func(n *int) { w.num(n) })
	for _, s := range w.table {
		w.data = append(w.data, s...)
	}
	return append(w.data, body...)
}

var errCompact = errors.New("the compact form of the items is cut short")

// FromCompact reads what Compact returned.
func FromCompact(data []byte) (*Crate, error) {
	r := &compact{data: data}
	var lengths []int
	list(r, &lengths, func(n *int) { r.num(n) })
	size := 0
	for _, n := range lengths {
		if n < 0 || n > len(r.data)-size {
			return nil, errCompact
		}
		size += n
	}
	if r.failed {
		return nil, errCompact
	}
	all := string(r.data[:size])
	r.data = r.data[size:]
	r.table = make([]string, len(lengths))
	for i, n := range lengths {
		r.table[i], all = all[:n], all[n:]
	}
	c := &Crate{}
	r.crate(c)
	if r.failed || len(r.data) > 0 {
		return nil, errCompact
	}
	return c, nil
}

// compact goes over the fields of a crate and either writes or reads them, so
// that the two cannot differ.
type compact struct {
	writes bool
	data   []byte // written so far; still to read
	table  []string
	refs   map[string]uint64
	room   []string // slab of lists
	failed bool
}

func (x *compact) uint(v *uint64) {
	if x.writes {
		n := *v
		for ; n >= 0x80; n >>= 7 {
			x.data = append(x.data, byte(n)|0x80)
		}
		x.data = append(x.data, byte(n))
		return
	}
	*v = 0
	for i, b := range x.data {
		if i == 10 {
			break
		}
		*v |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			x.data = x.data[i+1:]
			return
		}
	}
	x.failed, x.data, *v = true, nil, 0
}

// num is at least -1.
func (x *compact) num(v *int) {
	n := uint64(*v + 1)
	x.uint(&n)
	*v = int(n) - 1
}

func (x *compact) bool(v *bool) {
	n := uint64(0)
	if *v {
		n = 1
	}
	x.uint(&n)
	*v = n == 1
}

func (x *compact) str(s *string) {
	ref := uint64(0)
	if x.writes {
		var known bool
		if ref, known = x.refs[*s]; !known {
			ref = uint64(len(x.table))
			x.refs[*s] = ref
			x.table = append(x.table, *s)
		}
	}
	x.uint(&ref)
	if !x.writes && ref < uint64(len(x.table)) {
		*s = x.table[ref]
	} else if !x.writes {
		x.failed = true
	}
}

// size is the length of a list, which may be absent; false when it is.
func (x *compact) size(n int, there bool) (int, bool) {
	v := uint64(0)
	if there {
		v = uint64(n) + 1
	}
	x.uint(&v)
	if !x.writes && v > uint64(len(x.data))+1 { // an element takes a byte or more
		x.failed = true
		return 0, false
	}
	return int(v) - 1, v > 0
}

func list[T any](x *compact, l *[]T, each func(*T)) {
	n, there := x.size(len(*l), *l != nil)
	if !there {
		return
	}
	if !x.writes {
		*l = make([]T, n)
	}
	for i := range *l {
		each(&(*l)[i])
	}
}

// pointers is list for what the crate holds by pointer.
func pointers[T any](x *compact, l *[]*T, each func(*T)) {
	n, there := x.size(len(*l), *l != nil)
	if !there {
		return
	}
	if !x.writes {
		all := make([]T, n)
		*l = make([]*T, n)
		for i := range all {
			(*l)[i] = &all[i]
		}
	}
	for _, p := range *l {
		each(p)
	}
}

const stringRoom = 512

func (x *compact) strs(l *[]string) {
	n, there := x.size(len(*l), *l != nil)
	if !there {
		return
	}
	if !x.writes {
		if n > len(x.room) {
			x.room = make([]string, max(n, stringRoom))
		}
		*l, x.room = x.room[:n:n], x.room[n:]
	}
	for i := range *l {
		x.str(&(*l)[i])
	}
}

func (x *compact) crate(c *Crate) {
	x.str(&c.Name)
	x.num(&c.Format)
	pointers(x, &c.Types, x.adt)
	pointers(x, &c.Impls, x.impl)
	pointers(x, &c.Fns, x.fn)
	x.aliases(&c.Aliases)
	pointers(x, &c.Traits, x.trait)
	pointers(x, &c.Statics, func(s *Static) { x.str(&s.Path); x.str(&s.Type); x.bool(&s.Mut); x.span(&s.Span) })
	pointers(x, &c.TypeAliases, func(a *TypeAlias) { x.str(&a.Path); x.generics(&a.Generics); x.str(&a.Type) })
	list(x, &c.Globs, func(g *Glob) { x.str(&g.In); x.str(&g.Target) })
	x.strs(&c.Hidden)
}

func (x *compact) aliases(m *map[string]string) {
	n, there := x.size(len(*m), *m != nil)
	if !there {
		return
	}
	if x.writes {
		keys := make([]string, 0, n)
		for k := range *m {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for _, k := range keys {
			v := (*m)[k]
			x.str(&k)
			x.str(&v)
		}
		return
	}
	*m = make(map[string]string, n)
	for range n {
		var k, v string
		x.str(&k)
		x.str(&v)
		(*m)[k] = v
	}
}

func (x *compact) span(s *Span) {
	x.str(&s.File)
	x.num(&s.Line)
	x.num(&s.Col)
	x.num(&s.EndLine)
	x.num(&s.EndCol)
}

func (x *compact) generics(l *[]Generic) {
	list(x, l, func(g *Generic) { x.str(&g.Name); x.str(&g.Kind); x.strs(&g.Bounds); x.str(&g.Default) })
}

func (x *compact) adt(a *ADT) {
	x.str(&a.Path)
	x.str((*string)(&a.Kind))
	x.generics(&a.Generics)
	x.strs(&a.Where)
	list(x, &a.Variants, x.variant)
	x.strs(&a.Attrs)
	x.bool(&a.Public)
	x.span(&a.Span)
}

func (x *compact) variant(v *Variant) {
	x.str(&v.Name)
	list(x, &v.Fields, func(f *Field) { x.str(&f.Name); x.str(&f.Type); x.bool(&f.Public); x.span(&f.Span) })
	x.str(&v.Discr)
}

func (x *compact) impl(i *Impl) {
	x.str(&i.Self)
	x.str(&i.Trait)
	x.bool(&i.Negative)
	x.generics(&i.Generics)
	x.strs(&i.Where)
	x.strs(&i.Methods)
	list(x, &i.Assoc, func(a *Assoc) { x.str(&a.Name); x.str(&a.Type) })
	x.bool(&i.Derived)
	x.span(&i.Span)
}

func (x *compact) fn(f *Fn) {
	x.str(&f.Path)
	x.num(&f.Impl)
	x.generics(&f.Generics)
	x.strs(&f.Where)
	x.strs(&f.Inputs)
	x.str(&f.Output)
	x.bool(&f.Unsafe)
	x.bool(&f.Async)
	x.bool(&f.SelfArg)
	x.str(&f.Extern)
	x.bool(&f.Foreign)
	x.bool(&f.Public)
	x.span(&f.Span)
}

func (x *compact) trait(t *Trait) {
	x.str(&t.Path)
	x.bool(&t.Unsafe)
	x.bool(&t.Public)
	x.generics(&t.Generics)
	x.strs(&t.Where)
	x.strs(&t.Bounds)
	x.strs(&t.Methods)
	x.generics(&t.Assoc)
}
