package types

import (
	"strings"

	"softshell/items"
)

// primitives are the names that are no paths.
var primitives = map[string]bool{
	"bool": true, "char": true, "str": true, "u8": true, "u16": true, "u32": true, "u64": true, "u128": true, "usize": true,
	"i8": true, "i16": true, "i32": true, "i64": true, "i128": true, "isize": true, "f16": true, "f32": true, "f64": true, "f128": true,
}

// maxExpand bounds aliases that name aliases, and re-exports of re-exports.
const maxExpand = 32

// maxArgument bounds the text of what is put into an alias: one that names its
// parameter twice, nested, doubles with each level.
const maxArgument = 1 << 14

// lookup is what a path names: a definition, or a type alias and the crate in
// which its text stands.
type lookup struct {
	def   *Def
	alias *items.TypeAlias
	in    *Crate
}

func (l lookup) ok() bool { return l.def != nil || l.alias != nil }

// named returns the type at a path with arguments.
func (r *reader) named(path string, args []*Type) *Type {
	u := r.u
	if strings.Contains(path, "::") {
		return u.instance(u.find(r.c, path, r.full), args)
	}
	switch {
	case primitives[path]:
		return u.intern(Type{Kind: Prim, Name: path})
	case path == "Self" && r.self != nil:
		return r.self
	case r.full || path == "Self":
		return u.intern(Type{Kind: Param, Name: path})
	}
	// MIR prints a type at the root of its crate and a parameter alike.
	if len(args) > 0 || r.c.declares(path) {
		return u.adt(u.def(r.c, path), args)
	}
	return u.intern(Type{Kind: Param, Name: path})
}

// declares reports whether a single name in MIR is a type at the crate's root.
func (c *Crate) declares(name string) bool {
	if c.src.Declares != nil && (c.src.Declares(name) || usualParam(name)) {
		return c.src.Declares(name)
	}
	if c.src.MayDeclare != nil && !c.src.MayDeclare(name) {
		return false
	}
	c.load()
	return c.types[name] != nil
}

// usualParam reports a name as parameters have it: T, T1, K.
func usualParam(s string) bool {
	return len(s) == 1 || len(s) == 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= '0' && s[1] <= '9'
}

// instance applies arguments to what a path names.
func (u *Universe) instance(l lookup, args []*Type) *Type {
	if l.alias == nil {
		return u.adt(l.def, args)
	}
	for _, a := range args {
		if len(a.text) > maxArgument {
			return u.intern(Type{Kind: Other, Name: l.alias.Path})
		}
	}
	params, defaults := typeParams(l.alias.Generics)
	t := u.itemType(l.in, l.alias.Type, nil)
	return u.subst(t, params, u.padded(l.in, params, defaults, args))
}

// adt applies arguments to a definition.
func (u *Universe) adt(d *Def, args []*Type) *Type {
	return u.intern(Type{Kind: ADT, Def: d, Args: args})
}

// padded fills missing arguments from the defaults.
func (u *Universe) padded(c *Crate, params, defaults []string, args []*Type) []*Type {
	for n := len(args); n < len(defaults) && defaults[n] != ""; n++ {
		t := u.itemType(c, defaults[n], nil)
		args = append(args[:n:n], u.subst(t, params[:n], args))
	}
	return args
}

// typeParams lists the type and const parameters with their defaults.
func typeParams(gs []items.Generic) (names, defaults []string) {
	for i := range gs {
		if gs[i].Kind != "lifetime" {
			names, defaults = append(names, gs[i].Name), append(defaults, gs[i].Default)
		}
	}
	return names, defaults
}

// find returns what a path with several segments names. It always finds
// something: at worst a definition that nothing describes. It asks for as few
// items as it can; what a definition is shows when it is looked into.
func (u *Universe) find(c *Crate, path string, full bool) lookup {
	memo := c.found
	if full {
		memo = c.full
	}
	if l, ok := memo[path]; ok {
		return l
	}
	l := u.search(c, path, full)
	memo[path] = l
	return l
}

