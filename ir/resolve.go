package ir

import (
	"strings"

	"softshell/mir"
)

// nameFuncs gives each function its impl, its readable name and its call key.
func (c *Crate) nameFuncs() {
	impls := c.findImpls()
	c.index = map[string]*Func{}
	for _, f := range c.Funcs {
		at, rest := cutImpl(f.Head.Name)
		f.Last = lastPart(rest)
		f.Impl = impls[at]
		f.Name = f.readable(rest)
		if f.Head.Kind != mir.FnBody {
			continue
		}
		key := f.key(rest)
		if _, dup := c.index[key]; dup {
			c.index[key] = nil
			continue
		}
		c.index[key] = f
	}
}

// key is what a call of f must spell: "m::f", "m::Type::f", "<m::Type as Trait>::f".
// rest is what of its printed name follows the impl block.
func (f *Func) key(rest string) string {
	if f.Impl == nil {
		return stripGenerics(f.Head.Name)
	}
	if f.Impl.Trait != "" {
		return "<" + f.Impl.SelfPlain + " as " + lastPart(f.Impl.Trait) + ">::" + rest
	}
	return f.Impl.SelfPlain + "::" + rest
}

// readable is the name for people.
func (f *Func) readable(rest string) string {
	if f.Impl == nil {
		return f.Head.Name
	}
	if f.Impl.Trait != "" {
		return "<" + f.Impl.SelfText + " as " + shortPath(f.Impl.Trait) + ">::" + rest
	}
	if f.Impl.SelfText == "" {
		return rest
	}
	return f.Impl.SelfText + "::" + rest
}

// Resolve finds the body that a call path in crate c runs, or nil.
func (p *Program) Resolve(c *Crate, path *mir.Path) *Func {
	if path == nil || len(path.Segs) == 0 {
		return nil
	}
	key := callKey(path)
	if f := c.index[key]; f != nil {
		if !f.Impl.fits(path) {
			return nil
		}
		return f
	}
	head, rest, ok := strings.Cut(trimSelf(key), "::")
	if !ok {
		return nil
	}
	other := c.deps[head]
	if other == nil {
		return nil
	}
	if path.Trait != nil {
		return other.index["<"+rest]
	}
	return other.index[rest]
}

// fits reports whether a block with a call's self type and trait is the one
// that the call means. It may not be where both are std's, as in
// `impl From<Node> for Vec<u8>`: std has further blocks, which differ in the
// arguments of the trait.
func (im *Impl) fits(path *mir.Path) bool {
	if im == nil || path.Trait == nil || !fromStd(path.Trait) || path.Self.Kind == mir.TypePath && !fromStd(path.Self.Path) {
		return true
	}
	have := mir.NewTypes().Path(im.Trait)
	for i := 0; ; i++ {
		a, b := pathArg(have, i), pathArg(path.Trait, i)
		if a == nil || b == nil {
			return a == b
		}
		if argHead(a) != argHead(b) {
			return false
		}
	}
}

func fromStd(p *mir.Path) bool {
	head, _, _ := strings.Cut(p.Plain, "::")
	return head == "std" || head == "core" || head == "alloc"
}

// argHead tells a generic argument from others as far as its outermost name.
func argHead(t *mir.Type) string {
	switch {
	case t.Kind == mir.TypeRef && len(t.Args) > 0:
		return "&" + argHead(t.Args[0])
	case t.Path != nil:
		return LastSeg(t.Path)
	}
	return t.Text
}

func trimSelf(key string) string { return strings.TrimPrefix(key, "<") }

// callKey spells a call path as Func.key does.
func callKey(path *mir.Path) string {
	if path.Self == nil {
		return foreignImplKey(path)
	}
	last := make([]string, len(path.Segs))
	for i, s := range path.Segs {
		last[i] = s.Name
	}
	rest := strings.Join(last, "::")
	if path.Trait == nil {
		return TypePlain(path.Self) + "::" + rest
	}
	return "<" + TypePlain(path.Self) + " as " + LastSeg(path.Trait) + ">::" + rest
}

