package capture

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// oneTree is a package of one crate.
func oneTree(lib string) files {
	return files{
		"Cargo.toml": "[package]\nname = \"one\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
		"src/lib.rs": lib,
	}
}

// wantError asks for the kind and for the words that a user needs.
func wantError(t *testing.T, err error, kind Kind, words ...string) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Fatalf("got %v, want kind %q", err, kind)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("no %q in: %v", w, err)
		}
	}
}

func TestCompileFailed(t *testing.T) {
	t.Parallel()
	tree := files{
		"Cargo.toml":       "[workspace]\nresolver = \"2\"\nmembers = [\"good\", \"bad\", \"needs\"]\n",
		"good/src/lib.rs":  "pub fn good() {}\n",
		"bad/src/lib.rs":   "pub fn bad() -> u32 { \"text\" }\n",
		"needs/src/lib.rs": "pub fn needs() -> u32 { bad::bad() }\n",
	}
	for _, name := range []string{"good", "bad", "needs"} {
		tree[name+"/Cargo.toml"] = "[package]\nname = \"" + name + "\"\nversion = \"0.1.0\"\nedition = \"2021\"\n"
	}
	tree["needs/Cargo.toml"] += "[dependencies]\nbad = { path = \"../bad\" }\n"
	dir := makeTree(t, t.TempDir(), tree)
	settle(t, dir)
	o := Options{Path: dir, Workspace: true, CacheDir: t.TempDir()}
	c := newBench()
	for _, when := range []string{"cold", "warm"} {
		t.Run(when, func(t *testing.T) {
			b := c.capture(t, o)
			if !b.CompileFailed || !strings.Contains(b.Errors, "error[E0308]: mismatched types") || !strings.Contains(b.Errors, "bad/src/lib.rs:1") {
				t.Errorf("failed %v:\n%s", b.CompileFailed, b.Errors)
			}
			if n := strings.Count(b.Errors, "E0308]"); n != 1 {
				t.Errorf("the error is told %d times", n)
			}
			if strings.Contains(b.Errors, "\x1b[") {
				t.Error("colours that nobody asked for")
			}
			// What did compile is there all the same.
			wantMIR(t, unitNamed(t, b, "good lib"), "fn good()")
			bad := unitNamed(t, b, "bad lib")
			if bad.Failed == "" || bad.MIR != "" {
				t.Errorf("bad: %+v", bad)
			}
			_, err := c.ItemsJSON(t.Context(), bad)
			wantError(t, err, ErrItems, "bad did not compile")
			_, err = c.MIRWithSpans(t.Context(), bad)
			wantError(t, err, ErrMIR, "bad did not compile")
		})
	}
	t.Run("mended", func(t *testing.T) {
		writeText(t, filepath.Join(dir, "bad/src/lib.rs"), "pub fn bad() -> u32 { 3 }\n")
		settle(t, dir)
		b := c.mustCompile(t, o)
		wantUnits(t, b, "bad lib", "good lib", "needs lib")
		if unitNamed(t, b, "bad lib").Failed != "" {
			t.Error("still failed")
		}
	})
	t.Run("broken again, with colours", func(t *testing.T) {
		writeText(t, filepath.Join(dir, "needs/src/lib.rs"), "pub fn needs( { bad::bad() }\n")
		coloured := o
		coloured.Color = true
		if b := c.capture(t, coloured); !b.CompileFailed || !strings.Contains(b.Errors, "\x1b[") {
			t.Errorf("failed %v:\n%s", b.CompileFailed, b.Errors)
		}
	})
	t.Run("build script fails", func(t *testing.T) {
		tree := oneTree("pub fn f() {}\n")
		tree["build.rs"] = "fn main() { eprintln!(\"no such library here\"); std::process::exit(3) }\n"
		b := newBench().capture(t, Options{Path: makeTree(t, t.TempDir(), tree), CacheDir: t.TempDir()})
		if !b.CompileFailed || !strings.Contains(b.Errors, "no such library here") {
			t.Errorf("failed %v:\n%s", b.CompileFailed, b.Errors)
		}
	})
	t.Run("denied lint", func(t *testing.T) {
		b := newBench().capture(t, Options{Path: makeTree(t, t.TempDir(), oneTree("#![deny(unused_variables)]\npub fn f() { let x = 1; }\n")), CacheDir: t.TempDir()})
		if !b.CompileFailed || !strings.Contains(b.Errors, "unused variable") {
			t.Errorf("failed %v:\n%s", b.CompileFailed, b.Errors)
		}
	})
}

