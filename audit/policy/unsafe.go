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

// unsafeCode: unsafe code stands only in the named modules.
type unsafeCode struct {
	scope
	allowed
}

func (r *unsafeCode) prepare() error { return firstError(r.scope.prepare, r.allowed.prepare) }
func (r *unsafeCode) needs() Need    { return NeedUnsafe }
func (r *unsafeCode) asked() string {
	return "No unsafe code in " + r.scope.words() + r.allowed.words() + "."
}

func (r *unsafeCode) check(f *Facts, o *Outcome) {
	crates, places := 0, 0
	for c := range eachCrate(f, o, &r.scope) {
		crates++
		for i := range c.Sites {
			s := &c.Sites[i]
			places++
			if !anyCovers(r.Allow, f.where(c.Crate, s.Item, s.Span)) {
				o.broken(f, evidence(f, c, s))
			}
		}
	}
	o.lookedAt(crates, places)
}

// documentedUnsafe: each place that should say why it is sound does.
type documentedUnsafe struct {
	scope
	allowed
}

func (r *documentedUnsafe) prepare() error { return firstError(r.scope.prepare, r.allowed.prepare) }
func (r *documentedUnsafe) needs() Need    { return NeedUnsafe }
func (r *documentedUnsafe) asked() string {
	return "Each unsafe block and impl in " + r.scope.words() + " has a SAFETY comment, each public unsafe function and trait a section on safety" + r.allowed.words() + "."
}

func (r *documentedUnsafe) check(f *Facts, o *Outcome) {
	crates, places := 0, 0
	for c := range eachCrate(f, o, &r.scope) {
		crates++
		for i := range c.Sites {
			s := &c.Sites[i]
			if !s.Needs {
				continue
			}
			places++
			if s.Safety.IsZero() && !anyCovers(r.Allow, f.where(c.Crate, s.Item, s.Span)) {
				e := evidence(f, c, s)
				e.Text += " without a word on why it is sound"
				o.broken(f, e)
			}
		}
	}
	o.Looked = fmt.Sprintf("%s in %s that should have such a comment", count(places, "place", "places"), count(crates, "crate", "crates"))
}

// forbidUnsafe: a crate without unsafe code says that none may come.
type forbidUnsafe struct {
	scope
	allowed
}

func (r *forbidUnsafe) prepare() error { return firstError(r.scope.prepare, r.allowed.prepare) }
func (r *forbidUnsafe) needs() Need    { return NeedUnsafe }
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
	scope
	allowed
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
	return firstError(r.scope.prepare, r.allowed.prepare)
}

func (r *deniedUnsafe) needs() Need { return NeedUnsafe }
func (r *deniedUnsafe) asked() string {
	return fmt.Sprintf("No unsafe code of kind %s in %s%s.", strings.Join(r.Kinds, ", "), r.scope.words(), r.allowed.words())
}

func (r *deniedUnsafe) check(f *Facts, o *Outcome) {
	crates, places := 0, 0
	for c := range eachCrate(f, o, &r.scope) {
		crates++
		for i := range c.Sites {
			s := &c.Sites[i]
			places++
			if slices.Contains(r.Kinds, string(s.Kind)) && !anyCovers(r.Allow, f.where(c.Crate, s.Item, s.Span)) {
				o.broken(f, evidence(f, c, s))
			}
		}
	}
	o.lookedAt(crates, places)
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
type foreignCode struct {
	scope
	allowed
}

func (r *foreignCode) prepare() error { return firstError(r.scope.prepare, r.allowed.prepare) }
func (r *foreignCode) needs() Need    { return NeedUnsafe }
func (r *foreignCode) asked() string {
	return "No call of a foreign function in " + r.scope.words() + r.allowed.words() + "."
}

func (r *foreignCode) check(f *Facts, o *Outcome) {
	crates, calls := 0, 0
	for c := range eachCrate(f, o, &r.scope) {
		crates++
		for i := range c.Sites {
			s := &c.Sites[i]
			if s.Kind != unsafety.FFICall {
				continue
			}
			calls++
			if !anyCovers(r.Allow, f.where(c.Crate, s.Item, s.Span)) {
				o.broken(f, evidence(f, c, s))
			}
		}
	}
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
