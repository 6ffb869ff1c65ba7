package outofbounds

import (
	"slices"
	"strings"

	"softshell/finding"
	"softshell/flow"

	"softshell/mir"
	"softshell/rule"
)

// copied judges a copy of elements from one pointer to another.
func (c *checker) copied(k *flow.CopyCall) {
	at := flow.Point{Block: k.Call.Block, Stmt: flow.Term}
	if c.grown(k, at) {
		return
	}
	for _, side := range []struct {
		op   *mir.Operand
		what string
	}{{k.Dst, "written"}, {k.Src, "read"}} {
		r := &reach{at: at, what: side.what, src: c.v.Source(side.op), owner: c.v.Root(side.op), index: "length"}
		r.amounts = append([]*mir.Operand{k.Count}, r.src.Offsets...)
		c.unchecked(r)
	}
}

// swapped: the capacity is given where the length belongs, and the length where
// the capacity does.
func (c *checker) swapped(a *flow.Access) {
	if a.Call == nil || len(a.Call.Args) != 3 || !a.Call.Is("Vec::from_raw_parts", "String::from_raw_parts") {
		return
	}
	n, room := c.v.Amount(&a.Call.Args[1]), c.v.Amount(&a.Call.Args[2])
	if len(n.Calls) != 1 || len(n.Lens) > 0 || len(room.Calls) > 0 || len(room.Lens) != 1 {
		return
	}
	capacity, length := c.v.Call(n.Calls[0]), c.v.Call(room.Lens[0])
	if !capacity.Is("Vec::capacity", "String::capacity") || c.v.Root(&capacity.Args[0]).Ref != c.v.Root(&length.Args[0]).Ref {
		return
	}
	c.report(a.At, finding.Likely, "the capacity is given as the length, and the length as the capacity", "the new owner takes memory for initialised that was never written",
		[]finding.Step{{Span: rule.At(c.f, capacity.Block, flow.Term), Text: "the capacity is asked for here"},
			{Span: rule.At(c.f, a.At.Block, a.At.Stmt), Text: "the second argument is the length, the third the capacity: the buffer is read beyond what was written, and freed with another size than it has"}},
		"give the length first: from_raw_parts(ptr, len, capacity)")
}

// grown: as many elements are copied as the new, larger block has, but they
// are read from the old one.
func (c *checker) grown(k *flow.CopyCall, at flow.Point) bool {
	src := c.v.Source(k.Src)
	if src.Moved || !raw(src.From) {
		return false
	}
	why, span := c.largerThanOld(k, &src)
	if why == "" {
		return false
	}
	c.report(at, finding.Likely, "as many elements are copied as the new block has, more than there are in the old one", "the copy reads beyond the end of the old block",
		[]finding.Step{{Span: span, Text: why}, {Span: rule.At(c.f, at.Block, flow.Term), Text: "the copy reads this many elements from the old block"}},
		"copy as many elements as the old block has")
	return true
}

// largerThanOld says why the count of a copy is more than its source has, ""
// when it need not be.
func (c *checker) largerThanOld(k *flow.CopyCall, src *flow.Source) (string, finding.Span) {
	count := c.v.Root(k.Count)
	if count.Const != nil || count.Local() < 0 {
		return "", finding.Span{}
	}
	// On this way the count is larger than another size, and both came with the pointer.
	if c.v.IsParam(src.Place.Local) && len(src.Place.Proj) == 0 && c.v.IsParam(count.Local()) && count.Whole() {
		for _, g := range c.v.Guards(k.Call.Block) {
			cmp, ok := c.v.Compares(g)
			if !ok {
				continue
			}
			x, y, op := cmp.X, cmp.Y, cmp.Op
			if c.v.Root(x).Ref != count.Ref {
				x, y, op = y, x, mirrored[op]
			}
			if c.v.Root(x).Ref == count.Ref && op == "Gt" && c.oldSize(y) {
				return "from here on the count is larger than the size of the old block", rule.At(c.f, g.Block, flow.Term)
			}
		}
	}
	// The count is a multiple of a field that stands beside the pointer. What
	// Root stops at is the pair of the product and whether it overflowed.
	d, ok := c.v.Def(count.Local())
	rv := c.v.Rvalue(count.Local())
	if ok && src.Loaded && rv != nil && rv.Kind == mir.BinaryOp && (strings.HasPrefix(rv.Op, "Mul") || strings.HasPrefix(rv.Op, "Shl")) &&
		c.beside(&rv.Args[0], src) && atLeast(&rv.Args[1], rv.Op) {
		return "the new size is a multiple of the old one", rule.At(c.f, d.Block, d.Stmt)
	}
	return "", finding.Span{}
}

