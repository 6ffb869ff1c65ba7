package record

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"softshell/heap/graph"
	"softshell/heap/inject"
)

// The compilers whose standard library is known to lay out Rc and Arc as the
// search for cycles takes them to be: the counts have stood at the start of the
// block since before the first of these, and a test holds it for those at hand.
const (
	oldestKnown = 56 // of 1.x
	newestKnown = 97
)

// layout tells whether the cycles that were found may be believed: the search
// rests on where Rc and Arc keep their counts, which the library does not promise.
// The debug information of the members' types says so for certain; without it a
// trial with the program's compiler does, where that is installed, and else the
// version must be a known one.
func (a *analysis) layout(cycles []graph.Cycle, compiler string, try trial) (ok bool, note string) {
	seen := false
	for i := range cycles {
		for _, m := range cycles[i].Members {
			ty := a.types[a.snap.Live[m.Block].Node]
			if !m.Counted || !ty.Counted {
				continue
			}
			if ty.Strong != 0 || ty.Weak != 8 {
				return false, fmt.Sprintf("no cycles were looked for: %s keeps its counts at other places than expected", ty)
			}
			seen = true
		}
	}
	if len(cycles) == 0 || seen {
		return true, ""
	}
	if counts, same := try(compiler); same {
		if !counts {
			note = "no cycles were looked for: a trial with the program's compiler showed that its Rc and Arc keep their counts at other places than expected"
		}
		return counts, note
	}
	minor, known := rustMinor(compiler)
	switch {
	case !known:
		return true, "the program does not tell its compiler, and has no debug information of what is in the cycles: their counts may be none"
	case minor < oldestKnown || minor > newestKnown:
		return false, fmt.Sprintf("no cycles were looked for: how the Rc and Arc of Rust 1.%d keep their counts is not known here; with debug information it would be", minor)
	}
	return true, ""
}

// trial tells whether Rc and Arc are laid out as expected by a compiler, if that is
// the one that is installed.
type trial func(compiler string) (counts, same bool)

// patience is how long the process that is looked at may have to wait for a trial.
const patience = 10 * time.Second

func tryInstalled(compiler string) (counts, same bool) {
	if compiler == "" || compiler != installed() {
		return false, false
	}
	l := tried()
	return l != nil && l.Counts(), l != nil
}

// installed is the compiler at hand, as it writes of itself into programs.
var installed = sync.OnceValue(func() string {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "rustc", "-V")
	cmd.Dir = os.TempDir() // a folder of sources may name another toolchain
	out, err := cmd.Output()
	name, ok := strings.CutPrefix(strings.TrimSpace(string(out)), "rustc ")
	if err != nil || !ok {
		return ""
	}
	return "rustc version " + name
})

// tried is what it showed; nil when it could not be tried.
var tried = sync.OnceValue(func() *graph.Layout {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	l, err := graph.SelfTest(ctx, "rustc")
	if err != nil {
		return nil
	}
	return l
})

// rustMinor reads "rustc version 1.95.0 (...)".
func rustMinor(compiler string) (int, bool) {
	_, rest, ok := strings.Cut(compiler, "rustc version 1.")
	if !ok {
		return 0, false
	}
	digits, _, _ := strings.Cut(rest, ".")
	n, err := strconv.Atoi(digits)
	return n, err == nil
}

// compiler is what the program says of its compiler.
func (p *recorded) compiler() string {
	prog, err := inject.Look(p.exe)
	if err != nil {
		return ""
	}
	return prog.Compiler
}
