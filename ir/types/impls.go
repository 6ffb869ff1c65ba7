package types

import (
	"path/filepath"
	"slices"
	"strings"

	"softshell/items"
)

// implRef is an impl block with the crate that holds it.
type implRef struct {
	c  *Crate
	im *items.Impl
}

// place is where an impl block starts.
type place struct {
	file      string
	line, col int
}

// indexImpls files the impl blocks of a crate by trait and place.
func (u *Universe) indexImpls(c *Crate) {
	c.places = make(map[place][]int, len(c.Items.Impls))
	c.drops, c.copies = nil, nil
	for i, im := range c.Items.Impls {
		p := place{im.Span.File, im.Span.Line, im.Span.Col}
		c.places[p] = append(c.places[p], i)
		if im.Trait != "" && !im.Negative {
			k := traitKey(im.Trait)
			u.impls[k] = append(u.impls[k], implRef{c, im})
		}
	}
}

// traitKey makes the spellings of a trait one: no arguments, and for the
// standard library, whose traits have names of their own, only the last segment.
func traitKey(path string) string {
	if i := strings.IndexAny(path, "<( "); i >= 0 {
		path = path[:i]
	}
	for _, p := range [...]string{"core::", "std::", "alloc::"} {
		if strings.HasPrefix(path, p) {
			return "std::" + lastSegment(path)
		}
	}
	return path
}

// traitPath is the traitKey of a trait as a text in crate c spells it.
func (u *Universe) traitPath(c *Crate, path string, full bool) string {
	path = strings.TrimPrefix(path, "?")
	head, rest, ok := strings.Cut(path, "::")
	if ok && u.byName[head] == u.sysroot {
		return traitKey(path)
	}
	if full || c.Items == nil {
		return path
	}
	if c.traits[path] {
		return c.Name + "::" + path
	}
	if def, ok := c.Items.Aliases[c.Name+"::"+path]; ok {
		return def
	}
	other := u.byName[c.externName(head)]
	if !ok || other == nil || other.Items == nil {
		if !ok {
			return c.Name + "::" + path
		}
		return path
	}
	full1 := other.Name + "::" + rest
	if def, ok := other.Items.Aliases[full1]; ok {
		return def
	}
	return full1
}

// selfDef is the definition of the self type of an impl, nil when it is no path.
func (u *Universe) selfDef(c *Crate, im *items.Impl) *Def {
	t := im.Self
	if i := strings.IndexByte(t, '<'); i > 0 {
		t = t[:i]
	}
	if !strings.Contains(t, "::") || strings.ContainsAny(t[:1], "&*([<") {
		return nil
	}
	l := u.find(c, t, true)
	if l.def == nil && l.alias != nil {
		return u.itemType(l.in, l.alias.Type, nil).Def
	}
	return l.def
}

// byTrait maps the definitions of a crate to their impl of a trait of std.
func (u *Universe) byTrait(c *Crate, trait string) map[*Def]*items.Impl {
	out := map[*Def]*items.Impl{}
	for _, r := range u.impls["std::"+trait] {
		if r.c != c {
			continue
		}
		if d := u.selfDef(c, r.im); d != nil {
			out[d] = r.im
		}
	}
	return out
}

func (u *Universe) dropImpl(d *Def) *items.Impl {
	if d.Crate.Items == nil {
		return nil
	}
	if d.Crate.drops == nil {
		d.Crate.drops = u.byTrait(d.Crate, "Drop")
	}
	return d.Crate.drops[d]
}

func (u *Universe) copyImpl(d *Def) *items.Impl {
	if d.Crate.Items == nil {
		return nil
	}
	if d.Crate.copies == nil {
		d.Crate.copies = u.byTrait(d.Crate, "Copy")
	}
	return d.Crate.copies[d]
}

// DropImpl returns the `impl Drop` of a definition. The impl is nil when a
// model says that there is one but its place is not known.
func (u *Universe) DropImpl(d *Def) (im *items.Impl, has bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if im := u.dropImpl(d); im != nil {
		return im, true
	}
	return nil, d.Model != nil && (d.Model.Drop == "yes" || d.Model.Owns == "heap" || d.Model.Owns == "fd")
}

// HasDrop reports whether the definition has an `impl Drop` of its own.
func (u *Universe) HasDrop(d *Def) bool {
	_, has := u.DropImpl(d)
	return has
}

// boundBy lists the arguments of t whose parameters an impl bounds by a trait.
func (u *Universe) boundBy(im *items.Impl, trait string, t *Type) []*Type {
	self := u.itemType(t.Def.Crate, im.Self, nil)
	var out []*Type
	for i, a := range self.Args {
		if a.Kind != Param || i >= len(t.Args) {
			continue
		}
		for _, g := range im.Generics {
			if g.Name == a.Name && slices.ContainsFunc(g.Bounds, func(b string) bool { return lastSegment(traitKey(b)) == trait }) {
				out = append(out, t.Args[i])
			}
		}
	}
	return out
}

