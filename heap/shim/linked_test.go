package shim_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"softshell/heap/shim"
	"softshell/testenv"
)

// TestLinked links the collector into static programs and into one with another
// global allocator.
func TestLinked(t *testing.T) {
	dir := t.TempDir()
	symbols := rustSymbols(t, dir)
	object, err := shim.BuildObject(context.Background(), "cc", symbols)
	if err != nil {
		t.Fatal(err)
	}
	linker := "#!/bin/sh\nexec cc " + filepath.Join(dir, "collector.o") + " " + strings.Join(symbols.WrapFlags(), " ") + " \"$@\"\n"
	for name, text := range map[string][]byte{"collector.o": object, "linker": []byte(linker)} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, args := range map[string][]string{
		"dynamic":      nil,
		"static glibc": {"-Ctarget-feature=+crt-static", "--target=x86_64-unknown-linux-gnu"},
		"musl":         {"--target=x86_64-unknown-linux-musl"},
	} {
		t.Run(name, func(t *testing.T) {
			bin := filepath.Join(t.TempDir(), "linked")
			args := append([]string{"-g", "-Clinker=" + filepath.Join(dir, "linker"), "-o", bin, "testdata/linked.rs"}, args...)
			if out, err := exec.Command("rustc", args...).CombinedOutput(); err != nil {
				if strings.Contains(string(out), "can't find crate for `std`") {
					testenv.Lacks(t, "the target is not installed: rustup target add")
				}
				t.Fatalf("rustc: %v\n%s", err, out)
			}
			cmd := exec.Command(bin)
			out := new(strings.Builder)
			cmd.Stdout, cmd.Stderr = out, out
			r, err := record("", 0, cmd, nil)
			if r == nil || len(r.regions) != 1 || how(cmd).ExitStatus() != 3 || out.String() != "42\n" {
				t.Fatalf("%v\n%s", err, out)
			}
			s := sum(r.regions[0])
			// 1 + 4 x 101 boxes and a vector for each thread are the program's own;
			// the rest is the standard library's.
			if s.Allocs < 409 || s.Allocs > 600 || s.Unknown != 0 || s.Incomplete != 0 || s.Lost != 0 || s.Live < 4*8*101 {
				t.Errorf("%+v", s)
			}
			if len(r.frozen) != 1 || r.frozen[0].Status != 3 || r.frozen[0].Reason != shim.Exit {
				t.Errorf("frozen: %+v", r.frozen)
			}
		})
	}
}

// rustSymbols reads the names from an object that allocates.
func rustSymbols(t *testing.T, dir string) (s shim.RustSymbols) {
	t.Helper()
	obj := filepath.Join(dir, "names.o")
	if out, err := exec.Command("rustc", "--emit=obj", "-o", obj, "testdata/linked.rs").CombinedOutput(); err != nil {
		t.Fatalf("rustc: %v\n%s", err, out)
	}
	text, err := os.ReadFile(obj)
	if err != nil {
		t.Fatal(err)
	}
	prefix := regexp.MustCompile(`(_RNvC[A-Za-z0-9_]*___rustc)12___rust_alloc\x00`).FindSubmatch(text)
	if prefix == nil {
		testenv.Lacks(t, "this compiler names the functions of the allocator in another way")
	}
	p := string(prefix[1])
	return shim.RustSymbols{Alloc: p + "12___rust_alloc", Dealloc: p + "14___rust_dealloc", Realloc: p + "14___rust_realloc", AllocZeroed: p + "19___rust_alloc_zeroed"}
}
