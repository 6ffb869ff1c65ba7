package flow

import (
	"slices"
	"strings"

	"softshell/ir"
	"softshell/mir"
)

// AccessKind says what is done through a pointer.
type AccessKind uint8

// The kinds of access.
const (
	Reads   AccessKind = iota // *p is read
	Writes                    // *p is assigned, or written by ptr::write
	Borrows                   // &*p
	Mutates                   // &mut *p, or a drop in place
	Takes                     // an owner is made of it: Box::from_raw, Vec::from_raw_parts
)

// Access is a place in the code where memory is used through a raw pointer or
// without a check of bounds: nothing that the compiler sees says that it is good.
type Access struct {
	At   Point
	Kind AccessKind
	Ptr  *mir.Operand
	// Type is what is taken to be there; of a slice the type of its elements.
	Type *mir.Type
	// Place is what of it is used when it is not the whole.
	Place *mir.Place
	// Count is how many elements there are, Index which of them it is; nil for
	// the one at the pointer.
	Count, Index *mir.Operand
	Call         *CallSite // nil for *p
	// Unaligned is set when the access asks for no alignment.
	Unaligned bool
}

// accessCalls are the functions that use memory through a pointer.
var accessCalls = map[string]struct {
	kind         AccessKind
	count, index int8 // argument, 0 for none
	unaligned    bool
}{
	"ptr::read": {kind: Reads}, "ptr::read_volatile": {kind: Reads}, "ptr::read_unaligned": {kind: Reads, unaligned: true}, "NonNull::read": {kind: Reads},
	"ptr::write": {kind: Writes}, "ptr::write_volatile": {kind: Writes}, "ptr::write_unaligned": {kind: Writes, unaligned: true}, "NonNull::write": {kind: Writes},
	"ptr::replace": {kind: Writes}, "ptr::drop_in_place": {kind: Mutates}, "NonNull::drop_in_place": {kind: Mutates},
	"ptr::as_ref": {kind: Borrows}, "NonNull::as_ref": {kind: Borrows}, "ptr::as_mut": {kind: Mutates}, "NonNull::as_mut": {kind: Mutates},
	"slice::from_raw_parts": {kind: Borrows, count: 1}, "slice::from_raw_parts_mut": {kind: Mutates, count: 1},
	"Box::from_raw": {kind: Takes}, "Rc::from_raw": {kind: Takes}, "Arc::from_raw": {kind: Takes},
	"Vec::from_raw_parts": {kind: Takes, count: 1}, "String::from_raw_parts": {kind: Takes, count: 1},
	"slice::get_unchecked": {kind: Borrows, index: 1}, "slice::get_unchecked_mut": {kind: Mutates, index: 1},
	"str::get_unchecked": {kind: Borrows, index: 1}, "str::get_unchecked_mut": {kind: Mutates, index: 1},
}

// Accesses lists the accesses of the body by place in the code, without those
// of the clean-up after a panic.
func (v *View) Accesses() []Access {
	var out []Access
	for at, s := range v.assignments() {
		if s != nil {
			out = v.stmtAccesses(out, at, s)
			continue
		}
		c := v.Call(at.Block)
		if c == nil {
			continue
		}
		for k := range c.Args {
			if c.Args[k].Kind != mir.Constant {
				out = v.deref(out, at, &c.Args[k].Place, Reads)
			}
		}
		out = v.deref(out, at, c.Dest, Writes)
		for _, key := range c.keys {
			m, ok := accessCalls[key]
			if !ok || len(c.Args) == 0 {
				continue
			}
			a := Access{At: at, Kind: m.kind, Ptr: &c.Args[0], Call: c, Unaligned: m.unaligned, Type: sliceElem(ir.Pointee(v.TypeOf(&c.Args[0])))}
			if a.Type == nil && v.TypeOf(&c.Args[0]) != nil { // NonNull<T>
				a.Type = pointeeOfCall(v.TypeOf(&c.Args[0]))
			}
			if m.count > 0 && int(m.count) < len(c.Args) {
				a.Count = &c.Args[m.count]
			}
			if m.index > 0 && int(m.index) < len(c.Args) {
				a.Index = &c.Args[m.index]
			}
			out = append(out, a)
			break
		}
	}
	return out
}

// pointeeOfCall is what a NonNull, or a reference to one, points at.
func pointeeOfCall(t *mir.Type) *mir.Type {
	if t.Kind == mir.TypeRef && len(t.Args) > 0 {
		t = t.Args[0]
	}
	if t.Kind == mir.TypePath && ir.LastSeg(t.Path) == "NonNull" {
		return sliceElem(ir.TypeArg(t, 0))
	}
	return nil
}

