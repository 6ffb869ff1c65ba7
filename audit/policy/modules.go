package policy

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"softshell/finding"
)

// Root is the file with which a crate's sources begin.
type Root struct{ Crate, File string }

// modules say in which module of a crate a line stands. The MIR tells it of bodies;
// of impls, traits and attributes only the sources do.
type modules struct {
	roots []Root
	read  map[string]bool // crates
	files map[Root][]region
	open  []string // files that are being read
}

// region is a part of a file that is one module: the file, or `mod name { .. }` in it.
type region struct {
	from, to int // lines
	path     []string
}

func modulesOf(roots []Root) *modules {
	return &modules{roots: roots, read: map[string]bool{}, files: map[Root][]region{}}
}

// at is the module in which a line of a crate's file stands.
func (m *modules) at(crate, file string, line int) (path []string, ok bool) {
	if !m.read[crate] {
		m.read[crate] = true
		for _, r := range m.roots {
			if r.Crate == crate {
				m.file(r, nil, true)
			}
		}
	}
	for _, r := range m.files[Root{crate, filepath.Clean(file)}] { // outer ones come first
		if r.from <= line && line <= r.to && len(r.path) >= len(path) {
			path, ok = r.path, true
		}
	}
	return path, ok
}

var (
	modItem  = regexp.MustCompile(`\bmod\s+(?:r#)?(\w+)\s*([;{])`)
	pathAttr = regexp.MustCompile(`\bpath\s*=\s*"([^"\n]+)"`)
)

// file reads the modules of one file, which is that of path. The files of its modules
// lie beside it where it is the crate's root, mod.rs or named by an attribute; else in
// a folder of its name.
func (m *modules) file(f Root, path []string, beside bool) {
	f.File = filepath.Clean(f.File)
	if slices.Contains(m.open, f.File) { // rustc takes no circle either
		return
	}
	data, err := os.ReadFile(f.File)
	if err != nil {
		return // of the places where a module may lie, most are empty
	}
	m.open = append(m.open, f.File)
	defer func() { m.open = m.open[:len(m.open)-1] }()
	text := string(data)
	code := finding.Code(text)
	line := func(at int) int { return 1 + strings.Count(text[:at], "\n") }
	m.files[f] = append(m.files[f], region{1, line(len(text)), path})
	dir := filepath.Dir(f.File)
	inner := dir
	if !beside {
		inner = filepath.Join(dir, strings.TrimSuffix(filepath.Base(f.File), ".rs"))
	}
	var ends []int // of the inline modules that an item stands in
	var names []string
	for _, at := range modItem.FindAllStringSubmatchIndex(code, -1) {
		for len(ends) > 0 && ends[len(ends)-1] < at[0] {
			ends, names = ends[:len(ends)-1], names[:len(names)-1]
		}
		name := code[at[2]:at[3]]
		own := append(slices.Concat(path, names), name)
		if code[at[4]] == '{' {
			end := closing(code, at[4])
			m.files[f] = append(m.files[f], region{line(at[0]), line(end), own})
			ends, names = append(ends, end), append(names, name)
			continue
		}
		folder := filepath.Join(append([]string{inner}, names...)...)
		for _, attr := range pathAttr.FindAllStringSubmatch(text[attributes(code, at[0]):at[0]], -1) {
			from := folder
			if len(names) == 0 {
				from = dir
			}
			m.file(Root{f.Crate, filepath.Join(from, filepath.FromSlash(attr[1]))}, own, true)
		}
		m.file(Root{f.Crate, filepath.Join(folder, name+".rs")}, own, false)
		m.file(Root{f.Crate, filepath.Join(folder, name, "mod.rs")}, own, true)
	}
}

// attributes is where what stands before an item begins.
func attributes(code string, item int) int { return strings.LastIndexAny(code[:item], ";{}") + 1 }

// closing is the brace that closes the one at i.
func closing(code string, i int) int {
	depth := 0
	for ; i < len(code); i++ {
		switch code[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(code)
}
