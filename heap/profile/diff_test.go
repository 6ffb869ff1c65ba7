package profile_test

import (
	"testing"

	"softshell/heap/profile"
	"softshell/heap/profile/profiletest"
)

func function(f *profile.Frame) string { return f.Function }

// Another start and another build: addresses, lines, order of tables differ.
func TestDiffByNames(t *testing.T) {
	a, b := profiletest.Leaky(), profiletest.Leaky()
	for i := range b.Locations {
		b.Locations[i].Offset += 0x7000
	}
	for i := range b.Frames {
		b.Frames[i].Line += 3
	}
	for _, c := range profile.Diff(a, b, function).Changes {
		if c.A != c.B {
			t.Errorf("%s: %+v", c.Stack[0].Function, c)
		}
	}
	b.Sites[2].Counts.Allocs += 5
	b.Sites = append(b.Sites[:1], b.Sites[2:]...)
	more, gone := 0, 0
	d := profile.Diff(a, b, function)
	for _, c := range d.Changes {
		switch {
		case c.B.Counts.Allocs == 0 && c.A.Counts.Allocs == 1:
			gone++
		case c.B.Counts.Allocs == c.A.Counts.Allocs+5:
			more++
		case c.A != c.B:
			t.Errorf("%+v", c)
		}
	}
	if more != 1 || gone != 1 {
		t.Errorf("%d more, %d gone", more, gone)
	}
	// The two lines of create_and_leak are one place by their names.
	if len(d.Changes) != 4 {
		t.Errorf("%d changes", len(d.Changes))
	}
}

func TestDiffAddsUp(t *testing.T) {
	a, b := profiletest.Large(1, 900), profiletest.Large(2, 900)
	var inA, inB int64
	for _, c := range profile.Diff(a, b, function).Changes {
		inA += c.A.Counts.Bytes
		inB += c.B.Counts.Bytes
	}
	if inA != a.Run.Bytes || inB != b.Run.Bytes {
		t.Errorf("%d of %d, %d of %d", inA, a.Run.Bytes, inB, b.Run.Bytes)
	}
}

// Blocks of two types at one place are of no type; a run that knows no types takes
// nothing away.
func TestDiffType(t *testing.T) {
	made := func(types ...string) *profile.Profile {
		b := profiletest.NewBuilder("p")
		for i, typ := range types {
			n := b.Stack(profile.Frame{Function: "main"}, profile.Frame{Function: "make", Line: i})
			b.P.Sites = append(b.P.Sites, profile.Site{Node: n, Type: typ, Counts: profile.Counts{Allocs: 1}})
		}
		return &b.P
	}
	for _, c := range []struct {
		a, b []string
		want string
	}{
		{[]string{"A"}, []string{"A", "A"}, "A"},
		{[]string{"A", "B"}, nil, ""},
		{nil, []string{"A", ""}, ""},
		{[]string{"A"}, []string{"A", "B"}, ""},
		{[]string{"A"}, []string{"B"}, ""},
		{[]string{"A"}, []string{""}, "A"},
	} {
		d := profile.Diff(made(c.a...), made(c.b...), function)
		if len(d.Changes) != 1 || d.Changes[0].Type != c.want {
			t.Errorf("%q and %q: %+v, want type %q", c.a, c.b, d.Changes, c.want)
		}
	}
}
