package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"softshell/finding"
)

// readCrates reads a list of names.
func readCrates(r io.Reader) ([]string, error) {
	var out []string
	in := bufio.NewScanner(r)
	for n := 1; in.Scan(); n++ {
		line, _, _ := strings.Cut(in.Text(), "#")
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if strings.ContainsAny(line, " \t\"\\/") {
			return nil, fmt.Errorf("line %d: %q is no name of a crate", n, line)
		}
		if !slices.Contains(out, line) {
			out = append(out, line)
		}
	}
	return out, in.Err()
}

// label is the verdict of someone who read a finding.
type label struct {
	crate, version, rule, fingerprint, item, verdict, reason string
}

const labelColumns = "crate\tversion\trule\tfingerprint\titem\tverdict\treason"

// readLabels reads the labels. They go by crate, rule and fingerprint, which
// stays from version to version while the code does.
func readLabels(r io.Reader) (map[[3]string]label, error) {
	out := map[[3]string]label{}
	in := bufio.NewScanner(r)
	for n := 1; in.Scan(); n++ {
		line := strings.TrimSuffix(in.Text(), "\r")
		if line == labelColumns || strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "" {
			continue
		}
		f := strings.Split(line, "\t")
		if len(f) != 7 {
			return nil, fmt.Errorf("line %d: %d columns, not 7 (%s)", n, len(f), strings.ReplaceAll(labelColumns, "\t", ", "))
		}
		l := label{f[0], f[1], f[2], f[3], f[4], f[5], f[6]}
		if !slices.Contains([]string{"true", "false", "unclear"}, l.verdict) {
			return nil, fmt.Errorf("line %d: the verdict %q is none of true, false, unclear", n, l.verdict)
		}
		if strings.TrimSpace(l.reason) == "" {
			return nil, fmt.Errorf("line %d: no reason", n)
		}
		key := [3]string{l.crate, l.rule, l.fingerprint}
		if old, twice := out[key]; twice && old.verdict != l.verdict {
			return nil, fmt.Errorf("line %d: this finding is labelled %s before", n, old.verdict)
		}
		out[key] = l
	}
	return out, in.Err()
}

