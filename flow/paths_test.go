package flow

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func drawElems(t *rapid.T, most int, unclear bool) []elem {
	steps := []elem{elemDeref, fieldElem(0, 0), fieldElem(0, 1), fieldElem(0, 0xffff), fieldElem(1, 0), fieldElem(1, 1), fieldElem(2, 0)}
	if unclear {
		steps = append(steps, elemAny)
	}
	return rapid.SliceOfN(rapid.SampledFrom(steps), 0, most).Draw(t, "steps")
}

// cut is what a list of steps is kept as.
func cut(es []elem) []elem {
	if len(es) <= maxPath {
		return es
	}
	return append(slices.Clone(es[:maxPath-1]), elemAny)
}

func TestElem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v, f := rapid.Int32Range(0, 1<<15-1).Draw(t, "variant"), rapid.Int32Range(0, 1<<16-1).Draw(t, "field")
		if e := fieldElem(v, f); e.variant() != v || e.field() != f || e == elemDeref || e == elemAny {
			t.Fatalf("variant %d field %d is read as %d and %d", v, f, e.variant(), e.field())
		}
	})
}

// A path has one name, a name one path, and a name stays good.
func TestPathsIntern(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := newPaths()
		if p.intern(nil) != 0 {
			t.Fatal("the empty path is not 0")
		}
		given := map[pathID][]elem{}
		for range rapid.IntRange(0, 20).Draw(t, "paths") {
			es := drawElems(t, maxPath+3, true)
			was := slices.Clone(es)
			id := p.intern(es)
			if !slices.Equal(es, was) {
				t.Fatalf("%v became %v", was, es)
			}
			if old, ok := given[id]; ok && !slices.Equal(old, cut(es)) {
				t.Fatalf("%v and %v are both %d", old, es, id)
			}
			given[id] = slices.Clone(cut(es))
			if p.intern(slices.Clone(es)) != id {
				t.Fatalf("%v has two names", es)
			}
			if slices.Equal(es, []elem{}) != (id == 0) {
				t.Fatalf("%v is %d", es, id)
			}
		}
		for id, es := range given {
			if !slices.Equal(p.elems(id), es) {
				t.Fatalf("%d was %v and is %v", id, es, p.elems(id))
			}
			if p.derefs(id) != slices.Contains(es, elemDeref) || p.hasAny(id) != slices.Contains(es, elemAny) {
				t.Fatalf("%v: deref %v, any %v", es, p.derefs(id), p.hasAny(id))
			}
		}
	})
}

// Joining is to paths what appending is to lists, but that what lies deep is cut off.
func TestPathsJoin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := newPaths()
		x, y, z := drawElems(t, maxPath, true), drawElems(t, maxPath, true), drawElems(t, maxPath, true)
		a, b, c := p.intern(x), p.intern(y), p.intern(z)
		if got := p.elems(p.join(a, b)); !slices.Equal(got, cut(slices.Concat(x, y))) {
			t.Fatalf("%v and %v give %v", x, y, got)
		}
		if p.join(a, 0) != a || p.join(0, a) != a {
			t.Fatalf("%v with nothing is another path", x)
		}
		if l, r := p.join(p.join(a, b), c), p.join(a, p.join(b, c)); l != r {
			t.Fatalf("%v %v %v: %v or %v", x, y, z, p.elems(l), p.elems(r))
		}
		if p.add(a, y...) != p.join(a, b) {
			t.Fatalf("%v and %v: add is not join", x, y)
		}
		if !slices.Equal(p.elems(a), x) || !slices.Equal(p.elems(b), y) {
			t.Fatal("joining changed a path")
		}
	})
}

// suffix takes off what join puts in front.
func TestPathsSuffix(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := newPaths()
		x, y := drawElems(t, maxPath, false), drawElems(t, maxPath, true)
		a, b := p.intern(x), p.intern(y)
		whole := p.join(a, b)
		rest, ok := p.suffix(a, whole)
		if !ok {
			t.Fatalf("%v is not in front of itself and %v", x, y)
		}
		switch {
		case len(x)+len(y) <= maxPath:
			if rest != b {
				t.Fatalf("%v before %v leaves %v", x, y, p.elems(rest))
			}
		case !p.hasAny(rest):
			t.Fatalf("%v before %v leaves %v, and more was cut off", x, y, p.elems(rest))
		}
		if rest, ok := p.suffix(0, b); !ok || rest != b {
			t.Fatalf("nothing before %v leaves %v", y, p.elems(rest))
		}
		if rest, ok := p.suffix(a, a); !ok || rest != 0 {
			t.Fatalf("%v before itself leaves %v", x, p.elems(rest))
		}
	})
}

// Whatever suffix says, its steps could be the same: it fails only where two steps exclude each other.
func TestPathsSuffixOfAny(t *testing.T) {
	may := func(a, b elem) bool { // could the two steps be one
		if a == elemAny || b == elemAny {
			return true
		}
		if (a == elemDeref) != (b == elemDeref) {
			return false
		}
		return a == elemDeref || a.field() == b.field() && (a.variant() == b.variant() || a.variant() == 0 || b.variant() == 0)
	}
	rapid.Check(t, func(t *rapid.T) {
		p := newPaths()
		x, y := drawElems(t, maxPath, true), drawElems(t, maxPath, true)
		want := true
		for i, e := range x {
			if i == len(y) {
				want = false
				break
			}
			if y[i] == elemAny && i == len(y)-1 {
				break // stands for all that lies inside
			}
			if want = may(e, y[i]); !want {
				break
			}
		}
		rest, ok := p.suffix(p.intern(x), p.intern(y))
		if ok != want {
			t.Fatalf("%v before %v: %v", x, y, ok)
		}
		if ok && len(p.elems(rest)) > len(y) {
			t.Fatalf("%v before %v leaves %v", x, y, p.elems(rest))
		}
	})
}

func TestPathsString(t *testing.T) {
	p := newPaths()
	some := p.symbol("Some")
	if p.symbol("Some") != some || p.symbol("") != 0 || p.symbol("None") == some {
		t.Error("variants are not told apart")
	}
	for want, es := range map[string][]elem{
		"":                  nil,
		".*.0":              {elemDeref, fieldElem(0, 0)},
		".(Some).0.?":       {fieldElem(some, 0), elemAny},
		".0.1.2.3.?":        {fieldElem(0, 0), fieldElem(0, 1), fieldElem(0, 2), fieldElem(0, 3), fieldElem(0, 4), fieldElem(0, 5)},
		".0.1.2.3.(Some).4": {fieldElem(0, 0), fieldElem(0, 1), fieldElem(0, 2), fieldElem(0, 3), fieldElem(some, 4)},
	} {
		if got := p.String(p.intern(es)); got != want {
			t.Errorf("%v is %q, want %q", es, got, want)
		}
	}
}
