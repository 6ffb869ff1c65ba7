package flow

import (
	"iter"
	"slices"

	"softshell/effects"
	"softshell/ir"
	"softshell/mir"
)

// View is a function as rules look at it: its calls by name, where its values
// come from, what happens after what. It stands on the same prepared form as
// the tracking of resources. Use it at once: it holds the function's code.
type View struct {
	Fn  *ir.Func
	MIR *mir.Body
	CFG *ir.CFG

	e       *Engine
	b       *body
	idom    []int32
	loops   []int32        // per block: number of its loop, 0 for none; nil until asked
	natural []*NaturalLoop // smaller ones first; nil until asked
	writes  [][]Point      // per local; nil until asked
	// By local, of those that were asked for: the blocks whose branch looks at
	// it, and those whose call gets it.
	looks, fed map[int32][]int32
}

// View returns the view of a function that has a body.
func (e *Engine) View(f *ir.Func) *View {
	b := e.body(f)
	return &View{Fn: f, MIR: b.mir, CFG: b.cfg, e: e, b: b}
}

// Point is a statement of a block, or its terminator when Stmt is Term.
type Point struct{ Block, Stmt int32 }

// Term as Point.Stmt stands for the block's terminator.
const Term = -1

// Reached reports whether a path from the entry leads to a block.
func (v *View) Reached(block int32) bool { return v.CFG.Num[block] >= 0 }

// CallSite is a call that ends a block.
type CallSite struct {
	Block  int32
	Path   *mir.Path       // of the callee as printed; nil when it is called through a value
	Target *ir.Func        // the callee's body, nil when there is none
	Model  *effects.Effect // nil when no model tells of it
	Args   []mir.Operand
	Dest   *mir.Place
	Term   *mir.Terminator
	// Foreign is set when an extern block declares the callee: its code is out of sight.
	Foreign bool
	keys    []string
}

// Is reports whether the callee has one of the names, spelled as models spell
// them (effects.Keys): "Vec::set_len", "ptr::read", "Clone::clone", "extern free".
func (c *CallSite) Is(names ...string) bool {
	for _, k := range c.keys {
		if slices.Contains(names, k) {
			return true
		}
	}
	return false
}

// Name is the most special name of the callee as models spell it, "" for a call through a value.
func (c *CallSite) Name() string {
	if len(c.keys) == 0 {
		return ""
	}
	return c.keys[0]
}

// Last is the last segment of the callee's name, "" for a call through a value.
func (c *CallSite) Last() string { return ir.LastSeg(c.Path) }

// Call returns the call that ends a block, nil when it does not end in one.
func (v *View) Call(block int32) *CallSite {
	if v.b.sites == nil {
		v.b.findSites()
	}
	return v.b.sites[block]
}

// Calls lists the calls that a path from the entry reaches, by block, without
// those of the clean-up after a panic. The list is not to be changed.
func (v *View) Calls() []*CallSite {
	if v.b.sites == nil {
		v.b.findSites()
	}
	return v.b.reached
}

// findSites lists the calls of a body.
func (b *body) findSites() {
	count := 0
	for i := range b.mir.Blocks {
		if b.mir.Blocks[i].Term.IsCall() {
			count++
		}
	}
	b.sites, b.reached = make([]*CallSite, len(b.mir.Blocks)), make([]*CallSite, 0, count)
	room := make([]CallSite, count)
	for i := range b.mir.Blocks {
		t := &b.mir.Blocks[i].Term
		if !t.IsCall() {
			continue
		}
		ci := &b.calls[i]
		c := &room[0]
		room = room[1:]
		*c = CallSite{Block: int32(i), Path: ci.path, Target: ci.target, Model: ci.model, Args: t.Args, Dest: &t.Place, Term: t, Foreign: ci.foreign, keys: ci.keys}
		b.sites[i] = c
		if b.cfg.Num[i] >= 0 && !b.mir.Blocks[i].Cleanup {
			b.reached = append(b.reached, c)
		}
	}
}