// sliceElem is the type of the elements of a slice, else the type itself.
func sliceElem(t *mir.Type) *mir.Type {
	if t != nil && t.Kind == mir.TypeSlice && len(t.Args) > 0 {
		return t.Args[0]
	}
	return t
}

func (v *View) stmtAccesses(out []Access, at Point, s *mir.Stmt) []Access {
	rv := s.Rvalue
	switch rv.Kind {
	case mir.Ref:
		kind := Borrows
		if rv.Mut {
			kind = Mutates
		}
		out = v.deref(out, at, &rv.Place, kind)
	case mir.CopyForDeref, mir.Discriminant, mir.Len:
		out = v.deref(out, at, &rv.Place, Reads)
	case mir.RawPtr: // &raw const (*p).f is no access
	default:
		for k := range rv.Args {
			if rv.Args[k].Kind != mir.Constant {
				out = v.deref(out, at, &rv.Args[k].Place, Reads)
			}
		}
	}
	return v.deref(out, at, &s.Place, Writes)
}

// deref notes a place behind a raw pointer.
func (v *View) deref(out []Access, at Point, p *mir.Place, kind AccessKind) []Access {
	if p == nil || len(p.Proj) == 0 || p.Proj[0].Kind != mir.Deref {
		return out
	}
	t := v.b.localType(p.Local)
	if t == nil || t.Kind != mir.TypeRawPtr || len(t.Args) == 0 {
		return out
	}
	a := Access{At: at, Kind: kind, Ptr: &mir.Operand{Kind: mir.Copy, Place: mir.Place{Local: p.Local}}, Type: sliceElem(t.Args[0])}
	if len(p.Proj) > 1 {
		a.Place = p
	}
	return append(out, a)
}

// Source is how a pointer came to be, as far back as the body tells.
type Source struct {
	// Type is the type of what the pointer pointed at first: the pointee of the
	// reference, raw pointer, Box or slice at which the way starts, of a slice or
	// Vec the type of its elements. It is nil when it is not known.
	Type *mir.Type
	// From is the type of the value at which the way starts.
	From *mir.Type
	// Place is that value's place; Local is -1 when it is a constant.
	Place mir.Place
	// Shared is the point where a shared reference to what others may look at was
	// turned into the pointer; Block is -1 when the value is the function's own,
	// or behind a mutable reference.
	Shared Point
	// Moved is set when the way leads through pointer arithmetic; Offsets are the
	// numbers that were added or taken away, the nearest to the source last.
	Moved   bool
	Offsets []*mir.Operand
	// Casts lists the casts on the way, the nearest to the source last.
	Casts []Point
	// Loaded is set when the pointer was read from memory, Made when a call
	// returned it that is none of a pointer's own.
	Loaded bool
	Made   *CallSite
	// Cell is set when an UnsafeCell or the like handed the pointer out.
	Cell bool
}

// maxSource bounds the assignments that Source follows.
const maxSource = 40

// Source follows a pointer back through copies, casts, reborrows, pointer
// arithmetic and the methods by which slices and vectors hand out pointers.
func (v *View) Source(op *mir.Operand) Source {
	s := Source{Shared: Point{Block: -1}}
	if op.Kind == mir.Constant || op.Kind == mir.RuntimeChecks {
		s.Place.Local = -1
		return s
	}
	p := &op.Place
	for range maxSource {
		s.Place, s.From = *p, v.PlaceType(p)
		if len(p.Proj) > 0 {
			s.Loaded = true
			break
		}
		if v.b.isParam(p.Local) {
			break
		}
		d, ok := v.b.singleDef(p.Local)
		if !ok {
			break
		}
		at := Point{d.block, d.stmt}
		var next *mir.Operand
		if d.stmt < 0 {
			next = v.pointerCall(&s, d.block)
		} else if rv := v.MIR.Blocks[d.block].Stmts[d.stmt].Rvalue; rv != nil {
			var done bool
			if next, done = v.pointerStep(&s, at, rv); done {
				return s
			}
		}
		if next == nil || next.Kind == mir.Constant || next.Kind == mir.RuntimeChecks {
			break
		}
		p = &next.Place
	}
	s.Type = startOf(s.From)
	v.unshare(&s)
	return s
}

// unshare forgets a shared reference on the way when the value itself is the
// function's own, or behind a mutable reference: nobody else looks at it.
func (v *View) unshare(s *Source) {
	t := v.b.localType(s.Place.Local)
	if s.From != nil && s.From.Kind == mir.TypeRef && (len(s.Place.Proj) > 0 || s.Place.Local < 0) {
		t = s.From
	}
	switch {
	case t == nil || t.Kind != mir.TypeRef || t.Mut:
		s.Shared = Point{Block: -1}
	case s.Shared.Block < 0:
		s.Shared = Point{0, 0}
	}
}

