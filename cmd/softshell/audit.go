package main

import (
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
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
	db     string
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
	fl.StringVar(&f.manifestPath, "manifest-path", "", "path of Cargo.toml")
	fl.StringSliceVarP(&f.features, "features", "F", nil, "features to activate")
	fl.BoolVar(&f.allFeatures, "all-features", false, "activate all features")
	fl.BoolVar(&f.noDefault, "no-default-features", false, "do not activate the default features")
	fl.StringVar(&f.target, "target", "", "what is built for this target triple (default: this machine's; all: any)")
	fl.BoolVar(&f.offline, "offline", false, "do not use the network")
	fl.BoolVar(&f.locked, "locked", false, "fail when Cargo.lock is not up to date")
	fl.BoolVar(&f.frozen, "frozen", false, "--offline and --locked")
}

// database adds the flags that say which advisories are used.
func (f *auditFlags) database(fl *pflag.FlagSet) {
	fl.StringVar(&f.db, "db", "", "database of advisories: RustSec's (checkout, folder, archive) or OSV files (default: that of softshell audit update)")
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

// auditCommand is `softshell audit` with the commands below it.
func auditCommand(toolchain string, code *int) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Known vulnerabilities of the dependencies, and the unsafe code of the whole tree",
	}
	// One line for each command below; each has its own auditFlags.
	cmd.AddCommand()
	return cmd
}
