// Package lifetimesignature finds signatures that promise more than the body
// can keep: a reference that outlives what it points into.
package lifetimesignature

import (
	_ "embed"
	"fmt"
	"strings"

	"softshell/finding"
	"softshell/flow"
	"softshell/ir"
	"softshell/ir/decls"
	"softshell/items"
	"softshell/rule"
)

//go:embed doc.md
var doc string

// Rule is the check; see doc.md.
var Rule = &rule.Rule{
	Info: rule.Info{
		ID:       "lifetime-signature",
		Title:    "a signature lets a reference outlive what it points into",
		CWE:      []int{416, 825},
		Severity: finding.Error,
		Default:  true,
		Doc:      doc,
	},
	Run: run,
}

func run(p *rule.Pass) error {
	c := &check{p: p, told: map[*ir.Func]bool{}}
	c.outputs()
	c.stored()
	return nil
}

// check is the rule over one crate.
type check struct {
	p    *rule.Pass
	d    *decls.Crate
	fns  map[string]decls.Fn // by place of the impl block and name, or by path
	told map[*ir.Func]bool
}

// decl is what is declared of a function; ok is false when nobody outside can
// call it without a promise of its own: it is private, or unsafe.
func (c *check) decl(f *ir.Func) (fn decls.Fn, ok bool) {
	if c.fns == nil {
		c.read()
	}
	fn, ok = c.fns[keyOf(f)]
	return fn, ok && fn.Public && !fn.Unsafe && !fn.Foreign
}

// reachable reports whether other crates can name what a function belongs to.
func (c *check) reachable(fn decls.Fn) bool {
	if fn.Of != nil {
		return fn.Of.Public && c.d.Items.Reachable(fn.Of.Path)
	}
	return fn.Impl != nil || c.d.Items.Reachable(fn.Path)
}

// keyOf is the key of a function in the table of declarations.
func keyOf(f *ir.Func) string {
	if f.Impl == nil {
		return f.Head.Name
	}
	at, _, _ := strings.Cut(f.Impl.At, ": ")
	return at + "::" + f.Last
}

// read makes the table of functions. It costs a run of rustdoc.
func (c *check) read() {
	c.fns = map[string]decls.Fn{}
	if c.d = c.p.Types.Decls(c.p.Crate.Name); c.d == nil {
		return
	}
	for _, fn := range c.d.Fns() {
		name := fn.Path[strings.LastIndex(fn.Path, ":")+1:]
		if fn.Impl != nil {
			at := fn.Impl.Span
			c.fns[fmt.Sprintf("%s:%d:%d::%s", at.File, at.Line, at.Col, name)] = fn
		} else if _, path, inside := strings.Cut(fn.Path, "::"); inside {
			c.fns[path] = fn
		}
	}
}

// head is the first line of a function.
func (c *check) head(f *items.Fn) finding.Span {
	return c.line(f.Span)
}

func (c *check) line(at items.Span) finding.Span {
	s := finding.Span{File: c.p.Crate.Src.Path(at.File), Line: at.Line, Col: at.Col, EndLine: at.EndLine, EndCol: at.EndCol}
	if lines := c.p.Crate.Src.Lines(at.File); s.EndLine > s.Line && s.Line <= len(lines) {
		s.EndLine, s.EndCol = s.Line, len([]rune(lines[s.Line-1]))+1
	}
	return s
}

func (c *check) step(f *ir.Func, at flow.Point, text string) finding.Step {
	return finding.Step{Span: rule.At(f, at.Block, at.Stmt), Text: text}
}

func (c *check) report(f *ir.Func, fd finding.Finding) {
	if !c.told[f] {
		c.told[f] = true
		c.p.Report(f, fd)
	}
}

// hasDrop reports whether the crate's type has a Drop of its own.
func hasDrop(a *decls.ADT) bool {
	for _, im := range a.Impls {
		if im.Trait == "core::ops::drop::Drop" {
			return true
		}
	}
	return false
}

// hands are the functions of libraries, by their last name, that return (a
// pointer into) what they are given.
var hands = map[string]bool{"as_ptr": true, "as_mut_ptr": true, "as_ref": true, "as_mut": true, "deref": true, "deref_mut": true, "cast": true,
	"cast_mut": true, "cast_const": true, "add": true, "sub": true, "offset": true, "wrapping_add": true, "from": true, "into": true, "as_slice": true, "as_mut_slice": true,
	"new": true, "new_unchecked": true, "from_ref": true, "from_mut": true, "borrow": true, "borrow_mut": true, "unwrap": true, "expect": true,
	"as_bytes": true, "as_str": true, "get_unchecked": true, "get_unchecked_mut": true, "as_c_str": true, "get": true, "get_mut": true, "into_iter": true, "iter": true}

// pointsInto: the callee's result leads to where its argument leads.
func pointsInto(c *flow.CallSite) bool { return hands[c.Last()] }

func anyCall(*flow.CallSite) bool { return true }
