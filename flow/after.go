package flow

import (
	"slices"
	"strings"

	"softshell/effects"
	"softshell/ir"
	"softshell/mir"
)

// Tracking past a release. Where Track asks who can still release a resource,
// Hazards asks who reaches it when it is released already: a second owner
// whose destructor will run, a pointer that is used, returned or left behind.
//
// A holder is an owner or, when it is derived, a pointer. There may be several
// owners: from_raw_parts, ptr::read and the like make one beside the first.
// Paths that unwind are left out: what a panic breaks is another question.

// aftermath is what a state knows of the release.
type aftermath struct {
	how         releasedBy
	guess       bool  // something on the way is likely and not certain
	dup         int32 // block+1 of the call that made the last further owner
	read        bool  // it did so by reading the value
	block, stmt int32 // of the release; the block counts from 1
}

// releasedBy says what released a resource.
type releasedBy uint8

const (
	notReleased releasedBy = iota
	byDrop                 // the destructor of an owner of which nothing more is known
	byOwner                // the destructor of an owner that surely frees it
	byPointer              // a call that frees what a pointer points at
	byGrowth               // an operation that may have moved the buffer elsewhere
	byScope                // the end of the variable's scope
)

// regard says what of a thing is tracked.
type regard uint8

const (
	asOwned   regard = iota // the value at a place, with all that it owns
	asMemory                // the memory that a raw pointer points at
	asContent               // the value that a raw pointer points at
	asStorage               // the variable itself
)

// HazardKind says how a released resource is reached.
type HazardKind uint8

// The kinds of hazard.
const (
	FreedTwice    HazardKind = iota // released once more
	UsedAfter                       // read, written or passed on through a pointer
	OwnerLeaves                     // an owner of it is returned or stored: it will be used and released
	PointerLeaves                   // a pointer to it is returned or stored
	LeftBehind                      // the caller's place still holds it, and its destructor will run
)

// Hazard is one way in which a function reaches a resource after its release.
type Hazard struct {
	Kind   HazardKind
	Fn     *ir.Func
	Made   Point // what made the further owner or the pointer; the block is -1 when nothing did
	Again  bool  // that call made a further owner
	Copied bool  // it did so by reading the value, as ptr::read does
	Freed  Point
	Ending *Ending   // the second release, the use, the return
	Type   *mir.Type // of what is released, nil when it is not known
	Guess  bool      // something that decides is likely and not certain
	Growth bool      // the buffer may have moved, and is not freed for sure
	Scope  bool      // a local variable itself
	// Counted is set when a count of a shared object was given back: another
	// thread may have freed it since.
	Counted bool
	Raced   bool // another thread may be the first owner
}

// subject is what one exploration follows.
type subject struct {
	at      loc
	as      regard
	derived bool
	made    Point // what gave rise to the question
	typ     *mir.Type
}

// hunter follows a subject through a body.
type hunter struct {
	explorer
	sub   subject
	entry phase // of a parameter's subject
	found []hazardAt
	ends  []demiseEnd // at returns
	lost  bool        // on some path the story ended in the unknown
}

type hazardAt struct {
	kind        HazardKind
	block, stmt int32
	node        int32
	after       aftermath
	twice       releasedBy // FreedTwice: by what the second time
}

// hunt runs a subject through a body.
func (e *Engine) hunt(b *body, sub subject, entry phase) *hunter {
	x := &hunter{explorer: newExplorer(e, b, source{param: -1, block: -1, root: -1}), sub: sub, entry: entry}
	if len(b.mir.Blocks) == 0 {
		x.lost = true
		return x
	}
	start := state{}
	if entry != unborn {
		start.phase = entry
		if entry == freed {
			start.after = aftermath{how: byPointer, block: 1, stmt: -1}
		}
		start.add(holder{at: sub.at, derived: sub.derived})
	}
	x.reach(0, &start, inEdge{from: -1, kase: ir.NoCase})
	for len(x.queue) > 0 && !x.gaveUp {
		if !e.spend(x.b) {
			x.gaveUp = true
			break
		}
		x.node = x.queue[0]
		x.queue = x.queue[1:]
		x.huntBlock()
	}
	return x
}

