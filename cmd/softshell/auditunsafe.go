package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"softshell/audit"
	"softshell/audit/export"
	"softshell/audit/unsafety"
	"softshell/capture"
	"softshell/finding"
)

// unsafeFlags are the flags of `softshell audit unsafe` and `audit diff`.
type unsafeFlags struct {
	auditFlags
	packages   []string
	members    bool
	items      bool
	tests      bool
	allTargets bool
	reached    bool
	base       string
	deps       bool
}

func auditUnsafeCommand(toolchain string, code *int) *cobra.Command {
	f := &unsafeFlags{auditFlags: auditFlags{toolchain: toolchain}}
	cmd := &cobra.Command{
		Use:   "unsafe [PATH]",
		Short: "List the unsafe code of the whole dependency tree",
		Long: `unsafe compiles the program as cargo check does, in a target folder of its own, and
asks rustc what is unsafe: in the workspace, its dependencies, procedural macros and
build scripts, for the target and the features that are built, code made by macros
included. It counts operations, which is what an unsafe block is needed for:

  deref      of a raw pointer          union      read of a union's field
  call       of an unsafe function     asm        inline assembly
  ffi        of a foreign function     transmute  and what is like it
  static     use of a mutable or foreign static

and declarations: blocks, functions, impls, traits, attributes as no_mangle. "no
comment" counts the blocks and impls without a SAFETY comment and the public unsafe
functions and traits without a section "# Safety", of all of these.

--items lists each with its place. --diff lists only what is new since BASE, which is
a git revision or a report that --format json wrote; a reviewer sees what an update
brings. Compiling runs build scripts and procedural macros, as any build does.

Exit codes: 0 done, 1 --diff found something new, 2 usage or tool error, 3 not every
crate could be looked at.`,
		Example: `  softshell audit unsafe
  softshell audit unsafe --members --items
  softshell audit unsafe -p smallvec --items
  softshell audit unsafe --format json -o unsafe.json
  softshell audit unsafe --diff main --items
  softshell audit unsafe --diff unsafe.json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, paths []string) error {
			c, err := f.run(cmd, paths)
			*code = c
			return err
		},
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.StringSliceVarP(&f.packages, "package", "p", nil, "show these packages only, name or name@version (can be given more than once)")
	fl.BoolVar(&f.members, "members", false, "show the workspace's members only")
	fl.BoolVar(&f.items, "items", false, "list each place, not only the table")
	fl.StringVar(&f.base, "diff", "", "show only what is new since this git revision or older JSON report")
	fl.BoolVar(&f.reached, "reach", false, "say whether each place can run; compiles once more, as audit --reach does")
	fl.BoolVar(&f.tests, "tests", false, "look at the tests too")
	fl.BoolVar(&f.allTargets, "all-targets", false, "look at tests, examples and benchmarks too")
	f.source(fl)
	f.answer(cmd, "text", "json")
	return cmd
}

// options are what is compiled.
func (f *unsafeFlags) options(paths []string) (capture.Options, error) {
	o := capture.Options{ManifestPath: f.manifestPath, Features: f.features, AllFeatures: f.allFeatures, NoDefaultFeatures: f.noDefault,
		Target: f.target, Offline: f.offline, Locked: f.locked, Frozen: f.frozen, CacheDir: f.cacheDir, Toolchain: f.toolchain,
		Workspace: true, Tests: f.tests, AllTargets: f.allTargets}
	if f.tests {
		o.Lib, o.Bins = true, true
	}
	if len(paths) > 0 {
		if f.manifestPath != "" {
			return o, errors.New("name one of PATH and --manifest-path")
		}
		o.Path = paths[0]
	}
	return o, nil
}

func (f *unsafeFlags) run(cmd *cobra.Command, paths []string) (int, error) {
	if err := f.prepare("text", "json"); err != nil {
		return exitError, err
	}
	o, err := f.options(paths)
	if err != nil {
		return exitError, err
	}
	inv, build, err := f.survey(cmd.Context(), cmd.ErrOrStderr(), o)
	if err != nil {
		return exitError, err
	}
	if err := f.known(inv); err != nil && f.base == "" {
		return exitError, err
	}
	r := &export.UnsafeReport{Tool: version, Rustc: build.Toolchain.Version, Target: f.target}
	if f.base != "" {
		old, name, err := f.older(cmd.Context(), cmd.ErrOrStderr(), o, build)
		if err != nil {
			return exitError, err
		}
		both := &unsafety.Inventory{Crates: slices.Concat(inv.Crates, old.Crates)}
		if err := f.known(both); err != nil {
			return exitError, err
		}
		members := membersOf(both)
		if !f.members {
			members = nil
		}
		inv, r.Gone = unsafety.Diff(old, inv)
		r.Gone, r.Since = export.OnlyGone(r.Gone, f.packages, members), name
	}
	r.Notes = inv.Notes
	r.Crates = export.OnlyCrates(inv.Crates, f.packages, f.members)
	if f.reached {
		if err := f.mark(cmd.Context(), cmd.ErrOrStderr(), o, r); err != nil {
			return exitError, err
		}
	}
	return verdict(r, !build.CompileFailed), f.show(cmd, r, build.Root)
}

// known refuses a package that the inventory does not have.
func (f *unsafeFlags) known(inv *unsafety.Inventory) error {
	for _, p := range f.packages {
		if len(export.OnlyCrates(inv.Crates, []string{p}, false)) == 0 {
			return fmt.Errorf("-p: no package of the tree is named %s", finding.Plain(p))
		}
	}
	return nil
}

// membersOf are the packages of the workspace.
func membersOf(inv *unsafety.Inventory) map[string]bool {
	out := map[string]bool{}
	for i := range inv.Crates {
		if c := &inv.Crates[i]; c.Member {
			out[c.Package] = true
		}
	}
	return out
}

// verdict is the exit code of a report; compiled is whether all of the program was.
func verdict(r *export.UnsafeReport, compiled bool) int {
	code := exitClean
	if !compiled {
		code = exitIncomplete
	}
	for i := range r.Crates {
		switch c := &r.Crates[i]; {
		case r.Since != "" && len(c.Sites) > 0:
			return exitFindings
		case c.Failed != "":
			code = exitIncomplete
		}
	}
	return code
}

// mark says of the places whether they can run.
func (f *unsafeFlags) mark(ctx context.Context, errs io.Writer, o capture.Options, r *export.UnsafeReport) error {
	p := newProgress(errs, !f.quiet)
	defer p.clear()
	o.Progress, o.Tests, o.AllTargets, o.Lib, o.Bins = p.compiling, false, false, false, false
	g, err := audit.Compile(ctx, capture.New(), o)
	if err != nil {
		return err
	}
	g.Mark(r.Crates)
	r.Notes = append(r.Notes, g.Notes...)
	return nil
}

// survey compiles, and lists the unsafe code.
func (f *unsafeFlags) survey(ctx context.Context, errs io.Writer, o capture.Options) (*unsafety.Inventory, *capture.Build, error) {
	p := newProgress(errs, !f.quiet)
	defer p.clear()
	o.Progress = p.compiling
	inv, build, err := unsafety.Survey(ctx, capture.New(), o)
	if err != nil {
		return nil, nil, err
	}
	if build.CompileFailed {
		p.clear()
		fmt.Fprint(errs, build.Errors)
		if !failedIn(inv) {
			return nil, nil, errors.New("the program does not compile: what unsafe code it has is not known")
		}
	}
	return inv, build, nil
}

func failedIn(inv *unsafety.Inventory) bool {
	for i := range inv.Crates {
		if inv.Crates[i].Failed != "" {
			return true
		}
	}
	return false
}

func (f *unsafeFlags) show(cmd *cobra.Command, r *export.UnsafeReport, root string) error {
	out := cmd.OutOrStdout()
	var buf bytes.Buffer
	var err error
	if f.format == "json" {
		err = export.UnsafeJSON(&buf, r)
	} else {
		folder, _ := os.Getwd()
		if folder == "" {
			folder = root
		}
		err = export.UnsafeText(&buf, r, export.UnsafeOptions{Color: f.output == "" && wantColor(f.color, out), Items: f.items, Folder: folder})
	}
	if err != nil {
		return err
	}
	if f.output != "" {
		return finding.WriteFile(f.output, buf.Bytes())
	}
	_, err = out.Write(buf.Bytes())
	return err
}
