package unsafety

import (
	"strings"

	"softshell/capture"
)

// body is a function, a closure or the value of a constant, as rustc built it.
type body struct {
	name   string // path, as rustc prints it
	locals locals
	stmts  []stmt
	allocs map[string]string // "alloc1" -> "static: NAME", "extern static: NAME"
}

// stmt is a statement or a terminator, with the constants that it names.
type stmt struct {
	text   string
	at     capture.LintSpan
	consts []constant
}

// constant is a constant's type, and its value where that is a function.
type constant struct{ typ, value string }

const bodyHead = "// MIR for `"

// bodies reads the text of a survey.
func bodies(text string, each func(*body)) {
	for text != "" {
		start := strings.Index(text, bodyHead)
		if start < 0 {
			return
		}
		text = text[start:]
		end := strings.Index(text[1:], "\n"+bodyHead)
		one := text
		if end >= 0 {
			one, text = text[:end+2], text[end+2:]
		} else {
			text = ""
		}
		each(readBody(one))
	}
}

func readBody(text string) *body {
	b := &body{locals: locals{}, allocs: map[string]string{}}
	first, rest, _ := strings.Cut(text, "\n")
	b.name, _, _ = strings.Cut(strings.TrimPrefix(first, bodyHead), "` after ")
	inside, pending := false, ""
	for line := range strings.Lines(rest) {
		line = strings.TrimSuffix(line, "\n")
		trimmed := strings.TrimLeft(line, " ")
		switch {
		case pending != "" || inside && strings.HasPrefix(line, "        ") && !strings.HasPrefix(trimmed, "//") && !declares(trimmed):
			pending = b.statement(pending, line)
		case strings.HasPrefix(trimmed, "// + const_: "):
			b.constant(trimmed)
		case !inside && line == " {": // of a coroutine: between the two stands what it yields
			inside = true
		case !inside && strings.HasPrefix(line, "fn ") && !strings.HasSuffix(line, "{"):
			b.head(line)
		case !inside && strings.HasSuffix(line, "{") && line[0] != '|' && line[0] != ' ':
			b.head(line)
			inside = true
		case inside && strings.HasPrefix(trimmed, "let "):
			b.local(trimmed)
		case strings.HasPrefix(line, "alloc"):
			b.alloc(line)
		}
	}
	return b
}

func declares(trimmed string) bool {
	return strings.HasPrefix(trimmed, "let ") || strings.HasPrefix(trimmed, "debug ") || strings.HasPrefix(trimmed, "scope ")
}

// statement takes one more line of a statement, which ends with the line that has
// its place: inline assembly goes over several. It returns what is not ended.
func (b *body) statement(pending, line string) string {
	i := strings.LastIndex(line, " // scope ")
	if i < 0 {
		if pending == "" && !strings.Contains(line, "asm!(") {
			return ""
		}
		return pending + line + "\n"
	}
	_, where, _ := strings.Cut(line[i+len(" // scope "):], " at ")
	at, _ := capture.ParseSpan(where)
	b.stmts = append(b.stmts, stmt{text: strings.TrimSpace(pending + line[:i]), at: at})
	return ""
}

// constant reads `// + const_: Const { ty: T, val: Value(V) }`.
func (b *body) constant(line string) {
	if len(b.stmts) == 0 {
		return
	}
	line = strings.TrimPrefix(line, "// + const_: ")
	typ := strings.TrimPrefix(line, "Const { ty: ")
	i := strings.LastIndex(typ, ", val: ")
	if i < 0 {
		return
	}
	c := constant{typ: typ[:i], value: strings.TrimSuffix(typ[i+len(", val: "):], " }")}
	c.value = strings.TrimSuffix(strings.TrimPrefix(c.value, "Value("), ")")
	last := &b.stmts[len(b.stmts)-1]
	last.consts = append(last.consts, c)
}

// head reads the arguments of `fn name(_1: T, _2: U) -> V {`.
func (b *body) head(line string) {
	if !strings.HasPrefix(line, "fn ") {
		return
	}
	for from := 0; ; {
		i := strings.Index(line[from:], "_")
		if i < 0 {
			return
		}
		i += from
		j := i + 1
		for j < len(line) && line[j] >= '0' && line[j] <= '9' {
			j++
		}
		if j == i+1 || !strings.HasPrefix(line[j:], ": ") || i == 0 || line[i-1] != '(' && line[i-1] != ' ' {
			from = j
			continue
		}
		end := j + 2 + argEnd(line[j+2:])
		if k := typeEnd(line, j+2); k < end {
			end = k
		}
		b.locals[line[i:j]] = line[j+2 : end]
		from = end
	}
}

// local reads `let mut _1: T; // ..`.
func (b *body) local(line string) {
	line = strings.TrimPrefix(strings.TrimPrefix(line, "let "), "mut ")
	name, rest, ok := strings.Cut(line, ": ")
	if !ok {
		return
	}
	if i := strings.Index(rest, " // "); i >= 0 {
		rest = strings.TrimRight(rest[:i], " ")
	}
	rest = strings.TrimSuffix(rest, ";")
	if i := strings.Index(rest, " as UserTypeProjection "); i >= 0 {
		rest = rest[:i]
	}
	b.locals[name] = rest
}

// alloc reads `alloc1 (static: NAME, size: 4, align: 4) {`.
func (b *body) alloc(line string) {
	id, rest, ok := strings.Cut(line, " (")
	if !ok {
		return
	}
	rest, _, _ = strings.Cut(rest, ", size:")
	b.allocs[id] = strings.TrimSuffix(strings.TrimSuffix(rest, " {"), ")")
}