// oldSize reports whether a number is the size of a Layout that came as a
// parameter, or a parameter itself.
func (c *checker) oldSize(op *mir.Operand) bool {
	r := c.v.Root(op)
	if r.Made < 0 {
		return r.Local() >= 0 && c.v.IsParam(r.Local()) && r.Whole()
	}
	call := c.v.Call(r.Made)
	return call != nil && len(call.Args) == 1 && call.Is("Layout::size") && c.v.IsParam(c.v.Root(&call.Args[0]).Local())
}

// beside reports whether a number was loaded from a field of the value that holds the pointer too.
func (c *checker) beside(op *mir.Operand, src *flow.Source) bool {
	r := c.v.Root(op)
	return r.Local() >= 0 && r.Local() == src.Place.Local && !r.Whole() && r.Made < 0
}

// atLeast reports whether a factor is a constant that makes more of a number.
func atLeast(op *mir.Operand, operator string) bool {
	if op.Kind != mir.Constant || op.Const == nil || op.Const.Kind != mir.ConstInt {
		return false
	}
	return op.Const.Int >= 2 || op.Const.Int == 1 && strings.HasPrefix(operator, "Shl")
}

// lengths judges calls of set_len: what they set, and a reserve behind one that
// made the length smaller than what is in use.
func (c *checker) lengths() {
	for _, call := range c.v.Calls() {
		if call.Last() != "set_len" || len(call.Args) != 2 {
			continue
		}
		at := flow.Point{Block: call.Block, Stmt: flow.Term}
		if n := &call.Args[1]; n.Kind == mir.Constant {
			if n.Const != nil && n.Const.Kind == mir.ConstInt && n.Const.Int == 0 {
				c.reserved(call)
			}
			continue
		}
		if !call.Is("Vec::set_len", "String::set_len", "VecDeque::set_len") {
			continue
		}
		r := &reach{at: at, what: "taken to be initialised", src: c.v.Source(&call.Args[0]), owner: c.v.Root(&call.Args[0]), index: "length", amounts: []*mir.Operand{&call.Args[1]}}
		c.unchecked(r)
	}
}

// reserved: reserve makes room behind the length, which was set to 0 although
// elements are there; what is then written behind them has no room.
func (c *checker) reserved(set *flow.CallSite) {
	owner := c.v.Root(&set.Args[0])
	if owner.Local() < 0 {
		return
	}
	sets := func(call *flow.CallSite) bool {
		return call.Last() == "set_len" && len(call.Args) == 2 && c.v.Root(&call.Args[0]).Ref == owner.Ref
	}
	c.v.WalkReturn(set.Block, func(at flow.Point, unwound bool) bool {
		if unwound {
			return false
		}
		if at.Stmt != flow.Term {
			return true
		}
		call := c.v.Call(at.Block)
		switch {
		case call == nil:
			return true
		case sets(call):
			return false
		case call.Last() != "reserve" && call.Last() != "reserve_exact" || len(call.Args) != 2 || c.v.Root(&call.Args[0]).Ref != owner.Ref:
			return true
		}
		if w := c.writeAfter(call.Block, owner, sets); w >= 0 {
			c.report(flow.Point{Block: call.Block, Stmt: flow.Term}, finding.Likely, "room is reserved behind a length that was set to 0, not behind the elements",
				"this makes no room: the length says that nothing is there",
				[]finding.Step{{Span: rule.At(c.f, set.Block, flow.Term), Text: "the length is set to 0 while the elements stay"},
					{Span: rule.At(c.f, call.Block, flow.Term), Text: "reserve counts from that length, so that the old capacity is enough for it"},
					{Span: rule.At(c.f, w, flow.Term), Text: "here elements are moved or written behind those that are there, beyond the end of the block"}},
				"reserve before the length is set to 0, or set the length first")
		}
		return false
	})
}

// writeAfter is a raw write or copy that can follow a call before the length is set again, -1 for none.
func (c *checker) writeAfter(block int32, owner flow.Root, sets func(*flow.CallSite) bool) int32 {
	found := int32(-1)
	c.v.WalkReturn(block, func(at flow.Point, unwound bool) bool {
		if unwound || found >= 0 {
			return false
		}
		if at.Stmt != flow.Term {
			return true
		}
		call := c.v.Call(at.Block)
		if call == nil {
			return true
		}
		if sets(call) {
			return false
		}
		if call.Is("ptr::copy", "ptr::copy_nonoverlapping", "ptr::write", "intrinsics::copy", "intrinsics::copy_nonoverlapping") {
			found = at.Block
		}
		return true
	})
	return found
}

