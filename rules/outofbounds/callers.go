package outofbounds

import (
	"fmt"

	"softshell/finding"
	"softshell/flow"
	"softshell/ir"
	"softshell/rule"
)

// lead is a function that is private or unsafe, and uses a parameter as an
// index or length into the memory of another one without a look at it. Whether
// that is right is for its callers to say.
type lead struct {
	f            *ir.Func
	param, owner int32
	index, what  string
	depth        int
}

// maxLead bounds the functions between one that is public and the access.
const maxLead = 3

// callers reports the safe functions that hand a value of their own callers on
// to such a function, unseen.
func callers(p *rule.Pass, leads []*lead) {
	seen := map[*ir.Func]bool{}
	for len(leads) > 0 {
		l := leads[0]
		leads = leads[1:]
		if seen[l.f] || l.depth > maxLead {
			continue
		}
		seen[l.f] = true
		for _, g := range p.Funcs() {
			if g != l.f && g.MayCall(l.f.Last) {
				leads = append(leads, (&checker{p: p, f: g, v: p.Engine.View(g), told: map[finding.Span]bool{}}).passesOn(l)...)
			}
		}
	}
}

// passesOn looks for calls of a lead that give it a parameter as it came.
func (c *checker) passesOn(l *lead) []*lead {
	for _, call := range c.v.Calls() {
		if call.Target != l.f || int(l.param) > len(call.Args) || int(l.owner) > len(call.Args) || c.v.MIR.Blocks[call.Block].Cleanup {
			continue
		}
		a := c.v.Amount(&call.Args[l.param-1])
		if a.Masked || a.Unknown || len(a.Calls) > 0 || len(a.Params) == 0 {
			continue
		}
		param := c.free(&reach{at: flow.Point{Block: call.Block, Stmt: flow.Term}}, a)
		owner := c.v.Root(&call.Args[l.owner-1])
		if param < 0 || owner.Made >= 0 || owner.Local() < 1 || owner.Local() == param || !c.v.IsParam(owner.Local()) || raw(c.v.MIR.Locals[owner.Local()].Type) {
			continue
		}
		d, known := c.p.Declared(c.f)
		switch {
		case !known:
			return nil
		case d.Unsafe || !d.Public:
			return []*lead{{f: c.f, param: param, owner: owner.Local(), index: l.index, what: l.what, depth: l.depth + 1}}
		}
		at := flow.Point{Block: call.Block, Stmt: flow.Term}
		c.report(at, finding.Likely, fmt.Sprintf("the %s is the caller's, and neither this function nor `%s` compares it with what is there", l.index, l.f.Name),
			"handed on as it came",
			[]finding.Step{{Span: rule.Head(c.f), Text: "safe code may call this function with any value"},
				{Span: rule.At(c.f, call.Block, flow.Term), Text: fmt.Sprintf("no branch on the way here has looked at the value, which goes to `%s`", l.f.Name)},
				{Span: rule.Head(l.f), Text: "there it is used without a check; beyond the end memory is " + l.what + " that belongs to something else"}},
			"check the value before the call, or make this function unsafe and say what it asks for")
		return nil
	}
	return nil
}
