package flow

import (
	"slices"
	"strings"

	"softshell/effects"
	"softshell/ir"
	"softshell/mir"
)

// BlankHow says how memory that nobody wrote came to count as initialised.
type BlankHow uint8

// The ways in which blank memory is made.
const (
	BlankLength BlankHow = iota // a length was set that covers spare capacity
	BlankSlice                  // a slice or a collection was made over spare capacity or a fresh allocation
	BlankValue                  // mem::uninitialized, or assume_init of what was not written
	BlankZero                   // mem::zeroed of a type that is not known to allow zero
	BlankCall                   // a function of the program returned it
	BlankAlloc                  // an allocation: it counts as nothing yet, but `*p = v` drops what is there
)

// Blank is memory that counts as initialised after a call, though nothing was
// written to it since it was made.
type Blank struct {
	How   BlankHow
	Block int32     // the call after which it counts
	Maker int32     // the call that reserved the memory, -1 when that is out of sight
	Elem  *mir.Type // what is taken to lie in it, nil when not known
	Mem   *Memory
}

// blankCalls are the last segments of the calls that can make blank memory.
var blankCalls = ir.NewNames("set_len", "advance_mut", "uninitialized", "assume_init", "assume_init_mut", "assume_init_ref", "zeroed", "from_raw_parts", "from_raw_parts_mut", "alloc", "malloc", "uninit")

// MayBlank reports whether a function may make blank memory of itself; it needs no code.
func MayBlank(f *ir.Func) bool {
	return f.MayCallAny(blankCalls) || f.Raw && f.MayCall("with_capacity", "spare_capacity_mut") && f.MayCall("as_mut_ptr", "get_unchecked_mut", "transmute")
}

// Blanks lists the blank memory that a function makes, by block. given says
// whether a function of the program returns blank memory; it may be nil.
func (v *View) Blanks(given func(*ir.Func) bool) []Blank {
	var out []Blank
	for _, c := range v.Calls() {
		b, ok := v.blank(c)
		if !ok && given != nil && c.Target != nil && given(c.Target) {
			b, ok = Blank{How: BlankCall, Maker: c.Block, Elem: contentOf(v.PlaceType(c.Dest)), Mem: v.Memory(c.Dest)}, true
		}
		if ok && !holdsBlank(b.Elem) {
			b.Block = c.Block
			out = append(out, b)
		}
	}
	return append(out, v.blankCasts()...)
}

// blankCasts lists the memory of MaybeUninit whose type a cast or a transmute
// takes off: spare capacity above all. It counts from the call that gave it out.
func (v *View) blankCasts() []Blank {
	var out []Blank
	for _, s := range v.assignments() {
		if s == nil || s.Rvalue.Kind != mir.Cast || s.Rvalue.Args[0].Kind == mir.Constant {
			continue
		}
		rv := s.Rvalue
		from := v.TypeOf(&rv.Args[0])
		if from == nil || !strings.Contains(from.Text, "[std::mem::MaybeUninit<") || holdsBlank(contentOf(rv.Type)) || rv.Type.Kind == mir.TypeRawPtr && rv.Type.Args[0].Kind != mir.TypeSlice {
			continue
		}
		r := v.Root(&rv.Args[0])
		if spare := v.spareOn(&r); spare >= 0 {
			out = append(out, Blank{How: BlankSlice, Block: spare, Maker: spare, Elem: contentOf(rv.Type), Mem: v.Memory(v.Call(spare).Dest)})
		}
	}
	return out
}

func (v *View) blank(c *CallSite) (Blank, bool) {
	switch c.Last() {
	case "set_len", "advance_mut":
		return v.blankLength(c)
	case "uninitialized":
		return Blank{How: BlankValue, Maker: c.Block, Elem: v.PlaceType(c.Dest), Mem: v.valueMemory(c.Dest)}, c.Is("mem::uninitialized")
	case "zeroed":
		return Blank{How: BlankZero, Maker: c.Block, Elem: v.PlaceType(c.Dest), Mem: v.valueMemory(c.Dest)}, c.Is("mem::zeroed")
	case "assume_init":
		return v.blankValue(c)
	case "assume_init_mut", "assume_init_ref":
		return v.blankView(c)
	case "from_raw_parts", "from_raw_parts_mut":
		return v.blankSlice(c)
	case "alloc", "malloc", "with_capacity", "uninit":
		return v.blankAlloc(c)
	}
	return Blank{}, false
}

// growing are the collections whose set_len tells how much of them is initialised.
var growing = []string{"Vec", "SmallVec", "ArrayVec", "BytesMut", "TinyVec"}

func (v *View) blankLength(c *CallSite) (Blank, bool) {
	if len(c.Args) != 2 || c.Args[0].Kind == mir.Constant {
		return Blank{}, false
	}
	ty := ir.Pointee(v.TypeOf(&c.Args[0]))
	if ty == nil || ty.Kind != mir.TypePath || !slices.Contains(growing, ir.LastSeg(ty.Path)) {
		return Blank{}, false
	}
	r := v.origin(&c.Args[0])
	if r.Local() < 0 {
		return Blank{}, false
	}
	m := v.memoryAt(r.Ref)
	maker := v.reserves(r)
	if c.Last() == "set_len" && !v.grows(c, m, r, maker) {
		return Blank{}, false
	}
	from := maker
	if room := v.roomMade(c, m); maker < 0 && room >= 0 {
		from = room // what was written before lies in the part that was there
	}
	if v.writtenBefore(m, from, c.Block) {
		return Blank{}, false
	}
	return Blank{How: BlankLength, Maker: maker, Elem: contentOf(ty), Mem: m}, true
}

