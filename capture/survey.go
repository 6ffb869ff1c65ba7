package capture

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Survey is what rustc says about unsafe code in one crate. It comes out of the
// rustc call that cargo check makes anyway:
//
//   - each unsafe block, function, impl, trait and attribute, from rustc's own lint
//     unsafe_code, which is forced on and taken out of what cargo gets to see;
//   - the bodies as rustc builds them before anything is rewritten, with the type of
//     each function that they name ("unsafe extern \"C\" fn(..)"). They are asked for
//     only of a crate that can contain unsafe code: one that has the word, or calls a
//     macro of another crate that has it (providers.go).
//
// In the store a survey is one line of JSON and the text of the bodies behind it.
type Survey struct {
	Lints  []Lint   `json:"lints"`
	Unions []string `json:"unions"` // names of the unions that the sources declare
	Lines  int      `json:"lines"`  // of source
	// Macros are the macros of other crates that the crate calls and that expand to unsafe code.
	Macros []string `json:"macros,omitempty"`
	// Expanded is the crate's source after expansion, for a crate that calls a macro of
	// another crate which declares something unsafe: the lint says nothing of those.
	Expanded string `json:"expanded,omitempty"`
	Problem  string `json:"problem,omitempty"` // what could not be asked
	Bodies   string `json:"-"`                 // the bodies that may do something unsafe, one behind the other
}

// Lint is one message of the lint.
type Lint struct {
	Message string     `json:"message"`
	At      LintSpan   `json:"at"`
	Macro   string     `json:"macro,omitempty"` // whose expansion it lies in: "name!"
	Calls   []LintSpan `json:"calls,omitempty"` // where that was called, the innermost first
}

// LintSpan is a range of a source file; lines and columns start at 1, the end is exclusive.
type LintSpan struct {
	File string `json:"file"`
	Line int    `json:"line"`
	Col  int    `json:"col"`
	To   int    `json:"to"`
	End  int    `json:"end"`
}

// The flags of a survey. The bodies are dumped as they are right after they were
// built: nothing is lowered yet, a Box is still one thing, and no branch is gone.
const lintName = "unsafe_code"

var (
	surveyFlags = []string{"--force-warn", lintName}
	bodyFlags   = []string{"-Ztrim-diagnostic-paths=no", spansFlag}
)

const (
	bodyPass   = "built"
	bodyEnding = ".built.after.mir"
)

// surveyEnding is of a survey's file, in the store and beside its record: another
// build of this program may ask and keep other things.
func surveyEnding() string { return fmt.Sprintf(".%.16s.unsafe", ThisProgram()) }

func (c cache) surveyPath(key string) string {
	return c.object("unsafe", key, surveyEnding())
}

func (p place) survey(artifact string) string {
	return filepath.Join(p.units(), recordName(artifact)+surveyEnding())
}

// ReadSurvey reads a unit's survey.
func ReadSurvey(path string) (*Survey, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read survey: %w", err)
	}
	head, rest, _ := bytes.Cut(text, []byte("\n"))
	s := &Survey{}
	if err := json.Unmarshal(head, s); err != nil {
		return nil, fmt.Errorf("read survey %s: not what this softshell writes", path)
	}
	s.Bodies = string(rest)
	return s, nil
}

func (s *Survey) write(path string) error {
	head, err := json.Marshal(s)
	if err != nil {
		return err
	}
	text := slices.Concat(head, []byte("\n"), []byte(s.Bodies))
	if err := writeFile(path, text); err != nil {
		return err
	}
	return seal(path, sumOf(text)[:32])
}

// survey runs rustc as cargo meant it, and notes what it says of unsafe code at path.
func (w *wrapped) survey(base string) error {
	words := w.scan(base)
	s := &Survey{Unions: words.unions, Macros: words.calls}
	filter := words.filter()
	seen, err := w.surveyOnce(s, filter)
	if err == nil && !seen && filter != bodyPass { // a source that lies elsewhere, a name that is made
		_, err = w.surveyOnce(s, bodyPass)
	}
	if code, ran := exitCode(err); err != nil && ran {
		if code < 0 {
			return err
		}
		return w.exec(w.argv, w.env, os.Stderr)
	}
	if err != nil {
		return err
	}
	if words.declares {
		if s.Expanded = w.expand(); s.Expanded == "" {
			s.Problem = cmp.Or(s.Problem, "rustc does not show what its macros expand to")
		}
	}
	s.Lines = countLines(w.readSources())
	if err := s.write(base + w.session.Survey); err == nil {
		w.rec.Survey = true
	}
	return nil
}

