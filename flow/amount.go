package flow

import (
	"slices"
	"strings"

	"softshell/ir"
	"softshell/mir"
)

// CopyCall is a call that copies elements from one pointer to another.
type CopyCall struct {
	Call            *CallSite
	Src, Dst, Count *mir.Operand
}

// CopyNames are the last segments of the calls that Copies knows, for ir.Func.MayCallAny.
var CopyNames = ir.NewNames("copy", "copy_nonoverlapping", "copy_to", "copy_to_nonoverlapping", "copy_from", "copy_from_nonoverlapping")

// Copies lists the calls, and the statements that stand for one, that copy
// memory without a check of bounds.
func (v *View) Copies() []CopyCall {
	var out []CopyCall
	for _, c := range v.Calls() {
		if len(c.Args) != 3 {
			continue
		}
		switch {
		case c.Is("ptr::copy", "ptr::copy_nonoverlapping", "intrinsics::copy", "intrinsics::copy_nonoverlapping", "ptr::copy_to", "ptr::copy_to_nonoverlapping",
			"NonNull::copy_to", "NonNull::copy_to_nonoverlapping"):
			out = append(out, CopyCall{c, &c.Args[0], &c.Args[1], &c.Args[2]})
		case c.Is("ptr::copy_from", "ptr::copy_from_nonoverlapping", "NonNull::copy_from", "NonNull::copy_from_nonoverlapping"):
			out = append(out, CopyCall{c, &c.Args[1], &c.Args[0], &c.Args[2]})
		}
	}
	return out
}

// Amount is what an index or a length was computed of.
type Amount struct {
	// Params are the integer parameters that it was computed of, and the slices
	// and collections among the parameters whose length it was.
	Params []int32
	// Locals are the integer locals on the way.
	Locals []int32
	// Calls are the calls that returned a part of it, Lens those of them that asked
	// a slice or a collection of std for its length.
	Calls, Lens []int32
	// Masked is set when a remainder, a mask or the like bounds it.
	Masked bool
	// Unknown is set when a part of it comes from a variable that is assigned more than once.
	Unknown bool
}

// maxAmount bounds the assignments that Amount follows.
const maxAmount = 32

// Amount follows a number back through arithmetic.
func (v *View) Amount(op *mir.Operand) *Amount {
	a := &Amount{}
	v.amount(a, op, 0)
	return a
}

func (v *View) amount(a *Amount, op *mir.Operand, depth int) {
	if op.Kind == mir.Constant || op.Kind == mir.RuntimeChecks {
		return
	}
	p := &op.Place
	if len(p.Proj) > 0 && !(len(p.Proj) == 1 && p.Proj[0].Kind == mir.Field) {
		v.loaded(a, p, depth)
		return
	}
	if len(p.Proj) == 1 && v.IsParam(p.Local) {
		return
	}
	if v.IsParam(p.Local) {
		if isCount(v.b.localType(p.Local)) && !slices.Contains(a.Params, p.Local) {
			a.Params = append(a.Params, p.Local)
		}
		return
	}
	d, ok := v.b.singleDef(p.Local)
	if !ok || depth > maxAmount {
		a.Unknown = true
		return
	}
	if slices.Contains(a.Locals, p.Local) {
		return
	}
	a.Locals = append(a.Locals, p.Local)
	if d.stmt < 0 {
		v.amountCall(a, d.block, depth)
		return
	}
	rv := v.MIR.Blocks[d.block].Stmts[d.stmt].Rvalue
	if rv == nil {
		a.Unknown = true
		return
	}
	switch rv.Kind {
	case mir.Use, mir.Cast:
		v.amount(a, &rv.Args[0], depth+1)
	case mir.BinaryOp:
		switch {
		case strings.HasPrefix(rv.Op, "Add"), strings.HasPrefix(rv.Op, "Sub"), strings.HasPrefix(rv.Op, "Mul"), strings.HasPrefix(rv.Op, "Shl"), rv.Op == "Div", rv.Op == "BitOr":
			v.amount(a, &rv.Args[0], depth+1)
			v.amount(a, &rv.Args[1], depth+1)
		default:
			a.Masked = true
		}
	case mir.UnaryOp:
		if rv.Op == "PtrMetadata" {
			v.lengthOfParam(a, &rv.Args[0])
		} else {
			a.Masked = true
		}
	case mir.Adt: // the ends of a range
		if !isRange(rv.Path) {
			a.Unknown = true
			return
		}
		for i := range rv.Args {
			v.amount(a, &rv.Args[i], depth+1)
		}
	case mir.Len:
	default:
		a.Unknown = true
	}
}

// isRange reports the path of one of the range types, which end in a number.
func isRange(p *mir.Path) bool {
	switch ir.LastSeg(p) {
	case "Range", "RangeTo", "RangeFrom", "RangeInclusive", "RangeToInclusive":
		return true
	}
	return false
}

// loaded follows a number that lies in an Option, a Result or the like that a call returned.
func (v *View) loaded(a *Amount, p *mir.Place, depth int) {
	if p.Proj[0].Kind == mir.Deref || v.IsParam(p.Local) {
		return
	}
	if d, ok := v.b.singleDef(p.Local); ok && d.stmt < 0 && !slices.Contains(a.Locals, p.Local) {
		a.Locals = append(a.Locals, p.Local)
		v.amountCall(a, d.block, depth)
	}
}

