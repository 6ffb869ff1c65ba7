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
	if !p.Source.CratesIO() {
		out.State, out.To, out.Tried = Unknown, "", []string{"it comes from another registry than crates.io, whose index is not read here"}
		return out, nil
	}
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
	for _, c := range all {
		if c.older {
			out.Older = cmp.Or(out.Older, c.num)
		} else if len(out.Newer) < 5 {
			out.Newer = append(out.Newer, c.num)
		}
	}
	all = slices.DeleteFunc(all, func(c choice) bool { return c.older }) // nobody goes back by hand unless he must
	if len(all) == 0 {
		out.State = NoPatch
		if len(out.Match.Advisory.Patched) > 0 {
			out.State = Unknown
			if s.index.Fixed() {
				out.Tried = []string{s.index.Place + " stands for crates.io and has no version that mends it: put one there first (cargo vendor)"}
			} else if s.index.Versions(p.Name) != nil {
				out.State = Blocked // none that is not yanked, or does not bring another advisory
			}
		}
		return nil
	}
	out.State = Blocked
	s.goal = idOf(p)
	defer func() { s.nth, s.lenient = 0, false }()
	for _, s.lenient = range []bool{false, true} {
		for _, s.nth = range []int{0, 1, 2, -1} {
			var m move
			if err := s.climb(s.now, i, all, map[int]bool{}, &m); err != nil {
				return err
			}
			if out.Holders == nil {
				out.Holders = s.who(i, all)
				for _, b := range m.blocks {
					if !slices.ContainsFunc(out.Holders, func(h Holder) bool { return h.Package == b.Package && h.Version == b.Version }) {
						out.Holders = append(out.Holders, b)
					}
				}
			}
			if len(m.blocks) > 0 || len(m.edits) == 0 {
				break // other versions change nothing about that
			}
			t, err := s.edited(idOf(p), all, &m)
			if err != nil {
				return err
			}
			if v, err := version.Parse(t.to); err == nil && out.Match.Advisory.Affects(v) {
				s.tell("%s: %s becomes %s, which is affected too", editWords(m.edits), p.Name, t.to)
				continue
			}
			if t.edits != nil {
				out.State, out.Edits, out.After, out.To, out.Brings, out.moved = Edited, t.edits, t.after, t.to, t.brings, m.edits
				return nil
			}
		}
	}
	out.Tried = s.told[s.goal]
	if s.missing[s.goal] {
		out.State = Unknown
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
	edits  []Edit
	after  []Step
	to     string
	brings []string
}

// edited tries a move in the sandbox and takes it back. No edits: it does not work.
func (s *solver) edited(x id, want []choice, m *move) (tried, error) {
	key := fmt.Sprint(x, s.lenient)
	for _, e := range m.edits {
		key += fmt.Sprintf(" %s:%d %s", e.file, e.key.line, e.to)
	}
	for _, c := range want {
		key += " " + c.num
	}
	if t, ok := s.edits[key]; ok {
		return t, nil
	}
	start := s.save()
	lines, undo, err := s.apply(m.edits)
	if err != nil {
		s.tell("%v", err)
		return tried{}, undo() // a form that is not understood is not changed
	}
	t, err := s.resolved(x, want, m, lines)
	if back := undo(); err == nil {
		err = back
	}
	if back := s.load(start); err == nil {
		err = back
	}
	s.edits[key] = t
	return t, err
}

// resolved lets cargo resolve the changed manifests, and takes the steps that are
// still needed then.
func (s *solver) resolved(x id, want []choice, m *move, lines []Edit) (tried, error) {
	start := s.now
	words := editWords(m.edits)
	next, no, err := s.try([]string{"update", "--workspace"})
	if err != nil {
		return tried{}, err
	}
	if no != nil {
		s.tell("%s: %s", words, no.said)
		return tried{}, nil
	}
	worse, brings := s.judge.brings(start, next)
	if len(worse) > 0 || len(brings) > 0 && !s.lenient {
		s.tell("%s: it brings %s", words, strings.Join(append(worse, brings...), ", "))
		return tried{}, nil
	}
	s.steps, s.became, s.now = nil, map[id]string{}, next
	if s.now.find(x) >= 0 {
		// The lock file keeps what still fits: the package may be free to move now.
		rest := move{}
		if i := s.now.find(x); len(s.fitting(s.now, i, want)) == 0 {
			if err := s.climb(s.now, i, want, map[int]bool{}, &rest); err != nil {
				return tried{}, err
			}
		}
		if len(rest.edits)+len(rest.blocks) > 0 {
			s.tell("%s: %s %s stays", words, x.name, x.version)
			return tried{}, nil
		}
		if ok, err := s.moveAll(x, want, &rest); !ok || err != nil {
			return tried{}, err
		}
	}
	if err := s.further(id{x.name, becomes(x, start, s.now), x.source}, want); err != nil {
		return tried{}, err
	}
	worse, brings = s.judge.brings(start, s.now)
	if len(worse) > 0 || len(brings) > 0 && !s.lenient {
		return tried{}, nil // each step alone was no worse
	}
	return tried{lines, s.steps, becomes(x, start, s.now), brings}, nil
}

