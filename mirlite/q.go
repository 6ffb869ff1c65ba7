package mirlite

import (
	"strconv"
	"strings"

	"softshell/mir"
)

// match returns the index of the bracket that closes the one at i.
func match(s string, i int) int {
	depth := 0
	for k := i; k < len(s); k++ {
		switch s[k] {
		case '"':
			k++
			for k < len(s) && s[k] != '"' {
				if s[k] == '\\' {
					k++
				}
				k++
			}
		case '(', '[', '{', '<':
			depth++
		case ')', ']', '}':
			depth--
			if depth == 0 {
				return k
			}
		case '>':
			if k > 0 && (s[k-1] == '-' || s[k-1] == '=') {
				continue
			}
			depth--
			if depth == 0 {
				return k
			}
		}
	}
	return -1
}

// split cuts at top-level commas.
func split(s string) []string {
	var out []string
	depth, start := 0, 0
	for k := 0; k < len(s); k++ {
		switch s[k] {
		case '"':
			k++
			for k < len(s) && s[k] != '"' {
				if s[k] == '\\' {
					k++
				}
				k++
			}
		case '(', '[', '{', '<':
			depth++
		case ')', ']', '}':
			depth--
		case '>':
			if k > 0 && (s[k-1] == '-' || s[k-1] == '=') {
				continue
			}
			depth--
		case ',':
			if depth == 0 {
				out = append(out, strings.TrimSpace(s[start:k]))
				start = k + 1
			}
		}
	}
	if t := strings.TrimSpace(s[start:]); t != "" {
		out = append(out, t)
	}
	return out
}

// argOpen finds the top-level "(" of a signature or call.
func argOpen(s string) int {
	depth := 0
	for k := 0; k < len(s); k++ {
		switch s[k] {
		case '<', '[', '{':
			depth++
		case ']', '}':
			depth--
		case '>':
			if k > 0 && (s[k-1] == '-' || s[k-1] == '=') {
				continue
			}
			depth--
		case '(':
			if depth == 0 {
				return k
			}
			if m := match(s, k); m > 0 {
				k = m
			}
		case '"':
			return -1
		}
	}
	return -1
}

var prims = map[string]bool{"u8": true, "u16": true, "u32": true, "u64": true, "u128": true, "usize": true, "i8": true, "i16": true, "i32": true, "i64": true, "i128": true, "isize": true, "bool": true, "char": true, "str": true, "f32": true, "f64": true}

func (p *P) Type(s string) *mir.Type {
	s = strings.TrimSpace(s)
	if t, ok := p.types[s]; ok {
		return t
	}
	t := &mir.Type{Text: s, ID: int32(len(p.types))}
	p.types[s] = t
	switch {
	case s == "!":
		t.Kind = mir.TypeNever
	case prims[s]:
		t.Kind, t.Name = mir.TypePrim, s
	case strings.HasPrefix(s, "&"):
		t.Kind = mir.TypeRef
		r := s[1:]
		if strings.HasPrefix(r, "'") {
			i := strings.IndexByte(r, ' ')
			t.Name, r = r[:i], r[i+1:]
		}
		if strings.HasPrefix(r, "mut ") {
			t.Mut, r = true, r[4:]
		}
		t.Args = []*mir.Type{p.Type(r)}
	case strings.HasPrefix(s, "*const "), strings.HasPrefix(s, "*mut "):
		t.Kind, t.Mut = mir.TypeRawPtr, s[1] == 'm'
		_, r, _ := strings.Cut(s, " ")
		t.Args = []*mir.Type{p.Type(r)}
	case strings.HasPrefix(s, "(") && match(s, 0) == len(s)-1:
		t.Kind = mir.TypeTuple
		for _, a := range split(s[1 : len(s)-1]) {
			t.Args = append(t.Args, p.Type(a))
		}
	case strings.HasPrefix(s, "["):
		in := s[1 : len(s)-1]
		if i := strings.LastIndex(in, "; "); i >= 0 && match(s, 0) == len(s)-1 {
			t.Kind, t.Name = mir.TypeArray, in[i+2:]
			t.Args = []*mir.Type{p.Type(in[:i])}
		} else {
			t.Kind = mir.TypeSlice
			t.Args = []*mir.Type{p.Type(in)}
		}
	case strings.HasPrefix(s, "{closure@"):
		t.Kind, t.Name = mir.TypeClosure, s
	case strings.HasPrefix(s, "{"):
		t.Kind, t.Name = mir.TypeCoroutine, s
	case strings.HasPrefix(s, "dyn "):
		t.Kind, t.Name = mir.TypeDyn, s[4:]
	case strings.HasPrefix(s, "impl "):
		t.Kind, t.Name = mir.TypeOpaque, s
	case strings.HasPrefix(s, "fn("), strings.HasPrefix(s, "for<"), strings.HasPrefix(s, "unsafe "), strings.HasPrefix(s, "extern "):
		t.Kind, t.Name = mir.TypeFnPtr, s
	case strings.HasPrefix(s, "<"):
		t.Kind, t.Path = mir.TypeProjection, p.Path(s)
	case isParam(s):
		t.Kind, t.Name = mir.TypeParam, s
	default:
		t.Kind, t.Path = mir.TypePath, p.Path(s)
	}
	return t
}

