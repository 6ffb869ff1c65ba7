package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"softshell/capture"
	"softshell/check"
	"softshell/config"
	"softshell/finding"
	"softshell/report"
	"softshell/rules"
)

// checkFlags are the flags of `softshell check`.
type checkFlags struct {
	capture        capture.Options
	check          check.Options
	release        bool
	spans          string
	grade          string
	format, output string
	messageFormat  string
	writeBaseline  string
	withHeap       []string
	color          string
	stats          bool
	quiet, verbose bool
}

func checkCommand(toolchain string, code *int) *cobra.Command {
	f := &checkFlags{}
	f.capture.Toolchain = toolchain
	cmd := &cobra.Command{
		Use:   "check [PATH...]",
		Short: "Find leaks in a cargo package, a workspace or one .rs file",
		Long: `check compiles the crates with cargo check in a target folder of its own, reads
the compiler's MIR and follows what owns memory through it. PATH is a package
or workspace folder, a Cargo.toml or one .rs file; without PATH, this folder.

A finding is graded: "likely" ones have a feasible path that shows them,
"possible" ones hang on a fact that is not known and are shown with
--grade possible. A comment in the source allows one finding:

    // softshell:allow(rule): reason until=2027-01-31

Exit codes: 0 clean, 1 findings, 2 usage or tool error, 3 nothing found but not
everything could be analysed.`,
		Example: `  softshell check
  softshell check --deps --grade possible
  softshell check -p my-crate --all-features --format sarif -o softshell.sarif
  softshell heap -o run.profile -- ./target/debug/app && softshell check --with-heap run.profile
  softshell check --write-baseline softshell.json && softshell check --baseline softshell.json
  cargo softshell check --message-format=json      # for rust-analyzer`,
		RunE: func(cmd *cobra.Command, paths []string) error {
			c, err := f.run(cmd, paths)
			*code = c
			return err
		},
	}
	f.flags(cmd)
	return cmd
}

func (f *checkFlags) flags(cmd *cobra.Command) {
	fl, c, o := cmd.Flags(), &f.capture, &f.check
	fl.SortFlags = false
	fl.StringSliceVarP(&c.Packages, "package", "p", nil, "check this package only (can be given more than once)")
	fl.BoolVar(&c.Workspace, "workspace", false, "check all members of the workspace")
	fl.StringSliceVar(&c.Exclude, "exclude", nil, "leave this package of the workspace out")
	fl.BoolVar(&c.Lib, "lib", false, "check the library only")
	fl.BoolVar(&c.Bins, "bins", false, "check all binaries")
	fl.BoolVar(&c.Tests, "tests", false, "check all tests")
	fl.BoolVar(&c.AllTargets, "all-targets", false, "check all targets: libraries, binaries, tests, examples, benches")
	fl.StringSliceVarP(&c.Features, "features", "F", nil, "features to activate")
	fl.BoolVar(&c.AllFeatures, "all-features", false, "activate all features")
	fl.BoolVar(&c.NoDefaultFeatures, "no-default-features", false, "do not activate the default features")
	fl.StringVar(&c.Target, "target", "", "check for this target triple")
	fl.StringVar(&c.Profile, "profile", "", "check with this profile")
	fl.BoolVarP(&f.release, "release", "r", false, "check with the release profile")
	fl.StringVar(&c.ManifestPath, "manifest-path", "", "path of Cargo.toml")
	fl.BoolVar(&c.Offline, "offline", false, "do not use the network")
	fl.BoolVar(&c.Locked, "locked", false, "fail when Cargo.lock is not up to date")
	fl.BoolVar(&c.Frozen, "frozen", false, "--offline and --locked")
	fl.StringVar(&c.Edition, "edition", "", "edition of a single .rs file (default 2021)")
	fl.BoolVar(&c.Deps, "deps", false, "check the dependencies too")
	fl.IntVarP(&o.Jobs, "jobs", "j", 0, "work at this many places at once (default: all cores)")
	fl.StringSliceVar(&o.Only, "only", nil, "run these rules only")
	fl.StringSliceVar(&o.On, "on", nil, "run these rules too")
	fl.StringSliceVar(&o.Off, "off", nil, "do not run these rules")
	fl.StringVar(&f.grade, "grade", "", "weakest grade that is shown: possible, likely, confirmed (default likely)")
	fl.StringVar(&o.FailOn, "fail-on", "", "severity from which the exit code is 1: note, warning, error, never (default warning)")
	fl.StringVar(&o.Baseline, "baseline", "", "do not show the findings that this file lists")
	fl.StringVar(&f.writeBaseline, "write-baseline", "", "write the findings to this file, as known")
	fl.StringArrayVar(&f.withHeap, "with-heap", nil, "confirm findings by this profile of softshell heap (can be given more than once)")
	fl.StringVar(&f.format, "format", "text", "text, json, sarif or github")
	fl.StringVar(&f.messageFormat, "message-format", "", "json: cargo's message format, for editors")
	fl.StringVarP(&f.output, "output", "o", "", "write the report to this file")
	fl.BoolVar(&f.stats, "stats", false, "print figures of the run")
	fl.StringVar(&f.color, "color", "auto", "auto, always or never")
	fl.StringVar(&f.spans, "spans", "auto", "when to ask for source positions: auto, always or never")
	fl.StringVar(&c.CacheDir, "cache-dir", os.Getenv("SOFTSHELL_CACHE"), "cache folder")
	fl.BoolVarP(&f.quiet, "quiet", "q", false, "no progress")
	fl.BoolVarP(&f.verbose, "verbose", "v", false, "coverage crate by crate")
	for flag, words := range map[string][]string{
		"format": {"text", "json", "sarif", "github"}, "grade": {"possible", "likely", "confirmed"}, "message-format": {"json"},
		"fail-on": {"note", "warning", "error", "never"}, "color": {"auto", "always", "never"}, "spans": {"auto", "always", "never"},
		"only": ruleIDs(), "on": ruleIDs(), "off": ruleIDs(),
	} {
		_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
	}
}

