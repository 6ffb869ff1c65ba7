package export

import (
	"encoding/json"
	"io"
	"slices"
	"time"

	"softshell/finding"
	"softshell/heap/profile"
	"softshell/heap/view"
	"softshell/report"
)

// schemaVersion changes when a field changes its meaning or goes away.
const schemaVersion = 1

// The JSON form of a profile as it is shown. Times are in seconds, sizes in bytes.
type (
	document struct {
		Schema   int                `json:"schema"`
		Tool     jsonTool           `json:"tool"`
		Run      jsonRun            `json:"run"`
		Left     map[string]amounts `json:"left"` // by kind; what is held back is not in it
		Runtime  []jsonKept         `json:"runtime"`
		Held     []jsonKept         `json:"held_back"`
		Findings []finding.Finding  `json:"findings"`
		Cycles   []jsonCycle        `json:"cycles"`
		Secrets  []jsonSecret       `json:"secrets"`
		Frames   []jsonFrame        `json:"frames"`
		Stacks   []jsonStack        `json:"stacks"` // sorted by bytes allocated
		Types    []jsonType         `json:"types"`
		Threads  []jsonThread       `json:"threads"`
		Timeline []jsonSample       `json:"timeline"`
		Notes    []string           `json:"notes"`
	}
	jsonTool struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	}
	jsonRun struct {
		Command     []string  `json:"command"`
		Program     string    `json:"program"`
		Dir         string    `json:"dir"`
		PID         int       `json:"pid"`
		Start       time.Time `json:"start"`
		Seconds     float64   `json:"seconds"`
		End         string    `json:"end"`
		Status      int       `json:"status"`
		Collector   string    `json:"collector"`
		Toolchain   string    `json:"toolchain"`
		PeakRSS     int64     `json:"peak_rss"`
		OwnMemory   int64     `json:"own_memory"`
		PeakLive    int64     `json:"peak_live"`
		PeakAt      float64   `json:"peak_at"`
		LiveAtEnd   int64     `json:"live_at_end"`
		Allocations int64     `json:"allocations"`
		Frees       int64     `json:"frees"`
		Bytes       int64     `json:"bytes"`
		Temporary   int64     `json:"temporary"`
		Lost        amounts   `json:"lost"`
		Unknown     int64     `json:"unknown_frees"`
		Incomplete  int64     `json:"incomplete_stacks"`
		MemoryRead  bool      `json:"memory_read"`
	}
	amounts struct {
		Blocks int64 `json:"blocks"`
		Bytes  int64 `json:"bytes"`
	}
	jsonKept struct {
		Name   string `json:"name"`
		Reason string `json:"reason"`
		Until  string `json:"until,omitempty"`
		amounts
	}
	jsonFrame struct {
		Function string `json:"function"`
		Full     string `json:"full_name,omitempty"` // when it is another
		File     string `json:"file,omitempty"`
		Line     int    `json:"line,omitempty"`
		Crate    string `json:"crate,omitempty"`
		System   bool   `json:"system,omitempty"`
	}
	jsonStack struct {
		Frames      []int              `json:"frames"` // the innermost first
		Via         string             `json:"via,omitempty"`
		Type        string             `json:"type,omitempty"`
		Allocations int64              `json:"allocations"`
		Bytes       int64              `json:"bytes"`
		Frees       int64              `json:"frees"`
		FreedBytes  int64              `json:"freed_bytes"`
		Temporary   int64              `json:"temporary"`
		MeanLife    float64            `json:"mean_lifetime"`
		PeakBlocks  int64              `json:"peak_blocks"`
		PeakBytes   int64              `json:"peak_bytes"`
		Largest     int64              `json:"largest"`
		Left        map[string]amounts `json:"left,omitempty"`
	}
	jsonCycle struct {
		Title   string       `json:"title"`
		Count   int64        `json:"count"`
		Bytes   int64        `json:"bytes"`
		Blocks  int64        `json:"blocks"` // of one; members are some of them when there are many
		Members []jsonMember `json:"members"`
		Holds   []jsonHold   `json:"holds"`
	}
	jsonMember struct {
		Type   string `json:"type"`
		Handle string `json:"handle"`
		Size   int64  `json:"size"`
		Strong int64  `json:"strong"`
		Weak   int64  `json:"weak"`
		Frames []int  `json:"frames"`
	}
	jsonHold struct {
		From   int    `json:"from"`
		To     int    `json:"to"`
		Field  string `json:"field"`
		Offset int64  `json:"offset"`
	}
	jsonSecret struct {
		Name   string `json:"name"`
		Where  string `json:"where"`
		Offset int64  `json:"offset"`
		Size   int64  `json:"size"`
		Length int64  `json:"length"`
		Count  int64  `json:"count"`
		Frames []int  `json:"frames"`
	}
	jsonType struct {
		Type        string `json:"type"`
		Allocations int64  `json:"allocations"`
		Bytes       int64  `json:"bytes"`
		Lost        int64  `json:"lost"`
		Peak        int64  `json:"peak"`
		Temporary   int64  `json:"temporary"`
	}
	jsonThread struct {
		Name        string `json:"name"`
		Allocations int64  `json:"allocations"`
		Bytes       int64  `json:"bytes"`
		Panicking   bool   `json:"panicking,omitempty"`
	}
	jsonSample struct {
		At          float64 `json:"at"`
		Live        int64   `json:"live"`
		Blocks      int64   `json:"blocks"`
		Allocations int64   `json:"allocations"`
	}
)

// JSON writes all that a view shows as one document.
func JSON(w io.Writer, s *Shown, o Options) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	return enc.Encode(jsonDocument(s, o))
}

