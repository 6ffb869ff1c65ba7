// Package ffiborder finds code at the border to C that trusts what C does not
// promise: that pointers are not null, that a panic stays inside, that a
// context outlives its registration, that a library may be called at once.
package ffiborder

import (
	_ "embed"

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
		ID:       "ffi-border",
		Title:    "code at the border to C trusts what C does not promise",
		CWE:      []int{476, 248, 362, 416},
		Severity: finding.Warning,
		Default:  true,
		Doc:      doc,
	},
	Run: run,
}

func run(p *rule.Pass) error {
	c := &checker{Pass: p, derefs: map[paramOf]*deref{}}
	for _, f := range p.Funcs() {
		if f.Head.Kind != mir.FnBody {
			continue
		}
		if ext := externOf(f); ext != nil {
			c.nulls(f, ext)
			c.panics(f, ext)
		}
		if f.Raw {
			c.foreignCalls(f)
		}
	}
	c.reportNulls()
	c.reportShortLived()
	return nil
}

// externOf is what is known of a function with a foreign ABI. The source is
// read only where the crate has such a function, or a raw pointer as parameter.
func externOf(f *ir.Func) *ir.ExternFn {
	if !f.Raw && !f.Aborts {
		return nil
	}
	return f.Crate.Extern(f)
}

// checker is the rule at work on one crate.
type checker struct {
	*rule.Pass
	derefs     map[paramOf]*deref
	tested     int // pointers of exported functions that are tested before their use
	untested   []nullUse
	shortLived []gift
}

// foreignCalls looks at each call of f that goes to C.
func (c *checker) foreignCalls(f *ir.Func) {
	var v *flow.View
	if !c.mayCallForeign(f) {
		return
	}
	v = c.Engine.View(f)
	for _, call := range v.Calls() {
		if !call.Foreign {
			continue
		}
		c.threads(v, call)
		c.context(v, call)
		c.layout(v, call)
	}
	if f.MayCall("into_raw") {
		c.gifts(v)
	}
}

// mayCallForeign is a cheap no for functions whose every call has a body or is std's.
func (c *checker) mayCallForeign(f *ir.Func) bool {
	for _, call := range f.Code().Calls {
		if call == nil || call.Path == nil || call.Target != nil || call.Path.Self != nil || len(call.Path.Segs) == 0 {
			continue
		}
		switch call.Path.Segs[0].Name {
		case "std", "core", "alloc":
			continue
		}
		return true
	}
	return false
}
