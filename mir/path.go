package mir

import "strings"

// path returns the path that s spells. It never fails: where the text ends in
// something that is not understood, Segs ends there.
func (n *names) path(s string) *Path {
	if p, ok := n.paths[s]; ok {
		return p
	}
	return n.pathIn(strings.Clone(s))
}

// pathIn is path for a part of a text that is interned itself: it is not copied.
func (n *names) pathIn(s string) *Path {
	if p, ok := n.paths[s]; ok {
		return p
	}
	p := &Path{Text: s, ID: int32(len(n.paths))}
	n.paths[p.Text] = p
	n.depth++
	if n.depth <= maxDepth {
		n.readPath(p, p.Text)
	}
	n.depth--
	return p
}

func (n *names) readPath(p *Path, s string) {
	var plainRoom [128]byte
	var segRoom [8]PathSeg
	plain, segs := plainRoom[:0], segRoom[:0]
	rest := s
	if strings.HasPrefix(s, "<") {
		end := closing(s, 0)
		if end < 0 {
			return
		}
		in := s[1:end]
		switch at, ok := strings.CutPrefix(in, "impl at "); {
		case ok:
			p.Impl = implSpan(at)
			plain = append(plain, s[:end+1]...)
		default:
			if i := find(in, 0, " as "); i >= 0 {
				p.Self, p.Trait = n.typeIn(in[:i]), n.pathIn(in[i+4:])
			} else {
				p.Self = n.typeIn(in)
			}
			plain = append(append(plain, '<'), plainType(p.Self)...)
			if p.Trait != nil {
				plain = append(append(plain, " as "...), p.Trait.Plain...)
			}
			plain = append(plain, '>')
		}
		if p.Impl != nil {
			segs = append(segs, PathSeg{Name: s[:end+1]})
		}
		rest = strings.TrimPrefix(s[end+1:], "::")
	}
	for rest != "" {
		var seg PathSeg
		seg, rest = n.segment(rest)
		if seg.Name == "" {
			break
		}
		if p.Impl == nil && strings.HasPrefix(seg.Name, "<impl at ") {
			p.Impl = implSpan(strings.TrimSuffix(seg.Name[len("<impl at "):], ">"))
		}
		segs = append(segs, seg)
		if len(plain) > 0 {
			plain = append(plain, "::"...)
		}
		plain = append(plain, seg.Name...)
	}
	p.Segs = own(segs)
	if p.Plain = p.Text; string(plain) != p.Text {
		p.Plain = string(plain)
	}
}

// plainType is the type without generic arguments where it has a path.
func plainType(t *Type) string {
	if t.Path != nil && t.Kind != TypeDyn && t.Kind != TypeFnItem {
		return t.Path.Plain
	}
	return t.Text
}

// implBlock reports whether a path goes on with an impl block, `<impl Trait for T>::f`,
// and not with an argument that is any type with a trait: `::<impl Fn(T)>`, behind
// which a path ends or has a closure.
func implBlock(s string) bool {
	if !strings.HasPrefix(s, "<impl ") {
		return false
	}
	if strings.HasPrefix(s, "<impl at ") {
		return true
	}
	end := closing(s, 0)
	return end < 0 || strings.HasPrefix(s[end+1:], "::") && !strings.HasPrefix(s[end+1:], "::{") && find(s[:end], 1, ",") < 0
}

// segment reads one segment with its arguments and returns the text behind it
// and behind the `::` that follows.
func (n *names) segment(s string) (PathSeg, string) {
	var seg PathSeg
	i := 0
	if strings.HasPrefix(s, "<") { // `<impl at ..>`, `<impl Trait for T>` in the middle of a path
		end := closing(s, 0)
		if end < 0 {
			return seg, ""
		}
		i = end + 1
	}
scan:
	for i < len(s) {
		switch s[i] {
		case '<':
			break scan
		case ':':
			if strings.HasPrefix(s[i:], "::") {
				break scan
			}
			i++
		case '{', '(', '[':
			end := closing(s, i)
			if end < 0 {
				return PathSeg{}, ""
			}
			if s[i] == '(' { // Fn(A) -> R
				seg.Name = s[:i]
				return seg, ""
			}
			i = end + 1
		default:
			i++
		}
	}
	seg.Name = s[:i]
	s = s[i:]
	if strings.HasPrefix(s, "::<") && !implBlock(s[2:]) {
		seg.Turbofish = true
		s = s[2:]
	}
	if strings.HasPrefix(s, "<") {
		end := closing(s, 0)
		if end < 0 {
			return PathSeg{}, ""
		}
		var room [4]GenericArg
		args := room[:0]
		each(s[1:end], func(part string) bool {
			args = append(args, n.genericArg(part))
			return true
		})
		seg.Args = append([]GenericArg{}, args...)
		s = s[end+1:]
	}
	return seg, strings.TrimPrefix(s, "::")
}

func (n *names) genericArg(s string) GenericArg {
	a := GenericArg{Text: s}
	switch c := first(s); {
	case c == '\'' && !isCharLiteral(s, 0):
		a.Lifetime = true
	case c == '\'' || c == '"' || c == '-' || c >= '0' && c <= '9' || s == "true" || s == "false":
	case c == '{' && !strings.HasPrefix(s, "{closure@") && !strings.HasPrefix(s, "{coroutine@") && !strings.HasPrefix(s, "{async "):
	default:
		if i := find(s, 0, " = "); i >= 0 {
			a.Binding, s = s[:i], s[i+3:]
		}
		a.Type = n.typeIn(s)
	}
	return a
}

func first(s string) byte {
	if s == "" {
		return 0
	}
	return s[0]
}

// implSpan reads `FILE:L:C: L:C`; nil when it is none.
func implSpan(s string) *ImplSpan {
	file, r, ok := readRange(s)
	if !ok {
		return nil
	}
	return &ImplSpan{File: file, Line: int32(r.Line), Col: int32(r.Col), EndLine: int32(r.EndLine), EndCol: int32(r.EndCol)}
}

// readRange reads `FILE:L:C: L:C` from its end: the file's name may hold anything.
func readRange(s string) (file string, r Span, ok bool) {
	i := len(s)
	num := func() uint32 {
		end := i
		for i > 0 && s[i-1] >= '0' && s[i-1] <= '9' {
			i--
		}
		var v uint64
		for _, c := range []byte(s[i:end]) {
			v = v*10 + uint64(c-'0')
		}
		if i == end || end-i > 9 || end-i > 1 && s[i] == '0' {
			ok = false
		}
		return uint32(v)
	}
	sep := func(t string) {
		if !strings.HasSuffix(s[:i], t) {
			ok = false
			return
		}
		i -= len(t)
	}
	ok = true
	r.EndCol = num()
	sep(":")
	r.EndLine = num()
	sep(": ")
	r.Col = num()
	sep(":")
	r.Line = num()
	sep(":")
	return s[:i], r, ok && r.Line > 0
}
