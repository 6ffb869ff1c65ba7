package shim_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"softshell/heap/region"
	"softshell/heap/shim"
	"softshell/testenv"
)

// library is the prebuilt collector in a file.
func library(t *testing.T) string {
	t.Helper()
	text, err := shim.Library(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "collector.so")
	if err := os.WriteFile(path, text, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// compiled is a C program of testdata.
func compiled(t *testing.T, name string, flags ...string) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), name)
	args := append([]string{"-g", "-O1", "-fno-builtin", "-Wno-use-after-free", "-o", bin, filepath.Join("testdata", name+".c")}, flags...)
	if out, err := exec.Command("cc", args...).CombinedOutput(); err != nil {
		t.Fatalf("cc: %v\n%s", err, out)
	}
	return bin
}

func TestCounts(t *testing.T) {
	t.Run("glibc", func(t *testing.T) { testCounts(t, compiled(t, "counts")) })
	t.Run("musl", func(t *testing.T) {
		if _, err := exec.LookPath("musl-gcc"); err != nil {
			testenv.Lacks(t, "musl-gcc is not installed")
		}
		bin := filepath.Join(t.TempDir(), "counts")
		if out, err := exec.Command("musl-gcc", "-O1", "-fno-builtin", "-w", "-o", bin, "testdata/counts.c").CombinedOutput(); err != nil {
			t.Fatalf("musl-gcc: %v\n%s", err, out)
		}
		testCounts(t, bin)
	})
}

// testCounts runs counts.c, linked with some C library.
func testCounts(t *testing.T, bin string) {
	var live []region.Block
	r, err := record(library(t), 0, exec.Command(bin), func(reg *region.Region, f shim.Frozen) {
		live, _ = reg.Blocks()
	})
	if r == nil || len(r.regions) != 1 {
		t.Fatal(err)
	}
	if code := err.(*exec.ExitError).ExitCode(); code != 5 {
		t.Errorf("exit code %d", code)
	}
	got := sum(r.regions[0])
	const left = 101 + 15 + 20 + 40 + 50 + 64 + 60 + 70 + 20<<20
	const gone = 7 + 10 + 1000 + 30 + 17<<20 + 100
	want := got
	want.Allocs, want.Bytes, want.Frees, want.Freed, want.Temporary, want.Unknown = 15, left+gone, 6, gone, 4, 0
	want.Live, want.Incomplete, want.Lost = left, 0, 0
	want.Peak = 100 + 15 + 20 + 40 + 50 + 64 + 60 + 70 + 20<<20 + 17<<20
	if got != want {
		t.Errorf("counted %+v\nwant    %+v", got, want)
	}
	var bytes uint64
	for _, b := range live {
		bytes += b.Size
	}
	if len(live) != 9 || bytes != left {
		t.Errorf("%d live blocks of %d bytes, want 9 of %d", len(live), bytes, left)
	}
	if len(r.frozen) != 1 || r.frozen[0].Reason != shim.Returned {
		t.Errorf("frozen: %+v", r.frozen)
	}
	var peak int64
	for _, c := range r.regions[0].Counts() {
		peak += c.PeakBytes
	}
	if peak != want.Peak {
		t.Errorf("the stacks have %d bytes at the peak of %d", peak, want.Peak)
	}
}

// TestOtherAllocator runs with an allocator behind the hooks that is not the C
// library's.
func TestOtherAllocator(t *testing.T) {
	const jemalloc = "/usr/lib/x86_64-linux-gnu/libjemalloc.so.2"
	if _, err := os.Stat(jemalloc); err != nil {
		testenv.Lacks(t, "jemalloc is not installed")
	}
	r, err := record(library(t)+":"+jemalloc, 0, exec.Command(compiled(t, "eights")), nil)
	if err != nil || len(r.regions) != 1 {
		t.Fatal(err)
	}
	// What jemalloc's own libraries allocate comes on top.
	if s := sum(r.regions[0]); s.Frees != 1000 || s.Freed != 8000 || s.Allocs < 1000 || s.Unknown != 0 || s.Incomplete != 0 {
		t.Errorf("%+v", s)
	}
}
