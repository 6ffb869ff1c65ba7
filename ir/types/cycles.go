package types

import (
	"cmp"
	"slices"
	"strings"

	"softshell/items"
)

// Cycle is a way in which values of a crate's types can keep each other alive:
// each step is a field that leads to the owner of the next step's field, the
// last one to the owner of the first. At least one step goes through a counted
// owner (Rc, Arc), and at least one through a cell, without which the circle
// could never be closed.
type Cycle struct {
	Steps []Step
	Weak  int // the step whose field is best made a Weak
}

// Step is one field of a Cycle.
type Step struct {
	Owner *Def
	Field Field
}

// maxText bounds the types that are followed: a type that holds a bigger
// instance of itself has no end.
const maxText = 2000

// StrongCycles finds the cycles that the types of a crate can form, in the
// order of the source. One is given of each tangle of types, and another only
// where the first one's Weak would leave a further one. A tangle in which a
// Weak leads back already is taken for one whose author saw to it.
func (u *Universe) StrongCycles(c *Crate) []Cycle {
	u.mu.Lock()
	defer u.mu.Unlock()
	c.load()
	if c.items == nil {
		return nil
	}
	g := u.ownerGraph(c)
	var out []Cycle
	for {
		more := false
		for _, tangle := range g.tangles() {
			if cy, ok := g.pick(tangle); ok {
				out = append(out, cy.cycle(g))
				g.weaken(cy)
				more = true
			}
		}
		if !more {
			break
		}
	}
	slices.SortStableFunc(out, func(a, b Cycle) int {
		x, y := a.Steps[a.Weak], b.Steps[b.Weak]
		return cmp.Or(comparePlace(x.Field.Span, y.Field.Span), cmp.Compare(x.Owner.Path, y.Owner.Path))
	})
	return out
}

func comparePlace(a, b items.Span) int {
	return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
}

// way is how an edge gets from its field to the next type.
type way uint8

const (
	strongly way = 1 << iota // through a counted owner
	mutably                  // through a cell
	weakly                   // through a Weak: keeps nothing alive
)

// edge leads from a type of the crate to another one by a field.
type edge struct {
	from, to int
	field    Field
	way      way
}

// ownerGraph is who can hold whom among the types of a crate, as the
// definitions declare them and as the fields instantiate them.
type ownerGraph struct {
	u     *Universe
	c     *Crate
	nodes []*Type
	num   map[*Type]int
	edges [][]edge // by from
	impls map[string][]*Type
}

func (u *Universe) ownerGraph(c *Crate) *ownerGraph {
	g := &ownerGraph{u: u, c: c, num: map[*Type]int{}}
	own := slices.Clone(c.items.Types)
	slices.SortStableFunc(own, func(a, b *items.ADT) int { return comparePlace(a.Span, b.Span) })
	for _, it := range own {
		g.node(u.identity(u.def(c, relative(it.Path))))
	}
	for n := 0; n < len(g.nodes); n++ {
		var out []edge
		for _, v := range u.namedFields(g.nodes[n]) {
			for _, f := range v.Fields {
				w := walker{g: g, from: n, field: f, seen: map[walked]bool{}}
				w.walk(f.Type, 0)
				out = append(out, w.out...)
			}
		}
		g.edges = append(g.edges, out)
	}
	return g
}

func (g *ownerGraph) node(t *Type) int {
	n, ok := g.num[t]
	if !ok {
		n = len(g.nodes)
		g.num[t] = n
		g.nodes = append(g.nodes, t)
	}
	return n
}

// walker finds the types of the crate that a field can hold.
type walker struct {
	g     *ownerGraph
	from  int
	field Field
	seen  map[walked]bool
	out   []edge
}

type walked struct {
	t   *Type
	way way
}

func (w *walker) walk(t *Type, by way) {
	if w.seen[walked{t, by}] || len(t.text) > maxText {
		return
	}
	w.seen[walked{t, by}] = true
	switch t.Kind {
	case Tuple, Slice, Array:
		w.all(t.Args, by)
	case Dyn:
		for _, it := range w.g.implementors(t.Trait) {
			w.walk(it, by)
		}
	case ADT:
		w.adt(t, by)
	}
}

func (w *walker) all(ts []*Type, by way) {
	for _, t := range ts {
		w.walk(t, by)
	}
}

