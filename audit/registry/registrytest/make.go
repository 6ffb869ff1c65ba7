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
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// crate is one version of a crate.
type crate struct {
	name, num, rust string
	yanked, empty   bool
	deps            []dep
	features        map[string][]string
}

type dep struct {
	name, req string
	optional  bool
}

// Make makes a local registry in a folder. Each line of text is a version of a crate:
//
//	NAME VERSION [yanked] [empty] [rust=1.70] [DEP:REQ] [DEP:REQ?] [FEATURE+ON,ON]
//
// A question mark makes a dependency optional. A crate has the function f, unless it
// is empty. Blank lines and those that start with # do not count.
func Make(dir, text string) error {
	lines := map[string][]byte{}
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		c, err := parse(words)
		if err != nil {
			return err
		}
		packed, err := c.pack()
		if err != nil {
			return err
		}
		if err := write(filepath.Join(dir, c.name+"-"+c.num+".crate"), packed); err != nil {
			return err
		}
		entry, err := c.entry(packed)
		if err != nil {
			return err
		}
		lines[c.name] = append(lines[c.name], entry...)
	}
	for name, text := range lines {
		if err := write(filepath.Join(dir, "index", filepath.FromSlash(prefix(name))), text); err != nil {
			return err
		}
	}
	return nil
}

// Config is the configuration by which cargo takes a local registry for crates.io.
func Config(dir string) string {
	return fmt.Sprintf("[source.crates-io]\nreplace-with = \"local\"\n[source.local]\nlocal-registry = %q\n", dir)
}

func parse(words []string) (*crate, error) {
	if len(words) < 2 {
		return nil, fmt.Errorf("%q: want a name and a version", words)
	}
	c := &crate{name: words[0], num: words[1], features: map[string][]string{}}
	for _, w := range words[2:] {
		name, req, isDep := strings.Cut(w, ":")
		feature, on, isFeature := strings.Cut(w, "+")
		switch {
		case w == "yanked":
			c.yanked = true
		case w == "empty":
			c.empty = true
		case strings.HasPrefix(w, "rust="):
			c.rust = strings.TrimPrefix(w, "rust=")
		case isFeature:
			c.features[feature] = []string{}
			if on != "" {
				c.features[feature] = strings.Split(on, ",")
			}
		case isDep:
			r := strings.TrimSuffix(req, "?")
			c.deps = append(c.deps, dep{name, r, r != req})
		default:
			return nil, fmt.Errorf("%s %s: %q is not understood", c.name, c.num, w)
		}
	}
	return c, nil
}

func (c *crate) manifest() string {
	var b strings.Builder
	fmt.Fprintf(&b, "[package]\nname = %q\nversion = %q\nedition = \"2018\"\n", c.name, c.num)
	if c.rust != "" {
		fmt.Fprintf(&b, "rust-version = %q\n", c.rust)
	}
	b.WriteString("[lib]\npath = \"lib.rs\"\n")
	for _, d := range c.deps {
		fmt.Fprintf(&b, "[dependencies.%s]\nversion = %q\noptional = %v\n", d.name, d.req, d.optional)
	}
	b.WriteString("[features]\n")
	for f, on := range c.features {
		fmt.Fprintf(&b, "%s = [", f)
		for _, o := range on {
			fmt.Fprintf(&b, "%q, ", o)
		}
		b.WriteString("]\n")
	}
	return b.String()
}

// entry is the crate's line in the index.
func (c *crate) entry(packed []byte) ([]byte, error) {
	sum := sha256.Sum256(packed)
	deps := []map[string]any{}
	for _, d := range c.deps {
		deps = append(deps, map[string]any{"name": d.name, "req": d.req, "features": []string{}, "optional": d.optional, "default_features": true, "target": nil, "kind": "normal"})
	}
	plain, newer := map[string][]string{}, map[string][]string{}
	for f, on := range c.features {
		if slices.ContainsFunc(on, func(s string) bool { return strings.HasPrefix(s, "dep:") }) {
			newer[f] = on
		} else {
			plain[f] = on
		}
	}
	line := map[string]any{"name": c.name, "vers": c.num, "deps": deps, "cksum": hex.EncodeToString(sum[:]), "features": plain, "yanked": c.yanked}
	if len(newer) > 0 {
		line["features2"], line["v"] = newer, 2
	}
	if c.rust != "" {
		line["rust_version"] = c.rust
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
func (c *crate) pack() ([]byte, error) {
	source := "pub fn f() {}\n"
	if c.empty {
		source = ""
	}
	var buf bytes.Buffer
	zip := gzip.NewWriter(&buf)
	out := tar.NewWriter(zip)
	for _, file := range [][2]string{{"Cargo.toml", c.manifest()}, {"lib.rs", source}} {
		if err := out.WriteHeader(&tar.Header{Name: c.name + "-" + c.num + "/" + file[0], Mode: 0o644, Size: int64(len(file[1])), Format: tar.FormatUSTAR}); err != nil {
			return nil, err
		}
		if _, err := out.Write([]byte(file[1])); err != nil {
			return nil, err
		}
	}
	if err := out.Close(); err != nil {
		return nil, err
	}
	err := zip.Close()
	return buf.Bytes(), err
}

func write(file string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o644)
}
