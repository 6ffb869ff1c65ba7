package policy

import (
	"strings"

	"github.com/bmatcuk/doublestar/v4"
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

// covers reports whether code in an item of a crate and in a file belongs to the pattern.
func (p pattern) covers(crate, item, file string) bool {
	if p.ofFiles() {
		ok, _ := doublestar.Match(string(p), file)
		return ok && file != ""
	}
	segs := strings.Split(string(p), "::")
	if !wild(segs[0], crate) && !wild(strings.ReplaceAll(segs[0], "-", "_"), crate) {
		return false
	}
	have := segments(item)
	if len(have) < len(segs)-1 {
		return false
	}
	for i, s := range segs[1:] {
		if !wild(s, have[i]) {
			return false
		}
	}
	return true
}

func anyCovers(list []string, crate, item, file string) bool {
	for _, p := range list {
		if pattern(p).covers(crate, item, file) {
			return true
		}
	}
	return false
}

// wild compares with * in the pattern as any text.
func wild(p, s string) bool {
	ok, _ := doublestar.Match(p, s)
	return ok || p == s
}

// segments splits the path of an item at the colons that stand outside of
// brackets, without generic arguments: <a::Pool<T> as Drop>::drop is a, Pool, drop.
func segments(item string) []string {
	if rest, ok := strings.CutPrefix(item, "<"); ok {
		depth, end, as := 1, -1, -1
		for i := 0; i < len(rest) && end < 0; i++ {
			switch {
			case rest[i] == '<':
				depth++
			case rest[i] == '>' && i > 0 && rest[i-1] == '-': // of ->
			case rest[i] == '>':
				if depth--; depth == 0 {
					end = i
				}
			case depth == 1 && as < 0 && strings.HasPrefix(rest[i:], " as "):
				as = i
			}
		}
		if end >= 0 {
			self := rest[:end]
			if as >= 0 {
				self = rest[:as]
			}
			return append(segments(strings.TrimLeft(self, "&*")), segments(strings.TrimPrefix(rest[end+1:], "::"))...)
		}
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
	return (e.Crate != "" || e.File != "") && pattern(x.At).covers(e.Crate, e.Item, e.File)
}
