package types

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"softshell/items"
)

func TestStrongCycles(t *testing.T) {
	text, err := os.ReadFile("testdata/cycles.rs")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for i, line := range strings.Split(string(text), "\n") {
		if _, fields, ok := strings.Cut(line, "//~ "); ok {
			want = append(want, fmt.Sprintf("%d: %s", i+1, fields))
		}
	}
	r := newRust(t, "cycles.rs")
	for round := range 3 { // asked again, it is the same
		var got []string
		for _, c := range r.StrongCycles(r.c) {
			var fields []string
			for _, s := range c.Steps {
				fields = append(fields, s.Owner.Name()+"."+s.Field.Name)
			}
			got = append(got, fmt.Sprintf("%d: %s", c.Steps[c.Weak].Field.Span.Line, strings.Join(fields, " ")))
		}
		for _, w := range want {
			if !slices.Contains(got, w) {
				t.Errorf("round %d, missed: line %s", round, w)
			}
		}
		for _, g := range got {
			if !slices.Contains(want, g) {
				t.Errorf("round %d, unexpected: line %s", round, g)
			}
		}
	}
}

// A container of another crate is asked for its fields only when a type of
// the crate stands in it.
func TestCyclesAskForFewItems(t *testing.T) {
	u := New(Builtin())
	loads := 0
	box := u.AddCrate(Source{Name: "cellbox", Items: func() *items.Crate {
		loads++
		return &items.Crate{Name: "cellbox", Types: []*items.ADT{{
			Path: "cellbox::Slot", Kind: "struct", Generics: []items.Generic{{Name: "T", Kind: "type"}},
			Variants: []items.Variant{{Name: "Slot", Fields: []items.Field{{Name: "0", Type: "core::cell::UnsafeCell<T>"}}}},
		}}}
	}})
	crate := func(field string) *Crate {
		return u.AddCrate(Source{Name: "app", Externs: map[string]*Crate{"cellbox": box}, Items: sourceOf(&items.Crate{Name: "app", Types: []*items.ADT{{
			Path: "app::Node", Kind: "struct", Variants: []items.Variant{{Name: "Node", Fields: []items.Field{{Name: "f", Type: field}}}},
		}}})})
	}
	if got := u.StrongCycles(crate("alloc::rc::Rc<cellbox::Slot<u8>>")); len(got) != 0 {
		t.Errorf("a cycle without a way back: %v", got)
	}
	got := u.StrongCycles(crate("cellbox::Slot<core::option::Option<alloc::rc::Rc<app::Node>>>"))
	if len(got) != 1 || loads != 1 {
		t.Errorf("%d cycles, items were asked for %d times", len(got), loads)
	}
}
