package tree

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"unicode"

	"softshell/audit/version"
	"softshell/config"
)

// lockFile is a Cargo.lock of any version: 1 has the checksums in [metadata] and, at
// its oldest, the root apart; from 2 on a dependency is named as shortly as is clear.
type lockFile struct {
	Version  int               `toml:"version"`
	Root     *lockPackage      `toml:"root"`
	Packages []lockPackage     `toml:"package"`
	Metadata map[string]string `toml:"metadata"`
}

type lockPackage struct {
	Name         string   `toml:"name"`
	Version      string   `toml:"version"`
	Source       string   `toml:"source"`
	Checksum     string   `toml:"checksum"`
	Dependencies []string `toml:"dependencies"`
	Replace      string   `toml:"replace"`

	line int
}

// maxLock bounds what is read as a lock file; the largest that are known have one megabyte.
const maxLock = 32 << 20

// readLock reads a Cargo.lock by itself: what could be built, for any target and any features.
func readLock(file string) (*Tree, error) {
	data, err := readSmall(file, maxLock)
	if err != nil {
		return nil, err
	}
	t, err := parseLock(data)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	t.File = file
	return t, nil
}

// readSmall reads a file that must not be larger than limit.
func readSmall(file string, limit int64) ([]byte, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("read %s: it is no file", file)
	}
	if info.Size() > limit {
		return nil, fmt.Errorf("read %s: %d bytes are more than such a file can have", file, info.Size())
	}
	return os.ReadFile(file)
}

// parseLock reads the text of a Cargo.lock.
func parseLock(data []byte) (*Tree, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, errors.New("the file is empty; cargo generate-lockfile makes a new one")
	}
	if line := conflict(data); line > 0 {
		return nil, fmt.Errorf("line %d: a merge conflict is not resolved", line)
	}
	var l lockFile
	if err := config.DecodeTOML(string(data), &l); err != nil {
		return nil, err
	}
	if l.Version > 4 {
		return nil, fmt.Errorf("version %d of the lock file is not known: there are 1 to 4", l.Version)
	}
	l.setLines(data)
	if l.Root != nil {
		l.Packages = append(l.Packages, *l.Root)
	}
	if len(l.Packages) == 0 {
		return nil, errors.New("it names no package; is it a Cargo.lock?")
	}
	return l.tree()
}

// conflict finds what git leaves in a file that it could not merge.
func conflict(data []byte) int {
	n := 0
	for line := range bytes.Lines(data) {
		n++
		if bytes.HasPrefix(line, []byte("<<<<<<< ")) || bytes.HasPrefix(line, []byte(">>>>>>> ")) {
			return n
		}
	}
	return 0
}

// setLines gives each package the line of its name: the decoder keeps the order of
// the tables, and cargo writes no string of several lines.
func (l *lockFile) setLines(data []byte) {
	n, next := 0, 0
	var in *lockPackage
	for line := range bytes.Lines(data) {
		n++
		switch line = bytes.TrimSpace(line); {
		case bytes.HasPrefix(line, []byte("[[package]]")):
			in = nil
			if next < len(l.Packages) {
				in = &l.Packages[next]
				in.line = n
				next++
			}
		case bytes.HasPrefix(line, []byte("[root]")):
			if in = l.Root; in != nil {
				in.line = n
			}
		case bytes.HasPrefix(line, []byte("[")):
			in = nil
		case in != nil && bytes.HasPrefix(line, []byte("name")):
			in.line, in = n, nil
		}
	}
}

func (l *lockFile) tree() (*Tree, error) {
	t := &Tree{Input: FromLock}
	slices.SortStableFunc(l.Packages, func(a, b lockPackage) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), version.Compare(a.Version, b.Version), cmp.Compare(a.Source, b.Source))
	})
	for i := range l.Packages {
		p := &l.Packages[i]
		if p.Name == "" || p.Version == "" {
			return nil, fmt.Errorf("line %d: a package without a name or a version", p.line)
		}
		if !validName(p.Name) {
			t.note("%q (line %d) is no name that cargo takes for a package", p.Name, p.line)
		}
		src, err := parseSource(p.Source)
		if err != nil {
			t.note("package %s %s (line %d): %v", p.Name, p.Version, p.line, err)
		}
		sum := p.Checksum
		if sum == "" {
			sum = l.Metadata["checksum "+p.Name+" "+p.Version+" ("+p.Source+")"]
		}
		if sum == "<none>" {
			sum = ""
		}
		t.Packages = append(t.Packages, Package{Name: p.Name, Version: p.Version, Source: src, Checksum: sum, Line: p.line})
	}
	names := l.names()
	for i := range l.Packages {
		for _, d := range l.Packages[i].Dependencies {
			to := l.find(names, d)
			if to < 0 {
				t.note("package %s %s (line %d) depends on %q, which the file does not have", l.Packages[i].Name, l.Packages[i].Version, l.Packages[i].line, d)
				continue
			}
			t.Packages[i].Deps = append(t.Packages[i].Deps, Dep{To: to})
		}
	}
	l.replace(t, names)
	t.rootsOfPaths()
	return t, nil
}

