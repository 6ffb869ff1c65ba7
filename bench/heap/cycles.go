package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"softshell/heap/profile"
)

// seeds is a program whose cases leave cycles and say how many.
type seeds struct{ name, exe string }

// cycles records all cases of the programs that seed cycles of reference counts.
func (b *bench) cycles() error {
	std := filepath.Join(b.dir, "cycles")
	build := exec.Command("rustc", "--edition", "2021", "-A", "warnings", "-O", "-g", "-o", std, filepath.Join("heap", "graph", "testdata", "programs", "cycles.rs"))
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build cycles.rs: %w\n%s", err, out)
	}
	programs := []seeds{{"std", std}}
	if crates, err := b.program("crates"); err == nil {
		programs = append(programs, seeds{"tokio, futures, petgraph, slotmap, lru and others", crates})
	} else {
		b.Skip("cycles of crates", "they could not be built: "+err.Error())
	}
	for _, s := range programs {
		if err := b.seeded(s); err != nil {
			return err
		}
	}
	return b.manyCycles(std)
}

// seeded compares, case for case, what was found with what was left.
func (b *bench) seeded(s seeds) error {
	list, err := exec.Command(s.exe).Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) { // without a case it lists them, and fails
		return err
	}
	names := strings.Fields(string(list))
	seeded, missed, wrong := 0, 0, 0
	for _, name := range names {
		_, out, err := b.time(b.ours(s.exe, name, "20")...)
		if err != nil {
			return err
		}
		want, err := strconv.Atoi(strings.TrimSpace(out))
		if err != nil {
			return fmt.Errorf("%s %s: %w", s.exe, name, err)
		}
		got, err := b.found()
		if err != nil {
			return err
		}
		if got != want {
			fmt.Fprintf(os.Stderr, "%s %s 20: %d cycles seeded, %d found\n", filepath.Base(s.exe), name, want, got)
		}
		seeded += want
		missed += max(want-got, 0)
		wrong += max(got-want, 0)
	}
	b.Add(fmt.Sprintf("cycles in %d cases: %s", len(names), s.name), fmt.Sprintf("%d seeded, %d missed, %d false", seeded, missed, wrong),
		"0 missed, 0 false", len(names) > 0 && seeded > 0 && missed == 0 && wrong == 0)
	return nil
}

// found is the number of cycles in the profile that was written last.
func (b *bench) found() (int, error) {
	p, err := profile.ReadFile(filepath.Join(b.dir, "bench.profile"))
	if err != nil {
		return 0, err
	}
	n := 0
	for i := range p.Cycles {
		n += int(p.Cycles[i].Count)
	}
	return n, nil
}

// manyCycles measures what 60,000 cycles add to a run: the whole of it, with the
// program, the reading of its memory and the profile.
func (b *bench) manyCycles(exe string) error {
	const n = 60_000
	var took []timed
	for range b.rounds {
		t, _, err := b.time(b.ours(exe, "rc-pair", strconv.Itoa(n))...)
		if err != nil {
			return err
		}
		got, err := b.found()
		if err != nil {
			return err
		}
		if got != n {
			return fmt.Errorf("%d of %d cycles found", got, n)
		}
		took = append(took, t)
	}
	t := median(took, wall)
	b.Add("60,000 cycles found, the whole run", t.Round(time.Millisecond).String(), "<= 500ms", t <= 500*time.Millisecond)
	return nil
}

// report measures how long a report of a large debug build takes: a run of the
// program with it, less one without.
func (b *bench) report() error {
	target := filepath.Join(b.dir, "target")
	cmd := exec.Command("cargo", "build", "--offline", "--target-dir", target, "--manifest-path", filepath.Join("bench", "heap", "programs", "crates", "Cargo.toml"))
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Skip("report of a debug build", "crates could not be built: "+strings.TrimSpace(string(out)))
		return nil
	}
	exe := filepath.Join(target, "debug", "crates")
	info, err := os.Stat(exe)
	if err != nil {
		return err
	}
	var plain, with []timed
	for range b.rounds {
		p, _, err := b.time(exe, "tokio-threads", "20")
		if err != nil {
			return err
		}
		t, _, err := b.time(append([]string{b.softshell, "heap", "-o", filepath.Join(b.dir, "bench.profile"), "--"}, exe, "tokio-threads", "20")...)
		if err != nil {
			return err
		}
		plain, with = append(plain, p), append(with, t)
	}
	t := median(with, wall) - median(plain, wall)
	b.Add(fmt.Sprintf("report of a debug build of %d MB", info.Size()/1_000_000), t.Round(time.Millisecond).String(), "<= 1s", t <= time.Second)
	return nil
}
