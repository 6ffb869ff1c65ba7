package ir

import (
	"strconv"
	"strings"

	"softshell/mir"
)

// Impl is what is known of an impl block from its bodies and its header in the source.
type Impl struct {
	At        string    // "file:line:col" of the header
	Self      *mir.Type // self type as a receiver shows it; nil when no body tells
	SelfPlain string    // its path without generics, as calls spell it
	SelfText  string    // for people
	Trait     string    // trait path as written; "" for an inherent impl or when unknown
	Derived   bool      // by #[derive(..)]
}

// findImpls groups the functions by impl block. A receiver named self tells
// the self type; the header in the source tells the trait, and the self type
// of blocks without a method.
func (c *Crate) findImpls() map[string]*Impl {
	impls := map[string]*Impl{}
	members := map[*Impl][]*Func{}
	for _, f := range c.Funcs {
		key, rest := cutImpl(f.Head.Name)
		if key == "" {
			continue
		}
		im := impls[key]
		if im == nil {
			im = &Impl{At: key}
			impls[key] = im
		}
		members[im] = append(members[im], f)
		if im.Self == nil && !strings.Contains(rest, "::") {
			im.Self = receiver(f.Head)
		}
	}
	for _, im := range impls {
		c.readHeader(im)
		if im.Self == nil {
			im.Self = made(im, members[im])
		}
		if im.Self != nil {
			im.SelfPlain, im.SelfText = TypePlain(im.Self), shortPath(im.Self.Text)
			if strings.Count(members[im][0].Head.Name, "<impl at ") > 1 { // the method belongs to its name
				im.SelfText = im.Self.Text
			}
		} else {
			im.SelfPlain = whole(im.SelfPlain, members[im])
		}
	}
	return impls
}

// made is the Self type of the traits whose one function returns it.
func made(im *Impl, members []*Func) *mir.Type {
	trait := lastPart(im.Trait)
	for _, f := range members {
		if _, rest := cutImpl(f.Head.Name); trait == "Default" && rest == "default" || trait == "From" && rest == "from" {
			return f.Head.Ret
		}
	}
	return nil
}

// whole makes the path of a self type that a header writes the one that calls
// spell, from the crate's root: that of a type in the functions' signatures
// with the same name, else one in the module where the block stands.
func whole(self string, members []*Func) string {
	if !isIdentPath(self) {
		return self
	}
	name, _, _ := strings.Cut(members[0].Head.Name, "<impl at ")
	var module []string
	for _, m := range strings.Split(name, "::") {
		if m != "" && m != "_" { // `const _: () = {..}` is no module
			module = append(module, m)
		}
	}
	rest := strings.Split(self, "::")
	switch first := rest[0]; {
	case first == "crate":
		return strings.Join(rest[1:], "::")
	case first == "self":
		rest = rest[1:]
	case first == "super":
		for len(rest) > 0 && rest[0] == "super" && len(module) > 0 {
			rest, module = rest[1:], module[:len(module)-1]
		}
	case len(rest) > 1 || isPrimitive(first):
		return self // an import or a crate, most often
	}
	here := strings.Join(append(module, rest...), "::")
	found := map[string]bool{}
	for _, f := range members {
		for _, l := range f.Head.Locals {
			namesakes(l.Type, rest[len(rest)-1], found)
		}
	}
	if len(found) == 1 && !found[here] {
		for path := range found {
			return path
		}
	}
	return here
}

// namesakes collects the paths in a type that end in name.
func namesakes(t *mir.Type, name string, found map[string]bool) {
	if t == nil {
		return
	}
	for _, a := range t.Args {
		namesakes(a, name, found)
	}
	if t.Path == nil || t.Kind != mir.TypePath && t.Kind != mir.TypeParam {
		return
	}
	if LastSeg(t.Path) == name {
		found[t.Path.Plain] = true
	}
	for _, s := range t.Path.Segs {
		for _, a := range s.Args {
			namesakes(a.Type, name, found)
		}
	}
}

// isPrimitive reports whether a name is a type of the language; a generic
// parameter of the block, such as T, stands in signatures as it is written.
func isPrimitive(name string) bool {
	switch name {
	case "bool", "char", "str", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "f16", "f32", "f64", "f128":
		return true
	}
	return false
}

