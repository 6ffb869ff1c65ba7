package inject

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// wrappers run the program that stands among their arguments.
var wrappers = []string{
	"env", "timeout", "nice", "nohup", "setsid", "stdbuf", "taskset", "ionice",
	"chrt", "time", "setarch", "numactl", "catchsegv", "chroot", "unshare", "prlimit", "setpriv",
}

// starters are shells and build tools: they start programs of which their
// arguments do not tell.
var starters = []string{
	"sh", "bash", "dash", "zsh", "ksh", "fish", "busybox", "make", "gmake", "ninja", "just", "xargs", "find", "script",
	"cargo", "cargo-nextest", "rustup",
}

// helpers are what starters run on the way to the program that is meant.
var helpers = []string{
	"sccache", "rustc", "rustdoc", "clippy-driver",
	"cc", "c++", "gcc", "g++", "clang", "clang++", "ld", "ld.bfd", "ld.gold", "ld.lld", "lld", "rust-lld", "mold", "collect2", "cc1", "cc1plus", "as", "ar", "ranlib",
	"git", "pkg-config", "build-script-build", "build-script-main",
}

// Target is which of the executables that a command line starts is meant.
type Target struct {
	// Start is the path of what is started.
	Start string
	// Program is the one that is meant; nil when only running it will show.
	Program *Program
	// Name is how the user called it.
	Name string
}

// Aim finds out which program argv means: the first word, or what a wrapper
// such as timeout runs. dir and path are where and with which PATH it is started.
func Aim(argv []string) (*Target, error) {
	found, err := locate(argv[0])
	if err != nil {
		return nil, err
	}
	command, err := Look(found)
	if err != nil {
		return nil, err
	}
	t := &Target{Start: found, Program: command, Name: argv[0]}
	for command.is(wrappers, t.Name) {
		i := slices.IndexFunc(argv[1:], func(a string) bool { _, err := locate(a); return err == nil })
		if i < 0 {
			return t, nil // the wrapper itself is meant
		}
		argv = argv[1+i:]
		if found, err = locate(argv[0]); err != nil {
			return nil, err
		}
		if command, err = Look(found); err != nil {
			return nil, err
		}
		t.Program, t.Name = command, argv[0]
	}
	if command.is(starters, t.Name) {
		t.Program = nil
	}
	return t, nil
}

// locate finds an executable as execvp does.
func locate(name string) (string, error) {
	if name == "" || strings.Contains(name, "=") && !strings.Contains(name, "/") {
		return "", exec.ErrNotFound
	}
	return exec.LookPath(name)
}

// is reports whether the program goes by one of the names. The name counts as
// called too, since sh may be a link to anything; a script counts as its interpreter.
func (p *Program) is(names []string, called string) bool {
	return slices.Contains(names, filepath.Base(p.Path)) || !p.Script && slices.Contains(names, filepath.Base(called))
}

// Means reports whether a process that runs exe is the one.
func (t *Target) Means(exe string) bool {
	if t.Program != nil {
		return same(t.Program.Path, exe)
	}
	base := filepath.Base(exe)
	return !slices.Contains(starters, base) && !slices.Contains(wrappers, base) && !slices.Contains(helpers, base) &&
		!strings.HasPrefix(base, "build-script-") && !fromSystem(exe) && !strings.Contains(exe, "/.rustup/")
}

// fromSystem reports whether the executable belongs to the system: of those
// that a shell runs on the way to the one that is meant, most do.
func fromSystem(exe string) bool {
	for _, dir := range []string{"/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/", "/usr/lib/", "/usr/libexec/", "/lib/"} {
		if strings.HasPrefix(exe, dir) {
			return true
		}
	}
	return false
}

func same(a, b string) bool {
	if a == b {
		return true
	}
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}
