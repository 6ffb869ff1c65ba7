package version

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Op is how a comparator compares.
type Op string

// The ops that Cargo knows.
const (
	Exact     Op = "="
	Greater   Op = ">"
	GreaterEq Op = ">="
	Less      Op = "<"
	LessEq    Op = "<="
	Tilde     Op = "~"
	Caret     Op = "^" // what a bare version means
	Wildcard  Op = "*" // "1.2.*"
)

// Comparator is one part of a requirement.
type Comparator struct {
	Op                  Op
	Major, Minor, Patch uint64
	Parts               int // how many of the three numbers are written
	Pre                 string
}

// Requirement is what Cargo.toml demands of a version: all comparators hold.
// None is "*".
type Requirement []Comparator

const maxComparators = 32 // Cargo's

// ParseRequirement reads a requirement as Cargo does.
func ParseRequirement(s string) (Requirement, error) {
	r, err := parseRequirement(s)
	if err != nil {
		return nil, fmt.Errorf("requirement %q: %w", shorten(s), err)
	}
	return r, nil
}

func parseRequirement(s string) (Requirement, error) {
	s = strings.Trim(s, " ")
	if isStar(s) {
		return Requirement{}, nil
	}
	var r Requirement
	for part := range strings.SplitSeq(s, ",") {
		part = strings.Trim(part, " ")
		switch {
		case isStar(part):
			return nil, fmt.Errorf("%q must stand alone", part)
		case len(r) == maxComparators:
			return nil, fmt.Errorf("more than %d parts", maxComparators)
		}
		c, err := comparator(part)
		if err != nil {
			return nil, err
		}
		r = append(r, c)
	}
	return r, nil
}

func isStar(s string) bool { return s == "*" || s == "x" || s == "X" }

func comparator(s string) (c Comparator, err error) {
	c.Op = Caret
	bare := true
	for _, op := range []Op{GreaterEq, LessEq, Greater, Less, Exact, Tilde, Caret} {
		if rest, ok := strings.CutPrefix(s, string(op)); ok {
			c.Op, bare, s = op, false, strings.TrimLeft(rest, " ")
			break
		}
	}
	if c.Major, s, err = number(s); err != nil {
		return c, err
	}
	c.Parts = 1
	star := false
	for _, to := range []*uint64{&c.Minor, &c.Patch} {
		if !strings.HasPrefix(s, ".") {
			break
		}
		if len(s) > 1 && isStar(s[1:2]) {
			star, s = true, s[2:]
			continue
		}
		if star {
			return c, errors.New("a number stands behind a star")
		}
		if *to, s, err = number(s[1:]); err != nil {
			return c, err
		}
		c.Parts++
	}
	if star && bare {
		c.Op = Wildcard
	}
	if c.Parts == 3 {
		if c.Pre, _, s, err = labels(s); err != nil {
			return c, err
		}
	}
	if s != "" {
		return c, fmt.Errorf("%q is too much", shorten(s))
	}
	return c, nil
}

// String is the requirement in Cargo's own form.
func (r Requirement) String() string {
	if len(r) == 0 {
		return "*"
	}
	parts := make([]string, len(r))
	for i, c := range r {
		parts[i] = c.String()
	}
	return strings.Join(parts, ", ")
}

func (c Comparator) String() string {
	var b strings.Builder
	if c.Op != Wildcard {
		b.WriteString(string(c.Op))
	}
	b.WriteString(strconv.FormatUint(c.Major, 10))
	for i, n := range []uint64{c.Minor, c.Patch} {
		if i+1 < c.Parts {
			b.WriteString("." + strconv.FormatUint(n, 10))
		}
	}
	if c.Op == Wildcard {
		b.WriteString(".*")
	}
	if c.Pre != "" {
		b.WriteString("-" + c.Pre)
	}
	return b.String()
}

// low is the lowest version that has the written numbers; what is not written is 0.
func (c Comparator) low() Version {
	return Version{Major: c.Major, Minor: c.Minor, Patch: c.Patch, Pre: c.Pre}
}

