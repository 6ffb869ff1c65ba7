package capture

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"softshell/testenv"
)

func TestCacheFolder(t *testing.T) {
	dir := makeTree(t, t.TempDir(), oneTree("pub fn f() {}\n"))
	settle(t, dir)
	t.Run("is a file", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "cache")
		writeText(t, path, "not a folder")
		_, err := New().Run(t.Context(), Options{Path: dir, CacheDir: path})
		wantError(t, err, ErrCache, path, "SOFTSHELL_CACHE")
	})
	t.Run("below a file", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "file")
		writeText(t, path, "not a folder")
		_, err := New().Run(t.Context(), Options{Path: dir, CacheDir: filepath.Join(path, "cache")})
		wantError(t, err, ErrCache, path, "SOFTSHELL_CACHE")
	})
	t.Run("not writable", func(t *testing.T) {
		path := "/proc/softshell" // where root may not write either
		if os.Geteuid() != 0 {
			path = filepath.Join(t.TempDir(), "cache")
			if err := os.Mkdir(path, 0o555); err != nil {
				t.Fatal(err)
			}
		} else if _, err := os.Stat("/proc/self"); err != nil {
			testenv.Lacks(t, "no /proc, and root may write everywhere else")
		}
		_, err := New().Run(t.Context(), Options{Path: dir, CacheDir: path})
		wantError(t, err, ErrCache, path, "SOFTSHELL_CACHE")
	})
	t.Run("from the environment", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "new", "cache")
		t.Setenv("SOFTSHELL_CACHE", path)
		b := newBench().mustCompile(t, Options{Path: dir})
		if !within(b.Units[0].MIR, path) {
			t.Errorf("MIR at %s", b.Units[0].MIR)
		}
		if _, err := os.Stat(filepath.Join(path, cacheFormat, "CACHEDIR.TAG")); err != nil {
			t.Error(err)
		}
	})
	t.Run("relative", func(t *testing.T) {
		t.Chdir(t.TempDir())
		c := newBench()
		b := c.mustCompile(t, Options{Path: dir, CacheDir: "here"})
		if !filepath.IsAbs(b.Units[0].MIR) {
			t.Errorf("MIR at %s", b.Units[0].MIR)
		}
	})
	t.Run("moved", func(t *testing.T) {
		// As when a build server restores it: other times, other inodes.
		old, now := t.TempDir(), filepath.Join(t.TempDir(), "now")
		newBench().mustCompile(t, Options{Path: dir, CacheDir: old})
		if err := os.CopyFS(now, os.DirFS(old)); err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(old); err != nil {
			t.Fatal(err)
		}
		b := newBench().mustCompile(t, Options{Path: dir, CacheDir: now})
		if !within(b.Units[0].MIR, now) {
			t.Errorf("MIR at %s", b.Units[0].MIR)
		}
	})
}

// On a disk that fills up a run says so or does without; what it leaves is not
// taken for whole when there is room again.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	tree := makeTree(t, t.TempDir(), manyTree(2, 50))
	settle(t, tree)
	disk := t.TempDir()
	mount := func(how string) error {
		return exec.CommandContext(t.Context(), "mount", "-t", "tmpfs", "-o", how, "tmpfs", disk).Run()
	}
	if os.Geteuid() != 0 {
		testenv.Lacks(t, "no right to mount a small disk")
	}
	fresh := newBench().mustCompile(t, Options{Path: tree, Workspace: true, CacheDir: t.TempDir(), Spans: SpansAlways})
	for _, size := range []string{"12k", "250k", "600k", "1400k"} {
		if err := mount("size=" + size); err != nil {
			testenv.Lacks(t, "no right to mount a small disk: %v", err)
		}
		t.Run(size, func(t *testing.T) {
			defer func() {
				if err := exec.Command("umount", disk).Run(); err != nil {
					t.Fatal(err)
				}
			}()
			o := Options{Path: tree, Workspace: true, CacheDir: filepath.Join(disk, "cache"), Spans: SpansAlways}
			if b, err := New().Run(t.Context(), o); err != nil {
				wantError(t, err, ErrCache, disk, "o space left on device", "free some space")
				t.Log(err)
			} else {
				if b.CompileFailed {
					t.Errorf("the crate is blamed:\n%s", b.Errors)
				}
				checkBuild(t, b)
			}
			if err := mount("remount,size=200m"); err != nil {
				t.Fatal(err)
			}
			sameMIR(t, newBench().mustCompile(t, o), fresh)
		})
	}
}

