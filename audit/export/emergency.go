package export

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"softshell/audit"
	"softshell/audit/advisory"
	"softshell/audit/patch"
	"softshell/finding"
	"softshell/report"
)

// EmergencyText writes one page for people. reach tells whether that was asked for.
func EmergencyText(w io.Writer, r *audit.Result, e *patch.Emergency, reach bool, o TextOptions) error {
	t := &page{fixText: fixText{text: text{Terminal: report.Terminal{Color: o.Color}, r: r, o: o}, p: e.Plan}, e: e}
	a := e.Advisory
	t.Line(t.Paint(report.Bold, finding.Plain(a.ID+": "+a.Title)))
	t.say(a.Package + severity(a) + kindWords(a))
	t.say(joined(", ", strings.Join(a.Aliases, ", "), "published "+a.Date, a.URL))
	t.affected()
	t.reachable(reach)
	t.since()
	t.now()
	t.patch()
	t.verify()
	t.Line()
	for _, n := range r.Tree.Notes {
		t.Line(t.Paint(report.Green, "note"), ": ", finding.Plain(n))
	}
	for _, n := range r.Incomplete {
		t.Line(t.Paint(report.Yellow, "not judged"), ": ", finding.Plain(n))
	}
	t.Line(t.Paint(t.tone(), "softshell"), ": ", t.Paint(report.Bold, string(e.Verdict)), "; by ", database(r.Database))
	_, err := w.Write(t.Bytes())
	return err
}

type page struct {
	fixText
	e *patch.Emergency
}

func (t *page) tone() report.Style {
	switch t.e.Verdict {
	case patch.Affected:
		return report.Red
	case patch.CannotTell:
		return report.Yellow
	}
	return report.Green
}

func joined(sep string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), sep)
}

func kindWords(a *advisory.Advisory) string {
	if a.Kind == advisory.Vulnerability {
		return ""
	}
	return " (" + string(a.Kind) + ")"
}

func (t *page) say(s string) {
	if s != "" {
		t.Line("    ", finding.Plain(s))
	}
}

func (t *page) head(question, answer string) {
	t.Line()
	t.Line(t.Paint(report.Blue, question), " ", t.Paint(report.Bold, finding.Plain(answer)))
}

func (t *page) affected() {
	e := t.e
	switch answer := string(e.Verdict); {
	case e.Verdict == patch.Affected:
		t.head("1. Affected?", joined(": ", "yes", e.Why))
	case e.Why != "":
		t.head("1. Affected?", answer+": "+e.Why)
	default:
		t.head("1. Affected?", answer)
	}
	for i := range e.Matches {
		m := &e.Matches[i]
		p := &t.r.Tree.Packages[m.Package]
		t.say(joined(": ", named(p), when(p)))
		if way := chain(t.r.Tree, m.Path); way != "" {
			t.say("by " + way)
		}
		if m.Ignore != nil && !m.Ignore.Expired {
			t.say("it is ignored: " + m.Ignore.Reason)
		}
	}
	for i := range e.Other {
		m := &e.Other[i]
		t.say(named(&t.r.Tree.Packages[m.Package]) + ": " + m.Why)
	}
	t.say("affected versions: " + e.Advisory.Affected.String())
}

func (t *page) reachable(asked bool) {
	if len(t.e.Matches) == 0 {
		return
	}
	var names []string
	for _, f := range t.e.Advisory.Functions {
		names = append(names, f.Path)
	}
	if !asked {
		t.head("2. Reachable?", "not looked at: --reach compiles the program and runs its build scripts to tell")
	}
	for i := range t.e.Matches {
		m := &t.e.Matches[i]
		if m.Reach == nil {
			continue
		}
		s := string(m.Reach.Verdict)
		if m.Reach.Level != "" {
			s += ", by " + m.Reach.Level
			if m.Reach.Match != "" {
				s += " (" + m.Reach.Match + " match of the names)"
			}
		}
		t.head("2. Reachable?", joined(": ", s, m.Reach.Why))
		for _, c := range m.Reach.Chain {
			where := ""
			if c.File != "" {
				where = fmt.Sprintf(" (%s:%d)", finding.Relative(t.o.Folder, c.File), c.Line)
			}
			t.say(c.Crate + "::" + c.Item + where)
		}
	}
	if len(names) > 0 {
		t.say("the advisory names " + strings.Join(names, ", "))
	} else {
		t.say("the advisory names no functions")
	}
}

