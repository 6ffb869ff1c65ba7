// Package dropuninit finds drops of memory that was never initialised.
package dropuninit

import (
	_ "embed"

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
		ID:       "drop-uninit",
		Title:    "memory that was never initialised is dropped",
		CWE:      []int{908, 401},
		Severity: finding.Warning,
		Default:  true,
		Doc:      doc,
	},
	Run: run,
}

func run(p *rule.Pass) error {
	for _, f := range p.Funcs() {
		if !flow.MayBlank(f) {
			continue
		}
		v := p.Engine.View(f)
		told := map[flow.Point]bool{}
		for _, b := range v.Blanks(nil) {
			if b.How != flow.BlankZero {
				blank(p, v, &b, told)
			}
		}
		for _, l := range v.LengthsLost() {
			lengthLost(p, v, &l)
		}
	}
	return nil
}

// blank reports the surest drop of a piece of blank memory, when it was not
// told of the same memory under another name: an allocation, a slice of it.
func blank(p *rule.Pass, v *flow.View, b *flow.Blank, told map[flow.Point]bool) {
	var best *flow.BlankDrop
	var top finding.Grade
	var notes []string
	for _, d := range v.BlankDrops(b) {
		if g, why, ok := grade(p, v, b, &d); ok && (best == nil || g > top) {
			best, top, notes = &d, g, why
		}
	}
	if best != nil && !told[best.At] {
		told[best.At] = true
		report(p, v.Fn, b, best, top, notes)
	}
}

// grade says how sure a drop is a fault; ok is false when dropping does nothing.
func grade(p *rule.Pass, v *flow.View, b *flow.Blank, d *flow.BlankDrop) (g finding.Grade, notes []string, ok bool) {
	t := d.Type
	if t == nil {
		t = b.Elem
	}
	needs := v.NeedsDrop(t)
	if needs == effects.No || needs == effects.Maybe && copies(p, v, t) {
		return 0, nil, false
	}
	g = finding.Likely
	lower := func(why string) {
		g = finding.Possible
		notes = append(notes, why)
	}
	if needs == effects.Maybe && !v.Generic(t) {
		lower("whether dropping a `" + text(t) + "` does anything is not known here")
	}
	if (d.Kind == flow.DropUnwind || d.Kind == flow.DropLeft) && d.Panics == effects.Maybe {
		lower("it is not known whether the call on this path can panic")
	}
	if d.Way.Unwound >= 0 && p.Promised(v, d.Way.Unwound) {
		lower("the trait of the call that may panic is unsafe to implement: it may promise not to")
	}
	return g, notes, true
}

// copies reports whether a type is a type parameter that is bound to be Copy,
// or an array of one: such a value needs no drop.
func copies(p *rule.Pass, v *flow.View, t *mir.Type) bool {
	for t != nil && (t.Kind == mir.TypeArray || t.Kind == mir.TypeSlice) {
		t = t.Args[0]
	}
	if t == nil || !v.Generic(t) || t.Kind == mir.TypeDyn {
		return false
	}
	d, ok := p.Declared(v.Fn)
	return ok && d.Copies(t.Text)
}

func text(t *mir.Type) string {
	if t == nil {
		return "value of this type"
	}
	return t.Text
}

func report(p *rule.Pass, f *ir.Func, b *flow.Blank, d *flow.BlankDrop, g finding.Grade, notes []string) {
	var steps []finding.Step
	if b.Maker >= 0 && b.Maker != b.Block {
		steps = append(steps, finding.Step{Span: rule.At(f, b.Maker, -1), Text: "memory is reserved here, and not initialised"})
	}
	p.Report(f, finding.Finding{
		Title:   title(f, d),
		Grade:   g,
		Primary: rule.At(f, b.Block, -1),
		Label:   label(b),
		Trace:   append(steps, rule.Trace(f, b.Block, birth(b), d.Way, endText(f, d))...),
		Notes:   notes,
		Fix:     &finding.Fix{Text: fix(b, d)},
	})
}

func title(f *ir.Func, d *flow.BlankDrop) string {
	switch d.Kind {
	case flow.DropAssign:
		return "an assignment drops an old value that was never initialised"
	case flow.DropCall:
		return "`" + rule.Callee(f, d.At.Block) + "` drops values that were never initialised"
	case flow.DropEarly:
		return "an early return drops values that were never initialised"
	case flow.DropLeft:
		return "a value that was never initialised is left behind for its owner to drop"
	}
	return "a panic drops values that were never initialised"
}

func label(b *flow.Blank) string {
	switch b.How {
	case flow.BlankAlloc:
		return "this memory holds no values yet"
	case flow.BlankLength:
		return "from here on a drop takes this memory for values"
	}
	return "from here on a drop takes this for a value"
}

func birth(b *flow.Blank) string {
	if b.How == flow.BlankAlloc {
		return "memory is allocated; there are no values in it"
	}
	return "from here on it counts as initialised, and nothing was written"
}

func endText(f *ir.Func, d *flow.BlankDrop) string {
	switch d.Kind {
	case flow.DropAssign:
		return "`=` drops the old value first: what lies there is taken for one"
	case flow.DropCall:
		return "`" + rule.Callee(f, d.At.Block) + "` drops what lies there before it writes"
	case flow.DropLeft:
		if d.Panics == effects.No {
			return "the function ends here, and no true value was put back"
		}
		return "no true value was put back when this unwinds: whoever owns the place drops what is there"
	}
	return "here it is dropped, written or not"
}

func fix(b *flow.Blank, d *flow.BlankDrop) string {
	switch d.Kind {
	case flow.DropAssign, flow.DropCall:
		return "write with `ptr::write` (or `MaybeUninit::write`), which drops nothing"
	case flow.DropLeft:
		return "put a true value there (`Option::take`, a default) while the other one is in use"
	}
	if b.How == flow.BlankLength {
		return "set the length after the elements were written, or push them"
	}
	return "keep it in a `MaybeUninit` (an array of them) until all of it is written; a guard can drop what was written so far"
}

func lengthLost(p *rule.Pass, v *flow.View, l *flow.LengthLost) {
	needs := v.NeedsDrop(l.Elem)
	if needs == effects.No || needs == effects.Maybe && copies(p, v, l.Elem) {
		return
	}
	g := finding.Likely
	var notes []string
	if needs == effects.Maybe && !v.Generic(l.Elem) {
		g = finding.Possible
		notes = append(notes, "whether dropping a `"+text(l.Elem)+"` does anything is not known here")
	}
	f := v.Fn
	p.Report(f, finding.Finding{
		Title:   "the capacity stands in for the number of elements: those between were never initialised",
		Grade:   g,
		Primary: rule.At(f, l.Capacity, -1),
		Label:   "there may be room for more elements than there are",
		Trace: []finding.Step{
			{Span: rule.At(f, l.Made, -1), Text: "this makes the elements; how many is known to the collection alone"},
			{Span: rule.At(f, l.Reset, -1), Text: "the length is set to 0, and nobody asked for it before"},
			{Span: rule.At(f, l.Capacity, -1), Text: "from here on the capacity is all that is known: it may be larger than the length was"},
		},
		Notes: notes,
		Fix:   &finding.Fix{Text: "ask `len()` before the length is set to 0, and count by that"},
	})
}