func isParam(s string) bool {
	if s == "Self" {
		return true
	}
	if strings.ContainsAny(s, ":<") || len(s) == 0 {
		return false
	}
	return len(s) <= 2 && s[0] >= 'A' && s[0] <= 'Z'
}

func (p *P) Path(s string) *mir.Path {
	if x, ok := p.paths[s]; ok {
		return x
	}
	x := &mir.Path{Text: s}
	p.paths[s] = x
	rest := s
	plain := ""
	if strings.HasPrefix(s, "<") && !strings.HasPrefix(s, "<impl at") {
		j := match(s, 0)
		if j > 0 {
			q := s[1:j]
			if i := asIndex(q); i >= 0 {
				x.Self, x.Trait = p.Type(q[:i]), p.Path(q[i+4:])
			} else {
				x.Self = p.Type(q)
			}
			rest = strings.TrimPrefix(s[j+1:], "::")
			plain = "<" + x.Self.Text
			if x.Self.Path != nil {
				plain = "<" + x.Self.Path.Plain
			}
			if x.Trait != nil {
				plain += " as " + x.Trait.Plain
			}
			plain += ">"
		}
	}
	for rest != "" {
		var seg mir.PathSeg
		i := 0
		if strings.HasPrefix(rest, "<impl ") {
			i = match(rest, 0) + 1
		} else {
			for i < len(rest) && rest[i] != '<' && !strings.HasPrefix(rest[i:], "::") {
				if rest[i] == '{' {
					i = match(rest, i)
				}
				i++
			}
		}
		if i <= 0 || i > len(rest) {
			break
		}
		seg.Name = rest[:i]
		rest = rest[i:]
		if strings.HasPrefix(rest, "::<") && !strings.HasPrefix(rest, "::<impl ") {
			seg.Turbofish = true
			rest = rest[2:]
		}
		if strings.HasPrefix(rest, "<") {
			j := match(rest, 0)
			if j < 0 {
				break
			}
			for _, a := range split(rest[1:j]) {
				ga := mir.GenericArg{Text: a}
				switch {
				case strings.HasPrefix(a, "'"):
					ga.Lifetime = true
				case a == "" || a[0] >= '0' && a[0] <= '9' || a == "true" || a == "false":
				default:
					if k := strings.Index(a, " = "); k > 0 && !strings.ContainsAny(a[:k], "<(") {
						ga.Binding, a = a[:k], a[k+3:]
					}
					ga.Type = p.Type(a)
				}
				seg.Args = append(seg.Args, ga)
			}
			rest = rest[j+1:]
		}
		x.Segs = append(x.Segs, seg)
		if plain != "" {
			plain += "::"
		}
		plain += seg.Name
		rest = strings.TrimPrefix(rest, "::")
	}
	x.Plain = plain
	return x
}

