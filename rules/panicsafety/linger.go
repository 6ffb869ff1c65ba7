package panicsafety

import (
	"strings"

	"softshell/finding"
	"softshell/flow"
	"softshell/ir"
	"softshell/mir"
)

// lingering lists the calls that drop elements which the owner still counts:
// when the drop of an element panics, the line that tells the owner is never
// reached, and the owner drops them again.
func lingering(v *flow.View) []*trouble {
	var out []*trouble
	for _, c := range v.Calls() {
		h := dropsElements(v, c)
		if h == nil {
			continue
		}
		if t := lingers(v, h); t != nil {
			out = append(out, t)
		}
	}
	return out
}

// dropsElements is the hazard of a call that drops elements in the memory of
// an owner, by itself or in a function of the program, where the type of the
// elements is the caller's choice.
func dropsElements(v *flow.View, c *flow.CallSite) *hazard {
	h := &hazard{kind: lingered, block: c.Block, stmt: flow.Term}
	switch {
	case c.Is("ptr::drop_in_place", "NonNull::drop_in_place") && len(c.Args) > 0:
		h.elem, h.obj = ir.Pointee(v.TypeOf(&c.Args[0])), v.Object(&c.Args[0])
		if h.elem == nil || !v.Generic(h.elem) || hidden(h.elem) {
			return nil
		}
	case c.Target != nil && c.Target.Crate == v.Fn.Crate && c.Target.Blocks <= maxDropper && !c.Target.Head.Broken && !c.Target.Destructor():
		at, elem := dropsInArg(v.Inner(c.Target))
		if at < 1 || int(at) > len(c.Args) {
			return nil
		}
		h.elem, h.obj = elem, v.Object(&c.Args[at-1])
	default:
		return nil
	}
	if v.Fn.Destructor() && v.IsParam(h.obj.Local) {
		return nil // the destructor is not run again; fields are dropped, which is for them to say
	}
	if h = owned(v, h); h == nil || h.owner == ofHere && !h.own {
		return nil
	}
	return h
}

// maxDropper bounds the blocks of a function that is looked into for its drops.
const maxDropper = 100

// dropper is the name of a function that may drop elements for its caller: it
// calls drop_in_place, or holds a guard of its own that does. "" for none.
func dropper(f *ir.Func) string {
	switch {
	case !f.MayCall("drop_in_place"):
		return ""
	case !f.Destructor():
		return f.Last
	}
	end := strings.LastIndex(f.Head.Name, "::<impl at")
	if end < 0 {
		return ""
	}
	outer := f.Head.Name[:end]
	return outer[strings.LastIndex(outer, ":")+1:]
}

// dropsInArg is the parameter in whose memory a function drops elements
// without a change of the parameter's counts, and the type of the elements.
func dropsInArg(in *flow.View) (param int32, elem *mir.Type) {
	param = -1
	take := func(obj flow.Object, t *mir.Type) {
		if t != nil && param < 0 && in.IsParam(obj.Local) && in.Generic(t) && !hidden(t) && len(obj.Types) > 0 && obj.Types[0] != nil && obj.Types[0].Kind == mir.TypeRef {
			param, elem = obj.Local, t
		}
	}
	for i := range in.MIR.Blocks {
		if !in.Reached(int32(i)) || in.MIR.Blocks[i].Cleanup {
			continue
		}
		if c := in.Call(int32(i)); c != nil && len(c.Args) > 0 {
			if c.Is("ptr::drop_in_place", "NonNull::drop_in_place") {
				take(in.Object(&c.Args[0]), ir.Pointee(in.TypeOf(&c.Args[0])))
			}
			continue
		}
		// A guard of the function's own, whose Drop drops the elements.
		if t := &in.MIR.Blocks[i].Term; t.Kind == mir.Drop && len(t.Place.Proj) == 0 && !in.IsParam(t.Place.Local) {
			if d := in.DropImpl(in.PlaceType(&t.Place)); d != nil && d.MayCall("drop_in_place") {
				for _, dc := range in.Inner(d).Calls() {
					if dc.Is("ptr::drop_in_place") {
						take(guarded(in, t.Place.Local), ir.Pointee(in.Inner(d).TypeOf(&dc.Args[0])))
					}
				}
			}
		}
	}
	if param >= 0 && recountedAnywhere(in, &hazard{obj: flow.Object{Local: param}}) {
		return -1, nil
	}
	return param, elem
}

// guarded is the memory that the one argument of a guard points into.
func guarded(v *flow.View, guard int32) flow.Object {
	rv := v.Rvalue(guard)
	if rv == nil || rv.Kind != mir.Adt || len(rv.Args) != 1 {
		return flow.Object{Local: -1}
	}
	return v.Object(&rv.Args[0])
}

// lingers decides whether the owner is told only after the drop, and is
// dropped, or lives on, when that panics.
func lingers(v *flow.View, h *hazard) *trouble {
	if mendedBefore(v, h) || !v.CanUnwind(h.block) || !toldAfter(v, h) {
		return nil
	}
	t := &trouble{hazard: h, call: v.Call(h.block), grade: finding.Likely}
	t.way = v.WalkEntry(func(flow.Point, bool) bool { return true })
	t.unwound = v.Unwinding(h.block, t.way.To(h.block, false))
	for _, d := range t.unwound.Drops {
		place := &v.MIR.Blocks[d].Term.Place
		switch {
		case place.Local == h.obj.Local && h.owner == ofHere:
			t.drops = append(t.drops, d)
		case isGuard(v, h, place):
			return nil
		}
	}
	if h.owner == ofHere && len(t.drops) == 0 {
		return nil
	}
	return t
}

// toldAfter reports whether a count of the owner changes on the way on from
// the drop: it is then this change that makes the elements gone.
func toldAfter(v *flow.View, h *hazard) bool {
	found := false
	v.WalkReturn(h.block, func(at flow.Point, unwound bool) bool {
		if unwound || found {
			return false
		}
		if at.Stmt != flow.Term {
			s := &v.MIR.Blocks[at.Block].Stmts[at.Stmt]
			found = recounts(v, h, s) && isCount(v.PlaceType(&s.Place))
			return !found
		}
		c := v.Call(at.Block)
		found = c != nil && strings.HasPrefix(c.Last(), "set_len") && len(c.Args) == 2 && v.Object(&c.Args[0]).Same(h.obj)
		return !found
	})
	return found
}
