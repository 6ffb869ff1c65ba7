package flow

import (
	"slices"
	"strings"

	"softshell/ir"
	"softshell/mir"
)

// Stretch is a point at which a reference is made whose lifetime the compiler
// takes from the signature alone: behind a raw pointer, by a transmute, by a
// function of the standard library that does so.
type Stretch struct {
	At   Point
	To   int32 // the local that gets it
	From int32 // the local that it is made of
	// Same is set for a transmute of a reference: nothing but its lifetime changes.
	Same bool
}

// stretching are the functions of the standard library that return a reference
// of any lifetime.
var stretching = []string{"slice::from_raw_parts", "slice::from_raw_parts_mut", "raw::from_raw_parts", "raw::from_raw_parts_mut",
	"str::from_raw_parts", "NonNull::as_ref", "NonNull::as_mut", "ptr::as_ref", "ptr::as_mut",
	"CStr::from_ptr", "ptr::from_raw_parts", "NonNull::as_uninit_ref", "AtomicPtr::from_ptr"}

// Stretches lists, block by block, where references of any lifetime are made.
func (v *View) Stretches() []Stretch {
	var out []Stretch
	for at, s := range v.assignments() {
		if s != nil {
			if from, same, ok := v.stretch(s.Rvalue); ok {
				out = append(out, Stretch{At: at, To: s.Place.Local, From: from, Same: same})
			}
			continue
		}
		c := v.Call(at.Block)
		if c == nil || c.Dest == nil || len(c.Args) == 0 {
			continue
		}
		from := int32(-1)
		if c.Args[0].Kind != mir.Constant {
			from = c.Args[0].Place.Local
		}
		switch {
		case c.Is("mem::transmute", "intrinsics::transmute", "mem::transmute_copy") && from >= 0:
			if to := v.PlaceType(c.Dest); HasLifetime(to) && HasLifetime(v.TypeOf(&c.Args[0])) {
				out = append(out, Stretch{At: at, To: c.Dest.Local, From: from, Same: true})
			}
		case c.Is(stretching...):
			out = append(out, Stretch{At: at, To: c.Dest.Local, From: from})
		}
	}
	return out
}

// stretch takes an rvalue for a reborrow of a raw pointer, or a transmute.
func (v *View) stretch(rv *mir.Rvalue) (from int32, same, ok bool) {
	switch rv.Kind {
	case mir.Ref:
		at := v.rawDeref(&rv.Place)
		return rv.Place.Local, false, at >= 0
	case mir.Cast:
		a := &rv.Args[0]
		if rv.Op != "Transmute" || a.Kind != mir.Copy && a.Kind != mir.Move || !HasLifetime(rv.Type) {
			return 0, false, false
		}
		was := v.TypeOf(a)
		return a.Place.Local, HasLifetime(was), HasLifetime(was) || was != nil && was.Kind == mir.TypeRawPtr
	}
	return 0, false, false
}

// rawDeref is the index of the first step of a place that follows a raw
// pointer, -1 for none. A Box is followed by its pointer, which is its own.
func (v *View) rawDeref(p *mir.Place) int {
	for i := range p.Proj {
		if p.Proj[i].Kind != mir.Deref {
			continue
		}
		t := ir.ProjectType(v.MIR.Locals[p.Local].Type, p.Proj[:i])
		if t != nil && t.Kind == mir.TypeRawPtr && !(i == 0 && v.ofBox(p.Local)) {
			return i
		}
	}
	return -1
}

// ofBox reports whether a raw pointer is what rustc takes out of a Box to follow it.
func (v *View) ofBox(local int32) bool {
	rv := v.Rvalue(local)
	if rv == nil || rv.Kind != mir.Cast || rv.Op != "Transmute" || rv.Args[0].Kind == mir.Constant {
		return false
	}
	p := &rv.Args[0].Place
	for i := range p.Proj {
		if t := ir.ProjectType(v.MIR.Locals[p.Local].Type, p.Proj[:i]); t != nil && t.Kind == mir.TypePath && ir.LastSeg(t.Path) == "Box" {
			return true
		}
	}
	return false
}