// lowest is a pre-release that stands before all others of its numbers.
const lowest = "0"

// next is the end of the versions that share the first n numbers of c, with the
// pre-releases of what follows left out. ok is false when there is no end.
func (c Comparator) next(n int) (v Version, ok bool) {
	switch {
	case n == 3 && c.Patch < math.MaxUint64:
		return Version{c.Major, c.Minor, c.Patch + 1, lowest, ""}, true
	case n >= 2 && c.Minor < math.MaxUint64:
		return Version{c.Major, c.Minor + 1, 0, lowest, ""}, true
	case c.Major < math.MaxUint64:
		return Version{c.Major + 1, 0, 0, lowest, ""}, true
	}
	return Version{}, false
}

// held is how many numbers Cargo holds still for a caret: up to the first that is not 0.
func (c Comparator) held() int {
	switch {
	case c.Major > 0 || c.Parts == 1:
		return 1
	case c.Minor > 0 || c.Parts == 2:
		return 2
	}
	return 3
}

// span is the versions from c's own up to the end of those with the same first n numbers.
func (c Comparator) span(n int) Range {
	end, ok := c.next(n)
	return Range{Low: c.low(), HasLow: true, High: end, HasHigh: ok}
}

// Range is what the comparator says by precedence, as RustSec reads it.
func (c Comparator) Range() Range {
	v := c.low()
	switch c.Op {
	case Greater:
		return Range{Low: v, HasLow: true, LowExclusive: true}
	case GreaterEq:
		return Range{Low: v, HasLow: true}
	case Less:
		return Range{High: v, HasHigh: true}
	case LessEq:
		return Range{High: v, HasHigh: true, HighInclusive: true}
	case Exact:
		return Range{Low: v, HasLow: true, High: v, HasHigh: true, HighInclusive: true}
	case Caret:
		return c.span(c.held())
	case Tilde:
		return c.span(min(c.Parts, 2))
	}
	return c.span(c.Parts) // Wildcard
}

// wide is Range and what Cargo's reading adds to it: "= 1.2" and "<= 1.2" are there
// all that begins with 1.2.
func (c Comparator) wide() Range {
	r := c.Range()
	if c.Parts < 3 && (c.Op == Exact || c.Op == LessEq) {
		r.High, r.HasHigh = c.next(c.Parts)
		r.HighInclusive = false
	}
	return r
}

// Range is the versions that fulfil the requirement by precedence, as RustSec reads
// it. ok is false when no version does.
func (r Requirement) Range() (Range, bool) { return r.intersect(Comparator.Range) }

// Wide is Range, and what Cargo's reading of a requirement adds to it.
func (r Requirement) Wide() (Range, bool) { return r.intersect(Comparator.wide) }

func (r Requirement) intersect(of func(Comparator) Range) (Range, bool) {
	var all Range
	for _, c := range r {
		all = all.intersect(of(c))
	}
	return all, !all.empty()
}

// Matches reports whether Cargo would take v for the requirement: a pre-release only
// when a comparator names one of the same three numbers.
func (r Requirement) Matches(v Version) bool {
	named := v.Pre == ""
	for _, c := range r {
		if !c.matches(v) {
			return false
		}
		named = named || c.Pre != "" && c.Major == v.Major && c.Minor == v.Minor && c.Patch == v.Patch
	}
	return named
}

func (c Comparator) matches(v Version) bool {
	if c.Parts < 3 && c.covers(v) {
		switch c.Op {
		case Greater, Less:
			return false
		case Caret:
			return true
		}
		return v.Pre == ""
	}
	switch c.Op {
	case Exact, Wildcard:
		return c.covers(v) && v.Pre == c.Pre
	case Tilde:
		if c.Parts < 3 {
			return false
		}
	}
	r := c.Range()
	return r.Contains(v)
}

// covers reports whether v has the numbers that are written.
func (c Comparator) covers(v Version) bool {
	return v.Major == c.Major && (c.Parts < 2 || v.Minor == c.Minor) && (c.Parts < 3 || v.Patch == c.Patch)
}
