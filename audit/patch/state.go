package patch

import (
	"os"
	"slices"
	"strings"

	"softshell/audit/advisory"
	"softshell/audit/tree"
	"softshell/audit/version"
)

// state is a Cargo.lock.
type state struct {
	text []byte
	tree *tree.Tree
}

// id names a package of a lock file.
type id struct {
	name, version string
	source        tree.Source
}

func idOf(p *tree.Package) id { return id{p.Name, p.Version, p.Source} }

// readState reads a Cargo.lock by itself.
func readState(file string) (*state, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	t, err := tree.ReadLock(file)
	if err != nil {
		return nil, err
	}
	return &state{text, t}, nil
}

func (s *state) find(x id) int {
	return slices.IndexFunc(s.tree.Packages, func(p tree.Package) bool { return idOf(&p) == x })
}

// spec is how cargo is told of a package: by its name alone when that is clear.
func (s *state) spec(p *tree.Package) string {
	n := 0
	for i := range s.tree.Packages {
		if s.tree.Packages[i].Name == p.Name {
			n++
		}
	}
	if n > 1 {
		return p.Name + "@" + p.Version
	}
	return p.Name
}

// holders are the packages that depend on a package.
func (s *state) holders(i int) []int {
	var out []int
	for j := range s.tree.Packages {
		if slices.ContainsFunc(s.tree.Packages[j].Deps, func(d tree.Dep) bool { return d.To == i }) {
			out = append(out, j)
		}
	}
	return out
}

// changes says what becomes of the packages from one lock file to another.
func changes(a, b *state) []Change {
	gone, come := map[string][]string{}, map[string][]string{}
	less := func(from, than *state, out map[string][]string) {
		for i := range from.tree.Packages {
			if p := &from.tree.Packages[i]; than.find(idOf(p)) < 0 {
				out[p.Name] = append(out[p.Name], p.Version)
			}
		}
	}
	less(a, b, gone)
	less(b, a, come)
	var out []Change
	for name, olds := range gone {
		news := come[name]
		olds = slices.DeleteFunc(olds, func(from string) bool {
			k := slices.IndexFunc(news, func(to string) bool { return compatible(from, to) })
			if k >= 0 {
				out = append(out, Change{name, from, news[k]})
				news = slices.Delete(news, k, k+1)
			}
			return k >= 0
		})
		for len(olds) > 0 && len(news) > 0 {
			out = append(out, Change{name, olds[0], news[0]})
			olds, news = olds[1:], news[1:]
		}
		for _, v := range olds {
			out = append(out, Change{name, v, ""})
		}
		come[name] = news
	}
	for name, news := range come {
		for _, v := range news {
			out = append(out, Change{name, "", v})
		}
	}
	slices.SortFunc(out, func(x, y Change) int {
		if c := strings.Compare(x.Package, y.Package); c != 0 {
			return c
		}
		return version.Compare(x.From+x.To, y.From+y.To)
	})
	return out
}

// compatible reports whether Cargo may take one version in the place of the other.
func compatible(a, b string) bool {
	x, err := version.Parse(a)
	y, bad := version.Parse(b)
	return err == nil && bad == nil && (x.Compatible(y) || y.Compatible(x))
}

// judge tells which advisories concern a package.
type judge struct {
	db      *advisory.Database
	targets []string // an advisory that concerns none of them does not count; none is all
	deny    []string // kinds of advisories that the user does not accept
}

// of are the advisories of a version of a crate from crates.io.
func (j *judge) of(name, num string) []*advisory.Advisory {
	v, err := version.Parse(num)
	if err != nil {
		return nil
	}
	var out []*advisory.Advisory
	for _, a := range j.db.Crate(name) {
		if a.Collection != advisory.Rust && a.Withdrawn == "" && a.Source == "" && j.concerns(a) && a.Affects(v) {
			out = append(out, a)
		}
	}
	return out
}

func (j *judge) concerns(a *advisory.Advisory) bool {
	return len(j.targets) == 0 || slices.ContainsFunc(j.targets, a.Concerns)
}

// harms reports whether an advisory of a package is more than that nobody cares for it.
func (j *judge) harms(x id) bool {
	return slices.ContainsFunc(j.of(x.name, x.version), func(a *advisory.Advisory) bool { return !j.light(a) })
}

// light reports whether an advisory only says that a crate is unmaintained, or gives
// notice, and the user accepts such.
func (j *judge) light(a *advisory.Advisory) bool {
	return isLight(a) && !slices.Contains(j.deny, string(a.Kind))
}

func isLight(a *advisory.Advisory) bool {
	return a.Kind == advisory.Unmaintained || a.Kind == advisory.Notice
}

// problem is an advisory in a lock file. Which versions have it does not matter, but how
// many: the same advisory of another version is the same problem.
type problem struct {
	a     *advisory.Advisory
	crate string
}

func (p problem) words() string { return p.a.ID + " of " + p.crate }

func (j *judge) problems(s *state) map[problem]int {
	out := map[problem]int{}
	for i := range s.tree.Packages {
		p := &s.tree.Packages[i]
		if !p.Source.CratesIO() {
			continue
		}
		for _, a := range j.of(p.Name, p.Version) {
			out[problem{a, p.Name}]++
		}
	}
	return out
}

// brings says which advisories a change of the lock file brings: those that make it
// worse, and the lighter ones.
func (j *judge) brings(from, to *state) (worse, minor []string) {
	before := j.problems(from)
	for p, n := range j.problems(to) {
		if n <= before[p] {
			continue
		}
		words := p.words()
		if j.light(p.a) {
			minor = append(minor, words+" ("+string(p.a.Kind)+")")
		} else {
			worse = append(worse, words)
		}
	}
	slices.Sort(worse)
	slices.Sort(minor)
	return worse, minor
}