func (x *hunter) huntBlock() {
	n := x.nodes[x.node]
	blk := &x.b.mir.Blocks[n.block]
	s := n.state.clone()
	for si := range blk.Stmts {
		if !x.huntStmt(&s, n.block, int32(si), &blk.Stmts[si]) {
			return
		}
	}
	switch t := &blk.Term; t.Kind {
	case mir.Return:
		x.huntReturn(&s, n.block)
	case mir.UnwindResume, mir.UnwindTerminate, mir.Unreachable, mir.CoroutineDrop, mir.TailCall:
	case mir.SwitchInt:
		x.switchEdges(s, n.block, t)
	case mir.Call:
		if x.huntCall(&s, n.block, t) {
			x.onward(s, n.block)
		}
	case mir.Drop:
		if x.huntDrop(&s, n.block, t) {
			x.onward(s, n.block)
		}
	default:
		x.onward(s, n.block)
	}
}

func (x *hunter) onward(s state, block int32) {
	x.follow(s, block, func(e ir.Edge) bool { return !e.Unwind })
}

func (x *hunter) hazard(k HazardKind, s *state, block, stmt int32) {
	x.found = append(x.found, hazardAt{kind: k, block: block, stmt: stmt, node: x.node, after: s.after})
}

// born starts the story where the subject's local gets a value.
func (x *hunter) born(s *state) {
	*s = state{phase: raw, flags: s.flags}
	s.add(holder{at: x.sub.at, derived: x.sub.derived})
}

func (x *hunter) isRoot(p *mir.Place) bool {
	return p.Local == x.sub.at.local && len(p.Proj) == 0 && x.entry == unborn
}

// huntStmt carries a state over a statement; false ends the story on this path.
func (x *hunter) huntStmt(s *state, block, si int32, st *mir.Stmt) bool {
	switch st.Kind {
	case mir.Assign:
		x.trackFlag(s, st)
		return x.huntAssign(s, block, si, st)
	case mir.StorageDead:
		local := st.Place.Local
		s.forgetFlag(local)
		if s.phase == unborn {
			return true
		}
		if x.sub.as == asStorage && local == x.sub.at.local && s.phase == raw {
			s.phase, s.after.how, s.after.block, s.after.stmt = freed, byScope, block+1, si
		}
		s.removeIf(func(h holder) bool { return h.at.local == local })
		return len(s.holders) > 0 || x.begins(s)
	case mir.Intrinsic:
		if s.phase != unborn && x.sub.as != asStorage && strings.HasPrefix(st.Rvalue.Op, "copy_nonoverlapping") {
			for i := range st.Rvalue.Args {
				if len(x.touches(s, &st.Rvalue.Args[i])) == 0 {
					continue
				}
				if s.phase == freed && x.sub.as == asMemory {
					x.hazard(UsedAfter, s, block, si)
					return false
				}
				if x.sub.as != asMemory {
					return x.giveUp() // what is copied bit by bit has an owner that is not known
				}
			}
		}
	}
	return true
}

// begins goes on without a story: nothing reaches the subject any more, and a
// local may get another value.
func (x *hunter) begins(s *state) bool {
	if x.entry != unborn {
		x.ends = append(x.ends, demiseEnd{freed: s.phase == freed, how: s.after.how})
		return false
	}
	*s = state{flags: s.flags}
	return true
}

func (x *hunter) giveUp() bool {
	x.lost = true
	return false
}

func (x *hunter) huntAssign(s *state, block, si int32, st *mir.Stmt) bool {
	if st.Rvalue == nil {
		return true
	}
	if x.isRoot(&st.Place) && (s.phase == unborn || !x.keepsSubject(s, st.Rvalue)) {
		if s.phase == freed && x.uses(s, st.Rvalue) {
			x.hazard(UsedAfter, s, block, si)
		}
		x.born(s)
		return true
	}
	if s.phase == unborn {
		return true
	}
	if s.phase == freed && (x.uses(s, st.Rvalue) || x.derefs(s, &st.Place)) {
		if x.sub.as == asContent && x.derefs(s, &st.Place) {
			return false // a new value is written there
		}
		x.hazard(UsedAfter, s, block, si)
		return false
	}
	dest := x.target(x.e.place(x.b, &st.Place))
	gens, ok := x.gens(s, dest, st)
	if !ok {
		return x.giveUp()
	}
	x.rewrite(s, dest)
	for _, g := range gens {
		s.add(g)
	}
	return len(s.holders) > 0 || x.begins(s)
}

