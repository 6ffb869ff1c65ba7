package callgraph

import (
	"bytes"
	"os"
	"slices"
	"strings"

	"softshell/ir"
)

// Level says what was looked for.
type Level string

// The levels, the narrowest first.
const (
	Function Level = "function"
	Type     Level = "type"
	Crate    Level = "crate"
)

// Grade says how well a named path fits what was found.
type Grade string

// The grades.
const (
	Exact Grade = "exact" // one item of the crate, and all of its bodies
	Fuzzy Grade = "fuzzy" // the name fits, what stands before it only partly
	None  Grade = "none"  // the crate as built has nothing of that name
)

// found is what a path of an advisory means in a unit.
type found struct {
	level  Level
	grade  Grade
	bodies []int32
	types  []int32 // for a type: it counts as reached when it is made
	extern string  // a function without a body, by name
	absent bool    // the version has no such function
	macro  bool    // a macro: what it expands to stands in other crates
}

// find looks for a path as an advisory writes it, in one unit.
func (g *Graph) find(l *linked, path string) found {
	segs := cleanPath(path)
	if len(segs) > 1 && (segs[0] == l.Crate || segs[0] == strings.ReplaceAll(l.of.Package, "-", "_") || segs[0] == "crate") {
		segs = segs[1:]
	}
	if len(segs) == 0 {
		return found{grade: None}
	}
	name := segs[len(segs)-1]
	last := g.canon.of(name)
	owner := ""
	if len(segs) > 1 {
		owner = segs[len(segs)-2]
	}
	d := &l.Declared
	f := g.function(l, segs, owner, last)
	f.bodies = slices.DeleteFunc(f.bodies, func(n int32) bool { return d.constructor(g.bodies[n]) })
	if len(f.bodies) > 0 {
		return f
	}
	switch {
	case has(d.Macros, name):
		return found{grade: Exact, level: Function, macro: true}
	case has(d.Types, name) || has(d.Traits, name):
		return g.typeLevel(l, name, Exact)
	case d.Foreign && has(d.Fns, name):
		return found{grade: Exact, level: Function, extern: name}
	case has(d.Types, owner) && !l.mentions(name):
		return found{grade: None, absent: true}
	case owner != "" && (has(d.Types, owner) || has(d.Traits, owner)):
		f := g.typeLevel(l, owner, Fuzzy)
		f.extern = name
		return f
	}
	return found{grade: None, extern: name}
}

// constructor reports whether a body is what a tuple struct or a variant is as a
// function: the path means the type then, which is mostly built without that function.
func (d *declared) constructor(b *body) bool {
	return b.Fn && !b.Impl && !has(d.Fns, b.Last) && (has(d.Types, b.Last) || isTypeName(b.Last) && has(d.Types, b.Owner))
}

// mentions reports whether a word stands in the sources, comments and strings apart.
// A function that a macro makes has a body, whatever its name is made of; one without
// a body is declared somewhere, or it is handed on by a use.
func (l *linked) mentions(word string) bool {
	src := ir.NewSourceCache(l.of.Dir)
	for _, file := range l.of.Sources {
		text, err := os.ReadFile(src.Path(file))
		if err != nil || bytes.Contains(text, []byte(word)) && slices.Contains(ir.Tokens(string(text)), word) {
			return true
		}
	}
	return false
}

