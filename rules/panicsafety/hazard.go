package panicsafety

import (
	"softshell/flow"
	"softshell/ir"
	"softshell/mir"
)

// kind is the way in which memory is not what its owner thinks.
type kind uint8

const (
	duplicate kind = iota // a value is copied out and stays where it was
	shifted               // elements are copied within one container
	counted               // a length counts what is not written
	dropped               // a value is dropped in place and stays owned
	unwritten             // a variable has no value yet
	lingered              // elements are dropped in place and counted until after that
)

// owner says who drops the memory when a panic unwinds.
type owner uint8

const (
	ofNobody owner = iota
	ofHere         // a variable of the function
	ofCaller       // memory behind a reference: it outlives the panic
)

// hazard is a call after which memory is in a state that no drop must see.
type hazard struct {
	kind  kind
	block int32
	stmt  int32 // flow.Term for a call
	obj   flow.Object
	owner owner
	// own is set when a type on the way to the memory has a Drop of its own,
	// which says what is dropped.
	own  bool
	elem *mir.Type
	held map[int32]bool // locals that the second owner, or the unwritten value, moves through
	// puts are the calls that store the second owner in another place.
	puts []put
	kept bool // the unwritten value lies in a ManuallyDrop or MaybeUninit of a guard
}

// put is a call that stores a value in the memory of an object.
type put struct {
	block int32
	into  flow.Object
}

// bypasses are the last segments of the calls that make a hazard.
var bypasses = []string{"read", "write", "write_unaligned", "read_unaligned", "copy", "copy_nonoverlapping", "copy_to", "copy_to_nonoverlapping", "copy_from", "copy_from_nonoverlapping",
	"set_len", "drop_in_place", "uninitialized", "zeroed", "assume_init", "transmute_copy", "from_raw_parts", "from_raw", "assume_init_read"}

// helped are those that a helper may make for its caller.
var helped = ir.NewNames("read", "write", "write_unaligned", "copy", "copy_to", "copy_from")

var (
	reads     = []string{"ptr::read", "ptr::read_unaligned", "NonNull::read", "mem::transmute_copy", "MaybeUninit::assume_init_read"}
	takesBack = []string{"Vec::from_raw_parts", "String::from_raw_parts", "Box::from_raw"}
	copiesOut = []string{"ptr::copy", "ptr::copy_nonoverlapping", "ptr::copy_to", "ptr::copy_to_nonoverlapping", "intrinsics::copy", "intrinsics::copy_nonoverlapping"}
	copiesIn  = []string{"ptr::copy_from", "ptr::copy_from_nonoverlapping"}
	writes    = []string{"ptr::write", "ptr::write_unaligned", "NonNull::write", "ptr::replace", "mem::replace", "mem::swap", "ptr::swap", "MaybeUninit::write"}
)

// hazards lists the calls of a function that may make one.
func hazards(v *flow.View) []*hazard {
	var out []*hazard
	for _, c := range v.Calls() {
		if h := hazardOf(v, c); h != nil {
			h.block, h.stmt = c.Block, flow.Term
			out = append(out, h)
		}
	}
	return append(out, raised(v)...)
}

func hazardOf(v *flow.View, c *flow.CallSite) *hazard {
	if h := direct(v, c); h != nil {
		return h
	}
	if h := takenAway(v, c); h != nil {
		return h
	}
	if h := helperOf(v, c); h != nil {
		return h
	}
	return counts(v, c)
}

