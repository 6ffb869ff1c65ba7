// Package outofbounds finds accesses to memory whose index or length nothing
// has compared with what is there.
package outofbounds

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

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
		ID:       "out-of-bounds",
		Title:    "memory beyond the end is accessed",
		CWE:      []int{787, 125},
		Severity: finding.Error,
		Default:  true,
		Doc:      doc,
	},
	Run: run,
}

func run(p *rule.Pass) error {
	var leads []*lead
	for _, f := range p.Funcs() {
		if !f.Raw && !f.MayCall("get_unchecked", "get_unchecked_mut", "set_len") {
			continue
		}
		c := &checker{p: p, f: f, v: p.Engine.View(f), told: map[finding.Span]bool{}}
		for _, a := range c.v.Accesses() {
			c.access(&a)
		}
		if f.MayCallAny(flow.CopyNames) {
			for _, k := range c.v.Copies() {
				c.copied(&k)
			}
		}
		if f.MayCall("set_len") {
			c.lengths()
		}
		if f.MayCall("size_hint", "len") && f.MayCall("next") {
			c.hinted()
		}
		leads = append(leads, c.leads...)
	}
	callers(p, leads)
	return nil
}

// checker looks at one function.
type checker struct {
	p *rule.Pass
	f *ir.Func
	v *flow.View

	told  map[finding.Span]bool
	leads []*lead
}

// reach is an access at some distance from where a pointer starts.
type reach struct {
	at      flow.Point
	what    string // "read", "written" ...
	amounts []*mir.Operand
	src     flow.Source
	owner   flow.Root
	single  bool // one element is accessed, not as many as an amount says
	elem    *mir.Type
	index   string // "index", "length"
}

// access judges one access through a pointer, or without a check.
func (c *checker) access(a *flow.Access) {
	r := &reach{at: a.At, what: verbs[a.Kind], src: c.v.Source(a.Ptr), single: a.Count == nil, elem: a.Type, index: "index"}
	if a.Kind == flow.Takes {
		c.swapped(a)
		return
	}
	r.amounts = slices.Clone(r.src.Offsets)
	if a.Index != nil {
		r.amounts = append(r.amounts, a.Index)
	}
	if a.Count != nil {
		r.amounts, r.index = append(r.amounts, a.Count), "length"
	}
	if len(r.amounts) == 0 {
		c.wider(a, &r.src)
		return
	}
	if c.fromCaller(r) {
		return
	}
	r.owner = c.v.Root(a.Ptr)
	if a.Kind != flow.Writes && c.wrongBound(r) {
		return
	}
	c.unchecked(r)
}

// wider: a value is taken from the start of a slice of smaller ones, and nothing
// asked how many there are.
func (c *checker) wider(a *flow.Access, src *flow.Source) {
	local := src.Place.Local
	if len(src.Casts) == 0 || src.Moved || local < 0 || !c.v.IsParam(local) || len(src.Place.Proj) > 0 || src.Type == nil || src.Type.Kind != mir.TypePrim || a.Type == nil {
		return
	}
	if in := ir.Pointee(src.From); in == nil || in.Kind != mir.TypeSlice || c.fat(src) || c.narrow(src.Type, a.Type) || !c.v.Free(a.At.Block, local, plain) {
		return
	}
	if d, known := c.p.Declared(c.f); !known || d.Unsafe || !d.Public {
		return
	}
	c.report(a.At, finding.Likely, fmt.Sprintf("a `%s` is taken from a slice of `%s` that may be too short", a.Type.Text, src.Type.Text), "a short slice makes this go beyond its end",
		[]finding.Step{{Span: rule.Head(c.f), Text: "safe code may call this function with an empty slice"},
			{Span: rule.At(c.f, a.At.Block, a.At.Stmt), Text: fmt.Sprintf("here size_of::<%s>() bytes are %s; no branch on the way has looked at the slice", a.Type.Text, verbs[a.Kind])}},
		"compare the length of the slice with the size of the type first")
}

// fat reports whether the pointer was cast with its length, as to a type that
// wraps a slice.
func (c *checker) fat(src *flow.Source) bool {
	at := src.Casts[len(src.Casts)-1]
	if at.Stmt == flow.Term {
		return false
	}
	rv := c.v.MIR.Blocks[at.Block].Stmts[at.Stmt].Rvalue
	in := ir.Pointee(c.v.TypeOf(&rv.Args[0]))
	return in == nil || in.Kind == mir.TypeSlice
}

// narrow reports whether the type that is accessed may be no larger than what the slice holds.
func (c *checker) narrow(have, want *mir.Type) bool {
	if want.Kind == mir.TypePrim {
		return bytes[want.Name] <= bytes[have.Name]
	}
	return want.Kind != mir.TypePath || have.Name != "u8" && have.Name != "i8" || uninit(want)
}