// surveyOnce runs rustc with the lint and, if a filter is given, with the bodies that
// it lets pass. seen is false when an unsafe block stands in none of those.
func (w *wrapped) surveyOnce(s *Survey, filter string) (seen bool, err error) {
	argv := append(withoutIncremental(slices.Clone(w.argv)), surveyFlags...)
	env := w.env
	var dir string
	if filter != "" {
		if dir, err = os.MkdirTemp(w.session.Bodies, "bodies.tmp-*"); err != nil {
			return false, err
		}
		defer os.RemoveAll(dir)
		argv = append(append(argv, bodyFlags...), "-Zdump-mir="+filter, "-Zdump-mir-dir="+dir)
		env = append(slices.Clone(env), "RUSTC_BOOTSTRAP=1")
	}
	s.Lints, s.Problem = nil, ""
	held := newHolder(os.Stderr)
	pass := held.each
	held.each = func(line []byte) {
		if l, ok := parseLint(line); ok {
			s.Lints = append(s.Lints, l)
			return
		}
		pass(line)
	}
	if err := w.exec(argv, env, held); err != nil {
		return false, err
	}
	held.release()
	blocks := newBlocks(s.Lints)
	if filter != "" {
		if s.Bodies, err = joinBodies(dir, blocks, len(s.Unions) > 0, filter != bodyPass); err != nil {
			s.Problem = err.Error()
		}
	}
	return blocks.unseen == 0, nil
}

// parseLint reads a message of the lint.
func parseLint(line []byte) (Lint, bool) {
	if !bytes.Contains(line, []byte(`"`+lintName+`"`)) {
		return Lint{}, false
	}
	var m struct {
		Message string
		Code    struct{ Code string }
		Spans   []rustcSpan
	}
	if json.Unmarshal(line, &m) != nil || m.Code.Code != lintName {
		return Lint{}, false
	}
	l := Lint{Message: m.Message}
	for _, sp := range m.Spans {
		if !sp.Primary {
			continue
		}
		l.At = sp.plain()
		for e := sp.Expansion; e != nil; e = e.Span.Expansion {
			if l.Macro == "" {
				l.Macro = e.Name
			}
			l.Calls = append(l.Calls, e.Span.plain())
		}
	}
	return l, true
}

type rustcSpan struct {
	File      string `json:"file_name"`
	Line      int    `json:"line_start"`
	Col       int    `json:"column_start"`
	To        int    `json:"line_end"`
	End       int    `json:"column_end"`
	Primary   bool   `json:"is_primary"`
	Expansion *struct {
		Span rustcSpan `json:"span"`
		Name string    `json:"macro_decl_name"`
	} `json:"expansion"`
}

func (s rustcSpan) plain() LintSpan { return LintSpan{s.File, s.Line, s.Col, s.To, s.End} }

// joinBodies reads the dumped bodies, in the order of their names, and leaves out
// those in which nothing can be unsafe. Where there are unions, a body is kept that
// meets an unsafe block. With all set, each body is looked at for the blocks in it.
func joinBodies(dir string, blocks *blocks, unions, all bool) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", fmt.Errorf("read what rustc printed: %w", err)
	}
	var out strings.Builder
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), bodyEnding) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err == nil && !bytes.HasSuffix(text, []byte("\n")) {
			err = errors.New("a body is cut off; is the disk full?")
		}
		if err != nil {
			return "", fmt.Errorf("read what rustc printed: %w", err)
		}
		keep := mayBeUnsafe(text)
		if all || unions && !keep {
			keep = blocks.meet(text) || keep
		}
		if keep {
			out.Write(text)
		}
	}
	return out.String(), nil
}

// unsafeMarks are in the text of each body that does something unsafe, but for the
// read of a union's field, which only says the union's name.
var unsafeMarks = [][]byte{[]byte("unsafe "), []byte("*const "), []byte("*mut "), []byte("asm!("), []byte("#[target_features]")}

func mayBeUnsafe(body []byte) bool {
	return slices.ContainsFunc(unsafeMarks, func(w []byte) bool { return bytes.Contains(body, w) })
}

// blocks are the lines of the unsafe blocks and functions, by file.
type blocks struct {
	in     map[string][]*lineRange
	unseen int // unsafe blocks and functions that no body has met
}

type lineRange struct {
	from, to int
	unseen   bool // no body has met it, and one must
}

func newBlocks(lints []Lint) *blocks {
	b := &blocks{in: map[string][]*lineRange{}}
	for _, l := range lints {
		r := &lineRange{from: l.At.Line, to: l.At.To, unseen: hasBody(l.Message)}
		if r.unseen {
			b.unseen++
		}
		b.in[l.At.File] = append(b.in[l.At.File], r)
	}
	return b
}

// hasBody reports whether the message is of a block, a function or a method that is
// more than declared.
func hasBody(message string) bool {
	for _, of := range []string{"`unsafe` block", "declaration of an `unsafe` function", "implementation of an `unsafe` method"} {
		if strings.Contains(message, of) {
			return true
		}
	}
	return false
}

