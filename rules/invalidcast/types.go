package invalidcast

import (
	"slices"
	"strconv"
	"strings"

	"softshell/flow"
	"softshell/ir"
	"softshell/items"
	"softshell/mir"
)

// same reports whether two types are one but for lifetimes.
func same(a, b *mir.Type) bool {
	if a == b || a == nil || b == nil {
		return a == b
	}
	if a.Kind != b.Kind || len(a.Args) != len(b.Args) || a.Mut != b.Mut {
		return false
	}
	if a.Kind == mir.TypePath {
		if a.Path == nil || b.Path == nil {
			return a.Text == b.Text
		}
		return a.Path.Plain == b.Path.Plain && slices.EqualFunc(typeArgs(a), typeArgs(b), same)
	}
	if a.Kind == mir.TypeRef {
		return same(a.Args[0], b.Args[0])
	}
	if len(a.Args) == 0 {
		return a.Text == b.Text || a.Kind == mir.TypeDyn
	}
	return a.Name == b.Name && slices.EqualFunc(a.Args, b.Args, same)
}

// typeArgs are the type arguments of a path.
func typeArgs(t *mir.Type) []*mir.Type {
	var out []*mir.Type
	if t == nil || t.Path == nil {
		return nil
	}
	for _, s := range t.Path.Segs {
		for _, a := range s.Args {
			if a.Type != nil && !a.Lifetime {
				out = append(out, a.Type)
			}
		}
	}
	return out
}

// mentions reports whether b stands somewhere in a.
func mentions(a, b *mir.Type) bool {
	if a == nil {
		return false
	}
	return same(a, b) || slices.ContainsFunc(a.Args, func(x *mir.Type) bool { return mentions(x, b) }) ||
		slices.ContainsFunc(typeArgs(a), func(x *mir.Type) bool { return mentions(x, b) })
}

// isByte reports whether a type is one byte of which every value is good.
func isByte(t *mir.Type) bool {
	if t != nil && t.Kind == mir.TypeArray && len(t.Args) > 0 {
		return isByte(t.Args[0])
	}
	return t != nil && t.Kind == mir.TypePrim && (t.Name == "u8" || t.Name == "i8") || t != nil && t.Kind == mir.TypePrim && t.Name == "str"
}

// opaque reports whether a type says nothing of what is there: (), c_void,
// MaybeUninit, a trait object.
func opaque(t *mir.Type) bool {
	switch {
	case t == nil, t.Kind == mir.TypeDyn, t.Kind == mir.TypeTuple && len(t.Args) == 0, t.Kind == mir.TypeNever, t.Kind == mir.TypeFnPtr, t.Kind == mir.TypeFnItem,
		t.Kind == mir.TypeClosure, t.Kind == mir.TypeOpaque:
		return true
	case t.Kind == mir.TypeArray || t.Kind == mir.TypeSlice:
		return len(t.Args) == 0 || opaque(t.Args[0])
	case t.Kind == mir.TypePath:
		switch ir.LastSeg(t.Path) {
		case "c_void", "MaybeUninit", "PhantomData", "UnsafeCell", "Cell", "ManuallyDrop":
			return true
		}
	}
	return false
}

var primSize = map[string]int{"u8": 1, "i8": 1, "bool": 1, "u16": 2, "i16": 2, "f16": 2, "u32": 4, "i32": 4, "f32": 4, "char": 4,
	"u64": 8, "i64": 8, "f64": 8, "usize": 8, "isize": 8, "u128": 16, "i128": 16, "f128": 16, "str": 1}

// layout is the size and alignment of a type of the language on 64 bits.
func layout(t *mir.Type) (size, align int, ok bool) {
	if t == nil {
		return 0, 0, false
	}
	switch t.Kind {
	case mir.TypePrim:
		n := primSize[t.Name]
		return n, n, n > 0
	case mir.TypeArray:
		n, err := strconv.Atoi(strings.TrimSuffix(t.Name, "_usize"))
		size, align, ok = layout(t.Args[0])
		return size * n, align, ok && err == nil
	case mir.TypeRef, mir.TypeRawPtr:
		if s := t.Args[0]; s.Kind == mir.TypePrim && s.Name != "str" {
			return 8, 8, true
		}
	}
	return 0, 0, false
}

// param is the type parameter that a type is, or is made of as an associated
// type or an array, "" for none.
func param(v *flow.View, t *mir.Type) string {
	switch {
	case t == nil:
		return ""
	case (t.Kind == mir.TypeArray || t.Kind == mir.TypeSlice) && len(t.Args) > 0:
		return param(v, t.Args[0])
	case t.Kind == mir.TypeParam, t.Kind == mir.TypePath && t.Path != nil && len(t.Path.Segs) == 1 && v.Generic(t) && len(typeArgs(t)) == 0:
		return t.Text
	case t.Kind == mir.TypeProjection:
		return t.Text
	}
	return ""
}

// reprs are the words of a type's repr attributes.
func reprs(a *items.ADT) []string {
	var out []string
	for _, at := range a.Attrs {
		if in, ok := strings.CutPrefix(at, "repr("); ok {
			for _, w := range strings.Split(strings.TrimSuffix(in, ")"), ",") {
				out = append(out, strings.TrimSpace(w))
			}
		}
	}
	return out
}

// fixedLayout reports whether the source fixes how a type is laid out.
func fixedLayout(a *items.ADT) bool {
	return slices.ContainsFunc(reprs(a), func(w string) bool {
		return w == "C" || w == "transparent" || strings.HasPrefix(w, "packed") || primSize[w] > 0
	})
}

func name(t *mir.Type) string {
	if t == nil {
		return "?"
	}
	return t.Text
}
