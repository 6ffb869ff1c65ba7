package flow

import (
	"slices"
	"strings"

	"softshell/effects"
	"softshell/ir"
	"softshell/mir"
)

// Kind says what sort of thing leaves the compiler's sight.
type Kind uint8

// The kinds of resource.
const (
	KindPointer Kind = iota // a raw owner: what into_raw gives, or a call that returns one
	KindValue               // a value whose drop is suppressed: forget, ManuallyDrop, MaybeUninit
	KindLeak                // Box::leak and its like: a leak is the purpose
	KindAlloc               // memory from an allocator
	KindParam               // what a parameter holds, for summaries
)

// source is where a resource starts in a body.
type source struct {
	kind       Kind
	param      int32 // the resource is there at entry, in at; -1 otherwise
	at         loc
	ownedParam bool  // at entry it is an owned value, which block disowns later
	block      int32 // the call that disowns or makes it; -1 for none
	root       int32 // the local whose value is disowned, -1 when it is not a plain local
	fresh      bool  // the call makes the resource
	freshPath  pathID
}

// Origin is a place in a function where a resource starts.
type Origin struct {
	Fn    *ir.Func
	Block int32
	Kind  Kind
	Model *effects.Effect // nil when the call runs a body that returns a raw owner
	Maker *ir.Func        // that body
	Type  *mir.Type       // of the value that is disowned; nil when unknown
	src   source
}

// Owns says whether what starts at an origin owns something at all. Rules ask
// it last: the answer may need the items of a crate.
func (e *Engine) Owns(o *Origin) effects.Tri {
	switch {
	case o.Kind == KindAlloc || o.Maker != nil:
		return effects.Yes
	case o.Type == nil:
		return effects.Maybe
	}
	return e.own.OwnsHeap(o.Fn.Crate, o.Type)
}

// TakenApart reports whether the function reads a part of the value whose
// destructor an origin suppresses: to forget a value after its parts were taken
// over, or when they are seen to hold nothing, is what forget is for.
func (e *Engine) TakenApart(o *Origin) bool {
	root := o.src.root
	if root < 0 {
		return false
	}
	b := e.body(o.Fn)
	part := func(p *mir.Place) bool { return isPart(b, root, p) }
	for i := range b.mir.Blocks {
		if b.mir.Blocks[i].Cleanup {
			continue
		}
		for j := range b.mir.Blocks[i].Stmts {
			rv := b.mir.Blocks[i].Stmts[j].Rvalue
			if rv == nil {
				continue
			}
			if part(&b.mir.Blocks[i].Stmts[j].Place) { // its old value was dropped
				return true
			}
			switch rv.Kind {
			case mir.Ref, mir.RawPtr, mir.CopyForDeref:
				if part(&rv.Place) {
					return true
				}
			}
			for k := range rv.Args {
				if a := &rv.Args[k]; (a.Kind == mir.Copy || a.Kind == mir.Move) && part(&a.Place) {
					return true
				}
			}
		}
		for k := range b.mir.Blocks[i].Term.Args {
			if a := &b.mir.Blocks[i].Term.Args[k]; (a.Kind == mir.Copy || a.Kind == mir.Move) && part(&a.Place) {
				return true
			}
		}
	}
	return false
}

// isPart reports whether a place is a part of a local that may own something: a
// number or a flag does not.
func isPart(b *body, root int32, p *mir.Place) bool {
	if p.Local != root || len(p.Proj) == 0 {
		return false
	}
	t := ir.PlaceType(b.mir, p)
	return t == nil || t.Kind != mir.TypePrim || handleSized[t.Name]
}

// MadeOfPointers reports whether the value whose destructor an origin suppresses
// was made in the function of pointers alone: a guard, which is disarmed so.
func (e *Engine) MadeOfPointers(o *Origin) bool {
	root := o.src.root
	if root < 0 {
		return false
	}
	b := e.body(o.Fn)
	d, ok := b.singleDef(root)
	for range maxRoot { // the variable, and what it was moved out of
		if !ok || d.stmt < 0 {
			return false
		}
		rv := b.mir.Blocks[d.block].Stmts[d.stmt].Rvalue
		if rv == nil {
			return false
		}
		if rv.Kind == mir.Use && rv.Args[0].Kind != mir.Constant && len(rv.Args[0].Place.Proj) == 0 {
			d, ok = b.singleDef(rv.Args[0].Place.Local)
			continue
		}
		return rv.Kind == mir.Adt && len(rv.Args) > 0 && !slices.ContainsFunc(rv.Args, func(a mir.Operand) bool {
			if a.Kind == mir.Constant {
				return false
			}
			t := ir.PlaceType(b.mir, &a.Place)
			return t == nil || t.Kind != mir.TypeRawPtr && t.Kind != mir.TypeRef && t.Kind != mir.TypePrim
		})
	}
	return false
}

