package main

import (
	"strings"
	"unicode"

	"softshell/ir"
)

// The item of a row is written as advisories write it, `SmallVec::insert_many`,
// `From<Buffer>`, `util::mutate`; the item of a finding as the analysis names a
// function, `<Proxy<T> as Drop>::drop`, `m::f::{closure#0}`. They are compared
// segment by segment.

// segment is one step of a path. It goes by more than one name where an impl
// of a trait stands: by the type's and by the trait's.
type segment struct {
	names   []name
	closure bool // {closure#0} and the like: nothing that a row would name
	impl    bool // a type, whatever its name looks like
}

// name is a name with its generic arguments, as they were written.
type name struct {
	text string
	args []string
}

// sameItem reports whether a finding's item is the one that a row names.
// Generic arguments count only where both have them and both are concrete;
// modules only where no type tells more than they do.
func sameItem(row, item, crate string) bool {
	want, have := parseItem(row, crate), parseItem(item, crate)
	if len(want) == 0 {
		return false
	}
	if within(want, have, 0) {
		return true
	}
	for i := 0; i+1 < len(want) && want[i].lower(); i++ { // without modules that the finding does not tell
		rest := want[i+1:]
		if at := start(rest, have); at >= 0 && (at == 0 || hasType(rest)) {
			return true
		}
	}
	return false
}

// namesCall reports whether a row names no function of the crate but the call
// that the bug starts with, `into_raw`, and the finding's title says the same.
func namesCall(row, title string) bool {
	if row == "" || strings.Contains(row, "::") || !unicode.IsLower(rune(row[0])) {
		return false
	}
	quoted := strings.Split(title, "`")
	for i := 1; i < len(quoted); i += 2 {
		if quoted[i] == row || strings.HasSuffix(quoted[i], "::"+row) {
			return true
		}
	}
	return false
}

// within reports whether want occurs in have from a place on, in order.
func within(want, have []segment, from int) bool {
	function := lastFunction(have)
	for i, w := range want {
		for ; ; from++ {
			if from == len(have) {
				return false
			}
			if !w.same(have[from]) {
				continue
			}
			if i+1 < len(want) || !w.lower() || from >= function {
				break
			}
		}
		from++
	}
	return true
}

// start is where want begins in have, -1 when it does not occur.
func start(want, have []segment) int {
	for i := range have {
		if want[0].same(have[i]) && within(want, have, i) {
			return i
		}
	}
	return -1
}

// lastFunction is the first segment that can be a function: what stands
// before it are modules and types. Behind a type or before a closure it is
// known; else only the last segment is one for sure.
func lastFunction(list []segment) int {
	for i, s := range list {
		switch {
		case s.closure:
			return max(i-1, 0)
		case s.isType():
			return i + 1
		}
	}
	return len(list) - 1
}

func (s segment) same(o segment) bool {
	for _, a := range s.names {
		found := false
		for _, b := range o.names {
			found = found || a.same(b)
		}
		if !found {
			return false
		}
	}
	return len(s.names) > 0
}

func (a name) same(b name) bool {
	if a.text != b.text {
		return false
	}
	for i := 0; i < len(a.args) && i < len(b.args); i++ {
		x, y := headName(a.args[i]).text, headName(b.args[i]).text
		if x != y && !parameter(x) && !parameter(y) {
			return false
		}
	}
	return true
}

// parameter reports whether an argument looks like a generic parameter: `T`, `K2`, `_`.
func parameter(s string) bool {
	return s == "_" || len(s) == 1 && unicode.IsUpper(rune(s[0])) || len(s) == 2 && unicode.IsUpper(rune(s[0])) && unicode.IsDigit(rune(s[1]))
}

func (s segment) isType() bool {
	return s.impl || len(s.names) > 0 && s.names[0].text != "" && unicode.IsUpper(rune(s.names[0].text[0]))
}

// lower reports whether a segment is a module or a function.
func (s segment) lower() bool { return !s.isType() && !s.closure }

