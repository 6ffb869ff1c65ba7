package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"softshell/audit/callgraph"
	"softshell/capture"
)

// runs are programs with what they are started with: FILE is a text, DIR an empty folder.
var runs = []struct {
	app, program string
	args         [][]string
}{
	{"choose@1.3.1", "choose", [][]string{{"-i", "FILE", "0:1"}, {"-f", "[a-c]+", "-i", "FILE", "1"}, {"--help"}}},
	{"sd@0.7.6", "sd", [][]string{{"lorem", "ipsum", "FILE"}, {"-p", "(i)p", "$1", "FILE"}}},
	{"zoxide@0.7.0", "zoxide", [][]string{{"add", "DIR"}, {"query", "-ls"}, {"query", "x"}, {"init", "bash"}, {"remove", "DIR"}, {"--help"}}},
	{"ripgrep@13.0.0", "rg", [][]string{{"lorem", "FILE"}, {"--files", "DIR"}, {"--json", "l.*m", "FILE"}, {"--mmap", "-U", "a.*b", "FILE"}, {"-r", "x", "lorem", "FILE"}, {"--type-list"}}},
}

// ran holds functions that ran against the call graph: whatever runs must be reached.
// It says nothing of what did not run.
func ran(b *bench) error {
	valgrind, err := exec.LookPath("valgrind")
	if err != nil {
		b.Skip("functions that ran", "valgrind is not installed")
		return nil
	}
	all := 0
	var missed []string
	for _, r := range runs {
		lock, err := fetched(b.dir, r.app)
		if err != nil {
			b.Skip("functions that ran in "+r.app, err.Error())
			continue
		}
		dir := filepath.Join(b.dir, "ran", r.app)
		if err := os.CopyFS(dir, os.DirFS(filepath.Dir(lock))); err != nil {
			return err
		}
		symbols, err := b.symbols(valgrind, dir, r.program, r.args)
		if err != nil {
			return fmt.Errorf("%s: %w", r.app, err)
		}
		g, err := graph(dir, filepath.Join(b.dir, "ran-cache"))
		if err != nil {
			return fmt.Errorf("%s: %w", r.app, err)
		}
		known := 0
		for _, s := range symbols {
			if is, reached := g.Ran(s); is {
				known++
				if !reached {
					missed = append(missed, s)
				}
			}
		}
		all += known
		b.Add("functions that ran in "+r.app, fmt.Sprint(known), "", true)
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
	b.Add("functions that ran and are not reached", strings.TrimSpace(fmt.Sprintf("%d of %d %s", len(missed), all, strings.Join(missed, ", "))), "0", len(missed) == 0)
	return nil
}

// graph is the call graph of a program.
func graph(dir, cache string) (*callgraph.Graph, error) {
	c := capture.New()
	build, err := c.Run(context.Background(), capture.Options{Path: dir, Deps: true, Workspace: true, Bins: true, Spans: capture.SpansNever, CacheDir: cache})
	if err != nil {
		return nil, err
	}
	if build.CompileFailed {
		return nil, fmt.Errorf("it does not compile: %s", build.Errors)
	}
	return callgraph.Load(context.Background(), c, build, 0)
}

// function is a line of callgrind's output that gives a function its name.
var function = regexp.MustCompile(`(?m)^c?fn=\(\d+\) (.+)$`)

// symbols are the functions that ran, by their demangled names.
func (b *bench) symbols(valgrind, dir, program string, calls [][]string) ([]string, error) {
	build := exec.Command("cargo", "build", "--quiet", "--locked", "--bin", program, "--manifest-path", filepath.Join(dir, "Cargo.toml"))
	build.Env = append(os.Environ(), "CARGO_TARGET_DIR="+filepath.Join(dir, "target"), "CARGO_PROFILE_DEV_DEBUG=0")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("cargo build: %s", out)
	}
	work := filepath.Join(dir, "work")
	if err := os.MkdirAll(filepath.Join(work, "dir"), 0o755); err != nil {
		return nil, err
	}
	text := filepath.Join(work, "text")
	if err := os.WriteFile(text, []byte("lorem ipsum a b c\ndolor sit amet\n"), 0o644); err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, args := range calls {
		out := filepath.Join(work, "out")
		full := []string{"--quiet", "--tool=callgrind", "--callgrind-out-file=" + out, filepath.Join(dir, "target", "debug", program)}
		for _, a := range args {
			full = append(full, strings.NewReplacer("FILE", text, "DIR", filepath.Join(work, "dir")).Replace(a))
		}
		cmd := exec.Command(valgrind, full...)
		cmd.Dir = work
		cmd.Env = append(os.Environ(), "_ZO_DATA_DIR="+filepath.Join(work, "data"))
		_ = cmd.Run() // that a program finds nothing is no failure here
		written, err := os.ReadFile(out)
		if err != nil {
			return nil, fmt.Errorf("run %s under callgrind: %w", program, err)
		}
		for _, m := range function.FindAllStringSubmatch(string(written), -1) {
			// std has a hashbrown of its own, which is none of the tree's.
			if !strings.Contains(m[1], "std::hash::random") {
				seen[m[1]] = true
			}
		}
		if err := os.Remove(out); err != nil {
			return nil, err
		}
	}
	var list []string
	for s := range seen {
		list = append(list, s)
	}
	slices.Sort(list)
	return list, nil
}
