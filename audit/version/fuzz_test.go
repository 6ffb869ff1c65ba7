package version

import "testing"

// What is read is printed and read as the same, and the order is one.
func FuzzVersion(f *testing.F) {
	for i, s := range ordered {
		f.Add(s, ordered[(i+7)%len(ordered)], "1.0.0-rc.1+b")
	}
	f.Fuzz(func(t *testing.T, a, b, c string) {
		var vs []Version
		for _, s := range []string{a, b, c} {
			v, err := Parse(s)
			if err != nil {
				return
			}
			if v.String() != s || v.Compare(v) != 0 {
				t.Errorf("%q is %s", s, v)
			}
			vs = append(vs, v)
		}
		x, y, z := vs[0], vs[1], vs[2]
		if x.Compare(y) != -y.Compare(x) || x.Compare(y) <= 0 && y.Compare(z) <= 0 && x.Compare(z) > 0 {
			t.Errorf("%s %s %s have no order", x, y, z)
		}
	})
}

// By precedence a requirement takes at least what Cargo takes, when all its numbers
// are written; Wide takes it always.
func FuzzRequirement(f *testing.F) {
	for _, s := range []string{"^1.2.3", ">= 1.0, < 2", "~0.3", "1.*", "= 1.2.3-alpha.1", "> 1, <= 1.2.0-a", "*", "<=1.x"} {
		f.Add(s, "1.2.3")
		f.Add(s, "1.2.0-alpha.1")
	}
	f.Fuzz(func(t *testing.T, req, s string) {
		r, err := ParseRequirement(req)
		if err != nil {
			return
		}
		again, err := ParseRequirement(r.String())
		if err != nil || again.String() != r.String() {
			t.Errorf("%q is printed as %s, and that is read as %s %v", req, r, again, err)
		}
		v, err := Parse(s)
		if err != nil {
			return
		}
		span, ok := r.Range()
		wide, _ := r.Wide()
		if ok && span.Contains(v) && !wide.Contains(v) {
			t.Errorf("%s: the wide range %s lacks %s of %s", r, wide, v, span)
		}
		if r.Matches(v) && v.Pre == "" && !wide.Contains(v) {
			t.Errorf("%s: Cargo takes %s, the wide range %s does not", r, v, wide)
		}
		all := Union(span)
		if in, out := all.Contains(v), all.Complement().Contains(v); in == out {
			t.Errorf("%s: %s lies in %s: %t, and in what is left: %t", r, v, all, in, out)
		}
	})
}
