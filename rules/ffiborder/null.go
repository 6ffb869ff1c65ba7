package ffiborder

import (
	"fmt"
	"slices"

	"softshell/finding"
	"softshell/flow"
	"softshell/ir"
	"softshell/mir"
	"softshell/rule"
)

// nullUse is a use of a pointer parameter that nothing tested.
type nullUse struct {
	fn    *ir.Func
	param int32
	at    flow.Point
	by    string // the callee that uses it, "" for a dereference
	safe  bool   // the function is not `unsafe`
}

// paramOf is a parameter, from 0, of a function.
type paramOf struct {
	fn    *ir.Func
	param int32
}

// deref is the first use of a parameter that needs it not to be null.
type deref struct {
	at     flow.Point
	by     string
	found  bool
	tested bool // the parameter is tested for null somewhere
}

// users are functions of std that use the memory behind an argument.
var users = map[string][]int{
	"CStr::from_ptr": {0}, "slice::from_raw_parts": {0}, "slice::from_raw_parts_mut": {0},
	"Box::from_raw": {0}, "Rc::from_raw": {0}, "Arc::from_raw": {0}, "CString::from_raw": {0},
	"Vec::from_raw_parts": {0}, "String::from_raw_parts": {0}, "NonNull::new_unchecked": {0},
	"ptr::read": {0}, "ptr::write": {0}, "ptr::read_unaligned": {0}, "ptr::write_unaligned": {0},
	"ptr::copy_nonoverlapping": {0, 1}, "ptr::replace": {0},
}

// testers are functions of std whose result tells whether an argument is null.
var testers = []string{"ptr::is_null", "ptr::as_ref", "ptr::as_mut", "NonNull::new", "ptr::eq"}

// nulls looks at each pointer parameter of an exported function.
func (c *checker) nulls(f *ir.Func, ext *ir.ExternFn) {
	if !ext.Exported {
		return // a callback: who registers it chooses what it is given
	}
	first := true
	for i := range f.Head.Params {
		t := f.Head.Locals[f.Head.Params[i]].Type
		if t == nil || t.Kind != mir.TypeRawPtr {
			continue
		}
		d := c.use(f, int32(i), 0)
		switch {
		case d.tested && !d.found:
			c.tested++
		case d.found && first:
			first = false
			c.untested = append(c.untested, nullUse{f, int32(i), d.at, d.by, !ext.Unsafe})
		}
	}
}

// maxDepth bounds the callees that are followed.
const maxDepth = 3

// use finds the first use of a parameter that no test of it comes before.
func (c *checker) use(f *ir.Func, param int32, depth int) *deref {
	key := paramOf{f, param}
	if d := c.derefs[key]; d != nil {
		return d
	}
	d := &deref{}
	c.derefs[key] = d
	v := c.Engine.View(f)
	local := param + 1
	if len(v.Defs(local)) > 0 {
		return d // assigned a value of its own
	}
	isParam := func(op *mir.Operand) bool { return holds(v, op, local) }
	var tests []flow.Point
	for _, call := range v.Calls() {
		for i := range call.Args {
			if isParam(&call.Args[i]) && (call.Is(testers...) || depth < maxDepth && call.Target != nil && c.testsParam(call.Target, int32(i), depth+1)) {
				tests = append(tests, flow.Point{Block: call.Block, Stmt: flow.Term})
			}
		}
	}
	eachStmt(v, func(at flow.Point, s *mir.Stmt) {
		if rv := s.Rvalue; rv != nil && rv.Kind == mir.BinaryOp && (rv.Op == "Eq" || rv.Op == "Ne") && (isParam(&rv.Args[0]) || isParam(&rv.Args[1])) {
			tests = append(tests, at)
		}
	})
	d.tested = len(tests) > 0
	note := func(at flow.Point, by string) {
		for _, t := range tests {
			if v.Before(t, at) {
				return
			}
		}
		if !d.found || v.Before(at, d.at) {
			d.found, d.at, d.by = true, at, by
		}
	}
	eachStmt(v, func(at flow.Point, s *mir.Stmt) {
		if readsThrough(v, s, local) {
			note(at, "")
		}
	})
	for _, call := range v.Calls() {
		c.useByCall(v, call, isParam, depth, note)
	}
	return d
}

// useByCall notes a call that uses the memory behind the parameter.
func (c *checker) useByCall(v *flow.View, call *flow.CallSite, isParam func(*mir.Operand) bool, depth int, note func(flow.Point, string)) {
	at := flow.Point{Block: call.Block, Stmt: flow.Term}
	for _, i := range users[call.Name()] {
		if i < len(call.Args) && isParam(&call.Args[i]) && !lengthTested(v, call) {
			note(at, rule.Callee(v.Fn, call.Block))
		}
	}
	if call.Target == nil || call.Target.Blocks == 0 || depth >= maxDepth || call.Model != nil {
		return
	}
	for i := range call.Args {
		if !isParam(&call.Args[i]) || i >= len(call.Target.Head.Params) {
			continue
		}
		if d := c.use(call.Target, int32(i), depth+1); d.found {
			note(at, rule.Callee(v.Fn, call.Block))
		}
	}
}

