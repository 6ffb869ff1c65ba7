package capture

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestBodiesFolder: what a killed run left is gone with the next run of its workspace,
// and that of another workspace, which may be running, is not.
func TestBodiesFolder(t *testing.T) {
	start := func(dir string) (string, func()) {
		r := &run{opts: Options{Unsafe: true}, place: place{dir: dir}}
		if err := os.MkdirAll(r.place.units(), 0o755); err != nil {
			t.Fatal(err)
		}
		return r.bodiesFolder()
	}
	here, there := t.TempDir(), t.TempDir()
	killed, done := start(here)
	defer done()
	running, done := start(there)
	defer done()
	now, done := start(here)
	if _, err := os.Stat(killed); err == nil {
		t.Errorf("%s was left", killed)
	}
	if _, err := os.Stat(running); err != nil {
		t.Error(err)
	}
	done()
	if _, err := os.Stat(now); err == nil {
		t.Errorf("%s is still there", now)
	}
}

// TestCutBody: rustc does not tell that a body could not be written; the text does.
func TestCutBody(t *testing.T) {
	dir := t.TempDir()
	write := func(text string) {
		if err := os.WriteFile(filepath.Join(dir, "f"+bodyEnding), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	whole := "// MIR for `f` after built\n\nunsafe fn f() {\n}\n"
	write(whole)
	if text, err := joinBodies(dir, newBlocks(nil), false, true); err != nil || text != whole {
		t.Errorf("%q, %v", text, err)
	}
	for _, cut := range []string{"", strings.TrimSuffix(whole, "}\n") + "    let"} {
		write(cut)
		if _, err := joinBodies(dir, newBlocks(nil), false, true); err == nil {
			t.Errorf("%q was taken for a body", cut)
		}
	}
}

// TestUnseen: an unsafe function that no body shows is asked for, one that is only
// declared is not.
func TestUnseen(t *testing.T) {
	at := LintSpan{File: "a.rs", Line: 3, Col: 1, To: 5, End: 2}
	for message, want := range map[string]int{
		"usage of an `unsafe` block": 1, "declaration of an `unsafe` function": 1, "implementation of an `unsafe` method": 1,
		"declaration of an `unsafe` method": 0, "implementation of an `unsafe` trait": 0, "declaration of a `no_mangle` function": 0,
	} {
		b := newBlocks([]Lint{{Message: message, At: at}})
		if b.unseen != want {
			t.Errorf("%s: %d unseen, not %d", message, b.unseen, want)
		}
		if b.meet([]byte("        _0 = const (); // scope 0 at a.rs:4:5: 4:9\n")); b.unseen != 0 {
			t.Errorf("%s: unseen, with a statement in it", message)
		}
	}
}

// TestSurveyGone: a survey that is not there is made anew, also that of a build
// script, whose file cargo only links where it tells of it.
func TestSurveyGone(t *testing.T) {
	dir := makeTree(t, t.TempDir(), files{
		"Cargo.toml": "[package]\nname = \"a\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
		"build.rs":   "fn main() { let p = &1u8 as *const u8; unsafe { assert_eq!(*p, 1) } }\n",
		"src/lib.rs": "pub fn f(p: *const u8) -> u8 { unsafe { *p } }\n",
	})
	o := Options{Path: dir, CacheDir: t.TempDir(), Unsafe: true, Offline: true}
	for range 2 {
		b, err := New().Run(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if len(b.Units) != 2 {
			t.Fatalf("%d units, not the library and its build script", len(b.Units))
		}
		for _, u := range b.Units {
			s, err := ReadSurvey(u.Survey)
			if err != nil || len(s.Lints) != 1 {
				t.Errorf("%s: %+v, %v", label(u), s, err)
			}
			if err := os.Remove(u.Survey); err != nil {
				t.Error(err)
			}
		}
	}
}
