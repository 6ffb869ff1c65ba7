package policy

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"softshell/finding"
)

// Template is a policy with every rule, to start from.
//
//go:embed template.toml
var Template string

// LockOf looks at the Cargo.lock of a workspace and at what git says of it.
func LockOf(ctx context.Context, root string) (*Lock, error) {
	l := &Lock{File: filepath.Join(root, "Cargo.lock")}
	_, err := os.Stat(l.File)
	if l.Exists = err == nil; !l.Exists {
		return l, nil
	}
	if _, err := git(ctx, root, "rev-parse", "--is-inside-work-tree"); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return nil, errors.New("git is not installed")
		}
		return l, ctx.Err()
	}
	l.InGit = true
	if _, err := git(ctx, root, "ls-files", "--error-unmatch", "--", "Cargo.lock"); err != nil {
		return l, ctx.Err()
	}
	l.Tracked = true
	out, err := git(ctx, root, "status", "--porcelain", "--", "Cargo.lock")
	l.Changed = err != nil || out != ""
	return l, ctx.Err()
}

// CommitOf is the commit that is checked out at root, "" when there is none, and
// whether files below root differ from it.
func CommitOf(ctx context.Context, root string) (commit string, dirty bool) {
	commit, err := git(ctx, root, "rev-parse", "HEAD")
	if err != nil {
		return "", false
	}
	out, err := git(ctx, root, "status", "--porcelain", "--", ".")
	return commit, err != nil || out != ""
}

// git asks about a folder. The checkout's own settings must not run programs.
func git(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-c", "core.fsmonitor=false", "-C", dir}, args...)...)
	cmd.Env = append(os.Environ(), "GIT_OPTIONAL_LOCKS=0", "LC_ALL=C")
	var out bytes.Buffer
	cmd.Stdout = &out
	err := cmd.Run()
	return strings.TrimSpace(out.String()), err
}

// InputOf is a file by its content, under the name that it has from root.
func InputOf(root, file string, content io.Reader) (Input, error) {
	h := sha256.New()
	n, err := io.Copy(h, content)
	if err != nil {
		return Input{}, err
	}
	return Input{File: finding.Relative(root, file), SHA256: hex.EncodeToString(h.Sum(nil)), Bytes: n}, nil
}
