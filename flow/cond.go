package flow

import (
	"fmt"
	"slices"

	"softshell/ir"
	"softshell/mir"
)

// condKind says what a switch decides on.
type condKind uint8

const (
	condOpaque condKind = iota // some value: only equal to itself
	condConst                  // a constant
	condFlag                   // a bool local whose constants are tracked
	condDiscr                  // the discriminant of a place
	condNull                   // whether a pointer is null; true is 1
	condHas                    // whether an Option is Some or a Result is Ok; true is 1
)

// cond is the value that a switch reads.
type cond struct {
	kind   condKind
	negate bool
	local  int32     // condFlag
	at     loc       // condDiscr, condNull, condHas
	typ    *mir.Type // condDiscr: the enum; condHas: Option or Result
	value  int64     // condConst
	key    string    // equal keys mean equal values within a body; "" for a value that cannot be named
}

// maxFlags bounds the tracked flags of a body; more would multiply the states.
const maxFlags = 16

// findFlags picks the bool locals that are assigned a constant somewhere and
// are read by a switch: drop flags above all.
func (b *body) findFlags() {
	for i := range b.mir.Blocks {
		t := &b.mir.Blocks[i].Term
		if t.Kind != mir.SwitchInt || t.Cond.Kind == mir.Constant {
			continue
		}
		root, ok := b.boolRoot(&t.Cond.Place, 0)
		if ok && b.hasConstDef(root) && !slices.Contains(b.flags, root) && len(b.flags) < maxFlags {
			b.flags = append(b.flags, root)
		}
	}
	slices.Sort(b.flags)
}

// boolRoot follows copies and negations of a bool back to the local they start from.
func (b *body) boolRoot(p *mir.Place, depth int) (int32, bool) {
	if len(p.Proj) > 0 || depth > 4 {
		return 0, false
	}
	t := b.localType(p.Local)
	if t == nil || t.Kind != mir.TypePrim || t.Name != "bool" {
		return 0, false
	}
	d, ok := b.singleDef(p.Local)
	if !ok || d.stmt < 0 {
		return p.Local, true
	}
	rv := b.mir.Blocks[d.block].Stmts[d.stmt].Rvalue
	if rv != nil && (rv.Kind == mir.Use || rv.Kind == mir.UnaryOp && rv.Op == "Not") && rv.Args[0].Kind != mir.Constant {
		return b.boolRoot(&rv.Args[0].Place, depth+1)
	}
	return p.Local, true
}

func (b *body) hasConstDef(local int32) bool {
	if int(local) >= len(b.defs) {
		return false
	}
	for _, d := range b.defs[local] {
		if d.stmt < 0 {
			continue
		}
		rv := b.mir.Blocks[d.block].Stmts[d.stmt].Rvalue
		if rv != nil && rv.Kind == mir.Use && rv.Args[0].Kind == mir.Constant {
			return true
		}
	}
	return false
}

// condition reads an operand back to what it says.
func (e *Engine) condition(b *body, op *mir.Operand, depth int) cond {
	if op.Kind == mir.Constant || op.Const != nil {
		if op.Const != nil && (op.Const.Kind == mir.ConstBool || op.Const.Kind == mir.ConstInt && !op.Const.Big) {
			return cond{kind: condConst, value: op.Const.Int, key: "c" + op.Const.Text}
		}
		if op.Const != nil {
			return cond{key: "c" + op.Const.Text}
		}
		return cond{}
	}
	if depth > 8 {
		return cond{}
	}
	if len(op.Place.Proj) > 0 {
		return cond{key: e.memoryKey(b, &op.Place)}
	}
	local := op.Place.Local
	if _, found := slices.BinarySearch(b.flags, local); found {
		return cond{kind: condFlag, local: local}
	}
	d, ok := b.singleDef(local)
	if !ok {
		if b.isParam(local) && len(b.defs[local]) == 0 {
			return cond{key: fmt.Sprintf("p%d", local)}
		}
		return cond{}
	}
	if d.stmt < 0 {
		return e.callCond(b, d.block, local)
	}
	rv := b.mir.Blocks[d.block].Stmts[d.stmt].Rvalue
	if rv == nil {
		return cond{}
	}
	return e.rvalueCond(b, rv, local, depth)
}

