package flow

import (
	"slices"
	"strings"

	"softshell/ir"
	"softshell/mir"
)

// stmt carries a state over one statement, and appends to out what is behind it:
// nothing when the path, or the resource's story on it, ends here.
func (x *explorer) stmt(out []state, s state, block, si int32, st *mir.Stmt) []state {
	switch st.Kind {
	case mir.Assign:
		return x.assign(out, s, block, si, st)
	case mir.StorageDead:
		local := st.Place.Local
		why := x.fate(&s, WhyScopeEnd)
		s.removeIf(func(h holder) bool { return h.at.local == local })
		s.forgetFlag(local)
		if !x.settle(&s, block, si, why) {
			return out
		}
	case mir.Intrinsic:
		if !x.intrinsic(&s, block, si, st) {
			return out
		}
	}
	return append(out, s)
}

// settle reports whether the story goes on: it ends when no holder is left.
func (x *explorer) settle(s *state, block, si int32, f fate) bool {
	switch s.phase {
	case raw:
		if len(s.holders) == 0 {
			if s.lent {
				x.event(Unclear, block, si, f.why)
			} else {
				x.events = append(x.events, Event{Kind: Lost, Block: block, Stmt: si, Why: f.why, Param: -1, at: f.at, node: x.node})
			}
			return false
		}
	case owned:
		return hasOwner(s)
	}
	return true
}

func hasOwner(s *state) bool {
	for _, h := range s.holders {
		if !h.derived {
			return true
		}
	}
	return false
}

// fate is what to say if the holders of a state turn out to be its last.
type fate struct {
	why Why
	at  loc // one of them
}

// fate is inside-a-type when every holder lies in a field of a type of the program.
func (x *explorer) fate(s *state, otherwise Why) fate {
	if len(s.holders) == 0 {
		return fate{why: otherwise}
	}
	f := fate{why: WhyInsideADT, at: s.holders[0].at}
	for _, h := range s.holders {
		if !x.insideADT(h.at) {
			f.why = otherwise
		}
	}
	return f
}

// insideADT reports whether the way from the local to the holder enters a
// field of a type that the analysed crates define.
func (x *explorer) insideADT(at loc) bool {
	in, asked := x.b.inside[at]
	if !asked {
		if in = x.entersADT(at); x.b.inside == nil {
			x.b.inside = map[loc]bool{}
		}
		x.b.inside[at] = in
	}
	return in
}

func (x *explorer) entersADT(at loc) bool {
	t := x.b.localType(at.local)
	for _, el := range x.e.paths.elems(at.path) {
		if t == nil {
			return false
		}
		if el == elemDeref {
			t = ir.Pointee(t)
			continue
		}
		if x.e.own.LocalADT(x.b.fn.Crate, t) {
			return true
		}
		t = x.e.step(x.b.fn.Crate, t, el)
	}
	return false
}

// assign carries a state over `place = rvalue`.
func (x *explorer) assign(out []state, s state, block, si int32, st *mir.Stmt) []state {
	x.trackFlag(&s, st)
	if s.phase == unborn {
		return append(out, x.bornAt(s, &st.Place))
	}
	dest := x.e.place(x.b, &st.Place)
	gens, ended := x.rvalue(&s, block, si, dest, st)
	if ended {
		return out
	}
	if s.phase == raw && len(gens) > 0 && x.unownedMemory(dest) && !allDerived(gens) {
		x.event(Unclear, block, si, WhyNone)
		return out
	}
	why := x.fate(&s, WhyOverwrite)
	x.overwrite(&s, dest)
	for _, g := range gens {
		s.add(g)
	}
	before := len(out)
	if x.settle(&s, block, si, why) {
		out = append(out, s)
	}
	return x.rebirth(out, before, &st.Place)
}

func allDerived(hs []holder) bool {
	for _, h := range hs {
		if !h.derived {
			return false
		}
	}
	return true
}

// bornAt starts the story when the statement assigns the root.
func (x *explorer) bornAt(s state, p *mir.Place) state {
	if x.src.root >= 0 && p.Local == x.src.root && len(p.Proj) == 0 && x.src.param < 0 {
		s.phase = owned
		s.holders = nil
		s.add(holder{at: loc{local: x.src.root}})
	}
	return s
}

