package view

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"softshell/finding"
	"softshell/heap/profile"
)

// Options are the choices of a reader.
type Options struct {
	Unfold       bool   // show frames of std, alloc and the C library too
	Filter       string // only stacks in which a function, file or type has this text, in any case
	Suppressions *Suppressions
}

// View is a profile as it is shown.
type View struct {
	Profile   *profile.Profile
	Options   Options
	Frames    []Frame
	Functions []string             // readable names, each once
	Stacks    []Stack              // in the order of the sites, without those that the filter left out
	Runtime   []Kept               // what the runtime keeps, by the built-in list; in its order
	Held      []Kept               // what suppressions hold back; in their order
	Cycles    []*profile.Cycle     // those that are shown
	Secrets   []*profile.SecretHit // those that are shown
	Remarks   []finding.Remark     // on lines of the suppressions
	site      map[int]int
}

// Frame is a function at a line, as it is shown.
type Frame struct {
	Function int    // index in Functions
	Full     string // the whole name
	File     string
	Line     int
	Crate    string
	System   bool
}

// Call is a frame in a stack.
type Call struct {
	Frame    int
	Location int // index in the profile's Locations, -1 when it was cut off
	Inlined  bool
}

// Stack is where blocks were made: one site of the profile.
type Stack struct {
	Site   int
	Calls  []Call // the innermost first
	Via    string // the function of std that the innermost frame called, when folded: "Vec<u8>::push"
	Type   string // readable, of the blocks
	Counts profile.Counts
	Left   [profile.NumKinds]profile.Left // without what is held back
	Held   profile.Left                   // by a suppression
}

// Lost is what nothing holds any more, cycles included; and all that was left
// when the memory could not be read.
func (s *Stack) Lost() profile.Left {
	var out profile.Left
	for _, k := range []profile.Kind{profile.Direct, profile.Indirect, profile.Cyclic, profile.Unsorted} {
		out.Add(s.Left[k])
	}
	return out
}

// hold moves what is left of these kinds to what is held back, and adds it to sum.
func (s *Stack) hold(sum *profile.Left, kinds ...profile.Kind) {
	for _, k := range kinds {
		sum.Add(s.Left[k])
		s.Held.Add(s.Left[k])
		s.Left[k] = profile.Left{}
	}
}

// Kept is what was left at the end and is no leak, with the reason.
type Kept struct {
	Name   string
	Reason string
	Until  string
	Left   profile.Left
}

// New makes a View.
func New(p *profile.Profile, o Options) *View {
	b := newBuilder(p, o)
	b.cycles()
	for i := range p.Sites {
		b.stack(i)
	}
	b.secrets()
	for i, block := range RuntimeBlocks() {
		if b.runtime[i].Blocks > 0 {
			b.v.Runtime = append(b.v.Runtime, Kept{Name: block.Name, Reason: block.Reason, Left: b.runtime[i]})
		}
	}
	if b.runtimeOther.Blocks > 0 {
		b.v.Runtime = append(b.v.Runtime, Kept{Name: "other", Reason: "the recorder knows it as the runtime's", Left: b.runtimeOther})
	}
	b.tell()
	return b.v
}

// Hold holds back what stacks lost apart from cycles, and a cycle if one is given.
// Blocks that are in another cycle too stay.
func (v *View) Hold(stacks []int, cycle *profile.Cycle, why Kept) {
	for _, i := range stacks {
		v.Stacks[i].hold(&why.Left, profile.Direct, profile.Indirect, profile.Unsorted)
	}
	if cycle != nil {
		v.Cycles = slices.DeleteFunc(v.Cycles, func(y *profile.Cycle) bool { return y == cycle })
		for _, m := range cycle.Members {
			if s := v.StackOf(m.Site); s != nil && !v.inCycle(m.Site) {
				s.hold(&why.Left, profile.Cyclic)
			}
		}
	}
	v.Held = append(v.Held, why)
}

func (v *View) inCycle(site int) bool {
	return slices.ContainsFunc(v.Cycles, func(y *profile.Cycle) bool {
		return slices.ContainsFunc(y.Members, func(m profile.Member) bool { return m.Site == site })
	})
}

