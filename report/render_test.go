package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"softshell/finding"
	"softshell/rule"
)

var update = flag.Bool("update", false, "write the golden files anew")

func span(file string, line, col, endLine, endCol int) finding.Span {
	abs, _ := filepath.Abs(filepath.Join("testdata", file))
	return finding.Span{File: abs, Line: line, Col: col, EndLine: endLine, EndCol: endCol}
}

// full is a report with everything that a report can have.
func full() *Report {
	root, _ := filepath.Abs("testdata")
	cycle := finding.Finding{
		Rule: "rc-cycle", Title: "strong handles form a cycle", Severity: finding.Error, Grade: finding.Likely, CWE: []int{401}, Crate: "list", Item: "close",
		Primary: span("list.rs", 10, 21, 10, 41), Label: "this store closes the cycle",
		Trace: []finding.Step{
			{Span: span("list.rs", 9, 2, 9, 23), Text: "`Node.next` holds a strong handle"},
			{Span: span("list.rs", 10, 21, 10, 41), Text: "and here the other way round"},
			{Span: span("list.rs", 14, 2, 16, 3), Text: "both are dropped"},
		},
		Notes: []string{"each handle keeps the next object alive"}, Fingerprint: "00ff",
		Fix: &finding.Fix{Text: "make `Node.next` a `Weak`", Edits: []finding.Edit{{Span: span("list.rs", 5, 8, 5, 33), New: "RefCell<Option<Weak<Node>>>"}}},
	}
	orphan := finding.Finding{
		Rule: "orphan-object", Title: "100 % lost: a, b\nand c", Severity: finding.Note, Grade: finding.Possible, Crate: "crlf",
		Primary: span("crlf.rs", 2, 13, 2, 39), Evidence: []finding.Evidence{{Tool: "valgrind", Text: "4 bytes are definitely lost"}},
	}
	gone := finding.Finding{Rule: "rc-cycle", Title: "in a file that is gone", Severity: finding.Warning, Grade: finding.Confirmed, Crate: "list",
		Primary: finding.Span{File: filepath.Join(root, "ge löscht", "a b.rs"), Line: 3, Col: 1, EndLine: 3, EndCol: 2}}
	return &Report{
		Version: "1.2.3", Root: root, Toolchain: "rustc 1.95.0",
		Rules: []rule.Info{
			{ID: "orphan-object", Title: "a value is given up", CWE: []int{401, 772}, Severity: finding.Warning, Default: true, Doc: "# orphan-object: x\n\n## What it is\n\nA value that\nis lost.\n"},
			{ID: "rc-cycle", Title: "a cycle", CWE: []int{401}, Severity: finding.Error, Default: true},
		},
		Findings:   []finding.Finding{orphan, gone, cycle},
		Suppressed: []finding.Suppressed{{Finding: cycle, Kind: "comment", Reason: "lives as long as the program", Until: "2027-01-01"}, {Finding: orphan, Kind: "baseline", Reason: "known"}},
		Remarks:    []finding.Remark{{Span: span("list.rs", 1, 1, 1, 4), Text: "this comment allows nothing"}},
		Notes:      []string{"3 findings are not shown"},
		Coverage: finding.Coverage{Crates: []finding.CrateCoverage{
			{Package: "list", Version: "0.1.0", Crate: "list", Kind: "lib", Bodies: 10, Analysed: 9, Skipped: map[string]int{"a construct is not understood": 1}, UnknownCalls: 2, UnknownCallees: []string{"ffi::f"}},
			{Package: "gone", Version: "2.0.0", Crate: "gone", Kind: "bin", Failed: "it does not compile"},
		}},
		Stats:    &finding.Stats{Bodies: 10, Parsed: 9, Unsupported: map[string]int{"asm": 1}, Types: 40, Unresolved: 1, MIRBytes: 1500000},
		Phases:   []Phase{{"capture", 1.5}},
		Packages: map[string]Package{"list": {ID: "path+file:///list#0.1.0", Manifest: "/list/Cargo.toml", Kind: "lib", Target: "list", Root: "/list/src/lib.rs"}},
	}
}

func empty() *Report {
	return &Report{Coverage: finding.Coverage{Crates: []finding.CrateCoverage{{Crate: "a", Bodies: 3, Analysed: 3}}}}
}

