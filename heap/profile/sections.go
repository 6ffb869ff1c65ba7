package profile

import "time"

// section is a part of the file: a number and how its bytes are coded. Within a
// major version numbers keep their meaning, and columns are only added at the
// end of a section.
type section struct {
	id   uint64
	name string
	code func(*coder, *Profile)
}

// sections stand in the file in this order, behind the strings, which they name.
var sections = []section{
	{2, "run", codeRun},
	{3, "modules", codeModules},
	{4, "frames", codeFrames},
	{5, "locations", codeLocations},
	{6, "nodes", codeNodes},
	{7, "sites", codeSites},
	{8, "threads", codeThreads},
	{9, "timeline", codeTimeline},
	{10, "cycles", codeCycles},
	{11, "secrets", codeSecrets},
	{12, "notes", codeNotes},
}

// Sections that are no part of a Profile.
const (
	idEnd     = 0
	idStrings = 1
)

func codeRun(c *coder, p *Profile) {
	r := &p.Run
	length(c, &r.Command)
	texts(c, r.Command, self[string])
	text(c, &r.Program)
	text(c, &r.Dir)
	number(c, &r.PID)
	number(c, &r.Parent)
	moment(c, &r.Start)
	number(c, &r.Wall)
	number(c, &r.End)
	number(c, &r.Status)
	text(c, &r.Collector)
	text(c, &r.Toolchain)
	for _, v := range []*int64{&r.PeakRSS, &r.OwnMemory, &r.PeakLive} {
		number(c, v)
	}
	number(c, &r.PeakAt)
	for _, v := range []*int64{&r.LiveAtEnd, &r.Allocs, &r.Frees, &r.Bytes, &r.Temporary, &r.Unknown, &r.Incomplete} {
		number(c, v)
	}
	truth(c, &r.Memory)
}

// moment codes a time as seconds and nanoseconds since 1970, in UTC.
func moment(c *coder, t *time.Time) {
	var seconds, nanos int64
	if c.writing {
		seconds, nanos = t.Unix(), int64(t.Nanosecond())
	}
	number(c, &seconds)
	number(c, &nanos)
	if !c.writing && c.err == nil {
		*t = time.Unix(seconds, nanos).UTC()
	}
}

func codeModules(c *coder, p *Profile) {
	length(c, &p.Modules)
	texts(c, p.Modules, func(m *Module) *string { return &m.Path })
	texts(c, p.Modules, func(m *Module) *string { return &m.BuildID })
	deltas(c, p.Modules, func(m *Module) *uint64 { return &m.Start })
	deltas(c, p.Modules, func(m *Module) *uint64 { return &m.End })
	deltas(c, p.Modules, func(m *Module) *uint64 { return &m.Bias })
	texts(c, p.Modules, func(m *Module) *string { return &m.Debug })
}

func codeFrames(c *coder, p *Profile) {
	length(c, &p.Frames)
	texts(c, p.Frames, func(f *Frame) *string { return &f.Function })
	texts(c, p.Frames, func(f *Frame) *string { return &f.Linkage })
	texts(c, p.Frames, func(f *Frame) *string { return &f.File })
	column(c, p.Frames, func(f *Frame) *int { return &f.Line })
	texts(c, p.Frames, func(f *Frame) *string { return &f.Crate })
	truths(c, p.Frames, func(f *Frame) *bool { return &f.System })
}

func codeLocations(c *coder, p *Profile) {
	length(c, &p.Locations)
	column(c, p.Locations, func(l *Location) *int { return &l.Module })
	deltas(c, p.Locations, func(l *Location) *uint64 { return &l.Offset })
	lists(c, p.Locations, func(l *Location) *[]int { return &l.Frames }, func(c *coder, all []int) {
		deltas(c, all, self[int])
	})
}

// codeNodes codes a parent as the way back to it; the root's is one more than
// its index, as if it stood at -1.
func codeNodes(c *coder, p *Profile) {
	length(c, &p.Nodes)
	if !c.absent() {
		for i := range p.Nodes {
			back := i - p.Nodes[i].Parent
			number(c, &back)
			p.Nodes[i].Parent = i - back
		}
	}
	deltas(c, p.Nodes, func(n *Node) *int { return &n.Location })
}

