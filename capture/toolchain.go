package capture

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// channelEnv makes a stable cargo accept its own unstable options. Unlike
// RUSTC_BOOTSTRAP it means nothing to rustc and to build scripts.
const channelEnv = "__CARGO_TEST_CHANNEL_OVERRIDE_DO_NOT_USE_THIS"

// environment is this process's own, with the toolchain that the options name
// and without what would fight with the wrapper.
func environment(o Options) []string {
	var env []string
	for _, kv := range os.Environ() {
		switch name, _, _ := strings.Cut(kv, "="); name {
		case "RUSTC_WRAPPER", "CARGO_BUILD_RUSTC_WRAPPER", wrapperEnv:
		case "RUSTUP_TOOLCHAIN":
			if o.Toolchain == "" {
				env = append(env, kv)
			}
		default:
			env = append(env, kv)
		}
	}
	if o.Toolchain != "" {
		env = append(env, "RUSTUP_TOOLCHAIN="+o.Toolchain)
	}
	return env
}

// lookEnv finds a variable in a list; the last one counts.
func lookEnv(env []string, name string) (string, bool) {
	for i := len(env) - 1; i >= 0; i-- {
		if n, v, _ := strings.Cut(env[i], "="); n == name {
			return v, true
		}
	}
	return "", false
}

// rustcProgram is the compiler as cargo would call it.
func rustcProgram(env []string) string {
	for _, name := range []string{"RUSTC", "CARGO_BUILD_RUSTC"} {
		if v, ok := lookEnv(env, name); ok && v != "" {
			return v
		}
	}
	return "rustc"
}

// findToolchain asks the compiler that a build started in dir would use.
func (c *capturer) findToolchain(ctx context.Context, dir string, env []string) (Toolchain, error) {
	program := rustcProgram(env)
	var out, errs bytes.Buffer
	err := c.exec(ctx, command{Path: program, Args: []string{"-vV"}, Dir: dir, Env: env, Stdout: &out, Stderr: &errs})
	if ctx.Err() != nil {
		return Toolchain{}, ctx.Err()
	}
	if err != nil {
		if _, ran := exitCode(err); ran {
			return Toolchain{}, &Error{Kind: ErrNoRustc, What: "ask " + program + " for its version", Detail: cleanStderr(errs.String()),
				Hint: "rustup toolchain list shows what is installed"}
		}
		return Toolchain{}, startError(program, err)
	}
	t := parseVersion(out.String())
	if t.Version == "" || t.Host == "" {
		return Toolchain{}, &Error{Kind: ErrNoRustc, What: program + " -vV does not tell a version of rustc", Detail: firstLine(out.String()),
			Hint: "RUSTC, or rustc on PATH, must be a Rust compiler"}
	}
	t.Rustc = program
	if path, err := exec.LookPath(program); err == nil {
		t.Rustc = path
	}
	return t, nil
}

// parseVersion reads `rustc -vV`.
func parseVersion(text string) Toolchain {
	t := Toolchain{Verbose: strings.TrimSpace(text)}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch name {
		case "release":
			t.Version = value
		case "commit-hash":
			t.Commit = value
		case "host":
			t.Host = value
		}
	}
	return t
}

// behindProxy is the compiler itself where program is rustup's, which only
// looks for it on each call.
func (c *capturer) behindProxy(ctx context.Context, program, dir string, env []string) string {
	var out bytes.Buffer
	if err := c.exec(ctx, command{Path: program, Args: []string{"--print", "sysroot"}, Dir: dir, Env: env, Stdout: &out}); err != nil {
		return program
	}
	real := filepath.Join(strings.TrimSpace(out.String()), "bin", "rustc")
	if _, err := os.Stat(real); err != nil {
		return program
	}
	return real
}
