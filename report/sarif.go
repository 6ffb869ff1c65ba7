package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"softshell/finding"
	"softshell/rule"
)

// maxResults is what code scanning takes; the worst findings come first.
const maxResults = 25000

// The parts of SARIF 2.1.0 that a Report fills, named as in the standard.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        sarifTool           `json:"tool"`
		Invocations []sarifInvocation   `json:"invocations"`
		ColumnKind  string              `json:"columnKind"`
		URIBases    map[string]sarifURI `json:"originalUriBaseIds,omitempty"`
		Results     []sarifResult       `json:"results"`
		Properties  map[string]any      `json:"properties,omitempty"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version,omitempty"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID         string         `json:"id"`
		Name       string         `json:"name"`
		Short      sarifText      `json:"shortDescription"`
		Full       sarifText      `json:"fullDescription"`
		Help       sarifMarkdown  `json:"help"`
		Config     sarifConfig    `json:"defaultConfiguration"`
		Properties sarifRuleProps `json:"properties"`
	}
	sarifRuleProps struct {
		Tags      []string `json:"tags"`
		Severity  string   `json:"security-severity"`
		Precision string   `json:"precision"`
	}
	sarifConfig struct {
		Enabled bool   `json:"enabled"`
		Level   string `json:"level"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifMarkdown struct {
		Text     string `json:"text"`
		Markdown string `json:"markdown"`
	}
	sarifInvocation struct {
		Successful    bool                `json:"executionSuccessful"`
		Notifications []sarifNotification `json:"toolExecutionNotifications,omitempty"`
	}
	sarifNotification struct {
		Level   string    `json:"level"`
		Message sarifText `json:"message"`
	}
	sarifURI struct {
		URI   string `json:"uri"`
		Index string `json:"uriBaseId,omitempty"`
	}
	sarifResult struct {
		RuleID       string             `json:"ruleId"`
		RuleIndex    int                `json:"ruleIndex"`
		Level        string             `json:"level"`
		Message      sarifText          `json:"message"`
		Locations    []sarifLocation    `json:"locations"`
		Related      []sarifLocation    `json:"relatedLocations,omitempty"`
		CodeFlows    []sarifCodeFlow    `json:"codeFlows,omitempty"`
		Fixes        []sarifFix         `json:"fixes,omitempty"`
		Suppressions []sarifSuppression `json:"suppressions,omitempty"`
		Fingerprints map[string]string  `json:"partialFingerprints,omitempty"`
		Properties   map[string]any     `json:"properties,omitempty"`
	}
	sarifLocation struct {
		ID       int            `json:"id,omitempty"`
		Physical sarifPhysical  `json:"physicalLocation"`
		Logical  []sarifLogical `json:"logicalLocations,omitempty"`
		Message  *sarifText     `json:"message,omitempty"`
	}
	sarifLogical struct {
		Name string `json:"fullyQualifiedName"`
		Kind string `json:"kind"`
	}
	sarifPhysical struct {
		Artifact sarifURI     `json:"artifactLocation"`
		Region   *sarifRegion `json:"region,omitempty"`
	}
	sarifRegion struct {
		StartLine int `json:"startLine"`
		StartCol  int `json:"startColumn,omitempty"`
		EndLine   int `json:"endLine,omitempty"`
		EndCol    int `json:"endColumn,omitempty"`
	}
	sarifCodeFlow struct {
		Threads []sarifThread `json:"threadFlows"`
	}
	sarifThread struct {
		Locations []sarifStep `json:"locations"`
	}
	sarifStep struct {
		Location sarifLocation `json:"location"`
	}
	sarifFix struct {
		Description sarifText     `json:"description"`
		Changes     []sarifChange `json:"artifactChanges"`
	}
	sarifChange struct {
		Artifact     sarifURI           `json:"artifactLocation"`
		Replacements []sarifReplacement `json:"replacements"`
	}
	sarifReplacement struct {
		Deleted  sarifRegion `json:"deletedRegion"`
		Inserted sarifText   `json:"insertedContent"`
	}
	sarifSuppression struct {
		Kind          string `json:"kind"`
		Justification string `json:"justification"`
	}
)

const (
	rootBase    = "SRCROOT"
	sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)

// SARIF writes the report as a SARIF 2.1.0 log. Suppressed findings are in it,
// marked as such; what was not analysed stands in the invocation's notifications.
func SARIF(w io.Writer, r *Report) error {
	run := sarifRun{ColumnKind: "unicodeCodePoints", Results: []sarifResult{},
		Tool: sarifTool{sarifDriver{Name: "softshell", Version: r.Version, Rules: []sarifRule{}}}}
	if r.Root != "" {
		run.URIBases = map[string]sarifURI{rootBase: {URI: fileURI(r.Root) + "/"}}
	}
	index := map[string]int{}
	for _, info := range r.Rules {
		index[info.ID] = len(run.Tool.Driver.Rules)
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, ruleOf(info))
	}
	add := func(f *finding.Finding, s []sarifSuppression) {
		i, ok := index[f.Rule]
		if !ok {
			i = -1
		}
		run.Results = append(run.Results, r.result(f, i, s))
	}
	for i := range r.Findings {
		add(&r.Findings[i], nil)
	}
	for i := range r.Suppressed {
		s := &r.Suppressed[i]
		kind := "inSource"
		if s.Kind == "baseline" {
			kind = "external"
		}
		add(&s.Finding, []sarifSuppression{{kind, s.Reason}})
	}
	inv := sarifInvocation{Successful: true, Notifications: r.notifications()}
	if cut := len(run.Results) - maxResults; cut > 0 {
		slices.SortStableFunc(run.Results, func(a, b sarifResult) int { return cmp.Compare(levelRank[b.Level], levelRank[a.Level]) })
		run.Results = run.Results[:maxResults]
		inv.Notifications = append(inv.Notifications, sarifNotification{"warning", sarifText{fmt.Sprintf("%d further results are left out", cut)}})
	}
	run.Invocations = []sarifInvocation{inv}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(&sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{run}})
}

