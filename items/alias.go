package items

import (
	"maps"
	"slices"
	"strings"
)

// target is what a name in a module stands for: an item of this crate, or a path elsewhere.
type target struct {
	id      int32
	foreign string // definition path when the item is not in the index
	module  bool   // the foreign item is a module
}

// name is a name in one of the two namespaces: a module and a function may share one.
type name struct {
	text  string
	value bool // of functions and statics, not of modules and types
}

// compareNames sorts values first, so that the type is what a path to both is taken for.
func compareNames(a, b name) int {
	if c := strings.Compare(a.text, b.text); c != 0 || a.value == b.value {
		return c
	}
	if a.value {
		return -1
	}
	return 1
}

// maxAliases bounds Aliases: modules that re-export each other name an item in very many ways.
const maxAliases = 1 << 17

// resolveAliases walks the module tree as a path does, re-exports included,
// and notes each path that is not the item's own.
func (d *decoder) resolveAliases() {
	d.names = map[int32]map[name]target{}
	d.foreign = map[int32][]string{}
	d.out.Aliases = map[string]string{}
	d.walkNames(d.root, d.name, map[int32]bool{})
	if len(d.out.Aliases) == 0 {
		d.out.Aliases = nil
	}
}

// walkNames notes what can be named below a module under the given path. open
// holds the modules on the way, which are not entered again.
func (d *decoder) walkNames(mod int32, path string, open map[int32]bool) {
	if open[mod] || d.walked > maxAliases || len(d.out.Aliases) > maxAliases {
		return
	}
	open[mod] = true
	defer delete(open, mod)
	names := d.namesIn(mod)
	if it := d.item(mod); it != nil && it.path != path {
		d.walked += 1 + len(names)
	}
	for _, p := range d.foreign[mod] {
		d.glob(path, p)
	}
	for _, n := range slices.SortedFunc(maps.Keys(names), compareNames) {
		t := names[n]
		full := path + "::" + segment(n.text)
		it := d.item(t.id)
		switch {
		case t.module:
			d.glob(full, t.foreign) // paths go through it
		case t.foreign != "":
			d.alias(full, t.foreign)
		case it == nil:
		case it.kind == kindModule:
			if it.path == full || !open[t.id] {
				d.walkNames(t.id, full, open)
			}
		default:
			d.alias(full, it.path)
		}
	}
}

func (d *decoder) alias(path, def string) {
	if path != def && def != "" {
		d.out.Aliases[path] = def
	}
}

// namesIn is the namespace of a module or enum, its own items first, then what
// it imports, then what its globs bring.
func (d *decoder) namesIn(id int32) map[name]target {
	if n, ok := d.names[id]; ok {
		return n
	}
	n := map[name]target{}
	d.names[id] = n // globs may go in circles
	it := d.item(id)
	if it == nil || it.kind != kindModule {
		return n
	}
	var globs []int32
	for _, child := range d.list(it.inner, "items") {
		c := d.item(child)
		if c == nil {
			continue
		}
		if c.kind != kindUse {
			if aliasable(c.kind) {
				n[name{c.name, c.kind.value()}] = target{id: child}
			}
			continue
		}
		u := d.use(c)
		if u.id < 0 {
			continue
		}
		if u.glob {
			if to := d.item(u.id); to != nil && to.kind == kindModule {
				globs = append(globs, u.id)
			} else if p := d.listedPath(u.id); p != "" && to == nil {
				d.foreign[id] = append(d.foreign[id], p)
			}
			continue
		}
		d.importName(n, u)
	}
	for _, g := range globs {
		for k, t := range d.namesIn(g) {
			if _, own := n[k]; !own {
				n[k] = t
			}
		}
		for _, p := range d.foreign[g] {
			if !slices.Contains(d.foreign[id], p) {
				d.foreign[id] = append(d.foreign[id], p)
			}
		}
	}
	return n
}

// aliasable tells the items whose further paths are of interest: what types and calls name.
func aliasable(k itemKind) bool {
	switch k {
	case kindModule, kindStruct, kindEnum, kindUnion, kindTrait, kindTypeAlias, kindFunction, kindStatic:
		return true
	}
	return false
}

// value reports whether the names of such items are those of values.
func (k itemKind) value() bool { return k == kindFunction || k == kindStatic }

// importName enters `use path as name`.
func (d *decoder) importName(n map[name]target, u use) {
	if it := d.item(u.id); it != nil {
		if aliasable(it.kind) {
			n[name{u.name, it.kind.value()}] = target{id: u.id}
		}
		return
	}
	p := d.listedPath(u.id)
	if p == "" {
		return
	}
	k := name{u.name, d.paths.at(u.id).value}
	if _, taken := n[k]; !taken {
		n[k] = target{id: -1, foreign: p, module: d.paths.at(u.id).module}
	}
}

func (d *decoder) glob(in, path string) {
	d.out.Globs = append(d.out.Globs, Glob{In: in, Target: path})
}

// use is a re-export.
type use struct {
	name string
	id   int32
	glob bool
}

func (d *decoder) use(it *item) use {
	u := use{id: -1}
	s := scanner{b: it.inner}
	for k, ok := nextKey(&s); ok; k, ok = s.key() {
		switch string(k) {
		case "name":
			u.name = s.text()
		case "id":
			u.id = d.id(s.raw())
		case "is_glob", "glob":
			u.glob = s.flag()
		default:
			s.skip()
		}
	}
	return u
}
