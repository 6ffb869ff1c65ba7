package finding

import (
	"strings"
	"unicode"
)

// Plain is text from outside as one line that may be shown anywhere: what would
// steer a terminal or turn the direction of the text is gone, and every run of
// blanks is one.
func Plain(s string) string {
	if isPlain(s) {
		return s
	}
	return strings.Join(strings.Fields(PlainText(s)), " ")
}

// PlainText is Plain for text of several lines, which keeps its lines and blanks.
func PlainText(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r > '~' }) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == '\r' || r == '\v' || r == '\f' || r == '\u2028' || r == '\u2029':
			return ' '
		case steers(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// isPlain reports whether s is printable ASCII without runs of blanks, as nearly all is.
func isPlain(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c > '~' || c == ' ' && (i == 0 || i == len(s)-1 || s[i-1] == ' ') {
			return false
		}
	}
	return true
}

// steers reports whether r is shown as nothing and changes how others are shown.
func steers(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
}
