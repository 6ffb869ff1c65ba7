package policy

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"softshell/audit"
	"softshell/audit/advisory"
	"softshell/audit/tree"
	"softshell/audit/unsafety"
	"softshell/check"
	"softshell/finding"
	"softshell/mir"
	"softshell/rule"
)

var today = time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)

// facts are a small program: app has two unsafe places, one of them documented, and
// depends on a vulnerable, an unmaintained and a git package.
func facts() *Facts {
	site := func(kind unsafety.Kind, item string, line int) unsafety.Site {
		return unsafety.Site{Kind: kind, Item: item, Span: finding.Span{File: "/p/src/lib.rs", Line: line, Col: 5, EndLine: line, EndCol: 9}}
	}
	documented := site(unsafety.UnsafeBlock, "ffi::Handle<T>::close", 30)
	documented.Needs, documented.Safety = true, finding.Span{File: "/p/src/lib.rs", Line: 29}
	bare := site(unsafety.UnsafeBlock, "cache::get", 70)
	bare.Needs = true
	foreign := site(unsafety.FFICall, "ffi::Handle<T>::close", 31)
	foreign.Detail = "handle_close"
	t := &tree.Tree{Input: tree.FromMetadata, File: "/p/Cargo.lock", Root: "/p", Packages: []tree.Package{
		{Name: "app", Version: "1.0.0", Source: tree.Source{Kind: tree.Path}, Member: true, Manifest: "/p/Cargo.toml", Line: 5},
		{Name: "old", Version: "0.2.1", Source: tree.Source{Kind: tree.Registry}, YankedKnown: true, Checksum: "00", Line: 9},
		{Name: "tool", Version: "3.0.0-rc.1", Source: tree.Source{Kind: tree.Git, URL: "https://git.example/team/tool", Rev: "abc"}, Line: 14},
		{Name: "win", Version: "1.0.0", Source: tree.Source{Kind: tree.Registry}, NotBuilt: "only for cfg(windows)", Line: 19},
	}}
	return &Facts{Root: "/p", Today: today, Toolchain: "1.95.0",
		Audit: &audit.Result{Tree: t, Database: &advisory.Database{Date: "2026-11-01T10:00:00Z"}, Matches: []audit.Match{
			{Package: 1, Advisory: &advisory.Advisory{ID: "RUSTSEC-2024-0001", Package: "old", Kind: advisory.Vulnerability, Title: "reads too far", CVSS: advisory.CVSS{Vector: "CVSS:3.1/AV:N", Score: 6.5, Severity: "medium"}}},
			{Package: 1, Advisory: &advisory.Advisory{ID: "RUSTSEC-2024-0002", Package: "old", Kind: advisory.Unmaintained, Title: "nobody looks after it"}},
		}},
		Unsafe: &unsafety.Inventory{Crates: []unsafety.Crate{
			{Package: "app", Version: "1.0.0", Crate: "app", Kind: "lib", Member: true, Sites: []unsafety.Site{documented, foreign, bare}},
			{Package: "app", Version: "1.0.0", Crate: "main", Kind: "bin", Member: true},
			{Package: "old", Version: "0.2.1", Crate: "old", Kind: "lib", Forbids: true},
		}},
		Code: &check.Result{Rules: []rule.Info{{ID: "rc-cycle", CWE: []int{401}}},
			Findings: []finding.Finding{{Rule: rule.DeniedFunction, Title: "`std::mem::forget`", Crate: "app", Item: "cache::put", Primary: finding.Span{File: "/p/src/lib.rs", Line: 80, Col: 1}},
				{Rule: "rc-cycle", Title: "a cycle", Severity: finding.Warning, Grade: finding.Likely, CWE: []int{401}, Crate: "app", Item: "cache::link"}},
			Coverage: finding.Coverage{Crates: []finding.CrateCoverage{{Crate: "app", Bodies: 4, Analysed: 4}}}},
		Settings: &Settings{Files: []string{"Cargo.toml"}, Off: []Setting{{"Cargo.toml", "[profile.dev] sets overflow-checks = false"}}, Variables: []string{"RUSTFLAGS"}},
		Lock:     &Lock{File: "/p/Cargo.lock", Exists: true, InGit: true, Tracked: true},
	}
}

