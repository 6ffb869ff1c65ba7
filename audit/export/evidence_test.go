package export

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"softshell/audit/policy"
	"softshell/report"
	"softshell/testenv/browser"
)

var update = flag.Bool("update", false, "write the golden files")

const evil = "</style></table><script>window.pwned=1</script><img src=x onerror='window.pwned=1'>\x1b[2J"

// evidence is a report with all that there can be in one.
func evidence(text string) *policy.Report {
	return &policy.Report{Schema: policy.SchemaVersion, Kind: "softshell-policy-evidence", Tool: policy.Tool{Name: "softshell", Version: "1.0", Rustc: "1.95.0", Cargo: "cargo 1.95.0"},
		Created: "2026-11-21T10:00:00Z", Verdict: policy.Fail, Counts: policy.Counts{Pass: 1, Fail: 1, NotChecked: 1},
		Subject:  policy.Subject{Name: "app 1.0.0", Root: "/p", Members: []string{"app 1.0.0"}, Packages: 40, Targets: []string{"x86_64-unknown-linux-gnu"}, Commit: "1234567", Dirty: true},
		Policy:   policy.Source{Name: "release" + text, Description: "what we promise", File: "softshell-policy.toml", SHA256: strings.Repeat("a", 64)},
		Inputs:   []policy.Input{{File: "Cargo.lock", SHA256: strings.Repeat("b", 64), Bytes: 1234}},
		Database: &policy.Database{Path: "/db", Commit: "abcdef", Date: "2026-08-20T00:00:00Z", Problems: 1},
		Rules: []policy.Outcome{
			{Rule: "unsafe-code", Title: "unsafe code stands only where the policy allows it", Asked: "No unsafe code" + text, Verdict: policy.Fail, Looked: "3 places of unsafe code in 2 crates",
				Evidence: []policy.Evidence{
					{Text: "unsafe block" + text, Package: "app", Version: "1.0.0", Crate: "app", Item: "cache::get" + text, File: "src/cache.rs", Line: 70, Column: 5},
					{Text: "call of an unsafe function: f", Package: "app", Version: "1.0.0", Crate: "app", Item: "cache::get", File: "src/cache.rs", Line: 71, Column: 9, CWE: []int{119}}},
				Accepted: []policy.Evidence{{Text: "unsafe impl", Crate: "app", Item: "Pool", File: "src/pool.rs", Line: 3, By: "exception", Reason: "reviewed" + text, Until: "2027-01-31"}},
				Gaps:     []string{"crate x of x 1.0.0: it does not compile" + text}, CWE: []int{119, 758}, Guide: []policy.GuideRef{{ID: "LANG-UNSAFE", Part: true, URL: "https://guide.example/#LANG-UNSAFE"}}},
			{Rule: "vulnerabilities", Title: "no known vulnerability above a severity", Asked: "None.", Verdict: policy.NotChecked, Evidence: []policy.Evidence{}, Gaps: []string{"there is no database"}, CWE: []int{1395}, Guide: []policy.GuideRef{{ID: "LIBS-AUDIT", URL: "https://guide.example/#LIBS-AUDIT"}},
				Accepted: []policy.Evidence{{Text: "reads too far", Package: "old", Version: "0.2.1", Advisory: "RUSTSEC-2024-0001", Severity: "medium", File: "Cargo.lock", Line: 9, By: "ignore", Reason: "only on Windows"}}},
			{Rule: "lock-file", Title: "Cargo.lock is under version control", Asked: "It is.", Verdict: policy.Pass, Looked: "Cargo.lock", Evidence: []policy.Evidence{}, Accepted: []policy.Evidence{}, Gaps: []string{}, CWE: []int{}, Guide: []policy.GuideRef{}},
		},
		Exceptions: []policy.Decision{{Rule: "unsafe-code", At: "app::Pool", Reason: "reviewed", Until: "2027-01-31", Used: 1, State: "in force"}},
		Wrong:      []string{"the exception for unsafe-code at app::gone matches nothing" + text}, Notes: []string{"only the lock file was read" + text},
		Guide: []policy.GuideState{{ID: "LANG-UNSAFE", Subject: "no unsafe blocks where none is needed", URL: "https://guide.example/#LANG-UNSAFE", Verdict: policy.Fail, Part: true, Rules: []string{"unsafe-code"}},
			{ID: "LIBS-AUDIT", Subject: "known vulnerabilities of dependencies", Verdict: policy.NotChecked, Rules: []string{"vulnerabilities"}},
			{ID: "FFI-CTYPE", Subject: "only C-compatible types", Verdict: policy.NotChecked, Part: true, Rules: []string{}}},
	}
}