// assignments goes over the statements that give a place a value and, with nil
// in the place of a statement, over the terminators: block by block those that a
// path from the entry reaches, without the clean-up after a panic.
func (v *View) assignments() iter.Seq2[Point, *mir.Stmt] {
	return func(yield func(Point, *mir.Stmt) bool) {
		for i := range v.MIR.Blocks {
			blk := &v.MIR.Blocks[i]
			if blk.Cleanup || !v.Reached(int32(i)) {
				continue
			}
			for j := range blk.Stmts {
				if s := &blk.Stmts[j]; s.Kind == mir.Assign && s.Rvalue != nil && !yield(Point{int32(i), int32(j)}, s) {
					return
				}
			}
			if !yield(Point{int32(i), Term}, nil) {
				return
			}
		}
	}
}

// IsParam reports whether a local is a parameter.
func (v *View) IsParam(local int32) bool { return v.b.isParam(local) }

// TypeOf is the type of an operand where the text tells it, else nil.
func (v *View) TypeOf(op *mir.Operand) *mir.Type {
	if op.Kind == mir.Constant {
		if op.Const == nil {
			return nil
		}
		return op.Const.Type
	}
	if op.Kind == mir.RuntimeChecks {
		return nil
	}
	return ir.PlaceType(v.MIR, &op.Place)
}

// PlaceType is the type of a place where the text tells it, else nil.
func (v *View) PlaceType(p *mir.Place) *mir.Type { return ir.PlaceType(v.MIR, p) }

// Ref is a place after the references and pointers on the way to it were
// followed to what they were made of. Two Refs are the same place when they
// are equal, and one is inside the other when Inside says so.
type Ref struct {
	at loc
}

// Local is the local in which the place lies.
func (r Ref) Local() int32 { return r.at.local }

// Whole reports whether the place is the local itself.
func (r Ref) Whole() bool { return r.at.path == 0 }

// Through reports whether the way from the local to the place leads through a
// pointer: the memory is then not the local's own.
func (v *View) Through(r Ref) bool { return v.e.paths.derefs(r.at.path) }

// Inside reports whether a lies in b, or is b.
func (v *View) Inside(a, b Ref) bool {
	if a.at.local != b.at.local {
		return false
	}
	_, ok := v.e.paths.suffix(b.at.path, a.at.path)
	return ok
}

// Place resolves a place through references that are made once in the body.
func (v *View) Place(p *mir.Place) Ref { return Ref{v.e.place(v.b, p)} }

// Root is where a value or a pointer comes from.
type Root struct {
	Ref
	// Made is the block whose call made the value, -1 when it is none: a
	// parameter, a variable that is assigned more than once, a constant.
	Made int32
	// Const is set when it is a constant.
	Const *mir.Const
	// Points is set when what was asked for points to the place or into memory
	// that it owns; else it is the place's value.
	Points bool
	// Via lists the calls on the way, the nearest to the root last: pointer
	// arithmetic, as_ptr, into_raw.
	Via []int32
}

// maxRoot bounds the assignments that Root follows.
const maxRoot = 40

// Root follows an operand back through copies, moves, casts, references,
// pointer arithmetic and calls that return (a part of) their argument.
func (v *View) Root(op *mir.Operand) Root {
	if op.Kind == mir.Constant || op.Kind == mir.RuntimeChecks {
		return Root{Ref: Ref{loc{local: -1}}, Made: -1, Const: op.Const}
	}
	return v.RootOf(&op.Place)
}