// Warnings reach the user once each time, also where nothing is compiled.
func TestMessages(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, t.TempDir(), oneTree("fn unused_by_all() {}\n"))
	settle(t, dir)
	cache := t.TempDir()
	for range 3 {
		var said []string
		_, err := New().Run(t.Context(), Options{Path: dir, CacheDir: cache, Message: func(line []byte) {
			var m message
			if err := json.Unmarshal(line, &m); err != nil {
				t.Errorf("%v: %s", err, line)
			}
			if m.Reason == "compiler-message" && strings.Contains(m.Message.Rendered, "unused_by_all") {
				said = append(said, m.Message.Rendered)
			}
		}})
		if err != nil || len(said) != 1 {
			t.Errorf("%v; %d warnings: %q", err, len(said), said)
		}
	}
}

func TestWrongPath(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, t.TempDir(), files{
		"empty/readme":          "nothing\n",
		"ws/Cargo.toml":         "[workspace]\nresolver = \"2\"\nmembers = []\n",
		"broken/Cargo.toml":     "[package\nname = 3\n",
		"above/x/Cargo.toml":    "[package]\nname = \"x\"\nversion = \"0.1.0\"\n",
		"above/x/src/lib.rs":    "",
		"missing/Cargo.toml":    "[workspace]\nmembers = [\"nowhere\"]\n",
		"sourceless/Cargo.toml": "[package]\nname = \"s\"\nversion = \"0.1.0\"\n",
	})
	cache := t.TempDir()
	for _, tt := range []struct {
		path  string
		kind  Kind
		words []string
	}{
		{"nil", ErrNoPath, []string{"no such file", "name a folder with a Cargo.toml"}},
		{"empty", ErrNotACrate, []string{"no Cargo.toml"}},
		{"empty/readme", ErrNotACrate, []string{"neither a Cargo.toml nor a .rs file"}},
		{"above", ErrNotACrate, []string{"above/x"}},
		{"ws", ErrNoMembers, []string{"has no members"}},
		{"broken", ErrManifest, []string{"Cargo.toml", "error"}},
		{"missing", ErrManifest, []string{"nowhere"}},
		{"sourceless", ErrManifest, []string{"no targets specified"}},
	} {
		t.Run(tt.path, func(t *testing.T) {
			_, err := New().Run(t.Context(), Options{Path: filepath.Join(dir, tt.path), CacheDir: cache})
			wantError(t, err, tt.kind, tt.words...)
		})
	}
}

