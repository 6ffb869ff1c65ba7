package quadratic

import (
	"slices"
	"strings"

	"softshell/flow"
	"softshell/ir"
	"softshell/mir"
)

// lastWord is the last segment of a path without arguments.
func lastWord(path string) string {
	path, _, _ = strings.Cut(path, "<")
	return path[strings.LastIndex(path, ":")+1:]
}

func any_(*flow.CallSite) bool { return true }

// collection is the place of a collection that lives longer than the turns of
// a loop around the call; loop is nil where the turns are calls of `next`.
type collection struct {
	root flow.Root
	loop *flow.NaturalLoop
}

// collectionOf resolves the receiver of a call. ok is false when each turn has
// a collection of its own, when its place is not known, or when the number of
// turns is a constant.
func (s *site) collectionOf(op *mir.Operand) (c collection, ok bool) {
	c.root = s.v.Root(op)
	if c.root.Local() < 0 {
		return c, false
	}
	loops := s.v.LoopsAround(s.call.Block)
	if len(loops) == 0 {
		return c, s.v.IsParam(c.root.Local()) && s.v.Through(c.root.Ref)
	}
	for _, c.loop = range loops {
		if s.remade(c.root, c.loop) || s.emptied(c) {
			return c, false
		}
		if !s.fewTurns(c.loop) {
			return c, true
		}
	}
	return c, false
}

// emptied reports whether a turn of the loop empties the collection.
func (s *site) emptied(c collection) bool {
	return slices.ContainsFunc(s.all, func(call *flow.CallSite) bool {
		return c.loop.Has(call.Block) && has(emptiers, call.Last()) && len(call.Args) > 0 && s.same(&call.Args[0], c.root)
	})
}

var emptiers = []string{"clear", "truncate", "take", "replace"}

// remade reports whether a turn of the loop makes the value of a root anew.
func (s *site) remade(r flow.Root, l *flow.NaturalLoop) bool {
	if r.Made >= 0 && l.Has(r.Made) {
		return true
	}
	return slices.ContainsFunc(s.v.Defs(r.Local()), func(d flow.Point) bool { return l.Has(d.Block) })
}

// grows is a call on the same collection in the same loop that adds an
// element, nil for none.
func (s *site) grows(c collection) *flow.CallSite {
	for _, call := range s.all {
		if (c.loop == nil || c.loop.Has(call.Block)) && has(adders, call.Last()) && len(call.Args) > 0 && s.same(&call.Args[0], c.root) {
			return call
		}
	}
	return nil
}

var adders = []string{"push", "push_back", "push_front", "push_str", "insert", "extend", "append", "extend_from_slice", "entry"}

// same reports whether an operand is or points at the place of a root.
func (s *site) same(op *mir.Operand, r flow.Root) bool {
	if op.Kind == mir.Constant {
		return false
	}
	o := s.v.Root(op)
	return o.Local() >= 0 && o.Ref == r.Ref
}

// keptShort reports whether a branch in the loop compares the length of the
// collection with something: a window that does not grow.
func (s *site) keptShort(c collection) bool {
	for _, call := range s.all {
		if call.Last() != "len" || len(call.Args) != 1 || c.loop != nil && !c.loop.Has(call.Block) || !s.same(&call.Args[0], c.root) {
			continue
		}
		for b := range s.v.MIR.Blocks {
			t := &s.v.MIR.Blocks[b].Term
			if t.Kind != mir.SwitchInt || c.loop != nil && !c.loop.Has(int32(b)) {
				continue
			}
			for _, e := range s.v.CFG.Succs[b] {
				cmp, ok := s.v.Compares(flow.Guard{Block: int32(b), Case: e.Case})
				if ok && (s.fedBy(cmp.X, call) && !isZero(cmp.Y) || s.fedBy(cmp.Y, call) && !isZero(cmp.X)) && !s.indexes(cmp) {
					return true
				}
			}
		}
	}
	return false
}