func (e *Engine) rvalueCond(b *body, rv *mir.Rvalue, local int32, depth int) cond {
	self := cond{key: fmt.Sprintf("v%d", local)}
	switch rv.Kind {
	case mir.Use:
		c := e.condition(b, &rv.Args[0], depth+1)
		if c.kind == condOpaque && c.key == "" {
			return self
		}
		return c
	case mir.Cast:
		if rv.Op == "IntToInt" || rv.Op == "PtrToPtr" {
			if c := e.condition(b, &rv.Args[0], depth+1); c.key != "" {
				c.key += " as " + rv.Type.Text
				c.kind = condOpaque
				return c
			}
		}
	case mir.UnaryOp:
		if rv.Op == "Not" {
			c := e.condition(b, &rv.Args[0], depth+1)
			if c.kind == condOpaque && c.key == "" {
				return self
			}
			c.negate = !c.negate
			return c
		}
	case mir.Discriminant:
		return cond{kind: condDiscr, at: e.place(b, &rv.Place), typ: ir.PlaceType(b.mir, &rv.Place), key: self.key}
	case mir.BinaryOp:
		return e.binaryCond(b, rv, self, depth)
	}
	return self
}

// binaryCond names comparisons, so that the same comparison of the same values is the same condition.
func (e *Engine) binaryCond(b *body, rv *mir.Rvalue, self cond, depth int) cond {
	switch rv.Op {
	case "Eq", "Ne", "Lt", "Le", "Gt", "Ge":
	default:
		return self
	}
	x, y := e.condition(b, &rv.Args[0], depth+1), e.condition(b, &rv.Args[1], depth+1)
	if x.key == "" || y.key == "" || x.kind == condFlag || y.kind == condFlag {
		return self
	}
	op, negate := rv.Op, false
	switch op {
	case "Ne":
		op, negate = "Eq", true
	case "Ge":
		op, negate = "Lt", true
	case "Gt":
		op, x, y = "Lt", y, x
	case "Le":
		op, x, y, negate = "Lt", y, x, true
	}
	return cond{key: op + "(" + neg(x) + "," + neg(y) + ")", negate: negate}
}

func neg(c cond) string {
	if c.negate {
		return "!" + c.key
	}
	return c.key
}

// memoryKey names a load that gives the same value each time: a field of
// what a shared reference parameter points at, or of a local that is assigned once.
func (e *Engine) memoryKey(b *body, p *mir.Place) string {
	t := b.localType(p.Local)
	stable := false
	if b.isParam(p.Local) && len(b.defs[p.Local]) == 0 {
		stable = t != nil && t.Kind == mir.TypeRef && !t.Mut
	}
	if !stable {
		return ""
	}
	at := e.place(b, p)
	return fmt.Sprintf("m%d%s", at.local, e.paths.String(at.path))
}

// copiedFrom follows copies and pointer casts back to the place that first
// held a value: what is tested is often a copy that the test consumes.
func (b *body) copiedFrom(p *mir.Place) *mir.Place {
	for range 8 {
		if len(p.Proj) > 0 {
			return p
		}
		d, ok := b.singleDef(p.Local)
		if !ok || d.stmt < 0 {
			return p
		}
		rv := b.mir.Blocks[d.block].Stmts[d.stmt].Rvalue
		if rv == nil || rv.Kind != mir.Use && (rv.Kind != mir.Cast || rv.Op != "PtrToPtr") || rv.Args[0].Kind != mir.Copy {
			return p
		}
		p = &rv.Args[0].Place
	}
	return p
}

// callCond reads the tests that calls make: is_null, is_some, is_ok ...
func (e *Engine) callCond(b *body, block, local int32) cond {
	self := cond{key: fmt.Sprintf("v%d", local)}
	ci := &b.calls[block]
	t := &b.mir.Blocks[block].Term
	if ci.path == nil || len(t.Args) == 0 || t.Args[0].Kind == mir.Constant {
		return self
	}
	arg := &t.Args[0].Place
	if ci.model != nil && ci.model.NullTest {
		return cond{kind: condNull, at: e.place(b, b.copiedFrom(arg)), key: self.key}
	}
	kind, neg := condHas, false
	switch ir.LastSeg(ci.path) {
	case "is_some", "is_ok":
	case "is_none", "is_err":
		neg = true
	default:
		return self
	}
	at := e.place(b, arg)
	if to, ok := e.refTo(b, at); ok {
		at = to
	} else {
		at.path = e.paths.add(at.path, elemDeref)
	}
	return cond{kind: kind, at: at, typ: ir.Pointee(ir.PlaceType(b.mir, arg)), negate: neg, key: self.key}
}
