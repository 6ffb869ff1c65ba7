package callgraph

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Target is what to look for: a package and its functions by the paths of an advisory.
type Target struct {
	Package, Version string
	Functions        []string
	NoChain          bool // the verdict is enough
}

// Answer says whether a target can run.
type Answer struct {
	Reached bool
	Known   bool // false: it could not be decided, Why says why
	Why     string
	Level   Level
	Grade   Grade
	From    RootKind // the roots that reach it: the first of mains, libraries, tests, examples that do
	Chain   []Step
}

// stages are the roots in the order in which they are asked.
var stages = []RootKind{Mains, Mains | API, Mains | API | Tests | Example}

// Ask looks for a target.
func (g *Graph) Ask(t Target) Answer {
	units := g.unitsOf(t.Package, t.Version)
	if len(units) == 0 {
		return Answer{Why: "no code of it was compiled for the program", Level: Crate}
	}
	want := g.want(units, t.Functions)
	a := Answer{Level: want.level, Grade: want.grade, Known: true}
	for _, kinds := range stages {
		r := g.runOf(kinds)
		if hit := r.hits(want); len(hit) > 0 {
			a.Reached, a.From = true, kinds
			p := g.pathsOf(kinds)
			if t.NoChain && slices.ContainsFunc(hit, func(n int32) bool { return !p.unseen(n) }) {
				a.Known, a.Why = true, ""
				return a
			}
			slices.SortFunc(hit, func(x, y int32) int {
				ux, uy := p.unseen(x), p.unseen(y)
				switch {
				case ux && !uy:
					return 1
				case uy && !ux:
					return -1
				}
				return cmp.Or(cmp.Compare(p.cost[x], p.cost[y]), cmp.Compare(x, y))
			})
			a.Chain = p.chain(g, hit[0])
			if p.unseen(hit[0]) {
				a.Reached, a.Known, a.From = false, false, 0
				a.Why = fmt.Sprintf("%s may be called where the text of the code does not show it", a.Chain[0].Item)
				a.Chain = nil
				continue
			}
			a.Known, a.Why = true, ""
			return a
		}
	}
	if !a.Known {
		return a
	}
	if why := g.doubt(units, want); why != "" {
		a.Known, a.Why = false, why
	}
	return a
}

// wanted is what counts as reaching a target.
type wanted struct {
	level  Level
	grade  Grade
	bodies map[int32]bool
	types  []int32
	extern map[string]bool // functions without a body
	units  []*linked
	whole  bool // anything of the crate counts
	macros []string
	none   []string // paths that name nothing
}

// unitsOf are the units of a package's library; two when it is built with two sets of features.
func (g *Graph) unitsOf(pkg, version string) []*linked {
	var out []*linked
	for _, l := range g.units {
		if l.of.Package == pkg && l.of.Version == version {
			out = append(out, l)
		}
	}
	return out
}

func (g *Graph) want(units []*linked, functions []string) *wanted {
	w := &wanted{units: units, bodies: map[int32]bool{}, extern: map[string]bool{}, level: Function, grade: Exact}
	if len(functions) == 0 {
		w.level, w.grade, w.whole = Crate, "", true
		return w
	}
	matched := false
	for _, path := range functions {
		any, absent := false, true
		for _, l := range units {
			f := g.find(l, path)
			absent = absent && f.absent
			for _, n := range f.bodies {
				w.bodies[n] = true
			}
			w.types = append(w.types, f.types...)
			if f.extern != "" {
				w.extern[f.extern] = true
			}
			if f.macro {
				w.macros = append(w.macros, path)
			}
			if f.grade == None {
				continue
			}
			any = true
			if f.level == Type {
				w.level = Type
			}
			if f.grade == Fuzzy {
				w.grade = Fuzzy
			}
		}
		matched = matched || any
		if !any && !absent {
			w.none = append(w.none, path)
		}
	}
	if !matched {
		w.level, w.grade, w.whole = Crate, None, true
	} else if len(w.none) > 0 {
		w.grade = Fuzzy
	}
	return w
}

// hits are the functions of a target that a run reaches.
func (r *run) hits(w *wanted) []int32 {
	var out []int32
	for n := range w.bodies {
		if r.reached[n] {
			out = append(out, n)
		}
	}
	g := r.g
	for i, o := range g.outsides {
		n := int32(len(g.bodies) + i)
		if int(n) < len(r.reached) && r.reached[n] && slices.Contains(w.units, o.unit) && o.unit.Declared.Foreign && (w.whole || w.extern[o.name]) {
			out = append(out, n)
		}
	}
	if w.whole {
		for _, l := range w.units {
			for i := range l.Bodies {
				if n := l.base + int32(i); r.reached[n] {
					out = append(out, n)
				}
			}
		}
	}
	if len(out) == 0 {
		for _, e := range w.types {
			if r.live[e] { // made, though none of its functions is called
				out = append(out, r.firstMention(e)...)
			}
		}
	}
	return out
}

// firstMention is a reached body that names a type.
func (r *run) firstMention(e int32) []int32 {
	for n, b := range r.g.bodies {
		if !r.reached[n] {
			continue
		}
		for _, name := range b.Live {
			if slices.Contains(r.g.entities(r.g.owner[n], name), e) {
				return []int32{int32(n)}
			}
		}
	}
	return nil
}

// doubt is why a target that was not reached may run nevertheless; "" is no reason.
func (g *Graph) doubt(units []*linked, w *wanted) string {
	if len(w.macros) > 0 {
		return fmt.Sprintf("%s is a macro: what it expands to stands in the crates that use it", w.macros[0])
	}
	if len(g.Missing) > 0 {
		return fmt.Sprintf("crate %s has no MIR: what it calls is not known", g.Missing[0].Crate)
	}
	if len(w.none) > 0 && !w.whole {
		r := g.runOf(stages[len(stages)-1])
		if len(r.hits(&wanted{units: units, whole: true})) > 0 {
			return fmt.Sprintf("%s is not found in the crate as it is built", w.none[0])
		}
	}
	for _, l := range units {
		if l.Declared.Foreign && (w.whole || len(w.extern) > 0) {
			return "it is bound to code in another language, which other such code may call"
		}
		if len(l.Bodies) == 0 && w.whole {
			return "it has no function of its own: what it hands on belongs to other crates"
		}
		if shared := l.Declared.Shared; w.whole && len(shared) > 0 {
			return fmt.Sprintf("it has macros (%s): what they expand to stands in the crates that use them", strings.Join(shared[:min(2, len(shared))], ", "))
		}
	}
	return ""
}

func (g *Graph) runOf(kinds RootKind) *run {
	if g.runs == nil {
		g.runs, g.chains = map[RootKind]*run{}, map[RootKind]*paths{}
	}
	if g.runs[kinds] == nil {
		g.runs[kinds] = g.run(kinds)
	}
	return g.runs[kinds]
}

func (g *Graph) pathsOf(kinds RootKind) *paths {
	if g.chains[kinds] == nil {
		g.chains[kinds] = g.runOf(kinds).paths(g.roots(kinds))
	}
	return g.chains[kinds]
}
