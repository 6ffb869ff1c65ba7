package export_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"softshell/finding"
	"softshell/heap/export"
	"softshell/heap/profile"
	"softshell/heap/profile/profiletest"
	"softshell/heap/view"
)

var update = flag.Bool("update", false, "write the golden files anew")

var today = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// golden compares with a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (go test ./heap/export -update writes it anew):\n%s", path, got)
	}
}

// leaky is the folder of the example, whose source the reports show.
func leaky(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../../examples/leaky")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func text(t *testing.T, p *profile.Profile, vo view.Options, o export.Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := export.Text(&b, export.Judge(view.New(p, vo), o, today), o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestText(t *testing.T) {
	golden(t, "leaky.txt", []byte(text(t, profiletest.Leaky(), view.Options{}, export.Options{Root: leaky(t)})))
	large := profiletest.Large(1, 300)
	golden(t, "large.txt", []byte(text(t, large, view.Options{}, export.Options{Top: 3, Cost: view.Peak})))
}

// A comment in the source holds a leak back, in the figures too.
func TestCommentInSource(t *testing.T) {
	dir := t.TempDir()
	src, err := os.ReadFile(filepath.Join(leaky(t), "src/main.rs"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(src), "\n")
	lines[13] += " // softshell:allow(heap-cycle): it shows a leak"
	if err := os.Mkdir(filepath.Join(dir, "src"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "src/main.rs"), []byte(strings.Join(lines, "\n")), 0o644); err != nil {
		t.Fatal(err)
	}
	s := export.Judge(view.New(profiletest.Leaky(), view.Options{}), export.Options{Root: dir}, today)
	if len(s.Findings) != 0 || len(s.Held) != 1 || s.Held[0].Reason != "it shows a leak" {
		t.Fatalf("%+v", s)
	}
	got := text(t, profiletest.Leaky(), view.Options{}, export.Options{Root: dir})
	for _, want := range []string{"total memory leaked         0 bytes", "held back\n     160 bytes  in 4 blocks at `create_and_leak`: it shows a leak", "nothing was lost"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing:\n%s", want, got)
		}
	}
}

// Names are data: none moves the cursor, ends a line or paints.
func TestHostileNames(t *testing.T) {
	p := profiletest.Leaky()
	evil := "\x1b]0;gone\x07\x1b[2J\r\nerror: <script>\u202e"
	for i := range p.Frames {
		if !p.Frames[i].System {
			p.Frames[i].Function, p.Frames[i].File = evil, evil
		}
	}
	p.Run.Command, p.Run.Program, p.Notes = []string{evil}, evil, []string{evil}
	p.Threads[0] = profile.Thread{Name: evil, Panicking: true}
	p.Cycles[0].Members[0].Type, p.Cycles[0].Holds[0].Field = evil, evil
	p.Sites[2].Type = evil
	p.Secrets = []profile.SecretHit{{Name: evil, Where: profile.InFreed, Site: 1, Count: 1}}
	got := text(t, p, view.Options{}, export.Options{})
	for _, bad := range []string{"\x1b", "\r", "\x07", "\u202e"} {
		if strings.Contains(got, bad) {
			t.Errorf("%q is in the report", bad)
		}
	}
}

// Findings keep their fingerprints when counts, lines and addresses change.
func TestFingerprints(t *testing.T) {
	prints := func(p *profile.Profile) (out []string) {
		for _, f := range export.Judge(view.New(p, view.Options{}), export.Options{}, today).Findings {
			if f.Fingerprint == "" || f.Title == "" || f.Grade != finding.Confirmed {
				t.Errorf("%+v", f)
			}
			out = append(out, f.Fingerprint)
		}
		return out
	}
	a, b := profiletest.Leaky(), profiletest.Leaky()
	for i := range b.Frames {
		b.Frames[i].Line += 7
	}
	b.Cycles[0].Count, b.Cycles[0].Bytes = 9, 720
	for i := range b.Sites {
		b.Sites[i].Counts.Allocs += 3
	}
	if x, y := prints(a), prints(b); len(x) != 1 || x[0] != y[0] {
		t.Errorf("%v %v", x, y)
	}
	seen := map[string]bool{}
	for _, f := range prints(profiletest.Large(1, 700)) {
		if seen[f] {
			t.Errorf("two findings have the fingerprint %s", f)
		}
		seen[f] = true
	}
}

