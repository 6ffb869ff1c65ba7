package flow

import (
	"slices"
	"strings"

	"softshell/effects"
	"softshell/ir"
	"softshell/mir"
)

// hazardCalls are the ends of the names of what gives rise to a hazard in a
// body that has no pointer and no wrapper of its own.
var hazardCalls = ir.NewNames("from_raw_fd", "from_raw_socket", "from_raw_handle", "close", "transmute_copy")

// Hazards lists the ways in which f reaches what is released already, in the
// order of the calls that give rise to them.
func (e *Engine) Hazards(f *ir.Func) []Hazard {
	s := e.survey(f)
	if s.asked&askedHazards == 0 {
		s.hazards, s.asked = e.findHazards(f), s.asked|askedHazards
	}
	return s.hazards
}

func (e *Engine) findHazards(f *ir.Func) []Hazard {
	if !f.Unmanaged && !f.MayCallAny(hazardCalls) {
		return nil
	}
	b := e.body(f)
	v := &View{Fn: f, MIR: b.mir, CFG: b.cfg, e: e, b: b}
	var out []Hazard
	for _, sub := range e.subjects(v) {
		out = append(out, e.hazardsOf(b, sub)...)
	}
	return out
}

// subjects lists what is worth following.
func (e *Engine) subjects(v *View) []subject {
	var out []subject
	add := func(s subject) {
		for i := range out {
			if out[i].at == s.at && out[i].as == s.as && out[i].derived == s.derived {
				return
			}
		}
		out = append(out, s)
	}
	for i := range v.MIR.Blocks {
		t := &v.MIR.Blocks[i].Term
		if t.Kind != mir.Call || !v.Reached(int32(i)) || v.MIR.Blocks[i].Cleanup {
			continue
		}
		for a := range t.Args {
			e.subjectsOf(v, int32(i), a, add)
		}
	}
	for _, s := range e.storages(v) {
		add(s)
	}
	for _, s := range e.keptCopies(v) {
		add(s)
	}
	return out
}

// keptCopies are the pointers that are copied out of a by-value parameter whose
// destructor knows them, before the parameter goes into a conversion that may
// move its buffer.
func (e *Engine) keptCopies(v *View) []subject {
	var out []subject
	for i := range v.MIR.Blocks {
		ci := &v.b.calls[i]
		t := &v.MIR.Blocks[i].Term
		if t.Kind != mir.Call || ci.target == nil || ci.model != nil || !v.Reached(int32(i)) || len(t.Args) == 0 || t.Args[0].Kind != mir.Move || !e.mayGrow(ci.target, 0) {
			continue
		}
		r := v.Root(&t.Args[0])
		if r.Points || !r.Whole() || r.Local() < 1 || !v.IsParam(r.Local()) || e.prog.DropImpl(v.Fn.Crate, v.MIR.Locals[r.Local()].Type) == nil {
			continue
		}
		out = append(out, v.copiesOf(r.Local())...)
	}
	return out
}

// copiesOf lists the fields of a parameter that are copied and may carry a pointer.
func (v *View) copiesOf(param int32) []subject {
	var out []subject
	for at, st := range v.assignments() {
		if st == nil || st.Rvalue.Kind != mir.Use || st.Rvalue.Args[0].Kind != mir.Copy {
			continue
		}
		p := &st.Rvalue.Args[0].Place
		t := v.PlaceType(p)
		if p.Local != param || len(p.Proj) != 1 || p.Proj[0].Kind != mir.Field || t == nil || t.Kind != mir.TypeRawPtr && t.Kind != mir.TypePath {
			continue
		}
		out = append(out, subject{at: v.Place(p).at, as: asMemory, derived: true, made: at, typ: t})
	}
	return out
}

