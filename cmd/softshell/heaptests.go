package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"softshell/finding"
	"softshell/heap/cargo"
	"softshell/heap/export"
	"softshell/heap/inject"
	"softshell/heap/record"
	"softshell/heap/view"
)

// testChoices is what the runners are told of the flags.
type testChoices struct {
	Cache, Suppressions string
}

// testsFound is what one test binary lost.
type testsFound struct {
	Binary string
	Leaks  []testLeak
	Rest   int64 // bytes that no single test lost
	Notes  []string
}

// testLeak is what one test lost.
type testLeak struct {
	Test   string
	Blocks int64
	Bytes  int64
	What   []string // titles of the findings
}

// runTests runs cargo test with each binary under the collector, and names the
// tests that lose memory.
func (f *heapFlags) runTests(ctx context.Context, w io.Writer, cargoArgs, testArgs []string) (int, error) {
	c := testChoices{Cache: f.cacheDirs()[0], Suppressions: f.suppressions}
	if c.Suppressions != "" { // tests run in the folders of their packages
		var err error
		if c.Suppressions, err = filepath.Abs(c.Suppressions); err != nil {
			return exitError, fmt.Errorf("find %s: %w", f.suppressions, err)
		}
	}
	choices, err := json.Marshal(c)
	if err != nil {
		return exitError, err
	}
	args := slices.Clone(cargoArgs)
	if !slices.ContainsFunc(args, choosesTargets) {
		args = append(args, "--tests") // not the examples of the documentation, which rustdoc runs
	}
	args = append(append(args, "--"), testArgs...)
	binaries, lost := 0, int64(0)
	t := cargo.Tests{Args: args, Choices: choices}
	code, err := t.Run(ctx, func(text json.RawMessage) error {
		var found testsFound
		if err := json.Unmarshal(text, &found); err != nil {
			return err
		}
		binaries++
		lost += found.print(w)
		return nil
	})
	if err != nil {
		return exitError, err
	}
	switch {
	case binaries == 0:
		fmt.Fprintln(w, "softshell: no test was run")
	case lost == 0:
		fmt.Fprintf(w, "softshell: no test of %s lost memory\n", count(binaries, "binary", "binaries"))
	}
	if code == 0 && f.failOnLeak >= 0 && lost > f.failOnLeak {
		return exitFindings, nil
	}
	return code, nil
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func choosesTargets(arg string) bool {
	name, _, _ := strings.Cut(arg, "=")
	return slices.Contains([]string{"--lib", "--bins", "--bin", "--tests", "--test", "--examples", "--example", "--benches", "--bench", "--all-targets", "--doc"}, name)
}

// print tells what the tests of a binary lost, and returns how many bytes.
func (b *testsFound) print(w io.Writer) int64 {
	lost := b.Rest
	for _, l := range b.Leaks {
		lost += l.Bytes
		fmt.Fprintf(w, "test %s (%s) lost %d bytes in %s\n", l.Test, b.Binary, l.Bytes, count(int(l.Blocks), "block", "blocks"))
		for _, what := range l.What {
			fmt.Fprintln(w, "  "+what)
		}
	}
	if b.Rest > 0 {
		fmt.Fprintf(w, "%s lost %d bytes more, but none of its tests does so alone\n", b.Binary, b.Rest)
	}
	for _, n := range b.Notes {
		fmt.Fprintf(w, "note: %s: %s\n", b.Binary, n)
	}
	return lost
}

// runTestBinary is this program in the place of a test binary: it runs all tests
// as cargo meant it, then finds out which of them lost what was lost.
func runTestBinary(r *cargo.Runner) int {
	code, err := testBinary(r)
	if err != nil {
		fmt.Fprintln(os.Stderr, "error: "+err.Error())
		return exitError
	}
	return code
}

func testBinary(r *cargo.Runner) (int, error) {
	var c testChoices
	if err := json.Unmarshal(r.Choices, &c); err != nil {
		return 0, err
	}
	b := &testBinaryRun{r: r, f: &heapFlags{cache: c.Cache, suppressions: c.Suppressions, color: "never"}}
	b.found.Binary = testName(r.Command[0])
	code, shown, err := b.run(r.Command, os.Stdout, os.Stderr)
	if err != nil {
		return 0, err
	}
	if shown != nil && shown.Lost() > 0 {
		if err := b.blame(shown); err != nil {
			return 0, err
		}
	}
	return code, r.Leave(&b.found)
}

// testName is a binary's name without the hash that cargo put behind it.
func testName(path string) string {
	name := filepath.Base(path)
	if i := strings.LastIndexByte(name, '-'); i > 0 && len(name)-i == 17 {
		return name[:i]
	}
	return name
}

type testBinaryRun struct {
	r     *cargo.Runner
	f     *heapFlags
	found testsFound
}

// run records one command; Shown is nil if there is nothing to show.
func (b *testBinaryRun) run(argv []string, out, errOut *os.File) (int, *export.Shown, error) {
	target, err := inject.Aim(argv)
	if err != nil {
		return 0, nil, err
	}
	library, err := b.f.collector(context.Background(), target)
	if err != nil {
		return 0, nil, err
	}
	r, err := record.Run(record.Options{
		Command: argv, Env: os.Environ(), Stdin: os.Stdin, Stdout: out, Stderr: errOut, Target: target, Library: library,
	})
	if err != nil {
		return 0, nil, err
	}
	b.found.Notes = append(b.found.Notes, r.Notes...)
	if len(r.Profiles) == 0 {
		return r.Code, nil, nil
	}
	s, _, err := b.f.judge(io.Discard, r.Profiles[0])
	return r.Code, s, err
}

// blame finds the tests that lost memory: the stack of a block that a test made
// has the test's function. For what was made elsewhere, such as in a thread that
// a test started, each test is run alone.
func (b *testBinaryRun) blame(s *export.Shown) error {
	names, err := b.r.Names(context.Background())
	if err != nil { // it has a harness of its own
		b.found.Notes = append(b.found.Notes, err.Error())
		b.found.Rest = s.Lost()
		return nil
	}
	leaks := map[string]*testLeak{}
	var rest int64
	for i := range s.View.Stacks {
		st := &s.View.Stacks[i]
		l := st.Lost()
		if l.Blocks == 0 {
			continue
		}
		test := testOf(s.View, st, names)
		if test == "" {
			rest += l.Bytes
			continue
		}
		if leaks[test] == nil {
			leaks[test] = &testLeak{Test: test}
		}
		leaks[test].Blocks += l.Blocks
		leaks[test].Bytes += l.Bytes
	}
	nothing, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer nothing.Close()
	for _, name := range names {
		if leaks[name] == nil && rest == 0 {
			continue
		}
		_, alone, err := b.run(b.r.One(name), nothing, nothing)
		if err != nil {
			return err
		}
		if alone == nil || alone.Lost() == 0 {
			if leaks[name] != nil {
				b.found.Leaks = append(b.found.Leaks, *leaks[name])
			}
			continue
		}
		lost := alone.View.Lost()
		leak := testLeak{Test: name, Blocks: lost.Blocks, Bytes: lost.Bytes}
		if leaks[name] != nil {
			rest -= leak.Bytes - leaks[name].Bytes
		} else {
			rest -= leak.Bytes
		}
		for i := range alone.Findings {
			leak.What = append(leak.What, alone.Findings[i].Title+place(&alone.Findings[i].Primary))
		}
		b.found.Leaks = append(b.found.Leaks, leak)
	}
	b.found.Rest = max(rest, 0)
	return nil
}

// place is where a finding is, for a line of text.
func place(at *finding.Span) string {
	if at.File == "" {
		return ""
	}
	return fmt.Sprintf(", %s:%d", at.File, at.Line)
}

// testOf is the test whose function stands in the stack, "" for none.
func testOf(v *view.View, s *view.Stack, names []string) string {
	for i := len(s.Calls) - 1; i >= 0; i-- {
		_, function, ok := strings.Cut(v.Frames[s.Calls[i].Frame].Full, "::")
		for ok {
			if slices.Contains(names, function) {
				return function
			}
			k := strings.LastIndex(function, "::")
			if k < 0 {
				break
			}
			function = function[:k]
		}
	}
	return ""
}
