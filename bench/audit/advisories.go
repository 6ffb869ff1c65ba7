package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"softshell/audit/advisory"
)

// folder returns the database as a folder; an archive is unpacked.
func (b *bench) folder() (string, error) {
	if info, err := os.Stat(b.db); err != nil || info.IsDir() {
		return b.db, err
	}
	dir := filepath.Join(b.dir, "db")
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return "", err
	}
	if out, err := exec.Command("tar", "-xf", b.db, "-C", dir).CombinedOutput(); err != nil {
		return "", fmt.Errorf("unpack %s: %w\n%s", b.db, err, out)
	}
	if inner, _ := filepath.Glob(filepath.Join(dir, "*", advisory.Crates)); len(inner) == 1 {
		return filepath.Dir(inner[0]), nil
	}
	return dir, nil
}

// verdicts runs the tests that judge every advisory a second and a third time: by
// code that shares nothing with ours, and by the rustsec crate.
func verdicts(b *bench) error {
	dir, err := b.folder()
	if err != nil {
		return err
	}
	const must = "no verdict differs"
	env := append(os.Environ(), "SOFTSHELL_ADVISORY_DB="+dir)
	target := filepath.Join(b.dir, "oracle")
	build := exec.Command("cargo", "build", "--release", "--locked", "--manifest-path", "bench/audit/oracle/Cargo.toml", "--target-dir", target)
	if out, err := build.CombinedOutput(); err != nil {
		b.Skip("verdicts beside the rustsec crate", "cargo cannot build bench/audit/oracle: "+lastLine(out))
	} else {
		env = append(env, "SOFTSHELL_RUSTSEC_ORACLE="+filepath.Join(target, "release", "oracle"))
	}
	test := exec.Command("go", "test", "-count=1", "-v", "-run", "^TestVerdicts", "./audit/advisory")
	test.Env = env
	out, err := test.CombinedOutput()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		return err
	}
	for _, m := range told.FindAllStringSubmatch(string(out), -1) {
		on := "the test's database"
		if m[2] == dir {
			on = "the database"
		}
		b.Add("verdicts "+asked[m[1]]+" on "+on, m[3], must, err == nil)
	}
	if err != nil {
		b.Add("verdicts", lastLine(out), must, false)
		fmt.Fprintf(os.Stderr, "%s", out)
	}
	return nil
}

// told is a figure that a test logs.
var told = regexp.MustCompile(`oracle_test\.go:\d+: (\w+): (\S+): (\d+ advisories, .*)`)

// asked says who gave the answers that ours are compared with.
var asked = map[string]string{
	"plain": "beside a plain second implementation", "osv": "of the same as OSV entries", "rustsec": "beside the rustsec crate",
}

func lastLine(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return lines[len(lines)-1]
}

// loading measures how long a database takes to be there: parsed, and from the index.
func loading(b *bench) error {
	dir, err := b.folder()
	if err != nil {
		return err
	}
	db, err := advisory.Open(context.Background(), advisory.Options{Paths: []string{dir}})
	if err != nil {
		return err
	}
	b.Add("advisories", fmt.Sprintf("%d, %d files that cannot be read", db.Len(), len(db.Problems)), "none unparsed", len(db.Problems) == 0)
	if err := b.load("database", dir, b.rounds); err != nil {
		return err
	}
	many := filepath.Join(b.dir, "many")
	if err := grow(many, db.All(), dir, 100_000); err != nil {
		return err
	}
	return b.load("100,000 files", many, 1)
}

// load opens a database so many times; the best time counts.
func (b *bench) load(what, path string, rounds int) error {
	cache := filepath.Join(b.dir, "cache")
	var cold, warm time.Duration
	for i := range rounds {
		if err := os.RemoveAll(cache); err != nil {
			return err
		}
		for _, best := range []*time.Duration{&cold, &warm} {
			start := time.Now()
			if _, err := advisory.Open(context.Background(), advisory.Options{Paths: []string{path}, Cache: cache}); err != nil {
				return err
			}
			if took := time.Since(start); i == 0 || took < *best {
				*best = took
			}
		}
	}
	b.Add(what+", parsed", cold.Round(time.Millisecond).String(), "", true)
	b.Add(what+", from the index", warm.Round(100*time.Microsecond).String(), "", true)
	return nil
}

// grow makes a database of n files: those at hand again and again, under other ids.
func grow(dir string, all []*advisory.Advisory, from string, n int) error {
	for i := range n {
		a := all[i%len(all)]
		text, err := os.ReadFile(filepath.Join(from, a.File))
		if err != nil {
			return err
		}
		id := fmt.Sprintf("RUSTSEC-%04d-%04d", 3000+i/len(all), i%len(all))
		folder := filepath.Join(dir, advisory.Crates, fmt.Sprintf("p%d", i/3))
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(folder, id+".md"), []byte(strings.Replace(string(text), a.ID, id, 1)), 0o644); err != nil {
			return err
		}
	}
	return nil
}