// A cycle of very many blocks says how many, and shows some.
func TestGreatCycle(t *testing.T) {
	p := profiletest.Leaky()
	p.Cycles[0].Count, p.Cycles[0].Bytes, p.Cycles[0].Blocks = 1, 1_200_040, 30_001
	s := export.Judge(view.New(p, view.Options{}), export.Options{}, today)
	if want := "a cycle of 30,001 blocks, among them 2 `leaky::Node` (Rc), 1.20 MB, held by field `next`"; s.Findings[0].Title != want {
		t.Errorf("%q, want %q", s.Findings[0].Title, want)
	}
}

// Where the memory could not be read, nothing is called lost.
func TestUnread(t *testing.T) {
	p := profiletest.Leaky()
	p.Run.Memory, p.Run.End, p.Run.Status, p.Cycles = false, profile.Killed, 9, nil
	for i := range p.Sites {
		left := profile.Left{Blocks: p.Sites[i].Counts.LiveBlocks(), Bytes: p.Sites[i].Counts.Live()}
		p.Sites[i].Left = [profile.NumKinds]profile.Left{profile.Unsorted: left}
	}
	golden(t, "killed.txt", []byte(text(t, p, view.Options{}, export.Options{Root: leaky(t), Top: 2})))
}

// What a filter leaves out is not called given back.
func TestFilterSaysSo(t *testing.T) {
	v := view.New(profiletest.Leaky(), view.Options{Filter: "nothing_such"})
	var b bytes.Buffer
	if err := export.Text(&b, export.Judge(v, export.Options{}, today), export.Options{Cost: view.Bytes}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"what leaked and the lists are only of stacks with `nothing_such`", "nothing was lost at stacks with `nothing_such`"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

// A comparison counts as lost what a report does: not the runtime's own, and all
// that was left where the memory was not read.
func TestDiffCountsAsReports(t *testing.T) {
	read, unread := profiletest.Leaky(), profiletest.Leaky()
	for i := range read.Sites {
		s := &read.Sites[i]
		s.Left = [profile.NumKinds]profile.Left{profile.Direct: {Blocks: s.Counts.LiveBlocks(), Bytes: s.Counts.Live()}}
	}
	unread.Run.Memory = false
	for i := range unread.Sites {
		unread.Sites[i].Left = [profile.NumKinds]profile.Left{}
	}
	for name, p := range map[string]*profile.Profile{"runtime's own": read, "memory not read": unread} {
		v := view.New(p, view.Options{})
		var b bytes.Buffer
		if err := export.DiffText(&b, export.Diff(p, p, false), export.Options{}); err != nil {
			t.Fatal(err)
		}
		want := v.Sum()[view.Leaked]
		_, row, _ := strings.Cut(b.String(), "total memory leaked")
		row, _, _ = strings.Cut(row, "\n")
		got := strings.Join(strings.Fields(row), " ")
		if left := v.Left()[profile.Runtime]; left.Bytes == 0 || want == 0 || got != fmt.Sprintf("%d bytes %d bytes none", want, want) {
			t.Errorf("%s: %q, want %d, with %d of the runtime", name, got, want, left.Bytes)
		}
	}
}

// The members of a cycle are told without the modules of a generic type, too.
func TestGenericMembers(t *testing.T) {
	p := profiletest.Leaky()
	for i := range p.Cycles[0].Members {
		p.Cycles[0].Members[i].Type = "leaky::list::Node<alloc::vec::Vec<leaky::Item>>"
	}
	s := export.Judge(view.New(p, view.Options{}), export.Options{}, today)
	if notes, want := s.Findings[0].Notes, "`next` of Node<Vec<leaky::Item>> 1 -> Node<Vec<leaky::Item>> 2"; len(notes) == 0 || !strings.HasPrefix(notes[0], want) {
		t.Errorf("%q, want %q", notes, want)
	}
}
