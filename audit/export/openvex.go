package export

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"softshell/audit"
	"softshell/audit/callgraph"
	"softshell/audit/tree"
	"softshell/finding"
)

// The form of OpenVEX 0.2.0.
type (
	vexDocument struct {
		Context    string         `json:"@context"`
		ID         string         `json:"@id"`
		Author     string         `json:"author"`
		Role       string         `json:"role,omitempty"`
		Timestamp  string         `json:"timestamp"`
		Version    int            `json:"version"`
		Tooling    string         `json:"tooling"`
		Statements []vexStatement `json:"statements"`
	}
	vexStatement struct {
		Vulnerability   vexVulnerability `json:"vulnerability"`
		Products        []vexProduct     `json:"products"`
		Status          string           `json:"status"`
		StatusNotes     string           `json:"status_notes,omitempty"`
		Justification   string           `json:"justification,omitempty"`
		ImpactStatement string           `json:"impact_statement,omitempty"`
		ActionStatement string           `json:"action_statement,omitempty"`
	}
	vexVulnerability struct {
		ID          string   `json:"@id,omitempty"`
		Name        string   `json:"name"`
		Description string   `json:"description,omitempty"`
		Aliases     []string `json:"aliases,omitempty"`
	}
	vexProduct struct {
		ID            string         `json:"@id"`
		Identifiers   map[string]any `json:"identifiers,omitempty"`
		Subcomponents []vexProduct   `json:"subcomponents,omitempty"`
	}
)

// The statuses and justifications of OpenVEX that an audit can show.
const (
	vexNotAffected = "not_affected"
	vexAffected    = "affected"
	vexUnderWay    = "under_investigation"

	vexNotPresent  = "component_not_present"
	vexNotExecuted = "vulnerable_code_not_in_execute_path"
)

// OpenVEX writes what the audit says of each advisory for those who use the program.
// A justification is given for what was shown, and for nothing else: a component is
// not present when it is not built; its vulnerable code is not in the execute path
// when the functions that the advisory names were all found by their exact names and
// no chain of calls leads there. All else is affected, or under investigation.
func OpenVEX(w io.Writer, r *audit.Result, softshell string, now time.Time) error {
	doc := vexDocument{Context: "https://openvex.dev/ns/v0.2.0", Author: "softshell audit", Role: "automated analysis", Version: 1,
		Timestamp: now.UTC().Format(time.RFC3339), Tooling: "softshell " + softshell, Statements: []vexStatement{}}
	for _, list := range [][]audit.Match{r.Matches, r.Ignored, r.NotBuilt} {
		for i := range list {
			doc.Statements = append(doc.Statements, statement(r, &list[i]))
		}
	}
	slices.SortStableFunc(doc.Statements, func(a, b vexStatement) int {
		return cmp.Or(cmp.Compare(a.Vulnerability.Name, b.Vulnerability.Name), cmp.Compare(a.Products[0].ID, b.Products[0].ID),
			cmp.Compare(a.Products[0].sub(), b.Products[0].sub()), cmp.Compare(a.Status, b.Status))
	})
	body, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	doc.ID = "https://openvex.dev/docs/public/vex-" + hex.EncodeToString(sum[:])
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(doc)
}

func (p *vexProduct) sub() string {
	if len(p.Subcomponents) == 0 {
		return ""
	}
	return p.Subcomponents[0].ID
}

func statement(r *audit.Result, m *audit.Match) vexStatement {
	a, p := m.Advisory, &r.Tree.Packages[m.Package]
	s := vexStatement{
		Vulnerability: vexVulnerability{ID: a.URL, Name: a.ID, Description: finding.Plain(a.Title), Aliases: a.Aliases},
		Products:      products(r, p),
	}
	switch {
	case p.NotBuilt != "":
		s.Status, s.Justification = vexNotAffected, vexNotPresent
		s.ImpactStatement = "it is locked and not built: " + finding.Plain(p.NotBuilt)
	case m.Reach == nil:
		s.Status, s.StatusNotes = vexUnderWay, "whether the program runs the vulnerable code was not looked at"
	case m.Reach.Verdict == audit.Reachable:
		s.Status = vexAffected
		s.StatusNotes = "the program can run it: " + way(m.Reach)
		s.ActionStatement = action(m)
	case m.Reach.Verdict == audit.NotReached && m.Reach.Level == string(callgraph.Function) && m.Reach.Match == string(callgraph.Exact):
		s.Status, s.Justification = vexNotAffected, vexNotExecuted
		s.ImpactStatement = m.Reach.Why
	default:
		s.Status, s.StatusNotes = vexUnderWay, strings.TrimSuffix(fmt.Sprintf("%s: %s", m.Reach.Verdict, m.Reach.Why), ": ")
	}
	if m.Ignore != nil && !m.Ignore.Expired {
		s.StatusNotes = strings.TrimPrefix(s.StatusNotes+"; accepted by the project: "+finding.Plain(m.Ignore.Reason), "; ")
	}
	if m.Why != "" && p.NotBuilt == "" { // on another platform
		s.Status, s.Justification, s.StatusNotes = vexUnderWay, "", finding.Plain(m.Why)
	}
	return s
}

func way(r *audit.Reach) string {
	var steps []string
	for _, c := range r.Chain {
		steps = append(steps, finding.Plain(c.Crate+"::"+c.Item))
	}
	out := strings.Join(steps, " -> ")
	if r.Level != string(callgraph.Function) {
		out += " (this is some function of the " + r.Level + ": the advisory names none that was found)"
	}
	return out
}

func action(m *audit.Match) string {
	if len(m.Advisory.Patched) == 0 {
		return "there is no version that mends it"
	}
	return "update " + m.Advisory.Package + " to " + strings.Join(m.Advisory.Patched, " or ")
}

// products are the members of the workspace, each with the package in it.
func products(r *audit.Result, p *tree.Package) []vexProduct {
	b := &bom{t: r.Tree} // the same names as in the bill of materials
	sub := vexProduct{ID: b.purl(p)}
	var out []vexProduct
	for _, i := range r.Tree.Roots {
		root := &r.Tree.Packages[i]
		if root == p {
			return []vexProduct{sub}
		}
		if root.Member && (root.NotBuilt != "" || !depends(r.Tree, i, p)) {
			continue
		}
		out = append(out, vexProduct{ID: b.purl(root), Subcomponents: []vexProduct{sub}})
	}
	if len(out) == 0 {
		return []vexProduct{sub}
	}
	return out
}

// depends reports whether a package of the tree needs another.
func depends(t *tree.Tree, from int, on *tree.Package) bool {
	seen := make([]bool, len(t.Packages))
	todo := []int{from}
	for len(todo) > 0 {
		i := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[i] {
			continue
		}
		seen[i] = true
		if &t.Packages[i] == on {
			return true
		}
		for _, d := range t.Packages[i].Deps {
			todo = append(todo, d.To)
		}
	}
	return false
}
