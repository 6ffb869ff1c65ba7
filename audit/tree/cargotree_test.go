package tree

import (
	"fmt"
	"strings"
	"testing"
)

// treeOf is a tree as a lock file gives it, with edges like "app: a b".
func treeOf(edges ...string) *Tree {
	t := &Tree{Input: FromLock}
	at := map[string]int{}
	for _, e := range edges {
		name, _, _ := strings.Cut(e, ":")
		at[name] = len(t.Packages)
		p := Package{Name: name, Version: "1.0.0", Source: Source{Kind: Registry}}
		if strings.HasPrefix(name, "app") {
			p.Source = Source{Kind: Path}
		}
		t.Packages = append(t.Packages, p)
	}
	for _, e := range edges {
		name, to, _ := strings.Cut(e, ":")
		for _, d := range strings.Fields(to) {
			t.Packages[at[name]].Deps = append(t.Packages[at[name]].Deps, Dep{To: at[d]})
		}
	}
	t.rootsOfPaths()
	return t
}

func linesFrom(text string) *lines {
	l := &lines{}
	for line := range strings.Lines(text) {
		l.add(strings.TrimSuffix(line, "\n"))
	}
	return l
}

func TestPrune(t *testing.T) {
	tr := treeOf("app: a off", "a: m deep", "m: deep", "deep:", "off: deep more", "more:")
	tr.prune(linesFrom("0\tdefault\tapp v1.0.0 (/home/me/app)\n1\tx,std\ta v1.0.0\n2\t\tm v1.0.0 (proc-macro)\n3\t\tdeep v1.0.0\n\n1\tx,std\ta v1.0.0 (*)\n"))
	var b strings.Builder
	for i, p := range tr.Packages {
		fmt.Fprintf(&b, "%s %v %v", p.Name, p.NotBuilt == "", p.Features)
		for _, d := range p.Deps {
			fmt.Fprintf(&b, " %s:%v", tr.Packages[d.To].Name, !d.Off)
		}
		fmt.Fprintf(&b, " %v %v\n", p.ProcMacro, p.Member)
		_ = i
	}
	want := "app true [default] a:true off:false false true\na true [x std] m:true deep:false false false\nm true [] deep:true true false\n" +
		"deep true [] false false\noff false [] deep:true more:true false false\nmore false [] false false\n"
	if b.String() != want {
		t.Errorf("%swant\n%s", &b, want)
	}
	if got := fmt.Sprint(tr.Paths()[3]); got != "[0 1 2 3]" { // not by the edge that no build takes
		t.Errorf("the way to deep is %s", got)
	}
}

func TestShown(t *testing.T) {
	tr := &Tree{}
	for _, s := range []Source{{Kind: Registry}, {Kind: Registry, URL: "https://crates.example.org"}, {Kind: Git, URL: "https://example.org/a?branch=main", Rev: "0123"}, {Kind: Path}} {
		tr.Packages = append(tr.Packages, Package{Name: "a", Version: "1.0.0-rc.1+x", Source: s})
	}
	names := byName(tr.Packages)
	for line, want := range map[string]int{
		"a v1.0.0-rc.1+x":                                          0,
		"a v1.0.0-rc.1+x (*)":                                      0,
		"a v1.0.0-rc.1+x (proc-macro) (*)":                         0,
		"a v1.0.0-rc.1+x (registry `private`)":                     1,
		"a v1.0.0-rc.1+x (https://example.org/a?branch=main#0123)": 2,
		"a v1.0.0-rc.1+x (/home/me/a)":                             3,
		"a v2.0.0":                                                 -1,
		"b v1.0.0":                                                 -1,
		"":                                                         -1,
	} {
		if got := tr.shown(line, names); got != want {
			t.Errorf("%s: %d, want %d", line, got, want)
		}
	}
}
