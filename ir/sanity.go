package ir

import (
	"fmt"
	"slices"

	"softshell/mir"
)

// Sanity returns what in a body, or in its graph g, cannot be: what rustc never
// prints, and what NewCFG never builds. It is for tests, which run it over
// every body that they meet; an error says that this module misreads a text, or
// that rustc has changed. A body that is not understood (Broken) is not looked
// at.
//
// The rules of MIR are those of rustc's own validator
// (compiler/rustc_mir_transform/src/validate.rs).
func Sanity(b *mir.Body, g *CFG) []error {
	if b.Broken {
		return nil
	}
	s := &sanity{b: b, g: g, block: -1, scopes: map[int32]bool{0: true}}
	s.frame()
	for i := range b.Blocks {
		s.block = i
		s.code(&b.Blocks[i])
		s.terminator(&b.Blocks[i])
	}
	s.block = -1
	if n := len(s.errs); n > 0 {
		return s.errs // the graph of a body that is wrong is wrong too
	}
	s.graph()
	if len(s.errs) == 0 && len(b.Blocks) > 0 {
		s.assigned()
	}
	return s.errs
}

type sanity struct {
	b     *mir.Body
	g     *CFG
	block int // that is looked at, -1 for the body as a whole
	errs  []error

	scopes map[int32]bool // that the body declares
}

func (s *sanity) fail(format string, args ...any) {
	where := s.b.Name
	if s.block >= 0 {
		where += fmt.Sprintf(": bb%d", s.block)
	}
	s.errs = append(s.errs, fmt.Errorf("%s: %s", where, fmt.Sprintf(format, args...)))
}

// frame looks at the header and the declarations.
func (s *sanity) frame() {
	b := s.b
	if b.Name == "" {
		s.fail("it has no name")
	}
	if (b.Value != nil) == (len(b.Blocks) > 0) {
		s.fail("it has both a value and blocks, or neither")
	}
	if b.Kind != mir.FnBody && len(b.Params) > 0 {
		s.fail("a constant has parameters")
	}
	for i, p := range b.Params {
		if int(p) != i+1 {
			s.fail("parameter %d is _%d", i+1, p)
		}
	}
	if len(b.Locals) <= len(b.Params) || b.Ret == nil || b.Locals[0].Type != b.Ret {
		s.fail("_0 is not the result, or a parameter is no local")
		return
	}
	for _, sc := range b.Scopes {
		if s.scopes[sc.Number] || !s.scopes[sc.Parent] {
			s.fail("scope %d is declared twice, or before scope %d", sc.Number, sc.Parent)
		}
		s.scopes[sc.Number] = true
	}
	if b.Value == nil {
		s.locals()
	}
}

// locals looks at what the body declares.
func (s *sanity) locals() {
	for i := range s.b.Locals {
		l := &s.b.Locals[i]
		param := i >= 1 && i <= len(s.b.Params)
		if l.Declared == (param || l.Type == nil) || param && l.Type == nil {
			s.fail("_%d is declared twice, or not at all, or has no type", i)
		}
		s.span(l.Span)
		if !s.scopes[l.Scope] {
			s.fail("_%d stands in scope %d, which does not exist", i, l.Scope)
		}
	}
	for i := range s.b.Debug {
		d := &s.b.Debug[i]
		s.span(d.Span)
		if !s.scopes[d.Scope] {
			s.fail("%s stands in scope %d, which does not exist", d.Name, d.Scope)
		}
		if d.Place != nil {
			s.place(d.Place)
		}
	}
}

func (s *sanity) span(sp *mir.Span) {
	if sp == nil {
		return
	}
	if !s.scopes[int32(sp.Scope)] {
		s.fail("a span stands in scope %d, which does not exist", sp.Scope)
	}
	if sp.Line > sp.EndLine || sp.Line == sp.EndLine && sp.Col > sp.EndCol || sp.Line > 0 && (sp.Col < 1 || sp.File == 0) {
		s.fail("a span is %+v", sp)
	}
}