// hinted: a loop writes as many elements as an iterator of the caller's choice
// gives, into room for as many as it said.
func (c *checker) hinted() {
	for _, a := range c.v.Accesses() {
		if a.Kind != flow.Writes || c.v.Loop(a.At.Block) == 0 {
			continue
		}
		src := c.v.Source(a.Ptr)
		if !slices.ContainsFunc(src.Offsets, func(op *mir.Operand) bool { return op.Kind != mir.Constant }) {
			continue
		}
		next, hint := c.userNext(a.At.Block), c.userHint(a.At.Block)
		if next == nil || hint == nil || !c.v.Dominates(next.Block, a.At.Block) || c.bounded(next.Block, hint.Block, &a) {
			continue
		}
		d, known := c.p.Declared(c.f)
		if !known || d.Unsafe || trusted(&d, next.Path.Self) {
			return
		}
		c.report(a.At, finding.Likely, "as many elements are written as an iterator gives, into room for as many as it promised",
			"an iterator that gives more writes beyond the end",
			[]finding.Step{{Span: rule.At(c.f, hint.Block, flow.Term), Text: "an iterator may promise any number: the trait is safe to implement"},
				{Span: rule.At(c.f, next.Block, flow.Term), Text: "the loop ends when the iterator does, not when the room is used up"},
				{Span: rule.At(c.f, a.At.Block, a.At.Stmt), Text: "the element is written without a check of bounds"}},
			"stop at the number that was reserved, or compare with the capacity in the loop; push checks by itself")
		return
	}
}

// userNext is a call of next of an iterator of the caller's choice in the loop of a block.
func (c *checker) userNext(block int32) *flow.CallSite {
	for _, call := range c.v.Calls() {
		if call.Last() == "next" && c.v.Loop(call.Block) == c.v.Loop(block) && c.v.UserCode(call.Block) {
			return call
		}
	}
	return nil
}

// userHint is the call before a block that asks such an iterator how many elements it has.
func (c *checker) userHint(block int32) *flow.CallSite {
	for _, call := range c.v.Calls() {
		if (call.Last() == "size_hint" || call.Last() == "len") && call.Path != nil && call.Path.Trait != nil && c.v.UserCode(call.Block) && c.v.Dominates(call.Block, block) {
			return call
		}
	}
	return nil
}

// bounded reports whether a branch in the loop, other than that on what next
// returned, looks at the index of a write or at anything that counts with it.
// A comparison with the hint itself is none when nothing made room for it.
func (c *checker) bounded(next, hint int32, a *flow.Access) bool {
	loop := c.v.Loop(a.At.Block)
	ret := c.v.Call(next).Dest.Local
	for i := range c.v.MIR.Blocks {
		t := &c.v.MIR.Blocks[i].Term
		if t.Kind != mir.SwitchInt || c.v.Loop(int32(i)) != loop || !c.v.Reached(int32(i)) {
			continue
		}
		if !c.v.Depends(&t.Cond, ret) && !c.onlyHinted(int32(i), hint) {
			return true
		}
	}
	return false
}

// onlyHinted reports whether a branch compares with the number that the hint
// gave, and that number goes nowhere else: nothing was reserved for it.
func (c *checker) onlyHinted(block, hint int32) bool {
	cmp, ok := c.v.Compares(flow.Guard{Block: block, Case: 0})
	if !ok {
		return false
	}
	for _, op := range []*mir.Operand{cmp.X, cmp.Y} {
		a := c.v.Amount(op)
		if len(a.Calls) != 1 || a.Calls[0] != hint || a.Unknown || a.Masked {
			continue
		}
		for _, l := range a.Locals {
			if t := c.v.MIR.Locals[l].Type; t != nil && t.Kind == mir.TypePrim && c.usedElsewhere(l, block) {
				return false
			}
		}
		return true
	}
	return false
}

// usedElsewhere reports whether a call or another branch gets a number.
func (c *checker) usedElsewhere(local, block int32) bool {
	for i := range c.v.MIR.Blocks {
		t := &c.v.MIR.Blocks[i].Term
		if t.Kind == mir.SwitchInt && int32(i) != block && c.v.Reached(int32(i)) && c.v.Depends(&t.Cond, local) {
			return true
		}
		if t.Kind != mir.Call {
			continue
		}
		for k := range t.Args {
			if c.v.Depends(&t.Args[k], local) {
				return true
			}
		}
	}
	return false
}

// trusted reports whether a bound of an iterator's type promises that its length is right.
func trusted(d *rule.Declared, iter *mir.Type) bool {
	if iter == nil {
		return true
	}
	for param, bs := range d.Bounds {
		if iter.Text != param && !strings.HasPrefix(iter.Text, "<"+param+" as ") {
			continue
		}
		if slices.ContainsFunc(bs, func(b rule.Bound) bool { return b.Unsafe || strings.HasSuffix(b.Path, "::TrustedLen") }) {
			return true
		}
	}
	return false
}