// startOf is what the value at the start of a way points at.
func startOf(t *mir.Type) *mir.Type {
	if t == nil {
		return nil
	}
	if in := ir.Pointee(t); in != nil {
		t = in
	} else if t.Kind == mir.TypePath && ir.LastSeg(t.Path) == "NonNull" {
		t = ir.TypeArg(t, 0)
	} else {
		return nil
	}
	return Elem(t)
}

// Elem is the type of what a slice, an array or a Vec holds, through
// ManuallyDrop; of another type the type itself.
func Elem(t *mir.Type) *mir.Type {
	for range 4 {
		if t == nil {
			return nil
		}
		switch {
		case (t.Kind == mir.TypeSlice || t.Kind == mir.TypeArray) && len(t.Args) > 0:
			return t.Args[0]
		case t.Kind == mir.TypePath && (ir.LastSeg(t.Path) == "ManuallyDrop" || ir.LastSeg(t.Path) == "Box") && ir.TypeArg(t, 0) != nil:
			t = ir.TypeArg(t, 0)
		case t.Kind == mir.TypePath && ir.LastSeg(t.Path) == "Vec" && ir.TypeArg(t, 0) != nil:
			return ir.TypeArg(t, 0)
		default:
			return t
		}
	}
	return t
}

// pointerStep is what an assignment made a pointer of; done is set when the way starts there.
func (v *View) pointerStep(s *Source, at Point, rv *mir.Rvalue) (next *mir.Operand, done bool) {
	switch rv.Kind {
	case mir.Use:
		return &rv.Args[0], false
	case mir.CopyForDeref:
		return &mir.Operand{Kind: mir.Copy, Place: rv.Place}, false
	case mir.Cast:
		if rv.Op == "PointerExposeProvenance" || rv.Op == "PointerWithExposedProvenance" || rv.Op == "IntToInt" {
			return nil, false
		}
		s.Casts = append(s.Casts, at)
		return &rv.Args[0], false
	case mir.BinaryOp:
		if rv.Op == "Offset" {
			s.Moved = true
			s.Offsets = append(s.Offsets, &rv.Args[1])
			return &rv.Args[0], false
		}
	case mir.Ref, mir.RawPtr:
		if rv.Kind == mir.Ref && !rv.Mut {
			s.Shared = at
		}
		if n := len(rv.Place.Proj); n > 0 && rv.Place.Proj[n-1].Kind == mir.Deref {
			base := mir.Place{Local: rv.Place.Local, Proj: rv.Place.Proj[:n-1]}
			return &mir.Operand{Kind: mir.Copy, Place: base}, false
		}
		s.Place = rv.Place
		s.From = v.PlaceType(&rv.Place)
		s.Type = Elem(s.From)
		if t := v.b.localType(rv.Place.Local); len(rv.Place.Proj) == 0 || rv.Place.Proj[0].Kind != mir.Deref || t == nil || t.Kind != mir.TypeRef || t.Mut {
			s.Shared = Point{Block: -1}
		} else if s.Shared.Block < 0 {
			s.Shared = at
		}
		return nil, true
	}
	return nil, false
}

// pointerCall is the argument that a pointer's own methods, and those that hand one out, return.
func (v *View) pointerCall(s *Source, block int32) *mir.Operand {
	c := v.Call(block)
	if c == nil || len(c.Args) == 0 {
		s.Made = c
		return nil
	}
	at := Point{block, Term}
	switch c.Name() {
	case "ptr::add", "ptr::sub", "ptr::offset", "ptr::wrapping_add", "ptr::wrapping_sub", "ptr::wrapping_offset", "ptr::byte_add", "ptr::byte_sub", "ptr::byte_offset",
		"NonNull::add", "NonNull::sub", "NonNull::offset", "NonNull::byte_add":
		s.Moved = true
		if len(c.Args) == 2 {
			s.Offsets = append(s.Offsets, &c.Args[1])
		}
		return &c.Args[0]
	case "ptr::cast", "ptr::cast_mut", "ptr::cast_const", "NonNull::cast":
		s.Casts = append(s.Casts, at)
		return &c.Args[0]
	case "NonNull::new_unchecked", "NonNull::as_ptr", "NonNull::from", "<NonNull as From>::from", "ptr::from_ref", "ptr::from_mut",
		"slice::as_mut_ptr", "Vec::as_mut_ptr", "str::as_mut_ptr", "Vec::as_mut_slice", "Vec::as_slice", "slice::as_ptr", "Vec::as_ptr", "str::as_ptr", "array::as_slice",
		"Deref::deref", "DerefMut::deref_mut", "<Vec as Deref>::deref", "<Vec as DerefMut>::deref_mut", "<ManuallyDrop as Deref>::deref", "<ManuallyDrop as DerefMut>::deref_mut",
		"str::as_bytes", "NonNull::as_ref", "NonNull::as_mut", "ptr::as_ref", "ptr::as_mut":
		if !knownDeref(c) {
			s.Made = c
			return nil
		}
		if t := v.TypeOf(&c.Args[0]); t != nil && t.Kind == mir.TypeRef && !t.Mut && s.Shared.Block < 0 && c.Name() != "NonNull::as_ref" && c.Name() != "ptr::as_ref" {
			s.Shared = at
		}
		return &c.Args[0]
	case "UnsafeCell::get", "UnsafeCell::raw_get", "Cell::as_ptr", "RefCell::as_ptr":
		s.Cell, s.Made = true, c
		return nil
	}
	// A trait that gives raw pointers an arithmetic of its own.
	if len(c.Args) == 2 && c.Path != nil && c.Path.Self != nil && c.Path.Self.Kind == mir.TypeRawPtr {
		if to := v.PlaceType(c.Dest); to != nil && to.Kind == mir.TypeRawPtr {
			s.Moved, s.Offsets = true, append(s.Offsets, &c.Args[1])
			return &c.Args[0]
		}
	}
	s.Made = c
	return nil
}