// lengthTested reports whether a slice is made only where its length was
// tested: an empty slice of C's may have a null pointer.
func lengthTested(v *flow.View, call *flow.CallSite) bool {
	if len(call.Args) < 2 {
		return false
	}
	n := v.Root(&call.Args[1])
	for _, g := range v.Guards(call.Block) {
		if cmp, ok := v.Compares(g); ok && (v.Root(cmp.X).Ref == n.Ref || v.Root(cmp.Y).Ref == n.Ref) {
			return true
		}
	}
	return n.Const == nil && switchedOn(v, n.Ref)
}

// switchedOn reports whether some branch asks the value of a place itself: match n { 0 => .. }.
func switchedOn(v *flow.View, r flow.Ref) bool {
	for i := range v.MIR.Blocks {
		t := &v.MIR.Blocks[i].Term
		if t.Kind == mir.SwitchInt && t.Cond.Kind != mir.Constant && v.Root(&t.Cond).Ref == r {
			return true
		}
	}
	return false
}

// testsParam reports whether a function tests its parameter for null.
func (c *checker) testsParam(f *ir.Func, param int32, depth int) bool {
	if f.Blocks == 0 || int(param) >= len(f.Head.Params) {
		return false
	}
	t := f.Head.Locals[f.Head.Params[param]].Type
	return t != nil && t.Kind == mir.TypeRawPtr && c.use(f, param, depth).tested
}

// holds reports whether an operand is the parameter's value, perhaps cast.
func holds(v *flow.View, op *mir.Operand, local int32) bool {
	if op.Kind == mir.Constant || op.Kind == mir.RuntimeChecks {
		return false
	}
	r := v.Root(op)
	return r.Const == nil && r.Made < 0 && !r.Points && r.Whole() && r.Local() == local &&
		!slices.ContainsFunc(r.Via, func(b int32) bool { return users[v.Call(b).Name()] != nil })
}

func eachStmt(v *flow.View, visit func(at flow.Point, s *mir.Stmt)) {
	for b := range v.MIR.Blocks {
		if !v.Reached(int32(b)) || v.MIR.Blocks[b].Cleanup {
			continue
		}
		for i := range v.MIR.Blocks[b].Stmts {
			visit(flow.Point{Block: int32(b), Stmt: int32(i)}, &v.MIR.Blocks[b].Stmts[i])
		}
	}
}

// readsThrough reports whether a statement reads, writes or borrows what the parameter points at.
func readsThrough(v *flow.View, s *mir.Stmt, local int32) bool {
	if s.Kind != mir.Assign || s.Rvalue == nil {
		return false
	}
	through := func(p *mir.Place) bool {
		if len(p.Proj) == 0 || p.Proj[0].Kind != mir.Deref {
			return false
		}
		return holds(v, &mir.Operand{Kind: mir.Copy, Place: mir.Place{Local: p.Local}}, local)
	}
	if through(&s.Place) {
		return true
	}
	switch rv := s.Rvalue; rv.Kind {
	case mir.Ref, mir.CopyForDeref, mir.Discriminant, mir.Len:
		return through(&rv.Place)
	default:
		for i := range rv.Args {
			if a := &rv.Args[i]; (a.Kind == mir.Copy || a.Kind == mir.Move) && through(&a.Place) {
				return true
			}
		}
	}
	return false
}

// reportNulls reports the uses without a test. An `unsafe` function has a
// contract with its callers: it is reported where the crate's others do not
// rely on theirs.
func (c *checker) reportNulls() {
	careful := c.tested >= 3 && c.tested >= 2*len(c.untested)
	for _, u := range c.untested {
		grade := finding.Likely
		var notes []string
		if !u.safe {
			if !careful {
				continue
			}
			grade = finding.Possible
			notes = append(notes, "the function is `unsafe`: its callers may have promised that the pointer is not null; others of this crate test theirs")
		}
		text := "is dereferenced"
		if u.by != "" {
			text = fmt.Sprintf("goes to `%s`", u.by)
		}
		c.Report(u.fn, finding.Finding{
			Title:   fmt.Sprintf("a pointer from C %s without a test for null", text),
			Grade:   grade,
			Primary: rule.At(u.fn, u.at.Block, u.at.Stmt),
			Label:   fmt.Sprintf("parameter %d of this exported function is used here; C may pass NULL", u.param+1),
			Notes:   notes,
			Fix:     &finding.Fix{Text: "test it first (`if p.is_null() { return .. }`, `p.as_ref()`), or take Option<&T> or Option<NonNull<T>>"},
		})
	}
}
