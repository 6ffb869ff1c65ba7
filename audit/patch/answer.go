package patch

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"softshell/audit"
	"softshell/audit/advisory"
	"softshell/audit/tree"
	"softshell/audit/version"
)

// answer says what becomes of a match behind the steps, and what else can be done.
func (s *solver) answer(m *audit.Match) (*Mend, error) {
	p := s.res.Tree.Packages[m.Package]
	out := &Mend{Match: m, Package: p, Affected: m.Advisory.Affected.String(), To: p.Version}
	x := idOf(&p)
	if to, moved := s.became[x]; moved {
		x.version, out.To = to, to
		if v, err := version.Parse(to); to == "" || err == nil && !m.Advisory.Affects(v) {
			out.State = Mended
			return out, nil
		}
	}
	i := s.now.find(x)
	if i < 0 {
		out.State = Unknown // the lock file was read differently than cargo does
		return out, nil
	}
	if err := s.elsewhere(out, i); err != nil {
		return nil, err
	}
	if out.State == Edited {
		return out, nil
	}
	out.To = ""
	return out, s.advise(out, i)
}

// elsewhere looks for a change of manifests that rids Cargo.lock of an advisory.
func (s *solver) elsewhere(out *Mend, i int) error {
	p := &s.now.tree.Packages[i]
	all, err := s.choices(p.Name, p.Version)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(c choice) bool { return out.Match.Advisory.Affects(c.v) })
	if len(all) == 0 {
		out.State = NoPatch
		if len(out.Match.Advisory.Patched) > 0 {
			out.State = Unknown
			if s.index.Versions(p.Name) != nil {
				out.State = Blocked // none that is not yanked, or does not bring another advisory
			}
		}
		return nil
	}
	for _, c := range all[:min(len(all), 5)] {
		out.Newer = append(out.Newer, c.num)
	}
	out.State = Blocked
	for want, n := all, 0; len(want) > 0 && n < tries; want, n = want[1:], n+1 {
		var m move
		if err := s.climb(s.now, i, want, map[int]bool{}, &m); err != nil {
			return err
		}
		if n == 0 {
			out.Holders = s.who(i, want)
			for _, b := range m.blocks {
				if !slices.ContainsFunc(out.Holders, func(h Holder) bool { return h.Package == b.Package && h.Version == b.Version }) {
					out.Holders = append(out.Holders, b)
				}
			}
		}
		if len(m.blocks) > 0 || len(m.edits) == 0 {
			continue
		}
		edits, after, to, err := s.edited(idOf(p), want, &m)
		if err != nil {
			return err
		}
		if edits != nil {
			out.State, out.Edits, out.After, out.To = Edited, edits, after, to
			return nil
		}
	}
	return nil
}

// who are the packages that ask for a version which must go.
func (s *solver) who(i int, want []choice) []Holder {
	var out []Holder
	on := &s.now.tree.Packages[i]
	for _, h := range s.holdersOf(s.now, i) {
		for _, a := range h.reqs {
			if !slices.ContainsFunc(want, func(c choice) bool { return a.req.Matches(c.v) }) {
				out = append(out, s.holder(&s.now.tree.Packages[h.at], on, a.raw))
				break
			}
		}
	}
	return out
}

// tried is the outcome of a change of manifests.
type tried struct {
	edits []Edit
	after []Step
	to    string
}

// edited tries a move in the sandbox and takes it back. No edits: it does not work.
func (s *solver) edited(x id, want []choice, m *move) ([]Edit, []Step, string, error) {
	key := fmt.Sprint(x, m.steps)
	for _, e := range m.edits {
		key += fmt.Sprintf(" %s:%d %s", e.file, e.key.line, e.to)
	}
	if t, ok := s.edits[key]; ok {
		return t.edits, t.after, t.to, nil
	}
	old := *s
	lines, undo, err := s.apply(m.edits)
	if err != nil {
		return nil, nil, "", undo() // a form that is not understood is not changed
	}
	t, err := s.resolved(x, want, m, lines)
	s.now, s.steps, s.became = old.now, old.steps, old.became
	if back := undo(); err == nil {
		err = back
	}
	if err != nil {
		return nil, nil, "", err
	}
	s.edits[key] = t
	return t.edits, t.after, t.to, nil
}

// resolved lets cargo resolve the changed manifests, and takes the steps that are
// still needed then.
func (s *solver) resolved(x id, want []choice, m *move, lines []Edit) (tried, error) {
	next, no, err := s.try([]string{"update", "--workspace"})
	if no != nil || err != nil {
		return tried{}, err
	}
	start := s.now
	if s.judge.worse(start, next) != "" {
		return tried{}, nil
	}
	s.steps, s.became = nil, map[id]string{}
	s.now = next
	if s.now.find(x) >= 0 {
		rest := move{steps: m.steps}
		if ok, err := s.moveAll(x, want, &rest); !ok || err != nil {
			return tried{}, err
		}
	}
	to := ""
	for _, c := range changes(start, s.now) {
		if c.Package == x.name && (c.From == x.version || c.From == "") {
			to = cmp.Or(c.To, to)
		}
	}
	return tried{lines, s.steps, to}, nil
}