func (t *page) since() {
	h := t.e.Since
	if h == nil {
		return
	}
	question := "3. Since when?"
	switch {
	case h.Unknown != "":
		t.head(question, "not known: "+h.Unknown)
		return
	case len(h.Spans) == 0:
		t.head(question, fmt.Sprintf("never, in the %s that changed Cargo.lock", count(h.Looked, "commit")))
	}
	for i := range h.Spans {
		if i == 0 {
			t.head(question, spanWords(h, 0))
		} else {
			t.say("and " + spanWords(h, i))
		}
		if s := &h.Spans[i]; s.From.Subject != "" {
			t.say(fmt.Sprintf("%s came with %s %q", strings.Join(s.Versions, ", "), short(s.From.ID), s.From.Subject))
		}
		if tags := h.Spans[i].Tags; len(tags) > 0 {
			s := strings.Join(tags, ", ")
			if len(tags) > most {
				s = fmt.Sprintf("%s to %s, %d in all", tags[0], tags[len(tags)-1], len(tags))
			}
			t.say("tags with it: " + s)
		}
	}
	if !h.Whole {
		t.say("the history here is not whole: it may be older")
	}
}

func spanWords(h *patch.History, i int) string {
	s := &h.Spans[i]
	switch {
	case s.Pending:
		return "it is in this folder, and in no commit yet"
	case s.Mended:
		return "from " + day(s.From.Date) + " on by the commits; this folder is rid of it, in no commit yet"
	case s.Until == nil:
		return "since " + day(s.From.Date)
	}
	return "from " + day(s.From.Date) + " until " + day(s.Until.Date) + ", when " + short(s.Until.ID) + " ended it"
}

func day(date string) string {
	d, _, _ := strings.Cut(date, "T")
	return d
}

func short(id string) string { return id[:min(len(id), 10)] }

// now is what can be done at once.
func (t *page) now() {
	if t.e.Verdict != patch.Affected {
		return
	}
	advice := slices.Clone(t.e.Now)
	if t.e.Plan != nil {
		for i := range t.e.Plan.Mends {
			for _, a := range t.e.Plan.Mends[i].Advice {
				if (a.Kind == patch.Feature || a.Kind == patch.Replace) && !slices.Contains(advice, a) {
					advice = append(advice, a)
				}
			}
		}
	}
	if len(advice)+len(t.e.Words) == 0 {
		t.head("4. Now", "nothing but the patch is known to help")
		return
	}
	t.head("4. Now", "until it is mended")
	if len(t.e.Words) > 0 {
		t.Line("  ", t.Paint(report.Blue, "="), " ", t.Paint(report.Bold, "the advisory says"), ":")
		for _, l := range t.e.Words {
			t.Line("      ", strings.TrimRight(finding.PlainText(l), " \n"))
		}
	}
	for i := range advice {
		t.advice(&advice[i])
	}
}

func (t *page) patch() {
	if t.e.Verdict != patch.Affected {
		return
	}
	if t.e.Plan == nil {
		t.head("5. Patch", mended(t.e.Advisory))
		t.say(t.e.NoPlan)
		return
	}
	p := t.e.Plan
	t.head("5. Patch", FixVerdict(p, nil))
	for i := range p.Steps {
		t.Line("    ", t.Paint(report.Cyan, finding.Plain(p.Steps[i].Command())))
	}
	var shown []*patch.Mend
	for i := range p.Mends {
		m := &p.Mends[i]
		if m.State == patch.Mended || slices.ContainsFunc(shown, m.SameAs) {
			continue
		}
		shown = append(shown, m)
		for k := range m.Holders {
			t.say("held by: " + held(&m.Holders[k]))
		}
		t.edits(m)
		for k := range m.Advice {
			if a := &m.Advice[k]; a.Kind == patch.Patch {
				t.advice(a)
			}
		}
	}
}