func (w *walker) adt(t *Type, by way) {
	d := t.Def
	switch m := d.Model; {
	case m != nil:
		if m.Mutable {
			by |= mutably
		}
		switch m.Pointer {
		case WeakPointer:
			w.all(t.Args, by|weakly)
			return
		case StrongPointer:
			by |= strongly
		}
		if m.Owns == "no" {
			return
		}
		through := m.through()
		for i, a := range t.Args {
			if i < maxParams && through&(1<<i) != 0 {
				w.walk(a, by)
			}
		}
	case d.Crate == w.g.c:
		seen := w.g.u.see(t)
		if seen.Kind != ADT || seen.Def.Crate != w.g.c { // an alias, a re-export
			w.walk(seen, by)
			return
		}
		w.out = append(w.out, edge{w.from, w.g.node(seen), w.field, by})
	case w.g.concerns(t):
		// A container of another crate holds its parameters, in a cell or not.
		w.all(t.Args, by)
		if seen := w.g.u.see(t); seen.Kind != ADT || seen.Def.Model != nil {
			w.walk(seen, by)
			return
		}
		for _, v := range w.g.u.fields(t) {
			for _, f := range v.Fields {
				w.walk(f.Type, by)
			}
		}
	}
}

// concerns reports whether a type of the crate, or a trait that one may
// implement, stands among the arguments of t: else its own crate's fields
// cannot lead back here.
func (g *ownerGraph) concerns(t *Type) bool {
	found := false
	for _, a := range t.Args {
		a.Walk(func(x *Type) bool {
			found = found || x.Kind == ADT && x.Def.Crate == g.c || x.Kind == Dyn && len(g.implementors(x.Trait)) > 0
			return !found
		})
	}
	return found
}

// implementors lists the types for which the crate implements a trait. The
// standard library's traits have none: a `dyn Fn` or a `dyn Any` can be
// anything. An impl for a bare parameter tells nothing either.
func (g *ownerGraph) implementors(trait string) []*Type {
	if g.impls == nil {
		g.impls = map[string][]*Type{}
		for _, im := range g.c.items.Impls {
			if k := traitKey(im.Trait); im.Trait != "" && !im.Negative && !strings.HasPrefix(k, "std::") {
				if t := g.u.itemType(g.c, im.Self, nil); t.Kind == ADT {
					g.impls[k] = append(g.impls[k], t)
				}
			}
		}
	}
	return g.impls[trait]
}

// keeps reports whether the edge keeps its target alive.
func (e *edge) keeps() bool { return e.way&weakly == 0 }

// tangles lists the strongly connected components of the edges that keep
// alive, as far as a cycle through a counted owner and a cell lies in them; in
// the order of their first node, and each in the order of its nodes.
func (g *ownerGraph) tangles() [][]int {
	comp := g.components()
	ways := map[int]way{}
	for _, out := range g.edges {
		for i := range out {
			if e := &out[i]; e.keeps() && comp[e.from] == comp[e.to] {
				ways[comp[e.from]] |= e.way
			}
		}
	}
	var out [][]int
	at := map[int]int{}
	for n := range g.nodes {
		k := comp[n]
		if ways[k]&(strongly|mutably) != strongly|mutably {
			continue
		}
		if _, ok := at[k]; !ok {
			at[k] = len(out)
			out = append(out, nil)
		}
		out[at[k]] = append(out[at[k]], n)
	}
	return out
}

// components numbers the strongly connected components (Tarjan's algorithm).
func (g *ownerGraph) components() []int {
	n := len(g.nodes)
	comp, low, order := make([]int, n), make([]int, n), make([]int, n)
	for i := range comp {
		comp[i] = -1
	}
	var stack []int
	next, count := 0, 0
	var visit func(v int)
	visit = func(v int) {
		next++
		low[v], order[v] = next, next
		stack = append(stack, v)
		for i := range g.edges[v] {
			e := &g.edges[v][i]
			switch {
			case !e.keeps():
			case order[e.to] == 0:
				visit(e.to)
				low[v] = min(low[v], low[e.to])
			case comp[e.to] < 0:
				low[v] = min(low[v], order[e.to])
			}
		}
		if low[v] != order[v] {
			return
		}
		for {
			top := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			comp[top] = count
			if top == v {
				break
			}
		}
		count++
	}
	for v := range n {
		if order[v] == 0 {
			visit(v)
		}
	}
	return comp
}

// circle is a closed walk with the edge that is best made weak.
type circle struct {
	edges []*edge
	weak  int
}