// RootOf is Root for what a place holds.
func (v *View) RootOf(p *mir.Place) Root {
	r := Root{Made: -1}
	for range maxRoot {
		r.Ref = v.Place(p)
		// A load from memory ends the way: what was stored there is another question.
		if len(p.Proj) > 0 || v.b.isParam(p.Local) {
			return r
		}
		d, ok := v.b.singleDef(p.Local)
		if !ok {
			return r
		}
		var op *mir.Operand
		if d.stmt < 0 {
			op = v.through(&r, d.block)
			if op == nil {
				r.Made = d.block
				return r
			}
		} else {
			rv := v.MIR.Blocks[d.block].Stmts[d.stmt].Rvalue
			if rv == nil {
				return r
			}
			switch rv.Kind {
			case mir.Ref, mir.RawPtr:
				r.Points = true
				// A reborrow, &*p, is p again.
				if n := len(rv.Place.Proj); n > 0 && rv.Place.Proj[n-1].Kind == mir.Deref {
					p = &mir.Place{Local: rv.Place.Local, Proj: rv.Place.Proj[:n-1]}
					continue
				}
				r.Ref = v.Place(&rv.Place)
				return r
			case mir.CopyForDeref:
				p = &rv.Place
				continue
			case mir.Use, mir.Cast:
				op = &rv.Args[0]
				if box := v.boxOf(op); box != nil {
					r.Points, p = true, box
					continue
				}
			case mir.BinaryOp: // Offset(ptr, n)
				if rv.Op != "Offset" {
					return r
				}
				op = &rv.Args[0]
			case mir.Adt, mir.RawPtrAggregate: // a wrapper of one value, a pointer with its length
				if len(rv.Args) == 0 || rv.Kind == mir.Adt && len(rv.Args) != 1 {
					return r
				}
				op = &rv.Args[0]
			default:
				return r
			}
		}
		if op.Kind == mir.Constant || op.Kind == mir.RuntimeChecks {
			r.Const, r.Ref = op.Const, Ref{loc{local: -1}}
			return r
		}
		p = &op.Place
	}
	return r
}

// boxOf is the Box whose pointer an operand reads: `*b` is a load of its field
// and a cast of that.
func (v *View) boxOf(op *mir.Operand) *mir.Place {
	if op.Kind == mir.Constant || op.Kind == mir.RuntimeChecks || len(op.Place.Proj) == 0 {
		return nil
	}
	proj := op.Place.Proj
	if first := proj[0]; first.Kind != mir.Field || first.Type == nil || ir.LastSeg(first.Type.Path) != "Unique" {
		return nil
	}
	if t := v.MIR.Locals[op.Place.Local].Type; t == nil || ir.LastSeg(t.Path) != "Box" {
		return nil
	}
	return &mir.Place{Local: op.Place.Local}
}

// through is the argument that a call returns (a part of), nil when it returns another thing.
func (v *View) through(r *Root, block int32) *mir.Operand {
	ci := &v.b.calls[block]
	t := &v.MIR.Blocks[block].Term
	if ci.model == nil {
		return nil
	}
	for _, ret := range ci.model.Ret {
		switch ret.Op {
		case effects.RetValue, effects.RetOwner, effects.RetDerived:
			if ret.Arg < len(t.Args) {
				r.Points = r.Points || ret.Op != effects.RetValue
				r.Via = append(r.Via, block)
				return &t.Args[ret.Arg]
			}
		}
	}
	return nil
}

// Making is a statement that makes a value of a struct, a variant, a tuple or the like.
type Making struct {
	At Point
	*mir.Rvalue
	Dest *mir.Place
}

// Makings lists, block by block, where values of structs and variants are made.
func (v *View) Makings() []Making {
	var out []Making
	for at, s := range v.assignments() {
		if s != nil && s.Rvalue.Kind == mir.Adt && s.Rvalue.Path != nil {
			out = append(out, Making{at, s.Rvalue, &s.Place})
		}
	}
	return out
}

// Store is an assignment through a reference or a pointer.
type Store struct {
	At    Point
	Place *mir.Place
	Value []mir.Operand // what the stored value is made of; nil for a call's result
}

// Stores lists, block by block, the assignments through references and pointers.
func (v *View) Stores() []Store {
	var out []Store
	for at, s := range v.assignments() {
		if s == nil {
			if t := &v.MIR.Blocks[at.Block].Term; t.Kind == mir.Call && isDeref(&t.Place) {
				out = append(out, Store{at, &t.Place, nil})
			}
		} else if isDeref(&s.Place) {
			out = append(out, Store{at, &s.Place, s.Rvalue.Args})
		}
	}
	return out
}

