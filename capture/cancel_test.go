//go:build unix

package capture

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// compareBuilds asks that two Builds of one place are the same.
func compareBuilds(t *testing.T, a, b *Build) {
	t.Helper()
	if !slices.Equal(labels(a), labels(b)) {
		t.Fatalf("units are %q and %q", labels(a), labels(b))
	}
	if diff := changed(a, b); len(diff) != 0 {
		t.Errorf("other keys: %q", diff)
	}
	for i, u := range a.Units {
		if mirOf(t, u) != mirOf(t, b.Units[i]) {
			t.Errorf("other MIR: %s", label(u))
		}
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, t.TempDir(), manyTree(5, 150))
	settle(t, dir)
	o := Options{Path: dir, Workspace: true, CacheDir: t.TempDir(), Spans: SpansAlways}
	t.Run("before", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := New().Run(ctx, o); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	})
	t.Run("at many moments", func(t *testing.T) {
		stopped := 0
		for after := 20 * time.Millisecond; ; after += 90 * time.Millisecond {
			ctx, cancel := context.WithCancel(t.Context())
			var asked time.Time
			timer := time.AfterFunc(after, func() { asked = time.Now(); cancel() })
			_, err := New().Run(ctx, o)
			ran := timer.Stop()
			cancel()
			if err == nil {
				break
			}
			if !errors.Is(err, context.Canceled) || ran {
				t.Fatalf("after %v: %v", after, err)
			}
			if late := time.Since(asked); late > killGrace+time.Second {
				t.Errorf("returned %v after it was asked to stop", late)
			}
			stopped++
		}
		if stopped == 0 {
			t.Error("no run was stopped")
		}
		b := newBench().mustCompile(t, o)
		sameAsFresh(t, b, o)
		// What the stopped runs left is temporary by its name: the sweep finds it.
		for _, f := range cacheFiles(t, o.CacheDir, "mir") {
			if name := filepath.Base(f); !strings.Contains(name, ".tmp-") && !strings.HasSuffix(name, sealEnding) {
				if _, ok := sealed(f); !ok {
					t.Errorf("%s is in the store but not whole", name)
				}
			}
		}
	})
	t.Run("deadline", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		other := o
		other.CacheDir = t.TempDir()
		if _, err := New().Run(ctx, other); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
	})
}

// A build script that hangs, and what it started, end with the run.
func TestCancelBuildScript(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pids := filepath.Join(dir, "pids")
	makeTree(t, dir, files{
		"Cargo.toml": "[package]\nname = \"slow\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
		"src/lib.rs": "",
		"build.rs": "fn main() { let child = std::process::Command::new(\"sleep\").arg(\"60\").spawn().unwrap();\n" +
			"std::fs::write(" + strconv.Quote(pids+".new") + ", format!(\"{} {}\", std::process::id(), child.id())).unwrap();\n" +
			"std::fs::rename(" + strconv.Quote(pids+".new") + ", " + strconv.Quote(pids) + ").unwrap();\n" +
			"std::thread::sleep(std::time::Duration::from_secs(60)); }\n",
	})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		for ctx.Err() == nil {
			if _, err := os.Stat(pids); err == nil {
				cancel()
			}
			time.Sleep(20 * time.Millisecond)
		}
	}()
	began := time.Now()
	_, err := New().Run(ctx, Options{Path: dir, CacheDir: t.TempDir()})
	if !errors.Is(err, context.Canceled) || time.Since(began) > 30*time.Second {
		t.Fatalf("after %v: %v", time.Since(began), err)
	}
	text, err := os.ReadFile(pids)
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range strings.Fields(string(text)) {
		pid, err := strconv.Atoi(field)
		if err != nil {
			t.Fatal(err)
		}
		if !gone(pid) {
			t.Errorf("process %d still runs", pid)
		}
	}
}

// gone reports whether the process ends soon; one that nobody waited for (in a
// container without an init) has ended too.
func gone(pid int) bool {
	for range 100 {
		if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			return true
		}
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err == nil && strings.Contains(string(stat), ") Z ") {
			return true
		}
		time.Sleep(20 * time.Millisecond)
	}
	return false
}

func TestTwoAtOnce(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, t.TempDir(), manyTree(3, 50))
	settle(t, dir)
	cache := t.TempDir()
	o := Options{Path: dir, Workspace: true, CacheDir: cache}
	// together runs them all at once and gives their Builds.
	together := func(t *testing.T, os ...Options) []*Build {
		t.Helper()
		out, errs := make([]*Build, len(os)), make([]error, len(os))
		var wg sync.WaitGroup
		for i, o := range os {
			wg.Go(func() { out[i], errs[i] = New().Run(t.Context(), o) })
		}
		wg.Wait()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		for _, b := range out {
			checkBuild(t, b)
		}
		return out
	}
	t.Run("same options", func(t *testing.T) {
		b := together(t, o, o, o)
		compareBuilds(t, b[0], b[1])
		compareBuilds(t, b[0], b[2])
		sameAsFresh(t, b[0], o)
	})
	t.Run("other options", func(t *testing.T) {
		spans, all, one := o, o, o
		spans.Spans, all.AllTargets, one.Workspace, one.Packages = SpansNever, true, false, []string{"m0"}
		b := together(t, spans, all, one, o)
		compareBuilds(t, b[3], newBench().mustCompile(t, o))
		compareBuilds(t, b[1], newBench().mustCompile(t, all))
		wantUnits(t, b[2], "m0 lib")
	})
	t.Run("change while one waits", func(t *testing.T) {
		writeText(t, filepath.Join(dir, "m0/src/lib.rs"), "pub fn f0(n: u32) -> u32 { n ^ 12345 }\n")
		for _, b := range together(t, o, o) {
			wantMIR(t, unitNamed(t, b, "m0 lib"), "const 12345_u32")
		}
	})
	t.Run("stop while one waits", func(t *testing.T) {
		u := newBench().mustCompile(t, o).Units[0]
		release, err := lockPlace(t.Context(), place{dir: u.Place}.lockFile(), false, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer release()
		writeText(t, filepath.Join(dir, "m1/src/lib.rs"), "pub fn f0(n: u32) -> u32 { n }\n")
		ctx, cancel := context.WithTimeout(t.Context(), lockSilence+300*time.Millisecond)
		defer cancel()
		var said string
		waits := o
		waits.Progress = func(_, _ int, what string) { said = what }
		if _, err := New().Run(ctx, waits); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(said, "another softshell") {
			t.Errorf("%v; said %q", err, said)
		}
	})
}
