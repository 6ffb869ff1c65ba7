package types

import (
	"strconv"
	"strings"

	"softshell/mir"
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
	Param                  // a generic parameter, Self, `impl Trait` as an argument: Name
	Projection             // <Args[0] as Trait>::Name: Name is "Trait>::Assoc"
	FnPtr                  // Name: the text
	FnItem                 // Name: the text
	Dyn                    // Name: the text behind dyn; Trait: path of the first trait
	Opaque                 // impl Trait: Name is the text behind impl
	Closure                // Name: the text
	Coroutine              // Name: the text
	Const                  // a const argument: Name
	Other                  // what is not understood: Name
)

// Type is a type with its paths resolved and its lifetimes erased. Types are
// interned in their Universe: equal types are the same pointer.
type Type struct {
	ID    int32 // dense
	Kind  Kind
	Mut   bool
	Name  string
	Trait string // Dyn
	Def   *Def
	Args  []*Type

	text string
	node *mir.Type
	memo [queries]Own // valid while memoAt equals the universe's epoch
	at   [queries]int32
}

// key is what makes two types equal.
func typeKey(dst []byte, t *Type) []byte {
	dst = append(dst, byte(t.Kind))
	if t.Mut {
		dst = append(dst, 'm')
	}
	if t.Def != nil {
		dst = strconv.AppendInt(append(dst, '#'), int64(t.Def.ID), 10)
	}
	for _, a := range t.Args {
		dst = strconv.AppendInt(append(dst, ','), int64(a.ID), 10)
	}
	return append(append(dst, ' '), t.Name...)
}

// intern returns the one Type that is equal to t.
func (u *Universe) intern(t Type) *Type {
	u.scratch = typeKey(u.scratch[:0], &t)
	if have, ok := u.types[string(u.scratch)]; ok {
		return have
	}
	n := &Type{ID: int32(len(u.byID)), Kind: t.Kind, Mut: t.Mut, Name: t.Name, Trait: t.Trait, Def: t.Def, Args: t.Args}
	for q := range n.at {
		n.at[q] = -1
	}
	n.text = spellType(n)
	u.types[string(u.scratch)] = n
	u.byID = append(u.byID, n)
	return n
}

// String spells the type as MIR does, with definition paths and without lifetimes.
func (t *Type) String() string { return t.text }

func spellType(t *Type) string {
	switch t.Kind {
	case Never:
		return "!"
	case Tuple:
		if len(t.Args) == 1 {
			return "(" + t.Args[0].text + ",)"
		}
		return "(" + joinTypes(t.Args) + ")"
	case Ref:
		if t.Mut {
			return "&mut " + pointeeText(t.Args[0])
		}
		return "&" + pointeeText(t.Args[0])
	case RawPtr:
		if t.Mut {
			return "*mut " + pointeeText(t.Args[0])
		}
		return "*const " + pointeeText(t.Args[0])
	case Slice:
		return "[" + t.Args[0].text + "]"
	case Array:
		return "[" + t.Args[0].text + "; " + t.Name + "]"
	case ADT:
		if len(t.Args) == 0 {
			return t.Def.Path
		}
		return t.Def.Path + "<" + joinTypes(t.Args) + ">"
	case Projection:
		return "<" + t.Args[0].text + " as " + t.Name
	case Dyn:
		return "dyn " + t.Name
	case Opaque:
		return "impl " + t.Name
	}
	return t.Name
}

func pointeeText(t *Type) string {
	if (t.Kind == Dyn || t.Kind == Opaque) && strings.Contains(t.Name, " + ") {
		return "(" + t.text + ")"
	}
	return t.text
}

func joinTypes(ts []*Type) string {
	if len(ts) == 1 {
		return ts[0].text
	}
	parts := make([]string, len(ts))
	for i, t := range ts {
		parts[i] = t.text
	}
	return strings.Join(parts, ", ")
}