func TestSpans(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, t.TempDir(), files{
		"Cargo.toml":       "[workspace]\nresolver = \"2\"\nmembers = [\"plain\", \"raw\"]\n",
		"plain/Cargo.toml": "[package]\nname = \"plain\"\nversion = \"0.1.0\"\n",
		"plain/src/lib.rs": "pub fn plain(x: u32) -> u32 { x + 1 }\n",
		"raw/Cargo.toml":   "[package]\nname = \"raw\"\nversion = \"0.1.0\"\n",
		"raw/src/lib.rs":   "pub fn raw(x: Box<u32>) -> *mut u32 { Box::into_raw(x) }\n",
	})
	settle(t, dir)
	cache := t.TempDir()
	const mark = "// scope 0 at "
	c := newBench()
	run := func(mode SpanMode) (plain, raw *Unit) {
		b := c.mustCompile(t, Options{Path: dir, CacheDir: cache, Spans: mode})
		for _, u := range b.Units {
			if has := strings.Contains(mirOf(t, u), mark); has != u.Spans {
				t.Errorf("mode %d: %s: spans %v, in the text %v", mode, label(u), u.Spans, has)
			}
		}
		return unitNamed(t, b, "plain lib"), unitNamed(t, b, "raw lib")
	}
	plain, raw := run(SpansAuto)
	if plain.Spans || raw.Spans {
		t.Errorf("auto: plain %v, raw %v", plain.Spans, raw.Spans)
	}
	if _, err := c.MIRWithSpans(t.Context(), raw); err != nil {
		t.Fatal(err)
	}
	if plain, raw = run(SpansAuto); plain.Spans || !raw.Spans {
		t.Errorf("auto, after raw was asked for: plain %v, raw %v", plain.Spans, raw.Spans)
	}
	t.Run("on demand", func(t *testing.T) {
		path, err := c.MIRWithSpans(t.Context(), plain)
		if err != nil {
			t.Fatal(err)
		}
		with, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(with), mark+"plain/src/lib.rs:1:") {
			t.Fatalf("%v\n%s", err, with)
		}
		// Beside the spans it is the same text.
		if got := withoutComments(string(with)); got != withoutComments(mirOf(t, plain)) {
			t.Errorf("other MIR with spans:\n%s\n--- without\n%s", got, mirOf(t, plain))
		}
		c.started = nil
		if again, err := c.MIRWithSpans(t.Context(), plain); err != nil || again != path || len(c.started) != 0 {
			t.Errorf("asked again: %v %s, started %q", err, again, c.started)
		}
		if have, err := c.MIRWithSpans(t.Context(), raw); err != nil || have != raw.MIR || len(c.started) != 0 {
			t.Errorf("it had spans: %v %s, started %q", err, have, c.started)
		}
		if err := os.Truncate(path, 40); err != nil {
			t.Fatal(err)
		}
		if _, err := c.MIRWithSpans(t.Context(), plain); err != nil {
			t.Fatal(err)
		}
		if mended, err := os.ReadFile(path); err != nil || string(mended) != string(with) {
			t.Errorf("damaged and asked again: %v\n%s", err, mended)
		}
	})
	t.Run("damaged items", func(t *testing.T) {
		path, err := c.ItemsJSON(t.Context(), plain)
		if err != nil {
			t.Fatal(err)
		}
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		writeText(t, path, strings.Repeat("x", len(whole)))
		if _, err := c.ItemsJSON(t.Context(), plain); err != nil {
			t.Fatal(err)
		}
		if mended, err := os.ReadFile(path); err != nil || len(mended) != len(whole) || mended[0] != '{' {
			t.Errorf("%v %.80s", err, mended)
		}
	})
	t.Run("always", func(t *testing.T) {
		if plain, raw := run(SpansAlways); !plain.Spans || !raw.Spans {
			t.Errorf("plain %v, raw %v", plain.Spans, raw.Spans)
		}
	})
	t.Run("never", func(t *testing.T) {
		if plain, raw := run(SpansNever); plain.Spans || raw.Spans {
			t.Errorf("plain %v, raw %v", plain.Spans, raw.Spans)
		}
	})
	t.Run("source changed since", func(t *testing.T) {
		writeText(t, filepath.Join(dir, "plain/src/lib.rs"), "pub fn plain(x: u32) -> u32 { x + 2 }\n")
		// What was stored is of the sources then, so it still stands.
		if _, err := c.MIRWithSpans(t.Context(), plain); err != nil {
			t.Error(err)
		}
		if err := os.RemoveAll(filepath.Join(cache, cacheFormat, "mir")); err != nil {
			t.Fatal(err)
		}
		_, err := c.MIRWithSpans(t.Context(), plain)
		wantError(t, err, ErrChanged, "plain", "run softshell again")
	})
}

