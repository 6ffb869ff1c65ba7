package callgraph

import "slices"

// RootKind says what a run starts from.
type RootKind uint8

// The roots.
const (
	Mains   RootKind = 1 << iota // of the workspace's binaries
	API                          // functions of the workspace's libraries
	Tests                        // tests, benchmarks
	Example                      // mains of examples
)

// run is what can run from some roots.
type run struct {
	g       *Graph
	reached []bool // bodies, then functions without one
	live    []bool // types that reached bodies mention
	touched []bool // types that they hand to generic code
	active  map[call]bool
	args    map[*dispatch][]string
	names   map[string]bool // of the functions of those
	awake   []bool          // units that are used
	headed  []bool          // and those of which it is not known what of them is
	symbols []int32         // roots that others call by symbol
	queue   []int32
}

// roots lists the bodies that a run starts from.
func (g *Graph) roots(kinds RootKind) []int32 {
	var out []int32
	for _, l := range g.units {
		for i := range l.Bodies {
			b := &l.Bodies[i]
			is := false
			if l.of.Member {
				switch l.of.Kind {
				case "bin":
					is = kinds&Mains != 0 && b.Name == "main"
				case "example":
					is = kinds&Example != 0 && b.Name == "main"
				case "test", "bench":
					is = kinds&Tests != 0 && b.Fn
				case "proc-macro":
				default:
					is = kinds&API != 0 && b.Parent < 0 // constants and statics may hold functions
				}
			}
			if is {
				out = append(out, l.base+int32(i))
			}
		}
	}
	return out
}

// symbolRoots are what others call by symbol, in the units that are linked in.
func (g *Graph) symbolRoots(linkedIn map[*linked]bool) []int32 {
	var out []int32
	for _, l := range g.units {
		if !linkedIn[l] {
			continue
		}
		for i := range l.Bodies {
			if b := &l.Bodies[i]; b.Symbol && b.Parent < 0 || b.Static && l.Declared.Before {
				out = append(out, l.base+int32(i))
			}
		}
	}
	return out
}

// run follows the roots.
func (g *Graph) run(kinds RootKind) *run {
	r := &run{g: g, reached: make([]bool, len(g.bodies)), live: make([]bool, len(g.types)), touched: make([]bool, len(g.types)),
		active: map[call]bool{}, names: map[string]bool{}, args: map[*dispatch][]string{}, awake: make([]bool, len(g.units)), headed: make([]bool, len(g.units))}
	roots := g.roots(kinds)
	in := map[*linked]bool{}
	for _, n := range roots {
		l := g.owner[n]
		in[l] = true
		for _, d := range l.below {
			in[d] = true
		}
	}
	r.symbols = g.symbolRoots(in)
	for _, n := range slices.Concat(roots, r.symbols) {
		r.reach(n)
	}
	for len(r.queue) > 0 {
		n := r.queue[len(r.queue)-1]
		r.queue = r.queue[:len(r.queue)-1]
		r.step(n)
	}
	return r
}

func (r *run) reach(n int32) {
	for int(n) >= len(r.reached) {
		r.reached = append(r.reached, false)
	}
	if !r.reached[n] {
		r.reached[n] = true
		if int(n) < len(r.g.bodies) {
			r.queue = append(r.queue, n)
		}
	}
}

// step follows what a body names.
func (r *run) step(n int32) {
	g, b, l := r.g, r.g.bodies[n], r.g.owner[n]
	r.wake(l)
	for _, p := range g.parts(l, n) {
		r.reach(p)
	}
	for _, f := range b.Refs {
		t := g.target(l, f)
		for _, m := range t.bodies {
			r.reach(m)
		}
		if t.dispatch != nil {
			r.activate(call{t.dispatch, t.arg})
		}
	}
	for _, name := range b.Live {
		ents := g.entities(l, name)
		for _, e := range ents {
			r.mention(e)
		}
		if n := l.Names[name]; len(ents) == 0 && n.Head != "" && !isStd(n.Head) && !r.wakeTrait(l, n) {
			r.wakeHead(l, n.Head)
		}
	}
	for _, name := range b.Touch {
		for _, e := range g.entities(l, name) {
			r.touch(e)
		}
	}
}

