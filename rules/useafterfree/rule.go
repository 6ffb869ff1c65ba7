// Package useafterfree finds values that are used after they were released.
package useafterfree

import (
	_ "embed"
	"fmt"

	"softshell/finding"
	"softshell/flow"
	"softshell/mir"
	"softshell/rule"
)

//go:embed doc.md
var doc string

// Rule is the check; see doc.md.
var Rule = &rule.Rule{
	Info: rule.Info{
		ID:       "use-after-free",
		Title:    "a value is used after its release",
		CWE:      []int{416},
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
			if h := &hazards[i]; h.Kind == flow.UsedAfter || h.Kind == flow.OwnerLeaves && !h.Copied || rule.UsedByCaller(h) {
				report(p, h)
			}
		}
		late := p.Engine.LateCounts(f)
		for i := range late {
			report(p, &late[i])
		}
	}
	return nil
}

func report(p *rule.Pass, h *flow.Hazard) {
	title := fmt.Sprintf("%s is used after it was released", rule.Thing(h))
	label, end := "used here", "the pointer is used here"
	switch {
	case h.Kind == flow.OwnerLeaves:
		title = fmt.Sprintf("%s is released, and a second owner of it leaves the function", rule.Thing(h))
		label, end = "the function returns an owner of what is released", "an owner of it is returned: its user reads and frees it again"
	case h.Kind == flow.PointerLeaves:
		title = fmt.Sprintf("%s is released when the closure ends, and a pointer into it goes on", rule.Thing(h))
		label, end = "the pointer is made here", "the closure returns: its caller uses the pointer"
	case h.Counted:
		title = "a shared object is used after its count was given back"
	case h.Growth:
		title = fmt.Sprintf("a pointer into %s is used after the buffer may have moved", rule.Thing(h))
	case h.Scope:
		title = "a pointer to a variable is used after the end of its scope"
	}
	g, notes := rule.HazardGrade(h)
	if g == finding.Likely && h.Kind == flow.UsedAfter && failureSeen(p.Engine.View(h.Fn), h) {
		g, notes = finding.Possible, []string{"the use stands where the result of the release was looked at: it may have failed, and released nothing"}
	}
	p.Report(h.Fn, finding.Finding{
		Title:   title,
		Grade:   g,
		Primary: rule.HazardPlace(h),
		Label:   label,
		Trace:   rule.HazardTrace(h, end),
		Notes:   notes,
		Fix:     &finding.Fix{Text: fix(h)},
	})
}

// failureSeen reports whether a foreign function releases, and the use depends
// on what it returned: a close that fails keeps what it was to close.
func failureSeen(v *flow.View, h *flow.Hazard) bool {
	if h.Freed.Stmt != flow.Term {
		return false
	}
	freed := v.Call(h.Freed.Block)
	if freed == nil || !freed.Foreign || freed.Dest == nil {
		return false
	}
	if t := v.PlaceType(freed.Dest); t == nil || t.Kind != mir.TypePrim {
		return false
	}
	ofResult := func(op *mir.Operand) bool { return v.Feed(op, nil).Calls[freed.Block] }
	if use := v.Call(h.Ending.Block); use != nil {
		for i := range use.Args {
			if ofResult(&use.Args[i]) {
				return true
			}
		}
	}
	for b := range v.MIR.Blocks {
		t := &v.MIR.Blocks[b].Term
		if t.Kind == mir.SwitchInt && v.Dominates(freed.Block, int32(b)) && v.Dominates(int32(b), h.Ending.Block) && ofResult(&t.Cond) {
			return true
		}
	}
	return false
}

func fix(h *flow.Hazard) string {
	switch {
	case h.Kind == flow.PointerLeaves:
		return "let the closure borrow the owner (`as_ref()`, `|s| s.as_ptr()` of a reference), and keep the owner alive until after the last use"
	case h.Kind == flow.OwnerLeaves:
		return "`mem::forget` the first owner, or take its buffer with `into_raw`, before the second owner is made"
	case h.Counted:
		return "read what is needed before `fetch_sub`, or hold the count until the last use"
	case h.Growth:
		return "take the pointer again after the operation that may move the buffer"
	}
	return "keep the owner alive until after the last use of the pointer: bind it to a variable, and drop it later"
}
