// Package memorytest gets a memory.Snapshot of a small Rust program without the
// collector: the program, compiled with its module record, writes down its own
// blocks and memory.
package memorytest

import (
	"encoding/binary"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"softshell/heap/memory"
)

// Build compiles a program with its recorder and returns the path of the binary.
func Build(t testing.TB, source, dir string, flags ...string) string {
	t.Helper()
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("the recorder of the test programs reads registers of linux/amd64")
	}
	f, err := os.CreateTemp(dir, "program")
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	args := append([]string{"--edition", "2021", "--cfg", "record", "-Awarnings",
		"-Cforce-frame-pointers=yes", "-o", f.Name(), source}, flags...)
	if out, err := exec.Command("rustc", args...).CombinedOutput(); err != nil {
		t.Fatalf("compile %s: %v\n%s", source, err, out)
	}
	return f.Name()
}

// Record runs a program and returns its memory at the end, and what it printed.
func Record(t testing.TB, exe string, args ...string) (*memory.Snapshot, string) {
	t.Helper()
	return RecordInput(t, "", exe, args...)
}

// RecordInput is Record for a program that reads its standard input.
func RecordInput(t testing.TB, input, exe string, args ...string) (*memory.Snapshot, string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "memory")
	cmd := exec.Command(exe, args...)
	cmd.Stdin = strings.NewReader(input)
	cmd.Env = append(os.Environ(), "RECORD="+file)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("run %s %v: %v", exe, args, err)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return decode(data), string(out)
}

// Chunks is memory that was written down.
type Chunks []Chunk

// Chunk is memory from an address on.
type Chunk struct {
	Addr uint64
	Data []byte
}

// ReadAt reads at an address.
func (m Chunks) ReadAt(buf []byte, off int64) (int, error) {
	done := 0
	for _, c := range m {
		at := uint64(off) + uint64(done)
		if at >= c.Addr && at < c.Addr+uint64(len(c.Data)) {
			done += copy(buf[done:], c.Data[at-c.Addr:])
		}
		if done == len(buf) {
			return done, nil
		}
	}
	return done, io.EOF
}

type found struct {
	memory.Block
	freed uint64
}

func decode(data []byte) *memory.Snapshot {
	next := func() uint64 {
		w := binary.LittleEndian.Uint64(data)
		data = data[8:]
		return w
	}
	s := &memory.Snapshot{}
	nodes := map[uint64]int32{}
	var freed []found
	for range next() {
		b := memory.Block{Addr: next(), Size: next()}
		site, when := next(), next()
		if _, ok := nodes[site]; !ok {
			nodes[site] = int32(len(nodes))
		}
		if b.Node = nodes[site]; when == 0 {
			s.Live = append(s.Live, b)
		} else {
			freed = append(freed, found{b, when})
		}
	}
	s.Freed = left(s.Live, freed)
	byAddr := func(a, b memory.Block) int { return int(int64(a.Addr) - int64(b.Addr)) }
	slices.SortFunc(s.Live, byAddr)
	slices.SortFunc(s.Freed, byAddr)
	var mem Chunks
	for len(data) > 0 {
		addr, size, kind, from := next(), next(), next(), next()
		mem = append(mem, Chunk{addr, data[:size:size]})
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

// left are the freed blocks whose bytes were not handed out again: the last ones.
func left(live []memory.Block, freed []found) []memory.Block {
	const granule = 16
	taken := map[uint64]bool{}
	take := func(b memory.Block) (free bool) {
		free = true
		for a := b.Addr / granule; a*granule < b.Addr+b.Size; a++ {
			free = free && !taken[a]
			taken[a] = true
		}
		return free
	}
	for _, b := range live {
		take(b)
	}
	slices.SortFunc(freed, func(a, b found) int { return int(b.freed) - int(a.freed) })
	var out []memory.Block
	for _, f := range freed {
		if take(f.Block) {
			out = append(out, f.Block)
		}
	}
	return out
}
