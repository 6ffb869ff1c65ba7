package patch

import (
	"slices"
	"strings"

	"softshell/audit"
	"softshell/audit/tree"
)

// Plan is how to mend what an audit found.
type Plan struct {
	Root    string
	Steps   []Step   // commands that change Cargo.lock alone, in order; each was tried
	Changes []Change // what all of them do to Cargo.lock
	Mends   []Mend   // one for each match, in the order of the matches
	Edits   []Edit   // of manifests, all that the mends need at once; tried together
	Then    []Step   // commands that must follow the edits
	Notes   []string // one sentence each
	Network bool     // cargo had to ask it

	Before, After []byte // Cargo.lock as it is, and behind the steps
}

// Step is one command.
type Step struct {
	Args    []string // of cargo
	Package string
	From    string
	To      string
	Mends   []string // ids of the advisories, sorted
	For     string   // the package that it makes room for, "" when it is this one
	Brings  []string // advisories that it brings: only of crates that nobody cares for

	before *state
}

// Command is the step as a person types it.
func (s *Step) Command() string { return "cargo " + strings.Join(s.Args, " ") }

// Change is what becomes of a package in Cargo.lock. An empty version is none.
type Change struct{ Package, From, To string }

// State says how far a mend goes.
type State string

// The states, the best first.
const (
	Mended  State = "Cargo.lock"       // the steps mend it; tried
	Edited  State = "Cargo.toml"       // a requirement or a feature in a manifest must change; tried
	Blocked State = "blocked"          // there are versions that mend it, and a dependency between that takes none of them
	Unknown State = "not known"        // nothing here tells of the versions that there are
	NoPatch State = "no fixed version" // no version mends it
)

// Mend is the answer for one match.
type Mend struct {
	Match    *audit.Match
	Package  tree.Package
	State    State
	To       string // the version behind the change; "" when the package is gone
	Edits    []Edit // of manifests, for Edited
	After    []Step // commands that must follow the edits
	Holders  []Holder
	Newer    []string // versions that would mend it, the lowest first; a few
	Older    string   // the newest that is older than the mistake, "" when there is none
	Brings   []string // advisories that the edits bring: only of crates that nobody cares for
	Tried    []string // what was tried in vain, and why
	Advice   []Advice
	Affected string // what RustSec calls affected, as ranges

	moved []edit
}

// Edit is a change of one line of a manifest.
type Edit struct {
	File     string // path of the user's manifest
	Line     int    // from 1
	Key      string // of the dependency
	To       string // the requirement
	Old, New string // the line, trimmed
	Breaks   bool   // Cargo calls the two versions incompatible: code may have to follow
}

// Holder is a package whose requirement keeps a version that must go.
type Holder struct {
	Package, Version string
	Member           bool
	On, Req          string // what it asks for
	Newest           string // its own newest version known, when even that does not help
}

// Advice is something to do where no version helps.
type Advice struct {
	Kind    Kind
	Text    string // a sentence or two
	Snippet string // for a file, or a command
	File    string // that the snippet belongs to
	Tried   bool   // it was tried in a copy, and it mends
}

// Kind is a kind of advice, which is also its order.
type Kind string

// The kinds of advice.
const (
	Feature Kind = "feature" // switch off what brings the package
	Replace Kind = "replace" // by another package
	Patch   Kind = "patch"   // [patch] with a mended source
	Forbid  Kind = "forbid"  // let clippy reject the function
	Older   Kind = "older"   // a version from before the mistake
)

// Left counts the matches that stay and that fails says are not accepted: those that
// Cargo.lock alone does not mend, and, while the steps are not taken, the others too.
func (p *Plan) Left(applied bool, fails func(*audit.Match) bool) int {
	n := 0
	for i := range p.Mends {
		if (p.Mends[i].State != Mended || !applied) && fails(p.Mends[i].Match) {
			n++
		}
	}
	return n
}

// SameAs reports whether two answers are the same but for their advisories.
func (m *Mend) SameAs(o *Mend) bool {
	return m.Package.Name == o.Package.Name && m.Package.Version == o.Package.Version && m.Package.Source == o.Package.Source &&
		m.State == o.State && m.To == o.To && m.Older == o.Older && slices.Equal(m.Newer, o.Newer) && slices.Equal(m.Tried, o.Tried) && slices.Equal(m.Brings, o.Brings) && slices.Equal(m.Edits, o.Edits) &&
		slices.Equal(m.Holders, o.Holders) && slices.Equal(m.Advice, o.Advice)
}
