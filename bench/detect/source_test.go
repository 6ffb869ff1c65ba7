package main

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
)

func TestTrimManifest(t *testing.T) {
	path := filepath.Join(t.TempDir(), "Cargo.toml")
	text := `
[package]
name = "a"
version = "1.0.0"
workspace = ".."
default-run = "x"
[lints.rust]
unsafe_code = "forbid"
[dependencies]
b = { version = "1", path = "../b" }
c = { path = "c", optional = true }
[dev-dependencies]
criterion = "0.3"
[target.'cfg(unix)'.dependencies]
libc = "0.2"
[target.'cfg(unix)'.dev-dependencies]
nix = "0.1"
[features]
default = ["b/std", "criterion/html", "libc?/x"]
more = ["dep:c", "dep:nix", "default"]
[[bench]]
name = "gone"
[workspace]
members = ["b"]
`
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := trimManifest(path); err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if _, err := toml.DecodeFile(path, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"package":      map[string]any{"name": "a", "version": "1.0.0"},
		"dependencies": map[string]any{"b": map[string]any{"version": "1"}, "c": map[string]any{"path": "c", "optional": true}},
		"target":       map[string]any{"cfg(unix)": map[string]any{"dependencies": map[string]any{"libc": "0.2"}}},
		"features":     map[string]any{"default": []any{"b/std", "libc?/x"}, "more": []any{"dep:c", "default"}},
		"workspace":    map[string]any{},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

func TestFeaturesGone(t *testing.T) {
	dir := t.TempDir()
	source := "#![feature(const_fn, unsize)]\n#![feature(\n    a,\n    not_any_more\n)]\n#![cfg_attr(all(), feature(asm))]\nfn f() {}\n"
	if err := os.WriteFile(filepath.Join(dir, "lib.rs"), []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	said := `warning: unused
 --> lib.rs:7:1
error[E0557]: feature has been removed
 --> lib.rs:1:12
  |
error[E0635]: unknown feature ` + "`not_any_more`" + `
  --> lib.rs:4:5
   |
error[E0557]: feature has been removed
 --> /elsewhere/lib.rs:1:12
error[E0432]: unresolved import
 --> lib.rs:7:4
`
	list := featuresGone(said)
	if len(list) != 3 {
		t.Fatalf("got %v", list)
	}
	for i, want := range []bool{true, true, false} {
		if got, err := list[i].blank(dir); err != nil || got != want {
			t.Errorf("%v: got %v, %v", list[i], got, err)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "lib.rs"))
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(strings.Replace(source, "const_fn,", "         ", 1), "not_any_more", "            ", 1)
	if string(text) != want {
		t.Errorf("got %q", text)
	}
}

func TestMoreFeatures(t *testing.T) {
	for _, c := range []struct {
		features map[string][]string
		want     bool
	}{
		{nil, false},
		{map[string][]string{"default": {"std"}, "std": nil}, false},
		{map[string][]string{"default": {"std"}, "std": {"serde?/std", "dep:log"}, "serde": {"dep:serde"}, "log": nil}, false},
		{map[string][]string{"default": {"std"}, "std": nil, "nightly": nil}, true},
		{map[string][]string{"serde": {"dep:serde"}}, true},
	} {
		if got := (&source{Features: c.features}).more(); got != c.want {
			t.Errorf("%v: got %v", c.features, got)
		}
	}
}

func TestFirstError(t *testing.T) {
	for text, want := range map[string]string{
		"warning: x\nerror[E0432]: unresolved   import `a`\n --> src\nerror: could not compile": "error[E0432]: unresolved import `a`",
		"error: could not compile `a`\nerror: expected item\n":                                  "error: expected item",
		"cargo check failed before it compiled anything\nerror: no version":                     "error: no version",
		"\n\nsome words\nmore": "some words",
		"error: failed to run custom build command for `x-sys`\n  thread main panicked at build.rs:3\n  No such file or directory\n":    "error: failed to run custom build command for `x-sys`: No such file or directory",
		"error: failed to run custom build command for `y`\n  thread 'main' panicked at build.rs:3:5:\n  no library found\n  note: run": "error: failed to run custom build command for `y`: no library found",
		"": "it failed without a word",
	} {
		if got := firstError(text); got != want {
			t.Errorf("%q: got %q", text, got)
		}
	}
}

func TestStable(t *testing.T) {
	s := &source{Features: map[string][]string{"default": {"std"}, "std": nil, "collections": nil, "nightly": nil, "fast": {"nightly"}, "vec": {"allocator_api"}, "allocator_api": nil}}
	if got, want := strings.Join(s.stable(), " "), "collections default std"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := (&source{Features: map[string][]string{"std": nil}}).stable(); got != nil {
		t.Errorf("nothing to leave out: got %q", got)
	}
}
