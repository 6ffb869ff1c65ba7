package policy

import (
	"fmt"
	"slices"
	"strings"

	"softshell/audit/unsafety"
)

// scope says whose code a rule is about.
type scope struct {
	// Of is "members" (default) for the workspace's own packages, "dependencies" or "all".
	Of string `toml:"of"`
}

func (s *scope) prepare() error {
	if s.Of == "" {
		s.Of = "members"
	}
	return oneOf("of", s.Of, "members", "dependencies", "all")
}

func (s *scope) has(c *unsafety.Crate) bool { return s.Of == "all" || c.Member == (s.Of == "members") }

func (s *scope) words() string {
	return map[string]string{"members": "the workspace's packages", "dependencies": "the dependencies", "all": "the whole tree"}[s.Of]
}

// allowed are the places where a rule does not hold.
type allowed struct {
	Allow []string `toml:"allow"`
}

func (a *allowed) prepare() error { return checkPatterns("allow", a.Allow) }

func checkPatterns(key string, list []string) error {
	for _, p := range list {
		if !checkPattern(p) {
			return fmt.Errorf("%s: %q is neither a path like app::ffi nor a glob of files like src/ffi/**", key, p)
		}
	}
	return nil
}

func (a *allowed) words() string {
	if len(a.Allow) == 0 {
		return ""
	}
	return ", but for " + strings.Join(a.Allow, ", ")
}

// eachCrate goes over the crates of a scope that could be looked at.
func eachCrate(f *Facts, o *Outcome, s *scope) func(yield func(*unsafety.Crate) bool) {
	return func(yield func(*unsafety.Crate) bool) {
		if f.lacks(NeedUnsafe, o) {
			return
		}
		for i := range f.Unsafe.Crates {
			c := &f.Unsafe.Crates[i]
			switch {
			case !s.has(c):
			case c.Failed != "":
				o.gap(fmt.Sprintf("crate %s of %s %s: %s", c.Crate, c.Package, c.Version, c.Failed))
			case !yield(c):
				return
			}
		}
	}
}

// lookedAt says what a verdict on unsafe code rests on.
func (o *Outcome) lookedAt(crates, places int) {
	o.Looked = fmt.Sprintf("%s of unsafe code in %s", count(places, "place", "places"), count(crates, "crate", "crates"))
}

// evidence is a site as evidence.
func evidence(f *Facts, c *unsafety.Crate, s *unsafety.Site) Evidence {
	return at(Evidence{Text: siteText(s), Package: c.Package, Version: c.Version, Crate: c.Crate, Item: s.Item}, f, s.Span)
}

var kindWords = map[unsafety.Kind]string{
	unsafety.RawDeref: "dereference of a raw pointer", unsafety.UnsafeCall: "call of an unsafe function", unsafety.FFICall: "call of a foreign function",
	unsafety.StaticMut: "use of a mutable or foreign static", unsafety.UnionField: "read of a union's field", unsafety.InlineAsm: "inline assembly",
	unsafety.Transmute: "transmutation", unsafety.UnsafeBlock: "unsafe block", unsafety.UnsafeFn: "unsafe function", unsafety.UnsafeImpl: "unsafe impl",
	unsafety.UnsafeTrait: "unsafe trait", unsafety.UnsafeAttr: "unsafe attribute",
}

func siteText(s *unsafety.Site) string {
	text := kindWords[s.Kind]
	if text == "" {
		text = string(s.Kind)
	}
	if s.Detail != "" {
		text += ": " + s.Detail
	}
	if s.Macro != "" {
		text += " (expanded from " + s.Macro + ")"
	}
	return text
}

// inUnsafe is what the rules about unsafe code have in common.
type inUnsafe struct {
	scope
	allowed
}

func (r *inUnsafe) prepare() error { return firstError(r.scope.prepare, r.allowed.prepare) }
func (r *inUnsafe) needs() Need    { return NeedUnsafe }

// sites goes over the places that counts accepts, and breaks the rule where bad says
// so outside of what is allowed; more is added to the evidence.
func (r *inUnsafe) sites(f *Facts, o *Outcome, counts, bad func(*unsafety.Site) bool, more string) (crates, places int) {
	for c := range eachCrate(f, o, &r.scope) {
		crates++
		for i := range c.Sites {
			s := &c.Sites[i]
			if !counts(s) {
				continue
			}
			places++
			if bad(s) && !anyCovers(r.Allow, f.where(c.Crate, s.Item, s.Span)) {
				e := evidence(f, c, s)
				e.Text += more
				o.broken(f, e)
			}
		}
	}
	return crates, places
}

