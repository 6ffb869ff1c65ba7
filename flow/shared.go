package flow

import (
	"slices"
	"strings"

	"softshell/effects"
	"softshell/ir"
	"softshell/mir"
)

// This file follows handles to shared objects (Rc, Arc): which object holds a
// strong handle to which, after which statement. Objects are named by the call
// that makes them, by the parameter that brings them in, or by the field that
// they were read from. An allocation inside a loop keeps its newest object
// apart from all older ones (recency abstraction, Balakrishnan and Reps, SAS
// 2006), so a list built in a loop is not mistaken for a cycle.

// object is an abstract shared object.
type object int32

// objectInfo says where an object comes from.
type objectInfo struct {
	site    int32 // block that makes it, -1 otherwise
	older   bool  // stands for all earlier objects of the site
	param   int32 // parameter (from 0) that brings it in, -1 otherwise
	parent  object
	field   int32 // field of parent that it was read from
	depth   int32
	fromRet int32 // ordinal among the fresh objects of a callee at the site
}

// tokenKind says what a value has to do with an object.
type tokenKind uint8

const (
	strongHandle tokenKind = iota
	weakHandle
	handleRef // a reference to a strong handle
	inside    // a reference into the object, at field slot
)

// token is one relation of a local to an object.
type token struct {
	kind tokenKind
	obj  object
	slot int32 // inside: the field, 0 for the whole
	via  int32 // strongHandle: the field of the aggregate in the local that holds it, 0 for none
}

// LinkAt is the place of a store that made a strong edge.
type LinkAt struct {
	Fn          *ir.Func
	Block, Stmt int32
	Called      *ir.Func // the store happens in this callee
}

// strongEdge says that object From holds a strong handle to To in a field.
type strongEdge struct {
	from, to object
	slot     int32
}

// sharedState is what is known at a program point.
type sharedState struct {
	vals  map[int32][]token
	edges map[strongEdge]LinkAt
}

func (s *sharedState) clone() *sharedState {
	c := &sharedState{vals: make(map[int32][]token, len(s.vals)), edges: make(map[strongEdge]LinkAt, len(s.edges))}
	for k, v := range s.vals {
		c.vals[k] = v
	}
	for k, v := range s.edges {
		c.edges[k] = v
	}
	return c
}

// join adds what o knows; it reports whether s grew.
func (s *sharedState) join(o *sharedState) bool {
	grew := false
	for l, ts := range o.vals {
		for _, t := range ts {
			if !slices.Contains(s.vals[l], t) {
				s.vals[l] = append(slices.Clip(s.vals[l]), t)
				grew = true
			}
		}
	}
	for e, at := range o.edges {
		if _, ok := s.edges[e]; !ok {
			s.edges[e] = at
			grew = true
		}
	}
	return grew
}

// sharedRun is the analysis of one body.
type sharedRun struct {
	e       *Engine
	fn      *ir.Func
	b       *body // until it has run
	objects []objectInfo
	index   map[objectInfo]object
	in      []*sharedState // until it has run
	exit    *sharedState
	cleared []FieldOf
}

// maxChild bounds how deep objects read from fields of objects are told apart.
const maxChild = 2

// onlyReturned keeps what a caller asks for.
func onlyReturned(vals map[int32][]token) map[int32][]token {
	return map[int32][]token{0: vals[0]}
}

// shared runs the analysis over f; nil when f has nothing to do with handles.
func (e *Engine) shared(f *ir.Func) *sharedRun {
	if r, ok := e.sharedRuns[f.ID]; ok {
		return r
	}
	e.sharedRuns[f.ID] = nil // recursion: nothing known
	if f.Head.Broken || f.Blocks == 0 || !f.Shared {
		return nil
	}
	r := &sharedRun{e: e, fn: f, b: e.body(f), index: map[objectInfo]object{}, in: make([]*sharedState, f.Blocks),
		exit: &sharedState{vals: map[int32][]token{}, edges: map[strongEdge]LinkAt{}}}
	r.objects = append(r.objects, objectInfo{})
	r.run()
	r.cleared = r.clears()
	r.b, r.in, r.index, r.exit.vals = nil, nil, nil, onlyReturned(r.exit.vals)
	e.sharedRuns[f.ID] = r
	return r
}