// direct is the hazard that a call of a function of std makes.
func direct(v *flow.View, c *flow.CallSite) *hazard {
	switch {
	case c.Is(reads...) && len(c.Args) > 0, c.Is(takesBack...) && len(c.Args) > 0:
		elem := v.PlaceType(c.Dest)
		if !mayOwn(elem) || len(c.Dest.Proj) > 0 {
			return nil
		}
		h := owned(v, &hazard{kind: duplicate, elem: elem, obj: v.Object(&c.Args[0])})
		if h != nil {
			h.held, h.kept = holders(v, c.Dest.Local)
			h.puts = puts(v, h)
		}
		return h
	case c.Is(copiesOut...) && len(c.Args) > 1, c.Is(copiesIn...) && len(c.Args) > 1:
		elem := ir.Pointee(v.TypeOf(&c.Args[0]))
		from, to := v.Object(&c.Args[0]), v.Object(&c.Args[1])
		if !mayOwn(elem) || !from.Same(to) {
			return nil
		}
		return owned(v, &hazard{kind: shifted, elem: elem, obj: from})
	case c.Last() == "set_len" && len(c.Args) == 2:
		return grown(v, c)
	case c.Is("ptr::drop_in_place", "NonNull::drop_in_place") && len(c.Args) > 0:
		elem := ir.Pointee(v.TypeOf(&c.Args[0]))
		if !mayOwn(elem) || v.Fn.Destructor() {
			return nil
		}
		return owned(v, &hazard{kind: dropped, elem: elem, obj: v.Object(&c.Args[0])})
	case c.Is("mem::uninitialized", "mem::zeroed", "MaybeUninit::assume_init"):
		elem := v.PlaceType(c.Dest)
		if !mayOwn(elem) || len(c.Dest.Proj) > 0 || c.Is("MaybeUninit::assume_init") && !freshUninit(v, &c.Args[0]) {
			return nil
		}
		h := &hazard{kind: unwritten, elem: elem, obj: flow.Object{Local: c.Dest.Local}, owner: ofHere}
		h.held, h.kept = holders(v, c.Dest.Local)
		return h
	}
	return nil
}

// takenAway is the hazard of a value without contents that is put in the place
// of another one, to have that for a while: mem::replace(place, mem::zeroed()).
func takenAway(v *flow.View, c *flow.CallSite) *hazard {
	if !c.Is("mem::replace", "ptr::replace", "ptr::write") || len(c.Args) < 2 {
		return nil
	}
	r := v.Root(&c.Args[1])
	if r.Made < 0 || !r.Whole() {
		return nil
	}
	made := v.Call(r.Made)
	elem := v.TypeOf(&c.Args[1])
	if !mayOwn(elem) || !made.Is("mem::uninitialized", "mem::zeroed") && !(made.Is("MaybeUninit::assume_init") && freshUninit(v, &made.Args[0])) {
		return nil
	}
	return owned(v, &hazard{kind: unwritten, elem: elem, obj: v.Object(&c.Args[0])})
}

// helperOf is the hazard that a small function of the program makes in the
// memory of one of its arguments: it moves elements there, or returns a copy.
func helperOf(v *flow.View, c *flow.CallSite) *hazard {
	if c.Target == nil || !c.Target.MayCall(bypasses...) || c.Target.Blocks > maxHelper || c.Target.Head.Broken || c.Target.Destructor() {
		return nil
	}
	in := v.Inner(c.Target)
	var made *hazard
	var at int32
	for _, ic := range in.Calls() {
		switch {
		case made == nil && ic.Is(reads...) && len(ic.Args) > 0, made == nil && ic.Is("ptr::copy", "intrinsics::copy", "ptr::copy_to", "ptr::copy_from") && len(ic.Args) > 1:
			if made = direct(in, ic); made != nil {
				at = made.obj.Local
			}
		case ic.Is(writes...), ic.Is(copiesOut...), ic.Is(copiesIn...), ic.Last() == "set_len", ic.Last() == "drop_in_place":
			return nil // it does more than that
		}
	}
	if made == nil || !in.IsParam(at) || int(at) > len(c.Args) || made.kind == duplicate && !made.held[0] || recountedAnywhere(in, made) {
		return nil
	}
	h := owned(v, &hazard{kind: made.kind, elem: made.elem, obj: v.Object(&c.Args[at-1])})
	if h == nil {
		return nil
	}
	h.own = h.own || made.own
	if h.kind == duplicate {
		h.elem = v.PlaceType(c.Dest)
		if !mayOwn(h.elem) || len(c.Dest.Proj) > 0 {
			return nil
		}
		h.held, h.kept = holders(v, c.Dest.Local)
		h.puts = puts(v, h)
	}
	return h
}