// evaluate checks one rule given as TOML.
func evaluate(t *testing.T, text string, change func(*Facts)) (*Report, *Outcome) {
	t.Helper()
	p, err := Parse([]byte(text), "policy.toml")
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	f := facts()
	if change != nil {
		change(f)
	}
	r := p.Evaluate(f)
	return r, &r.Rules[0]
}

func TestRules(t *testing.T) {
	for _, c := range []struct {
		policy   string
		verdict  Verdict
		evidence string // of each, what it must hold, by line
	}{
		{"[unsafe-code]", Fail, "app ffi::Handle<T>::close 30: unsafe block\napp ffi::Handle<T>::close 31: call of a foreign function: handle_close\napp cache::get 70: unsafe block"},
		{"[unsafe-code]\nallow = ['app::ffi']", Fail, "app cache::get 70: unsafe block"},
		{"[unsafe-code]\nallow = ['app::ffi::Handle', 'app::cache']", Pass, ""},
		{"[unsafe-code]\nallow = ['app']", Pass, ""},
		{"[unsafe-code]\nallow = ['*']", Pass, ""},
		{"[unsafe-code]\nallow = ['src/**']", Pass, ""},
		{"[unsafe-code]\nof = 'dependencies'", Pass, ""},
		{"[documented-unsafe]\nof = 'all'", Fail, "app cache::get 70: unsafe block without a word on why it is sound"},
		{"[forbid-unsafe]\nof = 'all'", Fail, "main  0: crate main (bin) has no unsafe code and does not forbid it"},
		{"[denied-unsafe]\nkinds = ['asm', 'ffi']", Fail, "app ffi::Handle<T>::close 31: call of a foreign function: handle_close"},
		{"[foreign-code]\nallow = ['app::ffi']", Pass, ""},
		{"[foreign-code]", Fail, "app ffi::Handle<T>::close 31: call of a foreign function: handle_close"},
		{"[denied-functions]\npaths = ['std::mem::forget']", Fail, "app cache::put 80: use of std::mem::forget"},
		{"[denied-functions]\npaths = ['std::mem::forget']\nallow = ['app::cache']", Pass, ""},
		{"[findings]", Fail, "app cache::link 0: rc-cycle: a cycle (likely)"},
		{"[findings]\nmin-severity = 'error'", Pass, ""},
		{"[findings]\nrules = ['double-free']", Pass, ""},
		{"[vulnerabilities]", Fail, "old 0.2.1 9 RUSTSEC-2024-0001 medium: reads too far"},
		{"[vulnerabilities]\nmax-severity = 'low'", Fail, "old 0.2.1 9 RUSTSEC-2024-0001 medium: reads too far"},
		{"[vulnerabilities]\nmax-severity = 'medium'", Pass, ""},
		{"[informational]", Fail, "old 0.2.1 9 RUSTSEC-2024-0002 unmaintained: nobody looks after it"},
		{"[informational]\ndeny = ['unsound']", Pass, ""},
		{"[yanked]", Pass, ""},
		{"[database]\nmax-age-days = 20", Pass, ""},
		{"[database]\nmax-age-days = 18", Fail, "  0: the database is 19 days old"},
		{"[sources]", Fail, "tool 3.0.0-rc.1 14: it comes from the git repository https://git.example/team/tool"},
		{"[sources]\ngit = ['https://git.example/team']\nchecksums = true", Pass, ""},
		{"[sources]\ngit = ['https://git.example/tea']", Fail, "tool 3.0.0-rc.1 14: it comes from the git repository https://git.example/team/tool"},
		{"[sources]\nregistries = ['https://own.example/']\ngit = ['https://']", Fail, "old 0.2.1 9: it comes from the registry crates.io"},
		{"[packages]\ndeny = ['old', 'win']", Fail, "old 0.2.1 9: the package is denied"},
		{"[packages]\ndeny = ['old@<0.2', 'tool@>=3.1']", Pass, ""},
		{"[packages]\ndeny = ['tool@<3.0.0']", Fail, "tool 3.0.0-rc.1 14: the package is denied"},
		{"[packages]\nallow = ['tool']", Fail, "old 0.2.1 9: the package is not among those that are allowed"},
		{"[lock-file]", Pass, ""},
		{"[toolchain]", Pass, ""},
		{"[cargo-settings]", Fail, " RUSTFLAGS 0: the environment variable RUSTFLAGS is set\n  0: [profile.dev] sets overflow-checks = false"},
		{"[toolchain]\nchannel = 'nightly'", Fail, "  0: the compiler is rustc 1.95.0, of the stable channel"},
	} {
		_, o := evaluate(t, c.policy, nil)
		if got := lines(o.Evidence); o.Verdict != c.verdict || got != c.evidence {
			t.Errorf("%q: %s\n%s\nwant %s\n%s", c.policy, o.Verdict, got, c.verdict, c.evidence)
		}
		if len(o.Gaps) > 0 || o.Looked == "" {
			t.Errorf("%q: looked at %q, gaps %q", c.policy, o.Looked, o.Gaps)
		}
	}
}