// code looks at the statements of a block.
func (s *sanity) code(blk *mir.Block) {
	line := s.b.Line
	for i := range blk.Stmts {
		st := &blk.Stmts[i]
		if st.Line <= line {
			s.fail("statement %d stands in line %d, what is before it in line %d", i, st.Line, line)
		}
		line = st.Line
		s.span(st.Span)
		accesses(st, nil, func(p *mir.Place, _ access) { s.place(p) })
		switch st.Kind {
		case mir.StmtUnsupported:
			s.fail("statement %d is not understood in a body that is", i)
		case mir.Assign:
			s.rvalue(i, st.Rvalue)
		case mir.StorageLive, mir.StorageDead:
			if int(st.Place.Local) <= len(s.b.Params) || len(st.Place.Proj) > 0 {
				s.fail("statement %d marks the storage of a parameter, of the result or of a part", i)
			}
		}
	}
	if blk.Term.Line <= line {
		s.fail("the terminator stands in line %d, what is before it in line %d", blk.Term.Line, line)
	}
}

func (s *sanity) place(p *mir.Place) {
	if !s.has(p.Local) {
		s.fail("_%d is not declared", p.Local)
		return
	}
	for i := range p.Proj {
		pr := &p.Proj[i]
		switch pr.Kind {
		case mir.ProjUnsupported:
			s.fail("a projection of _%d is not understood", p.Local)
		case mir.Field, mir.OpaqueCast, mir.Subtype:
			if pr.Type == nil {
				s.fail("a field of _%d has no type", p.Local)
			}
		case mir.Index:
			if !s.has(pr.N) {
				s.fail("_%d is indexed by _%d, which is not declared", p.Local, pr.N)
			}
		case mir.Downcast:
			if i+1 < len(p.Proj) && p.Proj[i+1].Kind != mir.Field {
				s.fail("what follows the variant %s of _%d is no field", pr.Name, p.Local)
			}
		}
	}
}

func (s *sanity) has(local int32) bool {
	return local >= 0 && int(local) < len(s.b.Locals) && s.b.Locals[local].Type != nil
}

// operandCount is how many operands the kinds of rvalue have that have a fixed number.
var operandCount = map[mir.RvalueKind]int{
	mir.Use: 1, mir.Repeat: 1, mir.Ref: 0, mir.RawPtr: 0, mir.Cast: 1, mir.BinaryOp: 2, mir.UnaryOp: 1,
	mir.Discriminant: 0, mir.Len: 0, mir.CopyForDeref: 0, mir.RawPtrAggregate: 2,
}

func (s *sanity) rvalue(i int, rv *mir.Rvalue) {
	if rv == nil || rv.Kind == mir.RvalueUnsupported {
		s.fail("statement %d assigns nothing that is understood", i)
		return
	}
	if n, fixed := operandCount[rv.Kind]; fixed && n != len(rv.Args) {
		s.fail("statement %d has %d operands, not %d", i, len(rv.Args), n)
	}
	if len(rv.Names) > 0 && len(rv.Names) != len(rv.Args) {
		s.fail("statement %d has %d names for %d operands", i, len(rv.Names), len(rv.Args))
	}
	switch rv.Kind {
	case mir.Cast, mir.Closure, mir.Coroutine, mir.RawPtrAggregate:
		if rv.Type == nil {
			s.fail("statement %d makes a value without a type", i)
		}
	case mir.Adt:
		if rv.Path == nil {
			s.fail("statement %d makes a value without a path", i)
		}
	}
	s.operands(rv.Args)
}

func (s *sanity) operands(ops []mir.Operand) {
	for i := range ops {
		if (ops[i].Kind == mir.Constant) != (ops[i].Const != nil) {
			s.fail("operand %d is a constant without a value, or the other way round", i)
		}
	}
}

