package rule

import (
	"softshell/finding"
	"softshell/flow"
	"softshell/ir"
	"softshell/mir"
)

// maxBranches bounds the branch steps of a trace: the last ones before the
// end are those that decide.
const maxBranches = 6

// Trace tells the path of an ending as steps: the birth, the branches taken
// after it, the panic if there is one, and the end.
func Trace(f *ir.Func, birth int32, birthText string, end *flow.Ending, endText string) []finding.Step {
	steps := []finding.Step{}
	if birth >= 0 {
		steps = append(steps, finding.Step{Span: At(f, birth, -1), Text: birthText})
	}
	branches := branchSteps(f, birth, end)
	if len(branches) > maxBranches {
		branches = branches[len(branches)-maxBranches:]
	}
	steps = append(steps, branches...)
	if end.Unwound >= 0 && end.Unwound != birth {
		steps = append(steps, finding.Step{Span: At(f, end.Unwound, -1), Text: "if this panics, unwinding skips the rest of the function"})
	}
	if endText != "" {
		steps = append(steps, finding.Step{Span: At(f, end.Block, end.Stmt), Text: endText})
	}
	return dropRepeated(steps)
}

// branchSteps lists the decisions on the path behind the birth.
func branchSteps(f *ir.Func, birth int32, end *flow.Ending) []finding.Step {
	var out []finding.Step
	after := birth < 0
	for _, s := range end.Path {
		if after && s.Case != ir.NoCase {
			if text := branchText(f, s); text != "" {
				if sp := At(f, s.Block, -1); !sp.IsZero() {
					out = append(out, finding.Step{Span: sp, Text: text})
				}
			}
		}
		if s.Block == birth {
			after = true
		}
	}
	return out
}

// branchText says which way a switch went, "" for a drop flag or another thing that no source shows.
func branchText(f *ir.Func, s flow.Step) string {
	body := f.Code().Body
	t := &body.Blocks[s.Block].Term
	if t.Kind != mir.SwitchInt || t.Span.IsZero() || body.Blocks[s.Block].Cleanup {
		return ""
	}
	if t.Cond.Kind == mir.Constant {
		return ""
	}
	ty := ir.PlaceType(body, &t.Cond.Place)
	if ty != nil && ty.Kind == mir.TypePrim && ty.Name == "bool" {
		if truth(t, s.Case) {
			return "here the condition is true"
		}
		return "here the condition is false"
	}
	if name := enumSwitch(body, s.Block); name == "ControlFlow" {
		if s.Case >= 0 && t.Cases[s.Case].Int == 1 {
			return "here `?` returns early"
		}
		return ""
	}
	if s.Case >= 0 {
		return "here this arm is taken"
	}
	return "here none of the other arms is taken"
}

func truth(t *mir.Terminator, kase int32) bool {
	if kase >= 0 {
		return t.Cases[kase].Int != 0
	}
	return len(t.Cases) > 0 && t.Cases[0].Int == 0
}

// enumSwitch names the enum whose discriminant a block switches on.
func enumSwitch(body *mir.Body, block int32) string {
	blk := &body.Blocks[block]
	for i := len(blk.Stmts) - 1; i >= 0; i-- {
		s := &blk.Stmts[i]
		if s.Kind == mir.Assign && s.Place.Local == blk.Term.Cond.Place.Local && s.Rvalue != nil && s.Rvalue.Kind == mir.Discriminant {
			if t := ir.PlaceType(body, &s.Rvalue.Place); t != nil && t.Kind == mir.TypePath {
				return ir.LastSeg(t.Path)
			}
		}
	}
	return ""
}

// dropRepeated removes steps that say the same at the same place, and steps without a place.
func dropRepeated(steps []finding.Step) []finding.Step {
	var out []finding.Step
	for _, s := range steps {
		if s.Span.IsZero() || len(out) > 0 && out[len(out)-1] == s {
			continue
		}
		out = append(out, s)
	}
	return out
}