func (t *page) verify() {
	if t.e.Verdict != patch.Affected {
		return
	}
	t.head("6. Verify", "each must succeed")
	lines := []string{"cargo test --locked", "softshell audit emergency " + t.e.Advisory.ID}
	if t.e.Advisory.Collection == advisory.Rust {
		lines = append([]string{"rustup update"}, lines...)
	}
	ignored := slices.ContainsFunc(t.e.Matches, func(m audit.Match) bool { return m.Ignore != nil }) // fix leaves it alone
	if t.e.Plan != nil && len(t.e.Plan.Steps) > 0 && !ignored {
		lines = append([]string{"softshell audit fix " + t.e.Advisory.ID + " --apply"}, lines...)
	}
	for _, l := range lines {
		t.Line("    ", t.Paint(report.Cyan, finding.Plain(l)))
	}
	t.say("then release. What was built before has the old version; softshell audit FILE tells it of a binary that cargo-auditable built.")
}

// The JSON form of an emergency.
type (
	jsonEmergency struct {
		Version   int           `json:"version"`
		Tool      string        `json:"tool"`
		Softshell string        `json:"softshell"`
		Database  jsonDatabase  `json:"database"`
		Advisory  jsonAdvisory  `json:"advisory"`
		Verdict   patch.Verdict `json:"verdict"`
		Why       string        `json:"why,omitempty"`
		Affected  string        `json:"affected_versions"`
		Locked    []string      `json:"locked_versions"`
		Matches   []jsonMatch   `json:"matches"`
		Other     []jsonMatch   `json:"other"`
		Since     *jsonHistory  `json:"since,omitempty"`
		Words     []string      `json:"workarounds"`
		Now       []jsonAdvice  `json:"now"`
		Plan      *jsonFix      `json:"plan,omitempty"`
		NoPlan    string        `json:"no_plan,omitempty"`
		Notes     []string      `json:"notes"`
	}
	jsonHistory struct {
		Looked  int        `json:"commits"`
		Whole   bool       `json:"whole"`
		Unknown string     `json:"unknown,omitempty"`
		Spans   []jsonSpan `json:"spans"`
	}
	jsonSpan struct {
		From     *jsonCommit `json:"from,omitempty"`
		Until    *jsonCommit `json:"until,omitempty"`
		Pending  bool        `json:"pending"`
		Mended   bool        `json:"mended"`
		Versions []string    `json:"versions"`
		Tags     []string    `json:"tags"`
	}
	jsonCommit struct {
		ID      string `json:"id"`
		Date    string `json:"date"`
		Subject string `json:"subject"`
	}
)

// EmergencyJSON writes the page for programs.
func EmergencyJSON(w io.Writer, r *audit.Result, e *patch.Emergency, softshell, folder string) error {
	out := jsonEmergency{Version: jsonVersion, Tool: "softshell audit emergency", Softshell: softshell,
		Database: jsonDatabaseOf(r.Database), Advisory: jsonOf(e.Advisory), Verdict: e.Verdict, Why: e.Why,
		Affected: e.Advisory.Affected.String(), Locked: list(e.Here), Matches: jsonMatches(r, e.Matches, folder), Other: jsonMatches(r, e.Other, folder),
		Words: list(e.Words), Now: jsonAdvices(e.Now, folder), NoPlan: e.NoPlan, Notes: append(list(slices.Clone(r.Tree.Notes)), r.Incomplete...)}
	if e.Plan != nil {
		plan := fixOf(r, e.Plan, nil, softshell, folder)
		out.Plan = &plan
	}
	if h := e.Since; h != nil {
		out.Since = &jsonHistory{h.Looked, h.Whole, h.Unknown, []jsonSpan{}}
		for i := range h.Spans {
			s := &h.Spans[i]
			j := jsonSpan{Pending: s.Pending, Mended: s.Mended, Versions: list(s.Versions), Tags: list(s.Tags)}
			if !s.Pending {
				j.From = (*jsonCommit)(&s.From)
			}
			if s.Until != nil {
				j.Until = (*jsonCommit)(s.Until)
			}
			out.Since.Spans = append(out.Since.Spans, j)
		}
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}
