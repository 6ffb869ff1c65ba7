// Package mirlite is a bootstrap reader used while package mir's parser is being written.
package mirlite

import (
	"strconv"
	"strings"

	"softshell/mir"
)

type P struct {
	types map[string]*mir.Type
	paths map[string]*mir.Path
	files map[string]uint32
	Sources []string
}

func New() *P {
	return &P{types: map[string]*mir.Type{}, paths: map[string]*mir.Path{}, files: map[string]uint32{"": 0}, Sources: []string{""}}
}

func (p *P) Parse(src string) []*mir.Body {
	var out []*mir.Body
	lines := strings.Split(src, "\n")
	for i := 0; i < len(lines); i++ {
		l := lines[i]
		if l == "" || strings.HasPrefix(l, "//") || l[0] == ' ' || l[0] == '}' || strings.HasPrefix(l, "alloc") {
			continue
		}
		j := i
		for j < len(lines) && lines[j] != "}" {
			j++
		}
		if strings.HasSuffix(strings.TrimRight(cut(l), " "), "{") {
			b := p.body(lines[i:min(j+1, len(lines))])
			if b != nil {
				out = append(out, b)
			}
			i = j
		}
	}
	return out
}

func cut(l string) string {
	if i := strings.Index(l, " // "); i >= 0 {
		// strings may hold it; only cut when it looks like a scope comment
		if k := strings.LastIndex(l, " // scope "); k >= 0 {
			return strings.TrimRight(l[:k], " ")
		}
		if k := strings.LastIndex(l, " // in scope "); k >= 0 {
			return strings.TrimRight(l[:k], " ")
		}
		if k := strings.LastIndex(l, " // return place in scope "); k >= 0 {
			return strings.TrimRight(l[:k], " ")
		}
	}
	return l
}

func (p *P) span(l string) mir.Span {
	k := strings.LastIndex(l, "scope ")
	if k < 0 || !strings.Contains(l, "//") {
		return mir.Span{}
	}
	_, rest, ok := strings.Cut(l[k+6:], " at ")
	if !ok {
		return mir.Span{}
	}
	h, t, ok := lastCut(rest, ": ")
	if !ok {
		return mir.Span{}
	}
	el, ec, _ := strings.Cut(t, ":")
	h, c, _ := lastCut(h, ":")
	f, ln, _ := lastCut(h, ":")
	id, ok := p.files[f]
	if !ok {
		id = uint32(len(p.Sources))
		p.Sources = append(p.Sources, f)
		p.files[f] = id
	}
	n := func(s string) uint32 { v, _ := strconv.Atoi(s); return uint32(v) }
	return mir.Span{File: id, Line: n(ln), Col: uint16(n(c)), EndLine: n(el), EndCol: uint16(n(ec))}
}

func lastCut(s, sep string) (string, string, bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

func (p *P) body(ls []string) (out *mir.Body) {
	defer func() {
		if recover() != nil {
			out = nil
		}
	}()
	h := strings.TrimSuffix(strings.TrimSpace(cut(ls[0])), "{")
	h = strings.TrimSpace(h)
	b := &mir.Body{}
	switch {
	case strings.HasPrefix(h, "fn "), strings.HasPrefix(h, "const fn "):
		h = strings.TrimPrefix(strings.TrimPrefix(h, "const "), "fn ")
		i := argOpen(h)
		if i < 0 {
			return nil
		}
		b.Name = h[:i]
		j := match(h, i)
		if j < 0 {
			return nil
		}
		args := split(h[i+1 : j])
		b.Ret = p.Type(strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(h[j+1:]), "->")))
		setLocal(b, 0).Type = b.Ret
		for _, a := range args {
			n, t, _ := strings.Cut(a, ": ")
			k, _ := strconv.Atoi(strings.TrimPrefix(strings.TrimSpace(n), "_"))
			b.Params = append(b.Params, int32(k))
			setLocal(b, k).Type = p.Type(t)
		}
	default:
		b.Kind = mir.ConstBody
		if strings.HasPrefix(h, "static") {
			b.Kind = mir.StaticBody
		}
		if strings.HasPrefix(h, "promoted") {
			b.Kind = mir.PromotedBody
		}
		h = strings.TrimSuffix(h, " =")
		n, t, _ := lastCut(h, ": ")
		b.Name, b.Ret = n, p.Type(t)
	}
	cur := -1
	for _, l := range ls[1:] {
		s := strings.TrimSpace(l)
		if strings.HasPrefix(s, "//") {
			continue
		}
		s = strings.TrimSpace(cut(l))
		switch {
		case s == "" || s == "}":
			continue
		case strings.HasPrefix(s, "bb") && strings.HasSuffix(s, "{"):
			id, rest, _ := strings.Cut(s[2:], " ")
			id = strings.TrimSuffix(id, ":")
			k, _ := strconv.Atoi(id)
			for len(b.Blocks) <= k {
				b.Blocks = append(b.Blocks, mir.Block{})
			}
			b.Blocks[k].Cleanup = strings.Contains(rest, "cleanup")
			cur = k
		case cur < 0 && strings.HasPrefix(s, "let "):
			d := strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(s, "let "), "mut "), ";")
			n, t, _ := strings.Cut(d, ": ")
			k, _ := strconv.Atoi(strings.TrimPrefix(n, "_"))
			lo := setLocal(b, k)
			lo.Type, lo.Span = p.Type(t), p.span(l)
		case cur < 0 && strings.HasPrefix(s, "debug "):
			n, v, _ := strings.Cut(strings.TrimSuffix(s[6:], ";"), " => ")
			if strings.HasPrefix(v, "_") || strings.HasPrefix(v, "(") {
				pl := p.place(v)
				b.Debug = append(b.Debug, mir.DebugInfo{Name: n, Place: &pl})
			}
		case cur >= 0:
			blk := &b.Blocks[cur]
			if t, ok := p.term(s); ok {
				t.Span = p.span(l)
				blk.Term = t
			} else {
				st := p.stmt(s)
				st.Span = p.span(l)
				blk.Stmts = append(blk.Stmts, st)
			}
		}
	}
	return b
}

func setLocal(b *mir.Body, k int) *mir.Local {
	for len(b.Locals) <= k {
		b.Locals = append(b.Locals, mir.Local{})
	}
	return &b.Locals[k]
}
