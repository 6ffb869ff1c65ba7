// Package ruletest runs rules over small Rust programs that say, on the
// offending line, what is to be found:
//
//	let p = Box::into_raw(b); //~ orphan-object "not released"
//	let q = Box::leak(c);     //~? orphan-object "leaked with each"
//
// `//~?` expects a finding that is only possible. Every expectation must be
// met, and nothing else may be found that is likely; in a program with a line
// `//~ silent` nothing else at all. The MIR of each program must be sane.
package ruletest

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"softshell/capture"
	"softshell/check"
	"softshell/effects"
	"softshell/finding"
	"softshell/ir"
	"softshell/mir"
	"softshell/rule"
)

var expectation = regexp.MustCompile(`//~(\??)\s*([a-z-]+)(?:\s+"([^"]*)")?`)

type want struct {
	line int
	rule string
	text string
	weak bool // possible
	met  bool
}

// Run checks rules over the programs in testdata/bad and testdata/good of the
// package under test.
func Run(t *testing.T, rules ...*rule.Rule) {
	t.Helper()
	models, err := effects.Load()
	if err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob("testdata/*/*.rs")
	if len(files) == 0 {
		t.Fatal("no programs in testdata")
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(strings.TrimPrefix(file, "testdata/"), ".rs"), func(t *testing.T) {
			t.Parallel()
			one(t, rules, models, file)
		})
	}
}

func one(t *testing.T, rules []*rule.Rule, models *effects.Models, file string) {
	abs, err := filepath.Abs(file)
	if err != nil {
		t.Fatal(err)
	}
	c := capture.New()
	build, err := c.Run(context.Background(), capture.Options{Path: abs, CacheDir: t.TempDir(), Spans: capture.SpansAlways})
	if err != nil {
		t.Fatalf("capture: %v", err)
	}
	if build.CompileFailed {
		t.Fatalf("does not compile:\n%s", build.Errors)
	}
	for _, u := range build.Units {
		if u.MIR != "" {
			sane(t, u.MIR)
		}
	}
	a, err := check.Analyse(context.Background(), check.Input{Build: build, Capturer: c, Rules: rules, Models: models, Jobs: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, cr := range a.Coverage.Crates {
		for why, n := range cr.Skipped {
			t.Errorf("%d bodies were not analysed: %s", n, why)
		}
	}
	ws, quiet := wants(t, abs)
	compare(t, ws, quiet, a.Findings)
}

// sane reads the MIR of a program once more and asserts what ir.Sanity asks of each body.
func sane(t *testing.T, file string) {
	t.Helper()
	text, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer text.Close()
	r := mir.NewReader(text)
	for {
		it, err := r.Next()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if b, ok := it.(*mir.Body); ok {
			for _, err := range ir.Sanity(b, ir.NewCFG(b)) {
				t.Errorf("MIR, line %d: %v", b.Line, err)
			}
		}
	}
}

// silent in place of a rule's name: no possible finding either.
const silent = "silent"

func wants(t *testing.T, file string) (out []want, quiet bool) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(string(text), "\n") {
		for _, m := range expectation.FindAllStringSubmatch(line, -1) {
			if m[2] == silent {
				quiet = true
				continue
			}
			out = append(out, want{line: i + 1, rule: m[2], text: m[3], weak: m[1] != ""})
		}
	}
	return out, quiet
}

func compare(t *testing.T, ws []want, quiet bool, got []finding.Finding) {
	for _, f := range got {
		weak := f.Grade < finding.Likely
		found := weak && !quiet
		for i := range ws {
			w := &ws[i]
			if !w.met && w.weak == weak && w.rule == f.Rule && w.line == f.Primary.Line && strings.Contains(f.Title, w.text) {
				w.met, found = true, true
				break
			}
		}
		if !found {
			t.Errorf("unexpected: line %d: %s: %s", f.Primary.Line, f.Rule, f.Title)
		}
	}
	for _, w := range ws {
		if !w.met {
			t.Errorf("missed: line %d: %s %q", w.line, w.rule, w.text)
		}
	}
}

// Main is the TestMain of a rule's package: the test binary serves as the
// compiler wrapper that a capture calls back.
func Main(m *testing.M) {
	if capture.WrapperMain() {
		return
	}
	os.Exit(m.Run())
}
