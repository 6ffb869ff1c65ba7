package flow

import (
	"slices"
	"strings"

	"softshell/effects"
	"softshell/ir"
	"softshell/mir"
)

// huntCall carries a state over the normal return of a call.
func (x *hunter) huntCall(s *state, block int32, t *mir.Terminator) bool {
	ci := &x.b.calls[block]
	if ci.model != nil && ci.model.Diverges {
		return false
	}
	if s.phase == unborn {
		if x.isRoot(&t.Place) && !isNullMaker(ci) {
			x.born(s)
		}
		return true
	}
	c := &huntedCall{x: x, s: s, t: t, ci: ci, block: block, dest: x.e.place(x.b, &t.Place)}
	for i := range t.Args {
		for _, tc := range x.touches(s, &t.Args[i]) {
			if go_ := c.apply(i, normal(x.e, tc)); !go_ {
				return false
			}
			if s.phase == unborn {
				break
			}
		}
	}
	if s.phase != unborn {
		x.dropMoved(s, t)
		x.rewrite(s, c.dest)
		for _, g := range c.gens {
			s.add(g)
		}
	}
	if x.isRoot(&t.Place) && !isNullMaker(ci) {
		if !slices.ContainsFunc(c.gens, func(h holder) bool { return h.at.local == t.Place.Local }) {
			x.born(s)
		}
		return true
	}
	return len(s.holders) > 0 || x.begins(s)
}

func isNullMaker(ci *callInfo) bool {
	return slices.ContainsFunc(ci.keys, func(k string) bool { return k == "ptr::null" || k == "ptr::null_mut" || k == "NonNull::dangling" })
}

// normal says relRef of a pointer whose pointee is the holder's place.
func normal(e *Engine, tc touch) touch {
	if tc.rel == relValue && tc.suf != 0 && !tc.h.derived {
		if es := e.paths.elems(tc.suf); es[0] == elemDeref {
			tc.rel, tc.suf = relRef, e.paths.intern(es[1:])
		}
	}
	return tc
}

// huntedCall gathers what one call does.
type huntedCall struct {
	x     *hunter
	s     *state
	t     *mir.Terminator
	ci    *callInfo
	block int32
	dest  loc
	gens  []holder
	done  bool // it has released the subject: one argument may touch it in two ways
}

// free is hunter.free for this call.
func (c *huntedCall) free(how releasedBy) bool {
	if c.done {
		return true
	}
	c.done = true
	return c.x.free(c.s, how, c.block, Term)
}

func (c *huntedCall) is(names ...string) bool {
	for _, k := range c.ci.keys {
		if slices.Contains(names, k) {
			return true
		}
	}
	return false
}

func (c *huntedCall) derive() { c.gens = append(c.gens, holder{at: c.dest, derived: true}) }

// duplicate makes the result an owner beside the one that there is.
func (c *huntedCall) duplicate(suf pathID) {
	c.gens = append(c.gens, holder{at: loc{c.dest.local, c.x.e.paths.join(c.dest.path, suf)}})
	c.s.after.dup, c.s.after.read = c.block+1, c.ci.model != nil && c.ci.model.Arg(0).Op == effects.MoveOut
}

// use is an access to the subject: a hazard when it is released.
func (c *huntedCall) use() bool {
	if c.s.phase != freed || c.done {
		return true
	}
	c.x.hazard(UsedAfter, c.s, c.block, -1)
	return false
}

// apply adds the effect of an argument that touches the subject; false ends the path.
func (c *huntedCall) apply(i int, tc touch) bool {
	if c.x.sub.as == asStorage {
		return c.ofStorage(i, tc)
	}
	if c.ci.model != nil {
		return c.ofModel(i, tc, c.ci.model)
	}
	if c.ci.target != nil && c.ci.target.Blocks > 0 {
		return c.ofBody(i, tc)
	}
	return c.ofUnknown(i, tc)
}

// ofStorage follows pointers to a variable: through what keeps a pointer a pointer to the same thing.
func (c *huntedCall) ofStorage(i int, tc touch) bool {
	if tc.rel == relValue && !tc.h.derived {
		return true
	}
	if tc.rel != relValue && tc.rel != relRef && tc.rel != relInside {
		return true
	}
	if c.ci.model != nil {
		arg := ir.PlaceType(c.x.b.mir, &c.t.Args[i].Place)
		for _, r := range c.ci.model.Ret {
			keeps := r.Op == effects.RetValue || r.Op == effects.RetOwner || r.Op == effects.RetDerived && pointsToPlain(arg)
			if r.Arg == i && keeps && pointerish(ir.PlaceType(c.x.b.mir, &c.t.Place)) {
				c.derive()
			}
		}
		if c.s.phase == freed && tc.h.derived && c.accesses(i) {
			return c.use()
		}
		return true
	}
	if c.s.phase == freed && tc.h.derived && c.ci.target == nil && c.x.rawPointer(&c.t.Args[i]) {
		c.s.after.guess = c.s.after.guess || !c.foreign()
		return c.use()
	}
	return true
}