// parts are the bodies that are a part of another.
func (g *Graph) parts(l *linked, n int32) []int32 {
	if l.partsOf == nil {
		l.partsOf = map[int32][]int32{}
		for i := range l.Bodies {
			if p := l.Bodies[i].Parent; p >= 0 {
				l.partsOf[l.base+p] = append(l.partsOf[l.base+p], l.base+int32(i))
			}
		}
	}
	return l.partsOf[n]
}

// wakeHead wakes the units from which a path that starts with head can come.
func (r *run) wakeHead(l *linked, head string) {
	for _, c := range r.g.named(l, head) {
		if !r.headed[c.index] {
			r.headed[c.index] = true
			for _, d := range c.handsOn() {
				r.wake(d)
			}
		}
	}
}

// wakeTrait wakes the units that declare a trait of that name, if there are any.
func (r *run) wakeTrait(l *linked, n typeName) bool {
	declare := r.g.traits[r.g.canon.of(n.Name)]
	if len(declare) == 0 {
		return false
	}
	some := false
	from := r.g.scope(l, n.Head)
	for _, d := range declare {
		if from == nil && (d == l || slices.Contains(l.below, d)) || slices.Contains(from, d) {
			some = true
			r.wake(d)
		}
	}
	return some
}

// wake counts a unit as used: what its impl blocks say of types that no source
// declares, and the types that come in unseen.
func (r *run) wake(l *linked) {
	if r.awake[l.index] {
		return
	}
	r.awake[l.index] = true
	for _, e := range l.always {
		r.touch(e)
	}
	for _, n := range l.loose {
		b := r.g.bodies[n]
		if r.g.byStd(b) && len(b.Within) == 0 {
			r.reach(n)
		}
	}
}

// byStd reports whether the standard library may call a function of an impl block.
func (g *Graph) byStd(b *body) bool {
	return b.Trait == "?" && stdFunctions[b.Last] || b.Trait != "" && b.Trait != "?" && g.std[g.canon.of(b.Trait)]
}

// mention counts a type as made: it may be dropped.
func (r *run) mention(e int32) {
	if r.live[e] {
		return
	}
	r.live[e] = true
	r.wake(r.g.types[e].unit)
	for _, with := range r.g.given[e] {
		r.touch(with)
	}
	for _, n := range r.g.perType[e] {
		if b := r.g.bodies[n]; b.Last == "drop" && (b.Trait == "Drop" || b.Trait == "?") {
			r.reach(n)
		}
	}
}

// touch counts a type as known to generic code.
func (r *run) touch(e int32) {
	if r.touched[e] {
		return
	}
	r.mention(e)
	r.touched[e] = true
	for _, n := range r.g.perType[e] {
		if r.called(r.g.bodies[n]) {
			r.reach(n)
		}
	}
	l := r.g.types[e].unit
	for _, n := range l.loose { // impl From<Type> for String
		b := r.g.bodies[n]
		for _, w := range b.Within {
			if slices.Contains(r.g.entities(l, w), e) && r.called(b) {
				r.reach(n)
			}
		}
	}
}

// called reports whether anything calls the trait's function on whatever type comes.
func (r *run) called(b *body) bool {
	if r.g.byStd(b) {
		return true
	}
	last := r.g.canon.of(b.Last)
	if b.Trait == "?" {
		return r.names[last]
	}
	d := r.g.dispatches[r.g.canon.of(b.Trait)+"::"+last]
	if d == nil {
		return false
	}
	for _, arg := range r.args[d] {
		if r.g.sameArg(arg, b.Arg) {
			return true
		}
	}
	return false
}

// call is a call of a trait's function on a type that is not known.
type call struct {
	d   *dispatch
	arg string // see ref.Arg
}

func (r *run) activate(c call) {
	if r.active[c] {
		return
	}
	r.active[c], r.names[c.d.last] = true, true
	r.args[c.d] = append(r.args[c.d], c.arg)
	for _, n := range c.d.impls {
		b := r.g.bodies[n]
		if !r.g.sameArg(c.arg, b.Arg) {
			continue
		}
		have := r.g.self(r.g.owner[n], b)
		if len(have) == 0 || slices.ContainsFunc(have, func(e int32) bool { return r.touched[e] }) {
			r.reach(n)
		}
	}
}
