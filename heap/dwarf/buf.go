package dwarf

import (
	"bytes"
	"encoding/binary"
)

// buf reads forward. A read behind the end gives zeros and sets bad; off never
// passes the end, so loops that look at bad or at off come to an end.
type buf struct {
	data []byte
	off  int
	bad  bool
}

func (b *buf) fail() {
	b.bad = true
	b.off = len(b.data)
}

func (b *buf) left() int { return len(b.data) - b.off }

func (b *buf) skip(n uint64) {
	if n > uint64(b.left()) {
		b.fail()
		return
	}
	b.off += int(n)
}

func (b *buf) bytes(n uint64) []byte {
	start := b.off
	b.skip(n)
	if b.bad {
		return nil
	}
	return b.data[start:b.off]
}

func (b *buf) u8() uint8 {
	if b.off >= len(b.data) {
		b.fail()
		return 0
	}
	v := b.data[b.off]
	b.off++
	return v
}

func (b *buf) u16() uint16 {
	if b.left() < 2 {
		b.fail()
		return 0
	}
	v := binary.LittleEndian.Uint16(b.data[b.off:])
	b.off += 2
	return v
}

func (b *buf) u24() uint32 {
	low := uint32(b.u16())
	return low | uint32(b.u8())<<16
}

func (b *buf) u32() uint32 {
	if b.left() < 4 {
		b.fail()
		return 0
	}
	v := binary.LittleEndian.Uint32(b.data[b.off:])
	b.off += 4
	return v
}

func (b *buf) u64() uint64 {
	if b.left() < 8 {
		b.fail()
		return 0
	}
	v := binary.LittleEndian.Uint64(b.data[b.off:])
	b.off += 8
	return v
}

// sized reads a number of 1, 2, 4 or 8 bytes.
func (b *buf) sized(n int) uint64 {
	switch n {
	case 1:
		return uint64(b.u8())
	case 2:
		return uint64(b.u16())
	case 4:
		return uint64(b.u32())
	case 8:
		return b.u64()
	}
	b.fail()
	return 0
}

func (b *buf) uleb() uint64 {
	if b.off < len(b.data) {
		if c := b.data[b.off]; c < 0x80 {
			b.off++
			return uint64(c)
		}
	}
	return b.ulebLong()
}

func (b *buf) ulebLong() uint64 {
	var v uint64
	for shift := 0; ; shift += 7 {
		c := b.u8()
		if shift < 64 {
			v |= uint64(c&0x7f) << shift
		}
		if c < 0x80 || b.bad {
			return v
		}
	}
}

func (b *buf) sleb() int64 {
	var v int64
	for shift := 0; ; {
		c := b.u8()
		if shift < 64 {
			v |= int64(c&0x7f) << shift
		}
		shift += 7
		if c < 0x80 || b.bad {
			if c&0x40 != 0 && shift < 64 {
				v |= -1 << shift
			}
			return v
		}
	}
}

// skipLEB passes a number of variable length.
func (b *buf) skipLEB() {
	for b.off < len(b.data) {
		c := b.data[b.off]
		b.off++
		if c < 0x80 {
			return
		}
	}
	b.fail()
}

// text reads up to a zero byte.
func (b *buf) text() string {
	s := cstring(b.data, uint64(b.off))
	b.skip(uint64(len(s)) + 1)
	return s
}

func (b *buf) skipText() {
	for b.off < len(b.data) {
		b.off++
		if b.data[b.off-1] == 0 {
			return
		}
	}
	b.fail()
}

// length reads the length that begins a unit or table, and whether offsets in it
// have 8 bytes.
func (b *buf) length() (n uint64, wide bool) {
	v := b.u32()
	if v < 0xfffffff0 {
		return uint64(v), false
	}
	if v != 0xffffffff {
		b.fail()
		return 0, false
	}
	return b.u64(), true
}

func (b *buf) offset(wide bool) uint64 {
	if wide {
		return b.u64()
	}
	return uint64(b.u32())
}

// cstring is the string at off in a table of them.
func cstring(data []byte, off uint64) string {
	if off >= uint64(len(data)) {
		return ""
	}
	data = data[off:]
	if end := bytes.IndexByte(data, 0); end >= 0 {
		return string(data[:end])
	}
	return ""
}
