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
		return r.instance(u.find(r.c, path, r.full), args)
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
	if r.c.load(); r.c.types[path] != nil || len(args) > 0 {
		return u.adt(u.def(r.c, path), args)
	}
	return u.intern(Type{Kind: Param, Name: path})
}

// instance applies arguments to what a path names.
func (r *reader) instance(l lookup, args []*Type) *Type {
	if l.alias == nil {
		return r.u.adt(l.def, args)
	}
	if r.expanded >= maxExpand {
		return r.u.intern(Type{Kind: Other, Name: l.alias.Path})
	}
	params, defaults := typeParams(l.alias.Generics)
	in := reader{u: r.u, c: l.in, s: l.alias.Type, full: true, expanded: r.expanded + 1}
	return r.u.subst(in.typ(), params, r.u.padded(l.in, params, defaults, args))
}

// adt applies arguments to a definition; missing ones take their defaults.
func (u *Universe) adt(d *Def, args []*Type) *Type {
	return u.intern(Type{Kind: ADT, Def: d, Args: u.padded(d.Crate, d.params, d.defaults, args)})
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
// something: at worst a definition that nothing describes.
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
	switch {
	case sysrootNames[head]:
		l := u.searchSysroot(path)
		if full || l.alias != nil || l.def.Model != nil {
			return l
		}
		if own := u.declaredIn(c, path); own.ok() {
			return own
		}
		return l
	case full && head == c.Name:
		if l := u.declaredIn(c, rest); l.ok() {
			return l
		}
		if d := c.dep(head); d != nil { // a binary beside its library
			return u.searchCrate(c, d, rest)
		}
		return u.searchOwn(c, rest)
	case full:
		return u.searchCrate(c, u.crateNamed(c, head), rest)
	}
	d := c.dep(head)
	if d == nil {
		return u.searchOwn(c, path)
	}
	if l := u.declaredIn(c, path); l.ok() {
		return l
	}
	return u.searchCrate(c, d, rest)
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

// searchOwn finds a type of the crate in which the text stands.
func (u *Universe) searchOwn(c *Crate, rel string) lookup {
	if l := u.declaredIn(c, rel); l.ok() {
		return l
	}
	if l := u.fuzzy(c, rel); l.ok() {
		return l
	}
	if l := u.modelled(u.sysroot, "std::"+relative(rel)); l.ok() && strings.Contains(rel, "::") && !c.inFunction(rel) {
		return l // `extern crate alloc as other`
	}
	return lookup{def: u.local(c, rel)}
}

// searchCrate finds a type of crate d that a text in crate c names: rustc
// prints the shortest public path of a foreign item, rustdoc where it is defined.
func (u *Universe) searchCrate(c, d *Crate, rel string) lookup {
	path := d.Name + "::" + rel
	if l := u.modelled(d, path); l.ok() {
		return l
	}
	if l := u.exact(d, rel, 0); l.ok() {
		return l
	}
	if l := u.nearModel(d, path); l.ok() {
		return l
	}
	if l := u.fuzzy(d, rel); l.ok() {
		return l
	}
	return lookup{def: u.def(d, rel)}
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
	if l := u.modelled(d, path); l.ok() {
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

// local returns a type of crate c that its items do not list: one declared in
// a function body, of which only MIR tells.
func (u *Universe) local(c *Crate, rel string) *Def {
	d := u.def(c, rel)
	if !d.Known() && c.src.Shape != nil {
		if fields, known := c.src.Shape(rel); known {
			d.learned = append([]string{}, fields...)
		}
	}
	return d
}

// searchSysroot finds a type of the standard library by any of its paths.
func (u *Universe) searchSysroot(path string) lookup {
	if l := u.modelled(u.sysroot, path); l.ok() {
		return l
	}
	if l := u.nearModel(u.sysroot, path); l.ok() {
		return l
	}
	return lookup{def: u.def(u.sysroot, path)}
}

// modelled finds what the data file has under exactly this path, for a type of crate d.
func (u *Universe) modelled(d *Crate, path string) lookup {
	if m := u.models.byPath[path]; m != nil {
		return lookup{def: u.modelDef(d, m)}
	}
	if a := u.models.aliases[path]; a != nil {
		return lookup{alias: a, in: u.sysroot}
	}
	return lookup{}
}

// nearModel finds what the data file has under a path like this one.
func (u *Universe) nearModel(d *Crate, path string) lookup {
	switch e := u.models.near(path); {
	case e.model != nil:
		return lookup{def: u.modelDef(d, e.model)}
	case e.alias != nil:
		return lookup{alias: e.alias, in: u.sysroot}
	}
	return lookup{}
}
