package tree

import (
	"os"
	"path/filepath"
	"testing"
)

func files(t *testing.T, texts map[string]string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range texts {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestWorkspaceRoot(t *testing.T) {
	pkg := "[package]\nname = \"x\"\n"
	dir := files(t, map[string]string{
		"Cargo.toml":              "[workspace]\nmembers = [\"crates/*\", \"./odd\"]\nexclude = [\"crates/out\", \"vendor\"]\n",
		"crates/a/Cargo.toml":     pkg,
		"crates/a/sub/Cargo.toml": pkg, // a path dependency of a member is a member
		"crates/out/Cargo.toml":   pkg,
		"crates/outer/Cargo.toml": pkg,
		"odd/Cargo.toml":          pkg,
		"odd/Cargo.lock":          "",
		"alone/Cargo.toml":        pkg,
		"alone/Cargo.lock":        "",
		"own/Cargo.toml":          pkg + "[workspace]\n",
		"far/away/Cargo.toml":     "[package]\nname = \"x\"\nworkspace = \"../..\"\n",
		"broken/Cargo.toml":       "[package\n",
		"vendor/deep/Cargo.toml":  pkg,
	})
	for at, want := range map[string]string{
		".": ".", "crates/a": ".", "crates/a/sub": ".", "crates/out": "crates/out", "crates/outer": ".", "odd": ".", "alone": "alone", "own": "own", "far/away": ".",
		"broken": "broken", "vendor/deep": "vendor/deep",
	} {
		if got := workspaceRoot(filepath.Join(dir, at, "Cargo.toml")); got != filepath.Join(dir, want) {
			t.Errorf("%s: %s, want %s", at, got, want)
		}
	}
}

func TestDeclared(t *testing.T) {
	text := `[package]
name = "x"
version = "0.1.0"

[dependencies]
one = "1"
"two" = { version = "1" }
three.workspace = true

[dependencies.four]
version = "1"
[target.'cfg(any(unix, target_os = "wasi"))'.dependencies]
five = "1"
[target.x86_64-pc-windows-msvc.build-dependencies]
six = "1"
[target.'cfg(windows)'.dependencies.seven]
features = ["one-more"]
[dev-dependencies]
eight = "1" # nine = "1"
[workspace.dependencies]
ten = "1"
[features]
eleven = ["one"]
`
	for name, want := range map[string]int{"one": 6, "two": 7, "three": 8, "four": 10, "five": 13, "six": 15, "seven": 16, "eight": 19, "nine": 0, "ten": 21, "eleven": 0, "version": 0, "features": 0} {
		if got := declarationLine([]byte(text), name); got != want {
			t.Errorf("%s: line %d, want %d", name, got, want)
		}
	}
	dir := files(t, map[string]string{"Cargo.toml": "[dependencies]\nrenamed = { package = \"real\", version = \"1\" }\n"})
	tr := &Tree{Root: dir, Packages: []Package{{Name: "app", Source: Source{Kind: Path}, Deps: []Dep{{To: 1, Rename: "renamed"}}}, {Name: "real"}}}
	if file, line := tr.Declared(0, 1); file != filepath.Join(dir, "Cargo.toml") || line != 2 {
		t.Errorf("%s:%d", file, line)
	}
}

func TestConfiguredTargets(t *testing.T) {
	t.Setenv("CARGO_BUILD_TARGET", "")
	t.Setenv("CARGO_HOME", t.TempDir())
	dir := files(t, map[string]string{
		".cargo/config.toml":       "[build]\ntarget = [\"wasm32-wasip1\", \"own.json\", \"host-tuple\"]\n",
		"in/.cargo/config":         "[build]\ntarget = \"aarch64-apple-darwin\"\n",
		"other/.cargo/config.toml": "[net]\noffline = true\n",
		"bad/.cargo/config.toml":   "[build\n",
	})
	for at, want := range map[string]int{".": 2, "in": 1, "other": 2, "bad": 2} {
		if got := configuredTargets(filepath.Join(dir, at)); len(got) != want {
			t.Errorf("%s: %q, want %d", at, got, want)
		}
	}
	t.Setenv("CARGO_BUILD_TARGET", "x86_64-pc-windows-gnu")
	if got := configuredTargets(dir); len(got) != 1 || got[0] != "x86_64-pc-windows-gnu" {
		t.Errorf("%q", got)
	}
}