// origin is the root of what an operand holds or points to, followed on to the
// call that made what lies there.
func (v *View) origin(op *mir.Operand) Root {
	r := v.Root(op)
	if r.Made < 0 && r.Whole() && r.Local() >= 0 {
		if made := v.RootOf(&mir.Place{Local: r.Local()}); made.Local() >= 0 {
			r.Ref, r.Made = made.Ref, made.Made
		}
	}
	return r
}

// reserves is the call that made an empty collection, -1 when it is none.
func (v *View) reserves(r Root) int32 {
	if r.Made < 0 {
		return -1
	}
	switch c := v.Call(r.Made); c.Last() {
	case "with_capacity", "with_capacity_in", "new", "new_in", "try_with_capacity", "default":
		if c.Target == nil && len(c.Args) <= 2 {
			return r.Made
		}
	}
	return -1
}

// grows reports whether a set_len surely covers more than was written: the
// collection was just made, or room was reserved, or the length is its
// capacity, its length plus something, or compared with its length.
func (v *View) grows(c *CallSite, m *Memory, r Root, maker int32) bool {
	n := &c.Args[1]
	if n.Kind == mir.Constant && n.Const != nil && n.Const.Kind == mir.ConstInt && n.Const.Int == 0 {
		return false
	}
	switch v.lengthOf(n, m, 0) {
	case lenSame:
		return false
	case lenMore:
		return true
	}
	if maker >= 0 {
		return true
	}
	if v.roomMade(c, m) >= 0 {
		return true
	}
	want := v.Root(n)
	for _, g := range v.Guards(c.Block) {
		cmp, ok := v.Compares(g)
		if !ok {
			continue
		}
		x, y := cmp.X, cmp.Y
		if cmp.Op == "Lt" || cmp.Op == "Le" {
			x, y = y, x
		} else if cmp.Op != "Gt" && cmp.Op != "Ge" {
			continue
		}
		if a := v.Root(x); a.Ref == want.Ref && a.Local() >= 0 && v.lengthOf(y, m, 0) == lenSame {
			return true
		}
	}
	return false
}

// roomMade is the call that reserved room in a collection before a set_len, -1 for none.
func (v *View) roomMade(c *CallSite, m *Memory) int32 {
	for _, o := range v.Calls() {
		switch o.Last() {
		case "reserve", "reserve_exact", "try_reserve", "try_reserve_exact":
			if len(o.Args) == 2 && m.Touches(&o.Args[0]) && v.Dominates(o.Block, c.Block) {
				return o.Block
			}
		}
	}
	return -1
}

type lenKind uint8

const (
	lenUnknown lenKind = iota
	lenSame            // the collection's length, or less
	lenMore            // its length and more, or its capacity
)

// lengthOf compares a number with the length of the collection in m.
func (v *View) lengthOf(op *mir.Operand, m *Memory, depth int) lenKind {
	if op.Kind == mir.Constant || op.Kind == mir.RuntimeChecks || depth > 6 {
		return lenUnknown
	}
	p := &op.Place
	if len(p.Proj) > 1 || len(p.Proj) == 1 && p.Proj[0].Kind != mir.Field {
		return lenUnknown
	}
	d, ok := v.b.singleDef(p.Local)
	if !ok {
		return lenUnknown
	}
	if d.stmt < 0 {
		c := v.Call(d.block)
		if c == nil || len(c.Args) != 1 || !m.Touches(&c.Args[0]) {
			return lenUnknown
		}
		switch c.Last() {
		case "len":
			return lenSame
		case "capacity":
			return lenMore
		}
		return lenUnknown
	}
	rv := v.MIR.Blocks[d.block].Stmts[d.stmt].Rvalue
	if rv == nil || len(rv.Args) == 0 {
		return lenUnknown
	}
	switch {
	case rv.Kind == mir.Use, rv.Kind == mir.Cast:
		return v.lengthOf(&rv.Args[0], m, depth+1)
	case rv.Kind == mir.BinaryOp && strings.HasPrefix(rv.Op, "Add"):
		if v.lengthOf(&rv.Args[0], m, depth+1) != lenUnknown || v.lengthOf(&rv.Args[1], m, depth+1) != lenUnknown {
			return lenMore
		}
	case rv.Kind == mir.BinaryOp && strings.HasPrefix(rv.Op, "Sub"):
		if v.lengthOf(&rv.Args[0], m, depth+1) == lenSame {
			return lenSame
		}
	}
	return lenUnknown
}

