package types

import (
	"slices"
	"testing"
)

func TestOwnership(t *testing.T) {
	r := newRust(t, "owners.rs")
	for _, tc := range []struct {
		text string
		want Answer
	}{
		{"u32", No}, {"&Named", No}, {"*mut Named", No}, {"!", No}, {"fn(String) -> String", No},
		{"Plain", No}, {"Named", Yes}, {"Borrowed<'_>", No},
		{"Wrap<u8>", No}, {"Wrap<std::string::String>", Yes}, {"Wrap<T>", ByParam},
		{"Both<u8, std::string::String>", No}, {"Both<std::string::String, u8>", Yes},
		{"List<u8>", Yes}, {"List<T>", Yes},
		{"Ping<u8>", No}, {"Pong<std::vec::Vec<u8>>", Yes}, {"Pong<T>", ByParam},
		{"Either", No}, {"Raw<u8>", No}, {"Proxy<u8>", Unknown}, {"Guard<'_>", No},
		{"Assoc", Yes}, {"Aliased", Yes}, {"Numbered", No},
		{"deep::inner::Hidden", Yes}, {"deep::Defaulted<u8>", No}, {"deep::UsesDefault", Yes},
		{"Never<std::string::String, 2>", Yes}, {"[std::string::String; 0]", No}, {"[std::string::String; 3]", Yes},
		{"(u8, std::string::String)", Yes}, {"(u8, T)", ByParam}, {"[u8]", No},
		{"std::boxed::Box<dyn std::any::Any>", Yes}, {"dyn std::any::Any", Unknown}, {"impl Fn()", ByParam},
		{"std::option::Option<std::fs::File>", Yes}, {"nowhere::Type", Unknown}, {"<T as Shape>::Unit", ByParam},
	} {
		if got := r.Owns(r.typ(tc.text)).Answer(); got != tc.want {
			t.Errorf("%s owns: %s, want %s", tc.text, got, tc.want)
		}
	}
}

// The encodings that the rCanary paper gives for std, as far as both say the
// same: whether the type owns memory whatever its parameters are.
func TestStdEncodings(t *testing.T) {
	u := New(Builtin())
	c := u.AddCrate(Source{Name: "app"})
	for _, tc := range []struct {
		text   string
		heap   bool
		params []int // of which it owns a value
	}{
		{"std::boxed::Box<T>", true, []int{0}},
		{"std::vec::Vec<T>", true, []int{0}},
		{"std::string::String", true, nil},
		{"std::rc::Rc<T>", true, []int{0}},
		{"std::sync::Arc<T>", true, []int{0}},
		{"std::rc::Weak<T>", true, nil},
		{"std::mem::ManuallyDrop<T>", false, nil},
		{"std::mem::MaybeUninit<T>", false, nil},
		{"std::cell::Cell<T>", false, []int{0}},
		{"std::cell::RefCell<T>", false, []int{0}},
		{"std::option::Option<T>", false, []int{0}},
		{"std::result::Result<T, E>", false, []int{0, 1}},
		{"std::collections::HashMap<K, V>", true, []int{0, 1}},
		{"std::marker::PhantomData<T>", false, nil},
		{"std::ptr::NonNull<T>", false, nil},
		{"std::iter::Map<I, F>", false, []int{0, 1}},
		{"std::slice::Iter<'_, T>", false, nil},
		{"std::slice::Split<'_, T, P>", false, []int{1}},
		{"std::sync::MutexGuard<'_, T>", false, nil},
	} {
		ty := u.ResolveText(c, tc.text)
		enc := u.Encoding(ty.Def)
		params := slices.DeleteFunc(enc.Params(), func(i int) bool { return i >= len(ty.Args) })
		if heap := enc&OwnHeap != 0; heap != tc.heap || !slices.Equal(params, tc.params) {
			t.Errorf("%s: heap %v params %v, want %v %v", tc.text, heap, params, tc.heap, tc.params)
		}
	}
}

