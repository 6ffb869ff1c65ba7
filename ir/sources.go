package ir

import (
	"bytes"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"unicode/utf8"
)

// SourceCache reads source files once, until the crate is released. It may be
// used by several goroutines.
type SourceCache struct {
	dir   string
	mu    sync.Mutex
	files map[string]*sourceFile // by absolute path; nil once the crate is released
}

// sourceFile is a file that was read.
type sourceFile struct {
	text  []byte
	err   error
	lines []int // where each line starts, once one was asked for
}

// NewSourceCache returns a cache whose relative names start at dir.
func NewSourceCache(dir string) *SourceCache {
	return &SourceCache{dir: dir, files: map[string]*sourceFile{}}
}

// release drops the files; from now on they are read whenever they are needed.
func (s *SourceCache) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files = nil
}

// Path is the absolute form of a file name as spans spell it.
func (s *SourceCache) Path(file string) string {
	if filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(s.dir, file)
}

func (s *SourceCache) read(file string) *sourceFile {
	path := s.Path(file)
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.files[path]
	if f == nil {
		f = &sourceFile{}
		f.text, f.err = os.ReadFile(path)
		if s.files != nil {
			s.files[path] = f
		}
	}
	return f
}

// Lines returns the lines of a file without their ends; of one that cannot be
// read there are none.
func (s *SourceCache) Lines(file string) []string {
	f := s.read(file)
	if f.err != nil {
		return nil
	}
	return strings.Split(strings.ReplaceAll(string(f.text), "\r\n", "\n"), "\n")
}

// Slice is the text of a span; columns count characters from 1, the end is exclusive.
func (s *SourceCache) Slice(file string, line, col, endLine, endCol int) string {
	f := s.read(file)
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.err != nil || line < 1 || endLine < line {
		return ""
	}
	if f.lines == nil {
		f.findLines()
	}
	if endLine > len(f.lines) {
		return ""
	}
	var out []byte
	for n := line; n <= endLine; n++ {
		l := f.line(n)
		from, to := 0, len(l)
		if n == line {
			from = column(l, col)
		}
		if n == endLine {
			to = column(l, endCol)
		}
		if from > to {
			return ""
		}
		if n > line {
			out = append(out, '\n')
		}
		out = append(out, l[from:to]...)
	}
	return string(out)
}

func (f *sourceFile) findLines() {
	f.lines = append(make([]int, 0, 1+bytes.Count(f.text, []byte{'\n'})), 0)
	for at := 0; ; {
		i := bytes.IndexByte(f.text[at:], '\n')
		if i < 0 {
			return
		}
		at += i + 1
		f.lines = append(f.lines, at)
	}
}

// line is the text of a line, from 1, without its end.
func (f *sourceFile) line(n int) []byte {
	if n == len(f.lines) {
		return f.text[f.lines[n-1]:]
	}
	return bytes.TrimSuffix(f.text[f.lines[n-1]:f.lines[n]-1], []byte{'\r'})
}

// column is the index of the character of that number, from 1, or the end of the line.
func column(line []byte, col int) int {
	i := 0
	for ; col > 1 && i < len(line); col-- {
		_, n := utf8.DecodeRune(line[i:])
		i += n
	}
	return i
}

// SourceTexts are the texts of the crate's Rust source files, with the error of
// a file that cannot be read. They are not to be changed.
func (c *Crate) SourceTexts() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for _, file := range c.Files {
			if filepath.Ext(file) != ".rs" {
				continue
			}
			if f := c.Src.read(file); !yield(f.text, f.err) {
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
