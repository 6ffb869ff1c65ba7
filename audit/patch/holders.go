package patch

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"softshell/audit/registry"
	"softshell/audit/tree"
	"softshell/audit/version"
)

// holding is a package that depends on another, and what it asks for.
type holding struct {
	at   int // index in the state
	reqs []asked
}

// asked is one requirement.
type asked struct {
	raw  string
	req  version.Requirement
	file string // the user's manifest it stands in; "" for a package of a registry
	key  declared
}

// holdersOf are the packages that depend on a package, with their requirements where
// those are known: from manifests on this machine, else from the index.
func (s *solver) holdersOf(st *state, i int) []holding {
	on := &st.tree.Packages[i]
	var out []holding
	for _, j := range st.holders(i) {
		h := holding{at: j}
		if p := &st.tree.Packages[j]; p.Source.Kind == tree.Path {
			h.reqs = s.written(p, on)
		} else if v := s.version(p.Name, p.Version); v != nil && p.Source.CratesIO() {
			h.reqs = published(v, on)
		}
		out = append(out, h)
	}
	return out
}

// version finds a version in the index.
func (s *solver) version(name, num string) *registry.Version {
	vs := s.index.Versions(name)
	for i := range vs {
		if vs[i].Num == num {
			return &vs[i]
		}
	}
	return nil
}

// published are the requirements by which a published version can mean a package. Its
// tests are its own affair: nobody else builds them.
func published(v *registry.Version, on *tree.Package) []asked {
	cur, err := version.Parse(on.Version)
	if err != nil {
		return nil
	}
	var out []asked
	for i := range v.Deps {
		d := &v.Deps[i]
		if d.Crate() != on.Name || d.Kind == "dev" {
			continue
		}
		if req, err := version.ParseRequirement(d.Req); err == nil && req.Matches(cur) {
			out = append(out, asked{raw: d.Req, req: req})
		}
	}
	return out
}

// written are the requirements of a package of this machine.
func (s *solver) written(p, on *tree.Package) []asked {
	cur, err := version.Parse(on.Version)
	if err != nil {
		return nil
	}
	var out []asked
	for _, dir := range s.box.dirs {
		file := filepath.Join(dir, "Cargo.toml")
		m := s.manifest(file)
		if m == nil || m.name != p.Name {
			continue
		}
		for _, d := range m.deps {
			from, at := m, file
			if d.shared || m.crate(&d) != on.Name && !m.inherits(&d) {
				continue
			}
			if m.inherits(&d) {
				root := filepath.Join(s.box.root, "Cargo.toml")
				w := s.manifest(root)
				if w == nil {
					continue
				}
				k := slices.IndexFunc(w.deps, func(e declared) bool { return e.shared && e.key == d.key })
				if k < 0 || w.crate(&w.deps[k]) != on.Name {
					continue
				}
				from, at, d = w, root, w.deps[k]
			}
			raw := from.req(&d)
			if req, err := version.ParseRequirement(raw); err == nil && raw != "" && req.Matches(cur) {
				out = append(out, asked{raw, req, at, d})
			}
		}
	}
	return out
}

// manifest reads a manifest of the user's, nil when it cannot be read.
func (s *solver) manifest(file string) *manifest {
	if m, ok := s.manifests[file]; ok {
		return m
	}
	var m *manifest
	if text, err := os.ReadFile(s.box.in(file)); err == nil {
		m = readManifest(string(text))
	}
	s.manifests[file] = m
	return m
}

// move is what has to happen so that a package can go: other packages first, and
// lines of manifests.
type move struct {
	steps  []target
	edits  []edit
	blocks []Holder // who takes none of the versions that mend
}

// target is a package that has to move, and the versions that would do.
type target struct {
	what id
	to   []choice
}

// edit is a change of a requirement in a manifest.
type edit struct {
	file     string
	key      declared
	on, from string
	to       version.Version
}

// deepest bounds how far up the tree a reason is looked for.
const deepest = 12