func openLabels(path string) (map[[3]string]label, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	labels, err := readLabels(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return labels, nil
}

// located is a finding with the version that it is in.
type located struct {
	finding.Finding
	in *record
}

func (l *located) key() [3]string { return [3]string{l.in.Crate, l.Rule, l.Fingerprint} }

func runCrates(ctx context.Context, b *bench, o options) error {
	f, err := os.Open(o.crates)
	if err != nil {
		return err
	}
	defer f.Close()
	names, err := readCrates(f)
	if err != nil {
		return fmt.Errorf("%s: %w", o.crates, err)
	}
	labels, err := openLabels(o.labels)
	if err != nil {
		return err
	}
	var list []version
	for _, n := range names {
		if o.only == "" || o.only == n {
			list = append(list, version{Crate: n})
		}
	}
	if len(list) == 0 {
		return fmt.Errorf("%s has no crate to check", o.crates)
	}
	records, err := b.all(ctx, list)
	if err != nil {
		return err
	}
	var all []located
	for _, v := range list {
		for _, f := range records[v].Findings {
			if o.class == "" || o.class == f.Rule {
				all = append(all, located{f, records[v]})
			}
		}
	}
	if err := review(o, all, labels); err != nil {
		return err
	}
	return output(o, func(w io.Writer) {
		fmt.Fprintf(w, "# Findings in %d crates\n\nrustc %s, default features. Rules that are off by default are marked, and stand in no sum.\n\n", len(list), b.version)
		tableRules(w, all, labels)
		tableVersions(w, list, records)
		fmt.Fprintln(w)
	}, func(w io.Writer) { precision(w, all, labels) })
}

// verdicts counts the labels of likely and confirmed findings.
type verdicts struct{ yes, no, unclear, unread int }

func (v *verdicts) add(l located, labels map[[3]string]label) {
	if l.Grade < finding.Likely {
		return
	}
	switch labels[l.key()].verdict {
	case "true":
		v.yes++
	case "false":
		v.no++
	case "unclear":
		v.unclear++
	default:
		v.unread++
	}
}

// labelled counts what someone read; what stayed unclear counts against the rule.
func (v *verdicts) labelled() int { return v.yes + v.no + v.unclear }

func tableRules(w io.Writer, all []located, labels map[[3]string]label) {
	type sums struct {
		grades
		verdicts
	}
	byRule := map[string]*sums{}
	for _, l := range all {
		if byRule[l.Rule] == nil {
			byRule[l.Rule] = &sums{}
		}
		byRule[l.Rule].grades[l.Grade]++
		byRule[l.Rule].add(l, labels)
	}
	fmt.Fprintln(w, "| rule | likely | possible | true | false | unclear | not labelled | precision at likely |")
	fmt.Fprintln(w, "|---|---:|---:|---:|---:|---:|---:|---:|")
	for _, id := range slices.Sorted(maps.Keys(byRule)) {
		s := byRule[id]
		if offByDefault(id) {
			id += " (off by default)"
		}
		fmt.Fprintf(w, "| %s | %d | %d | %d | %d | %d | %d | %s |\n", id, s.grades[finding.Likely]+s.grades[finding.Confirmed], s.grades[finding.Possible],
			s.yes, s.no, s.unclear, s.unread, share(s.yes, s.labelled()))
	}
}

func precision(w io.Writer, all []located, labels map[[3]string]label) {
	var v verdicts
	met := map[[3]string]bool{}
	stale, likely := 0, 0
	for i := range all {
		l := &all[i]
		met[l.key()] = true
		if offByDefault(l.Rule) {
			continue
		}
		v.add(*l, labels)
		count(&likely, l.Grade >= finding.Likely)
	}
	for key := range labels {
		count(&stale, !met[key])
	}
	if stale > 0 {
		fmt.Fprintf(w, "labels that no finding has: %d\n", stale)
	}
	fmt.Fprintf(w, "likely findings without a label: %d of %d\n", v.unread, likely)
	fmt.Fprintf(w, "precision at likely: %s\n", share(v.yes, v.labelled()))
}

// around is how many lines of code are shown before and after the place of a finding.
const around = 8

// review writes the findings that are to be read: all likely ones, and of each
// rule some of the possible ones, always the same.
func review(o options, all []located, labels map[[3]string]label) error {
	var text writer
	fmt.Fprintf(&text, "# Findings to read\n\nLabels go to %s: %s.\n", o.labels, strings.ReplaceAll(labelColumns, "\t", ", "))
	sources := finding.NewSources()
	for _, l := range choose(all, o.count) {
		writeFinding(&text, l, labels[l.key()], sources)
	}
	return finding.WriteFile(o.sample, text)
}

// choose sorts by rule, grade and crate. A rule that is off by default says
// much by design: of it, too, only some are read. Which ones goes by their
// fingerprints, so one more finding elsewhere changes little.
func choose(all []located, n int) []located {
	var out []located
	weak := map[string][]located{}
	for _, l := range all {
		if l.Grade >= finding.Likely && !offByDefault(l.Rule) {
			out = append(out, l)
		} else {
			weak[l.Rule] = append(weak[l.Rule], l)
		}
	}
	for _, list := range weak {
		slices.SortStableFunc(list, func(a, b located) int { return cmp.Compare(a.Fingerprint, b.Fingerprint) })
		out = append(out, list[:min(max(n, 0), len(list))]...)
	}
	slices.SortStableFunc(out, func(a, b located) int {
		return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(b.Grade, a.Grade), cmp.Compare(a.in.Crate, b.in.Crate),
			cmp.Compare(a.Primary.File, b.Primary.File), cmp.Compare(a.Primary.Line, b.Primary.Line), cmp.Compare(a.Primary.Col, b.Primary.Col),
			cmp.Compare(a.Fingerprint, b.Fingerprint))
	})
	return out
}

func writeFinding(w io.Writer, l located, known label, sources *finding.Sources) {
	fmt.Fprintf(w, "\n## %s, %s: %s %s, %s\n\n%s\n\n", l.Rule, l.Grade, l.in.Crate, l.in.Version, code(l.Item), l.Title)
	fmt.Fprintf(w, "fingerprint %s\n", l.Fingerprint)
	if known.verdict != "" {
		fmt.Fprintf(w, "label: %s: %s\n", known.verdict, known.reason)
	}
	for _, s := range l.Trace {
		fmt.Fprintf(w, "- %s:%d:%d %s\n", s.Span.File, s.Span.Line, s.Span.Col, s.Text)
	}
	for _, n := range l.Notes {
		fmt.Fprintf(w, "- note: %s\n", n)
	}
	if l.Fix != nil {
		fmt.Fprintf(w, "- help: %s\n", l.Fix.Text)
	}
	lines := sources.Lines(filepath.Join(l.in.Dir, filepath.FromSlash(l.Primary.File)))
	if l.Primary.IsZero() || len(lines) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s:%d:%d %s\n```rust\n", l.Primary.File, l.Primary.Line, l.Primary.Col, l.Label)
	last := l.Primary.Line
	if l.Primary.EndLine > last {
		last = min(l.Primary.EndLine, last+2*around)
	}
	for n := max(1, l.Primary.Line-around); n <= min(len(lines), last+around); n++ {
		mark := " "
		if n == l.Primary.Line {
			mark = ">"
		}
		fmt.Fprintf(w, "%s%5d %s\n", mark, n, lines[n-1])
	}
	fmt.Fprintln(w, "```")
}