func lines(es []Evidence) string {
	var out []string
	for _, e := range es {
		who := strings.TrimSpace(e.Package + " " + e.Version)
		if e.Crate != "" || who == "" {
			who = e.Crate + " " + e.Item
		}
		s := who + " " + strconv.Itoa(e.Line)
		if e.Advisory != "" {
			s += " " + e.Advisory + " " + e.Severity
		}
		out = append(out, s+": "+strings.TrimSpace(e.Text))
	}
	return strings.Join(out, "\n")
}

// What could not be judged concerns the rules that ask about it.
func TestNotJudgedOfAnotherKind(t *testing.T) {
	notJudged := func(f *Facts) {
		f.Audit.NotJudged = []audit.Match{{Package: 2, Advisory: &advisory.Advisory{ID: "X-1", Kind: advisory.Vulnerability}}, {Package: 3, Advisory: &advisory.Advisory{ID: "X-2", Kind: advisory.Unsound}}}
	}
	if _, o := evaluate(t, "[informational]\ndeny = ['unsound']", notJudged); o.Verdict != Pass {
		t.Errorf("%s %q", o.Verdict, o.Gaps)
	}
	if _, o := evaluate(t, "[vulnerabilities]\nmax-severity = 'critical'", notJudged); o.Verdict != NotChecked || len(o.Gaps) != 1 {
		t.Errorf("%s %q", o.Verdict, o.Gaps)
	}
}

func TestBegins(t *testing.T) {
	for _, c := range []struct {
		start, url string
		want       bool
	}{
		{"https://git.example", "https://git.example/team/tool", true},
		{"https://git.example/", "https://git.example/team/tool", true},
		{"https://git.example/team/tool", "https://git.example/team/tool.git", true},
		{"https://git.example/team/tool", "https://git.example/team/tool.git?branch=x", true},
		{"https://git.example/team/tool", "https://git.example/team/tool?rev=1", true},
		{"https://git.example/team/tool", "https://git.example/team/tool.github", false},
		{"https://git.example", "https://git.example.evil/team/tool", false},
		{"https://git.example", "https://git.example@evil/team/tool", false},
		{"https://git.example/team", "https://git.example/team/../evil", false},
		{"https://git.example/team/", "https://git.example/team/%2E%2e/evil", false},
		{"crates.io", "crates.io.evil", false},
		{"", "https://git.example", false},
	} {
		if got := begins([]string{c.start}, c.url); got != c.want {
			t.Errorf("%s starts with %s: %v", c.url, c.start, got)
		}
	}
}

