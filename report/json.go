package report

import (
	"encoding/json"
	"io"

	"softshell/finding"
)

// schemaVersion changes when a field changes its meaning or goes away; new
// fields alone do not change it.
const schemaVersion = 1

// document is the JSON form of a Report. Paths are relative to the root where
// they lie below it; nothing in it depends on time.
type document struct {
	Schema     int                  `json:"schema"`
	Tool       tool                 `json:"tool"`
	Rules      []string             `json:"rules"`
	Findings   []finding.Finding    `json:"findings"`
	Suppressed []finding.Suppressed `json:"suppressed"`
	Remarks    []finding.Remark     `json:"remarks"`
	Notes      []string             `json:"notes"`
	Coverage   finding.Coverage     `json:"coverage"`
	Complete   bool                 `json:"complete"`
	Stats      *finding.Stats       `json:"stats,omitempty"`
}

type tool struct {
	Name      string `json:"name"`
	Version   string `json:"version"`
	Toolchain string `json:"toolchain"`
}

// JSON writes the report as one JSON document.
func JSON(w io.Writer, r *Report) error {
	d := document{Schema: schemaVersion, Tool: tool{"softshell", r.Version, r.Toolchain}, Rules: []string{},
		Findings: []finding.Finding{}, Suppressed: []finding.Suppressed{}, Remarks: []finding.Remark{},
		Notes: append([]string{}, r.Notes...), Coverage: r.Coverage, Complete: r.Coverage.Complete(), Stats: r.Stats}
	if d.Coverage.Crates == nil {
		d.Coverage.Crates = []finding.CrateCoverage{}
	}
	for _, info := range r.Rules {
		d.Rules = append(d.Rules, info.ID)
	}
	for _, f := range r.Findings {
		d.Findings = append(d.Findings, r.Relative(f))
	}
	for _, s := range r.Suppressed {
		s.Finding = r.Relative(s.Finding)
		d.Suppressed = append(d.Suppressed, s)
	}
	for _, m := range r.Remarks {
		m.Span.File = r.path(m.Span.File)
		d.Remarks = append(d.Remarks, m)
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(&d)
}

// Relative is a copy of f with its paths as they are shown.
func (r *Report) Relative(f finding.Finding) finding.Finding {
	f.Primary.File = r.path(f.Primary.File)
	trace := append([]finding.Step(nil), f.Trace...)
	for i := range trace {
		trace[i].Span.File = r.path(trace[i].Span.File)
	}
	f.Trace = trace
	if f.Fix != nil {
		fix := *f.Fix
		fix.Edits = append([]finding.Edit(nil), fix.Edits...)
		for i := range fix.Edits {
			fix.Edits[i].Span.File = r.path(fix.Edits[i].Span.File)
		}
		f.Fix = &fix
	}
	if f.CWE == nil {
		f.CWE = []int{}
	}
	return f
}
