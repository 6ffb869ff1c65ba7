package panicsafety

import (
	"strings"

	"softshell/effects"
	"softshell/finding"
	"softshell/flow"
	"softshell/ir"
	"softshell/mir"
)

// follow walks from a hazard to the calls that may panic before it is mended,
// and returns the first that finds the memory with an owner that drops it.
func follow(v *flow.View, h *hazard) *trouble {
	if mendedBefore(v, h) {
		return nil
	}
	var way *flow.Walk
	var calls []int32
	walk := v.WalkReturn
	if h.stmt != flow.Term {
		walk = func(block int32, visit func(flow.Point, bool) bool) *flow.Walk {
			return v.Walk(flow.Point{Block: block, Stmt: h.stmt}, visit)
		}
	}
	way = walk(h.block, func(at flow.Point, unwound bool) bool {
		if unwound || mends(v, h, at) {
			return false
		}
		if at.Stmt == flow.Term && at.Block != h.block && mayPanic(v, at.Block) {
			calls = append(calls, at.Block)
		}
		return true
	})
	var best *trouble
	for _, block := range calls {
		t := meets(v, h, way, block)
		if t == stop {
			return nil
		}
		if t != nil && (best == nil || t.grade > best.grade || t.grade == best.grade && len(t.notes) < len(best.notes)) {
			best = t
		}
	}
	return best
}

// mayPanic reports a call that runs the caller's code, or panics in words.
// What only hands out what is there does not panic in practice.
func mayPanic(v *flow.View, block int32) bool {
	c := v.Call(block)
	if c == nil || c.Is("Deref::deref", "DerefMut::deref_mut", "AsRef::as_ref", "AsMut::as_mut", "Borrow::borrow", "BorrowMut::borrow_mut") {
		return false
	}
	return v.CanUnwind(block) && (v.UserCode(block) || v.Unwinds(block) == effects.Yes)
}

// stop is what meets answers when a guard keeps the memory: no call will find it otherwise.
var stop = &trouble{}

// meets decides whether a panic of a call drops what it must not.
func meets(v *flow.View, h *hazard, way *flow.Walk, block int32) *trouble {
	t := &trouble{hazard: h, call: v.Call(block), way: way, grade: finding.Likely}
	t.unwound = v.Unwinding(block, way.To(block, false))
	t.moved = h.kind == duplicate && movesIn(t.call.Args, h.held)
	var original, second bool
	for _, d := range t.unwound.Drops {
		place := &v.MIR.Blocks[d].Term.Place
		switch {
		case place.Local == h.obj.Local && (h.kind != unwritten || h.held == nil):
			if h.owner == ofHere {
				original = true
				t.drops = append(t.drops, d)
			}
		case h.held[place.Local] && h.kind == unwritten:
			original = true
			t.drops = append(t.drops, d)
		case h.held[place.Local]:
			if mayOwn(v.PlaceType(place)) {
				second = true
				t.drops = append(t.drops, d)
			}
		case isGuard(v, h, place):
			return stop
		}
	}
	original = original || h.owner == ofCaller
	for _, p := range h.puts {
		if p.block != block && comesTo(v, p.block, block) {
			second = second || t.dropsPut(v, p)
		}
	}
	switch {
	case !original:
		return nil
	case h.kind == duplicate && !second && !t.moved:
		return nil
	case h.kind == counted && !writtenLater(v, h, block):
		return nil
	case (h.own || h.kept) && !v.UserCode(block):
		return nil
	}
	t.weigh(v)
	return t
}

// dropsPut reports whether what a value was put into is dropped, too.
func (t *trouble) dropsPut(v *flow.View, p put) bool {
	if len(p.into.Types) > 0 && p.into.Types[0] != nil && p.into.Types[0].Kind == mir.TypeRef {
		return true
	}
	for _, d := range t.unwound.Drops {
		if v.MIR.Blocks[d].Term.Place.Local == p.into.Local {
			t.drops = append(t.drops, d)
			return true
		}
	}
	return false
}

// comesTo reports whether a path leads from one call to another.
func comesTo(v *flow.View, from, to int32) bool {
	found := false
	v.WalkReturn(from, func(at flow.Point, unwound bool) bool {
		found = found || !unwound && at.Block == to
		return !unwound && !found
	})
	return found
}

// weigh lowers the grade for what is not known.
func (t *trouble) weigh(v *flow.View) {
	if !v.UserCode(t.call.Block) {
		t.lower("the call panics only when something is wrong inside it")
	}
	if t.call.Is("IntoIterator::into_iter") {
		t.lower("an iterator is its own `into_iter`, which does not panic")
	}
	if t.own {
		t.lower("which part of the memory is dropped is for the type's own Drop to say")
	}
	if t.kind == unwritten && t.kept {
		t.lower("a guard holds the value; whether its Drop leaves out what is not written is not known")
	}
}

