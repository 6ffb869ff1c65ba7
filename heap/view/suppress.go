package view

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"softshell/finding"
	"softshell/heap/profile"
)

// Rules are the ids of what a run can show.
const (
	RuleLeak   = "heap-leak"   // blocks that nothing holds
	RuleCycle  = "heap-cycle"  // blocks that hold each other
	RuleSecret = "heap-secret" // bytes of a secret that stayed
)

// Rules are all ids.
var Rules = []string{RuleCycle, RuleLeak, RuleSecret}

// Suppressions hold back what a file allows, line by line:
//
//	# the whole table lives as long as the process
//	allow(heap-leak) my_app::table::fill: filled once, never dropped until=2027-01-31
//	allow(heap-leak, heap-cycle) libold.so: not ours
//
// The pattern is a function, a file or a module of the stack; `*` stands for any
// letters, and leading segments can be left out. As in a comment in the source, a
// reason is asked for, and until= ends the allowance.
type Suppressions struct {
	lines []*allowance
}

type allowance struct {
	span    finding.Span
	text    string
	rules   []string
	pattern string
	reason  string
	until   string
}

// holding is what an allowance holds back in one view.
type holding struct {
	*allowance
	used   bool
	left   profile.Left
	frames []int8 // of each frame: does the pattern match, -1 not asked yet
}

// ReadSuppressions reads a file. A line that cannot be read is an error, one past
// its day holds nothing and gives a Remark.
func ReadSuppressions(path string, today time.Time) (*Suppressions, []finding.Remark, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, fmt.Errorf("read suppressions: %w", err)
	}
	s := &Suppressions{}
	var remarks []finding.Remark
	for i, line := range strings.Split(string(text), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		a, err := parseAllowance(line)
		if err != nil {
			return nil, nil, fmt.Errorf("read suppressions: %s:%d: %w", path, i+1, err)
		}
		a.span = finding.Span{File: path, Line: i + 1, Col: 1, EndLine: i + 1, EndCol: len(line) + 1}
		if a.until != "" {
			end, err := time.Parse("2006-01-02", a.until)
			if err != nil {
				return nil, nil, fmt.Errorf("read suppressions: %s:%d: until=%s is no day: write until=YYYY-MM-DD", path, i+1, a.until)
			}
			if today.After(end.AddDate(0, 0, 1)) {
				remarks = append(remarks, finding.Remark{Span: a.span, Text: fmt.Sprintf("this allowance ended on %s: mend the leak or give a new day", a.until)})
				continue
			}
		}
		s.lines = append(s.lines, a)
	}
	return s, remarks, nil
}

func parseAllowance(line string) (*allowance, error) {
	const form = "write it as `allow(heap-leak) PATTERN: reason`"
	rest, ok := strings.CutPrefix(strings.TrimPrefix(line, "softshell:"), "allow(")
	ids, rest, closed := strings.Cut(rest, ")")
	pattern, reason, split := strings.Cut(rest, ": ")
	if pattern = strings.TrimSpace(strings.TrimSuffix(pattern, ":")); !ok || !closed || pattern == "" {
		return nil, fmt.Errorf("it is no allowance: %s", form)
	}
	a := &allowance{text: line, pattern: pattern}
	for id := range strings.SplitSeq(ids, ",") {
		id = strings.TrimSpace(id)
		if !slices.Contains(Rules, id) {
			err := fmt.Errorf("no rule is called %q", id)
			if near := finding.Nearest(id, Rules); near != "" {
				err = fmt.Errorf("%w: did you mean %q?", err, near)
			}
			return nil, err
		}
		a.rules = append(a.rules, id)
	}
	if before, day, has := strings.Cut(reason, "until="); has {
		day, tail, _ := strings.Cut(day, " ")
		reason, a.until = before+tail, day
	}
	if a.reason = strings.TrimSpace(reason); !split || a.reason == "" {
		return nil, fmt.Errorf("a reason is missing: %s", form)
	}
	return a, nil
}

// holdings makes what the builder counts in, one for each line.
func (s *Suppressions) holdings() []*holding {
	if s == nil {
		return nil
	}
	var out []*holding
	for _, a := range s.lines {
		out = append(out, &holding{allowance: a})
	}
	return out
}

// hold moves what an allowance holds back. cycle is the one that holds back all
// cycles that the site is in, nil for none.
func (b *builder) hold(s *Stack, all []Call, cycle *holding) {
	if cycle != nil {
		cycle.take(s, profile.Cyclic)
	}
	for _, h := range b.holdings {
		left := s.Lost()
		left.Blocks -= s.Left[profile.Cyclic].Blocks
		if left.Blocks > 0 && slices.Contains(h.rules, RuleLeak) && h.matchesAny(b, all) {
			h.take(s, profile.Direct, profile.Indirect, profile.Unsorted)
		}
	}
}

func (h *holding) take(s *Stack, kinds ...profile.Kind) {
	h.used = true
	s.hold(&h.left, kinds...)
}

// holder is the first line that allows a rule somewhere in a stack, nil for none.
func (b *builder) holder(rule string, site int) *holding {
	if site < 0 || len(b.holdings) == 0 {
		return nil
	}
	all := b.all(b.p.Sites[site].Node)
	for _, h := range b.holdings {
		if slices.Contains(h.rules, rule) && h.matchesAny(b, all) {
			return h
		}
	}
	return nil
}

func (h *holding) matchesAny(b *builder, all []Call) bool {
	for _, c := range all {
		for len(h.frames) <= c.Frame {
			h.frames = append(h.frames, -1)
		}
		if h.frames[c.Frame] < 0 {
			f := &b.v.Frames[c.Frame]
			h.frames[c.Frame] = 0
			if h.matches(withoutHash(f.Full)) || h.matches(b.v.Name(c.Frame)) || f.File != "" && h.matches(f.File) {
				h.frames[c.Frame] = 1
			}
		}
		if h.frames[c.Frame] == 1 {
			return true
		}
	}
	return false
}

// matches reports whether name, or its end behind a `::` or `/`, is what the
// pattern says; an address without a name is `module+0x12`.
func (a *allowance) matches(name string) bool {
	for {
		if matches(a.pattern, name) || matches(a.pattern+"+0x*", name) {
			return true
		}
		i := strings.IndexAny(name, ":/")
		if i < 0 {
			return false
		}
		name = strings.TrimPrefix(name[i+1:], ":")
	}
}

// tell says in the view what was held back, and which lines held nothing.
func (b *builder) tell() {
	for _, h := range b.holdings {
		if h.used {
			b.v.Held = append(b.v.Held, Kept{Name: h.pattern, Reason: h.reason, Until: h.until, Left: h.left})
		} else if b.filter == "" {
			b.v.Remarks = append(b.v.Remarks, finding.Remark{Span: h.span, Text: fmt.Sprintf("this line allows `%s`, but nothing such was left: remove it", h.pattern)})
		}
	}
}