func (r *sharedRun) object(info objectInfo) object {
	if o, ok := r.index[info]; ok {
		return o
	}
	o := object(len(r.objects))
	r.objects = append(r.objects, info)
	r.index[info] = o
	return o
}

// run iterates to a fixpoint in reverse postorder.
func (r *sharedRun) run() {
	start := &sharedState{vals: map[int32][]token{}, edges: map[strongEdge]LinkAt{}}
	for i, p := range r.b.mir.Params {
		if ts := r.paramTokens(int32(i), r.b.localType(p)); len(ts) > 0 {
			start.vals[p] = ts
		}
	}
	r.in[0] = start
	dirty := make([]bool, len(r.in))
	dirty[0] = true
	for rounds := 0; rounds < 12; rounds++ {
		changed := false
		for _, bi := range r.b.cfg.RPO {
			if !dirty[bi] || r.in[bi] == nil {
				continue
			}
			dirty[bi] = false
			out := r.block(r.in[bi].clone(), bi)
			given := false // out is the state of a successor now
			for _, ed := range r.b.cfg.Succs[bi] {
				if ed.Unwind {
					continue
				}
				switch {
				case r.in[ed.To] != nil:
					if !r.in[ed.To].join(out) {
						continue
					}
				case given:
					r.in[ed.To] = out.clone()
				default:
					r.in[ed.To], given = out, true
				}
				dirty[ed.To], changed = true, true
			}
		}
		if !changed {
			return
		}
	}
}

// paramTokens names the objects that a parameter brings in, by its type.
func (r *sharedRun) paramTokens(i int32, t *mir.Type) []token {
	info := objectInfo{site: -1, param: i, fromRet: -1}
	refs := 0
	for t != nil && t.Kind == mir.TypeRef && len(t.Args) > 0 {
		t = t.Args[0]
		refs++
	}
	switch {
	case t == nil || t.Kind != mir.TypePath:
		return nil
	case isStrong(t):
		kind := strongHandle
		if refs > 0 {
			kind = handleRef
		}
		return []token{{kind: kind, obj: r.object(info)}}
	case refs > 0:
		return []token{{kind: inside, obj: r.object(info)}}
	case strings.Contains(t.Text, "Rc<") || strings.Contains(t.Text, "Arc<"):
		return []token{{kind: strongHandle, obj: r.object(info)}}
	}
	return nil
}

// isStrong reports whether a type is a strong shared pointer.
func isStrong(t *mir.Type) bool {
	if t == nil || t.Kind != mir.TypePath {
		return false
	}
	switch ir.LastSeg(t.Path) {
	case "Rc", "Arc", "ThinArc":
		return true
	}
	return false
}

func (r *sharedRun) block(s *sharedState, bi int32) *sharedState {
	blk := &r.b.mir.Blocks[bi]
	for si := range blk.Stmts {
		st := &blk.Stmts[si]
		switch st.Kind {
		case mir.Assign:
			r.assign(s, bi, int32(si), st)
		case mir.StorageDead:
			delete(s.vals, st.Place.Local)
		}
	}
	switch blk.Term.Kind {
	case mir.Call:
		r.call(s, bi, &blk.Term)
	case mir.Return:
		r.exit.join(s)
	}
	return s
}

func (r *sharedRun) assign(s *sharedState, bi, si int32, st *mir.Stmt) {
	ts := r.value(s, st.Rvalue)
	r.store(s, &st.Place, ts, LinkAt{r.b.fn, bi, si, nil})
}