// foreignImplKey spells a call of a function in an inherent impl block that
// stands in another module than its type: `m::<impl n::Type<T>>::f` is n::Type::f.
func foreignImplKey(path *mir.Path) string {
	for i, s := range path.Segs {
		self, ok := strings.CutPrefix(s.Name, "<impl ")
		if !ok || strings.HasPrefix(self, "at ") {
			continue
		}
		self = stripGenerics(strings.TrimSuffix(self, ">"))
		if root := path.Segs[0].Name; !isIdentPath(self) || root == "core" || root == "alloc" || root == "std" {
			break
		}
		for _, s := range path.Segs[i+1:] {
			self += "::" + s.Name
		}
		return self
	}
	return path.Plain
}

// TypePlain is the text of a type without generic arguments and lifetimes.
func TypePlain(t *mir.Type) string {
	if t == nil {
		return ""
	}
	if t.Kind == mir.TypePath && t.Path != nil {
		return t.Path.Plain
	}
	return stripGenerics(t.Text)
}

// Destructor reports whether f is the `drop` of an impl block. A method of that
// name that is not Drop's counts too: not every block's trait is known.
func (f *Func) Destructor() bool { return f.Last == "drop" && f.Impl != nil }

// DropImpl finds the body of Drop::drop for an ADT type, or nil.
func (p *Program) DropImpl(c *Crate, t *mir.Type) *Func {
	if t == nil || t.Kind != mir.TypePath || t.Path == nil {
		return nil
	}
	plain := t.Path.Plain
	if f := c.index["<"+plain+" as Drop>::drop"]; f != nil {
		return f
	}
	head, rest, ok := strings.Cut(plain, "::")
	if !ok {
		return nil
	}
	if other := c.deps[head]; other != nil {
		return other.index["<"+rest+" as Drop>::drop"]
	}
	return nil
}

// Dep returns the crate of that name that c depends on, or nil.
func (c *Crate) Dep(name string) *Crate { return c.deps[name] }

// Declares reports whether a crate has that name.
func (p *Program) Declares(name string) bool { return p.crates[name] }

// cutImpl splits a printed name: key is the text between `<impl at ` and `>`, of
// the innermost block where a function inside a method has one of its own, rest
// is what follows the block. A name without a block has no key, and is the rest.
func cutImpl(name string) (key, rest string) {
	const mark = "<impl at "
	at := 0 // behind the last mark
	for {
		i := strings.Index(name[at:], mark)
		if i < 0 {
			break
		}
		at += i + len(mark)
	}
	if at > 0 {
		if key, rest, ok := strings.Cut(name[at:], ">::"); ok {
			return key, rest
		}
	}
	return "", name
}

// lastPart is the last segment of a path, generics left out.
func lastPart(path string) string {
	path = stripGenerics(path)
	if i := strings.LastIndex(path, "::"); i >= 0 {
		return path[i+2:]
	}
	return path
}

// shortPath drops the modules before the last segment but keeps its arguments.
func shortPath(path string) string {
	depth, start := 0, 0
	for i := 0; i < len(path); i++ {
		switch path[i] {
		case '<', '(', '[':
			depth++
		case '>', ')', ']':
			if path[i] != '>' || i == 0 || path[i-1] != '-' {
				depth--
			} else if depth == 0 {
				return path // a function pointer
			}
		case ':':
			if depth == 0 && i+1 < len(path) && path[i+1] == ':' {
				start = i + 2
			}
		}
	}
	return path[start:]
}

// stripGenerics removes every `<...>` argument list (also behind `::`) but
// keeps a qualifier at the start of the path.
func stripGenerics(s string) string {
	if !strings.Contains(s, "<") {
		return s
	}
	var b strings.Builder
	if s[0] == '<' {
		end := CloseAngle(s)
		b.WriteString(s[:end])
		s = s[end:]
	}
	depth := 0
	for i := 0; i < len(s); i++ {
		switch ch := s[i]; {
		case ch == '<':
			if depth == 0 && strings.HasSuffix(b.String(), "::") {
				keep := b.String()
				b.Reset()
				b.WriteString(keep[:len(keep)-2])
			}
			depth++
		case ch == '>' && i > 0 && s[i-1] == '-':
			if depth == 0 {
				b.WriteByte(ch)
			}
		case ch == '>':
			if depth > 0 {
				depth--
			}
		case depth == 0:
			b.WriteByte(ch)
		}
	}
	return b.String()
}
