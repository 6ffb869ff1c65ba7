package outofbounds

import (
	"fmt"
	"strings"

	"softshell/finding"
	"softshell/flow"
	"softshell/mir"
	"softshell/rule"
)

// fromCaller: a safe function gets a raw pointer, and goes on from it to more
// than the one value that it may point at: it cannot know how many there are.
func (c *checker) fromCaller(r *reach) bool {
	src := &r.src
	local := src.Place.Local
	if local < 1 || src.Made != nil || src.Loaded || len(src.Place.Proj) > 0 || !c.v.IsParam(local) || src.From == nil || src.From.Kind != mir.TypeRawPtr ||
		strings.Contains(c.f.Head.Name, "{closure") || !c.v.Free(r.at.Block, local, unlooked) {
		return false
	}
	if d, known := c.p.Declared(c.f); !known || d.Unsafe || !d.Public || d.Extern || d.Trait {
		return false
	}
	c.report(r.at, finding.Likely, fmt.Sprintf("a safe function gets a raw pointer, and memory beyond it is %s", r.what),
		"how far the memory goes that the pointer leads to is not known here",
		[]finding.Step{{Span: rule.Head(c.f), Text: "safe code may call this function with any pointer: a dangling one, or one to less than that"},
			{Span: rule.At(c.f, r.at.Block, r.at.Stmt), Text: fmt.Sprintf("here memory behind it is %s", r.what)}},
		"take a slice or a reference, or make the function unsafe and say what it asks of the pointer")
	return true
}

// unlooked reports whether a call says nothing of whether a pointer is good.
func unlooked(c *flow.CallSite) bool { return plain(c) || c.Last() == "is_null" }
