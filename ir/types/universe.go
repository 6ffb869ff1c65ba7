package types

import (
	"slices"
	"strings"
	"sync"

	"softshell/items"
	"softshell/mir"
)

// Universe holds the type definitions of all crates that were met, and answers
// questions about types. Its methods may be called at the same time.
type Universe struct {
	// NeedCrate brings the items of a crate that a type asks for, nil when they
	// cannot be had. It is called once a crate, never again for the same name,
	// and must not call back into the Universe.
	NeedCrate func(name string) *items.Crate

	mu      sync.Mutex
	models  *Models
	crates  []*Crate
	byName  map[string]*Crate
	sysroot *Crate // std, core and alloc in one

	defs     []*Def
	types    map[string]*Type
	byID     []*Type
	fromNode map[*mir.Type]*Type
	scratch  []byte

	epoch     int32 // grows when an answer may change
	variants  map[int32][]Variant
	captures  map[int32][]*Type
	impls     map[string][]implRef // by trait
	resolving int                  // depth of alias and projection expansion
	solving   bool                 // an encoding is being solved
}

// New returns a Universe that knows the models and no crate.
func New(m *Models) *Universe {
	u := &Universe{
		models: m, byName: map[string]*Crate{}, types: map[string]*Type{}, fromNode: map[*mir.Type]*Type{},
		variants: map[int32][]Variant{}, captures: map[int32][]*Type{}, impls: map[string][]implRef{},
	}
	u.sysroot = u.newCrate("std")
	for _, n := range [...]string{"core", "alloc", "std"} {
		u.byName[n] = u.sysroot
	}
	u.sysroot.asked = true
	return u
}

// Crate is a crate as the context in which paths stand.
type Crate struct {
	ID    int
	Name  string
	Items *items.Crate // nil: not at hand

	asked   bool
	externs map[string]string
	types   map[string]*items.ADT       // by path without the crate's name
	aliases map[string]*items.TypeAlias // likewise
	byLast  map[string][]string         // last segment -> paths
	heads   map[string]bool             // first segments of its own paths
	fns     map[string]bool             // paths of functions: types may be declared in them
	traits  map[string]bool
	defs    map[string]*Def
	found   map[string]lookup // memo: path in MIR text -> what it names
	full    map[string]lookup // memo: path in items text
	texts   map[string]*Type  // memo: MIR text of a type
	nodes   map[*mir.Type]*Type

	drops  map[*Def]*items.Impl
	copies map[*Def]*items.Impl
	places map[place][]int
}

// lookup is what a path names: a definition, or a type alias.
type lookup struct {
	def   *Def
	alias *items.TypeAlias
	in    *Crate
}

func (l lookup) ok() bool { return l.def != nil || l.alias != nil }

// Def is the definition of a struct, enum or union.
type Def struct {
	ID    int32  // dense
	Path  string // definition path with the crate's name
	Crate *Crate
	Item  *items.ADT // nil when no items describe it
	Model *Model     // nil when no model does

	params   []string // type and const parameters
	defaults []string
	declared [][]*Type // field types by variant, parameters unsubstituted
	loaded   bool
	learned  map[int32]*Type // body-local types: field types seen in MIR
	marks    map[fieldKey]string
	enc      [queries]Own
	encAt    int32
	encOK    bool
}

type fieldKey struct{ variant, field int32 }

// Known reports whether anything describes the type.
func (d *Def) Known() bool { return d.Item != nil || d.Model != nil || d.learned != nil }

// Name is the last segment of the path.
func (d *Def) Name() string { return lastSegment(d.Path) }

func lastSegment(path string) string { return path[strings.LastIndex(path, ":")+1:] }

func (u *Universe) newCrate(name string) *Crate {
	c := &Crate{
		ID: len(u.crates), Name: name, defs: map[string]*Def{}, found: map[string]lookup{}, full: map[string]lookup{},
		texts: map[string]*Type{}, nodes: map[*mir.Type]*Type{},
	}
	u.crates = append(u.crates, c)
	return c
}

// AddCrate makes a crate known. externs maps the names by which its code calls
// other crates to those crates' own names, where they differ. A second crate
// of the same name (a package's binary beside its library) is a crate of its
// own; other crates then mean the first.
func (u *Universe) AddCrate(it *items.Crate, externs map[string]string) *Crate {
	u.mu.Lock()
	defer u.mu.Unlock()
	c := u.byName[it.Name]
	if c == nil || c.asked {
		c = u.newCrate(it.Name)
		if u.byName[it.Name] == nil {
			u.byName[it.Name] = c
		}
	}
	c.externs = externs
	u.load(c, it)
	return c
}

// CrateNamed returns the crate of that name, which is loaded if need be; nil
// when nothing is known of it.
func (u *Universe) CrateNamed(name string) *Crate {
	u.mu.Lock()
	defer u.mu.Unlock()
	c := u.crateNamed(name)
	if c.Items == nil && c != u.sysroot {
		return nil
	}
	return c
}

