package patch

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// manifest is the text of a Cargo.toml and where in it dependencies are declared, so
// that one value can be changed and nothing else.
type manifest struct {
	text string
	name string // of the package
	deps []declared
}

// declared is one dependency of a manifest.
type declared struct {
	key    string // as the manifest calls it
	table  string // "dependencies", "dev-dependencies", "build-dependencies"
	target string // of [target.X.dependencies]
	shared bool   // stands in [workspace.dependencies]
	line   int    // from 1
	plain  *span  // of the value when it is the version alone
	inline *span  // of the value when it is a table in braces
	fields map[string]span
	behind int // where a line for another field can stand, when neither plain nor inline
	prefix string
}

// span is a part of the text.
type span struct{ from, to int }

func (m *manifest) at(s span) string { return m.text[s.from:s.to] }

// crate is the real name of the dependency.
func (m *manifest) crate(d *declared) string {
	if f, ok := d.fields["package"]; ok {
		if s, ok := unquote(m.at(f)); ok {
			return s
		}
	}
	return d.key
}

// inherits reports whether the workspace's table says which version is meant.
func (m *manifest) inherits(d *declared) bool {
	f, ok := d.fields["workspace"]
	return ok && m.at(f) == "true"
}

// req is the requirement as written, "" when there is none.
func (m *manifest) req(d *declared) string {
	s, _ := m.version(d)
	text, _ := unquote(m.at(s))
	return text
}

func (m *manifest) version(d *declared) (span, bool) {
	if d.plain != nil {
		return *d.plain, true
	}
	f, ok := d.fields["version"]
	return f, ok
}

// lineOf is the line of a place in the text, from 1.
func (m *manifest) lineOf(at int) int { return 1 + strings.Count(m.text[:at], "\n") }

// withVersion is the text with another requirement.
func (m *manifest) withVersion(d *declared, req string) (text string, line int, ok bool) {
	s, ok := m.version(d)
	if !ok {
		return "", 0, false
	}
	return m.replace(s, strconv.Quote(req)), m.lineOf(s.from), true
}

func (m *manifest) replace(s span, by string) string { return m.text[:s.from] + by + m.text[s.to:] }

// withFeatures is the text with these features and no others.
func (m *manifest) withFeatures(d *declared, features []string, defaults bool) (string, bool) {
	quoted := make([]string, len(features))
	for i, f := range features {
		quoted[i] = strconv.Quote(f)
	}
	list := "[" + strings.Join(quoted, ", ") + "]"
	next := m
	set := func(name, value string) bool {
		i := slices.IndexFunc(next.deps, func(e declared) bool {
			return e.key == d.key && e.table == d.table && e.target == d.target && e.shared == d.shared
		})
		if i < 0 {
			return false
		}
		text, ok := next.withField(&next.deps[i], name, value)
		if ok {
			next = readManifest(text)
		}
		return ok
	}
	if !defaults && !set("default-features", "false") {
		return "", false
	}
	_, had := d.fields["features"]
	if had || len(features) > 0 {
		if !set("features", list) {
			return "", false
		}
	}
	return next.text, true
}

// withField is the text with one field of a dependency set.
func (m *manifest) withField(d *declared, name, value string) (string, bool) {
	if f, ok := d.fields[name]; ok {
		return m.replace(f, value), true
	}
	switch {
	case d.plain != nil:
		return m.replace(*d.plain, "{ version = "+m.at(*d.plain)+", "+name+" = "+value+" }"), true
	case d.inline != nil:
		inner := strings.TrimRight(m.text[d.inline.from+1:d.inline.to-1], " \t\r\n")
		sep := ", "
		if inner == "" || strings.HasSuffix(inner, ",") {
			sep = " "
		}
		return m.replace(*d.inline, "{"+inner+sep+name+" = "+value+" }"), true
	case d.behind > 0:
		return m.text[:d.behind] + "\n" + d.prefix + name + " = " + value + m.text[d.behind:], true
	}
	return "", false
}

// line is a line of the text, without what is around it.
func (m *manifest) line(n int) string {
	lines := strings.Split(m.text, "\n")
	if n < 1 || n > len(lines) {
		return ""
	}
	return strings.TrimSpace(lines[n-1])
}

