package capture

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// wrapperEnv names the session file of the run; its presence is what makes a
// start of this binary a wrapper's.
const wrapperEnv = "SOFTSHELL_WRAPPER"

// session is what a run tells its wrappers.
type session struct {
	Run     string   `json:"run"`
	Units   string   `json:"units"`  // folder of the records
	Target  string   `json:"target"` // cargo's target folder
	Members []string `json:"members"`
	Deps    bool     `json:"deps"`
	Spans   SpanMode `json:"spans"`
	Unsafe  bool     `json:"unsafe"` // surveys are made, no MIR
	Survey  string   `json:"survey"` // how a survey's file ends
	Bodies  string   `json:"bodies"` // folder for the bodies that rustc dumps
	Frozen  []string `json:"frozen"` // folders whose sources do not change
	BaseEnv []string `json:"base_env"`
}

// mirFlags make rustc print the form of MIR that is analysed: no optimisation
// (StorageDead and moves stay), full paths, and none of the alignment and null
// checks that debug builds add to each raw pointer use.
var mirFlags = []string{"-Zmir-opt-level=0", "-Ztrim-diagnostic-paths=no", "-Zub-checks=no"}

// Asking for MIR counts as asking for code, so rustc would also collect what it
// has to instantiate, and fail where a dependency was only checked. Hence: no
// code is made; what a captured crate exports counts as inline, so that nothing
// but its statics and extern functions is collected; and a dependency is
// compiled as if for its MIR, which goes to /dev/null, so that it tells what it
// exports.
var (
	captureFlags = []string{"-Zno-codegen", "-Zcross-crate-inline-threshold=always"}
	dependFlags  = []string{"--emit=mir=/dev/null", "-Zno-codegen", "-Zmir-opt-level=0", "-Zub-checks=no"}
)

const spansFlag = "-Zmir-include-spans"

// WrapperMain is called first by every binary that calls Run (cargo re-executes
// it as RUSTC_WRAPPER). In a wrapper's start it runs rustc and does not return;
// otherwise it returns false at once.
func WrapperMain() (handled bool) {
	path := os.Getenv(wrapperEnv)
	if path == "" || len(os.Args) < 2 || !isCompiler(os.Args[1]) {
		return false // the second: an ordinary verb, started below a build that we run
	}
	os.Exit(wrap(path, os.Args[1:], os.Environ()))
	return true
}

// isCompiler reports whether cargo may have put name as the program to wrap.
func isCompiler(name string) bool {
	return strings.HasPrefix(filepath.Base(name), "rustc") || filepath.IsAbs(name) ||
		name == os.Getenv("RUSTC_WORKSPACE_WRAPPER")
}

// wrap runs argv as cargo meant it, with what the session asks for besides.
func wrap(sessionPath string, argv, env []string) int {
	via, args := splitProgram(argv)
	call := parseCall(args)
	if !call.fromCargo() {
		return passThrough(argv, env)
	}
	var s session
	if err := readJSON(sessionPath, &s); err != nil || call.buildScript() && !s.Unsafe {
		return passThrough(argv, env)
	}
	w := wrapped{session: &s, argv: argv, env: env, call: call}
	w.describe(via, args)
	return w.run()
}

// splitProgram parts the programs (rustc, or RUSTC_WORKSPACE_WRAPPER and rustc)
// from the arguments.
func splitProgram(argv []string) (programs, args []string) {
	n := 1
	if len(argv) > 1 && !strings.HasPrefix(argv[1], "-") && strings.HasPrefix(filepath.Base(argv[1]), "rustc") {
		n = 2
	}
	return argv[:n], expandArgs(argv[n:])
}

// passThrough becomes the program.
func passThrough(argv, env []string) int {
	path, err := exec.LookPath(argv[0])
	if err == nil {
		err = replaceProcess(append([]string{path}, argv[1:]...), env)
	}
	fmt.Fprintf(os.Stderr, "softshell: run %s: %v\n", argv[0], err)
	return 127
}

// wrapped is one rustc call of the build.
type wrapped struct {
	session *session
	argv    []string
	env     []string
	call    rustcCall
	rec     record
}