// mayGrow reports whether a function, or what it calls, turns a buffer into one
// of another capacity.
func (e *Engine) mayGrow(f *ir.Func, depth int) bool {
	if f.Blocks == 0 || f.Head.Broken || depth > 2 {
		return false
	}
	b := e.body(f)
	for i := range b.calls {
		ci := &b.calls[i]
		switch {
		case ci.target != nil:
			if ci.target != f && ci.target.Crate == f.Crate && takesByValue(ci.target) && e.mayGrow(ci.target, depth+1) {
				return true
			}
		case slices.ContainsFunc(ci.keys, func(k string) bool {
			return k == "Vec::into_boxed_slice" || k == "Vec::shrink_to_fit" || k == "String::into_boxed_str"
		}):
			return true
		}
	}
	return false
}

// takesByValue reports whether a function's first parameter is no pointer.
func takesByValue(f *ir.Func) bool {
	if len(f.Head.Params) == 0 {
		return false
	}
	t := f.Head.Locals[f.Head.Params[0]].Type
	return t != nil && t.Kind == mir.TypePath
}

// subjectsOf asks what an argument gives rise to.
func (e *Engine) subjectsOf(v *View, block int32, arg int, add func(subject)) {
	op := &v.MIR.Blocks[block].Term.Args[arg]
	if op.Kind == mir.Constant || op.Kind == mir.RuntimeChecks {
		return
	}
	ci := &v.b.calls[block]
	content, memory, points := false, false, false
	switch {
	case ci.model != nil:
		switch ci.model.Arg(arg).Op {
		case effects.Reclaim, effects.Free:
			memory, points = true, true
			content = lastOf(ci) == "from_raw"
		case effects.MoveOut:
			content, points = true, true
		default:
			dest := ir.PlaceType(v.MIR, &v.MIR.Blocks[block].Term.Place)
			for _, r := range ci.model.Ret {
				points = points || r.Op == effects.RetDerived && r.Arg == arg && dest != nil && (dest.Kind == mir.TypeRawPtr || strings.Contains(dest.Text, "NonNull"))
			}
		}
	case ci.target != nil:
		t := v.TypeOf(op)
		memory = t != nil && t.Kind == mir.TypeRawPtr
		points = memory
	case arg == 0:
		c := huntedCall{ci: ci}
		memory = c.foreign() && releasesByName(lastOf(ci))
		points = memory || lastOf(ci) == "as_ptr" || lastOf(ci) == "as_mut_ptr"
	}
	if !memory && !content && !points {
		return
	}
	r := v.Root(op)
	if r.Local() < 0 {
		return
	}
	if at, ok := e.madeFrom(v, r); ok { // a method gives a field of its receiver
		r = Root{Ref: Ref{at}, Made: -1, Via: r.Via}
	} else if memory {
		e.receivers(v, r, block, add)
	}
	if typ := v.refType(r.Ref); r.Points && typ != nil && (typ.Kind == mir.TypeRef || typ.Kind == mir.TypeRawPtr) {
		if t := v.TypeOf(op); t == nil || ir.Pointee(t) == nil || ir.Pointee(t).Text != typ.Text {
			r.Points = false // a reborrow: what the pointer points at, not the variable that holds it
		}
	}
	e.subjectsAt(v, block, r, memory, content, points, add)
}

// maker is the call of a body that a local is the result of.
func (v *View) maker(local int32) (int32, bool) {
	d, ok := v.b.singleDef(local)
	if !ok || d.stmt >= 0 {
		return 0, false
	}
	ci := &v.b.calls[d.block]
	return d.block, ci.model == nil && ci.target != nil && ci.target.Blocks > 0 && !ci.target.Head.Broken
}

// madeFrom finds the field from which a call of a body reads the pointer that it returns.
func (e *Engine) madeFrom(v *View, r Root) (loc, bool) {
	block, ok := v.maker(r.Local())
	if !ok || r.at.path != 0 || r.Points {
		return loc{}, false
	}
	in := e.View(v.b.calls[block].target)
	from := in.RootOf(&mir.Place{})
	args := v.MIR.Blocks[block].Term.Args
	if !in.IsParam(from.Local()) || from.Points || from.at.path == 0 || int(from.Local()) > len(args) {
		return loc{}, false
	}
	arg := &args[from.Local()-1]
	if arg.Kind == mir.Constant || arg.Kind == mir.RuntimeChecks {
		return loc{}, false
	}
	es := e.paths.elems(from.at.path)
	at := e.place(v.b, &arg.Place)
	if to, ok := e.refTo(v.b, at); ok && es[0] == elemDeref {
		at, es = to, es[1:]
	}
	if !v.b.isParam(at.local) {
		return loc{}, false
	}
	return loc{at.local, e.paths.join(at.path, e.paths.intern(es))}, true
}

