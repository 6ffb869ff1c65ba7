package export

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"softshell/audit"
	"softshell/audit/advisory"
	"softshell/audit/tree"
	"softshell/finding"
	"softshell/report"
)

// TextOptions are the choices of a person who reads.
type TextOptions struct {
	Color   bool
	Verbose bool   // what is held back, one by one
	Folder  string // paths below it are shown relative to it
	Deny    []string
}

type text struct {
	r *audit.Result
	o TextOptions
	report.Terminal
}

// Text writes a result for people, in the manner of rustc.
func Text(w io.Writer, r *audit.Result, o TextOptions) error {
	t := &text{Terminal: report.Terminal{Color: o.Color}, r: r, o: o}
	for i := range r.Matches {
		t.match(&r.Matches[i])
	}
	for _, i := range r.Yanked {
		t.yanked(i)
	}
	t.held("not built", r.NotBuilt)
	t.held("ignored", r.Ignored)
	t.held("not judged", r.NotJudged)
	t.sentences("note", report.Green, r.Tree.Notes)
	t.sentences("not judged", report.Yellow, r.Incomplete)
	for _, n := range r.Wrong {
		t.Line(t.Paint(report.Red, "error"), t.Paint(report.Bold, ": "+finding.Plain(n)))
	}
	if r.Tree.Root != "" && slices.ContainsFunc(r.Matches, func(m audit.Match) bool { return len(m.Advisory.Patched) > 0 }) {
		t.Line(t.Paint(report.Cyan, "help"), ": softshell audit fix looks for the smallest change that mends this")
	}
	t.Line(t.Paint(t.tone(), "softshell"), ": ", t.Paint(report.Bold, Verdict(r)), "; ", Scope(r))
	_, err := w.Write(t.Bytes())
	return err
}

func (t *text) tone() report.Style {
	if len(t.r.Matches) > 0 || len(t.r.Yanked) > 0 {
		return report.Yellow
	}
	return report.Green
}

// match is one advisory about one package.
func (t *text) match(m *audit.Match) {
	a, p := m.Advisory, &t.r.Tree.Packages[m.Package]
	t.head(m, a, p)
	width := len(strconv.Itoa(p.Line))
	fact := func(label, s string) {
		if s != "" {
			t.Line(strings.Repeat(" ", width+1), t.Paint(report.Blue, "="), " ", t.Paint(report.Bold, label), ": ", s)
		}
	}
	fact("package", named(p)+severity(a))
	fact("needed by", chain(t.r.Tree, m.Path))
	fact("note", when(p))
	t.reach(fact, m.Reach)
	fact("mended in", mended(a))
	fact("also", strings.Join(a.Aliases, ", "))
	fact("see", a.URL)
	if m.Ignore != nil {
		fact("note", fmt.Sprintf("it was ignored until %s: %s", m.Ignore.Until, finding.Plain(m.Ignore.Reason)))
	}
	t.Line()
}

func (t *text) head(m *audit.Match, a *advisory.Advisory, p *tree.Package) {
	word, tone := "warning", report.Yellow
	if weight(a, t.o.Deny) == finding.Error {
		word, tone = "error", report.Red
	}
	kind := ""
	if a.Kind != advisory.Vulnerability {
		kind = string(a.Kind) + ": "
	}
	t.Line(t.Paint(tone, word+"["+a.ID+"]"), t.Paint(report.Bold, ": "+kind+a.Title))
	t.place(p)
}

func (t *text) place(p *tree.Package) {
	where := finding.Relative(t.o.Folder, t.r.Tree.File)
	if p.Line > 0 {
		where += ":" + strconv.Itoa(p.Line) + ":1"
	}
	t.Line(strings.Repeat(" ", len(strconv.Itoa(p.Line))), t.Paint(report.Blue, "-->"), " ", finding.Plain(where))
}

// reach says what the call graph showed, with the way.
func (t *text) reach(fact func(label, s string), r *audit.Reach) {
	if r == nil {
		return
	}
	s := string(r.Verdict)
	if r.Level != "" {
		s += ", by " + r.Level
		if r.Match != "" {
			s += " (" + r.Match + " match of the names)"
		}
	}
	if r.Why != "" {
		s += ": " + r.Why
	}
	fact("reach", finding.Plain(s))
	for i, c := range r.Chain {
		where := ""
		if c.File != "" {
			where = fmt.Sprintf(" (%s:%d)", finding.Relative(t.o.Folder, c.File), c.Line)
		}
		how := ""
		if c.How != "" && c.How != "call" {
			how = " by " + c.How
		}
		fact(strconv.Itoa(i+1), finding.Plain(c.Crate+"::"+c.Item+how+where))
	}
}

func (t *text) yanked(i int) {
	p := &t.r.Tree.Packages[i]
	word, tone := "warning", report.Yellow
	if yankedWeight(t.o.Deny) == finding.Error {
		word, tone = "error", report.Red
	}
	t.Line(t.Paint(tone, word+"["+yankedRule+"]"), t.Paint(report.Bold, ": "+named(p)+" was taken back from its registry"))
	t.place(p)
	t.Line()
}

