package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"softshell/audit"
	"softshell/audit/export"
	"softshell/audit/policy"
	"softshell/audit/registry"
	"softshell/audit/tree"
	"softshell/audit/unsafety"
	"softshell/capture"
	"softshell/check"
	"softshell/config"
	"softshell/finding"
	"softshell/report"
	"softshell/rules"
)

var policyFormats = []string{"text", "json", "html", "sarif", "github"}

func auditPolicyCommand(toolchain string, code *int) *cobra.Command {
	f := &auditFlags{toolchain: toolchain}
	var template, verbose bool
	cmd := &cobra.Command{
		Use:   "policy [FILE]",
		Short: "Check a written policy, and write the evidence for an assessor",
		Long: `policy checks what a team has written down: where unsafe code may stand, that it is
documented, which functions are denied, which advisories are too bad, where
dependencies may come from. FILE is the policy; without it, the file that
[workspace.metadata.softshell.audit] names as policy, else ` + policy.DefaultFile + `
at the root of the workspace.

Each table in the file is a rule, and a rule without its table is not checked.
Exceptions have a reason, and a last day if you like; one that is over or not needed
is an error. --template prints a policy with every rule to start from.

A rule passes only when all that it asks about was looked at; else it is "not
checked". The report maps rules to CWE and to the ANSSI's Secure Rust Guidelines;
--format html is one page to read and print, --format json has everything.

Rules about unsafe code, denied functions and findings, and accept-not-reached, compile
the program as softshell check does, which runs its build scripts; the others compile
nothing.

Exit codes: 0 all rules pass, 1 a rule fails, 2 usage or tool error or a wrong
exception, 3 no rule fails but something was not checked.`,
		Example: `  softshell audit policy --template > ` + policy.DefaultFile + `
  softshell audit policy
  softshell audit policy release.toml --format html -o evidence.html
  softshell audit policy --db ./advisory-db --format json -o evidence.json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if template {
				_, err := fmt.Fprint(cmd.OutOrStdout(), policy.Template)
				return err
			}
			c, err := f.policy(cmd, args, verbose)
			*code = c
			return err
		},
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.BoolVar(&template, "template", false, "print a policy with every rule, and end")
	f.program(fl)
	f.database(fl)
	f.answer(cmd, policyFormats...)
	fl.BoolVarP(&verbose, "verbose", "v", false, "show all of the evidence")
	return cmd
}

func (f *auditFlags) policy(cmd *cobra.Command, args []string, verbose bool) (int, error) {
	if f.format == "text" && strings.HasSuffix(f.output, ".html") && !cmd.Flags().Changed("format") {
		f.format = "html"
	}
	if err := f.prepare(policyFormats...); err != nil {
		return exitError, err
	}
	created, err := timeOfMaking()
	if err != nil {
		return exitError, err
	}
	if len(args) == 1 {
		if info, err := os.Stat(args[0]); err == nil && info.IsDir() {
			return exitError, fmt.Errorf("%s is a folder, and FILE is a policy: --manifest-path names the program", args[0])
		}
	}
	ctx := cmd.Context()
	t, err := f.readTree(ctx, nil)
	if err != nil {
		return exitError, err
	}
	if t.File, err = filepath.Abs(t.File); err != nil {
		return exitError, err
	}
	set, err := f.settings(t)
	if err != nil {
		return exitError, err
	}
	root := t.Root
	if root == "" {
		root = filepath.Dir(t.File)
	}
	if root, err = filepath.Abs(root); err != nil {
		return exitError, err
	}
	file := policyFile(args, set, root)
	p, source, err := readPolicy(file, root)
	if err != nil {
		return exitError, err
	}
	g := &gathering{f: f, cmd: cmd, p: p, root: root, facts: &policy.Facts{Root: root, Today: time.Now(), Missing: map[policy.Need]string{}}}
	if err := g.all(ctx, t, set); err != nil {
		return exitError, err
	}
	r := p.Evaluate(g.facts)
	r.Created = created.UTC().Format(time.RFC3339)
	r.Policy.File, r.Policy.SHA256 = source.File, source.SHA256
	g.describe(ctx, r)
	if err := f.showPolicy(cmd, r, root, verbose); err != nil {
		return exitError, err
	}
	switch {
	case r.Verdict == policy.Fail:
		return exitFindings, nil
	case len(r.Wrong) > 0:
		return exitError, nil
	case r.Verdict == policy.NotChecked:
		return exitIncomplete, nil
	}
	return exitClean, nil
}

// policyFile is the policy that is meant.
func policyFile(args []string, set config.Audit, root string) string {
	switch {
	case len(args) == 1:
		return args[0]
	case set.Policy == "":
		return filepath.Join(root, policy.DefaultFile)
	case filepath.IsAbs(set.Policy):
		return set.Policy
	}
	return filepath.Join(root, set.Policy)
}

func readPolicy(file, root string) (*policy.Policy, policy.Input, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, policy.Input{}, fmt.Errorf("there is no policy %s: softshell audit policy --template prints one to start from", file)
	}
	if err != nil {
		return nil, policy.Input{}, fmt.Errorf("read policy: %w", err)
	}
	p, err := policy.Parse(text, file)
	if err != nil {
		return nil, policy.Input{}, err
	}
	if file, err = filepath.Abs(file); err != nil {
		return nil, policy.Input{}, err
	}
	in, err := policy.InputOf(root, file, bytes.NewReader(text))
	return p, in, err
}

// gathering asks for the facts that a policy needs, and for no others.
type gathering struct {
	f     *auditFlags
	cmd   *cobra.Command
	p     *policy.Policy
	root  string
	facts *policy.Facts
	notes []string
}

func (g *gathering) all(ctx context.Context, t *tree.Tree, set config.Audit) error {
	needs := g.p.Needs()
	if g.f.target == "all" && needs&(policy.NeedCode|policy.NeedUnsafe|policy.NeedReach) != 0 {
		g.notes = append(g.notes, "packages are those of all targets; code is looked at as it is compiled for this machine")
	}
	g.facts.Audit = &audit.Result{Tree: t}
	defer func() { g.notes = slices.Concat(t.Notes, g.notes) }() // --reach adds to those of the tree
	if needs&policy.NeedAdvisories != 0 {
		db, notes, err := g.f.openDatabase(ctx, time.Now())
		switch {
		case err != nil && (len(g.f.db) > 0 || g.f.maxAge > 0):
			return err
		case err != nil:
			g.facts.Missing[policy.NeedAdvisories] = err.Error()
		default:
			g.facts.Audit = audit.Run(t, db, audit.Ignores(set), time.Now())
			g.notes = append(g.notes, notes...)
		}
	}
	if needs&policy.NeedReach != 0 && g.facts.Audit.Database != nil {
		if err := g.f.reach(ctx, g.cmd.ErrOrStderr(), nil, t, g.facts.Audit); ctx.Err() != nil {
			return ctx.Err()
		} else if err != nil {
			g.facts.Missing[policy.NeedReach] = err.Error()
		}
	}
	if needs&policy.NeedLock != 0 {
		lock, err := policy.LockOf(ctx, g.root)
		if g.facts.Lock = lock; err != nil {
			g.facts.Missing[policy.NeedLock] = err.Error()
		}
	}
	if needs&policy.NeedSettings != 0 {
		g.facts.Settings = policy.SettingsOf(g.root, registry.CargoHome(), os.Environ())
	}
	if needs&policy.NeedCode != 0 {
		if err := g.code(ctx); err != nil {
			return err
		}
	}
	if needs&policy.NeedUnsafe != 0 {
		if err := g.unsafe(ctx); err != nil {
			return err
		}
	}
	g.facts.Toolchain = g.rustc(ctx)
	return ctx.Err()
}

// captureOptions are what softshell check would be told.
func (g *gathering) captureOptions() capture.Options {
	f := g.f
	o := capture.Options{Path: g.root, Workspace: true, Features: f.features, AllFeatures: f.allFeatures, NoDefaultFeatures: f.noDefault,
		Offline: f.offline, Locked: f.locked, Frozen: f.frozen, CacheDir: f.cacheDir, Toolchain: f.toolchain}
	if f.target != "all" {
		o.Target = f.target
	}
	return o
}

// code runs the rules of softshell check over the workspace. A program that does not
// compile is no error of the policy: what could not be looked at is then said.
func (g *gathering) code(ctx context.Context) error {
	if g.f.lockfile != "" {
		g.facts.Missing[policy.NeedCode] = "of a lock file alone there is no code"
		return nil
	}
	o := check.Options{Capture: g.captureOptions(), Capturer: capture.New(), Today: time.Now()}
	if err := g.p.CodeOptions(&o, rules.All()); err != nil {
		return err
	}
	p := newProgress(g.cmd.ErrOrStderr(), !g.f.quiet)
	defer p.clear()
	o.Capture.Progress = p.compiling
	res, err := check.Run(ctx, o)
	var compile *check.CompileError
	switch {
	case errors.As(err, &compile):
		p.clear()
		fmt.Fprint(g.cmd.ErrOrStderr(), compile.Messages)
		g.facts.Missing[policy.NeedCode] = "the program does not compile"
		return nil
	case err != nil:
		return g.lacks(ctx, policy.NeedCode, err)
	}
	g.facts.Code = res
	g.roots(res.Build)
	g.notes = append(g.notes, res.Notes...)
	for _, r := range res.Remarks {
		g.notes = append(g.notes, fmt.Sprintf("%s:%d: %s", finding.Relative(g.root, r.Span.File), r.Span.Line, r.Text))
	}
	return nil
}

// lacks notes that a fact could not be had since cargo or the compiler failed. The
// rules that ask for it are then not checked; others still are.
func (g *gathering) lacks(ctx context.Context, n policy.Need, err error) error {
	var failed *capture.Error
	if ctx.Err() != nil || !errors.As(err, &failed) {
		return err
	}
	g.facts.Missing[n] = err.Error()
	return nil
}

// unsafe lists the unsafe code of the tree.
func (g *gathering) unsafe(ctx context.Context) error {
	if g.f.lockfile != "" {
		g.facts.Missing[policy.NeedUnsafe] = "of a lock file alone there is no code"
		return nil
	}
	o := g.captureOptions()
	p := newProgress(g.cmd.ErrOrStderr(), !g.f.quiet)
	defer p.clear()
	o.Progress = p.compiling
	inv, build, err := unsafety.Survey(ctx, capture.New(), o)
	if err != nil {
		return g.lacks(ctx, policy.NeedUnsafe, err)
	}
	g.notes = append(g.notes, inv.Notes...)
	if build.CompileFailed && !failedIn(inv) {
		g.facts.Missing[policy.NeedUnsafe] = "the program does not compile"
		return nil
	}
	g.facts.Unsafe = inv
	g.roots(build)
	return nil
}

// roots notes where the sources of what was compiled begin.
func (g *gathering) roots(b *capture.Build) {
	for _, u := range b.Units {
		if r := (policy.Root{Crate: u.Crate, File: u.Root}); !slices.Contains(g.facts.Roots, r) {
			g.facts.Roots = append(g.facts.Roots, r)
		}
	}
}

// rustc is the version of the compiler that the workspace is built with.
func (g *gathering) rustc(ctx context.Context) string {
	if g.facts.Code != nil {
		return g.facts.Code.Build.Toolchain.Version
	}
	_, rest, _ := strings.Cut(g.ask(ctx, "rustc", "--version"), " ")
	v, _, _ := strings.Cut(rest, " ")
	return v
}

// ask is the first line that a program of the toolchain prints, "" when it cannot be called.
func (g *gathering) ask(ctx context.Context, program string, args ...string) string {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = g.root
	if g.f.toolchain != "" {
		cmd.Env = append(os.Environ(), "RUSTUP_TOOLCHAIN="+g.f.toolchain)
	}
	out, err := cmd.Output()
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(out), "\n")
	return strings.TrimSpace(line)
}

// describe says of what the evidence is, and on what it rests.
func (g *gathering) describe(ctx context.Context, r *policy.Report) {
	t := g.facts.Audit.Tree
	r.Tool = policy.Tool{Name: "softshell", Version: version, Rustc: g.facts.Toolchain, Cargo: g.ask(ctx, "cargo", "--version")}
	r.Subject = policy.Subject{Name: filepath.Base(g.root), Root: g.root, Members: []string{}, Targets: append([]string{}, t.Targets...)}
	r.Subject.Commit, r.Subject.Dirty = policy.CommitOf(ctx, g.root)
	files := []string{t.File}
	for i := range t.Packages {
		p := &t.Packages[i]
		if p.NotBuilt == "" {
			r.Subject.Packages++
		}
		if p.Member {
			r.Subject.Members = append(r.Subject.Members, p.Name+" "+p.Version)
			if p.Manifest != "" {
				files = append(files, p.Manifest)
			}
		}
	}
	if len(r.Subject.Members) == 1 {
		r.Subject.Name = r.Subject.Members[0]
	}
	seen := map[string]bool{}
	for _, file := range append(files, filepath.Join(g.root, "Cargo.toml")) {
		if seen[file] {
			continue
		}
		seen[file] = true
		if in, err := inputOf(g.root, file); err == nil { // a lock file alone has no manifest
			r.Inputs = append(r.Inputs, in)
		}
	}
	if db := g.facts.Audit.Database; db != nil {
		r.Database = &policy.Database{Path: db.Path, Commit: db.Commit, Date: db.Date, Problems: len(db.Problems)}
	}
	for _, n := range g.notes {
		r.Notes = append(r.Notes, finding.Plain(n))
	}
}

func inputOf(root, file string) (policy.Input, error) {
	f, err := os.Open(file)
	if err != nil {
		return policy.Input{}, err
	}
	defer f.Close()
	return policy.InputOf(root, file, f)
}

func (f *auditFlags) showPolicy(cmd *cobra.Command, r *policy.Report, root string, verbose bool) error {
	out := cmd.OutOrStdout()
	var buf bytes.Buffer
	var err error
	switch f.format {
	case "json":
		err = export.PolicyJSON(&buf, r)
	case "html":
		err = export.PolicyHTML(&buf, r)
	case "sarif":
		err = report.SARIF(&buf, export.PolicyFindings(r, root))
	case "github":
		err = report.GitHub(&buf, export.PolicyFindings(r, root))
	default:
		err = export.PolicyText(&buf, r, f.output == "" && wantColor(f.color, out), verbose)
	}
	if err != nil {
		return err
	}
	return emit(out, f.output, buf.Bytes())
}
