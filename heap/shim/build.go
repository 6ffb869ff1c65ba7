package shim

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// sources are the C files; each form of the collector is one translation unit
// that includes the others.
//
//go:embed c
var sources embed.FS

// prebuilt is preload.c, compiled by `make shim`; prebuiltBy is the compiler.
//
//go:embed prebuilt/linux-amd64.so
var prebuilt []byte

//go:embed prebuilt/linux-amd64.cc
var prebuiltBy string

// flags make the same bytes of the same sources by the same compiler, wherever
// they lie. Nothing is linked in: what is undefined, the program's C library has.
var flags = []string{
	"-std=gnu11", "-O2", "-fPIC", "-fvisibility=hidden", "-ffreestanding", "-fno-builtin",
	"-fno-stack-protector", "-fomit-frame-pointer", "-fno-plt", "-fno-tree-loop-distribute-patterns",
	"-fcf-protection=none", "-U_FORTIFY_SOURCE",
	"-Wall", "-Wextra",
}

var linkFlags = []string{"-shared", "-nostdlib", "-s", "-Wl,-z,now", "-Wl,-z,relro", "-Wl,-z,noexecstack", "-Wl,--build-id=none", "-Wl,--hash-style=gnu"}

// Library returns the collector as a shared object to preload: the prebuilt one,
// or, for another processor, what the C compiler cc makes of the sources.
func Library(ctx context.Context, cc string) ([]byte, error) {
	if runtime.GOOS == "linux" && runtime.GOARCH == "amd64" {
		return prebuilt, nil
	}
	return BuildLibrary(ctx, cc)
}

// armFlags hold the compiler back from functions of its own library.
var armFlags = []string{"-mno-outline-atomics"}

// BuildLibrary compiles the shared object with cc ("" means cc), for the processor
// that we run on.
func BuildLibrary(ctx context.Context, cc string) ([]byte, error) {
	return buildLibrary(ctx, cc, runtime.GOARCH)
}

func buildLibrary(ctx context.Context, cc, arch string) ([]byte, error) {
	return compile(ctx, cc, slices.Concat(linkFlags, flagsFor(arch)), "preload.c")
}

func flagsFor(arch string) []string {
	if arch == "arm64" {
		return slices.Concat(flags, armFlags)
	}
	return flags
}

// RustSymbols are the functions that the Rust compiler calls to allocate, as one
// toolchain mangles them: those that end in __rust_alloc, __rust_dealloc,
// __rust_realloc and __rust_alloc_zeroed.
type RustSymbols struct {
	Alloc, Dealloc, Realloc, AllocZeroed string
}

// libcSymbols are what the linked collector stands before in the C library.
var libcSymbols = []string{"exit", "_exit", "_Exit", "sigaction", "signal", "pthread_create", "execve", "execv", "execvp"}

// BuildObject compiles the collector as an object to link. Before all libraries,
// the linker gets it and WrapFlags.
func BuildObject(ctx context.Context, cc string, s RustSymbols) ([]byte, error) {
	args := append([]string{"-c", "-DHEAP_ALLOC=" + s.Alloc, "-DHEAP_DEALLOC=" + s.Dealloc, "-DHEAP_REALLOC=" + s.Realloc, "-DHEAP_ALLOC_ZEROED=" + s.AllocZeroed}, flagsFor(runtime.GOARCH)...)
	return compile(ctx, cc, args, "link.c")
}

// WrapFlags tells the linker, by way of the C compiler, to direct calls to the
// collector.
func (s RustSymbols) WrapFlags() []string {
	var out []string
	for _, name := range append([]string{s.Alloc, s.Dealloc, s.Realloc, s.AllocZeroed}, libcSymbols...) {
		out = append(out, "-Wl,--wrap="+name)
	}
	return out
}

// compile runs cc over one of the sources and returns what it made.
func compile(ctx context.Context, cc string, args []string, source string) ([]byte, error) {
	if cc == "" {
		cc = "cc"
	}
	dir, err := os.MkdirTemp("", "softshell-collector-*")
	if err != nil {
		return nil, fmt.Errorf("compile the collector: %w", err)
	}
	defer os.RemoveAll(dir)
	if err := WriteSources(dir); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, cc, append(slices.Clone(args), "-o", "out", source)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("compile the collector with %s: %w\n%s", cc, err, strings.TrimSpace(string(out)))
	}
	text, err := os.ReadFile(filepath.Join(dir, "out"))
	if err != nil {
		return nil, fmt.Errorf("compile the collector: %w", err)
	}
	return text, nil
}

// WriteSources writes the C files into dir.
func WriteSources(dir string) error {
	return fs.WalkDir(sources, "c", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := sources.ReadFile(path)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(path)), text, 0o666); err != nil {
			return fmt.Errorf("write the collector's sources: %w", err)
		}
		return nil
	})
}
