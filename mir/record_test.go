package mir

import (
	"bytes"
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "record testdata/*.mir anew")

// toolchains lists the compilers at hand: the default, and rustup's nightly.
func toolchains(t testing.TB) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for name, args := range map[string][]string{"stable": nil, "nightly": {"+nightly"}} {
		if exec.Command("rustc", append(args, "--version")...).Run() == nil {
			out[name] = args
		}
	}
	return out
}

// compile returns rustc's MIR of a source file.
func compile(t testing.TB, toolchain []string, file string, flags ...string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out.mir")
	args := append(append([]string{}, toolchain...), "--edition=2021", "--crate-type=lib", "--emit=mir", "-Awarnings",
		"-Zmir-opt-level=0", "-Ztrim-diagnostic-paths=no", "-o", out, filepath.Base(file))
	cmd := exec.CommandContext(context.Background(), "rustc", append(args, flags...)...)
	cmd.Dir = filepath.Dir(file)
	cmd.Env = append(os.Environ(), "RUSTC_BOOTSTRAP=1")
	if msg, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, msg)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var forms = map[string][]string{"terse": nil, "spans": {"-Zmir-include-spans"}}

// roundTrip asserts that the text is understood as a whole and printed as it was.
func roundTrip(t *testing.T, text string) *File {
	t.Helper()
	f := Parse(text)
	for what, n := range f.Stats.Unsupported {
		t.Errorf("not understood: %d x %s", n, what)
	}
	if f.Stats.Parsed != f.Stats.Bodies || f.Stats.Bodies == 0 {
		t.Errorf("understood %d of %d bodies", f.Stats.Parsed, f.Stats.Bodies)
	}
	var out bytes.Buffer
	if err := Print(&out, f); err != nil {
		t.Fatal(err)
	}
	want, got := strings.Split(WithoutConstComments(text), "\n"), strings.Split(out.String(), "\n")
	for i := range want {
		if i >= len(got) || got[i] != want[i] {
			t.Fatalf("line %d of the text:\n%s\nprinted:\n%s", i+1, want[i], got[min(i, len(got)-1)])
		}
	}
	if len(got) != len(want) {
		t.Fatalf("printed %d lines of %d", len(got), len(want))
	}
	return f
}

func TestRecorded(t *testing.T) {
	if *update {
		for name, tc := range toolchains(t) {
			for form, flags := range forms {
				text := compile(t, tc, "testdata/constructs.rs", flags...)
				if err := os.WriteFile("testdata/"+name+"."+form+".mir", []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	files, err := filepath.Glob("testdata/*.mir")
	if err != nil || len(files) < 2 {
		t.Fatal("no recorded texts", err)
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			f := roundTrip(t, string(text))
			if spans := strings.Contains(name, "spans"); spans != (len(f.Sources) > 1) {
				t.Errorf("sources %q", f.Sources)
			}
		})
	}
}

func TestCompiledHere(t *testing.T) {
	found := toolchains(t)
	if len(found) == 0 {
		t.Fatal("no rustc on PATH")
	}
	for name, tc := range found {
		for form, flags := range forms {
			t.Run(name+"/"+form, func(t *testing.T) {
				t.Parallel()
				roundTrip(t, compile(t, tc, "testdata/constructs.rs", flags...))
			})
		}
	}
}
