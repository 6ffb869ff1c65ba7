package types

import (
	"strings"
)

// reader turns the text of a type into a Type. Text of MIR and text of items
// differ in one thing only: items spell every path in full, so that a single
// name is a parameter, while MIR leaves the own crate's name out.
type reader struct {
	u     *Universe
	c     *Crate // where the text stands
	s     string
	i     int
	full  bool  // the text is of items
	self  *Type // what `Self` stands for, nil: a parameter
	depth int
}

const maxDepth = 200

func (r *reader) space() {
	for r.i < len(r.s) && r.s[r.i] == ' ' {
		r.i++
	}
}

func (r *reader) peek() byte {
	r.space()
	if r.i < len(r.s) {
		return r.s[r.i]
	}
	return 0
}

// eat steps over a word or sign if it stands here.
func (r *reader) eat(w string) bool {
	r.space()
	if strings.HasPrefix(r.s[r.i:], w) {
		r.i += len(w)
		return true
	}
	return false
}

// at reports whether a keyword stands here, a space behind it.
func (r *reader) at(word string) bool {
	r.space()
	return strings.HasPrefix(r.s[r.i:], word) && len(r.s) > r.i+len(word) && r.s[r.i+len(word)] == ' '
}

// other gives up on the rest up to where the type must end.
func (r *reader) other(from int) *Type {
	r.toEnd()
	return r.u.intern(Type{Kind: Other, Name: strings.TrimSpace(r.s[from:r.i])})
}

// toEnd moves to the next comma, semicolon or closing bracket that is not nested.
func (r *reader) toEnd() {
	depth := 0
	for ; r.i < len(r.s); r.i++ {
		switch c := r.s[r.i]; c {
		case '<', '(', '[', '{':
			depth++
		case '>', ')', ']', '}':
			if c == '>' && r.i > 0 && r.s[r.i-1] == '-' {
				continue
			}
			if depth == 0 {
				return
			}
			depth--
		case ',', ';':
			if depth == 0 {
				return
			}
		}
	}
}

// typ reads one type.
func (r *reader) typ() *Type {
	r.depth++
	defer func() { r.depth-- }()
	if r.depth > maxDepth {
		return r.other(r.i)
	}
	from := r.i
	switch r.peek() {
	case 0:
		return r.other(from)
	case '&':
		return r.ref()
	case '*':
		return r.rawPtr()
	case '(':
		return r.tuple()
	case '[':
		return r.slice()
	case '{':
		return r.braced()
	case '!':
		r.i++
		return r.u.intern(Type{Kind: Never})
	case '<':
		return r.qualified()
	}
	switch {
	case r.at("dyn"):
		return r.bounds(false)
	case r.at("impl"):
		return r.bounds(true)
	case r.at("unsafe"), r.at("extern"), strings.HasPrefix(r.s[r.i:], "for<"), strings.HasPrefix(r.s[r.i:], "fn("):
		return r.function()
	}
	return r.path()
}

