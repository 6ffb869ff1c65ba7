package export

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"softshell/audit/policy"
	"softshell/finding"
	"softshell/report"
)

// PolicyJSON writes the evidence as one JSON document; docs/POLICY.md tells of its fields.
func PolicyJSON(w io.Writer, r *policy.Report) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

// maxLines is how much of a rule's evidence is shown to a person in a terminal.
const maxLines = 10

// PolicyText writes the evidence for a terminal; with all, every line of it.
func PolicyText(w io.Writer, r *policy.Report, color, all bool) error {
	t := &policyText{report.Terminal{Color: color}}
	t.Line(t.Paint(report.Bold, title(r)))
	for i := range r.Rules {
		t.rule(&r.Rules[i], all)
	}
	for _, s := range r.Wrong {
		t.Line("")
		t.Line(t.Paint(report.Red, "error"), ": ", finding.Plain(s))
	}
	for _, n := range r.Notes {
		t.Line(t.Paint(report.Green, "note"), ": ", finding.Plain(n))
	}
	t.Line("")
	t.Line(summary(r))
	_, err := io.WriteString(w, t.String())
	return err
}

// title names the policy.
func title(r *policy.Report) string {
	if r.Policy.Name == "" {
		return "policy " + finding.Plain(r.Policy.File)
	}
	return finding.Plain(r.Policy.Name) + " (" + finding.Plain(r.Policy.File) + ")"
}

// summary is the last line.
func summary(r *policy.Report) string {
	parts := []string{}
	if r.Counts.Fail > 0 {
		parts = append(parts, fmt.Sprintf("%d failed", r.Counts.Fail))
	}
	if r.Counts.NotChecked > 0 {
		parts = append(parts, fmt.Sprintf("%d not checked", r.Counts.NotChecked))
	}
	n := len(r.Rules)
	text := fmt.Sprintf("%d of %d rules passed", r.Counts.Pass, n)
	if n == 1 {
		text = fmt.Sprintf("%d of 1 rule passed", r.Counts.Pass)
	}
	return strings.Join(append([]string{text}, parts...), ", ")
}

type policyText struct{ report.Terminal }

var verdictColors = map[policy.Verdict]report.Style{policy.Pass: report.Green, policy.Fail: report.Red, policy.NotChecked: report.Yellow}

func (t *policyText) rule(o *policy.Outcome, all bool) {
	t.Line("")
	t.Line(t.Paint(verdictColors[o.Verdict], string(o.Verdict)), "  ", t.Paint(report.Bold, o.Rule), "  ", finding.Plain(o.Asked))
	if o.Looked != "" {
		t.Line("      looked at: ", finding.Plain(o.Looked))
	}
	for i := range o.Evidence {
		if i == maxLines && !all {
			t.Line(fmt.Sprintf("      and %d more (--format json or html has all)", len(o.Evidence)-i))
			break
		}
		t.Line("      ", evidenceLine(&o.Evidence[i]))
	}
	for i := range o.Accepted {
		if i == maxLines && !all {
			t.Line(fmt.Sprintf("      and %d more are accepted", len(o.Accepted)-i))
			break
		}
		e := &o.Accepted[i]
		t.Line("      accepted: ", evidenceLine(e))
		t.Line("                by ", e.By, ": ", finding.Plain(e.Reason), until(e.Until))
	}
	for _, g := range o.Gaps {
		t.Line("      not checked: ", finding.Plain(g))
	}
}

func until(day string) string {
	if day == "" {
		return ""
	}
	return " (until " + day + ")"
}

// evidenceLine is a piece of evidence in one line: where, who, what.
func evidenceLine(e *policy.Evidence) string {
	var parts []string
	if p := place(e); p != "" {
		parts = append(parts, p)
	}
	if s := subject(e); s != "" {
		parts = append(parts, s)
	}
	if e.Advisory != "" {
		parts = append(parts, e.Advisory+" ("+e.Severity+")")
	}
	parts = append(parts, e.Text)
	for i := range parts {
		parts[i] = finding.Plain(parts[i])
	}
	return strings.Join(parts, "  ")
}

// place is file, line and column.
func place(e *policy.Evidence) string {
	if e.File == "" || e.Line == 0 {
		return e.File
	}
	if e.Column == 0 {
		return fmt.Sprintf("%s:%d", e.File, e.Line)
	}
	return fmt.Sprintf("%s:%d:%d", e.File, e.Line, e.Column)
}

// subject is the code or the package that the evidence is about.
func subject(e *policy.Evidence) string {
	switch {
	case e.Crate != "" && e.Item != "":
		return e.Crate + "::" + e.Item
	case e.Crate != "":
		return e.Crate
	case e.Package != "":
		return e.Package + " " + e.Version
	}
	return ""
}
