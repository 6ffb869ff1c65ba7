package capture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// Asking rustc and rustdoc again for one crate that was compiled before, with
// its own arguments, environment and working directory. What the crate depends
// on lies in the target folder, so nothing else is compiled.

// storeOf is the cache that a unit's place lies in.
func storeOf(u *Unit) cache { return cache{dir: filepath.Dir(filepath.Dir(u.Place))} }

// MIRWithSpans returns the path of the unit's MIR text with spans.
func (c *capturer) MIRWithSpans(ctx context.Context, u *Unit) (string, error) {
	if err := askable(u, ErrMIR); err != nil {
		return "", err
	}
	_ = writeFile(place{dir: u.Place}.spans(u.Artifact), nil) // without it the next run asks in vain, no more
	path := storeOf(u).mirPath(u.Key, true)
	return c.once.do(ctx, path, func() (string, error) {
		return path, c.guarded(ctx, u, path, func() error { return c.printMIR(ctx, u, path, true) })
	})
}

// ForgetSpans says that nothing needed the spans of the unit.
func (c *capturer) ForgetSpans(u *Unit) { _ = os.Remove(place{dir: u.Place}.spans(u.Artifact)) }

// askable refuses a unit that holds nothing to ask about.
func askable(u *Unit, kind Kind) error {
	switch {
	case u.Failed != "":
		return &Error{Kind: kind, What: fmt.Sprintf("%s did not compile", u.Crate), Hint: "fix the compiler's errors first"}
	case u.Place == "" || u.Key == "":
		return &Error{Kind: kind, What: fmt.Sprintf("%s was not compiled here", u.Crate)}
	}
	return nil
}

// guarded makes path with ask unless it is there; no cargo of ours may change
// the target folder meanwhile, and the crate must still be what was captured.
func (c *capturer) guarded(ctx context.Context, u *Unit, path string, ask func() error) error {
	store := storeOf(u)
	if store.has(path) {
		return nil
	}
	release, err := lockPlace(ctx, place{dir: u.Place}.lockFile(), true, nil)
	if err != nil {
		return err
	}
	defer release()
	rec, err := readRecord(place{dir: u.Place}.record(u.Artifact))
	if err != nil || rec.inputs() != u.Inputs || !rec.unchanged() {
		return &Error{Kind: ErrChanged, What: fmt.Sprintf("the sources of %s changed since it was compiled", u.Crate), Hint: "run softshell again"}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return cacheError(store.dir, err)
	}
	return ask()
}

// printMIR runs rustc for the unit's MIR only.
func (c *capturer) printMIR(ctx context.Context, u *Unit, path string, spans bool) error {
	sink, err := newMIRSink(path)
	if err != nil {
		return cacheError(filepath.Dir(path), err)
	}
	args := withoutArtifacts(u.Args, func(v string) bool { return !strings.HasPrefix(v, "incremental=") })
	// Not --emit=mir: with that a library is encoded too, for nobody.
	args = append(args, "--cap-lints", "allow", "-Zunpretty=mir", "-o", fdName(3))
	args = append(args, mirFlags...)
	if spans {
		args = append(args, spansFlag)
	}
	var errs bytes.Buffer
	err = c.exec(ctx, command{Path: u.Rustc, Args: args, Dir: u.Dir, Env: unitEnv(u), Stderr: &errs, Extra: []*os.File{sink.write}})
	if serr := sink.close(err == nil); err == nil && serr != nil {
		return cacheError(filepath.Dir(path), serr)
	}
	return askError(ctx, ErrMIR, "print the MIR of "+u.Crate, err, errs.String())
}

// unitEnv is this process's environment with what cargo had set for the crate.
func unitEnv(u *Unit) []string {
	return append(append(environment(Options{}), u.Env...), "RUSTC_BOOTSTRAP=1")
}

func askError(ctx context.Context, kind Kind, what string, err error, detail string) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	}
	if _, ran := exitCode(err); !ran {
		return &Error{Kind: kind, What: what, Err: err}
	}
	return &Error{Kind: kind, What: what, Err: errors.New("the compiler failed"), Detail: detail}
}

// printMissing asks rustc for the units whose text is not in the store.
func (r *run) printMissing(ctx context.Context, units []*Unit) error {
	workers := r.opts.Jobs
	if workers <= 0 {
		workers = runtime.NumCPU()
	}
	errs := make([]error, len(units))
	slots := make(chan struct{}, workers)
	var wg sync.WaitGroup
	for i, u := range units {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			if errs[i] = os.MkdirAll(filepath.Dir(u.MIR), 0o755); errs[i] == nil {
				errs[i] = r.c.printMIR(ctx, u, u.MIR, u.Spans)
			}
		})
	}
	wg.Wait()
	if i := slices.IndexFunc(errs, func(e error) bool { return e != nil }); i >= 0 {
		return errs[i]
	}
	return nil
}
