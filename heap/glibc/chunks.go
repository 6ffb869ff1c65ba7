package glibc

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"

	"softshell/heap/memory"
	"softshell/heap/process"
)

// The layout of chunks: a word of the chunk before, the size with three flags,
// then the block, which goes on over the first word of the next chunk.
const (
	header   = 16
	inUse    = 1 // of the chunk before
	mapped   = 2 // a mapping of its own
	flags    = 7
	smallest = 32
	heapMax  = 64 << 20 // arenas but the main one live in heaps aligned to this
	fence    = 64       // a heap that is full ends with chunks that are none, within this
)

// Blocks lists what malloc has handed out, and what it has taken back.
func Blocks(mem io.ReaderAt, maps []process.Mapping) (live, freed []memory.Block, notes []string) {
	r := &reader{mem: mem, maps: maps, window: window{mem: mem}}
	first, ok := r.mainArena()
	if !ok {
		return nil, nil, []string{"no malloc of glibc (2.27 or newer) was found in the process, so its blocks are not known"}
	}
	arenas := r.arenas(first)
	r.mainHeap(first)
	for _, a := range arenas[1:] {
		r.heaps(a)
	}
	slices.SortFunc(r.chunks, func(a, b chunk) int { return cmp.Compare(a.addr, b.addr) })
	for _, a := range arenas {
		r.fastLists(a)
	}
	if r.caches() == 0 && len(r.chunks) > 0 {
		r.note("no thread's cache was found: blocks that were given back into one count as live")
	}
	r.singles()
	slices.SortFunc(r.chunks, func(a, b chunk) int { return cmp.Compare(a.addr, b.addr) })
	for _, c := range r.chunks {
		b := memory.Block{Addr: c.addr + header, Size: c.usable, Node: -1}
		switch c.state {
		case live0:
			live = append(live, b)
		case free0:
			freed = append(freed, b)
		}
	}
	return live, freed, r.notes
}

// What a chunk is.
const (
	live0 = iota
	free0
	cache0 // the list heads of a thread's cache: malloc's own
)

type chunk struct {
	addr, size uint64
	usable     uint64 // bytes of its block
	state      int
}

type reader struct {
	mem    io.ReaderAt
	maps   []process.Mapping
	window window
	chunks []chunk
	notes  []string
}

func (r *reader) note(text string) { r.notes = append(r.notes, text) }

func (r *reader) word(addr uint64) (uint64, bool) { return r.window.word(addr) }

// window reads words that lie close together.
type window struct {
	mem   io.ReaderAt
	start uint64
	bytes []byte
}

// step is how much is read at once.
const step = 256 << 10

func (w *window) word(addr uint64) (uint64, bool) {
	if addr < w.start || addr+8 > w.start+uint64(len(w.bytes)) {
		b := w.bytes[:0]
		if cap(b) == 0 {
			b = make([]byte, step)
		}
		n, _ := w.mem.ReadAt(b[:step], int64(addr))
		w.start, w.bytes = addr, b[:n]
		if n < 8 {
			return 0, false
		}
	}
	return binary.NativeEndian.Uint64(w.bytes[addr-w.start:]), true
}

// mainArena looks for it in the data of all libraries that can be libc.
func (r *reader) mainArena() (uint64, bool) {
	for i := range r.maps {
		m := &r.maps[i]
		if !m.Readable() || !m.Writable() || !strings.Contains(m.Path, "libc") || m.End-m.Start > 1<<20 {
			continue
		}
		b := make([]byte, m.End-m.Start)
		if n, _ := r.mem.ReadAt(b, int64(m.Start)); n < len(b) {
			continue
		}
		if start, _, ok := MainArena(b, m.Start, r.word); ok {
			return start, true
		}
	}
	return 0, false
}

// arenas are all, the main one first.
func (r *reader) arenas(first uint64) []uint64 {
	out := []uint64{first}
	for a := first; len(out) < 4096; out = append(out, a) {
		var ok bool
		if a, ok = r.word(a + arenaNext); !ok || a == first {
			break
		}
	}
	return out
}

func (r *reader) mainHeap(arena uint64) {
	top, ok := r.word(arena + arenaTop)
	if !ok {
		return
	}
	for i := range r.maps {
		if m := &r.maps[i]; m.Path == "[heap]" && m.Start <= top && top < m.End {
			r.walk(m.Start, top)
			return
		}
	}
	r.note("the main heap of malloc is not where it is looked for: its blocks are not known")
}

