package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// pairs are applications with a vulnerable dependency, and what is true of each, by
// hand: a line has the application, the advisory, the package, "runs" or "does not
// run", and why.
//
//go:embed reach.tsv
var pairs string

// pair is a line of pairs.
type pair struct {
	app, id, pack string
	runs          bool
	why           string
}

func readPairs() ([]pair, error) {
	var out []pair
	for line := range strings.Lines(pairs) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(line, "\t")
		if len(f) != 5 || f[3] != "runs" && f[3] != "does not run" || f[4] == "" {
			return nil, fmt.Errorf("reach.tsv: %q is no line of five fields", line)
		}
		out = append(out, pair{f[0], f[1], f[2], f[3] == "runs", f[4]})
	}
	return out, nil
}

// reach holds the verdicts of the call graph against what is true. That code which
// runs is called not reached must not happen; more than half must be decided.
func reach(b *bench) error {
	list, err := readPairs()
	if err != nil {
		return err
	}
	db, err := b.folder()
	if err != nil {
		return err
	}
	results := map[string]map[string]string{}
	all, decided, right := 0, 0, 0
	var wrong []string
	for _, p := range list {
		verdicts, ok := results[p.app]
		if !ok {
			if verdicts, err = b.reached(db, p.app); err != nil {
				b.Skip("reach in "+p.app, err.Error())
			}
			results[p.app] = verdicts
		}
		v := verdicts[p.id+" "+p.pack]
		if v == "" {
			continue
		}
		all++
		truth := "not reached"
		if p.runs {
			truth = "reachable"
		}
		if v != "unknown" {
			decided++
		}
		if v == truth {
			right++
		} else if v != "unknown" {
			b.Add("reach of "+p.id+" in "+p.app, v, truth+": "+p.why, v == "reachable")
		}
		if v == "not reached" && p.runs {
			wrong = append(wrong, p.app+" "+p.id)
		}
	}
	b.Add("pairs of application and vulnerable crate that are decided", fmt.Sprintf("%d of %d, %d of them as by hand", decided, all, right), "60 % of 15 or more", all >= 15 && 10*decided >= 6*all)
	b.Add("code that runs and is called not reached", strings.TrimSpace(fmt.Sprint(len(wrong), " ", strings.Join(wrong, ", "))), "0", len(wrong) == 0)
	return nil
}

// reached is the verdicts on an application's dependencies, by advisory and package.
func (b *bench) reached(db, app string) (map[string]string, error) {
	lock, err := fetched(b.dir, app)
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(b.dir, "reach", app)
	if err := os.CopyFS(dir, os.DirFS(filepath.Dir(lock))); err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	cache := filepath.Join(b.dir, "reach-cache")
	defer os.RemoveAll(cache)
	args := []string{"audit", "--db", db, "--reach", "--format", "json", "--quiet", "--cache-dir", cache, dir}
	if out, err := exec.Command("cargo", "fetch", "--locked", "--manifest-path", filepath.Join(dir, "Cargo.toml")).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("cargo fetch: %s", strings.TrimSpace(string(out)))
	}
	start := time.Now()
	if _, err := output(b.softshell, args...); err != nil {
		return nil, err
	}
	cold := time.Since(start)
	start = time.Now()
	out, err := output(b.softshell, args...)
	if err != nil {
		return nil, err
	}
	b.Add("reach in "+app, fmt.Sprintf("%.1f s cold, %.2f s warm", cold.Seconds(), time.Since(start).Seconds()), "", true)
	var r struct {
		Matches []struct {
			Advisory struct{ ID string }
			Package  struct{ Name string }
			Reach    struct{ Verdict string }
		}
	}
	if err := json.Unmarshal(out, &r); err != nil {
		return nil, err
	}
	verdicts := map[string]string{}
	for _, m := range r.Matches {
		verdicts[m.Advisory.ID+" "+m.Package.Name] = m.Reach.Verdict
	}
	return verdicts, nil
}
