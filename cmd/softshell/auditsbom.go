package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"softshell/audit"
	"softshell/audit/export"
	"softshell/audit/registry"
	"softshell/audit/tree"
	"softshell/finding"
)

func auditSBOMCommand(toolchain string, code *int) *cobra.Command {
	f := &auditFlags{toolchain: toolchain}
	var spec string
	var bare, reach bool
	cmd := &cobra.Command{
		Use:   "sbom [PATH]",
		Short: "Write a bill of materials: CycloneDX with the advisories in it",
		Long: `sbom writes what is built as a CycloneDX document in JSON: each package with its
package URL, checksum and licence, who depends on whom, and the advisories about them
with what is known of each. PATH is what softshell audit takes.

Licences are what the manifests say; they are read where the sources of the packages
lie on this machine. Packages that serve tests or the build alone have the scope
"excluded". What is locked and not built is left out, and counted.

The same program gives the same document, but for the time at which it was made;
SOURCE_DATE_EPOCH sets that. Nothing is compiled and no build script runs, but with
--reach.

Exit codes: 0 written, whatever advisories are in it; 2 usage or tool error, and nothing
is written; 3 written, but not all could be judged: there is no database, or a file of
it is broken.`,
		Example: `  softshell audit sbom -o app.cdx.json
  softshell audit sbom --reach -o app.cdx.json
  softshell audit sbom --no-advisories --spec 1.5
  softshell audit sbom ./target/release/app      # built with cargo-auditable`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, paths []string) error {
			if err := f.prepare("cyclonedx"); err != nil {
				return err
			}
			r, err := f.billOfMaterials(cmd, paths, bare, reach)
			if err != nil {
				return err
			}
			created, err := timeOfMaking()
			if err != nil {
				return err
			}
			var buf bytes.Buffer
			if err := export.CycloneDX(&buf, r, export.BOMOptions{Version: version, Spec: spec, Created: created, Sources: unpacked()}); err != nil {
				return err
			}
			if !r.Complete() || r.Database == nil && !bare {
				*code = exitIncomplete
			}
			return emit(cmd.OutOrStdout(), f.output, buf.Bytes())
		},
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	f.program(fl)
	f.database(fl)
	fl.BoolVar(&bare, "no-advisories", false, "packages alone")
	fl.BoolVar(&reach, "reach", false, "compile the program (build scripts run) and say which vulnerable code can run")
	fl.StringVar(&spec, "spec", export.BOMSpecs[0], "version of CycloneDX: "+strings.Join(export.BOMSpecs, ", "))
	f.answer(cmd, "cyclonedx")
	_ = cmd.RegisterFlagCompletionFunc("spec", cobra.FixedCompletions(export.BOMSpecs, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// billOfMaterials reads the packages and, unless they are wanted bare, judges them.
// Without a database of any kind the document has no advisories, and that is said.
func (f *auditFlags) billOfMaterials(cmd *cobra.Command, paths []string, bare, reach bool) (*audit.Result, error) {
	t, err := f.readTree(cmd.Context(), paths)
	if err != nil {
		return nil, err
	}
	set, err := f.settings(t)
	if err != nil {
		return nil, err
	}
	note := func(s string) { fmt.Fprintln(cmd.ErrOrStderr(), "note: "+finding.Plain(s)) }
	for _, n := range t.Notes {
		note(n)
	}
	if bare {
		return &audit.Result{Tree: t}, nil
	}
	now := time.Now()
	db, notes, err := f.openDatabase(cmd.Context(), now)
	if err != nil && len(f.db) == 0 && f.maxAge == 0 {
		note("the document has no advisories: " + err.Error())
		return &audit.Result{Tree: t}, nil
	}
	if err != nil {
		return nil, err
	}
	for _, n := range notes {
		note(n)
	}
	r := audit.Run(t, db, audit.Ignores(set), now)
	if reach {
		said := len(t.Notes)
		if err := f.reach(cmd.Context(), cmd.ErrOrStderr(), paths, t, r); err != nil {
			return nil, err
		}
		for _, n := range t.Notes[said:] {
			note(n)
		}
	}
	for _, n := range slices.Concat(r.Incomplete, r.Wrong) {
		note(n)
	}
	return r, nil
}

// timeOfMaking is now, or what SOURCE_DATE_EPOCH says.
func timeOfMaking() (time.Time, error) {
	text := os.Getenv("SOURCE_DATE_EPOCH")
	if text == "" {
		return time.Now().Truncate(time.Second), nil
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH: %q is no number of seconds", text)
	}
	return time.Unix(seconds, 0), nil
}

// unpacked finds packages' sources where cargo unpacks those of crates.io. Another
// registry's folder may have a package of the same name.
func unpacked() func(p *tree.Package) string {
	var folders []string
	for _, host := range []string{"index.crates.io-*", "github.com-*"} {
		found, _ := filepath.Glob(filepath.Join(registry.CargoHome(), "registry", "src", host)) // no error: the pattern is right
		folders = append(folders, found...)
	}
	return func(p *tree.Package) string {
		if !p.Source.CratesIO() || strings.ContainsAny(p.Name+p.Version, `\/`) {
			return ""
		}
		for _, f := range folders {
			dir := filepath.Join(f, p.Name+"-"+p.Version)
			if _, err := os.Stat(dir); err == nil {
				return dir
			}
		}
		return ""
	}
}
