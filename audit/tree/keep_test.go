package tree

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"softshell/testenv"
)

// An answer is kept until a file that it was made from changes, and not at all when one
// changed while cargo was asked.
func TestRemember(t *testing.T) {
	if _, err := exec.LookPath("cargo"); err != nil {
		testenv.Lacks(t, "cargo is needed")
	}
	dir := t.TempDir()
	for _, name := range []string{"Cargo.toml", "Cargo.lock"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	tr := &Tree{File: filepath.Join(dir, "Cargo.lock"), Root: dir}
	path := filepath.Join(t.TempDir(), "kept.json")
	m := &metadata{Root: dir}
	remember(path, tr, m, dir, time.Now().Add(-time.Hour))
	if recall(path) != nil {
		t.Error("an answer from before the last change is kept")
	}
	remember(path, tr, m, dir, time.Now().Add(time.Hour))
	if recall(path) == nil {
		t.Error("nothing is kept")
	}
	if err := os.WriteFile(filepath.Join(dir, "Cargo.lock"), []byte("# other\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if recall(path) != nil {
		t.Error("the answer for another lock file is used")
	}
}