// climb finds out how all that hold a package can let it go for one of the versions
// wanted, the first of which is the best.
func (s *solver) climb(st *state, i int, want []choice, seen map[int]bool, m *move) error {
	if len(seen) > deepest || seen[i] {
		return nil
	}
	seen[i] = true
	on := &st.tree.Packages[i]
	for _, h := range s.holdersOf(st, i) {
		holds := slices.DeleteFunc(slices.Clone(h.reqs), func(a asked) bool {
			return slices.ContainsFunc(want, func(c choice) bool { return a.req.Matches(c.v) })
		})
		if len(holds) == 0 {
			continue
		}
		p := &st.tree.Packages[h.at]
		if p.Source.Kind == tree.Path {
			for _, a := range holds {
				m.edit(edit{a.file, a.key, on.Name, a.raw, s.pick(want).v})
			}
			continue
		}
		better, err := s.lettingGo(p, on.Name, want)
		if err != nil {
			return err
		}
		if len(better) == 0 {
			m.blocks = append(m.blocks, s.holder(p, on, holds[0].raw))
			continue
		}
		if fit := s.fitting(st, h.at, better); len(fit) > 0 {
			m.step(target{idOf(p), fit})
			continue
		}
		if err := s.climb(st, h.at, better, seen, m); err != nil {
			return err
		}
	}
	return nil
}

// pick is the version that is written into a manifest.
func (s *solver) pick(want []choice) choice {
	if s.nth < 0 {
		return want[len(want)-1]
	}
	return want[min(s.nth, len(want)-1)]
}

func (m *move) step(t target) {
	if !slices.ContainsFunc(m.steps, func(o target) bool { return o.what == t.what }) {
		m.steps = append(m.steps, t)
	}
}

func (m *move) edit(e edit) {
	for i := range m.edits {
		o := &m.edits[i]
		if o.file == e.file && o.key.line == e.key.line {
			if o.to.Compare(e.to) < 0 {
				o.to = e.to
			}
			return
		}
	}
	m.edits = append(m.edits, e)
}

func (s *solver) holder(p, on *tree.Package, req string) Holder {
	h := Holder{Package: p.Name, Version: p.Version, Member: p.Source.Kind == tree.Path, On: on.Name, Req: req}
	if h.Member {
		return h // what a registry has of that name is something else
	}
	vs := s.index.Versions(p.Name)
	var top version.Version
	for i := range vs {
		if v, err := version.Parse(vs[i].Num); err == nil && !vs[i].Yanked && v.Pre == "" && v.Compare(top) > 0 {
			top, h.Newest = v, vs[i].Num
		}
	}
	return h
}

// lettingGo are the newer versions of a package that accept one of the versions
// wanted of another, or do without it.
func (s *solver) lettingGo(p *tree.Package, on string, want []choice) ([]choice, error) {
	if !p.Source.CratesIO() {
		return nil, nil
	}
	cur, err := version.Parse(p.Version)
	if err != nil {
		return nil, nil
	}
	if s.index.Versions(p.Name) == nil {
		if err := s.refresh(p.Name); err != nil {
			return nil, err
		}
	}
	bad := s.judge.of(p.Name, p.Version)
	var out []choice
	for k, vs := 0, s.index.Versions(p.Name); k < len(vs); k++ {
		e := &vs[k]
		v, err := version.Parse(e.Num)
		if err != nil || e.Yanked || v.Compare(cur) <= 0 || v.Pre != "" && cur.Pre == "" || !accepts(e, on, want) {
			continue
		}
		now := s.judge.of(p.Name, e.Num)
		if _, ok := better(bad, now); !ok && len(now) > len(bad) {
			continue
		}
		out = append(out, choice{num: e.Num, v: v, entry: e, late: s.tooNew(e)})
	}
	slices.SortStableFunc(out, func(a, b choice) int {
		if a.late != b.late {
			if a.late {
				return 1
			}
			return -1
		}
		return a.v.Compare(b.v)
	})
	return out, nil
}

