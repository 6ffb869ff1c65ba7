package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"softshell/finding"
)

// fake is a bench whose crates compile as a table says.
type fake struct {
	*bench
	mu    sync.Mutex
	calls []string
	// outcomes by "crate/lock/features", "/lib" behind it without binaries;
	// what is not in it does not compile.
	outcomes map[string]*outcome
	hang     string // a crate whose check takes for ever
}

func newFake(t *testing.T, outcomes map[string]*outcome) *fake {
	f := &fake{outcomes: outcomes}
	f.bench = &bench{dir: t.TempDir(), program: "p", rustc: "r", jobs: 2, timeout: time.Minute, log: io.Discard}
	f.fetch = func(_ context.Context, crate, version string) (*source, error) {
		if crate == "gone" {
			return nil, errors.New("error: no matching package")
		}
		dir := filepath.Join(f.dir, crate)
		_ = os.MkdirAll(dir, 0o755)
		_ = os.WriteFile(filepath.Join(dir, "Cargo.lock"), nil, 0o644)
		return &source{Crate: crate, Version: version, Dir: dir, Lib: true, Bin: crate == "binned",
			Features: map[string][]string{"default": {"std"}, "std": nil, "more": {"dep:serde"}, "serde": nil}}, nil
	}
	f.prepare = func(_ context.Context, s *source, lock string) (string, error) { return s.Crate + "/" + lock, nil }
	f.check = func(ctx context.Context, j job) (*outcome, error) {
		key := j.Dir + "/" + j.Features
		if j.Lib {
			key += "/lib"
		}
		f.mu.Lock()
		f.calls = append(f.calls, key)
		f.mu.Unlock()
		if f.hang != "" && strings.HasPrefix(key, f.hang+"/") {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		if o := f.outcomes[key]; o != nil {
			return o, nil
		}
		return &outcome{Reason: "error: " + key, Compile: true}, nil
	}
	return f
}

func (f *fake) get(t *testing.T, crate string) *record {
	t.Helper()
	f.calls = nil
	v := version{crate, "1.0.0", true}
	out, err := f.all(context.Background(), []version{v})
	if err != nil {
		t.Fatal(err)
	}
	return out[v]
}

func good(findings ...finding.Finding) *outcome {
	return &outcome{Findings: findings, Lines: map[string]int{"src/lib.rs": 10, "src/m.rs": 5}, Bodies: 3, Analysed: 2, Capture: 1, Analysis: 2}
}

func TestWays(t *testing.T) {
	one := finding.Finding{Rule: "r", Item: "f", Grade: finding.Possible}
	sure := one
	sure.Grade = finding.Likely
	two := finding.Finding{Rule: "r", Item: "g"}
	f := newFake(t, map[string]*outcome{
		"both/newest dependencies/default":    good(one),
		"both/newest dependencies/all":        good(sure, two),
		"old/dependencies of its time/all":    good(),
		"binned/its own lock/default/lib":     good(),
		"bare/newest dependencies/none":       good(),
		"broken/newest dependencies/default":  {Reason: "the check ended with signal: killed"},
		"broken/dependencies of its time/all": good(),
	})
	for _, c := range []struct{ crate, ways, reason, left string }{
		{"both", "default; all", "", ""},
		{"old", "all, dependencies of its time", "", "default: error: old/newest dependencies/default"},
		{"binned", "default, its own lock, lib only", "", "all: error: binned/its own lock/all"},
		{"bare", "none", "", "default: error: bare/newest dependencies/default; all: error: bare/newest dependencies/all"},
		{"broken", "all, dependencies of its time", "", "default: the check ended with signal: killed"},
		{"none", "", "error: none/newest dependencies/default", ""},
		{"gone", "", "not fetched: error: no matching package", ""},
	} {
		r := f.get(t, c.crate)
		if r.ways() != c.ways || r.Reason != c.reason || r.analysed() && strings.Join(r.Left, "; ") != c.left {
			t.Errorf("%s: got %q, %q, %q", c.crate, r.ways(), r.Reason, r.Left)
		}
	}
	r := f.get(t, "both")
	if len(r.Findings) != 2 || r.Findings[0].Grade != finding.Likely || r.Lines != 15 || r.Analysis != 4 || r.Unread != 2 {
		t.Errorf("two ways give %+v", r)
	}
}

// TestResumes holds that what was checked is not checked again, and that
// another build of the rules makes only the attempts that led somewhere.
func TestResumes(t *testing.T) {
	f := newFake(t, map[string]*outcome{"a/its own lock/default": good(finding.Finding{Rule: "r", Item: "f"})})
	first := f.get(t, "a")
	if len(f.calls) < 3 {
		t.Errorf("calls: %q", f.calls)
	}
	if again := f.get(t, "a"); len(f.calls) != 0 || !reflect.DeepEqual(first, again) {
		t.Errorf("%q: got %+v, want %+v", f.calls, again, first)
	}
	f.program = "another"
	if again := f.get(t, "a"); fmt.Sprint(f.calls) != "[a/its own lock/default]" || !reflect.DeepEqual(first, again) {
		t.Errorf("%q: got %+v, want %+v", f.calls, again, first)
	}

	f.get(t, "b") // does not compile at all
	f.program = "p"
	if r := f.get(t, "b"); len(f.calls) != 0 || r.Reason == "" {
		t.Errorf("%q: %+v", f.calls, r)
	}
	f.retry = true
	f.outcomes["b/newest dependencies/default"] = good()
	if r := f.get(t, "b"); !r.analysed() {
		t.Errorf("not tried anew: %+v", r)
	}
}

func TestLimits(t *testing.T) {
	f := newFake(t, nil)
	f.hang, f.timeout = "slow", 10*time.Millisecond
	if r := f.get(t, "slow"); !strings.HasPrefix(r.Reason, "not done within 10ms (") || r.analysed() {
		t.Errorf("%+v", r)
	}
	if f.get(t, "slow"); len(f.calls) != 0 {
		t.Error("a version that took too long is tried again")
	}
	f.timeout = 20 * time.Millisecond
	if f.get(t, "slow"); len(f.calls) == 0 {
		t.Error("a version that took too long is not tried with more time")
	}

	f.timeout = time.Minute
	ctx, cancel := context.WithCancel(context.Background())
	f.calls = nil
	go func() {
		for range 1000 {
			time.Sleep(time.Millisecond)
			f.mu.Lock()
			n := len(f.calls)
			f.mu.Unlock()
			if n > 0 {
				break
			}
		}
		cancel()
	}()
	v := version{"slow", "2.0.0", false}
	if _, err := f.all(ctx, []version{v, {"other", "1.0.0", false}}); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
	if kept, _ := filepath.Glob(filepath.Join(f.dir, "results", "*", "slow-2.0.0*")); len(kept) > 0 {
		t.Errorf("kept of a stopped run: %q", kept)
	}
}
