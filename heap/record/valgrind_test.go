package record

import (
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"softshell/testenv"
)

// TestValgrind compares the figures with those of valgrind, which counts each
// call of the allocator. What threads allocate depends on how they meet, so of
// those only what they lose is compared.
func TestValgrind(t *testing.T) {
	valgrind, err := exec.LookPath("valgrind")
	if err != nil {
		testenv.Lacks(t, "valgrind is not installed")
	}
	for _, name := range []string{"work.rs", "load.c", "ending.c", "threads.rs"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			argv := []string{program(t, name)}
			if name == "load.c" {
				argv = append(argv, program(t, "plugin.c"))
			}
			cmd := exec.Command(valgrind, append([]string{"--leak-check=full", "--trace-children=no"}, argv...)...)
			says, _ := cmd.CombinedOutput() // its exit code is the program's
			figure := func(pattern string) int64 {
				m := regexp.MustCompile(pattern).FindSubmatch(says)
				if m == nil {
					return 0
				}
				n, err := strconv.ParseInt(strings.ReplaceAll(string(m[1]), ",", ""), 10, 64)
				if err != nil {
					t.Fatal(err)
				}
				return n
			}
			_, r := recording(t, Options{Command: argv})
			if len(r.Profiles) != 1 {
				t.Fatalf("%d profiles", len(r.Profiles))
			}
			p := r.Profiles[0]
			same := name != "threads.rs"
			if want := figure(`total heap usage: ([\d,]+) allocs`); same && p.Run.Allocs != want {
				t.Errorf("%d allocations, valgrind has %d", p.Run.Allocs, want)
			}
			if want := figure(`frees, ([\d,]+) bytes allocated`); same && p.Run.Bytes != want {
				t.Errorf("%d bytes, valgrind has %d", p.Run.Bytes, want)
			}
			blocks, bytes := lost(p)
			if want := figure(`definitely lost: [\d,]+ bytes in ([\d,]+)`) + figure(`indirectly lost: [\d,]+ bytes in ([\d,]+)`); blocks != want {
				t.Errorf("%d blocks lost, valgrind has %d", blocks, want)
			}
			if want := figure(`definitely lost: ([\d,]+) bytes`) + figure(`indirectly lost: ([\d,]+) bytes`); bytes != want {
				t.Errorf("%d bytes lost, valgrind has %d", bytes, want)
			}
		})
	}
}