// describe fills the record with what is known before rustc runs.
func (w *wrapped) describe(programs, args []string) {
	dir, _ := os.Getwd()
	_, primary := os.LookupEnv("CARGO_PRIMARY_PACKAGE")
	w.rec = record{
		Format:   recordFormat,
		Run:      w.session.Run,
		Rustc:    programs[len(programs)-1],
		Via:      programs[:len(programs)-1],
		Args:     args,
		Env:      crateEnv(w.env, w.session.BaseEnv),
		Dir:      dir,
		Artifact: absolute(dir, w.call.artifact()),
		Package:  os.Getenv("CARGO_PKG_NAME"),
		Version:  os.Getenv("CARGO_PKG_VERSION"),
		Manifest: os.Getenv("CARGO_MANIFEST_DIR"),
		Primary:  primary,
		Links:    w.call.links(),
	}
	w.rec.Frozen = slices.ContainsFunc(w.session.Frozen, func(d string) bool { return within(w.rec.Manifest, d) })
	w.rec.MIR = w.wanted()
	w.rec.Spans = w.rec.MIR && w.spansWanted()
}

// wanted reports whether the crate is under analysis. Code for the host (what
// procedural macros and build scripts link) is not: it does not ship.
func (w *wrapped) wanted() bool {
	if w.rec.Links || w.session.Unsafe {
		return false
	}
	return w.session.Deps || w.rec.Primary || slices.Contains(w.session.Members, w.rec.Manifest)
}

func (w *wrapped) spansWanted() bool {
	switch w.session.Spans {
	case SpansAlways:
		return true
	case SpansNever:
		return false
	default:
		return place{dir: filepath.Dir(w.session.Units)}.spansAsked(w.rec.Artifact)
	}
}

// run runs rustc, takes its MIR, and writes the record.
func (w *wrapped) run() int {
	base := filepath.Join(w.session.Units, recordName(w.rec.Artifact))
	started := time.Now()
	err := w.ask(base)
	if err != nil {
		code, ran := exitCode(err)
		if !ran {
			fmt.Fprintf(os.Stderr, "softshell: run %s: %v\n", w.argv[0], err)
			return 127
		}
		if code < 0 {
			code = 101 // killed by a signal: nothing is noted, cargo stops
			return code
		}
		w.rec.Exit, w.rec.MIR = code, false
	} else {
		w.stampSources(started)
	}
	if err := writeJSON(base+".json", &w.rec); err != nil {
		// Without a record the crate is asked again by the parent; with an older
		// one it would be taken for something else.
		os.Remove(base + ".json")
	}
	return w.rec.Exit
}

// ask runs rustc for what the session wants of it.
func (w *wrapped) ask(base string) error {
	if w.session.Unsafe {
		return w.survey(base)
	}
	return w.compile(base + ".mir")
}

// compile runs rustc with our flags; the MIR text ends up at path, or
// rec.MIRError says why not. Where rustc fails with the flags it is asked once
// more as cargo meant it, so that a crate that `cargo check` accepts is never
// rejected, and one that it rejects gets the errors of a stable compiler.
func (w *wrapped) compile(path string) error {
	if w.rec.Links {
		return w.exec(w.argv, w.env, os.Stderr)
	}
	argv, sink := w.flags(path)
	held := newHolder(os.Stderr)
	err := w.exec(argv, append(slices.Clone(w.env), "RUSTC_BOOTSTRAP=1"), held)
	if sink != nil {
		if serr := sink.close(err == nil); serr != nil {
			w.rec.MIR, w.rec.MIRError = false, serr.Error()
		}
	}
	if _, ran := exitCode(err); err != nil && ran {
		w.rec.MIR = false
		return w.exec(w.argv, w.env, os.Stderr)
	}
	held.release()
	return err
}

// flags are the arguments of the call with ours.
func (w *wrapped) flags(path string) ([]string, *mirSink) {
	argv := slices.Clone(w.argv)
	if _, err := os.Stat(strings.TrimSuffix(path, ".mir") + ".json"); err != nil {
		argv = withoutIncremental(argv)
	}
	if !w.rec.MIR {
		return append(argv, dependFlags...), nil
	}
	sink, fd, err := w.openSink(path)
	if err != nil {
		w.rec.MIR, w.rec.MIRError = false, err.Error()
		return append(argv, dependFlags...), nil
	}
	argv = append(argv, "--emit=mir="+fdName(fd))
	argv = append(argv, mirFlags...)
	argv = append(argv, captureFlags...)
	if w.rec.Spans {
		argv = append(argv, spansFlag)
	}
	return argv, sink
}

