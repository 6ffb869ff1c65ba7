package view

import (
	"strings"
	"unicode/utf8"
)

// Readable is a function or type name without what the reader knows anyway: the
// modules of std's types, std's own allocator as a parameter, hashes, and the
// angle brackets around a bare type.
func Readable(name string) string {
	name = withoutHash(name)
	if !strings.ContainsAny(name, ":<{$") {
		return name
	}
	name = strings.ReplaceAll(name, "{{", "{")
	name = strings.ReplaceAll(name, "}}", "}")
	name = strings.ReplaceAll(name, "{closure_env#", "{closure#") // the captured variables
	name = shortPaths(name)
	name = strings.ReplaceAll(name, ", Global>", ">")
	name = strings.ReplaceAll(name, "RcInner<", "Rc<")
	name = strings.ReplaceAll(name, "ArcInner<", "Arc<")
	return bare(name)
}

// withoutHash drops the hash that legacy mangling puts behind a path.
func withoutHash(name string) string {
	const length = len("::h0123456789abcdef")
	at := len(name) - length
	if at <= 0 || name[at:at+3] != "::h" {
		return name
	}
	for _, c := range name[at+3:] {
		if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f') {
			return name
		}
	}
	return name[:at]
}

// shortPaths writes `alloc::vec::Vec` as `Vec`: the path of a type or trait of the
// standard library shrinks to its last segment. Paths of functions stay whole.
func shortPaths(name string) string {
	var b strings.Builder
	for i := 0; i < len(name); {
		if n := stdPath(name, i); n > 0 {
			i += n
			continue
		}
		start := i
		for i < len(name) && isIdent(name[i]) {
			i++
		}
		if i == start {
			i++
		}
		b.WriteString(name[start:i])
	}
	return b.String()
}

// stdPath is how many bytes at i are modules of std in front of a type's name.
func stdPath(name string, i int) int {
	if i > 0 && (isIdent(name[i-1]) || name[i-1] == ':') {
		return 0
	}
	rest, first := name[i:], true
	n := 0
	for {
		k := 0
		for k < len(rest) && isIdent(rest[k]) {
			k++
		}
		if k == 0 {
			return 0
		}
		word := rest[:k]
		if !first && word[0] >= 'A' && word[0] <= 'Z' {
			return n
		}
		if first && word != "std" && word != "core" && word != "alloc" && word != "hashbrown" || !strings.HasPrefix(rest[k:], "::") {
			return 0
		}
		first = false
		n += k + 2
		rest = rest[k+2:]
	}
}

func isIdent(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// bare writes `<Rc<T>>::new` as `Rc<T>::new`; `<T as Trait>::f` stays.
func bare(name string) string {
	if !strings.HasPrefix(name, "<") {
		return name
	}
	depth := 0
	for i := 0; i < len(name); i++ {
		switch name[i] {
		case '<':
			depth++
		case '>':
			if i > 0 && name[i-1] == '-' { // the arrow of a function type
				continue
			}
			depth--
		}
		if depth == 1 && strings.HasPrefix(name[i:], " as ") {
			return name
		}
		if depth == 0 {
			if strings.HasPrefix(name[i+1:], "::") {
				return bare(name[1:i]) + name[i+1:]
			}
			return name
		}
	}
	return name
}

// Short is a name of at most width letters. What says least goes first: generic
// arguments, modules of the types in `<Type as Trait>::function`, the start.
func Short(name string, width int) string {
	for _, shorter := range []func(string) string{func(s string) string { return s }, withoutArguments, withoutModules} {
		name = shorter(name)
		if utf8.RuneCountInString(name) <= width {
			return name
		}
	}
	if width <= 2 {
		return name
	}
	runes := []rune(name)
	tail := string(runes[len(runes)-width+2:])
	if at := strings.Index(tail, "::"); at > 0 && at < len(tail)/2 {
		tail = tail[at:] // no part of a word
	}
	return ".." + tail
}

// ShortType is a type of at most width letters: modules go first, then the end.
func ShortType(name string, width int) string {
	if utf8.RuneCountInString(name) <= width {
		return name
	}
	var b strings.Builder
	for i := 0; i < len(name); {
		k := i
		for k < len(name) && isIdent(name[k]) {
			k++
		}
		if k > i && strings.HasPrefix(name[k:], "::") {
			i = k + 2 // a module
			continue
		}
		k = max(k, i+1)
		b.WriteString(name[i:k])
		i = k
	}
	runes := []rune(b.String())
	if len(runes) > width && width > 2 {
		return string(runes[:width-2]) + ".."
	}
	return string(runes)
}

// withoutArguments writes `Vec<T>::push` as `Vec<..>::push`, in the type of
// `<Vec<T> as Trait>::f` too. A name whose brackets do not close stays.
func withoutArguments(name string) string {
	from := 0 // depth from which brackets are arguments
	if strings.HasPrefix(name, "<") && strings.Contains(name, " as ") {
		from = 1
	}
	var b strings.Builder
	depth := 0
	for i, c := range name {
		switch {
		case c == '<':
			if depth++; depth == from+1 {
				b.WriteString("<..>")
				continue
			}
		case c == '>' && (i == 0 || name[i-1] != '-'):
			if depth--; depth >= from {
				continue
			}
		}
		if depth <= from {
			b.WriteRune(c)
		}
	}
	if depth != 0 {
		return name
	}
	return b.String()
}

// withoutModules writes `<a::b::Type as c::Trait>::f` as `<Type as Trait>::f`.
func withoutModules(name string) string {
	end := strings.Index(name, ">::")
	if !strings.HasPrefix(name, "<") || end < 0 {
		return name
	}
	inside := name[1:end]
	words := strings.Split(inside, " ")
	for i, w := range words {
		if at := strings.LastIndex(w, "::"); at >= 0 && !strings.ContainsAny(w[:at], "<&(") {
			words[i] = w[at+2:]
		}
	}
	return "<" + strings.Join(words, " ") + name[end:]
}
