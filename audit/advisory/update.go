package advisory

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"softshell/finding"
)

// RustSecURL is where RustSec keeps its database.
const RustSecURL = "https://github.com/RustSec/advisory-db.git"

// UpdateOptions say what to fetch, and where to.
type UpdateOptions struct {
	Cache string            // softshell's cache folder
	URL   string            // a git repository; "" is RustSec's
	Now   time.Time         // the time that is noted
	Step  func(what string) // is told what is being done; may be nil
}

// Updated is what an update did.
type Updated struct {
	Before, After *Database // Before is nil when there was none
	Changed       bool
}

// Update fetches the newest advisories by git. They count only when they are there as
// a whole and hold advisories; until then, and when it is interrupted, those before do.
func Update(ctx context.Context, o UpdateOptions) (*Updated, error) {
	u, err := newUpdate(o)
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(u.tmp)
	result, err := u.run(ctx)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if old, had := updated(u.dir); err != nil && had {
		return nil, fmt.Errorf("%w\nThe advisories fetched before stay in use: commit %.12s, fetched %s", err, old.Commit, old.Updated)
	}
	return result, err
}

// update is one run of Update.
type update struct {
	UpdateOptions
	dir   string // the database's folder
	tmp   string // is removed at the end
	shown string // the URL without a password or token
}

func newUpdate(o UpdateOptions) (*update, error) {
	if o.URL == "" {
		o.URL = RustSecURL
	}
	if strings.HasPrefix(o.URL, "-") || finding.Plain(o.URL) != o.URL {
		return nil, fmt.Errorf("%q is no URL of a git repository", o.URL)
	}
	if info, err := os.Stat(o.URL); err == nil && info.IsDir() {
		if o.URL, err = filepath.Abs(o.URL); err != nil {
			return nil, err
		}
	}
	if o.Step == nil {
		o.Step = func(string) {}
	}
	if _, err := exec.LookPath("git"); err != nil {
		return nil, errors.New("git is needed to fetch the database, and is not there; without it, download the repository's archive and name it by --db")
	}
	u := &update{UpdateOptions: o, dir: filepath.Join(o.Cache, Folder), shown: withoutUser(o.URL)}
	if err := os.MkdirAll(u.dir, 0o755); err != nil {
		return nil, err
	}
	u.sweep()
	var err error
	u.tmp, err = os.MkdirTemp(u.dir, "update-")
	return u, err
}

// withoutUser takes out of a URL of the web what may be a password.
func withoutUser(s string) string {
	at, err := url.Parse(s)
	if err != nil || at.User == nil || !strings.HasPrefix(at.Scheme, "http") {
		return s
	}
	at.User = nil
	return at.String()
}

func (u *update) run(ctx context.Context) (*Updated, error) {
	old, had := updated(u.dir)
	done := &Updated{}
	if had {
		done.Before, _ = Open(ctx, Options{Paths: []string{u.dir}, Cache: u.Cache})
	}
	u.Step("asking " + u.shown)
	out, err := u.git(ctx, "ls-remote", "--quiet", "--", u.URL, "HEAD")
	if err != nil {
		return nil, err
	}
	commit, _, _ := strings.Cut(string(out), "\t")
	if commitOr(commit) == "" {
		return nil, fmt.Errorf("%s has no commit", u.shown)
	}
	if done.Changed = done.Before == nil || old.Commit != commit; done.Changed {
		if commit, err = u.fetch(ctx); err != nil {
			return nil, err
		}
	}
	if err := u.point(current{Commit: commit, URL: u.shown, Updated: u.Now.UTC().Format(time.RFC3339)}); err != nil {
		return nil, err
	}
	if done.After, err = Open(ctx, Options{Paths: []string{u.dir}, Cache: u.Cache}); err != nil {
		return nil, err
	}
	u.forget(commit, old.Commit)
	return done, nil
}