// declaration is the text of a dependency, with its table where that is a table's head.
func (m *manifest) declaration(d *declared) string {
	var parts []span
	switch {
	case d.plain != nil:
		parts = append(parts, *d.plain)
	case d.inline != nil:
		parts = append(parts, *d.inline)
	default:
		for _, f := range d.fields {
			parts = append(parts, f)
		}
	}
	from, to := d.line, d.line
	for _, p := range parts {
		from, to = min(from, m.lineOf(p.from)), max(to, m.lineOf(p.to))
	}
	return strings.Join(strings.Split(m.text, "\n")[from-1:to], "\n")
}

var tablesOfDeps = map[string]string{
	"dependencies": "dependencies", "dev-dependencies": "dev-dependencies", "build-dependencies": "build-dependencies",
	"dev_dependencies": "dev-dependencies", "build_dependencies": "build-dependencies",
}

// readManifest finds the dependencies of a manifest that cargo accepts. In any other
// text it finds what it can.
func readManifest(text string) *manifest {
	m := &manifest{text: text}
	s := scanner{text: text}
	var table []string
	for s.skipSpace(true); s.at < len(text); s.skipSpace(true) {
		if text[s.at] == '[' {
			for s.at < len(text) && text[s.at] == '[' {
				s.at++
			}
			table = s.key()
			m.header(table, &s)
			s.skipLine()
			continue
		}
		start := s.at
		key := s.key()
		s.skipSpace(false)
		if len(key) == 0 || s.at >= len(text) || text[s.at] != '=' {
			s.at = start
			s.skipLine()
			continue
		}
		s.at++
		s.skipSpace(false)
		from := s.at
		s.skipValue()
		if path := slices.Concat(table, key); slices.Equal(path, []string{"package", "name"}) {
			m.name, _ = unquote(text[from:s.at])
		} else {
			m.pair(path, len(key), start, span{from, s.at})
		}
		s.skipLine()
	}
	return m
}

// dependency takes the table and the name of a dependency from the front of a key.
func dependency(path []string) (d declared, rest []string, ok bool) {
	switch {
	case len(path) > 2 && path[0] == "target":
		d.target, path = path[1], path[2:]
	case len(path) > 1 && path[0] == "workspace":
		d.shared, path = true, path[1:]
	}
	if len(path) < 2 || tablesOfDeps[path[0]] == "" {
		return d, nil, false
	}
	d.table, d.key = tablesOfDeps[path[0]], path[1]
	return d, path[2:], true
}

// entry is the dependency that a key belongs to.
func (m *manifest) entry(d declared) *declared {
	for i := range m.deps {
		if e := &m.deps[i]; e.key == d.key && e.table == d.table && e.target == d.target && e.shared == d.shared {
			return e
		}
	}
	d.fields = map[string]span{}
	m.deps = append(m.deps, d)
	return &m.deps[len(m.deps)-1]
}

// header takes a line like [dependencies.x].
func (m *manifest) header(table []string, s *scanner) {
	d, rest, ok := dependency(table)
	if !ok || len(rest) > 0 {
		return
	}
	e := m.entry(d)
	e.line = m.lineOf(s.at)
	end := strings.IndexByte(m.text[s.at:], '\n')
	if end < 0 {
		end = len(m.text) - s.at
	}
	e.behind = s.at + len(strings.TrimRight(m.text[s.at:s.at+end], "\r"))
}

// pair takes a key with its value; own is how many parts of the key stand in this line.
func (m *manifest) pair(path []string, own, start int, value span) {
	d, rest, ok := dependency(path)
	if !ok {
		return
	}
	e := m.entry(d)
	if e.line == 0 {
		e.line = m.lineOf(start)
	}
	if len(rest) == 1 {
		e.fields[rest[0]] = value
		if e.behind == 0 { // x.version = "1": another field is another line like it
			e.behind = value.to
			if own > 1 {
				line := m.text[start:value.from]
				e.prefix = line[:strings.LastIndexByte(line, '.')+1]
			}
		}
		return
	}
	if len(rest) > 1 || value.from >= len(m.text) {
		return
	}
	switch m.text[value.from] {
	case '"', '\'':
		e.plain = &value
	case '{':
		if value.to < value.from+2 || m.text[value.to-1] != '}' {
			return // it does not end
		}
		e.inline = &value
		in := scanner{text: m.text[:value.to-1], at: value.from + 1}
		for in.skipSpace(true); in.at < len(in.text); in.skipSpace(true) {
			key := in.key()
			in.skipSpace(true)
			if len(key) == 0 || in.at >= len(in.text) || in.text[in.at] != '=' {
				return
			}
			in.at++
			in.skipSpace(true)
			from := in.at
			in.skipValue()
			e.fields[key[0]] = span{from, in.at}
			in.skipSpace(true)
			if in.at < len(in.text) && in.text[in.at] == ',' {
				in.at++
			}
		}
	}
}

