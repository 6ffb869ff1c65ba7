package graph

import (
	"encoding/binary"
	"runtime"
	"sync"
	"sync/atomic"

	"softshell/heap/memory"
)

const (
	word = 8
	// window is how much is read at once.
	window = 1 << 20
	// hole is up to how many bytes between two blocks are read rather than skipped.
	hole = 4 << 10
	// wide is how many words beside a pointer are looked at.
	wide = 3
)

// scanned is what the words of the live blocks and of the roots say.
type scanned struct {
	edges  []edge      // by source and word
	roots  []edge      // source -1
	heads  [][2]uint64 // the first two words of each block; 0 where it has none
	limits []limit     // of buffers, in the order of the words that hold them
	unread uint64      // bytes that could not be read
}

// piece is a part of a block, or of a root, within a window.
type piece struct {
	block    int32 // -1: a root
	from, to uint64
	first    uint64 // start of what it is a part of
	last     uint64 // end of that
}

// scan reads all that is alive. Windows are scanned in any order and joined in
// theirs, so that the same memory gives the same result.
func scan(s *memory.Snapshot, workers int) *scanned {
	x := newIndex(s.Live)
	heads := make([][2]uint64, len(s.Live))
	windows := blockWindows(s.Live)
	heap := len(windows)
	for _, r := range append(append([]memory.Range{}, s.Stacks...), s.Data...) {
		windows = append(windows, rangeWindows(r)...)
	}
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	tables := &vtables{mem: s.Mem, index: x}
	parts := make([]scanned, len(windows))
	var next atomic.Int64
	var wait sync.WaitGroup
	for range workers {
		wait.Go(func() {
			sc := &scanner{index: x, mem: s.Mem, heads: heads, tables: tables}
			for {
				i := int(next.Add(1)) - 1
				if i >= len(windows) {
					return
				}
				sc.out = &parts[i]
				sc.window(windows[i])
			}
		})
	}
	wait.Wait()
	return join(s, x, parts, heap, heads)
}

func join(s *memory.Snapshot, x *index, parts []scanned, heap int, heads [][2]uint64) *scanned {
	out := &scanned{heads: heads}
	edges, roots := 0, 0
	for i := range parts {
		if i < heap {
			edges += len(parts[i].edges)
		} else {
			roots += len(parts[i].edges)
		}
	}
	out.edges = make([]edge, 0, edges)
	out.roots = make([]edge, 0, roots+len(s.Words))
	for i := range parts {
		p := &parts[i]
		if i < heap {
			out.edges = append(out.edges, p.edges...)
		} else {
			out.roots = append(out.roots, p.edges...)
		}
		out.limits = append(out.limits, p.limits...)
		out.unread += p.unread
	}
	for _, w := range s.Words {
		if b := x.find(w); b >= 0 {
			out.roots = append(out.roots, plainEdge(-1, b, 0, w-s.Live[b].Addr))
		}
	}
	return out
}

func plainEdge(src, dst int32, word uint32, into uint64) edge {
	e := edge{src: src, dst: dst, word: word, into: uint32(min(into, far))}
	if into == 0 {
		e.mark = start
	}
	return e
}

// blockWindows cuts the blocks into windows; a block may fall into several.
func blockWindows(blocks []memory.Block) [][]piece {
	var out [][]piece
	var cur []piece
	var began uint64
	flush := func() {
		if len(cur) > 0 {
			out = append(out, cur)
			cur = nil
		}
	}
	for i, b := range blocks {
		first, last := (b.Addr+word-1)&^(word-1), b.Addr+b.Size
		for from := first; from+word <= last; {
			if len(cur) > 0 && (from-cur[len(cur)-1].to > hole || from-began >= window) {
				flush()
			}
			if len(cur) == 0 {
				began = from
			}
			to := min(last, began+window)
			to = from + (to-from)&^(word-1)
			if to == from {
				flush()
				continue
			}
			cur = append(cur, piece{int32(i), from, to, first, last})
			from = to
		}
	}
	flush()
	return out
}

