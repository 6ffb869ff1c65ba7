package capture

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// chainTree is a -> b -> c, and d apart.
func chainTree() files {
	manifest := func(name, deps string) string {
		return "[package]\nname = \"" + name + "\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[features]\nmore = []\n[dependencies]\n" + deps
	}
	return files{
		"Cargo.toml":   "[workspace]\nresolver = \"2\"\nmembers = [\"a\", \"b\", \"c\", \"d\"]\n",
		"a/Cargo.toml": manifest("a", "b = { path = \"../b\" }\n"),
		"a/src/lib.rs": "pub fn a() -> u32 { b::b() }\n",
		"b/Cargo.toml": manifest("b", "c = { path = \"../c\" }\n"),
		"b/src/lib.rs": "mod part;\npub fn b() -> u32 { c::c() + part::part() }\n",
		// A module in a file of its own: a change of it is a change of the crate.
		"b/src/part.rs": "pub fn part() -> u32 { 1 }\n",
		"c/Cargo.toml":  manifest("c", ""),
		"c/src/lib.rs":  "pub fn c() -> u32 { 5 }\n",
		"d/Cargo.toml":  manifest("d", ""),
		"d/src/lib.rs":  "pub fn d() -> Option<&'static str> { option_env!(\"SHELL_TEST_WORD\") }\n",
	}
}

func chainOptions(dir, cache string) Options {
	return Options{Path: dir, Workspace: true, CacheDir: cache}
}

func keysOf(b *Build) map[string]string {
	out := map[string]string{}
	for _, u := range b.Units {
		out[label(u)] = u.Key
	}
	return out
}

