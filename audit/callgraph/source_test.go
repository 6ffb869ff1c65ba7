package callgraph

import (
	"reflect"
	"testing"
)

func scanned(text string) declared {
	s := newScanner()
	s.scan(text)
	return s.declared()
}

func TestScan(t *testing.T) {
	d := scanned(`
pub struct A<T, M = Mark>(T, M);
enum B {}
pub trait Tr<X: Iterator<Item = u8>> { type Out; fn f(&self); }
type Short = std::vec::Vec<u8>;
impl<'a, T> Tr for A<T> where T: Copy { type Out = Hid<'a>; fn f(&self) {} }
impl Tr for $t { type Out = Made; }
use a::{b as c, d::{self, E}};
pub use front::Thing;
use std::io::Error;
extern crate base as low;
#[no_mangle] pub extern "C" fn called() {}
extern "C" { fn other(); }
#[macro_export] macro_rules! shared { () => {} }
macro_rules! own { () => {} }
make! { Named, other }
fn g() -> impl Tr { println!("{}", Printed) }
`)
	for _, c := range []struct {
		what      string
		got, want any
	}{
		{"types", d.Types, []string{"A", "B"}},
		{"aliases", d.Aliases, []string{"Out", "Short"}},
		{"traits", d.Traits, []string{"Tr"}},
		{"functions", d.Fns, []string{"called", "f", "g", "other"}},
		{"macros", d.Macros, []string{"own", "shared"}},
		{"shared macros", d.Shared, []string{"shared"}},
		{"uses", d.Uses, [][2]string{{"b", "c"}, {"base", "low"}}},
		{"hidden", d.Hidden, []string{"Named"}},
		{"parameters", d.Params, []string{"M", "T", "X"}},
		{"exports", d.Exports, []string{"Thing", "front"}},
		{"from std", d.FromStd, []string{"Error"}},
		{"symbols", d.Symbols, []string{"called"}},
		{"foreign", d.Foreign, true},
		{"given", d.Given, []given{{"", []string{"Made"}}, {"A", []string{"Hid", "Mark"}}, {"type Short", []string{"Vec", "std", "u8", "vec"}}}},
	} {
		if !reflect.DeepEqual(c.got, c.want) {
			t.Errorf("%s: %v, want %v", c.what, c.got, c.want)
		}
	}
}

func TestCleanPath(t *testing.T) {
	for path, want := range map[string][]string{
		"ObjectPool<H,T>::free":      {"ObjectPool", "free"},
		"`a::b()`":                   {"a", "b"},
		"cxx::let_cxx_string!":       {"cxx", "let_cxx_string"},
		"a::B::<C, D>::e":            {"a", "B", "e"},
		"Type.method":                {"Type", "method"},
		"":                           nil,
		"<>":                         nil,
		"diesel::ToSql<Date, Mysql>": {"diesel", "ToSql"},
	} {
		if got := cleanPath(path); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
}

// FuzzTexts: whatever stands in a source or in a name, nothing panics.
func FuzzTexts(f *testing.F) {
	for _, s := range []string{"impl<T> Tr<X> for &'a mut m::A<T> {type O = B;}", "use a::{b as c, self};", "#[x] mod m {} m!{A}", "<a::B<C> as D>::e::{{closure}}", "type A<", "impl", "#![", "pub use *", "extern crate", "a!("} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		scanned(s)
		cleanPath(s)
		symbolParts(s)
		selfWord(s)
		implParams("impl" + s)
		traitPath(s)
		implSelf(s)
		broughtIn(s)
	})
}
