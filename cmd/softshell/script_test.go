package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"softshell/audit/registry/registrytest"
	"softshell/capture"
	"softshell/heap/cargo"
)

// TestMain lets the test binary be the program: cargo's compiler wrapper first
// of all, then the two names under which the scripts call it.
func TestMain(m *testing.M) {
	if capture.WrapperMain() || cargo.WrapperMain() {
		return
	}
	if r, ok := cargo.AsRunner(os.Args); ok {
		os.Exit(runTestBinary(r))
	}
	program := func() { os.Exit(run(os.Args)) }
	testscript.Main(m, map[string]func(){"softshell": program, "cargo-softshell": program})
}

// TestScript runs the scripts of testdata/script against the real toolchain.
// Beside the commands of testscript they have
//
//	exits CODE PROGRAM ARGS...   run it; it must end with this exit code
//	json FILE PATH VALUE         the value at a path like findings.0.rule; len is a length
//	heapprofile NAME FILE        write the profile of a program, made by code: leaky or large
//	localregistry FILE DIR       make a registry of the crates that the file lists; cargo takes it for crates.io
//	messages [CODE=COUNT...]     stdout is cargo's message format, with so many messages of each code
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                filepath.Join("testdata", "script"),
		RequireUniqueNames: true,
		Setup:              setup,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "json": jsonValue, "messages": messages, "heapprofile": heapProfile, "localregistry": localRegistry,
		},
	})
}

// setup gives a script a cache of its own and lets it find the toolchain.
func setup(e *testscript.Env) error {
	for _, name := range []string{"HOME", "RUSTUP_HOME", "CARGO_HOME", "RUSTUP_TOOLCHAIN"} {
		if v, ok := os.LookupEnv(name); ok {
			e.Setenv(name, v)
		}
	}
	e.Setenv("SOFTSHELL_CACHE", filepath.Join(e.WorkDir, "cache"))
	e.Setenv("CARGO_NET_OFFLINE", "true")
	return nil
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits code program [args...]")
	}
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var e *exec.ExitError
		if !errors.As(err, &e) {
			ts.Fatalf("run %s: %v", args[1], err)
		}
		got = e.ExitCode()
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit code %d, want %s", got, args[0])
	}
}

func localRegistry(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: localregistry file dir")
	}
	dir := ts.MkAbs(args[1])
	ts.Check(registrytest.Make(dir, ts.ReadFile(args[0])))
	ts.Setenv("CARGO_HOME", ts.MkAbs("cargo-home")) // cargo unpacks the crates there
	ts.Check(os.MkdirAll(ts.MkAbs(".cargo"), 0o755))
	ts.Check(os.WriteFile(ts.MkAbs(".cargo/config.toml"), []byte(registrytest.Config(dir)), 0o644))
}

func jsonValue(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: json file path value")
	}
	var v any
	if err := json.Unmarshal([]byte(ts.ReadFile(args[0])), &v); err != nil {
		ts.Fatalf("%s: %v", args[0], err)
	}
	got, err := lookUp(v, strings.Split(args[1], "."))
	if err != nil {
		ts.Fatalf("%s: %s: %v", args[0], args[1], err)
	}
	if got != args[2] {
		ts.Fatalf("%s: %s is %q, want %q", args[0], args[1], got, args[2])
	}
}

// lookUp follows a path through decoded JSON.
func lookUp(v any, path []string) (string, error) {
	for _, key := range path {
		switch x := v.(type) {
		case map[string]any:
			inner, ok := x[key]
			if !ok {
				return "", fmt.Errorf("no %s", key)
			}
			v = inner
		case []any:
			if key == "len" {
				v = len(x)
				continue
			}
			i, err := strconv.Atoi(key)
			if err != nil || i < 0 || i >= len(x) {
				return "", fmt.Errorf("no %s in a list of %d", key, len(x))
			}
			v = x[i]
		default:
			return "", fmt.Errorf("%s of %v", key, v)
		}
	}
	return fmt.Sprint(v), nil
}

// message is what an editor reads of a line.
type message struct {
	Reason  string `json:"reason"`
	Success *bool  `json:"success"`
	Message struct {
		Code *struct {
			Code string `json:"code"`
		} `json:"code"`
		Rendered string `json:"rendered"`
		Spans    []struct {
			Primary bool `json:"is_primary"`
		} `json:"spans"`
	} `json:"message"`
}

// messages holds stdout against the message format: each line is an object
// with a reason, the last one ends the build, softshell's own messages come
// behind all of cargo's and have exactly one primary span.
func messages(ts *testscript.TestScript, neg bool, args []string) {
	lines := strings.Split(strings.TrimSuffix(ts.ReadFile("stdout"), "\n"), "\n")
	count := map[string]int{}
	for i, line := range lines {
		var m message
		if err := json.Unmarshal([]byte(line), &m); err != nil || m.Reason == "" {
			ts.Fatalf("line %d is no message (%v): %s", i+1, err, line)
		}
		code := ""
		if m.Message.Code != nil {
			code = m.Message.Code.Code
			count[code]++
		}
		ours := strings.HasPrefix(code, "softshell::")
		switch {
		case m.Reason == "build-finished" && i < len(lines)-1:
			ts.Fatalf("the build ends before the last line, in line %d", i+1)
		case ours && m.Reason != "compiler-message":
			ts.Fatalf("line %d: a finding is a %s", i+1, m.Reason)
		case !ours && i < len(lines)-1 && count["softshell::"] > 0:
			ts.Fatalf("line %d of cargo comes behind a finding", i+1)
		case i == len(lines)-1 && (m.Reason != "build-finished" || m.Success == nil):
			ts.Fatalf("the last line is %s", line)
		}
		if !ours {
			continue
		}
		count["softshell::"]++
		primary := 0
		for _, s := range m.Message.Spans {
			if s.Primary {
				primary++
			}
		}
		if primary != 1 || m.Message.Rendered == "" {
			ts.Fatalf("line %d: %d primary spans, rendered %q", i+1, primary, m.Message.Rendered)
		}
	}
	for _, a := range args {
		code, n, _ := strings.Cut(a, "=")
		if (strconv.Itoa(count[code]) == n) == neg {
			ts.Fatalf("%d messages with code %s, want %s", count[code], code, n)
		}
	}
}
