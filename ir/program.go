package ir

import (
	"slices"
	"sync"
	"sync/atomic"

	"softshell/mir"
)

// Program is everything that one analysis sees: the crates in dependency
// order, each with its functions, and the index by which calls find them.
//
// All crates are declared first; each is filled before those that depend on it
// are analysed. Filling is for one goroutine at a time, in the order of the
// declarations; analysis may run beside it.
type Program struct {
	crates  map[string]bool
	funcs   int
	memory  memory
	failure failure
}

// Crate is one compiled unit with its bodies.
type Crate struct {
	Name    string
	Dir     string   // relative source paths start here
	Sources []string // files named by spans, as mir.Span.File indexes them
	Funcs   []*Func
	Src     *SourceCache
	Files   []string // the sources, for what MIR does not print
	Unwinds bool     // panics unwind in it: some call has an edge for that

	prog   *Program
	bodies []*Func           // see Bodies
	deps   map[string]*Crate // all that the crate may call, by name, the nearest of a name
	index  map[string]*Func  // call key -> function; nil value: several, not told apart
	mu     sync.Mutex        // guards what follows, and the loading of code
	source Source
	held   bool // its code stays until Release

	externOnce, implOnce, fnsOnce sync.Once
	externs, impls                *sourceWords
	fns                           map[string]fnUnsafe
}

// Func is a body that the analysis can run over.
type Func struct {
	ID     int // dense over the program, in its order
	Crate  *Crate
	Head   *mir.Body // name, parameters, return type: see mir.Body.Head
	Blocks int       // number of its basic blocks
	Shared bool      // a local's type holds a counted handle, Rc or Arc
	Raw    bool      // a local is a raw pointer, or a reference to one
	Loops  bool      // its blocks may form a loop
	Casts  bool      // a value's bytes are taken for another type (transmute)
	Secret bool      // a variable's name tells of a key, a password or the like
	// Unmanaged is set when a local's type mentions a raw pointer or a wrapper
	// behind which the compiler does not see an owner (NonNull, ManuallyDrop ...).
	Unmanaged bool
	Aborts    bool   // a panic in it ends the process: its ABI does not unwind
	Impl      *Impl  // the impl block that holds it, nil for free functions
	Last      string // last segment of the name: "drop", "{closure#0}"
	Name      string // readable path: "Proxy<T>::take", "<Proxy<T> as Drop>::drop"

	callees []uint32  // see MayCall
	whole   *mir.Body // until its code is asked for the first time, or the crate is released
	code    atomic.Pointer[Code]
}

// NewProgram returns an empty program. Beside the crates that are not yet
// released it holds the code of about so many bytes of MIR text, 0 is without
// bound.
func NewProgram(budget int64) *Program {
	return &Program{crates: map[string]bool{}, memory: memory{budget: budget}}
}

// Len is the number of functions so far.
func (p *Program) Len() int { return p.funcs }

// Budget is the bound that NewProgram was given.
func (p *Program) Budget() int64 { return p.memory.budget }

// Declare makes a crate known: dir is where its relative source paths start,
// deps are the crates that it depends on directly. They were declared before.
func (p *Program) Declare(name, dir string, deps []*Crate) *Crate {
	c := &Crate{Name: name, Dir: dir, Src: NewSourceCache(dir), prog: p, held: true, deps: map[string]*Crate{}}
	p.crates[name] = true
	for _, d := range deps {
		c.deps[d.Name] = d
	}
	for _, d := range deps {
		for name, e := range d.deps {
			if c.deps[name] == nil {
				c.deps[name] = e
			}
		}
	}
	return c
}

// Body is a body of a crate: its head, and all of it unless it is to be read
// from the crate's Source when it is needed.
type Body struct {
	Head   *mir.Body
	Blocks int
	Shared bool // see Func.Shared
	Raw    bool // see Func.Raw
	Secret bool // see Func.Secret
	Aborts bool // see Func.Aborts
	Casts  bool // see Func.Casts
	Whole  *mir.Body

	unmanaged, loops bool
	callees          []uint32
	unwinds          bool // a call in it has an edge for a panic
}

// Body describes b. Without whole only what b has besides blocks stays.
func (h *Heads) Body(b *mir.Body, whole bool) Body {
	m := h.marksOf(b)
	out := Body{Head: b.Head(), Blocks: len(b.Blocks), Shared: m&markShared != 0, Raw: m&markRaw != 0, unmanaged: m&markUnmanaged != 0, callees: h.calleesOf(b)}
	out.Casts, out.Secret, out.loops = reinterprets(b), namesSecret(b), mayLoop(b)
	out.Aborts, out.unwinds = unwinding(b)
	if whole || len(b.Blocks) == 0 {
		out.Whole = b
	}
	return out
}

