package tree

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	cyclonedx "github.com/CycloneDX/cyclonedx-go"
)

// maxSBOM bounds what is read as a bill of materials.
const maxSBOM = 256 << 20

// readSBOM reads a CycloneDX bill of materials, as JSON or XML.
func readSBOM(file string, format cyclonedx.BOMFileFormat) (*Tree, error) {
	if _, err := os.Stat(file); err != nil {
		return nil, err
	}
	data, err := readSmall(file, maxSBOM)
	if err != nil {
		return nil, err
	}
	t, err := parseSBOM(data, format)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	t.File = file
	return t, nil
}

func parseSBOM(data []byte, format cyclonedx.BOMFileFormat) (*Tree, error) {
	var bom cyclonedx.BOM
	if err := cyclonedx.NewBOMDecoder(bytes.NewReader(data), format).Decode(&bom); err != nil {
		return nil, err
	}
	if bom.BOMFormat != "" && bom.BOMFormat != cyclonedx.BOMFormat {
		return nil, fmt.Errorf("bomFormat is %q and not %s", bom.BOMFormat, cyclonedx.BOMFormat)
	}
	s := &sbom{Tree: &Tree{Input: FromSBOM}, lines: linesOf(data), refs: map[string]int{}}
	if bom.Metadata != nil && bom.Metadata.Component != nil {
		s.add(bom.Metadata.Component, true)
	}
	if bom.Components != nil {
		for i := range *bom.Components {
			s.add(&(*bom.Components)[i], false)
		}
	}
	if len(s.Packages) == 0 {
		return nil, errors.New("it names no crate: no component has a purl that begins with pkg:cargo/")
	}
	if bom.Dependencies != nil {
		for _, d := range *bom.Dependencies {
			s.edges(&d)
		}
	}
	if s.others > 0 {
		s.note("%d components of the bill of materials are no crates", s.others)
	}
	if s.excluded > 0 {
		s.note("%d components do not run in the program (scope excluded), and are judged too", s.excluded)
	}
	s.sort()
	if len(s.Roots) == 0 {
		s.rootsOfPaths()
	}
	return s.Tree, nil
}

type sbom struct {
	*Tree
	lines  map[string]int
	refs   map[string]int // bom-ref -> package
	others int
	// excluded counts what serves tests or the build alone; it is judged all the same
	excluded int
}

// add takes a component and those within it.
func (s *sbom) add(c *cyclonedx.Component, root bool) {
	p, ok := parsePurl(c.PackageURL)
	if ok && p.Name == "" {
		p.Name = c.Name
	}
	if ok && p.Version == "" {
		p.Version = c.Version
	}
	switch {
	case ok:
		s.take(c, p, root)
	case c.Type == cyclonedx.ComponentTypeLibrary:
		s.others++
	}
	if c.Components != nil {
		for i := range *c.Components {
			s.add(&(*c.Components)[i], false)
		}
	}
}

func (s *sbom) take(c *cyclonedx.Component, p Package, root bool) {
	for i := range s.Packages { // what lies within a component may stand there again
		if q := &s.Packages[i]; q.Name == p.Name && q.Version == p.Version && q.Source == p.Source {
			s.refs[c.BOMRef] = i
			return
		}
	}
	if c.Hashes != nil {
		for _, h := range *c.Hashes {
			if h.Algorithm == cyclonedx.HashAlgoSHA256 {
				p.Checksum = h.Value
			}
		}
	}
	p.Line, p.Member = s.lines[c.PackageURL], root
	if c.Scope == cyclonedx.ScopeExcluded {
		s.excluded++
	}
	at := len(s.Packages)
	if c.BOMRef != "" {
		s.refs[c.BOMRef] = at
	}
	if root {
		s.Roots = append(s.Roots, at)
	}
	s.Packages = append(s.Packages, p)
}

func (s *sbom) edges(d *cyclonedx.Dependency) {
	from, ok := s.refs[d.Ref]
	if !ok || d.Dependencies == nil {
		return
	}
	for _, ref := range *d.Dependencies {
		if to, ok := s.refs[ref]; ok && to != from {
			s.Packages[from].Deps = append(s.Packages[from].Deps, Dep{To: to})
		}
	}
}

// linesOf gives the line on which each purl stands first.
func linesOf(data []byte) map[string]int {
	out := map[string]int{}
	n := 0
	for line := range bytes.Lines(data) {
		n++
		for i := bytes.Index(line, []byte("pkg:cargo/")); i >= 0; i = bytes.Index(line, []byte("pkg:cargo/")) {
			line = line[i:]
			end := max(bytes.IndexAny(line, "\"<\r\n"), 1)
			if key := strings.ReplaceAll(string(line[:end]), "&amp;", "&"); out[key] == 0 {
				out[key] = n
			}
			line = line[end:]
		}
	}
	return out
}

// parsePurl reads pkg:cargo/NAME@VERSION?QUALIFIERS#SUBPATH. A crate without a name or a
// version is one all the same: what cannot be judged must not be left out.
func parsePurl(purl string) (Package, bool) {
	rest, ok := strings.CutPrefix(purl, "pkg:cargo/")
	if !ok {
		return Package{}, false
	}
	rest, _, _ = strings.Cut(rest, "#")
	rest, quals, _ := strings.Cut(rest, "?")
	name, ver, _ := strings.Cut(rest, "@")
	p := Package{Name: unescaped(name), Version: unescaped(ver), Source: Source{Kind: Registry}}
	q, _ := url.ParseQuery(strings.ReplaceAll(quals, "+", "%2B")) // what it cannot read it leaves out
	switch repo, vcs, from := q.Get("repository_url"), q.Get("vcs_url"), q.Get("download_url"); {
	case vcs != "":
		at, rev, _ := strings.Cut(strings.TrimPrefix(vcs, "git+"), "@")
		p.Source = Source{Kind: Git, URL: at, Rev: rev}
	case strings.HasPrefix(from, "file:"):
		p.Source = Source{Kind: Path}
	case repo != "" && !isCratesIO(repo) && !strings.HasPrefix(repo, "https://crates.io"):
		p.Source.URL = repo
	}
	return p, true
}

// unescaped is s as it stands when its escapes are broken.
func unescaped(s string) string {
	if plain, err := url.PathUnescape(s); err == nil {
		return plain
	}
	return s
}
