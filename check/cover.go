package check

import (
	"cmp"
	"slices"

	"softshell/finding"
)

// maxCallees bounds the unknown callees that a crate's coverage names.
const maxCallees = 10

// cover fills in what was analysed and what was not.
func (a *Analysis) cover(loaded []*loadedUnit, results []unitResult, types *typeInfo) {
	a.Stats.Unsupported = map[string]int{}
	for i, l := range loaded {
		if !l.selected && l.unit.Failed == "" {
			continue
		}
		c := finding.CrateCoverage{Package: l.unit.Package, Version: l.unit.Version, Crate: l.unit.Crate, Kind: l.unit.Kind,
			Bodies: l.stats.Bodies, Analysed: l.stats.Parsed, MIRBytes: l.stats.BytesRead, Lines: l.lines, Failed: l.unit.Failed}
		if n := l.stats.Bodies - l.stats.Parsed; n > 0 {
			c.Skipped = map[string]int{"a construct of the MIR text is not understood": n}
		}
		for name, n := range results[i].unknown {
			c.UnknownCalls += n
			c.UnknownCallees = append(c.UnknownCallees, name)
		}
		unknown := results[i].unknown
		slices.SortFunc(c.UnknownCallees, func(x, y string) int {
			return cmp.Or(cmp.Compare(unknown[y], unknown[x]), cmp.Compare(x, y))
		})
		c.UnknownCallees = c.UnknownCallees[:min(len(c.UnknownCallees), maxCallees)]
		c.Types, c.Unresolved = types.counts(l.crate)
		a.Coverage.Crates = append(a.Coverage.Crates, c)
		a.Stats.Bodies += l.stats.Bodies
		a.Stats.Parsed += l.stats.Parsed
		a.Stats.MIRBytes += l.stats.BytesRead
		a.Stats.Types += c.Types
		a.Stats.Unresolved += c.Unresolved
		a.Stats.GaveUp += results[i].gaveUp
		for k, n := range l.stats.Unsupported {
			a.Stats.Unsupported[k] += n
		}
	}
	slices.SortStableFunc(a.Coverage.Crates, func(x, y finding.CrateCoverage) int {
		return cmp.Or(cmp.Compare(x.Crate, y.Crate), cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Version, y.Version))
	})
}