// receivers adds the values behind parameters of which a method made what is released.
func (e *Engine) receivers(v *View, r Root, block int32, add func(subject)) {
	made, ok := v.maker(r.Local())
	if !ok {
		return
	}
	args := v.MIR.Blocks[made].Term.Args
	for i := range args {
		from := v.Root(&args[i])
		if from.Local() < 1 || !v.IsParam(from.Local()) || from.at.path != 0 {
			continue
		}
		if from.Local() == 1 && v.Fn.Destructor() {
			continue // the destructor of the value: it runs once, and then only the fields are dropped
		}
		t := v.MIR.Locals[from.Local()].Type
		if t == nil || t.Kind != mir.TypeRef || !t.Mut || !e.own.LocalADT(v.Fn.Crate, ir.Pointee(t)) {
			continue
		}
		add(subject{at: loc{from.Local(), e.paths.intern([]elem{elemDeref})}, as: asOwned, made: Point{block, Term}, typ: ir.Pointee(t)})
	}
}

// subjectsAt makes the subjects of a root.
func (e *Engine) subjectsAt(v *View, block int32, r Root, memory, content, points bool, add func(subject)) {
	if slices.Contains(e.paths.elems(r.at.path), elemAny) {
		return // an element by its index: two of them are not told apart
	}
	typ := v.refType(r.Ref)
	through := v.Through(r.Ref)
	if through && !v.b.isParam(r.Local()) && !v.boxed(r.Ref) {
		return
	}
	s := subject{at: r.at, made: Point{block, Term}, typ: typ}
	if !r.Points {
		s.derived = true
		if typ != nil && typ.Kind == mir.TypeRef {
			if content && typ.Mut && v.b.isParam(r.Local()) { // the value behind a parameter
				add(subject{at: loc{r.at.local, e.paths.add(r.at.path, elemDeref)}, as: asOwned, made: Point{block, Term}, typ: ir.Pointee(typ)})
			}
			return
		}
		if typ == nil || !rawLike(typ) && !plainHolder[ir.LastSeg(typ.Path)] {
			return
		}
		if memory {
			s.as = asMemory
			add(s)
		}
		if content && !slices.ContainsFunc(r.Via, func(b int32) bool { return (&huntedCall{ci: &v.b.calls[b]}).offsets() }) {
			s.as = asContent
			add(s)
		}
		return
	}
	if !points || typ == nil {
		return
	}
	if content && typ.Kind == mir.TypePath && ir.LastSeg(typ.Path) == "Box" && !through {
		s.as = asContent
		add(s)
	}
	s.as = asOwned
	switch typ.Kind {
	case mir.TypePath, mir.TypeParam, mir.TypeTuple, mir.TypeArray, mir.TypeProjection:
		add(s)
	}
}

// rawLike reports the types that carry one raw pointer or handle.
func rawLike(t *mir.Type) bool {
	switch t.Kind {
	case mir.TypeRawPtr:
		return true
	case mir.TypePrim:
		return handleSized[t.Name]
	}
	return false
}

// refType is the type of a resolved place, nil when it is not known.
func (v *View) refType(r Ref) *mir.Type {
	if r.at.local < 0 || int(r.at.local) >= len(v.MIR.Locals) {
		return nil
	}
	t := v.MIR.Locals[r.at.local].Type
	path := pathID(0)
	for _, el := range v.e.paths.elems(r.at.path) {
		path = v.e.paths.add(path, el)
		if printed := v.e.printedType(v.b, loc{r.at.local, path}); el >= 0 && printed != nil {
			t = printed
			continue
		}
		t = v.e.step(v.Fn.Crate, t, el)
	}
	return t
}

