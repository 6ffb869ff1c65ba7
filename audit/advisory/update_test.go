package advisory

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"softshell/testenv"
)

// repository is a git repository that updates are taken from.
type repository struct {
	t   *testing.T
	dir string
}

func newRepository(t *testing.T) *repository {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		testenv.Lacks(t, "git is needed")
	}
	r := &repository{t, t.TempDir()}
	r.git("init", "--quiet", "--initial-branch=main")
	return r
}

func (r *repository) git(args ...string) string {
	r.t.Helper()
	cmd := gitCommand(context.Background(), append([]string{"-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"}, args...)...)
	cmd.Dir = r.dir
	cmd.Env = append(cmd.Env, "GIT_COMMITTER_DATE=2024-05-06T07:08:09Z")
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// commit adds all files and returns the commit.
func (r *repository) commit() string {
	r.t.Helper()
	r.git("add", "--all")
	r.git("commit", "--quiet", "--message=advisories")
	return r.git("rev-parse", "HEAD")
}

func (r *repository) write(name, text string) {
	r.t.Helper()
	writeFile(r.t, filepath.Join(r.dir, name), text)
}

func writeFile(t testing.TB, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// small is an advisory in RustSec's form.
func small(id, pkg string) string {
	return "```toml\n[advisory]\nid = \"" + id + "\"\npackage = \"" + pkg + "\"\ndate = \"2024-01-02\"\n[versions]\npatched = [\">= 1.0.0\"]\n```\n\n# A bug of " + pkg + "\n\nText.\n"
}

func TestUpdate(t *testing.T) {
	from := newRepository(t)
	from.write("crates/a/RUSTSEC-2024-0001.md", small("RUSTSEC-2024-0001", "a"))
	first := from.commit()
	cache := t.TempDir()
	update := func(url string) (*Updated, error) {
		return Update(t.Context(), UpdateOptions{Cache: cache, URL: url, Now: time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC)})
	}
	current := func() *Database {
		t.Helper()
		path, why, err := Default(cache)
		if err != nil || why != "" {
			t.Fatal(path, why, err)
		}
		return open(t, path)
	}

	u, err := update(from.dir)
	if err != nil {
		t.Fatal(err)
	}
	if s := u.After.Sources[0]; u.Before != nil || !u.Changed || u.After.Len() != 1 || s.Commit != first || s.Date != "2024-05-06T07:08:09Z" || s.Updated != "2024-06-01T00:00:00Z" || s.URL != from.dir {
		t.Errorf("first update: %+v", u.After.Sources[0])
	}
	if age, ok := u.After.Age(time.Date(2024, 6, 3, 0, 0, 0, 0, time.UTC)); !ok || age != 48*time.Hour {
		t.Errorf("age %v", age)
	}
	if u, err = update(from.dir); err != nil || u.Changed {
		t.Errorf("nothing new: %+v %v", u, err)
	}

	from.write("crates/b/RUSTSEC-2024-0002.md", small("RUSTSEC-2024-0002", "b"))
	second := from.commit()
	if u, err = update(from.dir); err != nil || u.Before.Len() != 1 || u.After.Len() != 2 || u.After.Commit != second {
		t.Errorf("second update: %+v %v", u, err)
	}

	// What fails leaves what was there.
	other := newRepository(t)
	other.write("README.md", "nothing")
	other.commit()
	for _, url := range []string{other.dir, filepath.Join(t.TempDir(), "none"), "https://advisories.invalid/x.git", "--upload-pack=x", "ext::true"} {
		if _, err := update(url); err == nil {
			t.Errorf("%s: no error", url)
		}
		if d := current(); d.Len() != 2 || d.Commit != second {
			t.Errorf("%s: %d advisories are left", url, d.Len())
		}
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Update(stopped, UpdateOptions{Cache: cache, URL: from.dir}); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(cache, Folder, "update-*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}

	// The archive before the last is kept for those who read it, the others go.
	for range 2 {
		from.write("note.txt", from.git("rev-parse", "HEAD"))
		from.commit()
		if _, err := update(from.dir); err != nil {
			t.Fatal(err)
		}
	}
	if kept, _ := filepath.Glob(filepath.Join(cache, Folder, "*.tar")); len(kept) != 2 {
		t.Errorf("kept %q", kept)
	}

	// An archive that is gone is fetched again, though the commit is the same.
	if err := os.Remove(archiveOf(filepath.Join(cache, Folder), current().Commit)); err != nil {
		t.Fatal(err)
	}
	if u, err = update(from.dir); err != nil || !u.Changed {
		t.Errorf("after a loss: %+v %v", u, err)
	}
}

func TestUpdateNamesBrokenFiles(t *testing.T) {
	from := newRepository(t)
	from.write("crates/a/RUSTSEC-2024-0001.md", small("RUSTSEC-2024-0001", "a"))
	from.write("crates/a/RUSTSEC-2024-0002.md", "not an advisory")
	from.commit()
	u, err := Update(t.Context(), UpdateOptions{Cache: t.TempDir(), URL: "file://" + from.dir})
	if err != nil || u.After.Len() != 1 || len(u.After.Problems) != 1 || u.After.Problems[0].File != "crates/a/RUSTSEC-2024-0002.md" {
		t.Errorf("%+v %v", u, err)
	}
}

func TestCheckoutHasCommitAndDate(t *testing.T) {
	from := newRepository(t)
	from.write("crates/a/RUSTSEC-2024-0001.md", small("RUSTSEC-2024-0001", "a"))
	commit := from.commit()
	for range 2 {
		if d := open(t, from.dir); d.Commit != commit || d.Date != "2024-05-06T07:08:09Z" {
			t.Errorf("commit %s date %s", d.Commit, d.Date)
		}
		from.git("pack-refs", "--all")
		from.git("gc", "--quiet")
	}
	cache := t.TempDir()
	for range 2 { // a commit that changes no advisory
		d, err := Open(t.Context(), Options{Paths: []string{from.dir}, Cache: cache})
		if err != nil || d.Commit != commit {
			t.Errorf("from the index: commit %s, not %s, %v", d.Commit, commit, err)
		}
		from.write("README.md", "after "+commit)
		commit = from.commit()
	}
	from.git("checkout", "--quiet", "--detach")
	if d := open(t, from.dir); d.Commit != commit {
		t.Errorf("detached: commit %s", d.Commit)
	}
}

func TestWithoutUser(t *testing.T) {
	for url, want := range map[string]string{
		"https://me:secret@git.example.org/db.git": "https://git.example.org/db.git",
		"https://git.example.org/db.git":           "https://git.example.org/db.git",
		"ssh://git@git.example.org/db.git":         "ssh://git@git.example.org/db.git",
		"git@git.example.org:db.git":               "git@git.example.org:db.git",
	} {
		if got := withoutUser(url); got != want {
			t.Errorf("%s is shown as %s", url, got)
		}
	}
}

func TestDefault(t *testing.T) {
	home := t.TempDir()
	t.Setenv("CARGO_HOME", home)
	if _, _, err := Default(t.TempDir()); !errors.Is(err, ErrNone) {
		t.Errorf("nothing there: %v", err)
	}
	writeFile(t, filepath.Join(home, "advisory-db/crates/a/RUSTSEC-2024-0001.md"), small("RUSTSEC-2024-0001", "a"))
	path, why, err := Default(t.TempDir())
	if err != nil || path != filepath.Join(home, "advisory-db") || !strings.Contains(why, "cargo-audit") {
		t.Error(path, why, err)
	}
}