// target says of memory behind a pointer that was read from behind a parameter
// where that is, as seen from the parameter.
func (x *hunter) target(at loc) loc {
	es := x.e.paths.elems(at.path)
	if len(es) == 0 || es[0] != elemDeref || x.b.isParam(at.local) {
		return at
	}
	d, ok := x.b.singleDef(at.local)
	if !ok || d.stmt < 0 {
		return at
	}
	rv := x.b.mir.Blocks[d.block].Stmts[d.stmt].Rvalue
	if rv == nil {
		return at
	}
	var from *mir.Place
	switch {
	case rv.Kind == mir.CopyForDeref:
		from = &rv.Place
	case rv.Kind == mir.Use && rv.Args[0].Kind == mir.Copy:
		from = &rv.Args[0].Place
	default:
		return at
	}
	if up := x.e.place(x.b, from); x.behindParam(up) {
		return loc{up.local, x.e.paths.join(up.path, at.path)}
	}
	return at
}

// keepsSubject reports whether an assignment to the root gives it a value that
// holds the subject already: `p = p.cast()`.
func (x *hunter) keepsSubject(s *state, rv *mir.Rvalue) bool {
	for i := range rv.Args {
		if rv.Args[i].Kind != mir.Constant && len(x.touches(s, &rv.Args[i])) > 0 {
			return true
		}
	}
	return false
}

// rewrite removes what a written place held. A write to a part of the place
// behind a parameter that holds the subject gives that place another value.
func (x *hunter) rewrite(s *state, dest loc) {
	x.overwrite(s, dest)
	s.removeIf(func(h holder) bool {
		if h.at != x.sub.at || h.at.local != dest.local || !x.behindParam(h.at) || x.sub.derived {
			return false
		}
		_, ok := x.e.paths.suffix(h.at.path, dest.path)
		return ok
	})
}

// uses reports whether an rvalue reads through a pointer to the subject.
func (x *hunter) uses(s *state, rv *mir.Rvalue) bool {
	switch rv.Kind {
	case mir.Ref, mir.RawPtr:
		return false // the address of a part: no access by itself
	case mir.Len, mir.Discriminant, mir.CopyForDeref:
		return x.derefs(s, &rv.Place)
	}
	for i := range rv.Args {
		if op := &rv.Args[i]; (op.Kind == mir.Copy || op.Kind == mir.Move) && x.derefs(s, &op.Place) {
			return true
		}
	}
	return false
}

// derefs reports whether a place lies in the subject, behind a pointer to it.
func (x *hunter) derefs(s *state, p *mir.Place) bool {
	at := loc{local: p.Local}
	variant := ""
	for i := range p.Proj {
		switch pr := &p.Proj[i]; pr.Kind {
		case mir.Deref:
			for _, h := range s.holders {
				if h.at == at && (h.derived || x.boxAt(at)) {
					return true
				}
			}
			at.path = x.e.paths.add(at.path, elemDeref)
		case mir.Field:
			at.path = x.e.paths.add(at.path, fieldElem(x.e.paths.symbol(variant), pr.N))
			variant = ""
		case mir.Downcast:
			variant = pr.Name
		default:
			at.path = x.e.paths.add(at.path, elemAny)
		}
	}
	full := x.e.place(x.b, p)
	for _, h := range s.holders {
		if h.at.local != full.local || !h.derived && !x.boxAt(h.at) {
			continue
		}
		if rest, ok := x.e.paths.suffix(h.at.path, full.path); ok && x.e.paths.derefs(rest) {
			return true
		}
	}
	return false
}

func (x *hunter) boxAt(at loc) bool {
	t := x.b.localType(at.local)
	return at.path == 0 && t != nil && t.Kind == mir.TypePath && ir.LastSeg(t.Path) == "Box"
}

// gens are the holders that an assignment makes; false when a part of the
// owner was moved out, so that nothing can be said of the rest.
func (x *hunter) gens(s *state, dest loc, st *mir.Stmt) ([]holder, bool) {
	rv := st.Rvalue
	here := func(int) loc { return dest }
	switch rv.Kind {
	case mir.Use, mir.Cast, mir.Repeat, mir.ShallowInitBox, mir.WrapUnsafeBinder:
		return x.flow(s, rv.Args[:min(1, len(rv.Args))], here)
	case mir.CopyForDeref:
		return x.flow(s, []mir.Operand{{Kind: mir.Copy, Place: rv.Place}}, here)
	case mir.Array:
		return x.flow(s, rv.Args, func(int) loc { return loc{dest.local, x.e.paths.add(dest.path, elemAny)} })
	case mir.BinaryOp:
		if rv.Op == "Offset" && x.sub.as != asContent {
			return x.flow(s, rv.Args[:1], here)
		}
	case mir.RawPtrAggregate:
		return x.flow(s, rv.Args[:min(1, len(rv.Args))], here)
	case mir.Tuple, mir.Adt, mir.Closure, mir.Coroutine:
		variant := x.variantOf(rv, ir.PlaceType(x.b.mir, &st.Place))
		return x.flow(s, rv.Args, func(i int) loc {
			return loc{dest.local, x.e.paths.add(dest.path, fieldElem(x.e.paths.symbol(variant), int32(i)))}
		})
	case mir.Ref, mir.RawPtr:
		return x.address(s, dest, rv), true
	}
	return nil, true
}

