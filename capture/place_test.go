package capture

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"softshell/testenv"
)

// treeState is all that a program could see of a tree: names, modes, times, content.
func treeState(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		fi, err := d.Info()
		if err != nil {
			return err
		}
		text := []byte{}
		if fi.Mode().IsRegular() {
			if text, err = os.ReadFile(path); err != nil {
				return err
			}
		}
		out[path] = fmt.Sprint(fi.Mode(), fi.ModTime().UnixNano(), sha256.Sum256(text))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// wantUntouched asks that nothing in the tree changed since it looked like before.
func wantUntouched(t *testing.T, dir string, before map[string]string) {
	t.Helper()
	after := treeState(t, dir)
	if maps.Equal(before, after) {
		return
	}
	for path, s := range after {
		if before[path] != s {
			t.Errorf("made or changed: %s", path)
		}
	}
	for path := range before {
		if _, ok := after[path]; !ok {
			t.Errorf("removed: %s", path)
		}
	}
}

// cargo runs the user's own cargo, with the user's own target folder.
func cargo(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "cargo", args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("cargo %q: %v\n%s", args, err, out)
	}
}

func TestUserTreeIsReadOnly(t *testing.T) {
	t.Parallel()
	all := func(t *testing.T, dir string, allTargets bool) (*bench, *Build) {
		t.Helper()
		c := newBench()
		return c, c.mustCompile(t, Options{Path: dir, Workspace: true, AllTargets: allTargets, CacheDir: t.TempDir()})
	}
	t.Run("no lock, no target", func(t *testing.T) {
		t.Parallel()
		dir := makeTree(t, t.TempDir(), workspaceTree())
		before := treeState(t, dir)
		c, b := all(t, dir, true)
		if len(b.Notes) != 0 {
			t.Errorf("%q", b.Notes)
		}
		// What is asked for on demand writes too.
		for _, name := range []string{"base lib", "app bin", "mac proc-macro", "mac test"} {
			u := unitNamed(t, b, name)
			if _, err := c.ItemsJSON(t.Context(), u); err != nil {
				t.Error(err)
			}
			if _, err := c.MIRWithSpans(t.Context(), u); err != nil {
				t.Error(err)
			}
		}
		wantUntouched(t, dir, before)
	})
	t.Run("lock and target", func(t *testing.T) {
		t.Parallel()
		dir := makeTree(t, t.TempDir(), workspaceTree())
		cargo(t, dir, "check", "--workspace")
		before := treeState(t, dir)
		if _, b := all(t, dir, false); len(b.Notes) != 0 {
			t.Errorf("%q", b.Notes)
		}
		wantUntouched(t, dir, before)
	})
	t.Run("lock out of date", func(t *testing.T) {
		t.Parallel()
		dir := makeTree(t, t.TempDir(), workspaceTree())
		cargo(t, dir, "generate-lockfile")
		writeText(t, filepath.Join(dir, "mac/Cargo.toml"), "[package]\nname = \"mac\"\nversion = \"0.2.1\"\nedition = \"2021\"\n[lib]\nproc-macro = true\n")
		before := treeState(t, dir)
		_, b := all(t, dir, false)
		if len(b.Notes) != 1 || !strings.Contains(b.Notes[0], "Cargo.lock is out of date") {
			t.Errorf("%q", b.Notes)
		}
		wantUntouched(t, dir, before)
		if _, err := New().Run(t.Context(), Options{Path: dir, Locked: true, CacheDir: t.TempDir()}); !errors.Is(err, ErrCargo) || !strings.Contains(err.Error(), "--locked") {
			t.Errorf("with --locked: %v", err)
		}
		wantUntouched(t, dir, before)
	})
	t.Run("configured target", func(t *testing.T) {
		t.Parallel()
		tree := workspaceTree()
		tree[".cargo/config.toml"] = "[build]\ntarget-dir = \"mine\"\nbuild-dir = \"my-build\"\n"
		dir := makeTree(t, t.TempDir(), tree)
		before := treeState(t, dir)
		all(t, dir, false)
		wantUntouched(t, dir, before)
	})
	t.Run("no right to write", func(t *testing.T) {
		t.Parallel()
		dir := makeTree(t, t.TempDir(), workspaceTree())
		readOnly(t, dir)
		all(t, dir, false)
	})
}

