package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"softshell/finding"
)

// The locks, in the order in which they are tried.
const (
	lockNewest    = "newest dependencies"
	lockShipped   = "its own lock"
	lockOfItsTime = "dependencies of its time"
)

// The sets of features.
const (
	featuresDefault = "default"
	featuresAll     = "all"
	featuresNone    = "none"
	featuresStable  = "all but nightly's"
)

// attempt is one way to compile a version.
type attempt struct {
	Features string
	Lock     string
	Lib      bool // without binaries
}

func (a attempt) String() string {
	s := a.Features
	if a.Lock != lockNewest {
		s += ", " + a.Lock
	}
	if a.Lib {
		s += ", lib only"
	}
	return s
}

// record is what is kept of one version.
type record struct {
	Crate, Version string
	Ways           []attempt // that were analysed; none: not analysed
	Reason         string    // why not
	Left           []string  // sets of features that were left out, and why
	Timeout        time.Duration
	Findings       []finding.Finding
	Dir            string // of the copy that the findings' places are in, when there is but one
	Lines          int
	Bodies         int
	Unread         int // bodies that were not analysed
	Capture        float64
	Analysis       float64
}

func (r *record) analysed() bool { return len(r.Ways) > 0 }

// ways tells how a version was compiled.
func (r *record) ways() string {
	var out []string
	for _, w := range r.Ways {
		out = append(out, w.String())
	}
	return strings.Join(out, "; ")
}

// bench fetches and checks versions, each once.
type bench struct {
	dir     string
	program string // digest
	rustc   string // digest
	version string // of rustc
	jobs    int
	timeout time.Duration
	retry   bool // what was not analysed
	log     io.Writer

	fetch   func(ctx context.Context, crate, version string) (*source, error)
	prepare func(ctx context.Context, s *source, lock string) (string, error)
	check   func(ctx context.Context, j job) (*outcome, error)
}

func newBench(ctx context.Context, o options) (*bench, error) {
	dir, err := filepath.Abs(o.dir)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	b := &bench{dir: dir, jobs: max(1, o.jobs), timeout: o.timeout, retry: o.only != "", log: os.Stderr, check: checkApart}
	b.fetch = func(ctx context.Context, crate, version string) (*source, error) {
		return fetch(ctx, dir, crate, version)
	}
	b.prepare = func(ctx context.Context, s *source, lock string) (string, error) { return s.prepare(ctx, dir, lock) }
	said, err := exec.CommandContext(ctx, "rustc", "-vV").Output()
	if err != nil {
		return nil, fmt.Errorf("run rustc: %w", err)
	}
	b.rustc = digest(string(said), recipeFormat)
	b.version, _, _ = strings.Cut(strings.TrimPrefix(string(said), "rustc "), "\n")
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(self)
	if err != nil {
		return nil, err
	}
	b.program = digest(string(text), b.rustc)
	return b, b.forgetOld()
}

func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:8])
}

// keepFor is how long the results of another build of the program are kept.
const keepFor = 14 * 24 * time.Hour

// forgetOld removes what programs that no one has run for some time found.
func (b *bench) forgetOld() error {
	old, err := filepath.Glob(filepath.Join(b.dir, "results", "*"))
	if err != nil {
		return err
	}
	for _, path := range old {
		if info, err := os.Stat(path); err == nil && filepath.Base(path) != b.program && time.Since(info.ModTime()) > keepFor {
			if err := os.RemoveAll(path); err != nil {
				return err
			}
		}
	}
	return nil
}

// version names what to check; "" is the newest.
type version struct {
	Crate, Version string
	All            bool // with all features too
}

func (v version) String() string { return strings.TrimSpace(v.Crate + " " + v.Version) }

