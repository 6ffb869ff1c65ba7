package flow

import (
	"slices"

	"softshell/effects"
	"softshell/ir"
	"softshell/mir"
)

// BlankDropKind says how blank memory comes to be dropped.
type BlankDropKind uint8

// The ways.
const (
	DropAssign BlankDropKind = iota // an assignment drops the old value, which is none
	DropCall                        // a callee assigns to it, or drops it
	DropUnwind                      // a panic drops what was not written yet
	DropEarly                       // the function leaves before all was written
	DropLeft                        // it is left behind a parameter, whose owner will drop it
)

// BlankDrop is a place at which blank memory is dropped.
type BlankDrop struct {
	Kind   BlankDropKind
	At     Point
	Panics effects.Tri // DropUnwind and DropLeft on a panic: how sure it is that there can be one
	Type   *mir.Type   // of what is dropped
	Way    *Ending
}

// BlankDrops lists the drops that a way leads to on which not all of the
// memory was written. Writes in a loop are taken to be complete where the loop
// ends by itself, and not where it is left early.
func (v *View) BlankDrops(b *Blank) []BlankDrop {
	s := &blankDrops{v: v, b: b, done: v.completed(b)}
	w := v.WalkReturn(b.Block, s.visit)
	for i := range s.out {
		s.out[i].Way = w.Ending(s.out[i].At, false)
	}
	for _, u := range s.panics {
		if d, ok := s.unwound(w, u); ok {
			s.out = append(s.out, d)
			break
		}
	}
	if b.How == BlankValue {
		s.out = append(s.out, s.left()...)
	}
	return slices.DeleteFunc(s.out, func(d BlankDrop) bool { return !v.Feasible(d.Way.Path) })
}

type blankDrops struct {
	v      *View
	b      *Blank
	done   map[int32]bool // blocks in which a loop that writes has ended by itself
	out    []BlankDrop
	panics []int32 // terminators that may panic while the memory is blank, in the order of the walk
}

func (s *blankDrops) visit(at Point, unwound bool) bool {
	v, m := s.v, s.b.Mem
	if unwound || at == (Point{s.b.Block, Term}) || s.done[at.Block] {
		return false
	}
	use, place := m.Use(at)
	if at.Stmt == Term && s.mayPanic(at.Block, use) {
		s.panics = append(s.panics, at.Block)
	}
	switch use {
	case UseNone, UseRead, UseReader:
		return true
	case UseWrite:
		return s.inFill(at)
	case UseAssign:
		d := BlankDrop{Kind: DropCall, At: at, Type: s.b.Elem}
		if place != nil {
			d.Kind, d.Type = DropAssign, v.PlaceType(place)
		}
		// Memory that does not count as values is reached by unchecked pointers only.
		if s.b.How != BlankAlloc || place == nil && v.Call(s.b.Block).Last() != "with_capacity" || place != nil && v.Unchecked(place) {
			s.out = append(s.out, d)
		}
	case UseDrop:
		switch {
		case place == nil:
			s.out = append(s.out, BlankDrop{Kind: DropCall, At: at, Type: s.b.Elem})
		case !m.element(place) && s.b.How != BlankAlloc:
			s.out = append(s.out, BlankDrop{Kind: DropEarly, At: at, Type: s.b.Elem})
		}
	}
	return false
}

// inFill reports whether a write is one of many in a loop that the blank memory is not made in.
func (s *blankDrops) inFill(at Point) bool {
	l := s.v.Loop(at.Block)
	return l != 0 && l != s.v.Loop(s.b.Block)
}

// mayPanic reports whether a panic at the end of a block is to be looked at:
// one in code that the caller chose or in words, or any in a callee that was
// given the memory to fill.
func (s *blankDrops) mayPanic(block int32, use UseKind) bool {
	switch s.v.Unwinds(block) {
	case effects.Yes:
		return true
	case effects.Maybe:
		c := s.v.Call(block)
		return use == UseWrite && c != nil && c.Model == nil && !writers[c.Last()]
	}
	return false
}

// makesRoom reports whether a drop at the end of a block makes room for an assignment to the same place.
func (v *View) makesRoom(block int32, place *mir.Place) bool {
	next := v.MIR.Blocks[block].Term.Target
	if next < 0 {
		return false
	}
	for i := range v.MIR.Blocks[next].Stmts {
		s := &v.MIR.Blocks[next].Stmts[i]
		if s.Kind == mir.Assign && s.Place.Local == place.Local && slices.Equal(s.Place.Proj, place.Proj) {
			return true
		}
	}
	return false
}

