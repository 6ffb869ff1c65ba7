package decls

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"softshell/items"
)

// TestCopied: by a bound, by a where clause, by a block's bound, by a supertrait of the crate.
func TestCopied(t *testing.T) {
	c := New(&items.Crate{
		Name:   "k",
		Traits: []*items.Trait{{Path: "k::Number", Bounds: []string{"core::marker::Copy", "core::marker::Sized"}}},
		Impls: []*items.Impl{
			{Self: "k::Cells<T>", Generics: generic("T: k::Number"), Span: items.Span{File: "src/lib.rs", Line: 7, Col: 1}},
			{Self: "k::Cells<T>", Generics: generic("T"), Span: items.Span{File: "src/lib.rs", Line: 9, Col: 1}},
		},
		Fns: []*items.Fn{
			{Path: "k::free", Impl: -1, Generics: generic("T: core::marker::Copy", "U: core::clone::Clone")},
			{Path: "k::m::free", Impl: -1, Generics: generic("T", "U"), Where: []string{"U: core::marker::Send + core::marker::Copy"}},
			{Path: "k::Cells::get", Impl: 0},
			{Path: "k::Cells::get", Impl: 1},
		},
	})
	for _, x := range [][3]string{
		{"", "free", "T"},
		{"", "m::free", "U"},
		{"/home/x/src/lib.rs:7:1: 7:30", "<impl at /home/x/src/lib.rs:7:1: 7:30>::get", "T"},
		{"/home/x/src/lib.rs:9:1: 9:30", "<impl at /home/x/src/lib.rs:9:1: 9:30>::get", ""},
	} {
		got := strings.Join(slices.Sorted(maps.Keys(c.Copied(x[0], x[1]))), " ")
		if got != x[2] {
			t.Errorf("%s %s: %q is Copy, want %q", x[0], x[1], got, x[2])
		}
	}
}
