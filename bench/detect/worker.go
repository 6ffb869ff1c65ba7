package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"softshell/capture"
	"softshell/check"
	"softshell/finding"
	"softshell/rules"
)

// A check runs in a process of its own, this program called again: a crash, a
// loop without end or a lack of memory costs one version and not the run.

const workerArg = "a-worker-of-detect"

// job is what a worker is asked to check.
type job struct {
	Dir      string
	Names    []string // of the crates
	Features string
	List     []string // the features of the set, where cargo has no flag for it
	Lib      bool     // without binaries
	Cache    string
	Jobs     int
}

// outcome is what came of it.
type outcome struct {
	Findings []finding.Finding
	Lines    map[string]int // of the Rust files that were compiled, without generated ones
	Capture  float64        // seconds
	Analysis float64
	Bodies   int
	Analysed int
	Reason   string // why nothing was analysed; "" when something was
	Compile  bool   // it does not compile: no fault of the analysis
	Gone     []gone `json:",omitempty"` // names of features that the compiler does not have any more
}

// gone is a name in `#![feature(..)]` that stops the compiler.
type gone struct {
	File      string
	Line, Col int
}

// worker reads a job from standard input and writes its outcome.
func worker() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var j job
	if err := json.NewDecoder(os.Stdin).Decode(&j); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if err := json.NewEncoder(os.Stdout).Encode(j.check(ctx)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

// check runs all rules, also those that are off by default, at every grade.
func (j *job) check(ctx context.Context) *outcome {
	grade := finding.Possible
	o := check.Options{Capturer: capture.New(), Rules: rules.All(), Grade: &grade, Jobs: j.Jobs, Today: time.Now()}
	for _, r := range o.Rules {
		o.On = append(o.On, r.ID)
	}
	o.Capture = capture.Options{Path: j.Dir, CacheDir: j.Cache, Jobs: j.Jobs, Spans: capture.SpansAlways, Lib: j.Lib,
		AllFeatures: j.Features == featuresAll, NoDefaultFeatures: j.Features == featuresNone, Features: j.List}
	res, err := check.Run(ctx, o)
	var compile *check.CompileError
	switch {
	case errors.As(err, &compile):
		return &outcome{Reason: firstError(compile.Messages), Compile: true, Gone: featuresGone(compile.Messages)}
	case errors.Is(err, capture.ErrCargo) || errors.Is(err, capture.ErrManifest):
		return &outcome{Reason: firstError(err.Error()), Compile: true}
	case err != nil:
		return &outcome{Reason: firstError(err.Error())}
	}
	out := &outcome{Findings: res.Findings, Lines: map[string]int{}}
	failed := ""
	for _, c := range res.Coverage.Crates {
		out.Bodies, out.Analysed = out.Bodies+c.Bodies, out.Analysed+c.Analysed
		if c.Failed != "" {
			failed = c.Failed
		}
	}
	if out.Analysed == 0 && failed != "" {
		return &outcome{Reason: failed}
	}
	for _, p := range res.Phases {
		if p.Name == "capture" {
			out.Capture = p.Took.Seconds()
		} else {
			out.Analysis += p.Took.Seconds()
		}
	}
	for _, u := range res.Build.Units {
		for _, file := range u.Sources {
			if rel, err := filepath.Rel(j.Dir, file); u.Primary && err == nil && filepath.Ext(file) == ".rs" && !strings.HasPrefix(rel, "..") {
				out.Lines[rel] = len(res.Sources.Lines(file))
			}
		}
	}
	return out
}

var goneError = regexp.MustCompile(`(?m)^error\[E(?:0557|0635)\]: .*\n +--> (.+):(\d+):(\d+)$`)

// featuresGone reads from a compiler's messages which features it does not have.
func featuresGone(text string) []gone {
	var out []gone
	for _, m := range goneError.FindAllStringSubmatch(text, -1) {
		g := gone{File: m[1]}
		g.Line, _ = strconv.Atoi(m[2])
		g.Col, _ = strconv.Atoi(m[3])
		out = append(out, g)
	}
	return out
}

var errorLine = regexp.MustCompile(`^error(\[E\d+\])?: `)

// firstError is the line of a compiler's messages that tells most.
func firstError(text string) string {
	lines := slices.DeleteFunc(strings.Split(text, "\n"), func(l string) bool { return strings.TrimSpace(l) == "" })
	if len(lines) == 0 {
		return "it failed without a word"
	}
	said := lines[0]
	for i, l := range lines {
		if errorLine.MatchString(l) && !strings.Contains(l, "could not compile") && !strings.Contains(l, "aborting due to") {
			said = l
			if strings.Contains(l, "failed to run custom build command") {
				if why := scriptError(lines[i+1:]); why != "" {
					said += ": " + why
				}
			}
			break
		}
	}
	return strings.Join(strings.Fields(said), " ")
}

// scriptError is what a build script said last that looks like a reason.
func scriptError(lines []string) string {
	why := ""
	for i, l := range lines {
		l = strings.TrimSpace(l)
		if strings.Contains(l, "panicked at") && strings.HasSuffix(l, ":") && i+1 < len(lines) {
			return strings.TrimSpace(lines[i+1]) // its words stand on the next line
		}
		if strings.HasPrefix(l, "error") || strings.Contains(l, "panicked at") || strings.Contains(l, "not found") || strings.Contains(l, "No such file") {
			why = l
		}
	}
	return why
}

// checkApart runs a job in a process of its own. The error is that of ctx.
func checkApart(ctx context.Context, j job) (*outcome, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, workerArg)
	cmd.Env = append(os.Environ(), "RUSTFLAGS="+strings.TrimSpace(os.Getenv("RUSTFLAGS")+" --cap-lints=allow"),
		"RUSTC_BOOTSTRAP="+strings.Join(j.Names, ",")) // or the compiler's last word of a crate with `#![feature]` is that it is stable
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // it ends cargo in turn
	cmd.WaitDelay = 10 * time.Second
	text, err := json.Marshal(j)
	if err != nil {
		return nil, err
	}
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(text), &out, &errs
	err = cmd.Run()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	var res outcome
	if err == nil {
		err = json.Unmarshal(out.Bytes(), &res)
	}
	if err != nil {
		return &outcome{Reason: fmt.Sprintf("the check ended with %v: %s", err, firstCrash(errs.String()))}, nil
	}
	return &res, nil
}

// firstCrash is the line that tells why a Go program ended.
func firstCrash(text string) string {
	for _, l := range strings.Split(text, "\n") {
		if strings.HasPrefix(l, "panic: ") || strings.HasPrefix(l, "fatal error: ") {
			return l
		}
	}
	return firstError(text)
}
