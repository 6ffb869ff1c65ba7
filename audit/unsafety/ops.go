package unsafety

import (
	"regexp"
	"slices"
	"strings"

	"softshell/capture"
)

// op is an operation for which rustc demands an unsafe context.
type op struct {
	kind   Kind
	at     capture.LintSpan
	detail string
	base   string // tells two of a statement apart
	stmt   int    // index of the statement
}

// unions are the unions of a crate and of those below it, "crate:name".
type unions map[string]bool

// has reports whether the type is a union; crate is the one whose body names it.
func (u unions) has(crate, typ string) bool {
	if len(u) == 0 || typ == "" || !plainPath(typ[0]) {
		return false
	}
	path := withoutGenerics(typ)
	name := path[strings.LastIndexByte(path, ':')+1:]
	if u[crate+":"+name] {
		return true
	}
	first, _, _ := strings.Cut(path, "::")
	return u[first+":"+name]
}

func plainPath(c byte) bool { return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// ops are the unsafe operations of the body, each once for each place in the source.
func (b *body) ops(crate string, u unions) []op {
	var out []op
	seen := map[op]bool{}
	stmt := 0
	add := func(o op) {
		if !seen[o] {
			seen[o] = true
			o.stmt = stmt
			out = append(out, o)
		}
	}
	statics := b.statics()
	for i := range b.stmts {
		s := &b.stmts[i]
		stmt = i
		text := withoutStrings(s.text)
		if isStorage(text) {
			continue
		}
		if name := statics[i]; name != "" {
			add(op{kind: StaticMut, at: s.at, detail: name})
		}
		if strings.Contains(text, "asm!(") && strings.HasPrefix(text, "asm!(") {
			add(op{kind: InlineAsm, at: s.at})
			continue
		}
		if o, ok := b.call(s, text); ok {
			add(o)
		}
		b.derefs(s, text, add)
		if len(u) > 0 {
			b.unionReads(s, text, crate, u, add)
		}
	}
	return out
}

func isStorage(text string) bool {
	for _, p := range []string{"StorageLive(", "StorageDead(", "AscribeUserType(", "FakeRead(", "return;", "goto ", "resume;", "unreachable;", "falseEdge ", "falseUnwind "} {
		if strings.HasPrefix(text, p) {
			return true
		}
	}
	return false
}

var stringLiteral = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

// withoutStrings empties the literals.
func withoutStrings(text string) string {
	if !strings.Contains(text, `"`) || strings.HasPrefix(text, "asm!(") {
		return text
	}
	return stringLiteral.ReplaceAllString(text, `""`)
}

var staticConst = regexp.MustCompile(`^(_\d+) = const \{(alloc\d+): \*(?:mut|const) `)

// statics finds the statements that name a mutable or a foreign static and use it for
// more than its address.
func (b *body) statics() map[int]string {
	var out map[int]string
	for i := range b.stmts {
		m := staticConst.FindStringSubmatch(b.stmts[i].text)
		if m == nil {
			continue
		}
		local := m[1]
		delete(b.locals, local) // its deref is the use of the static, not of a pointer
		if !b.usesStatic(local) {
			continue
		}
		if out == nil {
			out = map[int]string{}
		}
		name := b.allocs[m[2]]
		_, name, _ = strings.Cut(name, "static: ")
		if name == "" {
			name = "static"
		}
		out[i] = name
	}
	return out
}

// usesStatic reports whether the local is used for more than `&raw STATIC`.
func (b *body) usesStatic(local string) bool {
	whole := "(*" + local + ")"
	for i := range b.stmts {
		text := b.stmts[i].text
		if !strings.Contains(text, whole) {
			continue
		}
		_, value, _ := strings.Cut(text, " = ")
		if value != "&raw const "+whole+";" && value != "&raw mut "+whole+";" {
			return true
		}
	}
	return false
}

// call tells of the call of an unsafe function.
func (b *body) call(s *stmt, text string) (op, bool) {
	_, value, ok := strings.Cut(text, " = ")
	if !ok {
		value = text
	}
	value = strings.TrimPrefix(value, "tailcall ")
	if rest, ok := cutOperand(value); ok {
		p, ok := b.locals.readPlace(rest, 0)
		if ok && p.end < len(rest) && rest[p.end] == '(' && unsafeType(p.typ) {
			return op{kind: UnsafeCall, at: s.at, detail: p.typ}, true
		}
		return op{}, false
	}
	for _, c := range s.consts {
		if !strings.HasPrefix(s.text, c.value+"(") && !strings.Contains(s.text, " = "+c.value+"(") {
			continue
		}
		detail := withoutGenerics(c.value)
		if strings.HasPrefix(c.value, "<") {
			detail = c.value
		}
		switch {
		case strings.HasPrefix(c.typ, "#[target_features] "):
			return op{kind: UnsafeCall, at: s.at, detail: detail}, true
		case !unsafeType(c.typ):
		case foreign(c.typ):
			return op{kind: FFICall, at: s.at, detail: detail}, true
		case transmutes(detail):
			return op{kind: Transmute, at: s.at, detail: transmuted(c.typ)}, true
		default:
			return op{kind: UnsafeCall, at: s.at, detail: detail}, true
		}
	}
	return op{}, false
}

func cutOperand(s string) (string, bool) {
	if rest, ok := strings.CutPrefix(s, "move "); ok {
		return rest, true
	}
	return strings.CutPrefix(s, "copy ")
}

// unsafeType reports whether a function's type says that it is unsafe.
func unsafeType(typ string) bool {
	if rest, ok := strings.CutPrefix(typ, "for<"); ok {
		i := strings.Index(rest, "> ")
		if i < 0 {
			return false
		}
		typ = rest[i+2:]
	}
	return strings.HasPrefix(strings.TrimPrefix(typ, "#[target_features] "), "unsafe ")
}

// foreign reports whether the function's ABI is not Rust's.
func foreign(typ string) bool {
	i := strings.Index(typ, `extern "`)
	j := strings.Index(typ, "fn(")
	return i >= 0 && i < j && !strings.HasPrefix(typ[i:], `extern "rust`) && !strings.HasPrefix(typ[i:], `extern "Rust`)
}

// transmuting are functions that take the bytes of a value for a value of another type.
var transmuting = []string{
	"intrinsics::transmute", "mem::transmute", "mem::transmute_copy", "mem::zeroed", "MaybeUninit::assume_init",
	"slice::align_to", "slice::align_to_mut",
}

func transmutes(path string) bool {
	return slices.ContainsFunc(transmuting, func(t string) bool { return strings.HasSuffix(path, "::"+t) || path == t }) ||
		strings.Contains(path, "intrinsics::transmute")
}

// transmuted says of a transmute's type `unsafe fn(A) -> B {..}` what becomes what.
func transmuted(typ string) string {
	name := ""
	if i := strings.LastIndex(typ, " {"); i >= 0 {
		name = withoutGenerics(strings.TrimSuffix(typ[i+2:], "}"))
		typ = typ[:i]
	}
	i := strings.Index(typ, "fn(")
	if i < 0 || !strings.Contains(name, "transmute") {
		return name
	}
	end := closing(typ, i+2)
	if end < 0 {
		return name
	}
	from := typ[i+3 : end]
	_, to, _ := strings.Cut(typ[end:], " -> ")
	return from + " to " + to
}

// derefs finds the raw pointers that a statement goes through.
func (b *body) derefs(s *stmt, text string, add func(op)) {
	for i := 0; ; {
		j := strings.Index(text[i:], "(*")
		if j < 0 {
			return
		}
		i += j
		rest := text[i+2:]
		if strings.HasPrefix(rest, "const ") || strings.HasPrefix(rest, "mut ") {
			i += 2
			continue
		}
		if p, ok := b.locals.readBase(text, i); ok && p.raw && !addressOnly(text, i, p.end) {
			if in, ok := b.locals.readPlace(text, i+2); ok {
				add(op{kind: RawDeref, at: s.at, detail: pointee(in.typ), base: p.base})
			}
		}
		i += 2
	}
}

// addressOnly reports whether the place from i to end is all that `&raw` takes the
// address of: that reads nothing and is safe.
func addressOnly(text string, i, end int) bool {
	head := text[:i]
	return (strings.HasSuffix(head, "&raw const ") || strings.HasSuffix(head, "&raw mut ")) && (end == len(text) || text[end] == ';')
}

// unionReads finds the fields of unions that a statement reads or borrows.
func (b *body) unionReads(s *stmt, text, crate string, u unions, add func(op)) {
	for i := 0; i < len(text); i++ {
		if text[i] != '(' {
			continue
		}
		in, ok := b.locals.readPlace(text, i+1)
		if !ok || in.end >= len(text) || text[in.end] != '.' || !u.has(crate, in.typ) {
			continue
		}
		whole, ok := b.locals.readPlace(text, i)
		if !ok || i == 0 && strings.HasPrefix(text[whole.end:], " = ") {
			continue // written
		}
		add(op{kind: UnionField, at: s.at, detail: in.typ, base: text[i:whole.end]})
	}
}
