package capture

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// files is a tree of a test: path below its root -> text.
type files map[string]string

// makeTree writes the files below dir.
func makeTree(t *testing.T, dir string, tree files) string {
	t.Helper()
	for name, text := range tree {
		writeText(t, filepath.Join(dir, name), text)
	}
	return dir
}

func writeText(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// settle gives the files a time in the past: what was written while a run
// starts is, rightly, not remembered.
func settle(t *testing.T, dir string) {
	t.Helper()
	old := time.Now().Add(-time.Hour)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return os.Chtimes(path, old, old)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// bench is a Capturer of a test, which notes what was started and compiled.
type bench struct {
	*capturer
	mu      sync.Mutex
	started []string // commands
	built   []string // crates that cargo did not find fresh
}

func newBench() *bench {
	b := &bench{capturer: New().(*capturer)}
	b.exec = func(ctx context.Context, c command) error {
		b.mu.Lock()
		b.started = append(b.started, strings.Join(append([]string{filepath.Base(c.Path)}, c.Args...), " "))
		b.mu.Unlock()
		return runCommand(ctx, c)
	}
	return b
}

func (b *bench) message(line []byte) {
	var m message
	if json.Unmarshal(line, &m) != nil || m.Reason != "compiler-artifact" || m.Fresh {
		return
	}
	b.mu.Lock()
	b.built = append(b.built, m.Target.Name)
	b.mu.Unlock()
}

// capture runs o and fails the test if that fails.
func (b *bench) capture(t *testing.T, o Options) *Build {
	t.Helper()
	b.mu.Lock()
	b.started, b.built = nil, nil
	b.mu.Unlock()
	o.Message = b.message
	build, err := b.Run(t.Context(), o)
	if err != nil {
		t.Fatalf("capture: %v", err)
	}
	if len(b.started) == 0 {
		b.built = nil // cargo's words of an earlier run, told again
	}
	return build
}

// mustCompile is capture for a tree that rustc accepts; it also asks what holds
// for each Build.
func (b *bench) mustCompile(t *testing.T, o Options) *Build {
	t.Helper()
	build := b.capture(t, o)
	if build.CompileFailed {
		t.Fatalf("rustc rejected the tree:\n%s", build.Errors)
	}
	checkBuild(t, build)
	return build
}

// checkBuild asks what holds for each Build: order, keys, whole MIR.
func checkBuild(t *testing.T, b *Build) {
	t.Helper()
	seen := map[string]bool{}
	keys := map[string]bool{}
	for _, u := range b.Units {
		keys[u.Key] = true
	}
	for _, u := range b.Units {
		name := label(u)
		if u.Key == "" || seen[u.Key] {
			t.Errorf("%s: key %q is empty or taken", name, u.Key)
		}
		seen[u.Key] = true
		for as, key := range u.Externs {
			if keys[key] && !seen[key] {
				t.Errorf("%s comes before its extern %s", name, as)
			}
		}
		if u.Failed == "" && u.Member && !strings.Contains(mirOf(t, u), "bb0: {") {
			t.Errorf("%s: no MIR", name)
		}
		for _, s := range append(slices.Clone(u.Sources), u.Root) {
			if _, err := os.Stat(s); err != nil || !filepath.IsAbs(s) {
				t.Errorf("%s: source %s: %v", name, s, err)
			}
		}
	}
}

func label(u *Unit) string { return u.Crate + " " + u.Kind }

func labels(b *Build) []string {
	var out []string
	for _, u := range b.Units {
		out = append(out, label(u))
	}
	return out
}

// wantUnits compares the units, in their order.
func wantUnits(t *testing.T, b *Build, want ...string) {
	t.Helper()
	if got := labels(b); !slices.Equal(got, want) {
		t.Errorf("units are %q, want %q", got, want)
	}
}

func unitNamed(t *testing.T, b *Build, name string) *Unit {
	t.Helper()
	i := slices.IndexFunc(b.Units, func(u *Unit) bool { return label(u) == name })
	if i < 0 {
		t.Fatalf("no unit %q in %q", name, labels(b))
	}
	return b.Units[i]
}

func mirOf(t *testing.T, u *Unit) string {
	t.Helper()
	if u.MIR == "" {
		return ""
	}
	text, err := os.ReadFile(u.MIR)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// wantMIR asks for pieces of a unit's MIR text.
func wantMIR(t *testing.T, u *Unit, pieces ...string) {
	t.Helper()
	text := mirOf(t, u)
	for _, p := range pieces {
		if !strings.Contains(text, p) {
			t.Errorf("%s: no %q in its MIR:\n%.2000s", label(u), p, text)
		}
	}
}

const (
	workspaceToml = "[workspace]\nresolver = \"2\"\nmembers = [\"app\", \"base\", \"mac\"]\n" +
		"[profile.dev]\ndebug = 0\n" // links in half the time
	baseBuildRS = `fn main() {
    println!("cargo::rustc-check-cfg=cfg(from_script)");
    println!("cargo::rustc-cfg=from_script");
    println!("cargo::rustc-env=SCRIPT_SAYS=word");
    println!("cargo::rerun-if-changed=build.rs");
    let out = std::path::PathBuf::from(std::env::var_os("OUT_DIR").unwrap());
    std::fs::write(out.join("gen.rs"), "pub fn generated() -> u32 { 41 }\n").unwrap();
}
`
	macLib = `use proc_macro::TokenStream;
#[proc_macro]
pub fn make(_: TokenStream) -> TokenStream { "pub fn made_by_macro() -> u32 { 7 }".parse().unwrap() }
`
)

// workspaceTree has a build script that sets a cfg and writes an include, a
// procedural macro, and members that depend on each other.
func workspaceTree() files {
	return files{
		"Cargo.toml":      workspaceToml,
		"app/Cargo.toml":  "[package]\nname = \"app\"\nversion = \"0.3.0\"\nedition = \"2021\"\n[dependencies]\nbase = { path = \"../base\" }\nmac = { path = \"../mac\" }\n[package.metadata.shell]\nlevel = 3\n",
		"app/src/lib.rs":  "mac::make!();\npub fn top() -> u32 { base::generated() + made_by_macro() }\n",
		"app/src/main.rs": "fn main() { println!(\"{} {}\", app::top(), base::twice(2)); }\n",
		"base/Cargo.toml": "[package]\nname = \"base\"\nversion = \"0.1.0\"\nedition = \"2021\"\nbuild = \"build.rs\"\n",
		"base/build.rs":   baseBuildRS,
		"base/src/lib.rs": "include!(concat!(env!(\"OUT_DIR\"), \"/gen.rs\"));\nmod deep;\n" +
			"#[cfg(from_script)]\npub fn only_with_cfg() -> &'static str { env!(\"SCRIPT_SAYS\") }\npub fn twice(n: u32) -> u32 { deep::add(n, n) }\n",
		"base/src/deep.rs": "pub fn add(a: u32, b: u32) -> u32 { a.wrapping_add(b) }\n",
		"mac/Cargo.toml":   "[package]\nname = \"mac\"\nversion = \"0.2.0\"\nedition = \"2021\"\n[lib]\nproc-macro = true\n",
		"mac/src/lib.rs":   macLib,
	}
}

func TestWorkspace(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, t.TempDir(), workspaceTree())
	c := newBench()
	b := c.mustCompile(t, Options{Path: dir, Workspace: true, CacheDir: t.TempDir()})
	wantUnits(t, b, "base lib", "app lib", "app bin", "mac proc-macro")
	base, lib, bin := unitNamed(t, b, "base lib"), unitNamed(t, b, "app lib"), unitNamed(t, b, "app bin")

	t.Run("mir", func(t *testing.T) {
		wantMIR(t, base, "fn generated()", "fn only_with_cfg()", "deep::add(")
		wantMIR(t, lib, "fn made_by_macro()", "base::generated()")
		wantMIR(t, bin, "app::top()", "base::twice(")
	})
	t.Run("externs", func(t *testing.T) {
		if want := map[string]string{"base": base.Key}; !maps.Equal(lib.Externs, want) {
			t.Errorf("app lib: %v, want %v", lib.Externs, want)
		}
		if want := map[string]string{"base": base.Key, "app": lib.Key}; !maps.Equal(bin.Externs, want) {
			t.Errorf("app bin: %v, want %v", bin.Externs, want)
		}
		if len(base.Externs) != 0 {
			t.Errorf("base: %v", base.Externs)
		}
	})
	t.Run("facts", func(t *testing.T) {
		if lib.Package != "app" || lib.Version != "0.3.0" || lib.Edition != "2021" || !lib.Member || !lib.Primary {
			t.Errorf("%+v", lib)
		}
		if lib.Root != filepath.Join(dir, "app/src/lib.rs") || b.Root != dir || !strings.Contains(lib.PkgID, "app") {
			t.Errorf("root %s of %s, id %s", lib.Root, b.Root, lib.PkgID)
		}
		if !slices.Contains(base.Sources, filepath.Join(dir, "base/src/deep.rs")) ||
			!slices.ContainsFunc(base.Sources, func(s string) bool { return filepath.Base(s) == "gen.rs" }) {
			t.Errorf("sources %q", base.Sources)
		}
		if !slices.Contains(base.Env, "SCRIPT_SAYS=word") || !slices.Contains(base.Args, "from_script") {
			t.Errorf("env %q args %q", base.Env, base.Args)
		}
		if string(b.Metadata["app"]) != `{"shell":{"level":3}}` {
			t.Errorf("metadata %q", b.Metadata)
		}
		if b.Toolchain.Version == "" || b.Toolchain.Host == "" || b.Reused != 0 || len(b.Notes) != 0 {
			t.Errorf("%+v reused %d notes %q", b.Toolchain, b.Reused, b.Notes)
		}
	})
	t.Run("items", func(t *testing.T) {
		path, err := c.ItemsJSON(t.Context(), base)
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil || !json.Valid(text) || !strings.Contains(string(text), "only_with_cfg") {
			t.Errorf("items: %v %.300s", err, text)
		}
	})
	t.Run("from a member", func(t *testing.T) {
		// cargo takes the member that it is started in, and what that needs.
		b := newBench().mustCompile(t, Options{Path: filepath.Join(dir, "app"), CacheDir: t.TempDir()})
		wantUnits(t, b, "base lib", "app lib", "app bin")
		if base := unitNamed(t, b, "base lib"); base.Primary || !base.Member {
			t.Errorf("base: primary %v member %v", base.Primary, base.Member)
		}
	})
}

// manyTree has crates enough for a run to be stopped in the middle of.
func manyTree(n, functions int) files {
	tree := files{"Cargo.toml": "[workspace]\nresolver = \"2\"\nmembers = [\"m*\"]\n"}
	for i := range n {
		name := fmt.Sprintf("m%d", i)
		deps, call := "", "0"
		if i > 0 {
			deps, call = fmt.Sprintf("m%d = { path = \"../m%d\" }\n", i-1, i-1), fmt.Sprintf("m%d::f0(n)", i-1)
		}
		var src strings.Builder
		for f := range functions {
			fmt.Fprintf(&src, "pub fn f%d(n: u32) -> u32 { let v = vec![n; %d]; let b = Box::new(v); unsafe { *Box::from_raw(Box::into_raw(b)) }.iter().sum::<u32>() + %s }\n", f, f, call)
		}
		tree[name+"/Cargo.toml"] = "[package]\nname = \"" + name + "\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\n" + deps
		tree[name+"/src/lib.rs"] = src.String()
	}
	return tree
}
