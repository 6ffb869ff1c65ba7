package main

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"softshell/audit/export"
	"softshell/audit/unsafety"
	"softshell/capture"
	"softshell/finding"
)

// older is the inventory that --diff compares with, and what it is called.
func (f *unsafeFlags) older(ctx context.Context, errs io.Writer, o capture.Options, now *capture.Build) (*unsafety.Inventory, string, error) {
	if fi, err := os.Stat(f.base); err == nil && fi.Mode().IsRegular() {
		text, err := os.ReadFile(f.base)
		if err != nil {
			return nil, "", fmt.Errorf("--diff: %w", err)
		}
		r, err := export.ReadUnsafe(text)
		if err != nil {
			return nil, "", fmt.Errorf("--diff %s: %w", f.base, err)
		}
		return &unsafety.Inventory{Crates: r.Crates, Notes: r.Notes}, f.base, nil
	}
	dir, name, err := checkout(ctx, now.Root, f.base)
	if err != nil {
		return nil, "", err
	}
	defer os.RemoveAll(dir.temp)
	o.Path, o.ManifestPath, o.Beside = dir.root, "", now.Root
	inv, _, err := f.survey(ctx, errs, o)
	if err != nil {
		return nil, "", fmt.Errorf("look at %s: %w", name, err)
	}
	inv.Move(dir.temp, dir.top)
	return inv, name, nil
}

// revision is a copy of a workspace as git has it.
type revision struct {
	temp string // the folder of the copy
	root string // the workspace in it
	top  string // what it is a copy of
}

// checkout copies what git has of the workspace at a revision; nothing of the
// repository is changed.
func checkout(ctx context.Context, root, rev string) (revision, string, error) {
	if strings.HasPrefix(rev, "-") {
		return revision{}, "", fmt.Errorf("--diff: %q is no file and no git revision", finding.Plain(rev))
	}
	commit, err := git(ctx, root, "rev-parse", "--verify", "--quiet", rev+"^{commit}")
	if err != nil {
		return revision{}, "", fmt.Errorf("--diff: %q is no file, and git knows no such revision in %s", finding.Plain(rev), root)
	}
	prefix, err := git(ctx, root, "rev-parse", "--show-prefix")
	if err != nil {
		return revision{}, "", fmt.Errorf("--diff: %w", err)
	}
	top, err := git(ctx, root, "rev-parse", "--show-toplevel")
	if err != nil {
		return revision{}, "", fmt.Errorf("--diff: %w", err)
	}
	temp, err := os.MkdirTemp("", "softshell-base-*")
	if err != nil {
		return revision{}, "", fmt.Errorf("--diff: %w", err)
	}
	if err := archive(ctx, top, commit, temp); err != nil {
		os.RemoveAll(temp)
		return revision{}, "", fmt.Errorf("--diff: copy %s: %w", rev, err)
	}
	name := fmt.Sprintf("%s (%.12s)", rev, commit)
	return revision{temp, filepath.Join(temp, prefix), top}, name, nil
}

func git(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-C", dir}, args...)...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if errors.Is(err, exec.ErrNotFound) {
		return "", errors.New("git is not installed")
	}
	if err != nil {
		return "", fmt.Errorf("git %s: %s", args[0], strings.TrimSpace(errs.String()))
	}
	return strings.TrimSpace(string(out)), nil
}

// archive unpacks a commit below dir.
func archive(ctx context.Context, top, commit, dir string) error {
	cmd := exec.CommandContext(ctx, "git", "-C", top, "archive", "--format=tar", commit)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	err = unpack(out, dir)
	_, _ = io.Copy(io.Discard, out)
	if werr := cmd.Wait(); werr != nil {
		return fmt.Errorf("git archive: %s", strings.TrimSpace(errs.String()))
	}
	return err
}

// unpack writes the files of an archive below dir, and nothing elsewhere.
func unpack(r io.Reader, dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for tr := tar.NewReader(r); ; {
		h, err := tr.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		name := filepath.FromSlash(strings.TrimSuffix(h.Name, "/"))
		switch h.Typeflag {
		case tar.TypeDir:
			err = root.MkdirAll(name, 0o755)
		case tar.TypeSymlink:
			err = root.Symlink(h.Linkname, name)
		case tar.TypeReg:
			err = writeFrom(root, name, tr)
		}
		if err != nil {
			return err
		}
	}
}

func writeFrom(root *os.Root, name string, r io.Reader) error {
	if d := filepath.Dir(name); d != "." {
		if err := root.MkdirAll(d, 0o755); err != nil {
			return err
		}
	}
	f, err := root.Create(name)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}
