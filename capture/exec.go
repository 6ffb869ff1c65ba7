package capture

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"time"
)

// command is one call of an outside program.
type command struct {
	Path   string
	Args   []string
	Env    []string // the whole environment; nil is this process's own
	Dir    string
	Stdout io.Writer
	Stderr io.Writer
	Extra  []*os.File // descriptor 3 and up
}

// execFunc is the one seam through which this package calls outside programs.
type execFunc func(ctx context.Context, c command) error

// killGrace is how long a cancelled program may take to end by itself.
const killGrace = 2 * time.Second

// runCommand runs c in a process group of its own, so that cancelling ends
// cargo together with every rustc and build script below it.
func runCommand(ctx context.Context, c command) error {
	cmd := exec.CommandContext(ctx, c.Path, c.Args...)
	cmd.Env, cmd.Dir = c.Env, c.Dir
	cmd.Stdout, cmd.Stderr = c.Stdout, c.Stderr
	cmd.ExtraFiles = c.Extra
	ownGroup(cmd)
	cmd.Cancel = func() error { return killGroup(cmd.Process) }
	cmd.WaitDelay = killGrace
	err := cmd.Run()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// exitCode returns the status of a program that ran and failed.
func exitCode(err error) (int, bool) {
	var e *exec.ExitError
	if errors.As(err, &e) {
		return e.ExitCode(), true
	}
	return 0, false
}
