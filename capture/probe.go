package capture

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// State is how far a thing works here.
type State string

// The states.
const (
	StateOK      State = "ok"
	StatePartial State = "partial"
	StateMissing State = "missing"
)

// Ability is one line of the doctor's table.
type Ability struct {
	Name   string `json:"name"`
	State  State  `json:"state"`
	Detail string `json:"detail"`
	Do     string `json:"do,omitempty"` // what to do about it
}

// Doctor is what this machine and its toolchain support.
type Doctor struct {
	Toolchain  Toolchain `json:"toolchain"`
	Toolchains []string  `json:"toolchains"` // that rustup knows
	Abilities  []Ability `json:"abilities"`
}

// Works reports whether `softshell check` can run here.
func (d *Doctor) Works() bool {
	for _, a := range d.Abilities {
		switch a.Name {
		case "rustc", "cargo", "mir text", "cache":
			if a.State == StateMissing {
				return false
			}
		}
	}
	return true
}

// Probe finds out what works here, for the toolchain that the working
// directory selects. It compiles and links small programs; nothing stays.
func Probe(ctx context.Context) *Doctor {
	c := &capturer{exec: runCommand}
	return c.probe(ctx, environment(Options{}), "")
}

const installRust = "install Rust from https://rustup.rs"

// prober runs the checks for one toolchain.
type prober struct {
	c    *capturer
	env  []string
	tool Toolchain
	tmp  string
}

func (c *capturer) probe(ctx context.Context, env []string, cacheDir string) *Doctor {
	p := &prober{c: c, env: env}
	d := &Doctor{}
	tool, err := c.findToolchain(ctx, "", env)
	p.tool, d.Toolchain = tool, tool
	d.Toolchains = p.toolchains(ctx)
	d.Abilities = append(d.Abilities, p.rustc(err))
	checks := []func(context.Context) Ability{p.cargo, p.toolchainList(d.Toolchains), p.rustdoc}
	if err == nil {
		checks = append(checks, p.mirText, p.mirSpans, p.items, p.sanitizer("address"), p.sanitizer("leak"))
	}
	checks = append(checks, p.compilerC,
		p.program("valgrind", "apt install valgrind; only needed to measure a leak beside softshell"),
		p.program("heaptrack", "apt install heaptrack; only needed to measure a leak beside softshell"),
		func(context.Context) Ability { return cacheAbility(cacheDir) })
	if tmp, err := os.MkdirTemp("", "softshell-doctor-*"); err == nil {
		p.tmp = tmp
		defer os.RemoveAll(tmp)
	}
	d.Abilities = append(d.Abilities, all(ctx, checks)...)
	return d
}

// all runs the checks side by side and keeps their order.
func all(ctx context.Context, checks []func(context.Context) Ability) []Ability {
	out := make([]Ability, len(checks))
	var wg sync.WaitGroup
	for i, check := range checks {
		wg.Go(func() { out[i] = check(ctx) })
	}
	wg.Wait()
	return out
}

func (p *prober) rustc(err error) Ability {
	a := Ability{Name: "rustc", State: StateOK, Detail: p.tool.Version + ", " + p.tool.Host + ", " + p.tool.Rustc}
	if err != nil {
		return Ability{Name: "rustc", State: StateMissing, Detail: firstLine(err.Error()), Do: installRust}
	}
	switch minor := minorVersion(p.tool.Version); {
	case minor < oldestUsual:
		a.State, a.Do = StatePartial, "rustup update stable: tested are "+testedInWords
	case minor > newestTested:
		a.Detail += " (newer than tested: " + testedInWords + ")"
	}
	return a
}

// version runs `name flag` and returns the first line of what it prints.
func (p *prober) version(ctx context.Context, name, flag string) (string, error) {
	var out bytes.Buffer
	err := p.c.exec(ctx, command{Path: name, Args: []string{flag}, Env: p.env, Stdout: &out, Stderr: &out})
	return firstLine(out.String()), err
}

func (p *prober) cargo(ctx context.Context) Ability {
	v, err := p.version(ctx, "cargo", "-V")
	if err != nil {
		return Ability{Name: "cargo", State: StateMissing, Detail: detail(v, err), Do: installRust}
	}
	return Ability{Name: "cargo", State: StateOK, Detail: v}
}

