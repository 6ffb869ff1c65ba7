package graph

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

//go:embed layout.rs
var layoutProgram []byte

// Layout is what a trial program showed of a toolchain's standard library.
type Layout struct {
	// Differs names the types that are not laid out as this package takes them
	// to be, each once.
	Differs []string
}

// Counts reports whether reference counts stand where this package looks for
// them. Where they do not, Options.NoCycles must be set. The other types only
// help to tell what is left over from what is in use.
func (l *Layout) Counts() bool {
	for _, name := range l.Differs {
		if name == "Rc" || name == "Arc" || name == "Weak" {
			return false
		}
	}
	return true
}

// SelfTest compiles a trial program and runs it. Rustc is a path or a name; the
// folder is made for the time of the trial.
func SelfTest(ctx context.Context, rustc string) (*Layout, error) {
	dir, err := os.MkdirTemp("", "softshell-layout")
	if err != nil {
		return nil, fmt.Errorf("try the layout of Rc and Arc: %w", err)
	}
	defer os.RemoveAll(dir)
	source, exe := filepath.Join(dir, "layout.rs"), filepath.Join(dir, "layout")
	if err := os.WriteFile(source, layoutProgram, 0o600); err != nil {
		return nil, fmt.Errorf("try the layout of Rc and Arc: %w", err)
	}
	compile := exec.CommandContext(ctx, rustc, "--edition", "2021", "-Awarnings", "-o", exe, source)
	compile.Dir = dir
	if out, err := compile.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("try the layout of Rc and Arc: compile the trial program: %w\n%s", err, out)
	}
	out, err := exec.CommandContext(ctx, exe).Output()
	if err != nil {
		return nil, fmt.Errorf("try the layout of Rc and Arc: run the trial program: %w", err)
	}
	return readLayout(string(out))
}

func readLayout(out string) (*Layout, error) {
	lines := strings.Fields(out)
	if len(lines) == 0 || lines[0] != "tested" {
		return nil, fmt.Errorf("try the layout of Rc and Arc: the trial program said nothing")
	}
	l := &Layout{}
	seen := map[string]bool{}
	for _, name := range lines[1:] {
		if !seen[name] {
			seen[name] = true
			l.Differs = append(l.Differs, name)
		}
	}
	return l, nil
}
