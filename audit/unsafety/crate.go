package unsafety

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"softshell/capture"
	"softshell/finding"
)

// look is what is looked at of one unit.
type look struct {
	unit    *capture.Unit
	survey  *capture.Survey
	src     *sources
	allowed map[string][]capture.LintSpan // by file: the unsafe blocks and functions
	named   []namedRange
	sites   []Site
}

// namedRange is the lines of a body and the item that it is.
type namedRange struct {
	file     string
	from, to int
	item     string
}

// crateOf makes the Crate of a unit.
func crateOf(u *capture.Unit) Crate {
	c := Crate{Package: u.Package, Version: u.Version, Crate: u.Crate, Kind: u.Kind, Member: u.Member, Host: u.Host, Sites: []Site{}}
	if u.Failed != "" {
		c.Failed = u.Failed
		return c
	}
	s, err := capture.ReadSurvey(u.Survey)
	if err != nil {
		c.Failed = err.Error()
		return c
	}
	c.Failed = s.Problem
	l := &look{unit: u, survey: s, src: newSources(u), allowed: map[string][]capture.LintSpan{}}
	c.Lines = s.Lines
	c.Forbids = l.forbids()
	l.regions()
	l.bodies()
	l.declarations()
	l.expanded()
	c.Sites = sortSites(l.sites)
	for i := range c.Sites {
		c.Sites[i].Code = l.code(c.Sites[i].Span)
	}
	return c
}

// codeLimit bounds the line that a site shows.
const codeLimit = 160

// code is the line on which a place starts.
func (l *look) code(s finding.Span) string {
	line := []rune(strings.TrimSpace(l.src.file(s.File).line(s.Line)))
	return string(line[:min(len(line), codeLimit)])
}

var forbidAttr = regexp.MustCompile(`#!\[\s*forbid\s*\([^)]*\bunsafe_code\b`)

// forbids reports whether the crate's root, or [lints] of its manifest, forbids unsafe code.
func (l *look) forbids() bool {
	return slices.Contains(l.unit.Args, "--forbid=unsafe_code") ||
		forbidAttr.MatchString(finding.Code(strings.Join(l.src.file(l.unit.Root).lines, "\n")))
}

// regions notes where unsafe operations are allowed.
func (l *look) regions() {
	for i := range l.survey.Lints {
		x := &l.survey.Lints[i]
		if k := lintKind(x.Message); k == UnsafeBlock || k == UnsafeFn {
			for _, at := range append([]capture.LintSpan{x.At}, x.Calls...) {
				l.allowed[at.File] = append(l.allowed[at.File], at)
			}
		}
	}
}

// lintKind is the kind of what a message of the lint tells of.
func lintKind(message string) Kind {
	has := func(s string) bool { return strings.Contains(message, s) }
	switch {
	case has("`unsafe` block"):
		return UnsafeBlock
	case has("implementation of an `unsafe` trait"):
		return UnsafeImpl
	case has("`unsafe` trait"):
		return UnsafeTrait
	case has("`unsafe` function"), has("`unsafe` method"):
		return UnsafeFn
	case has("global_asm"):
		return InlineAsm
	default:
		return UnsafeAttr
	}
}

// bodies adds the operations.
func (l *look) bodies() {
	known := unions{}
	for _, u := range l.survey.Unions {
		known[u] = true
	}
	defined := l.defined()
	bodies(l.survey.Bodies, func(b *body) {
		item := l.src.itemName(b.name)
		l.remember(b, item)
		seen := map[string]bool{}
		for _, o := range b.ops(l.unit.Crate, known) {
			key := string(o.kind) + o.base
			if seen[key] && l.binding(o) {
				continue
			}
			seen[key] = true
			l.operation(b, item, o, defined)
		}
	})
}

// binding reports whether a place is where a pattern takes a part of what was read
// before: neither the star of a deref nor the dot of a field stands there.
func (l *look) binding(o op) bool {
	sign := map[Kind]string{RawDeref: "*", UnionField: "."}[o.kind]
	if sign == "" || o.at.Line != o.at.To || !l.src.own[l.src.path(o.at.File)] {
		return false
	}
	line := l.src.file(o.at.File).line(o.at.Line)
	return !strings.Contains(line[byteColumn(line, o.at.Col):byteColumn(line, o.at.End)], sign)
}