// blankValue is assume_init of a MaybeUninit that nothing wrote.
func (v *View) blankValue(c *CallSite) (Blank, bool) {
	if !c.Is("MaybeUninit::assume_init", "Box::assume_init") || c.Args[0].Kind == mir.Constant {
		return Blank{}, false
	}
	r := v.origin(&c.Args[0])
	if r.Made < 0 {
		return Blank{}, false
	}
	made := v.Call(r.Made)
	switch made.Last() {
	case "uninit", "new_uninit", "new_uninit_slice", "uninit_array":
	case "zeroed":
		if made.Is("MaybeUninit::zeroed") && !v.writtenBefore(v.memoryAt(r.Ref), r.Made, c.Block) {
			return Blank{How: BlankZero, Maker: r.Made, Elem: v.PlaceType(c.Dest), Mem: v.valueMemory(c.Dest)}, true
		}
		return Blank{}, false
	default:
		return Blank{}, false
	}
	if v.writtenBefore(v.memoryAt(r.Ref), r.Made, c.Block) {
		return Blank{}, false
	}
	elem := v.PlaceType(c.Dest)
	m := v.valueMemory(c.Dest)
	if made.Last() == "new_uninit" || made.Last() == "new_uninit_slice" {
		elem, m.value = contentOf(elem), false
	}
	return Blank{How: BlankValue, Maker: r.Made, Elem: elem, Mem: m}, true
}

// blankView is a reference to a MaybeUninit that is taken for one to a value
// before anything was written.
func (v *View) blankView(c *CallSite) (Blank, bool) {
	if len(c.Args) != 1 || c.Args[0].Kind == mir.Constant {
		return Blank{}, false
	}
	from, to := v.TypeOf(&c.Args[0]), v.PlaceType(c.Dest)
	if from == nil || to == nil || !strings.Contains(from.Text, "MaybeUninit<") || strings.Contains(to.Text, "MaybeUninit<") {
		return Blank{}, false
	}
	r := v.origin(&c.Args[0])
	if r.Made < 0 || !strings.HasPrefix(v.Call(r.Made).Last(), "uninit") || v.writtenBefore(v.memoryAt(r.Ref), r.Made, c.Block) {
		return Blank{}, false
	}
	return Blank{How: BlankSlice, Maker: r.Made, Elem: contentOf(to), Mem: v.Memory(c.Dest)}, true
}

// spareOn is the call on the way to a root that gave out spare capacity, -1 for none.
func (v *View) spareOn(r *Root) int32 {
	for _, via := range r.Via {
		if c := v.Call(via); c.Is("Vec::spare_capacity_mut") {
			return via
		}
	}
	return -1
}

// blankSlice is a slice, or a collection, that is made of a pointer to spare
// capacity or to a fresh allocation before anything is written there.
func (v *View) blankSlice(c *CallSite) (Blank, bool) {
	if len(c.Args) < 2 || !c.Is("slice::from_raw_parts", "slice::from_raw_parts_mut", "Vec::from_raw_parts") || c.Args[0].Kind == mir.Constant {
		return Blank{}, false
	}
	r := v.origin(&c.Args[0])
	if spare := v.spareOn(&r); spare >= 0 && !c.Is("Vec::from_raw_parts") {
		m := v.Memory(v.Call(spare).Dest)
		return Blank{How: BlankSlice, Maker: spare, Elem: contentOf(v.PlaceType(c.Dest)), Mem: m}, !v.writtenBefore(m, spare, c.Block)
	}
	if r.Made < 0 {
		return Blank{}, false
	}
	switch made := v.Call(r.Made); {
	case made.Is("alloc::alloc", "GlobalAlloc::alloc", "extern malloc"):
	case made.Last() == "with_capacity" && made.Is("Vec::with_capacity"):
	case made.Is("MaybeUninit::uninit"):
	default:
		return Blank{}, false
	}
	m := v.memoryAt(r.Ref)
	if v.writtenBefore(m, r.Made, c.Block) || v.empty(&c.Args[1], m) {
		return Blank{}, false
	}
	elem := contentOf(v.PlaceType(c.Dest))
	if c.Is("Vec::from_raw_parts") {
		return Blank{How: BlankSlice, Maker: r.Made, Elem: elem, Mem: v.Memory(c.Dest)}, true
	}
	return Blank{How: BlankSlice, Maker: r.Made, Elem: elem, Mem: m}, true
}

// empty reports whether a length is zero, or the length of the collection itself.
func (v *View) empty(n *mir.Operand, m *Memory) bool {
	if n.Kind == mir.Constant && n.Const != nil && n.Const.Kind == mir.ConstInt {
		return n.Const.Int == 0
	}
	return v.lengthOf(n, m, 0) == lenSame
}

// blankAlloc is memory that holds no values and does not count as such: what
// an allocator gave, and whose pointer is cast to the type of what will lie
// there, the room of a new Vec, a MaybeUninit.
func (v *View) blankAlloc(c *CallSite) (Blank, bool) {
	b := Blank{How: BlankAlloc, Maker: c.Block}
	switch {
	case c.Is("alloc::alloc", "GlobalAlloc::alloc", "extern malloc"):
		b.Mem = v.Memory(c.Dest)
		b.Elem = b.Mem.pointee()
	case c.Is("Vec::with_capacity"):
		b.Mem, b.Elem = v.Memory(c.Dest), contentOf(v.PlaceType(c.Dest))
	case c.Is("MaybeUninit::uninit"):
		b.Mem, b.Elem = v.valueMemory(c.Dest), ir.TypeArg(v.PlaceType(c.Dest), 0)
	default:
		return Blank{}, false
	}
	return b, true
}

