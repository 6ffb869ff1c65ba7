package policy

import (
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"softshell/finding"
)

// A pattern names code in one of two ways:
//
//	app                 the crate app
//	app::ffi            the module, type or function app::ffi and all in it
//	app::*::raw         * stands for one segment
//	src/ffi/**          files, from the root of the workspace (it has a slash or ends in .rs)
//
// Generic arguments do not count: app::Pool::take is app::Pool<T>::take as well.
type pattern string

func checkPattern(p string) bool {
	if p == "" {
		return false
	}
	if pattern(p).ofFiles() {
		return doublestar.ValidatePattern(p)
	}
	for _, s := range strings.Split(p, "::") {
		if s == "" || strings.ContainsAny(s, " /\\") {
			return false
		}
	}
	return true
}

func (p pattern) ofFiles() bool {
	return strings.Contains(string(p), "/") || strings.HasSuffix(string(p), ".rs")
}

// where is a place in code, as patterns speak of it.
type where struct {
	crate string
	path  []string // of the item in the crate
	file  string   // from the root of the workspace
}

// where is the place of an item. Its module is that of the line where it stands: the
// names of impls and traits do not have it.
func (f *Facts) where(crate, item string, at finding.Span) where {
	w := where{crate: crate, path: segments(item), file: fromHere(f.Root, at.File)}
	if f.modules == nil {
		f.modules = modulesOf(f.Roots)
	}
	module, ok := f.modules.at(crate, at.File, at.Line)
	if !ok {
		return w
	}
	if strings.HasPrefix(item, "<") { // <a::Pool as b::Drop>::drop: of the type its name alone
		w.path = append(slices.Clone(module), lastName(item, w.path)...)
	} else if !strings.Contains("::"+strings.Join(w.path, "::")+"::", "::"+strings.Join(append(slices.Clone(module), ""), "::")) {
		w.path = slices.Concat(module, w.path)
	}
	return w
}

// lastName is the path of <T as Trait>::f without what stands before the name of T.
func lastName(item string, path []string) []string {
	self, _, _ := cutSelf(item)
	return path[max(len(segments(self))-1, 0):]
}

// covers reports whether a place belongs to the pattern.
func (p pattern) covers(w where) bool {
	if p.ofFiles() {
		ok, _ := doublestar.Match(string(p), w.file)
		return ok && w.file != ""
	}
	segs := strings.Split(string(p), "::")
	if !wild(segs[0], w.crate) && !wild(strings.ReplaceAll(segs[0], "-", "_"), w.crate) {
		return false
	}
	if len(w.path) < len(segs)-1 {
		return false
	}
	for i, s := range segs[1:] {
		if !wild(s, w.path[i]) {
			return false
		}
	}
	return true
}

func anyCovers(list []string, w where) bool {
	return slices.ContainsFunc(list, func(p string) bool { return pattern(p).covers(w) })
}

// wild compares with * in the pattern as any text.
func wild(p, s string) bool {
	ok, _ := doublestar.Match(p, s)
	return ok || p == s
}

// cutSelf splits <T as Trait>::f, or <T>::f, into T and f.
func cutSelf(item string) (self, rest string, ok bool) {
	in, ok := strings.CutPrefix(item, "<")
	if !ok {
		return "", "", false
	}
	depth, as := 1, -1
	for i := range len(in) {
		switch {
		case in[i] == '<':
			depth++
		case in[i] == '>' && i > 0 && in[i-1] == '-': // of ->
		case in[i] == '>':
			if depth--; depth > 0 {
				continue
			}
			if as < 0 {
				as = i
			}
			self = strings.TrimLeft(in[:as], "&*")
			for _, word := range []string{"mut ", "const ", "dyn "} {
				self = strings.TrimPrefix(self, word)
			}
			return self, strings.TrimPrefix(in[i+1:], "::"), true
		case depth == 1 && as < 0 && strings.HasPrefix(in[i:], " as "):
			as = i
		}
	}
	return "", "", false
}

// segments splits the path of an item at the colons that stand outside of
// brackets, without generic arguments: <a::Pool<T> as Drop>::drop is a, Pool, drop,
// and a::<Pool<T> as Drop>::drop is as well.
func segments(item string) []string {
	if self, rest, ok := cutSelf(item); ok {
		return append(segments(self), segments(rest)...)
	}
	var out []string
	var seg strings.Builder
	depth := 0
	add := func() {
		if seg.Len() > 0 {
			out = append(out, seg.String())
			seg.Reset()
		}
	}
	for i := 0; i < len(item); i++ {
		if item[i] == '<' && depth == 0 && seg.Len() == 0 && i > 0 {
			if self, rest, ok := cutSelf(item[i:]); ok && strings.HasPrefix(item[i+1:], self+" as ") {
				return append(append(out, segments(self)...), segments(rest)...)
			}
		}
		switch c := item[i]; {
		case c == '<' || c == '{' && depth > 0:
			depth++
		case depth > 0 && (c == '>' && item[i-1] != '-' || c == '}'):
			depth--
		case depth > 0:
		case c == ':' && i+1 < len(item) && item[i+1] == ':':
			add()
			i++
		default:
			seg.WriteByte(c)
		}
	}
	add()
	return out
}

// matches reports whether the exception is about the evidence: its advisory, its
// package (name or name@version), its file, or its code. At is never empty.
func (x *Exception) matches(e *Evidence) bool {
	switch x.At {
	case e.Advisory, e.Package, e.File, e.Item:
		return true
	case e.Package + "@" + e.Version:
		return e.Package != ""
	}
	return (e.Crate != "" || e.File != "") && pattern(x.At).covers(e.where)
}
