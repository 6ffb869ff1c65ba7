package registry

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Version is one version of a crate as its index tells of it.
type Version struct {
	Name     string              `json:"name"`
	Num      string              `json:"vers"`
	Deps     []Dep               `json:"deps"`
	Yanked   bool                `json:"yanked"`
	Rust     string              `json:"rust_version"` // the oldest that it says it needs, "" when it says nothing
	Features map[string][]string `json:"features"`
	// Features2 has those that are written in the newer syntax; All joins both.
	Features2 map[string][]string `json:"features2"`
}

// Dep is a dependency of a version.
type Dep struct {
	Name            string   `json:"name"`    // by which the manifest calls it
	Package         string   `json:"package"` // its real name, "" when that is the same
	Req             string   `json:"req"`
	Features        []string `json:"features"`
	Optional        bool     `json:"optional"`
	DefaultFeatures bool     `json:"default_features"`
	Target          string   `json:"target"`
	Kind            string   `json:"kind"`     // "normal", "build" or "dev"; "" is normal
	Registry        string   `json:"registry"` // "" is the one that the version is in
}

// Crate is the real name of the dependency.
func (d *Dep) Crate() string {
	if d.Package != "" {
		return d.Package
	}
	return d.Name
}

// Feature returns what a feature turns on.
func (v *Version) Feature(name string) ([]string, bool) {
	if on, ok := v.Features[name]; ok {
		return on, true
	}
	on, ok := v.Features2[name]
	return on, ok
}

// Index answers questions about crates.io's crates, or about what stands for it.
// It may be used by several goroutines.
type Index struct {
	// Place is the file or folder that answers come from; "" when there is none.
	Place string
	kind  kind
	dirs  []string // folders of index files

	mu   sync.Mutex
	read map[string]*entry
}

type entry struct {
	versions []Version
	when     time.Time
}

type kind int

const (
	remote   kind = iota // cargo keeps index files of it
	local                // a local registry: index files, and the crates beside them
	vendored             // a folder of unpacked crates
)

// Open finds what stands for crates.io when cargo is started in dir. home is
// cargo's home folder; "" is the usual one.
func Open(home, dir string) *Index {
	if home == "" {
		home = CargoHome()
	}
	x := &Index{read: map[string]*entry{}}
	host := "index.crates.io"
	switch s := replaced(home, dir, "crates-io"); {
	case s.Directory != "":
		x.kind, x.Place = vendored, s.Directory
		return x
	case s.Local != "":
		x.kind, x.Place = local, filepath.Join(s.Local, "index")
		x.dirs = []string{x.Place}
		return x
	case s.Registry != "":
		host = hostOf(s.Registry)
	}
	hosts := []string{host}
	if host == "index.crates.io" {
		hosts = append(hosts, "github.com") // crates.io's index as a git repository, of older cargos
	}
	for _, h := range hosts {
		found, _ := filepath.Glob(filepath.Join(home, "registry", "index", h+"-*", ".cache"))
		x.dirs = append(x.dirs, found...)
	}
	if len(x.dirs) > 0 {
		x.Place = filepath.Dir(x.dirs[0])
	}
	return x
}

// CargoHome is the folder where cargo keeps what it fetched.
func CargoHome() string {
	if v := os.Getenv("CARGO_HOME"); v != "" {
		return v
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ".cargo"
	}
	return filepath.Join(home, ".cargo")
}

// hostOf is the part of an index's address that names its folder in cargo's home.
func hostOf(url string) string {
	url = strings.TrimPrefix(url, "sparse+")
	if _, rest, ok := strings.Cut(url, "://"); ok {
		url = rest
	}
	host, _, _ := strings.Cut(url, "/")
	if _, h, ok := strings.Cut(host, "@"); ok {
		host = h
	}
	host, _, _ = strings.Cut(host, ":")
	return host
}

// Versions returns all versions of a crate in the order of the index. It is nil when
// nothing on this machine tells of the crate.
func (x *Index) Versions(name string) []Version { return x.entry(name).versions }

// When says how old the knowledge of a crate is: the time of its newest index file.
func (x *Index) When(name string) time.Time { return x.entry(name).when }

// Fixed reports whether a folder stands for crates.io: no other versions can be had.
func (x *Index) Fixed() bool { return x.kind != remote }

// Forget makes the next question read the files again.
func (x *Index) Forget() {
	x.mu.Lock()
	defer x.mu.Unlock()
	clear(x.read)
}

func (x *Index) entry(name string) *entry {
	x.mu.Lock()
	defer x.mu.Unlock()
	e := x.read[name]
	if e == nil {
		e = x.load(name)
		x.read[name] = e
	}
	return e
}

func (x *Index) load(name string) *entry {
	e := &entry{}
	if !validName(name) {
		return e
	}
	if x.kind == vendored {
		e.versions = vendoredVersions(x.Place, name)
		return e
	}
	for _, dir := range x.dirs {
		file := filepath.Join(dir, filepath.FromSlash(prefix(name)))
		info, err := os.Stat(file)
		if err != nil || info.Size() > maxFile || !info.ModTime().After(e.when) {
			continue // an older file of the same crate tells nothing new
		}
		data, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		read := lines
		if x.kind == remote {
			read = cached
		}
		if vs := read(data, name); vs != nil {
			e.versions, e.when = vs, info.ModTime()
		}
	}
	return e
}

// maxFile bounds what is read of one crate; the largest index file known is below 3 MB.
const maxFile = 64 << 20

// validName holds names from a lock file to what can be a crate's name, so that none leads
// to a file elsewhere.
func validName(name string) bool {
	if name == "" || len(name) > 64 {
		return false
	}
	for _, r := range name {
		if !(r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') {
			return false
		}
	}
	return true
}

// prefix is the path of a crate's file in an index.
func prefix(name string) string {
	name = strings.ToLower(name)
	switch len(name) {
	case 1:
		return "1/" + name
	case 2:
		return "2/" + name
	case 3:
		return "3/" + name[:1] + "/" + name
	}
	return name[:2] + "/" + name[2:4] + "/" + name
}

// cached reads the form in which cargo keeps index files: a byte for the form, the
// index's own version, its revision, then each version's number and line, all ended by
// a zero byte.
func cached(data []byte, name string) []Version {
	data = behindForm(data)
	if data == nil {
		return nil
	}
	fields := bytes.Split(data, []byte{0})
	out := []Version{}
	for i := 2; i < len(fields); i += 2 {
		out = appendLine(out, fields[i], name)
	}
	return out
}

// behindForm is what stands behind the bytes for the form; nil when it is not known.
func behindForm(data []byte) []byte {
	switch {
	case len(data) > 5 && data[0] == 3 && binary.LittleEndian.Uint32(data[1:]) <= 2:
		return data[5:]
	case len(data) > 1 && data[0] == 1:
		return data[1:]
	}
	return nil
}

// lines reads the form in which a registry has index files: a line a version.
func lines(data []byte, name string) []Version {
	out := []Version{}
	for line := range bytes.Lines(data) {
		out = appendLine(out, line, name)
	}
	return out
}

func appendLine(out []Version, line []byte, name string) []Version {
	var v Version
	if len(bytes.TrimSpace(line)) == 0 || json.Unmarshal(line, &v) != nil || v.Name != name || v.Num == "" {
		return out // what cannot be read is not offered
	}
	return append(out, v)
}