// Unchecked reports whether a pointer was had without a check whether anything
// lies where it points.
func (v *View) Unchecked(p *mir.Place) bool {
	r := v.RootOf(&mir.Place{Local: p.Local})
	for _, via := range r.Via {
		switch v.Call(via).Last() {
		case "as_mut_ptr", "get_unchecked_mut", "alloc", "malloc", "cast":
			return true
		}
	}
	return r.Made >= 0 && v.Call(r.Made).Is("alloc::alloc", "GlobalAlloc::alloc", "extern malloc")
}

// contentOf is what lies in a collection, a slice, a Box or behind a pointer to one.
func contentOf(t *mir.Type) *mir.Type {
	for range 6 {
		if t == nil {
			return nil
		}
		switch t.Kind {
		case mir.TypeRef, mir.TypeRawPtr:
			t = t.Args[0]
			continue
		case mir.TypeSlice, mir.TypeArray:
			return t.Args[0]
		case mir.TypePath:
			switch ir.LastSeg(t.Path) {
			case "BytesMut":
				return nil
			case "Box", "SmallVec", "Result", "Option", "Rc", "Arc", "TinyVec":
				t = ir.TypeArg(t, 0)
				continue
			case "Vec", "ArrayVec":
				t = ir.TypeArg(t, 0)
				if t != nil && t.Kind == mir.TypeArray {
					return t
				}
			}
			return t
		}
		return t
	}
	return t
}

// holdsBlank reports whether a type is one whose values need not be initialised.
func holdsBlank(t *mir.Type) bool {
	return t != nil && (strings.Contains(t.Text, "MaybeUninit<") || t.Text == "()" || strings.HasPrefix(t.Text, "[(); "))
}

// writtenBefore reports whether something may write to the memory on a way
// from where it was made (the function's entry when maker is -1) to a call.
func (v *View) writtenBefore(m *Memory, maker, call int32) bool {
	var writes []Point
	end := Point{call, Term}
	visit := func(at Point, unwound bool) bool {
		if unwound || at == end {
			return false
		}
		switch k, _ := m.Use(at); k {
		case UseNone, UseRead, UseReader, UseDrop:
		case UseShrunk:
		default:
			writes = append(writes, at)
		}
		return true
	}
	if maker >= 0 {
		v.WalkReturn(maker, visit)
	} else {
		v.WalkEntry(visit)
	}
	for _, p := range writes {
		if v.Leads(p, end, Point{maker, Term}) {
			return true
		}
	}
	return false
}

// Leads reports whether a way without unwinding leads from p to q and not through past.
func (v *View) Leads(p, q, past Point) bool {
	found := false
	v.Walk(p, func(at Point, unwound bool) bool {
		found = found || at == q && !unwound
		return !found && !unwound && at != past
	})
	return found
}

// Memory is a piece of memory in a body: the place that owns it, and the
// locals that hold it, point into it, or hold a value that does.
type Memory struct {
	v     *View
	place Ref
	value bool // the place is the memory itself, and no pointer to it
	holds []bool
}

// Memory is the memory that a place owns or points to.
func (v *View) Memory(p *mir.Place) *Memory { return v.memoryAt(v.Place(p)) }

func (v *View) valueMemory(p *mir.Place) *Memory {
	m := v.memoryAt(v.Place(p))
	m.value = true
	return m
}

func (v *View) memoryAt(r Ref) *Memory {
	m := &Memory{v: v, place: r, holds: make([]bool, len(v.MIR.Locals))}
	if r.Whole() && int(r.Local()) < len(m.holds) {
		m.holds[r.Local()] = true
	}
	for m.spread() {
	}
	return m
}

// spread adds the locals that are given the memory, a pointer into it, or what
// holds one; it reports whether any was added.
func (m *Memory) spread() bool {
	grew := false
	add := func(p *mir.Place) {
		if len(p.Proj) == 0 && int(p.Local) < len(m.holds) && !m.holds[p.Local] && !m.v.IsParam(p.Local) && pointsOrOwns(m.v.PlaceType(p)) {
			m.holds[p.Local], grew = true, true
		}
	}
	for i := range m.v.MIR.Blocks {
		b := &m.v.MIR.Blocks[i]
		for j := range b.Stmts {
			if s := &b.Stmts[j]; s.Kind == mir.Assign && s.Rvalue != nil && m.inRvalue(s.Rvalue) {
				add(&s.Place)
			}
		}
		if t := &b.Term; t.Kind == mir.Call {
			for k := range t.Args {
				if m.Touches(&t.Args[k]) && !m.v.severs(int32(i), &t.Args[k]) {
					add(&t.Place)
				}
			}
		}
	}
	return grew
}

// severs reports whether what a call returns has nothing to do with the memory
// that an argument shows it: the result of a copy, a count.
func (v *View) severs(block int32, arg *mir.Operand) bool {
	c := v.Call(block)
	switch c.Last() {
	case "clone", "to_vec", "to_owned", "len", "capacity", "into", "from", "to_string", "from_residual":
		at := v.TypeOf(arg)
		return at != nil && at.Kind == mir.TypeRef || c.Last() == "from_residual"
	}
	t := v.PlaceType(c.Dest)
	at := v.TypeOf(arg)
	if c.Is("mem::replace") && len(c.Args) == 2 && arg == &c.Args[1] {
		return true // it returns what was there before
	}
	// What is lent comes back only inside something that can hold a borrow.
	return at != nil && (at.Kind == mir.TypeRef || at.Kind == mir.TypeRawPtr) && !pointer(t)
}

