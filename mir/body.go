package mir

import (
	"slices"
	"strings"
)

// bodyReader reads one item with a body.
type bodyReader struct {
	n     *names
	stats *Stats
	lean  bool
	b     *Body
	text  string // what is left
	line  int32  // number of the line last taken
	open  []int32
	stage stage // of the declarations of the innermost scope
	room
}

// room is where lists grow whose length is not known; the next body uses it again.
type room struct {
	stmts  []Stmt
	locals []Local
	infos  []DebugInfo
}

// stage is how far a scope is printed: debug infos, then locals, then scopes.
type stage uint8

const (
	inDebug stage = iota
	inLets
	inScopes
)

// next returns the next line without its comment, and its span; comments on
// constant operands are passed over.
func (r *bodyReader) next() (s string, sp Span, ok bool) {
	for {
		if r.text == "" {
			return "", sp, false
		}
		line := r.text
		if i := strings.IndexByte(r.text, '\n'); i >= 0 {
			line, r.text = r.text[:i], r.text[i+1:]
		} else {
			r.text = ""
		}
		r.line++
		if len(line) > 0 {
			if c := line[len(line)-1]; c >= '0' && c <= '9' || c == 'n' && strings.HasSuffix(line, noLocation) {
				line, sp = r.comment(line)
			}
		}
		if isComment(line) {
			continue
		}
		return line, sp, true
	}
}

// noLocation stands for the span of what rustc made up.
const noLocation = "no-location"

// isComment reports whether a line is a comment on a constant operand: these
// stand alone, behind the column of the comments on statements.
func isComment(line string) bool {
	const at = len(commentIndent)
	return len(line) > at && line[at] == '/' && strings.HasPrefix(line[at:], "//") && line[:at] == commentIndent
}

const commentIndent = blanks + " "

// comment cuts `// scope 1 at FILE:L:C: L:C` off and reads it.
func (r *bodyReader) comment(line string) (string, Span) {
	i := strings.LastIndex(line, " // ")
	if i < 0 {
		return line, Span{}
	}
	at := line[i+4:]
	at = strings.TrimPrefix(at, "return place ")
	at = strings.TrimPrefix(at, "in ")
	at, ok := strings.CutPrefix(at, "scope ")
	if !ok {
		return line, Span{}
	}
	scope, end, ok := number(at, 0)
	if !ok || !strings.HasPrefix(at[end:], " at ") {
		return line, Span{}
	}
	var sp Span
	if at[end+4:] != noLocation {
		var file string
		if file, sp, ok = readRange(at[end+4:]); !ok {
			return line, Span{}
		}
		sp.File = r.n.source(file)
	}
	sp.Scope = uint32(scope)
	r.b.Spans = true
	return strings.TrimRight(line[:i], " "), sp
}

func (r *bodyReader) unsupported(what string) {
	r.b.Broken = true
	r.stats.count(what)
}

func (s *Stats) count(what string) {
	if s.Unsupported == nil {
		s.Unsupported = map[string]int{}
	}
	what = firstWords(what)
	if _, ok := s.Unsupported[what]; !ok && len(s.Unsupported) >= maxUnsupportedKinds {
		what = "other"
	}
	s.Unsupported[what]++
}

const maxUnsupportedKinds = 200

// firstWords shortens a construct to the words that tell its kind.
func firstWords(s string) string {
	s = strings.TrimSpace(s)
	if i := strings.Index(s, " = "); i >= 0 {
		s = "_ = " + s[i+3:]
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; c == '(' || c == '{' || c == '<' || c == '[' || c == '"' || c >= '0' && c <= '9' || i == 40 {
			s = s[:i]
			break
		}
	}
	return strings.ToValidUTF8(strings.Clone(strings.TrimSpace(s)), "")
}

// read reads the body; false says that its frame is not understood.
func (r *bodyReader) read() bool {
	head, _, ok := r.next()
	if !ok || !r.header(head) {
		return false
	}
	if !r.declarations() {
		return false
	}
	r.b.Blocks = make([]Block, 0, r.blockCount())
	for {
		more, ok := r.block()
		if !ok {
			return false
		}
		if !more {
			return r.text == ""
		}
	}
}

// keep gives the body lists of its own.
func (r *bodyReader) keep() {
	b := r.b
	r.locals, r.infos = b.Locals, b.Debug
	b.Locals, b.Debug = own(b.Locals), own(b.Debug)
}

func own[T any](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	return slices.Clone(list)
}

// blockCount is the number of blocks, by the last one's; a guess where the text
// is laid out in another way.
func (r *bodyReader) blockCount() int {
	const head = "\n    bb"
	for i := len(r.text); ; {
		if i = strings.LastIndexByte(r.text[:i], '\n'); i < 0 {
			return 1
		}
		if strings.HasPrefix(r.text[i:], head) {
			if n, _, ok := number(r.text, i+len(head)); ok && int(n) < len(r.text)/len(head) {
				return int(n) + 1
			}
			return 1
		}
	}
}

