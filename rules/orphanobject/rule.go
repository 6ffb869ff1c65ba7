// Package orphanobject finds values whose ownership leaves the compiler's
// sight and that nothing takes back on some path.
package orphanobject

import (
	_ "embed"
	"fmt"
	"slices"

	"softshell/effects"
	"softshell/finding"
	"softshell/flow"
	"softshell/ir"
	"softshell/mir"
	"softshell/rule"
)

//go:embed doc.md
var doc string

// Rule is the check; see doc.md.
var Rule = &rule.Rule{
	Info: rule.Info{
		ID:       "orphan-object",
		Title:    "a value is given up and never taken back",
		CWE:      []int{401, 772},
		Severity: finding.Warning,
		Default:  true,
		Doc:      doc,
	},
	Run: run,
}

func run(p *rule.Pass) error {
	for _, f := range p.Funcs() {
		for _, o := range p.Engine.Origins(f) {
			story := p.Engine.Track(o)
			end := worst(story)
			if end == nil {
				if !toForeign(p, f, &o, story) {
					leakedInField(p, f, &o, story)
				}
				continue
			}
			if o.Kind == flow.KindValue && p.Engine.PartReturned(&o) {
				continue
			}
			if owns := p.Engine.Owns(&o); owns != effects.No {
				report(p, f, &o, owns, end)
			}
		}
	}
	return nil
}

// worst picks the ending to show: a loss without a panic before one with,
// a sure panic before a possible one.
func worst(st *flow.Story) *flow.Ending {
	var best *flow.Ending
	for i := range st.Ends {
		e := &st.Ends[i]
		if e.Kind != flow.Lost && e.Kind != flow.LostUnwind || e.Why == flow.WhyInsideADT {
			continue
		}
		if best == nil || rank(e) > rank(best) {
			best = e
		}
	}
	return best
}

// leakedInField reports a deliberate leak whose reference ends in a field of a
// value that the function returns, when no destructor of its type takes it
// back: what is meant to live as long as the process is then leaked once for
// each value that is made.
func leakedInField(p *rule.Pass, f *ir.Func, o *flow.Origin, st *flow.Story) {
	if o.Kind != flow.KindLeak || f.Head.Kind != mir.FnBody || p.Types == nil {
		return
	}
	for i := range st.Ends {
		end := &st.Ends[i]
		if end.Kind != flow.Returned {
			continue
		}
		fd, ok := p.Engine.HeldIn(f, &end.Event)
		if !ok || p.Engine.Program().DropImpl(fd.Crate, fd.Type) != nil {
			continue
		}
		t := p.Engine.FieldTypeOf(fd)
		if t == nil || t.Kind != mir.TypeRef || !t.Mut || p.Engine.Owns(o) == effects.No {
			continue // a shared reference may have been copied to where all share it
		}
		name := p.FieldInfo(finding.Possible, fd)
		p.Report(f, finding.Finding{
			Title:   fmt.Sprintf("what `%s` gives up is leaked with each `%s` that is dropped", rule.Callee(f, o.Block), name.Owner),
			Grade:   finding.Possible,
			Primary: rule.At(f, o.Block, -1),
			Label:   label(f, o),
			Trace: rule.Trace(f, o.Block, birthText(o), end,
				fmt.Sprintf("the only reference to it leaves in field `%s`; `%s` has no Drop that takes it back", name.Name, name.Owner)),
			Notes: []string{"it is not known whether more than a few such values are made in the life of the process"},
			Fix:   &finding.Fix{Text: "keep the `Box` itself in the field; it derefs in the same way and is dropped with its owner"},
		})
		return
	}
}

func rank(e *flow.Ending) int {
	switch {
	case e.Kind == flow.Lost:
		return 3
	case e.Panics == effects.Yes:
		return 2
	}
	return 1
}

func report(p *rule.Pass, f *ir.Func, o *flow.Origin, owns effects.Tri, end *flow.Ending) {
	grade, notes := grade(p, f, o, owns, end)
	p.Report(f, finding.Finding{
		Title:   title(f, o, end),
		Grade:   grade,
		Primary: rule.At(f, o.Block, -1),
		Label:   label(f, o),
		Trace:   rule.Trace(f, o.Block, birthText(o), end, endText(f, end)),
		Notes:   notes,
		Fix:     &finding.Fix{Text: fix(o, end)},
	})
}

