package unsafety

import "softshell/finding"

// Kind says what is unsafe about a site.
type Kind string

// The kinds: operations, then declarations.
const (
	RawDeref   Kind = "deref"      // of a raw pointer
	UnsafeCall Kind = "call"       // of an unsafe function
	FFICall    Kind = "ffi"        // of a foreign function
	StaticMut  Kind = "static mut" // use of one, or of a foreign static
	UnionField Kind = "union"      // read of a union's field
	InlineAsm  Kind = "asm"
	Transmute  Kind = "transmute" // and what is like it

	UnsafeBlock Kind = "block"
	UnsafeFn    Kind = "fn"
	UnsafeImpl  Kind = "impl"
	UnsafeTrait Kind = "trait"
	UnsafeAttr  Kind = "attribute" // no_mangle, export_name, link_section
)

// Kinds are all of them, in the order in which they are shown.
var Kinds = []Kind{RawDeref, UnsafeCall, FFICall, StaticMut, UnionField, InlineAsm, Transmute, UnsafeBlock, UnsafeFn, UnsafeImpl, UnsafeTrait, UnsafeAttr}

// Operation reports whether the kind is something that is done, not something that is declared.
func (k Kind) Operation() bool {
	switch k {
	case RawDeref, UnsafeCall, FFICall, StaticMut, UnionField, InlineAsm, Transmute:
		return true
	}
	return false
}

// Inventory is all unsafe code of a tree.
type Inventory struct {
	Crates []Crate  `json:"crates"` // sorted by package, version, crate
	Notes  []string `json:"notes,omitempty"`
}

// Crate is the unsafe code of one compiled crate. A crate that is compiled twice, for
// the program and for a procedural macro, say, is one Crate with the sites of both.
type Crate struct {
	Package string `json:"package"`
	Version string `json:"version"`
	Crate   string `json:"crate"`
	Kind    string `json:"kind"` // lib, bin, proc-macro, custom-build, ..
	Member  bool   `json:"member,omitempty"`
	Host    bool   `json:"host,omitempty"`    // runs only where it is built, and does not ship
	Lines   int    `json:"lines"`             // of source
	Forbids bool   `json:"forbids,omitempty"` // forbids unsafe code
	Failed  string `json:"failed,omitempty"`  // why it could not be looked at, or not at all of it; then Sites may lack some
	Sites   []Site `json:"sites"`             // sorted by place
}

// Site is one unsafe operation or declaration.
type Site struct {
	Kind   Kind         `json:"kind"`
	Item   string       `json:"item"`             // path of the item it stands in
	Span   finding.Span `json:"span"`             // of the operation, or of the declaration
	Detail string       `json:"detail,omitempty"` // the callee, the type, the static
	Macro  string       `json:"macro,omitempty"`  // whose expansion it comes from, "" for none
	Code   string       `json:"code,omitempty"`   // the line that it starts on
	// Safety is the place of the comment that says why it is sound (`// SAFETY:`, or the
	// section `# Safety` of an unsafe function); zero when there is none.
	Safety  finding.Span `json:"safety,omitzero"`
	Needs   bool         `json:"needs,omitempty"`   // such a comment is expected here: blocks, impls, traits, public unsafe functions
	Reached string       `json:"reached,omitempty"` // "reachable", "not reached", "unknown"; "" when not asked for
}

// Documented reports whether the comment that is expected here stands there.
func (s *Site) Documented() bool { return !s.Safety.IsZero() }

// Count is the number of sites of a kind.
func (c *Crate) Count(k Kind) int {
	n := 0
	for i := range c.Sites {
		if c.Sites[i].Kind == k {
			n++
		}
	}
	return n
}

// Operations is the number of unsafe operations.
func (c *Crate) Operations() int {
	n := 0
	for i := range c.Sites {
		if c.Sites[i].Kind.Operation() {
			n++
		}
	}
	return n
}

// Comments are the sites where a comment is expected, and those where it is missing.
func (c *Crate) Comments() (expected, missing int) {
	for i := range c.Sites {
		if s := &c.Sites[i]; s.Needs {
			expected++
			if !s.Documented() {
				missing++
			}
		}
	}
	return expected, missing
}