// scanner goes through TOML, as far as manifests need it.
type scanner struct {
	text string
	at   int
}

// skipSpace goes past spaces and, where lines do not count, past their ends and comments.
func (s *scanner) skipSpace(lines bool) {
	for s.at < len(s.text) {
		switch c := s.text[s.at]; {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n' && lines:
			s.at++
		case c == '#' && lines:
			s.skipLine()
		default:
			return
		}
	}
}

func (s *scanner) skipLine() {
	if i := strings.IndexByte(s.text[s.at:], '\n'); i >= 0 {
		s.at += i + 1
		return
	}
	s.at = len(s.text)
}

// key reads a dotted key.
func (s *scanner) key() []string {
	var out []string
	for {
		s.skipSpace(false)
		from := s.at
		if s.at < len(s.text) && (s.text[s.at] == '"' || s.text[s.at] == '\'') {
			s.skipString()
			word, _ := unquote(s.text[from:s.at])
			out = append(out, word)
		} else {
			for s.at < len(s.text) && bare(s.text[s.at]) {
				s.at++
			}
			if s.at == from {
				return out
			}
			out = append(out, s.text[from:s.at])
		}
		s.skipSpace(false)
		if s.at >= len(s.text) || s.text[s.at] != '.' {
			return out
		}
		s.at++
	}
}

func bare(c byte) bool {
	return c == '_' || c == '-' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func (s *scanner) skipString() {
	quote := s.text[s.at : s.at+1]
	if three := strings.Repeat(quote, 3); strings.HasPrefix(s.text[s.at:], three) {
		quote = three
	}
	s.at += len(quote)
	for s.at < len(s.text) && !strings.HasPrefix(s.text[s.at:], quote) {
		if quote[0] == '"' && s.text[s.at] == '\\' {
			s.at++
		} else if len(quote) == 1 && s.text[s.at] == '\n' {
			return
		}
		s.at++
	}
	s.at = min(s.at+len(quote), len(s.text))
}

// skipValue goes past one value; brackets in it are matched.
func (s *scanner) skipValue() {
	depth := 0
	for s.at < len(s.text) {
		switch c := s.text[s.at]; {
		case c == '"' || c == '\'':
			s.skipString()
			if depth == 0 {
				return
			}
			continue
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			if depth == 0 {
				return
			}
			if depth--; depth == 0 {
				s.at++
				return
			}
		case depth == 0 && (c == ',' || c == '\n' || c == '\r' || c == '#' || c == ' ' || c == '\t'):
			return
		case c == '#':
			s.skipLine()
			continue
		}
		s.at++
	}
}

// unquote reads a string of one line.
func unquote(s string) (string, bool) {
	if len(s) < 2 || s[0] != s[len(s)-1] {
		return "", false
	}
	switch s[0] {
	case '\'':
		return s[1 : len(s)-1], true
	case '"':
		out, err := strconv.Unquote(s)
		return out, err == nil
	}
	return "", false
}

// stringsIn reads a list of strings.
func stringsIn(s string) ([]string, error) {
	var out []string
	in := scanner{text: strings.TrimSuffix(strings.TrimPrefix(s, "["), "]")}
	for in.skipSpace(true); in.at < len(in.text); in.skipSpace(true) {
		from := in.at
		in.skipValue()
		word, ok := unquote(in.text[from:in.at])
		if !ok {
			return nil, fmt.Errorf("%q is no list of strings", s)
		}
		out = append(out, word)
		in.skipSpace(true)
		if in.at < len(in.text) && in.text[in.at] == ',' {
			in.at++
		}
	}
	return out, nil
}
