package inject

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"softshell/testenv"
)

// missing is what cc says where the libraries of another kind of program are not
// installed, or the machine knows no such kind.
var missing = regexp.MustCompile(`cannot find -l|cannot find \S*crt\S*\.o|unrecognized command.line option .-m32`)

// compiled is a C program, made with flags; the test is skipped where there are no
// libraries for a program of that kind.
func compiled(t *testing.T, dir, name, text string, flags ...string) string {
	t.Helper()
	src, out := filepath.Join(dir, name+".c"), filepath.Join(dir, name)
	if err := os.WriteFile(src, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	args := append([]string{"-o", out, src}, flags...)
	cmd := exec.Command("cc", args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	if text, err := cmd.CombinedOutput(); err != nil {
		if len(flags) > 0 && missing.Match(text) {
			testenv.Lacks(t, "what cc %v needs is not installed:\n%s", flags, text)
		}
		t.Fatalf("cc %v: %v\n%s", flags, err, text)
	}
	return out
}

const hello = "int main(void) { return 0; }\n"

func TestLook(t *testing.T) {
	dir := t.TempDir()
	dynamic := compiled(t, dir, "dynamic", hello)
	p, err := Look(dynamic)
	if err != nil {
		t.Fatal(err)
	}
	if !p.Dynamic || p.Rust || p.Malloc != "" || p.Preloadable() != nil {
		t.Errorf("an ordinary program: %+v, %v", p, p.Preloadable())
	}
	script := filepath.Join(dir, "script")
	if err := os.WriteFile(script, []byte("#!"+dynamic+" -x\nrest\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if s, err := Look(script); err != nil || !s.Script || s.Path != p.Path {
		t.Errorf("a script: %+v, %v", s, err)
	}
	if err := os.WriteFile(script, []byte("just text\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Look(script); err == nil || !strings.Contains(err.Error(), "neither an ELF") {
		t.Errorf("text: %v", err)
	}
}

func TestRefused(t *testing.T) {
	for _, c := range []struct {
		name, text, why string
		flags           []string
	}{
		{"static", hello, "linked statically", []string{"-static"}},
		{"own", "#include <stddef.h>\nvoid *malloc(size_t n) { (void)n; return 0; }\n" + hello, "brings a malloc", []string{"-rdynamic"}},
		{"narrow", "void _start(void) { for (;;) ; }\n", "made for EM_386", []string{"-m32", "-nostdlib"}}, // needs no C library of 32 bits
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := Look(compiled(t, t.TempDir(), c.name, c.text, c.flags...))
			if err != nil {
				t.Fatal(err)
			}
			var r *Refused
			if err := p.Preloadable(); !errors.As(err, &r) || !strings.Contains(err.Error(), c.why) || r.Do == "" {
				t.Errorf("%v, want %q and what to do", err, c.why)
			}
		})
	}
}

// Which allocator a Rust program has shows in its symbols.
func TestGlobalAllocator(t *testing.T) {
	dir := t.TempDir()
	const own = `use std::alloc::*;
struct A;
unsafe impl GlobalAlloc for A {
    unsafe fn alloc(&self, l: Layout) -> *mut u8 { unsafe { System.alloc(l) } }
    unsafe fn dealloc(&self, p: *mut u8, l: Layout) { unsafe { System.dealloc(p, l) } }
}
#[global_allocator]
static G: A = A;
`
	const body = "fn main() { println!(\"{:?}\", vec![1; 10]); }\n"
	for _, c := range []struct{ name, text, global string }{
		{"usual", body, ""},
		{"custom", own + body, "its own"},
		{"jemalloc", own + "#[no_mangle] pub extern \"C\" fn _rjem_malloc() {}\n#[used] static KEEP: extern \"C\" fn() = _rjem_malloc;\n" + body, "jemalloc"},
	} {
		src, out := filepath.Join(dir, c.name+".rs"), filepath.Join(dir, c.name)
		if err := os.WriteFile(src, []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		if text, err := exec.Command("rustc", "--edition=2021", "-o", out, src).CombinedOutput(); err != nil {
			t.Fatalf("rustc: %v\n%s", err, text)
		}
		p, err := Look(out)
		if err != nil {
			t.Fatal(err)
		}
		if !p.Rust || p.Global != c.global {
			t.Errorf("%s: allocator %q, want %q (Rust: %v)", c.name, p.Global, c.global, p.Rust)
		}
		if !strings.HasPrefix(p.Compiler, "rustc version") {
			t.Errorf("%s: compiler %q", c.name, p.Compiler)
		}
		if refused := p.Preloadable() != nil; refused != (c.name == "jemalloc") {
			t.Errorf("%s: %v", c.name, p.Preloadable())
		}
	}
}

func TestAim(t *testing.T) {
	prog := compiled(t, t.TempDir(), "prog", hello)
	for _, c := range []struct {
		argv  []string
		means string // "" when only running shows it
	}{
		{[]string{prog, "timeout"}, prog},
		{[]string{"timeout", "5", prog, "x"}, prog},
		{[]string{"env", "A=b", "timeout", "-s", "KILL", "5", prog}, prog},
		{[]string{"nice", "-n", "10", prog}, prog},
		{[]string{"sh", "-c", prog}, ""},
		{[]string{"env", "A=b", "sh", "-c", prog}, ""},
	} {
		got, err := Aim(c.argv)
		if err != nil {
			t.Fatal(err)
		}
		if (got.Program == nil) != (c.means == "") || c.means != "" && got.Program.Path != mustReal(t, c.means) {
			t.Errorf("%v: %+v", c.argv, got.Program)
		}
		if !got.Means(mustReal(t, prog)) || got.Means("/usr/bin/timeout") {
			t.Errorf("%v: means the wrong processes", c.argv)
		}
	}
	if git, err := exec.LookPath("git"); err == nil { // as a command it is meant itself
		if got, err := Aim([]string{"git", "log"}); err != nil || got.Program == nil || !got.Means(mustReal(t, git)) {
			t.Errorf("git: %+v, %v", got, err)
		}
	}
	if _, err := Aim([]string{"no-such-program-anywhere"}); err == nil {
		t.Error("a program that is not there")
	}
}

func mustReal(t *testing.T, path string) string {
	t.Helper()
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		t.Fatal(err)
	}
	return real
}

func TestPreload(t *testing.T) {
	got := Preload([]string{"A=b", "LD_PRELOAD=x.so:y.so", "C=d"}, "/c.so")
	if want := []string{"A=b", "C=d", "LD_PRELOAD=/c.so:x.so:y.so"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := Preload(nil, "/c.so"); !slices.Equal(got, []string{"LD_PRELOAD=/c.so"}) {
		t.Errorf("%q", got)
	}
}

func TestPlace(t *testing.T) {
	bad, good := filepath.Join(t.TempDir(), "with blank"), t.TempDir()
	path, err := Place([]byte("library"), []string{bad, good})
	if err != nil || !strings.HasPrefix(path, good) {
		t.Fatalf("%s, %v", path, err)
	}
	if err := os.WriteFile(path, []byte("damage"), 0o644); err != nil {
		t.Fatal(err)
	}
	again, err := Place([]byte("library"), []string{good})
	if text, _ := os.ReadFile(again); err != nil || again != path || string(text) != "library" {
		t.Errorf("%s holds %q, %v", again, text, err)
	}
	if _, err := Place([]byte("library"), []string{bad}); err == nil {
		t.Error("a folder that LD_PRELOAD cannot name was taken")
	}
}
