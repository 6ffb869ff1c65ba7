package audit

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"softshell/audit/advisory"
	"softshell/audit/tree"
	"softshell/audit/version"
)

// Run judges each package of a tree by the advisories. Ignores count until the end
// of their day.
func Run(t *tree.Tree, db *advisory.Database, ignores []Ignore, today time.Time) *Result {
	r := &Result{Tree: t, Database: db}
	paths := t.Paths()
	used := make([]bool, len(ignores))
	ignores = slices.Clone(ignores)
	for i := range ignores {
		ignores[i].Expired = ignores[i].over(today)
	}
	for i := range t.Packages {
		p := &t.Packages[i]
		if p.Yanked && p.NotBuilt == "" {
			r.Yanked = append(r.Yanked, i)
		}
		about := db.Crate(p.Name)
		if len(about) == 0 {
			continue
		}
		v, err := version.Parse(p.Version)
		if err != nil {
			r.Incomplete = append(r.Incomplete, fmt.Sprintf("package %s: %v; it was not judged", p.Name, err))
			continue
		}
		for _, a := range about {
			if a.Withdrawn != "" || a.Collection != advisory.Crates || !a.Affects(v) {
				continue
			}
			m := Match{Package: i, Advisory: a, Path: paths[i]}
			switch {
			case !sameSource(a, p.Source):
				m.Why = otherSource(a, p.Source)
				r.NotJudged = append(r.NotJudged, m)
			case p.NotBuilt != "":
				m.Why = p.NotBuilt
				r.NotBuilt = append(r.NotBuilt, m)
				if use(ignores, used, a) == nil && p.TestsUnsure {
					r.Incomplete = append(r.Incomplete, fmt.Sprintf("package %s %s: %s, and %s is about it", p.Name, p.Version, p.NotBuilt, a.ID))
				}
			case !concerned(a, t, p):
				m.Why = "only on " + strings.Join(slices.Concat(a.Arch, a.OS), ", ")
				r.NotBuilt = append(r.NotBuilt, m)
				use(ignores, used, a)
			default:
				if m.Ignore = use(ignores, used, a); m.Ignore != nil && !m.Ignore.Expired {
					r.Ignored = append(r.Ignored, m)
				} else {
					r.Matches = append(r.Matches, m)
				}
			}
		}
	}
	for _, list := range [][]Match{r.Matches, r.NotBuilt, r.Ignored, r.NotJudged} {
		r.sort(list)
	}
	r.wrong(ignores, used)
	for _, p := range db.Problems {
		r.Incomplete = append(r.Incomplete, p.File+": "+p.Err)
	}
	return r
}

// concerned reports whether an advisory for some machines only is about one where the
// package runs.
func concerned(a *advisory.Advisory, t *tree.Tree, p *tree.Package) bool {
	return len(t.Targets) == 0 || p.AtBuild && a.Concerns(t.Host) || !p.BuildOnly && slices.ContainsFunc(t.Targets, a.Concerns)
}

// sort puts vulnerabilities first, of these what can run, then by severity, package
// and advisory.
func (r *Result) sort(list []Match) {
	slices.SortStableFunc(list, func(a, b Match) int {
		return cmp.Or(cmp.Compare(kindRank[a.Advisory.Kind], kindRank[b.Advisory.Kind]), cmp.Compare(a.reachRank(), b.reachRank()), -cmp.Compare(a.Advisory.CVSS.Least(), b.Advisory.CVSS.Least()),
			cmp.Compare(a.Package, b.Package), cmp.Compare(a.Advisory.ID, b.Advisory.ID))
	})
}

// reachRank is lower the more is known to run.
func (m *Match) reachRank() int {
	switch {
	case m.Reach == nil || m.Reach.Verdict == Unknown:
		return 1
	case m.Reach.Verdict == NotReached:
		return 2
	}
	return 0
}

var kindRank = map[advisory.Kind]int{advisory.Vulnerability: 0, advisory.Unsound: 1, advisory.Unmaintained: 2, advisory.Notice: 3}

// sameSource reports whether a package comes from where the advisory's does: crates.io,
// when it names no registry.
func sameSource(a *advisory.Advisory, s tree.Source) bool {
	if a.Source == "" {
		return s.CratesIO()
	}
	return s.Kind == tree.Registry && !s.CratesIO() && strings.TrimSuffix(s.URL, "/") == strings.TrimSuffix(withoutKind(a.Source), "/")
}

// withoutKind is the URL of a registry as Cargo.lock has it: "sparse+https://...".
func withoutKind(source string) string {
	if _, url, ok := strings.Cut(source, "+"); ok {
		return url
	}
	return source
}

// otherSource says that a package is another one than the advisory's, as far as is known.
func otherSource(a *advisory.Advisory, s tree.Source) string {
	theirs := "on crates.io"
	if a.Source != "" {
		theirs = "in the registry " + withoutKind(a.Source)
	}
	ours := "crates.io"
	switch {
	case s.Kind == tree.Path:
		ours = "a path"
	case s.Kind == tree.Git && s.URL == "": // a binary does not tell
		ours = "git"
	case s.Kind == tree.Git:
		ours = "git (" + s.URL + ")"
	case !s.CratesIO():
		ours = "the registry " + s.URL
	}
	return "it comes from " + ours + ", and the advisory is about the crate of that name " + theirs
}

// use finds the ignore of an advisory, by its id or by another name of it.
func use(ignores []Ignore, used []bool, a *advisory.Advisory) *Ignore {
	for i := range ignores {
		if ignores[i].ID == a.ID || slices.Contains(a.Aliases, ignores[i].ID) {
			used[i] = true
			return &ignores[i]
		}
	}
	return nil
}

func (i *Ignore) over(today time.Time) bool {
	return i.Until != "" && today.Format(time.DateOnly) > i.Until
}

func (r *Result) wrong(ignores []Ignore, used []bool) {
	for i := range ignores {
		switch ig := &ignores[i]; {
		case !used[i]:
			r.Wrong = append(r.Wrong, fmt.Sprintf("the ignore of %s matches nothing: remove it", ig.ID))
		case ig.Expired:
			r.Wrong = append(r.Wrong, fmt.Sprintf("the ignore of %s held until %s: look at it again", ig.ID, ig.Until))
		}
	}
}

// Complete reports whether all was judged.
func (r *Result) Complete() bool { return len(r.Incomplete) == 0 }

// Fails reports whether something is found that the user does not accept: a
// vulnerability, or one of the kinds in deny ("unsound", "unmaintained", "notice",
// "yanked").
func (r *Result) Fails(deny []string) bool {
	for i := range r.Matches {
		if k := r.Matches[i].Advisory.Kind; k == advisory.Vulnerability || slices.Contains(deny, string(k)) {
			return true
		}
	}
	return len(r.Yanked) > 0 && slices.Contains(deny, "yanked")
}
