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

// Done says what became of a plan that was carried out; nil when it was only made.
type Done = patch.Applied

// FixText writes a plan for people.
func FixText(w io.Writer, r *audit.Result, p *patch.Plan, done *Done, o TextOptions) error {
	t := &fixText{text: text{Terminal: report.Terminal{Color: o.Color}, r: r, o: o}, p: p, done: done}
	t.steps()
	t.manifests()
	t.mends(patch.Blocked, "Held back: versions that mend it exist, and something between takes none of them")
	t.mends(patch.NoPatch, "No version mends it")
	t.mends(patch.Unknown, "Not known: this machine lacks what cargo needs for an answer (without --offline it may fetch it)")
	for _, n := range append(slices.Clone(r.Tree.Notes), p.Notes...) {
		t.Line(t.Paint(report.Green, "note"), ": ", finding.Plain(n))
	}
	for _, n := range r.Incomplete {
		t.Line(t.Paint(report.Yellow, "not judged"), ": ", finding.Plain(n))
	}
	if done != nil {
		for _, n := range done.Notes {
			t.Line(t.Paint(report.Green, "note"), ": ", finding.Plain(n))
		}
	}
	t.Line(t.Paint(t.tone(), "softshell"), ": ", t.Paint(report.Bold, FixVerdict(p, done)), "; by ", database(r.Database))
	_, err := w.Write(t.Bytes())
	return err
}

type fixText struct {
	text
	p    *patch.Plan
	done *Done
}

func (t *fixText) tone() report.Style {
	if t.p.Left(t.done != nil, func(*audit.Match) bool { return true }) > 0 {
		return report.Yellow
	}
	return report.Green
}

// steps shows the commands, and all that they do to Cargo.lock.
func (t *fixText) steps() {
	if len(t.p.Steps) == 0 {
		return
	}
	switch {
	case t.done != nil:
		t.Line(t.Paint(report.Bold, "Done to Cargo.lock"), ", and accepted by ", t.done.Checked, ":")
	default:
		t.Line(t.Paint(report.Bold, "Steps for Cargo.lock"), ", tried in a copy (--apply takes them):")
	}
	t.Line()
	for i := range t.p.Steps {
		s := &t.p.Steps[i]
		why := "mends " + strings.Join(s.Mends, ", ")
		if s.For != "" {
			why = joined(": ", "makes room for "+s.For, strings.Join(s.Mends, ", "))
		}
		t.Line("    ", t.Paint(report.Cyan, finding.Plain(s.Command())))
		if len(s.Brings) > 0 {
			why += "; brings " + strings.Join(s.Brings, ", ")
		}
		t.Line("        ", finding.Plain(s.Package+" "+s.From+" -> "+s.To), ": ", finding.Plain(why))
	}
	t.Line()
	var beside []string
	for _, c := range t.p.Changes {
		if !slices.ContainsFunc(t.p.Steps, func(s patch.Step) bool { return s.Package == c.Package && s.From == c.From && s.To == c.To }) {
			beside = append(beside, changed(c))
		}
	}
	if n := len(beside); n > 0 {
		if n > most+1 && !t.o.Verbose {
			beside = append(beside[:most], fmt.Sprintf("and %d more", n-most))
		}
		t.Line("    They also change: ", finding.Plain(strings.Join(beside, ", ")))
		t.Line()
	}
	if t.done != nil {
		t.Line("    The Cargo.lock as it was: ", finding.Plain(t.done.Backup))
		t.Line()
	}
}

func changed(c patch.Change) string {
	switch {
	case c.From == "":
		return "+" + c.Package + " " + c.To
	case c.To == "":
		return "-" + c.Package + " " + c.From
	}
	return c.Package + " " + c.From + " -> " + c.To
}

