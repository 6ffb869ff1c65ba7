package unsafety_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"softshell/audit/unsafety"
	"softshell/capture"
	"softshell/finding"
	"softshell/testenv"
)

// TestMain lets the test binary be rustc's wrapper.
func TestMain(m *testing.M) {
	if capture.WrapperMain() {
		return
	}
	os.Exit(m.Run())
}

// TestSites compares the sites of testdata/sites.rs with the comments in it: `//~ KIND`
// stands on the line of each operation, "KIND x2" for two.
func TestSites(t *testing.T) {
	if _, err := exec.LookPath("rustc"); err != nil {
		testenv.Lacks(t, "rustc: %v", err)
	}
	file := filepath.Join("testdata", "sites.rs")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	inv, build, err := unsafety.Survey(t.Context(), capture.New(), capture.Options{Path: file, CacheDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if build.CompileFailed {
		t.Fatal(build.Errors)
	}
	var got, want []string
	for _, c := range inv.Crates {
		for _, s := range c.Sites {
			word := string(s.Kind)
			if s.Needs && !s.Documented() {
				word += "!"
			}
			got = append(got, fmt.Sprintf("%3d %s", s.Span.Line, word))
		}
	}
	for i, line := range strings.Split(string(text), "\n") {
		_, words, ok := strings.Cut(line, "//~ ")
		if !ok {
			continue
		}
		for _, w := range strings.Split(words, ", ") {
			want = append(want, fmt.Sprintf("%3d %s", i+1, w))
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	for _, w := range want {
		if i := slices.Index(got, w); i >= 0 {
			got = slices.Delete(got, i, i+1)
			continue
		}
		t.Errorf("not found: line %s", w)
	}
	for _, g := range got {
		t.Errorf("not expected: line %s", g)
	}
}

// TestDiff: what only moved is no change; what is there once more is.
func TestDiff(t *testing.T) {
	at := func(line int, kind unsafety.Kind, code string) unsafety.Site {
		return unsafety.Site{Kind: kind, Item: "f", Code: code, Span: finding.Span{File: "a.rs", Line: line, Col: 1}}
	}
	inv := func(version string, sites ...unsafety.Site) *unsafety.Inventory {
		return &unsafety.Inventory{Crates: []unsafety.Crate{{Package: "a", Version: version, Crate: "a", Kind: "lib", Sites: sites}}}
	}
	old := inv("1.0.0", at(1, unsafety.RawDeref, "*p"), at(2, unsafety.UnsafeCall, "g()"))
	now := inv("1.1.0", at(7, unsafety.RawDeref, "*p"), at(8, unsafety.RawDeref, "*p"))
	added, gone := unsafety.Diff(old, now)
	if len(added.Crates) != 1 || len(added.Crates[0].Sites) != 1 || added.Crates[0].Sites[0].Span.Line != 8 {
		t.Errorf("added %+v", added.Crates)
	}
	if len(gone) != 1 || gone[0].Site.Kind != unsafety.UnsafeCall || gone[0].Version != "1.0.0" {
		t.Errorf("gone %+v", gone)
	}
	if same, gone := unsafety.Diff(now, now); len(same.Crates)+len(gone) != 0 {
		t.Errorf("an inventory differs from itself: %+v %+v", same, gone)
	}
}

// TestDiffFailed: of a crate that could not be looked at nothing is called gone, and
// what it held before is said to be not known.
func TestDiffFailed(t *testing.T) {
	site := unsafety.Site{Kind: unsafety.RawDeref, Item: "f", Code: "*p", Span: finding.Span{File: "a.rs", Line: 1, Col: 1}}
	seen := &unsafety.Inventory{Crates: []unsafety.Crate{{Package: "a", Version: "1.0.0", Crate: "a", Kind: "lib", Sites: []unsafety.Site{site}}}}
	failed := &unsafety.Inventory{Crates: []unsafety.Crate{{Package: "a", Version: "1.0.0", Crate: "a", Kind: "lib", Failed: "rustc rejected the crate"}}}
	if added, gone := unsafety.Diff(seen, failed); len(gone) != 0 || len(added.Crates) != 1 {
		t.Errorf("gone %+v, added %+v", gone, added.Crates)
	}
	added, _ := unsafety.Diff(failed, seen)
	if len(added.Crates) != 1 || len(added.Notes) != 1 || !strings.Contains(added.Notes[0], "a 1.0.0 could not be looked at") {
		t.Errorf("added %+v, notes %q", added.Crates, added.Notes)
	}
}
