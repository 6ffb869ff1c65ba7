package rule

import "softshell/finding"

// Info is what a rule says about itself.
type Info struct {
	ID       string
	Title    string
	CWE      []int
	Severity finding.Severity
	Default  bool
	Doc      string
}
