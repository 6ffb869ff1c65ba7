// Package quadratic finds loops each turn of which goes through all of a
// collection that grows or shrinks with the loop.
package quadratic

import (
	_ "embed"
	"fmt"

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
		ID:       "quadratic",
		Title:    "each turn of a loop goes through all of a growing collection",
		CWE:      []int{407},
		Severity: finding.Warning,
		Default:  true,
		Doc:      doc,
	},
	Run: run,
}

// A pattern looks at one call inside a loop.
type pattern struct {
	names []string // last segments of the calls that it looks at
	look  func(s *site) *hit
}

var patterns = []pattern{
	{[]string{"remove", "insert", "insert_str", "drain"}, front},
	{[]string{"contains", "any", "position"}, search},
	{[]string{"nth", "skip"}, walk},
	{[]string{"count"}, recount},
	{[]string{"collect"}, recollect},
	{[]string{"format", "concat", "join", "add"}, rebuild},
	{[]string{"to_string", "to_owned", "to_vec", "from", "into", "split_off"}, copyRest},
	{[]string{"sort", "sort_by", "sort_by_key", "sort_unstable", "sort_unstable_by", "sort_unstable_by_key"}, resort},
}

// site is a call that a pattern looks at.
type site struct {
	p    *rule.Pass
	v    *flow.View
	call *flow.CallSite
	all  []*flow.CallSite
}

// hit is what a pattern found.
type hit struct {
	grade finding.Grade
	title string
	label string
	other *flow.CallSite // a call that the story needs too
	also  string
	fix   string
	note  string
}

func run(p *rule.Pass) error {
	var all []string
	for _, pt := range patterns {
		all = append(all, pt.names...)
	}
	names := ir.NewNames(all...)
	for _, f := range p.Funcs() {
		// An iterator's `next` is a turn of its caller's loop.
		if f.Head.Kind == mir.FnBody && (f.Loops || f.Last == "next") && f.MayCallAny(names) && (f.Impl == nil || !f.Impl.Derived) {
			check(p, f)
		}
	}
	return nil
}

func check(p *rule.Pass, f *ir.Func) {
	v := p.Engine.View(f)
	told := map[string]bool{}
	s := site{p: p, v: v, all: v.Calls()}
	for _, s.call = range s.all {
		if !turns(v, s.call.Block) {
			continue
		}
		for _, pt := range patterns {
			if !has(pt.names, s.call.Last()) {
				continue
			}
			if h := pt.look(&s); h != nil && !told[h.title] {
				told[h.title] = true
				report(&s, h)
			}
		}
	}
}

func has(list []string, name string) bool {
	for _, s := range list {
		if s == name {
			return true
		}
	}
	return false
}

// turns reports whether a block runs many times: in a loop, or in a method
// that a loop calls by its contract.
func turns(v *flow.View, block int32) bool {
	return v.Loop(block) != 0 || isNext(v)
}

// isNext reports whether the function is the next of an iterator.
func isNext(v *flow.View) bool {
	f := v.Fn
	return f.Last == "next" && f.Impl != nil && lastWord(f.Impl.Trait) == "Iterator"
}

func report(s *site, h *hit) {
	f := s.v.Fn
	at := s.place(s.call.Block)
	steps := []finding.Step{}
	if loops := s.v.LoopsAround(s.call.Block); len(loops) > 0 {
		steps = append(steps, finding.Step{Span: rule.At(f, loops[0].Head, flow.Term), Text: "each turn of this loop"})
	}
	steps = append(steps, finding.Step{Span: at, Text: h.label})
	if h.other != nil {
		steps = append(steps, finding.Step{Span: rule.At(f, h.other.Block, flow.Term), Text: h.also})
	}
	notes := []string{"n turns cost about n * n / 2 steps: ten times the input takes a hundred times as long"}
	if h.note != "" {
		notes = append(notes, h.note)
	}
	s.p.Report(f, finding.Finding{
		Title: h.title, Grade: h.grade, Primary: at, Label: h.label, Trace: steps, Notes: notes,
		Fix: &finding.Fix{Text: h.fix},
	})
}

// place is where a call stands; of one inside a macro of std, where its first
// argument stands.
func (s *site) place(block int32) finding.Span {
	for range 8 {
		if sp := rule.At(s.v.Fn, block, flow.Term); !sp.IsZero() || len(s.v.CFG.Preds[block]) == 0 {
			return sp
		}
		block = s.v.CFG.Preds[block][0]
	}
	return rule.Head(s.v.Fn)
}

// calleeText names the call as people write it.
func (s *site) calleeText() string { return rule.Callee(s.v.Fn, s.call.Block) }

func sprintf(format string, args ...any) string { return fmt.Sprintf(format, args...) }