// advise tells what can be done where versions do not help.
func (s *solver) advise(out *Mend, i int) error {
	feature, err := s.featureOff(i)
	if err != nil {
		return err
	}
	if feature != nil {
		out.Advice = append(out.Advice, *feature)
	}
	a, p := out.Match.Advisory, &s.now.tree.Packages[i]
	if names := replacements(a); len(names) > 0 {
		out.Advice = append(out.Advice, Advice{Kind: Replace, Text: "The advisory names in place of " + p.Name + ": " + strings.Join(names, ", ") + ". Nobody has vetted them here."})
	}
	if a.Kind != advisory.Unmaintained && a.Kind != advisory.Notice {
		out.Advice = append(out.Advice, s.patched(out, p))
		if f := forbid(a, s.now.tree, i); f != nil {
			out.Advice = append(out.Advice, *f)
		}
	}
	return nil
}

// patched is the entry that puts a mended source in the place of a package.
func (s *solver) patched(out *Mend, p *tree.Package) Advice {
	keep := fmt.Sprintf("It must call itself %s, a version that those who depend on it accept", p.Version)
	if git, rev, what := mendIn(out.Match.Advisory); git != "" {
		return Advice{Kind: Patch, File: "Cargo.toml",
			Text:    "The advisory points to " + what + "; whether it holds the whole mend was not looked at. " + keep + ".",
			Snippet: fmt.Sprintf("[patch.crates-io]\n%s = { git = %q, rev = %q }", p.Name, git, rev)}
	}
	return Advice{Kind: Patch, File: "Cargo.toml",
		Text:    "A copy of the source that you mend yourself can stand in its place. " + keep + ".",
		Snippet: fmt.Sprintf("[patch.crates-io]\n%s = { path = %q }", p.Name, "patched/"+p.Name)}
}

// forbid lets clippy reject what the advisory names, in a program that can name it
// too: one whose own packages depend on the package.
func forbid(a *advisory.Advisory, t *tree.Tree, i int) *Advice {
	v, err := version.Parse(t.Packages[i].Version)
	direct := slices.ContainsFunc(t.Packages, func(p tree.Package) bool {
		return p.Source.Kind == tree.Path && slices.ContainsFunc(p.Deps, func(d tree.Dep) bool { return d.To == i })
	})
	if err != nil || !direct {
		return nil
	}
	var methods, types []string
	for _, f := range a.In(v) {
		path, ok := cleanPath(f.Path)
		if !ok {
			continue
		}
		last := path[strings.LastIndex(path, ":")+1:]
		line := fmt.Sprintf("    { path = %q, reason = %q },", path, a.ID)
		if last[0] >= 'A' && last[0] <= 'Z' {
			types = append(types, line)
		} else {
			methods = append(methods, line)
		}
	}
	var lines []string
	for _, t := range []struct {
		key  string
		list []string
	}{{"disallowed-methods", methods}, {"disallowed-types", types}} {
		if len(t.list) > 0 {
			lines = append(lines, t.key+" = [")
			lines = append(append(lines, t.list...), "]")
		}
	}
	if lines == nil {
		return nil
	}
	return &Advice{Kind: Forbid, File: "clippy.toml", Snippet: strings.Join(lines, "\n"),
		Text: "Clippy then rejects what the advisory names wherever your own code uses it (cargo clippy -- -D clippy::disallowed_methods -D clippy::disallowed_types). Calls from other crates are not seen."}
}

// cleanPath takes the generic parameters and the brackets out of a path as advisories
// write it. ok is false when what is left names no item.
func cleanPath(path string) (string, bool) {
	var b strings.Builder
	depth := 0
	for _, r := range path {
		switch {
		case r == '<':
			depth++
		case r == '>':
			depth--
		case depth == 0 && r != ' ':
			b.WriteRune(r)
		}
	}
	out := strings.TrimSuffix(strings.TrimSuffix(b.String(), "()"), "::")
	parts := strings.Split(out, "::")
	if len(parts) < 2 {
		return "", false
	}
	for _, p := range parts {
		if p == "" || strings.ContainsFunc(p, func(r rune) bool {
			return !(r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z')
		}) {
			return "", false
		}
	}
	return out, true
}

// mendIn is a commit or a pull request that an advisory points to.
func mendIn(a *advisory.Advisory) (git, rev, what string) {
	for _, kind := range []string{"commit", "pull"} {
		for _, url := range append(slices.Clone(a.References), a.URL) {
			rest, ok := strings.CutPrefix(url, "https://github.com/")
			parts := strings.Split(strings.TrimSuffix(rest, "/"), "/")
			if !ok || len(parts) < 4 || parts[2] != kind || !word(parts[0]) || !word(parts[1]) {
				continue
			}
			at := strings.TrimSuffix(parts[3], ".patch")
			git = "https://github.com/" + parts[0] + "/" + parts[1]
			switch {
			case kind == "commit" && len(at) >= 7 && strings.Trim(at, "0123456789abcdef") == "":
				return git, at, "the commit " + at[:7]
			case kind == "pull" && at != "" && strings.Trim(at, "0123456789") == "":
				return git, "refs/pull/" + at + "/head", "the pull request " + at
			}
		}
	}
	return "", "", ""
}

// word reports whether s can be the name of a repository or its owner.
func word(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !(r == '_' || r == '-' || r == '.' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z')
	})
}