// terminator looks at the end of a block.
func (s *sanity) terminator(blk *mir.Block) {
	t := &blk.Term
	s.span(t.Span)
	accesses(nil, t, func(p *mir.Place, _ access) { s.place(p) })
	s.operands(t.Args)
	s.shape(t)
	s.unwind(blk)
	if s.block == 0 && blk.Cleanup {
		s.fail("the entry is a cleanup block")
	}
	if blk.Cleanup {
		switch t.Kind {
		case mir.Return, mir.Yield, mir.CoroutineDrop, mir.TailCall:
			s.fail("a cleanup block ends as only a normal one can")
		}
	} else if t.Kind == mir.UnwindResume || t.Kind == mir.UnwindTerminate {
		s.fail("a normal block ends as only a cleanup block can")
	}
	for _, to := range targets(t) {
		switch {
		case to < 0 || int(to) >= len(s.b.Blocks):
			s.fail("there is no bb%d", to)
		case to == 0:
			s.fail("it leads to the entry")
		case to == t.Cleanup: // see unwind
		case s.b.Blocks[to].Cleanup != blk.Cleanup:
			s.fail("it leads to bb%d without unwinding, but one of them alone is a cleanup block", to)
		}
	}
}

// targets lists the blocks that a terminator names.
func targets(t *mir.Terminator) []int32 {
	var out []int32
	for _, c := range t.Cases {
		out = append(out, c.To)
	}
	for _, to := range append([]int32{t.Target, t.Imag, t.Cleanup}, t.Targets...) {
		if to != -1 {
			out = append(out, to)
		}
	}
	return out
}

// shape looks at what a terminator of its kind has.
func (s *sanity) shape(t *mir.Terminator) {
	switch t.Kind {
	case mir.TermUnsupported:
		s.fail("it has no terminator that is understood")
	case mir.Goto, mir.Drop, mir.Assert, mir.FalseEdge, mir.FalseUnwind, mir.Yield:
		if t.Target < 0 {
			s.fail("its terminator goes nowhere")
		}
	case mir.SwitchInt:
		s.switchInt(t)
	case mir.Call, mir.TailCall:
		s.operands([]mir.Operand{t.Func})
		if f := t.Func.Const; f != nil && f.Path == nil {
			s.fail("it calls %s, which is no path", f.Text)
		}
	case mir.Return, mir.UnwindResume, mir.UnwindTerminate, mir.Unreachable, mir.CoroutineDrop:
		if len(targets(t)) > 0 {
			s.fail("what ends the function leads to a block")
		}
	}
	if len(t.Cases) > 0 && t.Kind != mir.SwitchInt || len(t.Targets) > 0 && t.Kind != mir.InlineAsm {
		s.fail("its terminator has targets of another kind")
	}
	if t.Kind == mir.Assert {
		s.operands([]mir.Operand{t.Cond})
		if ty := s.typeOf(&t.Cond); ty != nil && ty.Text != "bool" {
			s.fail("it asserts a %s", ty.Text)
		}
	}
}

func (s *sanity) switchInt(t *mir.Terminator) {
	s.operands([]mir.Operand{t.Cond})
	if len(t.Cases) == 0 || t.Target < 0 {
		s.fail("a switch without cases, or without `otherwise`")
	}
	seen := map[string]bool{}
	for _, c := range t.Cases {
		if seen[c.Text] {
			s.fail("it switches on %s twice", c.Text)
		}
		seen[c.Text] = true
	}
	if ty := s.typeOf(&t.Cond); ty != nil && ty.Kind != mir.TypePrim {
		s.fail("it switches on a %s", ty.Text)
	}
}

func (s *sanity) typeOf(op *mir.Operand) *mir.Type {
	if op.Kind == mir.Constant {
		return nil
	}
	return PlaceType(s.b, &op.Place)
}

// unwind looks at what follows when a terminator unwinds.
func (s *sanity) unwind(blk *mir.Block) {
	t := &blk.Term
	can := false
	switch t.Kind {
	case mir.Call, mir.Drop, mir.Assert, mir.FalseUnwind, mir.InlineAsm:
		can = true
	}
	if can != (t.Unwind != mir.UnwindNone) {
		s.fail("its terminator does not say how it unwinds, or cannot unwind and does")
	}
	if (t.Unwind == mir.UnwindTo) != (t.Cleanup >= 0) {
		s.fail("it unwinds to bb%d, and does not", t.Cleanup)
	}
	if blk.Cleanup && (t.Unwind == mir.UnwindTo || t.Unwind == mir.UnwindContinue) {
		s.fail("a cleanup block unwinds once more")
	}
	if t.Cleanup >= 0 && int(t.Cleanup) < len(s.b.Blocks) && !s.b.Blocks[t.Cleanup].Cleanup {
		s.fail("it unwinds to bb%d, which is no cleanup block", t.Cleanup)
	}
}

