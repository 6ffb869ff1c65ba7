package flow

import (
	"slices"

	"softshell/effects"
	"softshell/ir"
	"softshell/mir"
)

// CanUnwind reports whether a panic in what ends a block leaves it: false when
// the compiler knows that there is none, or when a panic aborts.
func (v *View) CanUnwind(block int32) bool {
	t := &v.MIR.Blocks[block].Term
	switch t.Kind {
	case mir.Call, mir.Drop, mir.Assert:
		return (t.Unwind == mir.UnwindTo || t.Unwind == mir.UnwindContinue) && !v.e.abortsOnUnwind(v.b, block)
	}
	return false
}

// Unwound is what happens when a block's terminator panics.
type Unwound struct {
	Drops []int32 // blocks of the drops that run
	walk  *Walk
}

// Unwinding lists the drops that run when what ends a block panics. before is
// a way to that block: drops whose flag it has cleared are left out.
func (v *View) Unwinding(block int32, before []Step) *Unwound {
	out := &Unwound{}
	var drops []int32
	out.walk = v.WalkUnwind(block, func(at Point, unwound bool) bool {
		if at.Stmt == Term && v.MIR.Blocks[at.Block].Term.Kind == mir.Drop {
			drops = append(drops, at.Block)
		}
		return true
	})
	for _, d := range drops {
		if v.flagged(slices.Concat(before, out.walk.To(d, true))) {
			out.Drops = append(out.Drops, d)
		}
	}
	return out
}

// Ending is the way from the panic to one of the drops.
func (u *Unwound) Ending(drop int32) *Ending { return u.walk.Ending(Point{drop, Term}, true) }

// flagged reports whether the drop at the end of a path runs as far as its
// flag goes: the bool that the branch right before it tests.
func (v *View) flagged(path []Step) bool {
	if len(path) < 2 {
		return true
	}
	test := path[len(path)-2]
	t := &v.MIR.Blocks[test.Block].Term
	if t.Kind != mir.SwitchInt || t.Cond.Kind == mir.Constant || len(t.Cond.Place.Proj) > 0 {
		return true
	}
	flag := t.Cond.Place.Local
	known, value := false, int64(0)
	for _, s := range path[:len(path)-1] {
		for i := range v.MIR.Blocks[s.Block].Stmts {
			st := &v.MIR.Blocks[s.Block].Stmts[i]
			if st.Kind != mir.Assign || st.Place.Local != flag || st.Rvalue == nil {
				continue
			}
			known = st.Rvalue.Kind == mir.Use && st.Rvalue.Args[0].Kind == mir.Constant && st.Rvalue.Args[0].Const.Kind == mir.ConstBool
			if known {
				value = st.Rvalue.Args[0].Const.Int
			}
		}
	}
	return !known || caseHolds(t, test.Case, value)
}

// DropImpl is the body of a type's own Drop::drop, nil when it has none or it is not seen.
func (v *View) DropImpl(t *mir.Type) *ir.Func { return v.e.prog.DropImpl(v.Fn.Crate, t) }

// abortsOnUnwind reports whether a panic of the call that ends a block comes
// to a guard whose drop ends the process: an abort, or a second panic.
func (e *Engine) abortsOnUnwind(b *body, block int32) bool {
	t := &b.mir.Blocks[block].Term
	if t.Unwind != mir.UnwindTo || t.Cleanup < 0 {
		return false
	}
	seen := make([]bool, len(b.mir.Blocks))
	stack := []int32{t.Cleanup}
	for len(stack) > 0 {
		at := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if int(at) >= len(seen) || seen[at] {
			continue
		}
		seen[at] = true
		if d := &b.mir.Blocks[at].Term; d.Kind == mir.Drop {
			if f := e.prog.DropImpl(b.fn.Crate, ir.PlaceType(b.mir, &d.Place)); f != nil && e.neverReturns(f) {
				return true
			}
		}
		for _, s := range b.cfg.Succs[at] {
			stack = append(stack, s.To)
		}
	}
	return false
}

// neverReturns reports whether no path of a function comes to its end. A drop
// that runs while a panic unwinds and does not return ends the process.
func (e *Engine) neverReturns(f *ir.Func) bool {
	if f.Blocks == 0 || f.Head.Broken {
		return false
	}
	b := e.body(f)
	for i := range b.mir.Blocks {
		if b.mir.Blocks[i].Term.Kind == mir.Return && b.cfg.Num[i] >= 0 {
			return false
		}
	}
	return true
}

