package capture

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// finished is the record of a whole run that succeeded. While its inputs are
// unchanged, the next run with the same options is answered from it: neither
// cargo nor rustc is started.
type finished struct {
	Build    *Build            `json:"build"`
	Messages []json.RawMessage `json:"messages"`
	Inputs   inputs            `json:"inputs"`
}

// inputs is everything that could make cargo do something else. It is meant to
// be wider than cargo's own question, never narrower; what cannot be listed
// means that no record is kept.
type inputs struct {
	Files  []stamp   `json:"files"`
	Absent []string  `json:"absent"` // names that cargo or rustup would look at first
	Lists  []listing `json:"lists"`  // folders where a new file would be a new target
	Globs  []listing `json:"globs"`  // patterns where a new folder would be a new member
	Trees  []listing `json:"trees"`  // folders that a build script watches whole
	Env    []envDep  `json:"env"`
}

// listing is a folder and a digest of what it holds.
type listing struct {
	Path string `json:"path"`
	Sum  string `json:"sum"`
}

// finishedPath names the record of a run with these options in this environment.
func (r *run) finishedPath() (string, error) {
	opts, err := json.Marshal(r.opts)
	if err != nil {
		return "", err
	}
	parts := []string{"run", strconv.Itoa(recordFormat), string(opts), r.target.dir, r.target.manifest, r.target.file}
	if r.opts.Unsafe {
		parts[0] += surveyEnding() // it names surveys, which are this program's
	}
	for _, kv := range r.env {
		if name, _, _ := strings.Cut(kv, "="); steers(name) {
			parts = append(parts, kv)
		}
	}
	slices.Sort(parts[6:])
	return filepath.Join(r.cache.dir, "runs", digest(parts...)+".json"), nil
}

// steers reports whether a variable may change what cargo and rustc do.
func steers(name string) bool {
	if slices.Contains(noise, name) {
		return false
	}
	return strings.HasPrefix(name, "CARGO") || strings.HasPrefix(name, "RUST") || name == "PATH" || name == "HOME"
}

// recall returns the Build of an earlier run if nothing changed since.
func (r *run) recall() *Build {
	path, err := r.finishedPath()
	if err != nil {
		return nil
	}
	var f finished
	if readJSON(path, &f) != nil || f.Build == nil || !f.Inputs.same(r.env) || !r.whole(f.Build) {
		return nil
	}
	now := time.Now()
	_ = os.Chtimes(path, now, now)
	r.cache.touch(f.Build)
	for _, m := range f.Messages {
		if r.opts.Message != nil {
			r.opts.Message(m)
		}
	}
	return f.Build
}

// whole reports whether all that the Build names is still in the cache.
func (r *run) whole(b *Build) bool {
	b.Reused = 0
	for _, u := range b.Units {
		if _, err := os.Stat(place{dir: u.Place}.target()); err != nil {
			return false
		}
		if u.Survey != "" {
			if !r.cache.has(u.Survey) {
				return false
			}
			b.Reused++
		}
		if u.MIR == "" {
			continue
		}
		if r.opts.Spans == SpansAuto && !u.Spans && (place{dir: u.Place}).spansAsked(u.Artifact) {
			if path := r.cache.mirPath(u.Key, true); r.cache.has(path) {
				u.MIR, u.Spans = path, true // it was asked for since
			}
		}
		if !r.cache.has(u.MIR) {
			return false
		}
		b.Reused++
	}
	return true
}

// remember keeps the Build for recall, unless an input cannot be told.
func (r *run) remember(b *Build, res *checked, recs []*record) {
	if b.CompileFailed {
		return
	}
	w := watcher{r: r, seen: map[string]bool{}}
	w.toolchain(b)
	w.configuration()
	if r.target.file == "" {
		w.workspace(recs)
		w.buildScripts(res)
	}
	w.sources(recs)
	path, err := r.finishedPath()
	if err != nil || w.unsafe != "" {
		return
	}
	f := finished{Build: b, Inputs: w.in}
	for _, l := range res.lines {
		f.Messages = append(f.Messages, l)
	}
	// A record that cannot be written costs the next run some time, nothing else.
	_ = writeJSON(path, &f)
}