func asIndex(q string) int {
	depth := 0
	for k := 0; k < len(q); k++ {
		switch q[k] {
		case '<', '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
		case '>':
			if k > 0 && q[k-1] != '-' {
				depth--
			}
		}
		if depth == 0 && strings.HasPrefix(q[k:], " as ") {
			return k
		}
	}
	return -1
}

func num(s string) int32 {
	v, _ := strconv.Atoi(s)
	return int32(v)
}

func (p *P) place(s string) mir.Place {
	s = strings.TrimSpace(s)
	switch {
	case strings.HasPrefix(s, "_"):
		i := 1
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			i++
		}
		return p.suffixes(mir.Place{Local: num(s[1:i])}, s[i:])
	case strings.HasPrefix(s, "("):
		j := match(s, 0)
		if j < 0 {
			return mir.Place{}
		}
		in := s[1:j]
		var pl mir.Place
		switch {
		case strings.HasPrefix(in, "*"):
			pl = p.place(in[1:])
			pl.Proj = append(pl.Proj, mir.Proj{Kind: mir.Deref})
		case asIndex(in) >= 0 && !colonAfterField(in):
			i := asIndex(in)
			pl = p.place(in[:i])
			name := in[i+4:]
			if strings.HasPrefix(name, "subtype ") {
				pl.Proj = append(pl.Proj, mir.Proj{Kind: mir.Subtype, Type: p.Type(name[8:])})
			} else {
				pl.Proj = append(pl.Proj, mir.Proj{Kind: mir.Downcast, Name: name})
			}
		default:
			k := 0
			if in[0] == '(' {
				k = match(in, 0)
			}
			c := strings.Index(in[k:], ": ") + k
			d := strings.LastIndex(in[:c], ".")
			pl = p.place(in[:d])
			pl.Proj = append(pl.Proj, mir.Proj{Kind: mir.Field, N: num(in[d+1 : c]), Type: p.Type(in[c+2:])})
		}
		return p.suffixes(pl, s[j+1:])
	}
	return mir.Place{}
}

func colonAfterField(in string) bool {
	k := 0
	if in[0] == '(' {
		k = match(in, 0)
	}
	c := strings.Index(in[k:], ": ")
	a := strings.Index(in[k:], " as ")
	return c >= 0 && (a < 0 || c < a)
}

func (p *P) suffixes(pl mir.Place, s string) mir.Place {
	for strings.HasPrefix(s, "[") {
		j := match(s, 0)
		if j < 0 {
			break
		}
		in := s[1:j]
		k := mir.Subslice
		if strings.HasPrefix(in, "_") {
			k = mir.Index
		} else if strings.Contains(in, " of ") {
			k = mir.ConstIndex
		}
		pl.Proj = append(pl.Proj, mir.Proj{Kind: k})
		s = s[j+1:]
	}
	return pl
}

func (p *P) operand(s string) mir.Operand {
	s = strings.TrimSpace(s)
	switch {
	case strings.HasPrefix(s, "copy "):
		return mir.Operand{Kind: mir.Copy, Place: p.place(s[5:])}
	case strings.HasPrefix(s, "move "):
		return mir.Operand{Kind: mir.Move, Place: p.place(s[5:])}
	}
	return mir.Operand{Kind: mir.Constant, Const: p.constant(strings.TrimPrefix(s, "const "))}
}

func (p *P) constant(s string) *mir.Const {
	c := &mir.Const{Text: s}
	switch {
	case s == "true" || s == "false":
		c.Kind = mir.ConstBool
		if s == "true" {
			c.Int = 1
		}
	case s == "()":
		c.Kind = mir.ConstUnit
	case strings.HasPrefix(s, "\"") || strings.HasPrefix(s, "b\""):
		c.Kind = mir.ConstStr
	case s != "" && (s[0] == '-' || s[0] >= '0' && s[0] <= '9'):
		c.Kind = mir.ConstInt
		h, t, _ := strings.Cut(s, "_")
		v, err := strconv.ParseInt(h, 10, 64)
		c.Int, c.Big = v, err != nil
		c.Type = p.Type(t)
	case strings.HasPrefix(s, "{"):
		c.Kind = mir.ConstAlloc
	default:
		c.Kind = mir.ConstFn
		c.Path = p.Path(s)
	}
	return c
}

