package secret

import (
	"bytes"
	"cmp"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"softshell/heap/memory"
	"softshell/heap/profile"
)

// Hit is where bytes of a secret stayed.
type Hit struct {
	Name   string
	Form   string // "" as they are, "hex", "base64"
	Where  profile.Where
	Node   int32 // that allocated the block; -1 when there is none, or it is not known
	Offset int64 // in the block, or 0, of the longest
	Size   int64 // of the block
	Length int64 // bytes of the secret that stand there
	Whole  bool  // all of it does
	Count  int64 // such hits
}

// Search looks for secrets in all that a snapshot names. Kinds are those of its
// live blocks, or nil if they are not known.
func Search(s *memory.Snapshot, kinds []profile.Kind, needles []*Needle) []Hit {
	ps := patterns(needles)
	filters := newFilters(ps)
	defer wipe(ps)
	margin := 0
	for i := range ps {
		margin = max(margin, len(ps[i].text))
	}
	if len(ps) == 0 {
		return nil
	}
	windows := split(areas(s))
	parts := make([][]Hit, len(windows))
	var next atomic.Int64
	var wait sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			sr := &searcher{s: s, kinds: kinds, needles: needles, patterns: ps, filters: filters, margin: margin}
			sr.buf = make([]byte, window+2*margin)
			defer clear(sr.buf)
			for i := int(next.Add(1)) - 1; i < len(windows); i = int(next.Add(1)) - 1 {
				sr.hits = nil
				sr.search(windows[i])
				parts[i] = sr.hits
			}
		})
	}
	wait.Wait()
	for _, f := range filters {
		f.wipe()
	}
	return group(slices.Concat(parts...))
}

// window is how much is searched at once.
const window = 1 << 20

// piece is the part of an area from from up to to.
type piece struct {
	area
	from, to uint64
}

func split(as []area) []piece {
	var out []piece
	for _, a := range as {
		for from := a.Start; from < a.End; from += window {
			out = append(out, piece{a, from, min(from+window, a.End)})
		}
	}
	return out
}

// searcher searches one piece after another.
type searcher struct {
	s        *memory.Snapshot
	kinds    []profile.Kind
	needles  []*Needle
	patterns []pattern
	filters  []*filter
	margin   int // bytes of the longest pattern
	buf      []byte
	hits     []Hit
}

// search reads a piece with as much around it as a pattern is long. A stretch
// belongs to the piece in which it begins.
func (sr *searcher) search(p piece) {
	from := max(p.Start, p.from-min(p.from, uint64(sr.margin)))
	to := min(p.End, p.to+uint64(sr.margin))
	buf := sr.buf[:to-from]
	n, _ := sr.s.Mem.ReadAt(buf, int64(from))
	if n == len(buf) {
		sr.scan(p, buf, from)
		return
	}
	const page = 4096
	run := from // start of what could be read
	for at := from; at < to; {
		end := min((at+page)&^(page-1), to)
		if n, _ := sr.s.Mem.ReadAt(buf[at-from:end-from], int64(at)); uint64(n) < end-at {
			if run < at {
				sr.scan(p, buf[run-from:at-from], run)
			}
			run = end
		}
		at = end
	}
	if run < to {
		sr.scan(p, buf[run-from:], run)
	}
}

// stretch is bytes of a pattern in memory, at offsets of the buffer.
type stretch struct{ pattern, from, to int }

func (sr *searcher) scan(p piece, buf []byte, base uint64) {
	var found []stretch
	behind := make([]int, len(sr.patterns)) // of each pattern, where its last stretch ended
	for _, f := range sr.filters {
		f.each(buf, func(at int, places []place) {
			known := len(found)
			for _, pl := range places {
				if at+f.span > behind[pl.pattern] {
					found = append(found, sr.extend(buf, at, f.span, pl))
				}
			}
			for _, st := range found[known:] {
				behind[st.pattern] = max(behind[st.pattern], st.to)
			}
		})
	}
	for _, st := range longest(found) {
		if at := base + uint64(st.from); at >= p.from && at < p.to && varied(buf[st.from:st.to]) {
			sr.hit(p, buf, base, st)
		}
	}
}