// WholeBodies describes bodies that stay in memory until Release.
func WholeBodies(bodies []*mir.Body) []Body {
	var heads Heads
	out := make([]Body, len(bodies))
	for i, b := range bodies {
		out[i] = heads.Body(b, true)
	}
	return out
}

// Fill gives a crate its bodies, in the order of the text, and the files that
// their spans name. Bodies of constants and statics belong to it: they may leak
// deliberately, and calls in them count. source reads a body again that is not
// there whole, or not after Release; without one all bodies are there and stay.
func (c *Crate) Fill(bodies []Body, files []string, source Source) {
	c.Sources, c.source = files, source
	c.Funcs = make([]*Func, 0, len(bodies))
	for _, b := range bodies {
		f := &Func{ID: c.prog.funcs, Crate: c, Head: b.Head, Blocks: b.Blocks, Shared: b.Shared, Raw: b.Raw, Aborts: b.Aborts, Casts: b.Casts, Secret: b.Secret, Loops: b.loops, Unmanaged: b.unmanaged, callees: b.callees, whole: b.Whole}
		c.prog.funcs++
		c.Funcs = append(c.Funcs, f)
		c.held = c.held && b.Whole != nil
		c.Unwinds = c.Unwinds || b.unwinds
	}
	c.findBodies()
	c.nameFuncs()
	for _, f := range c.Funcs {
		f.Head.Debug = nil // it named the receivers
	}
}

// Bodies lists the functions whose every construct is understood. The list is not to be changed.
func (c *Crate) Bodies() []*Func { return c.bodies }

func (c *Crate) findBodies() {
	c.bodies = make([]*Func, 0, len(c.Funcs))
	for _, f := range c.Funcs {
		if f.Blocks > 0 && !f.Head.Broken {
			c.bodies = append(c.bodies, f)
		}
	}
	c.bodies = slices.Clip(c.bodies)
}

// Release lets go of the crate's code: from now on it is read again when a
// crate that depends on it asks. then is called before that can happen.
func (c *Crate) Release(then func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.source == nil {
		return
	}
	c.held = false
	defer then()
	// Nothing calls the body of a constant.
	c.Funcs = slices.Clip(slices.DeleteFunc(c.Funcs, func(f *Func) bool { return f.Head.Kind != mir.FnBody }))
	c.findBodies()
	for _, f := range c.Funcs {
		if f.Blocks > 0 {
			f.whole = nil
			f.code.Store(nil)
		}
	}
	c.Src.release()
}

// PlaceType is the type of a place where the text tells it: the local's for a
// bare local, the printed one behind a field, the pointee's behind a deref.
// It is nil where only an item could tell.
func PlaceType(b *mir.Body, p *mir.Place) *mir.Type {
	if int(p.Local) >= len(b.Locals) {
		return nil
	}
	return ProjectType(b.Locals[p.Local].Type, p.Proj)
}

// ProjectType follows projections from a type; nil where the text does not tell the result.
func ProjectType(t *mir.Type, proj []mir.Proj) *mir.Type {
	for i := range proj {
		pr := &proj[i]
		switch pr.Kind {
		case mir.Field, mir.OpaqueCast, mir.Subtype:
			t = pr.Type
		case mir.Deref:
			t = Pointee(t)
		case mir.Index, mir.ConstIndex:
			if t == nil || len(t.Args) == 0 {
				return nil
			}
			t = t.Args[0]
		case mir.Downcast, mir.Subslice:
		default:
			return nil
		}
		if t == nil {
			return nil
		}
	}
	return t
}

// Pointee is what a reference, raw pointer or Box points at, else nil.
func Pointee(t *mir.Type) *mir.Type {
	if t == nil {
		return nil
	}
	switch t.Kind {
	case mir.TypeRef, mir.TypeRawPtr:
		if len(t.Args) > 0 {
			return t.Args[0]
		}
	case mir.TypePath:
		if t.Path != nil && LastSeg(t.Path) == "Box" {
			return TypeArg(t, 0)
		}
	}
	return nil
}

// LastSeg is the last segment's name of a path.
func LastSeg(p *mir.Path) string {
	if p == nil || len(p.Segs) == 0 {
		return ""
	}
	return p.Segs[len(p.Segs)-1].Name
}

// TypeArg returns the n-th type argument (lifetimes and constants not counted) of a path type.
func TypeArg(t *mir.Type, n int) *mir.Type {
	if t == nil {
		return nil
	}
	return pathArg(t.Path, n)
}

// pathArg returns the n-th type argument of a path's last segment.
func pathArg(p *mir.Path, n int) *mir.Type {
	if p == nil || len(p.Segs) == 0 {
		return nil
	}
	for _, a := range p.Segs[len(p.Segs)-1].Args {
		if a.Type == nil || a.Lifetime || a.Binding != "" {
			continue
		}
		if n == 0 {
			return a.Type
		}
		n--
	}
	return nil
}
