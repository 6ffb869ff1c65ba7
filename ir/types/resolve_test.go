package types

import (
	"fmt"
	"sync"
	"testing"

	"softshell/items"
)

func sourceOf(it *items.Crate) func() *items.Crate { return func() *items.Crate { return it } }

// Every spelling of a type of the standard library is the same type.
func TestStdSpellings(t *testing.T) {
	u := New(Builtin())
	c := u.AddCrate(Source{Name: "app"})
	for _, same := range [][]string{
		{"std::boxed::Box<u8>", "alloc::boxed::Box<u8>"},
		{"std::collections::HashMap<u8, u8>", "std::collections::hash::map::HashMap<u8, u8>", "std::collections::hash_map::HashMap<u8, u8>"},
		{"std::collections::BTreeMap<u8, u8>", "alloc::collections::btree::map::BTreeMap<u8, u8>"},
		{"std::collections::btree_map::Entry<'_, u8, u8>", "alloc::collections::btree::map::entry::Entry<'_, u8, u8>"},
		{"std::collections::hash_map::Entry<'_, u8, u8>", "std::collections::hash::map::Entry<'_, u8, u8>"},
		{"std::slice::Iter<'_, u8>", "core::slice::iter::Iter<'_, u8>"},
		{"std::vec::IntoIter<u8>", "alloc::vec::into_iter::IntoIter<u8>"},
		{"std::array::IntoIter<u8, 2>", "core::array::iter::IntoIter<u8, 2>"},
		{"std::sync::Mutex<u8>", "std::sync::poison::mutex::Mutex<u8>"},
		{"std::sync::OnceLock<u8>", "std::sync::once_lock::OnceLock<u8>"},
		{"std::ops::Range<u8>", "core::ops::range::Range<u8>"},
		{"std::ops::Bound<u8>", "core::ops::range::Bound<u8>", "std::collections::Bound<u8>"},
		{"std::num::NonZero<u8>", "core::num::nonzero::NonZero<u8>", "std::num::NonZeroU8"},
		{"std::mem::ManuallyDrop<u8>", "core::mem::manually_drop::ManuallyDrop<u8>"},
		{"std::ffi::CString", "alloc::ffi::c_str::CString"},
		{"std::os::fd::OwnedFd", "std::os::fd::owned::OwnedFd"},
		{"i32", "std::ffi::c_int", "core::ffi::c_int", "core::ffi::primitives::c_int", "std::os::raw::c_int"},
		{"std::iter::Map<u8, u8>", "core::iter::adapters::map::Map<u8, u8>"},
		{"std::string::Drain<'_>", "alloc::string::Drain<'_>"},
		{"std::io::Error", "std::io::error::Error"},
		{"std::sync::Weak<u8>", "alloc::sync::Weak<u8>"},
		{"std::rc::Weak<u8>", "alloc::rc::Weak<u8>"},
	} {
		first := u.ResolveText(c, same[0])
		if first.Kind == ADT && !first.Def.known() {
			t.Errorf("%s is not described", same[0])
		}
		for _, text := range same[1:] {
			if got := u.ResolveText(c, text); got != first {
				t.Errorf("%s is %s and not %s", text, got, first)
			}
		}
	}
	if u.ResolveText(c, "std::rc::Weak<u8>") == u.ResolveText(c, "std::sync::Weak<u8>") {
		t.Error("the two Weak are one")
	}
}

// A type spelled in its crate and read again is the same type.
func TestSpellingsRoundTrip(t *testing.T) {
	r := newRust(t, "owners.rs")
	for text, want := range map[string]string{
		"Wrap<u8>":                     "Wrap<u8>",
		"&'a mut Wrap<T>":              "&mut Wrap<T>",
		"*const [u8]":                  "*const [u8]",
		"(u8,)":                        "(u8,)",
		"[Wrap<u8>; 3_usize]":          "[Wrap<u8>; 3]",
		"deep::Hidden":                 "deep::Hidden",
		"&(dyn Shape<Unit = u8> + 'a)": "&dyn Shape<Unit = u8>",
		"std::boxed::Box<dyn std::ops::Fn(u8) -> u8 + std::marker::Send>": "std::boxed::Box<dyn std::ops::Fn(u8) -> u8 + std::marker::Send>",
		"deep::<impl Shape for Wrap<T>>::unit::Local<u8>":                 "deep::<impl Shape for Wrap<T>>::unit::Local<u8>",
		"<impl IntoIterator<Item = u8> as std::iter::IntoIterator>::Item": "<impl IntoIterator<Item = u8> as std::iter::IntoIterator>::Item",
		"for<'a> unsafe extern \"C\" fn(&'a u8) -> *mut u8":               "for<'a> unsafe extern \"C\" fn(&'a u8) -> *mut u8",
		"fn() {main}":  "fn() {main}",
		"Never<u8, 3>": "Never<u8, 3>",
	} {
		ty := r.typ(text)
		got := ty.SpelledIn(r.c)
		if text[0] == 'f' { // function types keep their text
			want = got
		}
		if got != want {
			t.Errorf("%s is spelled %s", text, got)
		}
		if again := r.typ(got); again != ty {
			t.Errorf("%s read again is %s", got, again)
		}
	}
}