// pointsToPlain reports a pointer to a thing whose as_ptr points into itself: an array, a slice, a cell.
func pointsToPlain(t *mir.Type) bool {
	p := ir.Pointee(t)
	if p == nil {
		return false
	}
	switch p.Kind {
	case mir.TypeSlice, mir.TypeArray, mir.TypePrim:
		return true
	case mir.TypePath:
		switch ir.LastSeg(p.Path) {
		case "MaybeUninit", "UnsafeCell", "Cell", "ManuallyDrop":
			return true
		}
	}
	return false
}

func (x *hunter) rawPointer(op *mir.Operand) bool {
	if op.Kind == mir.Constant || op.Kind == mir.RuntimeChecks {
		return false
	}
	t := ir.PlaceType(x.b.mir, &op.Place)
	return t != nil && t.Kind == mir.TypeRawPtr
}

func (x *hunter) reference(op *mir.Operand) bool {
	t := ir.PlaceType(x.b.mir, &op.Place)
	return t != nil && t.Kind == mir.TypeRef
}

// accesses reports whether a function of std reads or writes what its argument points at.
func (c *huntedCall) accesses(i int) bool {
	switch {
	case i == 0 && c.is("ptr::read", "ptr::read_unaligned", "ptr::read_volatile", "ptr::write", "ptr::write_unaligned", "ptr::write_volatile", "ptr::write_bytes",
		"ptr::drop_in_place", "ptr::replace", "ptr::copy_to", "ptr::copy_to_nonoverlapping", "ptr::copy_from", "ptr::copy_from_nonoverlapping", "NonNull::read", "NonNull::write",
		"CStr::from_ptr", "extern strlen", "extern puts", "extern memset", "extern strcmp"):
		return true
	case i < 2 && c.is("ptr::copy", "ptr::copy_nonoverlapping", "ptr::swap", "extern memcpy", "extern memmove", "extern memcmp"):
		return true
	}
	return false
}

// ofModel applies a model.
func (c *huntedCall) ofModel(i int, tc touch, m *effects.Effect) bool {
	x, s := c.x, c.s
	arg := m.Arg(i)
	whole := tc.rel == relRef && !tc.h.derived // the operand points at the owner's place
	pointer := tc.rel == relValue && tc.h.derived || tc.rel == relInside || tc.rel == relPart || tc.rel == relRef && tc.h.derived
	switch arg.Op {
	case effects.Disown:
		if tc.rel == relValue && !tc.h.derived {
			for _, r := range m.Ret {
				c.gens = append(c.gens, holder{at: x.inVariant(c.dest, r.In), derived: r.Op == effects.RetOwner})
			}
			return true
		}
	case effects.Reclaim, effects.Free:
		return c.reclaimed(m, arg.Op, tc, whole, pointer)
	case effects.Drop:
		if tc.rel == relValue {
			return c.dropped(i)
		}
		return true
	case effects.MoveOut:
		return c.movedOut(i, tc, whole, pointer)
	case effects.Store:
		if tc.rel == relValue {
			c.stored(arg.In, tc)
		}
		return true
	case effects.Escape, effects.Unknown:
		if !tc.h.derived {
			return x.giveUp()
		}
		return true
	}
	if whole && tc.suf == 0 && mayMoveBuffer[lastOf(c.ci)] && !x.reserved() {
		return c.grown(tc)
	}
	if whole && m.Clears {
		return x.giveUp()
	}
	if c.is("ptr::write", "ptr::write_unaligned", "ptr::write_volatile", "NonNull::write") && i == 0 {
		switch {
		case whole:
			s.removeIf(func(h holder) bool { return h == tc.h })
			return true
		case x.sub.as == asContent:
			return false // another value lies there now
		}
	}
	if pointer && c.accesses(i) && (x.sub.as == asMemory || tc.h.derived) {
		if !c.use() {
			return false
		}
	}
	if s.phase == freed && (tc.rel == relValue && tc.h.derived && tc.suf == 0 || tc.rel == relInside && !tc.own) && x.reference(&c.t.Args[i]) && x.sub.as != asContent {
		return c.use() // what safe code of std does with a reference is no matter of the address alone
	}
	if isCounted(x.sub.typ) && slices.ContainsFunc(m.Ret, func(r effects.Ret) bool { return r.Op == effects.RetClone }) || c.is("Arc::increment_strong_count", "Rc::increment_strong_count") {
		return x.giveUp() // from here on the count says who releases it
	}
	if mayMoveBuffer[lastOf(c.ci)] && tc.rel == relValue && !tc.h.derived && tc.suf == 0 {
		return c.grown(tc)
	}
	c.result(m, i, tc, whole)
	return true
}

