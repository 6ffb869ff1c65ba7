package decls

import (
	"strings"

	"softshell/ir"
	"softshell/items"
	"softshell/mir"
)

// Need is a set of the traits Send and Sync.
type Need uint8

// The traits, and both.
const (
	Send Need = 1 << iota
	Sync
)

func (n Need) String() string {
	switch n {
	case Send:
		return "Send"
	case Sync:
		return "Sync"
	}
	return "Send + Sync"
}

// AutoTrait is the trait that an impl block is for, 0 when it is neither Send nor Sync.
func (im *Impl) AutoTrait() Need { return autoTrait(im.Trait) }

func autoTrait(path string) Need {
	switch strings.TrimPrefix(path, "std") {
	case "core::marker::Send", "::marker::Send", "Send":
		return Send
	case "core::marker::Sync", "::marker::Sync", "Sync":
		return Sync
	}
	return 0
}

// Needs is what must hold for a type to be Send or Sync.
type Needs struct {
	Of map[string]Need // by parameter
	// Never is the part that is not, whatever the parameters are: a raw pointer
	// aside, which says nothing. "" for none.
	Never string
	// Unknown is set when a part of the type is not known.
	Unknown bool

	open map[*ADT]bool
}

func (n *Needs) add(atom string, what Need) { n.Of[atom] |= what }

// FieldNeeds is what the fields of a type ask for it to be Send or Sync.
func (c *Crate) FieldNeeds(a *ADT, what Need) *Needs {
	n := &Needs{Of: map[string]Need{}, open: map[*ADT]bool{a: true}}
	c.fields(a, c.own(a), func(_ *items.Field, t term) { c.needs(n, t, what, 0) })
	return n
}

// needs adds what t must have for being Send or Sync.
func (c *Crate) needs(n *Needs, t term, what Need, depth int) {
	t = c.see(t)
	if t.atom != "" {
		n.add(t.atom, what)
		return
	}
	if t.t == nil || depth > maxSteps {
		n.Unknown = true
		return
	}
	in := func(a *mir.Type, what Need) { c.needs(n, term{t: a, in: t.in}, what, depth+1) }
	switch t.t.Kind {
	case mir.TypeTuple, mir.TypeSlice, mir.TypeArray:
		for _, a := range t.t.Args {
			in(a, what)
		}
	case mir.TypeRef:
		if !t.t.Mut {
			what = Sync
		}
		in(t.t.Args[0], what)
	case mir.TypeDyn:
		c.needsDyn(n, t, what)
	case mir.TypePath:
		c.needsPath(n, t, what, depth)
	case mir.TypeOpaque, mir.TypeProjection, mir.TypeUnsupported:
		n.Unknown = true
	}
}

// needsDyn: a trait object is what its bounds say.
func (c *Crate) needsDyn(n *Needs, t term, what Need) {
	known := true
	for _, b := range ir.SplitTop(t.t.Name, " + ") {
		got, sure := c.implies(b, 0)
		if got&what == what {
			return
		}
		known = known && sure
	}
	if !known {
		n.Unknown = true
	} else if n.Never == "" {
		n.Never = "dyn " + t.t.Name
	}
}

func (c *Crate) needsPath(n *Needs, t term, what Need, depth int) {
	if a := c.adtOf(t); a != nil {
		c.needsADT(n, a, t, what, depth)
		return
	}
	if bareName(t.t) != "" {
		return // a parameter of something inner
	}
	all := func(what Need) {
		for _, a := range typeArgs(t.t) {
			c.needs(n, term{t: a, in: t.in}, what, depth+1)
		}
	}
	plain := t.t.Path.Plain
	if !isStd(plain) {
		n.Unknown = true
		all(what)
		return
	}
	switch m := threadModel(plain); {
	case m == nil:
		all(what)
	case what == Send:
		apply(n, m.send, plain, all)
	default:
		apply(n, m.sync, plain, all)
	}
}

func apply(n *Needs, s string, plain string, all func(Need)) {
	switch s {
	case "never":
		if n.Never == "" {
			n.Never = lastSegment(plain)
		}
	case "Send":
		all(Send)
	case "Sync":
		all(Sync)
	case "both":
		all(Send | Sync)
	}
}

