package check

import (
	"cmp"
	"slices"

	"softshell/finding"
)

// maxCallees bounds the unknown callees that a crate's coverage names.
const maxCallees = 10

// cover fills in what was analysed and what was not.
func (a *Analysis) cover(loaded []*loadedUnit) {
	a.Stats.Unsupported = map[string]int{}
	for _, l := range loaded {
		r := l.result
		switch {
		case r != nil:
		case l.unit.Failed != "":
			r = &unitResult{}
		default:
			continue // not selected
		}
		c := finding.CrateCoverage{Package: l.unit.Package, Version: l.unit.Version, Crate: l.unit.Crate, Kind: l.unit.Kind,
			Bodies: r.Stats.Bodies, Analysed: r.Stats.Parsed, MIRBytes: r.Stats.BytesRead, Lines: r.Lines, Failed: l.unit.Failed}
		if n := r.Stats.Bodies - r.Stats.Parsed; n > 0 {
			c.Skipped = map[string]int{"a construct of the MIR text is not understood": n}
		}
		for name, n := range r.Unknown {
			c.UnknownCalls += n
			c.UnknownCallees = append(c.UnknownCallees, name)
		}
		unknown := r.Unknown
		slices.SortFunc(c.UnknownCallees, func(x, y string) int {
			return cmp.Or(cmp.Compare(unknown[y], unknown[x]), cmp.Compare(x, y))
		})
		c.UnknownCallees = c.UnknownCallees[:min(len(c.UnknownCallees), maxCallees)]
		c.Types, c.Unresolved = r.Types, r.Unresolved
		c.CutShort = r.CutShort
		a.Coverage.Crates = append(a.Coverage.Crates, c)
		a.Stats.Bodies += r.Stats.Bodies
		a.Stats.Parsed += r.Stats.Parsed
		a.Stats.MIRBytes += r.Stats.BytesRead
		a.Stats.Types += c.Types
		a.Stats.Unresolved += c.Unresolved
		a.Stats.GaveUp += r.GaveUp
		for k, n := range r.Stats.Unsupported {
			a.Stats.Unsupported[k] += n
		}
	}
	slices.SortStableFunc(a.Coverage.Crates, func(x, y finding.CrateCoverage) int {
		return cmp.Or(cmp.Compare(x.Crate, y.Crate), cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Version, y.Version))
	})
}