var bytes = map[string]int{"bool": 1, "u8": 1, "i8": 1, "u16": 2, "i16": 2, "u32": 4, "i32": 4, "f32": 4, "char": 4, "u64": 8, "i64": 8, "f64": 8, "usize": 8, "isize": 8,
	"u128": 16, "i128": 16}

var verbs = map[flow.AccessKind]string{flow.Reads: "read", flow.Writes: "written", flow.Borrows: "borrowed", flow.Mutates: "borrowed as mutable"}

// wrongBound: the index was compared, but with the capacity of a Vec, or with
// its length in a way that lets the length itself pass.
func (c *checker) wrongBound(r *reach) bool {
	if !r.single || len(r.amounts) != 1 || uninit(r.elem) {
		return false
	}
	if t := c.v.TypeOf(r.amounts[0]); t == nil || t.Kind != mir.TypePrim {
		return false // a range, which ends where the length says
	}
	want := c.v.Root(r.amounts[0])
	if want.Const != nil || want.Local() < 0 {
		return false
	}
	var capacity, past *flow.Guard
	for _, g := range c.v.Guards(r.at.Block) {
		cmp, ok := c.v.Compares(g)
		if !ok {
			continue
		}
		x, y, op := cmp.X, cmp.Y, cmp.Op
		if c.v.Root(x).Ref != want.Ref {
			x, y, op = y, x, mirrored[op]
		}
		if c.v.Root(x).Ref != want.Ref || op == "" {
			continue
		}
		bound := c.boundOf(y, r)
		switch {
		case bound == "len" && (op == "Lt" || op == "Ne"), bound == "" && op != "Eq" && op != "Ge" && op != "Gt":
			return false // another comparison, which may well be the right one
		case bound == "capacity" && (op == "Lt" || op == "Le"):
			capacity = &g
		case bound == "len" && op == "Le":
			past = &g
		}
	}
	switch {
	case capacity != nil:
		c.report(r.at, finding.Likely, "the index is compared with the capacity, but only the length is initialised",
			"an element between length and capacity is "+r.what+" here",
			[]finding.Step{{Span: rule.At(c.f, capacity.Block, flow.Term), Text: "here the index is compared with `capacity()`"},
				{Span: rule.At(c.f, r.at.Block, r.at.Stmt), Text: "behind the last element the memory was never written, or holds what was removed"}},
			"compare with `len()`")
	case past != nil:
		c.report(r.at, finding.Likely, "the index may be the length itself, one past the last element",
			"the element behind the last one is "+r.what+" here",
			[]finding.Step{{Span: rule.At(c.f, past.Block, flow.Term), Text: "this comparison lets an index pass that equals the length"},
				{Span: rule.At(c.f, r.at.Block, r.at.Stmt), Text: "here that element is " + r.what}},
			"compare with `<`, not with `<=`")
	default:
		return false
	}
	return true
}

var mirrored = map[string]string{"Lt": "Gt", "Gt": "Lt", "Le": "Ge", "Ge": "Le", "Eq": "Eq", "Ne": "Ne"}

func uninit(t *mir.Type) bool {
	return t != nil && t.Kind == mir.TypePath && ir.LastSeg(t.Path) == "MaybeUninit"
}

// boundOf says what of the accessed collection a number is: "len", "capacity", "" for neither.
func (c *checker) boundOf(op *mir.Operand, r *reach) string {
	y := c.v.Root(op)
	if y.Made < 0 {
		return ""
	}
	call := c.v.Call(y.Made)
	if call == nil || len(call.Args) != 1 || c.v.Root(&call.Args[0]).Ref != r.owner.Ref {
		return ""
	}
	switch {
	case call.Is("Vec::capacity", "String::capacity", "VecDeque::capacity"):
		return "capacity"
	case call.Is("Vec::len", "slice::len", "str::len", "String::len"):
		return "len"
	}
	return ""
}

// unchecked: the index or the length is what the caller of a safe function
// gave, and nothing looked at it.
func (c *checker) unchecked(r *reach) {
	for _, op := range r.amounts {
		a := c.v.Amount(op)
		if a.Masked || a.Unknown {
			return
		}
		if c.answered(r, op, a) {
			return
		}
		if len(a.Calls) > 0 || len(a.Params) == 0 {
			continue
		}
		param := c.free(r, a)
		if param < 0 || !c.mine(r, param) {
			continue
		}
		d, known := c.p.Declared(c.f)
		if known && (d.Unsafe || !d.Public) {
			c.leads = append(c.leads, &lead{f: c.f, param: param, owner: r.owner.Local(), index: r.index, what: r.what, depth: 1})
		}
		if !known || d.Unsafe || !d.Public {
			return
		}
		c.report(r.at, finding.Likely, fmt.Sprintf("the %s is the caller's, and nothing compares it with what is there", r.index),
			"beyond the end memory is "+r.what+" that belongs to something else",
			[]finding.Step{{Span: rule.Head(c.f), Text: "safe code may call this function with any value"},
				{Span: rule.At(c.f, r.at.Block, r.at.Stmt), Text: "no branch on the way here has looked at the value; without a check the memory is " + r.what}},
			"check the value first (`get`, `assert!(i < len)`), or make the function unsafe and say what it asks for")
		return
	}
}

