// Command corpus runs the analysis over a graph of real crates and prints a
// table: what was parsed, what was resolved, what was found, how long it took.
//
//	go run ./bench/corpus [-project DIR] [-o FILE]
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"softshell/capture"
	"softshell/check"
	"softshell/effects"
	"softshell/finding"
	"softshell/rules"
)

func main() {
	if capture.WrapperMain() {
		return
	}
	project := flag.String("project", "bench/corpus/project", "cargo project whose dependencies are analysed")
	out := flag.String("o", "", "file for the table (default: standard output)")
	list := flag.Bool("findings", false, "list the findings too")
	cache := flag.String("cache", "", "cache folder")
	flag.Parse()
	if err := run(*project, *out, *cache, *list); err != nil {
		fmt.Fprintln(os.Stderr, "corpus:", err)
		os.Exit(2)
	}
}

func run(project, out, cache string, list bool) error {
	ctx := context.Background()
	models, err := effects.Load()
	if err != nil {
		return err
	}
	c := capture.New()
	start := time.Now()
	build, err := c.Run(ctx, capture.Options{Path: project, Deps: true, Spans: capture.SpansAlways, CacheDir: cache})
	if err != nil {
		return err
	}
	if build.CompileFailed {
		return fmt.Errorf("the corpus does not compile:\n%s", build.Errors)
	}
	captured := time.Since(start)
	start = time.Now()
	a, err := check.Analyse(ctx, check.Input{Build: build, Capturer: c, Rules: rules.All(), Models: models, Deps: true, Fresh: true})
	if err != nil {
		return err
	}
	w := io.Writer(os.Stdout)
	if out != "" {
		f, err := os.Create(out)
		if err != nil {
			return err
		}
		defer f.Close()
		w = f
	}
	table(w, build, a, captured, time.Since(start))
	if list {
		for _, f := range a.Findings {
			fmt.Fprintf(w, "%d %s %s:%d:%d %s [%s] %s\n", f.Grade, f.Rule, f.Primary.File, f.Primary.Line, f.Primary.Col, f.Crate, f.Item, f.Title)
			for _, s := range f.Trace {
				fmt.Fprintf(w, "      %d:%d %s\n", s.Span.Line, s.Span.Col, s.Text)
			}
		}
	}
	return nil
}

// table prints one line a crate and the totals.
func table(w io.Writer, build *capture.Build, a *check.Analysis, captured, analysed time.Duration) {
	byGrade := map[string][3]int{}
	for _, f := range a.Findings {
		n := byGrade[f.Crate]
		n[f.Grade]++
		byGrade[f.Crate] = n
	}
	fmt.Fprintf(w, "rustc %s; capture %.1f s, analysis %.1f s\n\n", build.Toolchain.Version, captured.Seconds(), analysed.Seconds())
	fmt.Fprintln(w, "| crate | version | bodies | parsed | MIR | types | unresolved | likely | possible |")
	fmt.Fprintln(w, "|---|---|---:|---:|---:|---:|---:|---:|---:|")
	for _, c := range a.Coverage.Crates {
		n := byGrade[c.Crate]
		fmt.Fprintf(w, "| %s | %s | %d | %d | %.1f MB | %d | %d | %d | %d |\n", c.Crate, c.Version, c.Bodies, c.Analysed,
			float64(c.MIRBytes)/1e6, c.Types, c.Unresolved, n[finding.Likely], n[finding.Possible])
	}
	s := a.Stats
	fmt.Fprintf(w, "\nbodies: %d, parsed: %d (%.3f %%)\n", s.Bodies, s.Parsed, percent(s.Parsed, s.Bodies))
	fmt.Fprintf(w, "types: %d, unresolved: %d (%.2f %%)\n", s.Types, s.Unresolved, percent(s.Unresolved, s.Types))
	fmt.Fprintf(w, "MIR: %.1f MB, %.1f MB/s\n", float64(s.MIRBytes)/1e6, float64(s.MIRBytes)/1e6/analysed.Seconds())
}

func percent(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return 100 * float64(n) / float64(of)
}