// store puts tokens where a place says: into a local, or into an object behind a reference.
func (r *sharedRun) store(s *sharedState, p *mir.Place, ts []token, at LinkAt) {
	if refs := r.target(s, p); len(refs) > 0 {
		if t := ir.PlaceType(r.b.mir, p); t != nil && t.Kind == mir.TypeRawPtr {
			return // one more pointer, that holds no count
		}
		if len(refs) == 1 {
			r.clear(s, refs[0])
		}
		r.link(s, refs, ts, at)
		return
	}
	local := p.Local
	if to, ok := r.e.refTo(r.b, loc{local: p.Local}); ok && len(p.Proj) > 0 && p.Proj[0].Kind == mir.Deref && len(r.e.paths.elems(to.path)) == 0 {
		local = to.local
	} else if len(p.Proj) == 0 {
		delete(s.vals, local)
	}
	switch { // a local with nothing to say has no entry
	case len(ts) == 0:
	case s.vals[local] == nil:
		s.vals[local] = ts
	default:
		s.vals[local] = addTokens(s.vals[local], ts)
	}
}

func addTokens(have, more []token) []token {
	for _, t := range more {
		if !slices.Contains(have, t) {
			have = append(slices.Clip(have), t)
		}
	}
	return have
}

// target lists the objects, with fields, that a place behind a reference lies in.
func (r *sharedRun) target(s *sharedState, p *mir.Place) []token {
	deref := false
	for i := range p.Proj {
		deref = deref || p.Proj[i].Kind == mir.Deref
	}
	if !deref {
		return nil
	}
	slot := r.slotOf(p)
	var out []token
	for _, t := range s.vals[p.Local] {
		if t.kind == inside {
			if slot != 0 {
				t.slot = slot
			}
			out = append(out, t)
		}
	}
	return out
}

// slotOf is the innermost field of a type of the program on a place, 0 for none.
func (r *sharedRun) slotOf(p *mir.Place) int32 {
	fd, ok := r.e.lastField(r.b, p)
	if !ok {
		return 0
	}
	return r.e.slot(fd)
}

// slot interns a field by its type's path, variant and number.
func (e *Engine) slot(fd FieldOf) int32 {
	key := slotKey{fd.Crate, ir.TypePlain(fd.Type), fd.Variant, fd.Field}
	if id, ok := e.slotIDs[key]; ok {
		return id
	}
	id := int32(len(e.slots))
	e.slots = append(e.slots, fd)
	e.slotIDs[key] = id
	return id
}

type slotKey struct {
	crate   *ir.Crate
	plain   string
	variant string
	field   int32
}

// link records that each target holds the strong handles among the tokens.
func (r *sharedRun) link(s *sharedState, targets, ts []token, at LinkAt) {
	for _, target := range targets {
		for _, t := range ts {
			if t.kind == strongHandle {
				slot := target.slot
				if slot == 0 {
					slot = t.via
				}
				s.edges[strongEdge{target.obj, t.obj, slot}] = at
			}
		}
	}
}

// clear removes what a field of one object holds.
func (r *sharedRun) clear(s *sharedState, t token) {
	if r.objects[t.obj].older || t.slot == 0 {
		return
	}
	for e := range s.edges {
		if e.from == t.obj && e.slot == t.slot {
			delete(s.edges, e)
		}
	}
}

// load lists what a field of an object holds; an object that came from
// outside holds one of its own there, told apart by the field.
func (r *sharedRun) load(s *sharedState, t token) []token {
	var out []token
	for e := range s.edges {
		if e.from == t.obj && (e.slot == t.slot || e.slot == 0 || t.slot == 0) {
			out = append(out, token{kind: strongHandle, obj: e.to})
		}
	}
	if len(out) > 0 || t.slot == 0 {
		slices.SortFunc(out, func(a, b token) int { return int(a.obj - b.obj) })
		return out
	}
	info := r.objects[t.obj]
	if info.site >= 0 || info.depth >= maxChild {
		return nil
	}
	child := r.object(objectInfo{site: -1, param: -1, parent: t.obj, field: t.slot, depth: info.depth + 1, fromRet: -1})
	s.edges[strongEdge{t.obj, child, t.slot}] = LinkAt{Fn: r.b.fn, Block: -1, Stmt: -1}
	return []token{{kind: strongHandle, obj: child}}
}