func TestPolicyGolden(t *testing.T) {
	for name, write := range map[string]func(*bytes.Buffer) error{
		"policy.txt":        func(b *bytes.Buffer) error { return PolicyText(b, evidence(""), false, false) },
		"policy.colour.txt": func(b *bytes.Buffer) error { return PolicyText(b, evidence(""), true, true) },
		"policy.json":       func(b *bytes.Buffer) error { return PolicyJSON(b, evidence("")) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(b.Bytes(), want) {
			t.Errorf("differs from %s:\n%s", file, b.String())
		}
	}
}

// Names from outside steer no terminal, and are no markup.
func TestPolicyEvil(t *testing.T) {
	r := evidence(evil)
	var b bytes.Buffer
	if err := PolicyText(&b, r, false, true); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "\x1b") {
		t.Errorf("%q", b.String())
	}
	page := htmlOf(t, r)
	for _, bad := range []string{"<script", "<img", "onerror='", "@import", "url("} {
		if strings.Contains(page, bad) {
			t.Errorf("%s is in the page", bad)
		}
	}
	if !strings.Contains(page, `content="default-src &#39;none&#39;; style-src &#39;sha256-`) {
		t.Error("no policy")
	}
}

func htmlOf(t *testing.T, r *policy.Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := PolicyHTML(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Much evidence is cut on the page, which says so.
func TestPolicyIsBounded(t *testing.T) {
	r := evidence("")
	for i := range maxRows + 10 {
		r.Rules[2].Evidence = append(r.Rules[2].Evidence, policy.Evidence{Text: fmt.Sprint("place ", i), Package: "old", Version: "0.2.1"})
	}
	if page := htmlOf(t, r); !strings.Contains(page, "And 10 more, which the JSON report lists.") || strings.Contains(page, fmt.Sprintf("place %d<", maxRows)) || !strings.Contains(page, "old 0.2.1 (510)") {
		t.Error("the page has all")
	}
}

// validSARIF holds a log against the official schema.
func validSARIF(t *testing.T, log []byte) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "report", "testdata", "sarif-schema-2.1.0.json"))
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
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(log))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(v); err != nil {
		t.Error(err)
	}
}

func TestPolicySARIFIsValid(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"src/cache.rs", "src/pool.rs"} {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	found := PolicyFindings(evidence(""), root)
	for _, f := range found.Findings { // no analysis of softshell check stands behind it
		if !strings.Contains(f.Basis, "the policy: ") {
			t.Errorf("%s rests on %q", f.Title, f.Basis)
		}
	}
	var b bytes.Buffer
	if err := report.SARIF(&b, found); err != nil {
		t.Fatal(err)
	}
	validSARIF(t, b.Bytes())
	var sarif struct {
		Runs []struct {
			Results []struct {
				RuleID    string
				Locations []struct {
					PhysicalLocation struct{ ArtifactLocation struct{ URI string } }
				}
				Suppressions []struct{ Justification string }
			}
		}
	}
	if err := json.Unmarshal(b.Bytes(), &sarif); err != nil {
		t.Fatal(err)
	}
	rs := sarif.Runs[0].Results
	if len(rs) != 4 || rs[0].RuleID != "policy-unsafe-code" || rs[0].Locations[0].PhysicalLocation.ArtifactLocation.URI != "src/cache.rs" || rs[2].Suppressions[0].Justification != "reviewed" || rs[3].Locations[0].PhysicalLocation.ArtifactLocation.URI != "softshell-policy.toml" {
		t.Errorf("%+v", rs)
	}
}

