package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"softshell/audit"
	"softshell/audit/advisory"
	"softshell/audit/export"
	"softshell/audit/tree"
	"softshell/capture"
	"softshell/config"
	"softshell/finding"
	"softshell/report"
)

// auditFlags are what `softshell audit` and the commands below it share: where the
// program, the database and the cache are, and how the answer is written.
type auditFlags struct {
	toolchain string

	// The program.
	lockfile     string
	manifestPath string
	target       string
	features     []string
	allFeatures  bool
	noDefault    bool
	offline      bool
	locked       bool
	frozen       bool

	// The database.
	db     []string
	maxAge int

	// The answer.
	format, output string
	color          string
	quiet          bool
	cacheDir       string
}

// program adds the flags that say what is audited.
func (f *auditFlags) program(fl *pflag.FlagSet) {
	fl.StringVar(&f.lockfile, "lockfile", "", "audit this Cargo.lock, and nothing else is asked")
	f.source(fl)
	fl.Lookup("target").Usage = "what is built for this target triple (default: this machine's; all: any)"
}

// source adds the flags that say what of a cargo package or workspace is built.
func (f *auditFlags) source(fl *pflag.FlagSet) {
	fl.StringVar(&f.manifestPath, "manifest-path", "", "path of Cargo.toml")
	fl.StringSliceVarP(&f.features, "features", "F", nil, "features to activate")
	fl.BoolVar(&f.allFeatures, "all-features", false, "activate all features")
	fl.BoolVar(&f.noDefault, "no-default-features", false, "do not activate the default features")
	fl.StringVar(&f.target, "target", "", "what is built for this target triple (default: this machine's)")
	fl.BoolVar(&f.offline, "offline", false, "do not use the network")
	fl.BoolVar(&f.locked, "locked", false, "fail when Cargo.lock is not up to date")
	fl.BoolVar(&f.frozen, "frozen", false, "--offline and --locked")
}

// database adds the flags that say which advisories are used.
func (f *auditFlags) database(fl *pflag.FlagSet) {
	fl.StringArrayVar(&f.db, "db", nil, "database of advisories: RustSec's (checkout, folder, archive) or OSV files; can be given more than once (default: that of softshell audit update)")
	fl.IntVar(&f.maxAge, "max-age", 0, "fail when the database is older than this many days")
}

