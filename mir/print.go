package mir

import (
	"bytes"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Print writes the File as rustc does, byte for byte but for the comments on
// constant operands (see WithoutConstComments).
func Print(w io.Writer, f *File) error {
	p := &printer{sources: f.Sources}
	for i, it := range f.Items {
		p.item(it)
		if i == len(f.Items)-1 && len(f.Tail) == 0 && f.NoNewline {
			p.buf.Truncate(p.buf.Len() - 1)
		}
		if p.buf.Len() > 1<<16 {
			if _, err := w.Write(p.buf.Bytes()); err != nil {
				return err
			}
			p.buf.Reset()
		}
	}
	p.lead(f.Tail)
	if len(f.Tail) > 0 && f.NoNewline {
		p.buf.Truncate(p.buf.Len() - 1)
	}
	_, err := w.Write(p.buf.Bytes())
	return err
}

// ItemText returns one item as it is printed, with the lines above it; sources
// is the list that its spans point into.
func ItemText(it Item, sources []string) string {
	p := &printer{sources: sources}
	p.item(it)
	return p.buf.String()
}

// WithoutConstComments drops the lines that -Zmir-include-spans adds below a
// statement to describe its constant operands: they repeat what the statement
// says, in rustc's internal names.
func WithoutConstComments(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	for line := range strings.Lines(text) {
		if !isComment(line) {
			b.WriteString(line)
		}
	}
	return b.String()
}

type printer struct {
	buf     bytes.Buffer
	sources []string
	start   int // of the line in buf
}

func (p *printer) s(parts ...string) {
	for _, t := range parts {
		p.buf.WriteString(t)
	}
}

func (p *printer) n(v int32) {
	p.buf.Write(strconv.AppendInt(p.buf.AvailableBuffer(), int64(v), 10))
}

const blanks = "                                        "

func (p *printer) spaces(n int) {
	for ; n > len(blanks); n -= len(blanks) {
		p.s(blanks)
	}
	p.s(blanks[:n])
}

func (p *printer) lead(lines []string) {
	for _, l := range lines {
		p.s(l, "\n")
	}
}

func (p *printer) item(it Item) {
	switch it := it.(type) {
	case *Body:
		p.lead(it.Lead)
		if it.Verbatim != "" {
			p.s(it.Verbatim, "\n")
			return
		}
		p.body(it)
	case *Alloc:
		p.lead(it.Lead)
		p.s(it.Text, "\n")
	case *Unsupported:
		p.lead(it.Lead)
		p.s(it.Text, "\n")
	}
}

func (p *printer) body(b *Body) {
	p.header(b)
	if b.Value != nil {
		return
	}
	p.declarations(b)
	for i := range b.Blocks {
		blk := &b.Blocks[i]
		p.s("\n    bb")
		p.n(int32(i))
		if blk.Cleanup {
			p.s(" (cleanup)")
		}
		p.s(": {\n")
		for k := range blk.Stmts {
			p.begin(8)
			p.stmt(&blk.Stmts[k])
			p.s(";")
			p.end(b, blk.Stmts[k].Span, "scope ")
		}
		p.begin(8)
		p.term(&blk.Term)
		p.s(";")
		p.end(b, blk.Term.Span, "scope ")
		p.s("    }\n")
	}
	p.s("}\n")
}

// begin starts a line.
func (p *printer) begin(indentation int) {
	p.start = p.buf.Len()
	p.spaces(indentation)
}

// end ends a line, with the span's comment from column 40 on.
func (p *printer) end(b *Body, at *Span, prefix string) {
	if b.Spans {
		var sp Span
		if at != nil {
			sp = *at
		}
		const column = 40
		line := p.buf.Bytes()[p.start:]
		if i := bytes.LastIndexByte(line, '\n'); i >= 0 { // the template of inline assembly
			line = line[i+1:]
		}
		if width := utf8.RuneCount(line); width < column {
			p.spaces(column - width)
		}
		p.s(" // ", prefix)
		p.n(int32(sp.Scope))
		p.s(" at ")
		if sp.IsZero() {
			p.s(noLocation)
		} else {
			p.span(sp)
		}
	}
	p.s("\n")
}

func (p *printer) span(sp Span) {
	if int(sp.File) < len(p.sources) {
		p.s(p.sources[sp.File])
	}
	p.s(":")
	p.n(int32(sp.Line))
	p.s(":")
	p.n(int32(sp.Col))
	p.s(": ")
	p.n(int32(sp.EndLine))
	p.s(":")
	p.n(int32(sp.EndCol))
}

func (p *printer) header(b *Body) {
	switch b.Kind {
	case FnBody:
		if b.Const {
			p.s("const ")
		}
		p.s("fn ", b.Name, "(")
		for i, k := range b.Params {
			if i > 0 {
				p.s(", ")
			}
			p.s("_")
			p.n(k)
			p.s(": ", b.Locals[k].Type.Text)
		}
		p.s(") -> ", b.Ret.Text, " {\n")
		return
	case StaticBody:
		p.s("static ")
		if b.Mut {
			p.s("mut ")
		}
	case ConstBody, PromotedBody:
		if !b.Bare {
			p.s("const ")
		}
	}
	p.s(b.Name, ": ", b.Ret.Text, " = ")
	if b.Value != nil {
		p.s("const ", b.Value.Text, ";\n")
		return
	}
	p.s("{\n")
}

// declarations prints the scopes as a tree: debug infos, locals, inner scopes.
func (p *printer) declarations(b *Body) {
	debug := map[int32][]int{}
	for i := range b.Debug {
		debug[b.Debug[i].Scope] = append(debug[b.Debug[i].Scope], i)
	}
	lets := map[int32][]int{}
	for i := range b.Locals {
		if b.Locals[i].Declared {
			lets[b.Locals[i].Scope] = append(lets[b.Locals[i].Scope], i)
		}
	}
	open := []int32{0}
	in := func(scope int32) {
		for _, i := range debug[scope] {
			p.begin(4 * len(open))
			p.debug(&b.Debug[i])
			p.end(b, b.Debug[i].Span, "in scope ")
		}
		for _, i := range lets[scope] {
			l := &b.Locals[i]
			p.begin(4 * len(open))
			p.s("let ")
			if l.Mut {
				p.s("mut ")
			}
			p.s("_")
			p.n(int32(i))
			p.s(": ", l.Type.Text, ";")
			if i == 0 {
				p.end(b, l.Span, "return place in scope ")
			} else {
				p.end(b, l.Span, "in scope ")
			}
		}
	}
	closeTo := func(parent int32) {
		for len(open) > 1 && open[len(open)-1] != parent {
			open = open[:len(open)-1]
			p.begin(4 * len(open))
			p.s("}\n")
		}
	}
	in(0)
	for _, sc := range b.Scopes {
		closeTo(sc.Parent)
		p.begin(4 * len(open))
		p.s("scope ")
		p.n(sc.Number)
		p.s(" {\n")
		open = append(open, sc.Number)
		in(sc.Number)
	}
	closeTo(0)
}

func (p *printer) debug(d *DebugInfo) {
	p.s("debug ", d.Name, " => ")
	switch {
	case d.Place != nil:
		p.place(*d.Place)
	case d.Const != nil:
		p.s("const ", d.Const.Text)
	default:
		p.s(d.Text)
	}
	p.s(";")
}

func (p *printer) place(pl Place) {
	for i := len(pl.Proj) - 1; i >= 0; i-- {
		switch pl.Proj[i].Kind {
		case Deref:
			p.s("(*")
		case Field, Downcast, OpaqueCast, Subtype:
			p.s("(")
		case UnwrapUnsafeBinder:
			p.s("unwrap_binder!(")
		}
	}
	p.s("_")
	p.n(pl.Local)
	for i := range pl.Proj {
		p.proj(&pl.Proj[i])
	}
}

func (p *printer) proj(q *Proj) {
	switch q.Kind {
	case Deref, UnwrapUnsafeBinder:
		p.s(")")
	case Field:
		p.s(".")
		p.n(q.N)
		p.s(": ", q.Type.Text, ")")
	case Downcast:
		p.s(" as ", q.Name, ")")
	case OpaqueCast:
		p.s(" as ", q.Type.Text, ")")
	case Subtype:
		p.s(" as subtype ", q.Type.Text, ")")
	case Index:
		p.s("[_")
		p.n(q.N)
		p.s("]")
	case ConstIndex:
		p.s("[")
		if q.FromEnd {
			p.s("-")
		}
		p.n(q.N)
		p.s(" of ")
		p.n(q.M)
		p.s("]")
	case Subslice:
		p.subslice(q)
	}
}

func (p *printer) subslice(q *Proj) {
	p.s("[")
	if !q.FromEnd {
		p.n(q.N)
		p.s("..")
		p.n(q.M)
		p.s("]")
		return
	}
	if q.N != 0 || q.M == 0 {
		p.n(q.N)
	}
	p.s(":")
	if q.M != 0 {
		p.s("-")
		p.n(q.M)
	}
	p.s("]")
}

func (p *printer) operand(o *Operand) {
	switch o.Kind {
	case Copy:
		p.s("copy ")
		p.place(o.Place)
	case Move:
		p.s("move ")
		p.place(o.Place)
	default:
		if !o.Const.Bare {
			p.s("const ")
		}
		p.s(o.Const.Text)
	}
}

func (p *printer) operands(list []Operand, names []string, eq string) {
	for i := range list {
		if i > 0 {
			p.s(", ")
		}
		if i < len(names) {
			p.s(names[i], eq)
		}
		p.operand(&list[i])
	}
}

func (p *printer) stmt(st *Stmt) {
	switch st.Kind {
	case Assign:
		p.place(st.Place)
		p.s(" = ")
		p.rvalue(st.Rvalue)
	case StorageLive:
		p.s("StorageLive(")
		p.place(st.Place)
		p.s(")")
	case StorageDead:
		p.s("StorageDead(")
		p.place(st.Place)
		p.s(")")
	case SetDiscriminant:
		p.s("discriminant(")
		p.place(st.Place)
		p.s(") = ")
		p.n(st.Variant)
	case ConstEvalCounter:
		p.s("ConstEvalCounter")
	case Nop:
		p.s("nop")
	case Intrinsic:
		p.s(st.Rvalue.Op, "(")
		p.operands(st.Rvalue.Args, st.Rvalue.Names, " = ")
		p.s(")")
	default:
		p.s(st.Rvalue.Text)
	}
}

func (p *printer) rvalue(r *Rvalue) {
	switch r.Kind {
	case RvalueUnsupported:
		p.s(r.Text)
	case Use:
		if r.Op != "" {
			p.s(r.Op, " ")
		}
		p.operand(&r.Args[0])
	case Repeat:
		p.s("[")
		p.operand(&r.Args[0])
		p.s("; ", r.Text, "]")
	case Ref, RawPtr:
		p.borrow(r)
	case Cast:
		p.operand(&r.Args[0])
		p.s(" as ", r.Type.Text, " (", r.Op, ")")
	case BinaryOp, UnaryOp:
		p.s(r.Op, "(")
		p.operands(r.Args, nil, "")
		p.s(")")
	case NullaryOp:
		p.s(r.Op, "(", r.Text, ")")
	case Discriminant:
		p.s("discriminant(")
		p.place(r.Place)
		p.s(")")
	case Len:
		p.s("Len(")
		p.place(r.Place)
		p.s(")")
	case CopyForDeref:
		p.s("deref_copy ")
		p.place(r.Place)
	case ShallowInitBox:
		p.s("ShallowInitBox(")
		p.operand(&r.Args[0])
		p.s(", ", r.Type.Text, ")")
	case ThreadLocalRef:
		p.s("&/*tls*/ ", r.Path.Text)
	case WrapUnsafeBinder:
		p.s("wrap_binder!(", r.Text, ")")
	default:
		p.aggregate(r)
	}
}

func (p *printer) borrow(r *Rvalue) {
	p.s("&")
	switch {
	case r.Kind == RawPtr && r.Mut:
		p.s("raw mut ")
	case r.Kind == RawPtr:
		p.s("raw const ")
	}
	switch {
	case r.Kind == RawPtr && r.Op != "":
		p.s("(", r.Op, ") ")
	case r.Op != "":
		p.s(r.Op, " ")
	}
	if r.Kind == Ref && r.Mut {
		p.s("mut ")
	}
	p.place(r.Place)
}

func (p *printer) aggregate(r *Rvalue) {
	switch r.Kind {
	case Tuple:
		p.s("(")
		p.operands(r.Args, nil, "")
		if len(r.Args) == 1 {
			p.s(",")
		}
		p.s(")")
	case Array:
		p.s("[")
		p.operands(r.Args, nil, "")
		p.s("]")
	case RawPtrAggregate:
		p.s(r.Type.Text, " from (")
		p.operands(r.Args, nil, "")
		p.s(")")
	case Adt:
		p.s(r.Path.Text)
		switch {
		case r.Names != nil:
			p.fields(r)
		case r.Args != nil:
			p.s("(")
			p.operands(r.Args, nil, "")
			p.s(")")
		}
	case Closure, Coroutine:
		p.s(r.Type.Text)
		if r.Names != nil {
			p.fields(r)
		}
	}
}

func (p *printer) fields(r *Rvalue) {
	p.s(" { ")
	p.operands(r.Args, r.Names, ": ")
	p.s(" }")
}

func (p *printer) term(t *Terminator) {
	switch t.Kind {
	case TermUnsupported:
		p.s(t.Text)
		return
	case Goto:
		p.s("goto")
	case Return:
		p.s("return")
		return
	case UnwindResume:
		p.s("resume")
		return
	case Unreachable:
		p.s("unreachable")
		return
	case CoroutineDrop:
		p.s("coroutine_drop")
		return
	case UnwindTerminate:
		p.s("terminate(", t.Text, ")")
		return
	case SwitchInt:
		p.s("switchInt(")
		p.operand(&t.Cond)
		p.s(")")
	case Drop:
		p.s("drop(")
		p.place(t.Place)
		p.s(")")
	case Assert:
		p.s("assert(")
		if !t.Expect {
			p.s("!")
		}
		p.operand(&t.Cond)
		p.s(", ", t.Text)
		for i := range t.Args {
			p.s(", ")
			p.operand(&t.Args[i])
		}
		p.s(")")
	case Call:
		p.place(t.Place)
		p.s(" = ")
		p.call(t)
	case TailCall:
		p.s("become ")
		p.call(t)
		return
	case Yield:
		p.place(t.Place)
		p.s(" = yield(")
		p.operands(t.Args, nil, "")
		p.s(")")
	case FalseEdge:
		p.s("falseEdge")
	case FalseUnwind:
		p.s("falseUnwind")
	case InlineAsm:
		p.s(t.Text)
	}
	p.targets(t)
}

func (p *printer) call(t *Terminator) {
	p.operand(&t.Func)
	p.s("(")
	p.operands(t.Args, nil, "")
	p.s(")")
}

// label is one printed target.
type label struct {
	name string
	to   int32
}

func (p *printer) targets(t *Terminator) {
	var room [8]label
	list := room[:0]
	add := func(name string, to int32) {
		if to >= 0 {
			list = append(list, label{name, to})
		}
	}
	switch t.Kind {
	case SwitchInt:
		for i := range t.Cases {
			add(t.Cases[i].Text, t.Cases[i].To)
		}
		add("otherwise", t.Target)
	case Assert:
		add("success", t.Target)
	case FalseEdge, FalseUnwind:
		add("real", t.Target)
		add("imaginary", t.Imag)
	case Yield:
		add("resume", t.Target)
		add("drop", t.Imag)
	case InlineAsm:
		for _, b := range t.Targets {
			add("return", b)
		}
	default:
		add("return", t.Target)
		add("drop", t.Imag)
	}
	unwind := ""
	switch t.Unwind {
	case UnwindTo:
		add("unwind", t.Cleanup)
	case UnwindContinue:
		unwind = "unwind continue"
	case UnwindUnreachable:
		unwind = "unwind unreachable"
	case UnwindAbort:
		unwind = "unwind terminate(" + t.Abort + ")"
	}
	switch {
	case len(list) == 0 && unwind == "":
		return
	case len(list) == 0:
		p.s(" -> ", unwind)
		return
	case len(list) == 1 && unwind == "":
		p.s(" -> bb")
		p.n(list[0].to)
		return
	}
	p.s(" -> [")
	for i, l := range list {
		if i > 0 {
			p.s(", ")
		}
		p.s(l.name, ": bb")
		p.n(l.to)
	}
	if unwind != "" {
		p.s(", ", unwind)
	}
	p.s("]")
}
