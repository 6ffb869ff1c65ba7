package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

// commands runs programs in the folder of an example and shows what they print.
type commands struct {
	cmd *cobra.Command
	dir string
}

func (c commands) command(name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(c.cmd.Context(), name, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = c.dir, c.cmd.OutOrStdout(), c.cmd.ErrOrStderr()
	return cmd
}

func (c commands) run(name string, args ...string) error {
	if err := c.command(name, args...).Run(); err != nil {
		return fmt.Errorf("run %s in the example %s: %w", filepath.Base(name), filepath.Base(c.dir), err)
	}
	return nil
}

// softshell shows the command, and runs it; it must end with the given code.
func (c commands) softshell(code int, args ...string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	out := c.cmd.OutOrStdout()
	fmt.Fprintf(out, "$ softshell %s\n", strings.Join(args, " "))
	err = c.run(self, args...)
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == code {
		err = nil
	} else if err == nil && code != 0 {
		err = fmt.Errorf("softshell %s ended with 0 and not with %d", strings.Join(args, " "), code)
	}
	fmt.Fprintln(out)
	return err
}
