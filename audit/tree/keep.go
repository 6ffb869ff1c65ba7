package tree

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"softshell/finding"
)

// Asking cargo takes longer than all the rest, so its answer is kept together with
// stamps of what it was made from. The stamps are meant to be wider than cargo's own
// question: all manifests of this machine's packages, the lock file, cargo's and
// rustup's configuration from the workspace up, the programs, the environment. What
// cannot be stamped is not kept.

// keptFormat changes when a kept answer would be read wrongly.
const keptFormat = "3"

// kept is an answer with the stamps of what it was made from.
type kept struct {
	Stamps map[string]string // file -> digest of its content, "" when there is none
	Lists  map[string]string // pattern -> digest of the names that it finds
	Tree   *Tree
}

// keptFor is how long an answer that nobody asks for stays.
const keptFor = 30 * 24 * time.Hour

// keptPath names the answer for these options in this environment; "" keeps none.
func (o *Options) keptPath(manifest string) string {
	if o.CacheDir == "" {
		return ""
	}
	abs, err := filepath.Abs(manifest)
	if err != nil {
		return ""
	}
	parts := []string{keptFormat, abs, o.Toolchain, o.Target, strings.Join(o.Features, ",")}
	for _, b := range []bool{o.AllFeatures, o.NoDefaultFeatures} {
		parts = append(parts, map[bool]string{true: "1"}[b])
	}
	var env []string
	for _, kv := range os.Environ() {
		if name, _, _ := strings.Cut(kv, "="); strings.HasPrefix(name, "CARGO") || strings.HasPrefix(name, "RUST") || name == "PATH" || name == "HOME" {
			env = append(env, kv)
		}
	}
	slices.Sort(env)
	return filepath.Join(o.CacheDir, "audit-tree", digest([]byte(strings.Join(append(parts, env...), "\x00")))+".json")
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:16])
}

func stamp(file string) string {
	data, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	return digest(data)
}

// programStamp is enough for a program: it is replaced as a whole.
func programStamp(file string) string {
	info, err := os.Stat(file)
	if err != nil {
		return ""
	}
	return info.ModTime().UTC().Format(time.RFC3339Nano) + " " + info.Mode().String()
}

func listStamp(pattern string) string {
	names, _ := filepath.Glob(pattern)
	return digest([]byte(strings.Join(names, "\x00")))
}

// recall returns a kept answer if nothing changed since.
func recall(path string) *Tree {
	if path == "" {
		return nil
	}
	data, err := os.ReadFile(path)
	var k kept
	if err != nil || json.Unmarshal(data, &k) != nil || k.Tree == nil {
		return nil
	}
	for file, was := range k.Stamps {
		if program, ok := strings.CutPrefix(file, "program:"); ok {
			if programStamp(program) != was {
				return nil
			}
		} else if stamp(file) != was {
			return nil
		}
	}
	for pattern, was := range k.Lists {
		if listStamp(pattern) != was {
			return nil
		}
	}
	now := time.Now()
	_ = os.Chtimes(path, now, now)
	return k.Tree
}

var includes = regexp.MustCompile(`(?m)^\s*include\s*=`)

// remember keeps an answer of cargo, which was called in dir, unless something of what it
// was made from changed since begin. That it cannot be written costs the next run some
// time, nothing else.
func remember(path string, t *Tree, m *metadata, dir string, begin time.Time) {
	if path == "" {
		return
	}
	k := kept{Stamps: map[string]string{}, Lists: map[string]string{}, Tree: t}
	changed := false
	file := func(f string) {
		if info, err := os.Stat(f); err == nil && !info.ModTime().Before(begin) {
			changed = true
		}
		k.Stamps[f] = stamp(f)
	}
	file(t.File)
	for i := range m.Packages {
		if m.Packages[i].Source == "" {
			file(m.Packages[i].Manifest)
		}
	}
	for _, from := range []string{dir, m.Root} { // one mostly lies in the other
		for d := from; ; d = filepath.Dir(d) {
			for _, name := range []string{"Cargo.toml", "rust-toolchain", "rust-toolchain.toml"} {
				file(filepath.Join(d, name))
			}
			if d == filepath.Dir(d) {
				break
			}
		}
	}
	for _, f := range configFiles(dir) {
		file(f)
		if text, err := os.ReadFile(f); err == nil && includes.Match(text) {
			return // it includes files that are not known here
		}
	}
	if changed || !k.toolchain() {
		return
	}
	root, _ := readManifest(filepath.Join(m.Root, "Cargo.toml"))
	if root.Workspace != nil {
		for _, glob := range root.Workspace.Members {
			if strings.Contains(glob, "**") {
				return
			}
			if p := filepath.Join(m.Root, filepath.FromSlash(glob), "Cargo.toml"); strings.ContainsAny(glob, "*?[") {
				k.Lists[p] = listStamp(p)
			}
		}
	}
	data, err := json.Marshal(&k)
	if err != nil || os.MkdirAll(filepath.Dir(path), 0o755) != nil {
		return
	}
	_ = finding.WriteFile(path, data)
	sweep(filepath.Dir(path))
}

// toolchain stamps cargo, rustc and what rustup was told.
func (k *kept) toolchain() bool {
	for _, name := range []string{"cargo", rustc()} {
		path, err := exec.LookPath(name)
		if err != nil {
			return false
		}
		k.Stamps["program:"+path] = programStamp(path)
	}
	home := os.Getenv("RUSTUP_HOME")
	if home == "" {
		user, err := os.UserHomeDir()
		if err != nil {
			return false
		}
		home = filepath.Join(user, ".rustup")
	}
	k.Stamps[filepath.Join(home, "settings.toml")] = stamp(filepath.Join(home, "settings.toml"))
	hashes, _ := filepath.Glob(filepath.Join(home, "update-hashes", "*")) // one file for each toolchain that rustup keeps
	for _, f := range hashes {
		k.Stamps[f] = stamp(f)
	}
	return true
}

// sweep removes answers that nobody asked for since long.
func sweep(dir string) {
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	for _, f := range files {
		if info, err := os.Stat(f); err == nil && time.Since(info.ModTime()) > keptFor {
			_ = os.Remove(f)
		}
	}
}
