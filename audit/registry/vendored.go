package registry

import (
	"path/filepath"
	"slices"

	"softshell/config"
)

// vendoredVersions reads the manifests of a folder of unpacked crates. Only folders
// whose name starts with the crate's can hold it: NAME, or NAME-VERSION.
func vendoredVersions(dir, name string) []Version {
	found, _ := filepath.Glob(filepath.Join(dir, name+"*", "Cargo.toml"))
	slices.Sort(found)
	var out []Version
	for _, file := range found {
		var m manifest
		if config.DecodeTOMLFile(file, &m) != nil || m.Package.Name != name || m.Package.Version == "" {
			continue
		}
		v := Version{Name: name, Num: m.Package.Version, Rust: m.Package.Rust, Features: m.Features}
		v.Deps = m.deps()
		out = append(out, v)
	}
	return out
}

// manifest is what is read of a published Cargo.toml: cargo writes those in one form.
type manifest struct {
	Package struct {
		Name    string `toml:"name"`
		Version string `toml:"version"`
		Rust    string `toml:"rust-version"`
	} `toml:"package"`
	tables
	Features map[string][]string `toml:"features"`
	Target   map[string]tables   `toml:"target"`
}

type tables struct {
	Normal map[string]any `toml:"dependencies"`
	Build  map[string]any `toml:"build-dependencies"`
	Dev    map[string]any `toml:"dev-dependencies"`
}

func (m *manifest) deps() []Dep {
	out := m.list("")
	for target, t := range m.Target {
		out = append(out, t.list(target)...)
	}
	slices.SortFunc(out, func(a, b Dep) int {
		return slices.Compare([]string{a.Kind, a.Name, a.Target}, []string{b.Kind, b.Name, b.Target})
	})
	return out
}

func (t *tables) list(target string) []Dep {
	var out []Dep
	for kind, table := range map[string]map[string]any{"normal": t.Normal, "build": t.Build, "dev": t.Dev} {
		for name, v := range table {
			out = append(out, dependency(name, kind, target, v))
		}
	}
	return out
}

// dependency reads `name = "req"` and `name = { version = "req", .. }`.
func dependency(name, kind, target string, v any) Dep {
	d := Dep{Name: name, Kind: kind, Target: target, DefaultFeatures: true, Req: "*"}
	switch v := v.(type) {
	case string:
		d.Req = v
	case map[string]any:
		if s, ok := v["version"].(string); ok {
			d.Req = s
		}
		d.Package, _ = v["package"].(string)
		d.Optional, _ = v["optional"].(bool)
		if b, ok := v["default-features"].(bool); ok {
			d.DefaultFeatures = b
		}
		if list, ok := v["features"].([]any); ok {
			for _, f := range list {
				if s, ok := f.(string); ok {
					d.Features = append(d.Features, s)
				}
			}
		}
	}
	return d
}
