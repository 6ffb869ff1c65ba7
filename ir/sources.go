package ir

import (
	"bytes"
	"iter"
	"os"
	"path/filepath"
)

// SourceTexts are the texts of the crate's Rust source files, with the error of
// a file that cannot be read.
func (c *Crate) SourceTexts() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for _, file := range c.Files {
			if filepath.Ext(file) != ".rs" {
				continue
			}
			if !yield(os.ReadFile(c.Src.Path(file))) {
				return
			}
		}
	}
}

// fnUnsafe tells whether some, and whether all, functions of a name are `unsafe fn`.
type fnUnsafe struct{ some, all bool }

// UnsafeFn reports whether the source says `unsafe fn` of some function of that
// name, and whether it does of all. A name that a macro makes is not seen.
func (c *Crate) UnsafeFn(name string) (some, all bool) {
	c.fnsOnce.Do(func() {
		c.fns = map[string]fnUnsafe{}
		for text, err := range c.SourceTexts() {
			if err == nil {
				declaredFns(text, c.fns)
			}
		}
	})
	f := c.fns[name]
	return f.some, f.all
}

// declaredFns notes the functions that a text declares. Words in comments and
// strings count.
func declaredFns(text []byte, out map[string]fnUnsafe) {
	for at := 0; ; {
		i := bytes.Index(text[at:], []byte("fn "))
		if i < 0 {
			return
		}
		i += at
		at = i + len("fn ")
		end := at
		for end < len(text) && isWordByte(text[end]) {
			end++
		}
		if i > 0 && isWordByte(text[i-1]) || end == at {
			continue
		}
		word := lastWord(text[:i])
		if bytes.HasSuffix(word, []byte(`"`)) { // extern "C"
			word = lastWord(text[:i-len(word)-1])
		}
		if string(word) == "extern" {
			before := bytes.TrimRight(text[:i], " \t\r\n")
			word = lastWord(text[:bytes.LastIndex(before, []byte("extern"))])
		}
		name, is := string(text[at:end]), string(word) == "unsafe"
		f, seen := out[name]
		out[name] = fnUnsafe{some: f.some || is, all: is && (f.all || !seen)}
	}
}

// lastWord is the word that a text ends in, before white space; a string literal counts as one.
func lastWord(text []byte) []byte {
	text = bytes.TrimRight(text, " \t\r\n")
	text = text[max(0, len(text)-40):]
	return text[bytes.LastIndexAny(text, " \t\r\n(){};")+1:]
}