// meet reports whether a statement of the body lies in one of the ranges, and notes
// which blocks those are.
func (b *blocks) meet(body []byte) bool {
	if len(b.in) == 0 {
		return false
	}
	met := false
	for line := range bytes.Lines(body) {
		if !bytes.Contains(line, []byte(": ")) || bytes.Contains(line, []byte("Storage")) {
			continue
		}
		i := bytes.LastIndex(line, []byte(" at "))
		if i < 0 {
			continue
		}
		sp, ok := ParseSpan(string(bytes.TrimSpace(line[i+4:])))
		if !ok {
			continue
		}
		for _, r := range b.in[sp.File] {
			if sp.Line > r.to || sp.To < r.from {
				continue
			}
			met = true
			if r.unseen {
				r.unseen = false
				b.unseen--
			}
		}
	}
	return met
}

// ParseSpan reads `file:1:2: 3:4`, as rustc prints a span.
func ParseSpan(s string) (LintSpan, bool) {
	var sp LintSpan
	for _, field := range []struct {
		to  *int
		sep string
	}{{&sp.End, ":"}, {&sp.To, ": "}, {&sp.Col, ":"}, {&sp.Line, ":"}} {
		i := strings.LastIndex(s, field.sep)
		if i < 0 {
			return LintSpan{}, false
		}
		n, err := strconv.Atoi(s[i+len(field.sep):])
		if err != nil {
			return LintSpan{}, false
		}
		*field.to, s = n, s[:i]
	}
	sp.File = s
	return sp, s != ""
}

// expand asks rustc for the source after expansion; "" where it does not tell.
func (w *wrapped) expand() string {
	args := withoutArtifacts(w.rec.Args, func(v string) bool { return !strings.HasPrefix(v, "incremental=") })
	argv := append(slices.Concat(w.rec.Via, []string{w.rec.Rustc}, args), "--cap-lints", "allow", "-Zunpretty=expanded")
	var out bytes.Buffer
	cmd := exec.CommandContext(context.Background(), argv[0], argv[1:]...)
	cmd.Env, cmd.Stdout = append(slices.Clone(w.env), "RUSTC_BOOTSTRAP=1"), &out
	if cmd.Run() != nil {
		return ""
	}
	return out.String()
}

// readSources are the crate's source files by rustc's own dep-info.
func (w *wrapped) readSources() []string {
	info, err := readDepInfo(filepath.Join(w.call.OutDir, w.call.Crate+w.call.Extra+".d"), w.rec.Dir)
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(info.Files, func(f string) bool { return filepath.Ext(f) != ".rs" })
}

func countLines(files []string) int {
	n := 0
	for _, f := range files {
		if text, err := os.ReadFile(f); err == nil {
			n += bytes.Count(text, []byte("\n"))
		}
	}
	return n
}

// surveys moves the surveys to their content addresses; a crate that cargo found
// fresh and whose survey is gone is built once more.
func (a *assembly) surveys(all []found) error {
	if !a.r.opts.Unsafe {
		return nil
	}
	for _, f := range all {
		to := a.r.cache.surveyPath(a.key(f.rec.Artifact))
		if from := a.r.place.survey(f.rec.Artifact); f.rec.Survey {
			if _, err := os.Stat(from); err == nil {
				if err := a.r.cache.keep(from, to); err != nil {
					return cacheError(a.r.cache.dir, err)
				}
			}
		}
		if !a.r.cache.has(to) {
			a.stale = append(a.stale, f.msg.outputs()...)
		}
	}
	return nil
}

// outputs are the files without which cargo builds anew what the message tells of. A
// build script's is a link, and what it is a link to lies beside it.
func (m *message) outputs() []string {
	if m.kind() != "custom-build" || len(m.Filenames) == 0 {
		return m.Filenames
	}
	found, _ := filepath.Glob(filepath.Join(filepath.Dir(m.Filenames[0]), "build_script_*"))
	return append(found, m.Filenames...)
}

// artifact is the path, without ending, of what a message tells of, as the call's
// record has it. A build script's file is named without the hash of its call.
func (r *run) artifact(m *message) string {
	file := m.Filenames[0]
	if m.kind() != "custom-build" {
		return artifactStem(file)
	}
	sum := strings.TrimPrefix(recordName(filepath.Join(filepath.Dir(file), "x")), "x")
	found, _ := filepath.Glob(filepath.Join(r.place.units(), "build_script_*"+sum+".json"))
	for _, f := range found {
		if rec, err := readRecord(f); err == nil && filepath.Dir(rec.Artifact) == filepath.Dir(file) {
			return rec.Artifact
		}
	}
	return artifactStem(file)
}

