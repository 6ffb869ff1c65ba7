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
	Score    float64  // CVSS, for an advisory; 0 is none
	Tags     []string // for code scanning; nil is what fits a rule about memory
}