// runsChosen says whether a call of f runs code that f's caller chose, and a
// panic of that code leaves f.
func (e *Engine) runsChosen(f *ir.Func) bool {
	return e.runs.ask(f.ID, effects.No, func() effects.Tri {
		if f.Blocks == 0 || f.Head.Broken {
			return effects.No
		}
		b := e.body(f)
		for i := range b.mir.Blocks {
			if b.cfg.Num[i] >= 0 && !b.mir.Blocks[i].Cleanup && b.mir.Blocks[i].Term.Kind == mir.Call &&
				e.userCode(b, int32(i)) && !e.abortsOnUnwind(b, int32(i)) {
				return effects.Yes
			}
		}
		return effects.No
	}, func(a, b effects.Tri) bool { return a == b }, func(t effects.Tri) effects.Tri { return t }) == effects.Yes
}

// userCode reports whether the call that ends a block runs code that the
// caller of the function chose, by itself or further down.
func (e *Engine) userCode(b *body, block int32) bool {
	t := &b.mir.Blocks[block].Term
	if t.Kind != mir.Call && t.Kind != mir.TailCall || t.Unwind == mir.UnwindUnreachable || t.Unwind == mir.UnwindAbort {
		return false
	}
	return e.chosenCode(b, block)
}

// chosenCode is userCode wherever a panic of it goes.
func (e *Engine) chosenCode(b *body, block int32) bool {
	ci := &b.calls[block]
	switch {
	case e.chosen(b, ci):
		return true
	case ci.target != nil:
		return (ci.path.Trait == nil || !plainConversion[ir.LastSeg(ci.path.Trait)]) && e.runsChosen(ci.target)
	case ci.path.Trait != nil:
		switch tr := ir.LastSeg(ci.path.Trait); {
		case throughStd[tr] && e.holdsChosen(b.fn.Crate, ci.path.Self):
			return true
		case (tr == "Iterator" || tr == "DoubleEndedIterator") && !lazy[ir.LastSeg(ci.path)] && e.adaptsChosen(b.fn.Crate, ci.path.Self, 0):
			return true
		}
	}
	return e.stdRuns(b, ci, &b.mir.Blocks[block].Term)
}

// stdRuns reports whether a function of std calls what its caller chose: a
// method of the elements that it is given, or a closure.
func (e *Engine) stdRuns(b *body, ci *callInfo, t *mir.Terminator) bool {
	name := ir.LastSeg(ci.path)
	if forElements[name] && len(t.Args) > 0 && t.Args[0].Kind != mir.Constant {
		return e.holdsChosen(b.fn.Crate, ir.Pointee(ir.PlaceType(b.mir, &t.Args[0].Place)))
	}
	if !higherOrder[name] {
		return false
	}
	for i := range t.Args {
		if t.Args[i].Kind == mir.Constant {
			continue
		}
		ty := ir.PlaceType(b.mir, &t.Args[i].Place)
		for ty != nil && ty.Kind == mir.TypeRef && len(ty.Args) > 0 {
			ty = ty.Args[0]
		}
		if ty != nil && (ty.Kind == mir.TypeOpaque || ty.Kind == mir.TypeDyn || ty.Kind == mir.TypeFnPtr || e.parameter(b.fn.Crate, ty)) {
			return true
		}
	}
	return false
}

// adaptsChosen reports whether an iterator of std calls one that the caller
// chose, a closure of his, or the Clone of elements.
func (e *Engine) adaptsChosen(c *ir.Crate, t *mir.Type, depth int) bool {
	if t == nil || t.Kind != mir.TypePath || depth > 8 {
		return t != nil && (t.Kind == mir.TypeOpaque || t.Kind == mir.TypeDyn || t.Kind == mir.TypeProjection)
	}
	if e.parameter(c, t) {
		return true
	}
	name := ir.LastSeg(t.Path)
	if !adapters[name] {
		return false
	}
	for n := 0; ; n++ {
		a := ir.TypeArg(t, n)
		switch {
		case a == nil:
			return false
		case e.adaptsChosen(c, a, depth+1), name == "Cloned" && e.mentionsChosen(c, a, 0):
			return true
		}
	}
}

