package capture

import (
	"context"
	"errors"
	"io"
)

// Program is a call of an outside program of the toolchain.
type Program struct {
	Path           string
	Args           []string
	Dir            string
	Toolchain      string   // of rustup, without the plus; "" is the one of the folder
	Env            []string // added to this process's own
	Stdout, Stderr io.Writer
}

// RunProgram runs it in a process group of its own: cancelling ends all that it
// started. The error is an *exec.ExitError when it ran and failed, an *Error when it
// could not be started, the context's when the user ended it.
func RunProgram(ctx context.Context, p Program) error {
	env := append(environment(Options{Toolchain: p.Toolchain}), p.Env...)
	err := runCommand(ctx, command{Path: p.Path, Args: p.Args, Dir: p.Dir, Env: env, Stdout: p.Stdout, Stderr: p.Stderr})
	if err == nil || ctx.Err() != nil || errors.Is(err, context.Canceled) {
		return err
	}
	if _, ran := exitCode(err); ran {
		return err
	}
	return startError(p.Path, err)
}
