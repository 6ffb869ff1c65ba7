package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"softshell/finding"
)

// TextOptions are the choices of a person who reads.
type TextOptions struct {
	Color   bool
	Verbose bool // coverage crate by crate
}

// text writes one report; widths of the gutter are per finding.
type text struct {
	r *Report
	o TextOptions
	Terminal
}

// Text writes the report for people, in the manner of rustc.
func Text(w io.Writer, r *Report, o TextOptions) error {
	t := &text{Terminal: Terminal{Color: o.Color}, r: r, o: o}
	for i := range r.Findings {
		t.finding(&r.Findings[i])
	}
	t.remarks()
	for _, n := range r.Notes {
		t.Line(t.Paint(Green, "note"), ": ", n)
	}
	t.coverage()
	t.stats()
	t.summary()
	_, err := w.Write(t.Bytes())
	return err
}

// Findings writes the findings and the remarks alone, for a report that has other
// figures around them.
func Findings(w io.Writer, r *Report, o TextOptions) error {
	t := &text{Terminal: Terminal{Color: o.Color}, r: r, o: o}
	for i := range r.Findings {
		t.finding(&r.Findings[i])
	}
	t.remarks()
	_, err := w.Write(t.Bytes())
	return err
}

func (t *text) remarks() {
	for i := range t.r.Remarks {
		t.head("warning", Yellow, "", t.r.Remarks[i].Text)
		t.at(len(strconv.Itoa(t.r.Remarks[i].Span.Line)), t.r.Remarks[i].Span)
		t.Line()
	}
}

func (t *text) head(word string, colour Style, id, title string) {
	if id != "" {
		word += "[" + id + "]"
	}
	t.Line(t.Paint(colour, word), t.Paint(Bold, ": "+strings.ReplaceAll(title, "\n", " ")))
}

var colours = map[finding.Severity]Style{finding.Note: Green, finding.Warning: Yellow, finding.Error: Red}

func (t *text) at(width int, s finding.Span) {
	where := t.r.path(s.File)
	if s.Line > 0 {
		where += ":" + strconv.Itoa(s.Line) + ":" + strconv.Itoa(s.Col)
	}
	t.Line(strings.Repeat(" ", width), t.Paint(Blue, "-->"), " ", where)
}

// mark is one labelled range in a snippet.
type mark struct {
	span    finding.Span
	label   string
	primary bool
}

// maxSteps bounds the steps of a path that are shown: the first ones and the last ones say most.
const maxSteps = 12

func (t *text) finding(f *finding.Finding) {
	t.head(f.Severity.String(), colours[f.Severity], f.Rule, f.Title)
	marks := []mark{{f.Primary, f.Label, true}}
	steps := f.Trace
	cut := 0
	if len(steps) > maxSteps {
		cut = len(steps) - maxSteps
		steps = append(append([]finding.Step{}, steps[:maxSteps/2]...), steps[len(steps)-maxSteps/2:]...)
	}
	for i, s := range steps {
		n := i + 1
		if cut > 0 && i >= maxSteps/2 {
			n += cut
		}
		label := strconv.Itoa(n) + ": " + s.Text
		if s.Span == f.Primary && marks[0].label == f.Label {
			marks[0].label = join(f.Label, label)
			continue
		}
		marks = append(marks, mark{s.Span, label, false})
	}
	width := 1
	for _, m := range marks {
		width = max(width, len(strconv.Itoa(m.span.EndLine)))
	}
	t.snippets(width, f.Primary, marks)
	bar := strings.Repeat(" ", width+1) + t.Paint(Blue, "=") + " "
	if cut > 0 {
		t.Line(bar, t.Paint(Bold, "note"), fmt.Sprintf(": %d steps of the path are not shown here", cut))
	}
	t.Line(bar, t.Paint(Bold, "note"), ": ", gradeNote(f))
	for _, n := range f.Notes {
		t.Line(bar, t.Paint(Bold, "note"), ": ", n)
	}
	for _, e := range evidence(f) {
		t.Line(bar, t.Paint(Bold, "note"), ": ", e)
	}
	if f.Fix != nil {
		t.Line(bar, t.Paint(Cyan, "help"), ": ", f.Fix.Text)
		t.edits(width, f.Fix.Edits)
	}
	t.Line()
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}

// evidence is what runs showed, as notes.
func evidence(f *finding.Finding) []string {
	var out []string
	for _, e := range f.Evidence {
		out = append(out, e.Tool+": "+e.Text)
	}
	return out
}

func gradeNote(f *finding.Finding) string {
	if f.Basis != "" {
		return f.Basis
	}
	where := ""
	if f.Item != "" {
		where = ", in `" + f.Item + "`"
	}
	switch f.Grade {
	case finding.Confirmed:
		return "confirmed by a run" + where
	case finding.Likely:
		return "likely: the code that was read shows it" + where
	}
	return "possible: a fact that decides it is not known" + where
}

// edits shows what the fix would change, line by line.
func (t *text) edits(width int, edits []finding.Edit) {
	for _, e := range edits {
		line := t.r.sources().Line(e.Span.File, e.Span.Line)
		if line == "" || e.Span.Line != e.Span.EndLine || strings.Contains(e.New, "\n") {
			continue
		}
		runes := []rune(line)
		if e.Span.Col < 1 || e.Span.EndCol-1 > len(runes) || e.Span.EndCol < e.Span.Col {
			continue
		}
		after := string(runes[:e.Span.Col-1]) + e.New + string(runes[e.Span.EndCol-1:])
		no := fmt.Sprintf("%*d", width, e.Span.Line)
		t.Line(t.Paint(Blue, no), " ", t.Paint(Red, "- "), expand(line))
		t.Line(t.Paint(Blue, no), " ", t.Paint(Green, "+ "), expand(after))
	}
}

