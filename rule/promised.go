package rule

import (
	"slices"
	"strings"

	"softshell/flow"
	"softshell/ir"
)

// Promised reports whether the call that ends a block runs a method of a trait
// that is unsafe to implement, or that only its crate can implement: what the
// caller chooses there has promised something. It may cost items.
func (p *Pass) Promised(v *flow.View, block int32) bool {
	c := v.Call(block)
	if c == nil || c.Path == nil || c.Path.Trait == nil || c.Path.Self == nil {
		return false
	}
	trait := c.Path.Trait
	switch trait.Segs[0].Name {
	case "std", "core", "alloc":
		return false
	}
	d, ok := p.Declared(v.Fn)
	return ok && slices.ContainsFunc(d.Bounds[c.Path.Self.Text], func(b Bound) bool {
		return (b.Unsafe || b.Sealed) && b.Path[strings.LastIndex(b.Path, ":")+1:] == ir.LastSeg(trait)
	})
}