// pointer reports whether a value of the type can hold a pointer, by its text.
func pointer(t *mir.Type) bool {
	return t != nil && (strings.ContainsAny(t.Text, "&*'") || strings.Contains(t.Text, "NonNull<") || t.Kind == mir.TypeClosure || t.Kind == mir.TypeOpaque)
}

// pointsOrOwns reports whether a value of the type can be, hold or point to a piece of memory.
func pointsOrOwns(t *mir.Type) bool {
	if t == nil {
		return true
	}
	switch t.Kind {
	case mir.TypePrim, mir.TypeNever, mir.TypeFnPtr, mir.TypeFnItem:
		return false
	case mir.TypeTuple:
		return slices.ContainsFunc(t.Args, pointsOrOwns)
	}
	return true
}

func (m *Memory) inRvalue(rv *mir.Rvalue) bool {
	switch rv.Kind {
	case mir.Ref, mir.RawPtr, mir.CopyForDeref:
		return m.touches(&rv.Place)
	case mir.Use, mir.Cast, mir.BinaryOp, mir.Adt, mir.Tuple, mir.Array, mir.Closure, mir.Coroutine, mir.RawPtrAggregate, mir.ShallowInitBox, mir.Repeat:
		for i := range rv.Args {
			if a := &rv.Args[i]; m.Touches(a) && !m.element(&a.Place) && !m.beside(&a.Place) {
				return true
			}
		}
	}
	return false
}

// beside reports whether a place is a shared reference that lies beside a
// mutable one, as in the items of `dst.iter_mut().zip(src)`: the memory is
// behind the mutable one.
func (m *Memory) beside(p *mir.Place) bool {
	if len(p.Proj) == 0 {
		return false
	}
	t, whole := m.v.PlaceType(p), m.v.localType(p.Local)
	return t != nil && whole != nil && t.Kind == mir.TypeRef && !t.Mut && strings.Contains(whole.Text, "&mut ")
}

// Touches reports whether an operand is the memory, a pointer into it, or holds one.
func (m *Memory) Touches(op *mir.Operand) bool {
	return op.Kind != mir.Constant && op.Kind != mir.RuntimeChecks && m.touches(&op.Place)
}

func (m *Memory) touches(p *mir.Place) bool {
	if int(p.Local) < len(m.holds) && m.holds[p.Local] {
		return true
	}
	return m.v.Inside(m.v.Place(p), m.place)
}

// element reports whether a place lies in the memory itself: behind a pointer
// to it, at an index, in a field of a value.
func (m *Memory) element(p *mir.Place) bool {
	last := -1
	for i := range p.Proj {
		switch p.Proj[i].Kind {
		case mir.Deref, mir.Index, mir.ConstIndex, mir.Subslice:
			last = i
		}
	}
	if m.value && m.v.Inside(m.v.Place(p), m.place) {
		return len(p.Proj) > 0
	}
	if last < 0 {
		return false
	}
	t := ir.ProjectType(m.v.localType(p.Local), p.Proj[:last+1])
	if t == nil {
		return false
	}
	switch t.Kind {
	case mir.TypeRef, mir.TypeRawPtr, mir.TypeClosure:
		return false
	case mir.TypePath:
		if ir.LastSeg(t.Path) == "Vec" {
			return false
		}
		// A struct that holds a pointer to the memory is not in it.
		return !pointer(t) && !slices.Contains(growing, ir.LastSeg(t.Path)) && m.inside(p)
	}
	return true
}

// inside reports whether the pointer on the way to a place points into the
// memory, and not to a variable that owns it.
func (m *Memory) inside(p *mir.Place) bool {
	for i := range p.Proj {
		if p.Proj[i].Kind == mir.Deref {
			to, ok := m.v.e.refTo(m.v.b, loc{local: p.Local})
			return !ok || to.path != 0 || m.value
		}
	}
	return true
}

func (v *View) localType(local int32) *mir.Type { return v.b.localType(local) }

// pointee is the type that pointers to the memory are cast to first, nil for bytes alone.
func (m *Memory) pointee() *mir.Type {
	for i := range m.holds {
		if t := m.v.localType(int32(i)); m.holds[i] && t != nil && t.Kind == mir.TypeRawPtr && t.Args[0].Text != "u8" && t.Args[0].Text != "std::ffi::c_void" {
			return t.Args[0]
		}
	}
	return nil
}

// UseKind is what a point of a body does with a piece of memory.
type UseKind uint8

// The uses.
const (
	UseNone   UseKind = iota
	UseWrite          // writes to it, or may do so
	UseRead           // reads from it
	UseUser           // hands it to code that the caller chose
	UseReader         // hands it to a known reader, which is to write it
	UseReturn         // the function returns it
	UseStore          // puts it behind a parameter or into a static
	UseAssign         // assigns to it: drops what lies there and then writes
	UseDrop           // drops what lies in it
	UseShrunk         // its length is set anew
)

