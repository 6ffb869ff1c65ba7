package shim_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"softshell/testenv"
)

// noUnwind is what cc says where libunwind is not installed.
var noUnwind = regexp.MustCompile(`libunwind\.h.*(No such file|not found)|(cannot find|unable to find library) -lunwind`)

// TestStacks compares stacks with those that libunwind finds from the same place,
// frame by frame, in builds with and without optimization, symbols and unwinding.
func TestStacks(t *testing.T) {
	dir := t.TempDir()
	checker := filepath.Join(dir, "check.so")
	cc := exec.Command("cc", "-std=gnu11", "-O2", "-fPIC", "-shared", "-fvisibility=hidden", "-fno-builtin",
		"-Wno-missing-attributes", "-DCHECK_EVERY=3", "-Ic", "-o", checker, "testdata/check.c", "-lunwind")
	cc.Env = append(os.Environ(), "LC_ALL=C")
	if out, err := cc.CombinedOutput(); err != nil {
		if noUnwind.Match(out) {
			testenv.Lacks(t, "there is no libunwind to compare with")
		}
		t.Fatalf("cc: %v\n%s", err, out)
	}
	for name, flags := range map[string][]string{
		"debug":    nil,
		"stripped": {"-O", "-Cstrip=symbols"},
		"abort":    {"-O", "-Cpanic=abort"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bin, result := filepath.Join(dir, name), filepath.Join(dir, name+".txt")
			if out, err := exec.Command("rustc", append([]string{"--edition=2021", "-o", bin, "testdata/stacks.rs"}, flags...)...).CombinedOutput(); err != nil {
				t.Fatalf("rustc: %v\n%s", err, out)
			}
			cmd := exec.Command(bin)
			cmd.Env = append(os.Environ(), "CHECK_OUT="+result, "CHECK_SHOW=1")
			var log bytes.Buffer
			cmd.Stderr = &log
			r, err := record(checker, 0, cmd, nil)
			if err != nil || len(r.regions) != 1 {
				t.Fatalf("%v\n%s", err, log.Bytes())
			}
			text, err := os.ReadFile(result)
			if err != nil {
				t.Fatal(err)
			}
			var same, differ int
			if _, err := fmt.Sscan(string(text), &same, &differ); err != nil {
				t.Fatal(err)
			}
			s := sum(r.regions[0])
			t.Logf("%d stacks equal, %d not; %d allocations at %d stacks, %d without a root", same, differ, s.Allocs, s.Sites, s.Incomplete)
			if same < 1000 || differ*1000 > same || s.Incomplete != 0 {
				t.Errorf("the first that differ, ours and libunwind's:\n%.2000s", log.Bytes())
			}
		})
	}
}