// pick chooses the cycle of a tangle that is told, if any.
func (g *ownerGraph) pick(tangle []int) (circle, bool) {
	in := map[int]bool{}
	for _, n := range tangle {
		in[n] = true
	}
	var back, onward *edge
	guarded := false
	for _, n := range tangle {
		for i := range g.edges[n] {
			e := &g.edges[n][i]
			switch {
			case !in[e.to]:
			case !e.keeps():
				guarded = guarded || !namesOne(e.field.Name, selfWords)
			case e.way&strongly == 0:
			case namesOne(e.field.Name, backWords):
				if back == nil {
					back = e
				}
			case onward == nil:
				onward = e
			}
		}
	}
	if guarded && (back == nil || onward == nil) {
		return circle{}, false
	}
	if back != nil {
		if walk := g.shortest(in, back); walk != nil {
			return circle{walk, 0}, true
		}
	}
	var best []*edge
	for _, n := range tangle {
		for i := range g.edges[n] {
			if e := &g.edges[n][i]; in[e.to] && e.keeps() && e.way&strongly != 0 {
				if walk := g.shortest(in, e); walk != nil && (best == nil || len(walk) < len(best)) {
					best = walk
				}
			}
		}
	}
	if best == nil {
		return circle{}, false
	}
	best = canonical(best)
	weak := len(best) - 1
	for best[weak].way&strongly == 0 {
		weak--
	}
	return circle{best, weak}, true
}

// shortest is a shortest closed walk that starts with an edge and passes a cell.
func (g *ownerGraph) shortest(in map[int]bool, first *edge) []*edge {
	type state struct {
		node int
		cell bool
	}
	type step struct {
		by   *edge
		prev state
	}
	start := state{first.to, first.way&mutably != 0}
	came := map[state]step{start: {}}
	queue := []state{start}
	goal := state{first.from, true}
	for len(queue) > 0 && came[goal].by == nil && start != goal {
		s := queue[0]
		queue = queue[1:]
		for i := range g.edges[s.node] {
			e := &g.edges[s.node][i]
			to := state{e.to, s.cell || e.way&mutably != 0}
			if _, seen := came[to]; !seen && in[e.to] && e.keeps() {
				came[to] = step{e, s}
				queue = append(queue, to)
			}
		}
	}
	if start != goal && came[goal].by == nil {
		return nil
	}
	var back []*edge
	for s := goal; s != start; s = came[s].prev {
		back = append(back, came[s].by)
	}
	slices.Reverse(back)
	return append([]*edge{first}, back...)
}

// canonical turns a closed walk so that it starts at the type that stands
// first in the source.
func canonical(walk []*edge) []*edge {
	first := 0
	for i, e := range walk {
		if e.from < walk[first].from {
			first = i
		}
	}
	return append(slices.Clone(walk[first:]), walk[:first]...)
}

// weaken treats the field of the circle's weak edge as a Weak from now on,
// wherever its definition is instantiated.
func (g *ownerGraph) weaken(c circle) {
	w := c.edges[c.weak]
	for n, out := range g.edges {
		if g.nodes[n].Def != g.nodes[w.from].Def {
			continue
		}
		for i := range out {
			if out[i].field.Span == w.field.Span && out[i].field.Name == w.field.Name {
				out[i].way |= weakly
			}
		}
	}
}

func (c circle) cycle(g *ownerGraph) Cycle {
	weak := c.edges[c.weak]
	var out Cycle
	for _, e := range canonical(c.edges) {
		if e == weak {
			out.Weak = len(out.Steps)
		}
		out.Steps = append(out.Steps, Step{Owner: g.nodes[e.from].Def, Field: e.field})
	}
	return out
}

// backWords name fields that lead from a part to its whole, or from a subject
// to those who watch it: those are the ones that should not own.
var backWords = []string{"parent", "parents", "owner", "prev", "previous", "back", "backward", "up", "outer", "container", "host",
	"self", "this", "observer", "observers", "listener", "listeners", "subscriber", "subscribers", "watcher", "watchers", "delegate"}

// selfWords name a Weak by which a value can hand out handles to itself; it breaks no cycle.
var selfWords = []string{"self", "this", "me"}

// namesOne reports whether one of the words of a field's name is in the list.
func namesOne(field string, words []string) bool {
	for w := range strings.SplitSeq(field, "_") {
		if slices.Contains(words, w) {
			return true
		}
	}
	return false
}
