package finding

import "strings"

// comment is one comment of a source file.
type comment struct {
	line  int    // of its start, from 1
	text  string // without the markers
	alone bool   // nothing but white space stands before it on its line
}

// comments finds the comments of Rust source: not those inside strings, raw
// strings and characters. A block comment gives one entry for each of its lines.
func comments(src string) []comment {
	s := scanner{src: src, line: 1, alone: true}
	for s.i < len(s.src) {
		s.step()
	}
	return s.out
}

type scanner struct {
	src   string
	i     int
	line  int
	alone bool
	out   []comment
}

func (s *scanner) step() {
	c := s.src[s.i]
	switch {
	case c == '\n':
		s.line++
		s.alone = true
		s.i++
	case c == ' ' || c == '\t' || c == '\r':
		s.i++
	case strings.HasPrefix(s.src[s.i:], "//"):
		end := strings.IndexByte(s.src[s.i:], '\n')
		if end < 0 {
			end = len(s.src) - s.i
		}
		s.out = append(s.out, comment{s.line, strings.TrimSpace(strings.TrimLeft(s.src[s.i:s.i+end], "/!")), s.alone})
		s.i += end
	case strings.HasPrefix(s.src[s.i:], "/*"):
		s.block()
	case c == '"':
		s.alone = false
		s.i++
		s.str()
	case c == 'r' && s.rawHashes() >= 0 && !s.inWord():
		s.alone = false
		s.raw(s.rawHashes())
	case c == '\'':
		s.alone = false
		s.char()
	default:
		s.alone = false
		s.i++
	}
}

func (s *scanner) inWord() bool {
	if s.i == 0 {
		return false
	}
	p := s.src[s.i-1]
	if p == 'b' || p == 'c' { // br"..", cr".."
		return s.i >= 2 && isWord(s.src[s.i-2])
	}
	return isWord(p)
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// rawHashes counts the hashes of `r##"` at s.i, -1 when no raw string starts there.
func (s *scanner) rawHashes() int {
	n := 0
	for k := s.i + 1; k < len(s.src); k++ {
		switch s.src[k] {
		case '#':
			n++
		case '"':
			return n
		default:
			return -1
		}
	}
	return -1
}

func (s *scanner) skipTo(end int) {
	s.line += strings.Count(s.src[s.i:end], "\n")
	s.i = end
}

func (s *scanner) raw(hashes int) {
	open := s.i + 2 + hashes
	close := strings.Index(s.src[open:], "\""+strings.Repeat("#", hashes))
	if close < 0 {
		s.skipTo(len(s.src))
		return
	}
	s.skipTo(open + close + 1 + hashes)
}

func (s *scanner) str() {
	k := s.i
	for k < len(s.src) && s.src[k] != '"' {
		if s.src[k] == '\\' {
			k++
		}
		k++
	}
	s.skipTo(min(k+1, len(s.src)))
}

// char steps over a character, or over the quote of a lifetime.
func (s *scanner) char() {
	rest := s.src[s.i+1:]
	if strings.HasPrefix(rest, "\\") {
		if end := strings.IndexByte(rest[min(2, len(rest)):], '\''); end >= 0 {
			s.skipTo(s.i + 1 + 2 + end + 1)
			return
		}
	}
	for k := range rest {
		if k > 0 {
			if rest[k] == '\'' {
				s.skipTo(s.i + 1 + k + 1)
				return
			}
			break
		}
	}
	s.i++
}

func (s *scanner) block() {
	depth, k := 0, s.i
	for k < len(s.src) {
		switch {
		case strings.HasPrefix(s.src[k:], "/*"):
			depth++
			k += 2
		case strings.HasPrefix(s.src[k:], "*/"):
			depth--
			k += 2
		default:
			k++
		}
		if depth == 0 {
			break
		}
	}
	text := s.src[s.i:k]
	for n, line := range strings.Split(text, "\n") {
		line = strings.TrimSuffix(strings.Trim(line, "/*! \t\r"), "*/")
		s.out = append(s.out, comment{s.line + n, strings.TrimSpace(line), s.alone || n > 0})
	}
	s.skipTo(k)
}

// Code is Rust source with its comments, strings and characters as blanks; what is
// left stands where it stood.
func Code(src string) string {
	out := []byte(src)
	s := scanner{src: src, line: 1}
	for s.i < len(src) {
		start := s.i
		if s.step(); s.i-start == 1 {
			continue
		}
		for k := start; k < s.i; k++ {
			if out[k] != '\n' {
				out[k] = ' '
			}
		}
	}
	return string(out)
}