// maxHelper bounds the blocks of a function that is looked into as a helper.
const maxHelper = 24

// raised lists the hazards of a count that a function sets on a container of
// its own, when it writes what is counted later.
func raised(v *flow.View) []*hazard {
	if !v.Fn.MayCall("with_capacity", "new", "with_capacity_in", "new_in", "empty", "uninit", "default") {
		return nil
	}
	var out []*hazard
	for i := range v.MIR.Blocks {
		if !v.Reached(int32(i)) || v.MIR.Blocks[i].Cleanup || v.Loop(int32(i)) != 0 {
			continue
		}
		for j := range v.MIR.Blocks[i].Stmts {
			s := &v.MIR.Blocks[i].Stmts[j]
			if s.Kind != mir.Assign || len(s.Place.Proj) != 1 || s.Place.Proj[0].Kind != mir.Field || v.IsParam(s.Place.Local) || !isCount(v.PlaceType(&s.Place)) {
				continue
			}
			obj := flow.Object{Local: s.Place.Local, Types: []*mir.Type{v.PlaceType(&mir.Place{Local: s.Place.Local})}}
			if a := s.Rvalue.Args; v.DropImpl(obj.Types[0]) == nil || len(a) == 1 && a[0].Kind == mir.Constant {
				continue
			}
			h := &hazard{kind: counted, block: int32(i), stmt: int32(j), obj: obj, owner: ofHere, own: true}
			if recountedInLoop(v, h) {
				return nil
			}
			if h.elem = writtenElem(v, obj); h.elem != nil {
				out = append(out, h)
			}
		}
	}
	if len(out) > 1 { // the last of the numbers that are set together
		out = out[len(out)-1:]
	}
	return out
}

func isCount(t *mir.Type) bool {
	return t != nil && t.Kind == mir.TypePrim && t.Name != "bool" && t.Name != "char"
}

// writtenElem is the type of what the function writes into an object, nil when it writes nothing there.
func writtenElem(v *flow.View, obj flow.Object) *mir.Type {
	for _, w := range v.Calls() {
		if elem := writesInto(v, w, obj); elem != nil {
			return elem
		}
	}
	return nil
}

// writesInto is the type of the value that a call puts into an object without
// a drop of what was there, itself or by a function of the program; nil when it does not.
func writesInto(v *flow.View, w *flow.CallSite, obj flow.Object) *mir.Type {
	if w.Is(writes...) && len(w.Args) > 1 && v.Object(&w.Args[0]).Same(obj) {
		if t := v.TypeOf(&w.Args[1]); mayOwn(t) {
			return t
		}
		return nil
	}
	if w.Target == nil || !w.Target.MayCall("write", "write_unaligned") || w.Target.Blocks > maxHelper || w.Target.Head.Broken {
		return nil
	}
	in := v.Inner(w.Target)
	for _, c := range in.Calls() {
		if !c.Is(writes...) || len(c.Args) < 2 || c.Args[1].Kind == mir.Constant {
			continue
		}
		to, what := in.Object(&c.Args[0]), in.RootOf(&c.Args[1].Place)
		if in.IsParam(to.Local) && in.IsParam(what.Local()) && what.Whole() && int(to.Local) <= len(w.Args) && v.Object(&w.Args[to.Local-1]).Same(obj) &&
			!recountedAnywhere(in, &hazard{obj: to}) {
			if t := v.TypeOf(&w.Args[what.Local()-1]); mayOwn(t) {
				return t
			}
		}
	}
	return nil
}