// all checks the versions, some at once. The error is that of ctx, or says that
// a result could not be kept.
func (b *bench) all(ctx context.Context, list []version) (map[version]*record, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	out := map[version]*record{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	queue := make(chan version)
	each := max(1, runtime.NumCPU()/min(b.jobs, max(1, len(list))))
	for range b.jobs {
		wg.Go(func() {
			for v := range queue {
				r, known, err := b.one(ctx, v, each)
				if err != nil {
					stop(err)
					continue
				}
				mu.Lock()
				out[v] = r
				if !known {
					fmt.Fprintf(b.log, "%d of %d: %s\n", len(out), len(list), r.progress())
				}
				mu.Unlock()
			}
		})
	}
	for _, v := range list {
		select {
		case queue <- v:
		case <-ctx.Done():
		}
	}
	close(queue)
	wg.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	return out, nil
}

func (r *record) progress() string {
	if !r.analysed() {
		return fmt.Sprintf("%s %s not analysed: %s", r.Crate, r.Version, r.Reason)
	}
	return fmt.Sprintf("%s %s: %d findings, captured in %.1f s, analysed in %.1f s", r.Crate, r.Version, len(r.Findings), r.Capture, r.Analysis)
}

// one gives the record of a version; known ones come from the folder.
func (b *bench) one(ctx context.Context, v version, jobs int) (r *record, known bool, err error) {
	src, err := b.fetch(ctx, v.Crate, v.Version)
	if ctx.Err() != nil {
		return nil, false, ctx.Err()
	}
	if err != nil {
		return &record{Crate: v.Crate, Version: v.Version, Reason: "not fetched: " + firstError(err.Error())}, false, nil
	}
	id := fmt.Sprintf("%s-%s-%v.json", src.Crate, src.Version, v.All)
	path := filepath.Join(b.dir, "results", b.program, id)
	var old record
	if readJSON(path, &old) == nil && (old.analysed() || !b.retry && (old.Timeout == 0 || old.Timeout >= b.timeout)) {
		return &old, true, nil
	}
	r, err = b.attempts(ctx, src, v, jobs, filepath.Join(b.dir, "recipes", b.rustc, id))
	if err != nil {
		return nil, false, err
	}
	return r, false, writeJSON(path, r)
}

// recipeFormat changes when other attempts are made.
const recipeFormat = "4"

// recipe is what was learned of how a version compiles; another build of the
// rules needs not learn it again.
type recipe struct {
	Ways   []attempt
	Reason string // no way
	Left   []string
}

// attempts checks a version in all the ways that count.
func (b *bench) attempts(ctx context.Context, src *source, v version, jobs int, recipePath string) (*record, error) {
	limited, cancel := context.WithTimeout(ctx, b.timeout)
	defer cancel()
	t := &trial{bench: b, src: src, jobs: jobs, lines: map[string]int{}, record: &record{Crate: src.Crate, Version: src.Version}}
	var known recipe
	if readJSON(recipePath, &known) == nil && (len(known.Ways) > 0 || !b.retry) {
		for _, w := range known.Ways {
			t.try(limited, w)
		}
		if len(known.Ways) == 0 {
			t.record.Reason = known.Reason
		}
		t.record.Left = append(known.Left, t.record.Left...)
		return t.finish(ctx, limited)
	}
	t.explore(limited, v.All)
	r, err := t.finish(ctx, limited)
	if err != nil {
		return nil, err
	}
	if r.analysed() && limited.Err() == nil || t.onlyCompile && r.Timeout == 0 {
		return r, writeJSON(recipePath, &recipe{r.Ways, r.Reason, r.Left})
	}
	return r, nil
}

// trial tries to compile and check one version.
type trial struct {
	*bench
	src         *source
	jobs        int
	record      *record
	lines       map[string]int
	onlyCompile bool   // all failures so far were the compiler's
	said        string // the first failure of a set
	tried       int
}

// explore finds the ways.
func (t *trial) explore(ctx context.Context, all bool) {
	sets := []string{featuresDefault}
	if all && t.src.more() {
		sets = append(sets, featuresAll)
	}
	for _, set := range sets {
		before := len(t.record.Ways)
		t.set(ctx, set)
		if set == featuresAll && len(t.record.Ways) == before && len(t.src.stable()) > 0 {
			t.set(ctx, featuresStable)
		}
	}
	if !t.record.analysed() && len(t.src.Features["default"]) > 0 {
		t.set(ctx, featuresNone)
	}
}

// set tries one set of features until it compiles: first with the lock that
// another set compiled with.
func (t *trial) set(ctx context.Context, features string) {
	locks := []string{lockNewest, lockShipped, lockOfItsTime}
	if _, err := os.Stat(filepath.Join(t.src.Dir, "Cargo.lock")); err != nil {
		locks = slices.Delete(locks, 1, 2)
	}
	if ways := t.record.Ways; len(ways) > 0 {
		good := ways[0].Lock
		locks = append([]string{good}, slices.DeleteFunc(locks, func(l string) bool { return l == good })...)
	}
	before := len(t.record.Ways)
	t.said = ""
	for _, lock := range locks {
		if t.try(ctx, attempt{features, lock, false}) || t.src.Lib && t.src.Bin && t.try(ctx, attempt{features, lock, true}) {
			break
		}
	}
	if ctx.Err() != nil && t.said == "" {
		t.said = "no time left"
	}
	if len(t.record.Ways) == before {
		t.record.Left = append(t.record.Left, features+": "+t.said)
	}
}

// try makes one attempt; false means that another one may do better.
func (t *trial) try(ctx context.Context, a attempt) bool {
	if ctx.Err() != nil {
		return true
	}
	res := t.outcome(ctx, a)
	if res == nil {
		return true
	}
	r := t.record
	if t.tried++; t.tried == 1 {
		t.onlyCompile = true
	}
	if res.Reason != "" {
		t.onlyCompile = t.onlyCompile && res.Compile
		t.said = cmp.Or(t.said, res.Reason)
		if r.Reason == "" || !res.Compile {
			r.Reason = res.Reason
		}
		return !res.Compile // a fault of ours does not go away
	}
	r.Ways = append(r.Ways, a)
	r.add(res.Findings)
	maps.Copy(t.lines, res.Lines)
	r.Bodies, r.Unread = r.Bodies+res.Bodies, r.Unread+res.Bodies-res.Analysed
	r.Capture, r.Analysis = r.Capture+res.Capture, r.Analysis+res.Analysis
	return true
}

// outcome is nil when the time is up.
func (t *trial) outcome(ctx context.Context, a attempt) *outcome {
	dir, err := t.prepare(ctx, t.src, a.Lock)
	if err == nil {
		var res *outcome
		j := job{Dir: dir, Names: t.src.Names, Features: a.Features, Lib: a.Lib, Cache: filepath.Join(t.dir, "cache"), Jobs: t.jobs}
		if a.Features == featuresStable {
			j.List = t.src.stable()
		}
		if res, err = t.mended(ctx, j); err == nil {
			for i := range res.Findings {
				res.Findings[i] = relative(res.Findings[i], dir)
			}
			return res
		}
	}
	if ctx.Err() != nil {
		return nil
	}
	return &outcome{Reason: firstError(err.Error()), Compile: true} // there is no such lock
}

// mended checks, and once more without the features that this compiler does
// not have any more: most of them it has without asking.
func (t *trial) mended(ctx context.Context, j job) (*outcome, error) {
	for range 3 {
		res, err := t.check(ctx, j)
		if err != nil || len(res.Gone) == 0 {
			return res, err
		}
		any := false
		for _, g := range res.Gone {
			changed, err := g.blank(j.Dir)
			if err != nil {
				return nil, err
			}
			any = any || changed
		}
		if !any {
			return res, nil
		}
	}
	return t.check(ctx, j)
}

// finish completes the record. A limit that was hit is told; the user's own stop is an error.
func (t *trial) finish(ctx, limited context.Context) (*record, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	r := t.record
	if errors.Is(limited.Err(), context.DeadlineExceeded) && !r.analysed() {
		r.Timeout = t.timeout
		why := fmt.Sprintf("not done within %v (-timeout gives more; what is compiled stays)", t.timeout)
		if r.Reason != "" {
			why += "; before: " + r.Reason
		}
		r.Reason = why
	}
	if r.analysed() {
		r.Reason = ""
	}
	for _, n := range t.lines {
		r.Lines += n
	}
	r.Dir = t.src.Dir
	return r, nil
}

// add joins findings of several ways: one that is found in two is one, with
// the stronger grade.
func (r *record) add(list []finding.Finding) {
	for _, f := range list {
		i := slices.IndexFunc(r.Findings, func(o finding.Finding) bool {
			return o.Rule == f.Rule && o.Item == f.Item && o.Primary == f.Primary && o.Title == f.Title
		})
		switch {
		case i < 0:
			r.Findings = append(r.Findings, f)
		case f.Grade > r.Findings[i].Grade:
			r.Findings[i] = f
		}
	}
	slices.SortStableFunc(r.Findings, func(x, y finding.Finding) int {
		return cmp.Or(cmp.Compare(x.Primary.File, y.Primary.File), cmp.Compare(x.Primary.Line, y.Primary.Line),
			cmp.Compare(x.Primary.Col, y.Primary.Col), cmp.Compare(x.Rule, y.Rule), cmp.Compare(x.Title, y.Title))
	})
}

// relative is a finding with places relative to the copy that was checked.
func relative(f finding.Finding, dir string) finding.Finding {
	f.Primary.File = finding.Relative(dir, f.Primary.File)
	f.Trace = slices.Clone(f.Trace)
	for i := range f.Trace {
		f.Trace[i].Span.File = finding.Relative(dir, f.Trace[i].Span.File)
	}
	return f
}

func readJSON(path string, v any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, v)
}

func writeJSON(path string, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return finding.WriteFile(path, text)
}
