package flow

import (
	"strings"

	"softshell/effects"
	"softshell/ir"
	"softshell/mir"
)

// callEdges carries a state over a call: along its return edge with what the
// callee did, and along its unwind edge where the callee may panic.
func (x *explorer) callEdges(s state, block int32, t *mir.Terminator) {
	ci := &x.b.calls[block]
	if ci.model != nil && ci.model.Diverges {
		return
	}
	if s.phase == raw {
		x.unwindEdge(s.clone(), block, t)
	}
	for _, n := range x.call(s, block, t, ci) {
		x.follow(n, block, func(e ir.Edge) bool { return !e.Unwind })
	}
}

// unwindEdge follows a panic out of the call. What was moved into the callee
// is the callee's concern; what this body still holds is ours.
func (x *explorer) unwindEdge(s state, block int32, t *mir.Terminator) {
	if t.Unwind != mir.UnwindTo && t.Unwind != mir.UnwindContinue {
		return
	}
	panics := x.e.callUnwinds(x.b, block)
	if panics == effects.No {
		return
	}
	s.sure = s.sure || panics == effects.Yes
	chosen := x.e.chosen(x.b, &x.b.calls[block])
	for i := range t.Args {
		for _, tc := range x.touches(&s, &t.Args[i]) {
			at := ir.PlaceType(x.b.mir, &t.Args[i].Place)
			if chosen && lends(at, tc) {
				continue
			}
			if tc.rel == relRef || t.Args[i].Kind == mir.Move && (!tc.h.derived || !refLike(at)) {
				return // the callee may have done its part before it panicked
			}
		}
	}
	if t.Unwind == mir.UnwindTo {
		x.follow(s, block, func(e ir.Edge) bool { return e.Unwind })
		return
	}
	if !x.inParamMemory(&s) {
		x.event(LostUnwind, block, -1, WhyNone)
	}
}

// lends reports whether an argument shows the callee the resource and no more:
// what safe code sees so it cannot release.
func lends(at *mir.Type, tc touch) bool {
	if at == nil || at.Kind != mir.TypeRef {
		return false
	}
	return tc.rel == relInside || tc.rel == relRef && !at.Mut
}

// call carries a state over the normal return of a call.
func (x *explorer) call(s state, block int32, t *mir.Terminator, ci *callInfo) []state {
	dest := x.e.place(x.b, &t.Place)
	if s.phase == unborn {
		return x.callUnborn(s, block, t, dest)
	}
	var out []state
	flags := s.flags
	if x.callLive(&s, block, t, ci, dest) {
		out = append(out, s)
	}
	if x.src.block == block && (x.src.fresh || x.src.root < 0) {
		if again := x.birth(state{flags: flags}, block, t, dest); again != nil {
			out = append(out, *again)
		}
	}
	return x.rebirth(out, 0, &t.Place)
}

// callUnborn starts the story where this call makes the resource or its root.
func (x *explorer) callUnborn(s state, block int32, t *mir.Terminator, dest loc) []state {
	if block == x.src.block {
		born := x.birth(s, block, t, dest)
		if born == nil {
			return nil
		}
		return []state{*born}
	}
	return []state{x.bornAt(s, &t.Place)}
}

// birth is the state behind the call that makes or disowns the resource; nil
// when the resource was lost at once (an event says so).
func (x *explorer) birth(s state, block int32, t *mir.Terminator, dest loc) *state {
	s = s.clone()
	s.phase = raw
	s.holders = nil
	if x.src.fresh {
		s.add(holder{at: loc{dest.local, x.e.paths.join(dest.path, x.src.freshPath)}})
		return &s
	}
	x.addResult(&s, x.b.calls[block].model, dest)
	if !x.settle(&s, block, -1, fate{why: WhyForgotten}) {
		return nil
	}
	return &s
}

// addResult adds what the result of a disowning call holds.
func (x *explorer) addResult(s *state, m *effects.Effect, dest loc) {
	if m == nil {
		return
	}
	for _, r := range m.Ret {
		if r.Op == effects.RetOwner || r.Op == effects.RetValue {
			s.add(holder{at: x.inVariant(dest, r.In)})
		}
	}
}

