package mir

import "strings"

// skipQuoted returns the index behind the quoted text that opens at s[i], which
// is a `"` or a `'`; a lifetime's quote is stepped over alone.
func skipQuoted(s string, i int) int {
	q := s[i]
	if q == '\'' && !isCharLiteral(s, i) {
		return i + 1
	}
	for k := i + 1; k < len(s); k++ {
		switch s[k] {
		case '\\':
			k++
		case q:
			return k + 1
		}
	}
	return len(s)
}

// isCharLiteral tells 'a' and '\n' from the lifetime 'a.
func isCharLiteral(s string, i int) bool {
	if i+2 >= len(s) {
		return false
	}
	if s[i+1] == '\\' || s[i+2] == '\'' {
		return true
	}
	if s[i+1] < 0x80 {
		return false
	}
	for k := i + 2; k < len(s) && k < i+6; k++ { // one character beyond ASCII
		if s[k] == '\'' {
			return true
		}
	}
	return false
}

// closing returns the index of the bracket that closes the one at s[i], or -1.
// Brackets are (), [], {} and <>; the `>` of `->` and `=>` closes nothing.
func closing(s string, i int) int {
	depth := 0
	for k := i; k < len(s); k++ {
		c := s[k]
		if !isBracket[c] {
			continue
		}
		switch c {
		case '"', '\'':
			k = skipQuoted(s, k) - 1
		case '(', '[', '{', '<':
			depth++
		case '>':
			if isArrow(s, k) {
				continue
			}
			fallthrough
		case ')', ']', '}':
			depth--
			if depth == 0 {
				return k
			}
			if depth < 0 {
				return -1
			}
		}
	}
	return -1
}

// isBracket tells the bytes that open or close something, or may: quotes too.
var isBracket = func() (set [256]bool) {
	for _, c := range []byte("()[]{}<>\"'") {
		set[c] = true
	}
	return set
}()

func isArrow(s string, k int) bool { return k > 0 && (s[k-1] == '-' || s[k-1] == '=') }

// opening returns the index of the bracket that the `)` at s[i] closes, or -1.
// It serves where no quotes can stand.
func opening(s string, i int) int {
	depth := 0
	for k := i; k >= 0; k-- {
		switch s[k] {
		case ')':
			depth++
		case '(':
			depth--
			if depth == 0 {
				return k
			}
		}
	}
	return -1
}

// find returns the first index at or behind i, outside all brackets and
// quotes, where sep stands, or -1. It ends at a bracket that closes more than was opened.
func find(s string, i int, sep string) int {
	depth := 0
	for k := i; k < len(s); k++ {
		c := s[k]
		if depth == 0 && c == sep[0] && strings.HasPrefix(s[k:], sep) {
			return k
		}
		if !isBracket[c] {
			continue
		}
		switch c {
		case '"', '\'':
			k = skipQuoted(s, k) - 1
		case '(', '[', '{', '<':
			depth++
		case '>':
			if isArrow(s, k) {
				continue
			}
			fallthrough
		case ')', ']', '}':
			depth--
			if depth < 0 {
				return -1
			}
		}
	}
	return -1
}

// each calls f for the parts of s between commas that stand outside brackets
// and quotes, trimmed; it stops and returns false when f does.
func each(s string, f func(part string) bool) bool {
	for s != "" {
		i := find(s, 0, ",")
		if i < 0 {
			return f(strings.TrimSpace(s))
		}
		if !f(strings.TrimSpace(s[:i])) {
			return false
		}
		s = s[i+1:]
		if strings.TrimSpace(s) == "" {
			return true
		}
	}
	return true
}

// number reads a decimal number at s[i:] and returns the index behind it;
// ok is false when none stands there or it does not fit.
func number(s string, i int) (n int32, end int, ok bool) {
	k := i
	var v int64
	for k < len(s) && s[k] >= '0' && s[k] <= '9' {
		v = v*10 + int64(s[k]-'0')
		if v > 1<<31-1 {
			return 0, k, false
		}
		k++
	}
	return int32(v), k, k > i
}

// whole reads s as one decimal number.
func whole(s string) (int32, bool) {
	n, end, ok := number(s, 0)
	return n, ok && end == len(s)
}

// blockNumber reads `bb12`.
func blockNumber(s string) (int32, bool) {
	if !strings.HasPrefix(s, "bb") {
		return -1, false
	}
	n, ok := whole(s[2:])
	if !ok {
		return -1, false
	}
	return n, true
}

// between returns what stands between pre and post when s has both.
func between(s, pre, post string) (string, bool) {
	if len(s) < len(pre)+len(post) || !strings.HasPrefix(s, pre) || !strings.HasSuffix(s, post) {
		return "", false
	}
	return s[len(pre) : len(s)-len(post)], true
}