func TestDropImpls(t *testing.T) {
	r := newRust(t, "owners.rs")
	for text, want := range map[string]bool{"Proxy<u8>": true, "Guard<'_>": true, "Raw<u8>": false, "Named": false, "std::vec::Vec<u8>": false} {
		if got := r.HasDrop(r.typ(text).Def); got != want {
			t.Errorf("HasDrop(%s) = %v", text, got)
		}
	}
}

// What a destructor does with a raw pointer is for the crate's code to say.
func TestDestructorsDecide(t *testing.T) {
	it := rustItems(t, "owners.rs")
	for _, want := range []Answer{Yes, No, Unknown} {
		u := New(Builtin())
		var asked []string
		c := u.AddCrate(Source{Name: it.Name, Items: sourceOf(it), Releases: func(path string) Answer {
			asked = append(asked, path)
			return want
		}})
		if got := u.Owns(u.ResolveText(c, "Wrap<Proxy<u8>>")).Answer(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if !slices.Contains(asked, "Proxy") || slices.Contains(asked, "Guard") {
			t.Errorf("asked for %q", asked)
		}
	}
}

func TestFieldsAndVariants(t *testing.T) {
	r := newRust(t, "owners.rs")
	for _, tc := range []struct {
		text, variant string
		field         int
		name, want    string
	}{
		{"Wrap<u8>", "", 0, "0", "u8"},
		{"Both<std::string::String, u8>", "", 0, "a", "Wrap<std::string::String>"},
		{"List<u8>", "Cons", 1, "1", "std::boxed::Box<List<u8>>"},
		{"Aliased", "", 0, "t", "std::collections::HashMap<std::string::String, u8>"},
		{"Aliased", "", 1, "r", "std::result::Result<(), std::io::Error>"},
		{"Aliased", "", 2, "c", "i32"},
		{"Assoc", "", 0, "u", "std::vec::Vec<u8>"},
		{"deep::UsesDefault", "", 0, "0", "deep::Defaulted"},
		{"std::option::Option<Named>", "Some", 0, "0", "Named"},
		{"std::ops::Range<usize>", "", 1, "end", "usize"},
	} {
		f, ok := r.Field(r.typ(tc.text), tc.variant, tc.field)
		if !ok || f.Name != tc.name || f.Type.SpelledIn(r.c) != tc.want {
			t.Errorf("%s %s.%d: %v %q %s", tc.text, tc.variant, tc.field, ok, f.Name, f.Type)
		}
	}
	if _, ok := r.Field(r.typ("List<u8>"), "", 0); ok {
		t.Error("an enum has no fields without a variant")
	}
	if f, _ := r.Field(r.typ("Named"), "", 0); f.Span.Line != 14 {
		t.Errorf("the span of Named.name is %+v", f.Span)
	}
	d := r.typ("Numbered")
	for discr, want := range map[int64]string{3: "A", 4: "B", 9: "C", 10: "D", 0: "", 5: ""} {
		if got := r.VariantOf(d, discr); got != want {
			t.Errorf("variant %d is %q, want %q", discr, got, want)
		}
	}
}

// Closures and types declared in functions are known by what bodies show.
func TestShapes(t *testing.T) {
	it := rustItems(t, "owners.rs")
	u := New(Builtin())
	shapes := map[string][]string{
		"{closure@src/a.rs:1:2: 3:4}": {"Named", "u8"},
		"{closure@src/b.rs:1:2: 3:4}": {"&Named"},
		"main::Local":                 {"std::vec::Vec<main::Local>"},
		"main::Empty":                 {},
	}
	c := u.AddCrate(Source{Name: it.Name, Items: sourceOf(it), Shape: func(text string) ([]string, bool) {
		f, ok := shapes[text]
		return f, ok
	}})
	for text, want := range map[string]Answer{
		"{closure@src/a.rs:1:2: 3:4}": Yes, "{closure@src/b.rs:1:2: 3:4}": No, "{closure@src/c.rs:1:2: 3:4}": Unknown,
		"main::Local": Yes, "main::Empty": No, "main::Other": Unknown,
	} {
		ty := u.ResolveText(c, text)
		if got := u.Owns(ty).Answer(); got != want {
			t.Errorf("%s owns: %s, want %s", text, got, want)
		}
	}
}
