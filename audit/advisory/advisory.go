package advisory

import "softshell/audit/version"

// Kind says what an advisory tells of.
type Kind string

// The kinds. All but the first are called informational by RustSec.
const (
	Vulnerability Kind = "vulnerability"
	Unsound       Kind = "unsound"      // safe code can break memory safety
	Unmaintained  Kind = "unmaintained" // nobody will mend the next bug
	Notice        Kind = "notice"
)

// Advisory is one report about one package.
type Advisory struct {
	ID          string
	Package     string
	Collection  string // "crates"; "rust" for the toolchain's own parts
	Source      string // registry it is about; "" is crates.io
	Kind        Kind
	Title       string
	Description string // Markdown
	Date        string // YYYY-MM-DD
	URL         string
	Withdrawn   string // date; "" is not withdrawn
	Aliases     []string
	Related     []string
	References  []string
	Categories  []string
	Keywords    []string
	CVSS        CVSS
	Affected    version.Ranges // what is vulnerable
	Patched     []string       // requirements, as written
	Unaffected  []string
	Functions   []Function // the vulnerable ones, when named
	Arch, OS    []string   // the only ones concerned; nil is all
	File        string     // where it was read
}

// Function is a vulnerable function and the requirements of the versions in which it is.
type Function struct {
	Path     string // as written: "lru::LruCache::iter", "ObjectPool<H,T>::free"
	Versions []string
	Ranges   version.Ranges
}

// CVSS is a score of version 3.0, 3.1 or 4.0. The zero value is no score.
type CVSS struct {
	Vector   string
	Score    float64
	Severity string // none, low, medium, high, critical
}

// Database is what was read.
type Database struct {
	Path      string
	Commit    string // of the git checkout, when it is one
	Date      string // of the newest advisory or commit, RFC 3339
	byPackage map[string][]*Advisory
	Problems  []Problem
}

// Problem is a file that could not be used.
type Problem struct {
	File string
	Err  string
}
