package unsafety

import "strings"

// place is a place of MIR text: its type as far as the text tells, "" for not known.
type place struct {
	typ  string
	end  int  // behind its text
	raw  bool // its last projection is the deref of a raw pointer
	base string
}

// locals are the types of a body's locals.
type locals map[string]string

// readPlace reads the place that starts at i. ok is false where none does.
func (l locals) readPlace(s string, i int) (p place, ok bool) {
	if p, ok = l.readBase(s, i); !ok {
		return place{}, false
	}
	for p.end < len(s) && s[p.end] == '[' {
		end := closing(s, p.end)
		if end < 0 {
			return place{}, false
		}
		typ := element(p.typ)
		if strings.Contains(s[p.end:end], ":") {
			typ = p.typ
		}
		p = place{typ: typ, end: end + 1}
	}
	return p, true
}

// readBase reads a place without what indexes it.
func (l locals) readBase(s string, i int) (p place, ok bool) {
	switch {
	case i < len(s) && s[i] == '_':
		j := i + 1
		for j < len(s) && s[j] >= '0' && s[j] <= '9' {
			j++
		}
		if j == i+1 {
			return place{}, false
		}
		p = place{typ: l[s[i:j]], end: j, base: s[i:j]}
	case strings.HasPrefix(s[min(i, len(s)):], "(*"):
		in, ok := l.readPlace(s, i+2)
		if !ok || in.end >= len(s) || s[in.end] != ')' {
			return place{}, false
		}
		p = place{typ: pointee(in.typ), end: in.end + 1, raw: isRaw(in.typ), base: s[i+2 : in.end]}
	case i < len(s) && s[i] == '(':
		in, ok := l.readPlace(s, i+1)
		if !ok {
			return place{}, false
		}
		if p, ok = projected(s, in); !ok {
			return place{}, false
		}
	default:
		return place{}, false
	}
	return p, true
}

// projected reads what stands behind a place in parentheses: `.0: type)` or ` as Variant)`.
func projected(s string, in place) (place, bool) {
	rest := s[in.end:]
	if strings.HasPrefix(rest, " as ") {
		i := strings.IndexByte(rest, ')')
		if i < 0 {
			return place{}, false
		}
		return place{end: in.end + i + 1}, true // a variant of an enum: what follows is a field, which says its type
	}
	if !strings.HasPrefix(rest, ".") {
		return place{}, false
	}
	colon := strings.Index(rest, ": ")
	if colon < 0 {
		return place{}, false
	}
	start := in.end + colon + 2
	end := typeEnd(s, start)
	if end >= len(s) || s[end] != ')' {
		return place{}, false
	}
	return place{typ: s[start:end], end: end + 1}, true
}

// typeEnd is where the type that starts at i ends: at the bracket that closes what
// stands around it.
func typeEnd(s string, i int) int {
	depth := 0
	for ; i < len(s); i++ {
		switch s[i] {
		case '(', '[', '{', '<':
			depth++
		case '>':
			if s[i-1] == '-' || s[i-1] == '=' {
				continue
			}
			depth--
		case ')', ']', '}':
			if depth == 0 {
				return i
			}
			depth--
		}
	}
	return i
}

// closing is the bracket that closes the one at i, -1 for none.
func closing(s string, i int) int {
	depth := 0
	for ; i < len(s); i++ {
		switch s[i] {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

func isRaw(typ string) bool {
	return strings.HasPrefix(typ, "*const ") || strings.HasPrefix(typ, "*mut ")
}

// pointee is what a pointer's type points to.
func pointee(typ string) string {
	switch {
	case strings.HasPrefix(typ, "*const "):
		return typ[len("*const "):]
	case strings.HasPrefix(typ, "*mut "):
		return typ[len("*mut "):]
	case strings.HasPrefix(typ, "&"):
		typ = typ[1:]
		if strings.HasPrefix(typ, "'") {
			_, typ, _ = strings.Cut(typ, " ")
		}
		return strings.TrimPrefix(typ, "mut ")
	}
	if i := strings.Index(typ, "boxed::Box<"); i >= 0 && i < len("alloc::")+1 {
		inner := typ[i+len("boxed::Box<"):]
		return inner[:argEnd(inner)]
	}
	return ""
}

// argEnd is the end of the first generic argument of a list whose `<` was read.
func argEnd(s string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '(', '[', '{', '<':
			depth++
		case ')', ']', '}':
			depth--
		case '>':
			if i > 0 && s[i-1] == '-' {
				continue
			}
			if depth == 0 {
				return i
			}
			depth--
		case ',':
			if depth == 0 {
				return i
			}
		}
	}
	return len(s)
}

// element is the type of an array's or a slice's elements.
func element(typ string) string {
	if !strings.HasPrefix(typ, "[") {
		return ""
	}
	end := closing(typ, 0)
	if end < 0 {
		return ""
	}
	inner := typ[1:end]
	if i := strings.LastIndex(inner, "; "); i >= 0 {
		inner = inner[:i]
	}
	return inner
}

// withoutGenerics drops the generic arguments of a path.
func withoutGenerics(path string) string {
	if !strings.Contains(path, "<") {
		return path
	}
	var b strings.Builder
	depth := 0
	for i := 0; i < len(path); i++ {
		switch c := path[i]; {
		case c == '<':
			depth++
		case c == '>' && (i == 0 || path[i-1] != '-'):
			depth--
		case depth == 0:
			b.WriteByte(c)
		}
	}
	return strings.ReplaceAll(strings.TrimSuffix(b.String(), "::"), "::::", "::")
}
