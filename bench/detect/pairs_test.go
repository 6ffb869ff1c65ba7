package main

import (
	"bytes"
	"strings"
	"testing"

	"softshell/finding"
)

func TestReadPairs(t *testing.T) {
	text := "# crate\tvulnerable\tpatched\tclass\titem\tsource\n\nabox\t0.4.0\t-\tsend-sync\tAtomicBox\tpaper\r\nb-x\t1.0.0-rc.1+a\t1.0.1\tdouble-free\tFrom<Buffer>\t\n"
	got, err := readPairs(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	want := []pair{{"abox", "0.4.0", "-", "send-sync", "AtomicBox", "paper"}, {"b-x", "1.0.0-rc.1+a", "1.0.1", "double-free", "From<Buffer>", ""}}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("got %q", got)
	}
	if _, ok := got[0].patched(); ok {
		t.Error("a version for `-`")
	}
	for bad, says := range map[string]string{
		"a\t1.0.0\t1.0.1\tsend-sync\tX":              "line 2: 5 columns",
		"a 1.0.0 1.0.1 send-sync X s":                "line 2: 1 columns",
		"a\t1.0\t1.0.1\tsend-sync\tX\ts":             `line 2: "1.0" is no version`,
		"a\t-\t1.0.1\tsend-sync\tX\ts":               `line 2: "-" is no version`,
		"a\t1.0.0\tnone\tsend-sync\tX\ts":            `line 2: "none" is no version`,
		"a\t1.0.0\t1.0.1\tsend-sync\t \ts":           `line 2: "" is no item`,
		"\t1.0.0\t1.0.1\tsend-sync\tX\ts":            `line 2: "" is no crate`,
		"a/b\t1.0.0\t1.0.1\tsend-sync\tX\ts":         `line 2: "a/b" is no crate`,
		"a\t1.0.0\t1.0.1\tsend sync\tX\ts":           `line 2: "send sync" is no class`,
		"a\t1.0.0\t1.0.1\tsend-sync\tX\ts\tt\tmore?": "line 2: 8 columns",
	} {
		if _, err := readPairs(strings.NewReader("# first\n" + bad + "\n")); err == nil || !strings.HasPrefix(err.Error(), says) {
			t.Errorf("%q: got %v, want %q", bad, err, says)
		}
	}
}

// at makes a record with findings of one class at some items.
func at(grade finding.Grade, items ...string) *record {
	r := &record{Ways: []attempt{{Features: featuresDefault}}}
	for _, item := range items {
		r.Findings = append(r.Findings, finding.Finding{Rule: "double-free", Item: item, Grade: grade})
	}
	r.Findings = append(r.Findings, finding.Finding{Rule: "rc-cycle", Item: "A::f"})
	return r
}

func TestTotals(t *testing.T) {
	none := &record{Reason: "it does not compile"}
	rows := []struct {
		patched       string
		before, after *record
		vuln, fixed   string
	}{
		{"2.0.0", at(finding.Likely, "A<T>::f"), at(finding.Likely), found, silent},
		{"2.0.0", at(finding.Likely, "A<T>::f"), at(finding.Possible, "A<T>::f"), found, stillFound},
		{"2.0.0", at(finding.Possible, "A<T>::f", "g"), at(finding.Likely, "g"), found, silent},
		{"2.0.0", at(finding.Possible, "A<T>::f"), none, found, notAnalysed},
		{"2.0.0", at(finding.Likely, "A<T>::g"), at(finding.Likely), elsewhere, silent},
		{"2.0.0", at(finding.Likely), at(finding.Likely, "A::f"), missed, stillFound},
		{"2.0.0", none, at(finding.Likely), notAnalysed, silent},
		{"-", at(finding.Confirmed, "A<T>::f"), nil, found, noPatch},
		{"-", none, nil, notAnalysed, noPatch},
	}
	var sum totals
	for i, c := range rows {
		p := pair{"a", "1.0.0", c.patched, "double-free", "A::f", ""}
		records := map[version]*record{p.vulnerable(): c.before}
		if v, ok := p.patched(); ok {
			records[v] = c.after
		}
		j := judge(p, records)
		if j.vuln != c.vuln || j.fixed != c.fixed {
			t.Errorf("row %d: got %s, %s; want %s, %s", i, j.vuln, j.fixed, c.vuln, c.fixed)
		}
		sum.add(j)
	}
	var out bytes.Buffer
	sum.write(&out)
	want := `rows: 9, not analysed in the vulnerable version: 2
recall at likely: 42.9 % (3 of 7)
silent on patched at likely, of those found at likely: 100.0 % (2 of 2)
silent on patched, of all rows: 66.7 % (4 of 6)
recall: 71.4 % (5 of 7)
silent on patched: 66.7 % (2 of 3)
`
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
	if got := share(0, 0); got != "0.0 % (0 of 0)" {
		t.Error(got)
	}
}