// HasLifetime reports whether a type has a reference in it, or a lifetime, as far as its text tells.
func HasLifetime(t *mir.Type) bool {
	return t != nil && t.Kind != mir.TypeRawPtr && strings.ContainsAny(t.Text, "&'")
}

// pointing reports whether a value of a type may lead to what another one led to.
func pointing(t *mir.Type) bool {
	return t == nil || strings.ContainsAny(t.Text, "&'*") || strings.Contains(t.Text, "NonNull<") || strings.Contains(t.Text, "AtomicPtr<")
}

// Carried lists the locals that may hold a pointer to what a local is or leads
// to. A call hands it on when through says so. With stored, a raw pointer that is
// loaded from there counts too. In what order the statements run is not asked.
func (v *View) Carried(from int32, stored bool, through func(*CallSite) bool) map[int32]bool {
	have := map[int32]bool{from: true}
	take := func(to *mir.Place) bool {
		if have[to.Local] || !pointing(v.MIR.Locals[to.Local].Type) {
			return false
		}
		have[to.Local] = true
		return true
	}
	operand := func(a *mir.Operand) bool {
		return (a.Kind == mir.Copy || a.Kind == mir.Move) && have[a.Place.Local]
	}
	for grown := true; grown; {
		grown = false
		for i := range v.MIR.Blocks {
			blk := &v.MIR.Blocks[i]
			if blk.Cleanup {
				continue
			}
			for j := range blk.Stmts {
				s := &blk.Stmts[j]
				if s.Kind != mir.Assign || s.Rvalue == nil {
					continue
				}
				rv := s.Rvalue
				if !stored && rv.Kind == mir.Use && loadsRaw(v, &rv.Args[0]) {
					continue
				}
				placed := (rv.Kind == mir.Ref || rv.Kind == mir.RawPtr || rv.Kind == mir.CopyForDeref) && have[rv.Place.Local]
				if placed || slices.ContainsFunc(rv.Args, func(a mir.Operand) bool { return operand(&a) }) {
					grown = take(&s.Place) || grown
				}
			}
			if c := v.Call(int32(i)); c != nil && c.Dest != nil && slices.ContainsFunc(c.Args, func(a mir.Operand) bool { return operand(&a) }) && through(c) {
				grown = take(c.Dest) || grown
			}
		}
	}
	return have
}

// loadsRaw reports whether an operand is a raw pointer, or has one, that stands in memory.
func loadsRaw(v *View, a *mir.Operand) bool {
	return a.Kind != mir.Constant && len(a.Place.Proj) > 0 && HoldsRaw(v.TypeOf(a))
}

// HoldsRaw reports whether a type has a raw pointer in it and no lifetime, as far as its text tells.
func HoldsRaw(t *mir.Type) bool {
	return t != nil && (t.Kind == mir.TypeRawPtr || !HasLifetime(t) && pointing(t))
}

// Loads lists the locals that get what stands in a field of what a local is, or
// leads to.
func (v *View) Loads(local, field int32) []int32 {
	var out []int32
	for i := range v.MIR.Blocks {
		for j := range v.MIR.Blocks[i].Stmts {
			s := &v.MIR.Blocks[i].Stmts[j]
			if s.Kind != mir.Assign || s.Rvalue == nil || s.Rvalue.Kind != mir.Use || s.Rvalue.Args[0].Kind == mir.Constant {
				continue
			}
			if p := &s.Rvalue.Args[0].Place; p.Local == local && firstField(p) == field {
				out = append(out, s.Place.Local)
			}
		}
	}
	return out
}

// FieldOf is the first field that a root goes into, when it lies in what the
// local is or leads to.
func (v *View) FieldOf(r Root, local int32) (int32, bool) {
	if r.Local() < 0 || r.Local() != local {
		return 0, false
	}
	for _, e := range v.e.paths.elems(r.at.path) {
		if e != elemDeref {
			return e.field(), e != elemAny
		}
	}
	return 0, false
}

// firstField is the first field that a place goes into, -1 for none.
func firstField(p *mir.Place) int32 {
	for i := range p.Proj {
		if p.Proj[i].Kind == mir.Field {
			return p.Proj[i].N
		}
	}
	return -1
}
