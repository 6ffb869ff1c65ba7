// Package tree reads what a program depends on: Cargo.lock, cargo metadata, what
// cargo-auditable left in a binary, a CycloneDX bill of materials.
//
// What comes in is a path and the flags that cargo knows. What goes out is a Tree.
// No build script runs and nothing is compiled; cargo is asked for metadata only.
package tree

import (
	"fmt"
	"slices"
)

// Input says what a Tree was read from.
type Input string

// The inputs, the one that knows most first.
const (
	FromMetadata Input = "cargo metadata" // with Cargo.lock: what is built for a target with some features
	FromLock     Input = "Cargo.lock"     // all that could be built
	FromBinary   Input = "binary"         // what was built
	FromSBOM     Input = "SBOM"
)

// Tree is a program's packages and what each depends on.
type Tree struct {
	Input    Input
	File     string    // that was read
	Root     string    // folder of the workspace; "" without one
	Packages []Package // sorted by name, then version, then source
	Roots    []int     // members, or what nothing depends on
	Targets  []string  // triples that it was pruned for; nil is all
	Host     string    // triple of this machine, where build scripts and procedural macros run; "" is not known
	Notes    []string  // what the user should know, one sentence each
}

// Package is one version of a crate.
type Package struct {
	Name     string
	Version  string
	Source   Source
	Checksum string
	Deps     []Dep
	Member   bool
	Features []string // that are on, when known
	Manifest string   // path of its Cargo.toml, when known
	Line     int      // in File, from 1; 0 when it has none
	// NotBuilt says why a locked package is no part of what is built ("optional: feature
	// \"x\" is off", "only for cfg(windows)"); "" is built, or not known.
	NotBuilt    string
	TestsUnsure bool // NotBuilt is said of the program; tests may take it
	DevOnly     bool // only tests, examples and benchmarks use it
	BuildOnly   bool // only build scripts and procedural macros use it
	AtBuild     bool // build scripts or procedural macros use it, they alone or too
	ProcMacro   bool // it is one; known from cargo only
	License     string
	Yanked      bool
	YankedKnown bool // this machine knows whether it is
}

// Dep is an edge to another package.
type Dep struct {
	To       int      // index into Packages
	Kinds    []string // "normal", "build", "dev"; nil when not known
	Req      string   // requirement in the manifest, when known
	Rename   string
	Target   string // cfg, when it has one
	Optional bool
	// Off is an edge of the lock file that this build does not take: an optional
	// dependency whose features are off, or one of another target.
	Off bool
}

// SourceKind says where a package comes from.
type SourceKind string

// The kinds of sources.
const (
	Registry SourceKind = "registry"
	Git      SourceKind = "git"
	Path     SourceKind = "path"
)

// Source is where a package comes from.
type Source struct {
	Kind SourceKind
	URL  string // "" for crates.io and for paths
	Rev  string // of git
}

// CratesIO reports whether a package comes from there: it is what advisories speak of.
func (s Source) CratesIO() bool { return s.Kind == Registry && s.URL == "" }

// String is the source in a few words: "crates.io", "path", "git+URL#REV", "registry+URL".
func (s Source) String() string {
	switch {
	case s.CratesIO():
		return "crates.io"
	case s.Kind == Path:
		return "path"
	case s.Rev != "":
		return string(s.Kind) + "+" + s.URL + "#" + s.Rev
	}
	return string(s.Kind) + "+" + s.URL
}

func (t *Tree) note(format string, args ...any) {
	t.Notes = append(t.Notes, fmt.Sprintf(format, args...))
}

// byName gives the packages of each name.
func byName(ps []Package) map[string][]int {
	out := make(map[string][]int, len(ps))
	for i := range ps {
		out[ps[i].Name] = append(out[ps[i].Name], i)
	}
	return out
}

// rootsOfPaths takes the packages of this computer as roots; without any, what nothing depends on.
func (t *Tree) rootsOfPaths() {
	needed := make([]bool, len(t.Packages))
	for i := range t.Packages {
		if t.Packages[i].Source.Kind == Path {
			t.Roots = append(t.Roots, i)
		}
		for _, d := range t.Packages[i].Deps {
			needed[d.To] = needed[d.To] || d.To != i
		}
	}
	if len(t.Roots) > 0 {
		return
	}
	for i := range needed {
		if !needed[i] {
			t.Roots = append(t.Roots, i)
		}
	}
}

// Paths gives for each package the shortest way to it from a root, the root first;
// nil where no root leads. Of ways of the same length it is the first one in the
// order of the packages.
func (t *Tree) Paths() [][]int {
	from := make([]int, len(t.Packages))
	for i := range from {
		from[i] = -1
	}
	queue := slices.Clone(t.Roots)
	for _, r := range queue {
		from[r] = r
	}
	for at := 0; at < len(queue); at++ {
		for _, d := range t.Packages[queue[at]].Deps {
			built := t.Packages[d.To].NotBuilt == ""
			if from[d.To] < 0 && (!built || !d.Off && t.Packages[queue[at]].NotBuilt == "") {
				from[d.To] = queue[at]
				queue = append(queue, d.To)
			}
		}
	}
	out := make([][]int, len(t.Packages))
	for i := range out {
		if from[i] < 0 {
			continue
		}
		out[i] = []int{i}
		for j := i; from[j] != j; j = from[j] {
			out[i] = append(out[i], from[j])
		}
		slices.Reverse(out[i])
	}
	return out
}
