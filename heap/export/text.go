package export

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"softshell/finding"
	"softshell/heap/profile"
	"softshell/heap/view"
	"softshell/report"
)

// Text writes the report for a person: the figures of the run, what was lost and
// why, where most was allocated, what is left that is no leak, and what was not
// looked at.
func Text(w io.Writer, s *Shown, o Options) error {
	v := s.View
	t := &text{Terminal: report.Terminal{Color: o.Color}, v: v, p: v.Profile, o: o, places: newPlaces(&v.Profile.Run, o.Root, o.Sources)}
	t.o.Width, t.o.Top = cmp.Or(o.Width, 100), cmp.Or(o.Top, 10)
	t.figures()
	t.findings(s.Findings, s.Remarks)
	t.lists()
	t.left()
	t.held()
	t.notLookedAt()
	t.summary()
	_, err := w.Write(t.Bytes())
	return err
}

type text struct {
	v      *view.View
	p      *profile.Profile
	o      Options
	places *places
	report.Terminal
}

func (t *text) heading(s string) { t.Line(t.Paint(report.Bold, s)) }

// figures are what heaptrack says first.
func (t *text) figures() {
	r := &t.p.Run
	t.Line(t.Paint(report.Bold, "heap of "+clean(r.Name())), ", ", ending(r), " after ", duration(r.Wall))
	if t.v.Options.Filter != "" {
		t.Line("(what leaked and the lists are only of stacks with `", clean(t.v.Options.Filter), "`, the other figures of the whole run)")
	}
	t.Line()
	lost := t.v.Lost()
	leakedBlocks, leakedBytes, leaked := "leaked allocations", "total memory leaked", ""
	if !r.Memory { // what of it something still holds is not known
		leakedBlocks, leakedBytes, leaked = "blocks not given back", "memory not given back", "the memory was not read"
	}
	peak := "after " + duration(r.PeakAt)
	if r.LiveAtEnd > 0 {
		peak += ", " + size(r.LiveAtEnd) + " left at the end"
	}
	rss := ""
	if r.OwnMemory > 0 {
		rss = "the profiler's " + size(r.OwnMemory) + " included"
	}
	temporary := percent(r.Temporary, r.Allocs)
	if rate := perSecond(r.Temporary, r.Wall); rate != "" {
		temporary += ", " + rate
	}
	rows := [][3]string{
		{"allocations", count(r.Allocs), perSecond(r.Allocs, r.Wall)},
		{leakedBlocks, count(lost.Blocks), leaked},
		{"temporary allocations", count(r.Temporary), temporary},
		{"total memory allocated", size(r.Bytes), ""},
		{leakedBytes, size(lost.Bytes), ""},
		{"peak memory", size(r.PeakLive), peak},
	}
	if r.PeakRSS > 0 {
		rows = append(rows, [3]string{"peak resident memory", size(r.PeakRSS), rss})
	}
	wide := 0
	for _, row := range rows {
		wide = max(wide, len(row[1]))
	}
	for _, row := range rows {
		t.Line(strings.TrimRight(fmt.Sprintf("  %-23s %*s  %s", row[0], wide, row[1], t.Paint(report.Dim, row[2])), " "))
	}
	t.Line()
}

