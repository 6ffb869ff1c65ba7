package patch

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
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
func Apply(ctx context.Context, p *Plan, o ApplyOptions) (_ *Applied, err error) {
	if o.Cache == "" {
		return nil, errors.New("there is no cache folder to keep the old Cargo.lock in: name one by --cache-dir")
	}
	if o.Cache, err = filepath.Abs(o.Cache); err != nil { // cargo is started elsewhere
		return nil, err
	}
	x, err := exchangeOf(p)
	if err != nil {
		return nil, err
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
	// Not only behind cargo, which may take a while to end.
	defer context.AfterFunc(ctx, func() { _ = x.end(false) })()
	defer func() {
		switch back := x.end(err == nil); {
		case errors.Is(back, context.Canceled):
			err = back
		case back != nil:
			err = fmt.Errorf("%v; as it was before the plan, Cargo.lock is kept in %s", back, out.Backup)
		}
	}()
	c := &checker{ctx: ctx, o: o, cargo: cargo{toolchain: o.Toolchain, dir: p.Root, offline: o.Offline}, target: filepath.Join(dir, "target"), manifest: filepath.Join(p.Root, "Cargo.toml")}
	var failed *BuildError
	for _, what := range [][]string{{"--workspace", "--all-targets"}, {"--workspace"}} {
		if err := x.put(p.After); err != nil {
			return nil, err
		}
		said, err := c.check(what)
		if err != nil {
			return nil, err
		}
		if said == "" {
			out.Checked = c.command(what)
			if failed != nil {
				out.Notes = append(out.Notes, "The tests, examples or benchmarks do not build, and did not before: they were not checked.")
			}
			return out, nil
		}
		failed = &BuildError{Command: c.command(what), Said: said}
		if err := x.put(p.Before); err != nil {
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
	}
	return nil, failed
}

// exchange is a Cargo.lock in whose place another one stands for a while.
type exchange struct {
	file     string
	old, new []byte
	info     os.FileInfo // of the old one

	mu    sync.Mutex
	over  bool
	wrong error // why it did not end as it should
}

func exchangeOf(p *Plan) (*exchange, error) {
	lock, err := filepath.EvalSymlinks(filepath.Join(p.Root, "Cargo.lock"))
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(lock)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o200 == 0 {
		return nil, fmt.Errorf("%s is read-only: nothing was done", lock)
	}
	now, err := os.ReadFile(lock)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(now, p.Before) {
		return nil, errors.New("the file Cargo.lock has changed since the plan was made: nothing was done, run it again")
	}
	return &exchange{file: lock, old: p.Before, new: p.After, info: info}, nil
}

// put makes one of the two the file. What another program has written there meanwhile
// stays: it is somebody's work.
func (x *exchange) put(text []byte) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.write(text)
}

func (x *exchange) write(text []byte) error {
	if x.over {
		return context.Canceled
	}
	now, err := os.ReadFile(x.file)
	if err != nil || !bytes.Equal(now, x.old) && !bytes.Equal(now, x.new) {
		return errMeanwhile
	}
	if bytes.Equal(now, text) {
		return nil
	}
	if err := replaceFile(x.file, text, x.info.Mode().Perm()); err != nil {
		return fmt.Errorf("write Cargo.lock: %w", err)
	}
	if bytes.Equal(text, x.old) {
		_ = os.Chtimes(x.file, time.Time{}, x.info.ModTime())
	}
	return nil
}

var errMeanwhile = errors.New("another program changed Cargo.lock meanwhile, and it was left like that")

// end puts the old file back, or sees that the new one is there. What the first call did counts.
func (x *exchange) end(keep bool) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	switch {
	case x.over && keep && x.wrong == nil:
		return context.Canceled
	case x.over:
		return x.wrong
	case !keep:
		x.wrong = x.write(x.old)
	default:
		if now, err := os.ReadFile(x.file); err != nil || !bytes.Equal(now, x.new) {
			x.wrong = errMeanwhile
		}
	}
	x.over = true
	return x.wrong
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
	var no *refusal
	if errors.As(err, &no) {
		return cmp.Or(said, no.said), nil
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