// flow moves and copies holders.
func (x *hunter) flow(s *state, ops []mir.Operand, dest func(int) loc) ([]holder, bool) {
	var out []holder
	for i := range ops {
		op := &ops[i]
		if op.Kind != mir.Copy && op.Kind != mir.Move {
			continue
		}
		t := ir.PlaceType(x.b.mir, &op.Place)
		if t != nil && t.Kind == mir.TypePrim && !handleSized[t.Name] {
			continue
		}
		at, to := x.e.place(x.b, &op.Place), dest(i)
		var gone []holder
		for _, h := range s.holders {
			if h.at.local != at.local || x.sub.as == asStorage && !h.derived {
				continue
			}
			if suf, ok := x.e.paths.suffix(at.path, h.at.path); ok {
				out = append(out, holder{at: loc{to.local, x.e.paths.join(to.path, suf)}, derived: h.derived || op.Kind == mir.Copy})
				if op.Kind == mir.Move {
					gone = append(gone, h)
				}
				continue
			}
			rest, ok := x.e.paths.suffix(h.at.path, at.path)
			if !ok || x.sub.as == asStorage || x.e.paths.derefs(rest) && !x.coarse(h) {
				continue // another value, loaded from the subject's memory
			}
			switch {
			case op.Kind == mir.Copy || h.derived:
				if pointerish(t) {
					out = append(out, holder{at: to, derived: true})
				}
			case x.payloadStep(rest):
				out = append(out, holder{at: to})
				gone = append(gone, h)
			default:
				return nil, false
			}
		}
		s.removeIf(func(h holder) bool { return slices.Contains(gone, h) })
	}
	return out, true
}

// coarse reports whether a pointer that is loaded by way of a holder counts as
// one into the subject: of a type of the program the fields are reached so.
func (x *hunter) coarse(h holder) bool {
	return h.derived && x.ofProgram()
}

// ofProgram reports whether the subject is a value of a type of the program,
// whose several pointers are not told apart.
func (x *hunter) ofProgram() bool {
	return !x.sub.derived && x.sub.as == asOwned && x.sub.typ != nil && x.e.own.LocalADT(x.b.fn.Crate, x.sub.typ)
}

// payloadStep reports whether a way leads into the payload of a variant.
func (x *hunter) payloadStep(rest pathID) bool {
	es := x.e.paths.elems(rest)
	return len(es) == 1 && es[0] >= 0 && es[0].variant() != 0
}

// address makes the pointers of `&place` and `&raw place`.
func (x *hunter) address(s *state, dest loc, rv *mir.Rvalue) []holder {
	at := x.e.place(x.b, &rv.Place)
	if x.sub.as == asStorage {
		if at.local == x.sub.at.local && !x.e.paths.derefs(at.path) && s.phase == raw {
			return []holder{{at: dest, derived: true}}
		}
	}
	// A reborrow outlives the reference that it was made of.
	if n := len(rv.Place.Proj); n > 0 {
		for i := range rv.Place.Proj {
			if rv.Place.Proj[i].Kind != mir.Deref {
				continue
			}
			base := x.e.place(x.b, &mir.Place{Local: rv.Place.Local, Proj: rv.Place.Proj[:i]})
			for _, h := range s.holders {
				if h.at == base && (h.derived || x.boxAt(base)) && (x.sub.as != asContent || n == i+1) {
					return []holder{{at: dest, derived: true}}
				}
			}
			break
		}
	}
	for _, h := range s.holders {
		if h.at.local != at.local {
			continue
		}
		if !h.derived && !x.boxAt(h.at) {
			if rest, ok := x.e.paths.suffix(h.at.path, at.path); ok && rest != 0 && x.ofProgram() {
				return []holder{{at: dest, derived: true}} // a part of the owner: what it holds is reached through it
			}
			continue
		}
		if rest, ok := x.e.paths.suffix(h.at.path, at.path); ok && x.e.paths.derefs(rest) && (x.sub.as != asContent || len(x.e.paths.elems(rest)) == 1) {
			return []holder{{at: dest, derived: true}}
		}
	}
	return nil
}