// printedType is the type that the text gives to a field of a place, nil when
// no statement names it. It saves asking the items of a crate.
func (e *Engine) printedType(b *body, at loc) *mir.Type {
	if b.printed == nil {
		b.printed = map[loc]*mir.Type{}
		b.eachPlace(func(p *mir.Place) {
			for i := range p.Proj {
				if p.Proj[i].Kind == mir.Field {
					b.printed[e.place(b, &mir.Place{Local: p.Local, Proj: p.Proj[:i+1]})] = p.Proj[i].Type
				}
			}
		})
	}
	return b.printed[at]
}

// eachPlace calls visit for each place with projections that a body names.
func (b *body) eachPlace(visit func(*mir.Place)) {
	see := func(p *mir.Place) {
		if len(p.Proj) > 0 {
			visit(p)
		}
	}
	ops := func(args []mir.Operand) {
		for i := range args {
			if args[i].Kind == mir.Copy || args[i].Kind == mir.Move {
				see(&args[i].Place)
			}
		}
	}
	for i := range b.mir.Blocks {
		blk := &b.mir.Blocks[i]
		for j := range blk.Stmts {
			see(&blk.Stmts[j].Place)
			if rv := blk.Stmts[j].Rvalue; rv != nil {
				see(&rv.Place)
				ops(rv.Args)
			}
		}
		see(&blk.Term.Place)
		ops(blk.Term.Args)
	}
}

// boxed reports a place that is what a local Box holds.
func (v *View) boxed(r Ref) bool {
	es := v.e.paths.elems(r.at.path)
	t := v.MIR.Locals[r.at.local].Type
	return len(es) == 1 && es[0] == elemDeref && t != nil && t.Kind == mir.TypePath && ir.LastSeg(t.Path) == "Box"
}

// storages are the variables, and the Boxes, of which a raw pointer is made
// without a call.
func (e *Engine) storages(v *View) []subject {
	var out []subject
	for point, st := range v.assignments() {
		if st == nil || st.Rvalue.Kind != mir.RawPtr {
			continue
		}
		at := v.Place(&st.Rvalue.Place)
		r := v.RootOf(&mir.Place{Local: st.Place.Local})
		if t := v.refType(r.Ref); r.Points && len(st.Place.Proj) == 0 && t != nil && t.Kind == mir.TypePath && ir.LastSeg(t.Path) == "Box" && !v.Through(r.Ref) {
			out = append(out, subject{at: r.at, as: asOwned, made: point, typ: t}) // `&raw *b`
			continue
		}
		if v.Through(at) || at.Local() == 0 || int(at.Local()) >= len(v.MIR.Locals) {
			continue
		}
		if len(st.Place.Proj) > 0 || len(v.b.defs[at.Local()]) == 0 && !v.IsParam(at.Local()) {
			continue
		}
		out = append(out, subject{at: loc{local: at.Local()}, as: asStorage, made: point, typ: v.MIR.Locals[at.Local()].Type})
	}
	return out
}

// hazardsOf follows one subject and keeps one feasible way for each kind and place.
func (e *Engine) hazardsOf(b *body, sub subject) []Hazard {
	entry := unborn
	if b.isParam(sub.at.local) {
		entry = raw
	}
	x := e.hunt(b, sub, entry)
	if x.gaveUp {
		e.GaveUp++
		return nil
	}
	type place struct {
		kind        HazardKind
		block, stmt int32
	}
	seen := map[place]bool{}
	var out []Hazard
	for i := range x.found {
		h := &x.found[i]
		k := place{h.kind, h.block, h.stmt}
		if seen[k] || !e.tells(x, h) {
			continue
		}
		ev := Event{Block: h.block, Stmt: h.stmt, Param: -1, node: h.node}
		path := x.feasible(&ev)
		if path == nil {
			continue
		}
		seen[k] = true
		made := Point{h.after.dup - 1, Term}
		if made.Block < 0 && h.kind != LeftBehind {
			made = sub.made
		}
		end := &Ending{Event: ev, Path: path, Unwound: -1}
		for _, s := range path {
			end.Layout = end.Layout || s.Case != ir.NoCase && b.dependsOnLayout(s.Block)
		}
		out = append(out, Hazard{Kind: h.kind, Fn: b.fn, Made: made, Freed: Point{h.after.block - 1, h.after.stmt}, Ending: end,
			Again: h.after.dup > 0, Copied: h.after.read, Type: sub.typ, Guess: h.after.guess, Growth: h.after.how == byGrowth, Scope: h.after.how == byScope})
	}
	return out
}

