package patch

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// ApplyOptions say how a plan is carried out.
type ApplyOptions struct {
	Toolchain string
	Offline   bool
	Cache     string   // softshell's cache folder: the backup and the build go there
	Flags     []string // of cargo check: features, target
	Now       time.Time
	Progress  func(what string)
}

// Applied is what became of it.
type Applied struct {
	Backup  string // the Cargo.lock as it was
	Checked string // the command that accepted the new one
	Notes   []string
}

// BuildError says that the new Cargo.lock does not build. The old one is back.
type BuildError struct {
	Command string
	Said    string // cargo's and rustc's words
	Before  bool   // the old one does not build either
}

func (e *BuildError) Error() string {
	if e.Before {
		return fmt.Sprintf("the workspace does not build as it is (%s): nothing can be verified, so Cargo.lock was left as it was", e.Command)
	}
	return fmt.Sprintf("with the new Cargo.lock the workspace does not build (%s): the old one is back", e.Command)
}

// Apply writes the plan's Cargo.lock and lets cargo check the workspace with it. Unless
// that succeeds, the old file is back when it returns. A backup is made before.
func Apply(ctx context.Context, p *Plan, o ApplyOptions) (*Applied, error) {
	lock, err := filepath.EvalSymlinks(filepath.Join(p.Root, "Cargo.lock"))
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(lock)
	if err != nil {
		return nil, err
	}
	if now, err := os.ReadFile(lock); err != nil {
		return nil, err
	} else if !bytes.Equal(now, p.Before) {
		return nil, errors.New("the file Cargo.lock has changed since the plan was made: nothing was done, run it again")
	}
	out := &Applied{}
	if out.Backup, err = backup(p, o); err != nil {
		return nil, fmt.Errorf("keep a copy of Cargo.lock: %w", err)
	}
	dir, err := os.MkdirTemp(o.Cache, "fix-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	write := func(text []byte) error { return replaceFile(lock, text, info.Mode().Perm()) }
	kept := false
	defer func() {
		if kept {
			return
		}
		if now, err := os.ReadFile(lock); err == nil && bytes.Equal(now, p.Before) {
			return
		}
		if write(p.Before) == nil {
			_ = os.Chtimes(lock, time.Time{}, info.ModTime())
		}
	}()
	if err := write(p.After); err != nil {
		return nil, err
	}
	c := &checker{ctx: ctx, o: o, cargo: cargo{toolchain: o.Toolchain, dir: p.Root, offline: o.Offline}, target: filepath.Join(dir, "target"), manifest: filepath.Join(p.Root, "Cargo.toml")}
	var failed *BuildError
	for _, what := range [][]string{{"--workspace", "--all-targets"}, {"--workspace"}} {
		said, err := c.check(what)
		if err != nil {
			return nil, err
		}
		if said == "" {
			kept = true
			out.Checked = c.command(what)
			if failed != nil {
				out.Notes = append(out.Notes, "The tests, examples or benchmarks do not build, and did not before: they were not checked.")
			}
			return out, nil
		}
		failed = &BuildError{Command: c.command(what), Said: said}
		if err := write(p.Before); err != nil {
			return nil, err
		}
		before, err := c.check(what)
		if err != nil {
			return nil, err
		}
		if before == "" {
			return nil, failed
		}
		failed.Said, failed.Before = before, true
		if err := write(p.After); err != nil {
			return nil, err
		}
	}
	return nil, failed
}

type checker struct {
	ctx      context.Context
	o        ApplyOptions
	cargo    cargo
	target   string
	manifest string
}

func (c *checker) command(what []string) string {
	return strings.Join(append(append([]string{"cargo", "check", "--locked"}, what...), c.o.Flags...), " ")
}

// check returns what cargo said when the workspace does not build, "" when it does.
func (c *checker) check(what []string) (string, error) {
	if c.o.Progress != nil {
		c.o.Progress(c.command(what))
	}
	args := append(append([]string{"check", "--locked", "--target-dir", c.target, "--manifest-path", c.manifest}, what...), c.o.Flags...)
	if c.o.Offline {
		args = append(args, "--offline")
	}
	said, err := c.cargo.build(c.ctx, args...)
	if err == nil {
		return "", nil
	}
	var no *refusal
	if errors.As(err, &no) {
		return said, nil
	}
	return "", err
}

// backup keeps the Cargo.lock as it is in the cache.
func backup(p *Plan, o ApplyOptions) (string, error) {
	sum := sha256.Sum256([]byte(p.Root))
	dir := filepath.Join(o.Cache, "backups", filepath.Base(p.Root)+"-"+hex.EncodeToString(sum[:4]))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	file := filepath.Join(dir, "Cargo.lock."+o.Now.UTC().Format("20060102T150405Z"))
	for n := 2; ; n++ {
		if _, err := os.Lstat(file); err != nil {
			return file, replaceFile(file, p.Before, 0o644)
		}
		file = fmt.Sprintf("%s-%d", strings.TrimSuffix(file, fmt.Sprintf("-%d", n-1)), n)
	}
}

// replaceFile writes a file that is whole at any moment, the old or the new one.
func replaceFile(file string, text []byte, mode os.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+"-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(text)
	for _, then := range []func() error{func() error { return f.Chmod(mode) }, f.Sync, f.Close} {
		if e := then(); err == nil {
			err = e
		}
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), file)
}
