package callgraph

import (
	"slices"
	"strings"

	"softshell/capture"
)

// Graph is the functions of a build and what each can run.
type Graph struct {
	Missing []*capture.Unit // units without MIR: what they run is not known
	Unread  int             // bodies of which only the words are known

	units  []*linked
	bodies []*body    // by their number
	owner  []*linked  // the unit of each body
	canon  names      // words that a `use .. as ..` joins
	types  []typeDecl // entities
	byName map[string][]int32

	dispatches map[string]*dispatch // by trait and function
	traits     map[string][]*linked // units that declare a trait of a name
	joined     map[string]bool      // words that canon has
	aliases    map[string]bool      // names of types that stand for others, associated ones included
	standsFor  map[string][]string  // words of what those outside of impl blocks stand for
	unknown    map[string][]int32   // functions of impl blocks whose trait is not known, by name
	defaults   map[string][]int32   // by trait and function, and by module and function
	perType    map[int32][]int32    // functions of impl blocks by what their type can be
	given      map[int32][]int32    // types that come with a type that is mentioned
	std        map[string]bool      // traits that the standard library may call
	outside    map[string]int32     // functions without a body, by unit and name: numbers behind those of the bodies
	outsides   []outside
	runs       map[RootKind]*run
	chains     map[RootKind]*paths
}

// outside is a function that a crate declares and has no body for.
type outside struct {
	unit *linked // whose path names it
	name string
}

// typeDecl is a type that a unit declares.
type typeDecl struct {
	unit *linked
	name string
}

// linked is a unit and what is below it.
type linked struct {
	*unit
	of     *capture.Unit
	index  int
	base   int32 // number of its first body
	below  []*linked
	crates map[string][]*linked // below by name
	hands  []*linked            // see handsOn

	keys    map[string][]int32 // functions outside of impl blocks by path
	frees   map[string][]int32 // and by name
	methods map[string][]int32 // functions of inherent impl blocks, by type and name
	anyType map[string][]int32 // and those whose type is not known, by name
	all     map[string][]int32 // all by name
	targets []*target          // of its refs, once asked for
	ents    [][]int32          // of its names, once asked for
	entsSet []bool
	partsOf map[int32][]int32
	always  []int32 // types that come with any
	loose   []int32 // its functions of std's traits, for a type that is not declared
}

// target is what a ref can run.
type target struct {
	bodies   []int32
	dispatch *dispatch
	arg      string // see ref.Arg
}

// dispatch is all that a call of a trait's function can run.
type dispatch struct {
	trait, last string
	impls       []int32
}