func (r *bodyReader) local(k int32) *Local {
	const maxLocals = 1 << 22
	if k < 0 || k > maxLocals || int(k) > len(r.b.Locals)+4096 {
		return nil
	}
	for len(r.b.Locals) <= int(k) {
		r.b.Locals = append(r.b.Locals, Local{})
	}
	return &r.b.Locals[k]
}

func (r *bodyReader) header(s string) bool {
	b := r.b
	if h, ok := strings.CutSuffix(s, " = {"); ok {
		switch {
		case strings.HasPrefix(h, "const "):
			b.Kind, h = ConstBody, h[len("const "):]
			if strings.Contains(h, "::promoted[") {
				b.Kind = PromotedBody
			}
		case strings.HasPrefix(h, "static mut "):
			b.Kind, b.Mut, h = StaticBody, true, h[len("static mut "):]
		case strings.HasPrefix(h, "static "):
			b.Kind, h = StaticBody, h[len("static "):]
		case strings.HasPrefix(h, "promoted["):
			b.Kind, b.Bare = PromotedBody, true
		default: // an inline constant: `f::{constant#0}: usize = {`
			b.Kind, b.Bare = ConstBody, true
		}
		i := find(h, 0, ": ")
		if i < 0 {
			return false
		}
		b.Name, b.Ret = strings.Clone(h[:i]), r.n.typ(h[i+2:])
		r.types(b.Ret)
		r.local(0).Type = b.Ret
		return true
	}
	h, ok := strings.CutSuffix(s, " {")
	if !ok {
		return false
	}
	if rest, ok := strings.CutPrefix(h, "const "); ok {
		b.Const, h = true, rest
	}
	h, ok = strings.CutPrefix(h, "fn ")
	if !ok {
		return false
	}
	open := find(h, 0, "(")
	if open < 0 {
		return false
	}
	end := closing(h, open)
	if end < 0 {
		return false
	}
	ret, ok := strings.CutPrefix(h[end+1:], " -> ")
	if !ok {
		return false
	}
	b.Name, b.Ret = strings.Clone(h[:open]), r.n.typ(ret)
	r.types(b.Ret)
	r.local(0).Type = b.Ret
	return each(h[open+1:end], r.param)
}

func (r *bodyReader) param(s string) bool {
	if len(s) < 2 || s[0] != '_' {
		return false
	}
	k, i, ok := number(s, 1)
	if !ok || !strings.HasPrefix(s[i:], ": ") || int(k) != len(r.b.Params)+1 {
		return false
	}
	l := r.local(k)
	if l == nil {
		return false
	}
	l.Type = r.n.typ(s[i+2:])
	r.types(l.Type)
	r.b.Params = append(r.b.Params, k)
	return true
}

// types counts a type that is not understood.
func (r *bodyReader) types(t *Type) {
	if t.Kind == TypeUnsupported {
		r.unsupported("type " + t.Text)
	}
}

// maxScopes bounds scopes within scopes.
const maxScopes = 4096

// cutIndent takes exactly width spaces off the line.
func cutIndent(line string, width int) (string, bool) {
	if len(line) <= width || line[width] == ' ' {
		return line, false
	}
	for i := range width {
		if line[i] != ' ' {
			return line, false
		}
	}
	return line[width:], true
}

// declarations reads up to the empty line before the first block.
func (r *bodyReader) declarations() bool {
	r.open = append(r.open[:0], 0)
	for {
		line, sp, ok := r.next()
		if !ok {
			return false
		}
		if line == "" {
			return len(r.open) == 1
		}
		s, ok := cutIndent(line, 4*(len(r.open)-1))
		if ok && s == "}" && len(r.open) > 1 {
			r.open = r.open[:len(r.open)-1]
			r.stage = inScopes
			continue
		}
		s, ok = cutIndent(line, 4*len(r.open))
		if !ok || !r.declaration(s, sp) {
			return false
		}
	}
}

func (r *bodyReader) scope() int32 { return r.open[len(r.open)-1] }

func (r *bodyReader) declaration(s string, sp Span) bool {
	switch {
	case strings.HasPrefix(s, "debug "):
		if r.stage > inDebug {
			return false
		}
		return r.debug(s, sp)
	case strings.HasPrefix(s, "let "):
		if r.stage > inLets {
			return false
		}
		r.stage = inLets
		return r.let(s[len("let "):], sp)
	}
	in, ok := between(s, "scope ", " {")
	k, isNum := whole(in)
	if !ok || !isNum || len(r.open) >= maxScopes {
		return false
	}
	r.b.Scopes = append(r.b.Scopes, Scope{Number: k, Parent: r.scope()})
	r.open = append(r.open, k)
	r.stage = inDebug
	return true
}

