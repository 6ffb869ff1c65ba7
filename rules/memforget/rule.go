// Package memforget is a policy: every suppressed destructor states its reason.
package memforget

import (
	_ "embed"
	"strings"

	"softshell/finding"
	"softshell/rule"
)

//go:embed doc.md
var doc string

// Rule is the check; see doc.md. It is off by default, as clippy::mem_forget is.
var Rule = &rule.Rule{
	Info: rule.Info{
		ID:       "mem-forget",
		Title:    "a destructor is suppressed without a stated reason",
		CWE:      []int{401},
		Severity: finding.Note,
		Default:  false,
		Doc:      doc,
	},
	Run: run,
}

func run(p *rule.Pass) error {
	seen := map[finding.Span]bool{}
	for _, f := range p.Funcs() {
		for _, b := range p.Engine.Disowns(f) {
			c := f.Code().Calls[b]
			if !suppresses(rule.Short(c.Path)) {
				continue
			}
			sp := rule.At(f, b, -1)
			if f.Head.Spans && (sp.IsZero() || seen[sp] || hasReason(p, sp)) {
				continue
			}
			seen[sp] = true
			p.Report(f, finding.Finding{
				Title:   "`" + rule.Short(c.Path) + "` suppresses a destructor without a stated reason",
				Grade:   finding.Likely,
				Primary: sp,
				Label:   "the value's Drop does not run",
				Fix:     &finding.Fix{Text: "say why in a comment on this line or directly above, or let the value drop"},
			})
		}
	}
	return nil
}

func suppresses(callee string) bool {
	return callee == "mem::forget" || callee == "ManuallyDrop::new"
}

// hasReason looks for a comment with words on the call's lines or directly above them.
func hasReason(p *rule.Pass, sp finding.Span) bool {
	lines := p.Crate.Src.Lines(sp.File)
	for n := sp.Line; n <= sp.EndLine && n <= len(lines); n++ {
		if i := strings.Index(lines[n-1], "//"); i >= 0 && words(lines[n-1][i:]) {
			return true
		}
	}
	if sp.Line < 2 || sp.Line-1 > len(lines) {
		return false
	}
	above := strings.TrimSpace(lines[sp.Line-2])
	if strings.HasPrefix(above, "//") {
		return words(above)
	}
	return strings.HasSuffix(above, "*/") && words(above)
}

// words reports whether a comment says something beyond its marks. An
// expectation of a rule test is nothing, nor is an allowance of this rule: that
// holds a finding back, which therefore has to be there.
func words(c string) bool {
	c = strings.TrimLeft(c, "/!* ")
	return len(strings.Fields(c)) >= 2 && !strings.HasPrefix(c, "~") && !allows(c)
}

// allows reports whether a comment is `softshell:allow(mem-forget)` or `softshell:allow-file(mem-forget)`.
func allows(c string) bool {
	rest, ok := strings.CutPrefix(c, "softshell:allow")
	ids, _, _ := strings.Cut(rest, ")")
	return ok && strings.Contains(ids, "mem-forget")
}
