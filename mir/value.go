package mir

import (
	"strconv"
	"strings"
)

// place reads a place at s[i:] and returns the index behind it. The text nests
// to the left, `((*_1).0: T)`, so the opening parts are counted first and
// closed one by one behind the local.
func (n *names) place(s string, i int) (p Place, end int, ok bool) {
	open := 0
	for i < len(s) && s[i] == '(' || strings.HasPrefix(s[i:], "unwrap_binder!(") {
		if s[i] == 'u' {
			i += len("unwrap_binder!")
		}
		i++
		if i < len(s) && s[i] == '*' {
			i++
		}
		open++
	}
	if i >= len(s) || s[i] != '_' {
		return p, i, false
	}
	p.Local, i, ok = number(s, i+1)
	if !ok {
		return p, i, false
	}
	var room [8]Proj
	list := room[:0]
	// start[k] is not kept: whether an opening was `(*` is seen from what closes it.
	for {
		var q Proj
		switch {
		case i < len(s) && s[i] == '[':
			if q, i, ok = index(s, i+1); !ok {
				return p, i, false
			}
		case open == 0:
			p.Proj = n.keepProjs(list)
			return p, i, true
		default:
			if q, i, ok = n.project(s, i); !ok {
				return p, i, false
			}
			open--
		}
		list = append(list, q)
	}
}

// project reads what closes one opening: `)`, `.N: T)` or ` as X)`.
func (n *names) project(s string, i int) (q Proj, end int, ok bool) {
	if i >= len(s) {
		return q, i, false
	}
	switch {
	case s[i] == ')':
		q.Kind = Deref
		return q, i + 1, true
	case s[i] == '.':
		q.Kind = Field
		if q.N, i, ok = number(s, i+1); !ok || !strings.HasPrefix(s[i:], ": ") {
			return q, i, false
		}
		end = find(s, i+2, ")")
		if end < 0 {
			return q, i, false
		}
		q.Type = n.typ(s[i+2 : end])
		return q, end + 1, q.Type.Kind != TypeUnsupported
	case strings.HasPrefix(s[i:], " as "):
		end = find(s, i+4, ")")
		if end < 0 {
			return q, i, false
		}
		in := s[i+4 : end]
		switch rest, isSubtype := strings.CutPrefix(in, "subtype "); {
		case isSubtype:
			q.Kind, q.Type = Subtype, n.typ(rest)
		case isName(in):
			q.Kind, q.Name = Downcast, n.word(in)
		default:
			q.Kind, q.Type = OpaqueCast, n.typ(in)
		}
		return q, end + 1, q.Type == nil || q.Type.Kind != TypeUnsupported
	}
	return q, i, false
}

// isName reports whether s is one identifier, or `variant#3`.
func isName(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c != '_' && c != '#' && c < 0x80 && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return s != ""
}

// index reads what stands in `[...]` behind a place.
func index(s string, i int) (q Proj, end int, ok bool) {
	close := strings.IndexByte(s[i:], ']')
	if close < 0 {
		return q, i, false
	}
	in := s[i : i+close]
	end = i + close + 1
	if strings.HasPrefix(in, "_") {
		q.Kind = Index
		q.N, ok = whole(in[1:])
		return q, end, ok
	}
	if a, b, isConst := strings.Cut(in, " of "); isConst {
		q.Kind = ConstIndex
		if rest, neg := strings.CutPrefix(a, "-"); neg {
			q.FromEnd, a = true, rest
		}
		var ok2 bool
		q.N, ok = whole(a)
		q.M, ok2 = whole(b)
		return q, end, ok && ok2
	}
	q.Kind = Subslice
	if a, b, isRange := strings.Cut(in, ".."); isRange {
		var ok2 bool
		q.N, ok = whole(a)
		q.M, ok2 = whole(b)
		return q, end, ok && ok2
	}
	a, b, isRange := strings.Cut(in, ":")
	if !isRange {
		return q, end, false
	}
	q.FromEnd, ok = true, true
	if a != "" {
		q.N, ok = whole(a)
	}
	if b != "" {
		var ok2 bool
		b, ok2 = strings.CutPrefix(b, "-")
		if !ok2 {
			return q, end, false
		}
		q.M, ok2 = whole(b)
		ok = ok && ok2
	}
	return q, end, ok
}

// onePlace reads s as a place and nothing else.
func (n *names) onePlace(s string) (Place, bool) {
	p, end, ok := n.place(s, 0)
	return p, ok && end == len(s)
}

