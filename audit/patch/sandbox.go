package patch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"softshell/config"
)

// sandbox is a copy of a workspace's manifests and its Cargo.lock in which cargo may
// change what it likes. Everything else in it is a link to the user's files, which
// cargo looks at only to see which targets a package has.
//
// The folders stand below dir as they stand on this machine, so that a path
// dependency outside of the workspace is found where its manifest says.
type sandbox struct {
	dir  string
	root string   // of the real workspace
	dirs []string // of the real packages, sorted
}

// newSandbox copies the workspace in root. Close removes the copy.
func newSandbox(ctx context.Context, c *cargo, root, temp string) (*sandbox, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	dirs, err := packageDirs(ctx, c, root)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(temp, "softshell-fix-")
	if err != nil {
		return nil, err
	}
	if dir, err = filepath.Abs(dir); err != nil { // cargo is started elsewhere
		return nil, err
	}
	s := &sandbox{dir, root, dirs}
	if err := s.fill(); err != nil {
		s.Close()
		return nil, fmt.Errorf("copy the manifests of %s: %w", root, err)
	}
	return s, nil
}

// Close removes the sandbox.
func (s *sandbox) Close() error { return os.RemoveAll(s.dir) }

// in is where a file of the user's stands in the sandbox.
func (s *sandbox) in(file string) string {
	return filepath.Join(s.dir, strings.TrimPrefix(file, filepath.VolumeName(file)))
}

func (s *sandbox) manifest() string { return filepath.Join(s.in(s.root), "Cargo.toml") }
func (s *sandbox) lock() string     { return filepath.Join(s.in(s.root), "Cargo.lock") }

// fill makes the folders: those of packages and what leads to them are real ones,
// everything else in them is a link.
func (s *sandbox) fill() error {
	made := map[string]bool{}
	for _, d := range s.dirs {
		for at := d; !made[at]; at = filepath.Dir(at) {
			made[at] = true
			if at == filepath.Dir(at) {
				break
			}
		}
		if err := os.MkdirAll(s.in(d), 0o755); err != nil {
			return err
		}
	}
	for _, d := range s.dirs {
		entries, err := os.ReadDir(d)
		if err != nil {
			return err
		}
		for _, e := range entries {
			from := filepath.Join(d, e.Name())
			switch name := e.Name(); {
			case made[from], name == "target", strings.HasPrefix(name, "."):
				continue
			case name == "Cargo.toml", name == "Cargo.lock" && d == s.root:
				err = copyFile(from, s.in(from))
			default:
				err = link(from, s.in(from))
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o644)
}

// link makes to mean from. Where links cannot be made, empty source files do: cargo
// looks at their names only.
func link(from, to string) error {
	if os.Symlink(from, to) == nil {
		return nil
	}
	return filepath.WalkDir(from, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // what cannot be read is no target
		}
		rel, err := filepath.Rel(from, file)
		if err != nil {
			return err
		}
		at := filepath.Join(to, rel)
		switch {
		case d.IsDir() && file != from && (d.Name() == "target" || strings.HasPrefix(d.Name(), ".")):
			return filepath.SkipDir
		case d.IsDir():
			return os.MkdirAll(at, 0o755)
		case filepath.Ext(file) == ".rs":
			return os.WriteFile(at, nil, 0o644)
		case d.Name() == "Cargo.toml":
			return copyFile(file, at)
		}
		return nil
	})
}

// packageDirs are the folders of all packages that a resolution of the workspace
// reads on this machine: its members, and what their manifests name by a path.
func packageDirs(ctx context.Context, c *cargo, root string) ([]string, error) {
	out, err := c.run(ctx, "metadata", "--format-version", "1", "--no-deps", "--offline", "--manifest-path", filepath.Join(root, "Cargo.toml"))
	var no *refusal
	if errors.As(err, &no) {
		return nil, fmt.Errorf("cargo cannot read %s: %s", filepath.Join(root, "Cargo.toml"), no.said)
	}
	if err != nil {
		return nil, err
	}
	var m struct {
		Packages []struct {
			Manifest string `json:"manifest_path"`
		} `json:"packages"`
	}
	if err := json.Unmarshal([]byte(out), &m); err != nil {
		return nil, fmt.Errorf("read the answer of cargo metadata: %w", err)
	}
	dirs := []string{root}
	add := func(d string) {
		if d = filepath.Clean(d); !slices.Contains(dirs, d) {
			dirs = append(dirs, d)
		}
	}
	for _, p := range m.Packages {
		add(filepath.Dir(p.Manifest))
	}
	for i := 0; i < len(dirs); i++ { // dirs grows
		for _, p := range pathsIn(filepath.Join(dirs[i], "Cargo.toml")) {
			p = filepath.FromSlash(p)
			if !filepath.IsAbs(p) {
				p = filepath.Join(dirs[i], p)
			}
			if info, err := os.Stat(filepath.Join(p, "Cargo.toml")); err == nil && info.Mode().IsRegular() {
				add(p)
			}
		}
	}
	slices.Sort(dirs)
	return dirs, nil
}

// pathsIn are the values of all keys `path` and `workspace` of a manifest. Those of
// targets are among them; they lead to no manifest.
func pathsIn(file string) []string {
	var m map[string]any
	if config.DecodeTOMLFile(file, &m) != nil {
		return nil // cargo's to complain of
	}
	var out []string
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for key, inner := range v {
				if s, ok := inner.(string); ok && (key == "path" || key == "workspace") {
					out = append(out, s)
					continue
				}
				walk(inner)
			}
		case []map[string]any:
			for _, inner := range v {
				walk(inner)
			}
		case []any:
			for _, inner := range v {
				walk(inner)
			}
		}
	}
	walk(m)
	return out
}