// FieldStores lists, block by block, the assignments to a field of a value.
func (v *View) FieldStores() []Store {
	var out []Store
	for at, s := range v.assignments() {
		if s == nil {
			continue
		}
		if n := len(s.Place.Proj); n > 0 && s.Place.Proj[n-1].Kind == mir.Field {
			out = append(out, Store{at, &s.Place, s.Rvalue.Args})
		}
	}
	return out
}

func isDeref(p *mir.Place) bool {
	return slices.ContainsFunc(p.Proj, func(pr mir.Proj) bool { return pr.Kind == mir.Deref })
}

// Def is where a local that is assigned once gets its value; ok is false for
// parameters and for what is assigned more than once or in parts.
func (v *View) Def(local int32) (Point, bool) {
	d, ok := v.b.singleDef(local)
	return Point{d.block, d.stmt}, ok
}

// Defs lists all whole assignments to a local.
func (v *View) Defs(local int32) []Point {
	if int(local) >= len(v.b.defs) {
		return nil
	}
	out := make([]Point, len(v.b.defs[local]))
	for i, d := range v.b.defs[local] {
		out[i] = Point{d.block, d.stmt}
	}
	return out
}

// Rvalue is the right side that a local is assigned once, nil when it is a
// call's result, a parameter, or assigned more than once.
func (v *View) Rvalue(local int32) *mir.Rvalue {
	d, ok := v.b.singleDef(local)
	if !ok || d.stmt < 0 {
		return nil
	}
	return v.MIR.Blocks[d.block].Stmts[d.stmt].Rvalue
}

// UserCode says whether what ends a block runs code that the function's caller
// chose, by itself or in a callee: a closure, a method of a type parameter, a
// trait object, the drop of a value of a type parameter. Such code may do
// anything, and may panic.
func (v *View) UserCode(block int32) bool {
	t := &v.MIR.Blocks[block].Term
	switch t.Kind {
	case mir.Call, mir.TailCall:
		return v.e.userCode(v.b, block)
	case mir.Drop:
		ty := v.PlaceType(&t.Place)
		return ty != nil && v.Generic(ty)
	}
	return false
}

// ChosenCall reports whether the call that ends a block runs code that the
// function's caller chose, also where a panic of it ends the process.
func (v *View) ChosenCall(block int32) bool {
	return v.Call(block) != nil && v.e.chosenCode(v.b, block)
}

// Unwinds says whether what ends a block can panic: Yes for a panic in words
// and for code that the caller chose, Maybe for checks and unknown callees.
func (v *View) Unwinds(block int32) effects.Tri {
	t := &v.MIR.Blocks[block].Term
	switch t.Kind {
	case mir.Call, mir.TailCall:
		return v.e.callUnwinds(v.b, block)
	case mir.Assert:
		if t.Unwind != mir.UnwindUnreachable {
			return effects.Maybe
		}
	case mir.Drop:
		if v.UserCode(block) {
			return effects.Yes
		}
	}
	return effects.No
}

// Generic reports whether a type is a type parameter (or one of its associated
// types), a trait object, or holds one by value as far as its own text tells.
func (v *View) Generic(t *mir.Type) bool {
	if t == nil {
		return false
	}
	switch t.Kind {
	case mir.TypeParam, mir.TypeProjection, mir.TypeDyn, mir.TypeOpaque:
		return true
	case mir.TypeTuple, mir.TypeSlice, mir.TypeArray:
		return slices.ContainsFunc(t.Args, v.Generic)
	case mir.TypePath:
		if v.e.parameter(v.Fn.Crate, t) {
			return true
		}
		if t.Path == nil {
			return false
		}
		for _, s := range t.Path.Segs {
			for _, a := range s.Args {
				if a.Type != nil && a.Type.Kind != mir.TypeRef && a.Type.Kind != mir.TypeRawPtr && v.Generic(a.Type) {
					return true
				}
			}
		}
	}
	return false
}

