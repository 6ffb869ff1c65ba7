package types

import (
	"slices"
	"strings"

	"softshell/items"
)

// traitKey makes the spellings of a trait one: no arguments, and for the
// standard library, whose traits have names of their own, only the last segment.
func traitKey(path string) string {
	if i := strings.IndexAny(path, "<( "); i >= 0 {
		path = path[:i]
	}
	if sysrootNames[firstSegment(path)] {
		return "std::" + lastSegment(path)
	}
	return path
}

func firstSegment(path string) string {
	if i := strings.Index(path, "::"); i >= 0 {
		return path[:i]
	}
	return path
}

// traitPath is the traitKey of a trait as a text in crate c spells it.
func traitPath(c *Crate, path string, full bool) string {
	path = strings.TrimPrefix(path, "?")
	head := firstSegment(path)
	if full || sysrootNames[head] || c.dep(head) != nil {
		return traitKey(path)
	}
	return c.Name + "::" + path
}

// selfDef is the definition of the self type of an impl, nil when it is no path.
func (u *Universe) selfDef(c *Crate, im *items.Impl) *Def {
	if t := u.see(u.itemType(c, im.Self, nil)); t.Kind == ADT {
		return u.canonical(t.Def)
	}
	return nil
}

// HasDrop reports whether the definition has an `impl Drop` of its own. Of a
// type that only a model describes the answer is no.
func (u *Universe) HasDrop(d *Def) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.hasDrop(u.canonical(d))
}

func (u *Universe) hasDrop(d *Def) bool {
	c := d.Crate
	if c.src.HasDrop != nil {
		return c.src.HasDrop(d.rel)
	}
	if c.drops == nil {
		c.load()
		drops := map[*Def]*items.Impl{}
		if c.items != nil {
			for _, im := range c.items.Impls {
				if im.Trait == "" || im.Negative || traitKey(im.Trait) != "std::Drop" {
					continue
				}
				if d := u.selfDef(c, im); d != nil {
					drops[d] = im
				}
			}
		}
		c.drops = drops
	}
	return c.drops[d] != nil
}

// unify matches a type against a pattern whose parameters stand for anything.
func (u *Universe) unify(pattern, t *Type, bound map[string]*Type) bool {
	if pattern.Kind == Param {
		if have := bound[pattern.Name]; have != nil {
			return have == t
		}
		bound[pattern.Name] = t
		return true
	}
	if pattern = u.see(pattern); pattern == t {
		return true
	}
	if t = u.see(t); pattern.Kind != t.Kind || pattern.Def != t.Def || pattern.Mut != t.Mut || len(pattern.Args) != len(t.Args) {
		return false
	}
	if pattern.Name != t.Name && pattern.Kind != Array {
		return false
	}
	for i := range pattern.Args {
		if !u.unify(pattern.Args[i], t.Args[i], bound) {
			return false
		}
	}
	return true
}

// normalised returns what a projection stands for, where an impl in the crate
// of the text or of the self type says it; else the projection itself.
func (u *Universe) normalised(t *Type) *Type {
	_, assoc, ok := strings.Cut(t.Name, ">::")
	self := u.see(t.Args[0])
	if !ok || self.Kind != ADT || strings.Contains(assoc, "::") {
		return t
	}
	for _, c := range []*Crate{t.In, self.Def.Crate} {
		c.load()
		if c.items == nil {
			continue
		}
		for _, im := range c.items.Impls {
			if im.Trait == "" || traitKey(im.Trait) != t.Trait {
				continue
			}
			for _, a := range im.Assoc {
				bound := map[string]*Type{}
				if a.Name == assoc && u.unify(u.itemType(c, im.Self, nil), self, bound) {
					return u.bind(u.itemType(c, a.Type, self), bound)
				}
			}
		}
	}
	return t
}

// bind puts in what parameters are bound to.
func (u *Universe) bind(t *Type, bound map[string]*Type) *Type {
	var names []string
	for n := range bound {
		names = append(names, n)
	}
	slices.Sort(names)
	args := make([]*Type, len(names))
	for i, n := range names {
		args[i] = bound[n]
	}
	return u.subst(t, names, args)
}