// What was not looked at is never a pass.
func TestGaps(t *testing.T) {
	for _, c := range []struct {
		policy, gap string
		change      func(*Facts)
	}{
		{"[unsafe-code]\nallow = ['*']", "crate app of app 1.0.0: it does not compile", func(f *Facts) { f.Unsafe.Crates[0].Failed = "it does not compile" }},
		{"[unsafe-code]", "cargo is not there", func(f *Facts) { f.Unsafe, f.Missing = nil, map[Need]string{NeedUnsafe: "cargo is not there"} }},
		{"[denied-functions]\npaths = ['libc::system']", "1 function was not analysed", func(f *Facts) { f.Code.Coverage.Crates[0].Analysed = 3 }},
		{"[findings]\nmin-severity = 'error'", "1 finding lies in a file that exclude in [workspace.metadata.softshell] leaves out", func(f *Facts) {
			f.Code.Excluded = []finding.Finding{{Rule: "rc-cycle", Severity: finding.Error, Grade: finding.Likely}, {Rule: "rc-cycle", Severity: finding.Note, Grade: finding.Likely}}
		}},
		{"[vulnerabilities]\nmax-severity = 'critical'", "it was not looked at", func(f *Facts) { f.Audit.Database = nil }},
		{"[vulnerabilities]\nmax-severity = 'critical'", "x.md: broken", func(f *Facts) { f.Audit.Incomplete = []string{"x.md: broken"} }},
		{"[vulnerabilities]\nmax-severity = 'critical'", "tool 3.0.0-rc.1 is not judged by X-1: it is from git", func(f *Facts) {
			f.Audit.NotJudged = []audit.Match{{Package: 2, Advisory: &advisory.Advisory{ID: "X-1", Kind: advisory.Vulnerability}, Why: "it is from git"}}
		}},
		{"[vulnerabilities]\nmax-severity = 'critical'\naccept-not-reached = true", "what is reached is not known: no cargo", func(f *Facts) { f.Missing = map[Need]string{NeedReach: "no cargo"} }},
		{"[database]\nmax-age-days = 18", "the database does not say how old it is", func(f *Facts) { f.Audit.Database.Date = "" }},
		{"[sources]\ngit = ['https://']", "the folder of app 1.0.0 is not known", func(f *Facts) { f.Audit.Tree.Packages[0].Member, f.Audit.Tree.Packages[0].Manifest = false, "" }},
		{"[yanked]", "this machine's copy of the index does not tell of 1 package whether they are yanked", func(f *Facts) { f.Audit.Tree.Packages[1].YankedKnown = false }},
		{"[lock-file]", "the folder lies in no git checkout", func(f *Facts) { f.Lock.InGit = false }},
		{"[toolchain]", "it was not looked at", func(f *Facts) { f.Toolchain = "" }},
	} {
		r, o := evaluate(t, c.policy, c.change)
		if o.Verdict != NotChecked || r.Verdict != NotChecked || len(o.Gaps) != 1 || o.Gaps[0] != c.gap {
			t.Errorf("%q: %s, gaps %q, evidence %s; want %q", c.policy, o.Verdict, o.Gaps, lines(o.Evidence), c.gap)
		}
	}
	// A failure stays one, and says what is unknown beside it.
	_, o := evaluate(t, "[unsafe-code]", func(f *Facts) { f.Unsafe.Crates[1].Failed = "no" })
	if o.Verdict != Fail || len(o.Gaps) != 1 {
		t.Errorf("%s, gaps %q", o.Verdict, o.Gaps)
	}
}

