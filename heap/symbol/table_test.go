package symbol_test

import (
	"bytes"
	"debug/elf"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"softshell/heap/profile"
	"softshell/heap/symbol"
	"softshell/testenv"
)

// builds are the ways in which the programs of the tests are compiled.
var builds = map[string][]string{
	"debug":   {"-g"},
	"release": {"-g", "-O"},
	"v0":      {"-g", "-O", "-Csymbol-mangling-version=v0", "-Clink-arg=-Wl,--compress-debug-sections=zlib"},
	"v0debug": {"-g", "-Csymbol-mangling-version=v0"},
	"dwarf5":  {"-g", "-Zdwarf-version=5"},
	"packed":  {"-g", "-Csplit-debuginfo=packed"},
	"parts":   {"-g", "-Csplit-debuginfo=unpacked", "-Zdwarf-version=5"},
	"lines":   {"-Cdebuginfo=line-tables-only", "-O"},
}

// strips are ways to take a part out of a build.
var strips = map[string][]string{
	"symbols":  {"--strip-debug", "release"},
	"stripped": {"--strip-all", "release"},
	"v0names":  {"--strip-debug", "v0debug"},
}

var compiled sync.Map

// program compiles testdata/NAME.rs in one of the ways, once in a run.
func program(t testing.TB, name, build string) string {
	t.Helper()
	once, _ := compiled.LoadOrStore(name+"-"+build, sync.OnceValues(func() (string, error) {
		out := filepath.Join(folder, name+"-"+build)
		cmd := exec.Command("rustc", append([]string{"--edition=2021", "-o", out, "testdata/" + name + ".rs"}, builds[build]...)...)
		if how := strips[build]; how != nil {
			cmd = exec.Command("strip", how[0], "-o", out, program(t, name, how[1]))
		}
		if strings.Contains(strings.Join(builds[build], " "), "-Z") {
			cmd.Env = append(os.Environ(), "RUSTC_BOOTSTRAP=1") // which changes defaults too
		}
		if msg, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("%s: %v\n%s", cmd.Args[0], err, msg)
		}
		return out, nil
	}))
	file, err := once.(func() (string, error))()
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// folder holds the programs.
var folder string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "symbol")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	folder = dir
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// addresses are places all over a program's code.
func addresses(t testing.TB, file string, n int) []uint64 {
	t.Helper()
	f, err := elf.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	text := f.Section(".text")
	out := make([]uint64, 0, n)
	for i := range n {
		out = append(out, text.Addr+text.Size*uint64(i)/uint64(n))
	}
	return out
}

func resolve(file string, pcs []uint64) *profile.Profile {
	p := &profile.Profile{Modules: []profile.Module{{Path: file}}}
	for _, pc := range pcs {
		p.Locations = append(p.Locations, profile.Location{Offset: pc})
	}
	symbol.Open(p.Modules).Resolve(p)
	return p
}

// TestFramesAreThoseOfAddr2line compares names, files and lines, of inlined
// functions too.
func TestFramesAreThoseOfAddr2line(t *testing.T) {
	if _, err := exec.LookPath("addr2line"); err != nil {
		testenv.Lacks(t, "addr2line (binutils) is not installed")
	}
	for _, build := range []string{"debug", "release", "v0", "dwarf5", "lines"} {
		t.Run(build, func(t *testing.T) {
			t.Parallel()
			file := program(t, "nodes", build)
			pcs := addresses(t, file, 1500)
			want := addr2line(t, file, pcs)
			p := resolve(file, pcs)
			known, wrong := 0, 0
			for i, l := range p.Locations {
				var got []string
				for _, n := range l.Frames {
					f := p.Frames[n]
					got = append(got, fmt.Sprintf("%s %s:%d", f.Linkage, path.Clean(f.File), f.Line))
				}
				if len(want[i]) == 1 && strings.HasPrefix(want[i][0], "??") {
					continue
				}
				known++
				// Without a line addr2line gives the name of the unit as the file.
				if !slices.Equal(got, want[i]) && !strings.HasSuffix(want[i][0], ":0") {
					if wrong++; wrong < 4 {
						t.Logf("%#x:\n%q, addr2line says\n%q", pcs[i], got, want[i])
					}
				}
			}
			if known < 1000 || wrong > known/200 {
				t.Errorf("%d of %d differ", wrong, known)
			}
		})
	}
}

func addr2line(t *testing.T, file string, pcs []uint64) [][]string {
	t.Helper()
	var in bytes.Buffer
	for _, pc := range pcs {
		fmt.Fprintf(&in, "%#x\n", pc)
	}
	cmd := exec.Command("addr2line", "-i", "-f", "-a", "-e", file)
	cmd.Stdin = &in
	text, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var out [][]string
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	for i := 0; i < len(lines); i++ {
		if strings.HasPrefix(lines[i], "0x") {
			out = append(out, nil)
			continue
		}
		place, _, _ := strings.Cut(lines[i+1], " (discriminator")
		file, line, _ := strings.Cut(place, ":")
		if line == "?" {
			line = "0"
		}
		out[len(out)-1] = append(out[len(out)-1], fmt.Sprintf("%s %s:%s", lines[i], path.Clean(file), line))
		i++
	}
	return out
}

// TestNoNameStaysMangled asks for the whole code of each build.
func TestNoNameStaysMangled(t *testing.T) {
	for _, build := range []string{"debug", "release", "v0", "dwarf5", "lines", "symbols", "stripped"} {
		t.Run(build, func(t *testing.T) {
			t.Parallel()
			file := program(t, "nodes", build)
			p := resolve(file, addresses(t, file, 20000))
			for _, f := range p.Frames {
				if strings.HasPrefix(f.Function, "_R") || strings.HasPrefix(f.Function, "_ZN") || strings.Contains(f.Function, "17h") {
					t.Errorf("%s", f.Function)
				}
			}
			want := map[string]string{"symbols": "symbols", "stripped": "none"}[build]
			if want == "" {
				want = "dwarf"
			}
			if got := p.Modules[0].Debug; got != want {
				t.Errorf("level %q, want %q", got, want)
			}
		})
	}
}

// BenchmarkResolve asks for 4,300 addresses of a debug build.
func BenchmarkResolve(b *testing.B) {
	file := program(b, "nodes", "debug")
	pcs := addresses(b, file, 4300)
	for b.Loop() {
		resolve(file, pcs)
	}
}
