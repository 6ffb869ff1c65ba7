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
	Made  Point
	Field int32
	Type  *mir.Type
	Drop  *ir.Func
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
		if m.Dest.Local != 0 || len(m.Dest.Proj) > 0 {
			continue
		}
		return e.twin(v, &m, drop, t)
	}
	return nil
}

func (e *Engine) twin(v *View, m *Making, drop *ir.Func, t *mir.Type) *Twin {
	var handles []int32
	for i := range m.Args {
		if m.Args[i].Kind == mir.Constant {
			if strings.Contains(m.Args[i].Const.Text, "PhantomData") {
				continue
			}
			return nil // a flag of the copy's own
		}
		at := v.TypeOf(&m.Args[i])
		if at == nil {
			return nil
		}
		if !plainHandle(at) && at.Kind != mir.TypePrim {
			continue
		}
		if v.sameField(&m.Args[i], int32(i)) {
			handles = append(handles, int32(i))
		} else {
			return nil
		}
	}
	for _, i := range handles {
		if !plainHandle(v.TypeOf(&m.Args[i])) {
			continue
		}
		path := e.paths.intern([]elem{elemDeref, fieldElem(0, i)})
		if d := e.demise(drop, 0, path, true, false); d.freed {
			return &Twin{Made: m.At, Field: i, Type: t, Drop: drop}
		}
	}
	return nil
}

// plainHandle reports the types that hold one pointer and own nothing by themselves.
func plainHandle(t *mir.Type) bool {
	return t != nil && (t.Kind == mir.TypeRawPtr || t.Kind == mir.TypePath && ir.LastSeg(t.Path) == "NonNull")
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

// copiesPlainly reports a call of a clone that counts nothing.
func copiesPlainly(c *CallSite) bool {
	if c.Target != nil || c.Path == nil || c.Path.Self == nil {
		return c.Target == nil && (c.Last() == "as_ptr" || c.Last() == "new_unchecked" || c.Last() == "cast")
	}
	if c.Last() != "clone" {
		return c.Last() == "as_ptr" || c.Last() == "new_unchecked" || c.Last() == "cast"
	}
	switch t := c.Path.Self; t.Kind {
	case mir.TypeRawPtr, mir.TypePrim:
		return true
	case mir.TypePath:
		switch ir.LastSeg(t.Path) {
		case "NonNull", "PhantomData", "String", "CString", "PathBuf", "Layout":
			return true
		}
	}
	return false
}
