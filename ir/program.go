package ir

import (
	"sort"

	"softshell/mir"
)

// Program is everything that one analysis sees: the crates in dependency
// order, each with its functions, and the index by which calls find them.
type Program struct {
	Crates []*Crate
	Funcs  []*Func // all functions of all crates; Func.ID is the index

	byCrate map[string]*Crate
}

// Crate is one compiled unit with its bodies.
type Crate struct {
	Name    string
	Dir     string   // relative source paths start here
	Sources []string // files named by spans, as mir.Span.File indexes them
	Funcs   []*Func
	Src     *SourceCache

	index map[string]*Func // call key -> function; nil value: several, not told apart
}

// Func is a body that the analysis can run over.
type Func struct {
	ID    int
	Crate *Crate
	Body  *mir.Body
	CFG   *CFG
	Impl  *Impl  // the impl block that holds it, nil for free functions
	Last  string // last segment of the name: "drop", "{closure#0}"
	Name  string // readable path: "Proxy<T>::take", "<Proxy<T> as Drop>::drop"
	// Calls holds the resolved call of each block, nil where the block does
	// not end in a call.
	Calls []*Call
}

// Call is the call that ends a block.
type Call struct {
	Path   *mir.Path // callee as printed; nil when it is called through a value
	Target *Func     // its body, nil when there is none in the Program
}

// NewProgram returns an empty program.
func NewProgram() *Program {
	return &Program{byCrate: map[string]*Crate{}}
}

// AddCrate adds a unit. Bodies of constants and statics are kept: they may
// leak deliberately, and calls in them count.
func (p *Program) AddCrate(name, dir string, sources []string, bodies []*mir.Body) *Crate {
	c := &Crate{Name: name, Dir: dir, Sources: sources, Src: NewSourceCache(dir)}
	p.Crates = append(p.Crates, c)
	if _, dup := p.byCrate[name]; !dup {
		p.byCrate[name] = c
	}
	for _, b := range bodies {
		f := &Func{ID: len(p.Funcs), Crate: c, Body: b, CFG: NewCFG(b)}
		p.Funcs = append(p.Funcs, f)
		c.Funcs = append(c.Funcs, f)
	}
	c.nameFuncs()
	return c
}

// Link resolves the calls of every function, once all crates are added.
func (p *Program) Link() {
	for _, f := range p.Funcs {
		f.Calls = make([]*Call, len(f.Body.Blocks))
		for i := range f.Body.Blocks {
			t := &f.Body.Blocks[i].Term
			if t.Kind != mir.Call && t.Kind != mir.TailCall {
				continue
			}
			call := &Call{}
			if t.Func.Kind == mir.Constant && t.Func.Const != nil {
				call.Path = t.Func.Const.Path
				call.Target = p.Resolve(f.Crate, call.Path)
			}
			f.Calls[i] = call
		}
	}
}

// CallOrder returns the functions bottom-up: a callee stands before its
// callers, mutually recursive functions stand in one group.
func (p *Program) CallOrder() [][]*Func {
	succs := make([][]int, len(p.Funcs))
	for i, f := range p.Funcs {
		for _, c := range f.Calls {
			if c != nil && c.Target != nil {
				succs[i] = append(succs[i], c.Target.ID)
			}
		}
		for _, g := range f.dropTargets(p) {
			succs[i] = append(succs[i], g.ID)
		}
		sort.Ints(succs[i])
	}
	var out [][]*Func
	for _, comp := range SCC(len(p.Funcs), func(v int) []int { return succs[v] }) {
		group := make([]*Func, len(comp))
		for i, v := range comp {
			group[i] = p.Funcs[v]
		}
		out = append(out, group)
	}
	return out
}

// dropTargets lists the Drop::drop bodies that the drop terminators of f may run directly.
func (f *Func) dropTargets(p *Program) []*Func {
	var out []*Func
	for i := range f.Body.Blocks {
		t := &f.Body.Blocks[i].Term
		if t.Kind != mir.Drop {
			continue
		}
		if ty := f.PlaceType(&t.Place); ty != nil {
			if g := p.DropImpl(f.Crate, ty); g != nil {
				out = append(out, g)
			}
		}
	}
	return out
}

// PlaceType is the type of a place where the text tells it: the local's for a
// bare local, the printed one behind a field, the pointee's behind a deref.
// It is nil where only an item could tell.
func (f *Func) PlaceType(p *mir.Place) *mir.Type {
	if int(p.Local) >= len(f.Body.Locals) {
		return nil
	}
	return ProjectType(f.Body.Locals[p.Local].Type, p.Proj)
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
	if t == nil || t.Path == nil || len(t.Path.Segs) == 0 {
		return nil
	}
	for _, a := range t.Path.Segs[len(t.Path.Segs)-1].Args {
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