func render(t *testing.T, r *Report, f func(io.Writer, *Report) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := f(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	root, _ := filepath.Abs("testdata")
	for name, f := range map[string]func(io.Writer, *Report) error{
		"text":   func(w io.Writer, r *Report) error { return Text(w, r, TextOptions{Verbose: true}) },
		"colour": func(w io.Writer, r *Report) error { return Text(w, r, TextOptions{Color: true}) },
		"json":   JSON, "sarif": SARIF, "github": GitHub, "cargo": CargoMessages,
	} {
		for kind, r := range map[string]*Report{"full": full(), "empty": empty()} {
			t.Run(name+"/"+kind, func(t *testing.T) {
				got := strings.ReplaceAll(render(t, r, f), filepath.ToSlash(root), "ROOT")
				file := filepath.Join("testdata", name+"."+kind+".golden")
				if *update {
					if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				if got != string(want) {
					t.Errorf("differs from %s:\n%s", file, got)
				}
			})
		}
	}
}

func TestSARIFIsValid(t *testing.T) {
	text, err := os.ReadFile("testdata/sarif-schema-2.1.0.json")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("sarif.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("sarif.json")
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := full()
	elsewhere.Root = filepath.Join(elsewhere.Root, "other root %")
	for name, r := range map[string]*Report{"full": full(), "empty": empty(), "elsewhere": elsewhere, "nothing": {}} {
		log, err := jsonschema.UnmarshalJSON(strings.NewReader(render(t, r, SARIF)))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(log); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	// The check must be able to fail.
	bad := strings.Replace(render(t, full(), SARIF), `"level": "error"`, `"level": "fatal"`, 1)
	log, _ := jsonschema.UnmarshalJSON(strings.NewReader(bad))
	if schema.Validate(log) == nil {
		t.Error("the schema accepts a level that does not exist")
	}
}

func TestSARIFIsBounded(t *testing.T) {
	r := &Report{}
	for i := range maxResults + 10 {
		f := finding.Finding{Rule: "x", Severity: finding.Note}
		if i == maxResults+5 {
			f.Severity = finding.Error
		}
		r.Findings = append(r.Findings, f)
	}
	var log sarifLog
	if err := json.Unmarshal([]byte(render(t, r, SARIF)), &log); err != nil {
		t.Fatal(err)
	}
	run := log.Runs[0]
	if len(run.Results) != maxResults || run.Results[0].Level != "error" || len(run.Invocations[0].Notifications) != 1 {
		t.Errorf("%d results, the first is a %s", len(run.Results), run.Results[0].Level)
	}
}

// An editor needs exactly one primary span, with the offsets of the bytes.
func TestCargoMessages(t *testing.T) {
	first, _, _ := strings.Cut(render(t, &Report{Root: full().Root, Findings: full().Findings[2:]}, CargoMessages), "\n")
	var m cargoMessage
	if err := json.Unmarshal([]byte(first), &m); err != nil {
		t.Fatal(err)
	}
	if m.Reason != "compiler-message" || m.Message.Code.Code != "softshell::rc-cycle" || len(m.Message.Spans) != 1 || !m.Message.Spans[0].Primary {
		t.Errorf("%+v", m)
	}
	s := m.Message.Spans[0]
	text, err := os.ReadFile("testdata/list.rs")
	if err != nil {
		t.Fatal(err)
	}
	if got := string(text[s.ByteStart:s.ByteEnd]); got != "*b.next.borrow_mut() " && !strings.HasPrefix(got, "*b.next.borrow_mut()") {
		t.Errorf("the bytes %d to %d are %q", s.ByteStart, s.ByteEnd, got)
	}
	help := m.Message.Children[len(m.Message.Children)-1]
	if help.Level != "help" || *help.Spans[0].Suggested != "RefCell<Option<Weak<Node>>>" || *help.Spans[0].Applicability != "MachineApplicable" {
		t.Errorf("%+v", help)
	}
	if got := string(text[help.Spans[0].ByteStart:help.Spans[0].ByteEnd]); got != "RefCell<Option<Rc<Node>>>" {
		t.Errorf("the suggestion replaces %q", got)
	}
}
