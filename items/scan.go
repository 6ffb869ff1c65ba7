package items

import "bytes"

// scanner is a cursor over JSON text that is complete in memory. It is
// lenient: it checks only what it needs to move on. bad is set, and stays set,
// once the text is not what the caller asked for; every method then does
// nothing, so callers check once at the end.
type scanner struct {
	b   []byte
	i   int
	bad bool
}

// peek returns the next byte that is no white space, 0 at the end.
func (s *scanner) peek() byte {
	for s.i < len(s.b) {
		switch c := s.b[s.i]; c {
		case ' ', '\n', '\t', '\r':
			s.i++
		default:
			return c
		}
	}
	return 0
}

// open enters the object or array that starts with c; false when the value is
// something else (null, say), which is then skipped.
func (s *scanner) open(c byte) bool {
	if s.bad {
		return false
	}
	if s.peek() != c {
		s.skip()
		return false
	}
	s.i++
	return true
}

// key moves to the next key of the object that was opened and returns it; ok
// is false behind the last.
func (s *scanner) key() (k []byte, ok bool) {
	if !s.more('}') {
		return nil, false
	}
	k = s.str()
	if s.bad || s.peek() != ':' {
		s.bad = true
		return nil, false
	}
	s.i++
	return k, true
}

// more moves to the next element of what was opened; false, and past the
// closing byte, behind the last.
func (s *scanner) more(closing byte) bool {
	if s.bad {
		return false
	}
	c := s.peek()
	if c == ',' {
		s.i++
		c = s.peek()
	}
	if c == closing {
		s.i++
		return false
	}
	if c == 0 {
		s.bad = true
		return false
	}
	return true
}

// str reads a string and returns what stands between the quotes, escapes untouched.
func (s *scanner) str() []byte {
	if s.bad || s.peek() != '"' {
		s.bad = true
		return nil
	}
	end := skipString(s.b, s.i)
	if end < 0 {
		s.bad = true
		return nil
	}
	v := s.b[s.i+1 : end-1]
	s.i = end
	return v
}

// raw steps over a value and returns its text.
func (s *scanner) raw() []byte {
	s.peek()
	from := s.i
	s.skip()
	if s.bad {
		return nil
	}
	return s.b[from:s.i]
}

func (s *scanner) skip() {
	if s.bad {
		return
	}
	s.peek()
	end := skipValue(s.b, s.i)
	if end < 0 {
		s.bad = true
		return
	}
	s.i = end
}

// text reads a string value with its escapes resolved; "" for null and the like.
func (s *scanner) text() string {
	if s.bad {
		return ""
	}
	if s.peek() != '"' {
		s.skip()
		return ""
	}
	return unquote(s.str())
}

// flag reads a boolean.
func (s *scanner) flag() bool { return string(s.raw()) == "true" }

// null steps over a null and reports whether there was one.
func (s *scanner) null() bool {
	if s.bad || s.peek() != 'n' {
		return false
	}
	s.skip()
	return !s.bad
}

// skipString returns the index behind the string that starts at b[i], -1 when it does not end in b.
func skipString(b []byte, i int) int {
	i++
	for {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			return -1
		}
		i += n + 1
		back := i - 2
		for b[back] == '\\' {
			back--
		}
		if (i-back)%2 == 0 { // an even number of backslashes before the quote
			return i
		}
	}
}

// skipValue returns the index behind the value that starts at b[i], or -1 when
// b ends before the value does. Nesting is counted, not checked: what closes
// an object may close an array.
func skipValue(b []byte, i int) int {
	depth := 0
	for i < len(b) {
		switch b[i] {
		case '"':
			if i = skipString(b, i); i < 0 {
				return -1
			}
			if depth == 0 {
				return i
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth <= 0 {
				return i + 1
			}
		case ',', ':', ' ', '\n', '\t', '\r':
		default:
			if depth == 0 {
				return skipScalar(b, i)
			}
		}
		i++
	}
	return -1
}

// skipScalar steps over a number or a word; it must be followed by something,
// else nobody knows that it ended.
func skipScalar(b []byte, i int) int {
	for ; i < len(b); i++ {
		switch b[i] {
		case ',', ']', '}', ' ', '\n', '\t', '\r', ':', '"', '{', '[':
			return i
		}
	}
	return -1
}
