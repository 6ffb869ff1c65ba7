// Package danglingreturn finds pointers into locals and released values that
// leave their function.
package danglingreturn

import (
	_ "embed"
	"fmt"

	"softshell/finding"
	"softshell/flow"
	"softshell/rule"
)

//go:embed doc.md
var doc string

// Rule is the check; see doc.md.
var Rule = &rule.Rule{
	Info: rule.Info{
		ID:       "dangling-return",
		Title:    "a pointer to what is gone leaves the function",
		CWE:      []int{562},
		Severity: finding.Error,
		Default:  true,
		Doc:      doc,
	},
	Run: run,
}

func run(p *rule.Pass) error {
	for _, f := range p.Funcs() {
		hazards := p.Engine.Hazards(f)
		for i := range hazards {
			if h := &hazards[i]; h.Kind == flow.PointerLeaves && !rule.UsedByCaller(h) {
				report(p, h)
			}
		}
	}
	return nil
}

func report(p *rule.Pass, h *flow.Hazard) {
	title := fmt.Sprintf("a pointer into %s leaves the function that releases it", rule.Thing(h))
	if h.Scope {
		title = "a pointer to a local variable leaves its function"
	}
	g, notes := rule.HazardGrade(h)
	p.Report(h.Fn, finding.Finding{
		Title:   title,
		Grade:   g,
		Primary: rule.HazardPlace(h),
		Label:   "the pointer is made here",
		Trace:   rule.HazardTrace(h, "the function returns, and the pointer with it"),
		Notes:   notes,
		Fix:     &finding.Fix{Text: fix(h)},
	})
}

func fix(h *flow.Hazard) string {
	if h.Scope {
		return "return the value itself, or put it into a Box and return that"
	}
	return "return the owner, or give it up with `into_raw` and let the receiver take it back"
}
