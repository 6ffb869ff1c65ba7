// Package registrytest makes local registries for tests: what cargo takes for
// crates.io, without a network.
package registrytest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"softshell/audit/registry"
)

// Make makes of the crates in the folders of from (NAME-VERSION, each with a Cargo.toml
// and sources) a local registry in to. A crate with a file named yanked is yanked.
func Make(from, to string) error {
	config := fmt.Sprintf("[source.crates-io]\nreplace-with = \"v\"\n[source.v]\ndirectory = %q\n", from)
	temp, err := os.MkdirTemp("", "registrytest-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	if err := write(filepath.Join(temp, ".cargo", "config.toml"), []byte(config)); err != nil {
		return err
	}
	index := registry.Open(filepath.Join(temp, "home"), temp)
	dirs, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	lines := map[string][]byte{}
	for _, d := range dirs {
		v := version(index, d.Name())
		if v == nil {
			return fmt.Errorf("%s: no crate of that name and version", d.Name())
		}
		crate, err := pack(filepath.Join(from, d.Name()), d.Name())
		if err != nil {
			return err
		}
		if err := write(filepath.Join(to, d.Name()+".crate"), crate); err != nil {
			return err
		}
		_, err = os.Stat(filepath.Join(from, d.Name(), "yanked"))
		line, err := indexLine(v, crate, err == nil)
		if err != nil {
			return err
		}
		lines[v.Name] = append(lines[v.Name], line...)
	}
	for name, text := range lines {
		if err := write(filepath.Join(to, "index", filepath.FromSlash(prefix(name))), text); err != nil {
			return err
		}
	}
	return nil
}

// Config is the configuration by which cargo takes a local registry for crates.io.
func Config(dir string) string {
	return fmt.Sprintf("[source.crates-io]\nreplace-with = \"local\"\n[source.local]\nlocal-registry = %q\n", dir)
}

func version(index *registry.Index, name string) *registry.Version {
	for i := range name {
		if name[i] != '-' {
			continue
		}
		vs := index.Versions(name[:i])
		for k := range vs {
			if vs[k].Num == name[i+1:] {
				return &vs[k]
			}
		}
	}
	return nil
}

func indexLine(v *registry.Version, crate []byte, yanked bool) ([]byte, error) {
	sum := sha256.Sum256(crate)
	deps := []map[string]any{}
	for _, d := range v.Deps {
		m := map[string]any{"name": d.Name, "req": d.Req, "features": append([]string{}, d.Features...), "optional": d.Optional, "default_features": d.DefaultFeatures, "target": nil, "kind": d.Kind}
		if d.Target != "" {
			m["target"] = d.Target
		}
		if d.Package != "" {
			m["package"] = d.Package
		}
		deps = append(deps, m)
	}
	features := v.Features
	if features == nil {
		features = map[string][]string{}
	}
	line := map[string]any{"name": v.Name, "vers": v.Num, "deps": deps, "cksum": hex.EncodeToString(sum[:]), "features": features, "yanked": yanked}
	if v.Rust != "" {
		line["rust_version"] = v.Rust
	}
	out, err := json.Marshal(line)
	return append(out, '\n'), err
}

func prefix(name string) string {
	switch len(name) {
	case 1, 2:
		return fmt.Sprintf("%d/%s", len(name), name)
	case 3:
		return "3/" + name[:1] + "/" + name
	}
	return name[:2] + "/" + name[2:4] + "/" + name
}

// pack makes the archive that a registry hands out.
func pack(dir, name string) ([]byte, error) {
	var buf bytes.Buffer
	zip := gzip.NewWriter(&buf)
	out := tar.NewWriter(zip)
	err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		rel := filepath.ToSlash(strings.TrimPrefix(file, dir))
		if err := out.WriteHeader(&tar.Header{Name: name + rel, Mode: 0o644, Size: int64(len(text)), Format: tar.FormatUSTAR}); err != nil {
			return err
		}
		_, err = out.Write(text)
		return err
	})
	for _, end := range []func() error{out.Close, zip.Close} {
		if e := end(); err == nil {
			err = e
		}
	}
	return buf.Bytes(), err
}

func write(file string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o644)
}