// replace leads the edges to a package that [replace] names to the one in its place.
func (l *lockFile) replace(t *Tree, names map[string][]int) {
	instead := map[int]int{}
	for i := range l.Packages {
		if with := l.Packages[i].Replace; with != "" {
			t.Packages[i].NotBuilt = "[replace] puts " + with + " in its place"
			if to := l.find(names, with); to >= 0 {
				instead[i] = to
			}
		}
	}
	if len(instead) == 0 {
		return
	}
	for i := range t.Packages {
		for k := range t.Packages[i].Deps {
			if to, ok := instead[t.Packages[i].Deps[k].To]; ok {
				t.Packages[i].Deps[k].To = to
			}
		}
	}
}

// find is the package that a dependency names: "name", "name version" or
// "name version (source)". Of a source the revision may be missing.
func (l *lockFile) find(names map[string][]int, dep string) int {
	name, rest, _ := strings.Cut(dep, " ")
	ver, source, _ := strings.Cut(rest, " ")
	source = strings.TrimSuffix(strings.TrimPrefix(source, "("), ")")
	if ver != "" {
		name += " " + ver
	}
	found := -1
	for _, i := range names[name] {
		p := &l.Packages[i]
		if source != "" && withoutRev(p.Source) != withoutRev(source) {
			continue
		}
		if found < 0 || source == "" && p.Source == "" { // without one, the package of this workspace
			found = i
		}
	}
	return found
}

// names finds packages by "name" and by "name version".
func (l *lockFile) names() map[string][]int {
	out := make(map[string][]int, 2*len(l.Packages))
	for i := range l.Packages {
		p := &l.Packages[i]
		if n := len(out[p.Name]); n == 0 || p.Source == "" && n == 1 { // one is meant; that of this workspace, if there is one
			out[p.Name] = append(out[p.Name], i)
		}
		key := p.Name + " " + p.Version
		out[key] = append(out[key], i)
	}
	return out
}

func withoutRev(source string) string {
	s, _, _ := strings.Cut(source, "#")
	return s
}

// parseSource reads "registry+https://...", "sparse+https://...", "git+https://...?tag=v1#rev".
func parseSource(s string) (Source, error) {
	if s == "" {
		return Source{Kind: Path}, nil
	}
	kind, url, ok := strings.Cut(s, "+")
	if !ok {
		return Source{Kind: Registry, URL: s}, fmt.Errorf("%q is no source that cargo writes", s)
	}
	switch kind {
	case "registry", "sparse":
		url, _, _ = strings.Cut(url, "#")
		if isCratesIO(url) {
			return Source{Kind: Registry}, nil
		}
		return Source{Kind: Registry, URL: url}, nil
	case "git":
		url, rev, _ := strings.Cut(url, "#")
		return Source{Kind: Git, URL: url, Rev: rev}, nil
	case "path":
		return Source{Kind: Path}, nil
	}
	return Source{Kind: Registry, URL: s}, fmt.Errorf("%q is no kind of source that cargo knows", kind)
}

// isCratesIO knows crates.io by its two indexes.
func isCratesIO(url string) bool {
	url = strings.TrimSuffix(strings.TrimSuffix(url, "/"), ".git")
	return url == "https://github.com/rust-lang/crates.io-index" || url == "https://index.crates.io"
}

// validName is the rule of cargo: letters, digits, - and _, the first no digit.
func validName(s string) bool {
	for i, r := range s {
		if r != '_' && r != '-' && !unicode.IsLetter(r) && !(i > 0 && (unicode.IsDigit(r) || unicode.Is(unicode.Mn, r))) {
			return false
		}
	}
	return s != "" && s[0] != '-'
}