var levelRank = map[string]int{"note": 0, "warning": 1, "error": 2}

// securitySeverity follows code scanning's bands: medium from 4.0, high from 7.0.
var securitySeverity = map[finding.Severity]string{finding.Note: "2.0", finding.Warning: "5.0", finding.Error: "8.0"}

func ruleOf(info rule.Info) sarifRule {
	tags := slices.Clone(info.Tags)
	if tags == nil {
		tags = []string{"memory", "security"}
	}
	score := securitySeverity[info.Severity]
	if info.Score > 0 {
		score = strconv.FormatFloat(info.Score, 'f', 1, 64)
	}
	for _, c := range info.CWE {
		tags = append(tags, "external/cwe/cwe-"+strconv.Itoa(c))
	}
	doc := strings.TrimSpace(info.Doc)
	full := info.Title
	for p := range strings.SplitSeq(doc, "\n\n") {
		if p = strings.TrimSpace(p); p != "" && !strings.HasPrefix(p, "#") && !strings.HasPrefix(p, "```") {
			full = strings.Join(strings.Fields(p), " ")
			break
		}
	}
	if doc == "" {
		doc = info.Title
	}
	return sarifRule{ID: info.ID, Name: info.ID, Short: sarifText{info.Title}, Full: sarifText{full}, Help: sarifMarkdown{doc, doc},
		Config:     sarifConfig{info.Default, info.Severity.String()},
		Properties: sarifRuleProps{tags, score, "high"}}
}

func (r *Report) notifications() []sarifNotification {
	t := &text{r: r}
	t.coverage()
	var out []sarifNotification
	for line := range strings.SplitSeq(strings.TrimSpace(t.String()), "\n") {
		if line != "" {
			out = append(out, sarifNotification{"warning", sarifText{line}})
		}
	}
	for _, n := range r.Notes {
		out = append(out, sarifNotification{"note", sarifText{n}})
	}
	return out
}

func (r *Report) result(f *finding.Finding, index int, s []sarifSuppression) sarifResult {
	msg := f.Title + ". " + sentence(gradeNote(f))
	for _, n := range append(evidence(f), f.Notes...) {
		msg += " " + sentence(n)
	}
	if f.Fix != nil {
		msg += "\n\nHelp: " + f.Fix.Text + "."
	}
	out := sarifResult{RuleID: f.Rule, RuleIndex: index, Level: f.Severity.String(), Message: sarifText{msg}, Suppressions: s,
		Properties: map[string]any{"grade": f.Grade.String(), "crate": f.Crate}}
	if len(f.Evidence) > 0 {
		out.Properties["evidence"] = f.Evidence
	}
	if f.Fingerprint != "" {
		out.Fingerprints = map[string]string{"softshell/v1": f.Fingerprint}
	}
	loc := sarifLocation{Physical: r.physical(f.Primary)}
	if f.Item != "" {
		loc.Logical = []sarifLogical{{f.Crate + "::" + f.Item, "function"}}
	}
	if f.Label != "" {
		loc.Message = &sarifText{f.Label}
	}
	out.Locations = []sarifLocation{loc}
	if len(f.Trace) > 0 {
		var steps []sarifStep
		for i, st := range f.Trace {
			l := sarifLocation{Physical: r.physical(st.Span), Message: &sarifText{st.Text}}
			steps = append(steps, sarifStep{l})
			l.ID = i + 1
			out.Related = append(out.Related, l)
		}
		out.CodeFlows = []sarifCodeFlow{{[]sarifThread{{steps}}}}
	}
	if f.Fix != nil && len(f.Fix.Edits) > 0 {
		fix := sarifFix{Description: sarifText{f.Fix.Text}}
		for _, e := range f.Fix.Edits {
			fix.Changes = append(fix.Changes, sarifChange{r.artifact(e.Span.File), []sarifReplacement{{*region(e.Span), sarifText{e.New}}}})
		}
		out.Fixes = []sarifFix{fix}
	}
	return out
}

// sentence makes one of a note.
func sentence(note string) string {
	first, n := utf8.DecodeRuneInString(note)
	return string(unicode.ToUpper(first)) + note[n:] + "."
}

func (r *Report) physical(s finding.Span) sarifPhysical {
	return sarifPhysical{r.artifact(s.File), region(s)}
}

func region(s finding.Span) *sarifRegion {
	if s.IsZero() {
		return nil
	}
	return &sarifRegion{s.Line, s.Col, s.EndLine, s.EndCol}
}

// artifact is a URI relative to the root, or an absolute one for files elsewhere.
func (r *Report) artifact(file string) sarifURI {
	shown := r.path(file)
	if filepath.IsAbs(filepath.FromSlash(shown)) {
		return sarifURI{URI: fileURI(file)}
	}
	return sarifURI{URI: (&url.URL{Path: shown}).EscapedPath(), Index: rootBase}
}

func fileURI(file string) string {
	p := filepath.ToSlash(file)
	if !strings.HasPrefix(p, "/") {
		p = "/" + p
	}
	return (&url.URL{Scheme: "file", Path: p}).String()
}