// rebirth adds to the states from before on one for the new value when the root
// is assigned again (a loop).
func (x *explorer) rebirth(out []state, before int, p *mir.Place) []state {
	if x.src.root < 0 || p.Local != x.src.root || len(p.Proj) > 0 || x.src.param >= 0 {
		return out
	}
	var fl []flagValue
	for i := before; i < len(out); i++ {
		fl = out[i].flags
	}
	fresh := state{phase: owned, flags: slices.Clone(fl)}
	fresh.add(holder{at: loc{local: x.src.root}})
	if len(out) == before+1 && out[before].equal(&fresh) {
		return out
	}
	return append(out, fresh)
}

// overwrite removes what the destination held; an element among others is not overwritten for sure.
func (x *explorer) overwrite(s *state, dest loc) {
	if x.e.paths.hasAny(dest.path) {
		return
	}
	s.removeIf(func(h holder) bool {
		if h.at.local != dest.local {
			return false
		}
		_, ok := x.e.paths.suffix(dest.path, h.at.path)
		return ok
	})
}

// unownedMemory reports whether a place lies behind a pointer that neither a
// parameter nor a box of this body explains.
func (x *explorer) unownedMemory(at loc) bool {
	if x.b.isParam(at.local) {
		return false
	}
	es := x.e.paths.elems(at.path)
	for i, el := range es {
		if el != elemDeref {
			continue
		}
		t := x.b.localType(at.local)
		return i > 0 || t == nil || t.Kind != mir.TypePath || ir.LastSeg(t.Path) != "Box"
	}
	return false
}

// trackFlag keeps the constants of drop flags.
func (x *explorer) trackFlag(s *state, st *mir.Stmt) {
	if len(st.Place.Proj) > 0 || !contains(x.b.flags, st.Place.Local) {
		return
	}
	rv := st.Rvalue
	if rv != nil && rv.Kind == mir.Use && rv.Args[0].Kind == mir.Constant && rv.Args[0].Const != nil && rv.Args[0].Const.Kind == mir.ConstBool {
		s.setFlag(st.Place.Local, rv.Args[0].Const.Int != 0)
		return
	}
	s.forgetFlag(st.Place.Local)
}

func contains(sorted []int32, v int32) bool {
	for _, w := range sorted {
		if w == v {
			return true
		}
	}
	return false
}

// rvalue computes the holders that an assignment makes. ended says that the
// resource was moved out.
func (x *explorer) rvalue(s *state, block, si int32, dest loc, st *mir.Stmt) (gens []holder, ended bool) {
	rv := st.Rvalue
	if rv == nil {
		return nil, false
	}
	switch rv.Kind {
	case mir.Use, mir.Cast, mir.Repeat, mir.ShallowInitBox, mir.WrapUnsafeBinder:
		return x.operands(s, block, si, rv.Args[:min(1, len(rv.Args))], func(int) loc { return dest })
	case mir.CopyForDeref:
		op := mir.Operand{Kind: mir.Copy, Place: rv.Place}
		return x.operands(s, block, si, []mir.Operand{op}, func(int) loc { return dest })
	case mir.Tuple, mir.Adt, mir.Closure, mir.Coroutine, mir.RawPtrAggregate:
		return x.aggregate(s, block, si, dest, st)
	case mir.Array:
		return x.operands(s, block, si, rv.Args, func(int) loc { return loc{dest.local, x.e.paths.add(dest.path, elemAny)} })
	case mir.BinaryOp:
		if rv.Op == "Offset" {
			return x.operands(s, block, si, rv.Args[:1], func(int) loc { return dest })
		}
	case mir.Ref, mir.RawPtr:
		return x.addressOf(s, dest, rv), false
	}
	return nil, false
}

