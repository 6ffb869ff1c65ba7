package cargo

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// runnerEnv names the folder where runners leave what they found; its presence
// makes a start of this binary by cargo a runner's.
const runnerEnv = "SOFTSHELL_HEAP_TESTS"

// Tests is a run of cargo test in which each test binary is started by us.
type Tests struct {
	Args []string // of cargo test, and of the tests behind --
	// Choices is handed to the runners as it is.
	Choices json.RawMessage
}

// Run runs the tests, and calls take with what each runner left. The code is cargo's.
func (t *Tests) Run(ctx context.Context, take func(json.RawMessage) error) (code int, err error) {
	self, err := os.Executable()
	if err != nil {
		return 0, fmt.Errorf("find this program: %w", err)
	}
	if strings.ContainsAny(self, " \t") {
		return 0, fmt.Errorf("cargo cannot run a program whose path has a blank in it: %s", self)
	}
	triples, err := targets(ctx, t.Args)
	if err != nil {
		return 0, err
	}
	dir, err := os.MkdirTemp("", "softshell-heap-tests-*")
	if err != nil {
		return 0, fmt.Errorf("make a folder: %w", err)
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, "choices"), t.Choices, 0o600); err != nil {
		return 0, fmt.Errorf("write the plan of the tests: %w", err)
	}
	env := append(os.Environ(), runnerEnv+"="+dir)
	for _, triple := range triples {
		name := strings.ToUpper(strings.NewReplacer("-", "_", ".", "_").Replace(triple))
		env = append(env, "CARGO_TARGET_"+name+"_RUNNER="+self)
	}
	cmd := exec.Command(cargoPath(), append([]string{"test"}, t.Args...)...) // ends by the terminal's signals, as we do
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = env, os.Stdin, os.Stdout, os.Stderr
	err = cmd.Run()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		return 0, fmt.Errorf("run cargo test: %w", err)
	}
	left, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return 0, err
	}
	slices.Sort(left) // the number of a binary comes first
	for _, path := range left {
		text, err := os.ReadFile(path)
		if err == nil {
			err = take(text)
		}
		if err != nil {
			return 0, fmt.Errorf("read what was found of the tests: %w", err)
		}
	}
	return cmd.ProcessState.ExitCode(), nil
}

// targets are the triples that the tests can be built for: that of the host, and
// what the arguments name.
func targets(ctx context.Context, args []string) ([]string, error) {
	out, err := exec.CommandContext(ctx, rustcPath(), "-vV").Output()
	if err != nil {
		return nil, fmt.Errorf("ask rustc for its host: %w", err)
	}
	var triples []string
	for line := range strings.Lines(string(out)) {
		if host, ok := strings.CutPrefix(line, "host: "); ok {
			triples = append(triples, strings.TrimSpace(host))
		}
	}
	for i, a := range args {
		name, ok := strings.CutPrefix(a, "--target=")
		if a == "--target" && i+1 < len(args) {
			name, ok = args[i+1], true
		}
		if ok {
			triples = append(triples, name)
		}
	}
	if t := os.Getenv("CARGO_BUILD_TARGET"); t != "" {
		triples = append(triples, t)
	}
	return triples, nil
}

// Runner is this program in the place of a test binary.
type Runner struct {
	Command []string // the binary with its arguments
	Choices json.RawMessage
	dir     string
}

// AsRunner tells whether cargo started this program to run a test binary.
func AsRunner(argv []string) (*Runner, bool) {
	dir := os.Getenv(runnerEnv)
	if dir == "" || len(argv) < 2 || !filepath.IsAbs(argv[1]) {
		return nil, false
	}
	text, err := os.ReadFile(filepath.Join(dir, "choices"))
	if err != nil {
		return nil, false
	}
	os.Unsetenv(runnerEnv) // a test may start this program, too
	for _, kv := range os.Environ() {
		if name, value, _ := strings.Cut(kv, "="); strings.HasPrefix(name, "CARGO_TARGET_") && strings.HasSuffix(name, "_RUNNER") && value == argv[0] {
			os.Unsetenv(name)
		}
	}
	return &Runner{Command: argv[1:], Choices: text, dir: dir}, true
}

// Leave hands over what was found.
func (r *Runner) Leave(found any) error {
	text, err := json.Marshal(found)
	if err != nil {
		return fmt.Errorf("write what was found: %w", err)
	}
	n, err := filepath.Glob(filepath.Join(r.dir, "*.json"))
	if err != nil {
		return err
	}
	name := fmt.Sprintf("%05d-%d.json", len(n), os.Getpid())
	if err := os.WriteFile(filepath.Join(r.dir, name), text, 0o600); err != nil {
		return fmt.Errorf("write what was found: %w", err)
	}
	return nil
}

// Names are the tests that the command would run. The list of a binary has those
// that are to be ignored in it.
func (r *Runner) Names(ctx context.Context) ([]string, error) {
	names, err := r.list(ctx)
	if err != nil || slices.Contains(r.Command, "--ignored") || slices.Contains(r.Command, "--include-ignored") {
		return names, err
	}
	ignored, err := r.list(ctx, "--ignored")
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(names, func(name string) bool { return slices.Contains(ignored, name) }), nil
}

func (r *Runner) list(ctx context.Context, which ...string) ([]string, error) {
	cmd := exec.CommandContext(ctx, r.Command[0], slices.Concat(r.Command[1:], which, []string{"--list", "--format", "terse"})...)
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("ask %s for its tests: %w", filepath.Base(r.Command[0]), err)
	}
	var names []string
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		if name, ok := strings.CutSuffix(lines.Text(), ": test"); ok {
			names = append(names, name)
		}
	}
	return names, nil
}

// One is the command that runs a single test.
func (r *Runner) One(name string) []string {
	return []string{r.Command[0], "--exact", name, "--test-threads=1", "--include-ignored"}
}

func cargoPath() string { return named("CARGO", "cargo") }
func rustcPath() string { return named("RUSTC", "rustc") }

// named is a program that a variable may name.
func named(variable, usual string) string {
	if v := os.Getenv(variable); v != "" {
		return v
	}
	return usual
}