// result adds what a modelled call's result holds.
func (c *huntedCall) result(m *effects.Effect, i int, tc touch, whole bool) {
	x := c.x
	for _, r := range m.Ret {
		if r.Arg != i {
			continue
		}
		to := x.inVariant(c.dest, r.In)
		switch r.Op {
		case effects.RetValue, effects.RetOwner:
			switch {
			case tc.rel == relValue:
				suf := tc.suf
				if r.From != "" {
					rest, _, ok := x.payload(suf, r.From)
					if !ok {
						continue
					}
					suf = rest
				}
				if x.sub.as == asContent && c.offsets() {
					continue
				}
				c.gens = append(c.gens, holder{at: loc{to.local, x.e.paths.join(to.path, suf)}, derived: tc.h.derived})
			case pointerish(ir.PlaceType(x.b.mir, &c.t.Place)) && tc.rel != relRef:
				c.gens = append(c.gens, holder{at: to, derived: true})
			}
		case effects.RetDerived:
			if x.sub.as == asContent || isCounted(x.sub.typ) {
				continue
			}
			if tc.rel == relRef && tc.suf != 0 {
				continue // of a value that keeps it among others
			}
			if t := ir.PlaceType(x.b.mir, &c.t.Place); t != nil && (t.Kind == mir.TypeRef || t.Kind == mir.TypeRawPtr || strings.Contains(t.Text, "NonNull")) {
				if !whole && tc.rel == relRef && tc.h.derived {
					continue
				}
				c.gens = append(c.gens, holder{at: to, derived: true})
			}
		case effects.RetOld:
			if whole {
				c.gens = append(c.gens, holder{at: loc{to.local, x.e.paths.join(to.path, tc.suf)}})
				gone := tc.h
				c.s.removeIf(func(h holder) bool { return h == gone })
			} else if tc.rel == relRef {
				gone := tc.h
				c.gens = append(c.gens, holder{at: loc{to.local, x.e.paths.join(to.path, tc.suf)}, derived: true})
				c.s.removeIf(func(h holder) bool { return h == gone })
			}
		}
	}
}

// offsets reports pointer arithmetic: another element, with a value of its own.
func (c *huntedCall) offsets() bool {
	switch lastOf(c.ci) {
	case "add", "sub", "offset", "wrapping_add", "wrapping_sub", "wrapping_offset", "byte_add", "byte_sub", "byte_offset", "cast":
		return lastOf(c.ci) != "cast"
	}
	return false
}

func lastOf(ci *callInfo) string { return ir.LastSeg(ci.path) }

// reclaimed handles from_raw and its like, and what frees.
func (c *huntedCall) reclaimed(m *effects.Effect, op effects.ArgOp, tc touch, whole, pointer bool) bool {
	x := c.x
	name := lastOf(c.ci)
	switch {
	case strings.Contains(name, "strong_count") || isWeakHandle(c.ci):
		return x.giveUp()
	case whole && op == effects.Free: // ManuallyDrop::drop
		return c.free(byDrop)
	case whole: // ManuallyDrop::take, assume_init_read
		c.duplicate(tc.suf)
		c.s.after.read = true
		return true
	case tc.rel == relValue && !tc.h.derived: // ManuallyDrop::into_inner
		c.gens = append(c.gens, holder{at: loc{c.dest.local, x.e.paths.join(c.dest.path, tc.suf)}})
		return true
	case !pointer:
		return true
	case ofValue[name]:
		switch {
		case x.sub.as != asContent:
			return c.use() // a value in the memory, not the memory
		case tc.rel != relValue || tc.suf != 0:
			return true // of a part
		case op == effects.Free:
			return c.free(byDrop)
		}
		c.duplicate(0)
		return true
	case x.sub.as == asContent:
		if name == "from_raw" {
			c.duplicate(0)
			return true
		}
		return false
	}
	fresh := slices.ContainsFunc(m.Ret, func(r effects.Ret) bool { return r.Op == effects.RetFresh })
	if fresh { // realloc, which leaves the old block alone when it fails
		if s := c.s; s.phase == raw {
			s.phase = freed
			s.after.how, s.after.block, s.after.stmt = byGrowth, c.block+1, Term
			c.done = true
		}
		return true
	}
	if op == effects.Free {
		return c.free(byPointer)
	}
	if x.sub.as == asOwned && !x.ofProgram() && !x.freedByOwner() {
		return true
	}
	c.duplicate(0)
	return true
}