// link puts units, in the order of the build, together.
func link(build []*capture.Unit, units []*unit) *Graph {
	g := &Graph{byName: map[string][]int32{}, dispatches: map[string]*dispatch{}, unknown: map[string][]int32{},
		defaults: map[string][]int32{}, perType: map[int32][]int32{}, given: map[int32][]int32{}, std: map[string]bool{}, outside: map[string]int32{}, canon: names{}, joined: map[string]bool{}}
	declared, aliases := map[string]bool{}, map[string]bool{}
	for _, u := range units {
		for _, use := range u.Declared.Uses {
			g.canon.join(use[0], use[1])
			g.joined[use[0]], g.joined[use[1]] = true, true
		}
		for _, t := range u.Declared.Traits {
			declared[t] = true
		}
		for _, a := range u.Declared.Aliases {
			aliases[a] = true
		}
	}
	g.traits, g.aliases = map[string][]*linked{}, map[string]bool{}
	for a := range aliases {
		g.aliases[g.canon.of(a)] = true
	}
	byKey := map[string]*linked{}
	for i, u := range units {
		l := &linked{unit: u, of: build[i], index: i, base: int32(len(g.bodies)), crates: map[string][]*linked{},
			targets: make([]*target, len(u.Refs)), ents: make([][]int32, len(u.Names)), entsSet: make([]bool, len(u.Names))}
		seen := map[*linked]bool{}
		for _, key := range build[i].Externs {
			if d := byKey[key]; d != nil {
				seen[d] = true
				for _, b := range d.below {
					seen[b] = true
				}
			}
		}
		for d := range seen {
			l.below = append(l.below, d)
		}
		slices.SortFunc(l.below, func(a, b *linked) int { return a.index - b.index })
		for _, d := range l.below {
			l.crates[d.Crate] = append(l.crates[d.Crate], d)
		}
		for name, key := range build[i].Externs { // renamed in the manifest
			if d := byKey[key]; d != nil && d.Crate != name {
				l.crates[name] = append(l.crates[name], d)
			}
		}
		if byKey[build[i].Key] == nil {
			byKey[build[i].Key] = l
		}
		g.units = append(g.units, l)
		g.Unread += u.Unread
		for j := range u.Bodies {
			g.bodies = append(g.bodies, &u.Bodies[j])
			g.owner = append(g.owner, l)
		}
		for _, t := range u.Declared.Traits {
			w := g.canon.of(t)
			g.traits[w] = append(g.traits[w], l)
		}
		for _, t := range slices.Concat(u.Declared.Types, u.Made) {
			w := g.canon.of(t)
			g.byName[w] = append(g.byName[w], int32(len(g.types)))
			g.types = append(g.types, typeDecl{l, t})
		}
	}
	g.standsFor = map[string][]string{}
	for _, l := range g.units {
		for _, gv := range l.Declared.Given {
			if name, ok := strings.CutPrefix(gv.Of, "type "); ok {
				name = g.canon.of(name)
				g.standsFor[name] = append(g.standsFor[name], gv.Words...)
			}
		}
	}
	for _, l := range g.units {
		g.index(l)
	}
	for _, l := range g.units {
		g.comes(l)
	}
	for t := range declared {
		declared[g.canon.of(t)] = true
	}
	for _, d := range g.dispatches {
		d.impls = append(d.impls, g.unknown[d.last]...)
		slices.Sort(d.impls)
		d.impls = slices.Compact(d.impls)
		g.std[g.canon.of(d.trait)] = !declared[g.canon.of(d.trait)] && !operators[d.trait]
	}
	for t := range stdTraits { // one name that std's trait shares with another is enough
		g.std[g.canon.of(t)] = true
	}
	return g
}

// meant are the types that a word in a unit can mean, by way of others that stand for
// them.
func (g *Graph) meant(l *linked, word string, seen map[string]bool) []int32 {
	if seen[word] {
		return nil
	}
	seen[word] = true
	out := g.lookup(l, typeName{"?", word})
	for _, in := range g.standsFor[g.canon.of(word)] {
		out = append(out, g.meant(l, in, seen)...)
	}
	return out
}

// comes notes which types come with which.
func (g *Graph) comes(l *linked) {
	given := map[int32][]int32{}
	seen := map[string]bool{}
	add := func(w string, to *[]int32) { *to = append(*to, g.meant(l, w, seen)...) }
	for _, w := range l.Declared.Hidden {
		add(w, &l.always)
	}
	for _, gv := range l.Declared.Given {
		if strings.HasPrefix(gv.Of, "type ") {
			continue
		}
		clear(seen)
		var types, of []int32
		for _, w := range gv.Words {
			add(w, &types)
		}
		if gv.Of != "" {
			of = g.lookup(l, typeName{"?", gv.Of})
		}
		if len(of) == 0 {
			l.always = append(l.always, types...)
		}
		for _, e := range of {
			given[e] = append(given[e], types...)
		}
	}
	for e, types := range given {
		g.given[e] = append(g.given[e], types...)
	}
}