func (r *bodyReader) debug(s string, sp Span) bool {
	in, ok := between(s, "debug ", ";")
	if !ok {
		return false
	}
	name, value, ok := strings.Cut(in, " => ")
	if !ok {
		return false
	}
	d := DebugInfo{Name: r.n.word(name), Scope: r.scope(), Span: r.n.keepSpan(sp)}
	if p, ok := r.n.onePlace(value); ok {
		d.Place = r.n.keepPlace(p)
	} else if rest, ok := strings.CutPrefix(value, "const "); ok {
		d.Const = r.n.constant(rest, false)
	} else {
		d.Text = strings.Clone(value)
	}
	r.b.Debug = append(r.b.Debug, d)
	return sp.IsZero() || sp.Scope == uint32(d.Scope)
}

func (r *bodyReader) let(s string, sp Span) bool {
	s, mut := strings.CutPrefix(s, "mut ")
	s, ok := strings.CutSuffix(s, ";")
	if !ok || len(s) < 2 || s[0] != '_' {
		return false
	}
	k, i, ok := number(s, 1)
	if !ok || !strings.HasPrefix(s[i:], ": ") {
		return false
	}
	l := r.local(k)
	if l == nil || l.Declared {
		return false
	}
	l.Type, l.Mut, l.Declared, l.Scope, l.Span = r.n.typ(s[i+2:]), mut, true, r.scope(), r.n.keepSpan(sp)
	r.types(l.Type)
	return sp.IsZero() || sp.Scope == uint32(l.Scope)
}

// block reads one block and the line behind it; more says that another follows.
func (r *bodyReader) block() (more, ok bool) {
	line, _, ok := r.next()
	if !ok {
		return false, false
	}
	s, ok := between(line, "    bb", ": {")
	if !ok {
		return false, false
	}
	s, cleanup := strings.CutSuffix(s, " (cleanup)")
	k, isNum := whole(s)
	if !isNum || int(k) != len(r.b.Blocks) {
		return false, false
	}
	r.stmts = r.stmts[:0]
	var last string
	var lastSpan Span
	var lastLine int32
	for {
		line, sp, ok := r.next()
		if !ok {
			return false, false
		}
		if line == "    }" {
			break
		}
		from := r.line
		if isAsm(line) {
			line, sp = r.asm(line, sp)
		}
		s, ok := between(line, "        ", ";")
		if !ok || s == "" || s[0] == ' ' {
			return false, false
		}
		if last != "" {
			r.addStmt(last, lastSpan, lastLine)
		}
		last, lastSpan, lastLine = s, sp, from
	}
	if last == "" {
		return false, false
	}
	if n := len(r.b.Blocks); n < cap(r.b.Blocks) {
		r.b.Blocks = r.b.Blocks[:n+1] // zero as it was made
	} else {
		r.b.Blocks = append(r.b.Blocks, Block{})
	}
	blk := &r.b.Blocks[len(r.b.Blocks)-1]
	blk.Cleanup, blk.Stmts = cleanup, r.n.keepStmts(r.stmts)
	t := &blk.Term
	if !r.n.term(t, last) {
		r.unsupported(last)
	}
	t.Line, t.Span = lastLine, r.n.keepSpan(lastSpan)
	line, _, ok = r.next()
	return line == "", ok && (line == "" || line == "}")
}

// isAsm reports whether an inline assembly terminator starts here. Its template
// is the one text that rustc prints with its line breaks.
func isAsm(line string) bool {
	const at = len("        ")
	return len(line) > at && (line[at] == 'a' || line[at] == 'n') &&
		(strings.HasPrefix(line, "        asm!(") || strings.HasPrefix(line, "        naked_asm!("))
}

// asm joins the lines of an inline assembly up to the end of its block.
func (r *bodyReader) asm(line string, sp Span) (string, Span) {
	for r.text != "" && !strings.HasPrefix(r.text, "    }\n") {
		more, rest, _ := strings.Cut(r.text, "\n")
		r.text = rest
		r.line++
		more, sp = r.comment(more)
		line += "\n" + more
	}
	return line, sp
}

func (r *bodyReader) addStmt(s string, sp Span, line int32) {
	if r.lean && strings.HasPrefix(s, "StorageLive(") {
		return
	}
	st, ok := r.n.stmt(s)
	if !ok {
		if st.Kind == StmtUnsupported || st.Kind == Assign {
			r.unsupported(s)
		} else {
			st = r.n.unsupportedStmt(s)
			r.unsupported(s)
		}
	}
	st.Line, st.Span = line, r.n.keepSpan(sp)
	r.stmts = append(r.stmts, st)
}
