package record

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"softshell/heap/inject"
	"softshell/heap/profile"
	"softshell/heap/shim"
	"softshell/heap/view"
)

// bins is where the programs of testdata lie, once made.
var bins = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "softshell-record-*")
	if err != nil {
		return "", err
	}
	library, err := shim.Library(context.Background(), "cc")
	if err == nil {
		_, err = inject.Place(library, []string{dir})
	}
	return dir, err
})

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, err := bins(); err == nil {
		os.RemoveAll(dir)
	}
	os.Exit(code)
}

var making sync.Map // func() error by name

// program makes a program of testdata/programs.
func program(t *testing.T, name string) string {
	t.Helper()
	dir, err := bins()
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, strings.TrimSuffix(name, filepath.Ext(name)))
	src := filepath.Join("testdata", "programs", name)
	once, _ := making.LoadOrStore(name, sync.OnceValue(func() error {
		cmd := exec.Command("cc", "-g", "-O1", "-pthread", "-w", "-o", out, src, "-ldl")
		switch {
		case strings.HasSuffix(name, ".rs"):
			cmd = exec.Command("rustc", "-g", "--edition=2021", "-o", out, src)
		case name == "plugin.c":
			cmd = exec.Command("cc", "-g", "-shared", "-fPIC", "-o", out, src)
		}
		if text, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%v: %w\n%s", cmd.Args, err, text)
		}
		return nil
	}))
	if err := once.(func() error)(); err != nil {
		t.Fatal(err)
	}
	return out
}

// ran is how a run showed itself.
type ran struct {
	out, err string
	code     int
}

// natively runs a command without us.
func natively(argv []string) ran {
	var out, err bytes.Buffer
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stdout, cmd.Stderr = &out, &err
	_ = cmd.Run()
	status := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if status.Signaled() {
		return ran{out.String(), err.String(), 128 + int(status.Signal())}
	}
	return ran{out.String(), err.String(), status.ExitStatus()}
}