func (r *reader) lifetime() {
	if r.peek() != '\'' {
		return
	}
	for r.i++; r.i < len(r.s) && isWord(r.s[r.i]); r.i++ {
	}
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

func (r *reader) ref() *Type {
	r.i++
	r.lifetime()
	mut := r.at("mut") && r.eat("mut")
	return r.u.intern(Type{Kind: Ref, Mut: mut, Args: []*Type{r.typ()}})
}

func (r *reader) rawPtr() *Type {
	r.i++
	mut := r.eat("mut ")
	if !mut {
		r.eat("const ")
	}
	return r.u.intern(Type{Kind: RawPtr, Mut: mut, Args: []*Type{r.typ()}})
}

// tuple reads a tuple, or a type in parentheses.
func (r *reader) tuple() *Type {
	r.i++
	var args []*Type
	comma := false
	for r.peek() != ')' && r.i < len(r.s) {
		args = append(args, r.typ())
		if comma = r.eat(","); !comma {
			break
		}
	}
	r.eat(")")
	if len(args) == 1 && !comma {
		if r.at("is") { // a pattern type: (u32) is 1..=MAX
			r.toEnd()
		}
		return args[0]
	}
	return r.u.intern(Type{Kind: Tuple, Args: args})
}

func (r *reader) slice() *Type {
	r.i++
	el := r.typ()
	if r.eat(";") {
		r.space()
		from := r.i
		r.toEnd()
		n := constText(r.s[from:r.i])
		r.eat("]")
		return r.u.intern(Type{Kind: Array, Name: n, Args: []*Type{el}})
	}
	r.eat("]")
	return r.u.intern(Type{Kind: Slice, Args: []*Type{el}})
}

// constText drops a literal's type: 3_usize is 3.
func constText(s string) string {
	s = strings.TrimSpace(s)
	if s != "" && s[0] >= '0' && s[0] <= '9' {
		if i := strings.IndexByte(s, '_'); i > 0 && i+1 < len(s) && (s[i+1] == 'u' || s[i+1] == 'i') {
			return s[:i]
		}
	}
	return s
}

// braced reads {closure@..}, {async fn body of ..} and the like.
func (r *reader) braced() *Type {
	from := r.i
	r.i++
	r.toEnd()
	for r.i < len(r.s) && r.s[r.i] != '}' { // commas inside
		r.i++
		r.toEnd()
	}
	r.eat("}")
	text := r.s[from:r.i]
	if strings.HasPrefix(text, "{closure") {
		return r.u.intern(Type{Kind: Closure, Name: text, In: r.c})
	}
	return r.u.intern(Type{Kind: Coroutine, Name: text})
}

// bounds reads what follows dyn or impl.
func (r *reader) bounds(opaque bool) *Type {
	r.i += strings.IndexByte(r.s[r.i:], ' ') + 1
	from := r.i
	r.toBound()
	text := strings.TrimSpace(r.s[from:r.i])
	if opaque {
		return r.u.intern(Type{Kind: Param, Name: "impl " + text})
	}
	return r.u.intern(Type{Kind: Dyn, Name: eraseLifetimes(text), Trait: r.principal(text)})
}

// toBound is toEnd that stops at ` as ` too.
func (r *reader) toBound() {
	end := *r
	end.toEnd()
	depth := 0
	for ; r.i < end.i; r.i++ {
		switch r.s[r.i] {
		case '<', '(', '[':
			depth++
		case ')', ']':
			depth--
		case '>':
			if r.s[r.i-1] != '-' {
				depth--
			}
		}
		if depth == 0 && strings.HasPrefix(r.s[r.i:], " as ") {
			return
		}
	}
}

// principal is the canonical path of the first trait of a dyn type.
func (r *reader) principal(text string) string {
	if strings.HasPrefix(text, "for<") {
		if i := strings.Index(text, "> "); i > 0 {
			text = text[i+2:]
		}
	}
	end := strings.IndexAny(text, "<( +")
	if end < 0 {
		end = len(text)
	}
	return traitPath(r.c, text[:end], r.full)
}

// eraseLifetimes drops `+ 'a`, `for<'a> ` and `'a ` from a list of bounds.
func eraseLifetimes(s string) string {
	if strings.IndexByte(s, '\'') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\'' {
			b.WriteByte(s[i])
			continue
		}
		for i+1 < len(s) && isWord(s[i+1]) {
			i++
		}
		for i+1 < len(s) && s[i+1] == ' ' && !strings.HasPrefix(s[i+1:], " +") {
			i++
		}
	}
	out := b.String()
	for _, cut := range [...][2]string{{"for<> ", ""}, {"<, ", "<"}, {"<>", ""}, {" + +", " +"}} {
		out = strings.ReplaceAll(out, cut[0], cut[1])
	}
	return strings.TrimSuffix(strings.TrimSpace(out), " +")
}

// function reads a function pointer, or a function item with its path in braces.
func (r *reader) function() *Type {
	from := r.i
	open := strings.Index(r.s[r.i:], "fn(")
	if open < 0 {
		return r.other(from)
	}
	r.i += open + 2
	r.group()
	if r.eat("->") {
		r.space()
		r.typ()
	}
	if r.peek() == '{' {
		r.i++
		r.toEnd()
		r.eat("}")
		return r.u.intern(Type{Kind: FnItem, Name: r.s[from:r.i]})
	}
	return r.u.intern(Type{Kind: FnPtr, Name: eraseLifetimes(strings.TrimSpace(r.s[from:r.i]))})
}

// group steps over a parenthesis and what is in it.
func (r *reader) group() {
	depth := 0
	for ; r.i < len(r.s); r.i++ {
		switch r.s[r.i] {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			if depth--; depth == 0 {
				r.i++
				return
			}
		}
	}
}

// qualified reads <T as Trait>::Assoc, <T>::Assoc, and the names of types
// declared inside the functions of an impl: <impl Trait for T>::f::Guard<..>.
func (r *reader) qualified() *Type {
	from := r.i
	r.i++
	if r.at("impl") && !r.asTrait() {
		return r.inImpl(from)
	}
	start := r.i
	self := r.typ()
	selfText := strings.TrimSpace(r.s[start:r.i])
	r.space()
	rest := r.i
	r.toEnd() // up to the closing >
	trait := strings.TrimPrefix(strings.TrimSpace(r.s[rest:r.i]), "as ")
	r.eat(">")
	tail := r.i
	var args []*Type
	segs, end := 0, r.i
	for ; r.eat("::"); segs++ {
		if r.i < len(r.s) && r.s[r.i] == '{' {
			r.braced()
		}
		for r.i < len(r.s) && isWord(r.s[r.i]) {
			r.i++
		}
		end, args = r.i, nil
		if r.i < len(r.s) && r.s[r.i] == '<' {
			args = r.args()
		}
	}
	if segs > 1 { // a type declared in a method of the impl
		if self.Kind == ADT {
			selfText = withoutArgs(selfText)
		}
		return r.u.adt(r.u.def(r.c, "<"+selfText+" as "+withoutArgs(trait)+">"+r.s[tail:end]), args)
	}
	return r.u.intern(Type{Kind: Projection, Name: trait + ">" + r.s[tail:r.i], Args: []*Type{self}, Trait: traitPath(r.c, trait, r.full), In: r.c})
}

