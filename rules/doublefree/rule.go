// Package doublefree finds resources that two owners release.
package doublefree

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
		ID:       "double-free",
		Title:    "a value is released twice",
		CWE:      []int{415},
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
			if h := &hazards[i]; h.Kind == flow.FreedTwice || h.Kind == flow.LeftBehind || h.Kind == flow.OwnerLeaves && h.Copied {
				report(p, h)
			}
		}
		if t := p.Engine.Twin(f); t != nil {
			twin(p, f, t)
		}
		late := p.Engine.LateClaims(f)
		for i := range late {
			report(p, &late[i])
		}
	}
	return nil
}

func report(p *rule.Pass, h *flow.Hazard) {
	title := fmt.Sprintf("%s is released twice", rule.Thing(h))
	end := rule.Release(h.Fn, flow.Point{Block: h.Ending.Block, Stmt: h.Ending.Stmt}) + ": the second release"
	switch {
	case h.Raced:
		title = "a value is copied out before it is claimed, from a buffer that may be another one by then"
		end = ""
	case h.Kind == flow.OwnerLeaves:
		title = fmt.Sprintf("%s is released, and the copy that leaves the function releases it again", rule.Thing(h))
		end = "the copy goes to whoever gets it from here, and is released there"
	case h.Kind == flow.LeftBehind:
		title = fmt.Sprintf("%s is released, and its owner releases it again", rule.Thing(h))
		end = "the function returns, and the value is still where the caller's destructor finds it"
	}
	g, notes := rule.HazardGrade(h)
	p.Report(h.Fn, finding.Finding{
		Title:   title,
		Grade:   g,
		Primary: rule.HazardPlace(h),
		Label:   label(h),
		Trace:   rule.HazardTrace(h, end),
		Notes:   notes,
		Fix:     &finding.Fix{Text: fix(h)},
	})
}

func label(h *flow.Hazard) string {
	switch {
	case h.Again:
		return "from here on it has two owners"
	case h.Kind == flow.LeftBehind:
		return "released here"
	}
	return "released for the second time"
}

func fix(h *flow.Hazard) string {
	switch {
	case h.Raced:
		return "load the pointer to the buffer again behind the copy, and give the claim up when it is another one"
	case h.Kind == flow.LeftBehind:
		return "write a new value there before the function returns on this path (`ptr::write`, `mem::replace`), or keep the field in a `ManuallyDrop`"
	case h.Again:
		return "keep one owner: `mem::forget` the other one, or hold it in a `ManuallyDrop` before the second is made"
	}
	return "release it on one of the two ways only"
}