func hasType(list []segment) bool {
	for _, s := range list {
		if s.isType() {
			return true
		}
	}
	return false
}

// parseItem splits an item's path; a leading `crate` or the crate's own name is left out.
func parseItem(item, crate string) []segment {
	item = strings.TrimSuffix(strings.TrimSpace(item), "()")
	item = strings.TrimSuffix(item, "!")
	if head, ok := implHeader(item); ok {
		return []segment{parseImpl(head)}
	}
	var out []segment
	for i, part := range ir.SplitTop(item, "::") {
		switch {
		case part == "" || i == 0 && (part == "crate" || part == strings.ReplaceAll(crate, "-", "_")):
		case strings.HasPrefix(part, "{"):
			out = append(out, segment{closure: true})
		case strings.HasPrefix(part, "<"):
			inner := strings.TrimSuffix(part[1:], ">")
			switch head, ok := implHeader(inner); {
			case ok && strings.HasPrefix(head, "at "):
				out = append(out, segment{impl: true}) // an impl that could not be resolved
			case ok:
				out = append(out, parseImpl(head))
			case i == 0 || strings.Contains(inner, " as "):
				out = append(out, parseQualified(inner))
			} // else the arguments of a function
		default:
			out = append(out, segment{names: []name{headName(part)}})
		}
	}
	return out
}

// implHeader is what follows `impl<..>` in a text that begins with it.
func implHeader(s string) (string, bool) {
	s = strings.TrimPrefix(s, "unsafe ")
	rest, ok := strings.CutPrefix(s, "impl")
	if !ok || rest == "" || rest[0] != ' ' && rest[0] != '<' {
		return "", false
	}
	if rest[0] == '<' {
		rest = rest[ir.CloseAngle(rest):]
	}
	return strings.TrimSpace(rest), true
}

// parseImpl reads `Trait for Type` or `Type`.
func parseImpl(head string) segment {
	head, _, _ = strings.Cut(head, " where ")
	if parts := ir.SplitTop(head, " for "); len(parts) == 2 {
		return typed(parts[1], strings.TrimPrefix(strings.TrimSpace(parts[0]), "!"))
	}
	return typed(head)
}

// parseQualified reads `Type as Trait` or `Type`.
func parseQualified(s string) segment {
	if parts := ir.SplitTop(s, " as "); len(parts) == 2 {
		return typed(parts[0], parts[1])
	}
	return typed(s)
}

func typed(texts ...string) segment {
	s := segment{impl: true}
	for _, t := range texts {
		s.names = append(s.names, headName(t))
	}
	return s
}

// headName is a type's outermost name: `Node` of `&'a mut m::Node<T>`. What has
// none keeps its text.
func headName(t string) name {
	t = strings.TrimSpace(t)
	for {
		before := t
		for _, p := range []string{"&", "*const ", "*mut ", "mut ", "dyn "} {
			t = strings.TrimSpace(strings.TrimPrefix(t, p))
		}
		if strings.HasPrefix(t, "'") {
			if _, rest, ok := strings.Cut(t, " "); ok {
				t = strings.TrimSpace(rest)
			}
		}
		if t == before {
			break
		}
	}
	if t == "" || strings.ContainsRune("[(<", rune(t[0])) {
		return name{text: t}
	}
	parts := ir.SplitTop(t, "::")
	t = parts[len(parts)-1]
	if strings.HasPrefix(t, "<") && len(parts) > 1 { // m::Node::<T>
		t = parts[len(parts)-2] + t
	}
	text, args, ok := strings.Cut(t, "<")
	if !ok {
		return name{text: strings.TrimSpace(text)}
	}
	n := name{text: strings.TrimSpace(text)}
	for _, a := range ir.SplitTop(strings.TrimSuffix(strings.TrimSpace(args), ">"), ",") {
		if a = strings.TrimSpace(a); a != "" && a[0] != '\'' {
			n.args = append(n.args, a)
		}
	}
	return n
}