// withoutArgs cuts the generic arguments out of a path; the header of an impl
// in it stays.
func withoutArgs(path string) string {
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		if path[i] != '<' {
			b.WriteByte(path[i])
			continue
		}
		r := reader{s: path, i: i}
		r.angles()
		if strings.HasPrefix(path[i:], "<impl ") {
			b.WriteString(path[i:r.i])
		}
		i = r.i - 1
	}
	return b.String()
}

// asTrait reports whether the brackets entered hold `impl A as B` and not the header of an impl.
func (r *reader) asTrait() bool {
	ahead := *r
	ahead.toBound()
	return strings.HasPrefix(ahead.s[ahead.i:], " as ")
}

// inImpl reads a type that lives in a function of an impl. rustdoc does not
// list it; its path as printed is its name.
func (r *reader) inImpl(from int) *Type {
	r.toEnd()
	r.eat(">")
	for r.eat("::") {
		if r.peek() == '{' {
			r.braced()
			continue
		}
		for r.i < len(r.s) && isWord(r.s[r.i]) {
			r.i++
		}
	}
	name := r.s[from:r.i]
	var args []*Type
	if r.peek() == '<' {
		args = r.args()
	}
	return r.u.adt(r.u.def(r.c, name), args)
}

// angles steps over <..>.
func (r *reader) angles() {
	r.i++
	for r.toEnd(); r.i < len(r.s) && r.s[r.i] != '>'; r.toEnd() {
		r.i++
	}
	r.eat(">")
}

// path reads a::b::C<args>. Arguments of an earlier segment belong to the
// function or impl that holds the type and are dropped.
func (r *reader) path() *Type {
	from := r.i
	var args []*Type
	clean := true // no arguments inside the path so far
	var name []byte
	for {
		start := r.i
		switch {
		case strings.HasPrefix(r.s[r.i:], "{"): // f::{closure#0}::Guard
			r.braced()
		case strings.HasPrefix(r.s[r.i:], "<impl "): // m::<impl Trait for T>::f::Guard
			r.angles()
		}
		for r.i < len(r.s) && isWord(r.s[r.i]) || strings.HasPrefix(r.s[r.i:], "#") {
			r.i++
		}
		if r.i == start {
			return r.other(from)
		}
		if !clean {
			name = append(name, r.s[start:r.i]...)
		}
		end := r.i
		turbofish := strings.HasPrefix(r.s[r.i:], "::<") && !strings.HasPrefix(r.s[r.i:], "::<impl ")
		if turbofish {
			r.i += 2
		}
		if r.i < len(r.s) && r.s[r.i] == '<' {
			if clean {
				name, clean = append(name, r.s[from:end]...), false
			}
			args = r.args()
		} else if r.i < len(r.s) && r.s[r.i] == '(' { // Fn(A) -> B where a trait stands
			return r.other(from)
		}
		if !strings.HasPrefix(r.s[r.i:], "::") {
			break
		}
		r.i += 2
		if !clean {
			name = append(name, "::"...)
		}
	}
	if clean {
		return r.named(r.s[from:r.i], args)
	}
	return r.named(string(name), args)
}

// args reads <'a, T, 3, Item = U>; lifetimes and bindings are dropped.
func (r *reader) args() []*Type {
	r.i++
	var out []*Type
	for r.i < len(r.s) && r.peek() != '>' {
		before := r.i
		switch c := r.peek(); {
		case c == '\'':
			r.lifetime()
		case c == '_' && (r.i+1 == len(r.s) || !isWord(r.s[r.i+1])):
			r.i++
			out = append(out, r.u.intern(Type{Kind: Other, Name: "_"}))
		case c >= '0' && c <= '9' || c == '-' || c == '{' && !strings.HasPrefix(r.s[r.i:], "{closure") && !strings.HasPrefix(r.s[r.i:], "{async") && !strings.HasPrefix(r.s[r.i:], "{coroutine"), r.atConst():
			from := r.i
			r.toEnd()
			out = append(out, r.u.intern(Type{Kind: Const, Name: constText(r.s[from:r.i])}))
		default:
			t := r.typ()
			if r.peek() == '=' || r.peek() == ':' {
				r.toEnd()
				break
			}
			out = append(out, t)
		}
		if !r.eat(",") && r.peek() != '>' || r.i == before {
			r.toEnd()
			if !r.eat(",") {
				break
			}
		}
	}
	r.eat(">")
	return out
}

// atConst reports a literal that starts with a letter or a quote.
func (r *reader) atConst() bool {
	rest := r.s[r.i:]
	for _, w := range [...]string{"true", "false"} {
		if strings.HasPrefix(rest, w) && (len(rest) == len(w) || !isWord(rest[len(w)])) {
			return true
		}
	}
	return rest != "" && rest[0] == '"'
}