// manifests shows what changes in manifests mend: all at once when that works.
func (t *fixText) manifests() {
	if len(t.p.Edits) == 0 {
		t.mends(patch.Edited, "By a change of Cargo.toml, tried in a copy")
		return
	}
	t.Line(t.Paint(report.Bold, "By a change of Cargo.toml"), ", tried in a copy:")
	t.Line()
	t.diff(t.p.Edits)
	t.then(t.p.Edits, t.p.Then, "")
	for _, g := range t.groups(patch.Edited) {
		m := g[0]
		var ids []string
		for _, m := range g {
			ids = append(ids, m.Match.Advisory.ID)
		}
		to := "is gone"
		if m.To != "" {
			to = "becomes " + m.To
		}
		var by []string
		for _, e := range m.Edits {
			if w := e.Key + " " + e.To; !slices.Contains(by, w) {
				by = append(by, w)
			}
		}
		s := named(&m.Package) + " " + to + " by " + strings.Join(by, " and ") + ": mends " + strings.Join(ids, ", ")
		if len(m.Brings) > 0 {
			s += "; brings " + strings.Join(m.Brings, ", ")
		}
		t.Line("  ", t.Paint(report.Blue, "="), " ", finding.Plain(s))
	}
	t.Line()
}

// mends lists the answers of one state, those with the same outcome together.
func (t *fixText) mends(state patch.State, head string) {
	groups := t.groups(state)
	if len(groups) == 0 {
		return
	}
	t.Line(t.Paint(report.Bold, head), ":")
	t.Line()
	for _, g := range groups {
		t.group(g)
	}
}

// groups are the answers of one state, those that are alike together.
func (t *fixText) groups(state patch.State) [][]*patch.Mend {
	var out [][]*patch.Mend
	for i := range t.p.Mends {
		m := &t.p.Mends[i]
		if m.State != state {
			continue
		}
		k := slices.IndexFunc(out, func(g []*patch.Mend) bool { return g[0].SameAs(m) })
		if k < 0 {
			out = append(out, []*patch.Mend{m})
		} else {
			out[k] = append(out[k], m)
		}
	}
	return out
}

func (t *fixText) group(g []*patch.Mend) {
	m := g[0]
	for _, m := range g {
		a := m.Match.Advisory
		word, tone := "warning", report.Yellow
		if a.Kind == advisory.Vulnerability || slices.Contains(t.o.Deny, string(a.Kind)) {
			word, tone = "error", report.Red
		}
		t.Line(t.Paint(tone, word+"["+a.ID+"]"), t.Paint(report.Bold, ": "+a.Title))
	}
	fact := func(label, s string) {
		t.Line("  ", t.Paint(report.Blue, "="), " ", t.Paint(report.Bold, label), ": ", s)
	}
	p := &m.Package
	fact("package", named(p)+severity(m.Match.Advisory))
	if way := chain(t.r.Tree, m.Match.Path); way != "" {
		fact("needed by", way)
	}
	for i := range m.Holders {
		if i == most && len(m.Holders) > most+1 {
			fact("held by", fmt.Sprintf("%d more", len(m.Holders)-most))
			break
		}
		fact("held by", finding.Plain(held(&m.Holders[i])))
	}
	if len(m.Newer) > 0 && m.State != patch.Edited {
		fact("mended in", finding.Plain(strings.Join(m.Newer, ", ")))
	}
	for i, s := range m.Tried {
		if i < 3 {
			fact("tried", finding.Plain(s))
		}
	}
	t.edits(m)
	for i := range m.Advice {
		t.advice(&m.Advice[i])
	}
	t.Line()
}

// edits shows what changes in manifests for one answer, and what must be done then.
func (t *fixText) edits(m *patch.Mend) {
	if len(m.Edits) == 0 {
		return
	}
	t.diff(m.Edits)
	to := m.Package.Name + " is gone from Cargo.lock"
	if m.To != "" {
		to = "Cargo.lock then has " + m.Package.Name + " " + m.To
	}
	if len(m.Brings) > 0 {
		to += "; it brings " + strings.Join(m.Brings, ", ")
	}
	t.then(m.Edits, m.After, to)
}

func (t *fixText) diff(edits []patch.Edit) {
	for _, e := range edits {
		t.Line("  ", t.Paint(report.Blue, "-->"), " ", finding.Plain(fmt.Sprintf("%s:%d", finding.Relative(t.o.Folder, e.File), e.Line)))
		t.Line("      ", t.Paint(report.Red, "- "+finding.Plain(e.Old)))
		t.Line("      ", t.Paint(report.Green, "+ "+finding.Plain(e.New)))
	}
}

