package version

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Version is a version of a crate.
type Version struct {
	Major, Minor, Patch uint64
	Pre                 string // what stands behind "-": "alpha.1"
	Build               string // what stands behind "+"
}

// Parse reads a version as Cargo demands it: three numbers, no "v", no leading zeros.
func Parse(s string) (Version, error) {
	v, err := parse(s)
	if err != nil {
		return Version{}, fmt.Errorf("version %q: %w", shorten(s), err)
	}
	return v, nil
}

func parse(s string) (v Version, err error) {
	rest := s
	for i, to := range []*uint64{&v.Major, &v.Minor, &v.Patch} {
		if i > 0 {
			if rest == "" || rest[0] != '.' {
				return v, errors.New("needs three numbers with dots between them")
			}
			rest = rest[1:]
		}
		if *to, rest, err = number(rest); err != nil {
			return v, err
		}
	}
	if v.Pre, v.Build, rest, err = labels(rest); err != nil {
		return v, err
	}
	if rest != "" {
		return v, fmt.Errorf("%q is too much", shorten(rest))
	}
	return v, nil
}

// number reads the digits that s begins with.
func number(s string) (n uint64, rest string, err error) {
	end := 0
	for end < len(s) && isDigit(s[end]) {
		end++
	}
	switch {
	case end == 0 && s == "":
		return 0, s, errors.New("a number is missing at the end")
	case end == 0:
		return 0, s, fmt.Errorf("a number is missing before %q", shorten(s))
	case end > 1 && s[0] == '0':
		return 0, s, fmt.Errorf("%q has a leading zero", shorten(s[:end]))
	}
	if n, err = strconv.ParseUint(s[:end], 10, 64); err != nil {
		return 0, s, fmt.Errorf("%q is too large", shorten(s[:end]))
	}
	return n, s[end:], nil
}

// labels reads "-alpha.1+linux", or a part of it.
func labels(s string) (pre, build, rest string, err error) {
	rest = s
	if strings.HasPrefix(rest, "-") {
		if pre, rest, err = label(rest[1:], true); err != nil {
			return "", "", rest, err
		}
	}
	if strings.HasPrefix(rest, "+") {
		if build, rest, err = label(rest[1:], false); err != nil {
			return "", "", rest, err
		}
	}
	return pre, build, rest, nil
}

// label reads identifiers with dots between them. Those of a pre-release that
// are numbers have no leading zeros.
func label(s string, pre bool) (text, rest string, err error) {
	start, digits := 0, true
	for i := 0; ; i++ {
		if i < len(s) && isIdentifier(s[i]) {
			digits = digits && isDigit(s[i])
			continue
		}
		switch {
		case i == start:
			return "", s, errors.New("a part of the label is empty")
		case pre && digits && i-start > 1 && s[start] == '0':
			return "", s, fmt.Errorf("%q has a leading zero", shorten(s[start:i]))
		case i == len(s) || s[i] != '.':
			return s[:i], s[i:], nil
		}
		start, digits = i+1, true
	}
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isIdentifier(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '-'
}

// shorten keeps what is quoted in an error readable.
func shorten(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "..."
}

// String is the version as it is written.
func (v Version) String() string {
	var b [48]byte
	out := strconv.AppendUint(b[:0], v.Major, 10)
	out = strconv.AppendUint(append(out, '.'), v.Minor, 10)
	out = strconv.AppendUint(append(out, '.'), v.Patch, 10)
	if v.Pre != "" {
		out = append(append(out, '-'), v.Pre...)
	}
	if v.Build != "" {
		out = append(append(out, '+'), v.Build...)
	}
	return string(out)
}

// Compare orders by precedence: -1 when v stands before w, 0 when they have the
// same place, 1 else. Build metadata does not count.
func (v Version) Compare(w Version) int {
	if c := cmp.Compare(v.Major, w.Major); c != 0 {
		return c
	}
	if c := cmp.Compare(v.Minor, w.Minor); c != 0 {
		return c
	}
	if c := cmp.Compare(v.Patch, w.Patch); c != 0 {
		return c
	}
	return comparePre(v.Pre, w.Pre)
}

// comparePre orders what stands behind "-": nothing is the highest.
func comparePre(a, b string) int {
	switch {
	case a == b:
		return 0
	case a == "":
		return 1
	case b == "":
		return -1
	}
	for {
		x, restA, moreA := strings.Cut(a, ".")
		y, restB, moreB := strings.Cut(b, ".")
		if c := compareIdentifier(x, y); c != 0 {
			return c
		}
		switch {
		case !moreA && !moreB:
			return 0
		case !moreA:
			return -1
		case !moreB:
			return 1
		}
		a, b = restA, restB
	}
}

// compareIdentifier orders numbers by value and before words, words by their bytes.
func compareIdentifier(x, y string) int {
	numX, numY := allDigits(x), allDigits(y)
	switch {
	case numX && numY && len(x) != len(y):
		return cmp.Compare(len(x), len(y)) // there are no leading zeros
	case numX == numY:
		return strings.Compare(x, y)
	case numX:
		return -1
	}
	return 1
}

func allDigits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return s != ""
}

// Compare orders two versions as written. One that is none stands behind all that
// are, by its bytes.
func Compare(a, b string) int {
	v, errA := parse(a)
	w, errB := parse(b)
	switch {
	case errA == nil && errB == nil:
		return cmp.Or(v.Compare(w), strings.Compare(a, b))
	case errA == nil:
		return -1
	case errB == nil:
		return 1
	}
	return strings.Compare(a, b)
}

// MarshalText is String.
func (v Version) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText is Parse.
func (v *Version) UnmarshalText(text []byte) (err error) {
	*v, err = Parse(string(text))
	return err
}

// Compatible reports whether Cargo takes w in the place of v without a change of
// a requirement like "v": w is no older, and no number that Cargo holds still differs.
func (v Version) Compatible(w Version) bool {
	return Requirement{{Op: Caret, Major: v.Major, Minor: v.Minor, Patch: v.Patch, Parts: 3, Pre: v.Pre}}.Matches(w)
}
