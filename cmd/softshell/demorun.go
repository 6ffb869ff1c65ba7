package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"softshell/finding"
	"softshell/heap/profile"
	"softshell/heap/view"
)

// runScene shows what a run adds to the first example: the heap profiler sees
// the blocks that are lost, and check takes that as evidence.
type runScene struct{ commands }

// heapHere tells whether programs can be recorded on this system.
const heapHere = runtime.GOOS == "linux"

// What the example loses.
const (
	demoBytes  = 160
	demoBlocks = 4
)

func (s runScene) play() (bool, error) {
	out := s.cmd.OutOrStdout()
	fmt.Fprint(out, "## a run as evidence: the first example under the heap profiler, which knows nothing of the finding above\n\n")
	if err := s.run("cargo", "build", "--quiet"); err != nil {
		return false, err
	}
	const file = "run.profile"
	for _, args := range [][]string{
		{"heap", "-q", "-o", file, "--", filepath.Join("target", "debug", "leaky")},
		{"heap", "report", file, "--top", "2"},
		{"check", "--with-heap", file, "--fail-on", "never"},
	} {
		if err := s.softshell(0, args...); err != nil {
			return false, err
		}
	}
	return s.holds(filepath.Join(s.dir, file))
}

// holds asks the profile for what the example is known to lose, and check for
// a finding that it confirms.
func (s runScene) holds(file string) (bool, error) {
	p, err := profile.ReadFile(file)
	if err != nil {
		return false, err
	}
	lost := view.New(p, view.Options{}).Lost()
	f := &checkFlags{format: "text", color: "auto", spans: "auto", quiet: true, withHeap: []string{file}}
	f.capture.CacheDir = os.Getenv("SOFTSHELL_CACHE")
	res, err := f.one(s.cmd.Context(), s.cmd.ErrOrStderr(), s.dir)
	if err != nil {
		return false, err
	}
	if len(res.Findings) == 1 && res.Findings[0].Grade == finding.Confirmed && lost.Bytes == demoBytes && lost.Blocks == demoBlocks {
		return true, nil
	}
	fmt.Fprintf(s.cmd.OutOrStdout(), "expected here: %d bytes lost in %d blocks (%d in %d were seen), and a finding that this confirms\n",
		demoBytes, demoBlocks, lost.Bytes, lost.Blocks)
	return false, nil
}
