package export

import (
	"encoding/json"
	"io"

	"softshell/audit"
	"softshell/audit/advisory"
	"softshell/audit/tree"
	"softshell/finding"
)

// jsonVersion counts the changes of the format that take something away.
const jsonVersion = 1

// The JSON form of a result.
type (
	jsonResult struct {
		Version    int          `json:"version"`
		Tool       string       `json:"tool"`
		Softshell  string       `json:"softshell"`
		Database   jsonDatabase `json:"database"`
		Tree       jsonTree     `json:"tree"`
		Matches    []jsonMatch  `json:"matches"`
		NotBuilt   []jsonMatch  `json:"not_built"`
		Ignored    []jsonMatch  `json:"ignored"`
		NotJudged  []jsonMatch  `json:"not_judged"`
		Yanked     []jsonPack   `json:"yanked"`
		Wrong      []string     `json:"wrong_ignores"`
		Incomplete []string     `json:"incomplete"`
		Notes      []string     `json:"notes"`
	}
	jsonDatabase struct {
		Path   string `json:"path"`
		Commit string `json:"commit,omitempty"`
		Date   string `json:"date,omitempty"`
		Count  int    `json:"advisories"`
	}
	jsonTree struct {
		Input    tree.Input `json:"input"`
		File     string     `json:"file"`
		Targets  []string   `json:"targets"` // that it was pruned for; empty is all
		Packages int        `json:"packages"`
		Built    int        `json:"built"`
	}
	jsonPack struct {
		Name      string `json:"name"`
		Version   string `json:"version"`
		Source    string `json:"source"` // "crates.io", "path", "git+URL#REV", "registry+URL"
		Checksum  string `json:"checksum,omitempty"`
		Line      int    `json:"line,omitempty"`
		DevOnly   bool   `json:"dev_only,omitempty"`
		BuildOnly bool   `json:"build_only,omitempty"`
	}
	jsonMatch struct {
		Package  jsonPack     `json:"package"`
		Advisory jsonAdvisory `json:"advisory"`
		Path     []string     `json:"path"` // from a root to the package: "name version"
		Why      string       `json:"why,omitempty"`
		Reach    *jsonReach   `json:"reach,omitempty"`
		Ignore   *jsonIgnore  `json:"ignore,omitempty"`
	}
	jsonAdvisory struct {
		ID         string        `json:"id"`
		Kind       advisory.Kind `json:"kind"`
		Title      string        `json:"title"`
		Date       string        `json:"date,omitempty"`
		URL        string        `json:"url,omitempty"`
		Aliases    []string      `json:"aliases"`
		Categories []string      `json:"categories"`
		Severity   string        `json:"severity,omitempty"`
		Score      float64       `json:"score,omitempty"`
		Vector     string        `json:"vector,omitempty"`
		Patched    []string      `json:"patched"`
		Unaffected []string      `json:"unaffected"`
		Functions  []string      `json:"functions"`
	}
	jsonReach struct {
		Verdict audit.Verdict `json:"verdict"`
		Why     string        `json:"why,omitempty"`
		Level   string        `json:"level,omitempty"`
		Match   string        `json:"match,omitempty"`
		Chain   []jsonCall    `json:"chain"`
	}
	jsonCall struct {
		Crate string `json:"crate"`
		Item  string `json:"item"`
		File  string `json:"file,omitempty"`
		Line  int    `json:"line,omitempty"`
		How   string `json:"how,omitempty"`
	}
	jsonIgnore struct {
		ID     string `json:"id"`
		Reason string `json:"reason"`
		Until  string `json:"until,omitempty"`
	}
)

// JSON writes a result for programs. softshell is the version of this program;
// files below folder are shown relative to it. The same input gives the same bytes.
func JSON(w io.Writer, r *audit.Result, softshell, folder string) error {
	out := jsonResult{Version: jsonVersion, Tool: "softshell audit", Softshell: softshell,
		Database: jsonDatabaseOf(r.Database),
		Tree:     jsonTree{Input: r.Tree.Input, File: finding.Relative(folder, r.Tree.File), Targets: list(r.Tree.Targets), Packages: len(r.Tree.Packages)},
		Matches:  jsonMatches(r, r.Matches, folder), NotBuilt: jsonMatches(r, r.NotBuilt, folder), Ignored: jsonMatches(r, r.Ignored, folder), NotJudged: jsonMatches(r, r.NotJudged, folder),
		Yanked: []jsonPack{}, Wrong: list(r.Wrong), Incomplete: list(r.Incomplete), Notes: list(r.Tree.Notes)}
	for i := range r.Tree.Packages {
		if r.Tree.Packages[i].NotBuilt == "" {
			out.Tree.Built++
		}
	}
	for _, i := range r.Yanked {
		out.Yanked = append(out.Yanked, jsonPackage(&r.Tree.Packages[i]))
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(&out)
}

func jsonDatabaseOf(d *advisory.Database) jsonDatabase {
	return jsonDatabase{d.Path, d.Commit, d.Date, d.Len()}
}

func jsonMatches(r *audit.Result, ms []audit.Match, folder string) []jsonMatch {
	out := []jsonMatch{}
	for i := range ms {
		m := &ms[i]
		j := jsonMatch{Package: jsonPackage(&r.Tree.Packages[m.Package]), Advisory: jsonOf(m.Advisory), Path: []string{}, Why: m.Why}
		for _, p := range m.Path {
			j.Path = append(j.Path, r.Tree.Packages[p].Name+" "+r.Tree.Packages[p].Version)
		}
		if m.Reach != nil {
			j.Reach = &jsonReach{m.Reach.Verdict, m.Reach.Why, m.Reach.Level, m.Reach.Match, []jsonCall{}}
			for _, c := range m.Reach.Chain {
				c.File = finding.Relative(folder, c.File)
				j.Reach.Chain = append(j.Reach.Chain, jsonCall(c))
			}
		}
		if m.Ignore != nil {
			j.Ignore = &jsonIgnore{m.Ignore.ID, m.Ignore.Reason, m.Ignore.Until}
		}
		out = append(out, j)
	}
	return out
}

func jsonPackage(p *tree.Package) jsonPack {
	return jsonPack{p.Name, p.Version, p.Source.String(), p.Checksum, p.Line, p.DevOnly, p.BuildOnly}
}

func jsonOf(a *advisory.Advisory) jsonAdvisory {
	out := jsonAdvisory{ID: a.ID, Kind: a.Kind, Title: a.Title, Date: a.Date, URL: a.URL, Aliases: list(a.Aliases), Categories: list(a.Categories),
		Severity: a.CVSS.Severity, Score: a.CVSS.Score, Vector: a.CVSS.Vector, Patched: list(a.Patched), Unaffected: list(a.Unaffected), Functions: []string{}}
	for _, f := range a.Functions {
		out.Functions = append(out.Functions, f.Path)
	}
	return out
}

// list is never null in JSON.
func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}
