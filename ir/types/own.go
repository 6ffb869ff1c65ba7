package types

import (
	"math/bits"
	"slices"
)

// Own says what a value of a type owns, such that its drop gives it back. It
// is a set, so that join is union and an encoding is a least fixpoint: the
// bits below maxParams stand for "a value of the definition's n-th parameter",
// the rest for what is owned whatever the parameters are.
type Own uint64

// What a value may own besides values of its parameters.
const (
	OwnHeap    Own = 1 << 63 // a heap allocation
	OwnUnknown Own = 1 << 62 // something that nothing describes
	OwnFD      Own = 1 << 61 // a file descriptor or the like
	OwnParam   Own = 1 << 60 // a value of some parameter of the context
	OwnLock    Own = 1 << 59 // a lock or a borrow: neither memory nor a handle, and no Answer counts it

	maxParams     = 59
	paramMask Own = 1<<maxParams - 1
)

// Answer is an Own in one word. A greater answer outweighs a smaller one.
type Answer uint8

// The answers.
const (
	No      Answer = iota
	ByParam        // it depends on the generic parameters
	Unknown
	Yes
)

func (a Answer) String() string { return [...]string{"no", "param", "unknown", "yes"}[a] }

// Answer weighs the set.
func (o Own) Answer() Answer {
	switch {
	case o&(OwnHeap|OwnFD) != 0:
		return Yes
	case o&OwnUnknown != 0:
		return Unknown
	case o&(paramMask|OwnParam) != 0:
		return ByParam
	}
	return No
}

// Params lists the parameters in the set, by position among the type and const parameters.
func (o Own) Params() []int {
	var out []int
	for m := uint64(o & paramMask); m != 0; m &= m - 1 {
		out = append(out, bits.TrailingZeros64(m))
	}
	return out
}

