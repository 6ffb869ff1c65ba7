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
	obj   flow.Object
	owner owner
	// own is set when a type of the program keeps the books: the memory is
	// behind a raw pointer or MaybeUninit, and its Drop says what is dropped.
	own  bool
	elem *mir.Type
	held map[int32]bool // locals that the second owner, or the unwritten value, moves through
	kept bool           // the unwritten value lies in a ManuallyDrop or MaybeUninit of a guard
}

// bypasses are the last segments of the calls that make a hazard.
var bypasses = []string{"read", "write", "write_unaligned", "read_unaligned", "copy", "copy_nonoverlapping", "copy_to", "copy_to_nonoverlapping", "copy_from", "copy_from_nonoverlapping",
	"set_len", "drop_in_place", "uninitialized", "zeroed", "assume_init", "transmute_copy", "from_raw_parts", "from_raw", "assume_init_read"}

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
			h.block = c.Block
			out = append(out, h)
		}
	}
	return out
}

func hazardOf(v *flow.View, c *flow.CallSite) *hazard {
	switch {
	case c.Is(reads...) && len(c.Args) > 0, c.Is(takesBack...) && len(c.Args) > 0:
		elem := v.PlaceType(c.Dest)
		if !mayOwn(elem) || len(c.Dest.Proj) > 0 {
			return nil
		}
		h := owned(v, &hazard{kind: duplicate, elem: elem, obj: v.Object(&c.Args[0])})
		if h != nil {
			h.held, h.kept = holders(v, c.Dest.Local)
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
		if !mayOwn(elem) || inDrop(v) {
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
	return counts(v, c)
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
	for _, w := range v.Calls() {
		if w.Is(writes...) && len(w.Args) > 1 && v.Object(&w.Args[0]).Same(h.obj) {
			if t := v.TypeOf(&w.Args[1]); mayOwn(t) {
				h.elem = t
				return h
			}
		}
	}
	return nil
}

func inDrop(v *flow.View) bool { return v.Fn.Last == "drop" && v.Fn.Impl != nil }

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
	h := owned(v, &hazard{kind: counted, elem: elem, obj: obj})
	if h != nil && ir.LastSeg(t.Path) == "Vec" {
		h.own = false
	}
	return h
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
	if h.own && !keepsBooks(v, o.Types) {
		return nil
	}
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

func movesIn(args []mir.Operand, held map[int32]bool) bool {
	for i := range args {
		if args[i].Kind == mir.Move && len(args[i].Place.Proj) == 0 && held[args[i].Place.Local] {
			return true
		}
	}
	return false
}
