package flow

import (
	"softshell/effects"
	"softshell/ir"
	"softshell/mir"
)

// Object is the memory that a pointer leads into, named by the variable from
// which the function reaches it. It is coarser than a Root: it goes on through
// loads, results of `?` and `match`, and calls that return a reference into
// what they were given, so all parts of one container are one object.
type Object struct {
	Local int32 // the variable; -1 when it is not known
	// Types are those of the variable and of the places on the way to the
	// memory, as far as the text tells them.
	Types []*mir.Type
	// Raw is set when the way leads through a raw pointer that does not come
	// from a reference or an owner in this function.
	Raw bool
}

// Known reports whether the object is known.
func (o Object) Known() bool { return o.Local >= 0 }

// Same reports whether two pointers lead into one variable's memory.
func (o Object) Same(p Object) bool { return o.Local >= 0 && o.Local == p.Local }

var noObject = Object{Local: -1, Raw: true}

// maxObject bounds the definitions that one question follows.
const maxObject = 60

// objects follows pointers back. seen holds the locals that are being asked:
// a pointer that is moved on in a loop comes from where it came from before it.
type objects struct {
	v    *View
	seen []bool
	left int
}

// Object is the memory that the pointer in an operand leads into.
func (v *View) Object(op *mir.Operand) Object {
	if op.Kind == mir.Constant || op.Kind == mir.RuntimeChecks {
		return noObject
	}
	o := objects{v: v, seen: make([]bool, len(v.MIR.Locals)), left: maxObject}
	out, _ := o.pointer(&op.Place)
	return out
}

// ObjectOf is the memory in which a place lies.
func (v *View) ObjectOf(p *mir.Place) Object {
	o := objects{v: v, seen: make([]bool, len(v.MIR.Locals)), left: maxObject}
	out, _ := o.memory(p)
	return out
}

// memory is the object that holds a place; ok is false when the question only
// led back to itself.
func (o *objects) memory(p *mir.Place) (Object, bool) {
	last := lastDeref(p)
	if last < 0 {
		if o.viewOfAnother(p) {
			return o.pointer(&mir.Place{Local: p.Local})
		}
		out := Object{Local: p.Local}
		for i := 0; i <= len(p.Proj); i++ {
			out.add(o.v.PlaceType(&mir.Place{Local: p.Local, Proj: p.Proj[:i]}))
		}
		return out, true
	}
	out, ok := o.pointer(&mir.Place{Local: p.Local, Proj: p.Proj[:last]})
	if !ok {
		return out, false
	}
	for i := last + 1; i <= len(p.Proj); i++ {
		out.add(o.v.PlaceType(&mir.Place{Local: p.Local, Proj: p.Proj[:i]}))
	}
	return out, true
}

func (o *Object) add(t *mir.Type) {
	if t != nil && (len(o.Types) == 0 || o.Types[len(o.Types)-1] != t) {
		o.Types = append(o.Types, t)
	}
}

func lastDeref(p *mir.Place) int {
	for i := len(p.Proj) - 1; i >= 0; i-- {
		if p.Proj[i].Kind == mir.Deref {
			return i
		}
	}
	return -1
}

// viewOfAnother reports whether a local is an iterator or a view of std that
// borrows what it goes over: it owns nothing itself.
func (o *objects) viewOfAnother(p *mir.Place) bool {
	if len(p.Proj) > 0 || o.v.IsParam(p.Local) {
		return false
	}
	t := o.v.b.localType(p.Local)
	if t == nil || t.Kind != mir.TypePath || t.Path == nil || len(t.Path.Segs) == 0 {
		return false
	}
	switch t.Path.Segs[0].Name {
	case "std", "core", "alloc":
	default:
		return false
	}
	_, ok := o.v.b.singleDef(p.Local)
	return ok && borrows(t)
}

// borrows reports whether a type of std names a lifetime, its own or that of a type inside.
func borrows(t *mir.Type) bool {
	if t.Kind == mir.TypeRef {
		return true
	}
	if t.Kind != mir.TypePath || t.Path == nil {
		return false
	}
	for _, s := range t.Path.Segs {
		for _, a := range s.Args {
			if a.Lifetime || a.Type != nil && borrows(a.Type) {
				return true
			}
		}
	}
	return false
}

// pointer is the object into which the value of a place points.
func (o *objects) pointer(p *mir.Place) (Object, bool) {
	if o.left--; o.left < 0 {
		return noObject, true
	}
	if lastDeref(p) >= 0 {
		return o.loaded(p)
	}
	if o.v.IsParam(p.Local) || int(p.Local) >= len(o.v.b.defs) || len(o.v.b.defs[p.Local]) == 0 {
		return o.loaded(p)
	}
	if o.seen[p.Local] {
		return noObject, false
	}
	o.seen[p.Local] = true
	defer func() { o.seen[p.Local] = false }()
	out, found := noObject, false
	for _, d := range o.v.b.defs[p.Local] {
		next, ok := o.from(d, p)
		switch {
		case !ok:
		case !found:
			out, found = next, true
		case !out.Same(next):
			return Object{Local: p.Local, Types: []*mir.Type{o.v.b.localType(p.Local)}, Raw: isRaw(o.v.PlaceType(p))}, true
		default:
			out.Raw = out.Raw || next.Raw
		}
	}
	return out, found
}

