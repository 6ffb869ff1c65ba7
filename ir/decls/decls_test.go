package decls

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"softshell/items"
)

// generic makes parameters: "T: a::B + c::D".
func generic(texts ...string) []items.Generic {
	var out []items.Generic
	for _, t := range texts {
		name, bounds, _ := strings.Cut(t, ": ")
		g := items.Generic{Name: name, Kind: "type"}
		if bounds != "" {
			g.Bounds = strings.Split(bounds, " + ")
		}
		out = append(out, g)
	}
	return out
}

func adt(path string, gs []items.Generic, fields ...string) *items.ADT {
	v := items.Variant{Name: "S"}
	for i, f := range fields {
		v.Fields = append(v.Fields, items.Field{Name: string(rune('0' + i)), Type: f})
	}
	return &items.ADT{Path: path, Kind: "struct", Public: true, Generics: gs, Variants: []items.Variant{v}}
}

// needsText spells what a field of a type asks for: "T: Send".
func needsText(n *Needs) string {
	var out []string
	for _, atom := range slices.Sorted(maps.Keys(n.Of)) {
		out = append(out, atom+": "+n.Of[atom].String())
	}
	if n.Never != "" {
		out = append(out, "never for "+n.Never)
	}
	if n.Unknown {
		out = append(out, "unknown")
	}
	return strings.Join(out, ", ")
}

func TestFieldNeeds(t *testing.T) {
	const cell, rc = "core::cell::UnsafeCell", "alloc::rc::Rc"
	for _, c := range []struct{ field, send, sync string }{
		{"T", "T: Send", "T: Sync"},
		{"alloc::vec::Vec<(u8, T)>", "T: Send", "T: Sync"},
		{"&'a T", "T: Sync", "T: Sync"},
		{"&'a mut [T]", "T: Send", "T: Sync"},
		{"alloc::sync::Arc<T>", "T: Send + Sync", "T: Send + Sync"},
		{"std::sync::poison::mutex::Mutex<T>", "T: Send", "T: Send"},
		{"std::sync::poison::rwlock::RwLock<T>", "T: Send", "T: Send + Sync"},
		{cell + "<T>", "T: Send", "never for UnsafeCell"},
		{rc + "<T>", "never for Rc", "never for Rc"},
		{"*mut T", "", ""},
		{"core::marker::PhantomData<fn(T)>", "", ""},
		{"core::marker::PhantomData<T>", "T: Send", "T: Sync"},
		{"alloc::boxed::Box<dyn core::ops::function::Fn(T)>", "never for dyn core::ops::function::Fn(T)", "never for dyn core::ops::function::Fn(T)"},
		{"alloc::boxed::Box<dyn c::Job>", "", "never for dyn c::Job"},
		{"alloc::boxed::Box<dyn other::Job>", "unknown", "unknown"},
		{"c::Inner<T>", "T: Send", "T: Send + Sync"},
		{"c::Plain<alloc::boxed::Box<T>>", "T: Send", "T: Sync"},
		{"c::Never", "never for Never", ""},
		{"c::Alias<T>", "T: Send", "T: Sync"},
		{"<T as c::Store>::Owned", "T::Owned: Send", "T::Owned: Sync"},
		{"other::Thing<T>", "T: Send, unknown", "T: Sync, unknown"},
	} {
		it := &items.Crate{Name: "c",
			Types: []*items.ADT{adt("c::X", generic("T"), c.field), adt("c::Inner", generic("T"), "*mut T"), adt("c::Plain", generic("U"), "core::option::Option<U>"), adt("c::Never", nil, "u8")},
			Impls: []*items.Impl{
				{Self: "c::Inner<U>", Trait: "core::marker::Send", Generics: generic("U"), Where: []string{"alloc::boxed::Box<U>: core::marker::Send"}},
				{Self: "c::Inner<U>", Trait: "core::marker::Sync", Generics: generic("U: c::Both")},
				{Self: "c::Never", Trait: "core::marker::Send", Negative: true},
			},
			Traits:      []*items.Trait{{Path: "c::Job", Bounds: []string{"core::marker::Send"}}, {Path: "c::Both", Bounds: []string{"c::Job", "core::marker::Sync"}}, {Path: "c::Store"}},
			TypeAliases: []*items.TypeAlias{{Path: "c::Alias", Generics: generic("V"), Type: "alloc::vec::Vec<V>"}},
		}
		d := New(it)
		x := d.adts["c::X"]
		if got := needsText(d.FieldNeeds(x, Send)); got != c.send {
			t.Errorf("%s is Send: got %q, want %q", c.field, got, c.send)
		}
		if got := needsText(d.FieldNeeds(x, Sync)); got != c.sync {
			t.Errorf("%s is Sync: got %q, want %q", c.field, got, c.sync)
		}
	}
}