// knownDeref reports whether a call, when it is one of deref, is that of a Vec or of what only wraps a value.
func knownDeref(c *CallSite) bool {
	if last := c.Last(); last != "deref" && last != "deref_mut" {
		return true
	}
	if c.Path == nil || c.Path.Self == nil {
		return false
	}
	switch ir.LastSeg(c.Path.Self.Path) {
	case "Vec", "ManuallyDrop", "Box", "String":
		return true
	}
	return false
}

// maxDepends bounds the assignments that Depends follows.
const maxDepends = 24

// Depends reports whether a value was computed from a local: through
// arithmetic, casts, copies, and calls that got it as an argument. A local that
// is assigned more than once depends on all that is assigned to it.
func (v *View) Depends(op *mir.Operand, local int32) bool {
	return v.depends(op, local, map[int32]bool{})
}

func (v *View) depends(op *mir.Operand, local int32, seen map[int32]bool) bool {
	if op.Kind == mir.Constant || op.Kind == mir.RuntimeChecks {
		return false
	}
	for i := range op.Place.Proj {
		if pr := &op.Place.Proj[i]; pr.Kind == mir.Index && pr.N == local {
			return true
		}
	}
	return v.localDepends(op.Place.Local, local, seen)
}

func (v *View) localDepends(at, local int32, seen map[int32]bool) bool {
	if at == local {
		return true
	}
	if seen[at] || len(seen) > maxDepends || int(at) >= len(v.b.defs) {
		return false
	}
	seen[at] = true
	for _, d := range v.b.defs[at] {
		var args []mir.Operand
		if d.stmt < 0 {
			args = v.MIR.Blocks[d.block].Term.Args
		} else if rv := v.MIR.Blocks[d.block].Stmts[d.stmt].Rvalue; rv != nil {
			args = rv.Args
			switch rv.Kind {
			case mir.Ref, mir.RawPtr, mir.Discriminant, mir.Len, mir.CopyForDeref:
				if v.localDepends(rv.Place.Local, local, seen) {
					return true
				}
			}
		}
		for i := range args {
			if v.depends(&args[i], local, seen) {
				return true
			}
		}
	}
	return false
}

// endsLoop reports whether a switch asks the range of a for loop for its next
// number: that is no check of the range's end.
func (v *View) endsLoop(cond *mir.Operand) bool {
	if cond.Kind == mir.Constant || len(cond.Place.Proj) > 0 {
		return false
	}
	rv := v.Rvalue(cond.Place.Local)
	if rv == nil || rv.Kind != mir.Discriminant {
		return false
	}
	d, ok := v.b.singleDef(rv.Place.Local)
	if !ok || d.stmt >= 0 {
		return false
	}
	c := v.Call(d.block)
	return c != nil && c.Last() == "next" && len(c.Args) == 1 && v.endOfRange(&c.Args[0]) != nil
}

// Decided reports whether every path to a block went through a branch, or a
// check of bounds, that looks at a local or at what was computed from it. A
// check for overflow is none: release builds leave it out.
func (v *View) Decided(block, local int32) bool {
	looks, ok := v.looks[local]
	if !ok {
		for i := range v.MIR.Blocks {
			t := &v.MIR.Blocks[i].Term
			if (t.Kind == mir.SwitchInt || t.Kind == mir.Assert && strings.Contains(t.Text, "out of bounds")) && v.Depends(&t.Cond, local) && !v.endsLoop(&t.Cond) {
				looks = append(looks, int32(i))
			}
		}
		if v.looks == nil {
			v.looks = map[int32][]int32{}
		}
		v.looks[local] = looks
	}
	return slices.ContainsFunc(looks, func(b int32) bool { return b != block && v.Dominates(b, block) })
}
