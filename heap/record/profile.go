package record

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"softshell/heap/inject"
	"softshell/heap/profile"
	"softshell/heap/shim"
	"softshell/heap/symbol"
)

// profile puts the Profile of the process together: of what was read at its end,
// or of what the region holds now.
func (p *recorded) profile(end profile.End, status int, rd *reading) *profile.Profile {
	var c *counted
	if rd != nil {
		c = rd.counted
	} else {
		c = count(p.region)
		c.resolve(p.table(c.profile.Modules))
	}
	out := &c.profile
	p.mu.Lock()
	out.Timeline = append([]profile.Sample(nil), p.samples...)
	p.mu.Unlock()
	p.describe(&out.Run, end, status)
	out.Timeline = within(out.Timeline, out.Run.Wall)
	if rd != nil {
		rd.into(out)
	}
	if prog, err := inject.Look(p.exe); err == nil {
		out.Notes = append(out.Notes, prog.Notes()...)
		out.Run.Toolchain = prog.Compiler
	}
	out.Notes = append(out.Notes, p.lost()...)
	return out
}

// within ends a time line where the process ended: the clock went on while it was
// read. What was seen first behind that is how it was then.
func within(s []profile.Sample, end time.Duration) []profile.Sample {
	i := slices.IndexFunc(s, func(x profile.Sample) bool { return x.At > end })
	if i < 0 {
		return s
	}
	s[i].At = end
	return s[:i+1]
}

// table is the names of the process, kept from one checkpoint to the next as long
// as the same modules are there. The caller holds saving.
func (p *recorded) table(modules []profile.Module) *symbol.Table {
	if p.names == nil || !slices.Equal(p.named, modules) {
		p.names, p.named = symbol.Open(modules), slices.Clone(modules)
	}
	return p.names
}

// describe fills in what is not counted.
func (p *recorded) describe(run *profile.Run, end profile.End, status int) {
	run.Program, run.PID, run.Parent = p.exe, p.pid, int(p.hello.Parent)
	run.Command = p.command
	run.Dir = p.s.o.Dir
	if run.Dir == "" {
		run.Dir, _ = os.Getwd()
	}
	run.Start, run.End, run.Status = p.start, end, status
	run.Wall = time.Since(p.start)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.at != 0 {
		run.Wall = p.at
	}
	run.Collector = "preload"
	if p.hello.Collector == shim.Linked {
		run.Collector = "linked"
	}
	if run.PeakRSS = p.peakRSS; p.usage != nil {
		run.PeakRSS = max(run.PeakRSS, p.usage.Maxrss<<10)
	}
}

// lost tells what there was no room for, or may not have been.
func (p *recorded) lost() []string {
	h := p.region.Header()
	var out []string
	if p.room != 0 {
		out = append(out, fmt.Sprintf("the program may use %s MB of addresses (ulimit -v), of which the collector took %s MB, and 8 MB for each thread: it may run out of them where it would not without",
			thousands(int64(p.room>>20)), thousands(int64(h.Size>>20))))
	}
	if h.Lost > 0 {
		out = append(out, "the room for records was used up: "+thousands(int64(h.Lost))+" blocks were not recorded")
	}
	return out
}

// thousands writes a number with its digits in groups.
func thousands(n int64) string {
	s := []byte{}
	for i := 0; ; i++ {
		if i > 0 && i%3 == 0 {
			s = append(s, ',')
		}
		s = append(s, byte('0'+n%10))
		if n /= 10; n == 0 {
			break
		}
	}
	var b strings.Builder
	for i := len(s) - 1; i >= 0; i-- {
		b.WriteByte(s[i])
	}
	return b.String()
}