// PartReturned reports whether a part of the value whose destructor an origin
// suppresses is read out of it and goes into what the function returns: as
// into_raw does, it hands on what the value owned.
func (e *Engine) PartReturned(o *Origin) bool {
	root := o.src.root
	if root < 0 {
		return false
	}
	b := e.body(o.Fn)
	parts := map[int32]bool{} // locals that hold a part, or what was made of one
	has := func(args []mir.Operand) bool {
		return slices.ContainsFunc(args, func(a mir.Operand) bool {
			return (a.Kind == mir.Copy || a.Kind == mir.Move) && (parts[a.Place.Local] || isPart(b, root, &a.Place))
		})
	}
	for grown := true; grown && !parts[0]; {
		grown = false
		add := func(to *mir.Place) {
			if to.Local != root && !parts[to.Local] {
				parts[to.Local], grown = true, true
			}
		}
		for _, n := range b.cfg.RPO {
			bb := &b.mir.Blocks[n]
			for j := range bb.Stmts {
				if rv := bb.Stmts[j].Rvalue; rv != nil && has(rv.Args) {
					add(&bb.Stmts[j].Place)
				}
			}
			if bb.Term.Kind == mir.Call && has(bb.Term.Args) {
				add(&bb.Term.Place)
			}
		}
	}
	return parts[0]
}

// Origins lists the origins in f, in block order.
func (e *Engine) Origins(f *ir.Func) []Origin {
	if !e.handlesOwners(f) {
		return nil
	}
	if s := e.survey(f); s.asked&askedOrigins != 0 {
		return s.origins
	}
	out := e.findOrigins(e.body(f))
	if e.fresh.depth == 0 { // else it may stand on what is not final
		s := e.survey(f)
		s.origins, s.asked = out, s.asked|askedOrigins
	}
	return out
}

func (e *Engine) findOrigins(b *body) []Origin {
	var out []Origin
	for i := range b.mir.Blocks {
		if b.cfg.Num[i] < 0 || b.mir.Blocks[i].Cleanup || b.mir.Blocks[i].Term.Kind != mir.Call {
			continue
		}
		out = append(out, e.originsAt(b, int32(i))...)
	}
	return out
}

// Disowns lists the reachable calls in f, by block, after which the destructor
// of what they are given does not run: forget, ManuallyDrop::new, into_raw.
// Calls with a value that owns nothing and holds no lock are left out.
func (e *Engine) Disowns(f *ir.Func) []int32 {
	if !e.handlesOwners(f) {
		return nil
	}
	s := e.survey(f)
	if s.asked&askedDisowns == 0 {
		s.disowns, s.asked = e.findDisowns(e.body(f)), s.asked|askedDisowns
	}
	return s.disowns
}

func (e *Engine) findDisowns(b *body) []int32 {
	var out []int32
	for i := range b.mir.Blocks {
		t := &b.mir.Blocks[i].Term
		if m := b.calls[i].model; t.Kind != mir.Call || b.cfg.Num[i] < 0 || m == nil || m.Arg(0).Op != effects.Disown || len(t.Args) == 0 {
			continue
		}
		if t.Args[0].Kind != mir.Constant {
			ty := ir.PlaceType(b.mir, &t.Args[0].Place)
			if ty != nil && e.own.OwnsHeap(b.fn.Crate, ty) == effects.No && !e.own.HoldsLock(b.fn.Crate, ty) {
				continue
			}
		}
		out = append(out, int32(i))
	}
	return out
}

func (e *Engine) originsAt(b *body, block int32) []Origin {
	ci := &b.calls[block]
	t := &b.mir.Blocks[block].Term
	if ci.model != nil {
		if o, ok := e.modelOrigin(b, block, ci.model, t); ok {
			return []Origin{o}
		}
		return nil
	}
	if ci.target == nil {
		return nil
	}
	var out []Origin
	for _, fr := range e.FreshResults(ci.target) {
		if fr.InADT {
			continue // its type owns it: rule proxy-field looks there
		}
		out = append(out, Origin{Fn: b.fn, Block: block, Kind: KindPointer, Maker: ci.target,
			src: source{kind: KindPointer, param: -1, block: block, root: -1, fresh: true, freshPath: fr.Path}})
	}
	return out
}

