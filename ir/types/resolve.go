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

// maxExpand bounds aliases that name aliases, and projections of projections.
const maxExpand = 32

// named returns the type at a path with arguments.
func (u *Universe) named(r *reader, path string, args []*Type) *Type {
	if !strings.Contains(path, "::") {
		switch {
		case primitives[path]:
			return u.intern(Type{Kind: Prim, Name: path})
		case path == "Self" && r.self != nil:
			return r.self
		case r.full || path == "Self":
			return u.intern(Type{Kind: Param, Name: path})
		}
		if l := u.findLocal(r.c, path); l.ok() {
			return u.instance(l, args)
		}
		return u.intern(Type{Kind: Param, Name: path})
	}
	return u.instance(u.find(r.c, path, r.full), args)
}

// local returns a type declared inside a function body: only MIR tells of it.
func (u *Universe) local(c *Crate, name string, args []*Type) *Type {
	return u.adt(u.def(c, name), args)
}

// instance applies arguments to what a path names.
func (u *Universe) instance(l lookup, args []*Type) *Type {
	if l.alias == nil {
		return u.adt(l.def, args)
	}
	if u.resolving >= maxExpand {
		return u.intern(Type{Kind: Other, Name: l.alias.Path})
	}
	u.resolving++
	defer func() { u.resolving-- }()
	params, defaults := typeParams(l.alias.Generics)
	t := u.itemType(l.in, l.alias.Type, nil)
	return u.subst(t, params, u.padded(l.in, params, defaults, args))
}

// adt applies arguments to a definition; missing ones take their defaults.
func (u *Universe) adt(d *Def, args []*Type) *Type {
	u.describe(d)
	return u.intern(Type{Kind: ADT, Def: d, Args: u.padded(d.Crate, d.params, d.defaults, args)})
}

