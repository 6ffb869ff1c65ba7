package shim_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"softshell/heap/shim"
	"softshell/testenv"
)

// TestArm compiles the collector for arm64 and, where that can be emulated, counts
// with it.
func TestArm(t *testing.T) {
	const cc = "aarch64-linux-gnu-gcc"
	if _, err := exec.LookPath(cc); err != nil {
		testenv.Lacks(t, "there is no compiler for arm64")
	}
	text, err := shim.BuildLibraryFor(context.Background(), cc, "arm64")
	if err != nil {
		t.Fatal(err)
	}
	emulator, err := exec.LookPath("qemu-aarch64")
	if err != nil {
		testenv.Lacks(t, "there is no qemu-aarch64 to run it")
	}
	dir := t.TempDir()
	lib, bin, run := filepath.Join(dir, "collector.so"), filepath.Join(dir, "counts"), filepath.Join(dir, "run")
	if out, err := exec.Command(cc, "-g", "-O1", "-fno-builtin", "-w", "-o", bin, "testdata/counts.c").CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cc, err, out)
	}
	script := fmt.Sprintf("#!/bin/sh\nexec %s -L /usr/aarch64-linux-gnu -E LD_PRELOAD=%s -E %s=$%s %s\n", emulator, lib, shim.Env, shim.Env, bin)
	for path, content := range map[string][]byte{lib: text, run: []byte(script)} {
		if err := os.WriteFile(path, content, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	room = 8 << 30 // the emulator is slow to map more
	defer func() { room = 0 }()
	cmd := exec.Command(run)
	r, err := record("", 0, cmd, nil)
	if r == nil || len(r.regions) != 1 || how(cmd).ExitStatus() != 5 {
		t.Fatalf("%v", err)
	}
	if s := sum(r.regions[0]); s.Allocs != 15 || s.Frees != 6 || s.Temporary != 4 || s.Incomplete != 0 || s.Lost != 0 {
		t.Errorf("%+v", s)
	}
}
