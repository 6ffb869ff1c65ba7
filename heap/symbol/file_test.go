package symbol_test

import (
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"softshell/heap/profile"
	"softshell/heap/symbol"
	"softshell/testenv"
)

// run calls a program that the setup needs.
func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if msg, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, msg)
	}
}

// lists are the frames of each location, as text.
func lists(p *profile.Profile) []string {
	var out []string
	for _, l := range p.Locations {
		var s []string
		for _, n := range l.Frames {
			f := p.Frames[n]
			s = append(s, fmt.Sprintf("%s %s:%d", f.Linkage, path.Clean(f.File), f.Line))
		}
		out = append(out, strings.Join(s, " "))
	}
	return out
}

func TestCProgram(t *testing.T) {
	file := filepath.Join(t.TempDir(), "plain")
	run(t, "cc", "-g", "-O2", "-o", file, "testdata/plain.c")
	pcs := addresses(t, file, 400)
	p := resolve(file, pcs)
	inlined := false
	for _, l := range p.Locations {
		var names []string
		for _, n := range l.Frames {
			f := p.Frames[n]
			names = append(names, f.Function)
			if f.Crate != "" {
				t.Errorf("%s: crate %q", f.Function, f.Crate)
			}
			if user := slices.Contains([]string{"main", "list", "item"}, f.Function); user == f.System {
				t.Errorf("%s: system is %v", f.Function, f.System)
			}
		}
		inlined = inlined || slices.Equal(names, []string{"item", "list"})
	}
	if !inlined {
		t.Error("item was not seen inlined in list")
	}
	if _, err := exec.LookPath("addr2line"); err != nil {
		testenv.Lacks(t, "addr2line (binutils) is not installed")
	}
	for i, want := range addr2line(t, file, pcs) {
		if got := lists(p)[i]; len(want) > 0 && !strings.HasPrefix(want[0], "??") && !strings.HasSuffix(want[0], ":0") && got != strings.Join(want, " ") {
			t.Errorf("%#x: %q, addr2line says %q", pcs[i], got, want)
		}
	}
}

// TestSeparateDebugFile strips a program, and leaves the debug information beside
// it.
func TestSeparateDebugFile(t *testing.T) {
	whole := program(t, "nodes", "release")
	dir := t.TempDir()
	file, debug := filepath.Join(dir, "nodes"), filepath.Join(dir, "nodes.debug")
	run(t, "objcopy", "--only-keep-debug", whole, debug)
	run(t, "objcopy", "--strip-all", "--add-gnu-debuglink="+debug, whole, file)
	pcs := addresses(t, whole, 300)
	want := lists(resolve(whole, pcs))
	if got := lists(resolve(file, pcs)); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	// Another file of that name is not believed.
	run(t, "objcopy", "--only-keep-debug", program(t, "nodes", "debug"), debug)
	if p := resolve(file, pcs); p.Modules[0].Debug != "none" {
		t.Errorf("level %q with the debug information of another build", p.Modules[0].Debug)
	}
}

func TestOtherBuildIsNotBelieved(t *testing.T) {
	file := filepath.Join(t.TempDir(), "plain")
	run(t, "cc", "-g", "-Wl,--build-id", "-o", file, "testdata/plain.c")
	pcs := addresses(t, file, 50)
	p := resolve(file, pcs)
	if p.Modules[0].BuildID == "" || len(p.Frames) == 0 {
		t.Fatalf("%+v, %d frames", p.Modules[0], len(p.Frames))
	}
	p.Modules[0].BuildID = "0123"
	symbol.Open(p.Modules).Resolve(p)
	if p.Modules[0].Debug != "none" || len(p.Frames) > 0 {
		t.Errorf("%+v, %d frames", p.Modules[0], len(p.Frames))
	}
}

// TestUnreadableFiles are given less, or nothing.
func TestUnreadableFiles(t *testing.T) {
	whole := program(t, "nodes", "release")
	data, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	pcs := addresses(t, whole, 100)
	dir := t.TempDir()
	for i, n := range []int{0, 3, 64, 5000, len(data) / 3, len(data) / 2, len(data) - 5000} {
		file := filepath.Join(dir, fmt.Sprint(i))
		if err := os.WriteFile(file, data[:n], 0o755); err != nil {
			t.Fatal(err)
		}
		resolve(file, pcs)
	}
	for _, file := range []string{filepath.Join(dir, "missing"), dir, "/dev/null", "[vdso]", ""} {
		if p := resolve(file, pcs); len(p.Frames) > 0 || p.Modules[0].Debug != "none" {
			t.Errorf("%q: %+v", file, p.Modules[0])
		}
	}
}

// TestFileIsCutWhileItIsRead has the pages of the file vanish.
func TestFileIsCutWhileItIsRead(t *testing.T) {
	data, err := os.ReadFile(program(t, "nodes", "debug"))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "nodes")
	if err := os.WriteFile(file, data, 0o755); err != nil {
		t.Fatal(err)
	}
	pcs := addresses(t, file, 300)
	p := &profile.Profile{Modules: []profile.Module{{Path: file}}}
	for _, pc := range pcs {
		p.Locations = append(p.Locations, profile.Location{Offset: pc})
	}
	table := symbol.Open(p.Modules)
	p.Locations = p.Locations[:1]
	table.Resolve(p)
	if err := os.Truncate(file, 4096); err != nil {
		t.Fatal(err)
	}
	p.Locations = p.Locations[:len(pcs)]
	table.Resolve(p)
	table.TypeOf(p.Locations, 40)
}

// TestSplitDebugInformation compares with the same program in one piece: its code
// is the same.
func TestSplitDebugInformation(t *testing.T) {
	for _, c := range []struct{ split, whole string }{{"packed", "debug"}, {"parts", "dwarf5"}} {
		whole, file := program(t, "nodes", c.whole), program(t, "nodes", c.split)
		var pcs []uint64
		w := resolve(whole, addresses(t, whole, 3000))
		for _, l := range w.Locations {
			for _, n := range l.Frames {
				if w.Frames[n].Crate == "nodes" {
					pcs = append(pcs, l.Offset)
					break
				}
			}
		}
		want, got := lists(resolve(whole, pcs)), lists(resolve(file, pcs))
		if len(pcs) < 5 || !slices.Equal(got, want) {
			t.Errorf("%s, %d addresses: %q, want %q", c.split, len(pcs), got, want)
		}
	}
}
