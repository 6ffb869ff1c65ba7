package patch

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"regexp"
	"strings"

	"softshell/capture"
)

// cargo asks the user's own cargo, so that a step is judged by who will take it.
type cargo struct {
	toolchain string
	dir       string // where it is started: its configuration is found from here
	offline   bool   // the network is forbidden
	network   bool   // it was used
}

// refusal is cargo's answer when it does not do what it was asked.
type refusal struct {
	said   string // its words, without what is only about this place
	absent bool   // something is not on this machine; with the network it might work
}

func (r *refusal) Error() string { return r.said }

// resolve runs a command that changes Cargo.lock: without the network first. The
// error is a *refusal when cargo says no.
func (c *cargo) resolve(ctx context.Context, args ...string) error {
	_, err := c.run(ctx, append(args, "--offline")...)
	var no *refusal
	if errors.As(err, &no) && no.absent && !c.offline {
		c.network = true
		_, err = c.run(ctx, args...)
	}
	return err
}

func (c *cargo) run(ctx context.Context, args ...string) (string, error) {
	out, _, err := c.start(ctx, args...)
	return out, err
}

// build is run, with all that cargo wrote when it fails.
func (c *cargo) build(ctx context.Context, args ...string) (said string, err error) {
	_, said, err = c.start(ctx, args...)
	return said, err
}

func (c *cargo) start(ctx context.Context, args ...string) (stdout, stderr string, err error) {
	var out, errs bytes.Buffer
	err = capture.RunProgram(ctx, capture.Program{Path: "cargo", Args: args, Dir: c.dir, Toolchain: c.toolchain,
		Env: []string{"CARGO_TERM_COLOR=never", "CARGO_TERM_QUIET=false", "CARGO_TERM_PROGRESS_WHEN=never"}, Stdout: &out, Stderr: &errs})
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		return "", errs.String(), refused(errs.String())
	}
	return out.String(), errs.String(), err
}

var absences = []string{
	"no matching package named", "no matching package found", "failed to download", "failed to get `", "unable to update",
	"can't checkout from", "attempting to make an HTTP request, but --offline was specified", "failed to query replaced source",
}

// inPlace is the folder that cargo names behind a package of this machine.
var inPlace = regexp.MustCompile(` \((?:path\+file://)?/[^()]*\)|^\s+Updating .*$`)

// refused makes an answer of what cargo wrote: the first error and its causes.
func refused(stderr string) *refusal {
	r := &refusal{}
	var said []string
	for line := range strings.Lines(stderr) {
		line = strings.TrimRight(inPlace.ReplaceAllString(strings.TrimRight(line, "\r\n"), ""), " ")
		switch {
		case strings.HasPrefix(line, "error: "):
			said = append(said, strings.TrimPrefix(line, "error: "))
		case len(said) == 0 || line == "" || line == "Caused by:":
		case strings.HasPrefix(line, "As a reminder, you're using offline mode"):
		case len(said) < 8:
			said = append(said, strings.TrimSpace(line))
		}
	}
	for _, words := range absences {
		r.absent = r.absent || strings.Contains(stderr, words)
	}
	r.said = strings.Join(said, "; ")
	if r.said == "" {
		r.said = "cargo failed: " + strings.TrimSpace(stderr)
	}
	return r
}
