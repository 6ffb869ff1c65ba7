package symbol_test

import (
	"strings"
	"testing"

	"softshell/heap/profile"
	"softshell/heap/symbol"
)

// TestPadding wants no field to be called padding, in blocks of all kinds, and finds
// what lies between the parts of a channel that are apart for the sake of caches.
func TestPadding(t *testing.T) {
	for _, build := range []string{"debug", "v0", "parts"} {
		t.Run(build, func(t *testing.T) {
			t.Parallel()
			table, all := blocks(t, build)
			known, channels := 0, 0
			for _, b := range all {
				words := table.Padding(b.typ)
				if words != nil {
					known++
				}
				for i, free := range words {
					off := b.typ.Value + uint64(8*i)
					if f := table.Field(b.typ, off, b.data); free && f.Kind != symbol.NoPointer {
						t.Errorf("%s: byte %d is padding, and %+v", b.label, off, f)
					}
				}
				if b.label == "channel" && strings.Contains(b.typ.Name, "list::Channel") {
					channels++
					if len(words) != 64 || words[0] || words[1] || !words[2] || !words[15] || words[16] || words[17] {
						t.Errorf("%v: padding %v", b.typ, words)
					}
				}
			}
			if known < len(all)/2 || channels == 0 {
				t.Errorf("of %d blocks, the padding of %d is known; %d channels", len(all), known, channels)
			}
		})
	}
}

func TestPaddingOfNothing(t *testing.T) {
	table := symbol.Open(nil)
	if words := table.Padding(symbol.Type{Handle: "Box", Name: "a::B", Size: 16}); words != nil {
		t.Errorf("%v", words)
	}
}

// TestStatic finds a static of std by its path.
func TestStatic(t *testing.T) {
	const bias = 0x5500_0000_0000
	table := symbol.Open([]profile.Module{{Path: program(t, "nodes", "release"), Bias: bias}})
	start, end, ok := table.Static("std::io::stdio::STDOUT", "5stdio6STDOUT")
	if !ok || start <= bias || end-start < 32 || end-start > 256 {
		t.Errorf("%x to %x, %v", start, end, ok)
	}
	if _, _, ok := table.Static("std::io::stdio::STDOUTS", "5stdio6STDOUT"); ok {
		t.Error("found by a part of its name")
	}
}
