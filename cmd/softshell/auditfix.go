package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"softshell/audit"
	"softshell/audit/advisory"
	"softshell/audit/export"
	"softshell/audit/patch"
	"softshell/finding"
)

// fixFlags are the flags of `softshell audit fix`.
type fixFlags struct {
	auditFlags
	apply bool
}

func auditFixCommand(toolchain string, code *int) *cobra.Command {
	f := &fixFlags{auditFlags: auditFlags{toolchain: toolchain}}
	cmd := &cobra.Command{
		Use:   "fix [ADVISORY|PACKAGE...]",
		Short: "Find the smallest change that mends what the audit finds",
		Long: `fix looks for the smallest set of cargo update steps that rid Cargo.lock of known
vulnerabilities: for each package the lowest version that is not affected, not
yanked, accepted by all who depend on it, and free of other advisories. Each step
is tried by cargo itself in a copy of the manifests.

Where Cargo.lock alone is not enough, it names the line of Cargo.toml that must
change; where something in between takes no mended version, who that is; where no
version mends it, the feature that brings the package, what the advisory names in
its place, and a lint that forbids the function.

Nothing of yours is changed without --apply. With it, Cargo.lock is copied to the
cache and replaced, and cargo check must accept it; else the old one comes back.
That runs build scripts, as any build does. Manifests are yours to change.

The index that cargo keeps on this machine is used. The network is asked only when
that does not know enough, and never with --offline.

Exit codes: 0 no vulnerability is left (of those named, if some are), 1 one is left (or
--apply is missing), 2 usage or tool error, 3 none is left, but not everything could be
judged.`,
		Example: `  softshell audit fix
  softshell audit fix --apply
  softshell audit fix RUSTSEC-2021-0003
  softshell audit fix smallvec time --format json`,
		RunE: func(cmd *cobra.Command, what []string) error {
			c, err := f.run(cmd, what)
			*code = c
			return err
		},
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.BoolVar(&f.apply, "apply", false, "change Cargo.lock, and let cargo check accept it")
	f.program(fl)
	f.database(fl)
	f.answer(cmd, "text", "json")
	return cmd
}

func (f *fixFlags) run(cmd *cobra.Command, what []string) (int, error) {
	if err := f.prepare("text", "json"); err != nil {
		return exitError, err
	}
	if f.apply && (f.locked || f.frozen) {
		return exitError, errors.New("--apply changes Cargo.lock, and --locked forbids it")
	}
	ctx, errs := cmd.Context(), cmd.ErrOrStderr()
	r, deny, err := f.audited(ctx, nil)
	if err != nil {
		return exitError, err
	}
	only, err := picks(r, what)
	if err != nil {
		return exitError, err
	}
	bar := newProgress(errs, !f.quiet)
	defer bar.clear()
	p, err := patch.New(ctx, r, patch.Options{Toolchain: f.toolchain, Offline: f.offline, Only: only, Deny: deny, Progress: func(done, total int, what string) {
		bar.step(fmt.Sprintf("looking for versions of %s (%d of %d)", finding.Plain(what), done+1, total))
	}})
	if err != nil {
		return exitError, err
	}
	var done *patch.Applied
	if f.apply && len(p.Steps) > 0 {
		done, err = patch.Apply(ctx, p, patch.ApplyOptions{Toolchain: f.toolchain, Offline: f.offline, Cache: f.cache(), Flags: f.cargoFlags(), Now: time.Now(), Progress: bar.step})
		var build *patch.BuildError
		if errors.As(err, &build) {
			bar.clear()
			fmt.Fprintln(errs, strings.TrimRight(finding.PlainText(build.Said), "\n"))
		}
		if err != nil {
			return exitError, err
		}
	}
	bar.clear()
	var yanked []string
	if slices.Contains(deny, "yanked") && only == nil {
		yanked = yankedLeft(r, p, done != nil)
	}
	if len(yanked) > 0 {
		p.Notes = append(p.Notes, "No steps are looked for to leave yanked versions, which the configuration denies: "+strings.Join(yanked, ", ")+".")
	}
	if err := f.show(cmd, r, deny, p, done); err != nil {
		return exitError, err
	}
	switch {
	case len(yanked) > 0:
		return exitFindings, nil
	case p.Left(done != nil, func(m *audit.Match) bool {
		k := m.Advisory.Kind
		return k == advisory.Vulnerability || slices.Contains(deny, string(k))
	}) > 0:
		return exitFindings, nil
	case !r.Complete():
		return exitIncomplete, nil
	}
	return exitClean, nil
}

// yankedLeft are the yanked versions that are there still.
func yankedLeft(r *audit.Result, p *patch.Plan, applied bool) []string {
	var out []string
	for _, i := range r.Yanked {
		pkg := &r.Tree.Packages[i]
		if !applied || !slices.ContainsFunc(p.Changes, func(c patch.Change) bool { return c.Package == pkg.Name && c.From == pkg.Version }) {
			out = append(out, pkg.Name+" "+pkg.Version)
		}
	}
	return out
}

// audited is the audit that a plan starts from.
func (f *auditFlags) audited(ctx context.Context, paths []string) (r *audit.Result, deny []string, err error) {
	t, err := f.readTree(ctx, paths)
	if err != nil {
		return nil, nil, err
	}
	set, err := f.settings(t)
	if err != nil {
		return nil, nil, err
	}
	now := time.Now()
	db, notes, err := f.openDatabase(ctx, now)
	if err != nil {
		return nil, nil, err
	}
	t.Notes = append(t.Notes, notes...)
	return audit.Run(t, db, audit.Ignores(set), now), set.Deny, nil
}

// cargoFlags are the flags of a build as the audit judged it.
func (f *auditFlags) cargoFlags() []string {
	var out []string
	if len(f.features) > 0 {
		out = append(out, "--features", strings.Join(f.features, ","))
	}
	if f.allFeatures {
		out = append(out, "--all-features")
	}
	if f.noDefault {
		out = append(out, "--no-default-features")
	}
	if f.target != "" && f.target != "all" {
		out = append(out, "--target", f.target)
	}
	return out
}

// picks makes of the arguments what is to be mended; nil is all. An advisory is named
// by any of its names, a package by its own.
func picks(r *audit.Result, what []string) (func(*audit.Match) bool, error) {
	if len(what) == 0 {
		return nil, nil
	}
	names := func(m *audit.Match, w string) bool {
		return strings.EqualFold(m.Advisory.ID, w) || m.Advisory.Package == w || slices.ContainsFunc(m.Advisory.Aliases, func(a string) bool { return strings.EqualFold(a, w) })
	}
	for _, w := range what {
		if !slices.ContainsFunc(r.Matches, func(m audit.Match) bool { return names(&m, w) }) {
			return nil, fmt.Errorf("nothing that the audit finds is called %q (softshell audit lists it)", w)
		}
	}
	return func(m *audit.Match) bool {
		return slices.ContainsFunc(what, func(w string) bool { return names(m, w) })
	}, nil
}

func (f *fixFlags) show(cmd *cobra.Command, r *audit.Result, deny []string, p *patch.Plan, done *patch.Applied) error {
	folder, _ := os.Getwd()
	out := cmd.OutOrStdout()
	var buf bytes.Buffer
	var err error
	if f.format == "json" {
		err = export.FixJSON(&buf, r, p, done, version, folder)
	} else {
		err = export.FixText(&buf, r, p, done, export.TextOptions{Color: f.output == "" && wantColor(f.color, out), Folder: folder, Deny: deny})
	}
	if err != nil {
		return err
	}
	return emit(out, f.output, buf.Bytes())
}
