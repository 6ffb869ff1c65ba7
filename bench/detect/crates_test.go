package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"softshell/finding"
)

func TestReadCrates(t *testing.T) {
	got, err := readCrates(strings.NewReader("# list\nserde_json\n  slab # here\n\nslab\n"))
	if err != nil || !slices.Equal(got, []string{"serde_json", "slab"}) {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := readCrates(strings.NewReader("a\nb 1.0\n")); err == nil || !strings.HasPrefix(err.Error(), "line 2:") {
		t.Errorf("got %v", err)
	}
}

func TestLabels(t *testing.T) {
	for bad, says := range map[string]string{
		"a\t1\tr\tf\ti\ttrue":                                   "line 2: 6 columns",
		"a\t1\tr\tf\ti\tyes\twhy":                               `line 2: the verdict "yes"`,
		"a\t1\tr\tf\ti\ttrue\t":                                 "line 2: no reason",
		"a\t1\tr\tf\ti\ttrue\tw\na\t2\tr\tf\ti\tunclear\tagain": "line 3: this finding is labelled true before",
	} {
		if _, err := readLabels(strings.NewReader(labelColumns + "\n" + bad + "\n")); err == nil || !strings.HasPrefix(err.Error(), says) {
			t.Errorf("%q: got %v", bad, err)
		}
	}
	labels, err := readLabels(strings.NewReader(labelColumns + "\na\t1.0.0\tdouble-free\tf0\tg\ttrue\twhy\na\t1.0.0\tdouble-free\tf1\tg\tfalse\twhy\n" +
		"a\t1.0.0\tdouble-free\tf2\tg\tunclear\twhy\na\t1.0.0\tdouble-free\tgone\tg\ttrue\twhy\n"))
	if err != nil {
		t.Fatal(err)
	}
	r := &record{Crate: "a", Version: "1.0.1"}
	var all []located
	for i := range 4 {
		all = append(all, located{finding.Finding{Rule: "double-free", Grade: finding.Likely, Fingerprint: fmt.Sprintf("f%d", i)}, r})
	}
	all = append(all, located{finding.Finding{Rule: "double-free", Grade: finding.Possible, Fingerprint: "weak"}, r})
	var out bytes.Buffer
	precision(&out, all, labels)
	want := "labels that no finding has: 1\nlikely findings without a label: 1 of 4\nprecision at likely: 33.3 % (1 of 3)\n"
	if out.String() != want {
		t.Errorf("got %q", out.String())
	}
}

func TestHeadOfLabels(t *testing.T) {
	text, err := os.ReadFile("../labels.tsv")
	if err != nil {
		t.Fatal(err)
	}
	if head, _, _ := strings.Cut(string(text), "\n"); head != labelColumns {
		t.Errorf("got %q", head)
	}
	if _, err := readLabels(bytes.NewReader(text)); err != nil {
		t.Error(err)
	}
}

func TestReview(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "lib.rs"), []byte(strings.Repeat("// line\n", 30)), 0o644); err != nil {
		t.Fatal(err)
	}
	r := &record{Crate: "a", Version: "1.0.0", Dir: dir}
	var all []located
	for i := range 20 {
		f := finding.Finding{Rule: "r", Title: "t", Item: "f", Fingerprint: fmt.Sprintf("%02d", (i*7)%20),
			Primary: finding.Span{File: "lib.rs", Line: 12, Col: 1, EndLine: 12, EndCol: 3}}
		if i%10 == 0 {
			f.Grade = finding.Likely
		}
		all = append(all, located{f, r})
	}
	prints := func(list []located) (out []string) {
		for _, l := range choose(list, 2) {
			out = append(out, l.Fingerprint)
		}
		return out
	}
	got := prints(all)
	if !slices.Equal(got, []string{"00", "10", "01", "02"}) {
		t.Errorf("got %q", got)
	}
	slices.Reverse(all)
	if again := prints(all); !slices.Equal(got, again) {
		t.Errorf("in another order %q", again)
	}
	o := options{sample: filepath.Join(dir, "review.md"), count: 0}
	if err := review(o, all, nil); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(o.sample)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(text), "fingerprint 00") != 1 || strings.Count(string(text), "// line") != 2*(2*around+1) || !strings.Contains(string(text), ">   12 // line") {
		t.Errorf("got\n%s", text)
	}
}
