package mir

import "strings"

// shortRvalue bounds the right sides that are interned: short ones recur.
const shortRvalue = 48

// rvalue returns the right side that s spells; one that is not understood has
// Kind RvalueUnsupported and keeps its text.
func (n *names) rvalue(s string) *Rvalue {
	short := len(s) <= shortRvalue
	if short {
		if r, ok := n.rvalues[s]; ok {
			return r
		}
	}
	r := &Rvalue{}
	if !n.readRvalue(r, s) {
		*r = Rvalue{Text: strings.Clone(s)}
	}
	if short {
		n.rvalues[strings.Clone(s)] = r
	}
	return r
}

var binaryOps = opSet("Add Sub Mul Div Rem BitXor BitAnd BitOr Shl Shr Eq Lt Le Ne Ge Gt Cmp Offset " +
	"AddUnchecked SubUnchecked MulUnchecked ShlUnchecked ShrUnchecked AddWithOverflow SubWithOverflow MulWithOverflow")

var unaryOps = opSet("Not Neg PtrMetadata")

var nullaryOps = opSet("SizeOf AlignOf OffsetOf UbChecks ContractChecks OverflowChecks")

func opSet(s string) map[string]string {
	m := map[string]string{}
	for _, w := range strings.Fields(s) {
		m[w] = w
	}
	return m
}

func (n *names) readRvalue(r *Rvalue, s string) bool {
	if s == "" {
		return false
	}
	switch s[0] {
	case '&':
		return n.borrow(r, s[1:])
	case '(':
		if closing(s, 0) != len(s)-1 {
			return false
		}
		in := s[1 : len(s)-1]
		r.Kind = Tuple
		if one, ok := strings.CutSuffix(in, ","); ok {
			in = one
		}
		return n.args(r, in)
	case '[':
		return n.array(r, s)
	case '{':
		return n.closure(r, s)
	case '*':
		return n.rawAggregate(r, s)
	}
	if isOperand(s) {
		return n.useOrCast(r, s)
	}
	if rest, is := strings.CutPrefix(s, "no_retag "); is && isOperand(rest) { // since 1.97
		r.Op = "no_retag"
		return n.useOrCast(r, rest) && r.Kind == Use
	}
	if ok, done := n.wordRvalue(r, s); done {
		return ok
	}
	return n.adt(r, s)
}

func isOperand(s string) bool {
	return strings.HasPrefix(s, "copy ") || strings.HasPrefix(s, "move ") || strings.HasPrefix(s, "const ")
}

func (n *names) args(r *Rvalue, s string) (ok bool) {
	r.Args, ok = n.operandList(s)
	return ok
}

// borrow reads what follows the `&`.
func (n *names) borrow(r *Rvalue, s string) (ok bool) {
	if path, tls := strings.CutPrefix(s, "/*tls*/ "); tls {
		r.Kind, r.Path = ThreadLocalRef, n.path(path)
		return true
	}
	r.Kind = Ref
	if rest, raw := strings.CutPrefix(s, "raw "); raw {
		r.Kind = RawPtr
		switch {
		case strings.HasPrefix(rest, "mut "):
			r.Mut, s = true, rest[4:]
		case strings.HasPrefix(rest, "const "):
			s = rest[6:]
		default:
			return false
		}
		if rest, fake := strings.CutPrefix(s, "(fake) "); fake {
			r.Op, s = "fake", rest
		}
	}
	if r.Kind == Ref {
		for _, kind := range [...]string{"fake shallow ", "fake ", "two-phase "} {
			if rest, ok := strings.CutPrefix(s, kind); ok {
				r.Op, s = kind[:len(kind)-1], rest
				break
			}
		}
		if rest, mut := strings.CutPrefix(s, "mut "); mut {
			r.Mut, s = true, rest
		}
	}
	r.Place, ok = n.onePlace(s)
	return ok
}

// useOrCast reads an operand, or `OPERAND as TYPE (KIND)`.
func (n *names) useOrCast(r *Rvalue, s string) bool {
	o, end, ok := n.operand(s, 0)
	if !ok {
		return false
	}
	r.Args = n.keepOperands([]Operand{o})
	if end == len(s) {
		r.Kind = Use
		return true
	}
	rest, isCast := strings.CutPrefix(s[end:], " as ")
	if !isCast || !strings.HasSuffix(rest, ")") {
		return false
	}
	open := opening(rest, len(rest)-1)
	if open < 2 || rest[open-1] != ' ' {
		return false
	}
	r.Kind, r.Type, r.Op = Cast, n.typ(rest[:open-1]), n.word(rest[open+1:len(rest)-1])
	return r.Type.Kind != TypeUnsupported
}

