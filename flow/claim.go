package flow

import (
	"strings"

	"softshell/ir"
	"softshell/mir"
)

// LateClaims lists the values that f copies out of a buffer behind an atomic
// pointer before a compare-and-exchange on another variable decides whether
// they are its own (if not, it forgets them), where nothing asks behind the
// copy whether the buffer is still the one: another thread may have replaced
// it meanwhile, and the values have two owners.
func (e *Engine) LateClaims(f *ir.Func) []Hazard {
	if !f.MayCall("compare_exchange", "compare_exchange_weak", "compare_and_swap") || !f.MayCall("forget") || !f.MayCall("load") {
		return nil
	}
	v := e.View(f)
	calls := v.Calls()
	var out []Hazard
	for _, c := range calls {
		if !c.Is("mem::forget") || len(c.Args) == 0 {
			continue
		}
		made := v.Root(&c.Args[0]).Made
		if made < 0 {
			continue
		}
		read, claim := v.Call(made), v.claimBehind(c.Block)
		if claim == nil || !copiesOut(read) || !v.Before(Point{read.Block, Term}, Point{claim.Block, Term}) {
			continue
		}
		load := v.loadedFrom(read)
		if load == nil {
			continue
		}
		if v.Root(&claim.Args[0]).Ref == v.Root(&load.Args[0]).Ref || v.asksAgain(calls, load, read, claim) {
			continue
		}
		w := v.WalkReturn(read.Block, func(at Point, unwound bool) bool { return !unwound && at.Block != claim.Block })
		out = append(out, Hazard{Kind: FreedTwice, Fn: f, Made: Point{read.Block, Term}, Again: true, Copied: true, Raced: true,
			Freed: Point{claim.Block, Term}, Ending: w.Ending(Point{claim.Block, Term}, false)})
	}
	return out
}

// claimBehind is the compare-and-exchange whose failure leads to a block.
func (v *View) claimBehind(block int32) *CallSite {
	for _, g := range v.Guards(block) {
		test, _ := v.Tested(g)
		if test == nil || test.Last() != "is_err" && test.Last() != "is_ok" || len(test.Args) == 0 {
			continue
		}
		// `is_err(&result)`
		rv := v.Rvalue(test.Args[0].Place.Local)
		if rv == nil || rv.Kind != mir.Ref {
			continue
		}
		if d, ok := v.b.singleDef(rv.Place.Local); ok && d.stmt < 0 {
			if c := v.Call(d.block); strings.HasPrefix(c.Last(), "compare_") && len(c.Args) > 0 {
				return c
			}
		}
	}
	return nil
}

// copiesOut reports a call that returns a bitwise copy of a value in memory.
func copiesOut(c *CallSite) bool {
	if c == nil || len(c.Args) == 0 {
		return false
	}
	return c.Is("ptr::read", "ptr::read_volatile", "ptr::read_unaligned") || c.Target != nil && c.Target.Blocks > 0 && c.Target.MayCall("read", "read_volatile", "assume_init_read")
}

// loadedFrom is the load of the atomic pointer through which a call reads.
func (v *View) loadedFrom(read *CallSite) *CallSite {
	op := &read.Args[0]
	for range 4 {
		r := v.Root(op)
		made := r.Made
		if d, ok := v.b.singleDef(max(r.Local(), 0)); made < 0 && r.Points && r.Whole() && ok && d.stmt < 0 {
			made = d.block // of `&variable`, what the variable holds
		}
		if made < 0 {
			return nil
		}
		c := v.Call(made)
		if len(c.Args) == 0 || c.Args[0].Kind == mir.Constant {
			return nil
		}
		if c.Last() == "load" {
			return c
		}
		op = &c.Args[0]
	}
	return nil
}

// asksAgain reports whether the pointer to the buffer, or another of its type,
// is loaded again between the copy and the claim.
func (v *View) asksAgain(calls []*CallSite, load, read, claim *CallSite) bool {
	buffer := v.TypeOf(&load.Args[0])
	for _, c := range calls {
		if c.Block == load.Block || c.Last() != "load" || len(c.Args) == 0 {
			continue
		}
		if t := v.TypeOf(&c.Args[0]); t == nil || buffer == nil || t.Text != buffer.Text {
			continue
		}
		if v.Before(Point{read.Block, Term}, Point{c.Block, Term}) && v.Before(Point{c.Block, Term}, Point{claim.Block, Term}) {
			return true
		}
	}
	return false
}