// longest leaves out each stretch that overlaps a longer one of its pattern.
func longest(all []stretch) []stretch {
	slices.SortFunc(all, func(a, b stretch) int {
		return cmp.Or(cmp.Compare(a.pattern, b.pattern), cmp.Compare(a.from, b.from), cmp.Compare(b.to, a.to))
	})
	var out []stretch
	for _, st := range all {
		k := len(out) - 1
		switch {
		case k < 0 || out[k].pattern != st.pattern || out[k].to <= st.from:
			out = append(out, st)
		case st.to-st.from > out[k].to-out[k].from:
			out[k] = st
		}
	}
	return out
}

// extend finds how far memory and pattern agree around a window.
func (sr *searcher) extend(buf []byte, at, span int, pl place) stretch {
	text := sr.patterns[pl.pattern].text
	from, i := at, int(pl.offset)
	for from > 0 && i > 0 && buf[from-1] == text[i-1] {
		from--
		i--
	}
	to, j := at+span, int(pl.offset)+span
	for to < len(buf) && j < len(text) && buf[to] == text[j] {
		to++
		j++
	}
	return stretch{int(pl.pattern), from, to}
}

func (sr *searcher) hit(p piece, buf []byte, base uint64, st stretch) {
	pt := &sr.patterns[st.pattern]
	length := st.to - st.from
	h := Hit{Name: sr.needles[pt.needle].Name, Form: pt.form, Where: p.where, Node: -1, Count: 1}
	h.Whole = length == len(pt.text)
	h.Length = int64(float64(length)*pt.per + 0.5)
	at := base + uint64(st.from)
	switch {
	case p.heap:
		sr.place(&h, at, base+uint64(st.to)-1)
	case p.where == profile.InEnvironment:
		if !inVariable(buf[:st.from]) {
			h.Where = profile.InArguments
		}
	}
	cut := h.Node >= 0 && (h.Offset == clobbered || h.Offset+int64(length) == h.Size)
	if length < pt.min && !(length >= pt.scan && h.Where == profile.InFreed && cut) {
		return
	}
	sr.hits = append(sr.hits, h)
}

// place finds the block of a stretch in the heap: that of its first byte, else
// that of its last.
func (sr *searcher) place(h *Hit, addrs ...uint64) {
	for _, at := range addrs {
		if i := blockAt(sr.s.Live, at); i >= 0 {
			b := sr.s.Live[i]
			h.Where = profile.InLive
			if sr.kinds != nil {
				switch sr.kinds[i] {
				case profile.Direct, profile.Indirect, profile.Cyclic:
					h.Where = profile.InLeaked
				}
			}
			h.Node, h.Size, h.Offset = b.Node, int64(b.Size), int64(addrs[0]-b.Addr)
			break
		}
		if i := blockAt(sr.s.Freed, at); i >= 0 {
			b := sr.s.Freed[i]
			h.Node, h.Size, h.Offset = b.Node, int64(b.Size), int64(addrs[0]-b.Addr)
			break
		}
	}
	h.Offset = max(h.Offset, 0)
}

// inVariable reports whether the bytes behind before stand in the value of a
// variable of the environment.
func inVariable(before []byte) bool {
	start := bytes.LastIndexByte(before, 0) + 1
	name, _, ok := bytes.Cut(before[start:], []byte("="))
	for i, c := range name {
		if c != '_' && (c|0x20 < 'a' || c|0x20 > 'z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return ok && len(name) > 0
}

// group puts hits of one secret, form, kind of memory and node together, those
// of the whole secret apart; the longest is described.
func group(hits []Hit) []Hit {
	type key struct {
		name, form string
		where      profile.Where
		node       int32
		whole      bool
	}
	index := map[key]int{}
	var out []Hit
	for _, h := range hits {
		k := key{h.Name, h.Form, h.Where, h.Node, h.Whole}
		i, ok := index[k]
		if !ok {
			index[k] = len(out)
			out = append(out, h)
			continue
		}
		n := out[i].Count + 1
		if h.Length > out[i].Length {
			out[i] = h
		}
		out[i].Count = n
	}
	slices.SortFunc(out, func(a, b Hit) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Where, b.Where), cmp.Compare(a.Form, b.Form),
			cmp.Compare(a.Node, b.Node), cmp.Compare(bool2(b.Whole), bool2(a.Whole)))
	})
	return out
}

func bool2(b bool) int {
	if b {
		return 1
	}
	return 0
}
