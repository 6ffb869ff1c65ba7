package capture

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// cacheFormat names the layout; another layout lives in another folder.
const cacheFormat = "v1"

// cache is the folder where everything lies that outlives a run:
//
//	v1/mir/ab/<key>.mir, .spans.mir   MIR text by content address
//	v1/items/ab/<key>.json            rustdoc JSON by content address
//	     each with a .seal            how it looked when it was whole
//	v1/unsafe/ab/<key>.1.unsafe       survey of unsafe code by content address
//	v1/results/ab/<key>.json          what was computed from units
//	v1/probe/<rustc>.json             what a compiler can do
//	v1/ws/<name>-<hash>/              one workspace with one toolchain:
//	    lock, target/, units/, Cargo.lock
//	v1/runs/<run>.json                a finished run with its inputs
type cache struct{ dir string }

// CacheDir is the folder of the cache: dir if it is not "", else what
// SOFTSHELL_CACHE names, else the user's own.
func CacheDir(dir string) (string, error) {
	if dir == "" {
		dir = os.Getenv("SOFTSHELL_CACHE")
	}
	if dir == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return "", err
		}
		dir = filepath.Join(user, "softshell")
	}
	return filepath.Abs(dir)
}

// openCache finds the cache folder and makes sure that it can be written.
func openCache(in string) (cache, error) {
	dir, err := CacheDir(in)
	if err != nil {
		return cache{}, cacheError(dir, err)
	}
	c := cache{dir: filepath.Join(dir, cacheFormat)}
	if err := c.prepare(); err != nil {
		return cache{}, cacheError(dir, err)
	}
	return c, nil
}

// prepare makes the folders and marks the whole as a cache for backup programs.
func (c cache) prepare() error {
	for _, d := range []string{"mir", "items", "unsafe", "results", "probe", "runs", "ws"} {
		if err := os.MkdirAll(filepath.Join(c.dir, d), 0o755); err != nil {
			return err
		}
	}
	tag := filepath.Join(c.dir, "CACHEDIR.TAG")
	if _, err := os.Stat(tag); err == nil {
		return nil
	}
	return writeFile(tag, []byte("Signature: 8a477f597d28d172789f06886806bc55\n# made by softshell\n"))
}

// object is the path of a stored thing.
func (c cache) object(kind, key, ending string) string {
	return filepath.Join(c.dir, kind, key[:2], key+ending)
}

// mirPath is where the MIR text of a unit lies, in the form that is asked for.
func (c cache) mirPath(key string, spans bool) string {
	if spans {
		return c.object("mir", key, ".spans.mir")
	}
	return c.object("mir", key, ".mir")
}

// sealEnding is of the file that says how an object looked when it was whole.
const sealEnding = ".seal"

// seal notes that the file at path is whole; sum is its content's hash.
func seal(path, sum string) error {
	s, err := newStamp(path, false)
	if err != nil {
		return err
	}
	s.Sum, s.Fresh = sum, false // nobody writes to it again
	return writeJSON(path+sealEnding, &s)
}

// sealed returns the stamp of a file that still is what was sealed: one that
// was cut or overwritten is as good as none.
func sealed(path string) (stamp, bool) {
	var s stamp
	if readJSON(path+sealEnding, &s) != nil || s.Sum == "" {
		return s, false
	}
	s.Path = path
	return s, s.same()
}

// has reports whether the object is there and whole, and marks it as used.
func (c cache) has(path string) bool {
	s, ok := sealed(path)
	if !ok {
		return false
	}
	fi, err := os.Stat(path)
	if err != nil {
		return false
	}
	now := time.Now()
	if old := now.Sub(fi.ModTime()) > time.Hour; old {
		_ = os.Chtimes(path, now, now)
	} else if _, ctime := changeTime(fi); ctime == s.Ctime && fi.ModTime().UnixNano() == s.Mtime {
		return true
	}
	_ = seal(path, s.Sum) // so that the content is not read again the next time
	return true
}

// touch marks what a Build lies in as used.
func (c cache) touch(b *Build) {
	now := time.Now()
	seen := map[string]bool{}
	for _, u := range b.Units {
		if !seen[u.Place] {
			seen[u.Place] = true
			_ = os.Chtimes(place{dir: u.Place}.lockFile(), now, now)
		}
	}
}

// keep moves a sealed file into the store.
func (c cache) keep(from, to string) error {
	s, ok := sealed(from)
	if !ok {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	if err := os.Rename(from, to); err != nil {
		return err
	}
	_ = os.Remove(from + sealEnding)
	return seal(to, s.Sum) // anew: the move is a change of the file
}

// place is the folder of one workspace with one toolchain.
type place struct{ dir string }

// place returns the folder for a root folder and what else must not mix there.
func (c cache) place(root string, apart ...string) place {
	name := filepath.Base(root)
	if len(name) > 40 {
		name = name[:40]
	}
	id := strings.Map(plainRune, name) + "-" + digest(append([]string{root}, apart...)...)[:12]
	return place{dir: filepath.Join(c.dir, "ws", id)}
}

// spansAsked reports whether an earlier run had use for the spans of an artifact.
func (p place) spansAsked(artifact string) bool {
	_, err := os.Stat(p.spans(artifact))
	return err == nil
}

// prepare makes the folders.
func (p place) prepare() error {
	for _, d := range []string{p.units(), p.target()} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return cacheError(p.dir, err)
		}
	}
	return nil
}

func (p place) units() string          { return filepath.Join(p.dir, "units") }
func (p place) target() string         { return filepath.Join(p.dir, "target") }
func (p place) lockFile() string       { return filepath.Join(p.dir, "lock") }
func (p place) cargoLock() string      { return filepath.Join(p.dir, "Cargo.lock") }
func (p place) record(a string) string { return filepath.Join(p.units(), recordName(a)+".json") }
func (p place) spans(a string) string  { return filepath.Join(p.units(), recordName(a)+".spans") }
func (p place) mir(a string) string    { return filepath.Join(p.units(), recordName(a)+".mir") }

func plainRune(r rune) rune {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_', r == '.':
		return r
	}
	return '_'
}

// digest is a short name for a list of strings.
func digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

func envHash(kv string) string { return digest(kv)[:16] }

// writeFile puts a file in place whole or not at all.
func writeFile(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".tmp-*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

func writeJSON(path string, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return writeFile(path, text)
}
