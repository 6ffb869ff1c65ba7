package decls

import (
	"strings"

	"softshell/ir"
	"softshell/items"
	"softshell/mir"
)

// HandKind says in what form a value of a parameter's type changes hands.
type HandKind uint8

// The forms.
const (
	Shared HandKind = iota // by &T
	Excl                   // by &mut T: as good as the value, since it can be swapped
	Owned                  // by value
	Called                 // a function that is called
)

// Recv is what the caller must have of the type.
type Recv uint8

// The forms of a receiver.
const (
	ByNone  Recv = iota // nothing: the function makes a value of the type
	ByRef               // &self: many threads may have one when the type is Sync
	ByMut               // &mut self
	ByValue             // self
)

// Hand is one way in which the API of a type hands values of a parameter's
// type out, or takes them in.
type Hand struct {
	Atom string
	Kind HandKind
	In   bool // it goes in
	Recv Recv
	Fn   *items.Fn    // nil: a public field
	Fld  *items.Field // of which it is told
	// Via is the type of the crate by which it is handed out, nil when the
	// function gives it itself.
	Via *ADT
	// ByNext is set when Via is an iterator.
	ByNext bool
	// Bounds are what holds where the function can be called.
	Bounds *Bounds
	// Via the type: what its functions that hand it out ask of it besides, and
	// whether they may ask more.
	ViaAsks   Need
	ViaUnsure bool
	// Sure is false when it goes through a type of another crate.
	Sure bool
}

// Hands lists how a type's public API hands out what its parameters stand for.
// Of a private type each function counts.
func (c *Crate) Hands(a *ADT) []Hand {
	if a.read || a.reading {
		return a.hands
	}
	a.reading = true
	for _, im := range a.Impls {
		if im.AutoTrait() != 0 {
			continue
		}
		for _, f := range im.Fns {
			if (f.Public || !a.Public) && !f.Unsafe && !f.Foreign {
				c.handsOf(a, im, f)
			}
		}
	}
	if a.Public {
		c.openFields(a)
	}
	a.reading, a.read = false, true
	return a.hands
}

// openFields: what stands in a public field can be taken out and looked at.
func (c *Crate) openFields(a *ADT) {
	b := c.BoundsOf(a, nil, nil)
	c.fields(a, c.own(a), func(fd *items.Field, t term) {
		if !fd.Public {
			return
		}
		for _, recv := range []Recv{ByRef, ByMut, ByValue} {
			kind := HandKind(recv - ByRef)
			w := walker{c: c, a: a, emit: func(h Hand) {
				h.Recv, h.Fld, h.Bounds = recv, fd, b
				a.hands = append(a.hands, h)
			}}
			w.walk(t, kind, true, 0)
		}
	})
}

func (c *Crate) handsOf(a *ADT, im *Impl, f *items.Fn) {
	b := c.BoundsOf(a, im, f)
	recv, inputs := ByNone, f.Inputs
	if len(inputs) > 0 {
		if recv = c.receiver(a, term{t: c.text.Type(inputs[0]), in: im.scope}); recv != ByNone {
			inputs = inputs[1:]
		}
	}
	tell := func(h Hand) {
		h.Recv, h.Fn, h.Bounds = recv, f, b
		a.hands = append(a.hands, h)
	}
	out := walker{c: c, a: a, emit: tell}
	in := walker{c: c, a: a, emit: func(h Hand) { h.In = true; tell(h) }}
	ret := term{t: c.text.Type(f.Output), in: im.scope}
	if recv != ByNone {
		out.walk(ret, Owned, true, 0)
		own := c.BoundsOf(a, nil, nil).Fns
		for atom, fn := range b.Fns {
			// A bound that the type itself has stands on each of its blocks, and an
			// FnOnce cannot be called through a reference: the bound shows no call.
			if strings.HasPrefix(own[atom], "core::ops::function::FnOnce") {
				continue
			}
			if im.calls(atom) {
				tell(Hand{Atom: atom, Kind: Called, Sure: strings.HasPrefix(fn, "core::ops::function::FnOnce")})
			}
		}
	} else if !c.makes(a, ret) {
		return
	}
	for _, text := range inputs {
		c.input(in, out, term{t: c.text.Type(text), in: im.scope}, b)
	}
}