// unwound follows a panic to a drop of what holds the memory.
func (s *blankDrops) unwound(w *Walk, block int32) (BlankDrop, bool) {
	at := Point{-1, Term}
	u := s.v.WalkUnwind(block, func(p Point, _ bool) bool {
		if p.Stmt != Term || at.Block >= 0 {
			return at.Block < 0
		}
		t := &s.v.MIR.Blocks[p.Block].Term
		if t.Kind == mir.Drop && s.b.Mem.touches(&t.Place) && !s.b.Mem.element(&t.Place) {
			at = p
			return false
		}
		return true
	})
	if at.Block < 0 || s.b.How == BlankAlloc {
		return BlankDrop{}, false
	}
	return BlankDrop{Kind: DropUnwind, At: at, Panics: s.v.Unwinds(block), Type: s.b.Elem, Way: onward(w, u, block, at)}, true
}

// onward is the way to a block and on from there, by its panic.
func onward(w, u *Walk, block int32, at Point) *Ending {
	end := u.Ending(at, true)
	to := w.To(block, false)
	if len(to) > 0 {
		end.Path = append(to[:len(to)-1:len(to)-1], end.Path...)
	}
	end.Unwound = block
	return end
}

// completed lists the blocks at which a loop that writes to the memory was
// left by its own condition: an iterator that ended, a comparison.
func (v *View) completed(b *Blank) map[int32]bool {
	done, loops := map[int32]bool{}, map[int32]bool{}
	start := Point{b.Block, Term}
	v.WalkReturn(b.Block, func(at Point, unwound bool) bool {
		if unwound || at == start {
			return false
		}
		if k, _ := b.Mem.Use(at); k == UseWrite || k == UseAssign {
			if l := v.Loop(at.Block); l != v.Loop(b.Block) {
				loops[l] = l != 0
			}
		}
		return true
	})
	for i := range v.MIR.Blocks {
		at := int32(i)
		if !loops[v.Loop(at)] || v.leavesEarly(at) {
			continue
		}
		for _, e := range v.CFG.Succs[at] {
			if !e.Unwind && v.Loop(e.To) != v.Loop(at) {
				done[e.To] = true
			}
		}
	}
	return done
}

// leavesEarly reports whether a block switches on the outcome of something that can fail.
func (v *View) leavesEarly(block int32) bool {
	b := &v.MIR.Blocks[block]
	if b.Term.Kind != mir.SwitchInt || b.Term.Cond.Kind == mir.Constant {
		return false
	}
	for i := len(b.Stmts) - 1; i >= 0; i-- {
		st := &b.Stmts[i]
		if st.Kind == mir.Assign && st.Place.Local == b.Term.Cond.Place.Local && st.Rvalue != nil && st.Rvalue.Kind == mir.Discriminant {
			t := v.PlaceType(&st.Rvalue.Place)
			if t == nil || t.Kind != mir.TypePath {
				return false
			}
			switch ir.LastSeg(t.Path) {
			case "ControlFlow", "Result":
				return true
			}
			return false
		}
	}
	return false
}

// left looks for a value that was never initialised and that mem::replace or
// mem::swap puts behind a parameter: if the function ends before a true value
// comes back there, the owner drops it.
func (s *blankDrops) left() []BlankDrop {
	v, m := s.v, s.b.Mem
	var out []BlankDrop
	for _, c := range v.Calls() {
		if !c.Is("mem::replace", "mem::swap", "ptr::swap", "ptr::replace") || len(c.Args) != 2 {
			continue
		}
		into := -1
		switch {
		case m.Touches(&c.Args[1]):
			into = 0
		case m.Touches(&c.Args[0]) && (c.Last() == "swap"):
			into = 1
		}
		if into < 0 || m.Touches(&c.Args[into]) || !v.Dominates(s.b.Block, c.Block) {
			continue
		}
		if d, ok := s.leftAt(c, &c.Args[into]); ok {
			out = append(out, d)
		}
	}
	return out
}

