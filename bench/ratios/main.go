// Command ratios measures softshell against `cargo check`, side by side in one
// run on one machine, over a workspace of real crates:
//
//	go run ./bench/ratios [-rounds N] [-softshell BINARY]
//
// The workspace is made of crates that the corpus project has in its lock file,
// as members that depend on each other; what else they need is built before the
// first measurement, for both. A round adds a line to each member's root file
// and removes what the compiler kept of it, so that all of them are compiled anew.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"time"

	"softshell/bench/internal/table"
	"softshell/capture"
	"softshell/check"
	"softshell/effects"
	"softshell/finding"
	"softshell/rule"
	"softshell/rules"
	"softshell/rules/orphanobject"
	"softshell/rules/proxyfield"
	"softshell/rules/rccycle"
)

func main() {
	if capture.WrapperMain() {
		return
	}
	rounds := flag.Int("rounds", 3, "cold measurements of each program")
	binary := flag.String("softshell", "bin/softshell", "the program to measure")
	project := flag.String("project", "bench/corpus/project", "project whose lock file names the crates")
	keep := flag.String("dir", "", "make the workspace here and keep it (default: a temporary folder)")
	flag.Parse()
	ok, err := run(*binary, *project, *keep, *rounds)
	if err != nil {
		fmt.Fprintln(os.Stderr, "ratios:", err)
		os.Exit(2)
	}
	if !ok {
		os.Exit(1)
	}
}

// bench is one workspace under measurement.
type bench struct {
	table.Table
	binary string
	ws     *workspace
	cache  string
}

func run(binary, project, dir string, rounds int) (bool, error) {
	binary, err := filepath.Abs(binary)
	if err != nil {
		return false, err
	}
	if dir == "" {
		if dir, err = os.MkdirTemp("", "softshell-ratios-"); err != nil {
			return false, err
		}
		defer os.RemoveAll(dir)
	}
	ws, err := makeWorkspace(project, filepath.Join(dir, "workspace"))
	if err != nil {
		return false, err
	}
	b := &bench{binary: binary, ws: ws, cache: filepath.Join(dir, "cache")}
	fmt.Printf("workspace of %d crates, %d cores\n", len(ws.roots), runtime.NumCPU())
	for _, step := range []func() error{func() error { return b.cold(rounds) }, b.warm, b.own, b.memory, b.identical} {
		if err := step(); err != nil {
			return false, err
		}
	}
	return b.Write(os.Stdout), nil
}