func TestExceptions(t *testing.T) {
	exception := func(at, until string) string {
		return "[documented-unsafe]\n[[exception]]\nrule = 'documented-unsafe'\nat = '" + at + "'\nreason = 'reviewed'\nuntil = '" + until + "'"
	}
	for _, c := range []struct {
		at, until string
		verdict   Verdict
		state     string
		wrong     int
	}{
		{"app::cache::get", "", Pass, "in force", 0},
		{"app", "2026-11-21", Pass, "in force", 0},
		{"src/lib.rs", "2027-01-01", Pass, "in force", 0},
		{"app@1.0.0", "", Pass, "in force", 0},
		{"app::cache::get", "2026-11-20", Fail, "expired", 1},
		{"app::cache::got", "", Fail, "not needed", 1},
	} {
		text := exception(c.at, c.until)
		if c.until == "" {
			text = strings.Replace(text, "\nuntil = ''", "", 1)
		}
		r, o := evaluate(t, text, nil)
		if o.Verdict != c.verdict || len(r.Exceptions) != 1 || r.Exceptions[0].State != c.state || len(r.Wrong) != c.wrong {
			t.Errorf("%s until %s: %s, %+v, wrong %q", c.at, c.until, o.Verdict, r.Exceptions, r.Wrong)
		}
		if c.verdict == Pass && (len(o.Accepted) != 1 || o.Accepted[0].Reason != "reviewed") {
			t.Errorf("%s: accepted %+v", c.at, o.Accepted)
		}
	}
	// Two that are about the same are both used.
	r, o := evaluate(t, exception("app", "2027-01-01")+"\n[[exception]]\nrule = 'documented-unsafe'\nat = 'app::cache'\nreason = 'too'", nil)
	if o.Verdict != Pass || len(o.Accepted) != 1 || o.Accepted[0].Reason != "reviewed" || len(r.Wrong) > 0 {
		t.Errorf("%s, %+v, wrong %q", o.Verdict, o.Accepted, r.Wrong)
	}
	// What is no code has exceptions by file or by variable.
	exceptions := "[cargo-settings]\n[[exception]]\nrule = 'cargo-settings'\nat = 'RUSTFLAGS'\nreason = 'r'\n[[exception]]\nrule = 'cargo-settings'\nat = 'Cargo.toml'\nreason = 'r'"
	if r, o := evaluate(t, exceptions, nil); o.Verdict != Pass || len(o.Accepted) != 2 || len(r.Wrong) > 0 {
		t.Errorf("%s, %+v, wrong %q", o.Verdict, o.Accepted, r.Wrong)
	}
	// An ignore of the audit is a decision too, and is shown as one.
	_, o = evaluate(t, "[vulnerabilities]", func(f *Facts) {
		f.Audit.Matches[0].Ignore = &audit.Ignore{ID: "RUSTSEC-2024-0001", Reason: "only on Windows"}
		f.Audit.Ignored, f.Audit.Matches = f.Audit.Matches[:1], nil
	})
	if o.Verdict != Pass || len(o.Accepted) != 1 || o.Accepted[0].By != "ignore" || o.Accepted[0].Reason != "only on Windows" {
		t.Errorf("%s, %+v", o.Verdict, o.Accepted)
	}
	// One that is over holds nothing back.
	_, o = evaluate(t, "[vulnerabilities]\naccept-not-reached = true", func(f *Facts) {
		f.Audit.Matches[0].Ignore = &audit.Ignore{ID: "RUSTSEC-2024-0001", Reason: "only on Windows", Expired: true}
	})
	if o.Verdict != Fail || len(o.Accepted) != 0 {
		t.Errorf("%s, %+v", o.Verdict, o.Accepted)
	}
	// What cannot be reached is accepted only when the policy says so.
	reached := func(f *Facts) {
		f.Audit.Matches[0].Reach = &audit.Reach{Verdict: audit.NotReached, Why: "no call leads to old::read"}
	}
	if _, o := evaluate(t, "[vulnerabilities]", reached); o.Verdict != Fail {
		t.Errorf("%s", o.Verdict)
	}
	if _, o := evaluate(t, "[vulnerabilities]\naccept-not-reached = true", reached); o.Verdict != Pass || len(o.Accepted) != 1 || o.Accepted[0].By != "call graph" {
		t.Errorf("%s, %+v", o.Verdict, o.Accepted)
	}
}

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                                       "it has no rule; there are unsafe-code, ",
		"[unsafe-cod]":                           `unknown table or key "unsafe-cod": did you mean "unsafe-code"?`,
		"[unsafe-code]\nalow = []":               `[unsafe-code]: unknown key "alow": did you mean "allow"?`,
		"[unsafe-code]\nof = 'me'":               `[unsafe-code]: of: unknown word "me"`,
		"[unsafe-code]\nallow = ['a::']":         `[unsafe-code]: allow: "a::" is neither a path`,
		"[unsafe-code]\nallow = ['a/[']":         `is neither a path`,
		"[unsafe-code]\nallow = 3":               "policy.toml: ",
		"[unsafe-code":                           "policy.toml: line 1: ",
		"x = " + strings.Repeat("[", 1000):       "policy.toml: line 1: nested deeper",
		"[yanked]\nx = 1":                        `[yanked]: unknown key "x": none is needed`,
		"[denied-unsafe]":                        "[denied-unsafe]: it needs kinds = [",
		"[denied-unsafe]\nkinds = ['asn']":       `did you mean "asm"?`,
		"[denied-functions]":                     "it needs paths = [",
		"[denied-functions]\npaths = ['forget']": `"forget" is no path of a function`,
		"[findings]\nmin-severity = 'bad'":       "min-severity: ",
		"[findings]\ngrade = 'confirmed'":        "grade: only a run of the program confirms a finding",
		"[vulnerabilities]\nmax-severity = 'hi'": `unknown word "hi"`,
		"[database]":                             "it needs max-age-days",
		"[sources]\npaths = 'all'":               "paths: unknown word",
		"[packages]":                             "it needs deny or allow",
		"[packages]\ndeny = ['a@x.y']":           `deny: "a@x.y"`,
		"[packages]\ndeny = ['a <1']":            "is no package like",
		"[toolchain]\nchannel = '1.95'":          "channel: unknown word",
		"[yanked]\n[[exception]]\nrule = 'yankd'\nat = 'x'\nreason = 'y'":                        `exception 1: the policy has no rule "yankd": did you mean "yanked"?`,
		"[yanked]\n[[exception]]\nrule = 'yanked'\nreason = 'y'":                                 "exception 1: it needs at = ",
		"[yanked]\n[[exception]]\nrule = 'yanked'\nat = 'x'":                                     "exception 1: it needs a reason",
		"[yanked]\n[[exception]]\nrule = 'yanked'\nat = 'x'\nreason = 'y'\nuntil = '2026-02-30'": "is no date",
		"[yanked]\n[[exception]]\nrule = 'yanked'\nto = 'x'":                                     `[exception]: unknown key "to"`,
	} {
		_, err := Parse([]byte(text), "policy.toml")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v\nwant %q", text, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("name = 'x'\n[unsafe-code]\nallow = ['a::b']\n[[exception]]\nrule = 'unsafe-code'\nat = 'a'\nreason = 'r'")
	f.Add("[packages]\ndeny = ['a@>=1, <2']")
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := Parse([]byte(text), "x"); err == nil {
			p.Evaluate(facts())
		}
	})
}