// graph looks at the edges and the order.
func (s *sanity) graph() {
	n := len(s.b.Blocks)
	if len(s.g.Succs) != n || len(s.g.Preds) != n || len(s.g.Num) != n {
		s.fail("the graph of %d blocks has %d, %d and %d", n, len(s.g.Succs), len(s.g.Preds), len(s.g.Num))
		return
	}
	reached := s.reach()
	preds := make([][]int32, n)
	for i := range s.g.Succs {
		s.block = i
		s.edges(s.g.Succs[i], &s.b.Blocks[i].Term)
		for _, e := range s.g.Succs[i] {
			if reached[i] {
				preds[e.To] = append(preds[e.To], int32(i))
			}
		}
	}
	for i := range preds {
		s.block = i
		got := slices.Clone(s.g.Preds[i])
		if slices.Sort(got); !slices.Equal(got, preds[i]) {
			s.fail("its predecessors are %v, the graph says %v", preds[i], got)
		}
	}
	s.block = -1
	s.order(reached)
}

// edges compares the edges of a block with what its terminator says.
func (s *sanity) edges(es []Edge, t *mir.Terminator) {
	var got []int32
	for _, e := range es {
		got = append(got, e.To)
		kase := int32(NoCase)
		if t.Kind == mir.SwitchInt {
			if kase = e.Case; kase < -1 || int(kase) >= len(t.Cases) || kase >= 0 && t.Cases[kase].To != e.To || kase < 0 && t.Target != e.To {
				s.fail("the edge to bb%d is not case %d", e.To, kase)
			}
		}
		if e.Case != kase || e.Unwind != (t.Unwind == mir.UnwindTo && e.To == t.Cleanup) {
			s.fail("the edge to bb%d is %+v", e.To, e)
		}
	}
	want := targets(t)
	slices.Sort(got)
	if slices.Sort(want); !slices.Equal(got, want) {
		s.fail("its successors are %v, the graph says %v", want, got)
	}
}

// reach marks the blocks that can be reached from the entry.
func (s *sanity) reach() []bool {
	seen := make([]bool, len(s.b.Blocks))
	if len(seen) == 0 {
		return seen
	}
	seen[0] = true
	for work := []int32{0}; len(work) > 0; {
		b := work[len(work)-1]
		work = work[:len(work)-1]
		for _, to := range targets(&s.b.Blocks[b].Term) {
			if !seen[to] {
				seen[to] = true
				work = append(work, to)
			}
		}
	}
	return seen
}

// order looks at RPO and Num: the entry is first, each further block comes
// behind one of its predecessors, and what is not reached is in neither.
func (s *sanity) order(reached []bool) {
	n := 0
	for i, r := range reached {
		at := s.g.Num[i]
		if r {
			n++
		}
		if r != (at >= 0) || r && (int(at) >= len(s.g.RPO) || int(s.g.RPO[at]) != i) {
			s.fail("bb%d has number %d in an order of %d", i, at, len(s.g.RPO))
			return
		}
	}
	if n != len(s.g.RPO) || n > 0 && s.g.RPO[0] != 0 {
		s.fail("the order of %d blocks is %v", n, s.g.RPO)
		return
	}
	for i, b := range s.g.RPO {
		if i > 0 && !slices.ContainsFunc(s.g.Preds[b], func(p int32) bool { return int(s.g.Num[p]) < i }) {
			s.fail("bb%d comes before all of its predecessors", b)
		}
	}
}

// access is what a statement or terminator does with a place.
type access uint8

const (
	reads       access = iota // a copy, a borrow
	moves                     // the place is empty afterwards
	drops                     // it may be empty before: a flag tells that at run time
	peeks                     // a discriminant, which drop glue too reads behind a flag
	writes                    // of a statement
	writesAfter               // of a terminator, when it does not unwind
	begins                    // StorageLive
	ends                      // StorageDead
)

