package export

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"softshell/heap/profile"
	"softshell/heap/view"
	"softshell/report"
)

// Diff compares two runs stack by stack, matched by the names of their functions.
// Frames of std and the C library count only when unfold is set, so that another
// toolchain changes nothing.
func Diff(a, b *profile.Profile, unfold bool) *profile.Difference {
	names := map[string]string{} // each is asked for with every stack that it stands in
	return profile.Diff(judged(a), judged(b), func(f *profile.Frame) string {
		if f.System && !unfold {
			return ""
		}
		name, ok := names[f.Function]
		if !ok {
			name = view.Readable(f.Function)
			names[f.Function] = name
		}
		return name
	})
}

// judged is a profile in which what was left is sorted as a report sorts it: the
// runtime's own apart, and all of it where the memory was not read.
func judged(p *profile.Profile) *profile.Profile {
	out := *p
	out.Sites = slices.Clone(p.Sites)
	v := view.New(p, view.Options{})
	for i := range v.Stacks {
		out.Sites[v.Stacks[i].Site].Left = v.Stacks[i].Left
	}
	return &out
}

// total are the figures of a run that a comparison starts with.
type total struct {
	Name   string `json:"name"`
	Before int64  `json:"before"`
	After  int64  `json:"after"`
	bytes  bool
}

func totals(d *profile.Difference) []total {
	a, b := &d.A.Run, &d.B.Run
	var lostA, lostB profile.Left
	for i := range d.Changes {
		lostA.Add(lostIn(&d.Changes[i].A))
		lostB.Add(lostIn(&d.Changes[i].B))
	}
	return []total{
		{"allocations", a.Allocs, b.Allocs, false},
		{"leaked allocations", lostA.Blocks, lostB.Blocks, false},
		{"temporary allocations", a.Temporary, b.Temporary, false},
		{"total memory allocated", a.Bytes, b.Bytes, true},
		{"total memory leaked", lostA.Bytes, lostB.Bytes, true},
		{"peak memory", a.PeakLive, b.PeakLive, true},
		{"cycles", cyclesOf(pointers(d.A.Cycles)), cyclesOf(pointers(d.B.Cycles)), false},
	}
}

func cyclesOf(list []*profile.Cycle) (n int64) {
	for _, y := range list {
		n += y.Count
	}
	return n
}

func pointers[T any](list []T) (out []*T) {
	for i := range list {
		out = append(out, &list[i])
	}
	return out
}

func lostIn(f *profile.Figures) profile.Left {
	return (&view.Stack{Left: f.Left}).Lost()
}

func costOf(f *profile.Figures, cost view.Cost) int64 {
	return cost.Of(&view.Stack{Counts: f.Counts, Left: f.Left})
}

// changed are the stacks whose cost changed, the greatest change first.
func changed(d *profile.Difference, cost view.Cost) []*profile.Change {
	var out []*profile.Change
	by := func(c *profile.Change) int64 { return costOf(&c.B, cost) - costOf(&c.A, cost) }
	for i := range d.Changes {
		if by(&d.Changes[i]) != 0 {
			out = append(out, &d.Changes[i])
		}
	}
	slices.SortStableFunc(out, func(x, y *profile.Change) int {
		return cmp.Compare(abs(by(y)), abs(by(x)))
	})
	return out
}

func abs(n int64) int64 { return max(n, -n) }

// DiffText writes what changed for a person.
func DiffText(w io.Writer, d *profile.Difference, o Options) error {
	t := &text{p: d.B, o: o, places: newPlaces(&d.B.Run, o.Root, o.Sources)}
	t.o.Width, t.o.Top = cmp.Or(o.Width, 100), cmp.Or(o.Top, 10)
	t.Line(t.Paint(report.Bold, "heap of "+clean(d.B.Run.Name())), ", compared with ", clean(d.A.Run.Name()), " before")
	t.Line()
	rows := [][]string{{"", "before", "after", "change"}}
	for _, x := range totals(d) {
		write := count
		if x.bytes {
			write = size
		}
		rows = append(rows, []string{x.Name, write(x.Before), write(x.After), signed(x.After-x.Before, write) + growth(x.Before, x.After)})
	}
	wide := [4]int{}
	for _, row := range rows {
		for i, cell := range row {
			wide[i] = max(wide[i], len(cell))
		}
	}
	for i, row := range rows {
		line := fmt.Sprintf("  %-*s  %*s  %*s  ", wide[0], row[0], wide[1], row[1], wide[2], row[2]) + row[3]
		if i == 0 {
			line = t.Paint(report.Dim, line)
		}
		t.Line(line)
	}
	t.Line()
	t.changes(d)
	_, err := w.Write(t.Bytes())
	return err
}

