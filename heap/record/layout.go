package record

import (
	"fmt"
	"strconv"
	"strings"

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
// The debug information of the members' types says so for certain; without it the
// version of the compiler must be a known one.
func (a *analysis) layout(cycles []graph.Cycle, compiler string) (ok bool, note string) {
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
	minor, known := rustMinor(compiler)
	switch {
	case !known:
		return true, "the program does not tell its compiler, and has no debug information of what is in the cycles: their counts may be none"
	case minor < oldestKnown || minor > newestKnown:
		return false, fmt.Sprintf("no cycles were looked for: how the Rc and Arc of Rust 1.%d keep their counts is not known here; with debug information it would be", minor)
	}
	return true, ""
}

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
