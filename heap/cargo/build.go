package cargo

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"softshell/finding"
	"softshell/heap/inject"
	"softshell/heap/shim"
)

// Build is a cargo build of programs with the collector linked in.
type Build struct {
	Args   []string // of cargo build, or of cargo test
	Cache  string   // where the target folder is made
	Stderr io.Writer
}

// Built is a program that a build made.
type Built struct {
	Path string
	Name string // of the target
}

// buildEnv names the file with the plan of the build; its presence makes a
// start of this binary a wrapper's.
const buildEnv = "SOFTSHELL_HEAP_BUILD"

// plan is what a build tells its wrappers.
type plan struct {
	Flags    []string `json:"flags"` // of each call of rustc
	LinkArgs []string `json:"link_args"`
	Wrapper  string   `json:"wrapper"` // the user's own RUSTC_WRAPPER
}

// Run builds, and returns the program: the only one, or the one that the
// arguments name.
func (b *Build) Run(ctx context.Context) (string, error) {
	plan, target, err := b.prepare(ctx)
	if err != nil {
		return "", err
	}
	restore, err := keepLock(ctx, b.Args)
	if err != nil {
		return "", err
	}
	defer restore()
	built, err := b.cargo(ctx, target, plan)
	if err != nil {
		return "", err
	}
	if len(built) > 1 {
		var names []string
		for _, x := range built {
			names = append(names, x.Name)
		}
		return "", fmt.Errorf("the package has several programs: choose one with --bin NAME (%s)", strings.Join(names, ", "))
	}
	path := built[0].Path
	prog, err := inject.Look(path)
	if err != nil {
		return "", err
	}
	if !prog.Linked {
		return "", fmt.Errorf("the linker left the collector out of %s: a linker or link-time optimisation of the project's own may be the cause", path)
	}
	return path, nil
}

// prepare compiles the collector for the toolchain at hand, and returns the plan
// for the wrapper and the target folder.
func (b *Build) prepare(ctx context.Context) (planPath, target string, err error) {
	symbols, err := allocNames(ctx)
	if err != nil {
		return "", "", err
	}
	object, err := shim.BuildObject(ctx, "cc", symbols)
	if err != nil {
		return "", "", err
	}
	dir, err := b.place(object)
	if err != nil {
		return "", "", err
	}
	path := filepath.Join(dir, "collector.o")
	p := plan{LinkArgs: append([]string{path}, symbols.WrapFlags()...), Wrapper: os.Getenv("RUSTC_WRAPPER")}
	for _, name := range []string{symbols.Alloc, symbols.Dealloc, symbols.Realloc, symbols.AllocZeroed} {
		p.Flags = append(p.Flags, "-Cllvm-args=-force-attribute="+name+":noinline")
	}
	if linker := ownLinker(ctx); linker != nil {
		p.LinkArgs = append(p.LinkArgs, linker...)
	} else { // a linker that looks into a static C library only for what is missing by then
		p.LinkArgs = append(p.LinkArgs, "-lc")
	}
	text, err := json.Marshal(p)
	planPath = filepath.Join(dir, "plan.json")
	if err == nil {
		err = finding.WriteFile(path, object)
	}
	if err == nil {
		err = finding.WriteFile(planPath, text)
	}
	if err != nil {
		return "", "", fmt.Errorf("write the plan of the build: %w", err)
	}
	return planPath, filepath.Join(dir, "target"), nil
}

// ownLinker has the C compiler call the linker that rustc brings: it directs calls
// to the collector also within the object that defines the allocator, where others
// do not.
func ownLinker(ctx context.Context) []string {
	out, err := exec.CommandContext(ctx, rustcPath(), "--print", "target-libdir").Output()
	if err != nil {
		return nil
	}
	dir := filepath.Join(filepath.Dir(strings.TrimSpace(string(out))), "bin", "gcc-ld")
	if _, err := os.Stat(filepath.Join(dir, "ld.lld")); err != nil {
		return nil
	}
	return []string{"-B" + dir, "-fuse-ld=lld"}
}

// place is a folder for this project and this collector: what was linked with
// another one must be linked again.
func (b *Build) place(object []byte) (string, error) {
	cwd, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find this folder: %w", err)
	}
	project, collector := sha256.Sum256([]byte(cwd)), sha256.Sum256(object)
	dir := filepath.Join(b.Cache, "v1", "heap-build", hex.EncodeToString(project[:8])+"-"+hex.EncodeToString(collector[:8]))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("make a folder for the build: %w", err)
	}
	return dir, nil
}

// cargoMessage is what is read of a line of cargo's messages.
type cargoMessage struct {
	Reason     string `json:"reason"`
	Executable string `json:"executable"`
	Target     struct {
		Name string `json:"name"`
	} `json:"target"`
}

