package flow

import (
	"fmt"
	"slices"

	"softshell/ir"
	"softshell/mir"
)

// Step is one block of a feasible path, with the way by which it was left.
type Step struct {
	Block  int32
	Case   int32 // switch case taken, ir.NoCase otherwise
	Unwind bool
	Phase  phase
}

// feasible looks for a path from the entry to the event's node whose branch
// conditions can all hold at once. It returns the path, entry first, or nil.
//
// The encoding: a variable for each state of the graph that can reach the
// event, and one for each edge; a state needs an edge into it, an edge needs
// the state that it leaves and the literal of its branch. Edges that go
// backwards in the order of a depth-first walk are left out: a path that
// needs a second turn of a loop goes through states of its own.
func (g *graph) feasible(ev *Event) []Step {
	order, rank := g.backward(ev.node)
	if path := g.onlyPath(ev.node, rank); path != nil {
		return path
	}
	edges := 0
	for _, n := range order {
		edges += len(g.nodes[n].in)
	}
	s := newSolver(len(order) + 2*edges)
	atoms := atomTable{s: s, vars: map[string]lit{}}
	nodeVar := map[int32]lit{}
	for _, n := range order {
		nodeVar[n] = s.fresh()
	}
	type edgeVar struct {
		v lit
		e inEdge
	}
	in := map[int32][]edgeVar{}
	for _, n := range order {
		if n == 0 {
			continue
		}
		need := []lit{-nodeVar[n]}
		for _, e := range g.nodes[n].in {
			from, ok := nodeVar[e.from]
			if !ok || rank[e.from] >= rank[n] {
				continue
			}
			v := s.fresh()
			s.clause(-v, from)
			if l, ok := atoms.edge(g.b, g.nodes[e.from].block, e.kase); ok {
				s.clause(-v, l)
			}
			need = append(need, v)
			in[n] = append(in[n], edgeVar{v, e})
		}
		s.clause(need...)
	}
	s.clause(nodeVar[ev.node])
	if !s.solve() {
		return nil
	}
	var path []Step
	path = append(path, Step{Block: g.nodes[ev.node].block, Case: ir.NoCase, Phase: g.nodes[ev.node].state.phase})
	for at := ev.node; at != 0; {
		moved := false
		for _, e := range in[at] {
			if s.value(e.v) {
				path = append(path, Step{Block: g.nodes[e.e.from].block, Case: e.e.kase, Unwind: e.e.unwind, Phase: g.nodes[e.e.from].state.phase})
				at, moved = e.e.from, true
				break
			}
		}
		if !moved {
			return nil
		}
	}
	slices.Reverse(path)
	return path
}

// onlyPath is the path from the entry to a node when there is no other, and no
// branch condition stands on it; else nil.
func (g *graph) onlyPath(target int32, rank map[int32]int) []Step {
	path := []Step{{Block: g.nodes[target].block, Case: ir.NoCase, Phase: g.nodes[target].state.phase}}
	for at := target; at != 0; {
		var way *inEdge
		for i := range g.nodes[at].in {
			e := &g.nodes[at].in[i]
			if r, ok := rank[e.from]; !ok || r >= rank[at] {
				continue
			}
			if way != nil || tests(g.b, g.nodes[e.from].block, e.kase) {
				return nil
			}
			way = e
		}
		if way == nil {
			return nil
		}
		at = way.from
		path = append(path, Step{Block: g.nodes[at].block, Case: way.kase, Unwind: way.unwind, Phase: g.nodes[at].state.phase})
	}
	slices.Reverse(path)
	return path
}

// backward lists the nodes from which target is reachable, and ranks them in
// reverse postorder from node 0.
func (g *graph) backward(target int32) (order []int32, rank map[int32]int) {
	inSet := map[int32]bool{target: true}
	stack := []int32{target}
	succs := map[int32][]int32{}
	for len(stack) > 0 {
		n := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for _, e := range g.nodes[n].in {
			succs[e.from] = append(succs[e.from], n)
			if !inSet[e.from] {
				inSet[e.from] = true
				stack = append(stack, e.from)
			}
		}
	}
	type frame struct {
		node int32
		next int
	}
	seen := map[int32]bool{0: true}
	var post []int32
	walk := []frame{{0, 0}}
	for len(walk) > 0 {
		f := &walk[len(walk)-1]
		if f.next < len(succs[f.node]) {
			to := succs[f.node][f.next]
			f.next++
			if !seen[to] {
				seen[to] = true
				walk = append(walk, frame{to, 0})
			}
			continue
		}
		post = append(post, f.node)
		walk = walk[:len(walk)-1]
	}
	rank = make(map[int32]int, len(post))
	for i := len(post) - 1; i >= 0; i-- {
		rank[post[i]] = len(order)
		order = append(order, post[i])
	}
	return order, rank
}

// atomTable gives each branch condition its variables.
type atomTable struct {
	s      solver
	vars   map[string]lit
	values map[string][]lit // integer conditions: the literals of their values, mutually exclusive
}

// tests reports whether an edge says something of a condition that another may contradict.
func tests(b *body, block, kase int32) bool {
	c := &b.conds[block]
	return kase != ir.NoCase && b.mir.Blocks[block].Term.Kind == mir.SwitchInt && c.key != "" && c.kind != condConst && c.kind != condFlag
}

// edge is the literal that holds when a switch edge is taken.
func (a *atomTable) edge(b *body, block, kase int32) (lit, bool) {
	if !tests(b, block, kase) {
		return 0, false
	}
	t := &b.mir.Blocks[block].Term
	c := &b.conds[block]
	if isBool(b, t) {
		v := a.variable(c.key)
		if boolCase(t, kase) != c.negate {
			return v, true
		}
		return -v, true
	}
	if kase >= 0 {
		return a.valueOf(c.key, t.Cases[kase].Text), true
	}
	// otherwise: none of the listed values
	other := a.s.fresh()
	for i := range t.Cases {
		a.s.clause(-other, -a.valueOf(c.key, t.Cases[i].Text))
	}
	return other, true
}

func (a *atomTable) variable(key string) lit {
	v, ok := a.vars[key]
	if !ok {
		v = a.s.fresh()
		a.vars[key] = v
	}
	return v
}

// valueOf is the literal of "key equals value"; two values exclude each other.
func (a *atomTable) valueOf(key, value string) lit {
	k := fmt.Sprintf("%s=%s", key, value)
	if v, ok := a.vars[k]; ok {
		return v
	}
	v := a.variable(k)
	if a.values == nil {
		a.values = map[string][]lit{}
	}
	for _, w := range a.values[key] {
		a.s.clause(-v, -w)
	}
	a.values[key] = append(a.values[key], v)
	return v
}

func isBool(b *body, t *mir.Terminator) bool {
	if t.Cond.Kind == mir.Constant {
		return false
	}
	ty := ir.PlaceType(b.mir, &t.Cond.Place)
	return ty != nil && ty.Kind == mir.TypePrim && ty.Name == "bool"
}
