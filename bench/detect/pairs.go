package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"softshell/finding"
	"softshell/rules"
)

// pair is one row of the input: a known bug.
type pair struct {
	Crate, Vulnerable, Patched, Class, Item, Source string
}

func (p pair) vulnerable() version { return version{p.Crate, p.Vulnerable, true} }

// patched is false when no version mends the bug.
func (p pair) patched() (version, bool) { return version{p.Crate, p.Patched, true}, p.Patched != "-" }

// readPairs reads the input; an error names the line.
func readPairs(r io.Reader) ([]pair, error) {
	var out []pair
	in := bufio.NewScanner(r)
	for n := 1; in.Scan(); n++ {
		line := strings.TrimSuffix(in.Text(), "\r")
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(line, "\t")
		for i := range f {
			f[i] = strings.TrimSpace(f[i])
		}
		if len(f) != 6 {
			return nil, fmt.Errorf("line %d: %d columns; crate, vulnerable, patched, class, item, source are 6, with one tab between two", n, len(f))
		}
		for i, name := range []string{"crate", "vulnerable version", "patched version (- for none)", "class", "item"} {
			if f[i] == "" || strings.ContainsAny(f[i], "\"\\") || i < 4 && strings.ContainsAny(f[i], " /") {
				return nil, fmt.Errorf("line %d: %q is no %s", n, f[i], name)
			}
		}
		for i, v := range f[1:3] {
			if !isVersion(v) && (i == 0 || v != "-") {
				return nil, fmt.Errorf("line %d: %q is no version", n, v)
			}
		}
		out = append(out, pair{f[0], f[1], f[2], f[3], f[4], f[5]})
	}
	return out, in.Err()
}

// isVersion asks for three numbers, with anything behind them.
func isVersion(s string) bool {
	s, _, _ = strings.Cut(s, "+")
	s, _, _ = strings.Cut(s, "-")
	parts := strings.Split(s, ".")
	return len(parts) == 3 && !slices.ContainsFunc(parts, func(p string) bool { return p == "" || strings.Trim(p, "0123456789") != "" })
}

// What came of a version of a row.
const (
	found       = "found"
	elsewhere   = "elsewhere" // the class, at other items
	missed      = "missed"
	silent      = "silent"
	stillFound  = "still found"
	notAnalysed = "not analysed"
	noPatch     = "-"
)

// judged is a row with what came of it.
type judged struct {
	pair
	before, after *record // after is nil where no version mends the bug
	vuln, fixed   string
	grade         string // of the strongest finding at the item
	afterGrade    string
}

func judge(p pair, records map[version]*record) judged {
	j := judged{pair: p, before: records[p.vulnerable()], vuln: notAnalysed, fixed: noPatch}
	if j.before.analysed() {
		at, other := p.findings(j.before)
		switch {
		case len(at) > 0:
			j.vuln, j.grade = found, strongest(at)
		case len(other) > 0:
			j.vuln = elsewhere
		default:
			j.vuln = missed
		}
	}
	if v, ok := p.patched(); ok {
		j.after, j.fixed = records[v], notAnalysed
		if j.after.analysed() {
			at, _ := p.findings(j.after)
			if j.fixed = silent; len(at) > 0 {
				j.fixed, j.afterGrade = stillFound, strongest(at)
			}
		}
	}
	return j
}

// findings are those of the row's class, at its item and elsewhere.
func (p pair) findings(r *record) (at, other []finding.Finding) {
	for _, f := range r.Findings {
		switch {
		case f.Rule != p.Class:
		case sameItem(p.Item, f.Item, p.Crate) || namesCall(p.Item, f.Title):
			at = append(at, f)
		default:
			other = append(other, f)
		}
	}
	return at, other
}

func strongest(list []finding.Finding) string {
	g := finding.Possible
	for _, f := range list {
		g = max(g, f.Grade)
	}
	return g.String()
}

// totals are counts over rows.
type totals struct {
	rows, analysed, found, likely, elsewhere int
	patched, silent                          int // of those found
	allPatched, allSilent                    int // of all with a patched version
	likelyPatched, likelySilent              int // found as likely; without a likely one in the patched version
}