// cargo runs the build: with debug information, since types come from there,
// and without link-time optimisation, which would take Rust's allocation
// functions away before the linker can wrap them.
func (b *Build) cargo(ctx context.Context, target, plan string) ([]Built, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	args := []string{"build", "--message-format=json-render-diagnostics", "--target-dir", target}
	for _, name := range profiles(b.Args) {
		for _, set := range []string{`lto="off"`, `debug=2`, `strip="none"`} {
			args = append(args, "--config", "profile."+name+"."+set)
		}
	}
	cmd := exec.CommandContext(ctx, cargoPath(), append(args, b.Args...)...)
	cmd.Stderr = b.Stderr
	cmd.Env = append(os.Environ(), "RUSTC_WRAPPER="+self, buildEnv+"="+plan)
	out, err := cmd.Output()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("cargo build: %w", err)
	}
	return executables(out)
}

// profiles are those that the arguments can mean.
func profiles(args []string) []string {
	out := []string{"dev", "release"}
	for i, a := range args {
		name, ok := strings.CutPrefix(a, "--profile=")
		if a == "--profile" && i+1 < len(args) {
			name, ok = args[i+1], true
		}
		if ok && !slices.Contains(out, name) && name != "test" && name != "bench" {
			out = append(out, name)
		}
	}
	return out
}

func executables(messages []byte) ([]Built, error) {
	var out []Built
	lines := bufio.NewReader(bytes.NewReader(messages))
	for {
		line, err := lines.ReadBytes('\n')
		var m cargoMessage
		if json.Unmarshal(line, &m) == nil && m.Reason == "compiler-artifact" && m.Executable != "" {
			out = append(out, Built{Path: m.Executable, Name: m.Target.Name})
		}
		if errors.Is(err, io.EOF) {
			break
		}
	}
	if len(out) == 0 {
		return nil, errors.New("the package has no program: cargo built none")
	}
	return out, nil
}

// keepLock remembers the Cargo.lock of the workspace, and returns what puts it
// back as it was: a build may write one.
func keepLock(ctx context.Context, args []string) (restore func(), err error) {
	locate := []string{"locate-project", "--workspace", "--message-format=plain"}
	for i, a := range args {
		if a == "--manifest-path" && i+1 < len(args) {
			locate = append(locate, a, args[i+1])
		} else if strings.HasPrefix(a, "--manifest-path=") {
			locate = append(locate, a)
		}
	}
	cmd := exec.CommandContext(ctx, cargoPath(), locate...)
	var says bytes.Buffer
	cmd.Stderr = &says
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("find the package to build: %s", strings.TrimPrefix(strings.TrimSpace(says.String()), "error: "))
	}
	path := filepath.Join(filepath.Dir(strings.TrimSpace(string(out))), "Cargo.lock")
	before, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("read the lock file: %w", err)
	}
	if err != nil {
		return func() { _ = os.Remove(path) }, nil
	}
	return func() {
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
			_ = os.WriteFile(path, before, 0o644)
		}
	}, nil
}

// allocNames are the linker's names of Rust's four allocation functions, which
// differ from compiler to compiler: a call of each is compiled to see them.
func allocNames(ctx context.Context) (shim.RustSymbols, error) {
	var none shim.RustSymbols
	dir, err := os.MkdirTemp("", "softshell-heap-*")
	if err != nil {
		return none, fmt.Errorf("make a folder: %w", err)
	}
	defer os.RemoveAll(dir)
	const calls = `use std::alloc::*;
pub unsafe fn all(l: Layout, p: *mut u8) -> [*mut u8; 3] {
    unsafe { dealloc(p, l); [alloc(l), alloc_zeroed(l), realloc(p, l, 9)] }
}
`
	src, obj := filepath.Join(dir, "calls.rs"), filepath.Join(dir, "calls.o")
	if err := os.WriteFile(src, []byte(calls), 0o644); err != nil {
		return none, fmt.Errorf("write a trial program: %w", err)
	}
	out, err := exec.CommandContext(ctx, rustcPath(), "--crate-type=lib", "--edition=2021", "--emit=obj", "-o", obj, src).CombinedOutput()
	if err != nil {
		return none, fmt.Errorf("compile a trial program: %w\n%s", err, out)
	}
	return undefinedAllocs(obj)
}

func undefinedAllocs(obj string) (found shim.RustSymbols, err error) {
	e, err := elf.Open(obj)
	if err != nil {
		return found, fmt.Errorf("read the trial program: %w", err)
	}
	defer e.Close()
	syms, err := e.Symbols()
	if err != nil {
		return found, fmt.Errorf("read the trial program: %w", err)
	}
	wanted := map[string]*string{
		"__rust_alloc": &found.Alloc, "__rust_dealloc": &found.Dealloc, "__rust_realloc": &found.Realloc, "__rust_alloc_zeroed": &found.AllocZeroed,
	}
	for _, s := range syms {
		for name, at := range wanted {
			if s.Section == elf.SHN_UNDEF && strings.HasSuffix(s.Name, name) {
				*at = s.Name
			}
		}
	}
	for name, at := range wanted {
		if *at == "" {
			return found, fmt.Errorf("this rustc has no %s that could be wrapped: the collector cannot be linked in", name)
		}
	}
	return found, nil
}
