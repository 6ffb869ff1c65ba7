package unsafety

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"softshell/capture"
	"softshell/finding"
)

// sources are the source files of a crate, read when they are asked for.
type sources struct {
	dir   string // relative names start here
	own   map[string]bool
	files map[string]*source
}

type source struct{ lines []string }

func newSources(u *capture.Unit) *sources {
	s := &sources{dir: u.Dir, own: map[string]bool{}, files: map[string]*source{}}
	for _, f := range u.Sources {
		s.own[f] = true
	}
	return s
}

func (s *sources) path(file string) string {
	if filepath.IsAbs(file) {
		return filepath.Clean(file)
	}
	return filepath.Join(s.dir, file)
}

// file reads a file; one that cannot be read has no lines.
func (s *sources) file(name string) *source {
	path := s.path(name)
	f, ok := s.files[path]
	if !ok {
		f = &source{}
		if text, err := os.ReadFile(path); err == nil {
			f.lines = strings.Split(string(text), "\n")
		}
		s.files[path] = f
	}
	return f
}

func (s *sources) span(at capture.LintSpan) finding.Span {
	return finding.Span{File: s.path(at.File), Line: at.Line, Col: at.Col, EndLine: at.To, EndCol: at.End}
}

// line is the line n, from 1; "" where there is none.
func (f *source) line(n int) string {
	if n < 1 || n > len(f.lines) {
		return ""
	}
	return f.lines[n-1]
}

// from is the text from a place on, a few lines of it.
func (f *source) from(line, col, lines int) string {
	if line < 1 || line > len(f.lines) {
		return ""
	}
	text := strings.Join(f.lines[line-1:min(len(f.lines), line-1+lines)], "\n")
	return text[byteColumn(text, col):]
}

// byteColumn is the offset of a column, which counts characters from 1.
func byteColumn(text string, col int) int {
	n := 1
	for i := range text {
		if n == col {
			return i
		}
		n++
	}
	return len(text)
}

// safetyAbove finds the comment `SAFETY:` right above a line: whole-line comments
// or one block comment, with attributes and empty lines between at most.
func (f *source) safetyAbove(file string, line int) finding.Span {
	n := line - 1
	for n > 0 {
		t := strings.TrimSpace(f.line(n))
		if t != "" && !strings.HasPrefix(t, "#[") {
			break
		}
		n--
	}
	t := strings.TrimSpace(f.line(n))
	switch {
	case strings.HasPrefix(t, "//"):
		for ; strings.HasPrefix(strings.TrimSpace(f.line(n)), "//"); n-- {
			if says(f.line(n)) {
				return f.whole(file, n)
			}
		}
	case strings.HasSuffix(t, "*/"):
		for ; n > 0; n-- {
			if says(f.line(n)) {
				return f.whole(file, n)
			}
			if strings.Contains(f.line(n), "/*") {
				break
			}
		}
	}
	return finding.Span{}
}

func says(line string) bool { return strings.Contains(strings.ToUpper(line), "SAFETY:") }

func (f *source) whole(file string, n int) finding.Span {
	line := f.line(n)
	col := len(line) - len(strings.TrimLeft(line, " \t")) + 1
	return finding.Span{File: file, Line: n, Col: col, EndLine: n, EndCol: len([]rune(line)) + 1}
}

// safetyInside finds the comment with which a block starts.
func (f *source) safetyInside(file string, line, col int) finding.Span {
	text := f.from(line, col, 1)
	open := strings.IndexByte(text, '{')
	if open < 0 {
		return finding.Span{}
	}
	if rest := strings.TrimSpace(text[open+1:]); rest != "" {
		if strings.HasPrefix(rest, "/") && says(rest) {
			return f.whole(file, line)
		}
		if !strings.HasPrefix(rest, "//") {
			return finding.Span{}
		}
	}
	for n := line + 1; ; n++ {
		t := strings.TrimSpace(f.line(n))
		if !strings.HasPrefix(t, "//") && !strings.HasPrefix(t, "/*") {
			return finding.Span{}
		}
		if says(t) {
			return f.whole(file, n)
		}
	}
}

// blockSafety finds the comment of an unsafe block: above it, in its line before it,
// as the first thing in it, or above the statement that it stands in.
func (f *source) blockSafety(file string, line, col int) finding.Span {
	head := f.line(line)
	head = head[:byteColumn(head, col)]
	if i := strings.LastIndex(head, "/*"); i >= 0 && says(head[i:]) {
		return f.whole(file, line)
	}
	if sp := f.safetyAbove(file, line); !sp.IsZero() {
		return sp
	}
	if sp := f.safetyInside(file, line, col); !sp.IsZero() {
		return sp
	}
	if start := f.statement(line, col); start < line {
		return f.safetyAbove(file, start)
	}
	return finding.Span{}
}

