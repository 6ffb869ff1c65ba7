// Command detect measures what the rules find in published crates, each checked
// as the crate under analysis.
//
//	go run ./bench/detect -pairs FILE.tsv [-only CRATE] [-class RULE] [-v] [-o FILE]
//	go run ./bench/detect -crates LIST [-sample FILE] [-n N] [-labels FILE]
//
// # Pairs
//
// A row of FILE.tsv names a known bug: crate, vulnerable version, patched version
// or `-`, class (the id of a rule), item, source. A row is found when the
// vulnerable version has a finding of that class at that item, of any grade;
// it is silent when the patched version has none. A row whose version could not be
// analysed counts as neither, and is listed with the reason.
//
// # What is analysed
//
// Sources come through cargo. The copy that is checked differs from what was
// published in its manifest alone: tests, benchmarks, examples, and what only they
// depend on go, and so do lints. Lints are capped, as cargo does for dependencies. Of
// the sources only names in `#![feature(..)]` that the compiler does not know any more
// are blanked, if it stops at them.
//
// A bug may sit behind a feature, and a feature may replace the code with the bug. So
// each version is checked twice, with its default features and with all of them, and
// what is found either way counts: for the vulnerable version and for the patched one
// alike. A set of features that does not compile is left out, and the table shows which
// were used. When both fail, no features are tried.
//
// A set that does not compile with today's dependencies is tried with the package's
// own Cargo.lock, then with the dependencies of the day of its release; and where it
// has binaries, without them.
//
// With -crates only the default features count: what most users build.
//
// # What is kept
//
// In -dir: sources, what made them compile, the cache of softshell, and results by
// crate, version and digest of this program (so of all rules). A run goes on where the
// last one stopped. With -only, what could not be analysed is tried anew.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"softshell/capture"
	"softshell/finding"
)

func main() {
	if capture.WrapperMain() {
		return
	}
	if len(os.Args) == 2 && os.Args[1] == workerArg {
		worker()
		return
	}
	var o options
	flag.StringVar(&o.pairs, "pairs", "", "file of pairs (crate, vulnerable, patched or -, class, item, source)")
	flag.StringVar(&o.crates, "crates", "", "file with one name of a crate a line")
	flag.StringVar(&o.dir, "dir", "", "folder for all that is kept (default: softshell-detect in the user's cache folder)")
	flag.StringVar(&o.only, "only", "", "this crate only")
	flag.StringVar(&o.class, "class", "", "this class only")
	flag.StringVar(&o.out, "o", "", "file for the tables (default: standard output)")
	flag.BoolVar(&o.verbose, "v", false, "list the findings of the row's class in each version")
	flag.IntVar(&o.jobs, "j", runtime.NumCPU(), "versions at once")
	flag.DurationVar(&o.timeout, "timeout", 5*time.Minute, "limit for one version")
	flag.StringVar(&o.sample, "sample", "review.md", "with -crates: file for the findings to read")
	flag.IntVar(&o.count, "n", 5, "with -crates: possible findings to read, of each rule")
	flag.StringVar(&o.labels, "labels", "bench/labels.tsv", "with -crates: file of findings that were read")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		if errors.Is(err, context.Canceled) {
			fmt.Fprintln(os.Stderr, "detect: stopped; the next run goes on from here")
			os.Exit(130)
		}
		fmt.Fprintln(os.Stderr, "detect:", err)
		os.Exit(2)
	}
}

// options are the flags.
type options struct {
	pairs, crates, dir, only, class, out string
	sample, labels                       string
	verbose                              bool
	jobs, count                          int
	timeout                              time.Duration
}

func run(ctx context.Context, o options) error {
	if (o.pairs == "") == (o.crates == "") || flag.NArg() > 0 {
		return errors.New("give either -pairs FILE or -crates LIST, and no other arguments")
	}
	if o.dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return err
		}
		o.dir = filepath.Join(cache, "softshell-detect")
	}
	b, err := newBench(ctx, o)
	if err != nil {
		return err
	}
	if o.pairs != "" {
		return runPairs(ctx, b, o)
	}
	return runCrates(ctx, b, o)
}

// output writes the tables where the user wants them; short goes to standard
// output in any case.
func output(o options, long, short func(io.Writer)) error {
	if o.out == "" {
		long(os.Stdout)
		short(os.Stdout)
		return nil
	}
	var text writer
	long(&text)
	short(&text)
	short(os.Stdout)
	return finding.WriteFile(o.out, text)
}

// writer is a text in the making.
type writer []byte

func (w *writer) Write(p []byte) (int, error) {
	*w = append(*w, p...)
	return len(p), nil
}
