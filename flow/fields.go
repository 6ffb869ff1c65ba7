package flow

import (
	"slices"

	"softshell/effects"
	"softshell/ir"
	"softshell/mir"
)

// FieldOf names a field of a type of the program.
type FieldOf struct {
	Crate   *ir.Crate
	Type    *mir.Type // as the body that was looked at spells it
	Variant string
	Field   int32
}

// HeldIn is the innermost field of a type of the program in which the
// resource lay at the event, if any.
func (e *Engine) HeldIn(f *ir.Func, ev *Event) (FieldOf, bool) { return e.heldIn(f, ev.at) }

// AlsoHeldIn lists the fields other than HeldIn's that hold the same resource.
func (e *Engine) AlsoHeldIn(f *ir.Func, ev *Event) []FieldOf {
	var out []FieldOf
	for _, at := range ev.also {
		if fd, ok := e.heldIn(f, at); ok {
			out = append(out, fd)
		}
	}
	return out
}

func (e *Engine) heldIn(f *ir.Func, at loc) (FieldOf, bool) {
	t := e.body(f).localType(at.local)
	var out FieldOf
	found := false
	for _, el := range e.paths.elems(at.path) {
		if t == nil {
			break
		}
		if el == elemDeref {
			t = ir.Pointee(t)
			continue
		}
		if el >= 0 && e.own.LocalADT(f.Crate, t) {
			out = FieldOf{f.Crate, t, e.paths.variants[el.variant()], el.field()}
			found = true
		}
		t = e.step(f.Crate, t, el)
	}
	return out, found
}

// FieldTypeOf is the declared type of a field, generics substituted; nil when unknown.
func (e *Engine) FieldTypeOf(fd FieldOf) *mir.Type {
	return e.own.FieldType(fd.Crate, fd.Type, fd.Variant, int(fd.Field))
}

// Release is a call that takes back or frees what a field holds.
type Release struct {
	Fn    *ir.Func
	Block int32
	Field FieldOf
}

// Releases lists the calls in f that release a value read from a field of a
// type of the program: directly, or by a callee that releases its parameter.
func (e *Engine) Releases(f *ir.Func) []Release {
	if !e.handlesOwners(f) {
		return nil
	}
	if s := e.survey(f); s.asked&askedReleases != 0 {
		return s.releases
	}
	out := e.findReleases(f, e.body(f))
	s := e.survey(f)
	s.releases, s.asked = out, s.asked|askedReleases
	return out
}

func (e *Engine) findReleases(f *ir.Func, b *body) []Release {
	var out []Release
	for i := range b.mir.Blocks {
		t := &b.mir.Blocks[i].Term
		if t.Kind != mir.Call || b.cfg.Num[i] < 0 {
			continue
		}
		for a := range t.Args {
			if t.Args[a].Kind == mir.Constant || !e.releasesArg(&b.calls[i], int32(a)) {
				continue
			}
			for _, fd := range e.readFrom(b, &t.Args[a].Place, 0) {
				out = append(out, Release{f, int32(i), fd})
			}
		}
	}
	return out
}

func (e *Engine) releasesArg(ci *callInfo, a int32) bool {
	if ci.model != nil {
		switch ci.model.Arg(int(a)).Op {
		case effects.Reclaim, effects.Free:
			return true
		}
		return false
	}
	if ci.target == nil || ci.target.Blocks == 0 || int(a) >= len(ci.target.Head.Params) {
		return false
	}
	t := ci.target.Head.Locals[ci.target.Head.Params[a]].Type
	if t == nil || t.Kind != mir.TypeRawPtr && !pointerish(t) || t.Kind == mir.TypeRef {
		return false
	}
	return e.outcome(ci.target, a, 0).has(Released)
}

// readFrom follows a value back to the fields that it may have been read from.
func (e *Engine) readFrom(b *body, p *mir.Place, depth int) []FieldOf {
	if depth > 10 {
		return nil
	}
	if fd, ok := e.lastField(b, p); ok {
		return []FieldOf{fd}
	}
	if int(p.Local) >= len(b.defs) {
		return nil
	}
	var out []FieldOf
	for _, d := range b.defs[p.Local] {
		if d.stmt < 0 {
			t := &b.mir.Blocks[d.block].Term
			for i := range t.Args {
				if t.Args[i].Kind != mir.Constant && (i == 0 || b.calls[d.block].model == nil) {
					out = append(out, e.readFrom(b, &t.Args[i].Place, depth+1)...)
				}
			}
			continue
		}
		rv := b.mir.Blocks[d.block].Stmts[d.stmt].Rvalue
		if rv == nil {
			continue
		}
		switch rv.Kind {
		case mir.Ref, mir.RawPtr, mir.CopyForDeref:
			out = append(out, e.readFrom(b, &rv.Place, depth+1)...)
		case mir.Use, mir.Cast, mir.Adt, mir.Tuple, mir.RawPtrAggregate:
			for i := range rv.Args {
				if rv.Args[i].Kind != mir.Constant {
					out = append(out, e.readFrom(b, &rv.Args[i].Place, depth+1)...)
				}
			}
		}
	}
	return out
}

