package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"softshell/finding"
	"softshell/rule"
	"softshell/rules"
)

func tablePairs(w io.Writer, rows []judged) {
	fmt.Fprintln(w, "| crate | vulnerable | patched | class | item | vulnerable | grade | patched | seconds |")
	fmt.Fprintln(w, "|---|---|---|---|---|---|---|---|---:|")
	for _, j := range rows {
		seconds := j.before.Analysis
		fixed := j.fixed
		if j.after != nil {
			seconds += j.after.Analysis
		}
		if j.afterGrade != "" {
			fixed += " (" + j.afterGrade + ")"
		}
		fmt.Fprintf(w, "| %s | %s | %s | %s | %s | %s | %s | %s | %.2f |\n", j.Crate, j.Vulnerable, j.Patched, j.Class, code(j.Item), j.vuln, j.grade, fixed, seconds)
	}
}

// code is a text that Markdown leaves alone.
func code(s string) string { return "`" + strings.ReplaceAll(s, "|", "\\|") + "`" }

func tableClasses(w io.Writer, rows []judged) {
	classes := map[string]*totals{}
	for _, j := range rows {
		if classes[j.Class] == nil {
			classes[j.Class] = &totals{}
		}
		classes[j.Class].add(j)
	}
	fmt.Fprintln(w, "\n| class | rows | analysed | found | of these likely | elsewhere | recall | silent on patched |")
	fmt.Fprintln(w, "|---|---:|---:|---:|---:|---:|---:|---:|")
	for _, c := range slices.Sorted(maps.Keys(classes)) {
		t := classes[c]
		fmt.Fprintf(w, "| %s | %d | %d | %d | %d | %d | %s | %s |\n", c, t.rows, t.analysed, t.found, t.likely, t.elsewhere, share(t.found, t.analysed), share(t.silent, t.patched))
	}
}

// grades counts findings of the rules that are on by default.
type grades [finding.Confirmed + 1]int

func countGrades(list []finding.Finding) (g grades) {
	for _, f := range list {
		if !offByDefault(f.Rule) {
			g[f.Grade]++
		}
	}
	return g
}

func offByDefault(id string) bool {
	return slices.ContainsFunc(rules.All(), func(r *rule.Rule) bool { return r.ID == id && !r.Default })
}

// tableVersions tells of each version how it was compiled and what it has, and
// how many findings stand on 10,000 lines.
func tableVersions(w io.Writer, list []version, records map[version]*record) {
	fmt.Fprintln(w, "\n| crate | version | features | lines | bodies | not read | likely | possible | captured, s | analysed, s |")
	fmt.Fprintln(w, "|---|---|---|---:|---:|---:|---:|---:|---:|---:|")
	var all grades
	lines := 0
	for _, v := range list {
		r := records[v]
		if !r.analysed() {
			continue
		}
		g := countGrades(r.Findings)
		for i := range g {
			all[i] += g[i]
		}
		lines += r.Lines
		fmt.Fprintf(w, "| %s | %s | %s | %d | %d | %d | %d | %d | %.1f | %.2f |\n", r.Crate, r.Version, r.ways(), r.Lines, r.Bodies, r.Unread,
			g[finding.Likely]+g[finding.Confirmed], g[finding.Possible], r.Capture, r.Analysis)
	}
	fmt.Fprintln(w, "\n| grade | findings | lines | for 10,000 lines |")
	fmt.Fprintln(w, "|---|---:|---:|---:|")
	for g := finding.Confirmed; ; g-- {
		fmt.Fprintf(w, "| %s | %d | %d | %.2f |\n", g, all[g], lines, density(all[g], lines))
		if g == finding.Possible {
			break
		}
	}
	notes(w, "Not analysed", list, records, func(r *record) []string {
		if r.analysed() {
			return nil
		}
		return []string{r.Reason}
	})
	notes(w, "Left out", list, records, func(r *record) []string {
		if !r.analysed() {
			return nil
		}
		return r.Left
	})
}

func density(n, lines int) float64 {
	if lines == 0 {
		return 0
	}
	return 1e4 * float64(n) / float64(lines)
}

func notes(w io.Writer, title string, list []version, records map[version]*record, say func(*record) []string) {
	for _, v := range list {
		for _, text := range say(records[v]) {
			if title != "" {
				fmt.Fprintf(w, "\n%s:\n\n", title)
				title = ""
			}
			fmt.Fprintf(w, "- %s %s: %s\n", records[v].Crate, records[v].Version, text)
		}
	}
}

// listFindings is for who writes a rule: what of the row's class is where.
func listFindings(w io.Writer, rows []judged) {
	for _, j := range rows {
		fmt.Fprintf(w, "\n%s at %s of %s:\n", j.Class, code(j.Item), j.Crate)
		for _, r := range []*record{j.before, j.after} {
			if r == nil {
				continue
			}
			fmt.Fprintf(w, "  %s", r.Version)
			if !r.analysed() {
				fmt.Fprintf(w, " not analysed: %s", r.Reason)
			}
			fmt.Fprintf(w, " (%s)\n", r.Dir)
			at, other := j.findings(r)
			for i, f := range append(at, other...) {
				mark := " "
				if i < len(at) {
					mark = "*"
				}
				fmt.Fprintf(w, "  %s %s %s:%d:%d [%s] %s\n", mark, f.Grade, f.Primary.File, f.Primary.Line, f.Primary.Col, f.Item, f.Title)
				for _, s := range f.Trace {
					fmt.Fprintf(w, "        %s:%d:%d %s\n", s.Span.File, s.Span.Line, s.Span.Col, s.Text)
				}
			}
		}
	}
}
