package record

import (
	"encoding/binary"
	"slices"
	"strings"

	"softshell/heap/glibc"
	"softshell/heap/memory"
	"softshell/heap/process"
)

// roots finds what may hold a block from outside of the heap.
type roots struct {
	mem     process.ID
	maps    []process.Mapping
	threads []process.Thread
	// last is the thread that ended the process, and lastSP where the stack of
	// its caller begins; all of its stack is dead when main has returned.
	last     int
	lastSP   uint64
	returned bool
	// stacks are those that threads started on, by thread id. A signal handler may
	// run on another one; what it interrupted is alive all the same.
	stacks map[int]memory.Range
}

// into fills the snapshot's roots.
func (r *roots) into(s *memory.Snapshot) {
	for i := range r.threads {
		t := &r.threads[i]
		if tls, ok := r.storage(t.Base); ok {
			s.Data = append(s.Data, tls)
		}
		if t.TID == r.last {
			r.lastStack(s)
			continue
		}
		s.Words = append(s.Words, t.Words...)
		r.stack(s, t.TID, t.SP)
	}
	if len(r.threads) == 0 {
		r.lastStack(s)
	}
	s.Data = append(s.Data, r.data()...)
	s.Stacks, s.Data = disjoint(s.Stacks), disjoint(s.Data)
	s.Data = without(s.Data, s.Stacks)
}

// lastStack adds the stack of the thread that ended the process.
func (r *roots) lastStack(s *memory.Snapshot) {
	if !r.returned {
		r.stack(s, r.last, r.lastSP)
	}
}

// redZone is how far below the stack pointer a function may keep things.
const redZone = 128

// stack adds the stack that sp is on, and the thread's first one if that is another.
func (r *roots) stack(s *memory.Snapshot, tid int, sp uint64) {
	m := r.at(sp)
	if m == nil {
		return
	}
	s.Stacks = append(s.Stacks, memory.Range{Start: max(m.Start, (sp-redZone)&^7), End: m.End})
	if first, ok := r.stacks[tid]; ok && (sp < first.Start || first.End <= sp) {
		s.Stacks = append(s.Stacks, first)
	}
}

func (r *roots) at(addr uint64) *process.Mapping {
	i, ok := slices.BinarySearchFunc(r.maps, addr, func(m process.Mapping, a uint64) int {
		switch {
		case m.End <= a:
			return -1
		case m.Start > a:
			return 1
		}
		return 0
	})
	if !ok {
		return nil
	}
	return &r.maps[i]
}

// Thread-local storage of the modules that were there at the start lies beside
// the thread's descriptor: below it on x86-64, above it on arm64.
const (
	tlsBelow = 64 << 10
	tlsAbove = 4 << 10
)

func (r *roots) storage(base uint64) (memory.Range, bool) {
	m := r.at(base)
	if base == 0 || m == nil {
		return memory.Range{}, false
	}
	from, to := m.Start, m.End
	if base-from > tlsBelow {
		from = base - tlsBelow
	}
	if to-base > tlsAbove {
		to = base + tlsAbove
	}
	return memory.Range{Start: from &^ 7, End: to}, true
}

// data is the static data of all modules: what is mapped writable of a file,
// and the anonymous memory right behind it, which is the rest of .bss.
func (r *roots) data() []memory.Range {
	var out []memory.Range
	file := ""
	for i := range r.maps {
		m := &r.maps[i]
		switch {
		case strings.HasPrefix(m.Path, "/") && m.Inode != 0:
			file = m.Path
		case m.Path == "" && i > 0 && r.maps[i-1].End == m.Start && file != "":
		default:
			file = ""
		}
		if file == "" || !m.Readable() || !m.Writable() || !m.Private() || ours(file) {
			continue
		}
		if m.Path == "" {
			file = ""
		}
		out = append(out, memory.Range{Start: m.Start, End: m.End})
	}
	return r.withoutArena(out)
}

// ours reports whether a mapping is of the collector's library.
func ours(path string) bool { return strings.Contains(path, "libsoftshell_heap") }

// withoutArena cuts the allocator's own lists out.
func (r *roots) withoutArena(data []memory.Range) []memory.Range {
	for _, d := range data {
		if m := r.at(d.Start); m == nil || !strings.Contains(m.Path, "libc") || d.End-d.Start > 1<<20 {
			continue
		}
		b := make([]byte, d.End-d.Start)
		if n, _ := r.mem.ReadAt(b, int64(d.Start)); n < len(b) {
			continue
		}
		if start, end, ok := glibc.MainArena(b, d.Start, r.word); ok {
			return without(data, []memory.Range{{Start: start, End: end}})
		}
	}
	return data
}

func (r *roots) word(addr uint64) (uint64, bool) {
	var b [8]byte
	if _, err := r.mem.ReadAt(b[:], int64(addr)); err != nil {
		return 0, false
	}
	return binary.NativeEndian.Uint64(b[:]), true
}

// disjoint sorts ranges and joins those that meet.
func disjoint(in []memory.Range) []memory.Range {
	slices.SortFunc(in, func(a, b memory.Range) int {
		switch {
		case a.Start < b.Start:
			return -1
		case a.Start > b.Start:
			return 1
		}
		return 0
	})
	var out []memory.Range
	for _, r := range in {
		if k := len(out) - 1; k >= 0 && r.Start <= out[k].End {
			out[k].End = max(out[k].End, r.End)
			continue
		}
		if r.Start < r.End {
			out = append(out, r)
		}
	}
	return out
}

// without cuts the ranges of cut out of in.
func without(in, cut []memory.Range) []memory.Range {
	for _, c := range cut {
		var out []memory.Range
		for _, r := range in {
			if c.End <= r.Start || r.End <= c.Start {
				out = append(out, r)
				continue
			}
			if r.Start < c.Start {
				out = append(out, memory.Range{Start: r.Start, End: c.Start})
			}
			if c.End < r.End {
				out = append(out, memory.Range{Start: c.End, End: r.End})
			}
		}
		in = out
	}
	return in
}
