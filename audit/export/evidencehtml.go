package export

import (
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"softshell/audit/policy"
	"softshell/finding"
)

//go:embed evidence.html
var evidenceHTML string

//go:embed evidence.css
var evidenceCSS string

// maxRows is how much of a rule's evidence the page shows; the JSON has all.
const maxRows = 500

// manyRows is from where on the page tells how they spread over the packages.
const manyRows = 20

// rows are the first pieces of evidence, and how many more there are.
type rows struct {
	List      []policy.Evidence
	More      int
	ByPackage []packageRows // of all, where there are many
}

// packageRows is how much of the evidence a package has.
type packageRows struct {
	Name  string
	Count int
}

func shownRows(list []policy.Evidence) rows {
	out := rows{List: list[:min(len(list), maxRows)], More: max(len(list)-maxRows, 0)}
	if len(list) <= manyRows {
		return out
	}
	for i := range list { // sorted by package
		name := strings.TrimSpace(list[i].Package + " " + list[i].Version)
		if name == "" {
			name = list[i].Crate
		}
		if n := len(out.ByPackage); n > 0 && out.ByPackage[n-1].Name == name {
			out.ByPackage[n-1].Count++
		} else if name != "" {
			out.ByPackage = append(out.ByPackage, packageRows{name, 1})
		}
	}
	slices.SortStableFunc(out.ByPackage, func(a, b packageRows) int { return b.Count - a.Count })
	return out
}

var evidencePage = template.Must(template.New("page").Funcs(template.FuncMap{
	"class": func(v policy.Verdict) string {
		return map[policy.Verdict]string{policy.Pass: "pass", policy.Fail: "fail", policy.NotChecked: "open"}[v]
	},
	"word": func(v policy.Verdict) string {
		return map[policy.Verdict]string{policy.Pass: "Passed", policy.Fail: "Failed", policy.NotChecked: "Not all was checked"}[v]
	},
	"cwes": func(list []int) string {
		var out []string
		for _, c := range list {
			out = append(out, fmt.Sprintf("CWE-%d", c))
		}
		return strings.Join(out, ", ")
	},
	"place":   func(e policy.Evidence) string { return finding.Plain(place(&e)) },
	"subject": func(e policy.Evidence) string { return finding.Plain(subject(&e)) },
	"shown":   shownRows,
}).Parse(evidenceHTML))

// cweRow is what the policy's rules say of one entry of the CWE list.
type cweRow struct {
	ID, Broken int
	Rules      []string
}

// PolicyHTML writes the evidence as one page for an assessor: it loads nothing, runs
// no script, and can be printed. All that comes from outside is put in as text.
func PolicyHTML(w io.Writer, r *policy.Report) error {
	sum := sha256.Sum256([]byte(evidenceCSS))
	data := struct {
		R                                 *policy.Report
		Title, CSP                        string
		Style                             template.CSS
		Broken                            string
		Accepted                          int
		GuideName, GuideCommit, GuideDate string
		Known                             []policy.GuideState
		Silent                            []string
		CWE                               []cweRow
	}{R: r, Title: title(r), Style: template.CSS(evidenceCSS), // ours, not from outside
		CSP:       "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'",
		GuideName: policy.GuideName, GuideCommit: policy.GuideCommit, GuideDate: policy.GuideDate, CWE: byCWE(r)}
	broken := 0
	for i := range r.Rules {
		broken += len(r.Rules[i].Evidence)
		data.Accepted += len(r.Rules[i].Accepted)
	}
	data.Broken = "nothing breaks a rule"
	switch {
	case broken == 1:
		data.Broken = "1 thing breaks a rule"
	case broken > 1:
		data.Broken = fmt.Sprintf("%d things break a rule", broken)
	}
	for _, g := range r.Guide {
		if len(g.Rules) > 0 {
			data.Known = append(data.Known, g)
		} else {
			data.Silent = append(data.Silent, g.ID)
		}
	}
	return evidencePage.Execute(w, &data)
}

// byCWE turns the rules round: which of them speak to an entry of the CWE list.
func byCWE(r *policy.Report) []cweRow {
	var out []cweRow
	for i := range r.Rules {
		o := &r.Rules[i]
		for _, c := range o.CWE {
			j := slices.IndexFunc(out, func(row cweRow) bool { return row.ID == c })
			if j < 0 {
				j = len(out)
				out = append(out, cweRow{ID: c})
			}
			out[j].Rules = append(out[j].Rules, o.Rule)
			for k := range o.Evidence {
				if len(o.Evidence[k].CWE) == 0 || slices.Contains(o.Evidence[k].CWE, c) {
					out[j].Broken++
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b cweRow) int { return cmp.Compare(a.ID, b.ID) })
	return out
}
