package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// members are the crates of the workspace: widely used ones of all sizes.
var members = []string{
	"aho-corasick", "anstream", "arrayvec", "bitflags", "bumpalo", "bytes", "clap_builder", "clap_lex", "crossbeam-channel", "crossbeam-deque",
	"crossbeam-epoch", "crossbeam-queue", "crossbeam-utils", "either", "equivalent", "fixedbitset", "http", "http-body", "httparse", "indexmap",
	"itoa", "memchr", "mio", "nom", "num-traits", "parking_lot", "petgraph", "rayon", "regex", "regex-automata", "regex-syntax", "slab",
	"smallvec", "tokio", "wasmparser",
}

// workspace is a cargo workspace made of copies of real crates.
type workspace struct {
	dir   string
	roots []string // of the members: src/lib.rs
	round int
}

// makeWorkspace copies the members that the project's lock file names into dir.
func makeWorkspace(project, dir string) (*workspace, error) {
	cmd := exec.Command("cargo", "metadata", "--format-version", "1", "--locked", "--manifest-path", filepath.Join(project, "Cargo.toml"))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("cargo metadata: %w", err)
	}
	var meta struct {
		Packages []struct {
			Name         string `json:"name"`
			Version      string `json:"version"`
			ManifestPath string `json:"manifest_path"`
		} `json:"packages"`
	}
	if err := json.Unmarshal(out, &meta); err != nil {
		return nil, err
	}
	ws := &workspace{dir: dir}
	var list, patch []string
	for _, p := range meta.Packages {
		if !slices.Contains(members, p.Name) || slices.Contains(list, p.Name) {
			continue
		}
		to := filepath.Join(dir, p.Name)
		if err := copyCrate(filepath.Dir(p.ManifestPath), to); err != nil {
			return nil, fmt.Errorf("copy crate %s: %w", p.Name, err)
		}
		list = append(list, p.Name)
		patch = append(patch, fmt.Sprintf("%s = { path = %q }\n", p.Name, p.Name))
		ws.roots = append(ws.roots, filepath.Join(to, "src", "lib.rs"))
	}
	root := fmt.Sprintf("[workspace]\nresolver = \"2\"\nmembers = [%s]\n\n[patch.crates-io]\n%s", `"`+strings.Join(list, `", "`)+`"`, strings.Join(patch, ""))
	return ws, os.WriteFile(filepath.Join(dir, "Cargo.toml"), []byte(root), 0o644)
}

// copyCrate copies a package without its tests, and without what only they need.
func copyCrate(from, to string) error {
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			switch rel {
			case "tests", "benches", "examples", "target":
				return filepath.SkipDir
			}
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), text, 0o644)
	})
	if err != nil {
		return err
	}
	return trimManifest(filepath.Join(to, "Cargo.toml"))
}

// trimManifest leaves out the targets that were not copied and the
// dependencies of tests.
func trimManifest(path string) error {
	var m map[string]any
	if _, err := toml.DecodeFile(path, &m); err != nil {
		return err
	}
	known := dependencies(m)
	if features, ok := m["features"].(map[string]any); ok {
		for name, list := range features {
			if list, ok := list.([]any); ok {
				features[name] = slices.DeleteFunc(list, func(v any) bool {
					dep, _, ok := strings.Cut(fmt.Sprint(v), "/")
					return ok && !known[strings.TrimSuffix(dep, "?")] // of a dependency that only tests have
				})
			}
		}
	}
	for _, key := range []string{"dev-dependencies", "bench", "test", "example", "lints", "profile"} {
		delete(m, key)
	}
	if targets, ok := m["target"].(map[string]any); ok {
		for _, t := range targets {
			if t, ok := t.(map[string]any); ok {
				delete(t, "dev-dependencies")
			}
		}
	}
	if p, ok := m["package"].(map[string]any); ok {
		delete(p, "resolver")
	}
	var buf bytes.Buffer
	if err := toml.NewEncoder(&buf).Encode(m); err != nil {
		return err
	}
	return os.WriteFile(path, buf.Bytes(), 0o644)
}

// dependencies are the names of what the package itself needs.
func dependencies(m map[string]any) map[string]bool {
	out := map[string]bool{}
	add := func(table map[string]any) {
		for _, kind := range []string{"dependencies", "build-dependencies"} {
			if deps, ok := table[kind].(map[string]any); ok {
				for name := range deps {
					out[name] = true
				}
			}
		}
	}
	add(m)
	if targets, ok := m["target"].(map[string]any); ok {
		for _, t := range targets {
			if t, ok := t.(map[string]any); ok {
				add(t)
			}
		}
	}
	return out
}

// touch changes every member's root file, so that each is compiled anew.
func (w *workspace) touch() error {
	w.round++
	for _, root := range w.roots {
		f, err := os.OpenFile(root, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(f, "\n// round %d\n", w.round)
		if closeErr := f.Close(); err == nil {
			err = closeErr
		}
		if err != nil {
			return err
		}
	}
	return nil
}