func rangeWindows(r memory.Range) [][]piece {
	var out [][]piece
	first := (r.Start + word - 1) &^ (word - 1)
	for from := first; from+word <= r.End; from += window {
		to := min(from+window, first+(r.End-first)&^(word-1))
		out = append(out, []piece{{-1, from, to, first, r.End}})
	}
	return out
}

// scanner scans one window after another.
type scanner struct {
	index *index
	mem   interface {
		ReadAt([]byte, int64) (int, error)
	}
	heads  [][2]uint64
	tables *vtables
	buf    []byte
	out    *scanned
}

// window reads from some words before the first piece to some behind the last,
// so that the neighbours of each word of a block are at hand.
func (sc *scanner) window(pieces []piece) {
	p, q := pieces[0], pieces[len(pieces)-1]
	from := max(p.first, p.from-min(p.from, wide*word))
	to := min(q.to+wide*word, q.first+(q.last-q.first)&^(word-1))
	if n := int(to - from); cap(sc.buf) < n {
		sc.buf = make([]byte, n+window/4)
	}
	buf := sc.buf[:to-from]
	n := readAll(sc.mem, buf, from)
	if n < len(buf) {
		for _, p := range pieces {
			sc.partly(p)
		}
		return
	}
	for _, p := range pieces {
		lo := max(p.first, p.from-min(p.from, wide*word))
		hi := min(p.to+wide*word, p.first+(p.last-p.first)&^(word-1), to)
		sc.words(p, buf[lo-from:hi-from], lo)
	}
}

// partly scans the pages of a piece that can be read.
func (sc *scanner) partly(p piece) {
	const page = 4096
	for from := p.from; from < p.to; {
		to := min((from+page)&^(page-1), p.to)
		buf := sc.buf[:to-from]
		if readAll(sc.mem, buf, from) < len(buf) {
			sc.out.unread += to - from
		} else {
			part := p
			part.from, part.to = from, to
			sc.words(part, buf, from)
		}
		from = to
	}
}

func readAll(mem interface {
	ReadAt([]byte, int64) (int, error)
}, buf []byte, addr uint64) int {
	n, err := mem.ReadAt(buf, int64(addr))
	if err != nil && n < len(buf) {
		return n
	}
	return n
}

// words looks at each word of a piece; buf begins at address base, which may lie
// before the piece.
func (sc *scanner) words(p piece, buf []byte, base uint64) {
	x := sc.index
	lo, hi := x.regions[0].start, x.regions[len(x.regions)-1].end
	c := &nearby{buf: buf, piece: p, base: base}
	if p.block >= 0 {
		c.counted = shape(x.blocks[p.block].Size, sc.head(p, buf))
	}
	for at := int(p.from - base); at < int(p.to-base); at += word {
		w := binary.LittleEndian.Uint64(buf[at:])
		if w < lo || w >= hi {
			continue
		}
		b := x.find(w)
		if b < 0 {
			continue
		}
		into := w - x.blocks[b].Addr
		if p.block < 0 && arena(x.blocks[b].Size, into) {
			continue
		}
		e := plainEdge(p.block, b, uint32((base+uint64(at)-p.first)/word), into)
		sc.around(c, at, &e, into)
		sc.out.edges = append(sc.out.edges, e)
	}
}

// head returns the first two words of the block that a piece is of. The scanner of
// the first piece keeps them for all; another one may be at work at the same time,
// so who begins behind them, and looks back that far, reads them again.
func (sc *scanner) head(p piece, buf []byte) (head [2]uint64) {
	if p.from != p.first {
		var again [2 * word]byte
		if p.from-p.first >= (wide+2)*word || readAll(sc.mem, again[:], p.first) < len(again) {
			return head // it cannot be seen from there
		}
		buf = again[:]
	}
	for i := range min(len(buf)/word, len(head)) {
		head[i] = binary.LittleEndian.Uint64(buf[i*word:])
	}
	if p.from == p.first {
		sc.heads[p.block] = head
	}
	return head
}

// arena reports whether a pointer from a root may be glibc's to the chunk behind
// a block: the header of a free chunk, whose first word is the block's last.
func arena(size, into uint64) bool {
	return size >= 24 && size%16 > 0 && size%16 <= 8 && into == (size-1)&^15 && into > 0
}