func (p *P) operands(s string) []mir.Operand {
	var out []mir.Operand
	for _, a := range split(s) {
		out = append(out, p.operand(a))
	}
	return out
}

func (p *P) rvalue(s string) *mir.Rvalue {
	r := &mir.Rvalue{}
	switch {
	case strings.HasPrefix(s, "&raw "):
		r.Kind = mir.RawPtr
		r.Mut = strings.HasPrefix(s, "&raw mut ")
		r.Place = p.place(s[strings.Index(s[5:], " ")+6:])
		return r
	case strings.HasPrefix(s, "&"):
		r.Kind = mir.Ref
		t := strings.TrimPrefix(s[1:], "fake shallow ")
		t = strings.TrimPrefix(t, "fake ")
		if strings.HasPrefix(t, "mut ") {
			r.Mut, t = true, t[4:]
		}
		r.Place = p.place(t)
		return r
	case strings.HasPrefix(s, "deref_copy "):
		r.Kind, r.Place = mir.CopyForDeref, p.place(s[11:])
		return r
	case strings.HasPrefix(s, "discriminant("):
		r.Kind, r.Place = mir.Discriminant, p.place(s[13:len(s)-1])
		return r
	case strings.HasPrefix(s, "copy "), strings.HasPrefix(s, "move "), strings.HasPrefix(s, "const "):
		if !strings.HasPrefix(s, "const \"") && !strings.HasPrefix(s, "const b\"") && strings.HasSuffix(s, ")") {
			if i := castAt(s); i > 0 {
				r.Kind = mir.Cast
				r.Args = []mir.Operand{p.operand(s[:i])}
				rest := s[i+4:]
				k := strings.LastIndex(rest, " (")
				if k > 0 {
					r.Type, r.Op = p.Type(rest[:k]), rest[k+2:len(rest)-1]
					return r
				}
			}
		}
		r.Kind, r.Args = mir.Use, []mir.Operand{p.operand(s)}
		return r
	case strings.HasPrefix(s, "("):
		r.Kind, r.Args = mir.Tuple, p.operands(s[1:len(s)-1])
		return r
	case strings.HasPrefix(s, "["):
		r.Kind, r.Args = mir.Array, p.operands(s[1:len(s)-1])
		if i := strings.LastIndex(s, "; "); i > 0 && len(r.Args) == 1 {
			r.Kind, r.Args = mir.Repeat, []mir.Operand{p.operand(s[1:i])}
		}
		return r
	case strings.HasPrefix(s, "{closure@"), strings.HasPrefix(s, "{coroutine"):
		j := match(s, 0)
		r.Kind, r.Type = mir.Closure, p.Type(s[:j+1])
		p.named(r, strings.TrimSpace(s[j+1:]))
		return r
	}
	if i := argOpen(s); i > 0 && strings.HasSuffix(s, ")") {
		name := s[:i]
		switch name {
		case "Add", "Sub", "Mul", "Div", "Rem", "BitAnd", "BitOr", "BitXor", "Shl", "Shr", "Eq", "Ne", "Lt", "Le", "Gt", "Ge", "Cmp", "Offset", "AddWithOverflow", "SubWithOverflow", "MulWithOverflow", "AddUnchecked", "SubUnchecked", "MulUnchecked", "ShlUnchecked", "ShrUnchecked":
			r.Kind, r.Op, r.Args = mir.BinaryOp, name, p.operands(s[i+1:len(s)-1])
			return r
		case "Not", "Neg", "PtrMetadata":
			r.Kind, r.Op, r.Args = mir.UnaryOp, name, p.operands(s[i+1:len(s)-1])
			return r
		case "Len":
			r.Kind, r.Place = mir.Len, p.place(s[i+1:len(s)-1])
			return r
		case "SizeOf", "AlignOf", "UbChecks", "ContractChecks":
			r.Kind, r.Op = mir.NullaryOp, name
			return r
		}
		r.Kind, r.Path, r.Args = mir.Adt, p.Path(name), p.operands(s[i+1:len(s)-1])
		return r
	}
	if strings.HasSuffix(s, "}") {
		// Path { a: x }
		k := strings.LastIndex(s, " {")
		depth0 := braceAt(s)
		if depth0 > 0 {
			k = depth0
		}
		if k > 0 {
			r.Kind, r.Path = mir.Adt, p.Path(s[:k])
			p.named(r, s[k+1:])
			return r
		}
	}
	if strings.HasPrefix(s, "*") {
		r.Kind = mir.RawPtrAggregate
		if i := strings.Index(s, " from ("); i > 0 {
			r.Type, r.Args = p.Type(s[:i]), p.operands(s[i+7:len(s)-1])
		}
		return r
	}
	r.Kind, r.Path = mir.Adt, p.Path(s)
	return r
}

