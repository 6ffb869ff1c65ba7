package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"softshell/finding"
)

// Verdict is what a rule came to.
type Verdict string

// The verdicts.
const (
	Pass       Verdict = "pass"
	Fail       Verdict = "fail"
	NotChecked Verdict = "not checked"
)

// Outcome is what was found of one rule of the policy.
type Outcome struct {
	Rule     string     `json:"rule"`
	Title    string     `json:"title"`
	Asked    string     `json:"asked"` // what the policy demands, in a sentence
	Verdict  Verdict    `json:"verdict"`
	Looked   string     `json:"looked_at"`   // what the verdict rests on: "214 places in 9 crates"
	Evidence []Evidence `json:"evidence"`    // what breaks the rule, sorted
	Accepted []Evidence `json:"accepted"`    // what would, but for an exception
	Gaps     []string   `json:"not_checked"` // what could not be looked at, one sentence each
	CWE      []int      `json:"cwe"`
	Guide    []GuideRef `json:"anssi"`

	blind bool // nothing could be looked at
}

// Evidence is one thing that breaks a rule, and where it is.
type Evidence struct {
	Text     string `json:"text"`
	Package  string `json:"package,omitempty"`
	Version  string `json:"version,omitempty"`
	Crate    string `json:"crate,omitempty"`
	Item     string `json:"item,omitempty"`
	File     string `json:"file,omitempty"`
	Line     int    `json:"line,omitempty"`
	Column   int    `json:"column,omitempty"`
	Advisory string `json:"advisory,omitempty"`
	Severity string `json:"severity,omitempty"`
	CWE      []int  `json:"cwe,omitempty"`
	// Of what is accepted: whose decision, and how long it holds.
	By     string `json:"accepted_by,omitempty"` // "exception", "ignore", "comment", "call graph"
	Reason string `json:"reason,omitempty"`
	Until  string `json:"until,omitempty"`

	where where
	guide []GuideRef // that it breaks, where the rule looks for several things
}

// at completes evidence of code with its place.
func at(e Evidence, f *Facts, s finding.Span) Evidence {
	e.where = f.where(e.Crate, e.Item, s)
	if !s.IsZero() {
		e.File, e.Line, e.Column = e.where.file, s.Line, s.Col
	}
	return e
}

// fromHere is a file as the evidence names it: from the root, or, of what cargo
// unpacked, from the package's folder. It is then the same on every machine.
func fromHere(root, file string) string {
	file = finding.Relative(root, file)
	if _, rest, ok := strings.Cut(file, "/registry/src/"); ok {
		if _, inside, ok := strings.Cut(rest, "/"); ok {
			return inside
		}
	}
	if _, inside, ok := strings.Cut(file, "/git/checkouts/"); ok { // name-hash/commit/..
		return inside
	}
	return file
}

// broken adds what breaks the rule, unless an exception speaks of it.
func (o *Outcome) broken(f *Facts, e Evidence) {
	if e.where.crate == "" { // of no code: a package, a file
		e.where = where{crate: e.Crate, file: e.File}
	}
	for _, x := range f.exceptions {
		if x.Rule != o.Rule || !x.matches(&e) {
			continue
		}
		if x.used++; e.By == "" { // of several the first decides
			e.By, e.Reason, e.Until = "exception", x.Reason, x.Until
		}
	}
	if e.By != "" {
		o.Accepted = append(o.Accepted, e)
		return
	}
	o.Evidence = append(o.Evidence, e)
}

// gap notes what could not be looked at.
func (o *Outcome) gap(why string) {
	if !slices.Contains(o.Gaps, why) {
		o.Gaps = append(o.Gaps, why)
	}
}

// conclude makes the verdict.
func (o *Outcome) conclude() {
	for i := range o.Gaps {
		o.Gaps[i] = finding.Plain(o.Gaps[i])
	}
	for _, list := range [][]Evidence{o.Evidence, o.Accepted} {
		for i := range list { // names come from outside
			e := &list[i]
			for _, s := range []*string{&e.Text, &e.Package, &e.Version, &e.Crate, &e.Item, &e.File, &e.Advisory, &e.Reason} {
				*s = finding.Plain(*s)
			}
		}
		slices.SortStableFunc(list, func(a, b Evidence) int {
			return cmp.Or(cmp.Compare(a.Package, b.Package), cmp.Compare(a.Version, b.Version), cmp.Compare(a.Crate, b.Crate),
				cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Advisory, b.Advisory), cmp.Compare(a.Text, b.Text))
		})
	}
	slices.Sort(o.Gaps)
	if o.blind {
		o.Looked = ""
	}
	switch {
	case len(o.Evidence) > 0:
		o.Verdict = Fail
	case len(o.Gaps) > 0:
		o.Verdict = NotChecked
	default:
		o.Verdict = Pass
	}
}

// count is a number with its word.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
