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

// judge tells which advisories concern a package.
type judge struct {
	db      *advisory.Database
	targets []string // an advisory that concerns none of them does not count; none is all
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
	return slices.ContainsFunc(j.of(x.name, x.version), func(a *advisory.Advisory) bool { return !isLight(a) })
}

func isLight(a *advisory.Advisory) bool {
	return a.Kind == advisory.Unmaintained || a.Kind == advisory.Notice
}

// problem is an advisory in a lock file. Versions do not matter: the same advisory of
// another version is the same problem.
type problem struct {
	a     *advisory.Advisory
	crate string
}

func (j *judge) problems(s *state) map[problem]bool {
	out := map[problem]bool{}
	for i := range s.tree.Packages {
		p := &s.tree.Packages[i]
		if !p.Source.CratesIO() {
			continue
		}
		for _, a := range j.of(p.Name, p.Version) {
			out[problem{a, p.Name}] = true
		}
	}
	return out
}

// brings says which advisories a change of the lock file brings: those that make it
// worse, and the lighter ones.
func (j *judge) brings(from, to *state) (worse, minor []string) {
	before := j.problems(from)
	for p := range j.problems(to) {
		if before[p] {
			continue
		}
		words := p.a.ID + " of " + p.crate
		if isLight(p.a) {
			minor = append(minor, words+" ("+string(p.a.Kind)+")")
		} else {
			worse = append(worse, words)
		}
	}
	slices.Sort(worse)
	slices.Sort(minor)
	return worse, minor
}
