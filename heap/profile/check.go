package profile

import "fmt"

// Check reports whether all indices lead to something and all numbers that count
// are counts, so that no reader of the profile needs to look again.
func (p *Profile) Check() error {
	for _, check := range []func() error{p.checkRun, p.checkStacks, p.checkSites, p.checkTimes, p.checkCycles, p.checkSecrets} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func in(i, n int) bool { return i >= 0 && i < n }

func (p *Profile) checkRun() error {
	if int(p.Run.End) >= len(endNames) {
		return fmt.Errorf("no end of a run has number %d", p.Run.End)
	}
	r := &p.Run
	if y := r.Start.Year(); y < 0 || y > 9999 {
		return fmt.Errorf("the run started in the year %d", y)
	}
	for _, n := range []int64{r.PeakRSS, r.OwnMemory, r.PeakLive, r.LiveAtEnd, r.Allocs, r.Frees, r.Bytes, r.Temporary, r.Unknown, r.Incomplete, int64(r.Wall)} {
		if n < 0 {
			return fmt.Errorf("a figure of the run is negative: %d", n)
		}
	}
	return nil
}

func (p *Profile) checkStacks() error {
	for i := range p.Locations {
		l := &p.Locations[i]
		if l.Module != -1 && !in(l.Module, len(p.Modules)) {
			return fmt.Errorf("location %d: there is no module %d", i, l.Module)
		}
		for _, f := range l.Frames {
			if !in(f, len(p.Frames)) {
				return fmt.Errorf("location %d: there is no frame %d", i, f)
			}
		}
	}
	for i, n := range p.Nodes {
		if n.Parent < -1 || n.Parent >= i {
			return fmt.Errorf("node %d: its parent %d does not stand before it", i, n.Parent)
		}
		if n.Location != -1 && !in(n.Location, len(p.Locations)) {
			return fmt.Errorf("node %d: there is no location %d", i, n.Location)
		}
	}
	return nil
}

func (p *Profile) checkSites() error {
	last := -1
	for i := range p.Sites {
		s := &p.Sites[i]
		if !in(s.Node, len(p.Nodes)) {
			return fmt.Errorf("site %d: there is no node %d", i, s.Node)
		}
		if s.Node < last {
			return fmt.Errorf("site %d: the sites are not sorted by node", i)
		}
		last = s.Node
		c := &s.Counts
		for _, n := range []int64{c.Allocs, c.Bytes, c.Frees, c.FreedBytes, c.Temporary, int64(c.Lifetime), c.PeakBytes, c.PeakAllocs, c.Largest} {
			if n < 0 {
				return fmt.Errorf("site %d: a figure is negative: %d", i, n)
			}
		}
		for k := range s.Left {
			if s.Left[k].Blocks < 0 || s.Left[k].Bytes < 0 {
				return fmt.Errorf("site %d: a figure of what was left is negative", i)
			}
		}
	}
	return nil
}

func (p *Profile) checkTimes() error {
	for i := range p.Timeline {
		if i > 0 && p.Timeline[i].At < p.Timeline[i-1].At {
			return fmt.Errorf("sample %d of the time line is not in order", i)
		}
	}
	return nil
}

func (p *Profile) checkCycles() error {
	for i := range p.Cycles {
		y := &p.Cycles[i]
		if y.Blocks < int64(len(y.Members)) {
			return fmt.Errorf("cycle %d: it has fewer blocks than members", i)
		}
		for _, m := range y.Members {
			if m.Site != -1 && !in(m.Site, len(p.Sites)) {
				return fmt.Errorf("cycle %d: there is no site %d", i, m.Site)
			}
		}
		for _, h := range y.Holds {
			if !in(h.From, len(y.Members)) || !in(h.To, len(y.Members)) {
				return fmt.Errorf("cycle %d: a pointer leads to no member", i)
			}
		}
	}
	return nil
}

func (p *Profile) checkSecrets() error {
	for i := range p.Secrets {
		h := &p.Secrets[i]
		if int(h.Where) >= len(whereNames) {
			return fmt.Errorf("secret %d: no kind of memory has number %d", i, h.Where)
		}
		if h.Site != -1 && !in(h.Site, len(p.Sites)) {
			return fmt.Errorf("secret %d: there is no site %d", i, h.Site)
		}
	}
	return nil
}