func (t *totals) add(j judged) {
	t.rows++
	isFound := j.vuln == found
	isLikely := isFound && j.grade != finding.Possible.String()
	count(&t.analysed, j.vuln != notAnalysed)
	count(&t.found, isFound)
	count(&t.likely, isLikely)
	count(&t.elsewhere, j.vuln == elsewhere)
	if j.fixed == noPatch || j.fixed == notAnalysed {
		return
	}
	t.allPatched++
	count(&t.allSilent, j.fixed == silent)
	count(&t.patched, isFound)
	count(&t.silent, isFound && j.fixed == silent)
	count(&t.likelyPatched, isLikely)
	count(&t.likelySilent, isLikely && (j.fixed == silent || j.afterGrade == finding.Possible.String()))
}

func count(n *int, yes bool) {
	if yes {
		*n++
	}
}

// share writes "76.5 % (26 of 34)".
func share(n, of int) string {
	p := 0.0
	if of > 0 {
		p = 100 * float64(n) / float64(of)
	}
	return fmt.Sprintf("%.1f %% (%d of %d)", p, n, of)
}

func (t *totals) write(w io.Writer) {
	fmt.Fprintf(w, "rows: %d, not analysed in the vulnerable version: %d\n", t.rows, t.rows-t.analysed)
	fmt.Fprintf(w, "recall at likely: %s\n", share(t.likely, t.analysed))
	fmt.Fprintf(w, "silent on patched at likely, of those found at likely: %s\n", share(t.likelySilent, t.likelyPatched))
	fmt.Fprintf(w, "silent on patched, of all rows: %s\n", share(t.allSilent, t.allPatched))
	fmt.Fprintf(w, "recall: %s\n", share(t.found, t.analysed))
	fmt.Fprintf(w, "silent on patched: %s\n", share(t.silent, t.patched))
}

func runPairs(ctx context.Context, b *bench, o options) error {
	pairs, err := openPairs(o)
	if err != nil {
		return err
	}
	var list []version
	for _, p := range pairs {
		list = append(list, p.vulnerable())
		if v, ok := p.patched(); ok {
			list = append(list, v)
		}
	}
	records, err := b.all(ctx, unique(list))
	if err != nil {
		return err
	}
	var rows []judged
	var sum totals
	for _, p := range pairs {
		rows = append(rows, judge(p, records))
		sum.add(rows[len(rows)-1])
	}
	return output(o, func(w io.Writer) {
		fmt.Fprintf(w, "# %d known bugs\n\nrustc %s. Seconds are those of the analysis, without the compiler's.\n\n", len(rows), b.version)
		tablePairs(w, rows)
		tableClasses(w, rows)
		tableVersions(w, unique(list), records)
		if o.verbose {
			listFindings(w, rows)
		}
		fmt.Fprintln(w)
	}, sum.write)
}

// openPairs reads the file and leaves out what the flags do not name.
func openPairs(o options) ([]pair, error) {
	f, err := os.Open(o.pairs)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	pairs, err := readPairs(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.pairs, err)
	}
	pairs = slices.DeleteFunc(pairs, func(p pair) bool {
		return o.only != "" && p.Crate != o.only || o.class != "" && p.Class != o.class
	})
	if len(pairs) == 0 {
		return nil, fmt.Errorf("%s has no row to check", o.pairs)
	}
	known := map[string]bool{}
	for _, r := range rules.All() {
		known[r.ID] = true
	}
	for _, p := range pairs {
		if !known[p.Class] {
			known[p.Class] = true
			fmt.Fprintf(os.Stderr, "no rule is called %s: its rows are missed\n", p.Class)
		}
	}
	return pairs, nil
}

// unique keeps the first of equal ones.
func unique(list []version) []version {
	var out []version
	seen := map[version]bool{}
	for _, v := range list {
		if !seen[v] {
			seen[v] = true
			out = append(out, v)
		}
	}
	return out
}