// needsADT: an impl block says it, else the fields do.
func (c *Crate) needsADT(n *Needs, a *ADT, t term, what Need, depth int) {
	if n.open[a] {
		return
	}
	n.open[a] = true
	defer delete(n.open, a)
	said := false
	for _, im := range a.Impls {
		if im.AutoTrait()&what == 0 || im.Ref {
			continue
		}
		said = true
		if im.Negative {
			if n.Never == "" {
				n.Never = lastSegment(a.Path)
			}
			continue
		}
		s := &scope{vars: map[string]term{}}
		args := typeArgs(t.t)
		for i, g := range typeArgs(im.self) {
			if name := bareName(g); name != "" && i < len(args) {
				s.vars[name] = term{t: args[i], in: t.in}
			}
		}
		c.predicates(im.Generics, im.Where, func(left *mir.Type, bound string) {
			if got, _ := c.implies(bound, 0); got != 0 {
				for _, one := range []Need{Send, Sync} {
					if got&one != 0 {
						c.needs(n, term{t: left, in: s}, one, depth+1)
					}
				}
			}
		})
	}
	if said {
		return
	}
	c.fields(a, c.inside(a.Generics, t), func(_ *items.Field, f term) { c.needs(n, f, what, depth+1) })
}

// predicates calls f for each bound of parameters and where clauses.
func (c *Crate) predicates(gs []items.Generic, where []string, f func(left *mir.Type, bound string)) {
	for _, g := range gs {
		if g.Kind != "type" {
			continue
		}
		for _, b := range g.Bounds {
			f(c.text.Type(g.Name), b)
		}
	}
	for _, w := range where {
		w = withoutFor(w)
		i := ir.TopLevel(w, ": ")
		if i < 0 || strings.HasPrefix(w, "'") {
			continue
		}
		left := c.text.Type(w[:i])
		for _, b := range ir.SplitTop(w[i+2:], " + ") {
			f(left, b)
		}
	}
}

// withoutFor cuts `for<'a> ` off.
func withoutFor(s string) string {
	if rest, ok := strings.CutPrefix(s, "for<"); ok {
		if i := strings.Index(rest, "> "); i >= 0 {
			return rest[i+2:]
		}
	}
	return s
}

// implies is what a bound says of Send and Sync; sure is false when it is a
// trait of another crate, whose supertraits are not known.
func (c *Crate) implies(bound string, depth int) (got Need, sure bool) {
	bound = withoutFor(bound)
	if strings.HasPrefix(bound, "?") || strings.HasPrefix(bound, "'") || bound == "" {
		return 0, true
	}
	if got = autoTrait(bound); got != 0 {
		return got, true
	}
	path := bound
	if i := strings.IndexAny(path, "<("); i >= 0 {
		path = path[:i]
	}
	tr := c.traits[path]
	if tr == nil {
		return 0, isStd(path) || strings.HasPrefix(path, "use")
	}
	sure = !sealed(path) // the crate itself says which types such a trait stands for
	for _, b := range tr.Bounds {
		if depth < maxSteps {
			g, s := c.implies(b, depth+1)
			got |= g
			sure = sure && s
		}
	}
	return got, sure
}

// sealed reports whether a trait's path says that nobody else can name it.
func sealed(path string) bool {
	path = strings.ToLower(path)
	return strings.Contains(path, "seal::") || strings.Contains(path, "sealed") || strings.Contains(path, "private::")
}

// Bounds are what a block's bounds say of the parameters.
type Bounds struct {
	Of map[string]Need
	// Unsure are parameters with a bound that may say more.
	Unsure map[string]bool
	// Copied are those that are Copy or Clone there.
	Copied map[string]bool
	// All are the bounds by the name of the parameter, as they are written.
	All map[string][]string
	// Fns are the bounds of parameters that are called: "FnOnce() -> T".
	Fns map[string]string
}

// BoundsOf reads the bounds of an impl block, with those that its type has wherever it is used.
func (c *Crate) BoundsOf(a *ADT, im *Impl, f *items.Fn) *Bounds {
	b := &Bounds{Of: map[string]Need{}, Unsure: map[string]bool{}, Copied: map[string]bool{}, All: map[string][]string{}, Fns: map[string]string{}}
	if a != nil {
		c.predicates(a.Generics, a.Where, func(l *mir.Type, t string) { c.bound(b, term{t: l, in: c.own(a)}, t) })
	}
	if im != nil {
		c.predicates(im.Generics, im.Where, func(l *mir.Type, t string) { c.bound(b, term{t: l, in: im.scope}, t) })
	}
	if f != nil {
		var in *scope
		if im != nil {
			in = im.scope
		}
		c.predicates(f.Generics, f.Where, func(l *mir.Type, t string) { c.bound(b, term{t: l, in: in}, t) })
	}
	return b
}

