package finding

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func write(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "a.rs")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

func at(file string, line int) Finding {
	return Finding{Rule: "rc-cycle", Title: "t", Item: "f", Primary: Span{File: file, Line: line, Col: 1, EndLine: line, EndCol: 5}}
}

var rules = Allowed{Known: []string{"rc-cycle", "orphan-object"}, Ran: []string{"rc-cycle"}}

func TestSuppress(t *testing.T) {
	today := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		source  string
		line    int
		held    bool
		remarks string // words of the only remark, "" for none
	}{
		"same line":         {"let a = 1; // softshell:allow(rc-cycle): lives as long as the program", 1, true, ""},
		"line above":        {"// softshell:allow(rc-cycle): reason\nlet a = 1;", 2, true, ""},
		"attribute between": {"// softshell:allow(rc-cycle): reason\n#[inline]\n// more\nlet a = 1;", 4, true, ""},
		"code between":      {"// softshell:allow(rc-cycle): reason\nlet b = 1;\nlet a = 1;", 3, false, "no such finding"},
		"two rules":         {"// softshell:allow(orphan-object, rc-cycle): reason\nlet a = 1;", 2, true, ""},
		"whole file":        {"//! softshell:allow-file(rc-cycle): generated\n\n\nlet a = 1;", 4, true, ""},
		"no reason":         {"// softshell:allow(rc-cycle)\nlet a = 1;", 2, false, "reason is missing"},
		"empty reason":      {"// softshell:allow(rc-cycle): until=2027-01-01\nlet a = 1;", 2, false, "reason is missing"},
		"unknown rule":      {"// softshell:allow(rc-cylce): reason\nlet a = 1;", 2, false, "did you mean `rc-cycle`"},
		"holds still":       {"// softshell:allow(rc-cycle): reason until=2026-11-21\nlet a = 1;", 2, true, ""},
		"ended":             {"// softshell:allow(rc-cycle): reason until=2026-11-19\nlet a = 1;", 2, false, "ended on 2026-11-19"},
		"no day":            {"// softshell:allow(rc-cycle): reason until=soon\nlet a = 1;", 2, false, "is no day"},
		"in a string":       {"let s = \"// softshell:allow(rc-cycle): x\";", 1, false, ""},
		"in a raw string":   {"let s = r#\"\n// softshell:allow(rc-cycle): \"x\n\"#; let a = 1;", 3, false, ""},
		"behind a char":     {"let c = '\"'; // softshell:allow(rc-cycle): reason", 1, true, ""},
		"behind a lifetime": {"fn f<'a>(x: &'a u8) {} // softshell:allow(rc-cycle): reason", 1, true, ""},
		"block comment":     {"/* softshell:allow(rc-cycle): reason */\nlet a = 1;", 2, true, ""},
		"did not run":       {"// softshell:allow(orphan-object): reason\nlet a = 1;", 2, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			file := write(t, c.source)
			shown, held, remarks := Suppress([]Finding{at(file, c.line)}, []string{file}, NewSources(), rules, today)
			if (len(held) == 1) != c.held || len(shown)+len(held) != 1 {
				t.Errorf("%d shown, %d held back", len(shown), len(held))
			}
			switch {
			case c.remarks == "" && len(remarks) > 0:
				t.Errorf("remark %q", remarks[0].Text)
			case c.remarks != "" && (len(remarks) != 1 || !strings.Contains(remarks[0].Text, c.remarks)):
				t.Errorf("remarks %v, want %q", remarks, c.remarks)
			}
		})
	}
}

// Code above a finding, and white space in it, do not change its fingerprint;
// other code does, and equal findings in one item stay apart.
func TestFingerprint(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		above := rapid.SliceOfN(rapid.StringMatching(`[a-z ;{}]{0,12}`), 0, 8).Draw(r, "above")
		spaces := strings.Repeat(" ", rapid.IntRange(0, 9).Draw(r, "spaces"))
		file := filepath.Join(t.TempDir(), "b.rs")
		stamp := func(lines []string, at1 ...int) []Finding {
			if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")), 0o644); err != nil {
				r.Fatal(err)
			}
			var fs []Finding
			for _, n := range at1 {
				fs = append(fs, at(file, n))
			}
			Stamp(fs, NewSources())
			return fs
		}
		a := stamp([]string{"let x = f( 1 ); // note"}, 1)
		b := stamp(append(append([]string{}, above...), spaces+"let x =   f( 1 );"), len(above)+1)
		if a[0].Fingerprint != b[0].Fingerprint {
			r.Fatalf("%v %q", above, spaces)
		}
		c := stamp([]string{"let x = f( 2 );", "let y = g();", "let y = g();"}, 1, 2, 3)
		if c[0].Fingerprint == a[0].Fingerprint || c[1].Fingerprint == c[2].Fingerprint {
			r.Fatal("different findings have one fingerprint")
		}
	})
}

func TestBaseline(t *testing.T) {
	file := write(t, "a\nb\nc\n")
	fs := []Finding{at(file, 1), at(file, 2), at(file, 3)}
	Stamp(fs, NewSources())
	path := filepath.Join(t.TempDir(), "base.json")
	if err := WriteBaseline(path, fs[:2], filepath.Dir(file)); err != nil {
		t.Fatal(err)
	}
	b, err := ReadBaseline(path)
	if err != nil {
		t.Fatal(err)
	}
	if b.Findings[0].File != "a.rs" {
		t.Errorf("file %q", b.Findings[0].File)
	}
	shown, held, gone := b.Split(fs[1:])
	if len(shown) != 1 || len(held) != 1 || len(gone) != 1 {
		t.Errorf("%d shown, %d held, %d gone", len(shown), len(held), len(gone))
	}
	for _, bad := range []string{"", "{", `{"version": 7}`} {
		if err := os.WriteFile(path, []byte(bad), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadBaseline(path); err == nil || !strings.Contains(err.Error(), "--write-baseline") {
			t.Errorf("%q: error %v", bad, err)
		}
	}
}

func TestWords(t *testing.T) {
	text, err := json.Marshal(Finding{Grade: Likely, Severity: Error})
	if err != nil || !strings.Contains(string(text), `"severity":"error","grade":"likely"`) {
		t.Errorf("%s %v", text, err)
	}
	var f Finding
	if err := json.Unmarshal(text, &f); err != nil || f.Grade != Likely || f.Severity != Error {
		t.Errorf("%+v %v", f, err)
	}
	if _, err := ParseGrade("sure"); err == nil || !strings.Contains(err.Error(), "possible, likely, confirmed") {
		t.Errorf("%v", err)
	}
	if got := Nearest("severty", []string{"rules", "severity"}); got != "severity" {
		t.Errorf("nearest is %q", got)
	}
	if got := Nearest("zzz", []string{"rules", "severity"}); got != "" {
		t.Errorf("nearest is %q", got)
	}
}

// FuzzComments: any text is scanned to its end, and every comment stands on a line that there is.
func FuzzComments(f *testing.F) {
	for _, s := range []string{"// a", "/* a /* b */ c */ d", "r#\"x\"#", "'\\''", "'a", "b'x' \"\\", "/*", "'é' // x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		lines := strings.Count(s, "\n") + 1
		for _, c := range comments(s) {
			if c.line < 1 || c.line > lines || strings.Contains(c.text, "\n") {
				t.Fatalf("%+v", c)
			}
		}
	})
}
