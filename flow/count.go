package flow

import (
	"softshell/effects"
	"softshell/ir"
	"softshell/mir"
)

// LateCounts lists the accesses to a counted object behind the place where f
// gave its count of it back, on a way on which it was not the last: who holds
// the last may have freed the object meanwhile. f is one that frees the object
// on another way: so the count is one of owners.
func (e *Engine) LateCounts(f *ir.Func) []Hazard {
	if !f.MayCall("fetch_sub") || !f.MayCall("from_raw", "dealloc", "drop_in_place") {
		return nil
	}
	v := e.View(f)
	var out []Hazard
	for _, c := range v.Calls() {
		if c.Last() != "fetch_sub" || len(c.Args) < 2 || c.Args[1].Const == nil || c.Args[1].Const.Int != 1 {
			continue
		}
		object, ok := v.objectOf(&c.Args[0])
		if !ok || !v.frees(object) {
			continue
		}
		if h := v.lateUse(c, object); h != nil {
			out = append(out, *h)
		}
	}
	return out
}

// objectOf is where the pointer lies through which an operand reaches into an object.
func (v *View) objectOf(op *mir.Operand) (Ref, bool) {
	if op.Kind == mir.Constant || op.Kind == mir.RuntimeChecks {
		return Ref{}, false
	}
	rv := v.Rvalue(op.Place.Local)
	if rv == nil || rv.Kind != mir.Ref && rv.Kind != mir.RawPtr {
		return Ref{}, false
	}
	return v.pointerOf(&rv.Place)
}

// pointerOf is where the pointer lies that a place is reached through.
func (v *View) pointerOf(p *mir.Place) (Ref, bool) {
	if len(p.Proj) == 0 || p.Proj[0].Kind != mir.Deref {
		return Ref{}, false
	}
	r := v.RootOf(&mir.Place{Local: p.Local})
	return r.Ref, !r.Points && r.Local() > 0 && v.Through(r.Ref)
}

// frees reports whether the function releases what a pointer points at.
func (v *View) frees(object Ref) bool {
	for _, c := range v.Calls() {
		for i := range c.Args {
			if c.Model == nil {
				continue
			}
			if op := c.Model.Arg(i).Op; op != effects.Reclaim && op != effects.Free && c.Last() != "drop_in_place" {
				continue
			}
			if r := v.Root(&c.Args[i]); !r.Points && r.Ref == object {
				return true
			}
		}
	}
	return false
}

// lateUse is the first access to the object behind a count that was given back.
func (v *View) lateUse(c *CallSite, object Ref) *Hazard {
	var found *Point
	w := v.WalkReturn(c.Block, func(at Point, unwound bool) bool {
		if found != nil || unwound || at.Block == c.Block {
			return false
		}
		if at.Stmt != Term && v.reaches(at, object) && v.notLast(c, at.Block) {
			found = &at
			return false
		}
		return true
	})
	if found == nil {
		return nil
	}
	return &Hazard{Kind: UsedAfter, Fn: v.Fn, Made: Point{-1, Term}, Freed: Point{c.Block, Term}, Ending: w.Ending(*found, false), Counted: true}
}

// reaches reports whether a statement reaches through the pointer into the object.
func (v *View) reaches(at Point, object Ref) bool {
	st := &v.MIR.Blocks[at.Block].Stmts[at.Stmt]
	if st.Kind != mir.Assign || st.Rvalue == nil {
		return false
	}
	through := func(p *mir.Place) bool {
		r, ok := v.pointerOf(p)
		return ok && r == object
	}
	switch rv := st.Rvalue; rv.Kind {
	case mir.Ref, mir.RawPtr, mir.Len, mir.Discriminant, mir.CopyForDeref:
		return through(&rv.Place)
	default:
		for i := range rv.Args {
			if a := &rv.Args[i]; (a.Kind == mir.Copy || a.Kind == mir.Move) && through(&a.Place) {
				return true
			}
		}
	}
	return through(&st.Place)
}

// notLast reports whether a block is reached only where the count that a call
// found was another than one.
func (v *View) notLast(c *CallSite, block int32) bool {
	for _, g := range v.Guards(block) {
		cmp, ok := v.Compares(g)
		if !ok || cmp.Y.Const == nil || v.Root(cmp.X).Made != c.Block {
			continue
		}
		return cmp.Op == "Eq" && cmp.Y.Const.Int != 1 || cmp.Op == "Ne" && cmp.Y.Const.Int == 1
	}
	return false
}