// operand reads an operand at s[i:] and returns the index behind it.
func (n *names) operand(s string, i int) (o Operand, end int, ok bool) {
	rest := s[i:]
	switch {
	case strings.HasPrefix(rest, "copy "):
		o.Kind = Copy
		o.Place, end, ok = n.place(s, i+5)
		return o, end, ok
	case strings.HasPrefix(rest, "move "):
		o.Kind = Move
		o.Place, end, ok = n.place(s, i+5)
		return o, end, ok
	}
	o.Kind = Constant
	from := i
	if strings.HasPrefix(rest, "const ") {
		from += 6
	}
	end = valueEnd(s, from)
	text := s[from:end]
	if text == "" {
		return o, end, false
	}
	if from == i {
		if strings.HasSuffix(text, "Checks") && isName(text) {
			o.Kind = RuntimeChecks
		}
		if c := text[0]; c != '<' && c != '{' && c != '_' && c < 0x80 && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return o, end, false
		}
	}
	o.Const = n.constant(text, from == i)
	return o, end, true
}

// valueEnd returns the index at which a constant that starts at s[i] ends: a
// comma, a semicolon, a closing bracket or a cast outside brackets.
func valueEnd(s string, i int) int {
	depth := 0
	for k := i; k < len(s); k++ {
		switch s[k] {
		case '"', '\'':
			k = skipQuoted(s, k) - 1
		case '(', '[', '{', '<':
			depth++
		case '>':
			if isArrow(s, k) {
				continue
			}
			fallthrough
		case ')', ']', '}':
			depth--
			if depth < 0 {
				return i + len(strings.TrimRight(s[i:k], " "))
			}
		case ',', ';':
			if depth == 0 {
				return k
			}
		case ' ':
			if depth == 0 && strings.HasPrefix(s[k:], " as ") {
				return k
			}
		}
	}
	return len(s)
}

// constant returns the constant that s spells; bare says that no `const` stood
// before it, which is how rustc prints function items.
func (n *names) constant(s string, bare bool) *Const {
	known := n.consts
	if bare {
		known = n.fns
	}
	if c, ok := known[s]; ok {
		return c
	}
	c := &Const{Text: strings.Clone(s), Bare: bare}
	known[c.Text] = c
	n.readConst(c)
	return c
}

func (n *names) readConst(c *Const) {
	s := c.Text
	switch ch := s[0]; {
	case c.Bare:
		c.Kind, c.Path = ConstFn, n.pathIn(s)
	case s == "true", s == "false":
		c.Kind = ConstBool
		if s == "true" {
			c.Int = 1
		}
	case s == "()":
		c.Kind = ConstUnit
	case ch == '"', strings.HasPrefix(s, "b\""), strings.HasPrefix(s, "c\""):
		c.Kind = ConstStr
	case ch == '\'':
		c.Kind = ConstChar
	case ch >= '0' && ch <= '9', ch == '-', ch == '+':
		n.readNumber(c)
	case ch == '{':
		c.Kind = ConstAlloc
		if in, ok := between(s, "{", "}"); ok {
			if i := find(in, 0, ": "); i >= 0 {
				c.Type = n.typeIn(in[i+2:])
			}
		}
	case ch == '<' || ch == '_' || ch >= 'A' && ch <= 'Z' || ch >= 'a' && ch <= 'z':
		if find(s, 0, " ") < 0 && find(s, 0, "(") < 0 {
			c.Kind, c.Path = ConstPath, n.pathIn(s)
		}
	}
}

func (n *names) readNumber(c *Const) {
	digits, typ, ok := strings.Cut(c.Text, "_")
	if !ok {
		c.Kind = ConstFloat
		return
	}
	v, err := strconv.ParseInt(digits, 10, 64)
	c.Kind, c.Int, c.Big = ConstInt, v, err != nil
	c.Type = n.typeIn(typ)
}

// operandList reads operands between commas; s is the whole list.
func (n *names) operandList(s string) (out []Operand, ok bool) {
	var room [8]Operand
	list := room[:0]
	i := 0
	for i < len(s) {
		o, end, ok := n.operand(s, i)
		if !ok {
			return nil, false
		}
		list = append(list, o)
		i = end
		if i == len(s) {
			break
		}
		if s[i] != ',' {
			return nil, false
		}
		i++
		if i < len(s) && s[i] == ' ' {
			i++
		}
	}
	return n.keepOperands(list), true
}

// fieldList reads `a: move _1, b: const 2_u8`.
func (n *names) fieldList(s string) (fields []string, out []Operand, ok bool) {
	var room [8]Operand
	list := room[:0]
	i := 0
	for i < len(s) {
		k := strings.Index(s[i:], ": ")
		if k < 0 || !isName(s[i:i+k]) && !strings.HasPrefix(s[i:], "r#") {
			return nil, nil, false
		}
		fields = append(fields, n.word(s[i:i+k]))
		o, end, ok := n.operand(s, i+k+2)
		if !ok {
			return nil, nil, false
		}
		list = append(list, o)
		i = end
		if i == len(s) {
			break
		}
		if !strings.HasPrefix(s[i:], ", ") {
			return nil, nil, false
		}
		i += 2
	}
	return fields, n.keepOperands(list), true
}
