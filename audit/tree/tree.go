// Package tree reads what a program depends on: Cargo.lock, cargo metadata, what
// cargo-auditable left in a binary, a CycloneDX bill of materials.
//
// What comes in is a path and the flags that cargo knows. What goes out is a Tree.
// No build script runs and nothing is compiled; cargo is asked for metadata only.
package tree

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
	Target   string    // triple that it was pruned for; "" is all
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
	NotBuilt  string
	DevOnly   bool // only tests, examples and benchmarks use it
	BuildOnly bool // only build scripts and procedural macros use it
	Yanked    bool
}

// Dep is an edge to another package.
type Dep struct {
	To       int      // index into Packages
	Kinds    []string // "normal", "build", "dev"; nil when not known
	Req      string   // requirement in the manifest, when known
	Rename   string
	Target   string // cfg, when it has one
	Optional bool
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
