package capture

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// message is what this package reads of a line of cargo's --message-format=json.
type message struct {
	Reason    string   `json:"reason"`
	PackageID string   `json:"package_id"`
	Manifest  string   `json:"manifest_path"`
	Filenames []string `json:"filenames"`
	Fresh     bool     `json:"fresh"`
	OutDir    string   `json:"out_dir"`
	Success   bool     `json:"success"`
	Target    struct {
		Kind []string `json:"kind"`
		Name string   `json:"name"`
		Src  string   `json:"src_path"`
	} `json:"target"`
	Profile struct {
		Test bool `json:"test"`
	} `json:"profile"`
	Message struct {
		Level    string `json:"level"`
		Rendered string `json:"rendered"`
	} `json:"message"`
}

// kind is the unit kind that cargo's words mean.
func (m *message) kind() string {
	if len(m.Target.Kind) == 0 {
		return "lib"
	}
	switch k := m.Target.Kind[0]; {
	case k == "custom-build" || k == "bench" || k == "file":
		return k
	case m.Profile.Test:
		return "test"
	case k == "bin" || k == "example" || k == "proc-macro" || k == "test":
		return k
	default: // lib, rlib, dylib, cdylib, staticlib
		return "lib"
	}
}

// checked is what one `cargo check` said.
type checked struct {
	artifacts []message
	scripts   []message
	lines     [][]byte // the messages as they came
	errors    strings.Builder
	finished  bool // cargo got as far as building
	success   bool
	stderr    string
}

// checkArgs are the arguments of cargo check that the options ask for.
func checkArgs(o Options, t target, targetDir string) []string {
	format := "json"
	if o.Color {
		format = "json-diagnostic-rendered-ansi"
	}
	args := []string{"check", "--keep-going", "--message-format=" + format, "--target-dir", targetDir, "--manifest-path", t.manifest}
	flag := func(on bool, name string) {
		if on {
			args = append(args, name)
		}
	}
	value := func(name, v string) {
		if v != "" {
			args = append(args, name, v)
		}
	}
	flag(o.Workspace || len(o.Exclude) > 0, "--workspace")
	for _, p := range o.Packages {
		value("--package", p)
	}
	for _, p := range o.Exclude {
		value("--exclude", p)
	}
	value("--features", strings.Join(o.Features, ","))
	flag(o.AllFeatures, "--all-features")
	flag(o.NoDefaultFeatures, "--no-default-features")
	value("--target", o.Target)
	value("--profile", o.Profile)
	flag(o.AllTargets, "--all-targets")
	flag(o.Lib, "--lib")
	flag(o.Bins, "--bins")
	flag(o.Tests, "--tests")
	flag(o.Offline, "--offline")
	flag(o.Locked, "--locked")
	flag(o.Frozen, "--frozen")
	if o.Jobs > 0 {
		value("--jobs", strconv.Itoa(o.Jobs))
	}
	return args
}

// check runs cargo, with a Cargo.lock of our own where the user's is missing or
// would have to change.
func (r *run) check(ctx context.Context) (*checked, error) {
	if r.opts.Locked || r.opts.Frozen {
		return r.cargo(ctx, nil, nil)
	}
	if _, err := os.Stat(filepath.Join(r.meta.Root, "Cargo.lock")); err == nil {
		res, err := r.cargo(ctx, []string{"--locked"}, nil)
		if err != nil || res.finished || !strings.Contains(res.stderr, "--locked") {
			return res, err
		}
		r.note("Cargo.lock is out of date; it was left alone and a resolved copy was used")
	}
	for again := false; ; again = true {
		args, env, err := r.ownLock(ctx)
		if err != nil {
			return nil, err
		}
		res, err := r.cargo(ctx, args, env)
		if err != nil || again || res.finished || !strings.Contains(res.stderr, r.place.cargoLock()) {
			return res, err
		}
		os.Remove(r.place.cargoLock()) // ours is broken: cargo cannot read it
		os.Remove(r.lockSeed())
	}
}

// ownLock prepares the Cargo.lock of our own and says how cargo is told of it.
func (r *run) ownLock(ctx context.Context) (args, env []string, err error) {
	if err := r.seedLock(); err != nil {
		return nil, nil, cacheError(r.place.dir, err)
	}
	var out bytes.Buffer
	if err := r.c.exec(ctx, command{Path: "cargo", Args: []string{"-V"}, Dir: r.target.dir, Env: r.env, Stdout: &out}); err != nil {
		return nil, nil, startError("cargo", err)
	}
	args, env = lockPathFlags(out.String(), r.place.cargoLock())
	if args == nil && env == nil {
		return nil, nil, &Error{Kind: ErrCargo, What: "this cargo is too old to leave Cargo.lock alone: " + firstLine(out.String()),
			Hint: "rustup update stable, or make an up-to-date Cargo.lock with cargo generate-lockfile"}
	}
	return args, env, nil
}

// lockPathFlags says how this cargo is given another path for Cargo.lock: a
// configuration value that became stable in 1.97, was unstable before, and had
// been an unstable option before that.
func lockPathFlags(cargoVersion, path string) (args, env []string) {
	minor := minorVersion(strings.TrimPrefix(cargoVersion, "cargo "))
	config := "CARGO_RESOLVER_LOCKFILE_PATH=" + path
	switch {
	case minor >= 97:
		return nil, []string{config}
	case minor >= 95:
		return []string{"-Zlockfile-path"}, []string{config, channelEnv + "=nightly"}
	case minor >= 83:
		return []string{"-Zunstable-options", "--lockfile-path", path}, []string{channelEnv + "=nightly"}
	}
	return nil, nil
}