// value is what an rvalue holds.
func (r *sharedRun) value(s *sharedState, rv *mir.Rvalue) []token {
	if rv == nil {
		return nil
	}
	switch rv.Kind {
	case mir.Use, mir.Cast, mir.Repeat, mir.ShallowInitBox:
		if len(rv.Args) > 0 {
			return r.operand(s, &rv.Args[0])
		}
	case mir.CopyForDeref:
		return r.place(s, &rv.Place)
	case mir.Ref, mir.RawPtr:
		return r.reference(s, &rv.Place)
	case mir.Tuple, mir.Array, mir.Closure, mir.Coroutine, mir.Adt:
		return r.aggregate(s, rv)
	}
	return nil
}

func (r *sharedRun) aggregate(s *sharedState, rv *mir.Rvalue) []token {
	var out []token
	for i := range rv.Args {
		ts := r.operand(s, &rv.Args[i])
		for _, t := range ts {
			if rv.Kind == mir.Adt && t.kind == strongHandle && t.via == 0 {
				t.via = r.adtSlot(rv, int32(i))
			}
			out = addTokens(out, []token{t})
		}
	}
	return out
}

// adtSlot is the field that the i-th operand of an aggregate of a type of the program fills.
func (r *sharedRun) adtSlot(rv *mir.Rvalue, i int32) int32 {
	t := r.e.own.ADTOfPath(r.b.fn.Crate, rv.Path)
	if t == nil {
		return 0
	}
	variant := ""
	if ir.LastSeg(t.Path) != ir.LastSeg(rv.Path) {
		variant = ir.LastSeg(rv.Path)
	}
	return r.e.slot(FieldOf{r.b.fn.Crate, t, variant, i})
}

func (r *sharedRun) operand(s *sharedState, op *mir.Operand) []token {
	if op.Kind == mir.Constant || op.Kind == mir.RuntimeChecks {
		return nil
	}
	return r.place(s, &op.Place)
}

// place is what a place holds.
func (r *sharedRun) place(s *sharedState, p *mir.Place) []token {
	if refs := r.target(s, p); len(refs) > 0 {
		var out []token
		for _, t := range refs {
			out = addTokens(out, r.load(s, t))
		}
		return out
	}
	return s.vals[r.base(p)]
}

// base is the local that a place is part of, through a reference to a local.
func (r *sharedRun) base(p *mir.Place) int32 {
	if len(p.Proj) > 0 && p.Proj[0].Kind == mir.Deref {
		if to, ok := r.e.refTo(r.b, loc{local: p.Local}); ok {
			return to.local
		}
	}
	return p.Local
}

// reference is what `&place` holds.
func (r *sharedRun) reference(s *sharedState, p *mir.Place) []token {
	if refs := r.target(s, p); len(refs) > 0 {
		return refs
	}
	var out []token
	for _, t := range s.vals[r.base(p)] {
		if t.kind == strongHandle {
			t.kind = handleRef
		}
		out = append(out, t)
	}
	return out
}

// call applies a callee's model or summary.
func (r *sharedRun) call(s *sharedState, bi int32, t *mir.Terminator) {
	ci := &r.b.calls[bi]
	at := LinkAt{r.b.fn, bi, -1, nil}
	var ret []token
	switch {
	case ci.model != nil:
		ret = r.modelCall(s, bi, t, ci.model, at)
	case ci.target != nil:
		ret = r.bodyCall(s, bi, t, ci.target)
	default:
		if isConstructor(ci) {
			for i := range t.Args {
				ret = addTokens(ret, r.operand(s, &t.Args[i]))
			}
		}
	}
	r.store(s, &t.Place, ret, at)
}