// defined are the names of the unsafe functions of a foreign ABI that the crate itself
// defines. One with Rust's ABI says nothing: it may be the wrapper of a foreign function
// of the same name.
func (l *look) defined() map[string]bool {
	out := map[string]bool{}
	for i := range l.survey.Lints {
		x := &l.survey.Lints[i]
		if lintKind(x.Message) != UnsafeFn {
			continue
		}
		head, _, _ := strings.Cut(l.src.file(x.At.File).from(x.At.Line, x.At.Col, 8), "{")
		if m := fnName.FindStringSubmatch(head); m != nil && strings.Contains(head, "extern") {
			out[m[2]] = true
		}
	}
	return out
}

// remember notes which lines a body covers.
func (l *look) remember(b *body, item string) {
	lines := map[string]*namedRange{}
	for i := range b.stmts {
		at := b.stmts[i].at
		r := lines[at.File]
		if r == nil {
			r = &namedRange{file: at.File, from: at.Line, to: at.To, item: item}
			lines[at.File] = r
		}
		r.from, r.to = min(r.from, at.Line), max(r.to, at.To)
	}
	for _, r := range lines {
		if r.file != "" && l.src.own[l.src.path(r.file)] {
			l.named = append(l.named, *r)
		}
	}
}

// itemAt is the item of the smallest body that covers a place.
func (l *look) itemAt(at capture.LintSpan) string {
	best, item := 0, ""
	for i := range l.named {
		r := &l.named[i]
		if r.file != at.File || at.Line < r.from || at.To > r.to {
			continue
		}
		if size := r.to - r.from + 1; best == 0 || size < best || size == best && r.item < item {
			best, item = size, r.item
		}
	}
	if item != "" {
		return item
	}
	f := l.src.file(at.File)
	for n := at.Line; n > 0 && at.Line-n < 400; n-- {
		if m := fnName.FindStringSubmatch(f.line(n)); m != nil {
			return m[2]
		}
		if m := macroHead.FindStringSubmatch(f.line(n)); m != nil {
			return m[1] + "!"
		}
	}
	return ""
}

// operation adds one operation, unless it is the compiler's or the standard library's.
func (l *look) operation(b *body, item string, o op, defined map[string]bool) {
	if o.at.File == "" || ofStd(o.at.File) {
		return
	}
	s := Site{Kind: o.kind, Item: item, Detail: o.detail}
	if o.kind == FFICall {
		if path := o.detail; !strings.Contains(path, "::") && defined[path] || defined[path[strings.LastIndexByte(path, ':')+1:]] && !strings.HasPrefix(path, "libc::") {
			s.Kind = UnsafeCall
		}
	}
	own := l.src.own[l.src.path(o.at.File)]
	inside := l.inside(o.at)
	if !inside && o.kind == UnsafeCall && fromCompiler(o.detail) {
		return
	}
	switch {
	case !own:
		s.Macro = l.src.macroAt(o.at)
		s.Span = l.src.span(l.near(b, o))
	case !inside:
		if len(l.survey.Macros) == 0 && len(l.survey.Lints) == 0 {
			return // no context in which rustc would have let it pass: the compiler's own
		}
		s.Macro = l.outside(o.at)
		s.Span = l.src.span(o.at)
	default:
		s.Span = l.src.span(o.at)
		s.Macro = l.macroOf(o.at)
	}
	l.sites = append(l.sites, s)
}

// outside names the macro of an operation that stands in none of the crate's own
// unsafe blocks: one of its own macros, which is called in a block, or one of
// another crate, to which the code was handed.
func (l *look) outside(at capture.LintSpan) string {
	f := l.src.file(at.File)
	for n := at.Line; n > 0; n-- {
		line := f.line(n)
		if m := macroHead.FindStringSubmatch(line); m != nil {
			return m[1] + "!"
		}
		if strings.HasPrefix(line, "}") {
			break
		}
	}
	if len(l.survey.Macros) == 0 {
		return "a macro"
	}
	return strings.Join(l.survey.Macros, " or ")
}