// minorVersion reads the 95 of "1.95.0 (...)".
func minorVersion(v string) int {
	parts := strings.SplitN(v, ".", 3)
	if len(parts) < 2 {
		return 0
	}
	n, _ := strconv.Atoi(parts[1])
	return n
}

// lockSeed holds the digest of the user's Cargo.lock that ours was started from.
func (r *run) lockSeed() string { return r.place.cargoLock() + ".from" }

// seedLock starts our Cargo.lock from the user's, once for each state of it.
func (r *run) seedLock() error {
	theirs, err := os.ReadFile(filepath.Join(r.meta.Root, "Cargo.lock"))
	if err != nil {
		return nil // none: cargo makes ours
	}
	from := r.lockSeed()
	sum := digest(string(theirs))
	if old, err := os.ReadFile(from); err == nil && string(old) == sum {
		return nil
	}
	if err := writeFile(r.place.cargoLock(), theirs); err != nil {
		return err
	}
	return writeFile(from, []byte(sum))
}

// cargo runs `cargo check` once.
func (r *run) cargo(ctx context.Context, args, env []string) (*checked, error) {
	res := &checked{}
	out := &lineWriter{each: func(line []byte) { r.receive(res, line) }}
	errs := &statusWriter{progress: r.opts.Progress}
	env = append(slices.Concat(r.env, env),
		"RUSTC_WRAPPER="+r.c.self,
		wrapperEnv+"="+r.sessionFile,
		"CARGO_BUILD_BUILD_DIR="+r.place.target(), // a build-dir of the user's configuration is theirs
		"CARGO_TERM_PROGRESS_WHEN=always", "CARGO_TERM_PROGRESS_WIDTH=80", "CARGO_TERM_COLOR=never", "CARGO_TERM_QUIET=false", "CARGO_TERM_VERBOSE=false",
	)
	args = append(checkArgs(r.opts, r.target, r.place.target()), args...)
	err := r.c.exec(ctx, command{Path: "cargo", Args: args, Dir: r.target.dir, Env: env, Stdout: out, Stderr: errs})
	out.flush()
	errs.flush()
	res.stderr, _, _ = strings.Cut(errs.kept.String(), "Stack backtrace:")
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if _, ran := exitCode(err); err != nil && !ran {
		return nil, startError("cargo", err)
	}
	res.success = res.success && err == nil
	return res, nil
}

// receive takes one line of cargo's output.
func (r *run) receive(res *checked, line []byte) {
	var m message
	if json.Unmarshal(line, &m) != nil {
		return
	}
	res.lines = append(res.lines, slices.Clone(line))
	if r.opts.Message != nil {
		r.opts.Message(line)
	}
	switch m.Reason {
	case "compiler-artifact":
		res.artifacts = append(res.artifacts, m)
	case "build-script-executed":
		res.scripts = append(res.scripts, m)
	case "build-finished":
		res.finished, res.success = true, m.Success
	case "compiler-message":
		if strings.HasPrefix(m.Message.Level, "error") {
			res.errors.WriteString(m.Message.Rendered)
		}
	}
}

// lineWriter calls each for each whole line.
type lineWriter struct {
	each func(line []byte)
	rest []byte
}

func (w *lineWriter) Write(p []byte) (int, error) {
	w.rest = append(w.rest, p...)
	for {
		i := bytes.IndexByte(w.rest, '\n')
		if i < 0 {
			return len(p), nil
		}
		w.each(w.rest[:i])
		w.rest = w.rest[i+1:]
	}
}

func (w *lineWriter) flush() {
	if len(w.rest) > 0 {
		w.each(w.rest)
		w.rest = nil
	}
}

// statusWriter parts cargo's stderr into progress and words worth keeping.
type statusWriter struct {
	progress func(done, total int, what string)
	rest     []byte
	kept     strings.Builder
}

// keptLimit bounds what is kept of cargo's stderr (a build script may print a lot).
const keptLimit = 1 << 20

var (
	progressLine = regexp.MustCompile(`^\s*Building \[[^\]]*\] (\d+)/(\d+)(?:: (.*))?$`)
	statusLine   = regexp.MustCompile(`^ *(Compiling|Checking|Building|Finished|Updating|Downloading|Downloaded|Locking|Blocking|Adding|Fresh|Dirty|Running|Removing|Upgrading|Downgrading) `)
	ansi         = regexp.MustCompile("\x1b\\[[0-9;]*[A-Za-z]")
)

func (w *statusWriter) Write(p []byte) (int, error) {
	w.rest = append(w.rest, p...)
	for {
		i := bytes.IndexAny(w.rest, "\r\n")
		if i < 0 {
			return len(p), nil
		}
		w.line(string(w.rest[:i]))
		w.rest = w.rest[i+1:]
	}
}

func (w *statusWriter) flush() {
	w.line(string(w.rest))
	w.rest = nil
}

func (w *statusWriter) line(s string) {
	s = strings.TrimRight(ansi.ReplaceAllString(s, ""), " ")
	if m := progressLine.FindStringSubmatch(s); m != nil {
		if w.progress != nil {
			done, _ := strconv.Atoi(m[1])
			total, _ := strconv.Atoi(m[2])
			w.progress(done, total, strings.TrimSpace(m[3]))
		}
		return
	}
	if s != "" && !statusLine.MatchString(s) && w.kept.Len() < keptLimit {
		w.kept.WriteString(s + "\n")
	}
}

// cleanStderr drops cargo's status lines from what it said.
func cleanStderr(text string) string {
	var w statusWriter
	_, _ = w.Write([]byte(text))
	w.flush()
	said, _, _ := strings.Cut(w.kept.String(), "Stack backtrace:") // rustup's, with RUST_BACKTRACE=1
	return said
}
