// Package panicsafety finds memory that is in a state which no drop must see
// (a value with two owners, elements that are counted and not written) while
// code runs that may panic.
package panicsafety

import (
	_ "embed"
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
		ID:       "panic-safety",
		Title:    "a panic leaves a value with two owners, or one that was never written",
		CWE:      []int{415, 908},
		Severity: finding.Error,
		Default:  true,
		Doc:      doc,
	},
	Run: run,
}

func run(p *rule.Pass) error {
	names := slices.Clone(bypasses)
	for _, f := range p.Funcs() {
		if f.Raw && f.Blocks <= maxHelper && f.MayCallAny(helped) {
			names = append(names, f.Last)
		}
		if n := dropper(f); n != "" {
			names = append(names, n)
		}
	}
	set := ir.NewNames(names...)
	for _, f := range p.Funcs() {
		if f.MayCallAny(set) {
			check(p, f)
		}
	}
	return nil
}

// check reports the worst hazard of a function that a panic meets.
func check(p *rule.Pass, f *ir.Func) {
	v := p.Engine.View(f)
	var worst *trouble
	for _, h := range hazards(v) {
		t := follow(v, h)
		if t == nil || worst != nil && worst.grade >= t.grade {
			continue
		}
		if t.grade == finding.Likely && p.Promised(v, t.call.Block) {
			t.lower("the trait of the call that may panic is sealed, or unsafe to implement: it may promise not to")
		}
		if t.grade >= p.Weakest && v.NeedsDrop(h.elem) != effects.No && !copied(p, f, h.elem) {
			worst = t
		}
	}
	if worst == nil {
		for _, t := range lingering(v) {
			if !copied(p, f, t.elem) {
				worst = t
				break
			}
		}
	}
	if worst != nil {
		report(p, v, f, worst)
	}
}

// trouble is a hazard with the call whose panic meets it.
type trouble struct {
	*hazard
	call    *flow.CallSite
	way     *flow.Walk
	unwound *flow.Unwound
	drops   []int32 // of what the drop must not see, on the way of the panic
	moved   bool    // the second owner is an argument of the call
	grade   finding.Grade
	notes   []string
}

func (t *trouble) lower(why string) {
	t.grade = finding.Possible
	t.notes = append(t.notes, why)
}

func report(p *rule.Pass, v *flow.View, f *ir.Func, t *trouble) {
	what := "the new length"
	if t.stmt == flow.Term {
		what = "`" + rule.Callee(f, t.block) + "`"
		if c := v.Call(t.block); c.Target == nil && c.Path != nil && c.Path.Trait == nil && c.Name() != "" {
			what = "`" + c.Name() + "`"
		}
	}
	who := callee(f, t.call.Block)
	words := t.words(what, who)
	end := t.way.Ending(flow.Point{Block: t.call.Block, Stmt: flow.Term}, false)
	trace := rule.Trace(f, t.block, words.birth, end, words.call)
	trace = append(trace, t.ending(f)...)
	p.Report(f, finding.Finding{
		Title:   words.title,
		Grade:   t.grade,
		Primary: rule.At(f, t.block, t.stmt),
		Label:   words.label,
		Trace:   trace,
		Notes:   t.notes,
		Fix:     &finding.Fix{Text: words.fix},
	})
}

// callee names what a call runs.
func callee(f *ir.Func, block int32) string {
	c := f.Code().Calls[block]
	if c != nil && c.Path != nil && c.Path.Trait != nil {
		switch ir.LastSeg(c.Path.Trait) {
		case "FnOnce", "FnMut", "Fn":
			return "the closure"
		}
	}
	if c == nil || c.Path == nil {
		return "the function value"
	}
	return "`" + rule.Callee(f, block) + "`"
}

// ending tells what the panic drops.
func (t *trouble) ending(f *ir.Func) []finding.Step {
	var out []finding.Step
	for _, d := range t.drops {
		if sp := rule.At(f, d, -1); !sp.IsZero() {
			out = append(out, finding.Step{Span: sp, Text: "unwinding drops it here" + t.which(f, d)})
		}
	}
	if t.owner == ofCaller {
		if sp := rule.Head(f); !sp.IsZero() {
			out = append(out, finding.Step{Span: sp, Text: "the memory is the caller's: it lives on, and is dropped as if nothing had happened"})
		}
	}
	return out
}