// accepts reports whether a version takes one of the versions wanted of another
// package, by each of its dependencies on it.
func accepts(e *registry.Version, on string, want []choice) bool {
	for i := range e.Deps {
		d := &e.Deps[i]
		if d.Crate() != on || d.Kind == "dev" {
			continue
		}
		req, err := version.ParseRequirement(d.Req)
		if err != nil || !slices.ContainsFunc(want, func(c choice) bool { return req.Matches(c.v) }) {
			return false
		}
	}
	return true
}

// moveHolders mends by moving first what holds the package back, when Cargo.lock alone
// has to change for it.
func (s *solver) moveHolders(x id, want []choice) (bool, error) {
	var m move
	if err := s.climb(s.now, s.now.find(x), want, map[int]bool{}, &m); err != nil {
		return false, err
	}
	if len(m.steps) == 0 || len(m.edits) > 0 || len(m.blocks) > 0 {
		return false, nil
	}
	return s.moveAll(x, want, &m)
}

// moveAll takes the steps of a move, then the one of the package itself if it is still
// there. All are kept, or none.
func (s *solver) moveAll(x id, want []choice, m *move) (bool, error) {
	start := s.save()
	for _, t := range m.steps {
		j := s.now.find(t.what)
		if j < 0 {
			continue
		}
		done, err := s.lowest(len(t.to), func(k int) (bool, error) { return s.step(j, t.to[k].num, x.name) })
		if err != nil {
			return false, err
		}
		if !done {
			return false, s.load(start)
		}
	}
	i := s.now.find(x)
	if i < 0 {
		return true, nil
	}
	done, err := s.lowest(len(want), func(k int) (bool, error) { return s.step(i, want[k].num, "") })
	if done || err != nil {
		return done, err
	}
	return false, s.load(start)
}

// apply writes the edits into the sandbox's manifests. The returned function takes
// them back.
func (s *solver) apply(edits []edit) (lines []Edit, undo func() error, err error) {
	texts := map[string]string{} // as they were
	undo = func() error {
		var errs []error
		for file, text := range texts {
			errs = append(errs, os.WriteFile(s.box.in(file), []byte(text), 0o644))
		}
		return errors.Join(append(errs, s.restore())...)
	}
	now := map[string]*manifest{}
	for _, e := range edits {
		m := now[e.file]
		if m == nil {
			if m = s.manifest(e.file); m == nil {
				return nil, undo, fmt.Errorf("read %s", e.file)
			}
			texts[e.file] = m.text
		}
		k := slices.IndexFunc(m.deps, func(d declared) bool {
			return d.key == e.key.key && d.table == e.key.table && d.target == e.key.target && d.shared == e.key.shared
		})
		if k < 0 {
			return nil, undo, fmt.Errorf("%s has no dependency %s", e.file, e.key.key)
		}
		text, line, ok := m.withVersion(&m.deps[k], written(e.to, e.from))
		if !ok {
			return nil, undo, fmt.Errorf("%s: the requirement of %s was not found", e.file, e.key.key)
		}
		next := readManifest(text)
		from, _ := version.ParseRequirement(e.from)
		lines = append(lines, Edit{File: e.file, Line: line, Key: e.key.key, To: written(e.to, e.from), Old: m.line(line), New: next.line(line), Breaks: breaks(from, e.to)})
		now[e.file] = next
	}
	for file, m := range now {
		if err := os.WriteFile(s.box.in(file), []byte(m.text), 0o644); err != nil {
			return nil, undo, err
		}
	}
	return lines, undo, nil
}

// written is a requirement for a version in the manner of an older one: no longer than needed.
func written(v version.Version, old string) string {
	pin := ""
	if strings.HasPrefix(strings.TrimSpace(old), "=") {
		pin = "="
	}
	if v.Patch == 0 && v.Pre == "" && pin == "" {
		return fmt.Sprintf("%d.%d", v.Major, v.Minor)
	}
	v.Build = ""
	return pin + v.String()
}

// breaks reports whether Cargo would not take v where the old requirement's lowest
// version stood.
func breaks(old version.Requirement, v version.Version) bool {
	if len(old) == 0 {
		return false
	}
	c := old[0]
	low := version.Version{Major: c.Major, Minor: c.Minor, Patch: c.Patch, Pre: c.Pre}
	return !low.Compatible(v)
}
