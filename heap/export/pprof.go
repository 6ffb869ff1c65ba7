package export

import (
	"fmt"
	"io"
	"strings"

	pprof "github.com/google/pprof/profile"

	"softshell/heap/view"
)

// PProf writes a profile for `go tool pprof`, with inlined functions as lines of
// their locations.
func PProf(w io.Writer, v *view.View) error {
	b := &pprofBuilder{v: v, functions: map[functionKey]*pprof.Function{}, locations: map[string]*pprof.Location{}}
	return b.build().Write(w)
}

type pprofBuilder struct {
	v         *view.View
	out       *pprof.Profile
	mappings  []*pprof.Mapping
	functions map[functionKey]*pprof.Function
	locations map[string]*pprof.Location
}

func (b *pprofBuilder) build() *pprof.Profile {
	r := &b.v.Profile.Run
	b.out = &pprof.Profile{
		SampleType: []*pprof.ValueType{
			{Type: "alloc_objects", Unit: "count"}, {Type: "alloc_space", Unit: "bytes"},
			{Type: "inuse_objects", Unit: "count"}, {Type: "inuse_space", Unit: "bytes"},
			{Type: "temporary", Unit: "count"}, {Type: "peak", Unit: "bytes"},
		},
		DefaultSampleType: "alloc_space", TimeNanos: r.Start.UnixNano(), DurationNanos: int64(r.Wall),
		Comments: []string{"softshell heap: " + strings.Join(r.Command, " ")},
	}
	if r.Start.IsZero() {
		b.out.TimeNanos = 0
	}
	for i, m := range b.v.Profile.Modules {
		b.mappings = append(b.mappings, &pprof.Mapping{ID: uint64(i + 1), Start: m.Start, Limit: m.End, File: m.Path, BuildID: m.BuildID,
			HasFunctions: true, HasFilenames: true, HasLineNumbers: true, HasInlineFrames: true})
	}
	b.out.Mapping = b.mappings
	for i := range b.v.Stacks {
		s := &b.v.Stacks[i]
		c := &s.Counts
		sample := &pprof.Sample{Value: []int64{c.Allocs, c.Bytes, c.LiveBlocks(), c.Live(), c.Temporary, c.PeakBytes}}
		if s.Type != "" {
			sample.Label = map[string][]string{"type": {s.Type}}
		}
		for k := 0; k < len(s.Calls); {
			n := k + 1
			for n < len(s.Calls) && s.Calls[n-1].Inlined && s.Calls[n].Location == s.Calls[k].Location {
				n++
			}
			sample.Location = append(sample.Location, b.location(s.Calls[k:n]))
			k = n
		}
		b.out.Sample = append(b.out.Sample, sample)
	}
	return b.out
}

func (b *pprofBuilder) location(calls []view.Call) *pprof.Location {
	key := fmt.Sprint(calls)
	if l := b.locations[key]; l != nil {
		return l
	}
	l := &pprof.Location{ID: uint64(len(b.locations) + 1)}
	if at := calls[0].Location; at >= 0 {
		in := &b.v.Profile.Locations[at]
		l.Address = in.Offset
		if in.Module >= 0 {
			l.Address += b.v.Profile.Modules[in.Module].Bias
			l.Mapping = b.mappings[in.Module]
		}
	}
	for _, c := range calls {
		f := &b.v.Frames[c.Frame]
		l.Line = append(l.Line, pprof.Line{Function: b.function(c.Frame), Line: int64(f.Line)})
	}
	b.locations[key] = l
	b.out.Location = append(b.out.Location, l)
	return l
}

// functionKey tells functions apart; frames that differ in the line only share one.
type functionKey struct {
	function   int
	full, file string
}

func (b *pprofBuilder) function(frame int) *pprof.Function {
	in := &b.v.Frames[frame]
	key := functionKey{in.Function, in.Full, in.File}
	f := b.functions[key]
	if f == nil {
		f = &pprof.Function{ID: uint64(len(b.out.Function) + 1), Name: b.v.Functions[in.Function], SystemName: in.Full, Filename: in.File}
		b.functions[key] = f
		b.out.Function = append(b.out.Function, f)
	}
	return f
}