// counts is the hazard of a method that raises the count of a type of the
// program, when what it counts is written later by the function itself.
func counts(v *flow.View, c *flow.CallSite) *hazard {
	if c.Target == nil || len(c.Args) == 0 || !v.Fn.MayCall("write", "write_unaligned") || !assigns(v, c) {
		return nil
	}
	h := owned(v, &hazard{kind: counted, obj: v.Object(&c.Args[0])})
	if h == nil || h.owner != ofCaller || !keepsBooks(v, h.obj.Types) {
		return nil
	}
	h.own = true
	if recountedAnywhere(v, h) { // the function keeps the count itself
		return nil
	}
	if h.elem = writtenElem(v, h.obj); h.elem == nil {
		return nil
	}
	return h
}

// freshUninit reports whether a MaybeUninit comes straight from `uninit` or `zeroed`.
func freshUninit(v *flow.View, op *mir.Operand) bool {
	r := v.Root(op)
	if r.Made < 0 {
		return false
	}
	c := v.Call(r.Made)
	return c.Is("MaybeUninit::uninit", "MaybeUninit::zeroed", "MaybeUninit::uninit_array")
}

// grown is the hazard of a set_len that counts what is not written yet.
func grown(v *flow.View, c *flow.CallSite) *hazard {
	obj := v.Object(&c.Args[0])
	t := ir.Pointee(v.TypeOf(&c.Args[0]))
	if t == nil || t.Kind != mir.TypePath || !grows(v, c, obj) {
		return nil
	}
	elem := ir.TypeArg(t, 0)
	if elem == nil || !mayOwn(elem) {
		return nil
	}
	return owned(v, &hazard{kind: counted, elem: elem, obj: obj})
}

// grows reports whether a set_len surely sets more than what is written: the
// container is new, or the length is its own plus something, or its capacity.
func grows(v *flow.View, c *flow.CallSite, obj flow.Object) bool {
	n := v.Root(&c.Args[1])
	if n.Const != nil {
		return n.Const.Int > 0 && isNew(v, obj)
	}
	if isNew(v, obj) {
		return true
	}
	if n.Made >= 0 {
		call := v.Call(n.Made)
		return call.Last() == "capacity"
	}
	rv := v.Rvalue(n.Local())
	if rv == nil || rv.Op != "Add" && rv.Op != "AddWithOverflow" && rv.Op != "AddUnchecked" {
		return false
	}
	return lengthOf(v, &rv.Args[0], obj) || lengthOf(v, &rv.Args[1], obj)
}

// lengthOf reports whether a number is the length of the container.
func lengthOf(v *flow.View, op *mir.Operand, obj flow.Object) bool {
	r := v.Root(op)
	if r.Made < 0 {
		return false
	}
	c := v.Call(r.Made)
	return c.Last() == "len" && len(c.Args) > 0 && v.Object(&c.Args[0]).Same(obj)
}

// isNew reports whether a container is made empty in the function.
func isNew(v *flow.View, obj flow.Object) bool {
	if !obj.Known() || v.IsParam(obj.Local) {
		return false
	}
	r := v.RootOf(&mir.Place{Local: obj.Local})
	if r.Made < 0 {
		return false
	}
	c := v.Call(r.Made)
	return c.Last() == "with_capacity" || c.Last() == "new"
}

// owned decides who drops the memory; nil when nobody is known to.
func owned(v *flow.View, h *hazard) *hazard {
	o := h.obj
	if !o.Known() || len(o.Types) == 0 || o.Types[0] == nil {
		return nil
	}
	root := o.Types[0]
	switch {
	case root.Kind == mir.TypeRef:
		h.owner = ofCaller
	case root.Kind == mir.TypeRawPtr:
		return nil
	default:
		h.owner = ofHere
	}
	h.own = o.Raw
	for i, t := range o.Types {
		if t == nil || t.Kind != mir.TypePath && t.Kind != mir.TypeArray && t.Kind != mir.TypeSlice && t.Kind != mir.TypeRef {
			continue
		}
		if hidden(t) {
			h.own = true
		}
		// A guard that holds a reference to the memory and has a Drop of its own.
		if v.DropImpl(behindRefs(t)) != nil && leadsThroughRef(o.Types[i+1:]) {
			return nil
		}
	}
	books := keepsBooks(v, o.Types)
	if h.own && !books {
		return nil
	}
	h.own = books
	return h
}