var signals = map[int]string{1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE", 9: "SIGKILL", 11: "SIGSEGV", 13: "SIGPIPE", 14: "SIGALRM", 15: "SIGTERM"}

func signal(n int) string {
	if s, ok := signals[n]; ok {
		return s
	}
	return fmt.Sprintf("signal %d", n)
}

// ending says how the process ended.
func ending(r *profile.Run) string {
	switch r.End {
	case profile.Signaled:
		return "which ended by " + signal(r.Status)
	case profile.Killed:
		return "which was killed by " + signal(cmp.Or(r.Status, 9))
	case profile.Running:
		return "which ran on; looked at"
	case profile.Replaced:
		return "which called exec"
	}
	return fmt.Sprintf("which ended with exit code %d", r.Status)
}

// findings shows the cycles, the leaks and the secrets, the greatest first.
func (t *text) findings(fs []finding.Finding, remarks []finding.Remark) {
	r := &report.Report{Root: t.o.Root, Sources: t.places.src, Remarks: remarks}
	cut := map[string]int{}
	shown := map[string]int{}
	notes := 0
	for i := range fs {
		f := &fs[i]
		switch {
		case f.Severity == finding.Note && f.Rule == view.RuleLeak && f.Grade == finding.Confirmed:
			notes++ // goes with the block that holds them
		case shown[f.Rule] >= t.o.Top:
			cut[f.Rule]++
		default:
			shown[f.Rule]++
			r.Findings = append(r.Findings, t.compact(*f))
		}
	}
	_ = report.Findings(t, r, report.TextOptions{Color: t.o.Color}) // a buffer takes all
	for _, rule := range view.Rules {
		if cut[rule] > 0 {
			t.Line(t.Paint(report.Green, "note"), fmt.Sprintf(": %s of %s not shown: --top %d shows all", plural(cut[rule], "further finding", "further findings"), rule, cut[rule]+shown[rule]))
		}
	}
	if notes > 0 {
		t.Line(t.Paint(report.Green, "note"), fmt.Sprintf(": not shown: %s of blocks that only lost blocks hold; --format json has them", plural(notes, "further stack", "further stacks")))
	}
	if len(cut) > 0 || notes > 0 {
		t.Line()
	}
}

// compact writes the steps of a finding as notes when there is no source to
// show them in.
func (t *text) compact(f finding.Finding) finding.Finding {
	if f.Primary.IsZero() || t.places.src.Lines(f.Primary.File) != nil {
		return f
	}
	var steps []string
	for _, s := range f.Trace {
		steps = append(steps, fmt.Sprintf("%s at %s:%d", s.Text, finding.Relative(t.o.Root, s.Span.File), s.Span.Line))
	}
	f.Notes = append(steps, f.Notes...)
	f.Trace = nil
	return f
}

// lists shows where most was allocated, by the cost that was asked for.
func (t *text) lists() {
	if t.o.Calls != "" {
		t.calls()
		return
	}
	cost := t.o.Cost
	whole := t.v.Sum()[cost]
	if whole == 0 {
		return
	}
	by := t.o.By
	if len(by) == 0 {
		by = []string{ByStack, ByType}
	}
	for _, list := range by {
		switch list {
		case ByStack:
			t.stacks(cost, whole)
		case ByFunction:
			t.functions(cost, whole)
		case ByType:
			if types := t.v.ByType(cost); len(types) > 1 || len(types) == 1 && types[0].Type != "" {
				t.types(types, cost, whole)
			}
		}
	}
}

// stacks lists the places that allocated most, each with the callers that most of
// it came from; unfolded, the single stacks.
func (t *text) stacks(cost view.Cost, whole int64) {
	depth, one, many := 1, "further place", "further places"
	if t.v.Options.Unfold {
		depth, one, many = 0, "further stack", "further stacks"
	}
	groups := t.v.Groups(depth, cost.Of)
	t.heading(costHeading[cost])
	places, rest := 0, int64(0)
	if !t.v.Options.Unfold {
		groups, places, rest = t.withoutRuntime(groups, cost)
	}
	for i := range groups {
		if i == t.o.Top {
			t.more(len(groups)-i, one, many)
			break
		}
		t.group(&groups[i], cost, whole)
	}
	if places > 0 {
		t.Line(fmt.Sprintf("  %12s  %s", amount(rest, cost), t.share(rest, whole)), t.Paint(report.Dim, " by "+plural(places, "place", "places")+" without a function of the program: --unfold shows more"))
	}
	t.Line()
}

// withoutRuntime leaves out the places in which no function of the program takes
// part: what std and the C library do at the start of a process and of a thread.
// The result has their number and what they cost. Where there is nothing else,
// they stay.
func (t *text) withoutRuntime(groups []view.Group, cost view.Cost) (own []view.Group, places int, sum int64) {
	for i := range groups {
		g := &groups[i]
		if t.v.Frames[g.Calls[0].Frame].System {
			places++
			sum += cost.Of(&g.Stack)
		} else {
			own = append(own, *g)
		}
	}
	if len(own) == 0 {
		return groups, 0, 0
	}
	return own, places, sum
}

func (t *text) more(n int, one, many string) {
	t.Line("  ", t.Paint(report.Dim, plural(n, one, many)))
}

// functions lists what each allocated itself, and with all that it calls.
func (t *text) functions(cost view.Cost, whole int64) {
	t.heading("by function: " + costHeading[cost])
	t.Line(t.Paint(report.Dim, "  itself                 with what it calls"))
	list := t.v.ByFunction(cost, false)
	for i, f := range list {
		if i == t.o.Top {
			t.more(len(list)-i, "further function", "further functions")
			break
		}
		t.Line(fmt.Sprintf("  %12s  %s %12s  %s  %s", amount(f.Self[cost], cost), t.share(f.Self[cost], whole), amount(f.Total[cost], cost), t.share(f.Total[cost], whole),
			view.Short(clean(t.v.Functions[f.Function]), max(t.o.Width-54, 30))))
	}
	t.Line()
}

// calls shows who calls the functions that have the text in their names, and
// whom they call.
func (t *text) calls() {
	cost, whole := t.o.Cost, t.v.Sum()[t.o.Cost]
	shown := 0
	for _, f := range t.v.ByFunction(cost, true) {
		name := t.v.Functions[f.Function]
		if !strings.Contains(strings.ToLower(name), strings.ToLower(t.o.Calls)) {
			continue
		}
		if shown++; shown > t.o.Top {
			t.Line(t.Paint(report.Green, "note"), ": more functions have `", clean(t.o.Calls), "` in their names: give more of the name, or --top")
			break
		}
		callers, callees := t.v.Calls(f.Function, cost)
		for _, e := range callers[:min(len(callers), t.o.Top)] {
			t.edge("from", e, cost, whole)
		}
		t.Line(fmt.Sprintf("  %12s  %s  ", amount(f.Total[cost], cost), t.share(f.Total[cost], whole)), t.Paint(report.Bold, clean(name)), t.Paint(report.Dim, ", "+amount(f.Self[cost], cost)+" itself"))
		for _, e := range callees[:min(len(callees), t.o.Top)] {
			t.edge("to", e, cost, whole)
		}
		t.Line()
	}
	if shown == 0 {
		t.Line(t.Paint(report.Green, "note"), ": no function of a stack has `", clean(t.o.Calls), "` in its name")
		t.Line()
	}
}

func (t *text) edge(way string, e view.Edge, cost view.Cost, whole int64) {
	t.Line(fmt.Sprintf("  %12s  %s    %-4s  %s", amount(e.Totals[cost], cost), t.share(e.Totals[cost], whole), way, view.Short(clean(t.v.Functions[e.Function]), max(t.o.Width-40, 30))))
}

var costHeading = map[view.Cost]string{
	view.Allocations: "most allocations", view.Bytes: "most bytes allocated", view.Leaked: "most bytes lost",
	view.Peak: "most bytes at the peak", view.Temporary: "most temporary allocations",
}

func amount(n int64, cost view.Cost) string {
	if cost.InBytes() {
		return size(n)
	}
	return count(n)
}

func (t *text) types(types []view.Type, cost view.Cost, whole int64) {
	t.heading("by type")
	for i, typ := range types {
		if i == t.o.Top {
			t.more(len(types)-i, "further type", "further types")
			break
		}
		name := clean(typ.Type)
		if name == "" {
			name = t.Paint(report.Dim, "not known")
		} else {
			name = view.ShortType(name, max(t.o.Width-30, 20))
		}
		t.Line(fmt.Sprintf("  %12s  %s  %s", amount(typ.Totals[cost], cost), t.share(typ.Totals[cost], whole), name))
	}
	t.Line()
}

func (t *text) share(n, whole int64) string {
	return t.Paint(report.Dim, fmt.Sprintf("%6.1f %%", 100*float64(n)/float64(max(whole, 1))))
}

// textCallers is how many callers an entry of a list shows.
const textCallers = 4

func (t *text) group(g *view.Group, cost view.Cost, whole int64) {
	what := ""
	if cost.InBytes() {
		n := g.Counts.Allocs
		switch cost {
		case view.Leaked:
			n = g.Lost().Blocks
		case view.Peak:
			n = g.Counts.PeakAllocs
		}
		what = " in " + of(n, "block")
	} else if cost == view.Allocations {
		what = ", " + size(g.Counts.Bytes)
	} else {
		what = " of " + count(g.Counts.Allocs)
	}
	if g.Via != "" {
		what += ", by `" + view.Short(clean(g.Via), 60) + "`"
	}
	if g.Type != "" {
		what += ", for `" + view.ShortType(clean(g.Type), 60) + "`"
	}
	t.Line(fmt.Sprintf("  %12s  %s", amount(cost.Of(&g.Stack), cost), t.share(cost.Of(&g.Stack), whole)), what)
	way := t.v.Callers(g, cost.Of)
	for i, c := range way {
		if i > textCallers {
			t.Line(strings.Repeat(" ", 16), t.Paint(report.Dim, plural(len(g.Calls)-i, "further caller", "further callers")))
			break
		}
		share := ""
		if of := cost.Of(&g.Stack); c.Measure*1000 < of*995 {
			share = fmt.Sprintf("%.0f %% of it", 100*float64(c.Measure)/float64(of))
		}
		t.frame(c.Call, i == 0, share)
	}
	if len(way) <= textCallers && len(way) < len(g.Calls) {
		t.Line(strings.Repeat(" ", 16), t.Paint(report.Dim, "further callers, each under 20 % of it"))
	}
}

func (t *text) frame(c view.Call, first bool, note string) {
	f := &t.v.Frames[c.Frame]
	where := ""
	if f.File != "" {
		where = clean(t.places.shown(f.File, t.o.Root))
		if f.Line > 0 {
			where += fmt.Sprintf(":%d", f.Line)
		}
	}
	if c.Inlined {
		where += " (inlined)"
	}
	if note != "" {
		note = "  " + note
	}
	const indent = 16
	room := max(t.o.Width-indent-2-utf8.RuneCountInString(where), 48)
	fn := view.Short(clean(t.v.Name(c.Frame)), room)
	pad := strings.Repeat(" ", max(2, 50-utf8.RuneCountInString(fn)))
	if first {
		fn = t.Paint(report.Bold, fn)
	}
	t.Line(strings.TrimRight(strings.Repeat(" ", indent)+fn+pad+t.Paint(report.Blue, where)+t.Paint(report.Dim, note), " "))
}

// left says what is left and is no leak.
func (t *text) left() {
	left := t.v.Left()
	if l := left[profile.Reachable]; l.Blocks > 0 {
		t.heading(fmt.Sprintf("still in use at the end: %s in %s, which is no leak", size(l.Bytes), of(l.Blocks, "block")))
		groups := t.v.Groups(1, func(s *view.Stack) int64 { return s.Left[profile.Reachable].Bytes })
		for i := range groups {
			if i == min(3, t.o.Top) {
				t.more(len(groups)-i, "further place", "further places")
				break
			}
			g := &groups[i]
			t.Line(fmt.Sprintf("  %12s  in %s, from `%s`", size(g.Left[profile.Reachable].Bytes), of(g.Left[profile.Reachable].Blocks, "block"), view.Short(clean(t.v.Name(g.Calls[0].Frame)), 70)))
		}
		t.Line()
	}
	if l := left[profile.Runtime]; l.Blocks > 0 {
		t.heading(fmt.Sprintf("the runtime's own: %s in %s", size(l.Bytes), of(l.Blocks, "block")))
		for _, k := range t.v.Runtime {
			t.Line(fmt.Sprintf("  %12s  %s: ", size(k.Left.Bytes), k.Name), t.Paint(report.Dim, k.Reason))
		}
		t.Line()
	}
}

func (t *text) held() {
	if len(t.v.Held) == 0 {
		return
	}
	t.heading("held back")
	for _, k := range t.v.Held {
		until := ""
		if k.Until != "" {
			until = " (until " + clean(k.Until) + ")"
		}
		t.Line(fmt.Sprintf("  %12s  in %s at `%s`: %s", size(k.Left.Bytes), of(k.Left.Blocks, "block"), clean(k.Name), clean(k.Reason)), until)
	}
	t.Line()
}

// notLookedAt says what the run does not show.
func (t *text) notLookedAt() {
	r := &t.p.Run
	var out []string
	if !r.Memory {
		out = append(out, "the memory was not read at the end, so it is not known what of it was still in use, and no cycles were looked for")
	}
	if r.Unknown > 0 {
		out = append(out, fmt.Sprintf("%s of memory from before the recorder was there", of(r.Unknown, "free")))
	}
	if r.Incomplete > 0 {
		out = append(out, fmt.Sprintf("%s cut off before the root", plural(int(r.Incomplete), "stack is", "stacks are")))
	}
	out = append(out, t.p.Notes...)
	for _, n := range out {
		t.Line(t.Paint(report.Yellow, "not looked at"), ": ", clean(n))
	}
	for _, th := range t.p.Threads {
		if th.Panicking {
			t.Line(t.Paint(report.Green, "note"), ": the thread `", clean(th.Name), "` was panicking at the end: what its frames held was not dropped")
		}
	}
}

func (t *text) summary() {
	lost := t.v.Lost()
	var parts []string
	if n := len(t.v.Cycles); n > 0 {
		all, bytes := int64(0), int64(0)
		for _, y := range t.v.Cycles {
			all += y.Count
			bytes += y.Bytes
		}
		parts = append(parts, of(all, "cycle")+" of "+size(bytes))
	}
	if lost.Bytes > 0 {
		word := " lost in "
		if !t.p.Run.Memory {
			word = " not given back in "
		}
		parts = append([]string{size(lost.Bytes) + word + of(lost.Blocks, "block")}, parts...)
	}
	if n := int64(len(t.v.Secrets)); n > 0 {
		parts = append(parts, plural(int(n), "place with a secret", "places with a secret"))
	}
	word := t.Paint(report.Green, "softshell") + ": " + t.Paint(report.Bold, "nothing was lost")
	if len(parts) > 0 {
		word = t.Paint(report.Yellow, "softshell") + ": " + t.Paint(report.Bold, strings.Join(parts, ", "))
	}
	if !t.p.Run.Memory && len(parts) == 0 {
		word = t.Paint(report.Green, "softshell") + ": " + t.Paint(report.Bold, "all was given back")
	}
	if t.v.Options.Filter != "" {
		word += " at stacks with `" + clean(t.v.Options.Filter) + "`"
	}
	t.Line(word, fmt.Sprintf("; %s at %s", of(t.p.Run.Allocs, "allocation"), of(int64(len(t.p.Sites)), "stack")))
}
