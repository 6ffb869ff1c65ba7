package flow

import (
	"softshell/effects"
	"softshell/ir"
	"softshell/mir"
)

// loc is a place: a local and a path from it.
type loc struct {
	local int32
	path  pathID
}

// def is a whole assignment to a local: a statement, or the call that ends the
// block (stmt is -1).
type def struct {
	block, stmt int32
}

// body is what the engine knows of a function before any resource is tracked.
type body struct {
	fn      *ir.Func
	mir     *mir.Body
	cfg     *ir.CFG
	defs    [][]def // per local
	refs    []refMemo
	calls   []callInfo        // per block
	conds   []cond            // per block, for switches
	flags   []int32           // tracked bool locals, ascending
	printed map[loc]*mir.Type // see printedType; nil until asked
	plain   []bool            // per block: reached without a branch that a constant decides; nil until asked
	inside  map[loc]bool      // see explorer.insideADT
	sites   []*CallSite       // per block; nil until asked
	reached []*CallSite       // those of sites that View.Calls gives
}

type refMemo struct {
	state uint8 // 0 not asked, 1 being asked, 2 none, 3 known
	to    loc
}

// callInfo is how a call is answered.
type callInfo struct {
	path   *mir.Path
	target *ir.Func
	model  *effects.Effect
	keys   []string
	// foreign is set when the callee is declared in an extern block.
	foreign bool
}

// body returns the prepared form of f.
func (e *Engine) body(f *ir.Func) *body {
	if b := e.bodies[f.ID]; b != nil {
		return b
	}
	code := f.Code()
	b := &body{fn: f, mir: code.Body, cfg: code.CFG}
	e.remember(f, b)
	n := len(b.mir.Locals)
	b.refs = make([]refMemo, n)
	b.calls = make([]callInfo, len(b.mir.Blocks))
	b.collectDefs()
	for i, c := range code.Calls {
		if c != nil {
			b.calls[i] = e.callInfo(f, c, b.mir.Blocks[i].Term.Unwind)
		}
	}
	b.findFlags()
	b.conds = make([]cond, len(b.mir.Blocks))
	for i := range b.mir.Blocks {
		if t := &b.mir.Blocks[i].Term; t.Kind == mir.SwitchInt {
			b.conds[i] = e.condition(b, &t.Cond, 0)
		}
	}
	return b
}

// remember keeps the prepared form of f, within bounds: when the younger half
// is full, the older half is let go.
func (e *Engine) remember(f *ir.Func, b *body) {
	e.bodies[f.ID] = b
	e.young = append(e.young, f.ID)
	if e.size += f.Head.Size; e.budget == 0 || e.size < e.budget/2 {
		return
	}
	for _, id := range e.old {
		delete(e.bodies, id)
	}
	e.old, e.young, e.size = e.young, e.old[:0], 0
}

func (b *body) collectDefs() {
	counts := make([]int32, len(b.mir.Locals))
	sum := int32(0)
	b.eachDef(func(local int32, d def) {
		counts[local]++
		sum++
	})
	b.defs = make([][]def, len(counts))
	room := make([]def, sum)
	for i, n := range counts {
		b.defs[i], room = room[:0:n], room[n:]
	}
	b.eachDef(func(local int32, d def) { b.defs[local] = append(b.defs[local], d) })
}

// eachDef calls f for each whole assignment to a local, in the order of the text.
func (b *body) eachDef(f func(local int32, d def)) {
	n := int32(len(b.mir.Locals))
	for bi := range b.mir.Blocks {
		blk := &b.mir.Blocks[bi]
		for si := range blk.Stmts {
			s := &blk.Stmts[si]
			if s.Kind == mir.Assign && len(s.Place.Proj) == 0 && s.Place.Local < n {
				f(s.Place.Local, def{int32(bi), int32(si)})
			}
		}
		t := &blk.Term
		if (t.Kind == mir.Call || t.Kind == mir.Yield) && len(t.Place.Proj) == 0 && t.Place.Local < n {
			f(t.Place.Local, def{int32(bi), -1})
		}
	}
}

// singleDef returns the only assignment of a local that is not a parameter.
func (b *body) singleDef(local int32) (def, bool) {
	if int(local) >= len(b.defs) || len(b.defs[local]) != 1 || b.isParam(local) {
		return def{}, false
	}
	return b.defs[local][0], true
}

func (b *body) isParam(local int32) bool {
	return local >= 1 && int(local) <= len(b.mir.Params)
}

