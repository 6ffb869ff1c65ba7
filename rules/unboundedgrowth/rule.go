// Package unboundedgrowth finds memory that grows as far as input wants: static
// collections that nothing ever shrinks, and allocations of a size that was read.
package unboundedgrowth

import (
	_ "embed"

	"softshell/finding"
	"softshell/rule"
)

//go:embed doc.md
var doc string

// Rule is the check; see doc.md.
var Rule = &rule.Rule{
	Info: rule.Info{
		ID:       "unbounded-growth",
		Title:    "memory grows without a bound",
		CWE:      []int{770, 400},
		Severity: finding.Warning,
		Default:  true,
		Doc:      doc,
	},
	Run: run,
}

func run(p *rule.Pass) error {
	sizes(p)
	statics(p)
	return nil
}
