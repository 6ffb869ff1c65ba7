package capture

import (
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// cacheFiles are the files of a cache below the folder, without cargo's target.
func cacheFiles(t *testing.T, cache, sub string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(filepath.Join(cache, cacheFormat, sub), func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == "target":
			return fs.SkipDir
		case !d.IsDir():
			out = append(out, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(out)
	return out
}

// The ways in which a file of the cache may have been hurt.
var hurts = []struct {
	name string
	do   func(path string) error
}{
	{"cut", func(path string) error {
		fi, err := os.Stat(path)
		if err != nil {
			return err
		}
		return os.Truncate(path, fi.Size()/2)
	}},
	{"empty", func(path string) error { return os.Truncate(path, 0) }},
	{"zeros", func(path string) error {
		fi, err := os.Stat(path)
		if err != nil {
			return err
		}
		return os.WriteFile(path, make([]byte, fi.Size()), 0o644) // what a power cut leaves
	}},
	{"garbage", func(path string) error { return os.WriteFile(path, []byte("\x00{garbage]"), 0o644) }},
	{"gone", os.Remove},
}

// Whatever is hurt in the cache, the next run gives what a fresh one gives.
func TestDamage(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, t.TempDir(), files{
		"Cargo.toml":   "[workspace]\nresolver = \"2\"\nmembers = [\"a\", \"b\"]\n",
		"a/Cargo.toml": "[package]\nname = \"a\"\nversion = \"0.1.0\"\n[dependencies]\nb = { path = \"../b\" }\n",
		"a/src/lib.rs": "extern crate b;\npub fn a() -> u32 { b::b() }\n",
		"b/Cargo.toml": "[package]\nname = \"b\"\nversion = \"0.1.0\"\n",
		"b/src/lib.rs": "pub fn b() -> u32 { 3 }\npub fn spanned(x: Box<u32>) -> *mut u32 { Box::into_raw(x) }\n",
	})
	settle(t, dir)
	o := Options{Path: dir, Workspace: true, CacheDir: t.TempDir()}
	c := newBench()
	c.mustCompile(t, o)
	for _, sub := range []string{"mir", "runs", "probe", "ws"} {
		for _, hurt := range hurts {
			t.Run(sub+" "+hurt.name, func(t *testing.T) {
				for _, f := range cacheFiles(t, o.CacheDir, sub) {
					if err := hurt.do(f); err != nil {
						t.Fatal(err)
					}
				}
				b := c.mustCompile(t, o)
				wantMIR(t, unitNamed(t, b, "a lib"), "b::b()")
				wantMIR(t, unitNamed(t, b, "b lib"), "const 3_u32", "into_raw")
				if again := c.mustCompile(t, o); len(changed(b, again)) != 0 || again.Reused != 2 {
					t.Errorf("the run after: other keys %q, reused %d", changed(b, again), again.Reused)
				}
			})
		}
	}
	t.Run("both the runs and the records", func(t *testing.T) {
		for _, hurt := range hurts {
			for _, f := range append(cacheFiles(t, o.CacheDir, "runs"), cacheFiles(t, o.CacheDir, "ws")...) {
				if err := hurt.do(f); err != nil {
					t.Fatal(err)
				}
			}
			wantMIR(t, unitNamed(t, c.mustCompile(t, o), "b lib"), "const 3_u32", "into_raw")
		}
	})
	t.Run("target folder", func(t *testing.T) {
		for _, u := range c.mustCompile(t, o).Units {
			if err := os.RemoveAll(place{dir: u.Place}.target()); err != nil {
				t.Fatal(err)
			}
		}
		sameAsFresh(t, c.mustCompile(t, o), o)
	})
	t.Run("at random", func(t *testing.T) {
		rng := rand.New(rand.NewPCG(1, 2))
		for range 4 {
			var did []string
			for _, f := range cacheFiles(t, o.CacheDir, "") {
				if rng.IntN(3) == 0 {
					h := hurts[rng.IntN(len(hurts))]
					did = append(did, h.name+" "+strings.TrimPrefix(f, o.CacheDir))
					if err := h.do(f); err != nil {
						t.Fatal(err)
					}
				}
			}
			b := c.mustCompile(t, o)
			wantMIR(t, unitNamed(t, b, "a lib"), "b::b()")
			wantMIR(t, unitNamed(t, b, "b lib"), "const 3_u32", "into_raw")
			if t.Failed() {
				t.Fatalf("after %s", strings.Join(did, "\n"))
			}
		}
	})
}