func braceAt(s string) int {
	depth := 0
	for k := 0; k < len(s); k++ {
		switch s[k] {
		case '<', '(':
			depth++
		case ')':
			depth--
		case '>':
			if k > 0 && s[k-1] != '-' {
				depth--
			}
		case '{':
			if depth == 0 && k > 0 && s[k-1] == ' ' {
				return k - 1
			}
			k = max(match(s, k), k)
		}
	}
	return -1
}

func (p *P) named(r *mir.Rvalue, s string) {
	s = strings.TrimSpace(s)
	if !strings.HasPrefix(s, "{") {
		return
	}
	for _, f := range split(s[1:match(s, 0)]) {
		n, v, _ := strings.Cut(f, ": ")
		r.Names = append(r.Names, n)
		r.Args = append(r.Args, p.operand(v))
	}
}

func castAt(s string) int {
	k := 0
	depth := 0
	for ; k < len(s); k++ {
		switch s[k] {
		case '<', '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
		case '>':
			if k > 0 && s[k-1] != '-' {
				depth--
			}
		}
		if depth == 0 && strings.HasPrefix(s[k:], " as ") {
			return k
		}
	}
	return -1
}

func (p *P) stmt(s string) mir.Stmt {
	s = strings.TrimSuffix(s, ";")
	switch {
	case strings.HasPrefix(s, "StorageLive("):
		return mir.Stmt{Kind: mir.StorageLive, Place: p.place(s[12 : len(s)-1])}
	case strings.HasPrefix(s, "StorageDead("):
		return mir.Stmt{Kind: mir.StorageDead, Place: p.place(s[12 : len(s)-1])}
	case strings.HasPrefix(s, "discriminant("):
		return mir.Stmt{Kind: mir.SetDiscriminant}
	case strings.HasPrefix(s, "copy_nonoverlapping("):
		st := mir.Stmt{Kind: mir.Intrinsic, Name: "copy_nonoverlapping"}
		for _, a := range split(s[20 : len(s)-1]) {
			_, v, _ := strings.Cut(a, " = ")
			st.Args = append(st.Args, p.operand(v))
		}
		return st
	}
	i := eqAt(s)
	if i < 0 {
		return mir.Stmt{Kind: mir.Nop, Text: s}
	}
	return mir.Stmt{Kind: mir.Assign, Place: p.place(s[:i]), Rvalue: p.rvalue(s[i+3:])}
}

func eqAt(s string) int {
	depth := 0
	for k := 0; k < len(s); k++ {
		switch s[k] {
		case '(', '[', '{', '<':
			depth++
		case ')', ']', '}':
			depth--
		case '>':
			if k > 0 && s[k-1] != '-' {
				depth--
			}
		case '"':
			return -1
		}
		if depth == 0 && strings.HasPrefix(s[k:], " = ") {
			return k
		}
	}
	return -1
}

func bb(s string) int32 {
	s = strings.TrimSpace(s)
	if strings.HasPrefix(s, "bb") {
		return num(s[2:])
	}
	return -1
}