// recorded runs a command with the collector in it.
func recording(t *testing.T, o Options) (ran, *Result) {
	t.Helper()
	dir, err := bins()
	if err != nil {
		t.Fatal(err)
	}
	if o.Target, err = inject.Aim(o.Command); err != nil {
		t.Fatal(err)
	}
	library, err := shim.Library(context.Background(), "cc")
	if err != nil {
		t.Fatal(err)
	}
	if o.Library, err = inject.Place(library, []string{dir}); err != nil {
		t.Fatal(err)
	}
	o.Env = append(os.Environ(), o.Env...)
	tmp := t.TempDir()
	for _, f := range []struct {
		file **os.File
		name string
	}{{&o.Stdout, "out"}, {&o.Stderr, "err"}} {
		if *f.file, err = os.Create(filepath.Join(tmp, f.name)); err != nil {
			t.Fatal(err)
		}
		defer (*f.file).Close()
	}
	watch := time.AfterFunc(30*time.Second, func() { panic(fmt.Sprintf("%v hangs", o.Command)) })
	defer watch.Stop()
	r, err := Run(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range r.Profiles {
		if err := p.Check(); err != nil {
			t.Errorf("the profile: %v", err)
		}
	}
	text := func(name string) string {
		b, err := os.ReadFile(filepath.Join(tmp, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	return ran{text("out"), text("err"), r.Code}, r
}

// lost is what nothing holds, and that is not the runtime's own.
func lost(p *profile.Profile) (blocks, bytes int64) {
	v := view.New(p, view.Options{})
	for i := range v.Stacks {
		l := v.Stacks[i].Lost()
		blocks += l.Blocks
		bytes += l.Bytes
	}
	return blocks, bytes
}

// TestPrograms runs all kinds of programs with the collector in them: what they
// print, and how they end, is as without; what they lose is found.
func TestPrograms(t *testing.T) {
	for _, c := range []struct {
		name   string // of the source
		args   []string
		end    profile.End
		status int
		blocks int64 // lost
		bytes  int64
		cycles int64
		memory bool // is read at the end
	}{
		{"threads.rs", nil, profile.Returned, 0, 8, 800, 0, true},
		{"fork.c", nil, profile.Returned, 5, 1, 33, 0, true},
		{"load.c", []string{"PLUGIN"}, profile.Returned, 0, 3, 300, 0, true},
		{"overflow.rs", nil, profile.Signaled, 6, 0, 0, 0, true},
		{"handler.c", nil, profile.Returned, 0, 2, 240, 0, true},
		{"exit.rs", nil, profile.Returned, 21, 7, 1240, 3, true},
		{"spawn.rs", nil, profile.Returned, 0, 0, 0, 0, true},
		{"tight.c", nil, profile.Returned, 0, 10, 330, 0, true},
		{"panic.rs", nil, profile.Returned, 101, 0, 0, 0, true},
		{"ending.c", []string{"return"}, profile.Returned, 9, 5, 50, 0, true},
		{"ending.c", []string{"exit"}, profile.Returned, 10, 5, 50, 0, true},
		{"ending.c", []string{"_exit"}, profile.Returned, 11, 5, 50, 0, true},
		{"ending.c", []string{"quick"}, profile.Returned, 12, 5, 50, 0, true},
		{"ending.c", []string{"raw"}, profile.Returned, 13, 5, 50, 0, false},
		{"ending.c", []string{"abort"}, profile.Signaled, 6, 5, 50, 0, true},
		{"ending.c", []string{"fault"}, profile.Signaled, 11, 5, 50, 0, true},
		{"ending.c", []string{"divide"}, profile.Signaled, 8, 5, 50, 0, true},
		{"ending.c", []string{"term"}, profile.Signaled, 15, 5, 50, 0, true},
		{"ending.c", []string{"interrupt"}, profile.Signaled, 2, 5, 50, 0, true},
		{"ending.c", []string{"kill"}, profile.Killed, 9, 5, 50, 0, false},
		{"ending.c", []string{"exec"}, profile.Replaced, 0, 5, 50, 0, true},
		{"ending.c", []string{"exec-fails"}, profile.Returned, 14, 5, 50, 0, true},
		{"ending.c", []string{"close"}, profile.Returned, 15, 5, 50, 0, true},
		{"ending.c", []string{"thread"}, profile.Returned, 16, 5, 50, 0, true},
	} {
		t.Run(strings.Join(append([]string{c.name}, c.args...), " "), func(t *testing.T) {
			t.Parallel()
			argv := append([]string{program(t, c.name)}, c.args...)
			if c.name == "load.c" {
				argv[1] = program(t, "plugin.c")
			}
			want := natively(argv)
			got, r := recording(t, Options{Command: argv})
			if plain(got) != plain(want) {
				t.Errorf("it ran otherwise:\n%+v\nwithout us:\n%+v", got, want)
			}
			if len(r.Profiles) != 1 {
				t.Fatalf("%d profiles, want 1 (%q)", len(r.Profiles), r.Notes)
			}
			p := r.Profiles[0]
			if p.Run.End != c.end || p.Run.Status != c.status || p.Run.Memory != c.memory {
				t.Errorf("%v %d, memory read: %v; want %v %d, %v; notes: %q", p.Run.End, p.Run.Status, p.Run.Memory, c.end, c.status, c.memory, p.Notes)
			}
			if n := len(p.Timeline); n == 0 || p.Timeline[n-1].At > p.Run.Wall {
				t.Errorf("%d samples, the process ended after %v; they end with %v", n, p.Run.Wall, p.Timeline[max(n-2, 0):])
			}
			if blocks, bytes := lost(p); blocks != c.blocks || bytes != c.bytes {
				t.Errorf("%d blocks of %d bytes were lost, want %d of %d; notes: %q", blocks, bytes, c.blocks, c.bytes, p.Notes)
			}
			cycles := int64(0)
			for i := range p.Cycles {
				cycles += p.Cycles[i].Count
			}
			if cycles != c.cycles {
				t.Errorf("%d cycles, want %d", cycles, c.cycles)
			}
		})
	}
}

var numbers = regexp.MustCompile(`thread '[^']*' \(\d+\)`)

// plain leaves the ids of threads out, which std prints since 1.95.
func plain(r ran) ran {
	r.err = numbers.ReplaceAllString(r.err, "thread")
	return r
}
