package callgraph

import (
	"os"
	"path/filepath"
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
	cost []int  // see price
	lost []bool //  nothing that is seen leads there
}

// unseen reports whether a function's chain starts in a body that nothing is seen to run.
func (p *paths) unseen(n int32) bool {
	for ; n >= 0; n = p.from[n] {
		if p.lost[n] {
			return true
		}
	}
	return false
}

// price is what a step costs: a call that stands in the text is believed sooner than
// one that is chosen by type, and that sooner than one which std could make.
var price = map[string]int{ByCall: 2, ByClosure: 1, ByTrait: 9, ByDrop: 4, ByStd: 15}

// paths finds the shortest chains from the roots.
func (r *run) paths(roots []int32) *paths {
	p := &paths{from: make([]int32, len(r.reached)), how: make([]string, len(r.reached)), lost: make([]bool, len(r.reached))}
	for i := range p.from {
		p.from[i] = -2
	}
	expanded := map[call]bool{}
	live, touched := make([]bool, len(r.g.types)), make([]bool, len(r.g.types))
	var buckets [][]int32 // of bodies, by what the way to them costs
	least := make([]int, len(r.reached))
	p.cost = least
	put := func(n, from int32, how string, cost int) {
		if int(n) >= len(p.from) || !r.reached[n] || p.from[n] != -2 && least[n] <= cost {
			return
		}
		p.from[n], p.how[n], least[n] = from, how, cost
		for len(buckets) <= cost {
			buckets = append(buckets, nil)
		}
		buckets[cost] = append(buckets[cost], n)
	}
	done := make([]bool, len(r.reached))
	walk := func() {
		for cost := 0; cost < len(buckets); cost++ {
			for len(buckets[cost]) > 0 {
				n := buckets[cost][0]
				buckets[cost] = buckets[cost][1:]
				if done[n] || least[n] != cost || int(n) >= len(r.g.bodies) {
					continue
				}
				done[n] = true
				r.edges(n, expanded, live, touched, func(to, from int32, how string) { put(to, from, how, cost+price[how]) })
			}
		}
		buckets = nil
	}
	for _, n := range roots {
		put(n, -1, "", 0)
	}
	walk()
	for _, n := range r.symbols {
		put(n, -1, BySymbol, 0)
	}
	walk()
	for n := range r.reached { // what nothing that is seen leads to
		if r.reached[n] && p.from[n] == -2 {
			p.lost[n] = true
			put(int32(n), -1, "", 0)
			walk()
		}
	}
	return p
}

// edges visits what a body can run.
func (r *run) edges(n int32, expanded map[call]bool, live, touched []bool, visit func(to, from int32, how string)) {
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
		if c := (call{t.dispatch, t.arg}); c.d != nil && !expanded[c] {
			expanded[c] = true
			for _, m := range c.d.impls {
				if g.sameArg(c.arg, g.bodies[m].Arg) {
					visit(m, n, ByTrait)
				}
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
	if s.File != "" && !filepath.IsAbs(s.File) {
		s.File = filepath.Join(l.of.Dir, s.File)
	}
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