func (s *blankDrops) leftAt(c *CallSite, to *mir.Operand) (BlankDrop, bool) {
	v := s.v
	r := v.Root(to)
	if r.Local() < 0 || !v.Through(r.Ref) && !(v.IsParam(r.Local()) && r.Whole()) && !v.lentFromParam(r) {
		return BlankDrop{}, false
	}
	holder := v.memoryAt(r.Ref)
	found := BlankDrop{Kind: DropLeft, At: Point{-1, Term}, Type: s.b.Elem, Panics: effects.No}
	var panics []int32
	w := v.WalkReturn(c.Block, func(at Point, unwound bool) bool {
		if unwound || found.At.Block >= 0 {
			return false
		}
		switch k, _ := holder.Use(at); k {
		case UseWrite, UseAssign, UseShrunk, UseDrop:
			return false
		case UseRead:
			// mem::replace and swap put another value there; nothing of it can be read before.
			return false
		}
		if at.Stmt != Term {
			return true
		}
		if v.MIR.Blocks[at.Block].Term.Kind == mir.Return {
			found.At = at
			return false
		}
		if v.Unwinds(at.Block) == effects.Yes {
			panics = append(panics, at.Block)
		}
		return true
	})
	if found.At.Block >= 0 {
		found.Way = w.Ending(found.At, false)
		return found, true
	}
	for _, p := range panics {
		at, written := Point{-1, Term}, false
		u := v.WalkUnwind(p, func(q Point, _ bool) bool {
			if k, _ := holder.Use(q); k == UseWrite || k == UseRead {
				written = true
				return false
			}
			if q.Stmt == Term && v.MIR.Blocks[q.Block].Term.Kind == mir.UnwindResume {
				at = q
			}
			return true
		})
		if at.Block >= 0 && !written {
			found.At, found.Panics, found.Way = at, effects.Yes, onward(w, u, p, at)
			return found, true
		}
		if v.MIR.Blocks[p].Term.Unwind == mir.UnwindContinue {
			found.At, found.Panics = Point{p, Term}, effects.Yes
			found.Way = &Ending{Event: Event{Block: p, Stmt: Term}, Unwound: p, Path: w.To(p, false)}
			return found, true
		}
	}
	return BlankDrop{}, false
}

// lentFromParam reports whether a pointer was made of a parameter by a call on
// the way, as by an index.
func (v *View) lentFromParam(r Root) bool {
	if r.Made < 0 {
		return false
	}
	c := v.Call(r.Made)
	if c == nil || len(c.Args) == 0 || !derives[c.Last()] {
		return false
	}
	from := v.Root(&c.Args[0])
	return from.Local() >= 0 && (v.IsParam(from.Local()) || v.Through(from.Ref))
}

// LengthLost is a collection with elements whose length is set to 0 while
// nobody knows how many there are, and whose capacity is asked afterwards.
type LengthLost struct {
	Made, Reset, Capacity int32 // blocks of calls
	Elem                  *mir.Type
}

// LengthsLost lists the collections of a function that lose their length.
func (v *View) LengthsLost() []LengthLost {
	var out []LengthLost
	for _, c := range v.Calls() {
		if c.Last() != "set_len" || len(c.Args) != 2 || c.Args[0].Kind == mir.Constant {
			continue
		}
		n := &c.Args[1]
		ty := ir.Pointee(v.TypeOf(&c.Args[0]))
		if n.Kind != mir.Constant || n.Const == nil || n.Const.Kind != mir.ConstInt || n.Const.Int != 0 || ty == nil || ty.Kind != mir.TypePath || !slices.Contains(growing, ir.LastSeg(ty.Path)) {
			continue
		}
		r := v.origin(&c.Args[0])
		if r.Made < 0 || v.reserves(r) >= 0 {
			continue
		}
		if l, ok := v.lengthLost(c, v.memoryAt(r.Ref), r.Made); ok {
			l.Elem = contentOf(ty)
			out = append(out, l)
		}
	}
	return out
}

func (v *View) lengthLost(c *CallSite, m *Memory, made int32) (LengthLost, bool) {
	l := LengthLost{Made: made, Reset: c.Block, Capacity: -1}
	for _, o := range v.Calls() {
		if len(o.Args) == 0 || !m.Touches(&o.Args[0]) {
			continue
		}
		switch o.Last() {
		case "len", "is_empty", "iter", "into_iter", "drain", "as_slice", "deref", "deref_mut":
			return l, false
		case "capacity":
			if l.Capacity < 0 && v.Dominates(c.Block, o.Block) {
				l.Capacity = o.Block
			}
		}
	}
	return l, l.Capacity >= 0
}
