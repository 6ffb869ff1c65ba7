package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"softshell/heap/profile"
)

// program builds one of the programs and returns the path of it.
func (b *bench) program(name string) (string, error) {
	cmd := exec.Command("cargo", "build", "--release", "--offline", "--target-dir", filepath.Join(b.dir, "target"),
		"--manifest-path", filepath.Join("bench", "heap", "programs", name, "Cargo.toml"))
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", name, err, out)
	}
	return filepath.Join(b.dir, "target", "release", name), nil
}

// timed is what a command took: on the clock, and of processors.
type timed struct{ wall, cpu time.Duration }

func (b *bench) time(args ...string) (timed, string, error) {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = b.dir
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	start := time.Now()
	if err := cmd.Run(); err != nil {
		return timed{}, "", fmt.Errorf("%s: %w\n%s", strings.Join(args, " "), err, log.Bytes())
	}
	return timed{time.Since(start), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}, out.String(), nil
}

// ours is the command that records args.
func (b *bench) ours(args ...string) []string {
	return append([]string{b.softshell, "heap", "-q", "-o", filepath.Join(b.dir, "bench.profile"), "--"}, args...)
}

func median(of []timed, by func(timed) time.Duration) time.Duration {
	values := make([]time.Duration, len(of))
	for i, t := range of {
		values[i] = by(t)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

func wall(t timed) time.Duration { return t.wall }
func cpu(t timed) time.Duration  { return t.cpu }

// slowdown runs churn natively, under softshell and under heaptrack in turn.
func (b *bench) slowdown() error {
	churn, err := b.program("churn")
	if err != nil {
		return err
	}
	tracker, missing := exec.LookPath("heaptrack")
	for _, c := range []struct {
		threads string
		part    float64 // of heaptrack's slowdown that ours may be
	}{{"1", 5}, {"2", 10}} {
		args := []string{churn, c.threads, strconv.Itoa(b.work)}
		var native, ours, theirs, raw []timed
		for range b.rounds {
			t, out, err := b.time(args...)
			if err != nil {
				return err
			}
			native = append(native, t)
			t, same, err := b.time(b.ours(args...)...)
			if err != nil {
				return err
			}
			if same != out {
				return fmt.Errorf("churn prints %q under softshell, %q without", same, out)
			}
			ours = append(ours, t)
			if missing == nil {
				if t, _, err = b.time(append([]string{tracker, "-o", filepath.Join(b.dir, "heaptrack")}, args...)...); err != nil {
					return err
				}
				theirs = append(theirs, t)
				if t, _, err = b.time(append([]string{tracker, "--raw", "-o", filepath.Join(b.dir, "heaptrack")}, args...)...); err != nil {
					return err
				}
				raw = append(raw, t)
			}
		}
		for _, clock := range []struct {
			name string
			by   func(timed) time.Duration
		}{{"wall", wall}, {"processor time", cpu}} {
			base := float64(median(native, clock.by))
			us := float64(median(ours, clock.by)) / base
			what := fmt.Sprintf("slowdown, %s threads, %s", c.threads, clock.name)
			if missing != nil {
				b.Add(what, fmt.Sprintf("%.2f", us), "heaptrack is not installed", true)
				continue
			}
			times := func(by float64) string { return fmt.Sprintf("%.2f: 1/%.1f of its cost", by, (by-1)/(us-1)) }
			them := float64(median(theirs, clock.by)) / base
			b.Add(what, fmt.Sprintf("%.2f, heaptrack %s (native %v)", us, times(them), time.Duration(base).Round(time.Millisecond)),
				fmt.Sprintf("<= 1/%.0f", c.part), (us-1)*c.part <= them-1)
			// What heaptrack costs when it only writes events, to be read later.
			b.Add(what, fmt.Sprintf("%.2f, heaptrack --raw %s", us, times(float64(median(raw, clock.by))/base)), "", true)
		}
	}
	info, err := os.Stat(filepath.Join(b.dir, "bench.profile"))
	if err != nil {
		return err
	}
	b.Add("size of that profile", fmt.Sprintf("%d KB", info.Size()/1000), "<= 1 MB", info.Size() <= 1_000_000)
	return nil
}

// memory compares the greatest resident size of a program that holds a heap.
func (b *bench) memory() error {
	hold, err := b.program("hold")
	if err != nil {
		return err
	}
	args := []string{hold, strconv.Itoa(b.megabytes)}
	var held, native, ours int64
	if _, out, err := b.time(args...); err != nil {
		return err
	} else if _, err := fmt.Sscan(out, &held, &native); err != nil {
		return err
	}
	if _, out, err := b.time(b.ours(args...)...); err != nil {
		return err
	} else if _, err := fmt.Sscan(out, &held, &ours); err != nil {
		return err
	}
	added, may := (ours-native)<<10, held*6/10+20<<20
	b.Add("added resident memory", fmt.Sprintf("%d MB for a heap of %d MB: %.0f %%", added>>20, held>>20, float64(added)*100/float64(held)),
		fmt.Sprintf("<= 60 %% + 20 MB = %d MB", may>>20), added <= may)
	return nil
}

var heapUsage = regexp.MustCompile(`total heap usage: ([0-9,]+) allocs, ([0-9,]+) frees, ([0-9,]+) bytes allocated`)

// dtvEntry is by how many bytes a thread's table of thread-local data is larger
// with the collector, which has such data: the C library allocates that table.
const dtvEntry = 16

// totals compares counts with valgrind's.
func (b *bench) totals() error {
	churn, err := b.program("churn")
	if err != nil {
		return err
	}
	hold, err := b.program("hold")
	if err != nil {
		return err
	}
	valgrind, err := exec.LookPath("valgrind")
	if err != nil {
		b.Skip("allocations, frees, bytes", "valgrind is not installed")
		return nil
	}
	for _, c := range []struct {
		args    []string
		threads int
	}{
		{[]string{churn, "1", "3000"}, 0}, {[]string{churn, "2", "3000"}, 2}, {[]string{hold, "4"}, 0},
		{[]string{"/bin/ls", "-l", "/"}, 0}, {[]string{"/bin/sort", "/etc/passwd"}, 0},
	} {
		args := c.args
		log, err := exec.Command(valgrind, append([]string{"--run-libc-freeres=no", "--run-cxx-freeres=no"}, args...)...).CombinedOutput()
		if err != nil {
			return fmt.Errorf("valgrind: %w\n%s", err, log)
		}
		m := heapUsage.FindSubmatch(log)
		if m == nil {
			return fmt.Errorf("valgrind does not tell the heap usage:\n%s", log)
		}
		plain := func(group int) string { return strings.ReplaceAll(string(m[group]), ",", "") }
		bytes, err := strconv.Atoi(plain(3))
		if err != nil {
			return err
		}
		want := fmt.Sprintf("%s allocs; %s frees; %d bytes", plain(1), plain(2), bytes+dtvEntry*c.threads)
		if _, _, err := b.time(b.ours(args...)...); err != nil {
			return err
		}
		p, err := profile.ReadFile(filepath.Join(b.dir, "bench.profile"))
		if err != nil {
			return err
		}
		got := fmt.Sprintf("%d allocs; %d frees; %d bytes", p.Run.Allocs, p.Run.Frees, p.Run.Bytes)
		must := "valgrind: " + want
		if c.threads > 0 {
			must += fmt.Sprintf(" (with %d for each thread)", dtvEntry)
		}
		b.Add("totals of "+filepath.Base(args[0])+" "+strings.Join(args[1:], " "), got, must, got == want)
	}
	return nil
}

// stacks runs the test that compares stacks with libunwind's.
func (b *bench) stacks() error {
	out, err := exec.Command("go", "test", "./heap/shim", "-run", "^TestStacks$", "-v", "-count=1").CombinedOutput()
	if bytes.Contains(out, []byte("--- SKIP")) {
		b.Skip("stacks equal to libunwind's", "libunwind is not installed")
		return nil
	}
	if err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	var same, differ int
	for _, m := range regexp.MustCompile(`(\d+) stacks equal, (\d+) not`).FindAllSubmatch(out, -1) {
		s, _ := strconv.Atoi(string(m[1]))
		d, _ := strconv.Atoi(string(m[2]))
		same, differ = same+s, differ+d
	}
	share := float64(same) * 100 / float64(max(same+differ, 1))
	b.Add("stacks equal to libunwind's", fmt.Sprintf("%.3f %% of %d", share, same+differ), ">= 99.9 %", share >= 99.9)
	return nil
}