// mendedBefore reports whether the owner was told before the hazard: the
// length was set to less, or a count of it changed.
func mendedBefore(v *flow.View, h *hazard) bool {
	if h.kind == unwritten || h.kind == counted {
		return false
	}
	if h.owner == ofHere && movedBefore(v, h) {
		return true
	}
	for _, c := range v.Calls() {
		if c.Block != h.block && v.Dominates(c.Block, h.block) && lessens(v, h, c) {
			return true
		}
	}
	if !h.own {
		return false
	}
	for i := range v.MIR.Blocks {
		if !v.Dominates(int32(i), h.block) {
			continue
		}
		for j := range v.MIR.Blocks[i].Stmts {
			if recounts(v, h, &v.MIR.Blocks[i].Stmts[j]) {
				return true
			}
		}
	}
	return false
}

// movedBefore reports whether the owner was moved away, mostly to be
// forgotten, before the hazard.
func movedBefore(v *flow.View, h *hazard) bool {
	gone := map[int32]bool{h.obj.Local: true}
	for i := range v.MIR.Blocks {
		b := &v.MIR.Blocks[i]
		if !v.Dominates(int32(i), h.block) {
			continue
		}
		for j := range b.Stmts {
			if rv := b.Stmts[j].Rvalue; rv != nil && movesIn(rv.Args, gone) {
				return true
			}
		}
		if int32(i) != h.block && b.Term.Kind == mir.Call && movesIn(b.Term.Args, gone) {
			return true
		}
	}
	return false
}

// lessens reports a call that takes elements out of the owner's sight.
func lessens(v *flow.View, h *hazard, c *flow.CallSite) bool {
	if len(c.Args) == 0 || !v.Object(&c.Args[0]).Same(h.obj) {
		return false
	}
	if strings.HasPrefix(c.Last(), "set_len") && len(c.Args) == 2 {
		return !grows(v, c, h.obj)
	}
	switch c.Last() {
	case "clear", "truncate", "take":
		return true
	}
	return false
}

// recounts reports a statement that changes a number, flag or pointer of the owner.
func recounts(v *flow.View, h *hazard, s *mir.Stmt) bool {
	if s.Kind != mir.Assign || len(s.Place.Proj) == 0 || !v.ObjectOf(&s.Place).Same(h.obj) {
		return false
	}
	t := v.PlaceType(&s.Place)
	return t != nil && !mayOwn(t)
}

// mends reports whether a statement or call brings the memory into order, or
// takes it from its owner.
func mends(v *flow.View, h *hazard, at flow.Point) bool {
	blk := &v.MIR.Blocks[at.Block]
	if at.Stmt != flow.Term {
		s := &blk.Stmts[at.Stmt]
		if h.own && recounts(v, h, s) && h.stmt == flow.Term {
			return true
		}
		if s.Kind != mir.Assign || h.kind == counted {
			return false
		}
		// A count behind a reference, of a guard further up: `*taken += 1`.
		if h.kind == duplicate && isCount(v.PlaceType(&s.Place)) && behindReference(&s.Place) {
			return true
		}
		if h.kind == unwritten && h.held != nil {
			return len(s.Place.Proj) == 0 && h.held[s.Place.Local] && !movesIn(s.Rvalue.Args, h.held)
		}
		// A whole value is assigned into the memory.
		return lastIsDeref(&s.Place) && mayOwn(v.PlaceType(&s.Place)) && v.ObjectOf(&s.Place).Same(h.obj)
	}
	c := v.Call(at.Block)
	if c == nil {
		return blk.Term.Kind == mir.Return
	}
	for i := range c.Args {
		a := &c.Args[i]
		if a.Kind != mir.Move || len(a.Place.Proj) > 0 {
			continue
		}
		if putIn(h, a.Place.Local) && c.Is("mem::forget", "ManuallyDrop::new") {
			return true
		}
		if h.held[a.Place.Local] && c.Is("mem::forget", "ManuallyDrop::new", "MaybeUninit::new") && h.kind != unwritten {
			return true
		}
		if a.Place.Local == h.obj.Local && h.owner == ofHere && h.kind != unwritten {
			return true
		}
	}
	if len(c.Args) == 0 {
		return false
	}
	into := &c.Args[0]
	if c.Is(copiesOut...) && len(c.Args) > 1 {
		into = &c.Args[1]
	}
	switch {
	case c.Is(writes...), c.Is(copiesOut...), c.Is(copiesIn...):
		o := v.Object(into)
		return o.Same(h.obj) || h.kind == unwritten && h.held[o.Local]
	case c.Last() == "set_len", c.Last() == "clear", c.Last() == "truncate":
		o := v.Object(into)
		return o.Same(h.obj) || putIn(h, o.Local)
	case c.Target != nil && writesInto(v, c, h.obj) != nil:
		return true
	}
	if !h.own || c.Target == nil {
		return false
	}
	for i := range c.Args {
		if v.Object(&c.Args[i]).Same(h.obj) && assignsArg(v, c, i) {
			return true
		}
	}
	return false
}

// putIn reports whether the second owner is stored in a local.
func putIn(h *hazard, local int32) bool {
	for _, p := range h.puts {
		if p.into.Local == local {
			return true
		}
	}
	return false
}

func behindReference(p *mir.Place) bool {
	for i := range p.Proj {
		if p.Proj[i].Kind == mir.Deref {
			return true
		}
	}
	return false
}