func (b *body) localType(local int32) *mir.Type {
	if int(local) >= len(b.mir.Locals) {
		return nil
	}
	return b.mir.Locals[local].Type
}

// callInfo finds the model or the body for a call.
func (e *Engine) callInfo(f *ir.Func, c *ir.Call, unwind mir.UnwindKind) callInfo {
	ci := callInfo{path: c.Path, target: c.Target}
	if c.Path == nil {
		return ci
	}
	ci.foreign = e.isForeign(f, c, unwind)
	ci.keys = effects.Keys(c.Path, ci.foreign)
	ci.model = e.models.Find(c.Path.Plain)
	if ci.model == nil && (c.Target == nil || c.Path.Trait != nil) {
		ci.model = e.models.Find(ci.keys...)
	}
	if ci.target != nil {
		ci.model = e.models.Find(f.Crate.Name+"::"+c.Path.Plain, c.Path.Plain)
	}
	return ci
}

// isForeign reports whether a callee without a body is declared in an extern
// block: every other function that a path without a crate can name has a body.
//
// Nor does another function of a crate without bodies look like one: a call
// of the C ABI has no edge for a panic, in a crate that unwinds.
func (e *Engine) isForeign(f *ir.Func, c *ir.Call, unwind mir.UnwindKind) bool {
	if c.Target != nil || c.Path.Self != nil || len(c.Path.Segs) == 0 {
		return false
	}
	last := c.Path.Segs[len(c.Path.Segs)-1]
	if len(last.Args) > 0 {
		return false
	}
	head := c.Path.Segs[0].Name
	switch head {
	case "std", "core", "alloc":
		return false
	}
	if head == "libc" || f.Crate.Unwinds && unwind == mir.UnwindUnreachable {
		return true
	}
	// Tuple structs and variants are functions without a body too: their names are capitalised.
	return last.Name != "" && (last.Name[0] < 'A' || last.Name[0] > 'Z') && (len(c.Path.Segs) == 1 || !e.prog.Declares(head) && !e.isExtern(head))
}

// place resolves a MIR place to a loc, through references whose only
// assignment takes the address of a place.
func (e *Engine) place(b *body, p *mir.Place) loc {
	at := loc{local: p.Local}
	variant := ""
	for i := range p.Proj {
		pr := &p.Proj[i]
		switch pr.Kind {
		case mir.Deref:
			if to, ok := e.refTo(b, at); ok {
				at = to
			} else {
				at.path = e.paths.add(at.path, elemDeref)
			}
		case mir.Field:
			at.path = e.paths.add(at.path, fieldElem(e.paths.symbol(variant), pr.N))
			variant = ""
		case mir.Downcast:
			variant = pr.Name
		case mir.Index, mir.ConstIndex, mir.Subslice:
			at.path = e.paths.add(at.path, elemAny)
		}
	}
	return at
}

// refTo answers what a reference held in a bare local points at, when that is
// one place for the whole body.
func (e *Engine) refTo(b *body, at loc) (loc, bool) {
	if at.path != 0 || int(at.local) >= len(b.refs) {
		return loc{}, false
	}
	m := &b.refs[at.local]
	switch m.state {
	case 3:
		return m.to, true
	case 1, 2:
		return loc{}, false
	}
	m.state = 1
	to, ok := e.findRef(b, at.local)
	if ok {
		m.state, m.to = 3, to
	} else {
		m.state = 2
	}
	return to, ok
}

func (e *Engine) findRef(b *body, local int32) (loc, bool) {
	d, ok := b.singleDef(local)
	if !ok {
		return loc{}, false
	}
	if d.stmt < 0 {
		return e.callRef(b, d.block)
	}
	rv := b.mir.Blocks[d.block].Stmts[d.stmt].Rvalue
	if rv == nil {
		return loc{}, false
	}
	switch rv.Kind {
	case mir.Ref, mir.RawPtr:
		return e.place(b, &rv.Place), true
	case mir.CopyForDeref:
		return e.refOf(b, &rv.Place)
	case mir.Use, mir.Cast:
		if len(rv.Args) == 1 && rv.Args[0].Kind != mir.Constant {
			return e.refOf(b, &rv.Args[0].Place)
		}
	}
	return loc{}, false
}

func (e *Engine) refOf(b *body, p *mir.Place) (loc, bool) {
	if len(p.Proj) > 0 {
		return loc{}, false
	}
	return e.refTo(b, loc{local: p.Local})
}

