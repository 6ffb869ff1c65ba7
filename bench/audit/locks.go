package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"softshell/audit/registry"
)

// applications are crates from the registry that come with their lock file.
var applications = []string{
	"bat@0.26.1", "bottom@0.15.0", "broot@1.62.0", "cargo-audit@0.22.2", "cargo-deny@0.20.2", "cargo-geiger@0.13.0", "du-dust@1.2.7", "eza@0.23.5",
	"fd-find@10.5.0", "git-delta@0.20.1", "gitui@0.28.1", "hyperfine@1.20.0", "just@1.59.0", "mdbook@0.5.4", "miniserve@0.35.0", "nu@0.115.1",
	"procs@0.14.12", "ripgrep@14.1.1", "ripgrep@15.2.0", "starship@1.27.0", "tokei@15.0.0", "watchexec-cli@1.20.5", "zellij@0.45.1", "zoxide@0.10.0",
}

// locks holds the verdicts on real lock files against those of cargo-audit.
func locks(b *bench) error {
	program, err := exec.LookPath("cargo-audit")
	if err != nil {
		b.Skip("verdicts beside cargo-audit", "cargo-audit is not installed")
		return nil
	}
	db, err := b.folder()
	if err != nil {
		return err
	}
	agree, found, read := 0, 0, 0
	for _, app := range applications {
		lock, err := fetched(b.dir, app)
		if err != nil {
			b.Skip("verdicts on "+app, err.Error())
			continue
		}
		theirs, err := theirVerdicts(program, db, lock)
		if err != nil {
			return fmt.Errorf("%s: cargo-audit: %w", app, err)
		}
		ours, err := b.ourVerdicts(db, lock)
		if err != nil {
			return fmt.Errorf("%s: softshell: %w", app, err)
		}
		read++
		found += len(theirs)
		if slices.Equal(ours, theirs) {
			agree++
			continue
		}
		b.Add("verdicts on "+app, "only softshell: "+strings.Join(without(ours, theirs), ", ")+"; only cargo-audit: "+strings.Join(without(theirs, ours), ", "), "the same", false)
	}
	b.Add("lock files with the verdicts of cargo-audit", fmt.Sprintf("%d of %d (%d findings)", agree, read, found), "all, 20 or more", agree == read && read >= 20)
	return nil
}

func without(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}

// fetched is the lock file of a crate, which cargo fetches when it is not there.
func fetched(dir, app string) (string, error) {
	pattern := filepath.Join(registry.CargoHome(), "registry", "src", "*", strings.Replace(app, "@", "-", 1), "Cargo.lock")
	for range 2 {
		if files, _ := filepath.Glob(pattern); len(files) > 0 {
			return files[0], nil
		}
		cmd := exec.Command("cargo", "info", "--quiet", app)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("cargo info: %s", bytes.TrimSpace(out))
		}
	}
	return "", errors.New("the crate has no Cargo.lock")
}

// output runs a program that may end with 1, which says that it found something.
func output(program string, args ...string) ([]byte, error) {
	var out, errs bytes.Buffer
	cmd := exec.Command(program, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		return nil, fmt.Errorf("%w: %s", err, bytes.TrimSpace(errs.Bytes()))
	}
	return out.Bytes(), nil
}

func theirVerdicts(program, db, lock string, more ...string) ([]string, error) {
	out, err := output(program, append([]string{"audit", "--db", db, "--no-fetch", "--json", "--file", lock}, more...)...)
	if err != nil {
		return nil, err
	}
	type match struct {
		Advisory *struct{ ID string }
		Package  struct{ Name, Version string }
	}
	var r struct {
		Vulnerabilities struct{ List []match }
		Warnings        map[string][]match
	}
	if err := json.Unmarshal(out, &r); err != nil {
		return nil, err
	}
	var verdicts []string
	add := func(kind string, list []match) {
		for _, m := range list {
			id := kind
			if m.Advisory != nil {
				id = m.Advisory.ID
			}
			verdicts = append(verdicts, id+" "+m.Package.Name+" "+m.Package.Version)
		}
	}
	add("", r.Vulnerabilities.List)
	for kind, list := range r.Warnings {
		add(kind, list)
	}
	slices.Sort(verdicts)
	return slices.Compact(verdicts), nil
}