// StackOf is the stack of a site, nil when the filter left it out.
func (v *View) StackOf(site int) *Stack {
	if i, ok := v.site[site]; ok {
		return &v.Stacks[i]
	}
	return nil
}

// Name is the readable name of a frame's function.
func (v *View) Name(frame int) string { return v.Functions[v.Frames[frame].Function] }

type builder struct {
	v            *View
	p            *profile.Profile
	functions    map[string]int
	unknown      map[int]int // frames made for locations of which nothing is known
	runtimeIndex []int       // of each frame: index of the runtime's block, -1 none, -2 not asked yet
	runtime      []profile.Left
	runtimeOther profile.Left
	holdings     []*holding
	heldCycles   map[int]*holding // of each site all cycles of which are held back
	filter       string
	hits         []int8 // of each frame: does the filter match, -1 not asked yet
	calls        []Call
}

func newBuilder(p *profile.Profile, o Options) *builder {
	b := &builder{p: p, functions: map[string]int{}, unknown: map[int]int{}, filter: strings.ToLower(o.Filter), runtime: make([]profile.Left, len(RuntimeBlocks()))}
	b.v = &View{Profile: p, Options: o, site: map[int]int{}}
	b.holdings, b.heldCycles = o.Suppressions.holdings(), map[int]*holding{}
	for i := range p.Frames {
		b.frame(&p.Frames[i])
	}
	return b
}

// cycles sorts out those that are shown. A cycle is held back when one of its
// stacks is, and filtered out when none of its stacks passes the filter.
func (b *builder) cycles() {
	shown := map[int]bool{}
	for i := range b.p.Cycles {
		y := b.ordered(&b.p.Cycles[i])
		var held *holding
		passes := b.filter == "" || len(y.Members) == 0
		for _, m := range y.Members {
			if held == nil {
				held = b.holder(RuleCycle, m.Site)
			}
			passes = passes || m.Site >= 0 && b.passes(m.Site) || strings.Contains(strings.ToLower(m.Type), b.filter)
		}
		for _, m := range y.Members {
			if held == nil {
				shown[m.Site] = true
			} else {
				b.heldCycles[m.Site] = held
			}
		}
		if held != nil {
			held.used = true
		} else if passes {
			b.v.Cycles = append(b.v.Cycles, y)
		}
	}
	for site := range shown {
		delete(b.heldCycles, site)
	}
}

// ordered is a cycle whose members stand in the order of their places in the
// source: the recorder has them in that of their addresses, which change with each
// run.
func (b *builder) ordered(y *profile.Cycle) *profile.Cycle {
	if !b.v.Options.Unfold {
		y = withoutBuffers(y)
	}
	keys := make([]string, len(y.Members))
	order := make([]int, len(y.Members))
	for i, m := range y.Members {
		order[i] = i
		at := ""
		if m.Site >= 0 {
			if calls, _ := b.v.Folded(b.all(b.p.Sites[m.Site].Node)); len(calls) > 0 {
				f := &b.v.Frames[calls[0].Frame]
				at = fmt.Sprintf("%s\x00%09d\x00%s", f.File, f.Line, f.Full)
			}
		}
		keys[i] = fmt.Sprintf("%s\x00%s\x00%s\x00%d", at, m.Type, m.Handle, m.Size)
	}
	slices.SortStableFunc(order, func(i, k int) int { return strings.Compare(keys[i], keys[k]) })
	out := &profile.Cycle{Count: y.Count, Bytes: y.Bytes, Blocks: y.Blocks}
	place := make([]int, len(order))
	for now, was := range order {
		out.Members = append(out.Members, y.Members[was])
		place[was] = now
	}
	for _, h := range y.Holds {
		h.From, h.To = place[h.From], place[h.To]
		h.Field = strings.TrimSuffix(h.Field, ".pointer") // half of a wide pointer
		out.Holds = append(out.Holds, h)
	}
	slices.SortStableFunc(out.Holds, func(x, y profile.Hold) int {
		return cmp.Or(cmp.Compare(x.From, y.From), cmp.Compare(x.To, y.To), strings.Compare(x.Field, y.Field), cmp.Compare(x.Offset, y.Offset))
	})
	return out
}