func (x *explorer) aggregate(s *state, block, si int32, dest loc, st *mir.Stmt) ([]holder, bool) {
	rv := st.Rvalue
	variant := x.variantOf(rv, ir.PlaceType(x.b.mir, &st.Place))
	gens, ended := x.operands(s, block, si, rv.Args, func(i int) loc {
		if rv.Kind == mir.RawPtrAggregate {
			return dest
		}
		return loc{dest.local, x.e.paths.add(dest.path, fieldElem(x.e.paths.symbol(variant), int32(i)))}
	})
	// A reference to a holder inside the new value can be used through it.
	for i := range rv.Args {
		if rv.Args[i].Kind == mir.Constant {
			continue
		}
		to, ok := x.e.refTo(x.b, x.e.place(x.b, &rv.Args[i].Place))
		if ok && x.covers(s, to) {
			gens = append(gens, holder{at: loc{dest.local, x.e.paths.add(dest.path, fieldElem(0, int32(i)))}, derived: true})
		}
	}
	return gens, ended
}

// covers reports whether a place holds the resource or is a part of it.
func (x *explorer) covers(s *state, at loc) bool {
	for _, h := range s.holders {
		if h.at.local != at.local {
			continue
		}
		if _, ok := x.e.paths.suffix(at.path, h.at.path); ok {
			return true
		}
		if _, ok := x.e.paths.suffix(h.at.path, at.path); ok {
			return true
		}
	}
	return false
}

// variantOf is the variant that an aggregate builds, "" for a struct.
func (x *explorer) variantOf(rv *mir.Rvalue, t *mir.Type) string {
	if rv.Kind != mir.Adt || rv.Path == nil {
		return ""
	}
	last := ir.LastSeg(rv.Path)
	if t != nil && t.Kind == mir.TypePath && ir.LastSeg(t.Path) == last && len(t.Path.Segs) >= len(rv.Path.Segs) {
		return ""
	}
	if n := len(rv.Path.Segs); n >= 2 {
		if c := rv.Path.Segs[n-2].Name; c != "" && c[0] >= 'A' && c[0] <= 'Z' {
			return last
		}
	}
	return ""
}

// operands moves and copies holders from operands to their destinations.
func (x *explorer) operands(s *state, block, si int32, ops []mir.Operand, dest func(int) loc) (gens []holder, ended bool) {
	for i := range ops {
		op := &ops[i]
		if op.Kind == mir.Constant || op.Kind == mir.RuntimeChecks {
			continue
		}
		if t := ir.PlaceType(x.b.mir, &op.Place); t != nil && t.Kind == mir.TypePrim && !handleSized[t.Name] {
			continue // too small for a pointer or a descriptor
		}
		at := x.e.place(x.b, &op.Place)
		to := dest(i)
		var gone []loc
		for _, h := range s.holders {
			if h.at.local != at.local {
				continue
			}
			if suf, ok := x.e.paths.suffix(at.path, h.at.path); ok {
				gens = append(gens, holder{at: loc{to.local, x.e.paths.join(to.path, suf)}, derived: h.derived})
				if op.Kind == mir.Move {
					gone = append(gone, h.at)
				}
				continue
			}
			if _, ok := x.e.paths.suffix(h.at.path, at.path); ok {
				t := ir.PlaceType(x.b.mir, &op.Place)
				switch {
				case pointerish(t):
					gens = append(gens, holder{at: to, derived: true})
				case op.Kind == mir.Move && s.phase == raw && x.src.kind == KindValue && !h.derived:
					x.event(Released, block, si, WhyNone)
					return nil, true
				}
			}
		}
		s.removeIf(func(h holder) bool {
			for _, g := range gone {
				if h.at == g {
					return true
				}
			}
			return false
		})
	}
	return gens, false
}

// handleSized lists the primitive types that addresses and file descriptors are kept in.
var handleSized = map[string]bool{"usize": true, "isize": true, "u64": true, "i64": true, "i32": true, "u128": true}

// addressOf makes derived pointers: into what a holder points at always, to a
// holder itself only where the reference is not followed by refTo.
func (x *explorer) addressOf(s *state, dest loc, rv *mir.Rvalue) []holder {
	if p := &rv.Place; len(p.Proj) > 0 && p.Proj[0].Kind == mir.Deref && x.isHolder(s, loc{local: p.Local}) {
		// A reborrow outlives the reference that it was made of.
		return []holder{{at: dest, derived: true}}
	}
	at := x.e.place(x.b, &rv.Place)
	for _, h := range s.holders {
		if h.at.local != at.local {
			continue
		}
		if rest, ok := x.e.paths.suffix(h.at.path, at.path); ok && rest != 0 {
			return []holder{{at: dest, derived: true}}
		}
		if _, ok := x.e.paths.suffix(at.path, h.at.path); ok {
			if _, followed := x.e.refTo(x.b, dest); !followed {
				return []holder{{at: dest, derived: true}}
			}
			if rv.Kind == mir.RawPtr {
				return []holder{{at: dest, derived: true}}
			}
		}
	}
	return nil
}