// cleanPath splits a path as people write it: `ObjectPool<H,T>::free`, `f()`, `m!`.
func cleanPath(path string) []string {
	var b strings.Builder
	depth := 0
	for _, c := range path {
		switch {
		case c == '<' || c == '(' || c == '[':
			depth++
		case c == '>' || c == ')' || c == ']':
			depth--
		case depth == 0 && c != '!' && c != '`' && c != ' ' && c != '&':
			b.WriteRune(c)
		}
	}
	var out []string
	for _, s := range strings.Split(strings.ReplaceAll(b.String(), ".", "::"), "::") {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

// function looks for functions of that path.
func (g *Graph) function(l *linked, segs []string, owner, last string) found {
	f := found{level: Function}
	if exact := l.keys[strings.Join(segs, "::")]; len(exact) > 0 {
		f.grade, f.bodies = Exact, slices.Clone(exact)
	}
	if owner != "" {
		byOwner := g.ofOwner(l, owner, last)
		f.bodies = append(f.bodies, byOwner...)
		if len(byOwner) > 0 && f.grade == "" {
			f.grade = Exact
			if g.declaredTimes(l, owner) > 1 {
				f.grade = Fuzzy // which of them is meant is not known: all
			}
		}
	}
	if len(f.bodies) > 0 {
		f.bodies = append(f.bodies, g.unsure(l, last)...)
		return f
	}
	// A re-export: modules may be left out.
	var free []int32
	for _, n := range l.frees[last] {
		if b := g.bodies[n]; b.Parent < 0 && !strings.Contains(b.Key, "{") {
			free = append(free, n)
		}
	}
	if isTypeName(owner) {
		free = nil // a function of a type is not one of a module
	}
	switch {
	case len(free) == 1 && subsequence(segs, strings.Split(g.bodies[free[0]].Key, "::")):
		f.grade, f.bodies = Exact, free
	case len(free) > 0:
		f.grade, f.bodies = Fuzzy, free
	case owner != "" && !isTypeName(owner), owner == "":
		for _, n := range l.all[last] { // a module's name stands for the type's
			if g.bodies[n].Impl {
				f.bodies = append(f.bodies, n)
			}
		}
		f.grade = Fuzzy
	}
	f.bodies = append(f.bodies, g.unsure(l, last)...)
	return f
}

// ofOwner are the functions of a type's or a trait's impl blocks, and the default of the trait.
func (g *Graph) ofOwner(l *linked, owner, last string) []int32 {
	var out []int32
	owner = g.canon.of(owner)
	for _, n := range l.all[last] {
		b := g.bodies[n]
		switch {
		case !b.Impl:
			if b.Parent < 0 && g.canon.of(b.Owner) == owner {
				out = append(out, n)
			}
		case g.canon.of(b.Trait) == owner,
			slices.ContainsFunc(b.Self, func(s int32) bool { return g.canon.of(l.Names[s].Name) == owner }):
			out = append(out, n)
		}
	}
	return out
}

// ofNoType reports whether a body is of an impl block whose type is not known: a macro
// wrote it, or it is for an alias.
func ofNoType(b *body) bool {
	return b.Impl && len(b.Self) == 0 && (b.Trait == "?" || b.Trait == "")
}

// unsure are the functions of that name in impl blocks whose type is not known.
func (g *Graph) unsure(l *linked, last string) []int32 {
	var out []int32
	for _, n := range l.all[last] {
		if ofNoType(g.bodies[n]) {
			out = append(out, n)
		}
	}
	return out
}

// declaredTimes counts the types of that name in a unit. Two in one unit are one
// name in Declared, so this looks at where their functions stand.
func (g *Graph) declaredTimes(l *linked, owner string) int {
	heads := map[string]bool{}
	for i := range l.Bodies {
		b := &l.Bodies[i]
		if !b.Impl || b.Trait != "" {
			continue
		}
		for _, s := range b.Self {
			if l.Names[s].Name == owner && b.Path != "" {
				heads[b.Path] = true
			}
		}
	}
	return len(heads)
}

// typeLevel is all functions of a type or a trait.
func (g *Graph) typeLevel(l *linked, name string, grade Grade) found {
	f := found{level: Type, grade: grade}
	name = g.canon.of(name)
	for i := range l.Bodies {
		b, n := &l.Bodies[i], l.base+int32(i)
		if !b.Impl && g.canon.of(b.Owner) == name || b.Impl && g.canon.of(b.Trait) == name {
			f.bodies = append(f.bodies, n)
			continue
		}
		for _, s := range b.Self {
			if g.canon.of(l.Names[s].Name) == name {
				f.bodies = append(f.bodies, n)
			}
		}
		if ofNoType(b) {
			f.bodies = append(f.bodies, n)
		}
	}
	for _, e := range g.byName[name] {
		if g.types[e].unit == l {
			f.types = append(f.types, e)
		}
	}
	return f
}

// subsequence reports whether a occurs in b, in its order.
func subsequence(a, b []string) bool {
	for _, s := range b {
		if len(a) > 0 && a[0] == s {
			a = a[1:]
		}
	}
	return len(a) == 0
}
