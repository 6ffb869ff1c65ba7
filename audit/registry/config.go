package registry

import (
	"os"
	"path/filepath"

	"softshell/config"
)

// source is a [source.NAME] table of cargo's configuration.
type source struct {
	ReplaceWith string `toml:"replace-with"`
	Registry    string `toml:"registry"`
	Local       string `toml:"local-registry"`
	Directory   string `toml:"directory"`
}

type cargoConfig struct {
	Source     map[string]source `toml:"source"`
	Registries map[string]struct {
		Index string `toml:"index"`
	} `toml:"registries"`
}

// replaced follows replace-with from a source to the one that stands for it. Paths in
// the answer are absolute. A configuration that cannot be read counts as none: cargo
// itself complains of it.
func replaced(home, dir, name string) source {
	sources := map[string]source{}
	for _, file := range configFiles(home, dir) {
		var c cargoConfig
		if config.DecodeTOMLFile(file, &c) != nil {
			continue
		}
		base := filepath.Dir(filepath.Dir(file)) // paths start at the folder that holds .cargo
		for n, s := range c.Source {
			old := sources[n]
			sources[n] = source{
				ReplaceWith: first(old.ReplaceWith, s.ReplaceWith),
				Registry:    first(old.Registry, s.Registry),
				Local:       first(old.Local, absolute(base, s.Local)),
				Directory:   first(old.Directory, absolute(base, s.Directory)),
			}
		}
		for n, r := range c.Registries {
			if old := sources[n]; old.Registry == "" {
				old.Registry = r.Index
				sources[n] = old
			}
		}
	}
	for range len(sources) + 1 { // a circle ends somewhere
		next := sources[name].ReplaceWith
		if _, ok := sources[next]; !ok {
			break
		}
		name = next
	}
	return sources[name]
}

// configFiles lists cargo's configuration files, those that win first.
func configFiles(home, dir string) []string {
	var out []string
	add := func(folder string) {
		for _, name := range []string{"config", "config.toml"} {
			file := filepath.Join(folder, name)
			if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
				out = append(out, file)
				return // the one without an ending wins
			}
		}
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil
	}
	for {
		add(filepath.Join(dir, ".cargo"))
		up := filepath.Dir(dir)
		if up == dir {
			break
		}
		dir = up
	}
	add(home)
	return out
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func absolute(base, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(base, path)
}
