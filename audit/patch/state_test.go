package patch

import (
	"fmt"
	"testing"

	"softshell/audit/tree"
)

// TestChangesPairs has each version beside the one that Cargo takes in its place.
func TestChangesPairs(t *testing.T) {
	of := func(versions ...string) *state {
		s := &state{tree: &tree.Tree{}}
		for _, v := range versions {
			s.tree.Packages = append(s.tree.Packages, tree.Package{Name: "x", Version: v, Source: tree.Source{Kind: tree.Registry}})
		}
		return s
	}
	for _, c := range []struct {
		from, to *state
		want     string
	}{
		{of("0.6.13", "1.6.0"), of("1.11.0"), "[{x 0.6.13 } {x 1.6.0 1.11.0}]"},
		{of("0.6.13", "1.6.0"), of("0.6.14", "1.11.0"), "[{x 0.6.13 0.6.14} {x 1.6.0 1.11.0}]"},
		{of("1.6.0"), of("1.5.0"), "[{x 1.6.0 1.5.0}]"},
		{of("1.6.0"), of("2.0.0"), "[{x 1.6.0 2.0.0}]"},
		{of("1.6.0"), of("1.6.0", "2.0.0"), "[{x  2.0.0}]"},
	} {
		if got := fmt.Sprint(changes(c.from, c.to)); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}