func (x *explorer) inVariant(dest loc, variant string) loc {
	if variant == "" {
		return dest
	}
	return loc{dest.local, x.e.paths.add(dest.path, fieldElem(x.e.paths.symbol(variant), 0))}
}

// callLive carries an owned or raw resource over a call; false when its story ends there.
func (x *explorer) callLive(s *state, block int32, t *mir.Terminator, ci *callInfo, dest loc) bool {
	c := callState{x: x, s: s, t: t, ci: ci, block: block, dest: dest}
	for i := range t.Args {
		for _, tc := range x.touches(s, &t.Args[i]) {
			if end := c.apply(i, tc); end {
				return false
			}
		}
	}
	why := x.fate(s, WhyConsumed)
	if c.disowned {
		s.phase, why = raw, fate{why: WhyForgotten}
	}
	x.dropMoved(s, t)
	x.overwrite(s, dest)
	for _, g := range c.gens {
		s.add(g)
	}
	return x.settle(s, block, -1, why)
}

// dropMoved removes the holders in operands that were moved into the callee.
func (x *explorer) dropMoved(s *state, t *mir.Terminator) {
	for i := range t.Args {
		if t.Args[i].Kind != mir.Move {
			continue
		}
		at := x.e.place(x.b, &t.Args[i].Place)
		s.removeIf(func(h holder) bool {
			if h.at.local != at.local {
				return false
			}
			_, ok := x.e.paths.suffix(at.path, h.at.path)
			return ok
		})
	}
}

// callState gathers what one call does to a resource.
type callState struct {
	x        *explorer
	s        *state
	t        *mir.Terminator
	ci       *callInfo
	block    int32
	dest     loc
	gens     []holder
	disowned bool
}

// apply adds the effect of argument i, which touches the resource; true means
// that the story ends here.
func (c *callState) apply(i int, tc touch) bool {
	switch {
	case c.ci.model != nil:
		return c.applyModel(i, tc, c.ci.model)
	case c.ci.target != nil && c.ci.target.Blocks > 0:
		return c.applyBody(i, tc)
	}
	return c.applyUnknown(i, tc)
}

// end closes the story with an event, where the resource was raw.
func (c *callState) end(k EventKind) bool {
	if c.s.phase == raw || k == Released && c.s.phase == owned {
		if c.s.phase == raw {
			c.x.event(k, c.block, -1, WhyNone)
		}
	}
	return true
}

func (c *callState) applyModel(i int, tc touch, m *effects.Effect) bool {
	arg := m.Arg(i)
	byValue := tc.rel == relValue
	switch arg.Op {
	case effects.Disown:
		if byValue && !tc.h.derived && c.s.phase == owned {
			if c.block != c.x.src.block {
				return true // another origin takes it from here
			}
			c.disowned = true
			c.x.addResultTo(&c.gens, m, c.dest)
			return false
		}
		if byValue {
			c.moveToResult(m, i, tc)
		}
	case effects.Reclaim, effects.Free:
		if tc.rel == relRef && c.s.phase == owned {
			break
		}
		return c.end(Released)
	case effects.Drop:
		return c.dropArg(i, tc)
	case effects.MoveOut:
		switch {
		case c.x.src.kind == KindValue && (!byValue || tc.h.derived):
			return c.end(Released)
		case c.x.src.kind == KindParam && (tc.own || tc.h.derived):
			return c.end(Unclear)
		}
	case effects.Store:
		if byValue {
			return c.storeArg(tc, arg.In)
		}
	case effects.Escape:
		return c.end(Escaped)
	case effects.Unknown:
		return c.end(Unclear)
	case effects.Move:
		if c.moveToResult(m, i, tc); byValue && !tc.h.derived && c.s.phase == owned && !c.resultHolds(m, i) {
			return true
		}
		return false
	}
	if tc.own && c.takesOld(m, i) {
		return c.end(Unclear) // a part of the value is moved out on its own
	}
	c.fromResult(m, i, tc)
	return false
}