// readOnly makes a folder one that nobody may write to, root neither, for the
// time of a test.
func readOnly(t *testing.T, dir string) {
	t.Helper()
	if os.Geteuid() != 0 {
		if err := os.Chmod(dir, 0o555); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Chmod(dir, 0o755) })
		return
	}
	if out, err := exec.Command("mount", "--bind", dir, dir).CombinedOutput(); err != nil {
		testenv.Lacks(t, "no right to mount, and root may write everywhere: %v\n%s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %v\n%s", err, out)
		}
	})
	if out, err := exec.Command("mount", "-o", "remount,ro,bind", dir).CombinedOutput(); err != nil {
		t.Fatalf("mount: %v\n%s", err, out)
	}
}

// Names that break what splits at spaces, quotes for make, or reckons in ASCII.
func TestOddPaths(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"with space größe 日本", "a'b \"c\" #d", "br[a]ck*et?$HOME back\\slash", "colon:"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := makeTree(t, filepath.Join(t.TempDir(), name, "tree"), workspaceTree())
			settle(t, dir)
			cache := filepath.Join(t.TempDir(), name, "cache")
			if name == "colon:" {
				cache = t.TempDir() // cargo itself cannot build in a folder of such a name
			}
			o := Options{Path: dir, Packages: []string{"base"}, CacheDir: cache}
			c := newBench()
			b := c.mustCompile(t, o)
			base := unitNamed(t, b, "base lib")
			wantMIR(t, base, "fn generated()", "fn only_with_cfg()")
			if _, err := c.ItemsJSON(t.Context(), base); err != nil {
				t.Error(err)
			}
			if again := c.mustCompile(t, o); len(c.started) != 0 || again.Reused != len(b.Units) {
				t.Errorf("the second run started %q, reused %d of %d", c.started, again.Reused, len(b.Units))
			}
			writeText(t, filepath.Join(dir, "base/src/deep.rs"), "pub fn add(a: u32, _: u32) -> u32 { a + 4321 }\n")
			settle(t, dir)
			wantMIR(t, unitNamed(t, c.mustCompile(t, o), "base lib"), "const 4321_u32")
			file := filepath.Join(dir, "a file é.rs")
			writeText(t, file, "fn main() { println!(\"{}\", 3) }\n")
			wantUnits(t, c.mustCompile(t, Options{Path: file, CacheDir: cache}), "a_file__ file")
		})
	}
}

// The path may be named in other ways, and through a link.
func TestPathForms(t *testing.T) {
	dir := makeTree(t, t.TempDir(), workspaceTree())
	cache := t.TempDir()
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Skipf("this file system makes no links: %v", err)
	}
	want := []string{"base lib", "app lib", "app bin"}
	for _, o := range []Options{
		{Path: filepath.Join(dir, "app")},
		{Path: filepath.Join(dir, "app", "src")},
		{Path: filepath.Join(dir, "app", "Cargo.toml")},
		{ManifestPath: filepath.Join(dir, "app", "Cargo.toml")},
		{Path: filepath.Join(link, "app")},
	} {
		o.CacheDir = cache
		wantUnits(t, newBench().mustCompile(t, o), want...)
	}
	t.Run("working directory", func(t *testing.T) {
		t.Chdir(filepath.Join(dir, "app"))
		wantUnits(t, newBench().mustCompile(t, Options{CacheDir: cache}), want...)
		wantUnits(t, newBench().mustCompile(t, Options{Path: "../app", CacheDir: cache}), want...)
	})
}