// receiver is the Self type when the first parameter is `self` in one of its usual forms.
func receiver(b *mir.Body) *mir.Type {
	if len(b.Params) == 0 {
		return nil
	}
	for i := range b.Debug {
		d := &b.Debug[i]
		if d.Name != "self" || d.Place == nil || d.Place.Local != b.Params[0] || len(d.Place.Proj) > 0 {
			continue
		}
		t := b.Locals[b.Params[0]].Type
		if t != nil && t.Kind == mir.TypeRef && len(t.Args) > 0 {
			return t.Args[0]
		}
		if t != nil && t.Kind == mir.TypePath && LastSeg(t.Path) == "Pin" {
			if in := Pointee(TypeArg(t, 0)); in != nil {
				return in
			}
		}
		return t
	}
	return nil
}

// readHeader fills Trait, and Self where no receiver told it, from the source.
func (c *Crate) readHeader(im *Impl) {
	sp, ok := parseImplAt(im.At)
	if !ok {
		return
	}
	head := c.Src.Slice(sp.File, int(sp.Line), int(sp.Col), int(sp.EndLine), int(sp.EndCol))
	if head == "" {
		return
	}
	if !strings.HasPrefix(head, "impl") && !strings.HasPrefix(head, "unsafe impl") && !strings.HasPrefix(head, "const impl") {
		if isIdentPath(head) {
			im.Trait, im.Derived = head, true // the span is the trait's name in the attribute
		}
		return
	}
	trait, self := splitHeader(head)
	im.Trait = trait
	if im.Self == nil {
		im.SelfPlain, im.SelfText = stripGenerics(self), self
	}
}

// splitHeader takes `impl<T> Trait<X> for Type<T> where ..` apart.
func splitHeader(h string) (trait, self string) {
	h = strings.Join(strings.Fields(h), " ")
	h = strings.TrimPrefix(strings.TrimSpace(strings.TrimPrefix(h, "unsafe")), "const ")
	h = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(h), "impl"))
	if strings.HasPrefix(h, "<") {
		h = h[CloseAngle(h):]
	}
	h = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(h), "const "))
	if i := TopLevel(h, " where"); i >= 0 {
		h = h[:i]
	}
	h = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(h), "{"))
	if i := TopLevel(h, " for "); i >= 0 {
		return strings.TrimPrefix(strings.TrimSpace(h[:i]), "!"), strings.TrimSpace(h[i+5:])
	}
	return "", h
}

// CloseAngle is the index behind the `>` that closes the `<` at the start.
func CloseAngle(s string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '<':
			depth++
		case s[i] == '>' && (i == 0 || s[i-1] != '-'):
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(s)
}

// TopLevel finds sub, which begins with no bracket, outside of any brackets; -1 when it is not there.
func TopLevel(s, sub string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '<', '(', '[', '{':
			depth++
		case '>', ')', ']', '}':
			if s[i] != '>' || i == 0 || s[i-1] != '-' {
				depth--
			}
		}
		if depth == 0 && strings.HasPrefix(s[i:], sub) {
			return i
		}
	}
	return -1
}

// SplitTop splits at sep outside of any brackets.
func SplitTop(s, sep string) []string {
	var out []string
	for {
		i := TopLevel(s, sep)
		if i < 0 {
			return append(out, s)
		}
		out = append(out, s[:i])
		s = s[i+len(sep):]
	}
}

func isIdentPath(s string) bool {
	for _, r := range s {
		if r != '_' && r != ':' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			return false
		}
	}
	return s != ""
}

// parseImplAt reads "file:7:1: 7:26".
func parseImplAt(s string) (mir.ImplSpan, bool) {
	var sp mir.ImplSpan
	head, tail, ok := cutLast(s, ": ")
	if !ok {
		return sp, false
	}
	endLine, endCol, ok1 := strings.Cut(tail, ":")
	head, col, ok2 := cutLast(head, ":")
	file, line, ok3 := cutLast(head, ":")
	if !ok1 || !ok2 || !ok3 {
		return sp, false
	}
	sp.File = file
	return sp, number(line, &sp.Line) && number(col, &sp.Col) && number(endLine, &sp.EndLine) && number(endCol, &sp.EndCol)
}

func number(s string, to *int32) bool {
	n, err := strconv.ParseInt(s, 10, 32)
	*to = int32(n)
	return err == nil
}

func cutLast(s, sep string) (string, string, bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