// free records a release; true when the path goes on.
func (x *hunter) free(s *state, how releasedBy, block, stmt int32) bool {
	if s.phase == freed {
		if x.twice(s.after.how, how) {
			x.hazard(FreedTwice, s, block, stmt)
			x.found[len(x.found)-1].twice = how
		}
		return false
	}
	s.phase = freed
	s.after.how, s.after.block, s.after.stmt = how, block+1, stmt
	return len(s.holders) > 0 || x.begins(s)
}

// twice reports whether two releases are surely of the same thing: a
// destructor of which nothing is known releases what another run of it does.
func (x *hunter) twice(a, b releasedBy) bool {
	switch {
	case a == byGrowth || a == byScope || b == byGrowth:
		return false
	case a == byDrop || b == byDrop:
		return a != byPointer && b != byPointer
	}
	return true
}

func (x *hunter) huntDrop(s *state, block int32, t *mir.Terminator) bool {
	if s.phase == unborn {
		return true
	}
	if x.sub.as == asStorage {
		return true
	}
	return x.dropPlace(s, block, x.e.place(x.b, &t.Place), ir.PlaceType(x.b.mir, &t.Place))
}

// dropPlace runs the destructor of what lies at a place.
func (x *hunter) dropPlace(s *state, block int32, at loc, typ *mir.Type) bool {
	how := notReleased
	var gone []holder
	for _, h := range s.holders {
		if h.at.local != at.local {
			continue
		}
		suf, ok := x.e.paths.suffix(at.path, h.at.path)
		if !ok {
			rest, ok := x.e.paths.suffix(h.at.path, at.path)
			if ok && x.sub.as == asContent && h.derived && len(x.e.paths.elems(rest)) == 1 && x.e.paths.derefs(rest) {
				how = byDrop // `*p = value` drops the old one
			}
			continue
		}
		gone = append(gone, h)
		how = max(how, x.e.dropFrees(x.b.fn.Crate, typ, suf, h.derived))
	}
	s.removeIf(func(h holder) bool { return slices.Contains(gone, h) })
	if how != notReleased {
		return x.free(s, how, block, -1)
	}
	return len(s.holders) > 0 || x.begins(s)
}

// soleOwners are the types of std whose destructor frees what their pointers point at.
var soleOwners = map[string]bool{"Vec": true, "String": true, "Box": true, "CString": true, "OsString": true, "PathBuf": true, "VecDeque": true, "BinaryHeap": true,
	"HashMap": true, "HashSet": true, "BTreeMap": true, "BTreeSet": true, "LinkedList": true, "File": true, "OwnedFd": true, "TcpStream": true, "TcpListener": true, "UdpSocket": true,
	"UnixStream": true, "UnixListener": true, "UnixDatagram": true}

// counted are the handles that share what they point at.
var counted = map[string]bool{"Rc": true, "Arc": true, "Weak": true, "ThinArc": true}

func isCounted(t *mir.Type) bool {
	return t != nil && t.Kind == mir.TypePath && counted[ir.LastSeg(t.Path)]
}

// dropFrees says what dropping a value of type t does to a resource that lies
// at path inside it.
func (e *Engine) dropFrees(c *ir.Crate, t *mir.Type, path pathID, derived bool) releasedBy {
	for range 8 {
		if t == nil {
			return notReleased
		}
		es := e.paths.elems(path)
		switch t.Kind {
		case mir.TypeRawPtr, mir.TypeRef, mir.TypePrim, mir.TypeFnPtr, mir.TypeFnItem:
			return notReleased
		case mir.TypePath:
			name := ir.LastSeg(t.Path)
			if plainHolder[name] {
				return notReleased
			}
			if f := e.prog.DropImpl(c, t); f != nil {
				d := e.demise(f, 0, e.paths.join(e.paths.intern([]elem{elemDeref}), path), derived, false)
				if d.freed && !d.live && !d.lost {
					return byOwner
				}
				if len(es) == 0 && !derived {
					return byDrop
				}
			}
			if len(es) == 0 || es[0] == elemDeref && name == "Box" {
				switch {
				case derived:
					return notReleased
				case soleOwners[name]:
					return byOwner
				}
			}
		}
		if len(es) == 0 {
			if derived || t.Kind == mir.TypePath && e.own.OwnsHeap(c, t) == effects.No {
				return notReleased
			}
			return byDrop
		}
		if es[0] == elemDeref && (t.Kind != mir.TypePath || ir.LastSeg(t.Path) != "Box") {
			return notReleased
		}
		t, path = e.step(c, t, es[0]), e.paths.intern(es[1:])
	}
	return notReleased
}

