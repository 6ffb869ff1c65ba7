package capture

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// The compilers that this release was tested with, and the oldest that prints
// the same form of MIR in our trials; what counts in the end is the trial below.
const (
	oldestTried   = 80 // accepts all the flags
	oldestUsual   = 90
	newestTested  = 97
	testedInWords = "1.95 and the nightly of 1.97"
)

// trialSource holds what the MIR form is recognised by: a moved Box, storage
// markers, a call with an unwind edge, a drop.
const trialSource = `pub struct P(*mut u8);
impl P { pub fn new(v: Vec<u8>) -> P { let b = Box::new(v); P(Box::into_raw(b) as *mut u8) } }
impl Drop for P { fn drop(&mut self) { unsafe { drop(Box::from_raw(self.0 as *mut Vec<u8>)) } } }
pub fn get(x: Option<&str>) -> Result<u32, std::num::ParseIntError> { let n: u32 = x.unwrap_or("1").parse()?; Ok(n + 1) }
`

// mirForm are the texts that the trial must show.
var mirForm = []string{
	">::new(_1: ", "StorageLive(_", "StorageDead(_", "Box::<std::vec::Vec<u8>>::into_raw(move _",
	"-> [return: bb", "unwind: bb", "bb0: {", "(cleanup): {",
}

// trial is what a compiler did with the trial source.
type trial struct {
	Flags  string `json:"flags"`  // why the flags were refused; "" is accepted
	Absent string `json:"absent"` // what the text lacks; "" is understood
}

// requireSupport refuses a compiler whose MIR cannot be read. The answer is
// kept for each compiler.
func (r *run) requireSupport(ctx context.Context) error {
	path := filepath.Join(r.cache.dir, "probe", digest(r.tool.Verbose, strings.Join(r.tool.flags(), " "))+".json")
	var t trial
	if readJSON(path, &t) != nil {
		var err error
		if t, err = r.c.tryMIR(ctx, r.tool, r.target.dir, r.env); err != nil {
			return err
		}
		if err := writeJSON(path, &t); err != nil {
			return cacheError(r.cache.dir, err)
		}
	}
	minor := minorVersion(r.tool.Version)
	if t.Flags != "" || t.Absent != "" {
		return t.refuse(r.tool, minor)
	}
	switch {
	case minor < oldestUsual:
		r.note("rustc %s is older than what softshell is tested with (%s); it prints MIR in a form that is understood", r.tool.Version, testedInWords)
	case minor > newestTested:
		r.note("rustc %s is newer than what softshell is tested with (%s); it prints MIR in a form that is understood", r.tool.Version, testedInWords)
	}
	return nil
}

func (t trial) refuse(tool Toolchain, minor int) *Error {
	e := &Error{Kind: ErrRustcTooOld, Hint: "rustup update stable, or choose another toolchain with +NAME"}
	if minor >= oldestTried {
		e.Kind, e.Hint = ErrMIR, "use a toolchain that softshell is tested with: "+testedInWords
	}
	e.What = fmt.Sprintf("rustc %s does not print MIR that softshell can read (tested: %s)", tool.Version, testedInWords)
	e.Detail = t.Flags
	if t.Absent != "" {
		e.Detail = "the text lacks `" + t.Absent + "`"
	}
	return e
}

// flags are all that a captured crate is compiled with.
func (Toolchain) flags() []string {
	return append(append([]string{}, mirFlags...), captureFlags...)
}

// tryMIR compiles the trial source as a captured crate.
func (c *capturer) tryMIR(ctx context.Context, tool Toolchain, dir string, env []string) (trial, error) {
	text, msg, err := c.compileTrial(ctx, tool, dir, env, tool.flags()...)
	if err != nil {
		return trial{}, err
	}
	if msg != "" {
		return trial{Flags: msg}, nil
	}
	for _, want := range mirForm {
		if !strings.Contains(text, want) {
			return trial{Absent: want}, nil
		}
	}
	return trial{}, nil
}

// compileTrial returns the MIR text, or what the compiler said against it.
func (c *capturer) compileTrial(ctx context.Context, tool Toolchain, dir string, env []string, flags ...string) (text, msg string, err error) {
	tmp, err := os.MkdirTemp("", "softshell-trial-*")
	if err != nil {
		return "", "", fmt.Errorf("make a folder for the trial: %w", err)
	}
	defer os.RemoveAll(tmp)
	src, out := filepath.Join(tmp, "trial.rs"), filepath.Join(tmp, "trial.mir")
	if err := os.WriteFile(src, []byte(trialSource), 0o644); err != nil {
		return "", "", fmt.Errorf("write the trial: %w", err)
	}
	args := append([]string{"--crate-type", "lib", "--edition", "2021", src, "--out-dir", tmp, "--emit=metadata,mir=" + out}, flags...)
	var errs bytes.Buffer
	err = c.exec(ctx, command{Path: tool.Rustc, Args: args, Dir: dir, Env: append(env[:len(env):len(env)], "RUSTC_BOOTSTRAP=1"), Stderr: &errs})
	if ctx.Err() != nil {
		return "", "", ctx.Err()
	}
	if _, ran := exitCode(err); err != nil && ran {
		return "", errs.String(), nil
	}
	if err != nil {
		return "", "", startError(tool.Rustc, err)
	}
	mir, err := os.ReadFile(out)
	if os.IsNotExist(err) {
		return "", "", nil // it took the flags and printed nothing
	}
	return string(mir), "", err
}
