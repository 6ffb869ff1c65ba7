package view

import "strings"

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

// Short is a name of at most width letters: the middle of generic arguments goes
// first, then the start.
func Short(name string, width int) string {
	runes := []rune(name)
	if len(runes) <= width {
		return name
	}
	depth := 0
	var b strings.Builder
	for i, c := range name {
		switch {
		case c == '<' && i > 0:
			if depth == 0 {
				b.WriteString("<..>")
			}
			depth++
			continue
		case c == '>' && depth > 0 && name[i-1] != '-':
			depth--
			continue
		}
		if depth == 0 {
			b.WriteRune(c)
		}
	}
	if short := []rune(b.String()); depth == 0 && len(short) < len(runes) {
		runes = short
	}
	if len(runes) > width && width > 2 {
		tail := string(runes[len(runes)-width+2:])
		if at := strings.Index(tail, "::"); at > 0 && at < len(tail)/2 {
			tail = tail[at:] // no part of a word
		}
		return ".." + tail
	}
	return string(runes)
}
