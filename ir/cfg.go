package ir

import "softshell/mir"

// Edge is one control-flow edge. Case is the index of the switch case that
// takes it, -1 for `otherwise`, NoCase when the edge is not a switch edge.
type Edge struct {
	To     int32
	Case   int32
	Unwind bool
}

// NoCase marks an edge that does not come from a switch.
const NoCase = -2

// CFG is the control-flow graph of a body: successor and predecessor lists by
// block number, and a reverse postorder that starts at block 0. Blocks that
// cannot be reached from block 0 are not in the order, and no predecessors.
type CFG struct {
	Succs [][]Edge
	Preds [][]int32
	RPO   []int32 // reachable blocks, entry first
	Num   []int32 // block -> position in RPO, -1 when unreachable
}

// NewCFG builds the graph of b. Targets outside the body (a truncated text) are dropped.
func NewCFG(b *mir.Body) *CFG {
	n := len(b.Blocks)
	g := &CFG{Succs: make([][]Edge, n), Preds: make([][]int32, n), Num: make([]int32, n)}
	edges := make([]Edge, 0, 2*n) // where it grows, lists in the old one stay good
	for i := range b.Blocks {
		from := len(edges)
		edges = appendEdges(edges, &b.Blocks[i].Term, int32(n))
		g.Succs[i] = edges[from:len(edges):len(edges)]
	}
	g.order()
	counts, sum := make([]int32, n), int32(0)
	for _, from := range g.RPO {
		for _, e := range g.Succs[from] {
			counts[e.To]++
			sum++
		}
	}
	room := make([]int32, sum)
	for i, c := range counts {
		g.Preds[i], room = room[:0:c], room[c:]
	}
	for _, from := range g.RPO {
		for _, e := range g.Succs[from] {
			g.Preds[e.To] = append(g.Preds[e.To], from)
		}
	}
	return g
}

// appendEdges lists the successors of a terminator in the order in which rustc prints them.
func appendEdges(out []Edge, t *mir.Terminator, n int32) []Edge {
	add := func(to, kase int32, unwind bool) {
		if to >= 0 && to < n {
			out = append(out, Edge{To: to, Case: kase, Unwind: unwind})
		}
	}
	switch t.Kind {
	case mir.SwitchInt:
		for i, c := range t.Cases {
			add(c.To, int32(i), false)
		}
		add(t.Target, -1, false)
		return out
	case mir.Return, mir.UnwindResume, mir.UnwindTerminate, mir.Unreachable, mir.CoroutineDrop, mir.TailCall, mir.TermUnsupported:
		for _, to := range t.Targets {
			add(to, NoCase, false)
		}
		return out
	}
	add(t.Target, NoCase, false)
	for _, to := range t.Targets {
		if to != t.Target {
			add(to, NoCase, false)
		}
	}
	switch t.Kind {
	case mir.FalseEdge, mir.Yield, mir.Drop:
		add(t.Imag, NoCase, false)
	}
	if t.Unwind == mir.UnwindTo {
		add(t.Cleanup, NoCase, true)
	}
	return out
}

// order fills RPO and Num by an iterative depth-first walk.
func (g *CFG) order() {
	n := len(g.Succs)
	for i := range g.Num {
		g.Num[i] = -1
	}
	if n == 0 {
		return
	}
	type frame struct{ block, next int32 }
	seen := make([]bool, n)
	post := make([]int32, 0, n)
	stack := []frame{{0, 0}}
	seen[0] = true
	for len(stack) > 0 {
		f := &stack[len(stack)-1]
		if int(f.next) < len(g.Succs[f.block]) {
			to := g.Succs[f.block][f.next].To
			f.next++
			if !seen[to] {
				seen[to] = true
				stack = append(stack, frame{to, 0})
			}
			continue
		}
		post = append(post, f.block)
		stack = stack[:len(stack)-1]
	}
	g.RPO = make([]int32, len(post))
	for i, b := range post {
		at := len(post) - 1 - i
		g.RPO[at] = b
		g.Num[b] = int32(at)
	}
}

// Dominators returns the immediate dominator of each block (the entry's is
// itself, an unreachable block's is -1), after Cooper, Harvey and Kennedy,
// "A Simple, Fast Dominance Algorithm" (2001).
func (g *CFG) Dominators() []int32 {
	idom := make([]int32, len(g.Succs))
	for i := range idom {
		idom[i] = -1
	}
	if len(g.RPO) == 0 {
		return idom
	}
	idom[g.RPO[0]] = g.RPO[0]
	for changed := true; changed; {
		changed = false
		for _, b := range g.RPO[1:] {
			dom := int32(-1)
			for _, p := range g.Preds[b] {
				if idom[p] < 0 {
					continue
				}
				if dom < 0 {
					dom = p
				} else {
					dom = g.meet(idom, dom, p)
				}
			}
			if dom != idom[b] {
				idom[b], changed = dom, true
			}
		}
	}
	return idom
}

func (g *CFG) meet(idom []int32, a, b int32) int32 {
	for a != b {
		for g.Num[a] > g.Num[b] {
			a = idom[a]
		}
		for g.Num[b] > g.Num[a] {
			b = idom[b]
		}
	}
	return a
}
