package mir

import (
	"strconv"
	"strings"
)

var textStmts = [...]struct {
	prefix string
	kind   StmtKind
}{
	{"Deinit(", Deinit}, {"PlaceMention(", PlaceMention}, {"FakeRead(", FakeRead}, {"AscribeUserType(", AscribeType},
	{"Coverage::", Coverage}, {"BackwardIncompatibleDropHint(", BackwardIncompatibleDropHint},
	{"Retag(", Retag}, {"retag(", Retag},
}

// stmt reads one statement without its semicolon.
func (n *names) stmt(s string) (st Stmt, ok bool) {
	if s == "" {
		return n.unsupportedStmt(s), false
	}
	if s[0] == '_' || s[0] == '(' {
		p, end, ok := n.place(s, 0)
		rest, is := strings.CutPrefix(s[end:], " = ")
		if !ok || !is {
			return n.unsupportedStmt(s), false
		}
		st.Kind, st.Place, st.Rvalue = Assign, p, n.rvalue(rest)
		return st, st.Rvalue.Kind != RvalueUnsupported
	}
	if in, is := strings.CutPrefix(s, "StorageLive(_"); is {
		return storage(StorageLive, in)
	}
	if in, is := strings.CutPrefix(s, "StorageDead(_"); is {
		return storage(StorageDead, in)
	}
	switch {
	case strings.HasPrefix(s, "discriminant("):
		p, end, ok := n.place(s, len("discriminant("))
		num, is := strings.CutPrefix(s[end:], ") = ")
		v, isNum := whole(num)
		if ok && is && isNum {
			st.Kind, st.Place, st.Variant = SetDiscriminant, p, v
			return st, true
		}
	case s == "ConstEvalCounter":
		st.Kind = ConstEvalCounter
		return st, true
	case s == "nop":
		st.Kind = Nop
		return st, true
	case strings.HasPrefix(s, "copy_nonoverlapping("), strings.HasPrefix(s, "assume("):
		if r, ok := n.intrinsic(s); ok {
			st.Kind, st.Rvalue = Intrinsic, r
			return st, true
		}
	default:
		for _, t := range textStmts {
			if strings.HasPrefix(s, t.prefix) {
				st.Kind, st.Rvalue = t.kind, &Rvalue{Text: strings.Clone(s)}
				return st, true
			}
		}
	}
	return n.unsupportedStmt(s), false
}

func storage(kind StmtKind, s string) (Stmt, bool) {
	l, end, ok := number(s, 0)
	return Stmt{Kind: kind, Place: Place{Local: l}}, ok && s[end:] == ")"
}

func (n *names) unsupportedStmt(s string) Stmt {
	return Stmt{Kind: StmtUnsupported, Rvalue: &Rvalue{Text: strings.Clone(s)}}
}

// intrinsic reads `copy_nonoverlapping(dst = .., src = .., count = ..)` and `assume(..)`.
func (n *names) intrinsic(s string) (*Rvalue, bool) {
	open := strings.IndexByte(s, '(')
	in, ok := between(s[open:], "(", ")")
	if !ok {
		return nil, false
	}
	r := &Rvalue{Op: n.word(s[:open])}
	var list []Operand
	ok = each(in, func(part string) bool {
		if name, rest, named := strings.Cut(part, " = "); named && isName(name) {
			r.Names = append(r.Names, n.word(name))
			part = rest
		}
		o, end, ok := n.operand(part, 0)
		list = append(list, o)
		return ok && end == len(part)
	})
	r.Args = list
	return r, ok && (len(r.Names) == 0 || len(r.Names) == len(list))
}

// term reads one terminator without its semicolon into t, which is zero.
func (n *names) term(t *Terminator, s string) (ok bool) {
	t.Target, t.Imag, t.Cleanup = -1, -1, -1
	switch s {
	case "return":
		t.Kind = Return
		return true
	case "resume":
		t.Kind = UnwindResume
		return true
	case "unreachable":
		t.Kind = Unreachable
		return true
	case "coroutine_drop":
		t.Kind = CoroutineDrop
		return true
	}
	if rest, is := strings.CutPrefix(s, "goto -> "); is {
		t.Kind = Goto
		t.Target, ok = blockNumber(rest)
		return t.checked(s, ok)
	}
	if in, is := between(s, "terminate(", ")"); is {
		t.Kind, t.Text = UnwindTerminate, n.word(in)
		return true
	}
	if strings.HasPrefix(s, "become ") {
		t.Kind = TailCall
		return t.checked(s, n.callee(t, s[len("become "):]))
	}
	head, tail, ok := cutTail(s)
	if !ok {
		return t.checked(s, false)
	}
	return t.checked(s, n.head(t, head) && n.tail(t, tail))
}

// checked makes a terminator that is not understood one that keeps its text.
func (t *Terminator) checked(s string, ok bool) bool {
	if !ok {
		*t = Terminator{Target: -1, Imag: -1, Cleanup: -1, Text: strings.Clone(s)}
	}
	return ok
}

// cutTail splits a terminator at the arrow to its targets. The last arrow whose
// right side is a tail is meant: arrows of types stand before it.
func cutTail(s string) (head, tail string, ok bool) {
	i := len(s)
	for {
		if i = strings.LastIndexByte(s[:i], '>'); i < 2 {
			return "", "", false
		}
		if strings.HasPrefix(s[i-2:], " -> ") {
			break
		}
	}
	i -= 2
	tail = s[i+4:]
	if strings.HasPrefix(tail, "[") || strings.HasPrefix(tail, "unwind ") || strings.HasPrefix(tail, "bb") {
		return s[:i], tail, true
	}
	return "", "", false
}

