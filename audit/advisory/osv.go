package advisory

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"softshell/audit/version"
	"softshell/finding"
)

// osvEntry is what is used of a file in the Open Source Vulnerability format. One
// entry may concern packages of several ecosystems.
type osvEntry struct {
	ID         string         `json:"id"`
	Published  string         `json:"published"`
	Modified   string         `json:"modified"`
	Withdrawn  string         `json:"withdrawn"`
	Aliases    []string       `json:"aliases"`
	Related    []string       `json:"related"`
	Summary    string         `json:"summary"`
	Details    string         `json:"details"`
	Severity   []osvSeverity  `json:"severity"`
	Affected   []osvAffected  `json:"affected"`
	References []osvReference `json:"references"`
	Specific   struct {
		License  word `json:"license"`
		Severity word `json:"severity"`
	} `json:"database_specific"`
}

// word is a string in a part whose form each database chooses: anything else is "".
type word string

func (w *word) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil {
		*w = word(s)
	}
	return nil
}

// words are a list of strings in such a part: anything else is none.
type words []string

func (w *words) UnmarshalJSON(b []byte) error {
	var list []string
	if json.Unmarshal(b, &list) == nil {
		*w = list
	}
	return nil
}

type osvSeverity struct {
	Type  string `json:"type"`
	Score string `json:"score"`
}

type osvReference struct {
	Type string `json:"type"`
	URL  string `json:"url"`
}

type osvAffected struct {
	Package struct {
		Ecosystem string `json:"ecosystem"`
		Name      string `json:"name"`
	} `json:"package"`
	Severity []osvSeverity `json:"severity"`
	Ranges   []struct {
		Type   string              `json:"type"`
		Events []map[string]string `json:"events"`
	} `json:"ranges"`
	Versions  []string `json:"versions"`
	Ecosystem struct {
		Affects struct {
			Arch      words `json:"arch"`
			OS        words `json:"os"`
			Functions words `json:"functions"`
		} `json:"affects"`
		Functions words `json:"affected_functions"`
	} `json:"ecosystem_specific"`
	Specific struct {
		Informational word  `json:"informational"`
		Categories    words `json:"categories"`
		CVSS          word  `json:"cvss"`
	} `json:"database_specific"`
}

// errNotOSV is of JSON that is something else.
var errNotOSV = errors.New("is no OSV entry")

// ParseOSV reads one OSV entry and returns an advisory for each package of crates.io
// that it names: none when it is about others. The notes name what was not
// understood and does no harm.
func ParseOSV(file string, text []byte) ([]*Advisory, []string, error) {
	if !utf8.Valid(text) {
		return nil, nil, errors.New("is not UTF-8")
	}
	if text = bytes.TrimPrefix(text, []byte("\ufeff")); len(bytes.TrimSpace(text)) == 0 {
		return nil, nil, errors.New("is empty")
	}
	var e osvEntry
	if err := json.Unmarshal(text, &e); err != nil {
		return nil, nil, fmt.Errorf("read JSON: %w", err)
	}
	if e.ID == "" || e.Modified == "" && e.Affected == nil {
		return nil, nil, errNotOSV
	}
	var out []*Advisory
	var notes []string
	for i := range e.Affected {
		f := &e.Affected[i]
		if ecosystem, _, _ := strings.Cut(f.Package.Ecosystem, ":"); ecosystem != "crates.io" {
			continue
		}
		a, err := e.advisory(file, f, &notes)
		if err != nil {
			return nil, nil, err
		}
		if same := slices.IndexFunc(out, func(b *Advisory) bool { return b.Package == a.Package }); same >= 0 {
			out[same].join(a)
			continue
		}
		out = append(out, a)
	}
	return out, notes, nil
}

// join adds what another part of the same entry says of the same package.
func (a *Advisory) join(b *Advisory) {
	a.Affected = version.Union(append(slices.Clone(a.Affected), b.Affected...)...)
	a.Patched, a.Unaffected = mended(a.Affected)
	a.Functions = append(a.Functions, b.Functions...)
	for i := range a.Functions {
		a.Functions[i].Ranges = a.Affected
	}
	if len(a.Arch) == 0 || len(b.Arch) == 0 {
		a.Arch = nil
	} else {
		a.Arch = append(a.Arch, b.Arch...)
	}
	if len(a.OS) == 0 || len(b.OS) == 0 {
		a.OS = nil
	} else {
		a.OS = append(a.OS, b.OS...)
	}
}