// tells leaves out what is no hazard for what is followed.
func (e *Engine) tells(x *hunter, h *hazardAt) bool {
	if h.kind == LeftBehind {
		return h.after.how != byGrowth && e.callerDrops(x, h)
	}
	if x.sub.as == asOwned && !singleBuffer(x.sub.typ) && byWayOfPointer(h) && !(h.kind == FreedTwice && h.twice == byOwner && h.after.how == byPointer) {
		return false // of its several pointers another one may be meant
	}
	switch h.kind {
	case UsedAfter, PointerLeaves:
		if h.after.how == byDrop && x.sub.as == asOwned && h.after.dup == 0 {
			return false // whether the destructor frees what the pointer reaches is not known
		}
		return !isCounted(x.sub.typ)
	}
	return true
}

// byWayOfPointer reports whether a pointer was released, not the value itself.
func byWayOfPointer(h *hazardAt) bool {
	return h.after.how == byPointer || h.after.dup > 0 && !h.after.read
}

// singleBuffer reports the types whose pointers all point into one allocation.
func singleBuffer(t *mir.Type) bool {
	if t == nil || t.Kind != mir.TypePath {
		return false
	}
	switch name := ir.LastSeg(t.Path); name {
	case "Vec", "String", "Box", "CString", "OsString", "PathBuf", "VecDeque", "BinaryHeap":
		return true
	default:
		return counted[name]
	}
}

// callerDrops reports whether what lies behind the parameter is released again
// by its owner: the place can be written through, and its destructor surely
// runs and frees it.
func (e *Engine) callerDrops(x *hunter, h *hazardAt) bool {
	t := x.b.localType(x.sub.at.local)
	if t == nil || t.Kind != mir.TypeRef || !t.Mut {
		return false
	}
	if byWayOfPointer(h) {
		return e.ownerFrees(x, ir.Pointee(t))
	}
	if x.sub.derived || x.sub.as != asOwned {
		return false
	}
	for i, el := range e.paths.elems(x.sub.at.path) {
		if el == elemDeref && i > 0 {
			return false
		}
		if el >= 0 && e.own.LocalADT(x.b.fn.Crate, t) { // whatever its name
			t = e.own.FieldType(x.b.fn.Crate, t, e.paths.variants[el.variant()], int(el.field()))
		} else {
			t = e.step(x.b.fn.Crate, t, el)
		}
		if t == nil || strings.Contains(t.Text, "ManuallyDrop<") || strings.Contains(t.Text, "MaybeUninit<") {
			return false
		}
	}
	return true
}

// ownerFrees reports whether the destructor of the type behind a parameter
// frees what a method has freed: on each of its ways, or, where the method
// itself writes another pointer there on its other ways, on some.
func (e *Engine) ownerFrees(x *hunter, t *mir.Type) bool {
	drop := e.prog.DropImpl(x.b.fn.Crate, t)
	if drop == nil || drop == x.b.fn || e.calls(drop, x.b.fn, 0) {
		return false
	}
	d := e.demise(drop, 0, x.sub.at.path, x.sub.derived, false)
	if !d.freed {
		return false
	}
	renewed := slices.ContainsFunc(x.ends, func(end demiseEnd) bool { return end.freed && !end.kept })
	return renewed || x.sub.derived && !d.live && !d.lost
}

// calls reports whether a function calls another, by itself or by a callee.
func (e *Engine) calls(f, g *ir.Func, depth int) bool {
	for _, c := range f.Code().Calls {
		if c != nil && c.Target != nil && (c.Target == g || depth < 2 && c.Target.Crate == f.Crate && e.calls(c.Target, g, depth+1)) {
			return true
		}
	}
	return false
}