func (p *P) term(s string) (mir.Terminator, bool) {
	t := mir.Terminator{Target: -1, Imag: -1, Cleanup: -1}
	s = strings.TrimSuffix(s, ";")
	switch {
	case s == "return":
		t.Kind = mir.Return
		return t, true
	case s == "resume":
		t.Kind = mir.UnwindResume
		return t, true
	case s == "unreachable":
		t.Kind = mir.Unreachable
		return t, true
	case strings.HasPrefix(s, "terminate"):
		t.Kind = mir.UnwindTerminate
		return t, true
	case strings.HasPrefix(s, "goto -> "):
		t.Kind, t.Target = mir.Goto, bb(s[8:])
		return t, true
	}
	i := strings.LastIndex(s, " -> ")
	if i < 0 {
		return t, false
	}
	if k := strings.LastIndex(s, ") -> ["); k > 0 {
		i = k + 1
	}
	head, tail := s[:i], s[i+4:]
	p.targets(&t, tail)
	switch {
	case strings.HasPrefix(head, "switchInt("):
		t.Kind = mir.SwitchInt
		t.Cond = p.operand(head[10 : len(head)-1])
		for _, c := range split(strings.Trim(tail, "[]")) {
			k, v, _ := strings.Cut(c, ": ")
			if k == "otherwise" {
				t.Target = bb(v)
				continue
			}
			n, err := strconv.ParseInt(k, 10, 64)
			t.Cases = append(t.Cases, mir.SwitchCase{Text: k, Int: n, Big: err != nil, To: bb(v)})
		}
		return t, true
	case strings.HasPrefix(head, "drop("):
		t.Kind, t.Place = mir.Drop, p.place(head[5:len(head)-1])
		return t, true
	case strings.HasPrefix(head, "assert("):
		t.Kind = mir.Assert
		return t, true
	case strings.HasPrefix(head, "falseEdge"), strings.HasPrefix(head, "falseUnwind"):
		t.Kind = mir.Goto
		return t, true
	case strings.HasPrefix(head, "asm!"):
		t.Kind = mir.InlineAsm
		return t, true
	}
	eq := eqAt(head)
	if eq < 0 || !strings.HasSuffix(head, ")") {
		return t, false
	}
	call := head[eq+3:]
	open := callOpen(call)
	if open < 0 {
		return t, false
	}
	t.Kind, t.Place = mir.Call, p.place(head[:eq])
	f := call[:open]
	if strings.HasPrefix(f, "copy ") || strings.HasPrefix(f, "move ") {
		t.Func = p.operand(f)
	} else {
		t.Func = mir.Operand{Kind: mir.Constant, Const: &mir.Const{Kind: mir.ConstFn, Text: f, Path: p.Path(f)}}
	}
	t.Args = p.operands(call[open+1 : len(call)-1])
	return t, true
}

func callOpen(s string) int {
	if strings.HasPrefix(s, "copy ") || strings.HasPrefix(s, "move ") {
		for k := 5; k < len(s); k++ {
			if s[k] == '(' {
				if m := match(s, k); m == len(s)-1 {
					return k
				} else if m > 0 {
					k = m
				}
			}
		}
		return -1
	}
	return argOpen(s)
}

func (p *P) targets(t *mir.Terminator, tail string) {
	if !strings.HasPrefix(tail, "[") {
		if strings.HasPrefix(tail, "unwind ") {
			p.unwind(t, tail)
		} else {
			t.Target = bb(tail)
		}
		return
	}
	for _, part := range split(strings.Trim(tail, "[]")) {
		k, v, ok := strings.Cut(part, ": ")
		switch {
		case strings.HasPrefix(part, "unwind"):
			p.unwind(t, part)
		case ok && (k == "return" || k == "success" || k == "real"):
			t.Target = bb(v)
		}
	}
}

func (p *P) unwind(t *mir.Terminator, s string) {
	switch {
	case strings.HasPrefix(s, "unwind: "):
		t.Unwind, t.Cleanup = mir.UnwindTo, bb(s[8:])
	case s == "unwind continue":
		t.Unwind = mir.UnwindContinue
	case s == "unwind unreachable":
		t.Unwind = mir.UnwindUnreachable
	default:
		t.Unwind = mir.UnwindAbort
	}
}
