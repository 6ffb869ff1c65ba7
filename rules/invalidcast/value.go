package invalidcast

import (
	"fmt"
	"strings"

	"softshell/finding"
	"softshell/flow"
	"softshell/ir"
	"softshell/mir"
)

// casts looks at transmutes, and at casts of pointers to types of std.
func (c *checker) casts() {
	for i := range c.v.MIR.Blocks {
		if !c.v.Reached(int32(i)) || c.v.MIR.Blocks[i].Cleanup {
			continue
		}
		for j := range c.v.MIR.Blocks[i].Stmts {
			s := &c.v.MIR.Blocks[i].Stmts[j]
			if s.Kind != mir.Assign || s.Rvalue == nil || s.Rvalue.Kind != mir.Cast {
				continue
			}
			at, op, to := flow.Point{Block: int32(i), Stmt: int32(j)}, &s.Rvalue.Args[0], s.Rvalue.Type
			from := c.v.TypeOf(op)
			switch s.Rvalue.Op {
			case "PtrToPtr":
				if from != nil && to != nil && from.Kind == mir.TypeRawPtr && to.Kind == mir.TypeRawPtr {
					c.stdCast(at, from.Args[0], to.Args[0])
				}
			case "Transmute":
				c.transmute(at, op, from, to)
			}
		}
	}
}

// transmute judges a transmute by its two types.
func (c *checker) transmute(at flow.Point, op *mir.Operand, from, to *mir.Type) {
	if from == nil || to == nil || same(from, to) {
		return
	}
	switch {
	case from.Kind == mir.TypeRef && to.Kind == mir.TypeRef:
		c.transmuteRef(at, op, from, to)
	case isVec(from) && isVec(to):
		c.transmuteVec(at, ir.TypeArg(from, 0), ir.TypeArg(to, 0))
	case from.Kind == mir.TypePrim:
		c.valueOf(at, op, from, to)
	default:
		if param(c.v, from) == "" && param(c.v, to) == "" {
			if !c.stdCast(at, from, to) {
				c.otherLayout(&cast{at: at, from: from, to: to})
			}
		}
	}
}

func isVec(t *mir.Type) bool {
	return t.Kind == mir.TypePath && ir.LastSeg(t.Path) == "Vec" && ir.TypeArg(t, 0) != nil
}

func (c *checker) transmuteRef(at flow.Point, op *mir.Operand, from, to *mir.Type) {
	src := c.v.Source(op)
	if to.Mut && !from.Mut {
		if grade, ok := c.plain(); ok && !hasCell(from.Args[0]) {
			c.report(at, grade, fmt.Sprintf("a shared reference to `%s` becomes a mutable one", name(from.Args[0])),
				"others may hold the same reference and read meanwhile", "a transmute makes a mutable reference out of a shared one", nil,
				"take &mut, or keep the value in an UnsafeCell (Cell, RefCell, Mutex, an atomic)")
		}
		return
	}
	a, b := flow.Elem(from.Args[0]), flow.Elem(to.Args[0])
	if same(a, b) || a == nil || b == nil || isByte(a) && isByte(b) {
		return
	}
	kind := flow.Borrows
	if to.Mut {
		kind = flow.Mutates
	}
	src.Type, src.From = a, from
	c.reinterpret(&cast{at: at, from: a, to: b, src: src, kind: kind, slice: to.Args[0].Kind == mir.TypeSlice})
}

// transmuteVec: the compiler may lay out two Vecs in two ways, and their
// buffers are freed with the layout of the element.
func (c *checker) transmuteVec(at flow.Point, from, to *mir.Type) {
	if same(from, to) || opaque(from) || opaque(to) {
		return
	}
	grade := finding.Possible
	fs, fa, ok1 := layout(from)
	ts, ta, ok2 := layout(to)
	if ok1 && ok2 && (fs != ts || fa != ta) {
		grade = finding.Likely
	}
	for _, t := range []*mir.Type{from, to} {
		p := param(c.v, t)
		if p == "" {
			continue
		}
		g, ok := c.generic(p)
		if !ok {
			return
		}
		grade = max(grade, g)
	}
	if _, ok := c.plain(); !ok {
		return
	}
	c.report(at, grade, fmt.Sprintf("a `Vec<%s>` becomes a `Vec<%s>`", name(from), name(to)), "two Vecs of two types need not have one layout",
		"the parts of the Vec may lie in another order, and its buffer is freed with the layout of the new element", nil,
		"collect into a new Vec, or take the Vec apart and use Vec::from_raw_parts when size and alignment of the elements are the same")
}

// valueOf: a number is taken for a type that has fewer values.
func (c *checker) valueOf(at flow.Point, op *mir.Operand, from, to *mir.Type) {
	what := ""
	switch {
	case to.Kind == mir.TypePrim && (to.Name == "bool" || to.Name == "char"):
		what = "a " + to.Name
	case to.Kind == mir.TypePath && c.p.Types != nil && c.unchecked(at.Block, op):
		if a := c.p.Types.ADT(c.f.Crate, to); a != nil && a.Kind == "enum" {
			what = "a variant of `" + ir.LastSeg(to.Path) + "`"
		}
	}
	if what != "" {
		c.value(at, op, name(from), what)
	}
}

// value reports a value that was not tested, if it is the caller's.
func (c *checker) value(at flow.Point, op *mir.Operand, from, what string) {
	if !c.unchecked(at.Block, op) {
		return
	}
	d, known := c.p.Declared(c.f)
	if !known || d.Unsafe || strings.Contains(c.f.Name, "{closure") {
		return
	}
	grade := finding.Likely
	if !d.Public {
		grade = finding.Possible
	}
	c.report(at, grade, fmt.Sprintf("any `%s` is taken for %s", from, what), "the caller chooses the value, and nothing tests it",
		"not every "+from+" is "+what+"; one that is not makes the program's behaviour undefined", nil,
		"match on the value and return an error for the rest (TryFrom), or make the function unsafe")
}

// unchecked reports whether a value is a parameter, or an element of one, and
// no branch on the way looked at it.
func (c *checker) unchecked(block int32, op *mir.Operand) bool {
	r := c.v.Root(op)
	if r.Const != nil || r.Made >= 0 || len(r.Via) > 0 || !c.v.IsParam(r.Local()) || !r.Whole() {
		return false
	}
	return !c.v.Decided(block, r.Local())
}

// calls looks at the functions of std that take a value's word for what it is.
func (c *checker) calls() {
	if !c.f.MayCall("transmute_copy", "from_utf8_unchecked", "from_u32_unchecked") {
		return
	}
	for _, call := range c.v.Calls() {
		at := flow.Point{Block: call.Block, Stmt: flow.Term}
		switch {
		case len(call.Args) == 0:
		case call.Is("char::from_u32_unchecked", "from_u32_unchecked"):
			c.value(at, &call.Args[0], "u32", "a char")
		case call.Is("str::from_utf8_unchecked", "String::from_utf8_unchecked", "str::from_utf8_unchecked_mut"):
			c.value(at, &call.Args[0], "bytes", "UTF-8")
		case call.Is("mem::transmute_copy"):
			from, to := ir.Pointee(c.v.TypeOf(&call.Args[0])), c.v.PlaceType(call.Dest)
			p, q := param(c.v, from), param(c.v, to)
			if p == "" || q == "" || same(from, to) {
				continue
			}
			src := c.v.Source(&call.Args[0])
			c.anyFrom(&cast{at: at, from: from, to: to, src: src, kind: flow.Reads, unaligned: true}, p, q)
		}
	}
}
