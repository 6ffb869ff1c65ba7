package capture

import (
	"errors"
	"fmt"
	"strings"
)

// Kind says what sort of failure an Error is; compare with errors.Is.
type Kind string

// Error lets a Kind be the target of errors.Is.
func (k Kind) Error() string { return string(k) }

// The kinds of failure.
const (
	ErrNoCargo     Kind = "no cargo"
	ErrNoRustc     Kind = "no rustc"
	ErrRustcTooOld Kind = "rustc too old"
	ErrNoPath      Kind = "no such path"
	ErrNotACrate   Kind = "not a crate"
	ErrNoMembers   Kind = "workspace without members"
	ErrManifest    Kind = "broken manifest"
	ErrNoPackage   Kind = "no such package"
	ErrCache       Kind = "cache not usable"
	ErrCargo       Kind = "cargo failed"
	ErrItems       Kind = "rustdoc failed"
	ErrMIR         Kind = "no mir"
	ErrChanged     Kind = "source changed since the capture"
	ErrOS          Kind = "system not supported"
)

// Error is a failure that a user can act on: what failed, why, what to do.
type Error struct {
	Kind   Kind
	What   string // what failed, one line
	Hint   string // what to do, one line; may be empty
	Detail string // the outside program's own words, kept whole; may be empty
	Err    error  // the cause; may be nil
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.What)
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	if d := strings.TrimSpace(e.Detail); d != "" {
		b.WriteString("\n" + d)
	}
	if e.Hint != "" {
		b.WriteString("\nhelp: " + e.Hint)
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// Is matches the Kind, so errors.Is(err, capture.ErrNoCargo) works.
func (e *Error) Is(target error) bool {
	var k Kind
	return errors.As(target, &k) && k == e.Kind
}

// cacheError names the full or read-only disk behind a failed write.
func cacheError(dir string, err error) *Error {
	e := &Error{Kind: ErrCache, What: "use the cache folder " + dir, Err: err,
		Hint: "set SOFTSHELL_CACHE to a folder that can be written"}
	if isDiskFull(err) {
		e.Hint = "free some space, or set SOFTSHELL_CACHE to a folder on another disk"
	}
	return e
}