// takesOld reports whether the call moves out what its argument points at.
func (c *callState) takesOld(m *effects.Effect, i int) bool {
	for _, r := range m.Ret {
		if r.Arg == i && r.Op == effects.RetOld {
			return true
		}
	}
	return false
}

func (x *explorer) addResultTo(gens *[]holder, m *effects.Effect, dest loc) {
	for _, r := range m.Ret {
		if r.Op == effects.RetOwner || r.Op == effects.RetValue {
			*gens = append(*gens, holder{at: x.inVariant(dest, r.In)})
		}
	}
}

func (c *callState) resultHolds(m *effects.Effect, i int) bool {
	for _, r := range m.Ret {
		if r.Arg == i && (r.Op == effects.RetValue || r.Op == effects.RetOwner) {
			return true
		}
	}
	return false
}

// moveToResult makes the result hold what the argument's value held.
func (c *callState) moveToResult(m *effects.Effect, i int, tc touch) {
	for _, r := range m.Ret {
		if r.Arg != i || r.Op != effects.RetValue && r.Op != effects.RetOwner {
			continue
		}
		to := c.x.inVariant(c.dest, r.In)
		switch tc.rel {
		case relValue:
			suf := tc.suf
			if r.From != "" {
				rest, whole, ok := c.x.payload(suf, r.From)
				if ok {
					c.gens = append(c.gens, holder{at: loc{to.local, c.x.e.paths.join(to.path, rest)}, derived: tc.h.derived})
				}
				if ok && whole {
					return // which variant holds it is not known: the first that is listed
				}
				continue
			}
			if r.Op == effects.RetValue && suf != 0 && !c.samePayload() {
				suf = c.x.e.paths.intern([]elem{elemAny})
			}
			c.gens = append(c.gens, holder{at: loc{to.local, c.x.e.paths.join(to.path, suf)}, derived: tc.h.derived})
		default:
			c.gens = append(c.gens, holder{at: to, derived: true})
		}
	}
}

// payload is the way from field 0 of a variant to a holder, when it lies there
// or may lie there; whole says that the variant is not known.
func (x *explorer) payload(suf pathID, variant string) (rest pathID, whole, ok bool) {
	es := x.e.paths.elems(suf)
	switch {
	case len(es) == 0:
		return 0, true, true
	case es[0] == elemAny:
		return x.e.paths.intern(es), true, true
	case es[0] < 0:
		return 0, false, false
	case es[0].variant() == 0:
		return x.e.paths.intern(es[1:]), true, true
	}
	return x.e.paths.intern(es[1:]), false, x.e.paths.variants[es[0].variant()] == variant
}

// samePayload reports whether the call keeps the shape of its argument, so
// that a path into the one is a path into the other.
func (c *callState) samePayload() bool {
	if len(c.t.Args) == 0 || c.t.Args[0].Kind == mir.Constant {
		return false
	}
	from, to := ir.PlaceType(c.x.b.mir, &c.t.Args[0].Place), ir.PlaceType(c.x.b.mir, &c.t.Place)
	return from != nil && to != nil && from == to
}

// fromResult adds what the result holds of an argument that stays where it is.
func (c *callState) fromResult(m *effects.Effect, i int, tc touch) {
	for _, r := range m.Ret {
		if r.Arg != i {
			continue
		}
		to := c.x.inVariant(c.dest, r.In)
		switch r.Op {
		case effects.RetDerived, effects.RetClone:
			c.gens = append(c.gens, holder{at: to, derived: true})
		case effects.RetOld, effects.RetLoad:
			c.takeOut(r.Op, to, tc)
		case effects.RetValue, effects.RetOwner:
			c.moveToResult(m, i, tc)
		}
	}
}