// softshell runs the program over the workspace; findings are no failure.
func (b *bench) softshell(args ...string) ([]byte, time.Duration, error) {
	cmd := exec.Command(b.binary, append([]string{"check", b.ws.dir, "--workspace", "--quiet", "--fail-on", "never", "--cache-dir", b.cache}, args...)...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	start := time.Now()
	out, err := cmd.Output()
	took := time.Since(start)
	if err != nil {
		return nil, 0, fmt.Errorf("softshell check: %w\n%s", err, errs.String())
	}
	return out, took, nil
}

func (b *bench) cargo() (time.Duration, error) {
	cmd := exec.Command("cargo", "check", "--workspace", "--quiet")
	cmd.Dir = b.ws.dir
	cmd.Env = append(os.Environ(), "RUSTFLAGS=--cap-lints=allow")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	start := time.Now()
	if err := cmd.Run(); err != nil {
		return 0, fmt.Errorf("cargo check: %w\n%s", err, errs.String())
	}
	return time.Since(start), nil
}

// cold compares a check of everything that changed.
func (b *bench) cold(rounds int) error {
	if _, err := b.cargo(); err != nil { // builds what is not a member
		return err
	}
	if _, _, err := b.softshell(); err != nil {
		return err
	}
	var plain, ours, ratios []float64
	for n := range rounds {
		for _, side := range []int{n % 2, 1 - n%2} { // neither is always first
			if err := b.forget(); err != nil {
				return err
			}
			var took time.Duration
			var err error
			if side == 0 {
				took, err = b.cargo()
				plain = append(plain, took.Seconds())
			} else {
				_, took, err = b.softshell()
				ours = append(ours, took.Seconds())
			}
			if err != nil {
				return err
			}
		}
		ratios = append(ratios, ours[n]/plain[n])
		fmt.Printf("round %d: cargo check %.2f s, softshell check %.2f s, ratio %.2f\n", n+1, plain[n], ours[n], ratios[n])
	}
	b.Add("cold, dependencies built: times cargo check", fmt.Sprintf("%.2f (%.2f s, %.2f s)", median(ratios), median(ours), median(plain)), "<= 2.0", median(ratios) <= 2)
	return nil
}

// forget makes every member new to both: its source changes, and what the
// compiler kept of its last compilation goes.
func (b *bench) forget() error {
	kept, err := filepath.Glob(filepath.Join(b.cache, "*", "ws", "*", "target", "*", "incremental"))
	if err != nil {
		return err
	}
	for _, dir := range append(kept, filepath.Join(b.ws.dir, "target", "debug", "incremental")) {
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
	return b.ws.touch()
}

// warm measures a run with nothing changed.
func (b *bench) warm() error {
	if err := b.settle(); err != nil {
		return err
	}
	var took []float64
	for range 7 {
		_, t, err := b.softshell()
		if err != nil {
			return err
		}
		took = append(took, t.Seconds())
	}
	b.Add(fmt.Sprintf("warm, nothing changed, %d crates", len(b.ws.roots)), fmt.Sprintf("%.3f s", median(took)), "<= 0.3 s", median(took) <= 0.3)
	return nil
}

// settle makes the cache match the sources.
func (b *bench) settle() error {
	_, _, err := b.softshell()
	return err
}

// own measures the analysis alone, on one core: from the MIR text to findings,
// with no result of an earlier run. What rustdoc says of a crate is read in the
// form in which it is kept since rustdoc ran; the first round makes that form,
// since this is another program than the one that filled the cache.
func (b *bench) own() error {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	models, err := effects.Load()
	if err != nil {
		return err
	}
	c := capture.New()
	build, err := c.Run(context.Background(), capture.Options{Path: b.ws.dir, Workspace: true, CacheDir: b.cache})
	if err != nil {
		return err
	}
	if build.CompileFailed {
		return errors.New(build.Errors)
	}
	var sizes []float64
	for _, u := range build.Units {
		if info, err := os.Stat(u.MIR); u.MIR != "" && err == nil {
			sizes = append(sizes, float64(info.Size())/1e6)
		}
	}
	for _, set := range []struct {
		name  string
		rules []*rule.Rule
		goal  float64 // milliseconds
	}{{"leak rules", leakRules(), 10}, {"all rules", byDefault(), 15}} {
		var all, middle []float64
		var size int64
		for range 3 {
			start := time.Now()
			a, err := check.Analyse(context.Background(), check.Input{Build: build, Capturer: c, Rules: set.rules, Models: models, Weakest: finding.Likely, Fresh: true, Jobs: 1})
			if err != nil {
				return err
			}
			all, size = append(all, time.Since(start).Seconds()), a.Stats.MIRBytes
			var took []float64
			for _, t := range a.Took {
				took = append(took, t.Seconds()*1e3)
			}
			middle = append(middle, median(took))
		}
		speed := float64(size) / 1e6 / slices.Min(all)
		b.Add(fmt.Sprintf("%s, median package (%.1f MB)", set.name, median(sizes)), fmt.Sprintf("%.1f ms", slices.Min(middle)), fmt.Sprintf("<= %.0f ms", set.goal), slices.Min(middle) <= set.goal)
		b.Add(fmt.Sprintf("%s, %.0f MB of MIR, one core", set.name, float64(size)/1e6), fmt.Sprintf("%.0f MB/s", speed), ">= 20 MB/s", speed >= 20)
	}
	return nil
}

// memory compares softshell's own peak with the largest MIR text, in a run that
// analyses everything.
func (b *bench) memory() error {
	const results = "*/results" // below the cache
	stored, err := filepath.Glob(filepath.Join(b.cache, results))
	if err != nil {
		return err
	}
	if len(stored) == 0 {
		return fmt.Errorf("measure memory: no %s in the cache %s: what earlier runs found cannot be removed, and would be shown again without an analysis", results, b.cache)
	}
	for _, dir := range stored {
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
	out, _, err := b.softshell("--format", "json", "--stats")
	if err != nil {
		return err
	}
	var r struct {
		Stats    finding.Stats
		Coverage finding.Coverage
	}
	if err := json.Unmarshal(out, &r); err != nil {
		return err
	}
	largest := int64(0)
	for _, c := range r.Coverage.Crates {
		largest = max(largest, c.MIRBytes)
	}
	times := float64(r.Stats.PeakMemory) / float64(largest)
	b.Add(fmt.Sprintf("peak memory, largest MIR text %.1f MB", float64(largest)/1e6), fmt.Sprintf("%.1f x (%.0f MB)", times, float64(r.Stats.PeakMemory)/1e6), "<= 4 x", times <= 4)
	return nil
}

// identical compares the output at one job and at all cores.
func (b *bench) identical() error {
	same := true
	for _, format := range []string{"text", "json", "sarif"} {
		one, _, err := b.softshell("--format", format, "-j", "1")
		if err != nil {
			return err
		}
		many, _, err := b.softshell("--format", format, "-j", strconv.Itoa(max(4, runtime.NumCPU())))
		if err != nil {
			return err
		}
		same = same && bytes.Equal(one, many)
	}
	b.Add("output at -j 1 and at -j N", map[bool]string{true: "identical", false: "differs"}[same], "identical", same)
	return nil
}

// byDefault lists the rules that run unless the user says otherwise.
func byDefault() []*rule.Rule {
	return slices.DeleteFunc(rules.All(), func(r *rule.Rule) bool { return !r.Default })
}

// leakRules are the rules of a default run that look for memory which is never
// given back; these came first, and have a goal of their own.
func leakRules() []*rule.Rule {
	return []*rule.Rule{orphanobject.Rule, proxyfield.Rule, rccycle.Rule}
}

func median(list []float64) float64 {
	list = slices.Sorted(slices.Values(list))
	if len(list) == 0 {
		return 0
	}
	return list[len(list)/2]
}