// ImplAt finds the impl block behind `<impl at FILE:LINE:COL: ..>::method` in a
// name of MIR. Several blocks that one macro call wrote share a place: method
// ("" for any) and receiver, the type of the first parameter with its
// references (nil for none), tell them apart. It is nil when none fits.
func (u *Universe) ImplAt(c *Crate, file string, line, col int, method string, receiver *Type) *items.Impl {
	u.mu.Lock()
	defer u.mu.Unlock()
	if c.Items == nil {
		return nil
	}
	cands := c.places[place{file, line, col}]
	if cands == nil {
		cands = c.sameFile(file, line, col)
	}
	var fit []*items.Impl
	for _, i := range cands {
		im := c.Items.Impls[i]
		if method == "" || len(cands) == 1 || slices.Contains(im.Methods, method) {
			fit = append(fit, im)
		}
	}
	if len(fit) > 1 && receiver != nil {
		if im := u.byReceiver(c, fit, receiver); im != nil {
			return im
		}
	}
	if len(fit) == 0 {
		return nil
	}
	return fit[0]
}

// sameFile looks for a place whose file is spelled with another base directory.
func (c *Crate) sameFile(file string, line, col int) []int {
	best := place{}
	for p := range c.places {
		if p.line != line || p.col != col || filepath.Base(p.file) != filepath.Base(file) {
			continue
		}
		if (strings.HasSuffix(p.file, "/"+file) || strings.HasSuffix(file, "/"+p.file)) && (best.file == "" || p.file < best.file) {
			best = p
		}
	}
	return c.places[best]
}

// byReceiver picks the impl whose self type is the receiver's.
func (u *Universe) byReceiver(c *Crate, fit []*items.Impl, receiver *Type) *items.Impl {
	for _, im := range fit {
		self := u.itemType(c, im.Self, nil)
		found := false
		receiver.Walk(func(t *Type) bool {
			found = found || unify(self, t, map[string]*Type{})
			return !found && (t.Kind == Ref || t.Kind == RawPtr || t.Kind == ADT)
		})
		if found {
			return im
		}
	}
	return nil
}

// unify matches a type against a pattern whose parameters stand for anything.
func unify(pattern, t *Type, bound map[string]*Type) bool {
	if pattern.Kind == Param {
		if have := bound[pattern.Name]; have != nil {
			return have == t
		}
		bound[pattern.Name] = t
		return true
	}
	if pattern == t {
		return true
	}
	if pattern.Kind != t.Kind || pattern.Def != t.Def || pattern.Mut != t.Mut || len(pattern.Args) != len(t.Args) {
		return false
	}
	if pattern.Name != t.Name && pattern.Kind != Array {
		return false
	}
	for i := range pattern.Args {
		if !unify(pattern.Args[i], t.Args[i], bound) {
			return false
		}
	}
	return true
}

// Readable names a function of an impl as people write it: `<Proxy<T> as Drop>::drop`,
// `Proxy<T>::take`.
func Readable(im *items.Impl, method string) string {
	if im.Trait == "" {
		return short(im.Self) + "::" + method
	}
	return "<" + short(im.Self) + " as " + short(im.Trait) + ">::" + method
}

// short leaves of each path in a type's text the last segment.
func short(s string) string {
	var b strings.Builder
	start := 0
	for i := 0; i <= len(s); i++ {
		if i < len(s) && (isWord(s[i]) || s[i] == ':' && (i+1 < len(s) && s[i+1] == ':' || i > 0 && s[i-1] == ':')) {
			continue
		}
		b.WriteString(lastSegment(s[start:i]))
		if i < len(s) {
			b.WriteByte(s[i])
		}
		start = i + 1
	}
	return b.String()
}

// projection returns <self as trait>::Name, normalised where an impl at hand says what it is.
func (u *Universe) projection(r *reader, self *Type, name string) *Type {
	t := u.intern(Type{Kind: Projection, Name: name, Args: []*Type{self}})
	trait, assoc, ok := strings.Cut(name, ">::")
	if !ok || self.Kind == Param || u.resolving >= maxExpand {
		return t
	}
	u.resolving++
	defer func() { u.resolving-- }()
	for _, ref := range u.impls[u.traitPath(r.c, stripArgs(trait), r.full)] {
		for _, a := range ref.im.Assoc {
			if a.Name != assoc {
				continue
			}
			bound := map[string]*Type{}
			if unify(u.itemType(ref.c, ref.im.Self, nil), self, bound) {
				return u.applied(ref.c, a.Type, self, bound)
			}
		}
	}
	return t
}

func stripArgs(s string) string {
	if i := strings.IndexByte(s, '<'); i > 0 {
		return s[:i]
	}
	return s
}

// applied reads a type of an impl and puts in what its parameters are bound to.
func (u *Universe) applied(c *Crate, text string, self *Type, bound map[string]*Type) *Type {
	t := u.itemType(c, text, self)
	var names []string
	var args []*Type
	for n := range bound {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		args = append(args, bound[n])
	}
	return u.subst(t, names, args)
}