func (t *trouble) which(f *ir.Func, drop int32) string {
	body := f.Code().Body
	local := body.Blocks[drop].Term.Place.Local
	for i := range body.Debug {
		if d := &body.Debug[i]; d.Place != nil && d.Place.Local == local && len(d.Place.Proj) == 0 {
			return ": `" + d.Name + "`"
		}
	}
	return ""
}

type words struct{ title, label, birth, call, fix string }

func (t *trouble) words(what, who string) words {
	switch t.kind {
	case duplicate:
		second := "two owners: the memory it was read from, and the copy"
		if t.moved {
			second = "two owners: the memory it was read from, and " + who + ", which got the copy"
		}
		return words{
			title: "the value that " + what + " copies out is dropped twice if " + who + " panics",
			label: "from here on the value has two owners",
			birth: "the value is copied; the memory still holds it too",
			call:  "if this panics, the value has " + second,
			fix:   "hold the memory in a guard whose Drop sees that it is empty (ManuallyDrop, set_len to a smaller length, or an abort on unwinding), or write a value back before the call",
		}
	case shifted:
		return words{
			title: "elements that " + what + " moves are dropped twice if " + who + " panics",
			label: "from here on the moved elements are there twice",
			birth: "elements are copied within the memory; their old places still hold them too",
			call:  "if this panics, the places in between are neither filled nor left out",
			fix:   "set the length to the part that is whole before the elements move, and to the full length at the end; or make the new values first",
		}
	case counted:
		return words{
			title: what + " counts elements that are not written if " + who + " panics",
			label: "from here on memory counts as elements that nobody has written",
			birth: "the length grows before the elements are written",
			call:  "if this panics, the rest of the elements was never written",
			fix:   "write the element first and raise the length after it, one by one; or use a guard whose Drop sets the length to what is written",
		}
	case dropped:
		return words{
			title: "what " + what + " drops is dropped again if " + who + " panics",
			label: "from here on the memory holds a value that is gone",
			birth: "the value is dropped where it lies; its owner does not know",
			call:  "if this panics, nothing was written in its place",
			fix:   "make the new value before the old one is dropped, or assign it: `*place = value`",
		}
	}
	if t.kind == lingered {
		return words{
			title: "elements that " + what + " drops are dropped again if the drop of one panics",
			label: "the elements are dropped, and the owner still counts them",
			birth: "the elements are dropped while the owner counts them",
			call:  "if the drop of an element panics, the count behind it is never changed",
			fix:   "change the length (or the start, or the flag) before the elements are dropped: a leak is harmless; or change it in the Drop of a guard",
		}
	}
	return words{
		title: "a value that is not initialised is dropped if " + who + " panics",
		label: "made without a value",
		birth: "the variable counts as a value from here on, though nothing is written",
		call:  "if this panics, the value is not complete",
		fix:   "keep it in a MaybeUninit until all of it is written, with a guard that drops what is",
	}
}

// copied reports whether a type is Copy by the bounds of the function's type parameters.
func copied(p *rule.Pass, f *ir.Func, t *mir.Type) bool {
	d, ok := p.Declared(f)
	return ok && isCopy(t, &d)
}

// isCopy reports whether all that a type is made of is Copy.
func isCopy(t *mir.Type, d *rule.Declared) bool {
	if t == nil {
		return false
	}
	switch t.Kind {
	case mir.TypePrim, mir.TypeRawPtr, mir.TypeFnPtr:
		return true
	case mir.TypeTuple, mir.TypeArray, mir.TypeSlice:
		return !slices.ContainsFunc(t.Args, func(a *mir.Type) bool { return !isCopy(a, d) })
	}
	return d.Copies(t.Text)
}

// mayOwn says whether a value of the type may have something to drop, as far
// as the type's text tells.
func mayOwn(t *mir.Type) bool {
	if t == nil {
		return true
	}
	switch t.Kind {
	case mir.TypePrim, mir.TypeRef, mir.TypeRawPtr, mir.TypeFnPtr, mir.TypeFnItem, mir.TypeNever:
		return false
	case mir.TypeTuple, mir.TypeArray, mir.TypeSlice:
		for _, a := range t.Args {
			if mayOwn(a) {
				return true
			}
		}
		return false
	case mir.TypePath:
		switch ir.LastSeg(t.Path) {
		case "MaybeUninit", "ManuallyDrop", "NonNull", "PhantomData":
			return false
		case "Option", "Cell", "UnsafeCell", "Wrapping":
			if a := ir.TypeArg(t, 0); a != nil {
				return mayOwn(a)
			}
		}
	}
	return true
}
