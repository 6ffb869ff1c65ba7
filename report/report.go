package report

import (
	"softshell/finding"
	"softshell/rule"
)

// Report is all that a run has to say.
type Report struct {
	Version    string // of softshell
	Root       string // paths below it are shown relative to it
	Toolchain  string // "rustc 1.95.0"
	Rules      []rule.Info
	Findings   []finding.Finding    // shown, sorted
	Suppressed []finding.Suppressed // held back, sorted
	Remarks    []finding.Remark     // on the user's own comments
	Notes      []string             // of the run, one sentence each
	Summary    string               // the last line; "" is made of the findings and the coverage
	Coverage   finding.Coverage
	Stats      *finding.Stats     // nil unless asked for
	Phases     []Phase            // of the run, shown with Stats
	Sources    *finding.Sources   // for the snippets
	Packages   map[string]Package // by crate name, for cargo's message format
}

// Package is what cargo says of the package of a crate.
type Package struct {
	ID       string // package id
	Manifest string // path of Cargo.toml
	Kind     string // "lib", "bin", ...
	Target   string // name of the target
	Root     string // path of the crate's root file
}

// Phase is how long a part of the run took; it is shown in text only, because
// JSON is the same for the same input.
type Phase struct {
	Name    string
	Seconds float64
}

// path is a file as it is shown.
func (r *Report) path(file string) string { return finding.Relative(r.Root, file) }

func (r *Report) sources() *finding.Sources {
	if r.Sources == nil {
		r.Sources = finding.NewSources()
	}
	return r.Sources
}

// totals sums up a Coverage.
type totals struct {
	crates, bodies, analysed, unknown, failed int
	skipped                                   map[string]int
}

func (r *Report) totals() totals {
	t := totals{skipped: map[string]int{}}
	for i := range r.Coverage.Crates {
		c := &r.Coverage.Crates[i]
		t.crates++
		t.bodies += c.Bodies
		t.analysed += c.Analysed
		t.unknown += c.UnknownCalls
		if c.Failed != "" {
			t.failed++
		}
		for why, n := range c.Skipped {
			t.skipped[why] += n
		}
	}
	return t
}
