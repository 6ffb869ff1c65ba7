package export

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"softshell/heap/profile"
	"softshell/heap/view"
)

// HeaptrackText writes what heaptrack_print prints, so that scripts that read its
// headings and figures read ours. "Leaked" is what heaptrack calls so: all that was
// not given back, whether something still holds it or not. Stacks are not folded.
func HeaptrackText(w io.Writer, v *view.View, o Options) error {
	h := &heaptrack{v: v, p: v.Profile, top: cmp.Or(o.Top, 10)}
	r := &h.p.Run
	fmt.Fprintf(&h.buf, "Debuggee command was: %s\n\n", clean(strings.Join(r.Command, " ")))
	h.section("MOST CALLS TO ALLOCATION FUNCTIONS", func(s *htSum) int64 { return s.calls }, func(s *htSum) string {
		return fmt.Sprintf("%d calls to allocation functions with %s peak consumption from", s.calls, htBytes(s.peak))
	}, func(s *htSum) string {
		return fmt.Sprintf("%d calls with %s peak consumption from:", s.calls, htBytes(s.peak))
	}, htCount)
	h.section("PEAK MEMORY CONSUMERS", func(s *htSum) int64 { return s.peak }, func(s *htSum) string {
		return fmt.Sprintf("%s peak memory consumed over %d calls from", htBytes(s.peak), s.calls)
	}, func(s *htSum) string {
		return fmt.Sprintf("%s consumed over %d calls from:", htBytes(s.peak), s.calls)
	}, htBytes)
	h.section("MEMORY LEAKS", func(s *htSum) int64 { return s.leaked }, func(s *htSum) string {
		return fmt.Sprintf("%s leaked over %d calls from", htBytes(s.leaked), s.calls)
	}, func(s *htSum) string {
		return fmt.Sprintf("%s leaked over %d calls from:", htBytes(s.leaked), s.calls)
	}, htBytes)
	temporary := func(s *htSum) string {
		return fmt.Sprintf("%d temporary allocations of %d allocations in total (%.2f%%) from", s.temporary, s.calls, 100*float64(s.temporary)/float64(max(s.calls, 1)))
	}
	h.section("MOST TEMPORARY ALLOCATIONS", func(s *htSum) int64 { return s.temporary }, temporary, func(s *htSum) string { return temporary(s) + ":" }, htCount)
	h.totals()
	_, err := w.Write(h.buf.Bytes())
	return err
}

type heaptrack struct {
	v   *view.View
	p   *profile.Profile
	top int
	buf bytes.Buffer
}

// htSum is what one instruction allocated, or one stack that leads to it.
type htSum struct {
	node                           int
	calls, peak, leaked, temporary int64
	stacks                         []htSum
}

func htCount(n int64) string { return fmt.Sprint(n) }

// htBytes writes bytes as heaptrack does: 472B, 1.02K, 72.70K.
func htBytes(n int64) string {
	if n > -1000 && n < 1000 {
		return fmt.Sprintf("%dB", n)
	}
	f := float64(n)
	for _, unit := range "KMGT" {
		if f /= 1000; f > -1000 && f < 1000 || unit == 'T' {
			return fmt.Sprintf("%.2f%c", f, unit)
		}
	}
	return ""
}

// merged puts the stacks together that allocate at one instruction.
func (h *heaptrack) merged() []htSum {
	index := map[int]int{}
	var out []htSum
	for i := range h.v.Stacks {
		s := &h.v.Stacks[i]
		node := h.p.Sites[s.Site].Node
		one := htSum{node: node, calls: s.Counts.Allocs, peak: s.Counts.PeakBytes, leaked: s.Counts.Live() - s.Held.Bytes, temporary: s.Counts.Temporary}
		n, ok := index[h.p.Nodes[node].Location]
		if !ok {
			n = len(out)
			index[h.p.Nodes[node].Location] = n
			out = append(out, htSum{node: node})
		}
		m := &out[n]
		m.calls += one.calls
		m.peak += one.peak
		m.leaked += one.leaked
		m.temporary += one.temporary
		m.stacks = append(m.stacks, one)
	}
	return out
}

const htStacks = 5 // of an instruction that are shown

func (h *heaptrack) section(title string, by func(*htSum) int64, head, sub func(*htSum) string, rest func(int64) string) {
	fmt.Fprintln(&h.buf, title)
	order := func(a, b htSum) int { return cmp.Or(cmp.Compare(by(&b), by(&a)), cmp.Compare(a.node, b.node)) }
	all := slices.DeleteFunc(h.merged(), func(s htSum) bool { return by(&s) <= 0 })
	slices.SortFunc(all, order)
	for i := range all[:min(len(all), h.top)] {
		m := &all[i]
		fmt.Fprintln(&h.buf, head(m))
		fs := h.frames(h.p.Nodes[m.node].Location, "")
		inMain := fs[len(fs)-1].Function == "main"
		slices.SortFunc(m.stacks, order)
		left := by(m)
		for k := range m.stacks {
			s := &m.stacks[k]
			if k == htStacks {
				fmt.Fprintf(&h.buf, "  and %s from %d other places\n", rest(left), len(m.stacks)-k)
				break
			}
			if by(s) <= 0 {
				break
			}
			left -= by(s)
			fmt.Fprintln(&h.buf, sub(s))
			if !inMain {
				h.callers(s.node)
			}
		}
		fmt.Fprintln(&h.buf)
	}
	fmt.Fprintln(&h.buf)
}

// callers writes a stack without its innermost instruction, up to main.
func (h *heaptrack) callers(node int) {
	for n := h.p.Nodes[node].Parent; n >= 0; n = h.p.Nodes[n].Parent {
		fs := h.frames(h.p.Nodes[n].Location, "    ")
		if fs[len(fs)-1].Function == "main" {
			break
		}
	}
}

func (h *heaptrack) frames(location int, indent string) []profile.Frame {
	fs := h.p.FramesOf(location)
	for i := range fs {
		f := &fs[i]
		fmt.Fprintf(&h.buf, "%s%s\n", indent, clean(f.Function))
		if f.File != "" {
			fmt.Fprintf(&h.buf, "%s  at %s:%d\n", indent, clean(f.File), f.Line)
		}
		if i == 0 && location >= 0 && h.p.Locations[location].Module >= 0 {
			fmt.Fprintf(&h.buf, "%s  in %s\n", indent, clean(h.p.Modules[h.p.Locations[location].Module].Path))
		}
	}
	return fs
}

func (h *heaptrack) totals() {
	r := &h.p.Run
	seconds := r.Wall.Seconds()
	rate := func(n int64) int64 {
		if seconds <= 0 {
			return 0
		}
		return int64(float64(n) / seconds)
	}
	held := int64(0)
	for i := range h.v.Stacks {
		held += h.v.Stacks[i].Held.Bytes
	}
	fmt.Fprintf(&h.buf, "total runtime: %.2fs.\n", seconds)
	fmt.Fprintf(&h.buf, "calls to allocation functions: %d (%d/s)\n", r.Allocs, rate(r.Allocs))
	fmt.Fprintf(&h.buf, "temporary memory allocations: %d (%d/s)\n", r.Temporary, rate(r.Temporary))
	fmt.Fprintf(&h.buf, "peak heap memory consumption: %s\n", htBytes(r.PeakLive))
	fmt.Fprintf(&h.buf, "peak RSS (including heaptrack overhead): %s\n", htBytes(r.PeakRSS))
	fmt.Fprintf(&h.buf, "total memory leaked: %s\n", htBytes(r.LiveAtEnd-held))
}