// search decides whose path it is. In MIR, which leaves the own crate's name
// out, the first segment is a module of the own crate or another crate.
func (u *Universe) search(c *Crate, path string, full bool) lookup {
	head, rest, _ := strings.Cut(path, "::")
	own := !full && (c.src.Declares == nil || c.src.Declares(head)) && (c.src.MayDeclare == nil || c.src.MayDeclare(head))
	switch {
	case sysrootNames[head]:
		l := u.searchSysroot(path)
		if own && l.alias == nil && l.def.Model == nil && u.declaredIn(c, path).ok() {
			return lookup{def: u.def(c, path)}
		}
		return l
	case full && head == c.Name:
		if l := u.declaredIn(c, rest); l.alias != nil {
			return l
		}
		if d := c.dep(head); d != nil && !u.declaredIn(c, rest).ok() {
			return u.foreign(d, rest) // a binary beside its library
		}
		return lookup{def: u.def(c, rest)}
	case full:
		return u.foreign(u.crateNamed(c, head), rest)
	}
	d := c.dep(head)
	if d == nil || own && u.declaredIn(c, path).ok() {
		return lookup{def: u.def(c, path)}
	}
	return u.foreign(d, rest)
}

// foreign is what a path of another crate names.
func (u *Universe) foreign(d *Crate, rel string) lookup {
	if a := u.models.aliases[d.Name+"::"+rel]; a != nil {
		return lookup{alias: a, in: u.sysroot}
	}
	return lookup{def: u.def(d, rel)}
}

// look finds out what a definition is: what its crate declares under the path,
// or what the path leads to. rustc prints the shortest public path of a foreign
// item, so that re-exports are followed and segments may be missing.
func (u *Universe) look(d *Def) {
	if d.looked || d.Crate == u.sysroot {
		return
	}
	c := d.Crate
	if c.src.Struct != nil {
		if params, fields, known := c.src.Struct(d.rel); known {
			d.params, d.learned, d.built, d.looked = params, append([]string{}, fields...), true, true
			return
		}
	}
	u.lookAtItems(d)
}

// lookAtItems is look without what bodies show of how a struct is built.
func (u *Universe) lookAtItems(d *Def) {
	c := d.Crate
	l := u.exact(c, d.rel, 0)
	if !l.ok() {
		l = u.fuzzy(c, d.rel)
	}
	if !l.ok() && d.Model == nil && strings.Contains(d.rel, "::") && !c.inFunction(d.rel) {
		l = u.modelled("std::" + relative(d.rel)) // `extern crate alloc as other`
	}
	var learned []string
	if !l.ok() && c.src.Shape != nil { // declared in a function body
		if fields, known := c.src.Shape(d.rel); known {
			learned = append([]string{}, fields...)
		}
	}
	if d.looked && !d.built {
		return
	}
	switch {
	case l.def == d:
		d.item = c.types[d.rel]
		d.params, d.defaults = typeParams(d.item.Generics)
	case l.ok() && d.Model == nil:
		d.to = l
	default:
		d.learned = learned
	}
	d.looked = true
}

// see returns what a type stands for, looked into: re-exports and aliases
// followed, missing arguments filled in, projections normalised.
func (u *Universe) see(t *Type) *Type { return u.seeUpTo(t, 0) }

func (u *Universe) seeUpTo(t *Type, depth int) *Type {
	if t.seen != nil {
		return t.seen
	}
	out := t
	switch {
	case depth > maxExpand:
	case t.Kind == Projection:
		if n := u.normalised(t); n != t {
			out = u.seeUpTo(n, depth+1)
		}
	case t.Kind == ADT:
		d := t.Def
		if _, told := d.Model.owns(); told {
			break // no more is asked of it than its model says
		}
		u.look(d)
		if d.to.ok() {
			out = u.seeUpTo(u.instance(d.to, t.Args), depth+1)
		} else if len(t.Args) < len(d.params) {
			if d.built {
				u.lookAtItems(d) // the defaults of its parameters stand there
			}
			out = u.adt(d, u.padded(d.Crate, d.params, d.defaults, t.Args))
		}
	}
	out.seen = out
	t.seen = out
	return out
}

