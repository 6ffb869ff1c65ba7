package finding

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Suppressed is a finding that is not shown, and why.
type Suppressed struct {
	Finding
	Kind   string `json:"kind"` // "comment" or "baseline"
	Reason string `json:"reason"`
	Until  string `json:"until,omitempty"` // the day after which the comment no longer holds
}

// Remark is something about the user's comments that should be mended.
type Remark struct {
	Span Span   `json:"span"`
	Text string `json:"text"`
}

// allow is one `softshell:allow(..)` comment.
type allow struct {
	span   Span
	rules  []string
	reason string
	until  string
	whole  bool // softshell:allow-file
	bad    bool // it cannot hold: no reason, past its day
	used   []bool
}

// Allowed are the rules' ids that matter to comments.
type Allowed struct {
	Known []string // all that exist
	Ran   []string // those of which a comment could have silenced something
}

// Suppress holds back the findings that a comment allows:
//
//	// softshell:allow(rule-a, rule-b): reason until=2027-01-31
//
// on the finding's line or above it (other comments and attributes may stand
// between), or `softshell:allow-file(rule): reason` anywhere in the file. A
// comment without a reason, past its day or with an unknown rule silences
// nothing and gives a Remark, as does one that silences no finding.
// files are those that were analysed, in order; the findings must be sorted.
func Suppress(fs []Finding, files []string, src *Sources, rules Allowed, today time.Time) (shown []Finding, held []Suppressed, warnings []Remark) {
	byFile := map[string][]*allow{}
	for _, file := range files {
		as, ws := allowsOf(file, src.Lines(file), rules.Known, today)
		byFile[file] = as
		warnings = append(warnings, ws...)
	}
	for i := range fs {
		if a := silencing(&fs[i], byFile[fs[i].Primary.File], src); a != nil {
			held = append(held, Suppressed{Finding: fs[i], Kind: "comment", Reason: a.reason, Until: a.until})
			continue
		}
		shown = append(shown, fs[i])
	}
	for _, file := range files {
		for _, a := range byFile[file] {
			warnings = append(warnings, a.unused(rules.Ran)...)
		}
	}
	slices.SortStableFunc(warnings, func(a, b Remark) int {
		return Compare(Finding{Primary: a.Span, Title: a.Text}, Finding{Primary: b.Span, Title: b.Text})
	})
	return shown, held, warnings
}

func (a *allow) unused(ran []string) []Remark {
	var out []Remark
	for i, r := range a.rules {
		if !a.bad && !a.used[i] && slices.Contains(ran, r) {
			out = append(out, Remark{a.span, fmt.Sprintf("this comment allows `%s`, but no such finding stands here: remove it", r)})
		}
	}
	return out
}

// silencing returns the comment that allows the finding, nil for none.
func silencing(f *Finding, as []*allow, src *Sources) *allow {
	for _, a := range as {
		i := slices.Index(a.rules, f.Rule)
		if i < 0 || a.bad {
			continue
		}
		if a.whole || a.span.Line == f.Primary.Line || a.span.Line < f.Primary.Line && onlyNotes(src.Lines(f.Primary.File), a.span.Line, f.Primary.Line-1) {
			a.used[i] = true
			return a
		}
	}
	return nil
}

// onlyNotes reports whether lines from..to hold comments and attributes alone.
func onlyNotes(lines []string, from, to int) bool {
	for n := from; n <= to; n++ {
		if n > len(lines) {
			return false
		}
		if l := strings.TrimSpace(lines[n-1]); !strings.HasPrefix(l, "//") && !strings.HasPrefix(l, "#[") && !strings.HasPrefix(l, "/*") && !strings.HasPrefix(l, "*") {
			return false
		}
	}
	return true
}

const marker = "softshell:allow"

func allowsOf(file string, lines []string, known []string, today time.Time) (out []*allow, warnings []Remark) {
	text := strings.Join(lines, "\n")
	if !strings.Contains(text, marker) {
		return nil, nil
	}
	for _, c := range comments(text) {
		if !strings.HasPrefix(c.text, marker) {
			continue
		}
		col := strings.Index(lines[c.line-1], marker) + 1
		sp := Span{File: file, Line: c.line, Col: col, EndLine: c.line, EndCol: col + len(c.text)}
		a, problem := parseAllow(c.text, known, today)
		a.span = sp
		if problem != "" {
			warnings = append(warnings, Remark{sp, problem})
		}
		out = append(out, a)
	}
	return out, warnings
}

// parseAllow reads the text of a comment; problem says why it does not hold.
func parseAllow(text string, known []string, today time.Time) (a *allow, problem string) {
	a = &allow{bad: true}
	rest := strings.TrimPrefix(text, marker)
	rest, a.whole = strings.CutPrefix(rest, "-file")
	ids, ok := strings.CutPrefix(rest, "(")
	var after string
	if ok {
		ids, after, ok = strings.Cut(ids, ")")
	}
	if !ok {
		return a, "write it as `softshell:allow(rule): reason`"
	}
	for id := range strings.SplitSeq(ids, ",") {
		id = strings.TrimSpace(id)
		if !slices.Contains(known, id) {
			problem = fmt.Sprintf("no rule is called `%s`", id)
			if near := Nearest(id, known); near != "" {
				problem += fmt.Sprintf(": did you mean `%s`?", near)
			}
			return a, problem
		}
		a.rules = append(a.rules, id)
	}
	a.used = make([]bool, len(a.rules))
	reason, ok := strings.CutPrefix(strings.TrimSpace(after), ":")
	if before, day, has := strings.Cut(reason, "until="); has {
		day, tail, _ := strings.Cut(day, " ")
		reason = before + tail
		a.until = day
		end, err := time.Parse("2006-01-02", day)
		if err != nil {
			return a, fmt.Sprintf("`until=%s` is no day: write until=YYYY-MM-DD", day)
		}
		if today.After(end.AddDate(0, 0, 1)) {
			problem = fmt.Sprintf("this allowance ended on %s: mend the finding or give a new day", day)
		}
	}
	a.reason = strings.Trim(strings.TrimSpace(reason), ",;")
	if !ok || a.reason == "" {
		return a, "a reason is missing: write it as `softshell:allow(rule): reason`"
	}
	a.bad = problem != ""
	return a, problem
}
