package decls

import (
	"slices"
	"strings"

	"softshell/items"
	"softshell/mir"
)

// Crate is the declarations of one crate.
type Crate struct {
	Items *items.Crate

	text    *mir.Types
	adts    map[string]*ADT
	order   []*ADT
	aliases map[string]*items.TypeAlias
	traits  map[string]*items.Trait
}

// ADT is a type that the crate declares.
type ADT struct {
	*items.ADT
	Impls []*Impl // of the type, and of references to it

	hands    []Hand
	reading  bool
	read     bool
	holdings map[string]*Holding
}

// Name is the type as people write it, with its type parameters: "Cow<T, U>".
func (a *ADT) Name() string {
	var params []string
	for _, g := range a.Generics {
		if g.Kind == "type" {
			params = append(params, g.Name)
		}
	}
	name := lastSegment(a.Path)
	if len(params) > 0 {
		name += "<" + strings.Join(params, ", ") + ">"
	}
	return name
}

// Impl is an impl block with its functions.
type Impl struct {
	*items.Impl
	Fns []*items.Fn
	// Ref is set when the block is for a reference to the type.
	Ref  bool
	self *mir.Type // the type itself, as the block spells it
	// Fixed are the parameters of the type in whose place the block has another type.
	Fixed map[string]bool
	scope *scope
}

// New reads a crate's items. The answers are for one goroutine.
func New(it *items.Crate) *Crate {
	c := &Crate{Items: it, text: mir.NewTypes(), adts: map[string]*ADT{}, aliases: map[string]*items.TypeAlias{}, traits: map[string]*items.Trait{}}
	for _, t := range it.Types {
		a := &ADT{ADT: t}
		c.adts[t.Path] = a
		c.order = append(c.order, a)
	}
	for _, t := range it.TypeAliases {
		c.aliases[t.Path] = t
	}
	for _, t := range it.Traits {
		c.traits[t.Path] = t
	}
	impls := make([]*Impl, len(it.Impls))
	for i, im := range it.Impls {
		impls[i] = c.impl(im)
	}
	for _, f := range it.Fns {
		if f.Impl >= 0 && impls[f.Impl] != nil {
			impls[f.Impl].Fns = append(impls[f.Impl].Fns, f)
		}
	}
	return c
}

// Fn is a function with the block that holds it.
type Fn struct {
	*items.Fn
	Impl *items.Impl // nil: a free function
	Of   *ADT        // the crate's type that the block is for, nil for none
}

// Fns lists the functions in the order of their paths.
func (c *Crate) Fns() []Fn {
	of := map[*items.Impl]*ADT{}
	for _, a := range c.order {
		for _, im := range a.Impls {
			of[im.Impl] = a
		}
	}
	out := make([]Fn, len(c.Items.Fns))
	for i, f := range c.Items.Fns {
		out[i].Fn = f
		if f.Impl >= 0 {
			im := c.Items.Impls[f.Impl]
			out[i].Impl, out[i].Of = im, of[im]
		}
	}
	return out
}

// Lifetimes are the names of the lifetimes in a text, without those that it binds itself.
func Lifetimes(text string) []string {
	var out []string
	bound := map[string]bool{}
	for i := 0; i < len(text); i++ {
		if text[i] != '\'' {
			continue
		}
		end := i + 1
		for end < len(text) && (text[end] == '_' || text[end] >= '0' && text[end] <= '9' || text[end] >= 'a' && text[end] <= 'z' || text[end] >= 'A' && text[end] <= 'Z') {
			end++
		}
		name := text[i:end]
		if open := strings.LastIndex(text[:i], "for<"); open >= 0 && !strings.Contains(text[open:i], ">") {
			bound[name] = true
		}
		if !bound[name] && !slices.Contains(out, name) {
			out = append(out, name)
		}
		i = end
	}
	return out
}

// ADTs lists the types in the order of their paths.
func (c *Crate) ADTs() []*ADT { return c.order }

// impl links a block to the type that it is for; nil when that is none of the crate's.
func (c *Crate) impl(im *items.Impl) *Impl {
	out := &Impl{Impl: im, Fixed: map[string]bool{}, self: c.text.Type(im.Self)}
	if out.self.Kind == mir.TypeRef && len(out.self.Args) == 1 {
		out.Ref, out.self = true, out.self.Args[0]
	}
	if out.self.Kind != mir.TypePath {
		return nil
	}
	a := c.adts[out.self.Path.Plain]
	if a == nil {
		return nil
	}
	out.scope = c.blockScope(out, a)
	a.Impls = append(a.Impls, out)
	return out
}

// scope says what names in a type's text stand for.
type scope struct {
	vars  map[string]term
	self  *term
	assoc map[string]*mir.Type // the associated types of the block
}

// term is a type in its scope. A term with an atom is a parameter of the type
// that is asked about, or an associated type of one.
type term struct {
	t    *mir.Type
	in   *scope
	atom string
}