// Use says what a point does with the memory; the place is set for a drop, and
// for a read or write in a statement.
func (m *Memory) Use(at Point) (UseKind, *mir.Place) {
	b := &m.v.MIR.Blocks[at.Block]
	if at.Stmt != Term {
		return m.useStmt(&b.Stmts[at.Stmt])
	}
	t := &b.Term
	switch t.Kind {
	case mir.Call, mir.TailCall:
		return m.useCall(m.v.Call(at.Block)), nil
	case mir.Drop:
		if m.touches(&t.Place) {
			if m.element(&t.Place) && m.v.makesRoom(at.Block, &t.Place) {
				return UseAssign, &t.Place
			}
			return UseDrop, &t.Place
		}
	case mir.SwitchInt:
		if m.Touches(&t.Cond) && m.element(&t.Cond.Place) {
			return UseRead, &t.Cond.Place
		}
	case mir.Return:
		// Made in the return place, it goes out without a further step.
		if m.place.Local() == 0 {
			return UseReturn, nil
		}
	}
	return UseNone, nil
}

func (m *Memory) useStmt(s *mir.Stmt) (UseKind, *mir.Place) {
	if s.Kind != mir.Assign || s.Rvalue == nil {
		return UseNone, nil
	}
	if p := &s.Place; m.touches(p) && (m.element(p) || m.v.Place(p) == m.place) {
		return UseWrite, p
	}
	rv := s.Rvalue
	if (rv.Kind == mir.Discriminant || rv.Kind == mir.CopyForDeref) && m.touches(&rv.Place) && m.element(&rv.Place) && !pointer(m.v.PlaceType(&rv.Place)) {
		return UseRead, &rv.Place
	}
	for i := range rv.Args {
		if a := &rv.Args[i]; m.Touches(a) && m.element(&a.Place) && !pointer(m.v.PlaceType(&a.Place)) {
			return UseRead, &a.Place
		}
	}
	if !m.inRvalue(rv) || !pointsOrOwns(m.v.PlaceType(&s.Place)) {
		return UseNone, nil
	}
	if s.Place.Local == 0 {
		return UseReturn, nil
	}
	if to := m.v.Place(&s.Place); m.v.Through(to) || m.v.IsParam(to.Local()) {
		return UseStore, nil
	}
	return UseNone, nil
}

// derives lists the calls that make one view of memory of another, or ask for
// its size, and neither read nor write what lies there.
var derives = words(`as_ptr as_mut_ptr as_slice as_mut_slice as_ref as_mut borrow borrow_mut deref deref_mut index index_mut get get_mut get_unchecked get_unchecked_mut
	iter iter_mut chunks chunks_mut chunks_exact chunks_exact_mut split_at split_at_mut split_first_mut split_last_mut first_mut last_mut windows
	into_iter by_ref enumerate zip rev skip take step_by peekable cast add sub offset wrapping_add from_raw_parts from_raw_parts_mut slice_from_raw_parts slice_from_raw_parts_mut
	from_mut from_ref new_unchecked len capacity is_empty spare_capacity_mut into_boxed_slice into_vec from_raw into_raw leak unwrap expect branch from_output
	transmute as_mut_vec as_bytes as_bytes_mut as_uninit_slice_mut reserve reserve_exact try_reserve into_inner is_null eq_ptr offset_from as_any as_any_mut
	with_capacity next pin new_pin unwrap_unchecked as_non_null_ptr addr forget`)

// writers write through their first argument, and read no element before.
var writers = words(`write write_unaligned write_volatile write_bytes fill fill_with resize resize_with push extend extend_from_slice append insert
	copy_from copy_from_nonoverlapping copy_from_slice clone_from_slice swap_with_slice write_slice set_bytes store zeroize insert_str push_str put put_slice put_u8`)

// readers read through any argument that shows them the memory.
var readers = words(`clone to_vec to_owned to_string eq ne cmp partial_cmp lt le gt ge hash fmt from_utf8 from_utf8_lossy from_utf8_unchecked write_all contains starts_with ends_with
	read read_unaligned read_volatile concat join sum fold max min position binary_search sort sort_unstable sort_by sort_by_key reverse extend_from_slice copied cloned swap replace collect`)

func words(s string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(s) {
		out[w] = true
	}
	return out
}

// useCall says what a call does with the memory.
func (m *Memory) useCall(c *CallSite) UseKind {
	v := m.v
	var touched []int
	for i := range c.Args {
		if m.Touches(&c.Args[i]) {
			touched = append(touched, i)
		}
	}
	if len(touched) == 0 {
		return m.lent(c)
	}
	for _, i := range touched {
		if a := &c.Args[i]; m.element(&a.Place) && !pointer(v.PlaceType(&a.Place)) {
			return UseRead
		}
	}
	last := c.Last()
	switch {
	case last == "set_len" || last == "truncate" || last == "clear":
		return UseShrunk
	case v.e.chosen(v.b, &v.b.calls[c.Block]):
		return m.toUser(c, touched)
	case c.Is("mem::drop", "drop", "ptr::drop_in_place", "NonNull::drop_in_place"):
		return UseDrop
	case c.Is("Read::read", "Read::read_exact", "Read::read_to_end", "Read::read_vectored", "AsyncRead::poll_read", "AsyncRead::poll_read_vectored") || strings.HasSuffix(c.Name(), "ReadBytesExt>::"+last):
		if holdsChoice(c.Path.Self) {
			return UseUser
		}
		if c.Target == nil {
			return UseReader
		}
	}
	if c.Target != nil && c.Target.Blocks > 0 {
		return v.e.useByBody(c, touched)
	}
	return m.useForeign(c, touched)
}