// crateNamed returns the crate of that name and asks for its items once.
func (u *Universe) crateNamed(name string) *Crate {
	c := u.handle(name)
	if !c.asked {
		c.asked = true
		if u.NeedCrate != nil {
			if it := u.NeedCrate(name); it != nil {
				u.load(c, it)
			}
		}
	}
	return c
}

// handle returns the crate of that name without asking for its items.
func (u *Universe) handle(name string) *Crate {
	c := u.byName[name]
	if c == nil {
		c = u.newCrate(name)
		u.byName[name] = c
	}
	return c
}

// load puts the items into the crate's tables.
func (u *Universe) load(c *Crate, it *items.Crate) {
	c.Items, c.asked = it, true
	c.types = make(map[string]*items.ADT, len(it.Types))
	c.aliases = make(map[string]*items.TypeAlias, len(it.TypeAliases))
	c.byLast = make(map[string][]string, len(it.Types))
	c.heads = map[string]bool{}
	for _, t := range it.Types {
		rel := relative(t.Path)
		c.types[rel] = t
		c.heads[firstSegment(rel)] = true
		last := lastSegment(rel)
		c.byLast[last] = append(c.byLast[last], rel)
		if d := c.defs[rel]; d != nil {
			d.Item, d.loaded = t, false
		}
	}
	for _, a := range it.TypeAliases {
		rel := relative(a.Path)
		c.aliases[rel] = a
		c.byLast[lastSegment(rel)] = append(c.byLast[lastSegment(rel)], rel)
	}
	for _, f := range it.Fns {
		if strings.HasPrefix(f.Path, it.Name) {
			c.heads[firstSegment(relative(f.Path))] = true
		}
	}
	c.traits = make(map[string]bool, len(it.Traits))
	for _, t := range it.Traits {
		c.traits[relative(t.Path)] = true
	}
	clear(c.found)
	clear(c.full)
	u.epoch++
	u.indexImpls(c)
}

// relative drops the first segment, the crate's name.
func relative(path string) string {
	if i := strings.Index(path, "::"); i >= 0 {
		return path[i+2:]
	}
	return path
}

func firstSegment(path string) string {
	if i := strings.Index(path, "::"); i >= 0 {
		return path[:i]
	}
	return path
}

// def returns the definition at a path of a crate, which may be one that
// nothing describes.
func (u *Universe) def(c *Crate, rel string) *Def {
	if d := c.defs[rel]; d != nil {
		return d
	}
	d := &Def{ID: int32(len(u.defs)), Path: c.Name + "::" + rel, Crate: c}
	if c.types != nil {
		d.Item = c.types[rel]
	}
	d.Model = u.models.byPath[d.Path]
	u.addDef(c, rel, d)
	return d
}

func (u *Universe) addDef(c *Crate, rel string, d *Def) {
	u.defs = append(u.defs, d)
	c.defs[rel] = d
}

// modelDef returns the definition that a model gives.
func (u *Universe) modelDef(m *Model) *Def {
	head, rel, _ := strings.Cut(m.Path, "::")
	c := u.handle(head)
	if c == u.sysroot {
		rel = m.Path // core and alloc may have the same path
	}
	if d := c.defs[rel]; d != nil {
		return d
	}
	d := &Def{ID: int32(len(u.defs)), Path: m.Path, Crate: c, Model: m}
	if c.types != nil {
		d.Item = c.types[rel]
	}
	u.addDef(c, rel, d)
	return d
}

// Unresolved lists the types that were asked for and that nothing describes, sorted.
func (u *Universe) Unresolved() []string {
	u.mu.Lock()
	defer u.mu.Unlock()
	var out []string
	for _, d := range u.defs {
		if !d.Known() {
			out = append(out, d.Path)
		}
	}
	slices.Sort(out)
	return out
}

// Count is the number of definitions met, described or not.
func (u *Universe) Count() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return len(u.defs)
}

// Resolve returns the type that a node of MIR text of crate c stands for.
func (u *Universe) Resolve(c *Crate, t *mir.Type) *Type {
	if t == nil {
		return nil
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.resolve(c, t)
}

func (u *Universe) resolve(c *Crate, t *mir.Type) *Type {
	if n := u.fromNode[t]; n != nil {
		return n
	}
	n := c.nodes[t]
	if n == nil {
		n = u.resolveText(c, t.Text)
		c.nodes[t] = n
	}
	return n
}

// ResolveText returns the type that a text of MIR in crate c stands for.
func (u *Universe) ResolveText(c *Crate, text string) *Type {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.resolveText(c, text)
}

func (u *Universe) resolveText(c *Crate, text string) *Type {
	if t := c.texts[text]; t != nil {
		return t
	}
	r := reader{u: u, c: c, s: text}
	t := r.typ()
	c.texts[text] = t
	return t
}

// itemType reads a type of the items of crate c.
func (u *Universe) itemType(c *Crate, text string, self *Type) *Type {
	r := reader{u: u, c: c, s: text, full: true, self: self}
	return r.typ()
}

// ItemType returns the type that a text in the items of crate c stands for.
// Single names are parameters there.
func (u *Universe) ItemType(c *Crate, text string) *Type {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.itemType(c, text, nil)
}
