package callgraph

import (
	"context"
	"os"
	"strings"
	"testing"

	"softshell/capture"
)

func TestMain(m *testing.M) {
	if capture.WrapperMain() {
		return
	}
	os.Exit(m.Run())
}

// load captures a workspace and links it.
func load(t *testing.T, dir string) *Graph {
	t.Helper()
	c := capture.New()
	build, err := c.Run(context.Background(), capture.Options{Path: dir, Deps: true, Workspace: true, Offline: true, Spans: capture.SpansNever, CacheDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if build.CompileFailed {
		t.Fatal(build.Errors)
	}
	g, err := Load(context.Background(), c, build, 0)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// TestWays: the functions of the tree say by their names whether they run. That one
// which runs is called not reached must never happen.
func TestWays(t *testing.T) {
	g := load(t, "testdata/tree")
	r := g.runOf(Mains)
	yes, no := 0, 0
	for n, b := range g.bodies {
		switch {
		case strings.HasPrefix(b.Last, "yes_"):
			if yes++; !r.reached[n] {
				t.Errorf("%s::%s runs, and is not reached", g.owner[n].Crate, b.Name)
			}
		case strings.HasPrefix(b.Last, "no_"):
			if no++; r.reached[n] {
				t.Errorf("%s::%s does not run, and is reached:", g.owner[n].Crate, b.Name)
				for _, s := range g.pathsOf(Mains).chain(g, int32(n)) {
					t.Logf("    %-8s %s::%s %s:%d", s.How, s.Crate, s.Item, s.File, s.Line)
				}
			}
		}
	}
	if yes < 60 || no < 9 {
		t.Errorf("the tree has %d functions that run and %d that do not: some are not seen", yes, no)
	}
}

// TestLibrary: what a library of the workspace offers is a root, and what it keeps in
// its constants and statics is offered.
func TestLibrary(t *testing.T) {
	g := load(t, "testdata/tree")
	mains, api := g.runOf(Mains), g.runOf(Mains|API)
	seen := 0
	for n, b := range g.bodies {
		if !strings.HasPrefix(b.Last, "api_") {
			continue
		}
		if seen++; mains.reached[n] || !api.reached[n] {
			t.Errorf("%s is reached from mains: %v, from libraries: %v", b.Name, mains.reached[n], api.reached[n])
		}
	}
	if seen != 3 {
		t.Errorf("the library has %d functions", seen)
	}
}

// TestAsk: paths as advisories write them, and what is said of them.
func TestAsk(t *testing.T) {
	g := load(t, "testdata/tree")
	for _, c := range []struct {
		path    string
		reached bool
		level   Level
		grade   Grade
	}{
		{"base::unnamed::Sharded::make", true, Function, Exact}, // in a block of an alias
		{"base::unnamed::Sharded", true, Type, Exact},
		{"base::unnamed::Choice::Taken", true, Type, Fuzzy},
		{"base::inner::Old::method", true, Function, Exact},
		{"base::Old::other", false, Function, Exact},
		{"base::inner::Hidden::hidden", true, Function, Exact},
		{"base::drive", true, Function, Exact},
		{"base::no_public", false, Function, Exact},
		{"base::Visit::provided", true, Function, Exact},
		{"base::Visit::not_called", false, Function, Exact},
		{"base::nothing::of_that_name", true, Crate, None},
	} {
		a := g.Ask(Target{Package: "base", Version: "1.0.0", Functions: []string{c.path}})
		if a.Reached != c.reached || !a.Known || a.Level != c.level || a.Grade != c.grade || a.Reached != (len(a.Chain) > 0) {
			t.Errorf("%s: %+v", c.path, a)
		}
	}
	for _, target := range []Target{{Package: "base", Version: "2.0.0"}, {Package: "mac", Version: "1.0.0", Functions: []string{"mac::visits!"}}} {
		if a := g.Ask(target); a.Known || a.Why == "" {
			t.Errorf("%+v: %+v", target, a)
		}
	}
}
