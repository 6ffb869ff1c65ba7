// Package audit joins a tree of dependencies with a database of advisories.
//
// What comes in is a tree.Tree, an advisory.Database and what the user decided to
// ignore. What goes out is a Result: matches, those that are held back and why, and
// what could not be judged.
package audit

import (
	"softshell/audit/advisory"
	"softshell/audit/tree"
)

// Result is what an audit found.
type Result struct {
	Tree     *tree.Tree
	Database *advisory.Database
	Matches  []Match // of what is built, sorted: vulnerabilities first, then by severity, package
	NotBuilt []Match // of what is locked and not built
	Ignored  []Match
	// NotJudged are packages from git, a path or another registry that have the name
	// and a version of an affected crate.
	NotJudged  []Match
	Yanked     []int    // packages that are built and were taken back from the registry
	Wrong      []string // ignores that are expired or match nothing: errors
	Incomplete []string // what could not be judged, one sentence each
}

// Match is an advisory that concerns a package of the tree.
type Match struct {
	Package  int // index into Tree.Packages
	Advisory *advisory.Advisory
	Path     []int   // from a root to the package, the shortest
	Reach    *Reach  // nil when not asked for
	Ignore   *Ignore // nil for none; one that is expired is only told of
	Why      string  // of those that are held back: the reason
}

// Ignore is a decision of the user about an advisory.
type Ignore struct {
	ID, Reason string
	Until      string // YYYY-MM-DD; "" is without end
	Expired    bool   // its last day is over: it holds nothing back
}

// Verdict says whether vulnerable code can run.
type Verdict string

// The verdicts.
const (
	Reachable  Verdict = "reachable"
	NotReached Verdict = "not reached"
	Unknown    Verdict = "unknown"
)

// OnlyTests is the Why of what is reached from code alone that does not ship.
const OnlyTests = "only from tests, benchmarks or examples"

// Reach is what the call graph says of a match.
type Reach struct {
	Verdict Verdict
	Why     string // for Unknown; what NotReached rests on; from where, for Reachable
	Level   string // "function", "type", "crate": what was looked for
	Match   string // grade of the match of the named paths: "exact", "fuzzy", "none"
	Chain   []Call // the shortest, from a root to the vulnerable function
}

// Call is a step of a chain.
type Call struct {
	Crate, Item string
	File        string
	Line        int
	How         string // how the step before it gets here: "call", "trait", "closure", "pointer", "drop"
}
