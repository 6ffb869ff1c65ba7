package profiletest

import (
	"math"
	"time"

	"pgregory.net/rapid"

	"softshell/heap/profile"
)

// Random draws any profile that Check accepts.
func Random(t *rapid.T) *profile.Profile {
	d := drawer{t}
	p := &profile.Profile{Run: d.run()}
	p.Modules = slice(d, func() profile.Module {
		return profile.Module{Path: d.text(), BuildID: d.text(), Start: d.address(), End: d.address(), Bias: d.address(), Debug: d.text()}
	})
	p.Frames = slice(d, func() profile.Frame {
		return profile.Frame{Function: d.text(), Linkage: d.text(), File: d.text(), Line: d.below(9999), Crate: d.text(), System: d.flip()}
	})
	p.Locations = slice(d, func() profile.Location {
		l := profile.Location{Module: d.index(len(p.Modules)), Offset: d.address()}
		if len(p.Frames) > 0 {
			l.Frames = slice(d, func() int { return d.below(len(p.Frames)) })
		}
		return l
	})
	i := -1
	p.Nodes = slice(d, func() profile.Node {
		i++
		return profile.Node{Parent: d.index(i), Location: d.index(len(p.Locations))}
	})
	for i := range p.Nodes {
		if d.flip() {
			p.Sites = append(p.Sites, d.site(i))
		}
	}
	p.Threads = slice(d, func() profile.Thread {
		return profile.Thread{Name: d.text(), Allocs: d.count(), Bytes: d.count(), Panicking: d.flip()}
	})
	at := time.Duration(0)
	p.Timeline = slice(d, func() profile.Sample {
		at += time.Duration(d.below(1 << 30))
		return profile.Sample{At: at, Live: d.count(), Blocks: d.count(), Allocs: d.count()}
	})
	p.Cycles = slice(d, func() profile.Cycle { return d.cycle(len(p.Sites)) })
	p.Secrets = slice(d, func() profile.SecretHit {
		return profile.SecretHit{Name: d.text(), Where: profile.Where(d.below(7)), Site: d.index(len(p.Sites)), Offset: d.count(), Size: d.count(), Length: d.count(), Count: d.count()}
	})
	p.Notes = slice(d, d.text)
	return p
}

type drawer struct{ t *rapid.T }

func (d drawer) text() string    { return rapid.StringN(0, 8, 24).Draw(d.t, "text") }
func (d drawer) flip() bool      { return rapid.Bool().Draw(d.t, "flip") }
func (d drawer) count() int64    { return rapid.Int64Min(0).Draw(d.t, "count") }
func (d drawer) address() uint64 { return rapid.Uint64().Draw(d.t, "address") }
func (d drawer) below(n int) int { return rapid.IntRange(0, n-1).Draw(d.t, "below") }
func (d drawer) index(n int) int { return rapid.IntRange(-1, n-1).Draw(d.t, "index") }

func slice[T any](d drawer, one func() T) []T {
	var out []T
	for range rapid.IntRange(0, 6).Draw(d.t, "length") {
		out = append(out, one())
	}
	return out
}

func (d drawer) run() profile.Run {
	return profile.Run{Command: slice(d, d.text), Program: d.text(), Dir: d.text(), PID: d.below(math.MaxInt32), Parent: d.below(math.MaxInt32),
		Start: time.Unix(rapid.Int64Range(0, 1<<37).Draw(d.t, "second"), int64(d.below(1e9))).UTC(), Wall: time.Duration(d.count()),
		End: profile.End(d.below(5)), Status: d.below(256), Collector: d.text(), Toolchain: d.text(), PeakRSS: d.count(), OwnMemory: d.count(),
		PeakLive: d.count(), PeakAt: time.Duration(d.count()), LiveAtEnd: d.count(), Allocs: d.count(), Frees: d.count(), Bytes: d.count(),
		Temporary: d.count(), Unknown: d.count(), Incomplete: d.count(), Memory: d.flip()}
}

func (d drawer) site(node int) profile.Site {
	s := profile.Site{Node: node, Type: d.text(), Counts: profile.Counts{Allocs: d.count(), Bytes: d.count(), Frees: d.count(), FreedBytes: d.count(),
		Temporary: d.count(), Lifetime: time.Duration(d.count()), PeakBytes: d.count(), PeakAllocs: d.count(), Largest: d.count()}}
	for k := range s.Left {
		s.Left[k] = profile.Left{Blocks: d.count(), Bytes: d.count()}
	}
	return s
}

func (d drawer) cycle(sites int) profile.Cycle {
	y := profile.Cycle{Count: d.count(), Bytes: d.count()}
	y.Members = slice(d, func() profile.Member {
		return profile.Member{Site: d.index(sites), Size: d.count(), Type: d.text(), Handle: d.text(), Strong: d.count(), Weak: d.count()}
	})
	y.Blocks = max(d.count(), int64(len(y.Members)))
	if len(y.Members) > 0 {
		y.Holds = slice(d, func() profile.Hold {
			return profile.Hold{From: d.below(len(y.Members)), To: d.below(len(y.Members)), Field: d.text(), Offset: d.count()}
		})
	}
	return y
}