func TestSegments(t *testing.T) {
	for item, want := range map[string]string{
		"a::b":                                 "a b",
		"Pool<H, T>::free":                     "Pool free",
		"<a::Pool<T> as std::ops::Drop>::drop": "a Pool drop",
		"<impl at src/lib.rs:7:1: 7:26>::drop": "impl at src/lib.rs:7:1: 7:26 drop",
		"a::<impl a::B<T>>::c":                 "a c",
		"a::<impl FnOnce(u8) -> B>::c":         "a c",
		"a::f::{closure#0}":                    "a f {closure#0}",
		"<&mut a::B>::c":                       "a B c",
		"a::<b::Pool<T> as Drop>::drop":        "a b Pool drop",
		"a::get::<<u8 as Q>::X>::f":            "a get f",
		"":                                     "",
	} {
		if got := strings.Join(segments(item), " "); got != want {
			t.Errorf("%s: %q, want %q", item, got, want)
		}
	}
}

// Each rule has words, and names only rules of the guide that exist.
func TestTables(t *testing.T) {
	if len(ids()) != len(infos) {
		t.Errorf("%d rules have a place in the policy, %d have words", len(ids()), len(infos))
	}
	for id := range findingGuide {
		part(findingGuide[id]...) // panics on an unknown one
	}
	seen := map[string]bool{}
	for _, g := range guide {
		if seen[g.ID] {
			t.Errorf("%s twice", g.ID)
		}
		seen[g.ID] = true
	}
}

func TestGuideStates(t *testing.T) {
	r, _ := evaluate(t, "[denied-functions]\npaths = ['std::mem::forget', 'std::boxed::Box::leak']\n[lock-file]\n[unsafe-code]\nallow = ['*']", nil)
	want := map[string]string{
		"MEM-FORGET":      "fail whole denied-functions",
		"MEM-NO-LEAK":     "fail part denied-functions",
		"MEM-LEAK":        "pass part denied-functions", // forget alone is used
		"DENV-CARGO-LOCK": "pass whole lock-file",
		"LANG-UNSAFE":     "pass part unsafe-code",
		"FFI-CTYPE":       "not checked part ",
	}
	for _, s := range r.Guide {
		extent := "whole"
		if s.Part {
			extent = "part"
		}
		if w, ok := want[s.ID]; ok && w != string(s.Verdict)+" "+extent+" "+strings.Join(s.Rules, " ") {
			t.Errorf("%s: %s %s %q, want %s", s.ID, s.Verdict, extent, s.Rules, w)
		}
	}
}