func (c *Crate) bound(b *Bounds, left term, text string) {
	got, sure := c.implies(text, 0)
	for _, one := range []Need{Send, Sync} {
		if got&one != 0 {
			n := &Needs{Of: map[string]Need{}, open: map[*ADT]bool{}}
			c.needs(n, left, one, 0)
			for atom, what := range n.Of {
				b.Of[atom] |= what
			}
		}
	}
	l := c.see(left)
	name := l.atom
	if name == "" && l.t != nil {
		name = bareName(l.t)
	}
	if name == "" {
		return
	}
	if l.atom == "" {
		b.Of[name] |= got // a function's own parameter
	}
	b.Unsure[name] = b.Unsure[name] || !sure
	b.All[name] = append(b.All[name], text)
	c.assocBounds(b, name, text, 0)
	text = withoutFor(text)
	switch last := lastSegment(strings.SplitN(text, "(", 2)[0]); {
	case last == "Copy" || last == "Clone":
		b.Copied[name] = true
	case isStd(text) && strings.Contains(text, "(") && (last == "Fn" || last == "FnMut" || last == "FnOnce"):
		b.Fns[name] = text
	}
}

// assocBounds adds what a trait of the crate asks of its associated types.
func (c *Crate) assocBounds(b *Bounds, name, trait string, depth int) {
	if i := strings.IndexAny(trait, "<("); i >= 0 {
		trait = trait[:i]
	}
	tr := c.traits[trait]
	if tr == nil || depth > maxSteps {
		return
	}
	for _, as := range tr.Assoc {
		for _, text := range as.Bounds {
			got, sure := c.implies(text, 0)
			atom := name + "::" + as.Name
			b.Of[atom] |= got
			b.Unsure[atom] = b.Unsure[atom] || !sure
		}
	}
	for _, up := range tr.Bounds {
		c.assocBounds(b, name, withoutFor(up), depth+1)
	}
}

// thread says when a type of the standard library is Send and when Sync: "never",
// "always", or what its parameters must be: "Send", "Sync", "both". A type
// without an entry is what its parameters are.
type thread struct{ send, sync string }

var threads = map[string]*thread{
	"Rc": {"never", "never"}, "rc::Weak": {"never", "never"}, "UniqueRc": {"never", "never"},
	"Arc": {"both", "both"}, "sync::Weak": {"both", "both"},
	"Cell": {"Send", "never"}, "RefCell": {"Send", "never"}, "UnsafeCell": {"Send", "never"}, "OnceCell": {"Send", "never"},
	"LazyCell": {"Send", "never"}, "SyncUnsafeCell": {"Send", "Sync"},
	"Ref": {"never", "never"}, "RefMut": {"never", "never"},
	"Mutex": {"Send", "Send"}, "RwLock": {"Send", "both"}, "ReentrantLock": {"Send", "Send"},
	"OnceLock": {"Send", "both"}, "LazyLock": {"Send", "both"},
	"MutexGuard": {"never", "Sync"}, "RwLockReadGuard": {"never", "Sync"}, "RwLockWriteGuard": {"never", "Sync"},
	"ReentrantLockGuard": {"never", "Sync"},
	"Sender":             {"Send", "Send"}, "SyncSender": {"Send", "Send"}, "Receiver": {"Send", "never"},
	"slice::iter::Iter": {"Sync", "Sync"}, "slice::Iter": {"Sync", "Sync"},
	// A raw pointer says nothing of what its owner does with it.
	"NonNull": {"always", "always"}, "AtomicPtr": {"always", "always"}, "JoinHandle": {"always", "always"},
}

func threadModel(plain string) *thread {
	last := lastSegment(plain)
	if m := threads[last]; m != nil {
		return m
	}
	switch {
	case last == "Weak" && strings.Contains(plain, "rc::"):
		return threads["rc::Weak"]
	case last == "Weak":
		return threads["sync::Weak"]
	case last == "Iter" && strings.Contains(plain, "slice::"):
		return threads["slice::Iter"]
	}
	return nil
}
