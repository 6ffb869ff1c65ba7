package policy

import (
	"fmt"
	"slices"
)

// SchemaVersion of a Report as JSON changes when a field changes its meaning or goes
// away; new fields alone do not change it.
const SchemaVersion = 1

// Report is the evidence: what was asked, of what, and what came of it.
type Report struct {
	Schema     int          `json:"schema"`
	Kind       string       `json:"kind"` // "softshell-policy-evidence"
	Tool       Tool         `json:"tool"`
	Created    string       `json:"created"` // RFC 3339, UTC
	Subject    Subject      `json:"subject"`
	Policy     Source       `json:"policy"`
	Inputs     []Input      `json:"inputs"` // files that the verdicts rest on
	Database   *Database    `json:"database,omitempty"`
	Verdict    Verdict      `json:"verdict"`
	Counts     Counts       `json:"counts"`
	Rules      []Outcome    `json:"rules"`
	Exceptions []Decision   `json:"exceptions"` // of the policy, as they were used
	Wrong      []string     `json:"wrong"`      // exceptions and ignores that are expired or were not needed: errors
	Guide      []GuideState `json:"anssi"`      // each rule of the guide, and what is known of it
	Notes      []string     `json:"notes"`
}

// Tool is what made the report.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Rustc   string `json:"rustc,omitempty"`
	Cargo   string `json:"cargo,omitempty"`
}

// Subject is the program that was looked at.
type Subject struct {
	Name     string   `json:"name"`
	Root     string   `json:"root"`
	Members  []string `json:"members"` // "name version"
	Packages int      `json:"packages"`
	Targets  []string `json:"targets"`          // triples; none is all
	Commit   string   `json:"commit,omitempty"` // of its git checkout
	Dirty    bool     `json:"dirty"`            // files differ from that commit
}

// Source is the policy file.
type Source struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	File        string `json:"file"`
	SHA256      string `json:"sha256"`
}

// Input is a file by its content.
type Input struct {
	File   string `json:"file"`
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`
}

// Database is where the advisories come from.
type Database struct {
	Path     string `json:"path"`
	Commit   string `json:"commit,omitempty"`
	Date     string `json:"date,omitempty"`
	Problems int    `json:"problems"` // files of it that could not be read
}

// Counts sums up the verdicts.
type Counts struct {
	Pass       int `json:"pass"`
	Fail       int `json:"fail"`
	NotChecked int `json:"not_checked"`
}

// Decision is an exception, and what it was used for.
type Decision struct {
	Rule   string `json:"rule"`
	At     string `json:"at"`
	Reason string `json:"reason"`
	Until  string `json:"until,omitempty"`
	Used   int    `json:"used"`
	State  string `json:"state"` // "in force", "expired", "not needed"
}

// GuideState is what the report knows of a rule of the guide.
type GuideState struct {
	ID        string   `json:"id"`
	Subject   string   `json:"subject"`
	Recommend bool     `json:"recommendation"`
	URL       string   `json:"url"`
	Verdict   Verdict  `json:"verdict"` // the worst of its rules; "not checked" when none speaks to it
	Part      bool     `json:"in_part"`
	Rules     []string `json:"rules"` // of the policy
}

// Evaluate checks all rules of the policy.
func (p *Policy) Evaluate(f *Facts) *Report {
	r := &Report{Schema: SchemaVersion, Kind: "softshell-policy-evidence", Policy: Source{Name: p.Name, Description: p.Description}, Rules: []Outcome{}, Exceptions: []Decision{}, Inputs: []Input{}, Wrong: []string{}, Notes: []string{}}
	f.exceptions = nil
	var all []*taken
	for _, e := range p.Exceptions {
		t := &taken{Exception: e}
		all = append(all, t)
		if !e.expired(f.Today) {
			f.exceptions = append(f.exceptions, t)
		}
	}
	for id, c := range p.checkers() {
		o := Outcome{Rule: id, Title: infos[id].title, Asked: c.asked(), Evidence: []Evidence{}, Accepted: []Evidence{}, Gaps: []string{}, CWE: append([]int{}, infos[id].cwe...), Guide: merge(infos[id].guide)}
		c.check(f, &o)
		o.conclude()
		switch o.Verdict {
		case Pass:
			r.Counts.Pass++
		case Fail:
			r.Counts.Fail++
		default:
			r.Counts.NotChecked++
		}
		r.Rules = append(r.Rules, o)
	}
	for _, t := range all {
		r.decide(t, f)
	}
	if f.Audit != nil && p.Needs()&NeedAdvisories != 0 {
		r.Wrong = append(r.Wrong, f.Audit.Wrong...)
	}
	slices.Sort(r.Wrong)
	switch {
	case r.Counts.Fail > 0:
		r.Verdict = Fail
	case r.Counts.NotChecked > 0:
		r.Verdict = NotChecked
	default:
		r.Verdict = Pass
	}
	r.Guide = states(r.Rules)
	return r
}

// decide says what became of an exception.
func (r *Report) decide(t *taken, f *Facts) {
	d := Decision{Rule: t.Rule, At: t.At, Reason: t.Reason, Until: t.Until, Used: t.used, State: "in force"}
	checked := slices.ContainsFunc(r.Rules, func(o Outcome) bool { return o.Rule == t.Rule && len(o.Gaps) == 0 })
	switch {
	case t.expired(f.Today):
		d.State = "expired"
		r.Wrong = append(r.Wrong, fmt.Sprintf("the exception for %s at %s expired on %s", t.Rule, t.At, t.Until))
	case t.used == 0 && checked: // else it may be about what could not be looked at
		d.State = "not needed"
		r.Wrong = append(r.Wrong, fmt.Sprintf("the exception for %s at %s matches nothing", t.Rule, t.At))
	}
	r.Exceptions = append(r.Exceptions, d)
}

// states goes through the guide: a rule of it that several rules of the policy speak to
// is as good as the worst of them.
func states(rules []Outcome) []GuideState {
	out := []GuideState{}
	for _, g := range guide {
		s := GuideState{ID: g.ID, Subject: g.Subject, Recommend: g.Recommend, URL: g.URL(), Verdict: NotChecked, Part: true, Rules: []string{}}
		for i := range rules {
			o := &rules[i]
			j := slices.IndexFunc(o.Guide, func(r GuideRef) bool { return r.ID == g.ID })
			if j < 0 {
				continue
			}
			verdict := o.verdictFor(g.ID)
			switch {
			case len(s.Rules) == 0 || verdict == Fail:
				s.Verdict = verdict
			case verdict == NotChecked && s.Verdict == Pass:
				s.Verdict = verdict
			}
			s.Part = s.Part && o.Guide[j].Part
			s.Rules = append(s.Rules, o.Rule)
		}
		out = append(out, s)
	}
	return out
}

// verdictFor is the outcome's verdict for one rule of the guide. Of rules that look
// for several things only the evidence that concerns it counts.
func (o *Outcome) verdictFor(id string) Verdict {
	if o.Verdict != Fail || o.Rule != "denied-functions" && o.Rule != "findings" {
		return o.Verdict
	}
	for i := range o.Evidence {
		if slices.ContainsFunc(o.Evidence[i].guide, func(r GuideRef) bool { return r.ID == id }) {
			return Fail
		}
	}
	if len(o.Gaps) > 0 {
		return NotChecked
	}
	return Pass
}
