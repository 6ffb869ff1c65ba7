package types

import (
	"strconv"
	"strings"
)

// Kind tells the types apart.
type Kind uint8

// The kinds of a Type.
const (
	Prim       Kind = iota // Name: u8, bool, str, char
	Never                  // !
	Tuple                  // Args
	Ref                    // &Args[0], &mut Args[0]
	RawPtr                 // *const Args[0], *mut Args[0]
	Slice                  // [Args[0]]
	Array                  // [Args[0]; Name]
	ADT                    // Def with Args
	Param                  // a generic parameter, Self, `impl Trait`: Name
	Projection             // <Args[0] as Trait>::Name: Name is "Trait>::Assoc"; Trait: its path; In: where it stands
	FnPtr                  // Name: the text
	FnItem                 // Name: the text
	Dyn                    // Name: the text behind dyn; Trait: path of the first trait; In: where it stands
	Closure                // Name: the text; In: the crate whose body makes it
	Coroutine              // Name: the text
	Const                  // a const argument: Name
	Other                  // what is not understood: Name
)

// Type is a type with its paths resolved and its lifetimes erased. Types are
// interned in their Universe: equal types are the same pointer.
type Type struct {
	Kind  Kind
	Mut   bool
	Name  string
	Trait string
	Def   *Def
	In    *Crate
	Args  []*Type

	id     int32 // dense; differs from run to run
	text   string
	seen   *Type // what it stands for; nil: not asked yet (see see)
	own    Own
	solved bool // own is final
}

// typeKey is what makes two types equal.
func typeKey(dst []byte, t *Type) []byte {
	dst = append(dst, byte(t.Kind))
	if t.Mut {
		dst = append(dst, 'm')
	}
	if t.Def != nil {
		dst = strconv.AppendInt(append(dst, '#'), int64(t.Def.id), 10)
	}
	for _, a := range t.Args {
		dst = strconv.AppendInt(append(dst, ','), int64(a.id), 10)
	}
	dst = append(append(dst, ' '), t.Name...)
	if t.In != nil {
		dst = strconv.AppendInt(append(dst, " in "...), int64(t.In.id), 10)
	}
	if t.Trait != "" {
		dst = append(append(dst, " of "...), t.Trait...)
	}
	return dst
}

// intern returns the one Type that is equal to t.
func (u *Universe) intern(t Type) *Type {
	u.scratch = typeKey(u.scratch[:0], &t)
	if have, ok := u.types[string(u.scratch)]; ok {
		return have
	}
	n := &t
	n.id = u.count
	u.count++
	n.text = n.spell(nil)
	u.types[string(u.scratch)] = n
	return n
}

// String spells the type with definition paths that start with a crate's name
// and without lifetimes.
func (t *Type) String() string { return t.text }

// SpelledIn spells the type as the MIR of crate c does: its own types without the
// crate's name.
func (t *Type) SpelledIn(c *Crate) string { return t.spell(c) }

func (t *Type) spell(c *Crate) string {
	in := func(a *Type) string {
		if c == nil {
			return a.text
		}
		return a.spell(c)
	}
	all := func() string {
		parts := make([]string, len(t.Args))
		for i, a := range t.Args {
			parts[i] = in(a)
		}
		return strings.Join(parts, ", ")
	}
	switch t.Kind {
	case Never:
		return "!"
	case Tuple:
		if len(t.Args) == 1 {
			return "(" + in(t.Args[0]) + ",)"
		}
		return "(" + all() + ")"
	case Ref:
		if t.Mut {
			return "&mut " + bracketed(in(t.Args[0]))
		}
		return "&" + bracketed(in(t.Args[0]))
	case RawPtr:
		if t.Mut {
			return "*mut " + bracketed(in(t.Args[0]))
		}
		return "*const " + bracketed(in(t.Args[0]))
	case Slice:
		return "[" + in(t.Args[0]) + "]"
	case Array:
		return "[" + in(t.Args[0]) + "; " + t.Name + "]"
	case ADT:
		path := t.Def.Path
		if c != nil && t.Def.Crate == c {
			path = t.Def.rel
		}
		if len(t.Args) == 0 {
			return path
		}
		return path + "<" + all() + ">"
	case Projection:
		return "<" + in(t.Args[0]) + " as " + t.Name
	case Dyn:
		return "dyn " + t.Name
	}
	return t.Name
}

// bracketed puts parentheses around a dyn type with several bounds behind & or *.
func bracketed(s string) string {
	if strings.HasPrefix(s, "dyn ") && strings.Contains(s, " + ") {
		return "(" + s + ")"
	}
	return s
}

// Walk calls f for t and every type inside it, outermost first; f returning
// false keeps it from going inside.
func (t *Type) Walk(f func(*Type) bool) {
	if !f(t) {
		return
	}
	for _, a := range t.Args {
		a.Walk(f)
	}
}

// subst replaces parameters by name. It returns t itself when nothing changes.
func (u *Universe) subst(t *Type, names []string, args []*Type) *Type {
	if len(names) == 0 || !t.open() {
		return t
	}
	if t.Kind == Param {
		for i, n := range names {
			if n == t.Name && i < len(args) {
				return args[i]
			}
		}
		return t
	}
	n := *t
	n.Args = make([]*Type, len(t.Args))
	for i, a := range t.Args {
		n.Args[i] = u.subst(a, names, args)
	}
	if t.Kind == Const || t.Kind == Array { // a const parameter
		for i, name := range names {
			if name == t.Name && i < len(args) {
				n.Name = args[i].Name
			}
		}
	}
	n.seen, n.solved, n.own = nil, false, 0
	return u.intern(n)
}

// open reports whether a parameter may stand in t; it is right when it says no.
func (t *Type) open() bool {
	switch t.Kind {
	case Param, Const, Array:
		return true
	}
	for _, a := range t.Args {
		if a.open() {
			return true
		}
	}
	return false
}