// head reads a terminator up to its arrow.
func (n *names) head(t *Terminator, s string) (ok bool) {
	switch {
	case strings.HasPrefix(s, "switchInt("):
		t.Kind = SwitchInt
		in, is := between(s, "switchInt(", ")")
		var end int
		t.Cond, end, ok = n.operand(in, 0)
		return is && ok && end == len(in)
	case strings.HasPrefix(s, "drop("):
		t.Kind = Drop
		in, is := between(s, "drop(", ")")
		t.Place, ok = n.onePlace(in)
		return is && ok
	case strings.HasPrefix(s, "assert("):
		t.Kind = Assert
		in, is := between(s, "assert(", ")")
		return is && n.assert(t, in)
	case s == "falseEdge":
		t.Kind = FalseEdge
		return true
	case s == "falseUnwind":
		t.Kind = FalseUnwind
		return true
	case strings.HasPrefix(s, "asm!("), strings.HasPrefix(s, "naked_asm!("):
		t.Kind, t.Text = InlineAsm, strings.Clone(s)
		return true
	}
	p, end, ok := n.place(s, 0)
	rest, is := strings.CutPrefix(s[end:], " = ")
	if !ok || !is {
		return false
	}
	t.Place = p
	if in, is := between(rest, "yield(", ")"); is {
		t.Kind = Yield
		t.Args, ok = n.operandList(in)
		return ok
	}
	t.Kind = Call
	return n.callee(t, rest)
}

// callee reads `f(a, b)`, f a constant function or a place.
func (n *names) callee(t *Terminator, s string) (ok bool) {
	open := -1
	if strings.HasPrefix(s, "copy ") || strings.HasPrefix(s, "move ") {
		t.Func, open, ok = n.operand(s, 0)
		if !ok {
			return false
		}
	} else {
		open = find(s, 0, "(")
		if open <= 0 {
			return false
		}
		if rest, is := strings.CutPrefix(s[:open], "const "); is {
			t.Func = Operand{Kind: Constant, Const: n.constant(rest, false)}
		} else {
			t.Func = Operand{Kind: Constant, Const: n.constant(s[:open], true)}
		}
	}
	in, is := between(s[open:], "(", ")")
	if !is {
		return false
	}
	t.Args, ok = n.operandList(in)
	return ok
}

// assert reads `!move _1, "message {}", copy _2`.
func (n *names) assert(t *Terminator, s string) (ok bool) {
	rest, negated := strings.CutPrefix(s, "!")
	t.Expect = !negated
	var i int
	t.Cond, i, ok = n.operand(rest, 0)
	if !ok || !strings.HasPrefix(rest[i:], ", \"") {
		return false
	}
	end := skipQuoted(rest, i+2)
	t.Text = n.word(rest[i+2 : end])
	if end == len(rest) {
		return true
	}
	in, is := strings.CutPrefix(rest[end:], ", ")
	if !is {
		return false
	}
	t.Args, ok = n.operandList(in)
	return ok
}

// tail reads the targets.
func (n *names) tail(t *Terminator, s string) (ok bool) {
	if b, is := blockNumber(s); is {
		// One successor is printed without its label. A call always has an
		// unwind action, so what it prints alone is its cleanup block.
		switch t.Kind {
		case Call:
			t.Unwind, t.Cleanup = UnwindTo, b
		case InlineAsm:
			t.Targets = []int32{b}
		default:
			t.Target = b
		}
		return true
	}
	if strings.HasPrefix(s, "unwind") {
		return n.unwind(t, s)
	}
	in, is := between(s, "[", "]")
	if !is {
		return false
	}
	return each(in, func(part string) bool {
		if strings.HasPrefix(part, "unwind") {
			return n.unwind(t, part)
		}
		label, rest, _ := strings.Cut(part, ": ")
		b, ok := blockNumber(rest)
		if !ok {
			return false
		}
		return n.target(t, label, b)
	})
}

func (n *names) target(t *Terminator, label string, b int32) bool {
	switch {
	case t.Kind == SwitchInt && label != "otherwise":
		v, err := strconv.ParseInt(label, 10, 64)
		if len(t.Cases) == 0 {
			t.Cases = make([]SwitchCase, 0, 2)
		}
		t.Cases = append(t.Cases, SwitchCase{Text: n.word(label), Int: v, Big: err != nil, To: b})
	case t.Kind == InlineAsm:
		t.Targets = append(t.Targets, b)
		return label == "return" || label == "" || strings.HasPrefix(label, "bb") || label == "label"
	case label == "return", label == "success", label == "real", label == "otherwise", label == "resume":
		t.Target = b
	case label == "drop", label == "imaginary":
		t.Imag = b
	default:
		return false
	}
	return true
}

func (n *names) unwind(t *Terminator, s string) (ok bool) {
	switch {
	case strings.HasPrefix(s, "unwind: "):
		t.Unwind = UnwindTo
		t.Cleanup, ok = blockNumber(s[len("unwind: "):])
		return ok
	case s == "unwind continue":
		t.Unwind = UnwindContinue
	case s == "unwind unreachable":
		t.Unwind = UnwindUnreachable
	default:
		in, is := between(s, "unwind terminate(", ")")
		t.Unwind = UnwindAbort
		t.Abort = n.word(in)
		return is
	}
	return true
}