// coverage says what was looked at and what not.
func (t *text) coverage() {
	crates := t.r.Coverage.Crates
	if t.o.Verbose {
		for i := range crates {
			c := &crates[i]
			t.Line(fmt.Sprintf("  %s %s (%s): %d of %s analysed, %s with unknown effect", c.Crate, c.Version, c.Kind, c.Analysed, count(c.Bodies, "function"), count(c.UnknownCalls, "call")))
			for _, name := range c.UnknownCallees {
				t.Line("      unknown: ", name)
			}
		}
	}
	for i := range crates {
		if c := &crates[i]; c.Failed != "" {
			t.Line(t.Paint(Yellow, "not analysed"), ": ", c.Crate, " ", c.Version, " (", c.Kind, "): ", c.Failed)
		}
	}
	for i := range crates {
		for _, name := range crates[i].CutShort {
			t.Line(t.Paint(Yellow, "cut short"), ": `", name, "` of ", crates[i].Crate, " has too many ways for its budget; not every value in it was followed")
		}
	}
	tot := t.r.totals()
	for _, what := range t.r.Coverage.Missing {
		t.Line(t.Paint(Yellow, "not known"), ": ", what)
	}
	for _, why := range slices.Sorted(maps.Keys(tot.skipped)) {
		t.Line(t.Paint(Yellow, "not analysed"), fmt.Sprintf(": %s: %s", count(tot.skipped[why], "function"), why))
	}
}

func (t *text) stats() {
	s := t.r.Stats
	if s == nil {
		return
	}
	t.Line(t.Paint(Bold, "statistics"))
	t.Line(fmt.Sprintf("  bodies parsed     %d of %d (%s)", s.Parsed, s.Bodies, percent(s.Parsed, s.Bodies)))
	for _, what := range slices.Sorted(maps.Keys(s.Unsupported)) {
		t.Line(fmt.Sprintf("  not understood    %d x %s", s.Unsupported[what], what))
	}
	t.Line(fmt.Sprintf("  types resolved    %d of %d (%s)", s.Types-s.Unresolved, s.Types, percent(s.Types-s.Unresolved, s.Types)))
	t.Line(fmt.Sprintf("  given up          %s with too many states", count(s.GaveUp, "resource")))
	t.Line(fmt.Sprintf("  MIR read          %.1f MB", float64(s.MIRBytes)/1e6))
	t.Line(fmt.Sprintf("  reused            %s without a compiler run", count(s.Reused, "unit")))
	if s.PeakMemory > 0 {
		t.Line(fmt.Sprintf("  peak memory       %.1f MB", float64(s.PeakMemory)/1e6))
	}
	for _, p := range t.r.Phases {
		t.Line(fmt.Sprintf("  %-17s %.3f s", p.Name, p.Seconds))
	}
}

func percent(n, of int) string {
	if of == 0 {
		return "none"
	}
	return strconv.FormatFloat(100*float64(n)/float64(of), 'f', 3, 64) + " %"
}

// summary is the last line: what was found, and in how much.
func (t *text) summary() {
	if t.r.Summary != "" {
		t.Line(t.Paint(Green, "softshell"), ": ", t.r.Summary)
		return
	}
	tot := t.r.totals()
	scope := fmt.Sprintf("%s of %s", count(tot.analysed, "function"), count(tot.crates-tot.failed, "crate"))
	if tot.analysed < tot.bodies || tot.failed > 0 {
		scope = fmt.Sprintf("%d of %s in %d of %s", tot.analysed, count(tot.bodies, "function"), tot.crates-tot.failed, count(tot.crates, "crate"))
	}
	analysed := "analysed " + scope
	if tot.unknown > 0 {
		analysed += fmt.Sprintf("; %s on the way of a value had an unknown effect", count(tot.unknown, "call"))
	}
	if n := len(t.r.Suppressed); n > 0 {
		analysed += fmt.Sprintf("; %s held back", count(n, "finding"))
	}
	if n := len(t.r.Findings); n > 0 {
		t.Line(t.Paint(Yellow, "softshell"), ": ", t.Paint(Bold, counts(t.r.Findings)), "; ", analysed)
		return
	}
	word := "clean"
	if !t.r.Coverage.Complete() || tot.bodies == 0 {
		word = "no findings in what was analysed"
	}
	t.Line(t.Paint(Green, "softshell"), ": ", t.Paint(Bold, word), "; ", analysed)
}

// counts is "1 error, 2 warnings (2 likely, 1 possible)".
func counts(fs []finding.Finding) string {
	bySeverity := map[finding.Severity]int{}
	byGrade := map[finding.Grade]int{}
	for i := range fs {
		bySeverity[fs[i].Severity]++
		byGrade[fs[i].Grade]++
	}
	var a, b []string
	for s := finding.Error; ; s-- {
		if n := bySeverity[s]; n > 0 {
			a = append(a, count(n, s.String()))
		}
		if s == finding.Note {
			break
		}
	}
	for g := finding.Confirmed; ; g-- {
		if n := byGrade[g]; n > 0 {
			b = append(b, strconv.Itoa(n)+" "+g.String())
		}
		if g == finding.Possible {
			break
		}
	}
	return strings.Join(a, ", ") + " (" + strings.Join(b, ", ") + ")"
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}
