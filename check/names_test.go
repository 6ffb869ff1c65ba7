package check

import "testing"

func TestSourceNames(t *testing.T) {
	n := &sourceNames{types: map[string]bool{}, unions: map[string]bool{}, params: map[string]bool{}}
	n.scan([]byte("pub struct Größe<T>\n{} enum\tE { A } union U<K: Fn(u8) -> V, const N: usize> { a: u8 } type X = u8;\nmod\r\n m {} impl<Q> Tr for E {} fn f<Z>() { if a < B {} } strukt No; union"))
	for name, want := range map[string]bool{"Größe": true, "E": true, "U": true, "X": true, "m": true, "T": false, "No": false, "B": false, "f": false} {
		if n.mayDeclare(name) != want {
			t.Errorf("mayDeclare(%s) is %v", name, !want)
		}
	}
	for _, name := range []string{"T", "K", "V", "N", "Q", "Z"} {
		if !n.params[name] {
			t.Errorf("%s is a parameter", name)
		}
	}
	if !n.mayBeUnion("U") || n.mayBeUnion("E") || n.macros {
		t.Errorf("%+v", n)
	}
	n.scan([]byte("// struct C1\n/// enum C2\n\t//! mod C3\nlet s = \"//\"; struct Behind; /* struct C4 */ // struct C5\n//"))
	for name, want := range map[string]bool{"C1": false, "C2": false, "C3": false, "Behind": true, "C4": true, "C5": true} {
		if n.mayDeclare(name) != want {
			t.Errorf("mayDeclare(%s) is %v", name, !want)
		}
	}
	n.scan([]byte("macro_rules! m { ($name:ident) => { pub struct $name; fn $f() {} } }"))
	if !n.mayDeclare("Made") || n.mayDeclare("T") || !n.mayBeUnion("Made") || n.mayBeUnion("E") {
		t.Errorf("a macro makes names: %+v", n)
	}
}

func FuzzSourceNames(f *testing.F) {
	f.Add([]byte("struct A<T"))
	f.Fuzz(func(t *testing.T, text []byte) {
		n := &sourceNames{types: map[string]bool{}, unions: map[string]bool{}, params: map[string]bool{}}
		n.scan(text)
	})
}

func TestClaims(t *testing.T) {
	for text, want := range map[string][2]bool{
		"unsafe impl<T> Send for X<T> {}":                   {true, true},
		"unsafe\nimpl<T: Send> core::marker::Sync for X {}": {true, true},
		"unsafe impl Send for X {}":                         {false, true},
		"unsafe impl $trait for X {} } m!(Send);":           {true, true},
		"unsafe impl $crate::Pod for X {}":                  {false, false},
		"unsafe impl Alloc for X {} // Send":                {false, false},
		"impl X { unsafe fn send(&self) -> Sync {} }":       {false, false},
	} {
		if generic, some := claims([]byte(text)); generic != want[0] || some != want[1] {
			t.Errorf("%s: got %v, %v", text, generic, some)
		}
	}
}

func TestLoose(t *testing.T) {
	for text, want := range map[string]bool{
		"fn f<'a>(&'_ self) -> Iter<'a, K> {":                         true,
		"fn f<'a>(&'a self) -> Iter<'a, K> {":                         false,
		"fn f(&self) -> &'static str;":                                true,
		"fn f(&self) -> Iter<'_, K> {":                                false,
		"fn f(&self) -> &str { 'x' }":                                 false,
		"fn f<'a, F: Fn(u8) -> &'a u8>(&self, f: F) -> u8 {":          false,
		"fn f<'a, F: Fn(u8) -> u8>(g: fn(u8), f: F)\n-> &'a mut u8 {": true,
		"fn f": false,
	} {
		out := map[string]bool{}
		if loose([]byte(text), out); out["f"] != want {
			t.Errorf("%s: got %v", text, out)
		}
	}
}
