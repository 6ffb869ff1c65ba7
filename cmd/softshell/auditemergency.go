package main

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"softshell/audit"
	"softshell/audit/advisory"
	"softshell/audit/export"
	"softshell/audit/patch"
	"softshell/finding"
)

func auditEmergencyCommand(toolchain string, code *int) *cobra.Command {
	f := &auditFlags{toolchain: toolchain}
	var reach bool
	cmd := &cobra.Command{
		Use:   "emergency ADVISORY",
		Short: "One page for one advisory: affected, since when, what to do",
		Long: `emergency answers what a team asks when an advisory is in the news: are we affected,
can the vulnerable code run, since which commit and in which tags, what holds the
danger down now, which change mends it, and how to see that it did. ADVISORY is an
id of RustSec, or a CVE or GHSA that stands for it.

The history is that of Cargo.lock in its git repository. The change is tried by
cargo in a copy of the manifests; nothing of yours is changed. --reach compiles the
program, which runs its build scripts, to tell whether the code can run.

Exit codes: 0 not affected, 1 affected, 2 usage or tool error, 3 it cannot be told.`,
		Example: `  softshell audit emergency RUSTSEC-2021-0003
  softshell audit emergency CVE-2021-25900 --reach
  softshell audit emergency RUSTSEC-2021-0003 --lockfile release/Cargo.lock --format json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fmt.Errorf("name one advisory: softshell audit emergency RUSTSEC-2021-0003")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := f.emergency(cmd, args[0], reach)
			*code = c
			return err
		},
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.BoolVar(&reach, "reach", false, "compile the program, and tell whether the vulnerable code can run")
	f.program(fl)
	f.database(fl)
	f.answer(cmd, "text", "json")
	return cmd
}

func (f *auditFlags) emergency(cmd *cobra.Command, name string, reach bool) (int, error) {
	if err := f.prepare("text", "json"); err != nil {
		return exitError, err
	}
	ctx, errs := cmd.Context(), cmd.ErrOrStderr()
	r, deny, err := f.audited(ctx, nil)
	if err != nil {
		return exitError, err
	}
	a, err := pickAdvisory(r, name)
	if err != nil {
		return exitError, err
	}
	if reach {
		only := *r
		keep := func(ms []audit.Match) []audit.Match {
			return slices.DeleteFunc(slices.Clone(ms), func(m audit.Match) bool { return m.Advisory.ID != a.ID })
		}
		only.Matches, only.Ignored = keep(r.Matches), keep(r.Ignored)
		if err := f.reach(ctx, errs, nil, r.Tree, &only); err != nil {
			return exitError, err
		}
		r = &only
	}
	bar := newProgress(errs, !f.quiet)
	defer bar.clear()
	e, err := patch.NewEmergency(ctx, r, a, patch.Options{Toolchain: f.toolchain, Offline: f.offline, Deny: deny, Progress: func(int, int, string) {
		bar.step("looking for versions of " + finding.Plain(a.Package))
	}})
	if err != nil {
		return exitError, err
	}
	bar.clear()
	folder, _ := os.Getwd()
	var buf bytes.Buffer
	if f.format == "json" {
		err = export.EmergencyJSON(&buf, r, e, version, folder)
	} else {
		err = export.EmergencyText(&buf, r, e, reach, export.TextOptions{Color: f.output == "" && wantColor(f.color, cmd.OutOrStdout()), Folder: folder, Deny: deny})
	}
	if err != nil {
		return exitError, err
	}
	if f.output != "" {
		err = finding.WriteFile(f.output, buf.Bytes())
	} else {
		_, err = cmd.OutOrStdout().Write(buf.Bytes())
	}
	if err != nil {
		return exitError, err
	}
	switch {
	case e.Verdict == patch.Affected:
		return exitFindings, nil
	case e.Verdict == patch.CannotTell:
		return exitIncomplete, nil
	}
	return exitClean, nil
}

// pickAdvisory finds an advisory by any of its names; where several have it, the one
// that concerns the program.
func pickAdvisory(r *audit.Result, name string) (*advisory.Advisory, error) {
	all := r.Database.Find(name)
	if len(all) == 0 {
		var ids []string
		for _, a := range r.Database.All() {
			ids = append(ids, a.ID)
		}
		if near := finding.Nearest(name, ids); near != "" {
			return nil, fmt.Errorf("no advisory is called %q: did you mean %s?", name, near)
		}
		return nil, fmt.Errorf("no advisory is called %q (softshell audit update fetches the newest)", name)
	}
	var here []*advisory.Advisory
	for _, list := range [][]audit.Match{r.Matches, r.Ignored, r.NotBuilt, r.NotJudged} {
		for i := range list {
			if a := list[i].Advisory; slices.Contains(all, a) && !slices.Contains(here, a) {
				here = append(here, a)
			}
		}
	}
	if len(here) == 0 {
		here = all
	}
	if strings.EqualFold(here[0].ID, name) || len(here) == 1 {
		return here[0], nil
	}
	var ids []string
	for _, a := range here {
		ids = append(ids, a.ID+" ("+a.Package+")")
	}
	return nil, fmt.Errorf("%s stands for several advisories: %s; name one", name, strings.Join(ids, ", "))
}