// indexes reports whether a comparison is that of a counter with a length, as
// in `while i < v.len()`: that bounds the turns, not the length.
func (s *site) indexes(cmp flow.Comparison) bool {
	return s.varies(cmp.X) || s.varies(cmp.Y)
}

// varies reports whether an operand is a variable that is assigned more than once, or counts up.
func (s *site) varies(op *mir.Operand) bool {
	if op.Kind == mir.Constant {
		return false
	}
	f := s.v.Feed(op, nil)
	for l := range f.Locals {
		if len(s.v.Defs(l)) > 1 {
			return true
		}
	}
	return f.Call("Iterator::next") != nil
}

func (s *site) fedBy(op *mir.Operand, c *flow.CallSite) bool {
	return op.Kind != mir.Constant && s.v.Feed(op, nil).Calls[c.Block]
}

func isZero(op *mir.Operand) bool {
	return op.Kind == mir.Constant && op.Const != nil && op.Const.Kind == mir.ConstInt && op.Const.Int == 0
}

// drivers are the calls that give the turns of a loop their elements.
func (s *site) drivers(l *flow.NaturalLoop) []*flow.CallSite {
	var out []*flow.CallSite
	for _, call := range s.all {
		if l.Has(call.Block) && call.Is("Iterator::next") && len(call.Args) == 1 && s.v.LoopsAround(call.Block)[0] == l {
			out = append(out, call)
		}
	}
	return out
}

// fewTurns reports whether the number of turns is a constant of the program.
func (s *site) fewTurns(l *flow.NaturalLoop) bool {
	for _, d := range s.drivers(l) {
		f := s.v.Feed(&d.Args[0], any_)
		bounded := f.Call("Iterator::take") != nil
		open := len(f.Params()) > 0
		for local := range f.Locals {
			switch t := s.v.MIR.Locals[local].Type; {
			case t == nil:
			case t.Kind == mir.TypeArray, t.Kind == mir.TypeRef && len(t.Args) == 1 && t.Args[0].Kind == mir.TypeArray,
				t.Kind == mir.TypePath && strings.Contains(t.Path.Plain, "array::IntoIter"):
				bounded = true
			}
		}
		if !open && (f.Call("Vec::len", "slice::len", "str::len", "String::len", "slice::iter", "IntoIterator::into_iter") == nil || onlyRange(s.v, f)) && len(f.Consts) > 0 && !s.callsOut(f) {
			bounded = true
		}
		if bounded {
			return true
		}
	}
	for b := range s.v.MIR.Blocks {
		if !l.Has(int32(b)) || s.v.MIR.Blocks[b].Term.Kind != mir.SwitchInt {
			continue
		}
		for _, e := range s.v.CFG.Succs[b] {
			// The counter has not reached a constant.
			if cmp, ok := s.v.Compares(flow.Guard{Block: int32(b), Case: e.Case}); ok && !l.Has(e.To) && cmp.Op == "Ge" && cmp.Y.Kind == mir.Constant && !isZero(cmp.Y) && s.varies(cmp.X) {
				return true
			}
		}
	}
	return false
}

// onlyRange reports whether the elements are those of a range of numbers.
func onlyRange(v *flow.View, f *flow.Feed) bool {
	for l := range f.Locals {
		if t := v.MIR.Locals[l].Type; t != nil && t.Kind == mir.TypePath && strings.HasPrefix(ir.LastSeg(t.Path), "Range") {
			return true
		}
	}
	return false
}

// callsOut reports whether a call other than those of ranges and iterators feeds a value.
func (s *site) callsOut(f *flow.Feed) bool {
	for b := range f.Calls {
		if c := s.v.Call(b); c != nil && !c.Is("IntoIterator::into_iter", "Iterator::next", "Iterator::rev", "Iterator::step_by", "RangeInclusive::new") {
			return true
		}
	}
	return false
}

// over reports whether the loop's turns are the elements, or the indices, of a collection.
func (s *site) over(l *flow.NaturalLoop, r flow.Root) bool {
	for _, d := range s.drivers(l) {
		if s.v.Feed(&d.Args[0], any_).Locals[r.Local()] {
			return true
		}
	}
	return false
}
