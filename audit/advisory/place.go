package advisory

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"

	"softshell/audit/registry"
)

// Folder is where an update puts the database, below the cache folder.
const Folder = "advisory-db"

// currentFile names the archive that counts. It is replaced at once, so an update
// that is interrupted leaves the one before.
const currentFile = "current.json"

// current is what the file says.
type current struct {
	Commit  string `json:"commit"`
	URL     string `json:"url"`
	Updated string `json:"updated"` // RFC 3339: when the URL was last asked
	archive string // the commit's files, as git made it
}

// updated reports whether dir was made by an update, and what lies there.
func updated(dir string) (current, bool) {
	var c current
	b, err := os.ReadFile(filepath.Join(dir, currentFile))
	if err != nil || json.Unmarshal(b, &c) != nil || commitOr(c.Commit) == "" {
		return current{}, false
	}
	c.archive = archiveOf(dir, c.Commit)
	info, err := os.Stat(c.archive)
	return c, err == nil && info.Mode().IsRegular()
}

func archiveOf(dir, commit string) string { return filepath.Join(dir, commit+".tar") }

// ErrNone is returned when there is no database in any of the usual places.
var ErrNone = errors.New("there is no database of advisories yet: `softshell audit update` fetches it, or --db names one")

// Default finds the database when none is named: the one that an update made, else
// the one that cargo-audit keeps. why is a sentence for the user about the latter.
func Default(cache string) (path, why string, err error) {
	if dir := filepath.Join(cache, Folder); cache != "" {
		if _, ok := updated(dir); ok {
			return dir, "", nil
		}
	}
	dir := filepath.Join(registry.CargoHome(), "advisory-db")
	if info, err := os.Stat(filepath.Join(dir, Crates)); err == nil && info.IsDir() {
		return dir, "using the database that cargo-audit fetched, " + dir, nil
	}
	return "", "", ErrNone
}