// accesses calls f for each place of a statement or of a terminator, in the
// order of their effects.
func accesses(st *mir.Stmt, t *mir.Terminator, f func(p *mir.Place, how access)) {
	operands := func(ops []mir.Operand) {
		for i := range ops {
			switch ops[i].Kind {
			case mir.Copy:
				f(&ops[i].Place, reads)
			case mir.Move:
				f(&ops[i].Place, moves)
			}
		}
	}
	if st != nil {
		if rv := st.Rvalue; rv != nil {
			operands(rv.Args)
			switch rv.Kind {
			case mir.Ref, mir.RawPtr, mir.Len, mir.CopyForDeref:
				f(&rv.Place, reads)
			case mir.Discriminant:
				f(&rv.Place, peeks)
			}
		}
		switch st.Kind {
		case mir.Assign, mir.SetDiscriminant:
			f(&st.Place, writes)
		case mir.StorageLive:
			f(&st.Place, begins)
		case mir.StorageDead:
			f(&st.Place, ends)
		}
	}
	if t == nil {
		return
	}
	switch t.Kind {
	case mir.SwitchInt, mir.Assert:
		operands([]mir.Operand{t.Cond})
	case mir.Call, mir.TailCall:
		operands([]mir.Operand{t.Func})
	case mir.Drop:
		f(&t.Place, drops)
	case mir.Return:
		f(&mir.Place{}, reads)
	}
	operands(t.Args)
	if t.Kind == mir.Call || t.Kind == mir.Yield {
		f(&t.Place, writesAfter)
	}
}

// assigned looks for a local that is read where no path from the entry leaves
// a value in it: it was never written, or moved from, or its storage ended.
func (s *sanity) assigned() {
	words := (len(s.b.Locals) + 63) / 64
	in := make([][]uint64, len(s.b.Blocks))
	for i := range in {
		in[i] = make([]uint64, words)
	}
	for _, p := range s.b.Params {
		in[0][p/64] |= 1 << (p % 64)
	}
	done := make([]bool, len(in))
	for changed := true; changed; {
		changed = false
		for _, b := range s.g.RPO {
			out, unwound := s.pass(slices.Clone(in[b]), b, false)
			for _, e := range s.g.Succs[b] {
				from := out
				if e.Unwind {
					from = unwound
				}
				for w := range from {
					if in[e.To][w]|from[w] != in[e.To][w] {
						in[e.To][w] |= from[w]
						changed = changed || done[e.To] || s.g.Num[e.To] <= s.g.Num[b]
					}
				}
			}
			done[b] = true
		}
	}
	for _, b := range s.g.RPO {
		s.block = int(b)
		s.pass(in[b], b, true)
	}
	s.block = -1
}

// pass takes the set of locals that hold a value through a block: behind its
// end, and behind its end when that unwinds.
func (s *sanity) pass(set []uint64, b int32, tell bool) (out, unwound []uint64) {
	stmt, after := -1, int32(-1)
	read := func(l int32) {
		if tell && set[l/64]&(1<<(l%64)) == 0 {
			s.fail("statement %d reads _%d, which holds nothing", stmt, l)
		}
	}
	see := func(p *mir.Place, how access) {
		deref := false
		for i := range p.Proj {
			deref = deref || p.Proj[i].Kind == mir.Deref
			if p.Proj[i].Kind == mir.Index {
				read(p.Proj[i].N)
			}
		}
		if how <= moves || deref {
			read(p.Local)
		}
		bit := uint64(1) << (p.Local % 64)
		switch {
		case how == writes && !deref:
			set[p.Local/64] |= bit
		case how == writesAfter && !deref:
			after = p.Local
		case how == begins, how == ends, (how == moves || how == drops) && len(p.Proj) == 0:
			set[p.Local/64] &^= bit
		}
	}
	blk := &s.b.Blocks[b]
	for i := range blk.Stmts {
		stmt = i
		accesses(&blk.Stmts[i], nil, see)
	}
	stmt = len(blk.Stmts)
	accesses(nil, &blk.Term, see)
	if blk.Term.Kind == mir.InlineAsm { // its text may name any local
		for w := range set {
			set[w] = ^uint64(0)
		}
	}
	if after < 0 {
		return set, set
	}
	unwound = slices.Clone(set)
	set[after/64] |= 1 << (after % 64)
	return set, unwound
}