// amountCall follows a call that returned a number, or what holds one.
func (v *View) amountCall(a *Amount, block int32, depth int) {
	c := v.Call(block)
	if c == nil {
		a.Unknown = true
		return
	}
	switch last := c.Last(); {
	case last == "len" && len(c.Args) == 1 && c.Is("slice::len", "str::len", "Vec::len", "String::len"):
		a.Lens = append(a.Lens, block)
		v.lengthOfParam(a, &c.Args[0])
	case len(c.Args) > 0 && (last == "branch" || last == "from" || last == "into" || last == "unwrap" || last == "expect" || last == "map_err" || last == "unwrap_or" || last == "into_future"):
		if p := &c.Args[0].Place; c.Args[0].Kind != mir.Constant && len(p.Proj) == 0 && !v.IsParam(p.Local) {
			v.amount(a, &c.Args[0], depth+1)
			return
		}
		v.amount(a, &c.Args[0], depth+1)
	case len(c.Args) == 2 && (last == "wrapping_add" || last == "wrapping_mul" || last == "unchecked_add" || last == "unchecked_mul" || last == "wrapping_sub"):
		v.amount(a, &c.Args[0], depth+1)
		v.amount(a, &c.Args[1], depth+1)
	case len(c.Args) == 2 && c.Is("RangeInclusive::new"):
		v.amount(a, &c.Args[0], depth+1)
		v.amount(a, &c.Args[1], depth+1)
	case last == "next" && len(c.Args) == 1 && v.endOfRange(&c.Args[0]) != nil:
		v.amount(a, v.endOfRange(&c.Args[0]), depth+1)
	case c.Is("mem::size_of", "mem::align_of", "mem::size_of_val"):
	default:
		a.Calls = append(a.Calls, block)
	}
}

// endOfRange is the end of the range that a for loop goes over, nil when its
// iterator is another one: what `next` gives is less than that.
func (v *View) endOfRange(iter *mir.Operand) *mir.Operand {
	r := v.Root(iter)
	if !r.Points || !r.Whole() || r.Local() < 0 {
		return nil
	}
	made, ok := v.b.singleDef(r.Local())
	for range 6 {
		if !ok {
			return nil
		}
		var from *mir.Operand
		if made.stmt < 0 {
			c := v.Call(made.block)
			if c == nil || c.Last() != "into_iter" || len(c.Args) != 1 {
				return nil
			}
			from = &c.Args[0]
		} else {
			rv := v.MIR.Blocks[made.block].Stmts[made.stmt].Rvalue
			if rv != nil && rv.Kind == mir.Adt && len(rv.Args) == 2 && isRange(rv.Path) {
				return &rv.Args[1]
			}
			if rv == nil || rv.Kind != mir.Use {
				return nil
			}
			from = &rv.Args[0]
		}
		if from.Kind == mir.Constant || len(from.Place.Proj) > 0 {
			return nil
		}
		made, ok = v.b.singleDef(from.Place.Local)
	}
	return nil
}

// lengthOfParam notes the parameter whose length a number is.
func (v *View) lengthOfParam(a *Amount, op *mir.Operand) {
	r := v.Root(op)
	if l := r.Local(); r.Made < 0 && l >= 0 && v.IsParam(l) && lengthIsFree(v.b.localType(l)) && !slices.Contains(a.Params, l) {
		a.Params = append(a.Params, l)
	}
}

// lengthIsFree reports whether a parameter's length is the caller's choice: a slice's is.
func lengthIsFree(t *mir.Type) bool {
	in := ir.Pointee(t)
	return in != nil && (in.Kind == mir.TypeSlice || in.Kind == mir.TypePrim && in.Name == "str")
}

// isCount reports whether a type is an integer that counts more than 256 things.
func isCount(t *mir.Type) bool {
	if t == nil || t.Kind != mir.TypePrim {
		return false
	}
	switch t.Name {
	case "usize", "isize", "u64", "i64", "u32", "i32", "u16", "i16":
		return true
	}
	return false
}

// Free reports whether nothing before a block looked at a local, or at what was
// computed of it: no branch, no check, and no call that might be one. ok lists
// calls that look at nothing.
func (v *View) Free(block, local int32, ok func(*CallSite) bool) bool {
	if v.Decided(block, local) {
		return false
	}
	return !slices.ContainsFunc(v.callsWith(local), func(b int32) bool {
		return b != block && v.Dominates(b, block) && !ok(v.Call(b))
	})
}

// callsWith lists the blocks whose call gets a local, or what was computed of it.
func (v *View) callsWith(local int32) []int32 {
	if out, ok := v.fed[local]; ok {
		return out
	}
	var out []int32
	for i := range v.MIR.Blocks {
		t := &v.MIR.Blocks[i].Term
		if t.IsCall() && slices.ContainsFunc(t.Args, func(a mir.Operand) bool { return v.Depends(&a, local) }) {
			out = append(out, int32(i))
		}
	}
	if v.fed == nil {
		v.fed = map[int32][]int32{}
	}
	v.fed[local] = out
	return out
}