func (p *prober) rustdoc(ctx context.Context) Ability {
	v, err := p.version(ctx, rustdocBeside(p.tool.Rustc), "-V")
	if err != nil {
		return Ability{Name: "rustdoc", State: StateMissing, Detail: detail(v, err), Do: "it comes with rustc: " + installRust}
	}
	return Ability{Name: "rustdoc", State: StateOK, Detail: v}
}

func (p *prober) toolchains(ctx context.Context) []string {
	var out bytes.Buffer
	if p.c.exec(ctx, command{Path: "rustup", Args: []string{"toolchain", "list"}, Env: p.env, Stdout: &out}) != nil {
		return nil
	}
	return strings.FieldsFunc(out.String(), func(r rune) bool { return r == '\n' })
}

func (p *prober) toolchainList(list []string) func(context.Context) Ability {
	return func(context.Context) Ability {
		if len(list) == 0 {
			return Ability{Name: "rustup", State: StatePartial, Detail: "not found: +TOOLCHAIN does not work",
				Do: "only needed to choose between toolchains: " + installRust}
		}
		return Ability{Name: "rustup", State: StateOK, Detail: strings.Join(list, ", ")}
	}
}

func (p *prober) mirText(ctx context.Context) Ability {
	t, err := p.c.tryMIR(ctx, p.tool, "", p.env)
	a := Ability{Name: "mir text", State: StateMissing, Do: "rustup update stable: tested are " + testedInWords}
	switch {
	case err != nil:
		a.Detail = firstLine(err.Error())
	case t.Flags != "":
		a.Detail = "flags refused: " + firstLine(t.Flags)
	case t.Absent != "":
		a.Detail = "form not understood: no `" + t.Absent + "`"
	default:
		return Ability{Name: "mir text", State: StateOK, Detail: "flags accepted, form understood"}
	}
	return a
}

func (p *prober) mirSpans(ctx context.Context) Ability {
	text, msg, err := p.c.compileTrial(ctx, p.tool, "", p.env, append(p.tool.flags(), spansFlag)...)
	if err != nil || msg != "" || !strings.Contains(text, "// scope 0 at ") {
		return Ability{Name: "mir spans", State: StateMissing, Detail: detail(msg, err), Do: "findings name the function only; rustup update stable"}
	}
	return Ability{Name: "mir spans", State: StateOK, Detail: spansFlag}
}

// items documents the trial source and reads the format's number.
func (p *prober) items(ctx context.Context) Ability {
	a := Ability{Name: "rustdoc json", State: StateMissing, Do: "rules that need signatures do not run; rustup update stable"}
	dir, src, err := p.source("items.rs", trialSource)
	if err != nil {
		a.Detail = err.Error()
		return a
	}
	var errs bytes.Buffer
	args := append([]string{"--crate-type", "lib", "--crate-name", "items", "--edition", "2021", src, "--out-dir", dir}, docFlags...)
	if err := p.c.exec(ctx, command{Path: rustdocBeside(p.tool.Rustc), Args: args, Env: p.bootstrap(), Stderr: &errs}); err != nil {
		a.Detail = detail(errs.String(), err)
		return a
	}
	var doc struct {
		Format int `json:"format_version"`
	}
	if err := readJSON(filepath.Join(dir, "items.json"), &doc); err != nil {
		a.Detail = err.Error()
		return a
	}
	return Ability{Name: "rustdoc json", State: StateOK, Detail: fmt.Sprintf("format_version %d", doc.Format)}
}

func (p *prober) bootstrap() []string {
	return append(p.env[:len(p.env):len(p.env)], "RUSTC_BOOTSTRAP=1")
}

// source writes a file into a folder of its own.
func (p *prober) source(name, text string) (dir, path string, err error) {
	dir, err = os.MkdirTemp(p.tmp, "")
	if err != nil {
		return "", "", err
	}
	path = filepath.Join(dir, name)
	return dir, path, os.WriteFile(path, []byte(text), 0o644)
}