// index makes a unit's bodies known by their names.
func (g *Graph) index(l *linked) {
	l.keys, l.frees, l.methods, l.anyType, l.all = map[string][]int32{}, map[string][]int32{}, map[string][]int32{}, map[string][]int32{}, map[string][]int32{}
	for i := range l.Bodies {
		b, n := &l.Bodies[i], l.base+int32(i)
		last := g.canon.of(b.Last)
		l.all[last] = append(l.all[last], n)
		if !b.Impl {
			l.keys[b.Key] = append(l.keys[b.Key], n)
			l.frees[last] = append(l.frees[last], n)
			if b.Owner != "" {
				k := g.canon.of(b.Owner) + "::" + last
				g.defaults[k] = append(g.defaults[k], n)
			}
			continue
		}
		ents := g.self(l, b)
		if b.Trait == "" || b.Trait == "?" {
			if len(b.Self) == 0 {
				l.anyType[last] = append(l.anyType[last], n)
			}
			for _, s := range b.Self {
				k := g.canon.of(l.Names[s].Name) + "::" + last
				l.methods[k] = append(l.methods[k], n)
			}
		}
		switch b.Trait {
		case "":
			continue
		case "?":
			g.unknown[last] = append(g.unknown[last], n)
		default:
			d := g.dispatchOf(b.Trait, b.Last)
			d.impls = append(d.impls, n)
		}
		for _, e := range ents {
			g.perType[e] = append(g.perType[e], n)
		}
		if len(ents) == 0 {
			l.loose = append(l.loose, n)
		}
	}
}

// dispatchOf is what a function of a trait can run.
func (g *Graph) dispatchOf(trait, last string) *dispatch {
	k := g.canon.of(trait) + "::" + g.canon.of(last)
	d := g.dispatches[k]
	if d == nil {
		d = &dispatch{trait: trait, last: g.canon.of(last)}
		g.dispatches[k] = d
	}
	return d
}

// self is the types that an impl block's type can be; none is any.
func (g *Graph) self(l *linked, b *body) []int32 {
	var out []int32
	for _, s := range b.Self {
		out = append(out, g.entities(l, s)...)
	}
	return out
}

// entities are the declared types that a name in a unit can mean.
func (g *Graph) entities(l *linked, name int32) []int32 {
	if !l.entsSet[name] {
		l.entsSet[name] = true
		n := l.Names[name]
		l.ents[name] = g.lookup(l, n)
		if n.Head == "?" && g.standsFor[g.canon.of(n.Name)] != nil {
			l.ents[name] = g.meant(l, n.Name, map[string]bool{})
		}
	}
	return l.ents[name]
}

func (g *Graph) lookup(l *linked, n typeName) []int32 {
	all := g.byName[g.canon.of(n.Name)]
	if len(all) == 0 {
		return nil
	}
	from := g.scope(l, n.Head)
	var out []int32
	for _, e := range all {
		if u := g.types[e].unit; from == nil && (u == l || slices.Contains(l.below, u)) || slices.Contains(from, u) {
			out = append(out, e)
		}
	}
	if len(out) == 0 && !isStd(n.Head) && n.Head != "" && !g.isTrait(from, n.Name) {
		for _, e := range all {
			if u := g.types[e].unit; u == l || slices.Contains(l.below, u) {
				out = append(out, e)
			}
		}
	}
	return out
}

// isTrait reports whether one of the units declares a trait of that name.
func (g *Graph) isTrait(in []*linked, name string) bool {
	return slices.ContainsFunc(g.traits[g.canon.of(name)], func(u *linked) bool { return slices.Contains(in, u) })
}

// scope is the units from which a path that starts with head can come; nil is all
// that the unit knows.
func (g *Graph) scope(l *linked, head string) []*linked {
	switch {
	case head == "?":
		return nil
	case head == "":
		return []*linked{l}
	case isStd(head):
		if has(l.Declared.Mods, head) {
			return []*linked{l}
		}
		return []*linked{}
	}
	crates := g.named(l, head)
	if len(crates) == 0 {
		return []*linked{l} // a module
	}
	out := []*linked{l} // a module may have the name of a crate
	for _, c := range crates {
		for _, d := range c.handsOn() {
			if !slices.Contains(out, d) {
				out = append(out, d)
			}
		}
	}
	return out
}

