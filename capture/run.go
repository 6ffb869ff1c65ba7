package capture

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// capturer is the Capturer that runs real programs.
type capturer struct {
	exec execFunc
	self string // this binary, which cargo calls back as the wrapper
	once flights
}

// New returns the Capturer that asks cargo and rustc. The binary that calls it
// must call WrapperMain first thing in main.
func New() Capturer {
	self, err := os.Executable()
	if err != nil {
		self = os.Args[0]
	}
	return &capturer{exec: runCommand, self: self}
}

// run is one capture of a cargo package or workspace.
type run struct {
	c           *capturer
	opts        Options
	target      target
	env         []string
	cache       cache
	meta        *metadata
	tool        Toolchain
	place       place
	id          string
	sessionFile string
	notes       []string
	started     time.Time
}

func (r *run) note(format string, args ...any) {
	r.notes = append(r.notes, fmt.Sprintf(format, args...))
}

// Run captures what the options name.
func (c *capturer) Run(ctx context.Context, o Options) (*Build, error) {
	if !osSupported {
		return nil, &Error{Kind: ErrOS, What: "softshell captures on Linux and macOS only", Hint: "on Windows run it in WSL"}
	}
	t, err := locate(o)
	if err != nil {
		return nil, err
	}
	store, err := openCache(o.CacheDir)
	if err != nil {
		return nil, err
	}
	r := &run{c: c, opts: o, target: t, env: environment(o), cache: store, id: newID(), started: time.Now()}
	if b := r.recall(); b != nil {
		return b, nil
	}
	return r.capture(ctx)
}

// capture does the work of Run once it is known what to capture and where.
func (r *run) capture(ctx context.Context) (*Build, error) {
	if err := r.prepare(ctx); err != nil {
		return nil, err
	}
	release, err := lockPlace(ctx, r.place.lockFile(), false, r.waiting)
	if err != nil {
		return nil, err
	}
	defer release()
	if b := r.recall(); b != nil { // by the run that we waited for
		return b, nil
	}
	defer r.cache.sweepSometimes(ctx)
	if err := r.place.prepare(); err != nil {
		return nil, err
	}
	bodies, done := r.bodiesFolder()
	defer done()
	if err := r.openSession(bodies); err != nil {
		return nil, cacheError(r.cache.dir, err)
	}
	defer os.Remove(r.sessionFile)
	if r.target.file != "" {
		return r.file(ctx)
	}
	return r.build(ctx)
}

// prepare finds the toolchain, the workspace and its place in the cache.
func (r *run) prepare(ctx context.Context) error {
	var err error
	if r.tool, err = r.c.findToolchain(ctx, r.target.dir, r.env); err != nil {
		return err
	}
	root := r.target.file
	r.meta = &metadata{Root: r.target.dir}
	if root == "" {
		if r.meta, err = r.c.readMetadata(ctx, r.target, r.env); err != nil {
			return err
		}
		root = r.meta.Root
		r.noteExcludes()
	}
	if r.opts.Beside != "" {
		root = r.opts.Beside
	}
	if r.opts.Unsafe {
		// Apart from the others: what is compiled here knows nothing of MIR.
		r.place = r.cache.place(root, r.tool.Verbose, "unsafe")
		return r.requireSurvey(ctx)
	}
	r.place = r.cache.place(root, r.tool.Verbose)
	return r.requireSupport(ctx)
}

// noteExcludes tells of names to leave out that no package has: cargo's own
// warning of it is lost among the compiler's messages.
func (r *run) noteExcludes() {
	for _, pattern := range r.opts.Exclude {
		name, _, _ := strings.Cut(pattern, "@")
		if strings.Contains(name, ":") {
			continue // a package id
		}
		if !slices.ContainsFunc(r.meta.Packages, func(p metaPackage) bool { ok, _ := path.Match(name, p.Name); return ok }) {
			var e *Error
			errors.As(r.meta.noPackage(name), &e)
			r.note("--exclude %s leaves nothing out: %s", name, strings.TrimSuffix(e.What+": "+e.Hint, ": "))
		}
	}
}

func (r *run) waiting() {
	if r.opts.Progress != nil {
		r.opts.Progress(0, 0, "waiting for another softshell run in this workspace")
	}
}

// openSession writes what the wrappers of this run need to know.
func (r *run) openSession(bodies string) error {
	s := session{
		Run: r.id, Units: r.place.units(), Target: r.place.target(), Members: r.meta.memberDirs(),
		Deps: r.opts.Deps, Spans: r.opts.Spans, Unsafe: r.opts.Unsafe, Bodies: bodies, Frozen: frozenDirs(r.env),
	}
	if s.Unsafe {
		s.Survey = surveyEnding()
	}
	for _, kv := range r.env {
		s.BaseEnv = append(s.BaseEnv, envHash(kv))
	}
	r.sessionFile = filepath.Join(r.place.dir, "session-"+r.id+".json")
	return writeJSON(r.sessionFile, &s)
}

// build runs cargo and assembles its records. Where cargo finds a crate fresh
// but its record is gone or does not fit, the crate is built once more.
func (r *run) build(ctx context.Context) (*Build, error) {
	for try := 0; ; try++ {
		res, err := r.check(ctx)
		if err != nil {
			return nil, err
		}
		if !res.finished {
			return nil, r.cargoError(res)
		}
		a, err := r.assemble(ctx, res)
		if err != nil {
			return nil, err
		}
		if len(a.stale) == 0 {
			r.remember(a.build, res, a.used())
			return a.build, nil
		}
		if try == 2 {
			return nil, &Error{Kind: ErrCache, What: fmt.Sprintf("what lies in %s does not fit what cargo built, also after it was built anew", r.place.dir),
				Detail: strings.Join(a.stale, "\n"), Hint: "remove that folder and try again"}
		}
		for _, path := range a.stale {
			os.Remove(path)
		}
	}
}

// cargoError says why cargo did not get as far as building.
func (r *run) cargoError(res *checked) error {
	if strings.Contains(res.stderr, "did not match any packages") || strings.Contains(res.stderr, "not found in workspace") {
		for _, p := range slices.Concat(r.opts.Packages, r.opts.Exclude) {
			if !slices.ContainsFunc(r.meta.Packages, func(m metaPackage) bool { return m.Name == p }) {
				return r.meta.noPackage(p)
			}
		}
	}
	if err := r.diskFull(res.stderr); err != nil {
		return err
	}
	return &Error{Kind: ErrCargo, What: "cargo check failed before it compiled anything", Detail: res.stderr}
}

// diskFull says so if cargo or rustc told of a full disk below our folder: that
// is no fault of the crate.
func (r *run) diskFull(said string) error {
	if !strings.Contains(said, "No space left on device") || !strings.Contains(said, r.cache.dir) {
		return nil
	}
	e := cacheError(r.cache.dir, syscall.ENOSPC)
	e.Detail = said
	return e
}

// frozenDirs hold the sources that cargo fetched and that nobody edits.
func frozenDirs(env []string) []string {
	home, ok := lookEnv(env, "CARGO_HOME")
	if !ok {
		user, err := os.UserHomeDir()
		if err != nil {
			return nil
		}
		home = filepath.Join(user, ".cargo")
	}
	return []string{filepath.Join(home, "registry"), filepath.Join(home, "git")}
}

// newID names a run.
func newID() string {
	var b [8]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