// near is a place in the crate's own sources next to an operation that a macro of
// another crate makes: of the statement before it, or behind it; else in the macro.
func (l *look) near(b *body, o op) capture.LintSpan {
	for i := o.stmt; i >= 0; i-- {
		if at := b.stmts[i].at; l.src.own[l.src.path(at.File)] {
			return at
		}
	}
	for i := o.stmt; i < len(b.stmts); i++ {
		if at := b.stmts[i].at; l.src.own[l.src.path(at.File)] {
			return at
		}
	}
	return o.at
}

// ofStd reports whether the file belongs to the standard library.
func ofStd(file string) bool {
	return strings.HasPrefix(file, "/rustc/") || strings.Contains(file, "/lib/rustlib/src/rust/")
}

// fromCompiler reports whether the compiler itself calls the function where safe
// code is written: `.await`, format_args!, #[derive(PartialOrd)].
func fromCompiler(callee string) bool {
	for _, f := range []string{"Pin::new_unchecked", "future::get_context", "fmt::Arguments::new", "fmt::Arguments::from_str_nonconst", "rt::UnsafeArg::new", "fmt::Arguments::new_v1_formatted",
		"intrinsics::unreachable"} {
		if strings.HasSuffix(callee, "::"+f) {
			return true
		}
	}
	return false
}

func (l *look) inside(at capture.LintSpan) bool {
	return slices.ContainsFunc(l.allowed[at.File], func(r capture.LintSpan) bool { return covers(r, at) })
}

func covers(r, at capture.LintSpan) bool {
	return !before(at.Line, at.Col, r.Line, r.Col) && !before(r.To, r.End, at.To, at.End)
}

func before(line, col, line2, col2 int) bool { return line < line2 || line == line2 && col < col2 }

// macroOf is the macro of the crate itself in whose definition the place stands.
func (l *look) macroOf(at capture.LintSpan) string {
	for i := range l.survey.Lints {
		if x := &l.survey.Lints[i]; x.Macro != "" && x.At.File == at.File && covers(x.At, at) {
			return x.Macro
		}
	}
	return ""
}

// declarations adds what the lint tells of.
func (l *look) declarations() {
	for i := range l.survey.Lints {
		x := &l.survey.Lints[i]
		file := l.src.path(x.At.File)
		f := l.src.file(x.At.File)
		s := Site{Kind: lintKind(x.Message), Span: l.src.span(x.At), Macro: x.Macro}
		text := f.from(x.At.Line, x.At.Col, 8)
		switch s.Kind {
		case UnsafeBlock:
			s.Item, s.Needs = l.itemAt(x.At), true
			s.Safety = f.blockSafety(file, x.At.Line, x.At.Col)
		case UnsafeImpl:
			s.Item, s.Needs = implName(text), true
			s.Safety = f.safetyAbove(file, x.At.Line)
		case UnsafeTrait:
			if m := traitName.FindStringSubmatch(text); m != nil {
				s.Item = m[1]
			}
			s.Needs, s.Safety = strings.HasPrefix(text, "pub"), f.docSafety(file, x.At.Line)
		case UnsafeFn:
			s.Item, s.Needs = l.function(x, text)
			s.Safety = f.docSafety(file, x.At.Line)
		case InlineAsm: // of the crate, outside of any item
			_, s.Detail = attribute(x, "")
		default:
			s.Item, s.Detail = attribute(x, text)
		}
		l.sites = append(l.sites, s)
	}
}

// function is the item of an unsafe function, and whether it is public: then its
// documentation must say what the caller has to do. That of a trait's method stands
// in the trait.
func (l *look) function(x *capture.Lint, text string) (item string, needs bool) {
	m := fnName.FindStringSubmatch(text)
	if m == nil {
		return "", false
	}
	item = m[2]
	best := 0
	for i := range l.named {
		r := &l.named[i]
		if r.file == x.At.File && r.from >= x.At.Line && r.to <= x.At.To && (r.item == item || strings.HasSuffix(r.item, "::"+item)) {
			if n := r.to - r.from; best == 0 || n > best {
				best, item = n+1, r.item
			}
		}
	}
	declared := strings.Contains(x.Message, "declaration")
	return item, declared && (strings.HasPrefix(text, "pub ") || strings.Contains(x.Message, "method") && strings.HasPrefix(text, "unsafe"))
}