// sanitizer links and runs a program under the sanitizer: some systems link it
// and then forbid what it does.
func (p *prober) sanitizer(kind string) func(context.Context) Ability {
	return func(ctx context.Context) Ability {
		a := Ability{Name: kind + " sanitizer", State: StateMissing, Do: "`softshell confirm` does without it"}
		dir, src, err := p.source("san.rs", "fn main() { println!(\"{}\", vec![1u8; 4].len()) }\n")
		if err != nil {
			a.Detail = err.Error()
			return a
		}
		bin := filepath.Join(dir, "san")
		var errs bytes.Buffer
		err = p.c.exec(ctx, command{Path: p.tool.Rustc, Args: []string{"-Zsanitizer=" + kind, src, "-o", bin}, Env: p.bootstrap(), Stderr: &errs})
		if err != nil {
			a.Detail = detail(errs.String(), err)
			return a
		}
		errs.Reset()
		if err := p.c.exec(ctx, command{Path: bin, Env: p.env, Stderr: &errs}); err != nil {
			a.State, a.Detail, a.Do = StatePartial, "links, but does not run: "+detail(errs.String(), err), "in a container allow ptrace (--cap-add SYS_PTRACE)"
			return a
		}
		return Ability{Name: kind + " sanitizer", State: StateOK, Detail: "links and runs"}
	}
}

func (p *prober) compilerC(ctx context.Context) Ability {
	a := Ability{Name: "c compiler", State: StateMissing, Detail: "no cc, gcc or clang on PATH", Do: "apt install gcc: build scripts and FFI checks need one"}
	names := []string{"cc", "gcc", "clang"}
	if cc, ok := lookEnv(p.env, "CC"); ok && cc != "" {
		names = append([]string{cc}, names...)
	}
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			continue
		}
		dir, src, err := p.source("t.c", "#include <stdlib.h>\nint main(void) { free(malloc(1)); return 0; }\n")
		if err != nil {
			a.Detail = err.Error()
			return a
		}
		var errs bytes.Buffer
		if err := p.c.exec(ctx, command{Path: name, Args: []string{src, "-o", filepath.Join(dir, "t")}, Env: p.env, Stderr: &errs}); err != nil {
			a.State, a.Detail = StatePartial, name+": "+detail(errs.String(), err)
			return a
		}
		v, _ := p.version(ctx, name, "--version")
		return Ability{Name: "c compiler", State: StateOK, Detail: v}
	}
	return a
}

func (p *prober) program(name, do string) func(context.Context) Ability {
	return func(ctx context.Context) Ability {
		if _, err := exec.LookPath(name); err != nil {
			return Ability{Name: name, State: StateMissing, Detail: "not on PATH", Do: do}
		}
		v, err := p.version(ctx, name, "--version")
		if err != nil {
			return Ability{Name: name, State: StatePartial, Detail: detail(v, err), Do: do}
		}
		return Ability{Name: name, State: StateOK, Detail: v}
	}
}

// lowSpace is where a check of a middling workspace may no longer fit.
const lowSpace = 1 << 30

func cacheAbility(dir string) Ability {
	a := Ability{Name: "cache", State: StateOK}
	c, err := openCache(dir)
	if err == nil {
		err = writeFile(filepath.Join(c.dir, "doctor"), []byte("ok\n"))
	}
	if err != nil {
		return Ability{Name: "cache", State: StateMissing, Detail: firstLine(err.Error()), Do: "set SOFTSHELL_CACHE to a folder that can be written"}
	}
	os.Remove(filepath.Join(c.dir, "doctor"))
	a.Detail = c.dir
	if free, err := diskFree(c.dir); err == nil {
		a.Detail += fmt.Sprintf(", %d MB free", free>>20)
		if free < lowSpace {
			a.State, a.Do = StatePartial, "free some space, or set SOFTSHELL_CACHE to another disk"
		}
	}
	return a
}

func firstLine(s string) string {
	s = strings.TrimSpace(s)
	line, _, _ := strings.Cut(s, "\n")
	return strings.TrimSpace(line)
}

// detail is what a program said, or why it could not be asked.
func detail(said string, err error) string {
	if s := firstLine(said); s != "" {
		return s
	}
	if err != nil {
		return firstLine(err.Error())
	}
	return ""
}

// String is the table as JSON, for bug reports.
func (d *Doctor) String() string {
	text, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return err.Error()
	}
	return string(text)
}