func (x *explorer) isHolder(s *state, at loc) bool {
	for _, h := range s.holders {
		if h.at == at {
			return true
		}
	}
	return false
}

// pointerish reports whether a value of the type can carry a pointer.
func pointerish(t *mir.Type) bool {
	if t == nil {
		return true
	}
	switch t.Kind {
	case mir.TypeRef, mir.TypeRawPtr:
		return true
	case mir.TypePath, mir.TypeTuple, mir.TypeArray:
		return strings.ContainsAny(t.Text, "*&") || strings.Contains(t.Text, "NonNull") || strings.Contains(t.Text, "'") ||
			strings.Contains(t.Text, "AtomicPtr") || strings.Contains(t.Text, "Unique<")
	}
	return false
}

// refLike reports whether a value of the type carries pointers only as
// references: what is behind them cannot be freed through it.
func refLike(t *mir.Type) bool {
	if t == nil {
		return false
	}
	if t.Kind == mir.TypeRef {
		return true
	}
	return strings.ContainsAny(t.Text, "'&") && !strings.Contains(t.Text, "*") && !strings.Contains(t.Text, "NonNull") &&
		!strings.Contains(t.Text, "AtomicPtr") && !strings.Contains(t.Text, "Unique<")
}

// intrinsic handles copy_nonoverlapping, which moves values out of its source:
// false ends the story.
func (x *explorer) intrinsic(s *state, block, si int32, st *mir.Stmt) bool {
	if !strings.HasPrefix(st.Rvalue.Op, "copy_nonoverlapping") || len(st.Rvalue.Args) < 2 || x.src.kind != KindValue {
		return true
	}
	src := &st.Rvalue.Args[1]
	if src.Kind == mir.Constant || len(x.touches(s, src)) == 0 {
		return true
	}
	if s.phase == raw {
		x.event(Released, block, si, WhyNone)
	}
	return false
}

// relation says how an operand relates to a holder.
type relation uint8

const (
	relValue  relation = iota // the operand's value contains the holder
	relPart                   // the operand is a part of the resource
	relRef                    // the operand points at a place that contains the holder
	relInside                 // the operand points into the resource
)

// touch is one relation between an operand and a holder.
type touch struct {
	h   holder
	rel relation
	suf pathID // relValue, relRef: the way from the operand's value (its pointee) to the holder
	// own is set on relPart and relInside when the part is the resource's own
	// (a field of the value), not something behind a pointer of it.
	own bool
}

// touches lists how an operand relates to the resource.
func (x *explorer) touches(s *state, op *mir.Operand) []touch {
	if op.Kind == mir.Constant || op.Kind == mir.RuntimeChecks {
		return nil
	}
	at := x.e.place(x.b, &op.Place)
	var out []touch
	for _, h := range s.holders {
		if h.at.local == at.local {
			if suf, ok := x.e.paths.suffix(at.path, h.at.path); ok {
				out = append(out, touch{h: h, rel: relValue, suf: suf})
				continue
			}
			if rest, ok := x.e.paths.suffix(h.at.path, at.path); ok && pointerish(ir.PlaceType(x.b.mir, &op.Place)) {
				out = append(out, touch{h, relPart, 0, !x.e.paths.derefs(rest)})
				continue
			}
		}
		to, ok := x.e.refTo(x.b, at)
		if !ok || to.local != h.at.local {
			continue
		}
		if suf, ok := x.e.paths.suffix(to.path, h.at.path); ok {
			out = append(out, touch{h: h, rel: relRef, suf: suf})
		} else if rest, ok := x.e.paths.suffix(h.at.path, to.path); ok {
			out = append(out, touch{h, relInside, 0, !x.e.paths.derefs(rest)})
		}
	}
	return out
}

// dropEdges runs a drop terminator.
func (x *explorer) dropEdges(s state, block int32, t *mir.Terminator) {
	if s.phase == unborn || x.drop(&s, block, t) {
		x.follow(s, block, func(e ir.Edge) bool { return !e.Unwind })
	}
}

