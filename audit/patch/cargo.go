package patch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strings"

	"softshell/capture"
)

// cargo asks the user's own cargo, so that a step is judged by who will take it.
type cargo struct {
	toolchain string
	dir       string // where it is started: its configuration is found from here
	lock      string // the Cargo.lock that it may write, whatever the configuration says; "" is none
	offline   bool   // the network is forbidden
	network   bool   // it was used
	plain     bool   // this cargo does not know how to take the index as it is
}

// refusal is cargo's answer when it does not do what it was asked.
type refusal struct {
	said     string // its words, without what is only about this place
	absent   bool   // something is not on this machine; with the network it might work
	conflict *conflict
}

// conflict is a package that Cargo.lock keeps at a version with which a step does not
// go together.
type conflict struct{ name, locked, req string }

func (r *refusal) Error() string { return r.said }

// words is what cargo said, "" when it did not refuse.
func (r *refusal) words() string {
	if r == nil {
		return ""
	}
	return r.said
}

// resolve runs a command that changes Cargo.lock. The error is a *refusal when cargo
// says no.
//
// By --offline cargo would prefer the versions that happen to be downloaded to those
// that are locked. So where the network is not forbidden, cargo is only told to take
// the index as it is; it then fetches no more than index files that are not there.
func (c *cargo) resolve(ctx context.Context, args ...string) error {
	if c.offline {
		_, err := c.run(ctx, append(args, "--offline")...)
		return err
	}
	var no *refusal
	if !c.plain {
		_, _, err := c.start(ctx, []string{channelEnv + "=nightly"}, append(args, "-Zno-index-update")...)
		if !errors.As(err, &no) {
			return err
		}
		if c.plain = strings.Contains(no.said, "-Z") || strings.Contains(no.said, "no-index-update"); !c.plain && !no.absent {
			return err
		}
	}
	c.network = true
	_, err := c.run(ctx, args...)
	return err
}

// channelEnv makes a stable cargo accept its own unstable options; it means nothing to
// rustc and to build scripts.
const channelEnv = "__CARGO_TEST_CHANNEL_OVERRIDE_DO_NOT_USE_THIS"

func (c *cargo) run(ctx context.Context, args ...string) (string, error) {
	out, _, err := c.start(ctx, nil, args...)
	return out, err
}

// build is run, with all that cargo wrote when it fails.
func (c *cargo) build(ctx context.Context, args ...string) (said string, err error) {
	_, said, err = c.start(ctx, nil, args...)
	return said, err
}

func (c *cargo) start(ctx context.Context, env []string, args ...string) (stdout, stderr string, err error) {
	var out, errs bytes.Buffer
	err = capture.RunProgram(ctx, capture.Program{Path: "cargo", Args: args, Dir: c.dir, Toolchain: c.toolchain,
		Env: append(c.lockEnv(env), "CARGO_TERM_COLOR=never", "CARGO_TERM_QUIET=false", "CARGO_TERM_PROGRESS_WHEN=never"), Stdout: &out, Stderr: &errs})
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		return "", errs.String(), refused(errs.String())
	}
	return out.String(), errs.String(), err
}

// lockEnv keeps a newer cargo from writing where resolver.lockfile-path of the
// configuration points to. Older ones do not know it.
func (c *cargo) lockEnv(env []string) []string {
	if c.lock == "" {
		return env
	}
	return append(env, "CARGO_RESOLVER_LOCKFILE_PATH="+c.lock)
}

var absences = []string{
	"no matching package named", "no matching package found", "failed to download", "failed to get `", "unable to update",
	"can't checkout from", "attempting to make an HTTP request, but --offline was specified", "failed to query replaced source",
}

// inPlace is the folder that cargo names behind a package of this machine.
var inPlace = regexp.MustCompile(` \((?:path\+file://)?/[^()]*\)|^\s+Updating .*$`)

var (
	wanted   = regexp.MustCompile("failed to select a version for `([^`]+)`")
	meets    = regexp.MustCompile("versions that meet the requirements `([^`]+)`")
	selected = regexp.MustCompile("previously selected package `([^` ]+) v([^` ]+)")
)

// conflictIn finds in an answer of cargo the locked package that is in the way.
func conflictIn(stderr string) *conflict {
	w, m, s := wanted.FindStringSubmatch(stderr), meets.FindStringSubmatch(stderr), selected.FindStringSubmatch(stderr)
	if w == nil || m == nil || s == nil || w[1] != s[1] {
		return nil
	}
	return &conflict{name: s[1], locked: s[2], req: m[1]}
}

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
	if c := conflictIn(stderr); c != nil {
		r.conflict = c
		r.said = fmt.Sprintf("%s is locked to %s, and %s is needed", c.name, c.locked, c.req)
	}
	if r.said == "" {
		r.said = "cargo failed: " + strings.TrimSpace(stderr)
	}
	return r
}