// graph is a build of small crates made by hand: app uses two versions of a
// crate under other names, and a crate that passes things on.
func graph(u *Universe, loads map[string]int) (app *Crate) {
	var mu sync.Mutex
	crate := func(key string, it *items.Crate, externs map[string]*Crate) *Crate {
		return u.AddCrate(Source{Name: it.Name, Externs: externs, Items: func() *items.Crate {
			mu.Lock()
			loads[key]++
			mu.Unlock()
			return it
		}})
	}
	adt := func(path, field string) *items.ADT {
		return &items.ADT{Path: path, Kind: "struct", Variants: []items.Variant{{Name: lastSegment(path), Fields: []items.Field{{Name: "0", Type: field}}}}}
	}
	old := crate("lib 1", &items.Crate{Name: "lib", Types: []*items.ADT{adt("lib::imp::Thing", "u8")},
		Aliases: map[string]string{"lib::Thing": "lib::imp::Thing"}}, nil)
	recent := crate("lib 2", &items.Crate{Name: "lib", Types: []*items.ADT{adt("lib::Thing", "alloc::string::String")}}, nil)
	hub := crate("hub", &items.Crate{Name: "hub", Types: []*items.ADT{adt("hub::Own", "lib::Thing"), adt("hub::Odd", "ghost::Type")},
		Aliases: map[string]string{"hub::Renamed": "lib::Thing"},
		Globs:   []items.Glob{{In: "hub::all", Target: "lib"}},
	}, map[string]*Crate{"lib": recent})
	leaf := crate("leaf", &items.Crate{Name: "leaf", Types: []*items.ADT{adt("leaf::Plain", "u8")}}, nil)
	return crate("app", &items.Crate{Name: "app", Types: []*items.ADT{adt("app::hub::Mine", "u8"), adt("app::Root", "u8"), adt("app::Holder", "hub::Own")}},
		map[string]*Crate{"lib_old": old, "hub": hub, "leaf": leaf})
}

func TestCrates(t *testing.T) {
	loads := map[string]int{}
	u := New(Builtin())
	app := graph(u, loads)
	if ty := u.ResolveText(app, "leaf::Plain"); ty.Def.Crate.Name != "leaf" || u.Answer(u.ResolveText(app, "std::boxed::Box<leaf::Plain>")) != Yes {
		t.Errorf("leaf::Plain is of %s", ty.Def.Crate.Name)
	}
	for _, tc := range []struct {
		text, in string
		own      Answer
		field    string // type of its first one
	}{
		{"Root", "app", No, "u8"},
		{"T", "", ByParam, ""},
		{"hub::Mine", "app", No, "u8"},         // a module of the own crate, named as another crate
		{"lib_old::Thing", "lib", No, "u8"},    // by the name that the code uses, through a re-export
		{"lib::Thing", "lib", No, "u8"},        // the nearest of that name
		{"hub::Own", "hub", Yes, "lib::Thing"}, // which is the other one
		{"hub::Renamed", "hub", Yes, "std::string::String"},
		{"hub::all::Thing", "hub", Yes, "std::string::String"},
		{"hub::Odd", "hub", Unknown, "ghost::Type"},
		{"Holder", "app", Yes, "hub::Own"},
		{"hub::gone::Type", "hub", Unknown, ""},
	} {
		ty := u.ResolveText(app, tc.text)
		in := ""
		if ty.Def != nil {
			in = ty.Def.Crate.Name
		}
		f, _ := u.Field(ty, "", 0)
		field := ""
		if f.Type != nil {
			field = f.Type.String()
		}
		if got := u.Owns(ty).Answer(); in != tc.in || got != tc.own || field != tc.field {
			t.Errorf("%s of %q owns %s, field %s; want %q %s %s", tc.text, in, got, field, tc.in, tc.own, tc.field)
		}
	}
	for key, n := range loads {
		if n != 1 {
			t.Errorf("the items of %s were asked for %d times", key, n)
		}
	}
	if loads["leaf"] != 0 {
		t.Error("items were asked for that no answer needs")
	}
}

// What is asked first, and at the same time as what, changes nothing.
func TestOrderChangesNothing(t *testing.T) {
	texts := []string{"hub::Own", "lib::Thing", "lib_old::Thing", "hub::all::Thing", "Holder", "T", "Root", "hub::Mine", "hub::Odd",
		"std::vec::Vec<hub::Own>", "(Holder, lib_old::Thing)"}
	want := map[string]string{}
	for round := range 40 {
		u := New(Builtin())
		app := graph(u, map[string]int{})
		got := make([]string, len(texts))
		var wg sync.WaitGroup
		for i := range texts {
			k := (i*7 + round) % len(texts)
			wg.Go(func() {
				ty := u.ResolveText(app, texts[k])
				got[k] = fmt.Sprint(ty.SpelledIn(app), " ", u.Owns(ty), " ", len(u.Fields(ty)))
			})
		}
		wg.Wait()
		for i, text := range texts {
			if round == 0 {
				want[text] = got[i]
			} else if got[i] != want[text] {
				t.Errorf("%s: %s, and in another order %s", text, want[text], got[i])
			}
		}
	}
}