// mostHeld is how many lines of what is no finding are shown without --verbose.
const mostHeld = 10

// sentences lists what is told in one line each.
func (t *text) sentences(word string, tone report.Style, list []string) {
	for i, n := range list {
		if i == mostHeld && !t.o.Verbose && len(list) > mostHeld+1 {
			t.Line(t.Paint(tone, word), fmt.Sprintf(": %d more, shown with --verbose", len(list)-mostHeld))
			return
		}
		t.Line(t.Paint(tone, word), ": ", finding.Plain(n))
	}
}

// held lists what is no finding, one line each.
func (t *text) held(word string, list []audit.Match) {
	for i := range list {
		if i == mostHeld && !t.o.Verbose && len(list) > mostHeld+1 {
			t.Line(t.Paint(report.Cyan, word), fmt.Sprintf(": %d more, shown with --verbose", len(list)-mostHeld))
			return
		}
		m := &list[i]
		why := m.Why
		if m.Ignore != nil && why == "" {
			why = m.Ignore.Reason
			if m.Ignore.Until != "" {
				why += " (until " + m.Ignore.Until + ")"
			}
		}
		t.Line(t.Paint(report.Cyan, word), ": ", m.Advisory.ID, " ", named(&t.r.Tree.Packages[m.Package]), ": ", finding.Plain(why))
	}
}

func named(p *tree.Package) string { return finding.Plain(p.Name) + " " + finding.Plain(p.Version) }

func severity(a *advisory.Advisory) string {
	switch {
	case a.CVSS.Severity == "":
		return ""
	case a.CVSS.Vector == "": // the database gives a word alone
		return " (severity " + a.CVSS.Severity + ")"
	}
	return fmt.Sprintf(" (severity %s, %.1f)", a.CVSS.Severity, a.CVSS.Score)
}

// chain is the way from a member to the package; a long one is shown by its ends.
func chain(t *tree.Tree, path []int) string {
	if len(path) < 2 {
		return ""
	}
	const ends = 4
	var names []string
	for i, p := range path {
		if len(path) > 2*ends && i >= ends && i < len(path)-ends {
			if i == ends {
				names = append(names, fmt.Sprintf("(%d more)", len(path)-2*ends))
			}
			continue
		}
		names = append(names, named(&t.Packages[p]))
	}
	return strings.Join(names, " -> ")
}

func when(p *tree.Package) string {
	switch {
	case p.DevOnly:
		return "only tests, examples and benchmarks use it"
	case p.BuildOnly:
		return "only build scripts and procedural macros use it: it runs when the program is built"
	}
	return ""
}

// mended says which versions are not affected.
func mended(a *advisory.Advisory) string {
	if len(a.Patched) > 0 {
		return strings.Join(a.Patched, " or ")
	}
	if a.Kind == advisory.Unmaintained {
		return ""
	}
	return "no version"
}

// Verdict is the result in a few words: "2 vulnerabilities, 1 unsound", "clean".
func Verdict(r *audit.Result) string {
	n := map[advisory.Kind]int{}
	for i := range r.Matches {
		n[r.Matches[i].Advisory.Kind]++
	}
	var parts []string
	if k := n[advisory.Vulnerability]; k == 1 {
		parts = append(parts, "1 vulnerability")
	} else if k > 1 {
		parts = append(parts, fmt.Sprintf("%d vulnerabilities", k))
	}
	for _, k := range []advisory.Kind{advisory.Unsound, advisory.Unmaintained} {
		if n[k] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n[k], k))
		}
	}
	if k := n[advisory.Notice]; k > 0 {
		parts = append(parts, count(k, "notice"))
	}
	if k := len(r.Yanked); k > 0 {
		parts = append(parts, fmt.Sprintf("%d yanked", k))
	}
	if len(parts) > 0 {
		return strings.Join(parts, ", ")
	}
	if !r.Complete() {
		return "no advisory concerns what was judged"
	}
	return "clean"
}

// Scope says what was judged and by what.
func Scope(r *audit.Result) string {
	built := 0
	for i := range r.Tree.Packages {
		if r.Tree.Packages[i].NotBuilt == "" {
			built++
		}
	}
	all := len(r.Tree.Packages)
	s := "judged " + count(all, "package") + " of " + inputWords[r.Tree.Input]
	if r.Tree.Input == tree.FromMetadata {
		s = fmt.Sprintf("judged %d of %s, those that are built", built, count(all, "locked package"))
		if len(r.Tree.Targets) > 0 {
			s += " for " + strings.Join(r.Tree.Targets, ", ")
		}
	}
	s += " by " + database(r.Database)
	if n := len(r.Ignored); n > 0 {
		s += fmt.Sprintf("; %d ignored", n)
	}
	return s
}

var inputWords = map[tree.Input]string{tree.FromLock: "Cargo.lock", tree.FromBinary: "the binary", tree.FromSBOM: "the bill of materials"}

func database(d *advisory.Database) string {
	s := ""
	if len(d.Commit) >= 8 {
		s = ", commit " + d.Commit[:8]
	}
	day, _, _ := strings.Cut(d.Date, "T")
	if day == "" {
		day = "an unknown day"
	}
	return "the advisories of " + day + s
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}
