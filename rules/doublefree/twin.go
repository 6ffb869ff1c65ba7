package doublefree

import (
	"fmt"
	"slices"

	"softshell/finding"
	"softshell/flow"
	"softshell/ir"
	"softshell/rule"
)

// twin reports a Clone that copies the pointer which the type's Drop frees.
func twin(p *rule.Pass, f *ir.Func, t *flow.Twin) {
	if d, known := p.Declared(f); !known || !d.Public {
		return // how often a type of its own is cloned is the crate's affair
	}
	trace := []finding.Step{{Span: rule.At(f, t.Made.Block, t.Made.Stmt), Text: "the copy holds the same pointer; no count goes up"},
		{Span: rule.Head(t.Drop), Text: "this runs for the original and for the copy, and releases what the pointer leads to"}}
	p.Report(f, finding.Finding{
		Title:   fmt.Sprintf("a clone of `%s` releases what the original releases", ir.LastSeg(t.Type.Path)),
		Grade:   finding.Likely,
		Primary: rule.At(f, t.Made.Block, t.Made.Stmt),
		Label:   "from here on there are two owners",
		Trace:   slices.DeleteFunc(trace, func(s finding.Step) bool { return s.Span.IsZero() }),
		Fix:     &finding.Fix{Text: "copy what the pointer leads to, count the owners (`Arc`), or do without Clone"},
	})
}