func codeSites(c *coder, p *Profile) {
	length(c, &p.Sites)
	s := p.Sites
	deltas(c, s, func(s *Site) *int { return &s.Node })
	for _, field := range []func(*Site) *int64{
		func(s *Site) *int64 { return &s.Counts.Allocs },
		func(s *Site) *int64 { return &s.Counts.Bytes },
		func(s *Site) *int64 { return &s.Counts.Temporary },
		func(s *Site) *int64 { return &s.Counts.PeakBytes },
		func(s *Site) *int64 { return &s.Counts.PeakAllocs },
		func(s *Site) *int64 { return &s.Counts.Largest },
	} {
		column(c, s, field)
	}
	less(c, s, func(s *Counts) (*int64, int64) { return &s.Frees, s.Allocs })
	less(c, s, func(s *Counts) (*int64, int64) { return &s.FreedBytes, s.Bytes })
	column(c, s, func(s *Site) *time.Duration { return &s.Counts.Lifetime })
	texts(c, s, func(s *Site) *string { return &s.Type })
	kinds := int(NumKinds)
	number(c, &kinds)
	for k := 0; k < kinds && c.err == nil && !c.absent(); k++ {
		var more []Site // of kinds that a newer softshell knows: they count as unsorted
		to, kind := s, Kind(k)
		if k >= int(NumKinds) {
			more = make([]Site, len(s))
			to, kind = more, Unsorted
		}
		column(c, to, func(s *Site) *int64 { return &s.Left[kind].Blocks })
		column(c, to, func(s *Site) *int64 { return &s.Left[kind].Bytes })
		for i := range more {
			s[i].Left[Unsorted].Add(more[i].Left[Unsorted])
		}
	}
}

// less codes a figure as what it lacks to another, which is little as most
// blocks are given back. It may wrap around.
func less(c *coder, s []Site, figures func(*Counts) (figure *int64, of int64)) {
	if c.absent() {
		return
	}
	for i := range s {
		v, of := figures(&s[i].Counts)
		lacks := of - *v
		number(c, &lacks)
		*v = of - lacks
	}
}

func codeThreads(c *coder, p *Profile) {
	length(c, &p.Threads)
	texts(c, p.Threads, func(t *Thread) *string { return &t.Name })
	column(c, p.Threads, func(t *Thread) *int64 { return &t.Allocs })
	column(c, p.Threads, func(t *Thread) *int64 { return &t.Bytes })
	truths(c, p.Threads, func(t *Thread) *bool { return &t.Panicking })
}

func codeTimeline(c *coder, p *Profile) {
	length(c, &p.Timeline)
	deltas(c, p.Timeline, func(s *Sample) *time.Duration { return &s.At })
	deltas(c, p.Timeline, func(s *Sample) *int64 { return &s.Live })
	deltas(c, p.Timeline, func(s *Sample) *int64 { return &s.Blocks })
	deltas(c, p.Timeline, func(s *Sample) *int64 { return &s.Allocs })
}

func codeCycles(c *coder, p *Profile) {
	length(c, &p.Cycles)
	column(c, p.Cycles, func(y *Cycle) *int64 { return &y.Count })
	column(c, p.Cycles, func(y *Cycle) *int64 { return &y.Bytes })
	lists(c, p.Cycles, func(y *Cycle) *[]Member { return &y.Members }, func(c *coder, all []Member) {
		column(c, all, func(m *Member) *int { return &m.Site })
		column(c, all, func(m *Member) *int64 { return &m.Size })
		texts(c, all, func(m *Member) *string { return &m.Type })
		texts(c, all, func(m *Member) *string { return &m.Handle })
		column(c, all, func(m *Member) *int64 { return &m.Strong })
		column(c, all, func(m *Member) *int64 { return &m.Weak })
	})
	lists(c, p.Cycles, func(y *Cycle) *[]Hold { return &y.Holds }, func(c *coder, all []Hold) {
		column(c, all, func(h *Hold) *int { return &h.From })
		column(c, all, func(h *Hold) *int { return &h.To })
		texts(c, all, func(h *Hold) *string { return &h.Field })
		column(c, all, func(h *Hold) *int64 { return &h.Offset })
	})
	column(c, p.Cycles, func(y *Cycle) *int64 { return &y.Blocks })
	for i := range p.Cycles { // the first files did not say it
		p.Cycles[i].Blocks = max(p.Cycles[i].Blocks, int64(len(p.Cycles[i].Members)))
	}
}

func codeSecrets(c *coder, p *Profile) {
	length(c, &p.Secrets)
	texts(c, p.Secrets, func(h *SecretHit) *string { return &h.Name })
	column(c, p.Secrets, func(h *SecretHit) *Where { return &h.Where })
	column(c, p.Secrets, func(h *SecretHit) *int { return &h.Site })
	column(c, p.Secrets, func(h *SecretHit) *int64 { return &h.Offset })
	column(c, p.Secrets, func(h *SecretHit) *int64 { return &h.Size })
	column(c, p.Secrets, func(h *SecretHit) *int64 { return &h.Length })
	column(c, p.Secrets, func(h *SecretHit) *int64 { return &h.Count })
}

func codeNotes(c *coder, p *Profile) {
	length(c, &p.Notes)
	texts(c, p.Notes, self[string])
}
