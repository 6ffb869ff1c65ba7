package patch

import (
	"slices"
	"strings"

	"softshell/audit/registry"
	"softshell/audit/tree"
)

// off is a dependency of a manifest whose features change.
type off struct {
	file     string
	key      declared
	crate    string
	features []string // that are left
	defaults bool
	without  []string // that go
}

// featureOff looks for features of direct dependencies without which a package leaves
// Cargo.lock, and tries it. Nil: there are none, or they are not enough.
func (s *solver) featureOff(i int) (*Advice, error) {
	offs, ok := s.without(s.now, i, map[int]bool{})
	if !ok || len(offs) == 0 {
		return nil, nil
	}
	texts := map[string]string{}
	var snippets, words []string
	for _, o := range offs {
		m := s.manifest(o.file)
		if now, ok := texts[o.file]; ok {
			m = readManifest(now)
		}
		k := slices.IndexFunc(m.deps, func(d declared) bool {
			return d.key == o.key.key && d.table == o.key.table && d.target == o.key.target && d.shared == o.key.shared
		})
		if k < 0 {
			return nil, nil
		}
		text, ok := m.withFeatures(&m.deps[k], o.features, o.defaults)
		if !ok {
			return nil, nil
		}
		texts[o.file] = text
		if w := "without " + strings.Join(o.without, ", ") + " of " + o.crate; !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	p := idOf(&s.now.tree.Packages[i])
	gone, err := s.goneWith(texts, p)
	if err != nil || !gone {
		return nil, err
	}
	file := ""
	for _, o := range offs {
		next := readManifest(texts[o.file])
		for _, d := range next.deps {
			if d.key == o.key.key && d.table == o.key.table && d.target == o.key.target && d.shared == o.key.shared {
				snippets = append(snippets, next.declaration(&d))
			}
		}
		file = o.file
	}
	return &Advice{Kind: Feature, Tried: true, File: file, Snippet: strings.Join(snippets, "\n"),
		Text: "Nothing brings " + p.name + " " + strings.Join(words, " and ") + ". Your code must then do without what these features offer."}, nil
}

// goneWith reports whether a package leaves Cargo.lock with other manifests, and no
// advisory comes.
func (s *solver) goneWith(texts map[string]string, x id) (gone bool, err error) {
	undo := func() error {
		for file := range texts {
			if err := writeFile(s.box.in(file), s.manifest(file).text); err != nil {
				return err
			}
		}
		return s.restore()
	}
	for file, text := range texts {
		if err := writeFile(s.box.in(file), text); err != nil {
			return false, err
		}
	}
	next, no, err := s.try([]string{"update", "--workspace"})
	if err == nil && no == nil {
		worse, brings := s.judge.brings(s.now, next)
		gone = next.find(x) < 0 && len(worse)+len(brings) == 0
	}
	if back := undo(); err == nil {
		err = back
	}
	return gone, err
}

// without are the changes of manifests by which nothing depends on a package any more.
func (s *solver) without(st *state, i int, seen map[int]bool) ([]off, bool) {
	if seen[i] || len(seen) > deepest {
		return nil, false
	}
	seen[i] = true
	on := &st.tree.Packages[i]
	holders := st.holders(i)
	if len(holders) == 0 {
		return nil, false
	}
	var out []off
	for _, j := range holders {
		p := &st.tree.Packages[j]
		if p.Source.Kind == tree.Path {
			return nil, false // your own code uses it
		}
		offs, ok := s.switched(st, j, on.Name)
		if !ok {
			if offs, ok = s.without(st, j, seen); !ok {
				return nil, false
			}
		}
		for _, o := range offs {
			if !slices.ContainsFunc(out, func(e off) bool { return e.file == o.file && e.key.line == o.key.line }) {
				out = append(out, o)
			}
		}
	}
	return out, true
}

// switched are the changes by which a package of a registry, on which only manifests
// on this machine depend, does without another.
func (s *solver) switched(st *state, j int, on string) ([]off, bool) {
	p := &st.tree.Packages[j]
	v := s.version(p.Name, p.Version)
	if v == nil || !p.Source.CratesIO() {
		return nil, false
	}
	bring := bringing(v, on)
	if bring == nil {
		return nil, false
	}
	var out []off
	for _, h := range s.holdersOf(st, j) {
		if st.tree.Packages[h.at].Source.Kind != tree.Path || len(h.reqs) == 0 {
			return nil, false
		}
		for _, a := range h.reqs {
			m := s.manifest(a.file)
			o := off{file: a.file, key: a.key, crate: p.Name, defaults: true}
			listed, err := stringsIn(fieldOf(m, &a.key, "features"))
			if err != nil {
				return nil, false
			}
			if fieldOf(m, &a.key, "default-features") == "false" || fieldOf(m, &a.key, "default_features") == "false" {
				o.defaults = false
			}
			keep := func(f string) {
				switch {
				case bring[f]:
					if !slices.Contains(o.without, f) {
						o.without = append(o.without, f)
					}
				case !slices.Contains(o.features, f):
					o.features = append(o.features, f)
				}
			}
			if o.defaults && bring["default"] {
				o.defaults = false
				of, _ := v.Feature("default")
				for _, f := range of {
					if !strings.HasPrefix(f, "dep:") {
						keep(f)
					}
				}
			}
			for _, f := range listed {
				keep(f)
			}
			if len(o.without) > 0 || !o.defaults {
				out = append(out, o)
			}
		}
	}
	return out, len(out) > 0
}

func fieldOf(m *manifest, d *declared, name string) string {
	if f, ok := d.fields[name]; ok {
		return m.at(f)
	}
	return ""
}

// bringing are the features of a version that turn a dependency on; nil when it is
// there without any.
func bringing(v *registry.Version, on string) map[string]bool {
	out := map[string]bool{}
	for i := range v.Deps {
		d := &v.Deps[i]
		if d.Crate() != on || d.Kind == "dev" {
			continue
		}
		if !d.Optional {
			return nil
		}
		out[d.Name], out["dep:"+d.Name] = true, true
	}
	if len(out) == 0 {
		return nil
	}
	for grown := true; grown; {
		grown = false
		for _, features := range []map[string][]string{v.Features, v.Features2} {
			for f, list := range features {
				if !out[f] && slices.ContainsFunc(list, func(on string) bool {
					dep, _, slash := strings.Cut(on, "/")
					return out[on] || slash && !strings.HasSuffix(dep, "?") && out[dep]
				}) {
					out[f], grown = true, true
				}
			}
		}
	}
	return out
}