// takeOut moves what lies behind a reference into the result.
func (c *callState) takeOut(op effects.RetOp, to loc, tc touch) {
	if tc.rel != relRef {
		if tc.rel == relValue && tc.h.derived || tc.rel == relInside {
			c.gens = append(c.gens, holder{at: to, derived: true})
		}
		return
	}
	suf := tc.suf
	if op == effects.RetLoad {
		suf = c.x.e.paths.intern([]elem{elemAny})
	} else {
		gone := tc.h.at
		c.s.removeIf(func(h holder) bool { return h.at == gone })
	}
	c.gens = append(c.gens, holder{at: loc{to.local, c.x.e.paths.join(to.path, suf)}, derived: tc.h.derived})
}

// dropArg runs the destructor of a value that holds the resource.
func (c *callState) dropArg(i int, tc touch) bool {
	if tc.rel != relValue {
		return false
	}
	if c.s.phase == owned {
		return !tc.h.derived
	}
	typ := ir.PlaceType(c.x.b.mir, &c.t.Args[i].Place)
	switch k := c.x.e.dropOf(c.x.b.fn.Crate, typ, tc.suf, 0); k {
	case Released, Unclear:
		return c.end(k)
	}
	return false
}

// storeArg moves the value into what another argument points at.
func (c *callState) storeArg(tc touch, in int) bool {
	if in >= len(c.t.Args) || c.t.Args[in].Kind == mir.Constant {
		return c.end(Escaped)
	}
	target := &c.t.Args[in].Place
	to, ok := c.x.e.refTo(c.x.b, c.x.e.place(c.x.b, target))
	if !ok {
		at := c.x.e.place(c.x.b, target)
		to = loc{at.local, c.x.e.paths.add(at.path, elemDeref)}
	}
	if c.x.unownedMemory(to) {
		return c.end(Unclear)
	}
	c.gens = append(c.gens, holder{at: loc{to.local, c.x.e.paths.add(to.path, elemAny)}, derived: tc.h.derived})
	return false
}

// applyBody asks the callee's summary.
func (c *callState) applyBody(i int, tc touch) bool {
	if c.s.phase == owned {
		return c.ownedIntoCallee(i, tc)
	}
	path := tc.suf
	switch tc.rel {
	case relRef:
		path = c.x.e.paths.join(c.x.e.paths.intern([]elem{elemDeref}), tc.suf)
	case relPart, relInside:
		path = 0
	}
	if i >= len(c.ci.target.Head.Params) {
		return c.end(Unclear)
	}
	oc := c.x.e.outcome(c.ci.target, int32(i), path)
	switch {
	case oc.bits == 0:
		return true // the callee does not return
	case oc.has(Unclear):
		return c.end(Unclear)
	case oc.has(Escaped):
		return c.end(Escaped)
	case oc.has(Released):
		return c.end(Released)
	}
	for _, p := range oc.Returned {
		c.gens = append(c.gens, holder{at: loc{c.dest.local, c.x.e.paths.join(c.dest.path, p)}, derived: tc.h.derived})
	}
	for _, st := range oc.Stored {
		if !c.storedIn(st, tc) {
			return c.end(Unclear)
		}
	}
	return false
}

// storedIn places the resource where the callee stored it: behind one of its parameters.
func (c *callState) storedIn(st StoredAt, tc touch) bool {
	if int(st.Param) >= len(c.t.Args) || c.t.Args[st.Param].Kind == mir.Constant {
		return false
	}
	at := c.x.e.place(c.x.b, &c.t.Args[st.Param].Place)
	es := c.x.e.paths.elems(st.Path)
	if len(es) > 0 && es[0] == elemDeref {
		if to, ok := c.x.e.refTo(c.x.b, at); ok {
			at, es = to, es[1:]
		}
	}
	to := loc{at.local, c.x.e.paths.join(at.path, c.x.e.paths.intern(es))}
	if c.x.unownedMemory(to) {
		return false
	}
	c.gens = append(c.gens, holder{at: to, derived: tc.h.derived})
	return true
}