// answer adds the flags that say how the answer is written. The first format is the default.
func (f *auditFlags) answer(cmd *cobra.Command, formats ...string) {
	fl := cmd.Flags()
	words := formats[0]
	for _, w := range formats[1:] {
		words += ", " + w
	}
	fl.StringVar(&f.format, "format", formats[0], words)
	fl.StringVarP(&f.output, "output", "o", "", "write the report to this file")
	fl.StringVar(&f.color, "color", "auto", "auto, always or never")
	fl.StringVar(&f.cacheDir, "cache-dir", os.Getenv("SOFTSHELL_CACHE"), "cache folder")
	fl.BoolVarP(&f.quiet, "quiet", "q", false, "no progress")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(formats, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("color", cobra.FixedCompletions([]string{"auto", "always", "never"}, cobra.ShellCompDirectiveNoFileComp))
}

var auditFormats = []string{"text", "json", "sarif", "github", "openvex"}

// auditCommand is `softshell audit` with the commands below it.
func auditCommand(toolchain string, code *int) *cobra.Command {
	f := &auditFlags{toolchain: toolchain}
	var deny []string
	var verbose, reach bool
	cmd := &cobra.Command{
		Use:   "audit [PATH]",
		Short: "Known vulnerabilities of the dependencies, and the unsafe code of the whole tree",
		Long: `audit compares what a program depends on with a database of advisories. PATH is
a package or workspace folder, a Cargo.toml, a Cargo.lock, a binary built with
cargo-auditable, or a CycloneDX bill of materials (JSON or XML); without PATH,
this folder.

Cargo is asked for metadata only: nothing is compiled and no build script runs.
It may fetch manifests that are missing on this machine, unless --offline is given.
What is locked and not built, because its feature is off or it is for another
target, is no finding; it is listed with the reason.

With --reach the program is compiled, as cargo check does it: build scripts and
procedural macros run. Each advisory then says whether its code can run: reachable,
with the shortest chain of calls; not reached; or unknown, with the reason.

Vulnerabilities are findings. Unsound and unmaintained crates, notices and yanked
versions are shown as warnings; --deny makes them findings too. An advisory that
does not matter to you is ignored in Cargo.toml, with a reason:

    [workspace.metadata.softshell.audit]
    ignore = [{ id = "RUSTSEC-2020-0071", reason = "...", until = "2027-01-31" }]

An ignore that is past its day, or that matches nothing, is an error.

Exit codes: 0 clean, 1 findings, 2 usage or tool error or a wrong ignore, 3 nothing
found but not everything could be judged.`,
		Example: `  softshell audit update            # fetch RustSec's database
  softshell audit                   # the package or workspace in this folder
  softshell audit --lockfile path/to/Cargo.lock
  softshell audit --reach --format openvex -o app.openvex.json
  softshell audit --target x86_64-pc-windows-msvc --deny unsound,unmaintained
  softshell audit --db ./advisory-db --max-age 14 --format sarif -o audit.sarif`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, paths []string) error {
			c, err := f.run(cmd, paths, deny, verbose, reach)
			*code = c
			return err
		},
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	f.program(fl)
	f.database(fl)
	fl.StringSliceVar(&deny, "deny", nil, "what fails the audit beside vulnerabilities: "+strings.Join(config.Denials, ", "))
	fl.BoolVar(&reach, "reach", false, "compile the program (build scripts run) and say which vulnerable code can run")
	f.answer(cmd, auditFormats...)
	fl.BoolVarP(&verbose, "verbose", "v", false, "list all that is held back")
	_ = cmd.RegisterFlagCompletionFunc("deny", cobra.FixedCompletions(config.Denials, cobra.ShellCompDirectiveNoFileComp))
	// One line for each command below; each has its own auditFlags.
	cmd.AddCommand(auditUpdateCommand(code))
	cmd.AddCommand(auditPolicyCommand(toolchain, code))
	cmd.AddCommand(auditSBOMCommand(toolchain, code))
	cmd.AddCommand(auditUnsafeCommand(toolchain, code), auditDiffCommand(toolchain, code))
	cmd.AddCommand(auditFixCommand(toolchain, code))
	cmd.AddCommand(auditEmergencyCommand(toolchain, code))
	return cmd
}

// prepare checks the flags that cobra cannot; formats are those that the command has.
func (f *auditFlags) prepare(formats ...string) error {
	if !slices.Contains(formats, f.format) {
		return fmt.Errorf("--format: %q is none of %s", f.format, strings.Join(formats, ", "))
	}
	if f.maxAge < 0 {
		return fmt.Errorf("--max-age must not be negative")
	}
	f.offline = f.offline || f.frozen
	return checkColor(f.color)
}

// cache is the folder for what outlives a run, "" when there is none.
func (f *auditFlags) cache() string {
	dir, err := capture.CacheDir(f.cacheDir)
	if err != nil {
		return ""
	}
	return dir
}

// readTree reads what the flags and the argument name.
func (f *auditFlags) readTree(ctx context.Context, paths []string) (*tree.Tree, error) {
	o := tree.Options{Toolchain: f.toolchain, Target: f.target, Features: f.features, AllFeatures: f.allFeatures, NoDefaultFeatures: f.noDefault,
		Offline: f.offline, Locked: f.locked || f.frozen, CacheDir: f.cache()}
	named := 0
	for _, p := range append(slices.Clone(paths), f.manifestPath, f.lockfile) {
		if p != "" {
			o.Path = p
			named++
		}
	}
	if named > 1 {
		return nil, fmt.Errorf("name one of PATH, --manifest-path and --lockfile")
	}
	return tree.Read(ctx, o)
}

// settings is what the workspace of a tree says of audits.
func (f *auditFlags) settings(t *tree.Tree) (config.Audit, error) {
	root := t.Root
	if root == "" {
		root = filepath.Dir(t.File)
	}
	s, err := audit.Settings(root, ruleIDs())
	if err != nil {
		return s, err
	}
	for i, db := range s.DB {
		if !filepath.IsAbs(db) {
			s.DB[i] = filepath.Join(root, db)
		}
	}
	if f.db == nil {
		f.db = s.DB
	}
	if f.maxAge == 0 {
		f.maxAge = s.MaxAge
	}
	return s, nil
}

// openDatabase reads the advisories; call settings before it. The notes are for the user.
func (f *auditFlags) openDatabase(ctx context.Context, now time.Time) (db *advisory.Database, notes []string, err error) {
	paths := f.db
	if len(paths) == 0 {
		path, why, err := advisory.Default(f.cache())
		if err != nil {
			return nil, nil, err
		}
		if paths = []string{path}; why != "" {
			notes = append(notes, why)
		}
	}
	db, err = advisory.Open(ctx, advisory.Options{Paths: paths, Cache: f.cache()})
	if err != nil {
		return nil, nil, err
	}
	if age, ok := db.Age(now); f.maxAge > 0 && (!ok || age > time.Duration(f.maxAge)*24*time.Hour) {
		when := "has no date in the past"
		if ok {
			when = fmt.Sprintf("is %d days old", int(age.Hours()/24))
		}
		return nil, nil, fmt.Errorf("the database %s %s, and --max-age allows %d; softshell audit update fetches a new one", db.Path, when, f.maxAge)
	}
	return db, append(notes, db.Notes...), nil
}

func (f *auditFlags) run(cmd *cobra.Command, paths, deny []string, verbose, reach bool) (int, error) {
	if err := f.prepare(auditFormats...); err != nil {
		return exitError, err
	}
	if err := config.CheckDeny(deny); err != nil {
		return exitError, fmt.Errorf("--%w", err)
	}
	bar := newProgress(cmd.ErrOrStderr(), !f.quiet)
	stop := bar.during("asking cargo what is built")
	t, err := f.readTree(cmd.Context(), paths)
	stop()
	bar.clear()
	if err != nil {
		return exitError, err
	}
	set, err := f.settings(t)
	if err != nil {
		return exitError, err
	}
	now := time.Now()
	db, notes, err := f.openDatabase(cmd.Context(), now)
	if err != nil {
		return exitError, err
	}
	t.Notes = append(t.Notes, notes...)
	deny = append(deny, set.Deny...)
	r := audit.Run(t, db, audit.Ignores(set), now)
	if reach {
		if err := f.reach(cmd.Context(), cmd.ErrOrStderr(), paths, t, r); err != nil {
			return exitError, err
		}
	}
	if err := f.show(cmd, r, deny, verbose); err != nil {
		return exitError, err
	}
	if f.format != "text" || f.output != "" {
		complain(cmd.ErrOrStderr(), r)
	}
	switch {
	case r.Fails(deny):
		return exitFindings, nil
	case len(r.Wrong) > 0:
		return exitError, nil
	case !r.Complete():
		return exitIncomplete, nil
	}
	return exitClean, nil
}

// complain tells what the exit code comes from where the report is for programs, or is
// written to a file.
func complain(w io.Writer, r *audit.Result) {
	for _, s := range r.Wrong {
		fmt.Fprintln(w, "error: "+finding.Plain(s))
	}
	const most = 10
	for i, s := range r.Incomplete {
		if i == most {
			fmt.Fprintf(w, "not judged: %d more\n", len(r.Incomplete)-most)
			break
		}
		fmt.Fprintln(w, "not judged: "+finding.Plain(s))
	}
}

func (f *auditFlags) show(cmd *cobra.Command, r *audit.Result, deny []string, verbose bool) error {
	folder, _ := os.Getwd()
	out := cmd.OutOrStdout()
	var buf bytes.Buffer
	var err error
	switch f.format {
	case "json":
		err = export.JSON(&buf, r, version, folder)
	case "openvex":
		err = export.OpenVEX(&buf, r, version, time.Now())
	case "sarif":
		err = report.SARIF(&buf, export.Findings(r, version, deny))
	case "github":
		err = report.GitHub(&buf, export.Findings(r, version, deny))
	default:
		err = export.Text(&buf, r, export.TextOptions{Color: f.output == "" && wantColor(f.color, out), Verbose: verbose, Folder: folder, Deny: deny})
	}
	if err != nil {
		return err
	}
	return emit(out, f.output, buf.Bytes())
}
