package types

import (
	"math/bits"
	"strconv"
)

// Own says what a value of a type owns, or what its drop does. It is a set, so
// that join is union and an encoding is a least fixpoint: the bits below
// maxParams stand for "a value of the definition's n-th parameter", the rest
// for what is owned whatever the parameters are.
type Own uint64

// What a value may own besides values of its parameters.
const (
	OwnHeap    Own = 1 << 63 // a heap allocation (for NeedsDrop: drop runs code)
	OwnUnknown Own = 1 << 62 // something that nothing describes
	OwnFD      Own = 1 << 61 // a file descriptor or the like
	OwnParam   Own = 1 << 60 // a value of some parameter of the context

	maxParams     = 60
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

// Answer weighs the set as to heap memory.
func (o Own) Answer() Answer {
	switch {
	case o&OwnHeap != 0:
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

// query is a question that the encoding answers for each definition.
type query uint8

const (
	qHeap   query = iota // what does dropping the value give back?
	qManual              // the same, counting payloads that drop leaves alone
	qDrop                // does dropping the value run code?
	queries
)

// OwnsHeap says what a value of the type owns such that its drop gives it back.
func (u *Universe) OwnsHeap(t *Type) Own { return u.ask(t, qHeap) }

// OwnsHeapIgnoringManual is OwnsHeap as if ManuallyDrop, MaybeUninit and
// unions dropped what they hold.
func (u *Universe) OwnsHeapIgnoringManual(t *Type) Own { return u.ask(t, qManual) }

// NeedsDrop says whether dropping a value of the type runs code.
func (u *Universe) NeedsDrop(t *Type) Own { return u.ask(t, qDrop) }

func (u *Universe) ask(t *Type, q query) Own {
	if t == nil {
		return OwnUnknown
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.own(t, q)
}

// Encoding is OwnsHeap for a definition: bits for the parameters of which it
// owns a value, OwnHeap when it owns memory whatever they are.
func (u *Universe) Encoding(d *Def) Own {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.encoding(d, qHeap)
}

// own answers for a type outside of any definition: parameters become OwnParam.
func (u *Universe) own(t *Type, q query) Own {
	if t.at[q] != u.epoch {
		o := u.weigh(t, q, nil)
		t.memo[q], t.at[q] = o, u.epoch // weigh may have loaded a crate
	}
	return t.memo[q]
}

// weigh computes what a type owns. in is the definition whose parameters may
// stand in t; nil: none are known.
func (u *Universe) weigh(t *Type, q query, in *Def) Own {
	switch t.Kind {
	case Prim, Never, Ref, RawPtr, FnPtr, FnItem, Const:
		return 0
	case Tuple:
		return u.weighAll(t.Args, q, in)
	case Slice:
		return u.weigh(t.Args[0], q, in)
	case Array:
		if t.Name == "0" {
			return 0
		}
		return u.weigh(t.Args[0], q, in)
	case Param:
		return paramBit(t.Name, in)
	case Projection:
		if u.weigh(t.Args[0], q, in)&(paramMask|OwnParam) != 0 || hasParam(t) {
			return OwnParam
		}
		return OwnUnknown
	case Closure:
		if caps, ok := u.captures[t.ID]; ok {
			return u.weighAll(caps, q, in)
		}
		return OwnUnknown
	case ADT:
		return u.weighADT(t, q, in)
	}
	return OwnUnknown
}

func (u *Universe) weighAll(ts []*Type, q query, in *Def) Own {
	var o Own
	for _, t := range ts {
		o |= u.weigh(t, q, in)
	}
	return o
}

// paramBit is the bit of a parameter of in.
func paramBit(name string, in *Def) Own {
	if in != nil {
		for i, p := range in.params {
			if p == name && i < maxParams {
				return 1 << i
			}
		}
	}
	return OwnParam
}

func hasParam(t *Type) bool {
	found := false
	t.Walk(func(x *Type) bool {
		found = found || x.Kind == Param
		return !found
	})
	return found
}

// weighADT puts the arguments of t into its definition's encoding.
func (u *Universe) weighADT(t *Type, q query, in *Def) Own {
	enc := u.encoding(t.Def, q)
	o := enc &^ paramMask
	for m := uint64(enc & paramMask); m != 0; m &= m - 1 {
		if i := bits.TrailingZeros64(m); i < len(t.Args) {
			o |= u.weigh(t.Args[i], q, in)
		}
	}
	return o
}

// encoding returns the encoding of a definition. Definitions refer to each
// other in circles, so all that d reaches are solved together: every one
// starts empty and grows until nothing changes.
func (u *Universe) encoding(d *Def, q query) Own {
	if d.encOK && d.encAt == u.epoch || u.solving {
		if d.encAt != u.epoch {
			d.enc, d.encAt, d.encOK = [queries]Own{}, u.epoch, false
		}
		return d.enc[q]
	}
	var open []*Def
	for { // loading a crate on the way makes what is known better: begin anew
		at := u.epoch
		if open = u.reach(d); at == u.epoch {
			break
		}
	}
	u.solving = true
	for changed := true; changed; {
		changed = false
		for _, x := range open {
			for k := range queries {
				if o := u.step(x, k) | x.enc[k]; o != x.enc[k] {
					x.enc[k], changed = o, true
				}
			}
		}
	}
	u.solving = false
	for _, x := range open {
		x.encOK = true
	}
	return d.enc[q]
}

// reach lists the definitions in the fields of d, those in their fields and so
// on, that are not solved yet; d last, so that few rounds are needed.
func (u *Universe) reach(d *Def) []*Def {
	var out []*Def
	seen := map[*Def]bool{}
	var visit func(*Def)
	visit = func(x *Def) {
		if seen[x] || x.encOK && x.encAt == u.epoch {
			return
		}
		seen[x] = true
		for _, fields := range u.declared(x) {
			for _, f := range fields {
				f.Walk(func(t *Type) bool {
					if t.Kind == ADT {
						visit(t.Def)
					}
					return true
				})
			}
		}
		out = append(out, x)
	}
	visit(d)
	for _, x := range out {
		x.enc, x.encAt, x.encOK = [queries]Own{}, u.epoch, false
	}
	return out
}

// step is one application of the equation of a definition.
func (u *Universe) step(d *Def, q query) Own {
	if d.Model != nil {
		if o, ok := d.Model.own(q); ok {
			return o
		}
	}
	if !d.Known() {
		return OwnUnknown
	}
	var o Own
	if q == qDrop && u.dropImpl(d) != nil {
		o |= OwnHeap
	}
	if d.Item != nil && d.Item.Kind == "union" && q != qManual {
		return o
	}
	for i, fields := range u.declared(d) {
		for j, f := range fields {
			o |= u.weigh(f, q, d)
			if q != qDrop && d.marks[fieldKey{int32(i), int32(j)}] != "" {
				o |= OwnHeap
			}
		}
	}
	return o
}

// own is what a model says; false when the fields tell.
func (m *Model) own(q query) (Own, bool) {
	if m.Manual && q != qManual {
		return 0, true
	}
	if q == qDrop {
		switch m.Drop {
		case "yes":
			return OwnHeap | m.through(), true
		case "no":
			return 0, true
		}
	}
	switch m.Owns {
	case "heap":
		return OwnHeap | m.through(), true
	case "fd":
		if q == qDrop {
			return OwnHeap | OwnFD, true
		}
		return OwnFD | m.through(), true
	case "params":
		return m.through(), true
	case "no":
		return 0, true
	}
	return 0, false
}

// through is the set of parameters that a model's type owns values of.
func (m *Model) through() Own {
	if m.Owns == "no" {
		return 0
	}
	if m.Through == nil {
		return paramMask // those that are not there have no argument to weigh
	}
	var o Own
	for _, i := range m.Through {
		o |= 1 << i
	}
	return o
}

func itoa(n int) string { return strconv.Itoa(n) }

// MarkOwningField notes that the code shows a field to own what it points to,
// though its type (a raw pointer, say) does not. variant and field count from 0.
func (u *Universe) MarkOwningField(d *Def, variant, field int, why string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if d.marks == nil {
		d.marks = map[fieldKey]string{}
	}
	k := fieldKey{int32(variant), int32(field)}
	if d.marks[k] == "" {
		d.marks[k] = why
		u.epoch++
	}
}

// OwningField is a field through which a type owns something.
type OwningField struct {
	Variant, Field int
	Own            Own    // with parameters of the definition
	Why            string // the note of MarkOwningField, "" when the type says it
}

// OwningFields lists the fields of a definition that own something.
func (u *Universe) OwningFields(d *Def) []OwningField {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.encoding(d, qHeap)
	var out []OwningField
	for i, fields := range u.declared(d) {
		for j, f := range fields {
			why := d.marks[fieldKey{int32(i), int32(j)}]
			o := u.weigh(f, qHeap, d)
			if why != "" {
				o |= OwnHeap
			}
			if o != 0 {
				out = append(out, OwningField{i, j, o, why})
			}
		}
	}
	return out
}

// SetCaptures tells what a closure type holds, which only its construction in MIR shows.
func (u *Universe) SetCaptures(closure *Type, captured []*Type) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.captures[closure.ID] = captured
	u.epoch++
}

// IsCopy says whether values of the type are copied and not moved: Yes, No, or
// ByParam where it depends on parameters, Unknown for what nothing describes.
func (u *Universe) IsCopy(t *Type) Answer {
	if t == nil {
		return Unknown
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.isCopy(t, 0)
}

func (u *Universe) isCopy(t *Type, depth int) Answer {
	if depth > maxDepth {
		return Unknown
	}
	switch t.Kind {
	case Prim:
		if t.Name == "str" {
			return No
		}
		return Yes
	case Never, RawPtr, FnPtr, FnItem, Const:
		return Yes
	case Ref:
		if t.Mut {
			return No
		}
		return Yes
	case Tuple, Array:
		return u.allCopy(t.Args, depth)
	case Param, Projection:
		return ByParam
	case Closure:
		if caps, ok := u.captures[t.ID]; ok {
			return u.allCopy(caps, depth)
		}
		return Unknown
	case ADT:
		return u.adtIsCopy(t, depth)
	case Slice, Dyn, Coroutine:
		return No
	}
	return Unknown
}

// allCopy is Yes when all are; what is missing most to that decides.
func (u *Universe) allCopy(ts []*Type, depth int) Answer {
	out := Yes
	for _, t := range ts {
		switch a := u.isCopy(t, depth+1); {
		case a == No || out == No:
			out = No
		case a != Yes && out != Unknown:
			out = a
		}
	}
	return out
}

func (u *Universe) adtIsCopy(t *Type, depth int) Answer {
	d := t.Def
	switch {
	case d.Model != nil && d.Model.Copy == "yes":
		return Yes
	case d.Model != nil && d.Model.Copy == "params":
		return u.allCopy(t.Args, depth)
	case d.Model != nil && d.Item == nil:
		return No
	case d.Item == nil:
		return Unknown
	}
	im := u.copyImpl(d)
	if im == nil {
		return No
	}
	if len(im.Generics) == 0 {
		return Yes
	}
	return u.allCopy(u.boundBy(im, "Copy", t), depth)
}