// statement is the line on which the statement, the argument or the arm starts in
// which a place stands.
func (f *source) statement(line, col int) int {
	depth, first, comma := 0, line, 0
	for n := line; n > 0 && line-n < 60; n-- {
		text := f.line(n)
		if n == line {
			text = text[:byteColumn(text, col)]
		}
		if i := strings.Index(text, "//"); i >= 0 {
			text = text[:i]
		}
		for i := len(text) - 1; i >= 0; i-- {
			switch text[i] {
			case ')', ']', '}':
				if text[i] == '}' && depth == 0 && strings.TrimSpace(text[i+1:]) == "" {
					return orLine(comma, first)
				}
				depth++
			case '(', '[':
				if depth == 0 {
					comma = 0 // what the comma parted were arguments
					continue
				}
				depth--
			case '{':
				if depth == 0 {
					return orLine(comma, first)
				}
				depth--
			case ';':
				if depth == 0 {
					return first
				}
			case ',':
				if depth == 0 && comma == 0 {
					comma = first
				}
			}
		}
		if strings.TrimSpace(text) != "" {
			if t := strings.TrimSpace(text); t[0] != ')' && t[0] != ']' && t[0] != '}' {
				first = n
			}
		}
	}
	return first
}

func orLine(n, other int) int {
	if n != 0 {
		return n
	}
	return other
}

var safetyHeading = regexp.MustCompile(`(?i)#+\s*(?:implementation\s+)?safety\b`)

// docSafety finds the section `# Safety` of the documentation above a line, or a
// comment `SAFETY:` there.
func (f *source) docSafety(file string, line int) finding.Span {
	block := false
	for n := line - 1; n > 0; n-- {
		t := strings.TrimSpace(f.line(n))
		switch {
		case block:
			if strings.Contains(t, "/*") {
				block = false
			}
		case strings.HasSuffix(t, "*/"):
			block = !strings.HasPrefix(t, "/*")
		case strings.HasPrefix(t, "//"), strings.HasPrefix(t, "#[") && strings.HasSuffix(t, "]"), t == "":
		default:
			return finding.Span{}
		}
		if safetyHeading.MatchString(t) || says(t) {
			return f.whole(file, n)
		}
	}
	return finding.Span{}
}

var (
	fnName    = regexp.MustCompile(`\bfn\s+(r#)?([A-Za-z_]\w*)`)
	traitName = regexp.MustCompile(`\btrait\s+([A-Za-z_]\w*)`)
	implHead  = regexp.MustCompile(`^(?:default\s+)?(?:unsafe\s+)?impl\b`)
	macroHead = regexp.MustCompile(`\bmacro_rules!\s*([A-Za-z_]\w*)`)
	implAt    = regexp.MustCompile(`<impl at ([^<>]*?:\d+:\d+: \d+:\d+)>`)
)

// implName is the type of `impl T`, or `<T as Trait>`, of an impl's text.
func implName(text string) string {
	loc := implHead.FindStringIndex(text)
	if loc == nil {
		return ""
	}
	text = text[loc[1]:]
	if strings.HasPrefix(text, "<") {
		text = text[min(len(text), argListEnd(text)):]
	}
	end := strings.IndexAny(text, "{;")
	if end >= 0 {
		text = text[:end]
	}
	if i := strings.Index(text, "where"); i > 0 && (text[i-1] == ' ' || text[i-1] == '\n') {
		text = text[:i]
	}
	text = strings.Join(strings.Fields(text), " ")
	if trait, typ, ok := strings.Cut(text, " for "); ok {
		return "<" + typ + " as " + trait + ">"
	}
	return text
}

// argListEnd is behind the `>` that closes the list which the text starts with.
func argListEnd(s string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '<':
			depth++
		case s[i] == '>' && s[i-1] != '-' && s[i-1] != '=':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(s)
}

// itemName is a body's name with its impls named by what they are of.
func (s *sources) itemName(name string) string {
	if !strings.Contains(name, "<impl at ") {
		return name
	}
	return implAt.ReplaceAllStringFunc(name, func(m string) string {
		at, ok := capture.ParseSpan(implAt.FindStringSubmatch(m)[1])
		if !ok {
			return m
		}
		if n := implName(s.file(at.File).from(at.Line, at.Col, 12)); n != "" && !strings.Contains(n, "$") {
			return n
		}
		return "<impl in a macro>"
	})
}

// macroAt is the macro in whose definition a place stands.
func (s *sources) macroAt(at capture.LintSpan) string {
	f := s.file(at.File)
	for n := at.Line; n > 0; n-- {
		if m := macroHead.FindStringSubmatch(f.line(n)); m != nil {
			return m[1] + "!"
		}
	}
	return filepath.Base(at.File)
}