// Owns says what a value of the type owns; Unknown for nil.
func (u *Universe) Owns(t *Type) Own {
	if t == nil {
		return OwnUnknown
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.owns(t)
}

func (u *Universe) owns(t *Type) Own {
	if !t.solved {
		u.inside(t, func(d *Def) { u.encoding(d) })
		t.own = u.weigh(t, nil, nil)
		t.solved = true
	}
	return t.own
}

// Answer is Owns in one word. It asks for no items when a part of the type
// tells: a Box of anything owns memory.
func (u *Universe) Answer(t *Type) Answer {
	if t == nil {
		return Unknown
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if plainly(t) {
		return Yes
	}
	return u.owns(t).Answer()
}

// plainly reports whether the models alone say that the type owns something.
func plainly(t *Type) bool {
	switch t.Kind {
	case Tuple, Slice:
		return slices.ContainsFunc(t.Args, plainly)
	case ADT:
		o, told := t.Def.Model.owns()
		if !told && (t.Def.Model == nil || t.Def.Crate != t.Def.Crate.u.sysroot) {
			return false
		}
		if !told {
			o = paramMask // by its fields: an enum of its parameters
		}
		if o.Answer() == Yes {
			return true
		}
		for i, a := range t.Args {
			if i < maxParams && o&(1<<i) != 0 && plainly(a) {
				return true
			}
		}
	}
	return false
}

// Encoding is Owns for a definition: bits for the parameters of which it owns
// a value, OwnHeap when it owns memory whatever they are.
func (u *Universe) Encoding(d *Def) Own {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.encoding(u.canonical(d))
}

// solving holds the encodings that are being solved together.
type solving map[*Def]Own

// weigh computes what a type owns. in is the definition whose parameters may
// stand in t; nil: none are known. Every definition in t is solved or in s.
func (u *Universe) weigh(t *Type, in *Def, s solving) Own {
	t = u.see(t)
	switch t.Kind {
	case Prim, Never, Ref, RawPtr, FnPtr, FnItem, Const:
		return 0
	case Tuple, Slice:
		return u.weighAll(t.Args, in, s)
	case Array:
		if t.Name == "0" {
			return 0
		}
		return u.weighAll(t.Args, in, s)
	case Param:
		return paramBit(t.Name, in)
	case Projection:
		if t.Args[0].open() {
			return OwnParam
		}
		return OwnUnknown
	case Closure:
		if caps, ok := u.captures(t); ok {
			return u.weighAll(caps, in, s)
		}
	case ADT:
		return u.weighADT(t, in, s)
	}
	return OwnUnknown
}

func (u *Universe) weighAll(ts []*Type, in *Def, s solving) Own {
	var o Own
	for _, t := range ts {
		o |= u.weigh(t, in, s)
	}
	return o
}

// paramBit is the bit of a parameter of in.
func paramBit(name string, in *Def) Own {
	if in != nil {
		for i, p := range in.names() {
			if p == name && i < maxParams {
				return 1 << i
			}
		}
	}
	return OwnParam
}

// weighADT puts the arguments of t into its definition's encoding.
func (u *Universe) weighADT(t *Type, in *Def, s solving) Own {
	enc, ok := s[t.Def]
	if !ok {
		enc = t.Def.own
	}
	o := enc &^ paramMask
	for m := uint64(enc & paramMask); m != 0; m &= m - 1 {
		if i := bits.TrailingZeros64(m); i < len(t.Args) {
			o |= u.weigh(t.Args[i], in, s)
		}
	}
	return o
}

// captures is what a closure holds.
func (u *Universe) captures(t *Type) ([]*Type, bool) {
	if vs, ok := u.variants[t]; ok {
		return vs[0].types(), vs[0].Name != ""
	}
	v := Variant{}
	if t.In.src.Shape != nil {
		if texts, known := t.In.src.Shape(t.Name); known {
			v.Name = t.Name
			for _, text := range texts {
				v.Fields = append(v.Fields, Field{Type: u.resolveText(t.In, text)})
			}
		}
	}
	u.variants[t] = []Variant{v}
	return v.types(), v.Name != ""
}

func (v Variant) types() []*Type {
	out := make([]*Type, len(v.Fields))
	for i := range v.Fields {
		out[i] = v.Fields[i].Type
	}
	return out
}

// encoding returns the encoding of a definition. Definitions refer to each
// other in circles, so all that d reaches are solved together: every one
// starts empty and grows until nothing changes.
func (u *Universe) encoding(d *Def) Own {
	if d.solved {
		return d.own
	}
	open := u.reach(d)
	s := make(solving, len(open))
	for _, x := range open {
		s[x] = 0
	}
	for changed := true; changed; {
		changed = false
		for _, x := range open {
			if o := u.step(x, s) | s[x]; o != s[x] {
				s[x], changed = o, true
			}
		}
	}
	for _, x := range open {
		x.own, x.solved = s[x], true
	}
	return d.own
}

// inside calls f for the definitions that weigh calls upon for t.
func (u *Universe) inside(t *Type, f func(*Def)) {
	t = u.see(t)
	switch t.Kind {
	case Tuple, Slice, Array:
		for _, a := range t.Args {
			u.inside(a, f)
		}
	case Closure:
		caps, _ := u.captures(t)
		for _, c := range caps {
			u.inside(c, f)
		}
	case ADT:
		o, told := t.Def.Model.owns()
		if !told {
			o = paramMask
		}
		f(t.Def)
		for i, a := range t.Args {
			if i < maxParams && o&(1<<i) != 0 {
				u.inside(a, f)
			}
		}
	}
}

// reach lists the definitions in the fields of d, those in their fields and so
// on, that are not solved yet; d last, so that few rounds are needed.
func (u *Universe) reach(d *Def) []*Def {
	var out []*Def
	seen := map[*Def]bool{}
	var visit func(*Def)
	visit = func(x *Def) {
		if seen[x] || x.solved {
			return
		}
		seen[x] = true
		if _, told := x.Model.owns(); !told {
			for _, fields := range u.declared(x) {
				for _, f := range fields {
					u.inside(f, visit)
				}
			}
			u.hasDrop(x)
		}
		out = append(out, x)
	}
	visit(d)
	return out
}

// step is one application of the equation of a definition.
func (u *Universe) step(d *Def, s solving) Own {
	if o, told := d.Model.owns(); told {
		return o
	}
	if !d.known() {
		return OwnUnknown
	}
	var o Own
	if u.hasDrop(d) && u.pointsRaw(d) {
		o = u.released(d)
	}
	if d.item != nil && d.item.Kind == "union" {
		return o
	}
	for _, fields := range u.declared(d) {
		o |= u.weighAll(fields, d, s)
	}
	return o
}

// released is what a destructor gives back through raw pointers: only its code tells.
func (u *Universe) released(d *Def) Own {
	if d.Crate.src.Releases != nil {
		switch d.Crate.src.Releases(d.rel) {
		case Yes:
			return OwnHeap
		case No:
			return 0
		}
	}
	return OwnUnknown
}

// pointsRaw reports whether a field of the definition is a raw pointer, plain
// or in one of the types of core that wrap one.
func (u *Universe) pointsRaw(d *Def) bool {
	found := false
	for _, fields := range u.declared(d) {
		for _, f := range fields {
			f.Walk(func(t *Type) bool {
				found = found || t.Kind == RawPtr || t.Kind == ADT && t.Def.Model != nil && t.Def.Model.Raw
				return t.Kind != Ref && (t.Kind != ADT || t.Def.Model != nil)
			})
		}
	}
	return found
}

// owns is what a model says; false when the fields tell.
func (m *Model) owns() (Own, bool) {
	if m == nil {
		return 0, false
	}
	switch m.Owns {
	case "heap":
		return OwnHeap | m.through(), true
	case "fd":
		return OwnFD | m.through(), true
	case "params":
		return m.through(), true
	case "lock":
		return OwnLock, true
	case "no":
		return 0, true
	}
	return 0, false
}

// through is the set of parameters that a model's type owns values of.
func (m *Model) through() Own {
	if m.Through == nil {
		return paramMask // those that are not there have no argument to weigh
	}
	var o Own
	for _, i := range m.Through {
		o |= 1 << i
	}
	return o
}

// Status is what a question found out about a definition.
type Status struct {
	Path  string
	Known bool // items, a model or bodies describe it, or no question needed to know
}

// Definitions lists the definitions that stand in a type and, deep, those that
// what it owns rests on. It asks for nothing that was not asked for before.
func (u *Universe) Definitions(t *Type, deep bool) []Status {
	u.mu.Lock()
	defer u.mu.Unlock()
	var out []Status
	defs, types := map[*Def]bool{}, map[*Type]bool{}
	var visit func(t *Type)
	visit = func(t *Type) {
		if types[t] {
			return
		}
		types[t] = true
		if t.seen != nil {
			t = t.seen
		}
		for _, a := range t.Args {
			visit(a)
		}
		if t.Kind != ADT || defs[t.Def] {
			return
		}
		d := t.Def
		for d.to.def != nil {
			d = d.to.def
		}
		defs[d] = true
		out = append(out, Status{d.Path, d.known() || !d.looked && d.Crate != u.sysroot})
		if _, told := d.Model.owns(); deep && !told {
			for _, fields := range d.declared {
				for _, ft := range fields {
					visit(ft)
				}
			}
		}
	}
	visit(t)
	return out
}