// calls reports whether an atom is a parameter of the type that the block names.
func (im *Impl) calls(atom string) bool {
	for _, v := range im.scope.vars {
		if v.atom == atom {
			return true
		}
	}
	return false
}

// input takes an argument: a value goes in; a function gets what it is called
// with, and what it returns goes in.
func (c *Crate) input(in, out walker, t term, b *Bounds) {
	t = c.see(t)
	var bounds []string
	switch {
	case t.atom != "":
		in.walk(t, Owned, true, 0)
		return
	case t.t == nil:
		return
	case t.t.Kind == mir.TypeOpaque || t.t.Kind == mir.TypeDyn:
		bounds = ir.SplitTop(t.t.Name, " + ")
	case bareName(t.t) != "":
		bounds = b.All[bareName(t.t)]
	case t.t.Kind == mir.TypeRef && len(t.t.Args) == 1:
		if to := c.see(term{t: t.t.Args[0], in: t.in}); to.atom == "" && to.t != nil && (to.t.Kind == mir.TypeDyn || bareName(to.t) != "") {
			c.input(in, out, to, b)
			return
		}
	}
	if bounds == nil {
		in.walk(t, Owned, true, 0)
		return
	}
	for _, text := range bounds {
		if fn := c.fnBound(text); fn != nil {
			for _, arg := range fn.Args {
				out.walk(term{t: arg, in: t.in}, Owned, true, 0)
			}
			if fn.Ret != nil {
				in.walk(term{t: fn.Ret, in: t.in}, Owned, true, 0)
			}
			continue
		}
		p := c.text.Path(withoutFor(text))
		if p == nil || len(p.Segs) == 0 {
			continue
		}
		last := p.Segs[len(p.Segs)-1]
		for _, a := range last.Args {
			if a.Type != nil && (last.Name == "Into" || a.Binding == "Item") {
				in.walk(term{t: a.Type, in: t.in}, Owned, true, 0)
			}
		}
	}
}

// fnBound reads `FnOnce(&T) -> R` as a function pointer's type, nil for another bound.
func (c *Crate) fnBound(text string) *mir.Type {
	text = withoutFor(text)
	i := strings.IndexByte(text, '(')
	if i < 0 || !strings.HasPrefix(lastSegment(text[:i]), "Fn") {
		return nil
	}
	if t := c.text.Type("fn" + text[i:]); t.Kind == mir.TypeFnPtr {
		return t
	}
	return nil
}

// receiver is what of the type an argument is.
func (c *Crate) receiver(a *ADT, t term) Recv {
	t = c.see(t)
	if t.t == nil {
		return ByNone
	}
	if c.adtOf(t) == a {
		return ByValue
	}
	switch {
	case t.t.Kind == mir.TypeRef:
		to := c.see(term{t: t.t.Args[0], in: t.in})
		if c.adtOf(to) != a {
			return ByNone
		}
		if t.t.Mut {
			return ByMut
		}
		return ByRef
	case t.t.Kind == mir.TypePath && isStd(t.t.Path.Plain) && len(typeArgs(t.t)) > 0:
		in := c.receiver(a, term{t: typeArgs(t.t)[0], in: t.in})
		switch last := lastSegment(t.t.Path.Plain); {
		case in == ByNone:
		case last == "Pin" || last == "Box":
			return in
		case last == "Arc" || last == "Rc":
			return ByRef
		}
	}
	return ByNone
}

// makes reports whether a value of type t has one of type a in it.
func (c *Crate) makes(a *ADT, t term) bool {
	_, ok := c.find(a, t, 0)
	return ok
}

