// Package rccycle finds reference cycles of strong handles.
package rccycle

import (
	_ "embed"
	"fmt"
	"strings"

	"softshell/finding"
	"softshell/flow"
	"softshell/ir"
	"softshell/rule"
)

//go:embed doc.md
var doc string

// Rule is the check; see doc.md.
var Rule = &rule.Rule{
	Info: rule.Info{
		ID:       "rc-cycle",
		Title:    "a cycle of strong handles keeps itself alive",
		CWE:      []int{401},
		Severity: finding.Warning,
		Default:  true,
		Doc:      doc,
	},
	Run: run,
}

func run(p *rule.Pass) error {
	clears := clearedFields(p)
	closed := map[string]bool{}
	for _, f := range p.Funcs() {
		for _, c := range p.Engine.SharedCycles(f) {
			report(p, f, &c, clears, closed)
		}
	}
	if p.Weakest == finding.Possible {
		typeCycles(p, closed)
	}
	return nil
}

// clearedFields maps each field that some function empties to that function.
func clearedFields(p *rule.Pass) map[string]*ir.Func {
	out := map[string]*ir.Func{}
	for _, f := range p.Funcs() {
		for _, fd := range p.Engine.Clears(f) {
			if k := name(fd); out[k] == nil {
				out[k] = f
			}
		}
	}
	return out
}

func name(fd flow.FieldOf) string {
	return fmt.Sprintf("%s/%s/%d", ir.TypePlain(fd.Type), fd.Variant, fd.Field)
}

// report tells one cycle that function f closes.
func report(p *rule.Pass, f *ir.Func, c *flow.SharedCycle, clears map[string]*ir.Func, closed map[string]bool) {
	g, notes := finding.Likely, []string(nil)
	var fields, weak []string
	var steps []finding.Step
	for i, l := range c.Links {
		text := "a strong handle is stored"
		if l.Known {
			info := p.Types.Field(p.Crate.Name, l.Field.Type, l.Field.Variant, int(l.Field.Field))
			field := info.Owner + "." + info.Name
			closed[field] = true
			fields = append(fields, field)
			if i == c.Closing || len(weak) == 0 {
				weak = []string{field}
			}
			text = fmt.Sprintf("`%s` holds a strong handle", field)
			if by := clears[name(l.Field)]; by != nil && by != f {
				g = finding.Possible
				notes = append(notes, fmt.Sprintf("`%s` empties `%s`: the cycle is broken if that runs", by.Name, field))
			}
		}
		if i == c.Closing {
			text += ", which closes the cycle"
		}
		if l.At.Called != nil {
			text += ", stored by `" + l.At.Called.Name + "`"
		}
		if l.At.Block >= 0 {
			steps = append(steps, finding.Step{Span: rule.At(f, l.At.Block, l.At.Stmt), Text: text})
		}
	}
	at := c.Links[c.Closing].At
	p.Report(f, finding.Finding{
		Title:   title(fields),
		Grade:   g,
		Primary: rule.At(f, at.Block, at.Stmt),
		Label:   "this store closes the cycle",
		Trace:   inOrder(steps),
		Notes:   append(notes, "each handle keeps the next object alive, so no count reaches zero and no destructor runs"),
		Fix:     &finding.Fix{Text: fixText(weak)},
		Fields:  uniq(fields),
	})
}

func title(fields []string) string {
	if len(fields) == 0 {
		return "strong handles form a cycle that is never freed"
	}
	return "strong handles form a cycle through `" + strings.Join(uniq(fields), "`, `") + "` that is never freed"
}

func uniq(in []string) []string {
	var out []string
	seen := map[string]bool{}
	for _, s := range in {
		if !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}

// inOrder sorts steps by place, so that the trace reads down the page.
func inOrder(steps []finding.Step) []finding.Step {
	for i := 1; i < len(steps); i++ {
		for j := i; j > 0 && steps[j].Span.File == steps[j-1].Span.File && steps[j].Span.Line < steps[j-1].Span.Line; j-- {
			steps[j], steps[j-1] = steps[j-1], steps[j]
		}
	}
	return steps
}

func fixText(weak []string) string {
	if len(weak) == 0 {
		return "make one handle of the cycle a `Weak`"
	}
	return "make `" + weak[0] + "` a `Weak`: store `Rc::downgrade(..)` (or `Arc::downgrade`) and `upgrade()` where it is read"
}

// typeCycles reports, as possible, the types that can form a cycle and into
// whose field some code stores a handle, where no store was seen to close one.
func typeCycles(p *rule.Pass, closed map[string]bool) {
	for _, c := range p.Types.StrongCycles(p.Crate.Name) {
		if closed[c.Weak] {
			continue
		}
		p.Report(nil, finding.Finding{
			Title: fmt.Sprintf("`%s` can form a cycle of strong handles", c.Types[0]),
			Item:  c.Weak,
			Grade: finding.Possible,
			Primary: finding.Span{File: p.Crate.Src.Path(c.Span.File), Line: c.Span.Line, Col: c.Span.Col,
				EndLine: c.Span.EndLine, EndCol: c.Span.EndCol},
			Label:  "this field can lead back to its own object",
			Notes:  []string{"no code in this crate was seen to close the cycle"},
			Fix:    &finding.Fix{Text: fixText([]string{c.Weak})},
			Fields: []string{c.Weak},
		})
	}
}