func (b *bench) ourVerdicts(db, lock string) ([]string, error) {
	out, err := output(b.softshell, "audit", "--db", db, "--format", "json", "--lockfile", lock, "--cache-dir", filepath.Join(b.dir, "cache"))
	if err != nil {
		return nil, err
	}
	type pack struct{ Name, Version string }
	var r struct {
		Matches []struct {
			Advisory struct{ ID string }
			Package  pack
		}
		Yanked []pack
	}
	if err := json.Unmarshal(out, &r); err != nil {
		return nil, err
	}
	var verdicts []string
	for _, m := range r.Matches {
		verdicts = append(verdicts, m.Advisory.ID+" "+m.Package.Name+" "+m.Package.Version)
	}
	for _, p := range r.Yanked {
		verdicts = append(verdicts, "yanked "+p.Name+" "+p.Version)
	}
	slices.Sort(verdicts)
	return slices.Compact(verdicts), nil
}

// speed measures the audit of lock files with some 500 and 800 packages, and of a
// workspace where cargo is asked what is built, beside cargo-audit on the same file.
func speed(b *bench) error {
	db, err := b.folder()
	if err != nil {
		return err
	}
	cache := filepath.Join(b.dir, "cache")
	for _, app := range []string{"broot@1.62.0", "nu@0.115.1", "cargo-audit@0.22.2"} {
		lock, err := fetched(b.dir, app)
		if err != nil {
			b.Skip("audit of "+app, err.Error())
			continue
		}
		text, err := os.ReadFile(lock)
		if err != nil {
			return err
		}
		what := fmt.Sprintf("the lock file of %s, %d packages", app, bytes.Count(text, []byte("\n[[package]]")))
		theirs := b.beside(db, lock)
		must := "at most 0.3 s, and ahead of cargo-audit"
		ours, err := b.median(b.softshell, "audit", "--db", db, "--cache-dir", cache, "--lockfile", lock)
		if err != nil {
			return err
		}
		b.Add("audit of "+what, ours.String()+theirs.words(), must, theirs.behind(ours) && ours <= 300*time.Millisecond)
		if app != "cargo-audit@0.22.2" {
			continue
		}
		if ours, err = b.median(b.softshell, "audit", "--db", db, "--cache-dir", cache, "--offline", filepath.Dir(lock)); err != nil {
			return err
		}
		b.Add("the same with what is built, warm", ours.String()+theirs.words(), must, theirs.behind(ours) && ours <= 300*time.Millisecond)
	}
	return nil
}

// besides is what cargo-audit took: as people call it, with yanked versions as we have
// them too, and without.
type besides struct{ all, fast time.Duration }

func (b *bench) beside(db, lock string) besides {
	var out besides
	if program, err := exec.LookPath("cargo-audit"); err == nil {
		args := []string{"audit", "--db", db, "--no-fetch", "--file", lock}
		out.all, _ = b.median(program, args...)
		out.fast, _ = b.median(program, append(args, "--no-yanked")...)
	}
	return out
}

func (t besides) words() string {
	if t.all == 0 {
		return ""
	}
	return fmt.Sprintf(" (cargo-audit %v, without yanked versions %v)", t.all, t.fast)
}

func (t besides) behind(ours time.Duration) bool { return t.all == 0 || ours < t.all }

// median is the middle of some measurements, after one that does not count.
func (b *bench) median(program string, args ...string) (time.Duration, error) {
	var all []time.Duration
	for i := range b.rounds + 1 {
		start := time.Now()
		if _, err := output(program, args...); err != nil {
			return 0, err
		}
		if i > 0 {
			all = append(all, time.Since(start))
		}
	}
	slices.Sort(all)
	return all[len(all)/2].Round(time.Millisecond), nil
}