// padded fills missing arguments from the defaults.
func (u *Universe) padded(c *Crate, params, defaults []string, args []*Type) []*Type {
	for len(args) < len(defaults) {
		n := len(args)
		if defaults[n] == "" {
			return args
		}
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

// describe fills in what follows from the item or model.
func (u *Universe) describe(d *Def) {
	if d.loaded {
		return
	}
	d.loaded = true
	switch {
	case d.Item != nil:
		d.params, d.defaults = typeParams(d.Item.Generics)
	case d.Model != nil:
		d.params = d.Model.Generics
	}
	d.declared = nil
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

// search tries, in this order: the own crate as spelled, the standard library,
// the crate that the first segment names, and then the same with segments left
// out, since rustc prints the shortest public path of a foreign item.
func (u *Universe) search(c *Crate, path string, full bool) lookup {
	head, rest, _ := strings.Cut(path, "::")
	if !full {
		if l := u.exact(c, path, 0); l.ok() {
			return l
		}
	}
	if u.byName[head] == u.sysroot {
		return u.searchSysroot(path)
	}
	if head == c.Name {
		if l := u.exact(c, rest, 0); l.ok() {
			return l
		}
	}
	if _, extern := c.externs[head]; full || extern || !c.heads[head] {
		if l := u.searchForeign(c, head, rest); l.ok() {
			return l
		}
	}
	if head == c.Name {
		if l := u.fuzzy(c, rest); l.ok() {
			return l
		}
		return lookup{def: u.def(c, rest)}
	}
	if !full {
		if l := u.fuzzy(c, path); l.ok() {
			return l
		}
		if !u.isCrate(c, head) {
			return lookup{def: u.def(c, path)}
		}
	}
	return lookup{def: u.def(u.handle(c.externName(head)), rest)}
}

// isCrate reports whether a first segment names a crate that is known.
func (u *Universe) isCrate(c *Crate, head string) bool {
	if _, ok := c.externs[head]; ok {
		return true
	}
	other := u.byName[head]
	return other != nil && other.Items != nil
}

// externName turns the name that code uses for a crate into the crate's own.
func (c *Crate) externName(name string) string {
	if n, ok := c.externs[name]; ok && n != "" {
		return n
	}
	return name
}

// searchForeign looks in the crate that the first segment names: in its items
// when they are at hand, in the models, and only then in items still to get.
func (u *Universe) searchForeign(c *Crate, head, rest string) lookup {
	name := c.externName(head)
	other := u.handle(name)
	if other == c {
		other = u.byName[name]
	}
	if other.Items != nil {
		if l := u.exact(other, rest, 0); l.ok() {
			return l
		}
	}
	if m := u.models.byPath[name+"::"+rest]; m != nil {
		return lookup{def: u.modelDef(m)}
	}
	if m := u.models.near(name, rest); m != nil {
		return lookup{def: u.modelDef(m)}
	}
	if u.crateNamed(name).Items == nil {
		return lookup{}
	}
	if l := u.exact(other, rest, 0); l.ok() {
		return l
	}
	return u.fuzzy(other, rest)
}

// findLocal is exact for a single name at the root of the crate.
func (u *Universe) findLocal(c *Crate, name string) lookup { return u.exact(c, name, 0) }

// exact finds a path of a crate as it stands, through re-exports if need be.
func (u *Universe) exact(c *Crate, rel string, depth int) lookup {
	if c.Items == nil {
		if d := c.defs[rel]; d != nil {
			return lookup{def: d}
		}
		return lookup{}
	}
	if c.types[rel] != nil {
		return lookup{def: u.def(c, rel)}
	}
	if a := c.aliases[rel]; a != nil {
		return lookup{alias: a, in: c}
	}
	if depth > maxExpand {
		return lookup{}
	}
	full := c.Name + "::" + rel
	if to, ok := c.Items.Aliases[full]; ok {
		return u.follow(c, to, depth)
	}
	for _, g := range c.Items.Globs {
		if tail, ok := strings.CutPrefix(full, g.In+"::"); ok {
			if l := u.follow(c, g.Target+"::"+tail, depth); l.ok() {
				return l
			}
		}
	}
	if d := c.defs[rel]; d != nil && d.learned != nil {
		return lookup{def: d}
	}
	return lookup{}
}

// follow finds the target of a re-export.
func (u *Universe) follow(c *Crate, path string, depth int) lookup {
	head, rest, ok := strings.Cut(path, "::")
	if !ok {
		return lookup{}
	}
	if head == c.Name {
		return u.exact(c, rest, depth+1)
	}
	if u.byName[head] == u.sysroot {
		if m := u.sysrootModel(path); m != nil {
			return lookup{def: u.modelDef(m)}
		}
		return lookup{}
	}
	other := u.handle(head)
	if other.Items == nil {
		if m := u.models.byPath[path]; m != nil {
			return lookup{def: u.modelDef(m)}
		}
		u.crateNamed(head)
	}
	if other.Items == nil {
		return lookup{}
	}
	return u.exact(other, rest, depth+1)
}

// fuzzy finds a path of which segments are missing, if only one type fits; or
// else the only type of that name.
func (u *Universe) fuzzy(c *Crate, rel string) lookup {
	cands := c.byLast[lastSegment(rel)]
	if len(cands) == 0 {
		return lookup{}
	}
	best := onlyFit(cands, rel)
	if best == "" && len(cands) == 1 && !u.inFunction(c, rel) {
		best = cands[0]
	}
	if best == "" {
		return lookup{}
	}
	return u.exact(c, best, 0)
}

// inFunction reports whether the path is that of a type declared in a function.
func (u *Universe) inFunction(c *Crate, rel string) bool {
	if strings.ContainsAny(rel, "<{") {
		return true
	}
	i := strings.LastIndex(rel, "::")
	if i < 0 || c.Items == nil {
		return false
	}
	if c.fns == nil {
		c.fns = make(map[string]bool, len(c.Items.Fns))
		for _, f := range c.Items.Fns {
			c.fns[relative(f.Path)] = true
		}
	}
	return c.fns[rel[:i]]
}

// onlyFit returns the one candidate of which rel is a subsequence by segments.
func onlyFit(cands []string, rel string) string {
	want := strings.Split(rel, "::")
	best, n := "", 0
	for _, c := range cands {
		if subsequence(want, c) {
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
func subsequence(want []string, path string) bool {
	i := 0
	for len(path) > 0 && i < len(want) {
		seg := path
		if j := strings.Index(path, "::"); j >= 0 {
			seg, path = path[:j], path[j+2:]
		} else {
			path = ""
		}
		if seg == want[i] {
			i++
		}
	}
	return i == len(want)
}

// searchSysroot finds a type of the standard library by any of its paths.
func (u *Universe) searchSysroot(path string) lookup {
	if a := u.models.aliases[path]; a != nil {
		return lookup{alias: a, in: u.sysroot}
	}
	if m := u.sysrootModel(path); m != nil {
		return lookup{def: u.modelDef(m)}
	}
	if d := u.sysroot.defs[path]; d != nil {
		return lookup{def: d}
	}
	d := &Def{ID: int32(len(u.defs)), Path: path, Crate: u.sysroot}
	u.addDef(u.sysroot, path, d)
	return lookup{def: d}
}

func (u *Universe) sysrootModel(path string) *Model {
	if m := u.models.byPath[path]; m != nil {
		return m
	}
	rel := relative(path)
	for _, c := range [...]string{"std::", "core::", "alloc::"} {
		if m := u.models.byPath[c+rel]; m != nil {
			return m
		}
	}
	return u.models.near("std", sysrootModules.Replace(rel))
}

// sysrootModules undoes the public names of std's modules that are no part of the definition path.
var sysrootModules = strings.NewReplacer("hash_map::", "hash::map::", "hash_set::", "hash::set::", "btree_map::", "btree::map::", "btree_set::", "btree::set::")

// near finds the model of a crate of whose path rel is a subsequence, if only
// one is. "std" stands for core and alloc too.
func (m *Models) near(crate, rel string) *Model {
	want := strings.Split(rel, "::")
	var best *Model
	for _, c := range m.byLast[lastSegment(rel)] {
		head, tail, _ := strings.Cut(c.Path, "::")
		if head != crate && !(crate == "std" && (head == "core" || head == "alloc")) || !subsequence(want, tail) {
			continue
		}
		if best != nil {
			return nil
		}
		best = c
	}
	return best
}
