package callgraph

import (
	"os"
	"slices"
	"strings"

	"softshell/ir"
)

// Step is a function of a chain.
type Step struct {
	Package, Version string
	Crate, Item      string
	File             string // as the compiler was given it, from the unit's folder on
	Line             int
	How              string // how the step before gets here
}

// The ways from one step to the next.
const (
	ByCall    = "call"
	ByTrait   = "trait"   // an impl of a trait, chosen by type
	ByClosure = "closure" // a part of the body before
	ByDrop    = "drop"
	ByStd     = "std" // the standard library calls it for a type that the step before hands on
	BySymbol  = "symbol"
)

// paths are the shortest chains of a run.
type paths struct {
	from []int32 // the step before, -1 for a root, -2 where none leads
	how  []string
	lost []bool // nothing that is seen leads there
}

// far is the length of a chain that starts where nothing is seen to lead.
const far = 1 << 20

// unseen reports whether a function's chain starts in a body that nothing is seen to run.
func (p *paths) unseen(n int32) bool { return p.length(n) > far }

// paths finds the shortest chains from the roots.
func (r *run) paths(roots []int32) *paths {
	p := &paths{from: make([]int32, len(r.reached)), how: make([]string, len(r.reached)), lost: make([]bool, len(r.reached))}
	for i := range p.from {
		p.from[i] = -2
	}
	var queue []int32
	expanded := map[*dispatch]bool{}
	live, touched := make([]bool, len(r.g.types)), make([]bool, len(r.g.types))
	visit := func(n, from int32, how string) {
		if n < int32(len(p.from)) && r.reached[n] && p.from[n] == -2 {
			p.from[n], p.how[n] = from, how
			if int(n) < len(r.g.bodies) {
				queue = append(queue, n)
			}
		}
	}
	walk := func() {
		for len(queue) > 0 {
			n := queue[0]
			queue = queue[1:]
			r.edges(n, expanded, live, touched, visit)
		}
	}
	for _, n := range roots {
		visit(n, -1, "")
	}
	walk()
	for _, n := range r.symbols {
		visit(n, -1, BySymbol)
	}
	walk()
	for n := range r.reached { // what nothing that is seen leads to
		if r.reached[n] && p.from[n] == -2 {
			p.lost[n] = true
			visit(int32(n), -1, "")
			walk()
		}
	}
	return p
}

// edges visits what a body can run.
func (r *run) edges(n int32, expanded map[*dispatch]bool, live, touched []bool, visit func(to, from int32, how string)) {
	g, b, l := r.g, r.g.bodies[n], r.g.owner[n]
	for _, m := range g.parts(l, n) {
		visit(m, n, ByClosure)
	}
	for _, f := range b.Refs {
		t := g.target(l, f)
		how := ByCall
		if l.Refs[f].Trait != "" && l.Refs[f].Generic {
			how = ByTrait
		}
		for _, m := range t.bodies {
			visit(m, n, how)
		}
		if t.dispatch != nil && !expanded[t.dispatch] {
			expanded[t.dispatch] = true
			for _, m := range t.dispatch.impls {
				visit(m, n, ByTrait)
			}
		}
	}
	for _, name := range b.Live {
		for _, e := range g.entities(l, name) {
			if !live[e] {
				live[e] = true
				for _, m := range g.perType[e] {
					if g.bodies[m].Last == "drop" {
						visit(m, n, ByDrop)
					}
				}
			}
		}
	}
	for _, name := range b.Touch {
		for _, e := range g.entities(l, name) {
			if !touched[e] {
				touched[e] = true
				for _, m := range g.perType[e] {
					if g.byStd(g.bodies[m]) {
						visit(m, n, ByStd)
					}
				}
			}
		}
	}
}

// chain is the steps to a function.
func (p *paths) chain(g *Graph, n int32) []Step {
	var out []Step
	for ; n >= 0; n = p.from[n] {
		s := g.step(n)
		s.How = p.how[n]
		out = append(out, s)
	}
	slices.Reverse(out)
	return out
}

// length is the number of steps to a function.
func (p *paths) length(n int32) int {
	k := 0
	for ; n >= 0; n = p.from[n] {
		if k++; p.lost[n] {
			k += far
		}
	}
	return k
}

// step describes a function.
func (g *Graph) step(n int32) Step {
	if int(n) >= len(g.bodies) {
		o := g.outsides[int(n)-len(g.bodies)]
		s := Step{Package: o.unit.of.Package, Version: o.unit.of.Version, Crate: o.unit.Crate, Item: o.name}
		s.File, s.Line = place(o.unit, "", o.name, "")
		return s
	}
	l, b := g.owner[n], g.bodies[n]
	s := Step{Package: l.of.Package, Version: l.of.Version, Crate: l.Crate, Item: l.itemName(b)}
	top := b
	for top.Parent >= 0 {
		top = &l.Bodies[top.Parent]
	}
	s.File, s.Line = place(l, top.At, top.Last, top.Key)
	return s
}

// itemName is the readable path of a body.
func (l *linked) itemName(b *body) string {
	if !b.Impl {
		return b.Name
	}
	rest := b.Name[strings.LastIndex(b.Name, ">::")+1:]
	if i := strings.LastIndex(b.Name, "<impl at "); i >= 0 {
		if _, after, ok := strings.Cut(b.Name[i:], ">::"); ok {
			rest = "::" + after
		}
	}
	self := "_"
	if len(b.Self) > 0 {
		self = l.Names[b.Self[0]].Name
	}
	if b.Trait != "" && b.Trait != "?" {
		return "<" + self + " as " + b.Trait + ">" + rest
	}
	return self + rest
}

// place finds where the sources declare a function: MIR without spans does not say.
// at is the place of its impl block, key its path outside of any.
func place(l *linked, at, name, key string) (string, int) {
	src := ir.NewSourceCache(l.of.Dir)
	if at != "" {
		file, line := ir.ImplPlace(at)
		lines := src.Lines(file)
		for i := line - 1; i >= 0 && i < len(lines); i++ {
			if declares(lines[i], name) {
				return file, i + 1
			}
		}
		return file, line
	}
	best, bestLine, bestScore := "", 0, -1
	segs := strings.Split(key, "::")
	for _, file := range l.of.Sources {
		if !strings.HasSuffix(file, ".rs") {
			continue
		}
		text, err := os.ReadFile(src.Path(file))
		if err != nil || !strings.Contains(string(text), name) {
			continue
		}
		score := 0
		for _, s := range segs[:max(0, len(segs)-1)] {
			if strings.Contains(file, "/"+s+".rs") || strings.Contains(file, "/"+s+"/") || strings.Contains(string(text), "mod "+s) || strings.Contains(string(text), "trait "+s) {
				score++
			}
		}
		if score <= bestScore {
			continue
		}
		for i, line := range strings.Split(string(text), "\n") {
			if declares(line, name) {
				best, bestLine, bestScore = file, i+1, score
				break
			}
		}
	}
	return best, bestLine
}

// declares reports whether a line declares a function, a static or a constant of that name.
func declares(line, name string) bool {
	for _, word := range []string{"fn ", "static ", "const ", "static mut "} {
		i := strings.Index(line, word+name)
		if i < 0 {
			continue
		}
		after := line[i+len(word)+len(name):]
		if after == "" || !isWord(after[:1]) && (after[0] < '0' || after[0] > '9') {
			return !strings.HasPrefix(strings.TrimSpace(line), "//")
		}
	}
	return false
}