// canonical is the definition that a definition's path leads to.
func (u *Universe) canonical(d *Def) *Def {
	for u.look(d); d.to.def != nil; u.look(d) {
		d = d.to.def
	}
	return d
}

// declaredIn finds what a crate itself declares under exactly this path.
func (u *Universe) declaredIn(c *Crate, rel string) lookup {
	c.load()
	if c.types[rel] != nil {
		return lookup{def: u.def(c, rel)}
	}
	if a := c.aliases[rel]; a != nil {
		return lookup{alias: a, in: c}
	}
	return lookup{}
}

// exact looks a path of a crate up as it stands, through re-exports if need be.
func (u *Universe) exact(d *Crate, rel string, depth int) lookup {
	if l := u.declaredIn(d, rel); l.ok() || d.items == nil || depth > maxExpand {
		return l
	}
	full := d.Name + "::" + rel
	if to, ok := d.items.Aliases[full]; ok {
		return u.follow(d, to, depth)
	}
	for _, g := range d.items.Globs {
		if tail, ok := strings.CutPrefix(full, g.In+"::"); ok {
			if l := u.follow(d, g.Target+"::"+tail, depth); l.ok() {
				return l
			}
		}
	}
	return lookup{}
}

// follow finds the target of a re-export in crate c.
func (u *Universe) follow(c *Crate, path string, depth int) lookup {
	head, rest, ok := strings.Cut(path, "::")
	switch {
	case !ok:
		return lookup{}
	case sysrootNames[head]:
		if l := u.searchSysroot(path); l.alias != nil || l.def.Model != nil {
			return l
		}
		return lookup{}
	case head == c.Name:
		return u.exact(c, rest, depth+1)
	}
	d := c.dep(head)
	if d == nil {
		return lookup{}
	}
	if l := u.foreign(d, rest); l.alias != nil || l.def.Model != nil {
		return l
	}
	return u.exact(d, rest, depth+1)
}

// fuzzy finds a path of which segments are missing, if only one type fits, or
// else the only type of that name.
func (u *Universe) fuzzy(c *Crate, rel string) lookup {
	c.load()
	cands := c.byLast[lastSegment(rel)]
	if len(cands) == 0 || c.inFunction(rel) {
		return lookup{}
	}
	best := onlyFit(cands, rel)
	if best == "" && len(cands) == 1 {
		best = cands[0]
	}
	if best == "" {
		return lookup{}
	}
	return u.declaredIn(c, best)
}

// inFunction reports whether the path is that of a type declared in a function.
func (c *Crate) inFunction(rel string) bool {
	if strings.ContainsAny(rel, "<{") {
		return true
	}
	i := strings.LastIndex(rel, "::")
	return i >= 0 && c.fns[rel[:i]]
}

// onlyFit returns the one candidate of which rel is a subsequence by segments.
func onlyFit(cands []string, rel string) string {
	want := strings.Split(rel, "::")
	best, n := "", 0
	for _, c := range cands {
		if subsequence(want, strings.Split(c, "::")) {
			best = c
			n++
		}
	}
	if n != 1 {
		return ""
	}
	return best
}

// subsequence reports whether the segments want stand in path in that order.
func subsequence(want, path []string) bool {
	i := 0
	for _, seg := range path {
		if i < len(want) && seg == want[i] {
			i++
		}
	}
	return i == len(want)
}

// searchSysroot finds a type of the standard library by any of its paths.
func (u *Universe) searchSysroot(path string) lookup {
	if l := u.modelled(path); l.ok() {
		return l
	}
	switch e := u.models.near(path); {
	case e.model != nil:
		return lookup{def: u.modelDef(e.model)}
	case e.alias != nil:
		return lookup{alias: e.alias, in: u.sysroot}
	}
	return lookup{def: u.def(u.sysroot, path)}
}

// modelled finds what the data file has under exactly this path of the standard library.
func (u *Universe) modelled(path string) lookup {
	if m := u.models.byPath[path]; m != nil {
		return lookup{def: u.modelDef(m)}
	}
	if a := u.models.aliases[path]; a != nil {
		return lookup{alias: a, in: u.sysroot}
	}
	return lookup{}
}