// named are the units below one whose crate has that name there, by itself or by an
// `extern crate .. as`.
func (g *Graph) named(l *linked, head string) []*linked {
	if c := l.crates[head]; c != nil {
		return c
	}
	up := g.canon.of(head)
	if up == head && !g.joined[head] {
		return nil
	}
	var out []*linked
	for name, crates := range l.crates {
		if g.canon.of(name) == up {
			out = append(out, crates...)
		}
	}
	slices.SortFunc(out, func(a, b *linked) int { return a.index - b.index })
	return slices.Compact(out)
}

// handsOn are the units whose items have a path that starts with the crate's name: it
// and what it hands on by `pub use`.
func (l *linked) handsOn() []*linked {
	if l.hands != nil {
		return l.hands
	}
	l.hands = []*linked{l}
	for name, crates := range l.crates {
		if !has(l.Declared.Exports, name) && !has(l.Declared.Exports, "$") {
			continue
		}
		for _, c := range crates {
			for _, d := range c.handsOn() {
				if !slices.Contains(l.hands, d) {
					l.hands = append(l.hands, d)
				}
			}
		}
	}
	slices.SortFunc(l.hands, func(a, b *linked) int { return a.index - b.index })
	return l.hands
}

// target is what a ref of a unit can run.
func (g *Graph) target(l *linked, i int32) *target {
	if t := l.targets[i]; t != nil {
		return t
	}
	t := &target{}
	l.targets[i] = t
	f := &l.Refs[i]
	last := g.canon.of(f.Last)
	switch {
	case f.Word:
		for _, u := range append(slices.Clone(l.below), l) {
			t.bodies = append(t.bodies, u.all[last]...)
		}
	case f.Trait != "":
		g.traitTarget(l, f, last, t)
	default:
		g.pathTarget(l, f, last, t)
	}
	slices.Sort(t.bodies)
	t.bodies = slices.Compact(t.bodies)
	return t
}

func (g *Graph) traitTarget(l *linked, f *ref, last string, t *target) {
	t.bodies = append(t.bodies, g.defaults[g.canon.of(f.Trait)+"::"+last]...)
	d := g.dispatches[g.canon.of(f.Trait)+"::"+last]
	if d == nil {
		d = &dispatch{trait: f.Trait, last: last, impls: g.unknown[last]}
		g.dispatches[g.canon.of(f.Trait)+"::"+last] = d
	}
	if f.Generic {
		t.dispatch, t.arg = d, f.Arg
	}
	var want []int32
	if f.Self >= 0 {
		want = g.entities(l, f.Self)
	}
	for _, n := range d.impls {
		if !g.sameArg(f.Arg, g.bodies[n].Arg) {
			continue
		}
		have := g.self(g.owner[n], g.bodies[n])
		if (len(have) == 0 || len(want) == 0) && !f.Generic && g.mayBe(l, f.Self, g.owner[n], g.bodies[n]) || meet(have, want) {
			t.bodies = append(t.bodies, n)
		}
	}
}

// mayBe reports whether the impl block of a body can be for the type of a call, where
// no source of the tree declares one of the two: it is std's, or a macro made it.
func (g *Graph) mayBe(l *linked, self int32, in *linked, b *body) bool {
	if len(b.Self) == 0 {
		return true
	}
	for _, s := range b.Self {
		w := g.canon.of(in.Names[s].Name)
		if g.aliases[w] || self >= 0 && g.canon.of(l.Names[self].Name) == w {
			return true
		}
	}
	return false
}