// blockScope names the parameters of a block as the definition of a does.
func (c *Crate) blockScope(im *Impl, a *ADT) *scope {
	s := &scope{vars: map[string]term{}, assoc: map[string]*mir.Type{}}
	args := typeArgs(im.self)
	for i, g := range paramsOf(a.Generics) {
		if i >= len(args) {
			break
		}
		name := bareName(args[i])
		if name == "" || !hasParam(im.Generics, name) {
			im.Fixed[g.Name] = true
			continue
		}
		s.vars[name] = term{atom: g.Name}
	}
	s.self = &term{t: c.text.Type(im.Self), in: s}
	for _, as := range im.Assoc {
		s.assoc[as.Name] = c.text.Type(as.Type)
	}
	return s
}

// own is the scope of a type's own definition.
func (c *Crate) own(a *ADT) *scope {
	s := &scope{vars: map[string]term{}}
	for _, g := range paramsOf(a.Generics) {
		s.vars[g.Name] = term{atom: g.Name}
	}
	return s
}

// inside is the scope of a type's definition, when it is used as t.
func (c *Crate) inside(generics []items.Generic, t term) *scope {
	s := &scope{vars: map[string]term{}}
	args := typeArgs(t.t)
	for i, g := range paramsOf(generics) {
		switch {
		case i < len(args):
			s.vars[g.Name] = term{t: args[i], in: t.in}
		case g.Default != "":
			s.vars[g.Name] = term{t: c.text.Type(g.Default), in: s}
		}
	}
	return s
}

// paramsOf are the parameters that arguments are given for in order.
func paramsOf(gs []items.Generic) []items.Generic {
	return slices.DeleteFunc(slices.Clone(gs), func(g items.Generic) bool {
		return g.Kind == "lifetime" || strings.HasPrefix(g.Name, "impl ")
	})
}

func hasParam(gs []items.Generic, name string) bool {
	return slices.ContainsFunc(gs, func(g items.Generic) bool { return g.Name == name && g.Kind == "type" })
}

// typeArgs are the arguments of a path, without lifetimes; a constant has no kind.
func typeArgs(t *mir.Type) []*mir.Type {
	if t.Path == nil || len(t.Path.Segs) == 0 {
		return nil
	}
	var out []*mir.Type
	for _, a := range t.Path.Segs[len(t.Path.Segs)-1].Args {
		switch {
		case a.Lifetime || a.Binding != "":
		case a.Type == nil:
			out = append(out, &mir.Type{Kind: mir.TypeInfer, Text: a.Text})
		default:
			out = append(out, a.Type)
		}
	}
	return out
}

// bareName is the name when t may be a parameter, else "".
func bareName(t *mir.Type) string {
	if t.Kind == mir.TypePath && len(t.Path.Segs) == 1 && len(t.Path.Segs[0].Args) == 0 && t.Path.Self == nil {
		return t.Path.Segs[0].Name
	}
	return ""
}

// maxSteps bounds how deep types are looked into.
const maxSteps = 24

// see replaces names by what they stand for, as far as that is known.
func (c *Crate) see(t term) term {
	for range maxSteps {
		if t.atom != "" || t.t == nil {
			return t
		}
		switch t.t.Kind {
		case mir.TypeParam:
			if t.in == nil || t.in.self == nil || t.t.Name != "Self" {
				return t
			}
			t = *t.in.self
			continue
		case mir.TypeProjection:
			next, ok := c.projection(t)
			if !ok {
				return t
			}
			t = next
			continue
		case mir.TypePath:
			if name := bareName(t.t); name != "" && t.in != nil {
				if v, ok := t.in.vars[name]; ok {
					t = v
					continue
				}
			}
			if al := c.aliases[t.t.Path.Plain]; al != nil {
				t = term{t: c.text.Type(al.Type), in: c.inside(al.Generics, t)}
				continue
			}
		}
		return t
	}
	return t
}

// projection is what `<Self as Trait>::Name` stands for: an associated type of
// the block, or one of a parameter.
func (c *Crate) projection(t term) (term, bool) {
	p := t.t.Path
	if p.Self == nil || len(p.Segs) != 1 {
		return t, false
	}
	name := p.Segs[0].Name
	if p.Self.Kind == mir.TypeParam && t.in != nil {
		as := t.in.assoc[name]
		return term{t: as, in: t.in}, as != nil
	}
	if self := c.see(term{t: p.Self, in: t.in}); self.atom != "" {
		return term{atom: self.atom + "::" + name}, true
	}
	return t, false
}

// adtOf is the crate's type that t is an instance of, nil for none.
func (c *Crate) adtOf(t term) *ADT {
	if t.t == nil || t.t.Kind != mir.TypePath {
		return nil
	}
	return c.adts[t.t.Path.Plain]
}

// fields calls f for each field of a type in the given scope.
func (c *Crate) fields(a *ADT, in *scope, f func(fd *items.Field, t term)) {
	for i := range a.Variants {
		for j := range a.Variants[i].Fields {
			fd := &a.Variants[i].Fields[j]
			f(fd, term{t: c.text.Type(fd.Type), in: in})
		}
	}
}

func lastSegment(path string) string { return path[strings.LastIndex(path, ":")+1:] }

// isStd reports whether a path leads into the standard library.
func isStd(path string) bool {
	head, _, _ := strings.Cut(path, "::")
	return head == "std" || head == "core" || head == "alloc"
}