// fetch brings the newest commit's files as one archive, and returns the commit.
func (u *update) fetch(ctx context.Context) (string, error) {
	u.Step("fetching " + u.shown)
	repo := "--git-dir=" + filepath.Join(u.tmp, "git")
	if _, err := u.git(ctx, repo, "init", "--quiet", "--bare", "--template="); err != nil {
		return "", err
	}
	_, err := u.git(ctx, repo, "fetch", "--quiet", "--no-tags", "--depth=1", "--", u.URL, "HEAD")
	if err != nil && strings.Contains(err.Error(), "shallow") { // a plain web server has all or nothing
		_, err = u.git(ctx, repo, "fetch", "--quiet", "--no-tags", "--", u.URL, "HEAD")
	}
	if err != nil {
		return "", err
	}
	out, err := u.git(ctx, repo, "rev-parse", "FETCH_HEAD^{commit}")
	if err != nil {
		return "", err
	}
	commit := strings.TrimSpace(string(out))
	if commitOr(commit) == "" {
		return "", fmt.Errorf("git names no commit: %.60q", commit)
	}
	file := filepath.Join(u.tmp, "new.tar")
	if _, err := u.git(ctx, repo, "archive", "--format=tar", "--output="+file, commit); err != nil {
		return "", err
	}
	u.Step("reading the advisories")
	if _, err := Open(ctx, Options{Paths: []string{file}}); err != nil {
		return "", fmt.Errorf("%s holds no database of advisories (no crates/PACKAGE/ID.md that can be read); nothing was changed", u.shown)
	}
	return commit, os.Rename(file, archiveOf(u.dir, commit))
}

// point makes a commit the one that counts.
func (u *update) point(c current) error {
	b, err := json.Marshal(c)
	if err != nil {
		return err
	}
	file := filepath.Join(u.tmp, currentFile)
	if err := os.WriteFile(file, append(b, '\n'), 0o644); err != nil {
		return err
	}
	return os.Rename(file, filepath.Join(u.dir, currentFile))
}

// forget removes the archives of older commits; the one before may just be read.
func (u *update) forget(keep ...string) {
	files, _ := filepath.Glob(filepath.Join(u.dir, "*.tar"))
	for _, f := range files {
		if c := strings.TrimSuffix(filepath.Base(f), ".tar"); commitOr(c) != "" && c != keep[0] && c != keep[1] {
			_ = os.Remove(f)
		}
	}
}

// sweep removes what updates left that were killed.
func (u *update) sweep() {
	dirs, _ := filepath.Glob(filepath.Join(u.dir, "update-*"))
	for _, d := range dirs {
		if info, err := os.Stat(d); err == nil && time.Since(info.ModTime()) > 24*time.Hour {
			_ = os.RemoveAll(d)
		}
	}
}

// git runs one command of git. What it says when it fails is the error.
func (u *update) git(ctx context.Context, args ...string) ([]byte, error) {
	cmd := gitCommand(ctx, append([]string{"-c", "http.lowSpeedLimit=1000", "-c", "http.lowSpeedTime=30"}, args...)...)
	cmd.Env = append(cmd.Env, "GIT_ALLOW_PROTOCOL=file:git:http:https:ssh")
	if os.Getenv("GIT_SSH_COMMAND") == "" {
		cmd.Env = append(cmd.Env, "GIT_SSH_COMMAND=ssh -oBatchMode=yes")
	}
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 3 * time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("fetch the advisories from %s: %s", u.shown, gitSays(stderr.String(), err))
	}
	return stdout.Bytes(), nil
}

// gitSays is what git says is wrong: its first such line, with the next one when that
// is where the reason stands.
func gitSays(stderr string, err error) string {
	lines := strings.Split(strings.TrimSpace(stderr), "\n")
	for i, line := range lines {
		for _, word := range []string{"fatal: ", "error: "} {
			rest, ok := strings.CutPrefix(finding.Plain(line), word)
			if ok && strings.HasSuffix(rest, ":") && i+1 < len(lines) {
				rest += " " + finding.Plain(lines[i+1])
			}
			if ok {
				return rest
			}
		}
	}
	if lines[0] == "" {
		return err.Error()
	}
	return finding.Plain(lines[0])
}
