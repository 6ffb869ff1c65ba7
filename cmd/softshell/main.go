// Command softshell finds what the Rust compiler does not prove about memory.
// Installed as cargo-softshell it is `cargo softshell` as well.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"softshell/capture"
	"softshell/check"
	"softshell/heap/cargo"
)

// version is set by the linker.
var version = "dev"

// Exit codes.
const (
	exitClean      = 0
	exitFindings   = 1
	exitError      = 2
	exitIncomplete = 3
	exitStopped    = 130
)

func main() {
	if capture.WrapperMain() || cargo.WrapperMain() {
		return
	}
	if r, ok := cargo.AsRunner(os.Args); ok {
		os.Exit(runTestBinary(r))
	}
	os.Exit(run(os.Args))
}

// run is the whole program for one command line; the result is its exit code.
func run(argv []string) int {
	ends := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // nohup
		ends = append(ends, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), ends...)
	defer stop()
	go func() { // the second Ctrl-C ends the program at once
		<-ctx.Done()
		stop()
	}()
	args, toolchain := arguments(argv)
	args = heapArguments(args)
	code := exitClean
	root := rootCommand(toolchain, &code)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var program *programEnded
	switch {
	case errors.As(err, &program):
		return program.code
	case ctx.Err() != nil && (err == nil || check.IsCanceled(err)):
		fmt.Fprintln(os.Stderr, "stopped")
		return exitStopped
	case err != nil:
		if !errors.Is(err, errShown) {
			fmt.Fprintln(os.Stderr, "error: "+err.Error())
		}
		return exitError
	}
	return code
}

// programEnded is returned when a program of the user's ran, and its end decides
// on the exit code: a signal was then its affair, not ours.
type programEnded struct{ code int }

func (e *programEnded) Error() string { return fmt.Sprintf("the program ended with %d", e.code) }

// errShown is returned when the user has already been told.
var errShown = errors.New("shown")

// arguments strips what cargo puts before the arguments of a subcommand, and
// takes a leading +toolchain out.
func arguments(argv []string) (args []string, toolchain string) {
	args = argv[1:]
	name := strings.TrimSuffix(filepath.Base(argv[0]), ".exe")
	if name == "cargo-softshell" && len(args) > 0 && args[0] == "softshell" {
		args = args[1:]
	}
	var rest []string
	for i, a := range args {
		if t, ok := strings.CutPrefix(a, "+"); ok && t != "" && toolchain == "" && i < 2 {
			toolchain = t
			continue
		}
		rest = append(rest, a)
	}
	if toolchain == "" && name == "cargo-softshell" {
		toolchain = os.Getenv("RUSTUP_TOOLCHAIN") // cargo +nightly softshell
	}
	return rest, toolchain
}

func rootCommand(toolchain string, code *int) *cobra.Command {
	root := &cobra.Command{
		Use:   "softshell",
		Short: "Memory assurance for Rust",
		Long: `softshell looks at what the Rust compiler does not prove about memory: values
that are given up and never taken back, types whose Drop forgets a field,
reference cycles. It works with the stable toolchain that is installed.`,
		Example: `  softshell check                 # the package or workspace in this folder
  softshell check src/list.rs     # one file
  softshell heap -- ./target/debug/app    # run it, and tell what it does with its heap
  softshell explain rc-cycle      # what a rule means, and how to mend it
  softshell demo                  # all of it on small examples`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       version,
	}
	root.SetVersionTemplate("softshell {{.Version}}\n")
	root.AddCommand(checkCommand(toolchain, code), explainCommand(), rulesCommand(), doctorCommand(code), demoCommand(code), heapCommand(code), auditCommand(toolchain, code), versionCommand())
	root.CompletionOptions.HiddenDefaultCmd = false
	return root
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(cmd.OutOrStdout(), "softshell "+version)
			return err
		},
	}
}
