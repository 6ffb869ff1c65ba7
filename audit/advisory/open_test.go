package advisory

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"softshell/audit/version"
)

func open(t *testing.T, paths ...string) *Database {
	t.Helper()
	d, err := Open(t.Context(), Options{Paths: paths})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func affects(t *testing.T, a *Advisory, v string) bool {
	t.Helper()
	parsed, err := version.Parse(v)
	if err != nil {
		t.Fatal(err)
	}
	return a.Affects(parsed)
}

func one(t *testing.T, d *Database, id string) *Advisory {
	t.Helper()
	found := d.Find(id)
	if len(found) != 1 {
		t.Fatalf("%s: %d advisories", id, len(found))
	}
	return found[0]
}

func TestOpenRustSec(t *testing.T) {
	d := open(t, "testdata/db")
	if d.Len() != 7 || len(d.Problems) != 0 || len(d.Notes) != 0 || d.Date != "2024-03-01T00:00:00Z" {
		t.Fatalf("%d advisories, date %s, problems %v, notes %v", d.Len(), d.Date, d.Problems, d.Notes)
	}
	a := one(t, d, "cve-2024-90010")
	if a.ID != "RUSTSEC-2024-9001" || a.Kind != Vulnerability || a.CVSS.Score != 9.8 || a.CVSS.Severity != "critical" {
		t.Errorf("%+v", a)
	}
	if a.Title != "Use after free in `Ring::pop`" || a.Description != "A value is read after its block was given back." {
		t.Errorf("title %q description %q", a.Title, a.Description)
	}
	if len(a.References) != 1 {
		t.Errorf("references %q: one is no address of the web", a.References)
	}
	for v, want := range map[string]bool{"0.7.9": false, "0.8.0": true, "0.9.4": true, "0.9.5": false, "0.10.0-alpha": true, "1.0.0": true, "1.2.0-rc.1": true, "1.2.0": false, "1.2.0+x": false, "2.0.0-a": false} {
		if affects(t, a, v) != want {
			t.Errorf("%s %s: %t", a.Package, v, !want)
		}
	}
	old, _ := version.Parse("0.9.4")
	if got := a.In(old); len(got) != 2 {
		t.Errorf("functions of %s: %v", old, got)
	}
	mid, _ := version.Parse("0.9.7")
	if got := a.In(mid); len(got) != 1 || got[0].Path != "ringlet::Ring<T>::iter" {
		t.Errorf("functions of %s: %v", mid, got)
	}
	if a := one(t, d, "RUSTSEC-2023-9002"); a.Kind != Unsound || a.CVSS.Severity == "" || a.Description != "" {
		t.Errorf("%+v", a)
	}
	if a := one(t, d, "RUSTSEC-2020-9006"); a.Withdrawn != "2021-01-01" {
		t.Errorf("%+v", a)
	}
	if a := one(t, d, "CVE-2021-99999"); a.Collection != Rust || len(d.Crate("std")) != 0 {
		t.Errorf("%+v", a)
	}
	if a := one(t, d, "RUSTSEC-2021-9005"); !affects(t, a, "0.2.8") || affects(t, a, "0.1.0") || affects(t, a, "0.2.10") {
		t.Errorf("%+v", a)
	}
}

func TestConcerns(t *testing.T) {
	a := one(t, open(t, "testdata/db"), "RUSTSEC-2023-9004")
	for triple, want := range map[string]bool{
		"": true, "x86_64-pc-windows-msvc": true, "i686-pc-windows-gnu": true, "aarch64-pc-windows-msvc": false,
		"x86_64-unknown-linux-gnu": false, "x86_64-apple-darwin": false, "x86_64-unknown-strange": true, "strange": true,
		"aarch64-linux-android": false,
	} {
		if a.Concerns(triple) != want {
			t.Errorf("%s: %t", triple, !want)
		}
	}
	if odd := (&Advisory{OS: []string{"win32"}}); !odd.Concerns("x86_64-unknown-linux-gnu") {
		t.Error("a system that is none leaves targets out")
	}
}

// The first database is the one whose age counts: a new file beside it makes it no younger.
func TestDateOfSeveral(t *testing.T) {
	dir := t.TempDir()
	text := strings.Replace(small("RUSTSEC-2025-0001", "a"), "2024-01-02", "2025-01-02", 1)
	writeFile(t, filepath.Join(dir, "RUSTSEC-2025-0001.md"), text)
	d := open(t, "testdata/db", dir)
	if d.Date != "2024-03-01T00:00:00Z" || d.Len() != 8 {
		t.Errorf("%s, %d advisories", d.Date, d.Len())
	}
	if _, ok := d.Age(time.Date(2024, 2, 1, 0, 0, 0, 0, time.UTC)); ok {
		t.Error("a date that is still to come is taken for an age")
	}
}

func TestCollection(t *testing.T) {
	text := strings.Replace(small("RUSTSEC-2025-0001", "cargo"), "[versions]", "collection = \"rust\"\n[versions]", 1)
	for file, want := range map[string]string{"rust/cargo/X.md": Rust, "crates/cargo/X.md": Rust, "X.md": Rust} {
		if a, _, err := ParseRustSec(file, []byte(text)); err != nil || a.Collection != want {
			t.Errorf("%s: %+v %v", file, a, err)
		}
	}
	for file, want := range map[string]string{"db/rust/cargo/X.md": Rust, "db/crates/cargo/X.md": Crates, "X.md": Crates} {
		if a, _, err := ParseRustSec(file, []byte(small("X-1", "cargo"))); err != nil || a.Collection != want {
			t.Errorf("%s: %+v %v", file, a, err)
		}
	}
}

func TestOpenOSV(t *testing.T) {
	d := open(t, "testdata/osv")
	if d.Len() != 2 || len(d.Problems) != 0 {
		t.Fatalf("%d advisories, problems %v", d.Len(), d.Problems)
	}
	a := one(t, d, "RUSTSEC-2025-9007")
	if a.Kind != Unsound || a.URL != "https://rustsec.org/advisories/RUSTSEC-2025-9007.html" || len(a.Functions) != 1 || a.OS[0] != "linux" || strings.Join(a.Patched, "|") != "> 0.3.1, < 0.5.0|> 0.5.0" || a.Date != "2025-05-31" {
		t.Errorf("%+v", a)
	}
	for v, want := range map[string]bool{"0.0.0-0": true, "0.3.1": true, "0.3.2-a": false, "0.5.0": true, "0.5.1": false} {
		if affects(t, a, v) != want {
			t.Errorf("%s: %t", v, !want)
		}
	}
}

// Where each database chooses its own words, anything may stand; and one entry may
// name a package twice.
func TestStrangeOSV(t *testing.T) {
	text := `{"id": "MAL-2025-1", "modified": "2025-05-01T00:00:00Z", "database_specific": {"severity": ["HIGH"], "license": 3},
		"affected": [
			{"package": {"ecosystem": "crates.io", "name": "evil"}, "versions": ["0.1.0"], "ranges": [{"type": "SEMVER", "events": [{"introduced": "0", "fixed": "0.0.5"}]}],
				"ecosystem_specific": {"affects": {"functions": {"a": 1}, "os": ["linux"]}}, "database_specific": {"cvss": {"score": 1}, "informational": null}},
			{"package": {"ecosystem": "crates.io:x", "name": "evil"}, "ranges": [{"type": "GIT", "events": [{"introduced": "abc"}]}, {"type": "SEMVER", "events": [{"fixed": "2.1"}, {"introduced": "2"}]}]}
		]}`
	all, notes, err := ParseOSV("x-1.json", []byte(text))
	if err != nil || len(all) != 1 || len(notes) != 0 {
		t.Fatal(all, notes, err)
	}
	if got := all[0].Affected.String(); got != "< 0.0.5 or = 0.1.0 or >= 2.0.0, < 2.1.0" || all[0].OS != nil {
		t.Errorf("affected %s, os %q", got, all[0].OS)
	}
}

// What both sources tell is shown once, as RustSec tells it.
func TestTwoSources(t *testing.T) {
	for _, paths := range [][]string{{"testdata/db", "testdata/osv"}, {"testdata/osv", "testdata/db"}} {
		d := open(t, paths...)
		if d.Len() != 8 || len(d.Crate("ringlet")) != 1 {
			t.Fatalf("%d advisories", d.Len())
		}
		if a := one(t, d, "GHSA-aaaa-bbbb-cccc"); a.ID != "RUSTSEC-2024-9001" {
			t.Errorf("%s is kept", a.ID)
		}
	}
}

func TestNothing(t *testing.T) {
	empty := t.TempDir()
	for path, want := range map[string]string{
		empty:                                 "holds no advisories",
		filepath.Join(empty, "none"):          "no such file",
		"open_test.go":                        "is no database of advisories",
		"testdata/db/README.md":               "```toml",
		"testdata/db/crates/oldhat":           "",
		"testdata/osv/RUSTSEC-2025-9007.json": "",
	} {
		_, err := Open(t.Context(), Options{Paths: []string{path}})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
	if _, err := os.Stat(empty); err != nil {
		t.Error(err)
	}
}