// same reports whether all inputs are as they were.
func (in *inputs) same(env []string) bool {
	for _, p := range in.Absent {
		if _, err := os.Lstat(p); err == nil {
			return false
		}
	}
	for _, e := range in.Env {
		if v, set := lookEnv(env, e.Name); set != e.Set || digest(v) != e.Value {
			return false
		}
	}
	for _, l := range in.Lists {
		if targetNames(l.Path) != l.Sum {
			return false
		}
	}
	for _, l := range in.Globs {
		if manifests(l.Path) != l.Sum {
			return false
		}
	}
	for _, l := range in.Trees {
		if sum, ok := treeSum(l.Path); !ok || sum != l.Sum {
			return false
		}
	}
	return !slices.ContainsFunc(in.Files, func(s stamp) bool { return !s.same() })
}

// watcher collects the inputs of a run that has just ended.
type watcher struct {
	r      *run
	in     inputs
	seen   map[string]bool
	unsafe string // why the run may not be remembered
}

// file adds a file, or that there is none.
func (w *watcher) file(path string) {
	if path == "" || w.seen[path] {
		return
	}
	w.seen[path] = true
	s, err := newStamp(path, true)
	switch {
	case err == nil:
		w.early(s)
		w.in.Files = append(w.in.Files, s)
	case os.IsNotExist(err) || isNotDir(err):
		w.in.Absent = append(w.in.Absent, path)
	default:
		w.unsafe = "read " + path
	}
}

// early refuses a file that was written after the run began: cargo may have
// read what it held before.
func (w *watcher) early(s stamp) {
	if s.Mtime >= w.r.started.Add(-clockLag).UnixNano() && !within(s.Path, w.r.cache.dir) {
		w.unsafe = "changed during the run: " + s.Path
	}
}

// program adds an executable by its times only: it may be large.
func (w *watcher) program(path string) {
	if path == "" || w.seen[path] {
		return
	}
	w.seen[path] = true
	s, err := newStamp(path, false)
	if err != nil {
		w.unsafe = "find " + path
		return
	}
	s.Fresh = false
	w.in.Files = append(w.in.Files, s)
}

// toolchain adds the compilers and what rustup chooses them by.
func (w *watcher) toolchain(b *Build) {
	for _, name := range []string{"cargo", rustcProgram(w.r.env)} {
		path, err := exec.LookPath(name)
		if err != nil && w.r.target.file == "" {
			w.unsafe = "find " + name
		}
		w.program(path)
	}
	for _, u := range b.Units {
		w.program(u.Rustc)
	}
	home, ok := lookEnv(w.r.env, "RUSTUP_HOME")
	if !ok {
		user, _ := os.UserHomeDir()
		home = filepath.Join(user, ".rustup")
	}
	w.file(filepath.Join(home, "settings.toml"))
}

var includeKey = regexp.MustCompile(`(?m)^\s*include\s*=`)

// configuration adds cargo's and rustup's files from here up.
func (w *watcher) configuration() {
	for _, d := range append(parents(w.r.target.dir), parents(w.r.meta.Root)...) {
		for _, name := range []string{"rust-toolchain", "rust-toolchain.toml"} {
			w.file(filepath.Join(d, name))
		}
		w.config(filepath.Join(d, ".cargo"))
		w.file(filepath.Join(d, "Cargo.toml"))
	}
	for _, d := range frozenDirs(w.r.env) {
		w.config(filepath.Dir(d))
	}
}

func (w *watcher) config(dir string) {
	for _, name := range []string{"config", "config.toml"} {
		path := filepath.Join(dir, name)
		w.file(path)
		if text, err := os.ReadFile(path); err == nil && includeKey.Match(text) {
			w.unsafe = path + " includes other files"
		}
	}
}