// mentionsChosen reports whether a type names a type parameter anywhere.
func (e *Engine) mentionsChosen(c *ir.Crate, t *mir.Type, depth int) bool {
	for n := 0; depth < 8; n++ {
		a := ir.TypeArg(t, n)
		if a == nil {
			return false
		}
		if e.holdsChosen(c, a) || e.mentionsChosen(c, a, depth+1) {
			return true
		}
	}
	return false
}

var adapters = map[string]bool{"Map": true, "Filter": true, "FilterMap": true, "Enumerate": true, "Zip": true, "Chain": true, "Take": true, "TakeWhile": true,
	"Skip": true, "SkipWhile": true, "StepBy": true, "Rev": true, "Peekable": true, "Fuse": true, "Flatten": true, "FlatMap": true, "Inspect": true,
	"Scan": true, "Cloned": true, "Cycle": true, "MapWhile": true}

// lazy lists the methods of iterators that only wrap: nothing runs before `next`.
var lazy = map[string]bool{"map": true, "filter": true, "filter_map": true, "enumerate": true, "zip": true, "chain": true, "take": true, "take_while": true,
	"skip_while": true, "rev": true, "peekable": true, "fuse": true, "flatten": true, "flat_map": true, "inspect": true, "scan": true, "cloned": true,
	"copied": true, "by_ref": true, "map_while": true}

// forElements lists functions of std that call Clone or a comparison of the
// elements of what they are given first; higherOrder those that call a closure
// or an iterator.
var (
	forElements = map[string]bool{"clone_from_slice": true, "to_vec": true, "extend_from_slice": true, "resize": true, "fill": true, "sort": true,
		"sort_unstable": true, "dedup": true, "contains": true, "binary_search": true, "starts_with": true, "ends_with": true}
	higherOrder = map[string]bool{"for_each": true, "try_for_each": true, "fold": true, "map_or": true, "map_or_else": true, "and_then": true,
		"unwrap_or_else": true, "or_else": true, "ok_or_else": true, "get_or_insert_with": true, "or_insert_with": true, "sort_by": true, "sort_by_key": true,
		"sort_unstable_by": true, "sort_unstable_by_key": true, "retain": true, "retain_mut": true, "dedup_by": true, "dedup_by_key": true, "from_fn": true,
		"resize_with": true, "fill_with": true, "extend": true, "collect": true, "from_iter": true, "binary_search_by": true, "binary_search_by_key": true}
)

// plainConversion lists traits whose methods hand out what is there already:
// they may panic as anything else, and never do in practice.
var plainConversion = map[string]bool{"Deref": true, "DerefMut": true, "AsRef": true, "AsMut": true, "Borrow": true, "BorrowMut": true, "SizedTypeProperties": true}

// throughStd lists traits that the types of std implement by calling the same
// trait of their elements.
var throughStd = map[string]bool{"Clone": true, "PartialEq": true, "PartialOrd": true, "Ord": true, "Hash": true, "Default": true}

// holdsChosen reports whether a collection or another plain owner of std holds
// values of a type parameter.
func (e *Engine) holdsChosen(c *ir.Crate, t *mir.Type) bool {
	if t == nil {
		return false
	}
	switch t.Kind {
	case mir.TypeParam, mir.TypeProjection, mir.TypeDyn, mir.TypeOpaque:
		return true
	case mir.TypeTuple, mir.TypeSlice, mir.TypeArray:
		return slices.ContainsFunc(t.Args, func(a *mir.Type) bool { return e.holdsChosen(c, a) })
	case mir.TypePath:
		if e.parameter(c, t) {
			return true
		}
		switch ir.LastSeg(t.Path) {
		case "Vec", "Box", "Option", "Result", "VecDeque", "LinkedList", "BTreeMap", "HashMap", "BTreeSet", "HashSet", "Reverse":
			for n := 0; ; n++ {
				a := ir.TypeArg(t, n)
				if a == nil {
					return false
				}
				if e.holdsChosen(c, a) {
					return true
				}
			}
		}
	}
	return false
}

// parameter reports whether a type is a type parameter. MIR prints one as a
// type at the root of the crate.
func (e *Engine) parameter(c *ir.Crate, t *mir.Type) bool {
	return t.Kind == mir.TypePath && t.Path != nil && len(t.Path.Segs) == 1 && t.Path.Self == nil && t.Path.Impl == nil &&
		len(t.Path.Segs[0].Args) == 0 && t.Text != "" && t.Text[0] >= 'A' && t.Text[0] <= 'Z' && !e.own.LocalADT(c, t)
}