// lent is a call that is shown the owner of the memory: of a callee that
// handles raw memory it is not known what it writes.
func (m *Memory) lent(c *CallSite) UseKind {
	for i := range c.Args {
		a := &c.Args[i]
		if a.Kind == mir.Constant || a.Kind == mir.RuntimeChecks {
			continue
		}
		r := m.v.Root(a)
		if r.Local() < 0 || !m.v.Inside(m.place, r.Ref) {
			continue
		}
		if t := m.v.TypeOf(a); t == nil || t.Kind == mir.TypeRef && !t.Mut {
			continue
		}
		if m.v.e.chosen(m.v.b, &m.v.b.calls[c.Block]) {
			return UseWrite
		}
		if c.Target == nil || c.Target.MayCall("write", "copy", "copy_nonoverlapping", "copy_from_slice", "fill", "write_bytes", "read", "read_exact", "get_unchecked_mut", "extend_from_slice", "push", "resize", "clear") {
			return UseWrite
		}
	}
	return UseNone
}

// toUser is a call of code that the caller chose: what it is shown by
// reference or given whole it may read; of a raw pointer the two must agree.
func (m *Memory) toUser(c *CallSite, touched []int) UseKind {
	for _, i := range touched {
		t := m.v.TypeOf(&c.Args[i])
		// A reference to MaybeUninit promises nothing about what lies there.
		if t != nil && (t.Kind == mir.TypeRawPtr || strings.Contains(t.Text, "MaybeUninit<") || t.Kind != mir.TypeRef && !strings.Contains(t.Text, "&") && strings.Contains(t.Text, "*")) {
			continue
		}
		return UseUser
	}
	return UseWrite
}

// holdsChoice reports whether a type is, refers to or holds a type parameter
// or a trait object.
func holdsChoice(t *mir.Type) bool {
	if t == nil {
		return false
	}
	switch t.Kind {
	case mir.TypeParam, mir.TypeProjection, mir.TypeDyn, mir.TypeOpaque:
		return true
	case mir.TypeRef, mir.TypeTuple, mir.TypeSlice, mir.TypeArray:
		return slices.ContainsFunc(t.Args, holdsChoice)
	case mir.TypePath:
		if usualParam(t.Text) {
			return true
		}
		// A cursor reads from memory, whatever owns that.
		if t.Path == nil || ir.LastSeg(t.Path) == "Cursor" {
			return false
		}
		for _, s := range t.Path.Segs {
			for _, a := range s.Args {
				if a.Type != nil && holdsChoice(a.Type) {
					return true
				}
			}
		}
	}
	return false
}

// useForeign answers for a callee without a body, by its name when it is of std.
func (m *Memory) useForeign(c *CallSite, touched []int) UseKind {
	last, dest := c.Last(), m.v.PlaceType(c.Dest)
	returned := func() UseKind {
		if c.Dest.Local == 0 && len(c.Dest.Proj) == 0 && pointsOrOwns(dest) && !m.v.severs(c.Block, &c.Args[touched[0]]) {
			return UseReturn
		}
		return UseNone
	}
	switch {
	case c.Path == nil:
		return UseUser
	case last == "copy_nonoverlapping" || last == "copy" || last == "copy_to" || last == "copy_to_nonoverlapping":
		if slices.Contains(touched, 1) {
			return UseWrite
		}
		return UseRead
	case last == "copy_from" || last == "copy_from_nonoverlapping":
		if slices.Contains(touched, 0) {
			return UseWrite
		}
		return UseRead
	case last == "next" || last == "next_back" || last == "nth" || last == "last":
		if pointer(dest) {
			return UseNone
		}
		return UseRead
	case c.Is("slice::clone_from_slice", "slice::fill", "slice::fill_with", "Clone::clone_from") && slices.Contains(touched, 0):
		return UseAssign
	case writers[last] && slices.Contains(touched, 0):
		return UseWrite
	case derives[last] && c.Model == nil, c.Model != nil && m.derived(c, touched):
		return returned()
	case last == "forget":
		return UseShrunk
	case c.Is("mem::replace") && slices.Equal(touched, []int{1}), c.Is("mem::swap"):
		return UseStore
	case readers[last]:
		return UseRead
	case derives[last]:
		return returned()
	}
	for _, i := range touched {
		if t := m.v.TypeOf(&c.Args[i]); t == nil || t.Kind == mir.TypeRawPtr || t.Kind == mir.TypeRef && t.Mut || pointer(t) && t.Kind != mir.TypeRef {
			return UseWrite
		}
	}
	if k := returned(); k != UseNone {
		return k
	}
	return UseNone
}

// derived reports whether a model says that the call's result is a touched argument, or points into it.
func (m *Memory) derived(c *CallSite, touched []int) bool {
	for _, r := range c.Model.Ret {
		switch r.Op {
		case effects.RetValue, effects.RetOwner, effects.RetDerived, effects.RetShared, effects.RetClone, effects.RetWeak:
			if slices.Contains(touched, r.Arg) {
				return true
			}
		}
	}
	return false
}

