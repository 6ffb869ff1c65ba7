package tree

import (
	"bytes"
	"cmp"
	"compress/zlib"
	"debug/elf"
	"debug/macho"
	"debug/pe"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"softshell/audit/version"
)

// section is where cargo-auditable leaves the list of crates in a binary.
const section = ".dep-v0"

// maxList bounds the list, packed and unpacked.
const maxList = 64 << 20

// errNoList is returned for a binary without the section.
var errNoList = errors.New("it has no list of its crates: cargo auditable build puts one in")

// readBinary reads the list of crates that a binary was built from.
func readBinary(file string) (*Tree, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	packed, err := findSection(f)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	t, err := parseList(packed)
	if err != nil {
		return nil, fmt.Errorf("read the list of crates in %s: %w", file, err)
	}
	t.File = file
	return t, nil
}

// isBinary knows ELF, PE, Mach-O and WebAssembly by their first bytes.
func isBinary(head []byte) bool {
	for _, magic := range []string{"\x7fELF", "MZ", "\xcf\xfa\xed\xfe", "\xce\xfa\xed\xfe", "\xca\xfe\xba\xbe", "\x00asm"} {
		if bytes.HasPrefix(head, []byte(magic)) {
			return true
		}
	}
	return false
}

// findSection takes the section out of a binary of any kind.
func findSection(f io.ReaderAt) ([]byte, error) {
	head := make([]byte, 8)
	if _, err := f.ReadAt(head, 0); err != nil {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(head, []byte("\x7fELF")):
		b, err := elf.NewFile(f)
		if err != nil {
			return nil, err
		}
		if s := b.Section(section); s != nil {
			return bounded(s.Open(), s.Size)
		}
	case bytes.HasPrefix(head, []byte("MZ")):
		b, err := pe.NewFile(f)
		if err != nil {
			return nil, err
		}
		if s := b.Section(section); s != nil {
			return bounded(s.Open(), uint64(s.Size))
		}
	case bytes.HasPrefix(head, []byte("\xca\xfe\xba\xbe")):
		b, err := macho.NewFatFile(f)
		if err != nil {
			return nil, err
		}
		for i := range b.Arches { // each architecture is built from the same list
			if s := b.Arches[i].Section(section); s != nil {
				return bounded(s.Open(), s.Size)
			}
		}
	case bytes.HasPrefix(head, []byte("\x00asm")):
		return findCustom(f)
	default:
		b, err := macho.NewFile(f)
		if err != nil {
			return nil, err
		}
		if s := b.Section(section); s != nil {
			return bounded(s.Open(), s.Size)
		}
	}
	return nil, errNoList
}

func bounded(r io.Reader, size uint64) ([]byte, error) {
	if size > maxList {
		return nil, fmt.Errorf("the section %s has %d bytes, more than such a list can have", section, size)
	}
	return io.ReadAll(io.LimitReader(r, maxList))
}

// findCustom looks for a custom section of WebAssembly: a byte 0, the size of all, the
// length of the name, the name, the content. The file stands behind its first 8 bytes.
func findCustom(f io.ReaderAt) ([]byte, error) {
	at := int64(8)
	for {
		head := make([]byte, 16)
		n, err := f.ReadAt(head, at)
		if n < 2 {
			return nil, errNoList
		}
		size, k := binary.Uvarint(head[1:n])
		if k <= 0 || size > maxList*16 {
			return nil, errors.New("a section of the WebAssembly is broken")
		}
		start := at + 1 + int64(k)
		if head[0] == 0 && size <= maxList {
			body := make([]byte, size)
			if _, err := f.ReadAt(body, start); err != nil {
				return nil, errors.New("a section of the WebAssembly is cut off")
			}
			long, k := binary.Uvarint(body)
			if k > 0 && long <= uint64(len(body)-k) && string(body[k:k+int(long)]) == section {
				return body[k+int(long):], nil
			}
		}
		if at = start + int64(size); err != nil && err != io.EOF {
			return nil, err
		}
	}
}

// list is what cargo-auditable writes.
type list struct {
	Packages []struct {
		Name         string `json:"name"`
		Version      string `json:"version"`
		Source       string `json:"source"` // "crates.io", "git", "local", "registry"
		Kind         string `json:"kind"`   // "build", "runtime"; "" is runtime
		Dependencies []int  `json:"dependencies"`
		Root         bool   `json:"root"`
	} `json:"packages"`
}

// parseList reads the packed list.
func parseList(packed []byte) (*Tree, error) {
	z, err := zlib.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(z, maxList+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxList {
		return nil, errors.New("it is longer than such a list can be")
	}
	var l list
	if err := json.Unmarshal(text, &l); err != nil {
		return nil, err
	}
	if len(l.Packages) == 0 {
		return nil, errors.New("it names no package")
	}
	t := &Tree{Input: FromBinary}
	for i := range l.Packages {
		p := &l.Packages[i]
		src := Source{Kind: Registry, URL: p.Source}
		switch p.Source {
		case "crates.io":
			src.URL = ""
		case "git":
			src = Source{Kind: Git}
		case "local":
			src = Source{Kind: Path}
		case "registry":
			src.URL = "another registry"
		}
		t.Packages = append(t.Packages, Package{Name: p.Name, Version: p.Version, Source: src, Member: p.Root, BuildOnly: p.Kind == "build", AtBuild: p.Kind == "build"})
		for _, d := range p.Dependencies {
			if d < 0 || d >= len(l.Packages) {
				t.note("package %s %s depends on number %d, which the list does not have", p.Name, p.Version, d)
				continue
			}
			t.Packages[i].Deps = append(t.Packages[i].Deps, Dep{To: d})
		}
		if p.Root {
			t.Roots = append(t.Roots, i)
		}
	}
	t.sort()
	if len(t.Roots) == 0 {
		t.rootsOfPaths()
	}
	return t, nil
}

// sort puts the packages in order; edges and roots follow.
func (t *Tree) sort() {
	order := make([]int, len(t.Packages))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		a, b := &t.Packages[i], &t.Packages[j]
		return cmp.Or(cmp.Compare(a.Name, b.Name), version.Compare(a.Version, b.Version), cmp.Compare(a.Source.String(), b.Source.String()))
	})
	at := make([]int, len(order))
	sorted := make([]Package, len(order))
	for to, from := range order {
		at[from], sorted[to] = to, t.Packages[from]
	}
	for i := range sorted {
		for k := range sorted[i].Deps {
			sorted[i].Deps[k].To = at[sorted[i].Deps[k].To]
		}
	}
	for k, r := range t.Roots {
		t.Roots[k] = at[r]
	}
	slices.Sort(t.Roots)
	t.Packages = sorted
}