func (e *Engine) modelOrigin(b *body, block int32, m *effects.Effect, t *mir.Terminator) (Origin, bool) {
	o := Origin{Fn: b.fn, Block: block, Model: m, src: source{param: -1, block: block, root: -1}}
	for _, r := range m.Ret {
		if r.Op == effects.RetFresh {
			if r.Unless > 0 && r.Unless <= len(t.Args) && !e.isNull(b, &t.Args[r.Unless-1]) {
				return Origin{}, false
			}
			o.Kind = KindAlloc
			o.src.kind, o.src.fresh = KindAlloc, true
			if r.In != "" {
				o.src.freshPath = e.paths.intern([]elem{fieldElem(e.paths.symbol(r.In), 0)})
			}
			return o, true
		}
	}
	if m.Arg(0).Op != effects.Disown || len(t.Args) == 0 || t.Args[0].Kind == mir.Constant {
		return Origin{}, false
	}
	o.Type = ir.PlaceType(b.mir, &t.Args[0].Place)
	o.Kind = originKind(m)
	o.src.kind = o.Kind
	e.findRoot(b, &o.src, &t.Args[0])
	if o.Kind == KindValue && len(t.Args[0].Place.Proj) == 0 && e.rebuilt(b, t.Args[0].Place.Local, 0) {
		return Origin{}, false
	}
	return o, true
}

// isNull reports whether an operand is a null pointer in words.
func (e *Engine) isNull(b *body, op *mir.Operand) bool {
	for range 8 {
		if op.Kind == mir.Constant || op.Kind == mir.RuntimeChecks {
			return op.Const != nil && op.Const.Kind == mir.ConstInt && op.Const.Int == 0
		}
		d, ok := b.singleDef(op.Place.Local)
		if !ok || len(op.Place.Proj) > 0 {
			return false
		}
		if d.stmt < 0 {
			last := ir.LastSeg(b.calls[d.block].path)
			return last == "null" || last == "null_mut"
		}
		rv := b.mir.Blocks[d.block].Stmts[d.stmt].Rvalue
		if rv == nil || rv.Kind != mir.Use && rv.Kind != mir.Cast {
			return false
		}
		op = &rv.Args[0]
	}
	return false
}

// rebuilt reports whether a local's value was made from a raw pointer (or read
// from behind one): suppressing its destructor then leaves the pointer's owner
// as it was, which is what such code is for.
func (e *Engine) rebuilt(b *body, local int32, depth int) bool {
	d, ok := b.singleDef(local)
	if !ok || depth > 6 {
		return false
	}
	if d.stmt >= 0 {
		rv := b.mir.Blocks[d.block].Stmts[d.stmt].Rvalue
		switch {
		case rv == nil || len(rv.Args) == 0:
		case rv.Kind == mir.Use || rv.Kind == mir.Adt && len(rv.Args) == 1:
			return rv.Args[0].Kind != mir.Constant && e.rebuilt(b, rv.Args[0].Place.Local, depth+1)
		}
		return false
	}
	ci := &b.calls[d.block]
	t := &b.mir.Blocks[d.block].Term
	switch {
	case ci.model != nil:
		switch ci.model.Arg(0).Op {
		case effects.Reclaim, effects.MoveOut:
			return true
		case effects.Move:
			return len(t.Args) > 0 && t.Args[0].Kind != mir.Constant && e.rebuilt(b, t.Args[0].Place.Local, depth+1)
		}
	case ci.target != nil:
		return e.returnsRebuilt(ci.target, depth)
	case strings.HasPrefix(ir.LastSeg(ci.path), "from_raw"):
		return true
	case isStd(ci.path) && len(t.Args) == 1 && t.Args[0].Kind == mir.Move: // String::from_utf8_unchecked
		return e.rebuilt(b, t.Args[0].Place.Local, depth+1)
	}
	return false
}

// returnsRebuilt is rebuilt for a function's result.
func (e *Engine) returnsRebuilt(f *ir.Func, depth int) bool {
	if r, ok := e.rebuilds[f.ID]; ok {
		return r
	}
	e.rebuilds[f.ID] = false // while it is being asked: recursion adds nothing
	r := e.rebuilt(e.body(f), 0, depth+1)
	e.rebuilds[f.ID] = r
	return r
}

func originKind(m *effects.Effect) Kind {
	switch {
	case m.Policy == "leak":
		return KindLeak
	case len(m.Ret) == 1 && m.Ret[0].Op == effects.RetOwner:
		return KindPointer
	}
	return KindValue
}

// findRoot follows moves from the disowned operand back to the local that
// first held the value, so that pointers taken before count as holders.
func (e *Engine) findRoot(b *body, src *source, op *mir.Operand) {
	at := op.Place
	for range 8 {
		if len(at.Proj) > 0 {
			return
		}
		src.root = at.Local
		if b.isParam(at.Local) {
			if len(b.defs[at.Local]) == 0 {
				src.param, src.at, src.ownedParam = at.Local-1, loc{local: at.Local}, true
			}
			return
		}
		d, ok := b.singleDef(at.Local)
		if !ok || d.stmt < 0 {
			return
		}
		rv := b.mir.Blocks[d.block].Stmts[d.stmt].Rvalue
		if rv == nil || rv.Kind != mir.Use || rv.Args[0].Kind != mir.Move || len(rv.Args[0].Place.Proj) > 0 {
			return
		}
		at = rv.Args[0].Place
	}
}
