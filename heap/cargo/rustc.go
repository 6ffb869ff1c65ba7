package cargo

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// WrapperMain is called first by a binary that runs builds: cargo starts it
// again in place of rustc. In such a start it does not return.
func WrapperMain() (handled bool) {
	path := os.Getenv(buildEnv)
	if path == "" || len(os.Args) < 2 || !strings.HasPrefix(filepath.Base(os.Args[1]), "rustc") && !filepath.IsAbs(os.Args[1]) {
		return false
	}
	err := wrapCompiler(path, os.Args[1:])
	fmt.Fprintln(os.Stderr, "error: "+err.Error())
	os.Exit(1)
	return true
}

// wrapCompiler becomes rustc; it returns only if that fails.
func wrapCompiler(path string, argv []string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read the plan of the build: %w", err)
	}
	var p plan
	if err := json.Unmarshal(text, &p); err != nil {
		return fmt.Errorf("read the plan of the build: %w", err)
	}
	// The allocator's functions must stay functions: what is inlined no linker sees.
	if slices.Contains(argv, "--crate-name") {
		argv = append(argv, p.Flags...)
	}
	if makesProgram(argv[1:]) {
		direct := linksDirectly(argv[1:])
		for _, a := range p.LinkArgs {
			if direct && (strings.HasPrefix(a, "-B") || strings.HasPrefix(a, "-fuse-ld")) {
				continue
			}
			if direct {
				a = strings.TrimPrefix(a, "-Wl,")
			}
			argv = append(argv, "-Clink-arg="+a)
		}
	}
	if p.Wrapper != "" {
		argv = append([]string{p.Wrapper}, argv...)
	}
	found, err := exec.LookPath(argv[0])
	if err != nil && !errors.Is(err, exec.ErrDot) {
		return err
	}
	return syscall.Exec(found, argv, os.Environ())
}

// makesProgram reports whether rustc links a program that will be run as such:
// no build script, no library.
func makesProgram(args []string) bool {
	test, bin := false, false
	for i, a := range args {
		next := ""
		if i+1 < len(args) {
			next = args[i+1]
		}
		switch {
		case a == "--crate-name" && strings.HasPrefix(next, "build_script_"):
			return false
		case a == "--test":
			test = true
		case a == "--crate-type" && next == "bin" || a == "--crate-type=bin":
			bin = true
		}
	}
	return (test || bin) && slices.ContainsFunc(args, func(a string) bool { return strings.HasPrefix(a, "--emit=") && strings.Contains(a, "link") })
}

// linksDirectly reports whether rustc calls the linker itself, not a C compiler
// that passes arguments on.
func linksDirectly(args []string) bool {
	for i, a := range args {
		flavor, ok := strings.CutPrefix(a, "-Clinker-flavor=")
		if a == "-C" && i+1 < len(args) {
			flavor, ok = strings.CutPrefix(args[i+1], "linker-flavor=")
		}
		if ok {
			return !strings.Contains(flavor, "gcc") && !strings.HasSuffix(flavor, "-cc")
		}
	}
	return false
}