func grade(p *rule.Pass, f *ir.Func, o *flow.Origin, owns effects.Tri, end *flow.Ending) (finding.Grade, []string) {
	var notes []string
	g := finding.Likely
	lower := func(why string) {
		g = finding.Possible
		notes = append(notes, why)
	}
	if owns == effects.Maybe {
		lower("whether `" + typeText(o.Type) + "` owns anything is not known here")
	}
	if end.Kind == flow.LostUnwind && end.Panics != effects.Yes {
		lower("it is not known whether the call on this path can panic")
	}
	if end.Layout {
		lower("the path tests the size of a type or a generic constant: there may be nothing to release on it")
	}
	if o.Kind == flow.KindValue && p.Engine.TakenApart(o) {
		lower("the function reads parts of the value: it may have taken them over, or seen that they hold nothing")
	}
	if o.Kind == flow.KindValue && p.Engine.MadeOfPointers(o) {
		lower("the function made the value of pointers: it may be a guard, which is not needed any more")
	}
	if o.Kind == flow.KindValue && end.Kind == flow.Lost && stateTested(p.Engine.View(f), o.Block) {
		lower("a branch looks at the value first: it may have nothing to release")
	}
	if o.Kind == flow.KindValue && o.Type != nil && o.Type.Path != nil && slices.Contains(counted, ir.LastSeg(o.Type.Path)) {
		lower("a count is given up: a raw pointer elsewhere may stand for it")
	}
	if code := f.Code(); o.Kind == flow.KindLeak && code.Used(code.Body.Blocks[o.Block].Term.Place.Local) {
		lower("a leak is what this function is for; the memory may be meant to live as long as the process")
	}
	return g, notes
}

// stateTested reports whether a branch looks at what a call made: at a number
// that a method of the value gives, its capacity for one.
func stateTested(v *flow.View, made int32) bool {
	value := v.Call(made).Dest.Local
	number := func(c *flow.CallSite) bool {
		t := v.PlaceType(c.Dest)
		return t != nil && t.Kind == mir.TypePrim || c.Is("Deref::deref")
	}
	for b := range v.MIR.Blocks {
		t := &v.MIR.Blocks[b].Term
		if t.Kind == mir.SwitchInt && !v.MIR.Blocks[b].Cleanup && v.Dominates(made, int32(b)) && v.Feed(&t.Cond, number).Locals[value] {
			return true
		}
	}
	return false
}

// counted are the handles of which each stands for one count of its object.
var counted = []string{"Rc", "Arc"}

func typeText(t *mir.Type) string {
	if t == nil {
		return "the value"
	}
	return t.Text
}

func title(f *ir.Func, o *flow.Origin, end *flow.Ending) string {
	what := rule.Callee(f, o.Block)
	switch {
	case end.Kind == flow.LostUnwind:
		return fmt.Sprintf("what `%s` gives up is lost if a call panics", what)
	case end.Why == flow.WhyForgotten:
		return fmt.Sprintf("what `%s` gives up can never be released: no pointer to it is kept", what)
	case end.Why == flow.WhyOverwrite:
		return fmt.Sprintf("the only pointer from `%s` is overwritten before it is released", what)
	}
	return fmt.Sprintf("what `%s` gives up is not released on every path", what)
}

func label(f *ir.Func, o *flow.Origin) string {
	switch o.Kind {
	case flow.KindAlloc:
		return "allocated here"
	case flow.KindPointer:
		if o.Maker != nil {
			return "this call returns the only pointer to what it made"
		}
		return "ownership leaves the compiler's sight here"
	}
	return "from here on its destructor does not run"
}

func birthText(o *flow.Origin) string {
	switch o.Kind {
	case flow.KindAlloc:
		return "memory is allocated; only this function knows of it"
	case flow.KindLeak:
		return "the value is leaked on purpose; only the returned reference reaches it"
	case flow.KindValue:
		return "the value is taken out of the compiler's sight: its destructor will not run by itself"
	}
	return "the compiler no longer owns the value; only the raw pointer reaches it"
}

func endText(f *ir.Func, end *flow.Ending) string {
	switch {
	case end.Kind == flow.LostUnwind:
		return ""
	case end.Why == flow.WhyOverwrite:
		return "its last pointer is overwritten here: nothing can release it any more"
	case end.Why == flow.WhyConsumed:
		return "its last pointer goes into `" + rule.Callee(f, end.Block) + "`, which does not release it"
	case end.Why == flow.WhyForgotten:
		return ""
	}
	return "its last pointer goes out of scope here: nothing can release it any more"
}

func fix(o *flow.Origin, end *flow.Ending) string {
	how := "give the pointer back to an owner on every path"
	if o.Model != nil && o.Model.Releases != "" && o.Kind != flow.KindLeak {
		how = "release it on this path too (" + o.Model.Releases + ")"
	}
	if end.Kind == flow.LostUnwind {
		return how + ", or hold it in a guard whose Drop does, so that a panic cannot skip it"
	}
	return how + "; a guard whose Drop releases it covers early returns and panics as well"
}
