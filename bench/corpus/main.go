// Command corpus runs the analysis over a graph of real crates and prints a
// table: what was parsed, what was resolved, what was found, how long it took.
// Each body is printed again and compared with its text.
//
//	go run ./bench/corpus [-project DIR] [-o FILE] [-findings]
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"sync"
	"time"

	"softshell/capture"
	"softshell/check"
	"softshell/effects"
	"softshell/finding"
	"softshell/mir"
	"softshell/rule"
	"softshell/rules"
)

func main() {
	if capture.WrapperMain() {
		return
	}
	project := flag.String("project", "bench/corpus/project", "cargo project whose dependencies are analysed")
	out := flag.String("o", "", "file for the table (default: standard output)")
	cache := flag.String("cache", "", "cache folder")
	list := flag.Bool("findings", false, "list the findings too")
	all := flag.Bool("all", false, "run the rules too that are off by default")
	flag.Parse()
	c := &corpus{project: *project, cache: *cache, list: *list}
	for _, r := range rules.All() {
		if *all || r.Default {
			c.rules = append(c.rules, r)
		}
	}
	if err := c.run(*out); err != nil {
		fmt.Fprintln(os.Stderr, "corpus:", err)
		os.Exit(2)
	}
}

// corpus is one run.
type corpus struct {
	project, cache string
	list           bool
	rules          []*rule.Rule

	build              *capture.Build
	analysis           *check.Analysis
	captured, analysed time.Duration
	same, bodies       int // that print as they were read; of so many
}

func (c *corpus) run(out string) error {
	ctx := context.Background()
	models, err := effects.Load()
	if err != nil {
		return err
	}
	capturer := capture.New()
	start := time.Now()
	c.build, err = capturer.Run(ctx, capture.Options{Path: c.project, Deps: true, Spans: capture.SpansAlways, CacheDir: c.cache})
	if err != nil {
		return err
	}
	if c.build.CompileFailed {
		return fmt.Errorf("the corpus does not compile:\n%s", c.build.Errors)
	}
	c.captured = time.Since(start)
	start = time.Now()
	c.analysis, err = check.Analyse(ctx, check.Input{Build: c.build, Capturer: capturer, Rules: c.rules, Models: models, Deps: true, Fresh: true})
	if err != nil {
		return err
	}
	c.analysed = time.Since(start)
	if err := c.roundTrip(); err != nil {
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
	c.table(w)
	if c.list {
		c.findings(w)
	}
	return nil
}

// roundTrip prints each body again and counts those that give their text back.
func (c *corpus) roundTrip() error {
	var mu sync.Mutex
	var wg sync.WaitGroup
	var first error
	room := make(chan struct{}, runtime.GOMAXPROCS(0))
	for _, u := range c.build.Units {
		if u.MIR == "" {
			continue
		}
		wg.Add(1)
		room <- struct{}{}
		go func() {
			defer func() { <-room; wg.Done() }()
			stats, err := verify(u.MIR)
			mu.Lock()
			defer mu.Unlock()
			if c.same, c.bodies = c.same+stats.Parsed, c.bodies+stats.Bodies; err != nil && first == nil {
				first = err
			}
		}()
	}
	wg.Wait()
	return first
}

func verify(path string) (mir.Stats, error) {
	f, err := os.Open(path)
	if err != nil {
		return mir.Stats{}, err
	}
	defer f.Close()
	r := mir.NewReader(f)
	r.Verify = true
	for {
		if _, err := r.Next(); err == io.EOF {
			return r.Stats(), nil
		} else if err != nil {
			return r.Stats(), err
		}
	}
}

// table prints the totals and one line a crate.
func (c *corpus) table(w io.Writer) {
	byGrade := map[string][3]int{}
	total := [3]int{}
	for _, f := range c.analysis.Findings {
		n := byGrade[f.Crate]
		n[f.Grade]++
		byGrade[f.Crate] = n
		total[f.Grade]++
	}
	s := c.analysis.Stats
	took := slices.Sorted(slices.Values(c.analysis.Took))
	fmt.Fprintf(w, "# %d real crates\n\n", len(c.analysis.Coverage.Crates))
	fmt.Fprintf(w, "Made by `make corpus` with rustc %s on %d cores. All crates that `bench/corpus/project`\ndepends on, checked as with `--deps`, with source positions.\n\n", c.build.Toolchain.Version, runtime.NumCPU())
	fmt.Fprintln(w, "| what | figure |")
	fmt.Fprintln(w, "|---|---:|")
	fmt.Fprintf(w, "| bodies parsed | %d of %d (%.3f %%) |\n", s.Parsed, s.Bodies, percent(s.Parsed, s.Bodies))
	fmt.Fprintf(w, "| bodies that print as they were read | %d of %d (%.3f %%) |\n", c.same, c.bodies, percent(c.same, c.bodies))
	fmt.Fprintf(w, "| types unresolved | %d of %d (%.2f %%) |\n", s.Unresolved, s.Types, percent(s.Unresolved, s.Types))
	fmt.Fprintf(w, "| resources given up | %d |\n", s.GaveUp)
	fmt.Fprintf(w, "| findings `likely`, `possible` | %d, %d |\n", total[finding.Likely], total[finding.Possible])
	fmt.Fprintf(w, "| MIR | %.0f MB |\n", float64(s.MIRBytes)/1e6)
	fmt.Fprintf(w, "| analysis, all cores | %.1f s (%.0f MB/s) |\n", c.analysed.Seconds(), float64(s.MIRBytes)/1e6/c.analysed.Seconds())
	fmt.Fprintf(w, "| analysis of a crate, median | %.0f ms |\n", took[len(took)/2].Seconds()*1e3)
	fmt.Fprintln(w, "\n| crate | version | lines | bodies | parsed | MIR | types | unresolved | likely | possible |")
	fmt.Fprintln(w, "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|")
	for _, cr := range c.analysis.Coverage.Crates {
		n := byGrade[cr.Crate]
		fmt.Fprintf(w, "| %s | %s | %d | %d | %d | %.1f MB | %d | %d | %d | %d |\n", cr.Crate, cr.Version, cr.Lines, cr.Bodies, cr.Analysed,
			float64(cr.MIRBytes)/1e6, cr.Types, cr.Unresolved, n[finding.Likely], n[finding.Possible])
	}
}

func (c *corpus) findings(w io.Writer) {
	fmt.Fprintln(w)
	for _, f := range c.analysis.Findings {
		fmt.Fprintf(w, "%s %s %s:%d:%d %s [%s] %s\n", f.Grade, f.Rule, f.Primary.File, f.Primary.Line, f.Primary.Col, f.Crate, f.Item, f.Title)
		for _, s := range f.Trace {
			fmt.Fprintf(w, "      %d:%d %s\n", s.Span.Line, s.Span.Col, s.Text)
		}
	}
}

func percent(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return 100 * float64(n) / float64(of)
}
