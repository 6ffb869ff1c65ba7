package version

import (
	"fmt"
	"slices"
	"strings"
)

// Ranges are disjoint ranges of versions, in order.
type Ranges []Range

// Range is the versions from Low to High. A bound that is not there is none: the
// zero value is all versions.
type Range struct {
	Low, High       Version
	HasLow, HasHigh bool
	LowExclusive    bool // Low itself is outside
	HighInclusive   bool // High itself is inside
}

// Contains reports whether v lies in the range, by precedence.
func (r *Range) Contains(v Version) bool {
	if r.HasLow {
		if c := v.Compare(r.Low); c < 0 || c == 0 && r.LowExclusive {
			return false
		}
	}
	if r.HasHigh {
		if c := v.Compare(r.High); c > 0 || c == 0 && !r.HighInclusive {
			return false
		}
	}
	return true
}

// Contains reports whether v lies in one of the ranges.
func (rs Ranges) Contains(v Version) bool {
	for i := range rs {
		if rs[i].Contains(v) {
			return true
		}
	}
	return false
}

// Point is v alone.
func Point(v Version) Range {
	return Range{Low: v, HasLow: true, High: v, HasHigh: true, HighInclusive: true}
}

func (r Range) empty() bool {
	if !r.HasLow || !r.HasHigh {
		return false
	}
	c := r.Low.Compare(r.High)
	return c > 0 || c == 0 && (r.LowExclusive || !r.HighInclusive)
}

func (r Range) intersect(s Range) Range {
	if compareLow(s, r) > 0 {
		r.Low, r.HasLow, r.LowExclusive = s.Low, s.HasLow, s.LowExclusive
	}
	if compareHigh(s, r) < 0 {
		r.High, r.HasHigh, r.HighInclusive = s.High, s.HasHigh, s.HighInclusive
	}
	return r
}

// compareLow orders ranges by where they begin.
func compareLow(r, s Range) int {
	switch {
	case !r.HasLow && !s.HasLow:
		return 0
	case !r.HasLow:
		return -1
	case !s.HasLow:
		return 1
	}
	if c := r.Low.Compare(s.Low); c != 0 || r.LowExclusive == s.LowExclusive {
		return c
	}
	if s.LowExclusive {
		return -1
	}
	return 1
}

// compareHigh orders ranges by where they end.
func compareHigh(r, s Range) int {
	switch {
	case !r.HasHigh && !s.HasHigh:
		return 0
	case !r.HasHigh:
		return 1
	case !s.HasHigh:
		return -1
	}
	if c := r.High.Compare(s.High); c != 0 || r.HighInclusive == s.HighInclusive {
		return c
	}
	if s.HighInclusive {
		return -1
	}
	return 1
}

// reaches reports whether no version lies between the end of r and the beginning
// of s, which does not begin before r.
func (r Range) reaches(s Range) bool {
	if !r.HasHigh || !s.HasLow {
		return true
	}
	c := r.High.Compare(s.Low)
	return c > 0 || c == 0 && (r.HighInclusive || !s.LowExclusive)
}

// Union puts ranges in order and joins those that touch.
func Union(rs ...Range) Ranges {
	rs = slices.DeleteFunc(slices.Clone(rs), Range.empty)
	slices.SortFunc(rs, compareLow)
	var out Ranges
	for _, r := range rs {
		if n := len(out); n > 0 && out[n-1].reaches(r) {
			if compareHigh(r, out[n-1]) > 0 {
				out[n-1].High, out[n-1].HasHigh, out[n-1].HighInclusive = r.High, r.HasHigh, r.HighInclusive
			}
			continue
		}
		out = append(out, r)
	}
	return out
}

// Complement is the versions that lie in none of the ranges.
func (rs Ranges) Complement() Ranges {
	var out Ranges
	gap := Range{} // what is left behind the ranges seen so far
	for _, r := range rs {
		if r.HasLow {
			gap.High, gap.HasHigh, gap.HighInclusive = r.Low, true, r.LowExclusive
			out = append(out, gap)
		}
		if !r.HasHigh {
			return out
		}
		gap = Range{Low: r.High, HasLow: true, LowExclusive: r.HighInclusive}
	}
	return append(out, gap)
}

// Affected is what an advisory is about: the versions that fulfil none of the
// requirements, by precedence.
func Affected(patched, unaffected []string) (Ranges, error) {
	well, err := Of(append(slices.Clone(patched), unaffected...))
	if err != nil {
		return nil, err
	}
	return well.Complement(), nil
}

// Of is the versions that fulfil one of the requirements, by precedence.
func Of(requirements []string) (Ranges, error) { return union(requirements, Requirement.Range) }

// WideOf is Of, and what Cargo's reading of the requirements adds to it.
func WideOf(requirements []string) (Ranges, error) { return union(requirements, Requirement.Wide) }

func union(requirements []string, of func(Requirement) (Range, bool)) (Ranges, error) {
	all := make([]Range, 0, len(requirements))
	for _, s := range requirements {
		req, err := ParseRequirement(s)
		if err != nil {
			return nil, err
		}
		r, ok := of(req)
		if !ok {
			return nil, fmt.Errorf("requirement %q: no version fulfils it", shorten(s))
		}
		all = append(all, r)
	}
	return Union(all...), nil
}

// String is for people: ">= 1.0.0, < 1.2.3 or > 2.0.0".
func (rs Ranges) String() string {
	if len(rs) == 0 {
		return "none"
	}
	parts := make([]string, len(rs))
	for i, r := range rs {
		parts[i] = r.String()
	}
	return strings.Join(parts, " or ")
}

// String is the range as a requirement.
func (r Range) String() string {
	var parts []string
	if r.HasLow && r.HasHigh && r.Low == r.High {
		return "= " + r.Low.String()
	}
	if r.HasLow {
		op := ">= "
		if r.LowExclusive {
			op = "> "
		}
		parts = append(parts, op+r.Low.String())
	}
	if r.HasHigh {
		op := "< "
		if r.HighInclusive {
			op = "<= "
		}
		parts = append(parts, op+r.High.String())
	}
	if len(parts) == 0 {
		return "all"
	}
	return strings.Join(parts, ", ")
}

// MarshalText is String.
func (r Range) MarshalText() ([]byte, error) { return []byte(r.String()), nil }