// huntReturn looks at what reaches the subject when the function returns.
func (x *hunter) huntReturn(s *state, block int32) {
	if s.phase == unborn {
		return
	}
	end := demiseEnd{freed: s.phase == freed, how: s.after.how}
	if x.sub.as == asStorage && s.phase == raw {
		s.phase = freed
		s.after.how, s.after.block, s.after.stmt = byScope, block+1, -1
	}
	left := -1
	for _, h := range s.holders {
		switch {
		case h.at.local == 0:
			end.held = append(end.held, heldAt{h.at.path, h.derived})
			if left < 0 || left == int(PointerLeaves) {
				left = int(leaves(h))
			}
		case x.behindParam(h.at) && h.at == x.sub.at:
			end.kept = true
			if left < 0 {
				left = int(LeftBehind)
			}
		case x.behindParam(h.at) && !(x.sub.derived && x.b.isParam(x.sub.at.local)):
			if left < 0 {
				left = int(leaves(h))
			}
		}
	}
	x.ends = append(x.ends, end)
	if s.phase == freed && left >= 0 {
		x.hazard(HazardKind(left), s, block, -1)
	}
}

func leaves(h holder) HazardKind {
	if h.derived {
		return PointerLeaves
	}
	return OwnerLeaves
}

// demiseEnd is how a parameter's subject fares at one return.
type demiseEnd struct {
	freed bool
	how   releasedBy
	held  []heldAt
	kept  bool // the parameter still holds it
}

type heldAt struct {
	path    pathID
	derived bool
}

// demise is what a function does to what a parameter holds.
type demise struct {
	returns, freed, live, lost bool
	used, again                bool // asked of what is released: it is used, released again
	how                        releasedBy
	held                       []heldAt // in the result
}

func (f *demise) same(g *demise) bool {
	return f.returns == g.returns && f.freed == g.freed && f.live == g.live && f.lost == g.lost && f.used == g.used && f.again == g.again && f.how == g.how && slices.Equal(f.held, g.held)
}

// open is the demise with the word that it may be another.
func (f *demise) open() *demise {
	c := *f
	c.lost = true
	return &c
}

type demiseKey struct {
	fn             int
	param          int32
	path           pathID
	derived, freed bool
}

// demise answers what becomes of a resource that parameter param (from 0) of f
// holds at path; freed asks it of one that is released already.
func (e *Engine) demise(f *ir.Func, param int32, path pathID, derived, isFreed bool) *demise {
	return e.demises.ask(demiseKey{f.ID, param, path, derived, isFreed}, &demise{}, func() *demise { return e.computeDemise(f, param, path, derived, isFreed) },
		(*demise).same, (*demise).open)
}

func (e *Engine) computeDemise(f *ir.Func, param int32, path pathID, derived, isFreed bool) *demise {
	if f.Blocks == 0 || f.Head.Broken || int(param) >= len(f.Head.Params) {
		return &demise{returns: true, lost: true}
	}
	entry := raw
	if isFreed {
		entry = freed
	}
	as := asOwned
	if derived {
		as = asMemory
	}
	sub := subject{at: loc{local: param + 1, path: path}, as: as, derived: derived, made: Point{-1, Term}}
	sub.typ = e.View(f).refType(Ref{sub.at})
	x := e.hunt(e.body(f), sub, entry)
	out := &demise{lost: x.lost || x.gaveUp, returns: x.lost || x.gaveUp}
	for _, end := range x.ends {
		out.returns = true
		out.freed, out.live = out.freed || end.freed, out.live || !end.freed
		out.how = max(out.how, end.how)
		for _, h := range end.held {
			if !slices.Contains(out.held, h) {
				out.held = append(out.held, h)
			}
		}
	}
	for _, h := range x.found {
		out.used, out.again = out.used || h.kind == UsedAfter, out.again || h.kind == FreedTwice
	}
	if out.used || out.again {
		out.returns = true
	}
	return out
}
