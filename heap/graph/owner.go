package graph

import (
	"encoding/binary"
	"io"
	"sync"
)

// nearby is the words around a pointer.
type nearby struct {
	buf     []byte
	piece   piece
	base    uint64
	counted bool // the source may begin with two counts
}

// at returns the word n words behind offset off; it must be of the same block.
func (c *nearby) at(off, n int) (uint64, bool) {
	i := off + n*word
	if i < 0 || i+word > len(c.buf) {
		return 0, false
	}
	if c.counted && c.base+uint64(i)-c.piece.first < 2*word {
		return 0, false
	}
	return binary.LittleEndian.Uint64(c.buf[i:]), true
}

// limit says which part of a buffer is in use.
type limit struct {
	dst        int32
	hash       bool
	ring       bool   // it may be one
	elem       uint64 // bytes of an element
	cap        uint64 // elements; buckets of a hash table
	len        uint64
	head, more uint64 // of a ring: from head, more elements
}

// around marks an edge by what stands beside it.
func (sc *scanner) around(c *nearby, off int, e *edge, into uint64) {
	size := sc.index.blocks[e.dst].Size
	next, okNext := c.at(off, 1)
	switch {
	case into == 0:
		before, okBefore := c.at(off, -1)
		if okBefore && okNext {
			sc.vec(c, off, e, size, before, next)
		}
		if okNext && e.mark&vec == 0 {
			e.mark |= sc.tables.dyn(next, size)
		}
	case into&(into-1) == 0 && into >= 16 && into <= 256:
		before, okBefore := c.at(off, -1)
		if okNext && sc.tables.waker(next) || okBefore && sc.tables.waker(before) {
			e.mark |= waker
		} else if into == 2*word || (sc.index.blocks[e.dst].Addr|size)%into == 0 {
			e.mark |= loose // a value with the alignment that it stands at
		}
		sc.hash(c, off, e, size, into)
	default:
		sc.hash(c, off, e, size, into)
	}
}

// vec recognises capacity, pointer, length; and head and length of a ring.
func (sc *scanner) vec(c *nearby, off int, e *edge, size, capacity, length uint64) {
	if capacity == 0 || length > capacity || size%capacity != 0 {
		return
	}
	e.mark |= vec
	l := limit{dst: e.dst, elem: size / capacity, cap: capacity, len: length}
	if n, ok := c.at(off, 2); ok && length < capacity && n <= capacity {
		l.ring, l.head, l.more = true, length, n
	}
	if capacity > 1 && l.elem%word == 0 {
		sc.out.limits = append(sc.out.limits, l)
	}
}

// hash recognises control pointer, mask, room, items; behind the control bytes of
// the buckets stand as many as are read at once, 16 or 8.
func (sc *scanner) hash(c *nearby, off int, e *edge, size, into uint64) {
	mask, ok1 := c.at(off, 1)
	room, ok2 := c.at(off, 2)
	items, ok3 := c.at(off, 3)
	n := mask + 1
	if !ok1 || !ok2 || !ok3 || n == 0 || n&mask != 0 || items > n || room > n || into+n+16 != size && into+n+8 != size {
		return
	}
	e.mark |= table
	if into%n == 0 && into/n%word == 0 {
		sc.out.limits = append(sc.out.limits, limit{dst: e.dst, hash: true, elem: into / n, cap: n, len: into})
	}
}

// vtables reads and remembers tables of functions.
type vtables struct {
	mem   io.ReaderAt
	index *index
	known sync.Map // address to vtable
}

// vtable is what a table of functions may be of.
type vtable struct {
	waker       bool
	size, align uint64 // align 0: of no type
}

// user is the end of the addresses of a program.
const user = 1 << 47

func (v *vtables) get(addr uint64) vtable {
	if addr < 1<<16 || addr >= user || addr%word != 0 {
		return vtable{}
	}
	if t, ok := v.known.Load(addr); ok {
		return t.(vtable)
	}
	if v.index.find(addr) >= 0 {
		return vtable{}
	}
	var t vtable
	var buf [4 * word]byte
	if n, _ := v.mem.ReadAt(buf[:], int64(addr)); n >= 3*word {
		w := [4]uint64{}
		for i := range w {
			w[i] = binary.LittleEndian.Uint64(buf[i*word:])
		}
		code := func(a uint64) bool { return a >= 1<<12 && a < user }
		t.waker = n == len(buf) && code(w[0]) && code(w[1]) && code(w[2]) && code(w[3])
		if (w[0] == 0 || code(w[0])) && w[1] < 1<<40 && w[2] > 0 && w[2] <= 1<<12 && w[2]&(w[2]-1) == 0 && w[1]%w[2] == 0 {
			t.size, t.align = w[1], w[2]
		}
	}
	v.known.Store(addr, t)
	return t
}

func (v *vtables) waker(addr uint64) bool { return v.get(addr).waker }

// dyn says what a pointer to the start of a block of that size is, before a
// vtable at addr.
func (v *vtables) dyn(addr, size uint64) mark {
	t := v.get(addr)
	if t.align == 0 || t.size == 0 {
		return 0
	}
	up := func(n, a uint64) uint64 { return (n + a - 1) &^ (a - 1) }
	switch a := max(t.align, word); {
	case size == t.size:
		return boxed
	case size == up(up(2*word, a)+t.size, a):
		return rcDyn
	}
	return 0
}