// withoutComments drops the comments and the blanks before them.
func withoutComments(mir string) string {
	var out []string
	for line := range strings.Lines(mir) {
		code, _, _ := strings.Cut(strings.TrimRight(line, "\n"), "//")
		if code = strings.TrimRight(code, " "); code != "" {
			out = append(out, code)
		}
	}
	return strings.Join(out, "\n")
}

func TestSingleFile(t *testing.T) {
	t.Parallel()
	dir, cache := t.TempDir(), t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		writeText(t, path, text)
		settle(t, dir)
		return path
	}
	t.Run("program", func(t *testing.T) {
		file := write("my-prog.rs", "mod part;\nfn main() { println!(\"{}\", part::part()); }\n")
		write("part.rs", "pub fn part() -> u32 { 8 }\n")
		o := Options{Path: file, CacheDir: cache}
		before := treeState(t, dir)
		c := newBench()
		b := c.mustCompile(t, o)
		wantUnits(t, b, "my_prog file")
		u := b.Units[0]
		wantMIR(t, u, "fn main()", "part::part()")
		if !u.Member || !u.Primary || u.Root != file || u.Edition != "2021" || b.Root != dir || len(u.Sources) != 2 {
			t.Errorf("%+v", u)
		}
		wantUntouched(t, dir, before)
		if b := c.mustCompile(t, o); len(c.started) != 0 || b.Reused != 1 {
			t.Errorf("started %q, reused %d", c.started, b.Reused)
		}
		if path, err := c.ItemsJSON(t.Context(), u); err != nil {
			t.Error(err)
		} else if text, err := os.ReadFile(path); err != nil || !strings.Contains(string(text), `"part"`) {
			t.Errorf("items: %v", err)
		}
		write("part.rs", "pub fn part() -> u32 { 9 }\n")
		again := c.mustCompile(t, o)
		wantMIR(t, again.Units[0], "const 9_u32")
		if again.Units[0].Key == u.Key {
			t.Error("another module, the same key")
		}
	})
	t.Run("library and edition", func(t *testing.T) {
		file := write("old.rs", "pub fn async() -> u32 { 1 }\n")
		wantUnits(t, newBench().mustCompile(t, Options{Path: file, Edition: "2015", CacheDir: cache}), "old file")
		if b := newBench().capture(t, Options{Path: file, CacheDir: cache}); !b.CompileFailed || !strings.Contains(b.Errors, "async") {
			t.Errorf("failed %v:\n%s", b.CompileFailed, b.Errors)
		}
		b := newBench().mustCompile(t, Options{Path: file, Edition: "2015", CacheDir: cache})
		wantMIR(t, b.Units[0], "fn async()")
	})
	t.Run("broken", func(t *testing.T) {
		file := write("broken.rs", "fn main() { 1 + }\n")
		for range 2 {
			b := newBench().capture(t, Options{Path: file, CacheDir: cache})
			if !b.CompileFailed || strings.Count(b.Errors, "error: expected expression") != 1 {
				t.Errorf("failed %v:\n%s", b.CompileFailed, b.Errors)
			}
		}
	})
	t.Run("needs a crate", func(t *testing.T) {
		file := write("needs.rs", "use serde::Serialize;\nfn main() {}\n")
		if b := newBench().capture(t, Options{Path: file, CacheDir: cache}); !b.CompileFailed || !strings.Contains(b.Errors, "serde") {
			t.Errorf("failed %v:\n%s", b.CompileFailed, b.Errors)
		}
	})
	t.Run("in a package", func(t *testing.T) {
		// The file alone is meant, even where a package has it.
		pkg := makeTree(t, t.TempDir(), oneTree("pub fn f() {}\n"))
		wantUnits(t, newBench().mustCompile(t, Options{Path: filepath.Join(pkg, "src/lib.rs"), CacheDir: cache}), "lib file")
	})
	t.Run("names", func(t *testing.T) {
		for _, name := range []string{"1st.rs", "a.b.rs", "fn.rs", "core.rs", "größe.rs"} {
			file := write("names/"+name, "fn main() {}\n")
			newBench().mustCompile(t, Options{Path: file, CacheDir: cache})
		}
	})
	t.Run("empty", func(t *testing.T) {
		b := newBench().capture(t, Options{Path: write("empty.rs", ""), CacheDir: cache})
		if b.CompileFailed || len(b.Units) != 1 || b.Units[0].MIR == "" {
			t.Errorf("%+v", b)
		}
	})
}

