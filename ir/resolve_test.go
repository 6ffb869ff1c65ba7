package ir

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"softshell/mir"
)

// compiled is the MIR of testdata/dep.rs and top.rs, made by the rustc at hand.
func compiled(t *testing.T) (dep, top string) {
	t.Helper()
	out := t.TempDir()
	for _, name := range []string{"dep", "top"} {
		cmd := exec.CommandContext(t.Context(), "rustc", "--edition=2021", "--crate-type=rlib", "-Awarnings", "--emit=mir,metadata", "-Zmir-opt-level=0",
			"-Ztrim-diagnostic-paths=no", "--out-dir", out, name+".rs")
		if name == "top" {
			cmd.Args = append(cmd.Args, "--extern", "dep="+filepath.Join(out, "libdep.rmeta"))
		}
		cmd.Dir = "testdata"
		cmd.Env = append(os.Environ(), "RUSTC_BOOTSTRAP=1")
		if msg, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", cmd, err, msg)
		}
	}
	return filepath.Join(out, "dep.mir"), filepath.Join(out, "top.mir")
}

// fill reads a MIR text into a crate, and gives it the means to read it again.
func fill(t *testing.T, c *Crate, file string) *mir.Reader {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	r := mir.NewReader(strings.NewReader(string(text)))
	var bodies []*mir.Body
	for {
		it, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if b, ok := it.(*mir.Body); ok && !b.Broken {
			bodies = append(bodies, b)
		}
	}
	c.Fill(WholeBodies(bodies), r.Sources(), func(head *mir.Body) (*mir.Body, error) {
		return r.Again(head, string(text[head.At:head.At+head.Size])), nil
	})
	return r
}

// load returns a program of both crates.
func load(t *testing.T, budget int64) (p *Program, dep, top *Crate) {
	t.Helper()
	depMIR, topMIR := compiled(t)
	p = NewProgram(budget)
	dep = p.Declare("dep", "testdata", nil)
	top = p.Declare("top", "testdata", []*Crate{dep})
	fill(t, dep, depMIR)
	fill(t, top, topMIR)
	return p, dep, top
}

func named(t *testing.T, c *Crate, name string) *Func {
	t.Helper()
	for _, f := range c.Funcs {
		if f.Name == name {
			return f
		}
	}
	t.Fatalf("crate %s has no %s", c.Name, name)
	return nil
}

// TestResolve compares the calls of two functions, in their order, with what
// the source says behind `//=`.
func TestResolve(t *testing.T) {
	_, _, top := load(t, 0)
	text, err := os.ReadFile("testdata/top.rs")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"generic", "calls"} {
		_, rest, _ := strings.Cut(string(text), "\nfn "+name)
		source, _, _ := strings.Cut(rest, "\n}")
		var want, got []string
		for line := range strings.Lines(source) {
			for _, w := range strings.Split(line, "//=")[1:] {
				want = append(want, strings.TrimSpace(w))
			}
		}
		code := named(t, top, name).Code()
		for _, b := range code.CFG.RPO {
			c := code.Calls[b]
			switch {
			case code.Body.Blocks[b].Cleanup || c == nil:
			case c.Target == nil:
				got = append(got, "none")
			default:
				got = append(got, c.Target.Name)
			}
		}
		slices.Sort(want) // what stands in one line is called in either order
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: calls lead to\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}