// ownedIntoCallee handles a value that the compiler still owns: moving it away
// ends the tracking, lending it does not.
func (c *callState) ownedIntoCallee(i int, tc touch) bool {
	if tc.rel == relValue && !tc.h.derived {
		return true
	}
	if t := ir.PlaceType(c.x.b.mir, &c.t.Args[i].Place); t != nil && t.Kind == mir.TypeRawPtr || c.foreignCall() && !(isStd(c.ci.path) && refLike(t)) {
		c.s.lent = true
	}
	if pointerish(ir.PlaceType(c.x.b.mir, &c.t.Place)) {
		c.gens = append(c.gens, holder{at: c.dest, derived: true})
	}
	return false
}

// isStd reports whether the callee belongs to the standard library, or is a
// method of one of its traits on one of its types.
func isStd(p *mir.Path) bool {
	if p == nil {
		return false
	}
	if p.Self != nil {
		return p.Self.Path != nil && isStd(p.Self.Path) || p.Self.Kind == mir.TypeSlice || p.Self.Kind == mir.TypePrim
	}
	if len(p.Segs) == 0 {
		return false
	}
	switch p.Segs[0].Name {
	case "std", "core", "alloc":
		return true
	}
	return false
}

func (c *callState) foreignCall() bool { return c.ci.target == nil && c.ci.model == nil }

// applyUnknown is for callees of which nothing is known.
func (c *callState) applyUnknown(i int, tc touch) bool {
	if isConstructor(c.ci) {
		c.gens = append(c.gens, c.constructed(i, tc)...)
		return c.s.phase == owned && tc.rel == relValue && !tc.h.derived && len(c.gens) == 0
	}
	if c.s.phase == owned {
		return c.ownedIntoCallee(i, tc)
	}
	t := ir.PlaceType(c.x.b.mir, &c.t.Args[i].Place)
	isRef := t != nil && t.Kind == mir.TypeRef
	if (isRef || refLike(t) && tc.h.derived) && (tc.h.derived || tc.rel == relInside || tc.rel == relPart || tc.rel == relRef && !t.Mut) {
		// Safe code cannot free what it only sees through a reference.
		if pointerish(ir.PlaceType(c.x.b.mir, &c.t.Place)) {
			c.gens = append(c.gens, holder{at: c.dest, derived: true})
		}
		return false
	}
	c.x.e.noteUnknown(c.x.b.fn, c.x.nodes[c.x.node].block, c.ci)
	return c.end(Unclear)
}

// isConstructor recognises tuple structs and variants called as functions. C
// libraries have capital letters too: SSL_set_ex_data, CreateFile.
func isConstructor(ci *callInfo) bool {
	name := ir.LastSeg(ci.path)
	return ci.path != nil && ci.path.Trait == nil && !ci.foreign && name != "" && name[0] >= 'A' && name[0] <= 'Z' && !strings.Contains(name, "_")
}

func (c *callState) constructed(i int, tc touch) []holder {
	if tc.rel != relValue {
		return []holder{{at: loc{c.dest.local, c.x.e.paths.add(c.dest.path, fieldElem(0, int32(i)))}, derived: true}}
	}
	rv := mir.Rvalue{Kind: mir.Adt, Path: c.ci.path}
	variant := c.x.variantOf(&rv, ir.PlaceType(c.x.b.mir, &c.t.Place))
	at := c.x.e.paths.add(c.dest.path, fieldElem(c.x.e.paths.symbol(variant), int32(i)))
	return []holder{{at: loc{c.dest.local, c.x.e.paths.join(at, tc.suf)}, derived: tc.h.derived}}
}

// callSite is a call of the program.
type callSite struct {
	fn    int
	block int32
}

// noteUnknown counts a callee that ended a tracking, once for each call of it.
func (e *Engine) noteUnknown(f *ir.Func, block int32, ci *callInfo) {
	site := callSite{f.ID, block}
	if e.unknownAt[site] {
		return
	}
	e.unknownAt[site] = true
	name := "a call through a value"
	if ci.path != nil {
		name = ci.path.Plain
	}
	e.UnknownCalls[name]++
}