// array reads `[a, b]` and `[a; N]`.
func (n *names) array(r *Rvalue, s string) bool {
	if closing(s, 0) != len(s)-1 {
		return false
	}
	in := s[1 : len(s)-1]
	if i := find(in, 0, "; "); i >= 0 {
		r.Kind, r.Text = Repeat, n.word(in[i+2:])
		return n.args(r, in[:i])
	}
	r.Kind = Array
	return n.args(r, in)
}

// closure reads `{closure@..}` and `{coroutine@..}` with what they capture.
func (n *names) closure(r *Rvalue, s string) (ok bool) {
	end := closing(s, 0)
	if end < 0 {
		return false
	}
	if isCastOf(s) { // a bare function inside a closure's path
		return n.useOrCast(r, s)
	}
	r.Kind, r.Type = Closure, n.typ(s[:end+1])
	if r.Type.Kind == TypeCoroutine {
		r.Kind = Coroutine
	}
	rest := s[end+1:]
	if rest == "" {
		return true
	}
	in, ok := between(rest, " { ", " }")
	if !ok {
		return false
	}
	r.Names, r.Args, ok = n.fieldList(in)
	return ok
}

func isCastOf(s string) bool { return find(s, 0, " as ") >= 0 && strings.HasSuffix(s, ")") }

// rawAggregate reads `*const [T] from (a, b)`.
func (n *names) rawAggregate(r *Rvalue, s string) bool {
	i := find(s, 0, " from (")
	if i < 0 || !strings.HasSuffix(s, ")") {
		return false
	}
	r.Kind, r.Type = RawPtrAggregate, n.typ(s[:i])
	return n.args(r, s[i+7:len(s)-1])
}

// wordRvalue reads the right sides that start with a word of their own; done
// is false when s starts with none of them.
func (n *names) wordRvalue(r *Rvalue, s string) (ok, done bool) {
	if rest, is := strings.CutPrefix(s, "deref_copy "); is {
		r.Kind = CopyForDeref
		r.Place, ok = n.onePlace(rest)
		return ok, true
	}
	if rest, is := strings.CutPrefix(s, "wrap_binder!("); is {
		r.Kind, r.Text = WrapUnsafeBinder, strings.Clone(strings.TrimSuffix(rest, ")"))
		return strings.HasSuffix(rest, ")"), true
	}
	open := strings.IndexByte(s, '(')
	if open <= 0 || !strings.HasSuffix(s, ")") || !isName(s[:open]) {
		return false, false
	}
	word, in := s[:open], s[open+1:len(s)-1]
	switch {
	case word == "discriminant":
		r.Kind = Discriminant
		r.Place, ok = n.onePlace(in)
		return ok, true
	case word == "Len":
		if r.Place, ok = n.onePlace(in); ok {
			r.Kind = Len
			return true, true
		}
		return false, false
	case word == "ShallowInitBox":
		i := find(in, 0, ", ")
		if i < 0 {
			return false, true
		}
		r.Kind, r.Type = ShallowInitBox, n.typ(in[i+2:])
		return n.args(r, in[:i]), true
	case binaryOps[word] != "":
		r.Kind, r.Op = BinaryOp, binaryOps[word]
	case unaryOps[word] != "":
		r.Kind, r.Op = UnaryOp, unaryOps[word]
	case nullaryOps[word] != "":
		r.Kind, r.Op, r.Text = NullaryOp, nullaryOps[word], strings.Clone(in)
		if in != "" {
			t := in
			if i := find(in, 0, ", "); i >= 0 {
				t = in[:i]
			}
			r.Type = n.typ(t)
		}
		return true, true
	default:
		return false, false
	}
	if !n.args(r, in) || r.Kind == BinaryOp && len(r.Args) != 2 || r.Kind == UnaryOp && len(r.Args) != 1 {
		*r = Rvalue{} // a tuple struct of that name
		return false, false
	}
	return true, true
}

// adt reads `Path(a, b)`, `Path { f: a }`, `Path`, and the cast of a function
// item, which rustc prints without `const`.
func (n *names) adt(r *Rvalue, s string) (ok bool) {
	c := s[0]
	if c != '<' && c != '_' && c < 0x80 && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
		return false
	}
	if isCastOf(s) {
		return n.useOrCast(r, s)
	}
	r.Kind = Adt
	if i := find(s, 0, " { "); i > 0 {
		in, ok := between(s[i:], " { ", " }")
		if !ok {
			return false
		}
		r.Path = n.path(s[:i])
		r.Names, r.Args, ok = n.fieldList(in)
		return ok
	}
	if i := find(s, 0, "("); i > 0 {
		if closing(s, i) != len(s)-1 {
			return false
		}
		r.Path = n.path(s[:i])
		return n.args(r, s[i+1:len(s)-1])
	}
	if find(s, 0, " ") >= 0 {
		return false
	}
	r.Path = n.path(s)
	return len(r.Path.Segs) > 0
}
