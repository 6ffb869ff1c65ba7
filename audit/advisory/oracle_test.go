package advisory

import (
	"bufio"
	"bytes"
	"fmt"
	"math/big"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"softshell/audit/version"
)

// The environment names what the comparison is made on: a database in RustSec's
// form, and the program bench/audit/oracle, which asks RustSec's own crate.
const (
	databaseEnv = "SOFTSHELL_ADVISORY_DB"
	oracleEnv   = "SOFTSHELL_RUSTSEC_ORACLE"
)

// versionsEach is how many versions, at least, of each advisory are judged.
const versionsEach = 200

func databases(t *testing.T) []string {
	t.Helper()
	dirs := []string{"testdata/db"}
	if dir := os.Getenv(databaseEnv); dir != "" {
		dirs = append(dirs, dir)
	}
	return dirs
}

// TestVerdictsAgainstPlainOracle judges each advisory a second time by code that
// shares nothing with ours: the file is searched by patterns, and each requirement is
// asked by itself, as RustSec's rules say, with no ranges.
func TestVerdictsAgainstPlainOracle(t *testing.T) {
	for _, dir := range databases(t) {
		d := open(t, dir)
		if len(d.Problems) > 0 {
			t.Errorf("%s: not all is read: %v", dir, d.Problems)
		}
		seen, judged, affected := 0, 0, 0
		for _, a := range d.All() {
			text, err := os.ReadFile(filepath.Join(dir, a.File))
			if err != nil {
				t.Fatal(err)
			}
			reqs := append(plainList(text, "patched"), plainList(text, "unaffected")...)
			if len(reqs) != len(a.Patched)+len(a.Unaffected) {
				t.Errorf("%s: the oracle reads %q, we read %q and %q", a.ID, reqs, a.Patched, a.Unaffected)
			}
			seen++
			for _, v := range sampleVersions(a, versionsEach) {
				want := !slices.ContainsFunc(reqs, func(r string) bool { return plainFulfils(r, v) })
				parsed, err := version.Parse(v)
				if err != nil {
					t.Fatal(err)
				}
				if got := a.Affects(parsed); got != want {
					t.Errorf("%s %s %s: affected %t, the oracle says %t (%q)", a.ID, a.Package, v, got, want, reqs)
				}
				judged++
				if want {
					affected++
				}
			}
		}
		t.Logf("plain: %s: %d advisories, %d verdicts, %d affected", dir, seen, judged, affected)
	}
}

// TestVerdictsOfOSV writes each advisory as an OSV entry, with events as RustSec's
// export has them, and reads that: the verdicts are the same.
func TestVerdictsOfOSV(t *testing.T) {
	for _, dir := range databases(t) {
		d, verdicts := open(t, dir), 0
		for _, a := range d.All() {
			if len(a.Affected) == 0 {
				continue // nothing is affected, and an entry without events is about nothing
			}
			var events []string
			for _, r := range a.Affected {
				from := "0.0.0-0"
				if r.HasLow {
					from = firstOf(r.Low, r.LowExclusive)
				}
				events = append(events, fmt.Sprintf(`{"introduced": %q}`, from))
				if r.HasHigh {
					events = append(events, fmt.Sprintf(`{"fixed": %q}`, firstOf(r.High, r.HighInclusive)))
				}
			}
			slices.Reverse(events) // their order says nothing
			text := fmt.Sprintf(`{"id": %q, "modified": "2024-01-01T00:00:00Z", "affected": [{"package": {"ecosystem": "crates.io", "name": %q},
				"ranges": [{"type": "SEMVER", "events": [%s]}], "versions": []}]}`, a.ID, a.Package, strings.Join(events, ", "))
			read, _, err := ParseOSV(a.ID+".json", []byte(text))
			if err != nil || len(read) != 1 {
				t.Fatal(a.ID, err, text)
			}
			for _, s := range sampleVersions(a, versionsEach) {
				v, _ := version.Parse(s)
				if verdicts++; read[0].Affects(v) != a.Affects(v) {
					t.Errorf("%s %s: affected %t as OSV; %s", a.ID, s, read[0].Affects(v), text)
				}
			}
		}
		t.Logf("osv: %s: %d advisories, %d verdicts", dir, d.Len(), verdicts)
	}
}

// firstOf is v, or the first version behind it.
func firstOf(v version.Version, behind bool) string {
	switch {
	case !behind:
	case v.Pre != "":
		v.Pre += ".0"
	default:
		v.Patch, v.Pre = v.Patch+1, "0"
	}
	return v.String()
}

