package flow

import (
	"slices"

	"softshell/mir"
)

// Feed is what a value is computed of inside one body: the locals and the
// calls on all ways to it. It does not ask in which order they run.
type Feed struct {
	Locals map[int32]bool
	Calls  map[int32]bool // by block
	Consts []*mir.Const
	v      *View
	into   func(*CallSite) bool
}

// Feed collects what an operand is computed of: through assignments of any
// kind, whole or to a part, and through the arguments of those calls for which
// into returns true. The other calls are noted and end the way.
func (v *View) Feed(op *mir.Operand, into func(*CallSite) bool) *Feed {
	f := &Feed{Locals: map[int32]bool{}, Calls: map[int32]bool{}, v: v, into: into}
	f.operand(op)
	return f
}

// FeedOf is Feed for what a place holds.
func (v *View) FeedOf(p *mir.Place, into func(*CallSite) bool) *Feed {
	return v.Feed(&mir.Operand{Kind: mir.Copy, Place: *p}, into)
}

func (f *Feed) operand(op *mir.Operand) {
	switch op.Kind {
	case mir.Constant:
		if op.Const != nil {
			f.Consts = append(f.Consts, op.Const)
		}
	case mir.Copy, mir.Move:
		f.place(&op.Place)
	}
}

func (f *Feed) place(p *mir.Place) {
	for i := range p.Proj {
		if p.Proj[i].Kind == mir.Index {
			f.local(p.Proj[i].N)
		}
	}
	f.local(p.Local)
}

func (f *Feed) local(l int32) {
	if f.Locals[l] || int(l) >= len(f.v.b.defs) {
		return
	}
	f.Locals[l] = true
	for _, d := range f.v.assigned()[l] {
		blk := &f.v.MIR.Blocks[d.Block]
		if d.Stmt != Term {
			if rv := blk.Stmts[d.Stmt].Rvalue; rv != nil {
				f.rvalue(rv)
			}
			continue
		}
		f.Calls[d.Block] = true
		if c := f.v.Call(d.Block); c != nil && f.into != nil && f.into(c) {
			for i := range c.Args {
				f.operand(&c.Args[i])
			}
		}
	}
}

func (f *Feed) rvalue(rv *mir.Rvalue) {
	switch rv.Kind {
	case mir.Ref, mir.RawPtr, mir.Discriminant, mir.Len, mir.CopyForDeref:
		f.place(&rv.Place)
	}
	for i := range rv.Args {
		f.operand(&rv.Args[i])
	}
}

// Call is the first call with one of the names that feeds the value, nil for none.
func (f *Feed) Call(names ...string) *CallSite {
	blocks := make([]int32, 0, len(f.Calls))
	for b := range f.Calls {
		blocks = append(blocks, b)
	}
	slices.Sort(blocks)
	for _, b := range blocks {
		if c := f.v.Call(b); c != nil && c.Is(names...) {
			return c
		}
	}
	return nil
}

// Params lists the parameters that feed the value.
func (f *Feed) Params() []int32 {
	var out []int32
	for l := range f.Locals {
		if f.v.IsParam(l) {
			out = append(out, l)
		}
	}
	slices.Sort(out)
	return out
}

// assigned lists, for each local, where it or a part of its own memory is assigned.
func (v *View) assigned() [][]Point {
	if v.writes != nil {
		return v.writes
	}
	v.writes = make([][]Point, len(v.MIR.Locals))
	add := func(p *mir.Place, at Point) {
		if len(p.Proj) > 0 && p.Proj[0].Kind == mir.Deref {
			return
		}
		v.writes[p.Local] = append(v.writes[p.Local], at)
	}
	for i := range v.MIR.Blocks {
		blk := &v.MIR.Blocks[i]
		for j := range blk.Stmts {
			if s := &blk.Stmts[j]; s.Kind == mir.Assign {
				add(&s.Place, Point{int32(i), int32(j)})
			}
		}
		if t := &blk.Term; t.Kind == mir.Call || t.Kind == mir.Yield {
			add(&t.Place, Point{int32(i), Term})
		}
	}
	return v.writes
}