func every(*unsafety.Site) bool { return true }

// unsafeCode: unsafe code stands only in the named modules.
type unsafeCode struct{ inUnsafe }

func (r *unsafeCode) asked() string {
	return "No unsafe code in " + r.scope.words() + r.allowed.words() + "."
}

func (r *unsafeCode) check(f *Facts, o *Outcome) {
	o.lookedAt(r.sites(f, o, every, every, ""))
}

// documentedUnsafe: each place that should say why it is sound does.
type documentedUnsafe struct{ inUnsafe }

func (r *documentedUnsafe) asked() string {
	return "Each unsafe block and impl in " + r.scope.words() + " has a SAFETY comment, each public unsafe function and trait a section on safety" + r.allowed.words() + "."
}

func (r *documentedUnsafe) check(f *Facts, o *Outcome) {
	expected := func(s *unsafety.Site) bool { return s.Needs }
	missing := func(s *unsafety.Site) bool { return s.Safety.IsZero() }
	crates, places := r.sites(f, o, expected, missing, " without a word on why it is sound")
	o.Looked = fmt.Sprintf("%s in %s that should have such a comment", count(places, "place", "places"), count(crates, "crate", "crates"))
}

// forbidUnsafe: a crate without unsafe code says that none may come.
type forbidUnsafe struct{ inUnsafe }

func (r *forbidUnsafe) asked() string {
	return "Each crate without unsafe code in " + r.scope.words() + " has #![forbid(unsafe_code)]" + r.allowed.words() + "."
}

func (r *forbidUnsafe) check(f *Facts, o *Outcome) {
	crates := 0
	for c := range eachCrate(f, o, &r.scope) {
		if c.Kind == "custom-build" { // a build script is no part of the program
			continue
		}
		crates++
		if len(c.Sites) == 0 && !c.Forbids && !anyCovers(r.Allow, where{crate: c.Crate}) {
			o.broken(f, Evidence{Text: fmt.Sprintf("crate %s (%s) has no unsafe code and does not forbid it", c.Crate, c.Kind), Package: c.Package, Version: c.Version, Crate: c.Crate})
		}
	}
	o.Looked = count(crates, "crate", "crates")
}

// deniedUnsafe: unsafe code of these kinds stands nowhere.
type deniedUnsafe struct {
	inUnsafe
	Kinds []string `toml:"kinds"`
}

func (r *deniedUnsafe) prepare() error {
	if len(r.Kinds) == 0 {
		return fmt.Errorf("it needs kinds = [...], of %s", strings.Join(kinds(), ", "))
	}
	for _, k := range r.Kinds {
		if err := oneOf("kinds", k, kinds()...); err != nil {
			return err
		}
	}
	return r.inUnsafe.prepare()
}

func (r *deniedUnsafe) asked() string {
	return fmt.Sprintf("No unsafe code of kind %s in %s%s.", strings.Join(r.Kinds, ", "), r.scope.words(), r.allowed.words())
}

func (r *deniedUnsafe) check(f *Facts, o *Outcome) {
	denied := func(s *unsafety.Site) bool { return slices.Contains(r.Kinds, string(s.Kind)) }
	o.lookedAt(r.sites(f, o, every, denied, ""))
}

func kinds() []string {
	var out []string
	for k := range kindWords {
		out = append(out, string(k))
	}
	slices.Sort(out)
	return out
}

// foreignCode: foreign functions are called in the named modules only.
type foreignCode struct{ inUnsafe }

func (r *foreignCode) asked() string {
	return "No call of a foreign function in " + r.scope.words() + r.allowed.words() + "."
}

func (r *foreignCode) check(f *Facts, o *Outcome) {
	foreign := func(s *unsafety.Site) bool { return s.Kind == unsafety.FFICall }
	crates, calls := r.sites(f, o, foreign, every, "")
	o.Looked = fmt.Sprintf("%s of foreign functions in %s", count(calls, "call", "calls"), count(crates, "crate", "crates"))
}

func firstError(steps ...func() error) error {
	for _, s := range steps {
		if err := s(); err != nil {
			return err
		}
	}
	return nil
}