// fakeRustc writes a rustc that says it is another version, and that the rest
// of the words (a shell command) is what it does.
func fakeRustc(t *testing.T, version, does string) string {
	t.Helper()
	real, err := exec.LookPath("rustc")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "rustc")
	text := "#!/bin/sh\nREAL='" + real + "'\nif [ \"$1\" = -vV ]; then printf 'rustc " + version + " (0123abcd 2022-04-04)\\nbinary: rustc\\nhost: x86_64-unknown-linux-gnu\\nrelease: " + version + "\\nLLVM version: 14.0.0\\n'; exit 0; fi\n" + does + "\n"
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestToolchains(t *testing.T) {
	dir := makeTree(t, t.TempDir(), oneTree("pub fn f() {}\n"))
	settle(t, dir)
	run := func(t *testing.T) (*Build, error) {
		t.Helper()
		return New().Run(t.Context(), Options{Path: dir, CacheDir: t.TempDir()})
	}
	t.Run("nothing installed", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		_, err := run(t)
		wantError(t, err, ErrNoRustc, "rustc", "rustup.rs")
	})
	t.Run("empty PATH", func(t *testing.T) {
		t.Setenv("PATH", "")
		_, err := run(t)
		wantError(t, err, ErrNoRustc, "rustc", "rustup.rs")
	})
	t.Run("rustc without cargo", func(t *testing.T) {
		t.Setenv("RUSTC", fakeRustc(t, "1.95.0", `exec "$REAL" "$@"`))
		t.Setenv("PATH", t.TempDir())
		_, err := run(t)
		wantError(t, err, ErrNoCargo, "cargo", "rustup.rs")
	})
	t.Run("not a program", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "rustc")
		writeText(t, path, "text\n")
		t.Setenv("RUSTC", path)
		_, err := run(t)
		wantError(t, err, ErrNoRustc, path)
	})
	t.Run("rustc fails", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "rustc")
		if err := os.WriteFile(path, []byte("#!/bin/sh\necho 'error: toolchain is not installed' >&2\nexit 1\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		t.Setenv("RUSTC", path)
		_, err := run(t)
		wantError(t, err, ErrNoRustc, "toolchain is not installed", "rustup toolchain list")
	})
	t.Run("too old", func(t *testing.T) {
		t.Setenv("RUSTC", fakeRustc(t, "1.60.0", `echo "error: unknown debugging option: no-codegen" >&2; exit 1`))
		_, err := run(t)
		wantError(t, err, ErrRustcTooOld, "rustc 1.60.0", testedInWords, "rustup update stable", "unknown debugging option")
	})
	t.Run("old in form", func(t *testing.T) {
		t.Setenv("RUSTC", fakeRustc(t, "1.60.0", `for a; do case "$a" in *mir=*) echo "fn main() {}" >"${a##*mir=}";; esac; done; exit 0`))
		_, err := run(t)
		wantError(t, err, ErrRustcTooOld, "rustc 1.60.0", "the text lacks")
	})
	t.Run("too new", func(t *testing.T) {
		t.Setenv("RUSTC", fakeRustc(t, "1.150.0", `echo "error: unknown unstable option: no-codegen" >&2; exit 1`))
		_, err := run(t)
		wantError(t, err, ErrMIR, "rustc 1.150.0", testedInWords, "use a toolchain that softshell is tested with", "unknown unstable option")
	})
	t.Run("new but understood", func(t *testing.T) {
		t.Setenv("RUSTC", fakeRustc(t, "1.150.0", `exec "$REAL" "$@"`))
		b, err := run(t)
		if err != nil || len(b.Notes) != 1 || !strings.Contains(b.Notes[0], "rustc 1.150.0 is newer than what softshell is tested with") {
			t.Fatalf("%v %+v", err, b)
		}
		checkBuild(t, b)
	})
	t.Run("no version", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "rustc")
		if err := os.WriteFile(path, []byte("#!/bin/sh\necho hello\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		t.Setenv("RUSTC", path)
		_, err := run(t)
		wantError(t, err, ErrNoRustc, path, "hello")
	})
	t.Run("silent", func(t *testing.T) {
		t.Setenv("RUSTC", fakeRustc(t, "1.95.0", "exit 0"))
		_, err := run(t)
		wantError(t, err, ErrMIR, "rustc 1.95.0", "the text lacks")
	})
	t.Run("doctor without Rust", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		d := newBench().probe(t.Context(), environment(Options{}), t.TempDir())
		if d.Works() {
			t.Errorf("works: %v", d)
		}
		for _, name := range []string{"rustc", "cargo", "rustdoc"} {
			i := slices.IndexFunc(d.Abilities, func(a Ability) bool { return a.Name == name })
			if i < 0 || d.Abilities[i].State != StateMissing || !strings.Contains(d.Abilities[i].Do, "rustup.rs") {
				t.Errorf("%s: %v", name, d)
			}
		}
	})
	t.Run("doctor", func(t *testing.T) {
		if d := newBench().probe(t.Context(), environment(Options{}), t.TempDir()); !d.Works() {
			t.Errorf("does not work: %v", d)
		}
	})
}