func TestSettingsOf(t *testing.T) {
	root := t.TempDir()
	inner := filepath.Join(root, "a")
	for name, text := range map[string]string{
		"a/Cargo.toml":           "[profile.dev]\noverflow-checks = false\ndebug-assertions = true\n[profile.release]\noverflow-checks = false\n[profile.test.package.'*']\ndebug-assertions = false",
		"a/.cargo/config.toml":   "[profile.test]\noverflow-checks = false\n[build]\nrustc-wrapper = 'w'\nrustflags = ['-Cx']\njobs = 1\n[target.x86_64-unknown-linux-gnu]\nlinker = 'l'\nrustflags = '-Cy'",
		".cargo/config":          "x = [",
		"home/config.toml":       "[profile.dev.package.x]\nopt-level = 1",
		".cargo/config.toml":     "[profile.dev]\noverflow-checks = false", // not read: config is there
		"a/b/.cargo/config.toml": "[profile.dev]\noverflow-checks = false",
	} {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	environ := []string{"RUSTC_WRAPPER=x", "RUSTC=", "HOME=/", "CARGO_PROFILE_DEV_OVERFLOW_CHECKS=false", "CARGO_PROFILE_TEST_OVERFLOW_CHECKS=true", "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS=-Cx"}
	s := SettingsOf(inner, filepath.Join(root, "home"), environ)
	want := []Setting{{"Cargo.toml", "[profile.dev] sets overflow-checks = false"}, {"Cargo.toml", "[profile.test.package.*] sets debug-assertions = false"},
		{".cargo/config.toml", "[build] sets rustc-wrapper"}, {".cargo/config.toml", "[build] sets rustflags"}, {".cargo/config.toml", "[target.x86_64-unknown-linux-gnu] sets rustflags"}, {".cargo/config.toml", "[profile.test] sets overflow-checks = false"}}
	if !slices.Equal(s.Off, want) || !slices.Equal(s.Variables, []string{"CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS", "RUSTC_WRAPPER", "CARGO_PROFILE_DEV_OVERFLOW_CHECKS"}) || len(s.Unread) != 1 || len(s.Files) != 3 {
		t.Errorf("%+v", s)
	}
}

func TestIsFunction(t *testing.T) {
	for _, c := range []struct {
		name, mir string
		want      bool
	}{
		{"std::mem::forget", "std::mem::forget::<std::vec::Vec<u8>>", true},
		{"core::mem::forget", "std::mem::forget::<T>", true},
		{"std::boxed::Box::leak", "std::boxed::Box::<T>::leak", true},
		{"std::boxed::Box::leak", "std::vec::Vec::<T>::leak", false},
		{"std::vec::Vec::leak", "alloc::vec::Vec::<T>::leak", true},
		{"std::slice::get_unchecked", "core::slice::<impl [T]>::get_unchecked::<usize>", true},
		{"std::mem::forget", "other::mem::forget", false},
		{"app::raw::give", "raw::give::<T>", true},
		{"app::raw::Pool::give", "raw::Pool::<T>::give", true},
		{"other::raw::give", "raw::give", false},
		{"libc::system", "libc::system", true},
		{"app::Raw::give", "<Pool as Raw>::give", true},
		{"std::clone::Clone::clone", "<Pool as std::clone::Clone>::clone", true},
		{"std::clone::Clone::clone", "<Pool as Clone>::clone", false},
	} {
		m := mir.Parse("fn f() -> () {\n    let mut _0: ();\n\n    bb0: {\n        _0 = " + c.mir + "() -> [return: bb1, unwind continue];\n    }\n\n    bb1: {\n        return;\n    }\n}\n")
		p := m.Items[0].(*mir.Body).Blocks[0].Term.Func.Const.Path
		if got := isFunction(c.name, "app", p); got != c.want {
			t.Errorf("%s is %s: %v", c.mir, c.name, got)
		}
	}
}

// What comes from outside steers nothing, wherever the report is shown.
func TestNamesArePlain(t *testing.T) {
	_, o := evaluate(t, "[packages]\ndeny = ['old']", func(f *Facts) {
		f.Audit.Tree.Packages[1].Version = "0.2.1\x1b[31m\u202e"
		f.Audit.Tree.File = "/p/\x07Cargo.lock"
	})
	if e := o.Evidence[0]; e.Version != "0.2.1[31m" || e.File != "Cargo.lock" {
		t.Errorf("%q %q", e.Version, e.File)
	}
}

func TestFromHere(t *testing.T) {
	for file, want := range map[string]string{
		"/p/src/lib.rs": "src/lib.rs",
		"/home/me/.cargo/registry/src/index.example-0123/old-0.2.1/src/lib.rs": "old-0.2.1/src/lib.rs",
		"/home/me/.cargo/git/checkouts/tool-0123/abc/src/lib.rs":               "tool-0123/abc/src/lib.rs",
		"/q/lib.rs": "/q/lib.rs",
	} {
		if got := fromHere("/p", file); got != want {
			t.Errorf("%s: %s, want %s", file, got, want)
		}
	}
}