// NeedsDrop says whether dropping a value of the type does something; Maybe
// for a type parameter or a type that nothing describes. It may cost items.
func (v *View) NeedsDrop(t *mir.Type) effects.Tri {
	if t == nil {
		return effects.Maybe
	}
	switch v.e.own.OwnsHeap(v.Fn.Crate, t) {
	case effects.Yes:
		return effects.Yes
	case effects.No:
		if v.e.own.HoldsLock(v.Fn.Crate, t) {
			return effects.Yes
		}
		return effects.No
	}
	return effects.Maybe
}

// Dominates reports whether every path to block b leads through block a.
func (v *View) Dominates(a, b int32) bool {
	if v.idom == nil {
		v.idom = v.CFG.Dominators()
	}
	if !v.Reached(a) || !v.Reached(b) {
		return false
	}
	for {
		if a == b {
			return true
		}
		if b == v.CFG.RPO[0] {
			return false
		}
		b = v.idom[b]
	}
}

// Before reports whether every path to q leads through p, p not being q.
func (v *View) Before(p, q Point) bool {
	if p.Block != q.Block {
		return v.Dominates(p.Block, q.Block)
	}
	return p != q && p.Stmt != Term && (q.Stmt == Term || p.Stmt < q.Stmt)
}

// Loop numbers the loops of the body (its strongly connected components of
// more than one turn): the loop that holds a block, outermost, 0 for none.
func (v *View) Loop(block int32) int32 {
	if v.loops == nil {
		v.loops = v.findLoops()
	}
	return v.loops[block]
}

// findLoops is Tarjan's algorithm (1972) with a stack of its own.
func (v *View) findLoops() []int32 {
	n := len(v.MIR.Blocks)
	out, index, low := make([]int32, n), make([]int32, n), make([]int32, n)
	onStack := make([]bool, n)
	var stack []int32
	next, loops := int32(1), int32(0)
	type frame struct {
		block int32
		succ  int
	}
	for _, root := range v.CFG.RPO {
		if index[root] != 0 {
			continue
		}
		walk := []frame{{root, 0}}
		for len(walk) > 0 {
			f := &walk[len(walk)-1]
			at := f.block
			if f.succ == 0 {
				index[at], low[at] = next, next
				next++
				stack, onStack[at] = append(stack, at), true
			}
			if f.succ < len(v.CFG.Succs[at]) {
				to := v.CFG.Succs[at][f.succ].To
				f.succ++
				if index[to] == 0 {
					walk = append(walk, frame{to, 0})
				} else if onStack[to] {
					low[at] = min(low[at], index[to])
				}
				continue
			}
			walk = walk[:len(walk)-1]
			if len(walk) > 0 {
				up := walk[len(walk)-1].block
				low[up] = min(low[up], low[at])
			}
			if low[at] != index[at] {
				continue
			}
			from := slices.Index(stack, at)
			part := stack[from:]
			if len(part) > 1 || slices.ContainsFunc(v.CFG.Succs[at], func(e ir.Edge) bool { return e.To == at }) {
				loops++
				for _, b := range part {
					out[b] = loops
				}
			}
			for _, b := range part {
				onStack[b] = false
			}
			stack = stack[:from]
		}
	}
	return out
}

// Guard is a branch that is surely behind a point: every path to the point
// takes this case of the switch at the end of Block.
type Guard struct {
	Block int32
	Case  int32
}

// Guards lists the branches that every path to a block has taken, the nearest first.
func (v *View) Guards(block int32) []Guard {
	if !v.Reached(block) {
		return nil
	}
	v.Dominates(block, block) // fills idom
	var out []Guard
	for at := block; at != v.CFG.RPO[0]; {
		up := v.idom[at]
		if v.MIR.Blocks[up].Term.Kind == mir.SwitchInt {
			// The case is sure when its target is reached from nowhere else and dominates.
			for _, e := range v.CFG.Succs[up] {
				if e.To == at && len(v.CFG.Preds[at]) == 1 {
					out = append(out, Guard{up, e.Case})
				}
			}
		}
		at = up
	}
	return out
}

