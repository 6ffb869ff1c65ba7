package secret

import "encoding/binary"

// A stretch of a pattern is noticed by a window of some bytes that memory and
// pattern share. Memory is looked at at each multiple of the window's size, and
// all windows of the patterns are known: a stretch of twice the size, less one,
// covers such a window wherever it begins.
const (
	wide   = 8
	narrow = 4
)

// Of a long pattern, of which only long stretches are looked for, it is enough to
// know as many windows as there are bytes in one, every so many bytes.
const (
	long  = 512
	every = 128
)

// filter knows the windows of some patterns.
type filter struct {
	span    int          // bytes of a window
	bits    [2048]uint64 // by hash: may a window be one of a pattern's?
	windows map[uint64][]place
}

// place is where a window stands in a pattern.
type place struct{ pattern, offset int32 }

// newFilters makes one filter for patterns of which short stretches count, and
// one for the others.
func newFilters(ps []pattern) []*filter {
	var out []*filter
	for _, span := range []int{narrow, wide} {
		f := &filter{span: span, windows: map[uint64][]place{}}
		for i := range ps {
			if (ps[i].scan >= 2*wide-1) == (span == wide) {
				f.add(int32(i), ps[i].text)
			}
		}
		if len(f.windows) > 0 {
			out = append(out, f)
		}
	}
	return out
}

func (f *filter) add(pattern int32, text []byte) {
	for i := 0; i+f.span <= len(text); i++ {
		if len(text) > long && i%every >= f.span {
			continue
		}
		w := uint64(binary.LittleEndian.Uint32(text[i:]))
		if f.span == wide {
			w = binary.LittleEndian.Uint64(text[i:])
		}
		f.windows[w] = append(f.windows[w], place{pattern, int32(i)})
		h := hash(w)
		f.bits[h/64] |= 1 << (h % 64)
	}
}

// hash gives the 17 bits that tell one of filter.bits.
func hash(w uint64) uint64 { return w * 0x9e3779b97f4a7c15 >> 47 }

// each calls found for each window of buf that is one of a pattern's.
func (f *filter) each(buf []byte, found func(at int, places []place)) {
	if f.span == wide {
		for rest := buf; len(rest) >= wide; rest = rest[wide:] {
			w := binary.LittleEndian.Uint64(rest)
			if h := hash(w); f.bits[h/64]>>(h%64)&1 != 0 {
				f.ask(w, len(buf)-len(rest), found)
			}
		}
		return
	}
	for rest := buf; len(rest) >= narrow; rest = rest[narrow:] {
		w := uint64(binary.LittleEndian.Uint32(rest))
		if h := hash(w); f.bits[h/64]>>(h%64)&1 != 0 {
			f.ask(w, len(buf)-len(rest), found)
		}
	}
}

func (f *filter) ask(w uint64, at int, found func(at int, places []place)) {
	if p := f.windows[w]; p != nil {
		found(at, p)
	}
}

func (f *filter) wipe() {
	clear(f.bits[:])
	clear(f.windows)
}
