package rule

import (
	"strings"

	"softshell/finding"
	"softshell/flow"
	"softshell/ir"
	"softshell/mir"
)

// UsedByCaller reports a pointer that leaves a closure, whose caller stands
// beside it and uses what it gets.
func UsedByCaller(h *flow.Hazard) bool {
	return h.Kind == flow.PointerLeaves && strings.Contains(h.Fn.Last, "{closure")
}

// Thing names what a hazard is about: "the `Vec<u8>`".
func Thing(h *flow.Hazard) string {
	if h.Counted {
		return "a shared object"
	}
	if h.Type == nil {
		return "the memory behind the pointer"
	}
	switch h.Type.Kind {
	case mir.TypeRawPtr, mir.TypePrim:
		return "what the pointer reaches"
	case mir.TypePath:
		t := h.Type
		for in := ir.TypeArg(t, 0); ir.LastSeg(t.Path) == "ManuallyDrop" && in != nil && in.Kind == mir.TypePath; in = ir.TypeArg(t, 0) {
			t = in
		}
		return "the `" + ir.LastSeg(t.Path) + "`"
	}
	return "the value"
}

// Release tells what happens to the resource at a point.
func Release(f *ir.Func, at flow.Point) string {
	blk := &f.Code().Body.Blocks[at.Block]
	switch {
	case at.Stmt >= 0:
		return "the variable's scope ends here"
	case blk.Term.Kind == mir.Drop:
		return "an owner goes out of scope here, and its destructor runs"
	case blk.Term.Kind == mir.Call:
		return "`" + Callee(f, at.Block) + "` releases it"
	}
	return "the function's locals are gone"
}

// HazardGrade is the grade of a hazard, with the reasons for less than likely.
func HazardGrade(h *flow.Hazard) (finding.Grade, []string) {
	switch {
	case h.Growth:
		return finding.Possible, []string{"the buffer moves only when the capacity does not suffice"}
	case h.Raced:
		return finding.Possible, []string{"it has two owners only if another thread replaces the buffer in between"}
	case h.Counted:
		return finding.Possible, []string{"it is freed meanwhile only if another thread gives the last count back"}
	case h.Guess:
		return finding.Possible, []string{"what the callee does with the pointer is not known"}
	}
	if h.Ending.Layout {
		return finding.Possible, []string{"the path tests the size of a type or a generic constant"}
	}
	return finding.Likely, nil
}

// HazardPlace is where a hazard is shown: where the second owner or the pointer
// that leaves is made, else where the use is or the last release.
func HazardPlace(h *flow.Hazard) finding.Span {
	switch {
	case h.Kind == flow.LeftBehind && !h.Again:
		return At(h.Fn, h.Freed.Block, h.Freed.Stmt)
	case h.Kind == flow.UsedAfter || h.Kind == flow.FreedTwice && !h.Again:
		return At(h.Fn, h.Ending.Block, h.Ending.Stmt)
	case h.Made.Block >= 0:
		return At(h.Fn, h.Made.Block, h.Made.Stmt)
	}
	return At(h.Fn, h.Ending.Block, h.Ending.Stmt)
}

// HazardTrace tells a hazard as a story: the pointer or second owner, the
// release, the branches behind it, the end.
func HazardTrace(h *flow.Hazard, endText string) []finding.Step {
	var steps []finding.Step
	if h.Made.Block >= 0 && h.Made != h.Freed {
		text := "a pointer to it is taken"
		if h.Again {
			text = "`" + Callee(h.Fn, h.Made.Block) + "` makes another owner of it"
		}
		steps = append(steps, finding.Step{Span: At(h.Fn, h.Made.Block, h.Made.Stmt), Text: text})
	}
	text := Release(h.Fn, h.Freed)
	if h.Raced {
		text = "this claims the value, and does not see whether the buffer is still the same"
	}
	if h.Counted {
		text = "the count is given back here: from now on another thread may free the object"
	}
	if h.Growth {
		text = "`" + Callee(h.Fn, h.Freed.Block) + "` may move the buffer to another place and free the old one"
	}
	steps = append(steps, finding.Step{Span: At(h.Fn, h.Freed.Block, h.Freed.Stmt), Text: text})
	branches := branchSteps(h.Fn, -1, h.Ending)
	if len(branches) > maxBranches {
		branches = branches[len(branches)-maxBranches:]
	}
	steps = append(steps, branches...)
	if endText != "" {
		steps = append(steps, finding.Step{Span: At(h.Fn, h.Ending.Block, h.Ending.Stmt), Text: endText})
	}
	return dropRepeated(steps)
}
