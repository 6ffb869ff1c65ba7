package advisory

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// problem returns what is said of a file.
func problem(d *Database, file string) string {
	for _, p := range d.Problems {
		if p.File == file {
			return p.Err
		}
	}
	return ""
}

// One broken file never hides the others, whatever it is.
func TestBrokenFiles(t *testing.T) {
	dir := t.TempDir()
	good := small("RUSTSEC-2024-0001", "fine")
	files := map[string]struct{ text, want string }{
		"empty.md":      {"", "is empty"},
		"words.md":      {"hello", "does not begin with ```toml"},
		"endless.md":    {"```toml\n[advisory]\n", "has no end"},
		"toml.md":       {strings.Replace(good, "package =", "package", 1), "read the front matter: toml: line 4"},
		"typed.md":      {strings.Replace(good, `"fine"`, "7", 1), "read the front matter"},
		"noid.md":       {strings.Replace(good, `"RUSTSEC-2024-0001"`, `""`, 1), "has no id"},
		"badid.md":      {strings.Replace(good, "RUSTSEC-2024-0001", `x\u001b[2J`, 1), "the id"},
		"nopackage.md":  {strings.Replace(good, `"fine"`, `""`, 1), "has no package"},
		"name.md":       {strings.Replace(good, `"fine"`, `"../../etc/passwd"`, 1), "cannot be the name of a package"},
		"escape.md":     {strings.Replace(good, `"fine"`, `"\u001b[31mred"`, 1), "cannot be the name of a package"},
		"noversions.md": {strings.Replace(good, "[versions]", "[other]", 1), "has no [versions]"},
		"req.md":        {strings.Replace(good, ">= 1.0.0", ">= one", 1), `requirement ">= one"`},
		"never.md":      {strings.Replace(good, ">= 1.0.0", ">= 2.0.0, < 1.0.0", 1), "no version fulfils it"},
		"title.md":      {strings.Replace(good, "# A bug", "A bug", 1), "has no title"},
		"withdrawn.md":  {strings.Replace(good, "date =", "withdrawn = \"soon\"\ndate =", 1), "withdrawn is no date"},
		"latin1.md":     {strings.Replace(good, "Text", "\xe4", 1), "is not UTF-8"},
		"huge.md":       {good + strings.Repeat("x", maxRustSec), "is too large"},
		"deep.md":       {strings.Replace(good, "[versions]", "x = "+strings.Repeat("[", maxFrontMatter)+"\n[versions]", 1), "more than"},
		"nested.md":     {strings.Replace(good, "[versions]", "x = "+strings.Repeat("[", maxFrontMatter/2)+"\n[versions]", 1), "read the front matter"},
		"twice.md":      {good, "has the id RUSTSEC-2024-0001, as crates/a/RUSTSEC-2024-0001.md has"},
		"json.json":     {`{"id": 7}`, ""},
		"x-y.json":      {`{"id": 7}`, "read JSON"},
		"z-y.json":      {`{"some": "thing"}`, "is no OSV entry"},
		"e-v.json":      {`{"id":"A-1","modified":"2024-01-01T00:00:00Z","affected":[{"package":{"ecosystem":"crates.io","name":"a"},"versions":["one"]}]}`, `version "one.0.0"`},
		"n-v.json":      {`{"id":"A-2","modified":"2024-01-01T00:00:00Z","affected":[{"package":{"ecosystem":"crates.io","name":"a/../b"}}]}`, "cannot be the name"},
		"\x1b[2J.md":    {"x", ""},
	}
	writeFile(t, filepath.Join(dir, "crates/a/RUSTSEC-2024-0001.md"), good)
	for name, f := range files {
		writeFile(t, filepath.Join(dir, "crates/b", name), f.text)
	}
	if err := os.MkdirAll(filepath.Join(dir, "crates/c/RUSTSEC-2024-0005.md/inner"), 0o755); err != nil {
		t.Fatal(err)
	}
	links := map[string]string{"loop.md": "loop.md", "gone.md": "nowhere", "device.md": "/dev/zero", "folder.md": ".."}
	for name, to := range links {
		if err := os.Symlink(to, filepath.Join(dir, "crates/c", name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(dir, filepath.Join(dir, "crates/c/again")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../a/RUSTSEC-2024-0001.md", filepath.Join(dir, "crates/c/good.md")); err != nil {
		t.Fatal(err)
	}

	d := open(t, dir)
	for name, f := range files {
		if f.want != "" {
			if got := problem(d, "crates/b/"+name); !strings.Contains(got, f.want) {
				t.Errorf("%s: %q, want %q", name, got, f.want)
			}
		}
	}
	for name := range links {
		if problem(d, "crates/c/"+name) == "" {
			t.Errorf("nothing is said of the link %s", name)
		}
	}
	if got := problem(d, "crates/c/RUSTSEC-2024-0005.md"); got != "is a folder" {
		t.Errorf("the folder: %q", got)
	}
	if len(d.Crate("fine")) == 0 {
		t.Error("the good one is hidden")
	}
	for _, p := range d.Problems {
		if strings.ContainsAny(p.File+p.Err, "\x1b\n") || len(p.Err) > 2000 {
			t.Errorf("not fit to be shown: %q", p)
		}
	}
	first := slices.Clone(d.Problems)
	if again := open(t, dir); !slices.Equal(first, again.Problems) {
		t.Error("the order of the problems changes")
	}
}

func TestUnknownKeysAreNoted(t *testing.T) {
	dir := t.TempDir()
	text := strings.Replace(small("RUSTSEC-2024-0001", "a"), "date =", "colour = \"red\"\ninformational = \"odd\"\ncvss = \"CVSS:3.1/X\"\ndate =", 1)
	writeFile(t, filepath.Join(dir, "crates/a/RUSTSEC-2024-0001.md"), text)
	writeFile(t, filepath.Join(dir, "crates/a/RUSTSEC-2024-0002.md"), strings.Replace(text, "0001", "0002", 1))
	d := open(t, dir)
	if len(d.Problems) > 0 || d.Len() != 2 || d.All()[0].Kind != Notice {
		t.Errorf("%+v %v", d.All()[0], d.Problems)
	}
	if got := strings.Join(d.Notes, "; "); len(d.Notes) != 3 || !strings.Contains(got, "unknown key advisory.colour (in crates/a/RUSTSEC-2024-0001.md and 1 more)") {
		t.Errorf("notes %q", d.Notes)
	}
}

func TestTextIsPlain(t *testing.T) {
	text := small("RUSTSEC-2024-0001", "a")
	text = strings.Replace(text, "# A bug of a", "# Title\x1b]0;owned\x07 \u202egnp.exe", 1)
	text = strings.Replace(text, "Text.", "Line\x1b[2J\r\nnext\u009b", 1)
	a, _, err := ParseRustSec("crates/a/x.md", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if a.Title != "Title]0;owned gnp.exe" || a.Description != "Line[2J\nnext" {
		t.Errorf("title %q, description %q", a.Title, a.Description)
	}
}

// An index holds as long as the files stay as they are, and no longer.
func TestIndex(t *testing.T) {
	dir, cache := t.TempDir(), t.TempDir()
	name := filepath.Join(dir, "crates/a/RUSTSEC-2024-0001.md")
	writeFile(t, name, small("RUSTSEC-2024-0001", "a"))
	if err := os.CopyFS(dir, os.DirFS("testdata/db")); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "crates/a/bad.md"), "bad")
	read := func(cached bool) *Database {
		t.Helper()
		d, err := Open(t.Context(), Options{Paths: []string{dir}, Cache: cache})
		if err != nil {
			t.Fatal(err)
		}
		if d.Sources[0].Cached != cached {
			t.Errorf("cached: %t, want %t", !cached, cached)
		}
		return d
	}
	first, second := read(false), read(true)
	if a, b := fmt.Sprintf("%+v", deref(first)), fmt.Sprintf("%+v", deref(second)); a != b {
		t.Errorf("the index has something else:\n%s\n%s", a, b)
	}
	if !slices.Equal(first.Problems, second.Problems) || first.Date != second.Date {
		t.Error("problems or date are lost")
	}

	writeFile(t, name, strings.Replace(small("RUSTSEC-2024-0001", "a"), "1.0.0", "1.0.1", 1))
	if a := one(t, read(false), "RUSTSEC-2024-0001"); a.Patched[0] != ">= 1.0.1" {
		t.Error("a changed file is not seen")
	}
	writeFile(t, filepath.Join(dir, "crates/a/RUSTSEC-2024-0003.md"), small("RUSTSEC-2024-0003", "a"))
	if read(false).Len() != first.Len()+1 {
		t.Error("a new file is not seen")
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if read(false).Len() != first.Len() {
		t.Error("a removed file is still there")
	}

	index := indexPath(cache, dir)
	whole, err := os.ReadFile(index)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(whole); i += 97 {
		damaged := slices.Clone(whole)
		damaged[i] ^= 0x55
		writeFile(t, index, string(damaged))
		read(false)
	}
	for _, cut := range []int{0, 1, 40, len(whole) / 2, len(whole) - 1} {
		writeFile(t, index, string(whole[:cut]))
		read(false)
	}
	read(true)
}

func deref(d *Database) (out []Advisory) {
	for _, a := range d.All() {
		out = append(out, *a)
	}
	return out
}

func TestArchives(t *testing.T) {
	dir := t.TempDir()
	commit := strings.Repeat("ab12", 10)
	when := time.Date(2024, 7, 8, 9, 10, 11, 0, time.UTC)
	good := small("RUSTSEC-2024-0001", "a")
	entries := map[string]string{
		"advisory-db-main/crates/a/RUSTSEC-2024-0001.md": good,
		"advisory-db-main/README.md":                     "nothing",
		"advisory-db-main/crates/b/RUSTSEC-2024-0002.md": "bad",
		"../../crates/evil/RUSTSEC-2024-0003.md":         small("RUSTSEC-2024-0003", "evil"),
		"/crates/evil/RUSTSEC-2024-0004.md":              small("RUSTSEC-2024-0004", "evil"),
	}
	tarball := filepath.Join(dir, "db.tar.gz")
	f, err := os.Create(tarball)
	if err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(f)
	w := tar.NewWriter(z)
	w.WriteHeader(&tar.Header{Typeflag: tar.TypeXGlobalHeader, Name: "pax_global_header", PAXRecords: map[string]string{"comment": commit}})
	w.WriteHeader(&tar.Header{Typeflag: tar.TypeSymlink, Name: "crates/x/RUSTSEC-2024-0009.md", Linkname: "/etc/passwd"})
	for name, text := range entries {
		w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(text)), ModTime: when, Mode: 0o644})
		w.Write([]byte(text))
	}
	w.Close()
	z.Close()
	f.Close()
	zipped := filepath.Join(dir, "db.zip")
	if f, err = os.Create(zipped); err != nil {
		t.Fatal(err)
	}
	zw := zip.NewWriter(f)
	zw.SetComment(commit)
	for name, text := range entries {
		e, err := zw.CreateHeader(&zip.FileHeader{Name: name, Modified: when, Method: zip.Deflate})
		if err != nil {
			t.Fatal(err)
		}
		e.Write([]byte(text))
	}
	zw.Close()
	f.Close()
	cache := t.TempDir()
	for _, name := range []string{tarball, zipped, tarball} {
		d, err := Open(t.Context(), Options{Paths: []string{name}, Cache: cache})
		if err != nil {
			t.Fatal(err)
		}
		if d.Len() != 3 || len(d.Problems) != 1 || d.Commit != commit || d.Date != "2024-07-08T09:10:11Z" {
			t.Errorf("%s: %d advisories, problems %v, commit %s, date %s", filepath.Base(name), d.Len(), d.Problems, d.Commit, d.Date)
		}
	}

	whole, err := os.ReadFile(tarball)
	if err != nil {
		t.Fatal(err)
	}
	cut := filepath.Join(dir, "cut.tar.gz")
	for i := 0; i < len(whole); i += 13 { // never a panic; what can be read counts, and the rest is told
		writeFile(t, cut, string(whole[:i]))
		if d, err := Open(t.Context(), Options{Paths: []string{cut}}); err == nil && len(d.Problems) == 0 {
			t.Errorf("cut at %d of %d: nothing is said", i, len(whole))
		}
	}
	for _, name := range []string{"no.zip", "no.tar", "no.tgz"} {
		writeFile(t, filepath.Join(dir, name), "not an archive")
		if _, err := Open(t.Context(), Options{Paths: []string{filepath.Join(dir, name)}}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func FuzzRustSec(f *testing.F) {
	seeds, _ := filepath.Glob("testdata/db/*/*/*.md")
	for _, s := range seeds {
		text, err := os.ReadFile(s)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		a, notes, err := ParseRustSec("crates/a/x.md", text)
		if err == nil {
			judge(t, a)
		}
		_ = notes
	})
}

func FuzzOSV(f *testing.F) {
	seeds, _ := filepath.Glob("testdata/osv/*.json")
	for _, s := range seeds {
		text, err := os.ReadFile(s)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		all, _, err := ParseOSV("x.json", text)
		for _, a := range all {
			if err == nil {
				judge(t, a)
			}
		}
	})
}

// judge asks of an advisory what must always hold.
func judge(t *testing.T, a *Advisory) {
	t.Helper()
	if a.ID == "" || a.Package == "" || strings.ContainsAny(a.ID+a.Package+a.Title, "\x1b\n\u202e") {
		t.Errorf("%q %q %q", a.ID, a.Package, a.Title)
	}
	for i := 1; i < len(a.Affected); i++ {
		if x, y := a.Affected[i-1], a.Affected[i]; !x.HasHigh || !y.HasLow || x.High.Compare(y.Low) > 0 {
			t.Errorf("ranges out of order: %s", a.Affected)
		}
	}
	e := &encoder{}
	e.advisory(a)
	d := &decoder{s: string(e.b)}
	if b := d.advisory(); d.bad || d.at != len(d.s) || fmt.Sprintf("%+v", *a) != fmt.Sprintf("%+v", *b) {
		t.Errorf("the index changes %+v to %+v", *a, *b)
	}
}