// heaps walks the heaps of an arena, the newest first. Each begins with the
// address of its arena, the heap before it, and its size.
func (r *reader) heaps(arena uint64) {
	end, ok := r.word(arena + arenaTop)
	if !ok || end == 0 {
		return
	}
	info := arena & (heapMax - 1) // the arena stands right behind that in its first heap
	for h, n := end&^(heapMax-1), 0; h != 0 && n < 1<<16; n++ {
		var head [3]uint64
		for i := range head {
			if head[i], ok = r.word(h + 8*uint64(i)); !ok {
				break
			}
		}
		if !ok || head[0] != arena || head[2] > heapMax {
			r.note(fmt.Sprintf("a heap at %#x is not as expected: it was left out", h))
			return
		}
		from := h + info
		if from == arena {
			from += arenaSize
		}
		if n > 0 {
			end = h + head[2]
		}
		r.walk((from+15)&^15, end)
		h = head[1]
	}
}

// walk goes from chunk to chunk. If that does not lead to the end, none counts.
func (r *reader) walk(from, end uint64) {
	before := len(r.chunks)
	for at := from; at < end; {
		size, ok := r.word(at + 8)
		length := size &^ flags
		if ok && end-at <= fence && length < smallest {
			return
		}
		if !ok || length < smallest || length%16 != 0 || length > end-at {
			r.chunks = r.chunks[:before]
			r.note(fmt.Sprintf("the chunks of the heap at %#x make no sense at %#x: it was left out", from, at))
			return
		}
		c := chunk{addr: at, size: length, usable: length - 8}
		if next, ok := r.word(at + length + 8); ok && next&inUse == 0 {
			c.state = free0
		}
		r.chunks = append(r.chunks, c)
		at += length
	}
}

func (r *reader) find(addr uint64) (*chunk, bool) {
	i, ok := slices.BinarySearchFunc(r.chunks, addr, func(c chunk, a uint64) int { return cmp.Compare(c.addr, a) })
	if !ok {
		return nil, false
	}
	return &r.chunks[i], true
}

// The chunks around those that stand in fast lists and in threads' caches do not
// tell that they are free.

// fastLists marks what stands in the fast lists of an arena. They lead from chunk
// to chunk.
func (r *reader) fastLists(arena uint64) {
	for i := range uint64(10) {
		if head, ok := r.word(arena + arenaFast + 8*i); ok {
			r.chain(head, 0)
		}
	}
}

// chain marks a list of chunks, or of blocks when shift is their distance from
// the chunk. A link is mangled with its own address since 2.32.
func (r *reader) chain(head, shift uint64) {
	for at, n := head, 0; at != 0 && n < 1<<20; n++ {
		c, ok := r.find(at - shift)
		if !ok || c.state == free0 && n > 0 {
			return
		}
		c.state = free0
		place := c.addr + header
		link, ok := r.word(place)
		if !ok {
			return
		}
		at = link ^ place>>12
		if _, ok := r.find(at - shift); at != 0 && !ok {
			at = link
		}
	}
}

// A thread's cache is a block itself: 64 counts of 16 bits, then 64 lists.
const (
	cacheChunk = 0x290
	cacheLists = 64
)

// caches finds the caches of all threads by their form, and marks what stands in
// them.
func (r *reader) caches() int {
	found := 0
	for i := range r.chunks {
		c := &r.chunks[i]
		if c.size != cacheChunk || c.state == free0 {
			continue
		}
		var b [cacheChunk - header]byte
		if _, err := r.mem.ReadAt(b[:], int64(c.addr+header)); err != nil {
			continue
		}
		heads, ok := r.cache(b[:])
		if !ok {
			continue
		}
		found++
		c.state = cache0
		for _, h := range heads {
			r.chain(h, header)
		}
	}
	return found
}

// cache reads a block as a thread's cache: a list is empty where its count is 0,
// and leads to chunks of its own size elsewhere.
func (r *reader) cache(b []byte) (heads []uint64, ok bool) {
	for i := range cacheLists {
		count := binary.NativeEndian.Uint16(b[2*i:])
		head := binary.NativeEndian.Uint64(b[2*cacheLists+8*i:])
		if (count == 0) != (head == 0) {
			return nil, false
		}
		if head == 0 {
			continue
		}
		if c, ok := r.find(head - header); !ok || c.size != uint64(16*i+smallest) {
			return nil, false
		}
		heads = append(heads, head)
	}
	return heads, len(heads) > 0
}

// singles finds the blocks that have a mapping of their own: the first words of
// an anonymous mapping tell, and others may stand right behind.
func (r *reader) singles() {
	for i := range r.maps {
		m := &r.maps[i]
		if m.Path != "" || !m.Readable() || !m.Writable() || !m.Private() {
			continue
		}
		for at := m.Start; at < m.End; {
			before, ok := r.word(at)
			size, ok2 := r.word(at + 8)
			length := size &^ flags
			if !ok || !ok2 || before != 0 || size&flags != mapped || length%4096 != 0 || length == 0 || length > m.End-at {
				break
			}
			r.chunks = append(r.chunks, chunk{addr: at, size: length, usable: length - header})
			at += length
		}
	}
}