// free returns a parameter at which nothing looked on the way, -1 when one of
// them was looked at.
func (c *checker) free(r *reach, a *flow.Amount) int32 {
	for _, p := range a.Params {
		if !c.v.Free(r.at.Block, p, plain) {
			return -1
		}
	}
	return a.Params[0]
}

// plain reports whether a call computes or hands out a pointer, and checks nothing.
func plain(c *flow.CallSite) bool {
	switch c.Last() {
	case "add", "sub", "offset", "wrapping_add", "wrapping_sub", "wrapping_mul", "wrapping_offset", "unchecked_add", "unchecked_mul", "byte_add", "cast", "cast_mut", "cast_const",
		"as_ptr", "as_mut_ptr", "len", "from", "into", "clone", "get_unchecked", "get_unchecked_mut", "deref", "deref_mut", "size_of", "as_ref", "as_mut",
		"write", "read", "from_raw_parts", "from_raw_parts_mut", "copy", "copy_nonoverlapping", "is_empty", "iter", "fmt", "as_bytes", "into_iter", "next":
		return c.Target == nil
	}
	// Arithmetic of a trait on raw pointers.
	return c.Path != nil && c.Path.Self != nil && c.Path.Self.Kind == mir.TypeRawPtr
}

// mine reports whether the memory is the function's to look after: not that of
// the value whose length the amount is, nor what a raw pointer parameter points at.
func (c *checker) mine(r *reach, param int32) bool {
	src := &r.src
	if src.Made != nil {
		// A method such as as_mut_ptr of a parameter, self for one.
		if !strings.Contains(src.Made.Last(), "ptr") && !src.Cell || len(src.Made.Args) != 1 {
			return false
		}
		of := c.v.Root(&src.Made.Args[0])
		return of.Made < 0 && of.Local() >= 0 && of.Local() != param && c.v.IsParam(of.Local())
	}
	if src.Place.Local == param || src.Place.Local < 0 {
		return false
	}
	if c.v.IsParam(src.Place.Local) && len(src.Place.Proj) == 0 && raw(src.From) {
		return false // a pointer from outside has its length beside it
	}
	root := r.owner
	return root.Made < 0 && root.Local() >= 0 && root.Local() != param && c.v.IsParam(root.Local())
}

func raw(t *mir.Type) bool {
	return t == nil || t.Kind == mir.TypeRawPtr || t.Kind == mir.TypePath && ir.LastSeg(t.Path) == "NonNull"
}

// answered: the amount is what code of the caller's choice returned, a
// Read::read for one, and nothing looked at it.
func (c *checker) answered(r *reach, op *mir.Operand, a *flow.Amount) bool {
	if len(a.Calls) != 1 {
		return false
	}
	call := c.v.Call(a.Calls[0])
	if call == nil || call.Path == nil || call.Path.Trait == nil || !c.v.UserCode(call.Block) {
		return false
	}
	switch ir.LastSeg(call.Path.Trait) + "::" + call.Last() {
	case "Read::read", "AsyncRead::read", "ExactSizeIterator::len", "Iterator::size_hint", "Read::read_vectored", "Buf::remaining", "BufMut::remaining_mut":
	default:
		return false
	}
	for _, l := range a.Locals {
		if t := c.v.MIR.Locals[l].Type; t != nil && t.Kind == mir.TypePrim && c.v.Decided(r.at.Block, l) {
			return false
		}
	}
	if d, known := c.p.Declared(c.f); known && d.Unsafe {
		return false
	}
	c.report(r.at, finding.Likely, fmt.Sprintf("the %s is what `%s` returned, which may be any number", r.index, ir.LastSeg(call.Path.Trait)+"::"+call.Last()),
		"beyond the end memory is "+r.what+" that belongs to something else",
		[]finding.Step{{Span: rule.At(c.f, call.Block, flow.Term), Text: "this trait is safe to implement: an implementation may return too much without a line of unsafe code"},
			{Span: rule.At(c.f, r.at.Block, r.at.Stmt), Text: "the number is used here, and nothing has compared it with what is there"}},
		"compare the number with the length of the buffer, and panic or return an error when it is larger")
	return true
}

// report emits a finding once for a place in the source.
func (c *checker) report(at flow.Point, grade finding.Grade, title, label string, steps []finding.Step, fix string) {
	span := rule.At(c.f, at.Block, at.Stmt)
	if c.told[span] && !span.IsZero() {
		return
	}
	c.told[span] = true
	c.p.Report(c.f, finding.Finding{Title: title, Grade: grade, Primary: span, Label: label, Trace: slices.DeleteFunc(steps, func(s finding.Step) bool { return s.Span.IsZero() }), Fix: &finding.Fix{Text: fix}})
}