// sameArg reports whether the argument of a trait in a call and the one that the header
// of an impl block writes can be the same type.
func (g *Graph) sameArg(a, b string) bool {
	return a == "" || b == "" || g.canon.of(a) == g.canon.of(b) || g.standsFor[g.canon.of(b)] != nil
}

func meet(a, b []int32) bool {
	for _, x := range a {
		if slices.Contains(b, x) {
			return true
		}
	}
	return false
}

func (g *Graph) pathTarget(l *linked, f *ref, last string, t *target) {
	t.bodies = append(t.bodies, l.keys[f.Plain]...)
	crates := g.named(l, f.Head)
	if _, rest, ok := strings.Cut(f.Plain, "::"); ok {
		for _, c := range crates {
			t.bodies = append(t.bodies, c.keys[rest]...)
		}
	}
	from := g.scope(l, f.Head)
	if from == nil {
		from = append(slices.Clone(l.below), l)
	}
	exact := len(t.bodies) > 0
	method := g.canon.of(f.Owner) + "::" + last
	for _, u := range from {
		t.bodies = append(t.bodies, u.methods[method]...)
	}
	found := len(t.bodies) > 0
	if !exact || isTypeName(f.Owner) {
		for _, u := range from { // these may be of that type; others of that name go on to be looked for
			t.bodies = append(t.bodies, u.anyType[last]...)
		}
		found = found || isTypeName(f.Owner) && len(t.bodies) > 0
	}
	if found || isStd(f.Head) || strings.HasPrefix(f.Last, "{") || f.Head == "?" && f.Self < 0 {
		return
	}
	// A path that no body has: a re-export, or a function inside a method.
	unsure := len(t.bodies)
	for _, u := range from {
		for _, n := range u.frees[last] {
			if b := g.bodies[n]; b.Parent < 0 {
				t.bodies = append(t.bodies, n)
			}
		}
	}
	for _, n := range l.all[last] { // a function inside a method: nothing else knows it
		if b := g.bodies[n]; b.Impl && g.canon.of(b.Owner) == g.canon.of(f.Owner) {
			t.bodies = append(t.bodies, n)
		}
	}
	if len(t.bodies) > unsure {
		return
	}
	if f.Head != "?" { // a name for another crate that a macro brought in, or an item that a macro handed on
		for _, u := range l.below {
			t.bodies = append(t.bodies, u.methods[method]...)
			for _, n := range u.frees[last] {
				if b := g.bodies[n]; b.Parent < 0 && (len(crates) > 0 || g.canon.of(b.Owner) == g.canon.of(f.Owner)) {
					t.bodies = append(t.bodies, n)
				}
			}
		}
		if len(t.bodies) > unsure {
			return
		}
		if _, rest, ok := strings.Cut(f.Plain, "::"); ok {
			for _, u := range l.below {
				t.bodies = append(t.bodies, u.keys[rest]...)
			}
		}
		if len(t.bodies) == unsure && isTypeName(f.Owner) { // a type that a macro gave another name
			for _, u := range l.below {
				t.bodies = append(t.bodies, u.all[last]...)
			}
		}
	}
	for _, u := range from {
		if u != l || len(crates) == 0 {
			t.bodies = append(t.bodies, g.outsideOf(u, f.Last))
		}
	}
}

// outsideOf is the number of a function that has no body.
func (g *Graph) outsideOf(l *linked, name string) int32 {
	k := l.of.Key + "::" + name
	n, ok := g.outside[k]
	if !ok {
		n = int32(len(g.bodies) + len(g.outsides))
		g.outsides = append(g.outsides, outside{l, name})
		g.outside[k] = n
	}
	return n
}

// names joins words that mean the same.
type names map[string]string

func (n names) of(w string) string {
	for {
		up, ok := n[w]
		if !ok {
			return w
		}
		w = up
	}
}

func (n names) join(a, b string) {
	a, b = n.of(a), n.of(b)
	switch {
	case a < b:
		n[b] = a
	case b < a:
		n[a] = b
	}
}