// ofValue are the functions that drop a value in its place, or read it out.
var ofValue = map[string]bool{"drop": true, "assume_init_drop": true, "take": true, "assume_init_read": true, "assume_init": true, "into_inner": true, "array_assume_init": true}

// isWeakHandle reports a call that takes a count back: others may hold more of them.
func isWeakHandle(ci *callInfo) bool {
	if ci.path == nil || len(ci.path.Segs) < 2 {
		return false
	}
	return counted[ci.path.Segs[len(ci.path.Segs)-2].Name] && ir.LastSeg(ci.path) != "from_raw" || ci.path.Segs[len(ci.path.Segs)-2].Name == "Weak"
}

// freedByOwner reports whether the subject's own destructor frees what its pointers point at.
func (x *hunter) freedByOwner() bool {
	return x.e.dropFrees(x.b.fn.Crate, x.sub.typ, 0, false) == byOwner || isCounted(x.sub.typ)
}

func (c *huntedCall) dropped(i int) bool {
	if c.done {
		return true
	}
	c.done = true
	at := c.x.e.place(c.x.b, &c.t.Args[i].Place)
	return c.x.dropPlace(c.s, c.block, at, ir.PlaceType(c.x.b.mir, &c.t.Args[i].Place))
}

// movedOut handles ptr::read, drop_in_place and the copies.
func (c *huntedCall) movedOut(i int, tc touch, whole, pointer bool) bool {
	x := c.x
	name := lastOf(c.ci)
	inPlace, read := name == "drop_in_place", strings.HasPrefix(name, "read")
	switch {
	case whole && inPlace:
		at := ir.PlaceType(x.b.mir, &c.t.Args[i].Place)
		if x.e.dropFrees(x.b.fn.Crate, ir.Pointee(at), tc.suf, false) == notReleased {
			return true
		}
		return c.free(byDrop)
	case whole && read:
		c.duplicate(tc.suf)
		return true
	case whole:
		return x.giveUp()
	case !pointer:
		return true
	case x.sub.as == asContent && inPlace:
		return c.free(byDrop)
	case x.sub.as == asContent && read:
		c.duplicate(0)
		return true
	case x.sub.as == asContent:
		return x.giveUp()
	case tc.rel == relRef && tc.h.derived:
		return true // the pointer itself is read
	}
	return c.use()
}

// mayMoveBuffer are the operations of Vec and String after which the buffer may lie elsewhere.
var mayMoveBuffer = map[string]bool{"push": true, "push_str": true, "reserve": true, "reserve_exact": true, "extend_from_slice": true, "insert": true, "append": true, "resize": true,
	"shrink_to_fit": true, "into_boxed_slice": true, "into_boxed_str": true, "extend": true, "push_back": true, "push_front": true}

// reserved reports whether the function sees to capacity in advance.
func (x *hunter) reserved() bool {
	for i := range x.b.calls {
		switch lastOf(&x.b.calls[i]) {
		case "with_capacity", "reserve", "reserve_exact", "capacity":
			return true
		}
	}
	return false
}

// grown makes stale what points into a buffer that may have moved.
func (c *huntedCall) grown(tc touch) bool {
	s := c.s
	if s.phase == freed {
		return true
	}
	t := c.x.sub.typ
	if t == nil || t.Kind != mir.TypePath || !soleOwners[ir.LastSeg(t.Path)] || ir.LastSeg(t.Path) == "Box" {
		return true
	}
	s.removeIf(func(h holder) bool { return !h.derived })
	s.phase = freed
	s.after.how, s.after.block, s.after.stmt = byGrowth, c.block+1, -1
	return len(s.holders) > 0 || c.x.begins(s)
}

// stored puts a value where another argument points.
func (c *huntedCall) stored(in int, tc touch) {
	x := c.x
	if in >= len(c.t.Args) || c.t.Args[in].Kind == mir.Constant {
		return
	}
	at := x.e.place(x.b, &c.t.Args[in].Place)
	to, ok := x.e.refTo(x.b, at)
	if !ok {
		to = loc{at.local, x.e.paths.add(at.path, elemDeref)}
	}
	path := x.e.paths.add(to.path, elemAny)
	if strings.HasPrefix(lastOf(c.ci), "write") {
		path = to.path
	}
	c.gens = append(c.gens, holder{at: loc{to.local, x.e.paths.join(path, tc.suf)}, derived: tc.h.derived})
}