// roomForBodies is what must be free in memory for the bodies of the crates that are
// compiled at one time; rustc does not tell when it could not write one.
const roomForBodies = 4 << 30

// bodiesFolder is where rustc dumps bodies: thousands of small files that live for a
// second, so in memory where the system has a folder for that.
func (r *run) bodiesFolder() (dir string, done func()) {
	if !r.opts.Unsafe {
		return "", func() {}
	}
	ours := bodiesPrefix + digest(r.place.dir)[:12] + "-"
	removeBodies(r.place.units(), bodiesPrefix, 0)
	if memoryFolder != "" {
		removeBodies(memoryFolder, ours, 0) // of a run that was killed; we hold the lock
		removeBodies(memoryFolder, bodiesPrefix, keepTemp)
	}
	parent := memoryFolder
	if freeBytes(memoryFolder) < roomForBodies {
		parent = r.place.units()
	}
	dir, err := os.MkdirTemp(parent, ours+"*")
	if err != nil {
		return r.place.units(), func() {}
	}
	return dir, func() { _ = os.RemoveAll(dir) }
}

const bodiesPrefix = "softshell-bodies-"

// removeBodies removes what earlier runs left in a folder.
func removeBodies(parent, prefix string, age time.Duration) {
	old, _ := filepath.Glob(filepath.Join(parent, prefix+"*"))
	for _, d := range old {
		if age == 0 || olderThan(d, time.Now(), age) {
			_ = os.RemoveAll(d)
		}
	}
}

// bodyForm are the texts that a trial's bodies must show.
var bodyForm = []string{
	"// MIR for `get` after built", "+ const_: Const { ty: unsafe fn(", "// scope 0 at ", "copy (*_1);",
}

// requireSurvey refuses a compiler that does not tell what a survey asks. The
// answer is kept for each compiler.
func (r *run) requireSurvey(ctx context.Context) error {
	flags := slices.Concat(surveyFlags, bodyFlags, []string{"-Zdump-mir=" + bodyPass})
	path := filepath.Join(r.cache.dir, "probe", digest(r.tool.Verbose, "survey", strings.Join(flags, " "))+".json")
	var t trial
	if readJSON(path, &t) != nil {
		var err error
		if t, err = r.c.trySurvey(ctx, r.tool, r.target.dir, r.env, flags); err != nil {
			return err
		}
		if err := writeJSON(path, &t); err != nil {
			return cacheError(r.cache.dir, err)
		}
	}
	if t.Flags == "" && t.Absent == "" {
		return nil
	}
	e := t.refuse(r.tool, minorVersion(r.tool.Version))
	e.What = fmt.Sprintf("rustc %s does not print bodies that softshell can read (tested: %s)", r.tool.Version, testedInWords)
	return e
}

const surveyTrial = `pub fn get(p: *const u8) -> u8 { unsafe { *p } }
pub fn make(p: *mut u8) -> Box<u8> { unsafe { Box::from_raw(p) } }
`

func (c *capturer) trySurvey(ctx context.Context, tool Toolchain, dir string, env []string, flags []string) (trial, error) {
	tmp, err := os.MkdirTemp("", "softshell-trial-*")
	if err != nil {
		return trial{}, fmt.Errorf("make a folder for the trial: %w", err)
	}
	defer os.RemoveAll(tmp)
	src := filepath.Join(tmp, "trial.rs")
	if err := os.WriteFile(src, []byte(surveyTrial), 0o644); err != nil {
		return trial{}, fmt.Errorf("write the trial: %w", err)
	}
	args := append([]string{"--crate-type", "lib", "--edition", "2021", src, "--out-dir", tmp, "--emit=metadata",
		"--error-format=json", "-Zdump-mir-dir=" + tmp}, flags...)
	var errs bytes.Buffer
	err = c.exec(ctx, command{Path: tool.Rustc, Args: args, Dir: dir, Env: append(slices.Clone(env), "RUSTC_BOOTSTRAP=1"), Stderr: &errs})
	if ctx.Err() != nil {
		return trial{}, ctx.Err()
	}
	if _, ran := exitCode(err); err != nil && ran {
		return trial{Flags: errs.String()}, nil
	}
	if err != nil {
		return trial{}, startError(tool.Rustc, err)
	}
	if !strings.Contains(errs.String(), "usage of an `unsafe` block") {
		return trial{Absent: "the lint unsafe_code"}, nil
	}
	text, err := joinBodies(tmp, newBlocks(nil), false, false)
	if err != nil {
		return trial{}, err
	}
	for _, want := range bodyForm {
		if !strings.Contains(text, want) {
			return trial{Absent: want}, nil
		}
	}
	return trial{}, nil
}
