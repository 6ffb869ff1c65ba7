package graph

import (
	"strconv"
	"testing"

	"softshell/heap/memory"
	"softshell/heap/memory/memorytest"
)

// BenchmarkAnalyze looks at heaps of a million blocks and less.
func BenchmarkAnalyze(b *testing.B) {
	exe := memorytest.Build(b, "testdata/programs/cycles.rs", b.TempDir(), "-O")
	for name, n := range map[string]int{"rc-pair": 60_000, "one-tree": 10_000, "live-tree": 1_500, "live-list": 20_000, "btree-map": 1_000} {
		s, _ := memorytest.Record(b, exe, name, strconv.Itoa(n))
		b.Run(name, func(b *testing.B) {
			b.ReportMetric(float64(len(s.Live)), "blocks")
			for b.Loop() {
				Analyze(s, Options{})
			}
		})
	}
}

// BenchmarkScan reads a heap of large blocks with few pointers.
func BenchmarkScan(b *testing.B) {
	const base, size, each = 0x7f00_0000_0000, 256 << 20, 4 << 10
	data := make([]byte, size)
	s := &memory.Snapshot{Mem: memorytest.Chunks{{Addr: base, Data: data}}}
	for at := 0; at < size; at += each {
		s.Live = append(s.Live, memory.Block{Addr: base + uint64(at), Size: each - 16})
		data[at+64] = byte(at >> 12) // a small number
	}
	b.SetBytes(size)
	for b.Loop() {
		Analyze(s, Options{})
	}
}