// lastField is the innermost field of a type of the program on a place's projections.
func (e *Engine) lastField(b *body, p *mir.Place) (FieldOf, bool) {
	t := b.localType(p.Local)
	var out FieldOf
	found := false
	variant := ""
	for i := range p.Proj {
		pr := &p.Proj[i]
		switch pr.Kind {
		case mir.Downcast:
			variant = pr.Name
			continue
		case mir.Field:
			if t != nil && e.own.LocalADT(b.fn.Crate, t) {
				out, found = FieldOf{b.fn.Crate, t, variant, pr.N}, true
			}
		}
		variant = ""
		t = ir.ProjectType(t, p.Proj[i:i+1])
	}
	return out, found
}

// AssignedFields lists the fields of types of the program that f assigns
// through a parameter, with the parameter (from 0).
func (e *Engine) AssignedFields(f *ir.Func) []AssignedField {
	s := e.survey(f)
	if s.asked&askedAssigned == 0 {
		s.assigned, s.asked = e.findAssigned(e.body(f)), s.asked|askedAssigned
	}
	return s.assigned
}

func (e *Engine) findAssigned(b *body) []AssignedField {
	var out []AssignedField
	seen := map[AssignedField]bool{}
	for i := range b.mir.Blocks {
		for j := range b.mir.Blocks[i].Stmts {
			s := &b.mir.Blocks[i].Stmts[j]
			if s.Kind != mir.Assign || len(s.Place.Proj) < 2 {
				continue
			}
			at := e.place(b, &s.Place)
			es := e.paths.elems(at.path)
			if !b.isParam(at.local) || len(es) != 2 || es[0] != elemDeref || es[1] < 0 {
				continue
			}
			a := AssignedField{Param: at.local - 1, Type: ir.Pointee(b.localType(at.local)), Variant: e.paths.variants[es[1].variant()], Field: es[1].field()}
			if a.Type != nil && !seen[a] {
				seen[a] = true
				out = append(out, a)
			}
		}
	}
	return out
}

// AssignedField is a field behind a parameter that a function assigns.
type AssignedField struct {
	Param   int32
	Type    *mir.Type
	Variant string
	Field   int32
}

// ReadsParam reports whether the branch that ends a block depends on what
// parameter param (from 0) holds. That input or output through a part of it
// failed says nothing of what it holds.
func (e *Engine) ReadsParam(f *ir.Func, block, param int32) bool {
	b := e.body(f)
	t := &b.mir.Blocks[block].Term
	if t.Kind != mir.SwitchInt || t.Cond.Kind == mir.Constant {
		return false
	}
	r := reading{b: b, want: param + 1, seen: map[readLocal]bool{}}
	return r.from(&t.Cond.Place, false)
}

// reading walks definitions backwards to a local.
type reading struct {
	b    *body
	want int32
	seen map[readLocal]bool
}

type readLocal struct {
	local int32
	whole bool // to all of the wanted local, not a field of it
}

func (r *reading) from(p *mir.Place, whole bool) bool {
	if whole && slices.ContainsFunc(p.Proj, func(e mir.Proj) bool { return e.Kind == mir.Field }) {
		return false
	}
	if p.Local == r.want {
		return true
	}
	at := readLocal{p.Local, whole}
	if r.seen[at] || int(p.Local) >= len(r.b.defs) {
		return false
	}
	r.seen[at] = true
	op := func(o *mir.Operand, whole bool) bool {
		return o.Kind != mir.Constant && o.Kind != mir.RuntimeChecks && r.from(&o.Place, whole)
	}
	for _, d := range r.b.defs[p.Local] {
		if d.stmt < 0 {
			t := &r.b.mir.Blocks[d.block].Term
			whole := whole || failsWithIO(r.b.localType(p.Local))
			for i := range t.Args {
				if op(&t.Args[i], whole) {
					return true
				}
			}
			continue
		}
		rv := r.b.mir.Blocks[d.block].Stmts[d.stmt].Rvalue
		if rv == nil {
			continue
		}
		for i := range rv.Args {
			if op(&rv.Args[i], whole) {
				return true
			}
		}
		switch rv.Kind {
		case mir.Ref, mir.RawPtr, mir.Discriminant, mir.CopyForDeref, mir.Len:
			if r.from(&rv.Place, whole) {
				return true
			}
		}
	}
	return false
}

// failsWithIO reports a Result whose error is that of std::io or std::fmt.
func failsWithIO(t *mir.Type) bool {
	if t == nil || t.Kind != mir.TypePath || ir.LastSeg(t.Path) != "Result" {
		return false
	}
	err := ir.TypeArg(t, 1)
	if err == nil || err.Kind != mir.TypePath || ir.LastSeg(err.Path) != "Error" {
		return false
	}
	switch err.Path.Segs[0].Name {
	case "std", "core", "alloc":
		return true
	}
	return false
}
