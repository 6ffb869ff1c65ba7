package patch

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"softshell/testenv"
)

const lockOfApp = "version = 4\n\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\n"

// project makes a package without dependencies.
func project(t *testing.T) (root string) {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for file, text := range map[string]string{
		"Cargo.toml": "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n", "Cargo.lock": lockOfApp, "src/lib.rs": "pub fn f() {}\n",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(root, file)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, file), []byte(text), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// TestStoppedWhileChecking ends the run while cargo looks at the new file.
func TestStoppedWhileChecking(t *testing.T) {
	root, cache := project(t), t.TempDir()
	lock := filepath.Join(root, "Cargo.lock")
	old := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	if err := os.Chtimes(lock, old, old); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	seen, early := "", false
	p := &Plan{Root: root, Before: []byte(lockOfApp), After: []byte(lockOfApp + "\n[[patch.unused]]\nname = \"x\"\nversion = \"1.0.0\"\n")}
	_, err := Apply(ctx, p, ApplyOptions{Offline: true, Cache: cache, Now: old, Progress: func(string) {
		text, _ := os.ReadFile(lock)
		seen = string(text)
		cancel()
		for range 1000 { // it comes back at once, not when cargo has ended: a second Ctrl-C waits for nothing
			if text, _ := os.ReadFile(lock); string(text) == lockOfApp {
				early = true
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	if !early {
		t.Error("the old file was not back before cargo ended")
	}
	if seen != string(p.After) {
		t.Errorf("cargo looked at %q", seen)
	}
	text, err := os.ReadFile(lock)
	if err != nil || string(text) != lockOfApp {
		t.Errorf("Cargo.lock is %q, %v", text, err)
	}
	if info, err := os.Stat(lock); err != nil || !info.ModTime().Equal(old) || info.Mode().Perm() != 0o640 {
		t.Errorf("Cargo.lock is of %v with %v, %v", info.ModTime(), info.Mode(), err)
	}
	kept, _ := filepath.Glob(filepath.Join(cache, "backups", "*", "Cargo.lock.20240101T000000Z"))
	if len(kept) != 1 {
		t.Errorf("backups: %q", kept)
	}
	for _, dir := range []string{root, cache} {
		entries, _ := os.ReadDir(dir)
		for _, e := range entries {
			if strings.HasPrefix(e.Name(), ".Cargo.lock") || strings.HasPrefix(e.Name(), "fix-") {
				t.Errorf("%s is left", e.Name())
			}
		}
	}
}

func TestOnlyTheFileThatWasPlannedFor(t *testing.T) {
	root, cache := project(t), t.TempDir()
	p := &Plan{Root: root, Before: []byte("another"), After: []byte("new")}
	if _, err := Apply(t.Context(), p, ApplyOptions{Offline: true, Cache: cache}); err == nil || !strings.Contains(err.Error(), "has changed since") {
		t.Errorf("the error is %v", err)
	}
	if text, _ := os.ReadFile(filepath.Join(root, "Cargo.lock")); string(text) != lockOfApp {
		t.Errorf("Cargo.lock is %q", text)
	}
}

// fakeCargo stands in the place of cargo; the script finds Cargo.lock as $LOCK.
func fakeCargo(t *testing.T, root, script string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		testenv.Lacks(t, "a shell that can stand for cargo")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "cargo"), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	t.Setenv("LOCK", filepath.Join(root, "Cargo.lock"))
}

// TestApplyBadMoments tells what Cargo.lock is, and what is said, when cargo or another
// program does what it should not.
func TestApplyBadMoments(t *testing.T) {
	old := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct{ script, lock, says string }{
		"does not build":           {`grep -q new "$LOCK" && { echo no >&2; exit 1; }; exit 0`, lockOfApp, "the old one is back"},
		"fails without a word":     {`exit 1`, lockOfApp, "does not build as it is"},
		"another cargo, and fails": {`echo other > "$LOCK"; exit 1`, "other\n", "another program changed Cargo.lock meanwhile"},
		"another cargo, and works": {`echo other > "$LOCK"`, "other\n", "another program changed Cargo.lock meanwhile"},
		"taken away":               {`rm "$LOCK"`, "", "another program changed Cargo.lock meanwhile"},
		"accepts":                  {`exit 0`, "new", ""},
	} {
		t.Run(name, func(t *testing.T) {
			root, cache := project(t), t.TempDir()
			lock := filepath.Join(root, "Cargo.lock")
			if err := os.Chtimes(lock, old, old); err != nil {
				t.Fatal(err)
			}
			fakeCargo(t, root, c.script)
			_, err := Apply(t.Context(), &Plan{Root: root, Before: []byte(lockOfApp), After: []byte("new")}, ApplyOptions{Cache: cache, Now: old})
			if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("the error is %v, want %q", err, c.says)
			}
			text, _ := os.ReadFile(lock)
			if string(text) != c.lock {
				t.Errorf("Cargo.lock is %q, want %q", text, c.lock)
			}
			if info, err := os.Stat(lock); c.lock == lockOfApp && (err != nil || !info.ModTime().Equal(old)) {
				t.Errorf("Cargo.lock is not of the time that it was: %v, %v", info, err)
			}
			kept, _ := filepath.Glob(filepath.Join(cache, "backups", "*", "Cargo.lock.*"))
			if len(kept) != 1 {
				t.Fatalf("backups: %q", kept)
			}
			if text, _ := os.ReadFile(kept[0]); string(text) != lockOfApp {
				t.Errorf("the backup is %q", text)
			}
			if err != nil && c.lock != lockOfApp && !strings.Contains(err.Error(), kept[0]) {
				t.Errorf("%v does not name %s", err, kept[0])
			}
		})
	}
}

func TestApplyToOddFiles(t *testing.T) {
	p := &Plan{Before: []byte(lockOfApp), After: []byte("new")}
	t.Run("link", func(t *testing.T) {
		p.Root = project(t)
		lock, real := filepath.Join(p.Root, "Cargo.lock"), filepath.Join(t.TempDir(), "real.lock")
		if err := errors.Join(os.Rename(lock, real), os.Symlink(real, lock)); err != nil {
			testenv.Lacks(t, "links: %v", err)
		}
		fakeCargo(t, p.Root, "exit 0")
		if _, err := Apply(t.Context(), p, ApplyOptions{Cache: t.TempDir()}); err != nil {
			t.Fatal(err)
		}
		if text, _ := os.ReadFile(real); string(text) != "new" {
			t.Errorf("what the link leads to is %q", text)
		}
		if to, err := os.Readlink(lock); to != real {
			t.Errorf("the link leads to %q, %v", to, err)
		}
	})
	t.Run("read-only", func(t *testing.T) {
		p.Root = project(t)
		lock := filepath.Join(p.Root, "Cargo.lock")
		if err := os.Chmod(lock, 0o444); err != nil {
			t.Fatal(err)
		}
		if _, err := Apply(t.Context(), p, ApplyOptions{Cache: t.TempDir()}); err == nil || !strings.Contains(err.Error(), "is read-only: nothing was done") {
			t.Errorf("the error is %v", err)
		}
		if text, _ := os.ReadFile(lock); string(text) != lockOfApp {
			t.Errorf("Cargo.lock is %q", text)
		}
	})
	t.Run("no cache", func(t *testing.T) {
		p.Root = project(t)
		t.Chdir(t.TempDir())
		if _, err := Apply(t.Context(), p, ApplyOptions{}); err == nil || !strings.Contains(err.Error(), "--cache-dir") {
			t.Errorf("the error is %v", err)
		}
		if left, _ := os.ReadDir("."); len(left) > 0 {
			t.Errorf("%v was made in the folder of the user", left)
		}
	})
	t.Run("relative cache", func(t *testing.T) {
		p.Root = project(t)
		t.Chdir(t.TempDir())
		fakeCargo(t, p.Root, `while [ "$1" != --target-dir ]; do shift; done; mkdir -p "$2" && : > "$2/made"`)
		if _, err := Apply(t.Context(), p, ApplyOptions{Cache: "cache"}); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(p.Root, "cache")); err == nil {
			t.Error("the build was made in the workspace")
		}
	})
}

func TestBackupsDoNotReplaceEachOther(t *testing.T) {
	p, o := &Plan{Root: "/somewhere/app", Before: []byte("x")}, ApplyOptions{Cache: t.TempDir()}
	seen := map[string]bool{}
	for range 4 {
		file, err := backup(p, o)
		if err != nil || seen[file] {
			t.Errorf("%s: %v", file, err)
		}
		seen[file] = true
	}
}

// TestSandboxIsTheWorkspace asks cargo for the packages of a workspace with a package
// outside of it, in the copy.
func TestSandboxIsTheWorkspace(t *testing.T) {
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for file, text := range map[string]string{
		"ws/Cargo.toml":               "[workspace]\nmembers = [\"crates/*\"]\nresolver = \"2\"\n[workspace.dependencies]\nouter = { path = \"../outer\" }\n",
		"ws/crates/a/Cargo.toml":      "[package]\nname = \"a\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\nb = { path = \"../b\" }\nouter.workspace = true\n[[bin]]\nname = \"tool\"\n",
		"ws/crates/a/src/bin/tool.rs": "fn main() {}\n", "ws/crates/a/src/lib.rs": "",
		"ws/crates/b/Cargo.toml": "[package]\nname = \"b\"\nversion = \"0.1.0\"\nedition = \"2021\"\n", "ws/crates/b/src/lib.rs": "",
		"outer/Cargo.toml": "[package]\nname = \"outer\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\nfar = { path = \"sub/far\" }\n", "outer/src/lib.rs": "",
		"outer/sub/far/Cargo.toml": "[package]\nname = \"far\"\nversion = \"0.1.0\"\nedition = \"2021\"\n", "outer/sub/far/src/lib.rs": "",
		"ws/target/big": "", "ws/.git/HEAD": "",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(base, file)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(base, file), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	root := filepath.Join(base, "ws")
	c := &cargo{dir: root, offline: true}
	s, err := newSandbox(t.Context(), c, root, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	c.lock = s.lock()
	t.Setenv("CARGO_RESOLVER_LOCKFILE_PATH", filepath.Join(root, "Cargo.lock"))
	if err := c.resolve(t.Context(), "update", "--workspace", "--manifest-path", s.manifest()); err != nil {
		t.Error(err)
	}
	st, err := readState(s.lock())
	if err != nil || len(st.tree.Packages) != 4 {
		t.Errorf("%+v, %v", st, err)
	}
	for _, file := range []string{"ws/Cargo.lock", "ws/target/x"} {
		if _, err := os.Stat(filepath.Join(base, file)); err == nil {
			t.Errorf("%s was made", file)
		}
	}
	for _, file := range []string{"target", ".git"} {
		if _, err := os.Lstat(filepath.Join(s.in(root), file)); err == nil {
			t.Errorf("%s is in the sandbox", file)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(base, "outer/sub/far/src/lib.rs")); err != nil {
		t.Errorf("closing the sandbox took a file of the user's: %v", err)
	}
}