// transparent lists wrappers whose deref is the wrapped place itself, as far
// as ownership goes.
var transparent = map[string]bool{"ManuallyDrop": true, "MaybeUninit": true, "Pin": true, "UnsafeCell": true, "AssertUnwindSafe": true}

// callRef follows `Deref::deref(&place)` and the like on transparent wrappers.
func (e *Engine) callRef(b *body, block int32) (loc, bool) {
	ci := &b.calls[block]
	t := &b.mir.Blocks[block].Term
	if ci.model == nil || len(t.Args) == 0 || len(ci.model.Ret) != 1 || t.Args[0].Kind == mir.Constant {
		return loc{}, false
	}
	r := ci.model.Ret[0]
	if r.Op != effects.RetDerived || r.Arg != 0 || r.In != "" {
		return loc{}, false
	}
	arg := &t.Args[0].Place
	ty := ir.Pointee(ir.PlaceType(b.mir, arg))
	if ty == nil || ty.Kind != mir.TypePath || !transparent[ir.LastSeg(ty.Path)] {
		return loc{}, false
	}
	return e.refOf(b, arg)
}

func (b *body) isCall(block int32) bool { return b.mir.Blocks[block].Term.Kind == mir.Call }

// debugOnly reports whether a block is reached only through a branch that a
// constant decides: `if cfg!(debug_assertions)`, which is what debug_assert! is.
func (b *body) debugOnly(block int32) bool {
	if b.plain == nil {
		b.plain = make([]bool, len(b.mir.Blocks))
		stack := []int32{0}
		for len(stack) > 0 {
			at := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			if b.plain[at] {
				continue
			}
			b.plain[at] = true
			t := &b.mir.Blocks[at].Term
			value, decided := b.decided(at)
			for _, e := range b.cfg.Succs[at] {
				if !decided || !caseHolds(t, e.Case, value) {
					stack = append(stack, e.To)
				}
			}
		}
	}
	return !b.plain[block]
}

// decided is the constant that the branch at the end of a block tests, if it is one.
func (b *body) decided(block int32) (int64, bool) {
	t := &b.mir.Blocks[block].Term
	if t.Kind != mir.SwitchInt {
		return 0, false
	}
	c := &b.conds[block]
	if c.kind == condConst {
		return c.value, true
	}
	if c.kind != condFlag {
		return 0, false
	}
	d, ok := b.singleDef(c.local)
	if !ok || d.stmt < 0 {
		return 0, false
	}
	rv := b.mir.Blocks[d.block].Stmts[d.stmt].Rvalue
	if rv == nil || rv.Kind != mir.Use || rv.Args[0].Kind != mir.Constant || rv.Args[0].Const.Kind != mir.ConstBool {
		return 0, false
	}
	if c.negate {
		return 1 - rv.Args[0].Const.Int, true
	}
	return rv.Args[0].Const.Int, true
}

// dependsOnLayout reports whether the branch that ends a block tests the size
// or layout of a type, or a generic constant: what it skips may be empty.
func (b *body) dependsOnLayout(block int32) bool {
	t := &b.mir.Blocks[block].Term
	return t.Kind == mir.SwitchInt && b.ofLayout(&t.Cond, 0)
}

func (b *body) ofLayout(op *mir.Operand, depth int) bool {
	if op.Kind == mir.Constant || op.Kind == mir.RuntimeChecks {
		return op.Const != nil && (op.Const.Kind == mir.ConstPath || op.Const.Kind == mir.ConstOther)
	}
	if depth > 6 || len(op.Place.Proj) > 0 {
		return false
	}
	d, ok := b.singleDef(op.Place.Local)
	if !ok {
		return false
	}
	if d.stmt < 0 {
		switch ir.LastSeg(b.calls[d.block].path) {
		case "size_of", "align_of", "needs_drop", "size_of_val", "type_id", "is_zst":
			return true
		}
		return false
	}
	rv := b.mir.Blocks[d.block].Stmts[d.stmt].Rvalue
	if rv == nil {
		return false
	}
	switch rv.Kind {
	case mir.NullaryOp:
		return true
	case mir.Use, mir.Cast, mir.BinaryOp, mir.UnaryOp:
		for i := range rv.Args {
			if b.ofLayout(&rv.Args[i], depth+1) {
				return true
			}
		}
	}
	return false
}
