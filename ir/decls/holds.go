package decls

import (
	"slices"
	"strings"

	"softshell/ir"
	"softshell/items"
	"softshell/mir"
)

// Hold is a set of ways in which a type holds values of a parameter's type.
type Hold uint16

// The ways.
const (
	ByOwning  Hold = 1 << iota // a field has one, or a container of them
	ByPhantom                  // PhantomData<T>
	ByRaw                      // a raw pointer leads to one
	ByShared                   // a reference &T
	ByExcl                     // a reference &mut T
	ByCount                    // Arc<T> or Rc<T>
	ByName                     // a reference in a PhantomData: what stands for it need not point at one
	InCell                     // inside of a cell, or behind an atomic pointer: &self can change it
	Behind                     // behind a raw pointer: unsafe code with &self can
)

// Holding is how a type holds values of a parameter's type, and the first field that does.
type Holding struct {
	How   Hold
	Field *items.Field
}

// Holds tells how a type holds what its parameters stand for.
func (c *Crate) Holds(a *ADT) map[string]*Holding {
	if a.holdings != nil {
		return a.holdings
	}
	a.holdings = map[string]*Holding{}
	c.fields(a, c.own(a), func(fd *items.Field, t term) {
		h := holder{c: c, open: map[*ADT]bool{a: true}, tell: func(atom string, how Hold) {
			have := a.holdings[atom]
			if have == nil || have.How&(ByOwning|ByRaw) == 0 && how&(ByOwning|ByRaw) != 0 {
				was := Hold(0)
				if have != nil {
					was = have.How
				}
				have = &Holding{How: was, Field: fd}
				a.holdings[atom] = have
			}
			have.How |= how
		}}
		h.walk(t, ByOwning, 0, 0)
	})
	for _, have := range a.holdings {
		if have.How&ByPhantom != 0 && c.mutable(a) {
			have.How |= InCell // the phantom stands for what is behind the pointer, or the number that is one
		}
	}
	return a.holdings
}

// mutable reports whether a type has a raw pointer, a cell or an atomic in a field of its own.
func (c *Crate) mutable(a *ADT) bool {
	found := false
	c.fields(a, c.own(a), func(fd *items.Field, _ term) {
		found = found || strings.Contains(fd.Type, "Cell<") || strings.Contains(fd.Type, "Atomic") ||
			strings.Contains(fd.Type, "NonNull<") || strings.Contains(fd.Type, "*mut ") || strings.Contains(fd.Type, "*const ")
	})
	return found
}

type holder struct {
	c    *Crate
	open map[*ADT]bool
	tell func(atom string, how Hold)
}

// walk notes how is the innermost thing that decides who owns; cell stays set below.
func (h holder) walk(t term, how, cell Hold, depth int) {
	t = h.c.see(t)
	if t.atom != "" {
		h.tell(t.atom, how|cell)
		return
	}
	if t.t == nil || depth > maxSteps {
		return
	}
	all := func(args []*mir.Type, how, cell Hold) {
		for _, a := range args {
			h.walk(term{t: a, in: t.in}, how, cell, depth+1)
		}
	}
	switch t.t.Kind {
	case mir.TypeTuple, mir.TypeSlice, mir.TypeArray:
		all(t.t.Args, how, cell)
	case mir.TypeRef:
		switch {
		case how == ByPhantom && !t.t.Mut:
			all(t.t.Args, ByShared|ByName, cell)
		case how == ByRaw || how&ByShared != 0: // behind a reference nothing is owned
			all(t.t.Args, how, cell)
		case t.t.Mut:
			all(t.t.Args, ByExcl, cell)
		default:
			all(t.t.Args, ByShared, cell)
		}
	case mir.TypeRawPtr:
		if how&ByShared == 0 {
			how = ByRaw
		}
		all(t.t.Args, how, cell|Behind)
	case mir.TypePath:
		h.path(t, how, cell, all)
	}
}

