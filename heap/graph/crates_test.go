package graph

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestCrates runs programs that use crates: channels, tasks and futures that
// hold themselves, graphs, slot maps, caches. It downloads and compiles them, so
// it runs only where a folder for what cargo makes is named, as make bench-heap does.
func TestCrates(t *testing.T) {
	target := os.Getenv("SOFTSHELL_TEST_CRATES")
	if target == "" {
		t.Skip("SOFTSHELL_TEST_CRATES names no folder to compile crates in; make bench-heap does")
	}
	cmd := exec.Command("cargo", "build", "--release", "--locked")
	cmd.Dir = "../../bench/heap/programs/crates"
	cmd.Env = append(os.Environ(), "CARGO_TARGET_DIR="+target, "RUSTFLAGS=--cfg record -Cforce-frame-pointers=yes")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("compile the programs: %v\n%s", err, out)
	}
	exe := filepath.Join(target, "release", "crates")
	names, _ := exec.Command(exe).Output()
	for _, name := range strings.Fields(string(names)) {
		t.Run(name, func(t *testing.T) {
			for _, n := range []int{1, 2, 20} {
				s, seeded := record(t, exe, name, n)
				r := Analyze(s, Options{})
				if found := count(r); found != seeded {
					t.Errorf("with %d: %d cycles found, %d seeded\n%s", n, found, seeded, show(s, r))
				}
			}
		})
	}
}
