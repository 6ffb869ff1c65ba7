package types

import (
	"slices"
	"strings"
	"sync"

	"softshell/items"
)

// Source is what the Universe is told of a crate.
type Source struct {
	Name string
	// Externs are the crates that this one's code may name, by the name that it
	// uses for them. They were added before.
	Externs map[string]*Crate
	// Items brings the crate's items; nil when they cannot be had. It is called
	// at most once, only when an answer depends on them, and must not ask the
	// Universe anything.
	Items func() *items.Crate
	// Declares reports whether bodies show that the crate declares a type or a
	// module of that name at its root. Without it the items are asked. It must
	// not ask the Universe anything. It may be nil.
	Declares func(name string) bool
	// MayDeclare is false when nothing in the crate's source declares a type or a
	// module of that name. It must not ask the Universe anything. It may be nil.
	MayDeclare func(name string) bool
	// Shape gives what only bodies show: the types, as MIR of the crate spells
	// them, of the fields of a type declared inside a function, or of what a
	// closure holds. known is false for a type of which no body tells. It must
	// not ask the Universe anything. It may be nil.
	Shape func(text string) (fields []string, known bool)
	// Struct gives what bodies show of a struct declared at a path (without the
	// crate's name): the names of its parameters and, in terms of them, the types
	// of its fields as MIR of the crate spells them. Items are then asked only
	// for names and places. It must not ask the Universe anything. It may be nil.
	Struct func(path string) (params, fields []string, known bool)
	// HasDrop reports whether bodies hold a destructor of the type at a path.
	// Without it the items are asked. It must not ask the Universe anything. It
	// may be nil.
	HasDrop func(path string) bool
	// Releases says whether the destructor of the type at a path (without the
	// crate's name) gives back what the type's raw pointers point at: Yes, No, or
	// Unknown. It must not ask the Universe anything. It may be nil.
	Releases func(path string) Answer
}

// Universe holds the crates of a build with their type definitions. Its
// methods may be called by several goroutines.
type Universe struct {
	models *Models

	// mu guards everything below. It is let go only while a crate's items are
	// read (see Crate.load): what is kept in tables is complete at any time.
	mu       sync.Mutex
	crates   int32
	sysroot  *Crate            // std, core, alloc, proc_macro, test in one
	strays   map[string]*Crate // crates of which only the name is known
	defs     int32             // number of definitions
	types    map[string]*Type
	variants map[*Type][]Variant
	scratch  []byte
	count    int32 // number of types
}

// New returns a Universe that knows the models and no crate.
func New(m *Models) *Universe {
	u := &Universe{models: m, strays: map[string]*Crate{}, types: map[string]*Type{}, variants: map[*Type][]Variant{}}
	u.sysroot = u.newCrate(Source{Name: "std"})
	return u
}

// sysrootNames are the crates whose types the models describe as one.
var sysrootNames = map[string]bool{"std": true, "core": true, "alloc": true, "proc_macro": true, "test": true}

// Crate is a crate, and the context in which its texts are read.
type Crate struct {
	Name string

	u    *Universe
	id   int32
	src  Source
	once sync.Once
	read *items.Crate // what once brought

	loaded  bool
	items   *items.Crate                // nil: not at hand
	types   map[string]*items.ADT       // by path without the crate's name
	aliases map[string]*items.TypeAlias // likewise
	byLast  map[string][]string         // last segment -> paths of types and aliases
	fns     map[string]bool             // paths of functions: types may be declared in them
	drops   map[*Def]*items.Impl        // nil: not yet asked

	deps  map[string]*Crate // every crate below this one by name, the nearest of that name
	defs  map[string]*Def
	found map[string]lookup // path in MIR text -> what it names
	full  map[string]lookup // path in items text
	texts map[string]*Type  // MIR text of a type
}

// Def is the definition of a struct, enum or union, under one of its paths.
type Def struct {
	Path  string // with the crate's name; for the standard library as MIR prints it
	Crate *Crate
	Model *Model // nil when no model describes it

	id  int32
	rel string // path without the crate's name

	// What follows is known once the definition was looked into (see look).
	looked   bool
	item     *items.ADT // nil when no items describe it
	learned  []string   // types of its fields as bodies show them; nil: none do
	built    bool       // learned is complete, from where the struct is built
	to       lookup     // what the path leads to: a definition elsewhere, an alias
	params   []string
	defaults []string
	declared [][]*Type // field types by variant, parameters unsubstituted; nil: not read yet
	own      Own
	solved   bool // own is final
}

// known reports whether anything describes the type.
func (d *Def) known() bool { return d.item != nil || d.Model != nil || d.learned != nil }

// Name is the last segment of the path.
func (d *Def) Name() string { return lastSegment(d.Path) }

func lastSegment(path string) string { return path[strings.LastIndex(path, ":")+1:] }

