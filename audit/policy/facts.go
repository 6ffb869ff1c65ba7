package policy

import (
	"time"

	"softshell/audit"
	"softshell/audit/unsafety"
	"softshell/check"
)

// Need says which facts a policy asks for.
type Need uint8

// The facts. Advisories are known after audit.Run with a database, Tree after
// reading the dependencies alone; Unsafe, Code and Reach compile the program.
const (
	NeedTree Need = 1 << iota
	NeedAdvisories
	NeedUnsafe
	NeedCode
	NeedLock
	NeedToolchain
	NeedSettings
	NeedReach // of the matches in Audit
)

// Facts are what is known of a program. What is nil could not be had, and Missing
// says why.
type Facts struct {
	Root       string
	Audit      *audit.Result // its Database is nil when only the tree was read
	Unsafe     *unsafety.Inventory
	Code       *check.Result // of Rules, over the members
	Lock       *Lock
	Toolchain  string // rustc's version: "1.95.0", "1.97.0-nightly"
	Settings   *Settings
	Today      time.Time
	Missing    map[Need]string
	Roots      []Root // of the crates in Unsafe and Code
	exceptions []*taken
	modules    *modules // of Roots, when they are asked for
}

// Lock is what is known of Cargo.lock.
type Lock struct {
	File    string
	Exists  bool
	InGit   bool // the folder lies in a git checkout
	Tracked bool // git has the file
	Changed bool // it differs from what git has
}

// taken counts what an exception was used for.
type taken struct {
	Exception
	used int
}

// lacks notes that a fact is missing.
func (f *Facts) lacks(n Need, o *Outcome) bool {
	why, missing := f.Missing[n]
	switch {
	case missing:
	case n == NeedTree && f.Audit == nil, n == NeedAdvisories && (f.Audit == nil || f.Audit.Database == nil), n == NeedUnsafe && f.Unsafe == nil,
		n == NeedCode && f.Code == nil, n == NeedLock && f.Lock == nil, n == NeedToolchain && f.Toolchain == "", n == NeedSettings && f.Settings == nil:
		why = "it was not looked at"
	default:
		return false
	}
	o.gap(why)
	o.blind = true
	return true
}