// ofBody asks what the callee does.
func (c *huntedCall) ofBody(i int, tc touch) bool {
	x, s := c.x, c.s
	path, derived := tc.suf, tc.h.derived
	switch tc.rel {
	case relRef:
		path = x.e.paths.join(x.e.paths.intern([]elem{elemDeref}), tc.suf)
	case relPart, relInside:
		if path, derived = 0, true; tc.own && !tc.h.derived && tc.rel == relInside {
			path, derived = x.e.paths.intern([]elem{elemDeref}), false // a part of the owner
		}
	}
	if x.sub.as == asContent {
		if !derived {
			return x.giveUp()
		}
		return true
	}
	if i >= len(c.ci.target.Head.Params) {
		return x.giveUp()
	}
	f := x.e.demise(c.ci.target, int32(i), path, derived, s.phase == freed && !c.done)
	moved := tc.rel == relValue && !derived && c.t.Args[i].Kind == mir.Move
	if tc.rel == relValue && derived {
		switch {
		case s.phase == freed && s.after.how == byGrowth:
			return c.use()
		case s.phase == raw && tc.suf != 0 && !f.freed && x.e.mayGrow(c.ci.target, 0):
			s.phase = freed
			s.after.how, s.after.block, s.after.stmt = byGrowth, c.block+1, Term
			return true
		}
	}
	switch {
	case !f.returns:
		return false
	case s.phase == freed && f.again && !c.done:
		x.hazard(FreedTwice, s, c.block, Term)
		x.found[len(x.found)-1].twice = byPointer
		return false
	case s.phase == freed && f.used:
		return c.use()
	case f.lost && moved:
		return x.giveUp()
	case s.phase != freed && f.freed && !f.live && !f.lost:
		how := f.how
		if derived || how == notReleased {
			how = byPointer
		}
		gone := tc.h
		if moved {
			s.removeIf(func(h holder) bool { return h == gone })
		}
		if !c.free(how) {
			return false
		}
	}
	for _, h := range f.held {
		c.gens = append(c.gens, holder{at: loc{c.dest.local, x.e.paths.join(c.dest.path, h.path)}, derived: h.derived})
	}
	return true
}

func (c *huntedCall) foreign() bool {
	return len(c.ci.keys) > 0 && strings.HasPrefix(c.ci.keys[0], "extern ") || len(c.ci.keys) > 1 && strings.HasPrefix(c.ci.keys[1], "extern ")
}

// ofUnknown is for callees of which nothing is known but their names.
func (c *huntedCall) ofUnknown(i int, tc touch) bool {
	x, s := c.x, c.s
	if isConstructor(c.ci) {
		if tc.rel == relValue {
			rv := mir.Rvalue{Kind: mir.Adt, Path: c.ci.path}
			variant := x.variantOf(&rv, ir.PlaceType(x.b.mir, &c.t.Place))
			at := x.e.paths.add(c.dest.path, fieldElem(x.e.paths.symbol(variant), int32(i)))
			c.gens = append(c.gens, holder{at: loc{c.dest.local, x.e.paths.join(at, tc.suf)}, derived: tc.h.derived})
		}
		return true
	}
	pointer := tc.rel == relValue && tc.h.derived && tc.suf == 0
	switch {
	case tc.rel == relValue && !tc.h.derived:
		return x.giveUp()
	case pointer && i == 0 && x.sub.as != asContent && c.foreign() && releasesByName(lastOf(c.ci)):
		return c.free(byPointer)
	case pointer && s.phase == freed && x.rawPointer(&c.t.Args[i]) && x.sub.as != asContent && s.after.how != byGrowth:
		if !c.foreign() {
			s.after.guess = true
		}
		return c.use()
	case x.sub.as == asOwned && tc.rel == relRef && !tc.h.derived && tc.suf == 0 && (lastOf(c.ci) == "as_ptr" || lastOf(c.ci) == "as_mut_ptr"):
		c.derive()
	}
	return true
}

// releasesByName reports whether the name of a foreign function says that it
// releases what it is given.
func releasesByName(name string) bool {
	name = strings.ToLower(name)
	for _, w := range []string{"free", "close", "destroy", "release", "delete", "dealloc", "dispose", "destruct"} {
		if strings.HasSuffix(name, w) || strings.Contains(name, w+"_") && !strings.Contains(name, "_"+w+"_on") || strings.Contains(name, "_"+w) {
			return true
		}
	}
	return false
}