var renderers = map[string]func(io.Writer, *report.Report) error{
	"json": report.JSON, "sarif": report.SARIF, "github": report.GitHub, "cargo": report.CargoMessages,
}

// prepare checks the flags that cobra cannot.
func (f *checkFlags) prepare() error {
	if f.release {
		f.capture.Profile = "release"
	}
	if f.grade != "" {
		g, err := finding.ParseGrade(f.grade)
		if err != nil {
			return fmt.Errorf("--grade: %w", err)
		}
		f.check.Grade = &g
	}
	if f.check.FailOn != "" {
		if err := config.CheckFailOn(f.check.FailOn); err != nil {
			return fmt.Errorf("--%w", err)
		}
	}
	switch f.messageFormat {
	case "":
	case "json", "json-diagnostic-rendered-ansi":
		f.format = "cargo"
	default:
		return fmt.Errorf("--message-format: only json is known, not %q", f.messageFormat)
	}
	if _, ok := renderers[f.format]; !ok && f.format != "text" {
		return fmt.Errorf("--format: %q is none of text, json, sarif, github", f.format)
	}
	modes := map[string]capture.SpanMode{"auto": capture.SpansAuto, "always": capture.SpansAlways, "never": capture.SpansNever}
	mode, ok := modes[f.spans]
	if !ok {
		return fmt.Errorf("--spans: %q is none of auto, always, never", f.spans)
	}
	f.capture.Spans = mode
	if f.check.Jobs < 0 {
		return fmt.Errorf("--jobs must not be negative")
	}
	if f.check.Jobs > 0 {
		runtime.GOMAXPROCS(f.check.Jobs)
	}
	f.capture.Jobs = f.check.Jobs
	return checkColor(f.color)
}

func (f *checkFlags) run(cmd *cobra.Command, paths []string) (int, error) {
	if err := f.prepare(); err != nil {
		return exitError, err
	}
	if len(paths) == 0 {
		paths = []string{""}
	}
	if f.format == "cargo" {
		f.capture.Message = func(line []byte) {
			if !bytes.HasPrefix(line, []byte(`{"reason":"build-finished"`)) { // the findings belong to the build: they come first
				_, _ = cmd.OutOrStdout().Write(append(bytes.TrimSuffix(line, []byte("\n")), '\n'))
			}
		}
	}
	var all []*check.Result
	for _, path := range paths {
		res, err := f.one(cmd.Context(), cmd.ErrOrStderr(), path)
		if err != nil {
			return exitError, f.failed(cmd, err)
		}
		all = append(all, res)
	}
	return f.show(cmd, all)
}

