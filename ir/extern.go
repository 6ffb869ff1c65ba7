package ir

import (
	"bytes"
	"strings"

	"softshell/mir"
)

// ExternFn is a function with a foreign ABI, as the source of its crate writes it.
type ExternFn struct {
	Name     string
	ABI      string // "C", "system", "C-unwind"; "" when only the MIR tells of it
	Exported bool   // no_mangle or export_name: C calls it by name
	Unsafe   bool
	params   []string // the types as written, a receiver included
}

// sourceWords is what a look at a crate's source, without reading it as Rust,
// tells that MIR does not print.
type sourceWords struct {
	externs map[string][]ExternFn // by name
	impls   map[string]bool       // "Sync for Name" of `unsafe impl`
}

// Extern is what is known of a function with a foreign ABI, nil for any other.
// Code that a macro wrote is known by its MIR alone.
func (c *Crate) Extern(f *Func) *ExternFn {
	if f.Head.Kind != mir.FnBody {
		return nil
	}
	for i, x := range c.externWords().externs[f.Last] {
		if x.fits(f.Head) {
			return &c.externWords().externs[f.Last][i]
		}
	}
	if f.Aborts {
		return &ExternFn{Name: f.Last}
	}
	return nil
}

// UnsafeImpl reports whether the source says `unsafe impl Trait for Name`.
func (c *Crate) UnsafeImpl(trait, name string) bool { return c.implWords().impls[trait+" for "+name] }

// fits reports whether a body can be the function's: as many parameters, and
// pointers where the source writes pointers.
func (x *ExternFn) fits(head *mir.Body) bool {
	if len(x.params) != len(head.Params) {
		return false
	}
	for i, text := range x.params {
		t := head.Locals[head.Params[i]].Type
		if t != nil && strings.HasPrefix(text, "*") && t.Kind != mir.TypeRawPtr {
			return false
		}
		if t != nil && t.Kind == mir.TypePrim && strings.HasPrefix(text, "&") {
			return false
		}
	}
	return true
}

// externWords is what the files tell that declare or define foreign functions.
func (c *Crate) externWords() *sourceWords {
	c.externOnce.Do(func() { c.externs = c.words(mayBeExtern) })
	return c.externs
}

// implWords is what the files tell that may say `unsafe` of an impl.
func (c *Crate) implWords() *sourceWords {
	c.implOnce.Do(func() {
		c.impls = c.words(func(text []byte) bool { return bytes.Contains(text, []byte("unsafe ")) })
	})
	return c.impls
}

// mayBeExtern reports whether a text may declare or define foreign functions.
func mayBeExtern(text []byte) bool {
	for {
		i := bytes.Index(text, []byte("xtern ")) // the letter x is rare: most of a text is passed over at once
		if i < 0 {
			return false
		}
		before := i > 0 && text[i-1] == 'e'
		text = text[i+len("xtern "):]
		if before && (bytes.HasPrefix(text, []byte{'"'}) || bytes.HasPrefix(text, []byte("fn")) || bytes.HasPrefix(text, []byte{'r'})) {
			return true
		}
	}
}

// words reads the source files of which may says yes.
func (c *Crate) words(may func(text []byte) bool) *sourceWords {
	w := &sourceWords{externs: map[string][]ExternFn{}, impls: map[string]bool{}}
	for text, err := range c.SourceTexts() {
		if err == nil && may(text) {
			w.read(string(text))
		}
	}
	return w
}

// read goes over the tokens of a source text.
func (w *sourceWords) read(text string) {
	toks := Tokens(text)
	start := 0 // of the item
	for i, t := range toks {
		switch t {
		case ";", "{", "}":
			start = i + 1
		case "extern":
			w.extern(toks[start:i], toks[i+1:])
		case "impl":
			if i > 0 && toks[i-1] == "unsafe" {
				w.impl(toks[i+1:])
			}
		}
	}
}

func (w *sourceWords) extern(before, after []string) {
	x := ExternFn{ABI: "C"}
	if len(after) > 0 && strings.HasPrefix(after[0], `"`) {
		x.ABI, after = strings.Trim(after[0], `"`), after[1:]
	}
	if len(after) < 3 || after[0] != "fn" || x.ABI == "Rust" {
		return
	}
	x.Name = after[1]
	for _, t := range before {
		switch t {
		case "unsafe":
			x.Unsafe = true
		case "no_mangle", "export_name":
			x.Exported = true
		}
	}
	if n := len(before); x.Exported && !(n > 0 && before[n-1] == "unsafe") {
		// the `unsafe` of `#[unsafe(no_mangle)]` is not the function's
		x.Unsafe = false
	}
	rest, ok := skipGenerics(after[2:])
	if !ok || len(rest) == 0 || rest[0] != "(" {
		return // a type: extern "C" fn(..)
	}
	x.params = paramTypes(rest[1:])
	w.externs[x.Name] = append(w.externs[x.Name], x)
}

