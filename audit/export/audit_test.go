package export

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"softshell/audit"
	"softshell/audit/advisory"
	"softshell/audit/tree"
	"softshell/report"
)

// judged is a result with everything that a result can have.
func judged(t *testing.T) *audit.Result {
	root := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("Cargo.toml", "[package]\nname = \"app\"\n\n[target.'cfg(unix)'.dependencies]\nouter = { version = \"1\" }\n")
	write("Cargo.lock", strings.Repeat("# \n", 9)+"name = \"inner\"\nversion = \"1.0.0\"\n")
	reg := tree.Source{Kind: tree.Registry}
	tr := &tree.Tree{Input: tree.FromMetadata, File: filepath.Join(root, "Cargo.lock"), Root: root, Targets: []string{"x86_64-unknown-linux-gnu"}, Roots: []int{0},
		Notes: []string{"a note with \x1b[31mcolour"}, Packages: []tree.Package{
			{Name: "app", Version: "0.1.0", Source: tree.Source{Kind: tree.Path}, Member: true, Manifest: filepath.Join(root, "Cargo.toml"), Deps: []tree.Dep{{To: 1}}},
			{Name: "outer", Version: "1.2.3", Source: reg, Line: 4, Yanked: true, Deps: []tree.Dep{{To: 2}}},
			{Name: "inner", Version: "1.0.0", Source: reg, Line: 10, Checksum: "00ff"},
			{Name: "odd\x1b[31m", Version: "1.0.0", Source: tree.Source{Kind: tree.Git, URL: "https://example.org/odd", Rev: "0123"}, Line: 20},
			{Name: "tool", Version: "1.0.0", Source: reg, Line: 1234, BuildOnly: true},
			{Name: "off", Version: "1.0.0", Source: reg, Line: 30, NotBuilt: "optional: feature \"x\" of app is off"},
		}}
	bad := &advisory.Advisory{ID: "RUSTSEC-2024-9001", Package: "inner", Kind: advisory.Vulnerability, Title: "inner writes past its end", Description: "What happens.", Date: "2024-01-01",
		URL: "https://example.org/9001", Aliases: []string{"CVE-2024-1"}, Patched: []string{">= 1.0.1", "^0.9.9"}, Functions: []advisory.Function{{Path: "inner::write"}},
		CVSS: advisory.CVSS{Vector: "CVSS:3.1/AV:N", Score: 9.8, Severity: "critical"}}
	old := &advisory.Advisory{ID: "RUSTSEC-2024-9002", Package: "tool", Kind: advisory.Unmaintained, Title: "tool is not cared for"}
	unsound := &advisory.Advisory{ID: "RUSTSEC-2024-9003", Package: "inner", Kind: advisory.Unsound, Title: "inner lends too long", CVSS: advisory.CVSS{Severity: "high"}}
	long := []int{0, 1, 2, 4, 1, 2, 4, 1, 2, 4, 1, 2}
	return &audit.Result{Tree: tr, Database: &advisory.Database{Path: "db", Commit: "0123456789abcdef", Date: "2024-02-01T00:00:00Z"},
		Matches: []audit.Match{
			{Package: 2, Advisory: bad, Path: []int{0, 1, 2}, Reach: &audit.Reach{Verdict: audit.Reachable, Level: "function", Match: "exact", Chain: []audit.Call{
				{Crate: "app", Item: "main", File: filepath.Join(root, "src/main.rs"), Line: 3}, {Crate: "inner", Item: "write", File: "/elsewhere/lib.rs", Line: 7, How: "trait"}}}},
			{Package: 2, Advisory: unsound, Path: long, Ignore: &audit.Ignore{ID: "RUSTSEC-2024-9003", Reason: "looked at", Until: "2024-01-01"}},
			{Package: 4, Advisory: old, Path: []int{0, 4}, Reach: &audit.Reach{Verdict: audit.Unknown, Why: "it runs when the program is built"}},
		},
		NotBuilt:  []audit.Match{{Package: 5, Advisory: bad, Why: tr.Packages[5].NotBuilt}},
		Ignored:   []audit.Match{{Package: 2, Advisory: old, Path: []int{0, 1, 2}, Ignore: &audit.Ignore{ID: old.ID, Reason: "no other", Until: "2999-01-01"}}},
		NotJudged: []audit.Match{{Package: 3, Advisory: bad, Why: "it comes from git"}},
		Yanked:    []int{1}, Wrong: []string{"the ignore of RUSTSEC-2024-9003 held until 2024-01-01: look at it again"},
		Incomplete: []string{"crates/x.md: no TOML", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"}}
}

func TestGolden(t *testing.T) {
	r := judged(t)
	folder := r.Tree.Root
	for name, write := range map[string]func(*bytes.Buffer) error{
		"audit.text": func(b *bytes.Buffer) error { return Text(b, r, TextOptions{Folder: folder, Deny: []string{"yanked"}}) },
		"audit.verbose": func(b *bytes.Buffer) error {
			return Text(b, r, TextOptions{Folder: folder, Verbose: true, Color: true})
		},
		"audit.json":   func(b *bytes.Buffer) error { return JSON(b, r, "1.2.3", folder) },
		"audit.github": func(b *bytes.Buffer) error { return report.GitHub(b, Findings(r, "1.2.3", nil)) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(b.String(), "\x1b[31mcolour") || strings.Contains(b.String(), "odd\x1b") {
			t.Errorf("%s: what a file says steers the terminal", name)
		}
		golden := filepath.Join("testdata", name+".golden")
		if *update {
			if err := os.WriteFile(golden, b.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(b.Bytes(), want) {
			t.Errorf("%s is\n%s\nwant\n%s", name, &b, want)
		}
	}
}

func TestAuditSARIF(t *testing.T) {
	r := judged(t)
	var b bytes.Buffer
	if err := report.SARIF(&b, Findings(r, "1.2.3", []string{"yanked"})); err != nil {
		t.Fatal(err)
	}
	validSARIF(t, b.Bytes())
	type place struct {
		PhysicalLocation struct {
			ArtifactLocation struct{ URI string }
			Region           struct{ StartLine int }
		}
	}
	var log struct {
		Runs []struct {
			Results []struct {
				RuleID, Level               string
				Locations, RelatedLocations []place
				Suppressions                []struct{ Justification string }
				PartialFingerprints         map[string]string
			}
		}
	}
	if err := json.Unmarshal(b.Bytes(), &log); err != nil {
		t.Fatal(err)
	}
	rs := log.Runs[0].Results
	if len(rs) != 5 {
		t.Fatalf("%d results", len(rs))
	}
	at, from := rs[0].Locations[0].PhysicalLocation, rs[0].RelatedLocations[0].PhysicalLocation
	if at.ArtifactLocation.URI != "Cargo.lock" || at.Region.StartLine != 10 || from.ArtifactLocation.URI != "Cargo.toml" || from.Region.StartLine != 5 {
		t.Errorf("placed at %v, brought in at %v", at, from)
	}
	seen := map[string]bool{}
	for _, x := range rs {
		print := x.PartialFingerprints["softshell/v1"]
		if print == "" || seen[x.RuleID+print] {
			t.Errorf("%s: fingerprint %q", x.RuleID, print)
		}
		seen[x.RuleID+print] = true
	}
	if y := rs[3]; y.RuleID != "yanked" || y.Level != "error" {
		t.Errorf("%+v", y)
	}
	if s := rs[4].Suppressions; len(s) != 1 || s[0].Justification != "no other" {
		t.Errorf("%+v", s)
	}
}
