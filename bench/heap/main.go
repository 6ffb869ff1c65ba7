// Command heap measures `softshell heap` against heaptrack and valgrind, side by
// side in one run on one machine:
//
//	go run ./bench/heap [-rounds N] [-softshell BINARY]
//
// The programs are those below bench/heap/programs, built as cargo builds a release
// with debug information. What is not installed is left out, and that is said.
// The exit code is 1 when a figure is not what it must be.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"softshell/bench/internal/table"
)

func main() {
	b := &bench{}
	flag.StringVar(&b.softshell, "softshell", "bin/softshell", "the program to measure")
	flag.IntVar(&b.rounds, "rounds", 3, "measurements of each program")
	flag.IntVar(&b.work, "work", 400_000, "rounds that churn makes; each is 25 allocations")
	flag.IntVar(&b.megabytes, "hold", 400, "size of the heap that is held, in MB")
	only := flag.String("only", "", "one of: slowdown, memory, totals, stacks, cycles, report")
	flag.Parse()
	ok, err := b.run(*only)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench/heap:", err)
		os.Exit(2)
	}
	if !ok {
		os.Exit(1)
	}
}

// bench is one run of all measurements.
type bench struct {
	table.Table
	softshell string
	rounds    int
	work      int // of churn
	megabytes int
	dir       string
}

func (b *bench) run(only string) (ok bool, err error) {
	if b.softshell, err = filepath.Abs(b.softshell); err != nil {
		return false, err
	}
	if b.dir, err = os.MkdirTemp("", "softshell-bench-heap-*"); err != nil {
		return false, err
	}
	defer os.RemoveAll(b.dir)
	for _, part := range []struct {
		name string
		run  func() error
	}{
		{"slowdown", b.slowdown},
		{"memory", b.memory},
		{"totals", b.totals},
		{"stacks", b.stacks},
		{"cycles", b.cycles},
		{"report", b.report},
	} {
		if only == "" || only == part.name {
			if err := part.run(); err != nil {
				return false, fmt.Errorf("%s: %w", part.name, err)
			}
		}
	}
	return b.Write(os.Stdout), nil
}