// parents are dir and all folders above it.
func parents(dir string) []string {
	out := []string{dir}
	for up := filepath.Dir(dir); up != dir; up = filepath.Dir(dir) {
		out = append(out, up)
		dir = up
	}
	return out
}

// The strings and comments of TOML, and the lists of members made of them.
const tomlToken = `"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|#[^\n]*`

var (
	tokens      = regexp.MustCompile(tomlToken)
	memberLists = regexp.MustCompile(`\bmembers\s*=\s*\[(?:` + tomlToken + `|[^\]"'#])*\]`)
)

// memberPatterns are the members that a manifest names by a pattern.
func memberPatterns(manifest string) []string {
	var out []string
	for _, list := range memberLists.FindAllString(manifest, -1) {
		for _, tok := range tokens.FindAllString(list, -1) {
			if tok[0] != '#' && strings.ContainsAny(tok, "*?[") {
				out = append(out, tok[1:len(tok)-1])
			}
		}
	}
	return out
}

// manifests is a digest of the manifests that the pattern of members finds.
func manifests(pattern string) string {
	found, err := filepath.Glob(filepath.Join(pattern, "Cargo.toml"))
	if err != nil {
		return ""
	}
	return digest(found...)
}

// workspace adds the manifests, and the folders where cargo finds targets and
// members by name.
func (w *watcher) workspace(recs []*record) {
	root := w.r.meta.Root
	w.file(filepath.Join(root, "Cargo.lock"))
	w.file(w.r.place.cargoLock())
	text, _ := os.ReadFile(filepath.Join(root, "Cargo.toml"))
	for _, p := range memberPatterns(string(text)) {
		if strings.Contains(p, "**") {
			w.unsafe = "members at any depth: " + p
		}
		p = absolute(escapeGlob(root), p)
		w.in.Globs = append(w.in.Globs, listing{p, manifests(p)})
	}
	dirs := w.r.meta.memberDirs()
	for _, rec := range recs {
		if !rec.Frozen {
			dirs = append(dirs, rec.Manifest)
		}
	}
	for _, d := range dirs {
		w.file(filepath.Join(d, "Cargo.toml"))
		for _, sub := range []string{"", "src", "src/bin", "examples", "tests", "benches"} {
			w.list(filepath.Join(d, sub))
		}
	}
}

func (w *watcher) list(dir string) {
	if !w.seen["list "+dir] {
		w.seen["list "+dir] = true
		w.in.Lists = append(w.in.Lists, listing{dir, targetNames(dir)})
	}
}

// targetNames is a digest of the names in a folder that cargo may take for a
// target.
func targetNames(dir string) string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return ""
	}
	var names []string
	for _, e := range entries {
		if n := e.Name(); e.IsDir() && n != "target" && n[0] != '.' || strings.HasSuffix(n, ".rs") {
			names = append(names, n)
		}
	}
	return digest(names...)
}

// sources adds what rustc read, as the wrapper stamped it.
func (w *watcher) sources(recs []*record) {
	for _, rec := range recs {
		if rec.Racy {
			w.unsafe = "a source changed while rustc ran"
		}
		for _, e := range rec.EnvDeps {
			w.env(e.Name, rec.Env)
		}
		if rec.Frozen {
			continue
		}
		for _, s := range rec.Sources {
			if !w.seen[s.Path] {
				w.seen[s.Path] = true
				w.in.Files = append(w.in.Files, s)
			}
		}
	}
}

// env adds a variable of the user's environment; one that cargo sets for the
// crate follows from the manifests.
func (w *watcher) env(name string, own []string) {
	if _, ok := lookEnv(own, name); ok || w.seen["env "+name] {
		return
	}
	w.seen["env "+name] = true
	v, set := lookEnv(w.r.env, name)
	w.in.Env = append(w.in.Env, envDep{Name: name, Value: digest(v), Set: set})
}