func (h holder) path(t term, how, cell Hold, all func([]*mir.Type, Hold, Hold)) {
	if a := h.c.adtOf(t); a != nil {
		if h.open[a] {
			return
		}
		h.open[a] = true
		h.c.fields(a, h.c.inside(a.Generics, t), func(_ *items.Field, f term) { h.walk(f, how, cell, 0) })
		delete(h.open, a)
		return
	}
	args := typeArgs(t.t)
	if !isStd(t.t.Path.Plain) {
		all(args, how, cell)
		return
	}
	switch lastSegment(t.t.Path.Plain) {
	case "PhantomData":
		all(args, ByPhantom, cell)
	case "Iter", "Keys", "Values", "Chunks", "Windows": // of std: they borrow, whatever they hold inside
		if how == ByRaw || how&ByShared != 0 {
			all(args, how, cell)
		} else {
			all(args, ByShared, cell)
		}
	case "NonNull", "AtomicPtr", "Unique":
		if how&ByShared == 0 {
			how = ByRaw
		}
		if lastSegment(t.t.Path.Plain) == "AtomicPtr" {
			cell |= InCell
		}
		all(args, how, cell|Behind)
	case "Arc", "Rc", "Weak":
		if how != ByRaw && how&ByShared == 0 {
			how = ByCount
		}
		all(args, how, cell)
	case "UnsafeCell", "Cell", "RefCell", "Mutex", "RwLock", "OnceCell", "OnceLock", "SyncUnsafeCell":
		all(args, how, InCell)
	default:
		all(args, how, cell)
	}
}

// Leak finds the field that has a part which is never Send, or Sync, and a
// public function that shares the part with its caller: one that takes it in or
// gives it out, or that clones the type with it. never is Needs.Never.
func (c *Crate) Leak(a *ADT, never string, what Need) (*items.Field, *items.Fn) {
	var field *items.Field
	c.fields(a, c.own(a), func(fd *items.Field, t term) {
		n := &Needs{Of: map[string]Need{}, open: map[*ADT]bool{a: true}}
		if c.needs(n, t, what, 0); n.Never == never && field == nil {
			field = fd
		}
	})
	counted := never == "Rc" || never == "Weak"
	dyn, isDyn := strings.CutPrefix(never, "dyn ")
	for _, im := range a.Impls {
		for _, f := range im.Fns {
			if !f.Public || f.Unsafe {
				continue
			}
			if counted && im.Trait == "core::clone::Clone" {
				return field, f
			}
			recv := ByNone
			if len(f.Inputs) > 0 {
				recv = c.receiver(a, term{t: c.text.Type(f.Inputs[0]), in: im.scope})
			}
			for i, text := range append(slices.Clone(f.Inputs), f.Output) {
				switch {
				case i == 0 && f.SelfArg, what == Sync && recv != ByRef && recv != ByNone && !isDyn:
				case isDyn && strings.Contains(text, never) && !strings.Contains(text, never+" + "),
					isDyn && i < len(f.Inputs) && c.unbounded(a, im, f, text, dyn, what),
					!isDyn && !(what == Sync && i < len(f.Inputs)) && c.mentions(text, never):
					return field, f
				}
			}
		}
	}
	return field, nil
}

// unbounded reports whether an argument is a parameter that has the trait of a
// trait object and need not be Send or Sync.
func (c *Crate) unbounded(a *ADT, im *Impl, f *items.Fn, text, dyn string, what Need) bool {
	t := c.text.Type(text)
	trait, _, _ := strings.Cut(withoutFor(dyn), "<")
	trait, _, _ = strings.Cut(trait, "(")
	var bounds []string
	if t.Kind == mir.TypeOpaque {
		bounds = ir.SplitTop(t.Name, " + ")
	} else if name := bareName(t); name != "" {
		b := c.BoundsOf(a, im, f)
		if b.Unsure[name] || b.Of[name] != 0 {
			return false
		}
		bounds = b.All[name]
	}
	found, static := false, false
	for _, b := range bounds {
		if got, sure := c.implies(b, 0); got&what != 0 || !sure {
			return false
		}
		found = found || strings.HasPrefix(withoutFor(b), trait)
		static = static || b == "'static"
	}
	return found && static
}

// mentions reports whether a type of the standard library with that name stands in a text.
func (c *Crate) mentions(text, name string) bool {
	found := false
	var walk func(t *mir.Type)
	walk = func(t *mir.Type) {
		if t.Kind == mir.TypePath && isStd(t.Path.Plain) && lastSegment(t.Path.Plain) == name {
			found = true
		}
		for _, x := range append(typeArgs(t), t.Args...) {
			walk(x)
		}
	}
	walk(c.text.Type(text))
	return found
}
