package record

import (
	"slices"
	"testing"

	"softshell/heap/memory"
)

// ranges makes ranges of pairs of addresses.
func ranges(ends ...uint64) (out []memory.Range) {
	for i := 0; i < len(ends); i += 2 {
		out = append(out, memory.Range{Start: ends[i], End: ends[i+1]})
	}
	return out
}

func TestRanges(t *testing.T) {
	in := ranges(30, 40, 10, 20, 15, 25, 50, 50, 40, 45)
	joined := disjoint(in)
	if want := ranges(10, 25, 30, 45); !slices.Equal(joined, want) {
		t.Errorf("disjoint: %v, want %v", joined, want)
	}
	cut := without(joined, ranges(0, 12, 20, 35, 44, 60))
	if want := ranges(12, 20, 35, 44); !slices.Equal(cut, want) {
		t.Errorf("without: %v, want %v", cut, want)
	}
	if all := without(joined, ranges(0, 100)); len(all) != 0 {
		t.Errorf("without all: %v", all)
	}
}

func TestRustMinor(t *testing.T) {
	for text, want := range map[string]int{
		"rustc version 1.95.0 (59807616e 2026-04-14)":    95,
		"rustc version 1.97.0-nightly (0123 2026-05-01)": 97,
	} {
		if got, ok := rustMinor(text); !ok || got != want {
			t.Errorf("%q: %d, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "GCC: (Debian 12.2.0) 12.2.0", "rustc version 2.0.0", "rustc version 1.x"} {
		if n, ok := rustMinor(text); ok {
			t.Errorf("%q: %d", text, n)
		}
	}
}