// further moves a package on that has become a version which is not wanted, if that goes.
func (s *solver) further(y id, want []choice) error {
	i := s.now.find(y)
	if i < 0 || slices.ContainsFunc(want, func(c choice) bool { return c.num == y.version }) {
		return nil
	}
	fit := s.fitting(s.now, i, want)
	_, err := s.lowest(len(fit), func(k int) (bool, error) { return s.step(i, fit[k].num, "") })
	return err
}

// becomes is the version that a package has in the place of its own; "" when it is gone.
func becomes(x id, from, to *state) string {
	num := ""
	for _, c := range changes(from, to) {
		if c.Package == x.name && (c.From == x.version || c.From == "") {
			num = cmp.Or(c.To, num)
		}
	}
	return num
}

// together tries all changes of manifests at once, each requirement at the highest
// version that a mend asks for.
func (s *solver) together(p *Plan) error {
	var all move
	for i := range p.Mends {
		for _, e := range p.Mends[i].moved {
			all.edit(e)
		}
	}
	if len(all.edits) == 0 {
		return nil
	}
	lines, undo, err := s.apply(all.edits)
	if err != nil {
		p.Notes = append(p.Notes, "The changes of Cargo.toml were tried one by one only: "+err.Error())
		return undo()
	}
	then, why, err := s.allAtOnce(p)
	if why != "" {
		p.Notes = append(p.Notes, "The changes of Cargo.toml work one by one, and not together: "+why)
	} else if err == nil {
		p.Edits, p.Then = lines, then
	}
	return cmp.Or(err, undo())
}

// allAtOnce resolves the manifests with all changes, and takes the steps that must
// follow. why tells what is not as the mends say.
func (s *solver) allAtOnce(p *Plan) (then []Step, why string, err error) {
	s.cargo.plain = true // once more, by the index of today
	next, no, err := s.try([]string{"update", "--workspace"})
	if no != nil || err != nil {
		return nil, no.words(), err
	}
	may, brought := s.judge.problems(s.now), []string{}
	for i := range p.Mends {
		m := &p.Mends[i]
		if m.State != Edited {
			continue
		}
		may[problem{m.Match.Advisory, m.Package.Name}]--
		brought = append(brought, m.Brings...)
		for _, st := range m.After { // it fits as it is, and has to be moved
			if next.find(id{st.Package, st.From, m.Package.Source}) < 0 || slices.ContainsFunc(then, func(o Step) bool { return o.Package == st.Package && o.To == st.To }) {
				continue
			}
			if next, no, err = s.try(st.Args); no != nil || err != nil {
				return nil, no.words(), err
			}
			then = append(then, st)
		}
	}
	var wrong []string
	for pr, n := range s.judge.problems(next) {
		if n > max(may[pr], 0) && !slices.ContainsFunc(brought, func(w string) bool { return strings.HasPrefix(w, pr.words()+" ") }) {
			wrong = append(wrong, pr.words())
		}
	}
	if len(wrong) > 0 {
		slices.Sort(wrong)
		return nil, "there is " + strings.Join(wrong, ", ") + " then", nil
	}
	return then, "", nil
}

func editWords(edits []edit) string {
	var out []string
	for _, e := range edits {
		if w := fmt.Sprintf("%s = %q", e.key.key, written(e.to, e.from)); !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return strings.Join(out, " and ")
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
	if out.Older != "" && out.State == NoPatch {
		out.Advice = append(out.Advice, Advice{Kind: Older, Text: p.Name + " " + out.Older + " is older than the mistake: it is not affected."})
	}
	if names := replacements(a); len(names) > 0 && out.State == NoPatch {
		out.Advice = append(out.Advice, Advice{Kind: Replace, Text: "The advisory names in place of " + p.Name + ": " + strings.Join(names, ", ") + ". Nobody has vetted them here."})
	}
	if isLight(a) {
		return nil
	}
	if entry := patched(out, p); entry != nil {
		out.Advice = append(out.Advice, *entry)
	}
	if f := forbid(a, s.now.tree, i); f != nil {
		out.Advice = append(out.Advice, *f)
	}
	return nil
}

// patched is the entry that puts a mended source in the place of a package.
func patched(out *Mend, p *tree.Package) *Advice {
	a := out.Match.Advisory
	git, rev, what := mendIn(a)
	must := fmt.Sprintf("It must call itself %s, or a version that those who depend on it accept", p.Version)
	switch {
	case git != "" && out.State == NoPatch:
		return &Advice{Kind: Patch, File: "Cargo.toml",
			Text:    "The advisory points to " + what + "; whether it holds the whole mend was not looked at. " + must + ".",
			Snippet: fmt.Sprintf("[patch.crates-io]\n%s = { git = %q, rev = %q }", p.Name, git, rev)}
	case a.Kind == advisory.Vulnerability:
		text := "A copy of the source that carries the mend can stand in its place. " + must + "."
		if git != "" {
			text += " The mend is " + what + " of " + git + "."
		}
		return &Advice{Kind: Patch, File: "Cargo.toml", Text: text,
			Snippet: fmt.Sprintf("[patch.crates-io]\n%s = { path = %q }", p.Name, "patched/"+p.Name)}
	}
	return nil
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
