package types

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"softshell/items"
)

func ownGen() *rapid.Generator[Own] {
	return rapid.Custom(func(t *rapid.T) Own {
		var o Own
		for _, b := range rapid.SliceOf(rapid.SampledFrom([]Own{1, 2, 4, 1 << 59, OwnHeap, OwnUnknown, OwnFD, OwnParam})).Draw(t, "bits") {
			o |= b
		}
		return o
	})
}

func TestJoin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := ownGen().Draw(t, "a"), ownGen().Draw(t, "b"), ownGen().Draw(t, "c")
		if same := a; a|same != a || a|b != b|a || (a|b)|c != a|(b|c) {
			t.Fatal("join is not idempotent, commutative and associative")
		}
		if (a | b).Answer() != max(a.Answer(), b.Answer()) {
			t.Fatalf("the answer of %b is %s", a|b, (a | b).Answer())
		}
	})
}

// crateGen draws a crate of a few generic types whose fields hold each other.
func crateGen(t *rapid.T) *items.Crate {
	n := rapid.IntRange(1, 6).Draw(t, "types")
	it := &items.Crate{Name: "c"}
	var field func(depth int) string
	field = func(depth int) string {
		k := rapid.IntRange(0, 9).Draw(t, "kind")
		if depth > 2 {
			k %= 3
		}
		switch k {
		case 0:
			return "u8"
		case 1:
			return "A"
		case 2:
			return "B"
		case 3:
			return "alloc::vec::Vec<" + field(depth+1) + ">"
		case 4:
			return "core::option::Option<" + field(depth+1) + ">"
		case 5:
			return "&'a " + field(depth+1)
		case 6:
			return "core::mem::ManuallyDrop<" + field(depth+1) + ">"
		case 7:
			return "(" + field(depth+1) + ", " + field(depth+1) + ")"
		}
		return fmt.Sprintf("c::T%d<%s, %s>", rapid.IntRange(0, n-1).Draw(t, "type"), field(depth+1), field(depth+1))
	}
	for i := range n {
		v := items.Variant{Name: fmt.Sprintf("T%d", i)}
		for j := range rapid.IntRange(0, 3).Draw(t, "fields") {
			v.Fields = append(v.Fields, items.Field{Name: fmt.Sprint(j), Type: field(0)})
		}
		it.Types = append(it.Types, &items.ADT{Path: "c::" + v.Name, Kind: "struct", Variants: []items.Variant{v},
			Generics: []items.Generic{{Name: "A", Kind: "type"}, {Name: "B", Kind: "type"}}})
	}
	return it
}

// encodings solves a crate, its types asked for in the given order.
func encodings(it *items.Crate, order []int) (*Universe, []*Def, []Own) {
	u := New(Builtin())
	c := u.AddCrate(Source{Name: it.Name, Items: sourceOf(it)})
	defs, out := make([]*Def, len(it.Types)), make([]Own, len(it.Types))
	for _, i := range order {
		defs[i] = u.ResolveText(c, strings.TrimPrefix(it.Types[i].Path, "c::")+"<X, Y>").Def
		out[i] = u.Encoding(defs[i])
	}
	return u, defs, out
}

func inOrder(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

func TestEncodingsAreTheLeastFixpoint(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		it := crateGen(t)
		n := len(it.Types)
		order := rapid.Permutation(inOrder(n)).Draw(t, "order")
		u, defs, enc := encodings(it, order)
		_, _, again := encodings(it, inOrder(n))
		if !slices.Equal(enc, again) {
			t.Fatalf("asked in order %v: %b, else %b", order, enc, again)
		}
		s := solving{}
		for i, d := range defs {
			s[d] = enc[i]
		}
		for i, d := range defs {
			if got := u.step(d, s); got != enc[i] {
				t.Fatalf("%s: %b is no fixpoint, the equation gives %b", d.Path, enc[i], got)
			}
		}
		// From below, all equations at once: what is reached is the least one.
		low := solving{}
		for changed := true; changed; {
			changed = false
			next := solving{}
			for _, d := range defs {
				next[d] = u.step(d, low)
				if next[d]&low[d] != low[d] {
					t.Fatalf("%s: the equation is not monotone", d.Path)
				}
				changed = changed || next[d] != low[d]
			}
			low = next
		}
		for i, d := range defs {
			if low[d] != enc[i] {
				t.Fatalf("%s: %b, the least fixpoint is %b", d.Path, enc[i], low[d])
			}
		}
	})
}

func TestEncodingsGrowWithFields(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		it := crateGen(t)
		n := len(it.Types)
		_, _, before := encodings(it, inOrder(n))
		at := rapid.IntRange(0, n-1).Draw(t, "at")
		more := rapid.SampledFrom([]string{"A", "B", "alloc::string::String", "u8", "c::T0<B, A>"}).Draw(t, "field")
		v := &it.Types[at].Variants[0]
		v.Fields = append(v.Fields, items.Field{Name: "more", Type: more})
		_, _, after := encodings(it, inOrder(n))
		for i := range before {
			if before[i]&after[i] != before[i] {
				t.Fatalf("with one field more, T%d owns %b instead of %b", i, after[i], before[i])
			}
		}
	})
}

// No text of a type makes the reader fail or spell what it cannot read again.
func TestReaderIsTotal(t *testing.T) {
	u := New(Builtin())
	c := u.AddCrate(Source{Name: "c", Items: sourceOf(&items.Crate{Name: "c"})})
	parts := []string{"a", "T", "u8", "::", "<", ">", "(", ")", "[", "]", "{", "}", "&", "*", "'a ", "mut ", "const ", "dyn ", "impl ", " as ", " + ", ", ", "; ", "3",
		"fn(", " -> ", "for<'a> ", "std::vec::Vec", "Fn", "=", "{closure@", "!", "_", "\"", " "}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(parts), 0, 14).Draw(t, "parts"), "")
		ty := u.ResolveText(c, text)
		u.Owns(ty)
		_ = ty.SpelledIn(c)
	})
}