func jsonDocument(s *Shown, o Options) *document {
	v, p := s.View, s.View.Profile
	r := &report.Report{Root: o.Root}
	d := &document{Schema: schemaVersion, Tool: jsonTool{"softshell", o.Version}, Run: jsonRunOf(v), Left: jsonLeft(v.Left()),
		Runtime: jsonKeptOf(v.Runtime), Held: jsonKeptOf(v.Held), Findings: []finding.Finding{}, Cycles: []jsonCycle{}, Secrets: []jsonSecret{},
		Frames: []jsonFrame{}, Stacks: []jsonStack{}, Types: []jsonType{}, Threads: []jsonThread{}, Timeline: []jsonSample{}, Notes: append([]string{}, p.Notes...)}
	for _, f := range s.Findings {
		d.Findings = append(d.Findings, r.Relative(f))
	}
	f := &frameTable{v: v, index: make([]int, len(v.Frames))}
	groups := v.Groups(0, func(s *view.Stack) int64 { return max(s.Counts.Allocs, 1) })
	slices.SortStableFunc(groups, func(a, b view.Group) int { return int(min(max(b.Counts.Bytes-a.Counts.Bytes, -1), 1)) })
	for i := range groups {
		d.Stacks = append(d.Stacks, f.stack(&groups[i].Stack))
	}
	for _, y := range v.Cycles {
		d.Cycles = append(d.Cycles, f.cycle(y))
	}
	for _, h := range v.Secrets {
		d.Secrets = append(d.Secrets, jsonSecret{h.Name, h.Where.String(), h.Offset, h.Size, h.Length, h.Count, f.site(h.Site)})
	}
	d.Frames = append(d.Frames, f.list...)
	for _, t := range v.ByType(view.Allocations) {
		n := t.Totals
		d.Types = append(d.Types, jsonType{t.Type, n[view.Allocations], n[view.Bytes], n[view.Leaked], n[view.Peak], n[view.Temporary]})
	}
	for _, t := range p.Threads {
		d.Threads = append(d.Threads, jsonThread{t.Name, t.Allocs, t.Bytes, t.Panicking})
	}
	for _, t := range p.Timeline {
		d.Timeline = append(d.Timeline, jsonSample{t.At.Seconds(), t.Live, t.Blocks, t.Allocs})
	}
	return d
}

func jsonRunOf(v *view.View) jsonRun {
	r := &v.Profile.Run
	return jsonRun{Command: append([]string{}, r.Command...), Program: r.Program, Dir: r.Dir, PID: r.PID, Start: r.Start, Seconds: r.Wall.Seconds(),
		End: r.End.String(), Status: r.Status, Collector: r.Collector, Toolchain: r.Toolchain, PeakRSS: r.PeakRSS, OwnMemory: r.OwnMemory, PeakLive: r.PeakLive,
		PeakAt: r.PeakAt.Seconds(), LiveAtEnd: r.LiveAtEnd, Allocations: r.Allocs, Frees: r.Frees, Bytes: r.Bytes, Temporary: r.Temporary,
		Lost: amounts(v.Lost()), Unknown: r.Unknown, Incomplete: r.Incomplete, MemoryRead: r.Memory}
}

// jsonLeft has the kinds of which there is something.
func jsonLeft(left [profile.NumKinds]profile.Left) map[string]amounts {
	out := map[string]amounts{}
	for k, l := range left {
		if l.Blocks > 0 {
			out[profile.Kind(k).String()] = amounts(l)
		}
	}
	return out
}

func jsonKeptOf(list []view.Kept) []jsonKept {
	out := []jsonKept{}
	for _, k := range list {
		out = append(out, jsonKept{k.Name, k.Reason, k.Until, amounts(k.Left)})
	}
	return out
}

// frameTable numbers the frames as they come.
type frameTable struct {
	v     *view.View
	index []int // from 1
	list  []jsonFrame
}

func (t *frameTable) calls(calls []view.Call) []int {
	out := []int{}
	for _, c := range calls {
		if t.index[c.Frame] == 0 {
			f := &t.v.Frames[c.Frame]
			j := jsonFrame{Function: t.v.Name(c.Frame), File: f.File, Line: f.Line, Crate: f.Crate, System: f.System}
			if f.Full != j.Function {
				j.Full = f.Full
			}
			t.list = append(t.list, j)
			t.index[c.Frame] = len(t.list)
		}
		out = append(out, t.index[c.Frame]-1)
	}
	return out
}

func (t *frameTable) site(site int) []int {
	if s := t.v.StackOf(site); s != nil {
		return t.calls(s.Calls)
	}
	return []int{}
}

func (t *frameTable) stack(s *view.Stack) jsonStack {
	c := &s.Counts
	life := 0.0
	if c.Frees > 0 {
		life = c.Lifetime.Seconds() / float64(c.Frees)
	}
	return jsonStack{Frames: t.calls(s.Calls), Via: s.Via, Type: s.Type, Allocations: c.Allocs, Bytes: c.Bytes, Frees: c.Frees, FreedBytes: c.FreedBytes,
		Temporary: c.Temporary, MeanLife: life, PeakBlocks: c.PeakAllocs, PeakBytes: c.PeakBytes, Largest: c.Largest, Left: jsonLeft(s.Left)}
}

func (t *frameTable) cycle(y *profile.Cycle) jsonCycle {
	out := jsonCycle{Title: Describe(y).Title(), Count: y.Count, Bytes: y.Bytes, Blocks: y.Blocks, Members: []jsonMember{}, Holds: []jsonHold{}}
	for _, m := range y.Members {
		out.Members = append(out.Members, jsonMember{view.Readable(m.Type), m.Handle, m.Size, m.Strong, m.Weak, t.site(m.Site)})
	}
	for _, h := range y.Holds {
		out.Holds = append(out.Holds, jsonHold(h))
	}
	return out
}
