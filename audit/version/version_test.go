package version

import (
	"slices"
	"strings"
	"testing"
)

// ordered is SemVer's own list of examples and what crates do besides, the lowest first.
var ordered = strings.Fields(`0.0.0-0 0.0.0 0.0.1-0 0.0.1 0.1.0 1.0.0-0 1.0.0-0.0 1.0.0-1 1.0.0-9 1.0.0-10 1.0.0-99999999999999999999
	1.0.0--1 1.0.0-0a 1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.1.0 1.0.0-alpha.2 1.0.0-alpha.beta 1.0.0-alpha1 1.0.0-beta 1.0.0-beta.2
	1.0.0-beta.11 1.0.0-rc.1 1.0.0 1.0.1-0 1.0.1 1.2.0 1.10.0 2.0.0 10.0.0 18446744073709551615.0.0`)

func TestOrder(t *testing.T) {
	for i, a := range ordered {
		for j, b := range ordered {
			v, w := must(t, a), must(t, b)
			want := min(max(i-j, -1), 1)
			if got := v.Compare(w); got != want {
				t.Errorf("%s Compare %s = %d, want %d", a, b, got, want)
			}
			w.Build = "linux.01"
			if got := v.Compare(w); got != want {
				t.Errorf("%s Compare %s = %d, want %d: build metadata must not count", a, w, got, want)
			}
		}
		if got := must(t, a).String(); got != a {
			t.Errorf("%s is printed as %s", a, got)
		}
	}
}

func TestNoVersions(t *testing.T) {
	for _, s := range strings.Split("|1|1.2|v1.2.3|1.2.3.4|01.2.3|1.02.3|1.2.3-|1.2.3-01|1.2.3-a..b|1.2.3+|1.2.3-a+|1.2.3 | 1.2.3|1.2.x|-1.2.3|1.2.3-ä|18446744073709551616.0.0|1.2.3+a+b|1.2.3-\x00", "|") {
		if v, err := Parse(s); err == nil {
			t.Errorf("%q is read as %s", s, v)
		}
	}
	if err := func() error { _, err := Parse("1." + strings.Repeat("9", 1000)); return err }(); len(err.Error()) > 200 {
		t.Errorf("a long text is quoted whole: %v", err)
	}
}

func must(t testing.TB, s string) Version {
	t.Helper()
	v, err := Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestRanges(t *testing.T) {
	for _, c := range []struct{ req, want string }{
		{"1.2.3", ">= 1.2.3, < 2.0.0-0"},
		{"^0.2.3", ">= 0.2.3, < 0.3.0-0"},
		{"^0.0.3", ">= 0.0.3, < 0.0.4-0"},
		{"^0.0", ">= 0.0.0, < 0.1.0-0"},
		{"^ 0", ">= 0.0.0, < 1.0.0-0"},
		{"~1.2.3", ">= 1.2.3, < 1.3.0-0"},
		{"~1", ">= 1.0.0, < 2.0.0-0"},
		{"1.2.*", ">= 1.2.0, < 1.3.0-0"},
		{"=1.2", "= 1.2.0"},
		{"> 1", "> 1.0.0"},
		{"<= 1.2", "<= 1.2.0"},
		{"< 2.0.0, >= 1.0.0-alpha", ">= 1.0.0-alpha, < 2.0.0"},
		{"*", "all"},
		{">= 1.0.0+build", ">= 1.0.0"},
	} {
		req, err := ParseRequirement(c.req)
		if err != nil {
			t.Error(err)
			continue
		}
		r, ok := req.Range()
		if got := r.String(); !ok || got != c.want {
			t.Errorf("%s is %s, want %s", c.req, got, c.want)
		}
	}
	for _, s := range []string{"", ",", "1,", "1 2", ">", ">= ", "1.2.3-", "*, 1", "1, *", "1.*.3", "== 1", "!= 1", "1.2.3 || 2", ">=1.2.3\t"} {
		if r, err := ParseRequirement(s); err == nil {
			t.Errorf("%q is read as %s", s, r)
		}
	}
}

func TestAffected(t *testing.T) {
	for _, c := range []struct{ patched, unaffected, want string }{
		{"", "", "all"},
		{"*", "", "none"},
		{">= 1.0.0", "", "< 1.0.0"},
		{">= 1.2.0|^1.1.5", "< 1.0.0", ">= 1.0.0, < 1.1.5"},
		{"> 1.2.3", "<= 1.0.0", "> 1.0.0, <= 1.2.3"},
		{">= 0.12.4|0.11.9", "< 0.11.0|= 0.12.0", ">= 0.11.0, < 0.11.9 or >= 0.12.0-0, < 0.12.0 or > 0.12.0, < 0.12.4"},
		{">= 1.5.0", ">= 1.2.0, < 1.3.0", "< 1.2.0 or >= 1.3.0, < 1.5.0"},
	} {
		list := func(s string) []string {
			return slices.DeleteFunc(strings.Split(s, "|"), func(s string) bool { return s == "" })
		}
		got, err := Affected(list(c.patched), list(c.unaffected))
		if err != nil || got.String() != c.want {
			t.Errorf("patched %q unaffected %q: %v %v, want %s", c.patched, c.unaffected, got, err, c.want)
		}
	}
	if _, err := Affected([]string{">= 2.0.0, < 1.0.0"}, nil); err == nil {
		t.Error("a requirement that nothing fulfils is no error")
	}
	rs, _ := Affected([]string{">= 1.0.0"}, nil)
	if rs.Contains(must(t, "1.1.0-alpha")) || !rs.Contains(must(t, "1.0.0-alpha")) {
		t.Error("pre-releases are not ordered by precedence")
	}
}

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		req, version string
		want         bool
	}{
		{">= 1.0.0", "1.1.0-alpha", false},
		{">= 1.1.0-a", "1.1.0-alpha", true},
		{"=1.2", "1.2.9", true},
		{"> 1", "1.9.9", false},
		{"> 1", "2.0.0", true},
		{"<= 1.2", "1.2.9", true},
		{"*", "1.0.0-alpha", false},
		{"0.3", "0.3.7", true},
		{"0.3", "0.4.0", false},
	} {
		req, err := ParseRequirement(c.req)
		if err != nil {
			t.Fatal(err)
		}
		if got := req.Matches(must(t, c.version)); got != c.want {
			t.Errorf("%s matches %s: %t", c.req, c.version, got)
		}
		if r, _ := req.Wide(); c.want && !r.Contains(must(t, c.version)) {
			t.Errorf("%s: the wide range %s lacks %s", c.req, r, c.version)
		}
	}
	if !must(t, "0.3.1").Compatible(must(t, "0.3.2")) || must(t, "0.3.1").Compatible(must(t, "0.4.0")) || must(t, "1.3.1").Compatible(must(t, "1.3.0")) {
		t.Error("Compatible is not Cargo's caret")
	}
}

func TestCompareAllocatesNothing(t *testing.T) {
	rs, err := Affected([]string{">= 1.2.0-rc.3", ">= 1.1.5, < 1.2.0-0"}, []string{"< 1.0.0"})
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() {
		v, err := Parse("1.2.0-rc.2")
		if err != nil || !rs.Contains(v) {
			t.Fatal("not affected")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
