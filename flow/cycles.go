package flow

import (
	"cmp"
	"slices"

	"softshell/effects"
	"softshell/ir"
	"softshell/mir"
)

// bodyCall applies the summary of a callee.
func (r *sharedRun) bodyCall(s *sharedState, bi int32, t *mir.Terminator, f *ir.Func) []token {
	callee := r.e.shared(f)
	if callee == nil {
		return nil
	}
	m := mapping{r: r, s: s, callee: callee, bi: bi, t: t, memo: map[object][]object{}}
	at := LinkAt{r.b.fn, bi, -1, f}
	for _, e := range sortedEdges(callee.exit.edges) {
		if callee.exit.edges[e].Block < 0 {
			continue // read, not written
		}
		for _, from := range m.objects(e.from) {
			for _, to := range m.objects(e.to) {
				s.edges[strongEdge{from, to, e.slot}] = at
			}
		}
	}
	var ret []token
	for _, tk := range callee.exit.vals[0] {
		for _, o := range m.objects(tk.obj) {
			c := tk
			c.obj = o
			ret = addTokens(ret, []token{c})
		}
	}
	return ret
}

func sortedEdges(m map[strongEdge]LinkAt) []strongEdge {
	out := make([]strongEdge, 0, len(m))
	for e := range m {
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b strongEdge) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to), cmp.Compare(a.slot, b.slot))
	})
	return out
}

// mapping turns a callee's objects into the caller's.
type mapping struct {
	r      *sharedRun
	s      *sharedState
	callee *sharedRun
	bi     int32
	t      *mir.Terminator
	memo   map[object][]object
}

func (m *mapping) objects(o object) []object {
	if out, ok := m.memo[o]; ok {
		return out
	}
	m.memo[o] = nil
	info := m.callee.objects[o]
	var out []object
	switch {
	case info.param >= 0:
		if int(info.param) < len(m.t.Args) {
			for _, t := range m.r.operand(m.s, &m.t.Args[info.param]) {
				if t.kind != weakHandle && !slices.Contains(out, t.obj) {
					out = append(out, t.obj)
				}
			}
		}
	case info.site >= 0:
		out = []object{m.r.newObject(m.s, objectInfo{site: m.bi, param: -1, fromRet: int32(o), older: info.older})}
	default:
		for _, parent := range m.objects(info.parent) {
			for _, t := range m.r.load(m.s, token{kind: inside, obj: parent, slot: info.field}) {
				if !slices.Contains(out, t.obj) {
					out = append(out, t.obj)
				}
			}
		}
	}
	m.memo[o] = out
	return out
}

// CycleLink is one strong edge of a cycle: a field that holds the handle.
type CycleLink struct {
	Field FieldOf
	Known bool   // the field is known
	At    LinkAt // the store; Block is -1 when the handle was there before
}

// SharedCycle is a cycle of strong handles that a function leaves behind.
type SharedCycle struct {
	Fn      *ir.Func
	Links   []CycleLink
	Closing int // index of the link that closes it
}

// SharedCycles lists the cycles that exist when f returns and that a store in f closes.
func (e *Engine) SharedCycles(f *ir.Func) []SharedCycle {
	r := e.shared(f)
	if r == nil {
		return nil
	}
	edges := sortedEdges(r.exit.edges)
	succs := map[object][]strongEdge{}
	for _, ed := range edges {
		if !r.objects[ed.from].older && !r.objects[ed.to].older {
			succs[ed.from] = append(succs[ed.from], ed)
		}
	}
	var out []SharedCycle
	seen := map[Point]bool{}
	for o := range r.objects {
		if cyc := shortestCycle(object(o), succs); cyc != nil {
			if c, ok := r.cycle(cyc); ok && !c.insideCallee() {
				if at := c.Links[c.Closing].At; !seen[Point{at.Block, at.Stmt}] { // one for each store
					seen[Point{at.Block, at.Stmt}] = true
					out = append(out, c)
				}
			}
		}
	}
	return out
}