func (e *osvEntry) advisory(file string, f *osvAffected, notes *[]string) (*Advisory, error) {
	a := &Advisory{
		ID: e.ID, Package: f.Package.Name, Collection: Crates, Kind: kind(string(f.Specific.Informational), notes),
		Title: e.Summary, Description: e.Details, License: string(e.Specific.License),
		Aliases: slices.Clone(e.Aliases), Related: slices.Clone(e.Related), Categories: f.Specific.Categories,
		Arch: f.Ecosystem.Affects.Arch, OS: f.Ecosystem.Affects.OS, File: file,
	}
	a.Date = date("published", or(e.Published, e.Modified), notes)
	if e.Withdrawn != "" {
		if a.Withdrawn = date("withdrawn", e.Withdrawn, notes); a.Withdrawn == "" {
			return nil, fmt.Errorf("withdrawn is no date: %.40q", e.Withdrawn)
		}
	}
	for _, r := range e.References {
		if a.URL == "" && r.Type == "ADVISORY" {
			a.URL = r.URL
		}
		a.References = append(a.References, r.URL)
	}
	if a.Title == "" {
		a.Title, _, _ = strings.Cut(strings.TrimSpace(e.Details), "\n")
	}
	a.CVSS = e.score(f, notes)
	var err error
	if a.Affected, err = f.affected(); err != nil {
		return nil, err
	}
	a.Patched, a.Unaffected = mended(a.Affected)
	if len(a.Affected) == 0 {
		*notes = append(*notes, "names no versions of "+finding.Plain(f.Package.Name))
	}
	functions := append(slices.Clone(f.Ecosystem.Affects.Functions), f.Ecosystem.Functions...)
	slices.Sort(functions)
	for _, p := range slices.Compact(functions) {
		a.Functions = append(a.Functions, Function{Path: p, Ranges: a.Affected})
	}
	return a, a.clean()
}

func or(a, b string) any {
	if a != "" {
		return a
	}
	return b
}

// score is the highest of the vectors; without one the word that the database gives.
func (e *osvEntry) score(f *osvAffected, notes *[]string) CVSS {
	vectors := []string{string(f.Specific.CVSS)}
	for _, s := range append(slices.Clone(e.Severity), f.Severity...) {
		if strings.HasPrefix(s.Type, "CVSS_V3") || strings.HasPrefix(s.Type, "CVSS_V4") {
			vectors = append(vectors, s.Score)
		}
	}
	var best CVSS
	for _, v := range vectors {
		if v == "" {
			continue
		}
		c, err := ParseCVSS(v)
		if err != nil {
			*notes = append(*notes, err.Error())
		} else if best.Vector == "" || c.Score > best.Score {
			best = c
		}
	}
	if best.Vector != "" {
		return best
	}
	switch s := strings.ToLower(string(e.Specific.Severity)); s {
	case "moderate":
		return CVSS{Severity: "medium"}
	case "low", "medium", "high", "critical":
		return CVSS{Severity: s}
	}
	return CVSS{}
}

// affected is the versions that ranges or the list name.
func (f *osvAffected) affected() (version.Ranges, error) {
	var all []version.Range
	for _, v := range f.Versions {
		p, err := lenient(v)
		if err != nil {
			return nil, err
		}
		all = append(all, version.Point(p))
	}
	for _, r := range f.Ranges {
		if r.Type == "GIT" { // commits: nothing that a lock file has
			continue
		}
		rs, err := timeline(r.Events)
		if err != nil {
			return nil, err
		}
		all = append(all, rs...)
	}
	return version.Union(all...), nil
}

// mended says in requirements what ranges leave: behind one of them is patched, before
// the first was never affected.
func mended(affected version.Ranges) (patched, unaffected []string) {
	if len(affected) == 0 {
		return nil, nil
	}
	for _, r := range affected.Complement() {
		if r.HasLow {
			patched = append(patched, r.String())
		} else {
			unaffected = append(unaffected, r.String())
		}
	}
	return patched, unaffected
}

// lenient reads a version that may lack its last numbers.
func lenient(s string) (version.Version, error) {
	for range 2 - min(2, strings.Count(s, ".")) {
		s += ".0"
	}
	return version.Parse(s)
}

// event is a version at which what is affected changes.
type event struct {
	at    version.Version
	start bool // from here on; "0" is from the start
	zero  bool
	last  bool // up to and with it; else up to it
}

// timeline turns events into ranges. Of events at one version the end stands before
// the beginning, and the last affected behind it.
func timeline(events []map[string]string) ([]version.Range, error) {
	var line []event
	for _, m := range events {
		for _, word := range []string{"introduced", "fixed", "last_affected"} {
			s, ok := m[word]
			if !ok {
				continue
			}
			ev := event{start: word == "introduced", last: word == "last_affected"}
			if ev.zero = ev.start && (s == "0" || s == "0.0.0-0"); !ev.zero {
				var err error
				if ev.at, err = lenient(s); err != nil {
					return nil, err
				}
			}
			line = append(line, ev)
		}
	}
	slices.SortStableFunc(line, func(a, b event) int {
		if a.zero != b.zero {
			return rank(b.zero) - rank(a.zero)
		}
		if c := a.at.Compare(b.at); c != 0 {
			return c
		}
		return a.order() - b.order()
	})
	var out []version.Range
	open := false
	var now version.Range
	for _, ev := range line {
		switch {
		case ev.start && !open:
			open, now = true, version.Range{Low: ev.at, HasLow: !ev.zero}
		case !ev.start && open:
			open = false
			now.High, now.HasHigh, now.HighInclusive = ev.at, true, ev.last
			out = append(out, now)
		}
	}
	if open {
		out = append(out, now)
	}
	return out, nil
}

func rank(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (e event) order() int {
	switch {
	case e.last:
		return 2
	case e.start:
		return 1
	}
	return 0
}