// Made is what each way to make a value of a type asks of its parameters: where
// the type is made by `spawn<T: Send>` alone, all its T are Send.
func (c *Crate) Made(a *ADT) map[string]Need {
	var out map[string]Need
	for _, fn := range c.makers() {
		if !fn.Public || fn.Unsafe {
			continue
		}
		var in *scope
		if fn.in != nil {
			in = fn.in.scope
		}
		t, ok := c.find(a, term{t: c.text.Type(fn.Output), in: in}, 0)
		if !ok {
			continue
		}
		if len(fn.Inputs) > 0 && c.receiver(a, term{t: c.text.Type(fn.Inputs[0]), in: in}) != ByNone && c.sameArgs(a, t) {
			continue // out of one that was made before
		}
		b := c.BoundsOf(fn.of, fn.in, fn.Fn)
		args := typeArgs(t.t)
		asked := map[string]Need{}
		for i, g := range paramsOf(a.Generics) {
			if i >= len(args) {
				break
			}
			arg := c.see(term{t: args[i], in: t.in})
			name := arg.atom
			if name == "" && arg.t != nil {
				name = bareName(arg.t)
			}
			asked[g.Name] = b.Of[name]
		}
		if out == nil {
			out = asked
			continue
		}
		for name := range out {
			out[name] &= asked[name]
		}
	}
	return out
}

// maker is a function with its block, when that is one of a type of the crate.
type maker struct {
	*items.Fn
	of *ADT
	in *Impl
}

func (c *Crate) makers() []maker {
	var out []maker
	for _, f := range c.Items.Fns {
		if f.Impl < 0 {
			out = append(out, maker{Fn: f})
		}
	}
	for _, a := range c.order {
		for _, im := range a.Impls {
			for _, f := range im.Fns {
				out = append(out, maker{f, a, im})
			}
		}
	}
	return out
}

// find looks for an instance of a in a value of type t.
func (c *Crate) find(a *ADT, t term, depth int) (term, bool) {
	t = c.see(t)
	if t.t == nil || depth > maxSteps {
		return t, false
	}
	if c.adtOf(t) == a {
		return t, true
	}
	args := t.t.Args
	if t.t.Kind == mir.TypePath {
		args = typeArgs(t.t)
	} else if t.t.Kind != mir.TypeTuple {
		return t, false
	}
	for _, x := range args {
		if f, ok := c.find(a, term{t: x, in: t.in}, depth+1); ok {
			return f, true
		}
	}
	return t, false
}

// sameArgs reports whether an instance of a has a's own parameters in their places.
func (c *Crate) sameArgs(a *ADT, t term) bool {
	args := typeArgs(t.t)
	for i, g := range paramsOf(a.Generics) {
		if i < len(args) && c.see(term{t: args[i], in: t.in}).atom != g.Name {
			return false
		}
	}
	return true
}

// walker goes through a type that changes hands.
type walker struct {
	c    *Crate
	a    *ADT // whose API it is
	via  *ADT
	next bool // via is an iterator
	// what via's functions ask of the atom that they hand out
	asks   Need
	unsure bool
	emit   func(Hand)
}

func (w walker) walk(t term, kind HandKind, sure bool, depth int) {
	t = w.c.see(t)
	if t.atom != "" {
		w.emit(Hand{Atom: t.atom, Kind: kind, Via: w.via, ByNext: w.next, ViaAsks: w.asks, ViaUnsure: w.unsure, Sure: sure})
		return
	}
	if t.t == nil || depth > maxSteps {
		return
	}
	switch t.t.Kind {
	case mir.TypeTuple, mir.TypeSlice, mir.TypeArray:
		w.all(t, t.t.Args, kind, sure, depth)
	case mir.TypeRef:
		w.all(t, t.t.Args, behind(kind, t.t.Mut), sure, depth)
	case mir.TypeDyn, mir.TypeOpaque:
		w.bindings(t, kind, sure, depth)
	case mir.TypePath:
		w.path(t, kind, sure, depth)
	}
}

func (w walker) all(t term, args []*mir.Type, kind HandKind, sure bool, depth int) {
	for _, a := range args {
		w.walk(term{t: a, in: t.in}, kind, sure, depth+1)
	}
}

// behind is what a reference in a value of that kind gives.
func behind(kind HandKind, mut bool) HandKind {
	if kind == Owned && mut || kind == Excl && mut {
		return Excl
	}
	return Shared
}

