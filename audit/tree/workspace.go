package tree

import (
	"os"
	"path/filepath"
	"slices"

	"github.com/bmatcuk/doublestar/v4"

	"softshell/config"
)

// manifest is what tells where a workspace has its root.
type manifest struct {
	Package *struct {
		Workspace string `toml:"workspace"`
	} `toml:"package"`
	Workspace *struct {
		Members []string `toml:"members"`
		Exclude []string `toml:"exclude"`
	} `toml:"workspace"`
}

func readManifest(file string) (m manifest, ok bool) {
	data, err := readSmall(file, maxLock)
	if err != nil {
		return m, false
	}
	return m, config.DecodeTOML(string(data), &m) == nil
}

// workspaceRoot is the folder with the Cargo.lock of a manifest: its own, that of the
// workspace that it names, or of the next one above that does not exclude it.
func workspaceRoot(file string) string {
	abs, err := filepath.Abs(file)
	if err != nil {
		return filepath.Dir(file)
	}
	dir := filepath.Dir(abs)
	m, ok := readManifest(abs)
	if !ok || m.Workspace != nil {
		return dir
	}
	if m.Package != nil && m.Package.Workspace != "" {
		return filepath.Join(dir, m.Package.Workspace)
	}
	for at := filepath.Dir(dir); ; at = filepath.Dir(at) {
		if above, ok := readManifest(filepath.Join(at, "Cargo.toml")); ok && above.Workspace != nil {
			rel, err := filepath.Rel(at, dir)
			if err != nil || excluded(filepath.ToSlash(rel), above.Workspace.Exclude) {
				return dir
			}
			if !listed(filepath.ToSlash(rel), above.Workspace.Members) && exists(filepath.Join(dir, "Cargo.lock")) {
				return dir // a path dependency of another workspace, or cargo's error
			}
			return at
		}
		if at == filepath.Dir(at) {
			return dir
		}
	}
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

func excluded(rel string, globs []string) bool {
	return slices.ContainsFunc(globs, func(g string) bool {
		g = filepath.ToSlash(filepath.Clean(g))
		return rel == g || len(rel) > len(g) && rel[:len(g)] == g && rel[len(g)] == '/'
	})
}

func listed(rel string, globs []string) bool {
	return slices.ContainsFunc(globs, func(g string) bool {
		ok, _ := doublestar.Match(filepath.ToSlash(filepath.Clean(g)), rel)
		return ok
	})
}
