package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"softshell/capture"
	"softshell/finding"
	"softshell/heap/cargo"
	"softshell/heap/export"
	"softshell/heap/inject"
	"softshell/heap/profile"
	"softshell/heap/record"
	"softshell/heap/secret"
	"softshell/heap/shim"
	"softshell/heap/view"
)

// heapFlags are the flags of `softshell heap`.
type heapFlags struct {
	output       string
	children     bool
	checkpoint   time.Duration
	failOnLeak   int64
	suppressions string
	secrets      []string
	cache        string
	color        string
	quiet        bool
	pid          int
	build        bool
	tests        bool
	cargo        []string
}

func heapCommand(code *int) *cobra.Command {
	f := &heapFlags{}
	cmd := &cobra.Command{
		Use:   "heap [--] PROGRAM [ARGS...]",
		Short: "Run a program and tell what it does with its heap",
		Long: `heap runs a program as it is and counts what it allocates: how often, where, for
how long, how much at once. At the end it reads what was left, and says which of
it is lost, which blocks hold each other by reference counts, and of what types.

The program's input, output and exit code are its own. The report goes to stderr,
the profile to softshell-heap.PROGRAM.PID.profile in this folder or to the file of
-o; "softshell heap report" shows it in other ways and formats.

When the program runs below another one (timeout, env, sh -c, cargo run), the one
that is meant is recorded; with --children all that it starts are too, each into a
file of its own.

Nothing can be preloaded into a static program, and an allocator of the program's
own (jemalloc, mimalloc) does not ask the one that is watched. --build builds the
package in a folder of its own with the collector linked in, and runs the program.

Exit code: the program's, and 128 + N when signal N ended it; 1 when that is 0 and
more leaked than --fail-on-leak allows; 2 when the program could not be run.`,
		Example: `  softshell heap ./target/debug/server --port 8080
  softshell heap -o run.profile -- timeout 5 ./target/release/tool
  softshell heap --fail-on-leak 0 -- ./target/debug/tool
  softshell heap --checkpoint 10s -- ./target/release/server
  softshell heap --build --release --target x86_64-unknown-linux-musl -- input.txt
  softshell heap -p 4711
  softshell heap --tests --release -p my-crate -- --ignored
  softshell heap report softshell-heap.server.4711.profile`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) },
	}
	f.flags(cmd)
	addHeapReports(cmd, code)
	return cmd
}

func (f *heapFlags) flags(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.SetInterspersed(false)
	fl.StringVarP(&f.output, "output", "o", "", "write the profile to this file")
	fl.BoolVar(&f.children, "children", false, "record what the program starts, too")
	fl.DurationVar(&f.checkpoint, "checkpoint", 0, "write the profile every so often while the program runs: 10s, 1m")
	fl.Int64Var(&f.failOnLeak, "fail-on-leak", -1, "exit with 1 when more bytes than this leaked")
	fl.StringArrayVar(&f.secrets, "secret", nil, "search the memory for what is in a FILE, for env:NAME or for hex:DIGITS (can be given more than once)")
	fl.StringVar(&f.suppressions, "suppressions", "", "hold back the leaks that this file allows (see softshell heap report --help)")
	fl.IntVarP(&f.pid, "pid", "p", 0, "look into a process that runs: what its malloc has handed out, what is lost, cycles, secrets; no stacks")
	fl.BoolVar(&f.build, "build", false, "build the program with the collector inside, and run that; other flags are those of cargo build, arguments of the program stand behind --")
	fl.BoolVar(&f.tests, "tests", false, "run cargo test with each test binary recorded, and name the tests that leak; other flags are cargo's")
	fl.StringArrayVar(&f.cargo, "cargo", nil, "an argument of cargo")
	_ = fl.MarkHidden("cargo")
	fl.StringVar(&f.color, "color", "auto", "auto, always or never")
	fl.StringVar(&f.cache, "cache-dir", os.Getenv("SOFTSHELL_CACHE"), "cache folder")
	fl.BoolVarP(&f.quiet, "quiet", "q", false, "write the profile, print no report")
}

func (f *heapFlags) run(cmd *cobra.Command, args []string) error {
	if err := f.check(cmd, args); err != nil {
		return err
	}
	needles, err := f.needles()
	if err != nil {
		return err
	}
	defer func() {
		for _, n := range needles {
			n.Wipe()
		}
	}()
	code := 0
	switch {
	case f.build:
		code, err = f.buildAndRecord(cmd.Context(), cmd.ErrOrStderr(), args, needles)
	case f.tests:
		code, err = f.runTests(cmd.Context(), cmd.ErrOrStderr(), f.cargo, args)
	case cmd.Flags().Changed("pid"):
		code, err = f.attach(cmd.ErrOrStderr(), needles)
	default:
		code, err = f.record(cmd.Context(), cmd.ErrOrStderr(), args, needles)
	}
	if err != nil {
		return err
	}
	return &programEnded{code}
}

func (f *heapFlags) check(cmd *cobra.Command, args []string) error {
	attach := cmd.Flags().Changed("pid")
	switch {
	case f.build && f.tests:
		return errors.New("--build is not for --tests")
	case len(args) == 0 && !f.tests && !f.build && !attach:
		return errors.New("name a program: softshell heap -- PROGRAM [ARGS...]")
	case attach && (len(args) > 0 || f.tests || f.build):
		return errors.New("--pid looks into a process that runs: name no program beside it")
	case f.tests && len(f.secrets) > 0:
		return errors.New("--secret is not for --tests")
	case f.checkpoint < 0:
		return errors.New("--checkpoint must be a time, like 10s")
	}
	return checkColor(f.color)
}