// bindings: `impl Iterator<Item = &T>` gives its items.
func (w walker) bindings(t term, kind HandKind, sure bool, depth int) {
	for _, b := range ir.SplitTop(t.t.Name, " + ") {
		p := w.c.text.Path(withoutFor(b))
		if p == nil || len(p.Segs) == 0 {
			continue
		}
		for _, a := range p.Segs[len(p.Segs)-1].Args {
			if a.Type == nil {
				continue
			}
			k := kind
			if a.Binding == "Target" { // of Deref
				k = Shared
			} else if a.Binding == "" {
				continue
			}
			w.walk(term{t: a.Type, in: t.in}, k, sure, depth+1)
		}
	}
}

// gives says what the types of the standard library that borrow hand out.
var gives = map[string]HandKind{
	"Iter": Shared, "Keys": Shared, "Values": Shared, "Chunks": Shared, "Windows": Shared, "Ref": Shared, "RwLockReadGuard": Shared, "Range": Shared,
	"ReentrantLockGuard": Shared,
	"IterMut":            Excl, "ValuesMut": Excl, "ChunksMut": Excl, "RefMut": Excl, "MutexGuard": Excl, "RwLockWriteGuard": Excl,
	"Cell": Excl, "RefCell": Excl, "Mutex": Excl, "RwLock": Excl,
}

func (w walker) path(t term, kind HandKind, sure bool, depth int) {
	if a := w.c.adtOf(t); a != nil {
		if a != w.a && a != w.via {
			w.through(t, a, kind, sure, depth)
		}
		return
	}
	plain := t.t.Path.Plain
	args := typeArgs(t.t)
	if !isStd(plain) {
		w.all(t, args, kind, false, depth)
		return
	}
	switch last := lastSegment(plain); last {
	case "PhantomData", "NonNull", "AtomicPtr", "UnsafeCell":
	case "Arc", "Rc", "Weak":
		w.all(t, args, Owned, sure, depth)
		w.all(t, args, Shared, sure, depth)
	default:
		if g, ok := gives[last]; ok && !(last == "Range" && kind == Owned) {
			switch last {
			case "Cell", "RefCell", "Mutex", "RwLock": // what is in it can be changed by a reference to it
				kind = max(kind, g)
			default:
				kind = min(kind, g)
			}
		}
		w.all(t, args, kind, sure, depth)
	}
}

// through follows what another type of the crate hands out: who has a guard
// has what it derefs to.
func (w walker) through(t term, via *ADT, kind HandKind, sure bool, depth int) {
	in := w.c.inside(via.Generics, t)
	exclusive := map[string]bool{}
	hands := w.c.Hands(via)
	for _, h := range hands {
		if h.Kind == Excl && !h.In {
			exclusive[h.Atom] = true
		}
	}
	next := w
	next.via = via
	seen := map[Hand]bool{}
	for _, h := range hands {
		if h.In || h.Recv == ByNone || h.Kind == Called || h.Kind == Shared && exclusive[h.Atom] || kind == Shared && h.Recv != ByRef {
			continue
		}
		base, assoc, _ := strings.Cut(h.Atom, "::")
		arg, ok := in.vars[base]
		asks, unsure := h.asks()
		key := Hand{Atom: h.Atom, Kind: h.Kind, ViaAsks: asks, ViaUnsure: unsure}
		if !ok || seen[key] {
			continue
		}
		seen[key] = true
		if assoc != "" {
			if arg = w.c.see(arg); arg.atom == "" {
				continue
			}
			arg = term{atom: arg.atom + "::" + assoc}
		}
		next.asks, next.unsure = w.asks, w.unsure
		if w.c.see(arg).atom != "" {
			next.asks, next.unsure = w.asks|asks, w.unsure || unsure
		}
		next.next = h.Fn != nil && lastSegment(h.Fn.Path) == "next"
		next.walk(arg, h.Kind, sure && h.Sure, depth+1)
	}
}

// asks is what bounds say of a value where it is handed out; unsure is set when
// they may say more.
func (h *Hand) asks() (what Need, unsure bool) {
	what, unsure = h.ViaAsks, h.ViaUnsure
	if h.Bounds != nil {
		base, _, _ := strings.Cut(h.Atom, "::")
		what, unsure = what|h.Bounds.Of[h.Atom], unsure || h.Bounds.Unsure[h.Atom] || h.Bounds.Unsure[base]
	}
	return what, unsure
}