// AddCrate makes a crate known. All crates are added before the first question.
func (u *Universe) AddCrate(s Source) *Crate {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.newCrate(s)
}

func (u *Universe) newCrate(s Source) *Crate {
	u.crates++
	return &Crate{
		Name: s.Name, u: u, id: u.crates, src: s, loaded: s.Items == nil, defs: map[string]*Def{}, found: map[string]lookup{},
		full: map[string]lookup{}, texts: map[string]*Type{},
	}
}

// load brings the crate's items if there are any. The lock is let go
// meanwhile; the caller keeps nothing half done across it.
func (c *Crate) load() {
	if c.loaded {
		return
	}
	c.u.mu.Unlock()
	c.once.Do(func() { c.read = c.src.Items() })
	c.u.mu.Lock()
	if c.loaded {
		return
	}
	c.loaded = true
	if c.read != nil {
		c.install(c.read)
	}
}

// Items are the items of a crate, nil when they cannot be had. They are shared:
// do not change them.
func (u *Universe) Items(c *Crate) *items.Crate {
	if c == nil {
		return nil
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	c.load()
	return c.items
}

// Named is the crate that a path in a crate's items may start with, nil for none.
func (u *Universe) Named(from *Crate, name string) *Crate {
	u.mu.Lock()
	defer u.mu.Unlock()
	return from.dep(name)
}

// install puts the items into the crate's tables.
func (c *Crate) install(it *items.Crate) {
	c.items = it
	c.types = make(map[string]*items.ADT, len(it.Types))
	c.aliases = make(map[string]*items.TypeAlias, len(it.TypeAliases))
	c.byLast = make(map[string][]string, len(it.Types))
	for _, t := range it.Types {
		rel := relative(t.Path)
		c.types[rel] = t
		c.byLast[lastSegment(rel)] = append(c.byLast[lastSegment(rel)], rel)
	}
	for _, a := range it.TypeAliases {
		rel := relative(a.Path)
		c.aliases[rel] = a
		c.byLast[lastSegment(rel)] = append(c.byLast[lastSegment(rel)], rel)
	}
	c.fns = make(map[string]bool, len(it.Fns))
	for _, f := range it.Fns {
		c.fns[relative(f.Path)] = true
	}
}

// relative drops the first segment, the crate's name.
func relative(path string) string {
	if i := strings.Index(path, "::"); i >= 0 {
		return path[i+2:]
	}
	return path
}

// dep is the crate that a first segment in a text of c names, nil for none.
// Types of a dependency's dependency are printed with their crate's name too.
func (c *Crate) dep(name string) *Crate {
	if c.deps == nil {
		c.deps = map[string]*Crate{}
		level := []*Crate{c}
		seen := map[*Crate]bool{c: true}
		for len(level) > 0 {
			var next []*Crate
			for _, x := range level {
				for _, as := range x.externNames() {
					d := x.src.Externs[as]
					if x == c {
						c.deps[as] = d // the name that the code uses comes first
					}
					if !seen[d] {
						seen[d] = true
						next = append(next, d)
					}
				}
			}
			for _, d := range next {
				if c.deps[d.Name] == nil {
					c.deps[d.Name] = d
				}
			}
			level = next
		}
	}
	return c.deps[name]
}

func (c *Crate) externNames() []string {
	names := make([]string, 0, len(c.src.Externs))
	for n := range c.src.Externs {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// crateNamed is the crate behind a first segment; one of which nothing is
// known when the build has none of that name.
func (u *Universe) crateNamed(c *Crate, name string) *Crate {
	if d := c.dep(name); d != nil {
		return d
	}
	if u.strays[name] == nil {
		u.strays[name] = u.newCrate(Source{Name: name})
	}
	return u.strays[name]
}

// def returns the definition at a path of a crate. It is not looked into.
func (u *Universe) def(c *Crate, rel string) *Def {
	if d := c.defs[rel]; d != nil {
		return d
	}
	d := &Def{id: u.defs, Path: c.Name + "::" + rel, Crate: c, rel: rel}
	u.defs++
	if c == u.sysroot {
		d.Path = rel // core and alloc may have the same path
	} else if d.Model = u.models.byPath[d.Path]; d.Model == nil {
		d.Model = u.models.near(d.Path).model
	}
	c.defs[rel] = d
	return d
}

// modelDef returns the definition of the standard library that a model gives.
func (u *Universe) modelDef(m *Model) *Def {
	d := u.def(u.sysroot, m.Path)
	d.Model = m
	return d
}

// ResolveText returns the type that a text of MIR of crate c stands for.
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

// itemType reads a type of the items of crate c. Single names are parameters
// there, except Self when self is given.
func (u *Universe) itemType(c *Crate, text string, self *Type) *Type {
	r := reader{u: u, c: c, s: text, full: true, self: self}
	return r.typ()
}