func signed(n int64, write func(int64) string) string {
	switch {
	case n > 0:
		return "+" + write(n)
	case n == 0:
		return "none"
	}
	return write(n)
}

func growth(before, after int64) string {
	if before == 0 || before == after {
		return ""
	}
	return fmt.Sprintf(" (%+.1f %%)", 100*float64(after-before)/float64(before))
}

func (t *text) changes(d *profile.Difference) {
	cost := t.o.Cost
	write := count
	if cost.InBytes() {
		write = size
	}
	all := changed(d, cost)
	if len(all) == 0 {
		t.Line("no stack changed its ", cost.String())
		return
	}
	t.heading("changed most: " + strings.TrimPrefix(costHeading[cost], "most "))
	for i, c := range all {
		if i == t.o.Top {
			t.more(len(all)-i, "further stack", "further stacks")
			break
		}
		a, b := costOf(&c.A, cost), costOf(&c.B, cost)
		what := "  " + write(a) + " before, " + write(b) + " after"
		switch {
		case c.A.Counts.Allocs == 0:
			what = "  new"
		case c.B.Counts.Allocs == 0:
			what = "  gone"
		}
		if c.Type != "" {
			what += ", for `" + view.ShortType(clean(view.Readable(c.Type)), 60) + "`"
		}
		colour := report.Yellow
		if b < a {
			colour = report.Green
		}
		t.Line(t.Paint(colour, fmt.Sprintf("  %13s", signed(b-a, write))), what)
		if len(c.Stack) == 0 {
			t.Line(strings.Repeat(" ", 17), "the runtime, or a library without names")
		}
		for k, f := range c.Stack {
			if k > textCallers {
				t.Line(strings.Repeat(" ", 17), t.Paint(report.Dim, plural(len(c.Stack)-k, "further caller", "further callers")))
				break
			}
			where := ""
			if f.File != "" {
				where = clean(t.places.shown(f.File, t.o.Root))
				if f.Line > 0 {
					where += fmt.Sprintf(":%d", f.Line)
				}
			}
			t.Line(strings.TrimRight(fmt.Sprintf("%17s%-50s %s", "", view.Short(clean(view.Readable(f.Function)), max(t.o.Width-19-len(where), 30)), t.Paint(report.Blue, where)), " "))
		}
	}
}

// DiffJSON writes all changes as one document.
func DiffJSON(w io.Writer, d *profile.Difference, o Options) error {
	type figures struct {
		Allocations int64              `json:"allocations"`
		Bytes       int64              `json:"bytes"`
		Temporary   int64              `json:"temporary"`
		PeakBytes   int64              `json:"peak_bytes"`
		Left        map[string]amounts `json:"left"`
	}
	type change struct {
		Stack  []string `json:"stack"` // the innermost first
		Type   string   `json:"type"`
		Before figures  `json:"before"`
		After  figures  `json:"after"`
	}
	of := func(f *profile.Figures) figures {
		return figures{f.Counts.Allocs, f.Counts.Bytes, f.Counts.Temporary, f.Counts.PeakBytes, jsonLeft(f.Left)}
	}
	doc := struct {
		Schema  int      `json:"schema"`
		Tool    jsonTool `json:"tool"`
		Totals  []total  `json:"totals"`
		Changes []change `json:"changes"` // the greatest change of the cost first
	}{schemaVersion, jsonTool{"softshell", o.Version}, totals(d), []change{}}
	for _, c := range changed(d, o.Cost) {
		out := change{Stack: []string{}, Type: view.Readable(c.Type), Before: of(&c.A), After: of(&c.B)}
		for _, f := range c.Stack {
			out.Stack = append(out.Stack, view.Readable(f.Function))
		}
		doc.Changes = append(doc.Changes, out)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(&doc); err != nil {
		return err
	}
	_, err := w.Write(b.Bytes())
	return err
}