func TestBounds(t *testing.T) {
	for _, c := range []struct {
		param string
		where []string
		want  Need
	}{
		{"T: core::marker::Send", nil, Send},
		{"T: core::marker::Send + core::marker::Sync", nil, Send | Sync},
		{"T: ?core::marker::Sized + 'static", nil, 0},
		{"T", []string{"T: core::marker::Sync + 'a"}, Sync},
		{"T", []string{"for<'a> &'a T: core::marker::Send"}, Sync},
		{"T", []string{"&'static mut T: core::marker::Send"}, Send},
		{"T", []string{"alloc::sync::Arc<T>: core::marker::Send"}, Send | Sync},
		{"T: c::Item", nil, Send},
		{"T: core::clone::Clone", nil, 0},
	} {
		it := &items.Crate{Name: "c", Types: []*items.ADT{adt("c::X", generic("A"), "*mut A")},
			Impls:  []*items.Impl{{Self: "c::X<T>", Trait: "core::marker::Send", Generics: generic(c.param), Where: c.where}},
			Traits: []*items.Trait{{Path: "c::Item", Bounds: []string{"core::marker::Send", "'static"}}}}
		d := New(it)
		x := d.adts["c::X"]
		if got := d.BoundsOf(x, x.Impls[0], nil).Of["A"]; got != c.want {
			t.Errorf("%s where %v: got %d, want %d", c.param, c.where, got, c.want)
		}
	}
}

// TestHands reads one function of a type at a time.
func TestHands(t *testing.T) {
	for _, c := range []struct {
		in   []string
		out  string
		want string
	}{
		{[]string{"&Self"}, "&T", "& T by &self"},
		{[]string{"&Self"}, "core::option::Option<&mut T>", "&mut T by &self"},
		{[]string{"Self"}, "(u8, T)", "T by self"},
		{[]string{"&mut Self", "T"}, "()", "in T by &mut self"},
		{[]string{"T"}, "Self", "in T by nothing"},
		{[]string{"T"}, "u8", ""},
		{[]string{"&Self"}, "*mut T", ""},
		{[]string{"&Self"}, "<Self as core::ops::deref::Deref>::Target", "T by &self"},
		{[]string{"&Self"}, "c::Guard<'_, T>", "&mut T by &self via Guard"},
		{[]string{"&Self"}, "c::Iter<'_, T>", "& T by &self via Iter"},
		{[]string{"&Self", "impl core::ops::function::FnOnce(&mut T) -> u8"}, "()", "&mut T by &self"},
		{[]string{"&Self", "F"}, "()", "in T by &self"},
		{[]string{"&Self"}, "impl core::iter::traits::iterator::Iterator<Item = &T> + '_", "& T by &self"},
		{[]string{"core::pin::Pin<&mut Self>"}, "core::task::poll::Poll<T>", "T by &mut self"},
		{[]string{"&Self"}, "alloc::boxed::Box<dyn core::ops::function::Fn(T)>", ""},
	} {
		deref := func(im int, self string, mut string) *items.Fn {
			return &items.Fn{Path: "c::d", Impl: im, Public: true, SelfArg: true, Inputs: []string{"&" + mut + "Self"}, Output: "&" + mut + self}
		}
		it := &items.Crate{Name: "c",
			Types: []*items.ADT{adt("c::X", generic("T"), "*mut T"), adt("c::Guard", generic("G"), "*mut G"), adt("c::Iter", generic("I"), "*mut I")},
			Impls: []*items.Impl{
				{Self: "c::X<T>", Generics: generic("T"), Assoc: []items.Assoc{{Name: "Target", Type: "T"}}},
				{Self: "c::Guard<'a, U>", Generics: generic("U")},
				{Self: "c::Iter<'a, U>", Generics: generic("U"), Assoc: []items.Assoc{{Name: "Item", Type: "&'a U"}}},
			},
			Fns: []*items.Fn{
				{Path: "c::f", Impl: 0, Public: true, Inputs: c.in, Output: c.out, Generics: generic("F: core::ops::function::FnOnce() -> T")},
				{Path: "c::hidden", Impl: 0, Inputs: []string{"&Self"}, Output: "T"},
				{Path: "c::raw", Impl: 0, Public: true, Unsafe: true, Inputs: []string{"&Self"}, Output: "T"},
				deref(1, "U", ""), deref(1, "U", "mut "),
				{Path: "c::next", Impl: 2, Public: true, Inputs: []string{"&mut Self"}, Output: "core::option::Option<<Self as core::iter::traits::iterator::Iterator>::Item>"},
			},
		}
		d := New(it)
		var got []string
		for _, h := range d.Hands(d.adts["c::X"]) {
			text := []string{"& ", "&mut ", "", "call "}[h.Kind] + h.Atom + " by " + []string{"nothing", "&self", "&mut self", "self"}[h.Recv]
			if h.In {
				text = "in " + text
			}
			if h.Via != nil {
				text += " via " + lastSegment(h.Via.Path)
			}
			got = append(got, text)
		}
		if text := strings.Join(got, "; "); text != c.want {
			t.Errorf("%v -> %s: got %q, want %q", c.in, c.out, text, c.want)
		}
	}
}
