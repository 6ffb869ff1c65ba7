package record

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"softshell/heap/inject"
	"softshell/heap/shim"
)

// Run runs the command to its end. An error means that it was not started.
func Run(o Options) (*Result, error) {
	s, err := listen(&o)
	if err != nil {
		return nil, err
	}
	defer s.close()

	env := append(o.Env[:len(o.Env):len(o.Env)], shim.Env+"="+s.name)
	if o.Library != "" {
		env = inject.Preload(env, o.Library)
	}
	pidfd := -1
	cmd := exec.Cmd{
		Path: o.Target.Start, Args: o.Command, Dir: o.Dir, Env: env,
		Stdin: o.Stdin, Stdout: o.Stdout, Stderr: o.Stderr,
		SysProcAttr: &syscall.SysProcAttr{PidFD: &pidfd},
	}
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, forwarded...)
	defer signal.Stop(signals)
	s.start = time.Now()
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", o.Command[0], err)
	}
	s.command = cmd.Process.Pid
	go forward(signals, cmd.Process)
	s.talks.Go(s.accept)

	r := &Result{}
	err = awaitEnd(pidfd, &cmd)
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		return nil, fmt.Errorf("wait for %s: %w", o.Command[0], err)
	}
	status := cmd.ProcessState.Sys().(syscall.WaitStatus)
	r.Code = status.ExitStatus()
	if status.Signaled() {
		r.Signal = int(status.Signal())
		r.Code = 128 + r.Signal
	}
	usage, _ := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	s.finish(status, usage)
	r.Profiles, r.Notes = s.profiles, s.notes
	return r, nil
}

// awaitEnd waits for the command. Its process is asked for its state only when it
// has ended: while we hold its threads, asking would tell of those instead.
func awaitEnd(pidfd int, cmd *exec.Cmd) error {
	if pidfd >= 0 {
		wait(pidfd, -1)
		defer unix.Close(pidfd)
	}
	return cmd.Wait()
}

// wait waits until the process of a pidfd has ended, for at most so many
// milliseconds if that is not negative, and reports whether it has.
func wait(pidfd, milliseconds int) bool {
	for {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(pidfd), Events: unix.POLLIN}}, milliseconds)
		if err == unix.EINTR {
			continue
		}
		return err != nil || n > 0
	}
}

// forwarded are the signals that whoever runs us means for the program.
var forwarded = []os.Signal{
	unix.SIGINT, unix.SIGQUIT, unix.SIGTERM, unix.SIGHUP, unix.SIGUSR1, unix.SIGUSR2, unix.SIGWINCH,
}

// forward passes signals on. Those that a terminal makes reach the program by
// themselves, since it belongs to the same group of processes.
func forward(signals <-chan os.Signal, to *os.Process) {
	for sig := range signals {
		switch sig {
		case unix.SIGINT, unix.SIGQUIT, unix.SIGWINCH, unix.SIGHUP:
			if atTerminal() {
				continue
			}
		}
		_ = to.Signal(sig)
	}
}

// atTerminal reports whether our group is the one that the terminal talks to.
func atTerminal() bool {
	tty, err := os.Open("/dev/tty")
	if err != nil {
		return false
	}
	defer tty.Close()
	group, err := unix.IoctlGetInt(int(tty.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}
