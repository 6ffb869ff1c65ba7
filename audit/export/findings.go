package export

import (
	"fmt"
	"slices"
	"strings"

	"softshell/audit"
	"softshell/audit/advisory"
	"softshell/audit/tree"
	"softshell/finding"
	"softshell/report"
	"softshell/rule"
)

// Findings turns a result into a report for SARIF and for annotations: each advisory is
// a rule, each match a finding on the package's line in the lock file; the line of
// Cargo.toml that brings it in is the first step of its trace.
func Findings(r *audit.Result, softshell string, deny []string) *report.Report {
	out := &report.Report{Version: softshell, Root: r.Tree.Root, Summary: Verdict(r) + "; " + Scope(r)}
	src := finding.NewSources()
	out.Sources = src
	rules := map[string]bool{}
	one := func(m *audit.Match) finding.Finding {
		if a := m.Advisory; !rules[a.ID] {
			rules[a.ID] = true
			out.Rules = append(out.Rules, rule.Info{ID: a.ID, Title: a.Title, Severity: weight(a, deny), Default: true, Doc: a.Description,
				Score: a.CVSS.Least(), Tags: []string{"security", "dependency", string(a.Kind)}})
		}
		return findingOf(r.Tree, m, src, deny)
	}
	for i := range r.Matches {
		out.Findings = append(out.Findings, one(&r.Matches[i]))
	}
	if len(r.Yanked) > 0 {
		out.Rules = append(out.Rules, rule.Info{ID: yankedRule, Title: "a version that was taken back", Severity: yankedWeight(deny), Default: true,
			Doc:  "Who publishes a crate can take a version back: it stays where a lock file names it, and no new lock file gets it. It is a sign that the version should not be used.",
			Tags: []string{"security", "dependency"}})
	}
	for _, i := range r.Yanked {
		out.Findings = append(out.Findings, yankedFinding(r.Tree, i, src, deny))
	}
	for i := range r.Ignored {
		m := &r.Ignored[i]
		out.Suppressed = append(out.Suppressed, finding.Suppressed{Finding: one(m), Kind: "baseline", Reason: m.Ignore.Reason, Until: m.Ignore.Until})
	}
	finding.Stamp(out.Findings, src)
	held := make([]finding.Finding, len(out.Suppressed))
	for i := range held {
		held[i] = out.Suppressed[i].Finding
	}
	finding.Stamp(held, src)
	for i := range held {
		out.Suppressed[i].Finding = held[i]
	}
	out.Notes = append(out.Notes, r.Tree.Notes...)
	out.Notes = append(append(out.Notes, r.Incomplete...), r.Wrong...)
	slices.SortFunc(out.Rules, func(a, b rule.Info) int { return strings.Compare(a.ID, b.ID) })
	return out
}

const yankedRule = "yanked"

func yankedWeight(deny []string) finding.Severity {
	if slices.Contains(deny, yankedRule) {
		return finding.Error
	}
	return finding.Warning
}

func yankedFinding(t *tree.Tree, i int, src *finding.Sources, deny []string) finding.Finding {
	p := &t.Packages[i]
	return finding.Finding{Rule: yankedRule, Title: named(p) + " was taken back from its registry", Severity: yankedWeight(deny), Grade: finding.Confirmed,
		Basis: "the registry's index says so", Crate: p.Name, Primary: lineSpan(src, t.File, p.Line), Label: named(p)}
}

// weight is an error for what fails the audit, else a warning.
func weight(a *advisory.Advisory, deny []string) finding.Severity {
	if a.Kind == advisory.Vulnerability || slices.Contains(deny, string(a.Kind)) {
		return finding.Error
	}
	return finding.Warning
}

func findingOf(t *tree.Tree, m *audit.Match, src *finding.Sources, deny []string) finding.Finding {
	a, p := m.Advisory, &t.Packages[m.Package]
	f := finding.Finding{Rule: a.ID, Title: named(p) + ": " + a.Title, Severity: weight(a, deny), Grade: finding.Confirmed,
		Basis: "the advisory is about this version", Crate: p.Name, Primary: lineSpan(src, t.File, p.Line), Label: named(p)}
	if s := severity(a); s != "" {
		f.Notes = append(f.Notes, strings.Trim(s, " ()"))
	}
	if s := chain(t, m.Path); s != "" {
		f.Notes = append(f.Notes, "needed by "+s)
	}
	if s := when(p); s != "" {
		f.Notes = append(f.Notes, s)
	}
	if m.Reach != nil {
		f.Notes = append(f.Notes, strings.TrimSuffix(fmt.Sprintf("reach: %s: %s", m.Reach.Verdict, m.Reach.Why), ": "))
	}
	if s := mended(a); s != "" {
		f.Notes = append(f.Notes, "mended in "+s)
	}
	if a.URL != "" {
		f.Notes = append(f.Notes, "see "+a.URL)
	}
	if len(m.Path) > 1 {
		if file, line := t.Declared(m.Path[0], m.Path[1]); line > 0 {
			f.Trace = append(f.Trace, finding.Step{Span: lineSpan(src, file, line), Text: "this dependency brings it in"})
		}
	}
	return f
}

// lineSpan is a whole line.
func lineSpan(src *finding.Sources, file string, line int) finding.Span {
	if line == 0 {
		line = 1
	}
	return finding.Span{File: file, Line: line, Col: 1, EndLine: line, EndCol: 1 + len([]rune(src.Line(file, line)))}
}