func (r *sharedRun) modelCall(s *sharedState, bi int32, t *mir.Terminator, m *effects.Effect, at LinkAt) []token {
	args := make([][]token, len(t.Args))
	for i := range t.Args {
		args[i] = r.operand(s, &t.Args[i])
	}
	var ret []token
	for _, rt := range m.Ret {
		if rt.Op == effects.RetFresh || rt.Arg >= len(args) {
			continue
		}
		ret = addTokens(ret, r.result(s, bi, rt.Op, args[rt.Arg]))
	}
	if m.Clears && len(args) > 0 {
		for _, tk := range args[0] {
			if tk.kind == inside && len(args[0]) == 1 {
				r.clear(s, tk)
			}
		}
	}
	for i := range args {
		a := m.Arg(i)
		if a.Op != effects.Store || a.In >= len(args) {
			continue
		}
		r.storeThrough(s, t, a.In, args[a.In], args[i], at)
	}
	return ret
}

// storeThrough stores tokens into what argument in points at.
func (r *sharedRun) storeThrough(s *sharedState, t *mir.Terminator, in int, target, ts []token, at LinkAt) {
	var objs []token
	for _, tk := range target {
		if tk.kind == inside {
			objs = append(objs, tk)
		}
	}
	if len(objs) > 0 {
		r.link(s, objs, ts, at)
		return
	}
	if t.Args[in].Kind == mir.Constant {
		return
	}
	if to, ok := r.e.refTo(r.b, loc{local: t.Args[in].Place.Local}); ok {
		s.vals[to.local] = addTokens(s.vals[to.local], ts)
	}
}

// result is what one relation of a model gives.
func (r *sharedRun) result(s *sharedState, bi int32, op effects.RetOp, arg []token) []token {
	var out []token
	switch op {
	case effects.RetShared:
		o := r.newObject(s, objectInfo{site: bi, param: -1, fromRet: -1})
		for _, t := range arg {
			if t.kind == strongHandle {
				s.edges[strongEdge{o, t.obj, t.via}] = LinkAt{r.b.fn, bi, -1, nil}
			}
		}
		return []token{{kind: strongHandle, obj: o}}
	case effects.RetValue, effects.RetOwner:
		return arg
	}
	for _, t := range arg {
		switch op {
		case effects.RetClone:
			if t.kind != inside {
				out = addTokens(out, []token{{kind: strongHandle, obj: t.obj}})
			}
		case effects.RetWeak:
			if t.kind != inside {
				out = addTokens(out, []token{{kind: weakHandle, obj: t.obj}})
			}
		case effects.RetDerived:
			switch t.kind {
			case inside:
				out = addTokens(out, []token{t})
			case strongHandle, handleRef:
				out = addTokens(out, []token{{kind: inside, obj: t.obj}})
			}
		case effects.RetOld, effects.RetLoad:
			switch t.kind {
			case inside:
				out = addTokens(out, r.load(s, t))
			case strongHandle, handleRef:
				out = addTokens(out, []token{{kind: strongHandle, obj: t.obj}})
			}
		}
	}
	return out
}

// newObject makes the newest object of a site; the one before becomes one of the older ones.
func (r *sharedRun) newObject(s *sharedState, info objectInfo) object {
	o := r.object(info)
	old := info
	old.older = true
	seen := false
	for _, ts := range s.vals {
		for _, t := range ts {
			seen = seen || t.obj == o
		}
	}
	for e := range s.edges {
		seen = seen || e.from == o || e.to == o
	}
	if !seen {
		return o
	}
	older := r.object(old)
	swap := func(x object) object {
		if x == o {
			return older
		}
		return x
	}
	for l, ts := range s.vals {
		next := make([]token, 0, len(ts))
		for _, t := range ts {
			t.obj = swap(t.obj)
			next = addTokens(next, []token{t})
		}
		s.vals[l] = next
	}
	edges := make(map[strongEdge]LinkAt, len(s.edges))
	for _, e := range sortedEdges(s.edges) {
		to := strongEdge{swap(e.from), swap(e.to), e.slot}
		if at, ok := edges[to]; !ok || at.Block < 0 { // of two that become one, the one that was written
			edges[to] = s.edges[e]
		}
	}
	s.edges = edges
	return o
}