// loaded is the object of a pointer that lies in memory, or in a variable whose
// value is not seen.
func (o *objects) loaded(p *mir.Place) (Object, bool) {
	out, ok := o.memory(p)
	if !ok {
		return out, false
	}
	t := o.v.PlaceType(p)
	out.add(t)
	out.Raw = out.Raw || isRaw(t) && !insideBox(o.v, p)
	return out, true
}

// isRaw reports a pointer that says nothing of who owns what it points at.
func isRaw(t *mir.Type) bool {
	if t == nil || t.Kind == mir.TypeRawPtr {
		return true
	}
	if t.Kind == mir.TypePath {
		switch ir.LastSeg(t.Path) {
		case "NonNull", "Unique", "AtomicPtr":
			return true
		}
	}
	return false
}

// insideBox reports whether a place is the pointer inside a Box, which MIR
// spells out as its fields.
func insideBox(v *View, p *mir.Place) bool {
	for i := range p.Proj {
		if p.Proj[i].Kind == mir.Field {
			t := v.PlaceType(&mir.Place{Local: p.Local, Proj: p.Proj[:i]})
			if t != nil && t.Kind == mir.TypePath && ir.LastSeg(t.Path) == "Box" {
				return true
			}
		}
	}
	return false
}

// from is the object into which the value of p points by one assignment to its local.
func (o *objects) from(d def, p *mir.Place) (Object, bool) {
	if d.stmt < 0 {
		op := o.given(d.block)
		if op == nil || op.Kind == mir.Constant || op.Kind == mir.RuntimeChecks {
			return o.made(p), true
		}
		return o.pointer(&op.Place)
	}
	rv := o.v.MIR.Blocks[d.block].Stmts[d.stmt].Rvalue
	if rv == nil {
		return noObject, true
	}
	var op *mir.Operand
	switch rv.Kind {
	case mir.Ref, mir.RawPtr:
		return o.memory(&rv.Place)
	case mir.CopyForDeref:
		return o.pointer(&rv.Place)
	case mir.Use:
		if rv.Args[0].Kind != mir.Constant && len(p.Proj) > 0 {
			q := rv.Args[0].Place
			return o.pointer(&mir.Place{Local: q.Local, Proj: append(q.Proj[:len(q.Proj):len(q.Proj)], p.Proj...)})
		}
		op = &rv.Args[0]
	case mir.Cast, mir.RawPtrAggregate:
		op = &rv.Args[0]
	case mir.BinaryOp:
		if rv.Op != "Offset" {
			return noObject, true
		}
		op = &rv.Args[0]
	case mir.Tuple, mir.Adt, mir.Array, mir.Closure:
		n := fieldOf(p)
		if n < 0 && len(rv.Args) == 1 {
			n = 0
		}
		if n < 0 || int(n) >= len(rv.Args) {
			return o.made(p), true
		}
		op = &rv.Args[n]
	default:
		return o.made(p), true
	}
	if op.Kind == mir.Constant || op.Kind == mir.RuntimeChecks {
		return noObject, true
	}
	return o.pointer(&op.Place)
}

// fieldOf is the only field that a place goes into, -1 for none.
func fieldOf(p *mir.Place) int32 {
	n := int32(-1)
	for i := range p.Proj {
		if p.Proj[i].Kind == mir.Field {
			if n >= 0 {
				return -1
			}
			n = p.Proj[i].N
		}
	}
	return n
}

// made is a pointer of which only the variable that holds it is known.
func (o *objects) made(p *mir.Place) Object {
	t := o.v.PlaceType(p)
	return Object{Local: p.Local, Types: []*mir.Type{t}, Raw: isRaw(t)}
}

// given is the argument of a call into whose memory the result points: what a
// model says, else what the signature says, as lifetimes are elided.
func (o *objects) given(block int32) *mir.Operand {
	ci := &o.v.b.calls[block]
	t := &o.v.MIR.Blocks[block].Term
	if t.Kind != mir.Call {
		return nil
	}
	if ci.model != nil {
		for _, ret := range ci.model.Ret {
			switch ret.Op {
			case effects.RetValue, effects.RetOwner, effects.RetDerived, effects.RetLoad:
				if ret.Arg < len(t.Args) {
					return &t.Args[ret.Arg]
				}
			}
		}
		if len(ci.model.Ret) > 0 {
			return nil
		}
	}
	if r := o.v.PlaceType(&t.Place); r == nil || !pointsSomewhere(r) {
		return nil
	}
	for i := range t.Args {
		if a := o.v.TypeOf(&t.Args[i]); a != nil && pointsSomewhere(a) {
			return &t.Args[i]
		}
	}
	return nil
}

// pointsSomewhere reports a pointer, or a type of std with one inside: Option<&mut T>.
func pointsSomewhere(t *mir.Type) bool {
	switch t.Kind {
	case mir.TypeRef, mir.TypeRawPtr:
		return true
	case mir.TypeTuple:
		for _, a := range t.Args {
			if pointsSomewhere(a) {
				return true
			}
		}
	case mir.TypePath:
		if isRaw(t) || borrows(t) {
			return true
		}
		if n := ir.LastSeg(t.Path); n == "Option" || n == "Result" || n == "Pin" {
			if a := ir.TypeArg(t, 0); a != nil {
				return pointsSomewhere(a)
			}
		}
	}
	return false
}