// one checks one path.
func (f *checkFlags) one(ctx context.Context, errs io.Writer, path string) (*check.Result, error) {
	o := f.check
	o.Capture = f.capture
	o.Capture.Path = path
	o.Capturer = capture.New()
	o.Rules = rules.All()
	o.Today = time.Now()
	weigh, err := weighByHeap(f.withHeap)
	if err != nil {
		return nil, err
	}
	o.Weigh = weigh
	p := newProgress(errs, !f.quiet && f.format != "cargo")
	defer p.clear()
	o.Capture.Progress = p.compiling
	o.Capture.Color = f.wantColor(errs) && f.format != "cargo" || f.messageFormat == "json-diagnostic-rendered-ansi"
	return check.Run(ctx, o)
}

// failed tells the user of an error; an editor gets it as a message too.
func (f *checkFlags) failed(cmd *cobra.Command, err error) error {
	var compile *check.CompileError
	if f.format == "cargo" {
		if errors.As(err, &compile) {
			_, _ = fmt.Fprintln(cmd.OutOrStdout(), `{"reason":"build-finished","success":false}`)
		} else {
			_ = report.CargoError(cmd.OutOrStdout(), err.Error())
		}
		return err
	}
	if errors.As(err, &compile) {
		fmt.Fprint(cmd.ErrOrStderr(), compile.Messages)
		return fmt.Errorf("the crate does not compile: nothing was analysed (rustc's messages stand above)")
	}
	return err
}

// show writes the report and gives the exit code.
func (f *checkFlags) show(cmd *cobra.Command, all []*check.Result) (int, error) {
	r := merged(all)
	if !f.stats {
		r.Stats, r.Phases = nil, nil
	}
	if f.writeBaseline != "" {
		fs := append([]finding.Finding{}, r.Findings...)
		for _, s := range r.Suppressed {
			if s.Kind == "baseline" {
				fs = append(fs, s.Finding)
			}
		}
		if err := finding.WriteBaseline(f.writeBaseline, fs, r.Root); err != nil {
			return exitError, err
		}
		what := fmt.Sprintf("%d findings are", len(fs))
		if len(fs) == 1 {
			what = "1 finding is"
		}
		r.Notes = append(r.Notes, fmt.Sprintf("%s known from now on: use --baseline %s", what, f.writeBaseline))
	}
	out := cmd.OutOrStdout()
	var buf bytes.Buffer
	var err error
	if f.format == "text" {
		err = report.Text(&buf, r, report.TextOptions{Color: f.output == "" && f.wantColor(out), Verbose: f.verbose})
	} else {
		err = renderers[f.format](&buf, r)
	}
	if err == nil {
		err = emit(out, f.output, buf.Bytes())
	}
	if err != nil {
		return exitError, err
	}
	if f.writeBaseline != "" {
		return exitClean, nil
	}
	for _, res := range all {
		if res.Fails() {
			return exitFindings, nil
		}
	}
	if !r.Coverage.Complete() {
		return exitIncomplete, nil
	}
	return exitClean, nil
}

// merged puts the results of several paths into one report, in their order.
func merged(all []*check.Result) *report.Report {
	first := all[0]
	r := &report.Report{Version: version, Root: first.Build.Root, Toolchain: "rustc " + first.Build.Toolchain.Version, Rules: first.Rules,
		Sources: first.Sources, Packages: map[string]report.Package{}, Stats: &finding.Stats{Unsupported: map[string]int{}}}
	if len(all) > 1 {
		r.Root, _ = os.Getwd()
	}
	for _, res := range all {
		r.Findings = append(r.Findings, res.Findings...)
		r.Suppressed = append(r.Suppressed, res.Suppressed...)
		r.Remarks = append(r.Remarks, res.Remarks...)
		r.Notes = append(r.Notes, res.Notes...)
		r.Coverage.Crates = append(r.Coverage.Crates, res.Coverage.Crates...)
		r.Coverage.Missing = append(r.Coverage.Missing, res.Coverage.Missing...)
		r.Stats.Add(&res.Stats)
		for _, p := range res.Phases {
			r.Phases = append(r.Phases, report.Phase{Name: p.Name, Seconds: p.Took.Seconds()})
		}
		for _, u := range res.Build.Units {
			if _, have := r.Packages[u.Crate]; !have || u.Kind == "lib" {
				r.Packages[u.Crate] = report.Package{ID: u.PkgID, Manifest: manifestOf(u), Kind: u.Kind, Target: u.Crate, Root: u.Root}
			}
		}
	}
	return r
}

func manifestOf(u *capture.Unit) string {
	for _, e := range u.Env {
		if len(e) > 19 && e[:19] == "CARGO_MANIFEST_DIR=" {
			return e[19:] + string(os.PathSeparator) + "Cargo.toml"
		}
	}
	return ""
}