// withoutBuffers is a cycle in which the buffers of vectors are part of the fields
// that hold them: `kids` of a node, to a buffer, to other nodes, is `kids[]` to those.
func withoutBuffers(y *profile.Cycle) *profile.Cycle {
	out := &profile.Cycle{Count: y.Count, Bytes: y.Bytes, Blocks: y.Blocks}
	in, from := make([][]profile.Hold, len(y.Members)), make([][]profile.Hold, len(y.Members))
	for _, h := range y.Holds {
		in[h.To] = append(in[h.To], h)
		from[h.From] = append(from[h.From], h)
	}
	buffer := make([]bool, len(y.Members))
	place := make([]int, len(y.Members))
	for i, m := range y.Members {
		element := func(h profile.Hold) bool { return h.To != i && strings.HasPrefix(h.Field, "[") }
		named := func(h profile.Hold) bool {
			return h.From != i && h.Field != "" && !strings.HasPrefix(h.Field, "[") && !buffer[h.From]
		}
		all := func(hs []profile.Hold, is func(profile.Hold) bool) bool {
			return len(hs) > 0 && !slices.ContainsFunc(hs, func(h profile.Hold) bool { return !is(h) })
		}
		if buffer[i] = m.Handle == "" && all(from[i], element) && all(in[i], named); buffer[i] {
			out.Blocks--
			continue
		}
		place[i] = len(out.Members)
		out.Members = append(out.Members, m)
	}
	for _, h := range y.Holds {
		switch {
		case buffer[h.From]:
		case !buffer[h.To]:
			h.From, h.To = place[h.From], place[h.To]
			out.Holds = append(out.Holds, h)
		default:
			for _, e := range from[h.To] {
				out.Holds = append(out.Holds, profile.Hold{From: place[h.From], To: place[e.To], Field: h.Field + e.Field, Offset: h.Offset})
			}
		}
	}
	return out
}

func (b *builder) secrets() {
	for i := range b.p.Secrets {
		h := &b.p.Secrets[i]
		if held := b.holder(RuleSecret, h.Site); held != nil {
			held.used = true
		} else if b.filter == "" || strings.Contains(strings.ToLower(h.Name), b.filter) || h.Site >= 0 && b.passes(h.Site) {
			b.v.Secrets = append(b.v.Secrets, h)
		}
	}
}

// passes reports whether the filter lets a site through.
func (b *builder) passes(site int) bool {
	in := &b.p.Sites[site]
	return b.filter == "" || strings.Contains(strings.ToLower(in.Type), b.filter) || b.anyHit(b.all(in.Node))
}

// frame adds a frame; those of the profile keep their index.
func (b *builder) frame(f *profile.Frame) int {
	name := Readable(f.Function)
	if name == "" {
		name = "??"
	}
	n, ok := b.functions[name]
	if !ok {
		n = len(b.v.Functions)
		b.v.Functions = append(b.v.Functions, name)
		b.functions[name] = n
	}
	b.v.Frames = append(b.v.Frames, Frame{Function: n, Full: f.Function, File: f.File, Line: f.Line, Crate: f.Crate, System: f.System})
	b.runtimeIndex = append(b.runtimeIndex, -2)
	b.hits = append(b.hits, -1)
	return len(b.v.Frames) - 1
}

// all are the frames of a site, the innermost first, unfolded.
func (b *builder) all(node int) []Call {
	out := b.calls[:0]
	for ; node >= 0; node = b.p.Nodes[node].Parent {
		loc := b.p.Nodes[node].Location
		if loc >= 0 && len(b.p.Locations[loc].Frames) > 0 {
			list := b.p.Locations[loc].Frames
			for i, f := range list {
				out = append(out, Call{Frame: f, Location: loc, Inlined: i < len(list)-1})
			}
			continue
		}
		f, ok := b.unknown[loc]
		if !ok {
			f = b.frame(&b.p.FramesOf(loc)[0])
			b.v.Frames[f].System = b.systemModule(loc)
			b.unknown[loc] = f
		}
		out = append(out, Call{Frame: f, Location: loc})
	}
	b.calls = out
	return out
}

