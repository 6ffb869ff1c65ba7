// Command audit measures `softshell audit`, beside the tools that people use, in one
// run on one machine:
//
//	go run ./bench/audit -db DATABASE [-softshell BINARY] [-only PART]
//
// DATABASE is a checkout or an archive of RustSec's advisories. What is not installed
// is left out, and that is said. The exit code is 1 when a figure is not what it must be.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"softshell/bench/internal/table"
	"softshell/capture"
)

// parts are the measurements, each in a file of its own.
var parts = []struct {
	name string
	run  func(*bench) error
}{
	{"verdicts", verdicts},
	{"database", loading},
	{"locks", locks},
	{"built", built},
	{"speed", speed},
	{"reach", reach},
	{"ran", ran},
	{"plans", plans},
}

func main() {
	if capture.WrapperMain() {
		return
	}
	b := &bench{}
	flag.StringVar(&b.softshell, "softshell", "bin/softshell", "the program to measure")
	flag.StringVar(&b.db, "db", "", "RustSec's advisories: a folder or an archive")
	flag.IntVar(&b.rounds, "rounds", 5, "measurements of each figure of time")
	var names []string
	for _, p := range parts {
		names = append(names, p.name)
	}
	only := flag.String("only", "", "one of: "+strings.Join(names, ", "))
	flag.Parse()
	good, err := b.run(*only, names)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench/audit:", err)
		os.Exit(2)
	}
	if !good {
		os.Exit(1)
	}
}

// bench is one run of all measurements.
type bench struct {
	table.Table
	softshell string
	db        string
	rounds    int
	dir       string // for what is made on the way
}

func (b *bench) run(only string, names []string) (good bool, err error) {
	if only != "" && !slices.Contains(names, only) {
		return false, fmt.Errorf("there is no part %q", only)
	}
	if b.db == "" {
		return false, fmt.Errorf("-db is needed: a checkout or an archive of https://github.com/RustSec/advisory-db")
	}
	for _, path := range []*string{&b.softshell, &b.db} {
		if *path, err = filepath.Abs(*path); err != nil {
			return false, err
		}
	}
	if b.dir, err = os.MkdirTemp("", "softshell-bench-audit-*"); err != nil {
		return false, err
	}
	defer os.RemoveAll(b.dir)
	for _, part := range parts {
		if only == "" || only == part.name {
			if err := part.run(b); err != nil {
				return false, fmt.Errorf("%s: %w", part.name, err)
			}
		}
	}
	return b.Write(os.Stdout), nil
}
