package tree

import (
	"bytes"
	"path/filepath"
	"strings"
)

// Declared is the line of a manifest by which one package depends on another; line is
// 0 when it is not found.
func (t *Tree) Declared(from, to int) (file string, line int) {
	p := &t.Packages[from]
	if file = p.Manifest; file == "" && t.Root != "" && p.Source.Kind == Path {
		file = filepath.Join(t.Root, "Cargo.toml")
	}
	if file == "" {
		return "", 0
	}
	data, err := readSmall(file, maxLock)
	if err != nil {
		return "", 0
	}
	name := t.Packages[to].Name
	for _, d := range p.Deps {
		if d.To == to && d.Rename != "" {
			name = d.Rename
		}
	}
	return file, declarationLine(data, name)
}

// declarationLine looks for a key in the tables of dependencies, or for a table of its own.
func declarationLine(data []byte, name string) int {
	n := 0
	in := false
	for raw := range bytes.Lines(data) {
		n++
		line := strings.TrimSpace(string(raw))
		if strings.HasPrefix(line, "[") {
			table, _, _ := strings.Cut(strings.Trim(line, "["), "]")
			if strings.HasPrefix(table, "target.") { // the cfg may hold brackets and dots
				table = line[strings.LastIndexByte(strings.TrimRight(line, "] \t"), '\'')+1:]
				table = strings.Trim(table, ".] ")
			}
			in = table == "dependencies" || table == "dev-dependencies" || table == "build-dependencies" || strings.HasSuffix(table, ".dependencies") ||
				strings.HasSuffix(table, "-dependencies")
			if kind, key, ok := cutLast(table); ok && strings.HasSuffix(kind, "dependencies") && unquote(key) == name {
				return n
			}
			continue
		}
		if key, _, ok := strings.Cut(line, "="); in && ok {
			key, _, _ = strings.Cut(strings.TrimSpace(key), ".")
			if unquote(key) == name {
				return n
			}
		}
	}
	return 0
}

func cutLast(s string) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, '.')
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

func unquote(s string) string { return strings.Trim(strings.TrimSpace(s), `"'`) }
