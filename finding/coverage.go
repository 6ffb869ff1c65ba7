package finding

// Coverage says what a run looked at and what it did not. It is printed with
// every result: silence is never mistaken for clean.
type Coverage struct {
	Crates []CrateCoverage `json:"crates"` // sorted by name, then kind
	// Missing names what the analysis asked for and could not have.
	Missing []string `json:"missing,omitempty"`
}

// CrateCoverage is the coverage of one compiled unit (a lib, a bin, a test ...).
type CrateCoverage struct {
	Package  string `json:"package"`
	Version  string `json:"version"`
	Crate    string `json:"crate"`
	Kind     string `json:"kind"` // "lib", "bin", "test", "example", "bench", "proc-macro", "file"
	Bodies   int    `json:"bodies"`
	Analysed int    `json:"analysed"`
	// Skipped counts the bodies that were not analysed, by reason in words.
	Skipped map[string]int `json:"skipped,omitempty"`
	// UnknownCalls counts the call sites, on a path that matters to a rule,
	// whose callee has no body here and no model.
	UnknownCalls int `json:"unknown_calls"`
	// UnknownCallees are the most frequent of these callees, at most ten.
	UnknownCallees []string `json:"unknown_callees,omitempty"`
	// CutShort are the functions in which not every value was followed to its
	// end, because the function's budget was used up.
	CutShort   []string `json:"cut_short,omitempty"`
	Types      int      `json:"types"`            // type definitions that were needed
	Unresolved int      `json:"unresolved_types"` // of these, without a definition or a model
	MIRBytes   int64    `json:"mir_bytes"`
	Lines      int      `json:"lines"` // lines of Rust source of the crate's files, when known
	// Failed is set when the unit was not analysed at all, with the reason.
	Failed string `json:"failed,omitempty"`
}

// Complete reports whether every body of every crate was analysed.
func (c *Coverage) Complete() bool {
	if len(c.Missing) > 0 {
		return false
	}
	for _, cr := range c.Crates {
		if cr.Failed != "" || cr.Analysed != cr.Bodies {
			return false
		}
	}
	return true
}

// Stats are the figures that --stats prints.
type Stats struct {
	Bodies      int            `json:"bodies"`
	Parsed      int            `json:"parsed"`
	Unsupported map[string]int `json:"unsupported,omitempty"`
	Types       int            `json:"types"`
	Unresolved  int            `json:"unresolved_types"`
	MIRBytes    int64          `json:"mir_bytes"`
	GaveUp      int            `json:"gave_up"`
	Reused      int            `json:"units_reused"` // without a compiler run
	PeakMemory  int64          `json:"peak_memory"`  // bytes, of softshell itself; 0 when not known
}

// Add adds the figures of another run.
func (s *Stats) Add(o *Stats) {
	s.Bodies += o.Bodies
	s.Parsed += o.Parsed
	s.Types += o.Types
	s.Unresolved += o.Unresolved
	s.MIRBytes += o.MIRBytes
	s.GaveUp += o.GaveUp
	s.Reused += o.Reused
	s.PeakMemory = max(s.PeakMemory, o.PeakMemory)
	for what, n := range o.Unsupported {
		if s.Unsupported == nil {
			s.Unsupported = map[string]int{}
		}
		s.Unsupported[what] += n
	}
}
