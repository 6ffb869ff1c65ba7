package graph

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"softshell/heap/memory"
	"softshell/heap/profile"
)

// build compiles the programs with their recorder, once for each set of flags.
func build(t *testing.T, flags ...string) string {
	t.Helper()
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("the recorder of the test programs reads registers of linux/amd64")
	}
	exe := filepath.Join(programs.dir(t), "cycles"+strings.Join(flags, ""))
	args := append([]string{"--edition", "2021", "--cfg", "record", "-Awarnings",
		"-Cforce-frame-pointers=yes", "-o", exe, "testdata/programs/cycles.rs"}, flags...)
	if out, err := exec.Command("rustc", args...).CombinedOutput(); err != nil {
		t.Fatalf("compile the programs: %v\n%s", err, out)
	}
	return exe
}

type folder struct {
	once sync.Once
	path string
}

var programs folder

func (f *folder) dir(t *testing.T) string {
	f.once.Do(func() { f.path, _ = os.MkdirTemp("", "graph") })
	return f.path
}

func TestMain(m *testing.M) {
	code := m.Run()
	if programs.path != "" {
		os.RemoveAll(programs.path)
	}
	os.Exit(code)
}

// chunks is memory as the recorder wrote it.
type chunks []chunk

type chunk struct {
	addr uint64
	data []byte
}

func (m chunks) ReadAt(buf []byte, off int64) (int, error) {
	done := 0
	for _, c := range m {
		at := uint64(off) + uint64(done)
		if at >= c.addr && at < c.addr+uint64(len(c.data)) {
			done += copy(buf[done:], c.data[at-c.addr:])
		}
		if done == len(buf) {
			return done, nil
		}
	}
	return done, io.EOF
}

// record runs a case and returns its memory at the end, and how many cycles the
// program says it left.
func record(t *testing.T, exe, name string, n int, more ...string) (*memory.Snapshot, int) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "memory")
	cmd := exec.Command(exe, append([]string{name, strconv.Itoa(n)}, more...)...)
	cmd.Env = append(os.Environ(), "RECORD="+file)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	seeded, err := strconv.Atoi(strings.TrimSpace(string(out)))
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return decode(t, data), seeded
}

func decode(t *testing.T, data []byte) *memory.Snapshot {
	next := func() uint64 {
		w := binary.LittleEndian.Uint64(data)
		data = data[8:]
		return w
	}
	s := &memory.Snapshot{}
	nodes := map[uint64]int32{}
	type found struct {
		memory.Block
		site uint64
	}
	var all []found
	for range next() {
		all = append(all, found{memory.Block{Addr: next(), Size: next()}, next()})
	}
	slices.SortFunc(all, func(a, b found) int { return int(int64(a.Addr) - int64(b.Addr)) })
	for _, f := range all {
		if _, ok := nodes[f.site]; !ok {
			nodes[f.site] = int32(len(nodes))
		}
		f.Node = nodes[f.site]
		s.Live = append(s.Live, f.Block)
	}
	var mem chunks
	for len(data) > 0 {
		addr, size, kind, from := next(), next(), next(), next()
		mem = append(mem, chunk{addr, data[:size:size]})
		switch r := (memory.Range{Start: from, End: addr + size}); kind {
		case 1:
			s.Stacks = append(s.Stacks, r)
		case 2:
			s.Data = append(s.Data, r)
		}
		data = data[size:]
	}
	s.Mem = mem
	return s
}

func cases(t *testing.T, exe string) []string {
	out, _ := exec.Command(exe).Output()
	names := strings.Fields(string(out))
	if len(names) < 40 {
		t.Fatalf("the program lists %d cases", len(names))
	}
	return names
}

// TestPrograms finds each cycle that the programs leave, and no other.
func TestPrograms(t *testing.T) {
	for _, flags := range [][]string{{"-O"}, {"-g"}} {
		exe := build(t, flags...)
		for _, name := range cases(t, exe) {
			t.Run(strings.Join(flags, " ")+" "+name, func(t *testing.T) {
				t.Parallel()
				for _, n := range []int{1, 7, 40} {
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

// TestManyCycles asks for 60,000 cycles in half a second.
func TestManyCycles(t *testing.T) {
	s, seeded := record(t, build(t, "-O"), "rc-pair", 60_000)
	start := time.Now()
	r := Analyze(s, Options{})
	took := time.Since(start)
	if found := count(r); found != seeded {
		t.Errorf("%d cycles found, %d seeded", found, seeded)
	}
	t.Logf("%d blocks in %v\n%s", len(s.Live), took, show(s, r))
	if took > time.Second {
		t.Errorf("took %v", took)
	}
}