func lastIsDeref(p *mir.Place) bool {
	return len(p.Proj) > 0 && (p.Proj[len(p.Proj)-1].Kind == mir.Deref || p.Proj[len(p.Proj)-1].Kind == mir.Index)
}

// assigns reports whether a callee changes a field of what its first argument points at.
func assigns(v *flow.View, c *flow.CallSite) bool { return assignsArg(v, c, 0) }

func assignsArg(v *flow.View, c *flow.CallSite, arg int) bool {
	for _, a := range v.AssignedBy(c.Target) {
		if int(a.Param) == arg {
			return true
		}
	}
	return false
}

// isGuard reports whether a local that is dropped on the way of the panic has
// a Drop of its own and was made of a pointer into the memory.
func isGuard(v *flow.View, h *hazard, p *mir.Place) bool {
	if len(p.Proj) > 0 || v.IsParam(p.Local) {
		return false
	}
	t := v.PlaceType(p)
	if t == nil || t.Kind != mir.TypePath || t.Path == nil || len(t.Path.Segs) < 1 || len(t.Path.Segs) == 1 && v.DropImpl(t) == nil {
		return false
	}
	switch t.Path.Segs[0].Name {
	case "std", "core", "alloc":
		if last := ir.LastSeg(t.Path); last != "Drain" {
			return false
		}
	}
	return v.ObjectOf(p).Same(h.obj) || madeOf(v, h, p.Local, 0)
}

// madeOf reports whether a local is built with a pointer into the memory.
func madeOf(v *flow.View, h *hazard, local int32, depth int) bool {
	if depth > 4 {
		return false
	}
	for _, d := range v.Defs(local) {
		var args []mir.Operand
		if d.Stmt == -1 {
			args = v.MIR.Blocks[d.Block].Term.Args
		} else if rv := v.MIR.Blocks[d.Block].Stmts[d.Stmt].Rvalue; rv != nil {
			args = rv.Args
		}
		for i := range args {
			if args[i].Kind == mir.Constant || args[i].Kind == mir.RuntimeChecks {
				continue
			}
			if v.Object(&args[i]).Same(h.obj) || len(args[i].Place.Proj) == 0 && madeOf(v, h, args[i].Place.Local, depth+1) {
				return true
			}
		}
	}
	return false
}

// writtenLater reports whether elements are written behind a call, in a loop
// that does not raise the length itself.
func writtenLater(v *flow.View, h *hazard, call int32) bool {
	found := false
	v.WalkReturn(call, func(at flow.Point, unwound bool) bool {
		if unwound || found {
			return false
		}
		if at.Stmt != flow.Term {
			s := &v.MIR.Blocks[at.Block].Stmts[at.Stmt]
			if s.Kind == mir.Assign && lastIsDeref(&s.Place) && mayOwn(v.PlaceType(&s.Place)) && v.ObjectOf(&s.Place).Same(h.obj) {
				found = true
			}
			return !found
		}
		c := v.Call(at.Block)
		if c == nil || len(c.Args) == 0 {
			return true
		}
		into := &c.Args[0]
		if c.Is(copiesOut...) && len(c.Args) > 1 {
			into = &c.Args[1]
		}
		if (c.Is(writes...) || c.Is(copiesOut...) || c.Is(copiesIn...)) && v.Object(into).Same(h.obj) || writesInto(v, c, h.obj) != nil {
			found = (v.Loop(h.block) == 0 || v.Loop(h.block) != v.Loop(at.Block)) && !(h.own && recountedAfter(v, h, at.Block))
		}
		return !found
	})
	return found
}

// recountedAnywhere reports whether the function itself changes a number or
// pointer of the owner.
func recountedAnywhere(v *flow.View, h *hazard) bool {
	for i := range v.MIR.Blocks {
		for j := range v.MIR.Blocks[i].Stmts {
			if v.Reached(int32(i)) && recounts(v, h, &v.MIR.Blocks[i].Stmts[j]) {
				return true
			}
		}
	}
	return false
}

// recountedInLoop reports whether the count is raised one by one.
func recountedInLoop(v *flow.View, h *hazard) bool {
	for i := range v.MIR.Blocks {
		if !v.Reached(int32(i)) || v.Loop(int32(i)) == 0 {
			continue
		}
		for j := range v.MIR.Blocks[i].Stmts {
			if recounts(v, h, &v.MIR.Blocks[i].Stmts[j]) {
				return true
			}
		}
	}
	return false
}

// recountedAfter reports whether a method that changes the owner's count is
// called behind a write: it is then that change which counts what is written.
func recountedAfter(v *flow.View, h *hazard, write int32) bool {
	found := false
	v.WalkReturn(write, func(at flow.Point, unwound bool) bool {
		if unwound || found {
			return false
		}
		if c := v.Call(at.Block); at.Stmt == flow.Term && c != nil && len(c.Args) > 0 && (c.Last() == "set_len" || c.Target != nil && assigns(v, c)) {
			found = at.Block != h.block && v.Object(&c.Args[0]).Same(h.obj)
		}
		return !found
	})
	return found
}
