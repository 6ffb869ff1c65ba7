package audit

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"softshell/audit/advisory"
	"softshell/audit/tree"
	"softshell/audit/version"
)

func advise(t *testing.T, id, pkg string, kind advisory.Kind, patched ...string) *advisory.Advisory {
	t.Helper()
	affected, err := version.Affected(patched, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &advisory.Advisory{ID: id, Package: pkg, Collection: advisory.Crates, Kind: kind, Affected: affected, Patched: patched, Aliases: []string{"CVE-" + id}}
}

func crate(name, ver string) tree.Package {
	return tree.Package{Name: name, Version: ver, Source: tree.Source{Kind: tree.Registry}}
}

// told is a result in a form that is easy to compare.
func told(r *Result) string {
	var out []string
	for word, list := range map[string][]Match{"1 match": r.Matches, "2 not built": r.NotBuilt, "3 ignored": r.Ignored, "4 not judged": r.NotJudged} {
		for i, m := range list {
			p := r.Tree.Packages[m.Package]
			out = append(out, fmt.Sprintf("%s %d: %s %s %s %s", word, i, m.Advisory.ID, p.Name, p.Version, m.Why))
		}
	}
	slices.Sort(out)
	for _, i := range r.Yanked {
		out = append(out, "yanked "+r.Tree.Packages[i].Name)
	}
	out = append(append(out, r.Wrong...), r.Incomplete...)
	return strings.Join(out, "\n")
}

func TestRun(t *testing.T) {
	low := advise(t, "A-1", "a", advisory.Vulnerability, ">= 2.0.0")
	high := advise(t, "B-1", "b", advisory.Vulnerability, ">= 1.0.1")
	high.CVSS.Score = 9.8
	unsound := advise(t, "A-2", "a", advisory.Unsound)
	gone := advise(t, "A-3", "a", advisory.Vulnerability)
	gone.Withdrawn = "2024-01-01"
	toolchain := advise(t, "S-1", "a", advisory.Vulnerability)
	toolchain.Collection = advisory.Rust
	elsewhere := advise(t, "C-1", "c", advisory.Vulnerability)
	elsewhere.OS = []string{"windows"}
	private := advise(t, "D-1", "d", advisory.Vulnerability)
	private.Source = "registry+https://crates.example.org/index"
	unclear := advise(t, "D-2", "d", advisory.Vulnerability)
	unclear.Source = "crates.example.org"
	worded := advise(t, "E-1", "e", advisory.Vulnerability)
	worded.CVSS.Severity = "critical"
	db := advisory.New([]*advisory.Advisory{low, high, unsound, gone, toolchain, elsewhere, private, unclear, worded})

	forked, other, path, bad := crate("a", "1.0.0"), crate("a", "1.0.0"), crate("a", "1.0.0"), crate("a", "1.x")
	forked.Source = tree.Source{Kind: tree.Git, URL: "https://example.org/a"}
	other.Source.URL = "https://crates.example.org/index"
	path.Source = tree.Source{Kind: tree.Path}
	off := crate("b", "1.0.0")
	off.NotBuilt = "optional"
	unsure := off
	unsure.TestsUnsure = true
	tool := crate("c", "1.0.0")
	tool.BuildOnly, tool.AtBuild = true, true
	both := crate("c", "1.0.0")
	both.AtBuild = true
	old := crate("z", "1.0.0")
	old.Yanked = true
	oldOff := old
	oldOff.NotBuilt = "optional"
	ours := crate("d", "1.0.0")
	ours.Source.URL = "https://crates.example.org/index/"
	today := time.Date(2026, 8, 20, 23, 0, 0, 0, time.UTC)

	for name, c := range map[string]struct {
		packages []tree.Package
		target   string
		ignores  []Ignore
		want     string
	}{
		"sorted: kind, score, package": {[]tree.Package{crate("a", "1.0.0"), crate("b", "1.0.0")}, "", nil,
			"1 match 0: B-1 b 1.0.0 \n1 match 1: A-1 a 1.0.0 \n1 match 2: A-2 a 1.0.0 "},
		"mended":             {[]tree.Package{crate("b", "1.0.1"), crate("a", "2.0.0-alpha")}, "", nil, "1 match 0: A-1 a 2.0.0-alpha \n1 match 1: A-2 a 2.0.0-alpha "},
		"other sources":      {[]tree.Package{forked}, "", nil, "4 not judged 0: A-1 a 1.0.0 " + otherSource(low, forked.Source) + "\n4 not judged 1: A-2 a 1.0.0 " + otherSource(low, forked.Source)},
		"another registry":   {[]tree.Package{other, path}, "", []Ignore{{ID: "A-1"}}, strings.Join([]string{"4 not judged 0: A-1 a 1.0.0 " + otherSource(low, other.Source), "4 not judged 1: A-1 a 1.0.0 " + otherSource(low, path.Source), "4 not judged 2: A-2 a 1.0.0 " + otherSource(low, other.Source), "4 not judged 3: A-2 a 1.0.0 " + otherSource(low, path.Source), "the ignore of A-1 matches nothing: remove it"}, "\n")},
		"a private one":      {[]tree.Package{ours, crate("d", "1.0.0")}, "", nil, "1 match 0: D-1 d 1.0.0 \n4 not judged 0: D-2 d 1.0.0 " + otherSource(unclear, ours.Source) + "\n4 not judged 1: D-1 d 1.0.0 it comes from crates.io, and the advisory is about the crate of that name in the registry https://crates.example.org/index\n4 not judged 2: D-2 d 1.0.0 " + otherSource(unclear, crate("d", "1").Source)},
		"a word of severity": {[]tree.Package{crate("a", "1.0.0"), crate("b", "1.0.0"), crate("e", "1.0.0")}, "", nil, "1 match 0: B-1 b 1.0.0 \n1 match 1: E-1 e 1.0.0 \n1 match 2: A-1 a 1.0.0 \n1 match 3: A-2 a 1.0.0 "},
		"not built":          {[]tree.Package{off}, "", []Ignore{{ID: "B-1"}}, "2 not built 0: B-1 b 1.0.0 optional"},
		"perhaps in tests":   {[]tree.Package{unsure}, "", nil, "2 not built 0: B-1 b 1.0.0 optional\npackage b 1.0.0: optional, and B-1 is about it"},
		"ignored perhaps":    {[]tree.Package{unsure}, "", []Ignore{{ID: "B-1"}}, "2 not built 0: B-1 b 1.0.0 optional"},
		"another system":     {[]tree.Package{crate("c", "1.0.0")}, "x86_64-unknown-linux-gnu", nil, "2 not built 0: C-1 c 1.0.0 only on windows"},
		"this system":        {[]tree.Package{crate("c", "1.0.0")}, "x86_64-pc-windows-msvc", nil, "1 match 0: C-1 c 1.0.0 "},
		"any system":         {[]tree.Package{crate("c", "1.0.0")}, "", nil, "1 match 0: C-1 c 1.0.0 "},
		"of the host":        {[]tree.Package{tool}, "x86_64-pc-windows-msvc", nil, "2 not built 0: C-1 c 1.0.0 only on windows"},
		"of both":            {[]tree.Package{both}, "x86_64-pc-windows-msvc", nil, "1 match 0: C-1 c 1.0.0 "},
		"no version":         {[]tree.Package{bad}, "", nil, `package a: version "1.x": a number is missing before "x"; it was not judged`},
		"yanked":             {[]tree.Package{old, oldOff}, "", nil, "yanked z"},
		"ignored":            {[]tree.Package{crate("b", "1.0.0")}, "", []Ignore{{ID: "B-1"}}, "3 ignored 0: B-1 b 1.0.0 "},
		"ignored by alias":   {[]tree.Package{crate("b", "1.0.0")}, "", []Ignore{{ID: "CVE-B-1"}}, "3 ignored 0: B-1 b 1.0.0 "},
		"on its last day":    {[]tree.Package{crate("b", "1.0.0")}, "", []Ignore{{ID: "B-1", Until: "2026-08-20"}}, "3 ignored 0: B-1 b 1.0.0 "},
		"on the day behind":  {[]tree.Package{crate("b", "1.0.0")}, "", []Ignore{{ID: "B-1", Until: "2026-08-19"}}, "1 match 0: B-1 b 1.0.0 \nthe ignore of B-1 held until 2026-08-19: look at it again"},
		"of nothing":         {[]tree.Package{crate("x", "1.0.0")}, "", []Ignore{{ID: "X-9"}}, "the ignore of X-9 matches nothing: remove it"},
	} {
		tr := &tree.Tree{Packages: c.packages, Host: "x86_64-unknown-linux-gnu"}
		if c.target != "" {
			tr.Targets = []string{c.target}
		}
		r := Run(tr, db, c.ignores, today)
		if got := told(r); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, c.want)
		}
	}
}

func TestFails(t *testing.T) {
	of := func(kinds ...advisory.Kind) *Result {
		r := &Result{}
		for _, k := range kinds {
			r.Matches = append(r.Matches, Match{Advisory: &advisory.Advisory{Kind: k}})
		}
		return r
	}
	for name, c := range map[string]struct {
		r    *Result
		deny []string
		want bool
	}{
		"nothing":       {of(), nil, false},
		"vulnerability": {of(advisory.Vulnerability), nil, true},
		"unsound":       {of(advisory.Unsound, advisory.Unmaintained), nil, false},
		"denied":        {of(advisory.Unsound), []string{"notice", "unsound"}, true},
		"yanked":        {&Result{Yanked: []int{0}}, nil, false},
		"yanked denied": {&Result{Yanked: []int{0}}, []string{"yanked"}, true},
	} {
		if c.r.Fails(c.deny) != c.want {
			t.Errorf("%s: %v", name, !c.want)
		}
	}
}