func TestPolicyHTMLInBrowser(t *testing.T) {
	file := filepath.Join(t.TempDir(), "evidence.html")
	if err := os.WriteFile(file, []byte(htmlOf(t, evidence(evil))), 0o644); err != nil {
		t.Fatal(err)
	}
	ctx := browser.Start(t)
	var c browser.Complaints
	if err := c.Listen(ctx); err != nil {
		t.Fatal(err)
	}
	do := func(actions ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, actions...); err != nil {
			t.Fatal(err)
		}
	}
	number := func(js string) int {
		t.Helper()
		n, err := chromedp.Run(ctx, chromedp.Evaluate[int](js))
		if err != nil {
			t.Fatalf("%s: %v", js, err)
		}
		return n
	}
	do(chromedp.EmulateViewport(1280, 900), chromedp.Navigate("file://"+file), chromedp.WaitVisible(chromedp.CSS(`#limits-title`)))
	if n := number(`document.querySelectorAll('img, script').length + (window.pwned ? 1 : 0)`); n != 0 {
		t.Error("a name broke out")
	}
	if n := number(`document.querySelectorAll('article.rule').length`); n != 3 {
		t.Errorf("%d rules", n)
	}
	if n := number(`[...document.querySelectorAll('a[href^="#"]')].filter((a) => !document.getElementById(a.hash.slice(1))).length`); n != 0 {
		t.Errorf("%d links lead nowhere", n)
	}
	// The style is let through by the page's own policy, in both schemes, and nothing is cut.
	color := `parseInt(getComputedStyle(document.body).backgroundColor.match(/\d+/)[0])`
	scheme := func(media, name string) {
		do(browser.Call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: media, Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}}}))
	}
	scheme("screen", "light")
	if n := number(color); n < 200 {
		t.Errorf("the light page has a background of %d", n)
	}
	scheme("screen", "dark")
	if n := number(color); n > 60 {
		t.Errorf("the dark page has a background of %d", n)
	}
	scheme("print", "dark")
	if n := number(color); n != 255 {
		t.Errorf("the printed page has a background of %d", n)
	}
	scheme("screen", "light")
	do(chromedp.EmulateViewport(390, 800))
	if n := number(`document.documentElement.scrollWidth`); n > 390 {
		t.Errorf("a narrow page is %d wide", n)
	}
	pictures(t, ctx)
	c.Report(t)
}

// The documented schema holds for a full report and for one that a policy gave.
func TestPolicyJSONIsAsDocumented(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "policy-evidence.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	closed(doc)
	c := jsonschema.NewCompiler()
	if err := c.AddResource("evidence.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("evidence.json")
	if err != nil {
		t.Fatal(err)
	}
	p, err := policy.Parse([]byte(policy.Template), "template")
	if err != nil {
		t.Fatal(err)
	}
	empty := p.Evaluate(&policy.Facts{})
	empty.Tool, empty.Created, empty.Policy.SHA256 = policy.Tool{Name: "softshell"}, "2026-11-21T10:00:00Z", strings.Repeat("0", 64)
	empty.Subject.Members, empty.Subject.Targets = []string{}, []string{}
	if empty.Verdict != policy.NotChecked || empty.Counts.NotChecked != len(empty.Rules) {
		t.Errorf("of nothing: %s, %+v", empty.Verdict, empty.Counts)
	}
	for name, r := range map[string]*policy.Report{"full": evidence(""), "nothing known": empty} {
		var b bytes.Buffer
		if err := PolicyJSON(&b, r); err != nil {
			t.Fatal(err)
		}
		report, err := jsonschema.UnmarshalJSON(&b)
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(report); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// closed lets the schema have no properties but its own, which a reader must not ask
// for but this test does: a new field is documented.
func closed(v any) {
	switch x := v.(type) {
	case map[string]any:
		if _, ok := x["properties"]; ok {
			x["additionalProperties"] = false
		}
		for _, inner := range x {
			closed(inner)
		}
	case []any:
		for _, inner := range x {
			closed(inner)
		}
	}
}
