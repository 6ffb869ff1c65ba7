package export

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/package-url/packageurl-go"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"softshell/audit"
	"softshell/audit/advisory"
	"softshell/audit/tree"
)

// program is a workspace with one of each: member, registry, alternative registry, git
// and path packages, one that is not built, and matches of every kind.
func program(t *testing.T) *audit.Result {
	root := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return file
	}
	app := write("Cargo.toml", "[package]\nname='app'\nlicense.workspace=true\ndescription=\"line\\u001b one\"\n[workspace.package]\nlicense='MIT/Apache-2.0'\n")
	old := write("old/Cargo.toml", "[package]\nname='old'\nlicense='MIT OR (Apache-2.0 WITH LLVM-exception)'\nrepository='https://git.example/old one'\n")
	odd := write("odd/Cargo.toml", "[package]\nlicense='my own'\nrepository='javascript:alert(1)'\n")
	file := write("near/Cargo.toml", "[package]\nlicense-file='LICENSE'\n")
	reached := &audit.Reach{Verdict: audit.Reachable, Level: "function", Match: "exact", Chain: []audit.Call{{Crate: "app", Item: "main"}, {Crate: "old", Item: "read"}}}
	return &audit.Result{
		Tree: &tree.Tree{Input: tree.FromMetadata, File: filepath.Join(root, "Cargo.lock"), Root: root, Roots: []int{0}, Targets: []string{"x86_64-unknown-linux-gnu"}, Packages: []tree.Package{
			{Name: "app", Version: "1.0.0", Source: tree.Source{Kind: tree.Path}, Member: true, Manifest: app, Deps: []tree.Dep{{To: 1}, {To: 2}, {To: 3}, {To: 4}, {To: 5}}},
			{Name: "old", Version: "0.2.1", Source: tree.Source{Kind: tree.Registry}, Checksum: strings.Repeat("ab", 32), Manifest: old, Features: []string{"default"}, Deps: []tree.Dep{{To: 5}}},
			{Name: "old", Version: "0.2.1", Source: tree.Source{Kind: tree.Registry, URL: "https://own.example/index"}, Checksum: strings.Repeat("no", 32), Manifest: odd, BuildOnly: true, Yanked: true},
			{Name: "tool", Version: "3.0.0-rc.1", Source: tree.Source{Kind: tree.Git, URL: "https://git.example/team/tool?branch=x", Rev: "abc"}, DevOnly: true},
			{Name: "near", Version: "0.0.0", Source: tree.Source{Kind: tree.Path}, Manifest: file},
			{Name: "win", Version: "1.0.0", Source: tree.Source{Kind: tree.Registry}, NotBuilt: "only for cfg(windows)"},
		}},
		Database: &advisory.Database{Date: "2026-08-20T00:00:00Z", Commit: strings.Repeat("0", 40)},
		Matches: []audit.Match{
			{Package: 1, Reach: reached, Advisory: &advisory.Advisory{ID: "RUSTSEC-2024-0001", Kind: advisory.Vulnerability, Title: "reads \x1b[31mtoo far", Description: "# It\n\nreads", Date: "2024-01-02", URL: "https://git.example/1", Aliases: []string{"CVE-2024-1", "GHSA-x"},
				CVSS: advisory.CVSS{Vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", Score: 9.8, Severity: "critical"}, Patched: []string{">=0.3"}, References: []string{"not a url", "https://git.example/2"}}},
			{Package: 1, Reach: &audit.Reach{Verdict: audit.NotReached, Level: "function", Match: "exact", Why: "nothing calls old::write"}, Advisory: &advisory.Advisory{ID: "RUSTSEC-2024-0002", Kind: advisory.Vulnerability, Title: "b"}},
			{Package: 1, Reach: &audit.Reach{Verdict: audit.NotReached, Level: "crate", Match: "none", Why: "nothing calls old"}, Advisory: &advisory.Advisory{ID: "RUSTSEC-2024-0003", Kind: advisory.Unsound, Title: "c", CVSS: advisory.CVSS{Vector: "CVSS:4.0/AV:N", Severity: "none"}}},
			{Package: 1, Reach: &audit.Reach{Verdict: audit.Unknown, Why: "its MIR is not there"}, Advisory: &advisory.Advisory{ID: "OSV-1", Kind: advisory.Unmaintained, Title: "d"}},
			{Package: 3, Reach: &audit.Reach{Verdict: audit.Reachable, Level: "crate", Match: "none"}, Advisory: &advisory.Advisory{ID: "RUSTSEC-2024-0005", Kind: advisory.Vulnerability, Title: "f"}},
			{Package: 3, Reach: &audit.Reach{Verdict: audit.Reachable, Level: "function", Match: "exact", Why: audit.OnlyTests}, Advisory: &advisory.Advisory{ID: "RUSTSEC-2024-0006", Kind: advisory.Vulnerability, Title: "g"}},
			{Package: 5, Advisory: &advisory.Advisory{ID: "RUSTSEC-2024-0009", Kind: advisory.Vulnerability}},
		},
		Ignored: []audit.Match{{Package: 1, Advisory: &advisory.Advisory{ID: "RUSTSEC-2024-0004", Kind: advisory.Vulnerability, Title: "e"}, Ignore: &audit.Ignore{Reason: "never called", Until: "2027-01-01"}}},
	}
}

// schemas are CycloneDX's own, as its Go module carries them.
func schema(t *testing.T, spec string) *jsonschema.Schema {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/CycloneDX/cyclonedx-go").Output()
	if err != nil {
		t.Fatalf("find the schemas: %v", err)
	}
	c := jsonschema.NewCompiler()
	// The files that the schema names by URL.
	for url, name := range map[string]string{
		"http://cyclonedx.org/schema/bom-" + spec + ".schema.json": "bom-" + spec + ".schema.json",
		"http://cyclonedx.org/schema/spdx.schema.json":             "spdx.schema.json",
		"http://cyclonedx.org/schema/jsf-0.82.schema.json":         "jsf-0.82.schemax.json",
	} {
		text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "schema", name))
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.AddResource(url, doc); err != nil {
			t.Fatal(err)
		}
	}
	s, err := c.Compile("http://cyclonedx.org/schema/bom-" + spec + ".schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func write(t *testing.T, r *audit.Result, o BOMOptions) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := CycloneDX(&b, r, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestCycloneDXIsValid(t *testing.T) {
	r := program(t)
	several := *r.Tree
	several.Roots = []int{0, 4}
	lock := *r.Tree
	lock.Input, lock.Roots, lock.Root = tree.FromLock, nil, ""
	created := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	for _, spec := range BOMSpecs {
		s := schema(t, spec)
		for name, r := range map[string]*audit.Result{"full": r, "no database": {Tree: r.Tree}, "several roots": {Tree: &several, Database: r.Database, Matches: r.Matches}, "lock": {Tree: &lock}, "empty": {Tree: &tree.Tree{Input: tree.FromLock, File: "Cargo.lock"}}} {
			text := write(t, r, BOMOptions{Version: "1", Spec: spec, Created: created})
			doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Validate(doc); err != nil {
				t.Errorf("%s, %s: %v\n%s", spec, name, err, text)
			}
		}
		// The check must be able to fail.
		text := bytes.Replace(write(t, r, BOMOptions{Spec: spec}), []byte(`"type": "library"`), []byte(`"type": "liberty"`), 1)
		if doc, _ := jsonschema.UnmarshalJSON(bytes.NewReader(text)); s.Validate(doc) == nil {
			t.Errorf("%s: the schema accepts a type that does not exist", spec)
		}
	}
	if err := CycloneDX(&bytes.Buffer{}, r, BOMOptions{Spec: "0.9"}); err == nil {
		t.Error("CycloneDX 0.9 is written")
	}
}

func TestCycloneDX(t *testing.T) {
	r := program(t)
	text := write(t, r, BOMOptions{Version: "1"})
	if !bytes.Equal(text, write(t, r, BOMOptions{Version: "1"})) {
		t.Error("the same tree gives two documents")
	}
	var doc struct {
		SerialNumber string
		Metadata     struct {
			Timestamp string
			Component struct {
				Name, Description string
				Licenses          []struct{ Expression string }
			}
		}
		Components []struct {
			Name, PURL, Scope string
			Ref               string `json:"bom-ref"`
			Hashes            []struct{ Alg, Content string }
			Licenses          []struct {
				Expression string
				License    struct{ Name string }
			}
			ExternalReferences []struct{ URL string }
		}
		Dependencies []struct {
			Ref       string
			DependsOn []string
		}
		Vulnerabilities []struct {
			ID, Description string
			Analysis        struct{ State, Justification, Detail string }
			Affects         []struct{ Ref string }
		}
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Metadata.Timestamp != "" || !strings.HasPrefix(doc.SerialNumber, "urn:uuid:") {
		t.Errorf("%q %q", doc.Metadata.Timestamp, doc.SerialNumber)
	}
	if c := doc.Metadata.Component; c.Name != "app" || c.Description != "line one" || len(c.Licenses) != 1 || c.Licenses[0].Expression != "MIT OR Apache-2.0" {
		t.Errorf("%+v", c)
	}
	refs := map[string]bool{}
	for i, want := range []string{
		"pkg:cargo/old@0.2.1 required",
		"pkg:cargo/old@0.2.1?repository_url=https:%2F%2Fown.example%2Findex excluded",
		"pkg:cargo/tool@3.0.0-rc.1?vcs_url=git%2Bhttps:%2F%2Fgit.example%2Fteam%2Ftool%3Fbranch%3Dx%40abc excluded",
		"pkg:cargo/near@0.0.0?download_url=file:%2F%2Fnear required",
	} {
		c := doc.Components[i]
		refs[c.Ref] = true
		if got := c.PURL + " " + c.Scope; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if p, err := packageurl.FromString(c.PURL); err != nil || p.Name != c.Name {
			t.Errorf("%s: %v", c.PURL, err)
		}
	}
	c := doc.Components
	if len(c) != 4 || len(refs) != 4 || len(c[0].Hashes) != 1 || c[0].Hashes[0].Alg != "SHA-256" || c[0].Licenses[0].Expression != "MIT OR (Apache-2.0 WITH LLVM-exception)" || len(c[0].ExternalReferences) != 1 {
		t.Errorf("%+v", c[0])
	}
	if c[1].Licenses[0].License.Name != "my own" || len(c[1].ExternalReferences) != 0 || c[3].Licenses[0].License.Name != "see LICENSE" {
		t.Errorf("%+v\n%+v", c[1], c[3])
	}
	if len(doc.Dependencies) != 5 || len(doc.Dependencies[0].DependsOn) != 4 {
		t.Errorf("%+v", doc.Dependencies)
	}
	want := []string{"exploitable", "not_affected code_not_reachable", "in_triage", "in_triage", "in_triage", "in_triage", "in_triage"}
	for i, v := range doc.Vulnerabilities {
		if got := strings.TrimSpace(v.Analysis.State + " " + v.Analysis.Justification); i >= len(want) || got != want[i] || !refs[v.Affects[0].Ref] {
			t.Errorf("%s: %s at %s", v.ID, got, v.Affects[0].Ref)
		}
		if strings.Contains(v.Description, "\x1b") {
			t.Errorf("%q", v.Description)
		}
	}
	if len(doc.Vulnerabilities) != len(want) || !strings.Contains(doc.Vulnerabilities[6].Analysis.Detail, "never called (until 2027-01-01)") || !strings.Contains(doc.Vulnerabilities[0].Analysis.Detail, "app::main -> old::read") {
		t.Errorf("%+v", doc.Vulnerabilities)
	}
}

func TestIsExpression(t *testing.T) {
	for text, want := range map[string]bool{
		"MIT": true, "MIT OR Apache-2.0": true, "(MIT OR Apache-2.0) AND Unicode-3.0": true, "Apache-2.0 WITH LLVM-exception OR MIT": true, "GPL-2.0+": true, "LicenseRef-x": true,
		"": false, "MIT Apache-2.0": false, "MIT OR": false, "OR MIT": false, "(MIT": false, "MIT)": false, "(MIT) WITH x": false, "my own": false, "MIT, Apache": false, "()": false, "MIT (Apache-2.0)": false,
	} {
		if isExpression(text) != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
}