func (f *heapFlags) needles() ([]*secret.Needle, error) {
	var out []*secret.Needle
	for _, spec := range f.secrets {
		n, err := secret.Parse(spec)
		if err != nil {
			return nil, fmt.Errorf("--secret: %w", err)
		}
		out = append(out, n)
	}
	return out, nil
}

// buildAndRecord builds the package's program with the collector inside, and runs it.
func (f *heapFlags) buildAndRecord(ctx context.Context, w io.Writer, args []string, needles []*secret.Needle) (int, error) {
	b := cargo.Build{Args: f.cargo, Cache: f.cacheDirs()[0], Stderr: w}
	path, err := b.Run(ctx)
	if err != nil {
		return 0, err
	}
	return f.record(ctx, w, append([]string{path}, args...), needles)
}

// record runs a program with the collector in it.
func (f *heapFlags) record(ctx context.Context, w io.Writer, argv []string, needles []*secret.Needle) (int, error) {
	files, err := newProfileFiles(f.output)
	if err != nil {
		return 0, err
	}
	target, err := inject.Aim(argv)
	if err != nil {
		return 0, err
	}
	library, err := f.collector(ctx, target)
	if err != nil {
		return 0, err
	}
	r, err := record.Run(record.Options{
		Command: argv, Env: os.Environ(), Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Target: target, Library: library, Children: f.children, Checkpoint: f.checkpoint, Secrets: needles, Save: files.save,
	})
	if err != nil {
		return 0, err
	}
	return f.report(w, r, files)
}

// attach looks into a process that runs.
func (f *heapFlags) attach(w io.Writer, needles []*secret.Needle) (int, error) {
	files, err := newProfileFiles(f.output)
	if err != nil {
		return 0, err
	}
	p, err := record.Attach(f.pid, needles)
	if err != nil {
		return 0, err
	}
	if err := files.save(p, true); err != nil {
		return 0, err
	}
	return f.report(w, &record.Result{Profiles: []*profile.Profile{p}}, files)
}

// collector makes sure that the collector gets in, and returns the library to
// preload, if one has to be.
func (f *heapFlags) collector(ctx context.Context, t *inject.Target) (string, error) {
	if t.Program != nil {
		if err := t.Program.Preloadable(); err != nil {
			return "", err
		}
		if t.Program.Linked {
			return "", nil
		}
	}
	library, err := shim.Library(ctx, "cc")
	if err != nil {
		return "", err
	}
	return inject.Place(library, f.cacheDirs())
}

// cacheDirs are the folders where the collector may lie.
func (f *heapFlags) cacheDirs() []string {
	var dirs []string
	if dir, err := capture.CacheDir(f.cache); err == nil {
		dirs = append(dirs, dir)
	}
	return append(dirs, filepath.Join(os.TempDir(), fmt.Sprintf("softshell-%d", os.Getuid())))
}

// report tells what was recorded, and decides on the exit code.
func (f *heapFlags) report(w io.Writer, r *record.Result, files *profileFiles) (int, error) {
	var b bytes.Buffer
	tooMuch := false
	for _, p := range r.Profiles {
		if f.quiet && f.failOnLeak < 0 {
			break
		}
		s, o, err := f.judge(w, p)
		if err != nil {
			return exitError, err
		}
		tooMuch = tooMuch || f.failOnLeak >= 0 && s.Lost() > f.failOnLeak
		if f.quiet {
			continue
		}
		fmt.Fprintln(&b)
		if err := export.Text(&b, s, o); err != nil {
			return exitError, err
		}
		if path, ok := files.of(p.Run.PID); ok {
			fmt.Fprintf(&b, "profile: %s (softshell heap report FILE shows more of it)\n", shown(path))
		}
	}
	for _, n := range r.Notes {
		fmt.Fprintln(&b, "note: "+n)
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return exitError, err
	}
	if r.Code == 0 && tooMuch {
		return exitFindings, nil
	}
	return r.Code, nil
}

func (f *heapFlags) judge(w io.Writer, p *profile.Profile) (*export.Shown, export.Options, error) {
	o := export.Options{Version: version, Cost: view.Bytes, Color: wantColor(f.color, w), Width: columns(w), Sources: finding.NewSources()}
	o.Root, _ = os.Getwd()
	var vo view.Options
	var ended []finding.Remark
	if f.suppressions != "" {
		var err error
		if vo.Suppressions, ended, err = view.ReadSuppressions(f.suppressions, time.Now()); err != nil {
			return nil, o, err
		}
	}
	s := export.Judge(view.New(p, vo), o, time.Now())
	s.Remarks = append(ended, s.Remarks...)
	return s, o, nil
}

// shown is a path as the user would write it.
func shown(path string) string {
	if dir, err := os.Getwd(); err == nil {
		if rel, err := filepath.Rel(dir, path); err == nil && !filepath.IsAbs(rel) && len(rel) < len(path) {
			return rel
		}
	}
	return path
}