// maxUseDepth bounds the bodies that useByBody looks into, one in another.
const maxUseDepth = 3

// useByBody looks into the callee: what does it do first with the memory
// behind its parameter? A callee that nothing is found in leaves it alone.
func (e *Engine) useByBody(c *CallSite, touched []int) UseKind {
	if e.useDepth >= maxUseDepth {
		return UseWrite
	}
	best := UseNone
	for _, i := range touched {
		if i >= len(c.Target.Head.Params) || !elementView(c.Target.Head.Locals[i+1].Type) {
			return UseWrite
		}
		k := e.paramUse(c.Target, int32(i)+1)
		if k == UseWrite || k == UseAssign {
			return k
		}
		if best == UseNone || k == UseUser {
			best = k
		}
	}
	return best
}

// elementView reports whether a parameter shows the memory itself, and not a
// value that holds a pointer to it.
func elementView(t *mir.Type) bool {
	if t == nil || t.Kind != mir.TypeRef && t.Kind != mir.TypeRawPtr {
		return false
	}
	switch to := t.Args[0]; to.Kind {
	case mir.TypeSlice, mir.TypeArray, mir.TypePrim:
		return true
	case mir.TypePath:
		return slices.Contains(growing, ir.LastSeg(to.Path)) || usualParam(to.Text)
	}
	return false
}

type paramKey struct {
	fn    int
	param int32
}

func (e *Engine) paramUse(f *ir.Func, param int32) UseKind {
	key := paramKey{f.ID, param}
	if k, ok := e.paramUses[key]; ok {
		return k
	}
	if e.paramUses == nil {
		e.paramUses = map[paramKey]UseKind{}
	}
	e.paramUses[key] = UseWrite // what calls itself is not known
	e.useDepth++
	k := e.View(f).paramUse(param)
	e.useDepth--
	e.paramUses[key] = k
	return k
}

// paramUse is the first use of a parameter's memory that tells: being handed
// to user code counts before a read, a write wins where no use comes before it.
func (v *View) paramUse(param int32) UseKind {
	m := v.memoryAt(Ref{loc{local: param}})
	best := UseNone
	v.WalkEntry(func(at Point, unwound bool) bool {
		if unwound {
			return false
		}
		k, _ := m.Use(at)
		switch k {
		case UseNone:
			return true
		case UseUser:
			best = UseUser
		case UseReturn: // the caller's to see: the result points to the same memory
		case UseStore, UseDrop, UseShrunk:
			if best == UseNone || best == UseRead || best == UseReader {
				best = UseWrite
			}
		default:
			if best == UseNone || (k == UseWrite || k == UseAssign) && best != UseUser {
				best = k
			}
		}
		return false
	})
	return best
}

// Exposure is the first use of blank memory on a way on which nothing wrote to it.
type Exposure struct {
	Use     UseKind
	At      Point
	Place   *mir.Place
	Way     *Ending
	Written bool // something may write to it on another way to the same use
}

// maxWrites bounds the writes that Exposures follows, each on its own.
const maxWrites = 64

// Exposures lists, for blank memory, the uses that a way without a write leads
// to: reading, being handed out, being returned, being dropped. A use behind a
// loop that writes is none: the loop is taken to write all of it.
func (v *View) Exposures(b *Blank) []Exposure {
	start := Point{b.Block, Term}
	var found []Exposure
	w := v.WalkReturn(b.Block, func(at Point, unwound bool) bool {
		if unwound || at == start {
			return false
		}
		switch k, p := b.Mem.Use(at); k {
		case UseNone:
			return true
		case UseWrite, UseAssign, UseShrunk:
			return false
		default:
			found = append(found, Exposure{Use: k, At: at, Place: p})
			// A return or a drop ends the story, as the first reading does.
			return false
		}
	})
	if len(found) == 0 {
		return nil
	}
	var writes []Point
	v.WalkReturn(b.Block, func(at Point, unwound bool) bool {
		if unwound || at == start {
			return false
		}
		if k, _ := b.Mem.Use(at); (k == UseWrite || k == UseAssign) && len(writes) < maxWrites {
			writes = append(writes, at)
		}
		return true
	})
	out := found[:0]
	for _, x := range found {
		looped := false
		for _, p := range writes {
			// A write that comes only after the use changes nothing.
			if v.Before(x.At, p) || !v.Leads(p, x.At, start) {
				continue
			}
			x.Written = true
			looped = looped || v.Loop(p.Block) != 0 && v.Loop(p.Block) != v.Loop(x.At.Block)
		}
		x.Way = w.Ending(x.At, false)
		if !looped && v.Feasible(x.Way.Path) {
			out = append(out, x)
		}
	}
	return out
}

// ReturnsBlank reports whether a function returns memory of its own that it never wrote.
func (v *View) ReturnsBlank() bool {
	for _, b := range v.Blanks(nil) {
		if b.How == BlankAlloc || b.How == BlankZero || v.IsParam(b.Mem.place.Local()) || v.Through(b.Mem.place) {
			continue
		}
		for _, x := range v.Exposures(&b) {
			if x.Use == UseReturn && !x.Written {
				return true
			}
		}
	}
	return false
}