func TestSweep(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, t.TempDir(), oneTree("pub fn f() {}\n"))
	settle(t, dir)
	o := Options{Path: dir, CacheDir: t.TempDir()}
	c := newBench()
	u := c.mustCompile(t, o).Units[0]
	store := storeOf(u)
	t.Run("what is in use stays", func(t *testing.T) {
		store.sweep(t.Context(), time.Now(), 1)
		if b := c.mustCompile(t, o); len(c.started) != 0 || b.Reused != 1 {
			t.Errorf("started %q, reused %d", c.started, b.Reused)
		}
	})
	t.Run("left-over files go", func(t *testing.T) {
		left := filepath.Join(filepath.Dir(u.MIR), "x.mir.tmp-1")
		writeText(t, left, "half")
		store.sweep(t.Context(), time.Now(), defaultLimit)
		if _, err := os.Stat(left); err != nil {
			t.Errorf("too early: %v", err)
		}
		store.sweep(t.Context(), time.Now().Add(2*keepTemp), defaultLimit)
		if _, err := os.Stat(left); err == nil {
			t.Error("still there")
		}
	})
	t.Run("the rest goes with time", func(t *testing.T) {
		release, err := lockPlace(t.Context(), place{dir: u.Place}.lockFile(), true, nil)
		if err != nil {
			t.Fatal(err)
		}
		store.sweep(t.Context(), time.Now().Add(2*keepUnused), defaultLimit)
		if _, err := os.Stat(u.Place); err != nil {
			t.Errorf("swept under a run: %v", err)
		}
		release()
		store.sweep(t.Context(), time.Now().Add(2*keepUnused), defaultLimit)
		if _, err := os.Stat(u.Place); err == nil {
			t.Error("still there")
		}
		sameAsFresh(t, c.mustCompile(t, o), o)
	})
}