// Comparison is a test of two values: X Op Y with Op one of Eq Ne Lt Le Gt Ge.
type Comparison struct {
	Op   string
	X, Y *mir.Operand
}

// Compares tells what a guard's case says when its switch tests a comparison;
// ok is false when it tests another thing. The operators are as they hold on
// the case: the `else` of a < b is a >= b.
func (v *View) Compares(g Guard) (c Comparison, ok bool) {
	t := &v.MIR.Blocks[g.Block].Term
	if t.Kind != mir.SwitchInt || t.Cond.Kind == mir.Constant || len(t.Cond.Place.Proj) > 0 {
		return c, false
	}
	holds := true
	if isBool(v.b, t) {
		holds = boolCase(t, g.Case)
	}
	local := t.Cond.Place.Local
	for range 8 {
		rv := v.Rvalue(local)
		if rv == nil {
			return c, false
		}
		switch {
		case rv.Kind == mir.UnaryOp && rv.Op == "Not", rv.Kind == mir.Use:
			if rv.Kind == mir.UnaryOp {
				holds = !holds
			}
			if rv.Args[0].Kind == mir.Constant || len(rv.Args[0].Place.Proj) > 0 {
				return c, false
			}
			local = rv.Args[0].Place.Local
			continue
		case rv.Kind == mir.BinaryOp:
			op, known := rv.Op, opposite[rv.Op] != ""
			if !known {
				return c, false
			}
			if !holds {
				op = opposite[op]
			}
			return Comparison{op, &rv.Args[0], &rv.Args[1]}, true
		}
		return c, false
	}
	return c, false
}

var opposite = map[string]string{"Eq": "Ne", "Ne": "Eq", "Lt": "Ge", "Ge": "Lt", "Gt": "Le", "Le": "Gt"}

// Tested is the call whose bool (or Option, Result) a guard's switch tests,
// and whether the case is the one in which it is true (Some, Ok); nil when it is none.
func (v *View) Tested(g Guard) (call *CallSite, holds bool) {
	t := &v.MIR.Blocks[g.Block].Term
	if t.Kind != mir.SwitchInt || t.Cond.Kind == mir.Constant || len(t.Cond.Place.Proj) > 0 || !isBool(v.b, t) {
		return nil, false
	}
	holds = boolCase(t, g.Case)
	local := t.Cond.Place.Local
	for range 8 {
		d, ok := v.b.singleDef(local)
		if !ok {
			return nil, false
		}
		if d.stmt < 0 {
			return v.Call(d.block), holds
		}
		rv := v.MIR.Blocks[d.block].Stmts[d.stmt].Rvalue
		if rv == nil || rv.Kind != mir.Use && (rv.Kind != mir.UnaryOp || rv.Op != "Not") || rv.Args[0].Kind == mir.Constant || len(rv.Args[0].Place.Proj) > 0 {
			return nil, false
		}
		if rv.Kind == mir.UnaryOp {
			holds = !holds
		}
		local = rv.Args[0].Place.Local
	}
	return nil, false
}

// AssignedBy lists the fields that a function assigns through its parameters.
func (v *View) AssignedBy(f *ir.Func) []AssignedField {
	if f == nil || f.Blocks == 0 || f.Head.Broken {
		return nil
	}
	return v.e.AssignedFields(f)
}

// StoredIn is the argument of a call into whose memory the call stores another
// of its arguments (from 0), -1 for none.
func (v *View) StoredIn(c *CallSite, arg int) int {
	if arg >= len(c.Args) {
		return -1
	}
	if c.Model != nil {
		if a := c.Model.Arg(arg); a.Op == effects.Store && a.In < len(c.Args) {
			return a.In
		}
		return -1
	}
	if c.Target == nil || c.Target.Blocks == 0 || c.Target.Head.Broken {
		return -1
	}
	for _, s := range v.e.outcome(c.Target, int32(arg), 0).Stored {
		if int(s.Param) < len(c.Args) {
			return int(s.Param)
		}
	}
	return -1
}

// Inner is the view of a function that this one calls.
func (v *View) Inner(f *ir.Func) *View { return v.e.View(f) }
