package report

import (
	"encoding/json"
	"io"

	"softshell/finding"
)

// The parts of cargo's `--message-format=json` that editors read
// (rustc's JSON diagnostics, wrapped by cargo).
type (
	cargoMessage struct {
		Reason   string       `json:"reason"`
		Package  string       `json:"package_id"`
		Manifest string       `json:"manifest_path"`
		Target   *cargoTarget `json:"target,omitempty"`
		Message  diagnostic   `json:"message"`
	}
	cargoTarget struct {
		Kind       []string `json:"kind"`
		CrateTypes []string `json:"crate_types"`
		Name       string   `json:"name"`
		Src        string   `json:"src_path"`
		Edition    string   `json:"edition"`
		Doc        bool     `json:"doc"`
		Doctest    bool     `json:"doctest"`
		Test       bool     `json:"test"`
	}
	diagnostic struct {
		Type     string           `json:"$message_type"`
		Message  string           `json:"message"`
		Code     *diagnosticCode  `json:"code"`
		Level    string           `json:"level"`
		Spans    []diagnosticSpan `json:"spans"`
		Children []diagnostic     `json:"children"`
		Rendered *string          `json:"rendered"`
	}
	diagnosticCode struct {
		Code        string  `json:"code"`
		Explanation *string `json:"explanation"`
	}
	diagnosticSpan struct {
		File          string     `json:"file_name"`
		ByteStart     int        `json:"byte_start"`
		ByteEnd       int        `json:"byte_end"`
		LineStart     int        `json:"line_start"`
		LineEnd       int        `json:"line_end"`
		ColumnStart   int        `json:"column_start"`
		ColumnEnd     int        `json:"column_end"`
		Primary       bool       `json:"is_primary"`
		Text          []spanText `json:"text"`
		Label         *string    `json:"label"`
		Suggested     *string    `json:"suggested_replacement"`
		Applicability *string    `json:"suggestion_applicability"`
		Expansion     *struct{}  `json:"expansion"`
	}
	spanText struct {
		Text  string `json:"text"`
		Start int    `json:"highlight_start"`
		End   int    `json:"highlight_end"`
	}
)

// CargoMessages writes one line for each finding and remark, in cargo's
// message format. Paths are relative to the root, as cargo's are.
func CargoMessages(w io.Writer, r *Report) error {
	for i := range r.Findings {
		f := &r.Findings[i]
		m := r.message(f.Crate)
		t := &text{r: r}
		t.finding(f)
		rendered := t.String()
		m.Message = diagnostic{Type: "diagnostic", Message: f.Title, Level: f.Severity.String(), Code: &diagnosticCode{Code: "softshell::" + f.Rule},
			Spans: []diagnosticSpan{r.span(f.Primary, true, f.Label)}, Children: r.children(f), Rendered: &rendered}
		if err := writeLine(w, m); err != nil {
			return err
		}
	}
	for i := range r.Remarks {
		m := r.message("")
		rendered := "warning: " + r.Remarks[i].Text + "\n"
		m.Message = diagnostic{Type: "diagnostic", Message: r.Remarks[i].Text, Level: "warning", Code: &diagnosticCode{Code: "softshell::allow"},
			Spans: []diagnosticSpan{r.span(r.Remarks[i].Span, true, "")}, Children: []diagnostic{}, Rendered: &rendered}
		if err := writeLine(w, m); err != nil {
			return err
		}
	}
	return writeLine(w, map[string]any{"reason": "build-finished", "success": true})
}

// CargoError writes what stopped a run as a message without a place.
func CargoError(w io.Writer, what string) error {
	rendered := "error: " + what + "\n"
	m := &cargoMessage{Reason: "compiler-message", Message: diagnostic{Type: "diagnostic", Message: what, Level: "error",
		Spans: []diagnosticSpan{}, Children: []diagnostic{}, Rendered: &rendered}}
	if err := writeLine(w, m); err != nil {
		return err
	}
	return writeLine(w, map[string]any{"reason": "build-finished", "success": false})
}

func writeLine(w io.Writer, v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = w.Write(append(line, '\n'))
	return err
}

func (r *Report) message(crate string) *cargoMessage {
	m := &cargoMessage{Reason: "compiler-message"}
	p, ok := r.Packages[crate]
	if !ok {
		return m
	}
	kind := p.Kind
	if kind == "file" {
		kind = "bin"
	}
	m.Package, m.Manifest = p.ID, p.Manifest
	m.Target = &cargoTarget{Kind: []string{kind}, CrateTypes: []string{kind}, Name: p.Target, Src: p.Root, Edition: "2021", Test: true}
	return m
}

func (r *Report) children(f *finding.Finding) []diagnostic {
	out := []diagnostic{}
	for i := range f.Trace {
		s := &f.Trace[i]
		out = append(out, diagnostic{Type: "diagnostic", Message: s.Text, Level: "note", Spans: []diagnosticSpan{r.span(s.Span, true, "")}, Children: []diagnostic{}})
	}
	for _, n := range append(append([]string{gradeNote(f)}, f.Notes...), evidence(f)...) {
		out = append(out, diagnostic{Type: "diagnostic", Message: n, Level: "note", Spans: []diagnosticSpan{}, Children: []diagnostic{}})
	}
	if f.Fix == nil {
		return out
	}
	help := diagnostic{Type: "diagnostic", Message: f.Fix.Text, Level: "help", Spans: []diagnosticSpan{}, Children: []diagnostic{}}
	for i := range f.Fix.Edits {
		e := &f.Fix.Edits[i]
		s := r.span(e.Span, true, "")
		how := "MachineApplicable"
		s.Suggested, s.Applicability = &e.New, &how
		help.Spans = append(help.Spans, s)
	}
	return append(out, help)
}

// span fills in byte offsets and text from the source.
func (r *Report) span(s finding.Span, primary bool, label string) diagnosticSpan {
	d := diagnosticSpan{File: r.path(s.File), LineStart: s.Line, LineEnd: s.EndLine, ColumnStart: s.Col, ColumnEnd: s.EndCol, Primary: primary, Text: []spanText{}}
	if label != "" {
		d.Label = &label
	}
	lines := r.sources().Lines(s.File)
	d.ByteStart, d.ByteEnd = offset(lines, s.Line, s.Col), offset(lines, s.EndLine, s.EndCol)
	const most = 6
	for n := s.Line; n <= s.EndLine && n <= len(lines) && n > 0 && n < s.Line+most; n++ {
		t := spanText{Text: lines[n-1], Start: 1, End: len([]rune(lines[n-1])) + 1}
		if n == s.Line {
			t.Start = s.Col
		}
		if n == s.EndLine {
			t.End = s.EndCol
		}
		d.Text = append(d.Text, t)
	}
	return d
}

// offset is the byte offset of a column (in characters) of a line; line ends
// count as one byte, as rustc counts them after it has normalised the file.
func offset(lines []string, line, col int) int {
	n := 0
	for i := 0; i < line-1 && i < len(lines); i++ {
		n += len(lines[i]) + 1
	}
	if line >= 1 && line <= len(lines) {
		runes := []rune(lines[line-1])
		n += len(string(runes[:min(max(col-1, 0), len(runes))]))
	}
	return n
}