// changed names the units whose keys differ.
func changed(a, b *Build) []string {
	var out []string
	before := keysOf(a)
	for name, key := range keysOf(b) {
		if before[name] != key {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// sameAsFresh compares a Build with one of the same tree from an empty cache.
func sameAsFresh(t *testing.T, b *Build, o Options) {
	t.Helper()
	o.CacheDir = t.TempDir()
	sameMIR(t, b, newBench().mustCompile(t, o))
}

func sameMIR(t *testing.T, b, fresh *Build) {
	t.Helper()
	if !slices.Equal(labels(b), labels(fresh)) {
		t.Fatalf("units are %q, a fresh run has %q", labels(b), labels(fresh))
	}
	for i, u := range b.Units {
		if mirOf(t, u) != mirOf(t, fresh.Units[i]) {
			t.Errorf("the MIR of %s is not that of a fresh run", label(u))
		}
		if !slices.Equal(externNames(u), externNames(fresh.Units[i])) {
			t.Errorf("the externs of %s are not those of a fresh run", label(u))
		}
	}
}

func TestReuse(t *testing.T) {
	dir, cache := makeTree(t, t.TempDir(), chainTree()), t.TempDir()
	settle(t, dir)
	o := chainOptions(dir, cache)
	c := newBench()
	first := c.mustCompile(t, o)
	wantUnits(t, first, "c lib", "b lib", "a lib", "d lib")

	// wantBuilt asks that a run compiles these crates and no other.
	wantBuilt := func(t *testing.T, b *Build, crates ...string) {
		t.Helper()
		slices.Sort(c.built)
		if !slices.Equal(c.built, crates) || b.Reused != len(b.Units)-len(crates) {
			t.Errorf("built %q, reused %d of %d; want %q", c.built, b.Reused, len(b.Units), crates)
		}
	}

	t.Run("nothing changed", func(t *testing.T) {
		b := c.mustCompile(t, o)
		if len(c.started) != 0 || b.Reused != len(b.Units) {
			t.Errorf("started %q, reused %d of %d", c.started, b.Reused, len(b.Units))
		}
		if diff := changed(first, b); len(diff) != 0 {
			t.Errorf("other keys: %q", diff)
		}
	})
	t.Run("times only", func(t *testing.T) {
		now := time.Now().Add(-time.Minute)
		if err := os.Chtimes(filepath.Join(dir, "c/src/lib.rs"), now, now); err != nil {
			t.Fatal(err)
		}
		if diff := changed(first, c.mustCompile(t, o)); len(diff) != 0 || len(c.built) != 0 {
			t.Errorf("other keys: %q; built %q", diff, c.built)
		}
	})
	t.Run("another process's cache of runs gone", func(t *testing.T) {
		if err := os.RemoveAll(filepath.Join(cache, cacheFormat, "runs")); err != nil {
			t.Fatal(err)
		}
		b := c.mustCompile(t, o)
		if b.Reused != len(b.Units) {
			t.Errorf("reused %d of %d", b.Reused, len(b.Units))
		}
	})
	t.Run("leaf body", func(t *testing.T) {
		writeText(t, filepath.Join(dir, "a/src/lib.rs"), "pub fn a() -> u32 { b::b() + 90 }\n")
		settle(t, dir)
		// An older time than cargo's own notes: it would take the crate as fresh.
		b := c.mustCompile(t, o)
		wantBuilt(t, b, "a")
		if diff := changed(first, b); !slices.Equal(diff, []string{"a lib"}) {
			t.Errorf("other keys: %q", diff)
		}
		wantMIR(t, unitNamed(t, b, "a lib"), "const 90_u32")
		first = b
	})
	t.Run("module of a dependency", func(t *testing.T) {
		writeText(t, filepath.Join(dir, "b/src/part.rs"), "pub fn part() -> u32 { 77 }\n")
		b := c.mustCompile(t, o)
		wantBuilt(t, b, "a", "b")
		if diff := changed(first, b); !slices.Equal(diff, []string{"a lib", "b lib"}) {
			t.Errorf("other keys: %q", diff)
		}
		wantMIR(t, unitNamed(t, b, "b lib"), "const 77_u32")
		sameAsFresh(t, b, o)
		first = b
	})
	t.Run("and back", func(t *testing.T) {
		writeText(t, filepath.Join(dir, "b/src/part.rs"), "pub fn part() -> u32 { 1 }\n")
		settle(t, dir)
		b := c.mustCompile(t, o)
		wantMIR(t, unitNamed(t, b, "b lib"), "const 1_u32")
		sameAsFresh(t, b, o)
		first = c.mustCompile(t, o)
	})
	t.Run("same size and time", func(t *testing.T) {
		path := filepath.Join(dir, "c/src/lib.rs")
		fi, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		writeText(t, path, "pub fn c() -> u32 { 6 }\n")
		if err := os.Chtimes(path, fi.ModTime(), fi.ModTime()); err != nil {
			t.Fatal(err)
		}
		b := c.mustCompile(t, o)
		wantMIR(t, unitNamed(t, b, "c lib"), "const 6_u32")
		wantBuilt(t, b, "a", "b", "c")
		first = b
	})
	t.Run("new file is a new target", func(t *testing.T) {
		path := filepath.Join(dir, "d/src/bin/tool.rs")
		writeText(t, path, "fn main() { d::d(); }\n")
		b := c.mustCompile(t, o)
		unitNamed(t, b, "tool bin")
		wantBuilt(t, b, "tool")
		if err := os.RemoveAll(filepath.Dir(path)); err != nil {
			t.Fatal(err)
		}
		wantUnits(t, c.mustCompile(t, o), "c lib", "b lib", "a lib", "d lib")
	})
	t.Run("variable that a crate reads", func(t *testing.T) {
		t.Setenv("SHELL_TEST_WORD", "hello")
		b := c.mustCompile(t, o)
		wantBuilt(t, b, "d")
		if diff := changed(first, b); !slices.Equal(diff, []string{"d lib"}) {
			t.Errorf("other keys: %q", diff)
		}
		wantMIR(t, unitNamed(t, b, "d lib"), "hello")
	})
	t.Run("variable unset again", func(t *testing.T) {
		b := c.mustCompile(t, o)
		if diff := changed(first, b); len(diff) != 0 {
			t.Errorf("other keys: %q", diff)
		}
	})
	t.Run("variable that no crate reads", func(t *testing.T) {
		t.Setenv("SHELL_TEST_OTHER", "hello")
		b := c.mustCompile(t, o)
		if diff := changed(first, b); len(diff) != 0 || len(c.built) != 0 {
			t.Errorf("other keys: %q; built %q", diff, c.built)
		}
	})
	t.Run("RUSTFLAGS", func(t *testing.T) {
		t.Setenv("RUSTFLAGS", "--cfg special")
		b := c.mustCompile(t, o)
		if diff := changed(first, b); len(diff) != len(b.Units) {
			t.Errorf("other keys: %q", diff)
		}
	})
	t.Run("feature", func(t *testing.T) {
		with := o
		with.Features = []string{"b/more"}
		b := c.mustCompile(t, with)
		if diff := changed(first, b); !slices.Equal(diff, []string{"a lib", "b lib"}) {
			t.Errorf("other keys: %q", diff)
		}
		if diff := changed(first, c.mustCompile(t, o)); len(diff) != 0 {
			t.Errorf("without it again: other keys: %q", diff)
		}
	})
}

// A build script's own inputs are inputs of the crate.
func TestReuseBuildScript(t *testing.T) {
	dir, cache := t.TempDir(), t.TempDir()
	makeTree(t, dir, files{
		"Cargo.toml": "[package]\nname = \"scripted\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
		"build.rs": `fn main() {
    println!("cargo::rerun-if-changed=words.txt");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=SHELL_TEST_SCRIPT");
    let out = std::path::PathBuf::from(std::env::var_os("OUT_DIR").unwrap());
    let words = std::fs::read_to_string("words.txt").unwrap();
    let more = std::env::var("SHELL_TEST_SCRIPT").unwrap_or_default();
    std::fs::write(out.join("gen.rs"), format!("pub fn word() -> &'static str {{ {:?} }}\n", words.trim().to_string() + &more)).unwrap();
}
`,
		"words.txt":  "early\n",
		"src/lib.rs": "include!(concat!(env!(\"OUT_DIR\"), \"/gen.rs\"));\n",
	})
	settle(t, dir)
	o := Options{Path: dir, CacheDir: cache}
	c := newBench()
	wantMIR(t, c.mustCompile(t, o).Units[0], `"early"`)
	if b := c.mustCompile(t, o); len(c.started) != 0 || b.Reused != 1 {
		t.Errorf("started %q, reused %d", c.started, b.Reused)
	}
	writeText(t, filepath.Join(dir, "words.txt"), "later\n")
	wantMIR(t, c.mustCompile(t, o).Units[0], `"later"`)
	t.Setenv("SHELL_TEST_SCRIPT", "more")
	wantMIR(t, c.mustCompile(t, o).Units[0], `"latermore"`)
}

// What a procedural macro makes is part of the crates that use it, and what a
// configuration file says is part of all.
func TestReuseMacro(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, t.TempDir(), workspaceTree())
	settle(t, dir)
	o := Options{Path: dir, Workspace: true, CacheDir: t.TempDir()}
	c := newBench()
	first := c.mustCompile(t, o)
	writeText(t, filepath.Join(dir, "mac/src/lib.rs"), strings.Replace(macLib, "{ 7 }", "{ 8 }", 1))
	b := c.mustCompile(t, o)
	wantMIR(t, unitNamed(t, b, "app lib"), "const 8_u32")
	if diff := changed(first, b); !slices.Equal(diff, []string{"app bin", "app lib", "mac proc-macro"}) {
		t.Errorf("other keys: %q", diff)
	}
	writeText(t, filepath.Join(dir, ".cargo/config.toml"), "[env]\nSCRIPT_SAYS = \"no\"\n[build]\nrustflags = [\"--cfg\", \"configured\"]\n")
	if b := c.mustCompile(t, o); !slices.Contains(unitNamed(t, b, "base lib").Args, "configured") {
		t.Errorf("a new .cargo/config.toml was not seen: %q", b.Units[0].Args)
	}
}

// A member that a pattern names may appear at any time.
func TestReuseNewMember(t *testing.T) {
	t.Parallel()
	for _, members := range []string{`["crates/*"]`, "['crates/*']", `["crates/x", # not "y"` + "\n'*/[xy]']", `["crates/**"]`} {
		t.Run(members, func(t *testing.T) {
			t.Parallel()
			dir := makeTree(t, t.TempDir(), files{
				"Cargo.toml":          "[workspace]\nresolver = \"2\"\nmembers = " + members + "\n",
				"crates/x/Cargo.toml": "[package]\nname = \"x\"\nversion = \"0.1.0\"\n[lib]\npath = \"lib.rs\"\n",
				"crates/x/lib.rs":     "pub fn x() -> &'static str { include_str!(\"text\") }\n",
				"crates/x/text":       "one text",
			})
			settle(t, dir)
			o := Options{Path: dir, CacheDir: t.TempDir()}
			c := newBench()
			wantUnits(t, c.mustCompile(t, o), "x lib")
			makeTree(t, dir, files{
				"crates/y/Cargo.toml": "[package]\nname = \"y\"\nversion = \"0.1.0\"\n[lib]\npath = \"lib.rs\"\n",
				"crates/y/lib.rs":     "pub fn y() {}\n",
			})
			settle(t, dir)
			wantUnits(t, c.mustCompile(t, o), "x lib", "y lib")
			writeText(t, filepath.Join(dir, "crates/x/text"), "other text")
			wantMIR(t, c.mustCompile(t, o).Units[0], "other text")
		})
	}
}

func externNames(u *Unit) []string { return slices.Sorted(maps.Keys(u.Externs)) }
