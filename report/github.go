package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"softshell/finding"
)

var dataEscapes = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")

var propertyEscapes = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")

var annotation = map[finding.Severity]string{finding.Note: "notice", finding.Warning: "warning", finding.Error: "error"}

// GitHub writes one workflow command for each finding, and the summary as a notice.
func GitHub(w io.Writer, r *Report) error {
	var b bytes.Buffer
	put := func(kind string, s finding.Span, title, message string) {
		fmt.Fprintf(&b, "::%s file=%s,line=%d,endLine=%d,col=%d,title=%s::%s\n", kind, propertyEscapes.Replace(r.path(s.File)), s.Line, s.EndLine, s.Col,
			propertyEscapes.Replace(title), dataEscapes.Replace(message))
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		msg := strings.Join(append([]string{f.Title, gradeNote(f)}, evidence(f)...), "\n")
		if f.Fix != nil {
			msg += "\nhelp: " + f.Fix.Text
		}
		put(annotation[f.Severity], f.Primary, "softshell: "+f.Rule, msg)
	}
	for i := range r.Remarks {
		put("warning", r.Remarks[i].Span, "softshell", r.Remarks[i].Text)
	}
	t := &text{r: r}
	t.coverage()
	t.summary()
	fmt.Fprintf(&b, "::notice title=softshell::%s\n", dataEscapes.Replace(strings.TrimSuffix(t.String(), "\n")))
	_, err := w.Write(b.Bytes())
	return err
}