var declaredName = regexp.MustCompile(`\b(?:fn|static(?:\s+mut)?)\s+(?:r#)?([A-Za-z_]\w*)`)

// attribute is what an attribute is put on, and the attribute.
func attribute(x *capture.Lint, text string) (item, detail string) {
	if m := declaredName.FindStringSubmatch(finding.Code(text)); m != nil {
		item = m[1]
	}
	_, rest, _ := strings.Cut(x.Message, "`")
	detail, _, _ = strings.Cut(rest, "`")
	return item, detail
}

var expandedImpl = regexp.MustCompile(`(?m)^[ \t]*(?:#\[[^\n]*\][ \t]*)*(unsafe impl\b[^{;]*)`)

// expanded adds the impls that macros of other crates declare, which the lint keeps
// silent about: those in the expanded source that it did not tell of.
func (l *look) expanded() {
	if l.survey.Expanded == "" {
		return
	}
	told := map[string]int{} // by trait
	heads := map[string]bool{}
	for i := range l.sites {
		if s := &l.sites[i]; s.Kind == UnsafeImpl {
			told[traitOf(s.Item)]++
			heads[withoutSpaces(s.Item)] = true
		}
	}
	var more []string
	all := map[string]int{}
	for _, m := range expandedImpl.FindAllStringSubmatch(l.survey.Expanded, -1) {
		name := implName(m[1])
		if strings.Contains(name, "TrivialClone") {
			continue // what the compiler's own derive makes
		}
		all[traitOf(name)]++
		if !heads[withoutSpaces(name)] {
			more = append(more, name)
		}
	}
	for _, name := range more {
		t := traitOf(name)
		if all[t] <= told[t] {
			continue
		}
		all[t]--
		l.sites = append(l.sites, Site{Kind: UnsafeImpl, Item: name, Macro: strings.Join(l.survey.Macros, " or "), Span: l.typeAt(name)})
	}
}

func withoutSpaces(s string) string { return strings.ReplaceAll(s, " ", "") }

// traitOf is the trait's last name of `<T as path::Trait<A>>`.
func traitOf(item string) string {
	_, t, _ := strings.Cut(strings.TrimSuffix(item, ">"), " as ")
	t = withoutGenerics(t)
	return strings.TrimSpace(t[strings.LastIndexByte(t, ':')+1:])
}

// typeAt is where the type of an impl is declared, or the start of the crate.
func (l *look) typeAt(item string) finding.Span {
	typ, _, _ := strings.Cut(strings.TrimPrefix(item, "<"), " as ")
	typ = strings.TrimSpace(withoutGenerics(typ))
	re, err := regexp.Compile(`\b(?:struct|enum|union)\s+` + regexp.QuoteMeta(typ) + `\b`)
	if err == nil && typ != "" {
		for _, file := range l.unit.Sources {
			for i, line := range l.src.file(file).lines {
				if re.MatchString(line) {
					return l.src.file(file).whole(file, i+1)
				}
			}
		}
	}
	return finding.Span{File: l.unit.Root, Line: 1, Col: 1, EndLine: 1, EndCol: 1}
}

// sortSites puts the sites in order and drops those that are there twice.
func sortSites(sites []Site) []Site {
	slices.SortFunc(sites, compareSites)
	out := slices.Compact(sites)
	if out == nil {
		return []Site{}
	}
	return out
}

func compareSites(a, b Site) int {
	return cmp.Or(cmp.Compare(a.Span.File, b.Span.File), cmp.Compare(a.Span.Line, b.Span.Line), cmp.Compare(a.Span.Col, b.Span.Col),
		cmp.Compare(a.Span.EndLine, b.Span.EndLine), cmp.Compare(a.Span.EndCol, b.Span.EndCol),
		cmp.Compare(slices.Index(Kinds, a.Kind), slices.Index(Kinds, b.Kind)),
		cmp.Compare(a.Item, b.Item), cmp.Compare(a.Detail, b.Detail), cmp.Compare(a.Macro, b.Macro))
}