// insideCallee reports whether one call made every link of the cycle: then it
// is the callee's finding, not the caller's.
func (c *SharedCycle) insideCallee() bool {
	call := c.Links[c.Closing].At
	for _, l := range c.Links {
		if l.At.Block >= 0 && l.At != call {
			return false
		}
	}
	return call.Called != nil
}

// shortestCycle finds by breadth first a shortest way from o back to o.
func shortestCycle(o object, succs map[object][]strongEdge) []strongEdge {
	from := map[object]strongEdge{}
	queue := []object{o}
	for len(queue) > 0 {
		n := queue[0]
		queue = queue[1:]
		for _, e := range succs[n] {
			if e.to == o {
				path := []strongEdge{e}
				for at := n; at != o; at = from[at].from {
					path = append(path, from[at])
				}
				slices.Reverse(path)
				return path
			}
			if _, ok := from[e.to]; !ok {
				from[e.to] = e
				queue = append(queue, e.to)
			}
		}
	}
	return nil
}

// cycle describes a cycle; it is this function's only if a store in it is the last.
func (r *sharedRun) cycle(edges []strongEdge) (SharedCycle, bool) {
	c := SharedCycle{Fn: r.fn, Closing: -1}
	cfg := r.fn.Code().CFG
	best := int32(-1)
	for i, e := range edges {
		at := r.exit.edges[e]
		l := CycleLink{At: at}
		if e.slot > 0 {
			l.Field, l.Known = r.e.slots[e.slot], true
		}
		c.Links = append(c.Links, l)
		if at.Block < 0 {
			continue
		}
		// Rc::new(Node { next: other }) links at birth, before any store can close a cycle.
		if when := cfg.Num[at.Block]<<10 + at.Stmt&0x3ff; when >= best {
			best, c.Closing = when, i
		}
	}
	return c, c.Closing >= 0
}

// Clears lists the fields of types of the program that f empties: with take,
// clear and the like, or by storing a value without a strong handle.
func (e *Engine) Clears(f *ir.Func) []FieldOf {
	if r := e.shared(f); r != nil {
		return r.cleared
	}
	return nil
}

func (r *sharedRun) clears() []FieldOf {
	var out []FieldOf
	add := func(slot int32) {
		if slot > 0 {
			out = append(out, r.e.slots[slot])
		}
	}
	for bi := range r.b.mir.Blocks {
		if r.in[bi] != nil {
			r.clearsIn(int32(bi), add)
		}
	}
	return out
}

// clearsIn goes through a block once more, and uses up the state at its start.
func (r *sharedRun) clearsIn(bi int32, add func(slot int32)) {
	s := r.in[bi]
	blk := &r.b.mir.Blocks[bi]
	for si := range blk.Stmts {
		st := &blk.Stmts[si]
		if st.Kind != mir.Assign {
			continue
		}
		ts := r.value(s, st.Rvalue)
		if refs := r.target(s, &st.Place); len(refs) > 0 && !hasStrong(ts) {
			for _, t := range refs {
				add(t.slot)
			}
		}
		r.assign(s, bi, int32(si), st)
	}
	ci := &r.b.calls[bi]
	if blk.Term.Kind != mir.Call || ci.model == nil || len(blk.Term.Args) == 0 {
		return
	}
	stored := false
	for i := range blk.Term.Args {
		stored = stored || i > 0 && hasStrong(r.operand(s, &blk.Term.Args[i]))
	}
	replaces := len(ci.model.Args) > 1 && ci.model.Args[1].Op == effects.Store
	if ci.model.Clears || replaces && !stored {
		for _, t := range r.operand(s, &blk.Term.Args[0]) {
			if t.kind == inside {
				add(t.slot)
			}
		}
	}
}

func hasStrong(ts []token) bool {
	for _, t := range ts {
		if t.kind == strongHandle {
			return true
		}
	}
	return false
}
