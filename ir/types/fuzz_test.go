package types

import (
	"fmt"
	"strings"
	"testing"

	"softshell/items"
)

// texts are types as MIR spells them, one of each form and some that are none.
var texts = []string{
	"u8", "!", "()", "(u8,)", "(u8, alloc::string::String)", "&'a mut [u8]", "*const *mut str", "[T; 3_usize]", "[[u8; N]; { _ }]",
	"std::boxed::Box<dyn for<'b> std::ops::Fn(&'b str) -> std::result::Result<(), E> + std::marker::Send + 'static>",
	"&(dyn std::fmt::Debug + 'a)", "impl std::iter::Iterator<Item = u8> + 'a", "std::collections::HashMap<K, V, S>",
	"<T as std::iter::Iterator>::Item", "<<I as A>::B as C<u8>>::D::<'static, 3>", "<T>::Assoc", "<impl A as B>::C",
	"<impl std::fmt::Debug for m::Node<u8>>::fmt::Guard<'_, T>", "<m::Node<u8> as std::fmt::Debug>::fmt::Guard<T>", "m::<impl m::Node<T>>::f::Guard<T>",
	"unsafe extern \"C\" fn(*const u8, ...) -> i32", "for<'a> fn(&'a u8) -> &'a u8", "fn(fn(u8) -> u8) -> ! {m::f::<u8>}",
	"{closure@src/main.rs:3:5: 3:12}", "{async fn body of m::f()}", "m::f::{closure#0}::Guard<T>", "Self", "Node<'a, true, -3, 'x', _, Item = u8>",
	"(u32) is 1..=MAX", "r#mod::r#type<r#dyn>", "Pair<Pair<Pair<u8>>>", "Wide<Wide<Wide<u8>>>", "m::Größe", "a::<u8>::b::<T>::c",
	"", " ", "<", ">", "<<", "&", "&'", "*mut", "[", "[;", "(,", "(", "dyn ", "impl ", "fn(", "for<", "for<'a", "{", "{}", "{,}", "::", "a::", "a<", "a<,", "a<'", "a<b=", "a::<",
	"<impl ", "<impl  as >", "< as >::", "a<<", "-> >", "dyn ->", "dyn A as B", "unsafe fn", "a::<impl ", "\x00", "é<é>", "#", "a#0",
}

// program is a crate whose types and aliases the texts name.
func program() (*Universe, *Crate) {
	param := []items.Generic{{Name: "T", Kind: "type", Default: "u8"}}
	u := New(Builtin())
	c := u.AddCrate(Source{Name: "app", Items: sourceOf(&items.Crate{
		Name: "app",
		Types: []*items.ADT{
			{Path: "app::m::Node", Kind: "struct", Generics: param, Variants: []items.Variant{{Name: "Node", Fields: []items.Field{
				{Name: "next", Type: "core::option::Option<alloc::rc::Rc<app::m::Node<T>>>"}}}}},
			{Path: "app::Pair", Kind: "struct", Generics: param, Variants: []items.Variant{{Name: "Pair", Fields: []items.Field{{Name: "0", Type: "T"}}}}},
		},
		TypeAliases: []*items.TypeAlias{
			{Path: "app::Wide", Generics: param, Type: "(T, app::Pair<T>)"},
			{Path: "app::m::Loop", Type: "app::m::Loop"},
		},
		Aliases: map[string]string{"app::Node": "app::m::Node"},
		Globs:   []items.Glob{{In: "app::g", Target: "std::rc"}},
	})})
	return u, c
}

// depth is how far a type goes into itself.
func depth(t *Type) int {
	n := 0
	for _, a := range t.Args {
		n = max(n, depth(a))
	}
	return n + 1
}

// resolve reads a text, as MIR and as items spell it, and asks the type what others ask it.
func resolve(t *testing.T, u *Universe, c *Crate, text string) {
	t.Helper()
	asMIR := u.ResolveText(c, text)
	u.mu.Lock()
	asItems := u.itemType(c, text, asMIR)
	u.mu.Unlock()
	for _, ty := range []*Type{asMIR, asItems} {
		if ty == nil {
			t.Fatalf("%q is no type", text)
		}
		if d := depth(ty); d > 2*maxDepth {
			t.Fatalf("a text of %d bytes is a type %d deep", len(text), d)
		}
		_, _ = ty.String(), ty.SpelledIn(c)
		u.Owns(ty)
		u.Fields(ty)
	}
	if again := u.ResolveText(c, text); again != asMIR {
		t.Fatalf("%q is %s, then %s", text, asMIR, again)
	}
}

func TestAnyText(t *testing.T) {
	u, c := program()
	for _, text := range texts {
		resolve(t, u, c, text)
		for i := range text {
			resolve(t, u, c, text[:i])
			resolve(t, u, c, text[i:])
		}
	}
}

// TestDeepText: what is nested too deep is cut off, and what stands behind it is read.
func TestDeepText(t *testing.T) {
	const n = 20000
	u, c := program()
	for open, closing := range map[string]string{
		"&": "", "*const ": "", "(": ",)", "[": "]", "m::Node<": ">", "<": " as A>::B", "fn() -> ": "", "dyn A<": ">", "<impl A as ": ">::B",
		"{": "}", "fn(": ")", "a<": "", "<impl ": ">", "a::": "", "a::<u8>::": "", "for<'a> ": "", "(a, ": ")", "a<b, ": ">", "Wide<": ">", "m::<impl ": ">::c",
	} {
		t.Run(fmt.Sprintf("%q", open), func(t *testing.T) {
			resolve(t, u, c, strings.Repeat(open, n)+"u8"+strings.Repeat(closing, n))
		})
	}
	deep := strings.Repeat("(", maxDepth+50) + "u8" + strings.Repeat(",)", maxDepth+50)
	got := u.ResolveText(c, "("+strings.Repeat(deep+", ", maxDepth)+"alloc::vec::Vec<u8>)")
	if last := got.Args[len(got.Args)-1]; last != u.ResolveText(c, "alloc::vec::Vec<u8>") {
		t.Errorf("%.50s stands behind deep types", last)
	}
}

// FuzzResolveText feeds anything: any text is a type, and not a deep one.
func FuzzResolveText(f *testing.F) {
	for _, text := range texts {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<12 {
			return
		}
		u, c := program()
		resolve(t, u, c, text)
	})
}