// systemModule reports whether an address without a name lies in a library of the
// system; what is in the program is the user's.
func (b *builder) systemModule(loc int) bool {
	if loc < 0 || b.p.Locations[loc].Module < 0 {
		return true
	}
	name := filepath.Base(b.p.Modules[b.p.Locations[loc].Module].Path)
	for _, prefix := range []string{"libc.so", "libc-", "ld-linux", "ld-musl", "libstdc++.so", "libgcc_s.so", "libpthread", "libm.so", "[vdso]", "linux-vdso"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

func (b *builder) stack(site int) {
	in := &b.p.Sites[site]
	s := Stack{Site: site, Type: Readable(in.Type), Counts: in.Counts, Left: in.Left}
	if !b.p.Run.Memory && s.Left == [profile.NumKinds]profile.Left{} {
		s.Left[profile.Unsorted] = profile.Left{Blocks: in.Counts.LiveBlocks(), Bytes: in.Counts.Live()}
	}
	if !b.passes(site) {
		return
	}
	all := b.all(in.Node)
	b.tellRuntime(&s, all)
	b.hold(&s, all, b.heldCycles[site])
	s.Calls = append([]Call(nil), all...)
	if !b.v.Options.Unfold {
		s.Calls, s.Via = b.v.Folded(all)
	}
	b.v.site[site] = len(b.v.Stacks)
	b.v.Stacks = append(b.v.Stacks, s)
}

func (b *builder) anyHit(all []Call) bool {
	for _, c := range all {
		if b.hits[c.Frame] < 0 {
			f := &b.v.Frames[c.Frame]
			b.hits[c.Frame] = 0
			for _, text := range []string{f.Full, b.v.Name(c.Frame), f.File} {
				if strings.Contains(strings.ToLower(text), b.filter) {
					b.hits[c.Frame] = 1
				}
			}
		}
		if b.hits[c.Frame] == 1 {
			return true
		}
	}
	return false
}

// tellRuntime moves what the runtime keeps for itself; blocks in a cycle of
// reference counts are the program's.
func (b *builder) tellRuntime(s *Stack, all []Call) {
	known := -1
	for _, c := range all {
		if b.runtimeIndex[c.Frame] == -2 {
			b.runtimeIndex[c.Frame] = runtimeOf(withoutHash(b.v.Frames[c.Frame].Full))
		}
		if known = b.runtimeIndex[c.Frame]; known >= 0 {
			break
		}
	}
	to := &b.runtimeOther
	if known >= 0 {
		to = &b.runtime[known]
		for _, k := range []profile.Kind{profile.Direct, profile.Indirect, profile.Reachable, profile.Unsorted} {
			s.Left[profile.Runtime].Add(s.Left[k])
			s.Left[k] = profile.Left{}
		}
	}
	to.Add(s.Left[profile.Runtime])
}

// Folded are the frames of a stack that are the program's, and what the innermost
// of them called. A stack without any is the runtime's; of it the frames of std
// stay that do not allocate on someone's behalf and do not start a thread.
func (v *View) Folded(all []Call) (calls []Call, via string) {
	for _, shown := range []func(*Frame) bool{
		func(f *Frame) bool { return !f.System },
		func(f *Frame) bool { return f.Crate == "std" && !v.starts(f) },
	} {
		for i, c := range all {
			if !shown(&v.Frames[c.Frame]) {
				continue
			}
			if len(calls) == 0 && i > 0 {
				via = v.Name(all[i-1].Frame)
			}
			calls = append(calls, c)
		}
		if len(calls) > 0 {
			return calls, via
		}
	}
	return append([]Call(nil), all...), ""
}

// starts reports whether a function of std only leads from the start of a process
// or thread to code that does something.
func (v *View) starts(f *Frame) bool {
	name := v.Functions[f.Function]
	for _, prefix := range []string{"std::rt::", "std::panic::", "std::panicking::catch_unwind", "std::sys::backtrace::__rust_begin", "std::thread::"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return strings.Contains(name, "FnOnce")
}
