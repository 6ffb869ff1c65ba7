package flow

import (
	"slices"

	"softshell/ir"
)

// Walk is what can follow a point: the blocks that are reached from it, apart
// by whether a panic is unwinding, each with a way to it.
type Walk struct {
	v     *View
	start Point
	from  []int32 // per node: the node before it; -1 is not reached, itself for the start
	edge  []ir.Edge
}

// walkNode numbers a block in one of two phases.
func walkNode(block int32, unwound bool) int32 {
	if unwound {
		return block*2 + 1
	}
	return block * 2
}

// Walk visits, breadth first, each point that can follow `after`. visit is
// told whether a panic is unwinding then; where it returns false the walk does not go
// on. A terminator is visited before any of its edges is taken.
func (v *View) Walk(after Point, visit func(at Point, unwound bool) bool) *Walk {
	w := v.newWalk(after)
	if after.Stmt == Term {
		w.run(w.leave(nil, walkNode(after.Block, false)), visit)
		return w
	}
	if v.visitBlock(after.Block, after.Stmt+1, false, visit) {
		w.run(w.leave(nil, walkNode(after.Block, false)), visit)
	}
	return w
}

// WalkEntry is Walk from the start of the function.
func (v *View) WalkEntry(visit func(at Point, unwound bool) bool) *Walk {
	entry := v.CFG.RPO[0]
	w := v.newWalk(Point{entry, 0})
	w.from[walkNode(entry, false)] = walkNode(entry, false)
	w.run([]int32{walkNode(entry, false)}, visit)
	return w
}

// WalkReturn is Walk from a call that has returned: the edge on which the call
// itself unwinds is not taken.
func (v *View) WalkReturn(call int32, visit func(at Point, unwound bool) bool) *Walk {
	w := v.newWalk(Point{call, Term})
	var queue []int32
	for _, e := range v.CFG.Succs[call] {
		if !e.Unwind {
			queue = w.take(queue, walkNode(call, false), e)
		}
	}
	w.run(queue, visit)
	return w
}

// WalkUnwind is Walk from a terminator that panics: only the unwinding edge is taken.
func (v *View) WalkUnwind(block int32, visit func(at Point, unwound bool) bool) *Walk {
	w := v.newWalk(Point{block, Term})
	var queue []int32
	for _, e := range v.CFG.Succs[block] {
		if e.Unwind {
			queue = w.take(queue, walkNode(block, false), e)
		}
	}
	w.run(queue, visit)
	return w
}

func (v *View) newWalk(start Point) *Walk {
	n := 2 * len(v.MIR.Blocks)
	w := &Walk{v: v, start: start, from: make([]int32, n), edge: make([]ir.Edge, n)}
	for i := range w.from {
		w.from[i] = -1
	}
	return w
}

func (w *Walk) take(queue []int32, from int32, e ir.Edge) []int32 {
	to := walkNode(e.To, e.Unwind || from&1 == 1)
	if w.from[to] >= 0 {
		return queue
	}
	w.from[to], w.edge[to] = from, e
	return append(queue, to)
}

func (w *Walk) leave(queue []int32, from int32) []int32 {
	for _, e := range w.v.CFG.Succs[from/2] {
		queue = w.take(queue, from, e)
	}
	return queue
}

func (w *Walk) run(queue []int32, visit func(at Point, unwound bool) bool) {
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		if w.v.visitBlock(at/2, 0, at&1 == 1, visit) {
			queue = w.leave(queue, at)
		}
	}
}

func (v *View) visitBlock(block, stmt int32, unwound bool, visit func(at Point, unwound bool) bool) bool {
	for i := stmt; int(i) < len(v.MIR.Blocks[block].Stmts); i++ {
		if !visit(Point{block, i}, unwound) {
			return false
		}
	}
	return visit(Point{block, Term}, unwound)
}

// To is the way on which the walk came to a block, its start first, nil when it did not.
func (w *Walk) To(block int32, unwound bool) []Step {
	at := walkNode(block, unwound)
	if w.from[at] < 0 {
		return nil
	}
	out := []Step{{Block: block, Case: ir.NoCase}}
	for range len(w.from) {
		e, from := w.edge[at], w.from[at]
		out = append(out, Step{Block: from / 2, Case: e.Case, Unwind: e.Unwind})
		// The start is a node only by chance: stop where it was left for the first time.
		if at = from; at == walkNode(w.start.Block, false) {
			break
		}
	}
	slices.Reverse(out)
	return out
}

// Ending is the way to a point as rule.Trace tells it.
func (w *Walk) Ending(at Point, unwound bool) *Ending {
	end := &Ending{Event: Event{Block: at.Block, Stmt: at.Stmt}, Unwound: -1, Path: w.To(at.Block, unwound)}
	for _, s := range end.Path {
		if s.Unwind {
			end.Unwound = s.Block
			break
		}
	}
	return end
}

// Feasible reports whether the branch conditions on a way can all hold
// together, as far as conditions are known.
func (v *View) Feasible(path []Step) bool {
	conditions := 0
	for _, st := range path {
		if tests(v.b, st.Block, st.Case) {
			conditions++
		}
	}
	if conditions < 2 {
		return true
	}
	s := newSolver(8 * conditions)
	atoms := atomTable{s: s, vars: map[string]lit{}}
	for _, st := range path {
		if l, ok := atoms.edge(v.b, st.Block, st.Case); ok {
			s.clause(l)
		}
	}
	return s.solve()
}
