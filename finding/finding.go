package finding

// Grade says how sure a finding is.
type Grade uint8

// The grades, weakest first.
const (
	Possible  Grade = iota // the shape is there; a fact that decides it is unknown
	Likely                 // shown by the analysis on a feasible path
	Confirmed              // shown by a run
)

// Severity says how bad a true finding is.
type Severity uint8

// The severities, least first.
const (
	Note Severity = iota
	Warning
	Error
)

// Span is a range in a source file. Lines and columns count from 1; the end
// column is exclusive, as rustc has it. File is absolute inside the program and is
// made relative to the workspace root by the renderers.
type Span struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Col     int    `json:"column"`
	EndLine int    `json:"end_line"`
	EndCol  int    `json:"end_column"`
}

// IsZero reports whether there is no place to show.
func (s Span) IsZero() bool { return s.Line == 0 }

// Step is one stop on the path that shows the bug: where, and what happens there.
type Step struct {
	Span Span   `json:"span"`
	Text string `json:"text"`
}

// Edit replaces the text of Span by New; an empty span (Col == EndCol) inserts.
type Edit struct {
	Span Span   `json:"span"`
	New  string `json:"new"`
}

// Fix says how to mend a finding. Edits are given only where applying them
// by machine keeps the program's meaning apart from the bug.
type Fix struct {
	Text  string `json:"text"`
	Edits []Edit `json:"edits,omitempty"`
}

// Evidence is what a run showed about a finding.
type Evidence struct {
	Tool string `json:"tool"`
	Text string `json:"text"`
	Log  string `json:"log,omitempty"`
}

// Finding is one result of a rule; every pillar ends in these and every
// renderer starts from them.
type Finding struct {
	Rule        string     `json:"rule"`
	Title       string     `json:"title"`
	Severity    Severity   `json:"severity"`
	Grade       Grade      `json:"grade"`
	Basis       string     `json:"basis,omitempty"` // what the finding rests on, where a grade does not tell
	CWE         []int      `json:"cwe"`
	Crate       string     `json:"crate"`
	Item        string     `json:"item"` // path of the item without the crate: "Proxy<T>::take"
	Primary     Span       `json:"primary"`
	Label       string     `json:"label"`           // a few words shown under the primary span's carets
	Trace       []Step     `json:"trace,omitempty"` // in the order in which it happens
	Notes       []string   `json:"notes,omitempty"` // facts that lower or raise the grade, one sentence each
	Fix         *Fix       `json:"fix,omitempty"`
	Fields      []string   `json:"fields,omitempty"` // that it is about, with their types: "Node.next"
	Evidence    []Evidence `json:"evidence,omitempty"`
	Fingerprint string     `json:"fingerprint"` // rule + item + normalised snippet; never a line number
}
