package export

import (
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"slices"
	"strings"

	"softshell/finding"
	"softshell/heap/profile"
	"softshell/heap/view"
	"softshell/report"
)

// The page is written by hand: one template, one style sheet, and scripts that are
// put one behind the other into one.
//
//go:embed web
var web embed.FS

var scripts = []string{"words.js", "chart.js", "cycles.js", "flame.js", "lists.js", "page.js"}

// HTML writes one page that needs nothing else: no network, no server. Names of the
// profile reach it as JSON only, which no markup can leave, and scripts put them
// into the page as text. The policy lets nothing run but the page's own script.
func HTML(w io.Writer, s *Shown, o Options) error {
	data, err := json.Marshal(pageOf(s, o)) // writes <, > and & as escapes
	if err != nil {
		return err
	}
	page, style := webFile("page.html"), webFile("page.css")
	var script strings.Builder
	script.WriteString("(() => {\n'use strict';\n")
	for _, name := range scripts {
		script.WriteString(webFile(name))
	}
	script.WriteString("})();\n")
	policy := fmt.Sprintf("default-src 'none'; script-src '%s'; style-src '%s'; base-uri 'none'; form-action 'none'", digest(script.String()), digest(style))
	_, err = strings.NewReplacer(
		"{{policy}}", policy,
		"{{title}}", html.EscapeString("heap of "+clean(s.View.Profile.Run.Name())),
		"{{style}}", style,
		"{{data}}", string(data),
		"{{script}}", script.String(),
	).WriteString(w, page)
	return err
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

func webFile(name string) string {
	text, err := web.ReadFile("web/" + name)
	if err != nil {
		panic(err) // the files are in the program
	}
	return string(text)
}

// page is what the scripts draw. Stacks are sorted by their frames from the root
// on, and each gives only what differs from the one before.
type page struct {
	Name      string       `json:"name"`
	Command   string       `json:"command"`
	Ending    string       `json:"ending"`
	Started   string       `json:"started"`
	Tool      string       `json:"tool"`
	Filter    string       `json:"filter"`
	Figures   []pageFigure `json:"figures"`
	Costs     []pageCost   `json:"costs"`
	Cost      int          `json:"cost"`
	Functions []string     `json:"functions"`
	Crates    []string     `json:"crates"`
	Files     []string     `json:"files"`
	Frames    [][5]int     `json:"frames"` // function, file, line, crate, 1 for the system's
	Types     []string     `json:"types"`
	Stacks    []pageStack  `json:"stacks"`
	Timeline  [][3]int64   `json:"timeline"` // microseconds, live bytes, live blocks
	PeakAt    int64        `json:"peakAt"`
	Peak      int64        `json:"peak"`
	Cycles    []pageCycle  `json:"cycles"`
	More      int          `json:"moreCycles"`
	Secrets   []pageSecret `json:"secrets"`
	Left      []pageLeft   `json:"left"`
	Notes     []string     `json:"notes"`
}

type (
	pageFigure struct {
		Label string `json:"label"`
		Value string `json:"value"`
		Note  string `json:"note"`
		Bad   bool   `json:"bad"`
	}
	pageCost struct {
		ID    string `json:"id"`
		Label string `json:"label"`
		Bytes bool   `json:"bytes"`
	}
	// pageStack: how many frames it shares with the one before, the others, costs,
	// type, function of std that the innermost frame called.
	pageStack [5]any
	pageCycle struct {
		Title   string       `json:"title"`
		Help    string       `json:"help"`
		Count   int64        `json:"count"`
		Members []pageMember `json:"members"`
		Hidden  int          `json:"hidden"`
		Holds   []pageHold   `json:"holds"`
	}
	pageMember struct {
		Type   string `json:"type"`
		Handle string `json:"handle"`
		Size   int64  `json:"size"`
		Strong int64  `json:"strong"`
		Weak   int64  `json:"weak"`
		Frames []int  `json:"frames"` // the innermost first
	}
	pageHold struct {
		From  int    `json:"from"`
		To    int    `json:"to"`
		Field string `json:"field"`
	}
	pageSecret struct {
		Title  string `json:"title"`
		Frames []int  `json:"frames"`
	}
	pageLeft struct {
		Title  string `json:"title"`
		Reason string `json:"reason"`
		Bytes  int64  `json:"bytes"`
		Blocks int64  `json:"blocks"`
	}
)

const (
	maxSamples = 1200 // of the time line; more than a screen has columns
	maxCycles  = 60
	maxMembers = 10 // of a cycle that are drawn
)

func pageOf(s *Shown, o Options) *page {
	v, r := s.View, &s.View.Profile.Run
	b := &pageBuilder{v: v, o: o, places: newPlaces(r, o.Root, o.Sources), frames: make([]int, len(v.Frames)), functions: map[int]int{}, files: index{}, crates: index{}, types: index{}}
	b.p = page{Name: clean(r.Name()), Command: clean(strings.Join(r.Command, " ")), Ending: capital(strings.TrimPrefix(ending(r), "which ")) + " after " + duration(r.Wall), Tool: strings.TrimSpace("softshell " + o.Version),
		Filter: clean(v.Options.Filter), Cost: int(o.Cost), PeakAt: r.PeakAt.Microseconds(), Peak: r.PeakLive, Stacks: []pageStack{}, Frames: [][5]int{}, Timeline: [][3]int64{},
		Cycles: []pageCycle{}, Secrets: []pageSecret{}, Left: []pageLeft{}, Notes: []string{}, Functions: []string{}}
	if !r.Start.IsZero() {
		b.p.Started = r.Start.UTC().Format("2006-01-02 15:04:05 UTC")
	}
	for _, c := range view.Costs {
		b.p.Costs = append(b.p.Costs, pageCost{c.String(), pageLabels[c], c.InBytes()})
	}
	b.figures()
	b.stacks()
	b.timeline()
	b.cycles()
	b.secrets(s)
	b.left()
	b.p.Files, b.p.Crates, b.p.Types = b.files.list(), b.crates.list(), b.types.list()
	return &b.p
}

var pageLabels = map[view.Cost]string{view.Allocations: "Allocations", view.Bytes: "Bytes", view.Leaked: "Leaked", view.Peak: "Peak", view.Temporary: "Temporary"}

// index numbers words in the order in which they come.
type index map[string]int

func (x index) number(s string) int {
	n, ok := x[s]
	if !ok {
		n = len(x)
		x[s] = n
	}
	return n
}

func (x index) list() []string {
	out := make([]string, len(x))
	for s, n := range x {
		out[n] = s
	}
	return out
}

type pageBuilder struct {
	v                    *view.View
	o                    Options
	p                    page
	places               *places
	frames               []int       // of each frame of the view: its number in the page, from 1
	functions            map[int]int // of each function of the view: its number in the page
	files, crates, types index
}

func (b *pageBuilder) frame(i int) int {
	if b.frames[i] == 0 {
		f := &b.v.Frames[i]
		fn, ok := b.functions[f.Function]
		if !ok {
			fn = len(b.p.Functions)
			b.functions[f.Function] = fn
			b.p.Functions = append(b.p.Functions, clean(b.v.Functions[f.Function]))
		}
		system := 0
		if f.System {
			system = 1
		}
		b.p.Frames = append(b.p.Frames, [5]int{fn, b.files.number(clean(b.places.shown(f.File, b.o.Root))), f.Line, b.crates.number(clean(f.Crate)), system})
		b.frames[i] = len(b.p.Frames)
	}
	return b.frames[i] - 1
}

func (b *pageBuilder) calls(s *view.Stack) []int {
	out := []int{}
	for _, c := range s.Calls {
		out = append(out, b.frame(c.Frame))
	}
	return out
}

func (b *pageBuilder) site(site int) []int {
	if s := b.v.StackOf(site); s != nil {
		return b.calls(s)
	}
	return []int{}
}

func (b *pageBuilder) figures() {
	r := &b.v.Profile.Run
	lost := b.v.Lost()
	add := func(label, value, note string, bad bool) {
		b.p.Figures = append(b.p.Figures, pageFigure{label, value, note, bad})
	}
	memory, allocations, leaked := "leaked memory", "leaked allocations", "of "+of(r.Allocs, "allocation")
	if !r.Memory { // what of it something still holds is not known
		memory, allocations, leaked = "memory not given back", "blocks not given back", "the memory was not read"
	}
	cycles := "no reference cycles"
	switch n := cyclesOf(b.v.Cycles); {
	case n > 0:
		cycles = of(n, "reference cycle") + " in it"
	case !r.Memory:
		cycles = "cycles were not looked for"
	}
	add(memory, shortSize(lost.Bytes), cycles, lost.Bytes > 0 && r.Memory)
	add(allocations, count(lost.Blocks), leaked, lost.Blocks > 0 && r.Memory)
	add("peak memory", shortSize(r.PeakLive), "after "+duration(r.PeakAt), false)
	add("allocations", count(r.Allocs), perSecond(r.Allocs, r.Wall), false)
	add("temporary allocations", count(r.Temporary), percent(r.Temporary, r.Allocs)+" of all", false)
	add("memory allocated", shortSize(r.Bytes), "in all", false)
	if r.PeakRSS > 0 {
		add("peak resident", shortSize(r.PeakRSS), "the profiler's "+size(r.OwnMemory)+" included", false)
	}
}

// shortSize is size with a short word, for a line of its own.
func shortSize(n int64) string {
	return strings.NewReplacer(" bytes", " B", " byte", " B").Replace(size(n))
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func (b *pageBuilder) stacks() {
	type entry struct {
		path  []int
		stack *view.Group
	}
	groups := b.v.Groups(0, func(s *view.Stack) int64 { return s.Counts.Allocs })
	var all []entry
	for i := range groups {
		path := b.calls(&groups[i].Stack)
		slices.Reverse(path)
		all = append(all, entry{path, &groups[i]})
	}
	slices.SortStableFunc(all, func(x, y entry) int { return slices.Compare(x.path, y.path) })
	var last []int
	for _, e := range all {
		shared := 0
		for shared < len(last) && shared < len(e.path) && last[shared] == e.path[shared] {
			shared++
		}
		g := e.stack
		b.p.Stacks = append(b.p.Stacks, pageStack{shared, e.path[shared:], g.Totals(), b.types.number(clean(g.Type)), clean(g.Via)})
		last = e.path
	}
}

// timeline thins the samples out: of each stretch the one with the most live bytes.
// The line starts at nothing, goes through the peak, which a sample seldom meets,
// and ends when the process did.
func (b *pageBuilder) timeline() {
	r := &b.v.Profile.Run
	all := b.v.Profile.Timeline
	for len(all) > 0 && r.Wall > 0 && all[len(all)-1].At > r.Wall {
		all = all[:len(all)-1]
	}
	if len(all) == 0 {
		return
	}
	if all[0].At > 0 {
		all = append([]profile.Sample{{}}, all...)
	}
	step := (len(all) + maxSamples - 1) / maxSamples
	for i := 0; i < len(all); i += step {
		s := slices.MaxFunc(all[i:min(i+step, len(all))], func(x, y profile.Sample) int { return cmp.Compare(x.Live, y.Live) })
		b.p.Timeline = append(b.p.Timeline, [3]int64{s.At.Microseconds(), s.Live, s.Blocks})
	}
	at := r.PeakAt.Microseconds()
	i, met := slices.BinarySearchFunc(b.p.Timeline, at, func(s [3]int64, at int64) int { return cmp.Compare(s[0], at) })
	if !met && r.PeakLive > 0 && r.PeakAt <= r.Wall {
		b.p.Timeline = slices.Insert(b.p.Timeline, i, [3]int64{at, r.PeakLive, b.p.Timeline[max(i-1, 0)][2]})
	}
}

func (b *pageBuilder) cycles() {
	for i, y := range b.v.Cycles {
		if i == maxCycles {
			b.p.More = len(b.v.Cycles) - i
			break
		}
		c := Describe(y)
		out := pageCycle{Title: c.Title(), Help: c.help(), Count: y.Count, Members: []pageMember{}, Holds: []pageHold{}, Hidden: int(max(y.Blocks, int64(len(y.Members)))) - min(maxMembers, len(y.Members))}
		for k, m := range y.Members {
			if k == maxMembers {
				break
			}
			out.Members = append(out.Members, pageMember{typeName(&m), clean(m.Handle), m.Size, m.Strong, m.Weak, b.site(m.Site)})
		}
		for _, h := range y.Holds {
			if h.From < maxMembers && h.To < maxMembers {
				out.Holds = append(out.Holds, pageHold{h.From, h.To, clean(h.Field)})
			}
		}
		b.p.Cycles = append(b.p.Cycles, out)
	}
}

func (b *pageBuilder) secrets(s *Shown) {
	m := &maker{v: b.v, places: b.places, seen: map[string]int{}, from: map[string]origin{}}
	for _, h := range b.v.Secrets {
		m.out = nil
		m.secret(h)
		if !slices.ContainsFunc(s.Held, func(x finding.Suppressed) bool { return x.Fingerprint == m.out[0].Fingerprint }) {
			b.p.Secrets = append(b.p.Secrets, pageSecret{capital(m.out[0].Title), b.site(h.Site)})
		}
	}
}

func (b *pageBuilder) left() {
	if l := b.v.Left()[profile.Reachable]; l.Blocks > 0 {
		b.p.Left = append(b.p.Left, pageLeft{"still in use at the end", "something that lives points to it: no leak", l.Bytes, l.Blocks})
	}
	for _, k := range b.v.Runtime {
		b.p.Left = append(b.p.Left, pageLeft{"the runtime's: " + k.Name, k.Reason, k.Left.Bytes, k.Left.Blocks})
	}
	for _, k := range b.v.Held {
		b.p.Left = append(b.p.Left, pageLeft{"held back: " + clean(k.Name), clean(k.Reason), k.Left.Bytes, k.Left.Blocks})
	}
	t := &text{v: b.v, p: b.v.Profile, o: b.o, places: b.places}
	for line := range strings.Lines(t.unseen()) {
		b.p.Notes = append(b.p.Notes, strings.TrimSpace(line))
	}
}

// unseen is notLookedAt without colours.
func (t *text) unseen() string {
	t.Terminal = report.Terminal{}
	t.notLookedAt()
	return t.String()
}
