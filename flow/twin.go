package flow

import (
	"slices"
	"strings"

	"softshell/ir"
	"softshell/mir"
)

// Twin is what a `Clone::clone` makes that copies its receiver bit by bit, when
// the type's Drop releases what one of the copied fields leads to.
type Twin struct {
	Made Point
	Type *mir.Type
	Drop *ir.Func
}

// Twin tells of such a clone; nil for every other function.
func (e *Engine) Twin(f *ir.Func) *Twin {
	if f.Last != "clone" || f.Impl == nil || len(f.Head.Params) != 1 || f.Blocks == 0 || f.Head.Broken {
		return nil
	}
	t := ir.Pointee(f.Head.Locals[f.Head.Params[0]].Type)
	drop := e.prog.DropImpl(f.Crate, t)
	if drop == nil {
		return nil
	}
	v := e.View(f)
	for _, c := range v.Calls() {
		if !copiesPlainly(c) {
			return nil // a count goes up, or a second resource is made
		}
	}
	for _, m := range v.Makings() {
		if m.Dest.Local == 0 && len(m.Dest.Proj) == 0 {
			if e.sharesHandle(v, &m, drop) {
				return &Twin{Made: m.At, Type: t, Drop: drop}
			}
			return nil
		}
	}
	return nil
}

// sharesHandle reports whether what is made holds the numbers and pointers of
// the first parameter, and drop frees what one of these points at.
func (e *Engine) sharesHandle(v *View, m *Making, drop *ir.Func) bool {
	var handles []int32
	for i := range m.Args {
		if m.Args[i].Kind == mir.Constant {
			if strings.Contains(m.Args[i].Const.Text, "PhantomData") {
				continue
			}
			return false // a flag of the copy's own
		}
		t := v.TypeOf(&m.Args[i])
		if t == nil {
			return false
		}
		handle := plainHandle(t)
		if (handle || t.Kind == mir.TypePrim) && !v.sameField(&m.Args[i], int32(i)) {
			return false
		}
		if handle {
			handles = append(handles, int32(i))
		}
	}
	return slices.ContainsFunc(handles, func(i int32) bool {
		path := e.paths.intern([]elem{elemDeref, fieldElem(0, i)})
		return e.demise(drop, 0, path, true, false).freed
	})
}

// plainHandle reports the types that hold one pointer and own nothing by themselves.
func plainHandle(t *mir.Type) bool {
	return t.Kind == mir.TypeRawPtr || t.Kind == mir.TypePath && ir.LastSeg(t.Path) == "NonNull"
}

// sameField reports whether an operand is the value of that field of what the
// first parameter points at.
func (v *View) sameField(op *mir.Operand, field int32) bool {
	want := []elem{elemDeref, fieldElem(0, field)}
	r := v.Root(op)
	if r.Made >= 0 { // `self.ptr.clone()`
		c := v.Call(r.Made)
		if c == nil || c.Last() != "clone" || len(c.Args) != 1 {
			return false
		}
		if r = v.Root(&c.Args[0]); !r.Points {
			return false
		}
	}
	return r.Local() == 1 && slices.EqualFunc(v.e.paths.elems(r.at.path), want, sameStep)
}

// copiesPlainly reports a call of a clone that counts nothing, or one that gives
// a pointer in another form.
func copiesPlainly(c *CallSite) bool {
	if c.Target != nil {
		return false
	}
	switch c.Last() {
	case "as_ptr", "new_unchecked", "cast":
		return true
	case "clone":
	default:
		return false
	}
	switch t := c.Path.Self; {
	case t == nil:
	case t.Kind == mir.TypeRawPtr || t.Kind == mir.TypePrim:
		return true
	case t.Kind == mir.TypePath:
		switch ir.LastSeg(t.Path) {
		case "NonNull", "PhantomData", "String", "CString", "PathBuf", "Layout":
			return true
		}
	}
	return false
}