// drop carries a state over a drop; false when the story ends there.
func (x *explorer) drop(s *state, block int32, t *mir.Terminator) bool {
	at := x.e.place(x.b, &t.Place)
	typ := ir.PlaceType(x.b.mir, &t.Place)
	var gone []holder
	for _, h := range s.holders {
		if h.at.local != at.local {
			continue
		}
		suf, ok := x.e.paths.suffix(at.path, h.at.path)
		if !ok {
			continue
		}
		if s.phase == owned {
			if !h.derived {
				return false
			}
			continue
		}
		end := x.e.dropOf(x.b.fn.Crate, typ, suf, 0)
		if end == Unclear && h.derived && refLike(typ) {
			end = Lost
		}
		switch end {
		case Released:
			x.event(Released, block, -1, WhyNone)
			return false
		case Unclear:
			x.event(Unclear, block, -1, WhyNone)
			return false
		case Lost:
			gone = append(gone, h)
		}
	}
	why := x.fate(s, WhyScopeEnd)
	s.removeIf(func(h holder) bool {
		for _, g := range gone {
			if g == h {
				return true
			}
		}
		return false
	})
	return x.settle(s, block, -1, why)
}

// dropOf says what dropping a value of type t does to a raw owner that lies
// at path inside it: Released, Lost (drop glue does not know it) or Unclear.
func (e *Engine) dropOf(c *ir.Crate, t *mir.Type, path pathID, depth int) EventKind {
	if t == nil || depth > 6 {
		return Unclear
	}
	switch t.Kind {
	case mir.TypeRawPtr, mir.TypeRef, mir.TypePrim:
		return Lost
	case mir.TypePath:
		if f := e.prog.DropImpl(c, t); f != nil {
			oc := e.outcome(f, 0, e.paths.join(e.paths.intern([]elem{elemDeref}), path))
			switch {
			case oc.has(Released), oc.has(Escaped):
				return Released
			case oc.has(Unclear), oc.has(Stored):
				return Unclear
			}
		}
		if plainHolder[ir.LastSeg(t.Path)] {
			return Lost
		}
	}
	es := e.paths.elems(path)
	if len(es) == 0 || es[0] == elemDeref {
		return Unclear
	}
	next := e.step(c, t, es[0])
	if next == nil {
		return Unclear
	}
	return e.dropOf(c, next, e.paths.intern(es[1:]), depth+1)
}

// plainHolder lists types that carry a pointer or a value and drop nothing of it.
var plainHolder = map[string]bool{"NonNull": true, "ManuallyDrop": true, "MaybeUninit": true, "Unique": true, "AtomicPtr": true, "PhantomData": true}

// step is the type of a part of t, nil when it is not known.
func (e *Engine) step(c *ir.Crate, t *mir.Type, el elem) *mir.Type {
	if t == nil || el == elemDeref {
		return ir.Pointee(t)
	}
	switch t.Kind {
	case mir.TypeTuple:
		if el >= 0 && int(el.field()) < len(t.Args) {
			return t.Args[el.field()]
		}
		return nil
	case mir.TypeArray, mir.TypeSlice:
		if len(t.Args) > 0 {
			return t.Args[0]
		}
		return nil
	case mir.TypePath:
		name := ir.LastSeg(t.Path)
		switch {
		case name == "Result" && el >= 0 && e.paths.variants[el.variant()] == "Err":
			return ir.TypeArg(t, 1)
		case coreEnums[name] != nil, carriers[name]:
			return ir.TypeArg(t, 0)
		}
		if el >= 0 {
			return e.own.FieldType(c, t, e.paths.variants[el.variant()], int(el.field()))
		}
	}
	return nil
}

// carriers are std types whose parts, as far as ownership goes, have their first argument's type.
var carriers = map[string]bool{"Vec": true, "Box": true, "VecDeque": true, "Cell": true, "RefCell": true, "UnsafeCell": true, "Mutex": true, "RwLock": true,
	"ManuallyDrop": true, "MaybeUninit": true, "Pin": true, "OnceCell": true, "OnceLock": true, "LinkedList": true, "IntoIter": true, "Rc": true, "Arc": true}
