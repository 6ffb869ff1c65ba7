package callgraph

import "testing"

func TestSymbolParts(t *testing.T) {
	for symbol, want := range map[string][3]string{
		"regex::exec::Exec::new":                                          {"regex", "Exec", "new"},
		"regex::compile::Compiler::fill'2":                                {"regex", "Compiler", "fill"},
		"regex::cache::imp::Cached<T>::get_or::{{closure}}":               {"regex", "Cached", "get_or"},
		"<sd::app::Options as structopt::StructOpt>::clap":                {"sd", "Options", "clap"},
		"<hashbrown::map::HashMap<K,V,S,A> as core::clone::Clone>::clone": {"hashbrown", "HashMap", "clone"},
		"<tar::Archive<std::fs::File>>::entries":                          {"tar", "Archive", "entries"},
		"<ouch::colors::RED::{closure#0} as core::ops::FnOnce<()>>::call": {},
		"core::ptr::drop_in_place<regex::exec::Exec>":                     {},
		"main": {},
		"<>::": {},
		"<alloc::vec::Vec<T> as std::iter::Extend<fn(u8) -> u8>>::extend": {"alloc", "Vec", "extend"},
		"core::ops::function::FnOnce::call_once{{vtable.shim}}":           {},
		"app::f::{{closure}}::{{closure}}":                                {"app", "app", "f"},
	} {
		crate, owner, last := symbolParts(symbol)
		if got := [3]string{crate, owner, last}; got != want {
			t.Errorf("%s: %q, want %q", symbol, got, want)
		}
	}
}