// then says which commands follow the edits, and what to expect.
func (t *fixText) then(edits []patch.Edit, after []patch.Step, what string) {
	commands := []string{"cargo update --workspace"}
	for i := range after {
		commands = append(commands, after[i].Command())
	}
	var keys []string
	for _, e := range edits {
		if e.Breaks && !slices.Contains(keys, e.Key) {
			keys = append(keys, e.Key)
		}
	}
	parts := []string{strings.Join(commands, " && ")}
	if what != "" {
		parts = append(parts, what)
	}
	if len(keys) > 0 {
		parts = append(parts, "the versions of "+strings.Join(keys, ", ")+" are incompatible to Cargo, so your code may have to follow")
	}
	t.Line("  ", t.Paint(report.Blue, "="), " ", t.Paint(report.Bold, "then"), ": ", finding.Plain(strings.Join(parts, "; ")))
}

func (t *fixText) advice(a *patch.Advice) {
	label := string(a.Kind)
	if a.Tried {
		label += " (tried in a copy)"
	}
	t.Line("  ", t.Paint(report.Blue, "="), " ", t.Paint(report.Bold, label), ": ", finding.Plain(a.Text))
	if a.Snippet == "" {
		return
	}
	if a.File != "" {
		t.Line("      ", t.Paint(report.Blue, "# "+finding.Plain(finding.Relative(t.o.Folder, a.File))))
	}
	for _, l := range strings.Split(a.Snippet, "\n") {
		t.Line("      ", finding.PlainText(l))
	}
}

func held(h *patch.Holder) string {
	s := fmt.Sprintf("%s %s asks for %s %q", h.Package, h.Version, h.On, h.Req)
	if h.Newest != "" {
		s += fmt.Sprintf("; its newest version is %s", h.Newest)
	}
	return s
}

// most is how many entries of a list are shown.
const most = 8

// FixVerdict is a plan in a few words.
func FixVerdict(p *patch.Plan, done *Done) string {
	n := map[patch.State]int{}
	for i := range p.Mends {
		n[p.Mends[i].State]++
	}
	if len(p.Mends) == 0 {
		return "nothing to mend"
	}
	would := "can be mended"
	if done != nil {
		would = "mended"
	}
	var parts []string
	if k := n[patch.Mended]; k > 0 {
		parts = append(parts, fmt.Sprintf("%d of %s %s by %s in Cargo.lock", k, count2(len(p.Mends), "advisory", "advisories"), would, count(len(p.Steps), "step")))
	}
	for _, s := range []struct {
		state patch.State
		words string
	}{{patch.Edited, "by a change of Cargo.toml"}, {patch.Blocked, "held back"}, {patch.NoPatch, "without a version that mends"}, {patch.Unknown, "not known"}} {
		if k := n[s.state]; k > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", k, s.words))
		}
	}
	return strings.Join(parts, ", ")
}

