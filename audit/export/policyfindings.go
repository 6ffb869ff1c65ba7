package export

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"softshell/audit/policy"
	"softshell/finding"
	"softshell/report"
	"softshell/rule"
)

// PolicyFindings turns what breaks a policy into findings, for code scanning and for
// annotations; root is where the files of the evidence start.
func PolicyFindings(r *policy.Report, root string) *report.Report {
	out := &report.Report{Version: r.Tool.Version, Root: root, Toolchain: r.Tool.Rustc, Summary: summary(r)}
	stamps := map[string]int{}
	for i := range r.Rules {
		o := &r.Rules[i]
		id := "policy-" + o.Rule
		var guide []string
		for _, g := range o.Guide {
			guide = append(guide, "- "+g.ID+": "+g.URL)
		}
		doc := o.Asked
		if len(guide) > 0 {
			doc += "\n\n" + policy.GuideName + ":\n\n" + strings.Join(guide, "\n")
		}
		out.Rules = append(out.Rules, rule.Info{ID: id, Title: "policy: " + o.Title, CWE: o.CWE, Severity: finding.Error, Default: true, Doc: doc})
		for j := range o.Evidence {
			out.Findings = append(out.Findings, policyFinding(id, root, r, o, o.Evidence[j], stamps))
		}
		for j := range o.Accepted {
			e := &o.Accepted[j]
			kind := "comment"
			if e.By != "comment" {
				kind = "baseline" // it stands outside of the source
			}
			out.Suppressed = append(out.Suppressed, finding.Suppressed{Finding: policyFinding(id, root, r, o, *e, stamps), Kind: kind, Reason: finding.Plain(e.Reason), Until: e.Until})
		}
		for _, g := range o.Gaps {
			out.Notes = append(out.Notes, o.Rule+" was not checked as a whole: "+finding.Plain(g))
		}
	}
	out.Notes = append(out.Notes, r.Wrong...)
	return out
}

func policyFinding(id, root string, r *policy.Report, o *policy.Outcome, e policy.Evidence, stamps map[string]int) finding.Finding {
	f := finding.Finding{Rule: id, Title: finding.Plain(evidenceTitle(&e)), Severity: finding.Error, Grade: finding.Confirmed, Basis: "the policy: " + o.Asked, CWE: o.CWE, Crate: e.Crate, Item: e.Item, Label: o.Title}
	if e.Crate != "" && e.Item != "" {
		f.Basis = "in `" + e.Crate + "::" + e.Item + "`; " + f.Basis
	}
	if len(e.CWE) > 0 {
		f.CWE = e.CWE
	}
	f.Fingerprint = fingerprint(o.Rule, &e, stamps)
	file := absolute(root, e.File)
	if _, err := os.Stat(file); e.File != "" && err != nil { // in a package that cargo unpacked somewhere
		f.Title = finding.Plain(place(&e)) + ": " + f.Title
		e.File = ""
	}
	if e.File != "" {
		f.Primary = finding.Span{File: file, Line: max(e.Line, 1), Col: max(e.Column, 1)}
		f.Primary.EndLine, f.Primary.EndCol = f.Primary.Line, f.Primary.Col
	} else { // what has no place stands at the head of the policy
		f.Primary = finding.Span{File: absolute(root, r.Policy.File), Line: 1, Col: 1, EndLine: 1, EndCol: 1}
	}
	return f
}

// absolute is a file that the report names from root, if it lies below it.
func absolute(root, file string) string {
	file = filepath.FromSlash(file)
	if filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(root, file)
}

func evidenceTitle(e *policy.Evidence) string {
	if s := subject(e); s != "" && e.Advisory != "" {
		return s + ": " + e.Advisory + ": " + e.Text
	} else if s != "" && e.Item == "" {
		return s + ": " + e.Text
	}
	return e.Text
}

// fingerprint names a piece of evidence from run to run: no line number is in it. Of
// several that are alike the order tells.
func fingerprint(rule string, e *policy.Evidence, stamps map[string]int) string {
	what := strings.Join([]string{rule, e.Package, e.Crate, e.Item, e.File, e.Advisory, e.Text}, "\x00")
	stamps[what]++
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d", what, stamps[what]))
	return hex.EncodeToString(sum[:16])
}
