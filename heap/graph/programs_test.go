package graph

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"

	"softshell/heap/memory"
	"softshell/heap/memory/memorytest"
	"softshell/heap/profile"
)

// build compiles the programs, once for each set of flags.
func build(t *testing.T, flags ...string) string {
	t.Helper()
	programs.Lock()
	defer programs.Unlock()
	key := strings.Join(flags, " ")
	if programs.built[key] == "" {
		programs.built[key] = memorytest.Build(t, "testdata/programs/cycles.rs", programs.dir, flags...)
	}
	return programs.built[key]
}

var programs struct {
	sync.Mutex
	dir   string
	built map[string]string
}

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "graph")
	if err != nil {
		panic(err)
	}
	programs.dir, programs.built = dir, map[string]string{}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// record runs a case and returns its memory at the end, and how many cycles the
// program says it left.
func record(t *testing.T, exe, name string, n int, more ...string) (*memory.Snapshot, int) {
	t.Helper()
	s, out := memorytest.Record(t, exe, append([]string{name, strconv.Itoa(n)}, more...)...)
	seeded, err := strconv.Atoi(strings.TrimSpace(out))
	if err != nil {
		t.Fatal(err)
	}
	return s, seeded
}

func cases(t *testing.T, exe string) []string {
	out, _ := exec.Command(exe).Output()
	names := strings.Fields(string(out))
	if len(names) < 40 {
		t.Fatalf("the program lists %d cases", len(names))
	}
	return names
}

// sizes are how many of each case a build leaves; one with debug checks lays out
// the same.
var sizes = map[string][]int{"-O": {1, 20}, "-g": {7}}

// TestPrograms finds each cycle that the programs leave, and no other.
func TestPrograms(t *testing.T) {
	for _, flags := range [][]string{{"-O"}, {"-g"}} {
		exe := build(t, flags...)
		for _, name := range cases(t, exe) {
			t.Run(strings.Join(flags, " ")+" "+name, func(t *testing.T) {
				t.Parallel()
				for _, n := range sizes[flags[0]] {
					s, seeded := record(t, exe, name, n)
					r := Analyze(s, Options{})
					if found := count(r); found != seeded {
						t.Errorf("with %d: %d cycles found, %d seeded\n%s", n, found, seeded, show(s, r))
					}
				}
			})
		}
	}
}

// TestExit lets the programs end by process::exit, with what main left on the
// stack. Where a word there still looks like a handle, that cycle may be missed.
func TestExit(t *testing.T) {
	exe := build(t, "-O")
	for _, name := range cases(t, exe) {
		s, seeded := record(t, exe, name, 20, "exit")
		found := count(Analyze(s, Options{}))
		if found > seeded || found < seeded-1 {
			t.Errorf("%s: %d cycles found, %d seeded", name, found, seeded)
		}
	}
}

func count(r *Result) int {
	n := 0
	for _, c := range r.Cycles {
		n += int(c.Count)
	}
	return n
}

// show is a short text of a result, for tests.
func show(s *memory.Snapshot, r *Result) string {
	var b bytes.Buffer
	var n [profile.NumKinds]int
	for _, k := range r.Kinds {
		n[k]++
	}
	fmt.Fprintf(&b, "%d blocks:", len(s.Live))
	for k := range n {
		if n[k] > 0 {
			fmt.Fprintf(&b, " %v %d", profile.Kind(k), n[k])
		}
	}
	b.WriteString("\n")
	for i, c := range r.Cycles {
		if i == 6 {
			fmt.Fprintf(&b, "and %d more\n", len(r.Cycles)-i)
			break
		}
		fmt.Fprintf(&b, "%d of %d blocks, %d bytes:", c.Count, c.Blocks, c.Bytes)
		for j, m := range c.Members {
			if j == 8 {
				b.WriteString(" ...")
				break
			}
			fmt.Fprintf(&b, " %d#%d", s.Live[m.Block].Size, s.Live[m.Block].Node)
			if m.Counted {
				fmt.Fprintf(&b, "(%d,%d)", m.Strong, m.Weak)
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

// TestManyCycles finds 60,000 cycles; bench/heap measures how fast.
func TestManyCycles(t *testing.T) {
	s, seeded := record(t, build(t, "-O"), "rc-pair", 60_000)
	r := Analyze(s, Options{})
	if found := count(r); found != seeded {
		t.Errorf("%d cycles found, %d seeded\n%s", found, seeded, show(s, r))
	}
}