func count2(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// The JSON form of a plan.
type (
	jsonFix struct {
		Version    int          `json:"version"`
		Tool       string       `json:"tool"`
		Softshell  string       `json:"softshell"`
		Database   jsonDatabase `json:"database"`
		Lock       string       `json:"lock"`
		Applied    bool         `json:"applied"`
		Backup     string       `json:"backup,omitempty"`
		Checked    string       `json:"checked,omitempty"`
		Steps      []jsonStep   `json:"steps"`
		Edits      []jsonEdit   `json:"edits"` // of all mends, tried together
		After      []jsonStep   `json:"after"` // what must follow them
		Changes    []jsonChange `json:"changes"`
		Mends      []jsonMend   `json:"mends"`
		Notes      []string     `json:"notes"`
		Incomplete []string     `json:"incomplete"`
	}
	jsonStep struct {
		Args    []string `json:"args"`
		Package string   `json:"package"`
		From    string   `json:"from"`
		To      string   `json:"to"`
		Mends   []string `json:"mends"`
		For     string   `json:"for,omitempty"`
		Brings  []string `json:"brings"`
	}
	jsonChange struct {
		Package string `json:"package"`
		From    string `json:"from,omitempty"`
		To      string `json:"to,omitempty"`
	}
	jsonMend struct {
		Advisory string       `json:"advisory"`
		Package  string       `json:"package"`
		From     string       `json:"from"`
		State    patch.State  `json:"state"`
		To       string       `json:"to,omitempty"`
		Newer    []string     `json:"newer"`
		Older    string       `json:"older,omitempty"`
		Brings   []string     `json:"brings"`
		Tried    []string     `json:"tried"`
		Held     []jsonHolder `json:"held_by"`
		Edits    []jsonEdit   `json:"edits"`
		After    []jsonStep   `json:"after"`
		Advice   []jsonAdvice `json:"advice"`
	}
	jsonHolder struct {
		Package string `json:"package"`
		Version string `json:"version"`
		On      string `json:"on"`
		Req     string `json:"req"`
		Newest  string `json:"newest,omitempty"`
	}
	jsonEdit struct {
		File   string `json:"file"`
		Line   int    `json:"line"`
		Old    string `json:"old"`
		New    string `json:"new"`
		Breaks bool   `json:"breaks"`
	}
	jsonAdvice struct {
		Kind    patch.Kind `json:"kind"`
		Text    string     `json:"text"`
		File    string     `json:"file,omitempty"`
		Snippet string     `json:"snippet,omitempty"`
		Tried   bool       `json:"tried"`
	}
)

// FixJSON writes a plan for programs.
func FixJSON(w io.Writer, r *audit.Result, p *patch.Plan, done *Done, softshell, folder string) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(fixOf(r, p, done, softshell, folder))
}

func fixOf(r *audit.Result, p *patch.Plan, done *Done, softshell, folder string) jsonFix {
	out := jsonFix{Version: jsonVersion, Tool: "softshell audit fix", Softshell: softshell,
		Database: jsonDatabaseOf(r.Database), Lock: finding.Relative(folder, r.Tree.File),
		Steps: fixSteps(p.Steps), Edits: jsonEdits(p.Edits, folder), After: fixSteps(p.Then), Changes: []jsonChange{}, Mends: []jsonMend{}, Notes: append(list(slices.Clone(r.Tree.Notes)), p.Notes...), Incomplete: list(r.Incomplete)}
	if done != nil {
		out.Applied, out.Backup, out.Checked = true, done.Backup, done.Checked
		out.Notes = append(out.Notes, done.Notes...)
	}
	for _, c := range p.Changes {
		out.Changes = append(out.Changes, jsonChange(c))
	}
	for i := range p.Mends {
		out.Mends = append(out.Mends, fixMend(&p.Mends[i], folder))
	}
	return out
}

func fixSteps(steps []patch.Step) []jsonStep {
	out := []jsonStep{}
	for _, s := range steps {
		out = append(out, jsonStep{s.Args, s.Package, s.From, s.To, list(s.Mends), s.For, list(s.Brings)})
	}
	return out
}

func fixMend(m *patch.Mend, folder string) jsonMend {
	out := jsonMend{Advisory: m.Match.Advisory.ID, Package: m.Package.Name, From: m.Package.Version, State: m.State, To: m.To,
		Newer: list(m.Newer), Older: m.Older, Brings: list(m.Brings), Tried: list(m.Tried), Held: []jsonHolder{}, Edits: jsonEdits(m.Edits, folder), After: fixSteps(m.After)}
	for _, h := range m.Holders {
		out.Held = append(out.Held, jsonHolder{h.Package, h.Version, h.On, h.Req, h.Newest})
	}
	out.Advice = jsonAdvices(m.Advice, folder)
	return out
}

func jsonEdits(from []patch.Edit, folder string) []jsonEdit {
	out := []jsonEdit{}
	for _, e := range from {
		out = append(out, jsonEdit{finding.Relative(folder, e.File), e.Line, e.Old, e.New, e.Breaks})
	}
	return out
}

func jsonAdvices(from []patch.Advice, folder string) []jsonAdvice {
	out := []jsonAdvice{}
	for _, a := range from {
		file := a.File
		if file != "" {
			file = finding.Relative(folder, file)
		}
		out = append(out, jsonAdvice{a.Kind, a.Text, file, a.Snippet, a.Tried})
	}
	return out
}