// mirKinds maps a Kind to the node that package mir has for it.
var mirKinds = [...]mir.TypeKind{
	Prim: mir.TypePrim, Never: mir.TypeNever, Tuple: mir.TypeTuple, Ref: mir.TypeRef, RawPtr: mir.TypeRawPtr,
	Slice: mir.TypeSlice, Array: mir.TypeArray, ADT: mir.TypePath, Param: mir.TypeParam, Projection: mir.TypeProjection,
	FnPtr: mir.TypeFnPtr, FnItem: mir.TypeFnItem, Dyn: mir.TypeDyn, Opaque: mir.TypeOpaque, Closure: mir.TypeClosure,
	Coroutine: mir.TypeCoroutine, Const: mir.TypeUnsupported, Other: mir.TypeUnsupported,
}

// MIR returns the node for a type, the same one each time. It may be given
// back to Resolve with any crate. Its paths are definition paths that start
// with a crate's name.
func (u *Universe) MIR(t *Type) *mir.Type {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.mirNode(t)
}

func (u *Universe) mirNode(t *Type) *mir.Type {
	if t.node != nil {
		return t.node
	}
	n := &mir.Type{Kind: mirKinds[t.Kind], Mut: t.Mut, Text: t.text, ID: -1 - t.ID}
	t.node = n
	u.fromNode[n] = t
	switch t.Kind {
	case ADT:
		n.Path = u.mirPath(t)
	case Ref, RawPtr, Slice, Tuple:
		n.Args = u.mirNodes(t.Args)
	case Array:
		n.Args, n.Name = u.mirNodes(t.Args), t.Name
	default:
		n.Name = t.Name
	}
	return n
}

func (u *Universe) mirNodes(ts []*Type) []*mir.Type {
	out := make([]*mir.Type, len(ts))
	for i, t := range ts {
		out[i] = u.mirNode(t)
	}
	return out
}

func (u *Universe) mirPath(t *Type) *mir.Path {
	p := &mir.Path{Text: t.text, Plain: t.Def.Path, ID: -1 - t.ID}
	for _, name := range strings.Split(t.Def.Path, "::") {
		p.Segs = append(p.Segs, mir.PathSeg{Name: name})
	}
	if len(t.Args) > 0 {
		last := &p.Segs[len(p.Segs)-1]
		for _, a := range t.Args {
			g := mir.GenericArg{Text: a.text}
			if a.Kind != Const {
				g.Type = u.mirNode(a)
			}
			last.Args = append(last.Args, g)
		}
	}
	return p
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
	if len(names) == 0 || !t.open(u) {
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
	if len(t.Args) == 0 {
		if t.Kind == Const || t.Kind == Array {
			return u.substConst(t, names, args)
		}
		return t
	}
	var out []*Type
	for i, a := range t.Args {
		b := u.subst(a, names, args)
		if b != a && out == nil {
			out = append([]*Type(nil), t.Args...)
		}
		if out != nil {
			out[i] = b
		}
	}
	n := *u.substConst(t, names, args)
	if out == nil {
		return u.byID[n.ID]
	}
	return u.intern(Type{Kind: n.Kind, Mut: n.Mut, Name: n.Name, Trait: n.Trait, Def: n.Def, Args: out})
}

// substConst replaces a const parameter that stands as an array's length or as an argument.
func (u *Universe) substConst(t *Type, names []string, args []*Type) *Type {
	if t.Kind != Const && t.Kind != Array {
		return t
	}
	for i, n := range names {
		if n == t.Name && i < len(args) {
			return u.intern(Type{Kind: t.Kind, Name: args[i].Name, Args: t.Args})
		}
	}
	return t
}

// open reports whether a parameter may stand in t; it is right when it says no.
func (t *Type) open(*Universe) bool {
	switch t.Kind {
	case Param, Const, Array:
		return true
	}
	for _, a := range t.Args {
		if a.open(nil) {
			return true
		}
	}
	return false
}