// TestVerdictsAgainstRustSec asks the rustsec crate itself, and the semver crate how
// Cargo matches; and the cvss crate what the scores are.
func TestVerdictsAgainstRustSec(t *testing.T) {
	program := os.Getenv(oracleEnv)
	if program == "" {
		t.Skip("make bench-audit builds the oracle and runs this test")
	}
	for _, dir := range databases(t) {
		d := open(t, dir)
		var ask bytes.Buffer
		var ours, lines []string
		add := func(question, subject, v string, answer any) {
			line := question + "\t" + subject + "\t" + v
			lines, ours = append(lines, line), append(ours, fmt.Sprint(answer))
			ask.WriteString(line + "\n")
		}
		wide := map[string]bool{} // function questions in which ours may say more
		for _, a := range d.All() {
			score := "none"
			if a.CVSS.Vector != "" {
				score = fmt.Sprintf("%.1f %s", a.CVSS.Score, a.CVSS.Severity)
			}
			add("score", a.ID, "0.0.0", score)
			for i, s := range sampleVersions(a, versionsEach) {
				v, _ := version.Parse(s)
				add("affected", a.ID, s, truth(a.Affects(v)))
				if len(a.Functions) > 0 {
					wide[fmt.Sprint(len(lines))] = true
					add("functions", a.ID, s, len(a.In(v)))
				}
				if reqs := append(slices.Clone(a.Patched), a.Unaffected...); len(reqs) > 0 {
					r := reqs[i%len(reqs)]
					parsed, _ := version.ParseRequirement(r)
					add("matches", r, s, truth(parsed.Matches(v)))
				}
			}
		}
		for _, r := range strings.Split("1|1.2|1.2.3|^0|^0.0|^0.0.3|~1|~1.2|~1.2.3|=1|=1.2|=1.2.3|>1|>1.2|>=1|>=1.2|<1|<1.2|<=1|<=1.2|1.*|1.2.*|*|>1, <=1.2.0-a|~1.2, ^1.2.0-a|^1, ^1.0.0-a|<=1, >=1.0.0-a|1.x.X|>=1.*", "|") {
			parsed, err := version.ParseRequirement(r)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range neighbours("1.2.3", "1.2.0", "1.0.0", "0.0.3", "0.0.0", "1.0.0-a", "1.2.0-a", "2.0.0") {
				v, _ := version.Parse(s)
				add("matches", r, s, truth(parsed.Matches(v)))
			}
		}
		cmd := exec.Command(program, dir)
		cmd.Stdin, cmd.Stderr = &ask, os.Stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		i, wrong, more := 0, 0, 0
		for s := bufio.NewScanner(bytes.NewReader(out)); s.Scan(); i++ {
			switch {
			case i >= len(lines):
				t.Fatal("more answers than questions")
			case s.Text() == ours[i]:
			case wide[fmt.Sprint(i)] && ours[i] > s.Text():
				more++ // by precedence a pre-release has the function; by Cargo's reading it has not
			default:
				if wrong++; wrong < 20 {
					t.Errorf("%s: we say %s, rustsec says %s", lines[i], ours[i], s.Text())
				}
			}
		}
		if i != len(lines) {
			t.Errorf("%d answers to %d questions", i, len(lines))
		}
		t.Logf("rustsec: %s: %d advisories, %d questions, %d answers differ; in %d more functions are named than by Cargo's reading", dir, d.Len(), len(lines), wrong, more)
	}
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

// sampleVersions are n versions or more around those that an advisory names, the same each time.
func sampleVersions(a *Advisory, n int) []string {
	var named []string
	for _, r := range append(slices.Clone(a.Patched), a.Unaffected...) {
		for _, m := range numbers.FindAllString(r, -1) {
			for strings.Count(strings.SplitN(m, "-", 2)[0], ".") < 2 {
				m += ".0"
			}
			named = append(named, m)
		}
	}
	out := neighbours(append(named, "0.0.0", "0.1.0", "1.0.0")...)
	random := rand.New(rand.NewPCG(1, uint64(len(a.ID))+uint64(len(named))))
	for len(out) < n {
		v := fmt.Sprintf("%d.%d.%d", random.IntN(6), random.IntN(30), random.IntN(30))
		if random.IntN(3) == 0 {
			v += []string{"-0", "-alpha", "-alpha.1", "-beta.11", "-rc.2", "-1.2", "-a-b"}[random.IntN(7)]
		}
		if random.IntN(8) == 0 {
			v += "+build.07"
		}
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

var numbers = regexp.MustCompile(`\d+(\.\d+){0,2}(-[0-9A-Za-z.-]+)?`)

// neighbours are versions and those next to them.
func neighbours(versions ...string) []string {
	var out []string
	add := func(v string) {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	for _, s := range versions {
		v, err := version.Parse(s)
		if err != nil {
			continue
		}
		add(s)
		if v.Pre != "" {
			add(s + ".0")
			add(s + ".z")
			add(s + "-")
		}
		add(s + "+b.1")
		for _, w := range []version.Version{
			{Major: v.Major, Minor: v.Minor, Patch: v.Patch},
			{Major: v.Major, Minor: v.Minor, Patch: v.Patch + 1},
			{Major: v.Major, Minor: v.Minor, Patch: v.Patch - min(v.Patch, 1)},
			{Major: v.Major, Minor: v.Minor + 1},
			{Major: v.Major, Minor: v.Minor - min(v.Minor, 1), Patch: 9},
			{Major: v.Major + 1},
			{Major: v.Major - min(v.Major, 1), Minor: 9, Patch: 9},
		} {
			for _, pre := range []string{"", "0", "alpha", "rc.1"} {
				w.Pre = pre
				add(w.String())
			}
		}
	}
	return out
}

// plainList finds a list of strings in the text of an advisory.
func plainList(text []byte, key string) []string {
	section := text[bytes.Index(text, []byte("[versions]")):]
	m := regexp.MustCompile(`(?s)\n\s*` + key + `\s*=\s*\[(.*?)\]`).FindSubmatch(section)
	if m == nil {
		return nil
	}
	var out []string
	for _, s := range regexp.MustCompile(`"([^"]*)"|'([^']*)'`).FindAllSubmatch(m[1], -1) {
		out = append(out, string(s[1])+string(s[2]))
	}
	return out
}

var plainPart = regexp.MustCompile(`^\s*(>=|<=|>|<|=|\^|~|)\s*(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?\s*$`)

// plainFulfils asks a requirement about a version by precedence: each part by itself.
// A caret or a tilde is "not older, and the same in the numbers that are held".
func plainFulfils(req, v string) bool {
	if strings.TrimSpace(req) == "*" {
		return true
	}
	for _, part := range strings.Split(req, ",") {
		m := plainPart.FindStringSubmatch(part)
		if m == nil {
			panic("the oracle cannot read " + req)
		}
		nums := []string{m[2], m[3], m[4]}
		written := 0
		for i := range nums {
			if nums[i] == "" {
				nums[i] = "0"
			} else {
				written = i + 1
			}
		}
		low := strings.Join(nums, ".")
		if m[5] != "" {
			low += "-" + m[5]
		}
		order := plainCompare(v, low)
		same := func(n int) bool { return slices.Equal(plainNumbers(v)[:n], nums[:n]) }
		held := written
		for i := range written { // up to the first that is not 0
			if nums[i] != "0" {
				held = i + 1
				break
			}
		}
		ok := false
		switch m[1] {
		case ">":
			ok = order > 0
		case ">=":
			ok = order >= 0
		case "<":
			ok = order < 0
		case "<=":
			ok = order <= 0
		case "=":
			ok = order == 0
		case "~":
			ok = order >= 0 && same(min(written, 2))
		default:
			ok = order >= 0 && same(held)
		}
		if !ok {
			return false
		}
	}
	return true
}

func plainNumbers(v string) []string {
	v, _, _ = strings.Cut(v, "+")
	v, _, _ = strings.Cut(v, "-")
	return strings.Split(v, ".")
}

// plainCompare is section 11 of SemVer, word by word.
func plainCompare(v, w string) int {
	v, _, _ = strings.Cut(v, "+")
	w, _, _ = strings.Cut(w, "+")
	a, b := plainNumbers(v), plainNumbers(w)
	for i := range a {
		if c := plainNumber(a[i]).Cmp(plainNumber(b[i])); c != 0 {
			return c
		}
	}
	_, p, hasP := strings.Cut(v, "-")
	_, q, hasQ := strings.Cut(w, "-")
	if !hasP || !hasQ {
		return truth(hasQ) - truth(hasP)
	}
	x, y := strings.Split(p, "."), strings.Split(q, ".")
	for i := 0; i < len(x) && i < len(y); i++ {
		m, n := plainNumber(x[i]), plainNumber(y[i])
		c := 0
		switch {
		case m != nil && n != nil:
			c = m.Cmp(n)
		case m != nil:
			c = -1
		case n != nil:
			c = 1
		default:
			c = strings.Compare(x[i], y[i])
		}
		if c != 0 {
			return c
		}
	}
	return len(x) - len(y)
}

func plainNumber(s string) *big.Int {
	if strings.Trim(s, "0123456789") != "" || s == "" {
		return nil
	}
	n, _ := new(big.Int).SetString(s, 10)
	return n
}