// hidden reports a type whose drop does not drop what is in it.
func hidden(t *mir.Type) bool {
	for t != nil && (t.Kind == mir.TypeArray || t.Kind == mir.TypeSlice || t.Kind == mir.TypeRef) && len(t.Args) > 0 {
		t = t.Args[0]
	}
	if t == nil || t.Kind != mir.TypePath {
		return false
	}
	switch ir.LastSeg(t.Path) {
	case "MaybeUninit", "ManuallyDrop":
		return true
	case "Vec", "Box":
		return hidden(ir.TypeArg(t, 0))
	}
	return false
}

func leadsThroughRef(ts []*mir.Type) bool {
	for _, t := range ts {
		if t != nil && t.Kind == mir.TypeRef {
			return true
		}
	}
	return false
}

// keepsBooks reports whether a type on the way has a Drop of its own, which
// drops what the types inside do not.
func keepsBooks(v *flow.View, ts []*mir.Type) bool {
	for _, t := range ts {
		if v.DropImpl(behindRefs(t)) != nil {
			return true
		}
	}
	return false
}

func behindRefs(t *mir.Type) *mir.Type {
	for t != nil && t.Kind == mir.TypeRef && len(t.Args) > 0 {
		t = t.Args[0]
	}
	return t
}

// holders lists the locals through which the value of a local moves as it is,
// or as a part of a tuple, a closure or an Option. kept is set when it moves
// into something that does not drop it.
func holders(v *flow.View, local int32) (held map[int32]bool, kept bool) {
	held = map[int32]bool{local: true}
	for changed := true; changed; {
		changed = false
		for i := range v.MIR.Blocks {
			b := &v.MIR.Blocks[i]
			for j := range b.Stmts {
				s := &b.Stmts[j]
				if s.Kind != mir.Assign || s.Rvalue == nil || held[s.Place.Local] || len(s.Place.Proj) > 0 || !movesIn(s.Rvalue.Args, held) {
					continue
				}
				switch s.Rvalue.Kind {
				case mir.Use, mir.Cast, mir.Tuple, mir.Array, mir.Adt, mir.Closure:
					held[s.Place.Local], changed = true, true
				}
			}
			t := &b.Term
			if t.Kind != mir.Call || len(t.Place.Proj) > 0 || held[t.Place.Local] || !movesIn(t.Args, held) {
				continue
			}
			switch c := v.Call(int32(i)); {
			case c.Is("ManuallyDrop::new", "MaybeUninit::new"):
				kept = true
				held[t.Place.Local], changed = true, true
			case c.Is("Some", "Ok", "Err", "Box::new", "Cell::new", "RefCell::new", "convert::identity"):
				held[t.Place.Local], changed = true, true
			}
		}
	}
	return held, kept
}

// puts lists the calls that store a held value in other memory.
func puts(v *flow.View, h *hazard) []put {
	var out []put
	for _, c := range v.Calls() {
		for i := range c.Args {
			a := &c.Args[i]
			if a.Kind != mir.Move || len(a.Place.Proj) > 0 || !h.held[a.Place.Local] || c.Is(writes...) {
				continue
			}
			if in := v.StoredIn(c, i); in >= 0 && in != i {
				if o := v.Object(&c.Args[in]); o.Known() && !o.Raw && !o.Same(h.obj) {
					out = append(out, put{c.Block, o})
				}
			}
		}
	}
	return out
}

func movesIn(args []mir.Operand, held map[int32]bool) bool {
	for i := range args {
		if args[i].Kind == mir.Move && len(args[i].Place.Proj) == 0 && held[args[i].Place.Local] {
			return true
		}
	}
	return false
}
