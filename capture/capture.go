package capture

import "context"

// Options selects what to capture; the flags mean what they mean to cargo.
type Options struct {
	Path              string // a package or workspace folder, a Cargo.toml, or one .rs file; "" is the working directory
	ManifestPath      string
	Packages, Exclude []string
	Workspace         bool
	Features          []string
	AllFeatures       bool
	NoDefaultFeatures bool
	Target            string
	AllTargets        bool
	Lib               bool
	Bins, Tests       bool
	Profile           string
	Offline, Locked   bool
	Frozen            bool
	Deps              bool   // capture the dependencies too, not only the workspace's members
	Unsafe            bool   // survey the unsafe code of all crates, build scripts and procedural macros too, instead of the MIR
	Edition           string // single file only; "" is 2021
	Beside            string // share what was compiled of dependencies with the workspace at this folder
	CacheDir          string `json:"-"` // "" is the user's cache folder / softshell
	Jobs              int    `json:"-"` // 0 is all cores
	Color             bool   // the rendered text of compiler messages has ANSI colours
	Toolchain         string // rustup toolchain name ("+nightly" without the plus), "" is the default
	// Spans chooses the form of the MIR text.
	Spans SpanMode
	// Message, when set, receives each line of cargo's --message-format=json as it arrives.
	Message func(line []byte) `json:"-"`
	// Progress, when set, is told what is being compiled.
	Progress func(done, total int, what string) `json:"-"`
}

// SpanMode says when the MIR is printed with source spans, which makes the text 3.4 x larger.
type SpanMode uint8

// The span modes.
const (
	SpansAuto SpanMode = iota // crates for which an earlier run asked for spans
	SpansNever
	SpansAlways
)

// Unit is one compiled crate: what rustc was asked, and what it gave.
type Unit struct {
	Package string            `json:"package"`
	Version string            `json:"version"`
	PkgID   string            `json:"pkg_id"`
	Crate   string            `json:"crate"` // crate name as rustc has it (underscores)
	Kind    string            `json:"kind"`  // lib, bin, test, example, bench, proc-macro, file
	Edition string            `json:"edition"`
	Root    string            `json:"root"`             // absolute path of the crate root file
	Member  bool              `json:"member"`           // of the workspace
	Dir     string            `json:"dir"`              // working directory of rustc: relative paths in spans start here
	Args    []string          `json:"args"`             // rustc's arguments, without softshell's own
	Env     []string          `json:"env"`              // the variables that the crate may read: CARGO_*, OUT_DIR, ...
	Externs map[string]string `json:"externs"`          // extern crate name -> key of the Unit that made it
	MIR     string            `json:"mir"`              // path of the MIR text in the cache; "" when not captured
	Spans   bool              `json:"spans"`            // the MIR text has spans
	Survey  string            `json:"survey,omitempty"` // path of the survey in the cache; "" when none was asked for
	Host    bool              `json:"host,omitempty"`   // runs where it is built: a build script, a procedural macro, what they link
	Key     string            `json:"key"`              // content address: input, tool, rustc
	Sources []string          `json:"sources"`          // the crate's source files, from its dep-info
	Failed  string            `json:"failed,omitempty"`

	Primary  bool   `json:"primary"`  // named by the options (or by default), not only a dependency of one that is
	Rustc    string `json:"rustc"`    // the compiler that was called
	Artifact string `json:"artifact"` // what rustc made, without its ending: names the call's record
	Place    string `json:"place"`    // the workspace's folder in the cache; the target folder lies there
	Inputs   string `json:"inputs"`   // digest of the sources' content
}

// Build is the record of one capture: the units in dependency order (a unit
// comes after the units that it depends on; ties by name), and the toolchain.
type Build struct {
	Root      string // workspace root (or the folder of the single file)
	Units     []*Unit
	Toolchain Toolchain
	// Metadata holds the raw `metadata` tables of the workspace (key "") and of each member package (key: its name).
	Metadata map[string][]byte
	// CompileFailed is set when rustc rejected a crate; Errors holds its rendered messages.
	CompileFailed bool
	Errors        string
	// Reused is the number of units whose MIR came from the cache without a compiler run.
	Reused int
	// Notes are things that the user should know and that stop nothing, one sentence each.
	Notes []string
}

// Toolchain is the rustc that made a Build.
type Toolchain struct {
	Version string `json:"version"` // "1.95.0", "1.97.0-nightly"
	Commit  string `json:"commit"`
	Host    string `json:"host"`
	Rustc   string `json:"rustc"`   // path
	Verbose string `json:"verbose"` // rustc -vV
}

// Capturer runs captures. It is a seam: tests of later stages use recorded Builds.
type Capturer interface {
	Run(ctx context.Context, o Options) (*Build, error)
	// ItemsJSON returns the path of the unit's rustdoc JSON, made on the first
	// demand with the unit's own arguments and kept in the cache.
	ItemsJSON(ctx context.Context, u *Unit) (string, error)
	// MIRWithSpans returns the path of the unit's MIR text with spans, made on
	// demand. From now on SpansAuto asks for them in the first place.
	MIRWithSpans(ctx context.Context, u *Unit) (string, error)
	// ForgetSpans takes that back.
	ForgetSpans(u *Unit)
	// Result returns what KeepResult stored under a key (hexadecimal, 32
	// digits or more) in the cache that the unit lies in, nil when there is nothing.
	Result(u *Unit, key string) []byte
	// KeepResult stores what was computed from the unit. A cache that cannot be
	// written is no error: it is computed again.
	KeepResult(u *Unit, key string, data []byte)
}