// skipGenerics goes past a list of generic parameters, if one stands there.
func skipGenerics(toks []string) ([]string, bool) {
	if len(toks) == 0 || toks[0] != "<" {
		return toks, true
	}
	depth := 0
	for i, t := range toks {
		switch t {
		case "<":
			depth++
		case ">":
			if i > 0 && toks[i-1] == "-" {
				continue
			}
			if depth--; depth == 0 {
				return toks[i+1:], true
			}
		case "{", ";":
			return nil, false
		}
	}
	return nil, false
}

// paramTypes lists the types of a list of parameters, behind its opening parenthesis.
func paramTypes(toks []string) []string {
	var out []string
	var cur []string
	add := func() {
		at := 0
		for i, t := range cur {
			if t == ":" {
				at = i + 1
				break
			}
		}
		if len(cur) > 0 && cur[0] != "#" || at > 0 {
			out = append(out, strings.Join(cur[at:], " "))
		}
		cur = cur[:0]
	}
	depth := 0
	for i, t := range toks {
		switch t {
		case "(", "[", "<":
			depth++
		case ")", "]", ">":
			if t == ">" && i > 0 && toks[i-1] == "-" {
				break
			}
			if depth--; depth < 0 {
				add()
				return out
			}
		case ",":
			if depth == 0 {
				add()
				continue
			}
		}
		cur = append(cur, t)
	}
	return out
}

// impl notes `Send for Name` and `Sync for Name` of an unsafe impl.
func (w *sourceWords) impl(toks []string) {
	toks, ok := skipGenerics(toks)
	if !ok {
		return
	}
	trait, name := "", ""
	for i, t := range toks {
		if t == "{" || t == ";" || t == "where" {
			break
		}
		if t == "for" {
			trait = toks[max(i-1, 0)]
			continue
		}
		if trait != "" {
			if t == "<" {
				break
			}
			name = t // the last segment of the path
		}
	}
	if trait == "Send" || trait == "Sync" {
		w.impls[trait+" for "+name] = true
	}
}

// Tokens splits Rust source into words, string literals and single signs, without comments.
func Tokens(text string) []string {
	var out []string
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == ' ' || c == '\n' || c == '\t' || c == '\r':
			i++
		case strings.HasPrefix(text[i:], "//"):
			if n := strings.IndexByte(text[i:], '\n'); n >= 0 {
				i += n
			} else {
				i = len(text)
			}
		case strings.HasPrefix(text[i:], "/*"):
			i = skipBlockComment(text, i)
		case c == '"':
			end := stringEnd(text, i)
			out = append(out, text[i:end])
			i = end
		case c == '\'':
			i = charEnd(text, i)
		case isWordByte(c):
			end := i
			for end < len(text) && isWordByte(text[end]) {
				end++
			}
			if word := text[i:end]; (word == "r" || word == "br" || word == "cr") && end < len(text) && (text[end] == '"' || text[end] == '#') {
				if to := rawEnd(text, end); to > 0 {
					i = to
					continue
				}
			}
			out = append(out, text[i:end])
			i = end
		default:
			out = append(out, text[i:i+1])
			i++
		}
	}
	return out
}

func isWordByte(c byte) bool {
	return c == '_' || c == '$' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0x80
}

func skipBlockComment(text string, i int) int {
	depth := 0
	for ; i < len(text); i++ {
		switch {
		case strings.HasPrefix(text[i:], "/*"):
			depth++
			i++
		case strings.HasPrefix(text[i:], "*/"):
			i++
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return i
}

func stringEnd(text string, i int) int {
	for i++; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}

// charEnd goes past a character literal, or past the sign of a lifetime.
func charEnd(text string, i int) int {
	switch {
	case i+2 < len(text) && text[i+1] == '\\':
		if n := strings.IndexByte(text[i+3:], '\''); n >= 0 && n < 12 {
			return i + 4 + n
		}
	case i+2 < len(text):
		if n := strings.IndexByte(text[i+1:min(len(text), i+6)], '\''); n > 0 && (n == 1 || text[i+1] >= 0x80) {
			return i + 2 + n
		}
	}
	for i++; i < len(text) && isWordByte(text[i]); i++ {
	}
	return i
}

// rawEnd goes past a raw string whose hashes or quote start at i; 0 when it is none (r#name).
func rawEnd(text string, i int) int {
	hashes := 0
	for i+hashes < len(text) && text[i+hashes] == '#' {
		hashes++
	}
	if i+hashes >= len(text) || text[i+hashes] != '"' {
		return 0
	}
	from := i + hashes + 1
	if n := strings.Index(text[from:], `"`+strings.Repeat("#", hashes)); n >= 0 {
		return from + n + 1 + hashes
	}
	return len(text)
}
