package mir

import "strings"

// maxDepth bounds types within types: rustc's own recursion limit is 128.
const maxDepth = 200

var primitives = map[string]bool{
	"u8": true, "u16": true, "u32": true, "u64": true, "u128": true, "usize": true,
	"i8": true, "i16": true, "i32": true, "i64": true, "i128": true, "isize": true,
	"f16": true, "f32": true, "f64": true, "f128": true, "bool": true, "char": true, "str": true,
}

// Types interns types and paths that are read apart from a File, for instance
// those of item signatures. It is used by one goroutine at a time.
type Types struct{ n *names }

// NewTypes returns an empty set.
func NewTypes() *Types { return &Types{newNames(0)} }

// Type reads the text of a type; what is not understood has Kind TypeUnsupported.
func (t *Types) Type(text string) *Type { return t.n.typ(text) }

// Path reads the text of a path.
func (t *Types) Path(text string) *Path { return t.n.path(text) }

// typ returns the type that s spells. It never fails: what is not understood
// is a TypeUnsupported that keeps its text.
func (n *names) typ(s string) *Type {
	if t, ok := n.types[s]; ok {
		return t
	}
	return n.typeIn(strings.Clone(s))
}

// typeIn is typ for a part of a text that is interned itself: it is not copied.
func (n *names) typeIn(s string) *Type {
	s = strings.TrimSpace(s)
	if t, ok := n.types[s]; ok {
		return t
	}
	t := &Type{Text: s, ID: int32(len(n.types))}
	n.types[t.Text] = t
	n.depth++
	if n.depth > maxDepth || !n.readType(t, t.Text) {
		*t = Type{Text: t.Text, ID: t.ID}
	}
	n.depth--
	return t
}

func (n *names) readType(t *Type, s string) bool {
	if s == "" {
		return false
	}
	if primitives[s] {
		t.Kind, t.Name = TypePrim, s
		return true
	}
	switch s[0] {
	case '!':
		t.Kind = TypeNever
		return s == "!"
	case '_':
		if s == "_" {
			t.Kind = TypeInfer
			return true
		}
	case '&':
		return n.reference(t, s[1:])
	case '*':
		rest, ok := strings.CutPrefix(s, "*const ")
		if !ok {
			rest, ok = strings.CutPrefix(s, "*mut ")
			t.Mut = true
		}
		t.Kind = TypeRawPtr
		return ok && n.inner(t, rest)
	case '(':
		end := closing(s, 0)
		if rest, ok := strings.CutPrefix(s[end+1:], " is "); ok && end > 0 {
			t.Kind, t.Name = TypePattern, rest
			return n.inner(t, s[1:end])
		}
		if end != len(s)-1 {
			return false
		}
		t.Kind = TypeTuple
		return n.list2(&t.Args, s[1:end])
	case '[':
		if closing(s, 0) != len(s)-1 {
			return false
		}
		in := s[1 : len(s)-1]
		if i := find(in, 0, "; "); i >= 0 {
			t.Kind, t.Name = TypeArray, in[i+2:]
			return n.inner(t, in[:i])
		}
		t.Kind = TypeSlice
		return n.inner(t, in)
	case '{':
		if closing(s, 0) != len(s)-1 {
			return false
		}
		t.Kind, t.Name = TypeCoroutine, s
		if strings.HasPrefix(s, "{closure@") {
			t.Kind = TypeClosure
		}
		return true
	case '<':
		t.Kind, t.Path = TypeProjection, n.pathIn(s)
		if t.Path.Trait == nil && t.Path.Self == nil { // `<impl at ..>::Name`
			t.Kind = TypePath
		}
		return len(t.Path.Segs) > 0
	}
	switch {
	case strings.HasPrefix(s, "dyn "):
		t.Kind, t.Name = TypeDyn, s[4:]
		first := t.Name
		if i := find(first, 0, " + "); i >= 0 {
			first = first[:i]
		}
		if rest, ok := strings.CutPrefix(first, "for<"); ok {
			if i := closing("<"+rest, 0); i > 0 {
				first = strings.TrimSpace(rest[i:])
			}
		}
		t.Path = n.pathIn(first)
		return true
	case strings.HasPrefix(s, "impl "):
		t.Kind, t.Name = TypeOpaque, s[5:]
		return true
	case strings.HasPrefix(s, "fn("), strings.HasPrefix(s, "for<"), strings.HasPrefix(s, "unsafe "), strings.HasPrefix(s, "extern "):
		return n.function(t, s)
	}
	t.Path = n.pathIn(s)
	t.Kind = TypePath
	if s == "Self" {
		t.Kind, t.Name = TypeParam, s
	}
	return len(t.Path.Segs) > 0
}

func (n *names) inner(t *Type, s string) bool {
	a := n.typeIn(s)
	t.Args = append(t.Args, a)
	return a.Kind != TypeUnsupported
}

func (n *names) list2(to *[]*Type, s string) bool {
	return each(s, func(part string) bool {
		if part == "..." { // the rest of a C function's arguments
			return true
		}
		t := n.typeIn(part)
		*to = append(*to, t)
		return t.Kind != TypeUnsupported
	})
}

func (n *names) reference(t *Type, s string) bool {
	t.Kind = TypeRef
	if strings.HasPrefix(s, "'") {
		i := strings.IndexByte(s, ' ')
		if strings.HasPrefix(s, "'{") { // '{erased} and the like
			i = closing(s, 1) + 1
		}
		if i <= 0 || i >= len(s) {
			return false
		}
		t.Name, s = s[:i], strings.TrimPrefix(s[i:], " ")
	}
	if rest, ok := strings.CutPrefix(s, "mut "); ok {
		t.Mut, s = true, rest
	}
	return n.inner(t, s)
}

// function reads `for<'a> unsafe extern "C" fn(A, B) -> R` and, for a function
// item, the path in braces behind it.
func (n *names) function(t *Type, s string) bool {
	t.Kind = TypeFnPtr
	i := find(s, 0, "fn(")
	if i < 0 {
		return false
	}
	t.Name = strings.TrimSpace(s[:i])
	open := i + 2
	end := closing(s, open)
	if end < 0 || !n.list2(&t.Args, s[open+1:end]) {
		return false
	}
	rest := s[end+1:]
	if in := strings.TrimSuffix(rest, "}"); in != rest {
		k := find(rest, 0, " {")
		if k < 0 || closing(rest, k+1) != len(rest)-1 {
			return n.result(t, rest)
		}
		if !strings.HasPrefix(rest[k+2:], "closure@") && !strings.HasPrefix(rest[k+2:], "coroutine@") &&
			!strings.HasPrefix(rest[k+2:], "async ") {
			t.Kind, t.Path = TypeFnItem, n.pathIn(rest[k+2:len(rest)-1])
			rest = rest[:k]
		}
	}
	return n.result(t, rest)
}

func (n *names) result(t *Type, s string) bool {
	if s == "" {
		return true
	}
	r, ok := strings.CutPrefix(s, " -> ")
	if !ok {
		return false
	}
	t.Ret = n.typeIn(r)
	return t.Ret.Kind != TypeUnsupported
}
