package dwarf

import (
	"fmt"
	"slices"
	"testing"
)

func TestFramesOfHandMadeSections(t *testing.T) {
	want := []string{
		"[main /src/a.rs:5]",
		"[add<demo::Pair> /src/lib/b.rs:2 main /src/a.rs:7]",
		"[main /src/a.rs:6]",
		"[]",
	}
	for _, version := range []uint8{2, 3, 4, 5} {
		d, err := Open(sections(version), nil)
		if err != nil {
			t.Fatal(err)
		}
		for i, frames := range d.Frames([]uint64{0x1000, 0x1018, 0x1020, 0x9000}) {
			var got []string
			for _, f := range frames {
				got = append(got, fmt.Sprintf("%s %s:%d", f.Function.Name, f.File, f.Line))
			}
			if s := fmt.Sprint(got); s != want[i] {
				t.Errorf("version %d: %s, want %s", version, s, want[i])
			}
		}
		frames := d.Frames([]uint64{0x1018})[0]
		if path := d.Path(frames[0].Function.Entry); !slices.Equal(path, []string{"demo"}) {
			t.Errorf("version %d: path %q", version, path)
		}
		args := frames[0].Function.Args
		if len(args) != 1 {
			t.Fatalf("version %d: arguments %v", version, args)
		}
		pair, ok := d.Entry(args[0].Type)
		var members []string
		for m := range pair.Each() {
			members = append(members, fmt.Sprint(m.Name(), m.Offset))
		}
		if !ok || pair.Name() != "Pair" || pair.Size != 16 || !slices.Equal(members, []string{"left0", "right8"}) {
			t.Errorf("version %d: %q, %d bytes, %q", version, pair.Name(), pair.Size, members)
		}
	}
}

// TestEveryCutIsReadable takes bytes away from the ends of the sections.
func TestEveryCutIsReadable(t *testing.T) {
	for _, version := range []uint8{2, 4, 5} {
		whole := sections(version)
		for n := range len(whole.Info) {
			for _, s := range []Sections{
				{Info: whole.Info[:n], Abbrev: whole.Abbrev, Line: whole.Line},
				{Info: whole.Info, Abbrev: whole.Abbrev[:min(n, len(whole.Abbrev))], Line: whole.Line},
				{Info: whole.Info, Abbrev: whole.Abbrev, Line: whole.Line[:min(n, len(whole.Line))]},
			} {
				if d, err := Open(s, nil); err == nil {
					d.Frames([]uint64{0x1000, 0x1018})
				}
			}
		}
	}
}
