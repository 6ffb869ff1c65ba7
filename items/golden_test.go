package items

import (
	"bytes"
	"cmp"
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/shapes.golden anew")

// toolchains lists what rustup has, "" (the rustdoc on the PATH) without rustup.
func toolchains(t testing.TB) []string {
	t.Helper()
	if out, err := exec.Command("rustup", "toolchain", "list").Output(); err == nil {
		var names []string
		for line := range strings.Lines(string(out)) {
			if name := strings.Fields(line); len(name) > 0 && name[0] != "no" { // "no installed toolchains"
				names = append(names, name[0])
			}
		}
		return names
	}
	if _, err := exec.LookPath("rustdoc"); err == nil {
		return []string{""}
	}
	return nil
}

// document returns rustdoc's JSON of testdata/shapes.rs.
func document(t testing.TB, toolchain string) []byte {
	t.Helper()
	var args []string
	if toolchain != "" {
		args = append(args, "+"+toolchain)
	}
	if out, err := exec.Command("rustdoc", append(args, "--version")...).CombinedOutput(); err != nil {
		t.Skipf("no rustdoc: %v\n%s", err, out)
	}
	dir := t.TempDir()
	args = append(args, "-Zunstable-options", "--output-format", "json", "--document-private-items", "--document-hidden-items",
		"--cap-lints", "allow", "--crate-type", "lib", "--edition", "2024", "-o", dir, "shapes.rs")
	cmd := exec.CommandContext(context.Background(), "rustdoc", args...)
	cmd.Dir = "testdata"
	cmd.Env = append(os.Environ(), "RUSTC_BOOTSTRAP=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
	data, err := os.ReadFile(filepath.Join(dir, "shapes.json"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestGolden decodes what each toolchain at hand makes of testdata/shapes.rs:
// the text is the same for all of them.
func TestGolden(t *testing.T) {
	const golden = "testdata/shapes.golden"
	all := toolchains(t)
	if len(all) == 0 {
		t.Fatal("no Rust toolchain; make setup says how to get one")
	}
	var read atomic.Int32
	t.Cleanup(func() {
		if read.Load() == 0 && !t.Failed() {
			t.Error("no toolchain at hand has a rustdoc")
		}
	})
	for i, toolchain := range all {
		t.Run(cmp.Or(toolchain, "rustdoc"), func(t *testing.T) {
			write := *update && i == 0
			if !write {
				t.Parallel()
			}
			c, err := Decode(bytes.NewReader(document(t, toolchain)), "")
			if err != nil {
				t.Fatal(err)
			}
			read.Add(1)
			if !c.Tested() {
				t.Logf("format_version %d is none that Decode was tried with", c.Format)
			}
			got := text(c)
			if write {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("not as in %s (go test ./items -update writes it anew):\n%s", golden, difference(string(want), got))
			}
		})
	}
}

// difference lists the lines that only one of two texts has.
func difference(want, got string) string {
	count := map[string]int{}
	for line := range strings.Lines(got) {
		count[line]++
	}
	var b strings.Builder
	for line := range strings.Lines(want) {
		if count[line]--; count[line] < 0 {
			b.WriteString("- " + line)
		}
	}
	for line := range strings.Lines(got) {
		if count[line] > 0 {
			count[line]--
			b.WriteString("+ " + line)
		}
	}
	if b.Len() == 0 {
		return "the same lines in another order"
	}
	return b.String()
}

// text prints a Crate for people to read, all of it but the format.
func text(c *Crate) string {
	p := printer{}
	p.line("crate %s", c.Name)
	p.section("types", len(c.Types), func(i int) { p.adt(c.Types[i]) })
	p.section("type aliases", len(c.TypeAliases), func(i int) {
		a := c.TypeAliases[i]
		p.line("type %s%s = %s", a.Path, generics(a.Generics), a.Type)
	})
	p.section("traits", len(c.Traits), func(i int) {
		tr := c.Traits[i]
		p.line("%strait %s%s { %s }", word("unsafe", tr.Unsafe), tr.Path, strings.TrimSuffix(": "+strings.Join(tr.Bounds, " + "), ": "), strings.Join(tr.Methods, ", "))
		for _, a := range tr.Assoc {
			p.line("    type %s", strings.TrimSuffix(a.Name+": "+strings.Join(a.Bounds, " + "), ": "))
		}
	})
	p.section("impls", len(c.Impls), func(i int) { p.impl(i, c.Impls[i]) })
	p.section("functions", len(c.Fns), func(i int) { p.fn(c.Fns[i]) })
	p.section("statics", len(c.Statics), func(i int) {
		s := c.Statics[i]
		p.line("static %s%s: %s%s", word("mut", s.Mut), s.Path, s.Type, at(s.Span))
	})
	p.section("other names", 1, func(int) {
		for _, from := range slices.Sorted(maps.Keys(c.Aliases)) {
			p.line("%s -> %s", from, c.Aliases[from])
		}
		for _, g := range c.Globs {
			p.line("%s::* -> %s::*", g.In, g.Target)
		}
	})
	return p.String()
}

type printer struct{ strings.Builder }

func (p *printer) line(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

func (p *printer) section(name string, n int, f func(i int)) {
	p.line("\n== %s", name)
	for i := range n {
		f(i)
	}
}

// word returns s and a space when it is to be said.
func word(s string, say bool) string {
	if say {
		return s + " "
	}
	return ""
}

// at prints a span; the file is not said where it is the one expected.
func at(s Span) string {
	file := s.File
	if file == "shapes.rs" {
		file = ""
	}
	return fmt.Sprintf("  @%s%d:%d-%d:%d", file, s.Line, s.Col, s.EndLine, s.EndCol)
}

func generics(gs []Generic) string {
	var parts []string
	for _, g := range gs {
		s := word(g.Kind, g.Kind != "type") + g.Name
		if len(g.Bounds) > 0 {
			s += ": " + strings.Join(g.Bounds, " + ")
		}
		if g.Default != "" {
			s += " = " + g.Default
		}
		parts = append(parts, s)
	}
	if parts == nil {
		return ""
	}
	return "<" + strings.Join(parts, ", ") + ">"
}

func where(w []string) string {
	if w == nil {
		return ""
	}
	return " where " + strings.Join(w, ", ")
}

func (p *printer) adt(a *ADT) {
	p.line("")
	for _, at := range a.Attrs {
		p.line("#[%s]", at)
	}
	p.line("%s%s %s%s%s%s", word("pub", a.Public), a.Kind, a.Path, generics(a.Generics), where(a.Where), at(a.Span))
	for _, v := range a.Variants {
		p.line("    %s%s", v.Name, strings.TrimSuffix(" = "+v.Discr, " = "))
		for _, f := range v.Fields {
			p.line("        %s%s: %s%s", word("pub", f.Public), f.Name, f.Type, at(f.Span))
		}
	}
}

func (p *printer) impl(i int, im *Impl) {
	head := im.Self
	if im.Trait != "" {
		not := ""
		if im.Negative {
			not = "!"
		}
		head = not + im.Trait + " for " + head
	}
	p.line("\n%d: %simpl%s %s%s%s", i, word("derived", im.Derived), generics(im.Generics), head, where(im.Where), at(im.Span))
	for _, a := range im.Assoc {
		p.line("    type %s = %s", a.Name, a.Type)
	}
	if im.Methods != nil {
		p.line("    fn %s", strings.Join(im.Methods, ", "))
	}
}

func (p *printer) fn(f *Fn) {
	var in []string
	for i, t := range f.Inputs {
		if i == 0 && f.SelfArg {
			t = "self: " + t
		}
		in = append(in, t)
	}
	from := ""
	if f.Impl >= 0 {
		from = fmt.Sprintf("  (impl %d)", f.Impl)
	}
	abi := ""
	if f.Extern != "" {
		abi = fmt.Sprintf("extern %q ", f.Extern)
	}
	p.line("%s%s%s%s%sfn %s%s(%s) -> %s%s%s%s", word("pub", f.Public), word("foreign", f.Foreign), word("async", f.Async),
		word("unsafe", f.Unsafe), abi, f.Path, generics(f.Generics), strings.Join(in, ", "), f.Output, where(f.Where), from, at(f.Span))
}