func (w *wrapped) openSink(path string) (*mirSink, int, error) {
	sink, err := newMIRSink(path)
	if err != nil {
		return nil, 0, err
	}
	fd, err := inheritable(sink.write)
	if err != nil {
		_ = sink.close(false)
		return nil, 0, err
	}
	return sink, fd, nil
}

// withoutIncremental drops `-C incremental`. A crate that was never compiled
// here has nothing to reuse, and writing the state for the next time costs a
// cold run a sixth of its time; the next compilation of the crate writes it.
func withoutIncremental(argv []string) []string {
	i := slices.IndexFunc(argv, func(a string) bool { return strings.HasPrefix(a, "incremental=") })
	if i < 1 || argv[i-1] != "-C" {
		return argv
	}
	return slices.Delete(argv, i-1, i+1)
}

// exec runs a child in cargo's process group, with cargo's own pipes.
func (w *wrapped) exec(argv, env []string, stderr io.Writer) error {
	cmd := exec.CommandContext(context.Background(), argv[0], argv[1:]...)
	cmd.Env = env
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, stderr
	return cmd.Run()
}

// holder keeps back what rustc says until it is known which of two calls
// counts. What tells cargo that dependents may start goes through at once.
type holder struct {
	lineWriter
	out  io.Writer
	held []byte
}

func newHolder(out io.Writer) *holder {
	h := &holder{out: out}
	h.each = func(line []byte) {
		if bytes.Contains(line, []byte(`"artifact":`)) && bytes.Contains(line, []byte(`"emit":`)) {
			_, _ = h.out.Write(append(slices.Clone(line), '\n'))
			return
		}
		h.held = append(append(h.held, line...), '\n')
	}
	return h
}

func (h *holder) release() {
	h.flush()
	_, _ = h.out.Write(h.held)
}

// clockLag is how far a file's time may lie behind the clock that time.Now reads.
const clockLag = 20 * time.Millisecond

// stampSources notes what rustc read, from its own dep-info.
func (w *wrapped) stampSources(started time.Time) {
	info, err := readDepInfo(filepath.Join(w.call.OutDir, w.call.Crate+w.call.Extra+".d"), w.rec.Dir)
	if err != nil {
		w.rec.Racy = true // nothing to compare with later
		return
	}
	for _, e := range info.Env {
		if e.Name != "RUSTC_BOOTSTRAP" {
			w.rec.EnvDeps = append(w.rec.EnvDeps, e)
		}
	}
	for _, f := range info.Files {
		if w.rec.Frozen {
			w.rec.Sources = append(w.rec.Sources, stamp{Path: f})
			continue
		}
		s, err := newStamp(f, true)
		if err != nil || (s.Mtime >= started.Add(-clockLag).UnixNano() && !within(f, w.session.Target)) {
			w.rec.Racy = true
		}
		w.rec.Sources = append(w.rec.Sources, s)
	}
}

// noise are variables that steer cargo, rustup and this program, and that the
// crate does not mean to read.
var noise = []string{
	"CARGO_MAKEFLAGS", "MAKEFLAGS", "MFLAGS", "RUSTC_WRAPPER", wrapperEnv,
	"CARGO_RESOLVER_LOCKFILE_PATH", "CARGO_BUILD_BUILD_DIR", "CARGO_TERM_PROGRESS_WHEN", "CARGO_TERM_PROGRESS_WIDTH",
	"RUST_RECURSION_COUNT", channelEnv,
}

// crateEnv returns, sorted, the variables that were set for this call only.
func crateEnv(env, base []string) []string {
	known := make(map[string]bool, len(base))
	for _, b := range base {
		known[b] = true
	}
	var out []string
	for _, kv := range env {
		name, _, _ := strings.Cut(kv, "=")
		if known[envHash(kv)] || slices.Contains(noise, name) || strings.HasPrefix(name, "RUSTUP_") {
			continue
		}
		out = append(out, kv)
	}
	slices.Sort(out)
	return out
}

func readJSON(path string, v any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}

// within reports whether path is dir or lies below it.
func within(path, dir string) bool {
	return path == dir || strings.HasPrefix(path, strings.TrimSuffix(dir, string(filepath.Separator))+string(filepath.Separator))
}
