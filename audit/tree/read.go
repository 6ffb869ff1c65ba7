package tree

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	cyclonedx "github.com/CycloneDX/cyclonedx-go"

	"softshell/audit/registry"
	"softshell/config"
)

// Options say what is read and for what.
type Options struct {
	Path              string // a folder, a Cargo.toml, a Cargo.lock, a binary, a bill of materials; "" is this folder
	Toolchain         string // of rustup, without the plus
	Target            string // triple; "" is what cargo would build for, "all" every target
	Features          []string
	AllFeatures       bool
	NoDefaultFeatures bool
	Offline           bool
	Locked            bool   // a lock file that is not up to date is an error
	CacheDir          string // "" keeps nothing
}

// Read reads the tree of a program. The error tells a person what to do.
func Read(ctx context.Context, o Options) (*Tree, error) {
	t, err := read(ctx, &o)
	if err != nil {
		return nil, err
	}
	dir := t.Root
	if dir == "" {
		dir = filepath.Dir(t.File)
	}
	t.markYanked(dir, o.CacheDir)
	return t, nil
}

// ReadLock reads a Cargo.lock by itself; which versions are yanked is not asked.
func ReadLock(file string) (*Tree, error) { return readLock(file) }

func read(ctx context.Context, o *Options) (*Tree, error) {
	path := o.Path
	if path == "" {
		path = "."
	}
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("read %s: there is no such file or folder", path)
	}
	if err != nil {
		return nil, err
	}
	switch {
	case info.IsDir():
		manifest, err := findManifest(path)
		if err != nil {
			return nil, err
		}
		return readProject(ctx, o, manifest)
	case !info.Mode().IsRegular(): // opening a pipe waits
		return nil, fmt.Errorf("read %s: it is neither a file nor a folder", path)
	case filepath.Base(path) == "Cargo.toml":
		return readProject(ctx, o, path)
	}
	if len(o.Features) > 0 || o.AllFeatures || o.NoDefaultFeatures {
		return nil, fmt.Errorf("%s tells nothing of features: name the package's folder", path)
	}
	t, err := readFile(path)
	if err != nil {
		return nil, err
	}
	if o.Target != "" && o.Target != "all" { // advisories for other machines only do not count
		t.Targets, t.Host = []string{o.Target}, o.Target
	}
	return t, nil
}

// readFile reads what is no project, by what its first bytes are.
func readFile(path string) (*Tree, error) {
	head, err := headOf(path)
	if err != nil {
		return nil, err
	}
	switch text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n"); {
	case isBinary(head):
		return readBinary(path)
	case bytes.HasPrefix(text, []byte("{")):
		return readSBOM(path, cyclonedx.BOMFileFormatJSON)
	case bytes.HasPrefix(text, []byte("<?xml")), bytes.HasPrefix(text, []byte("<bom")):
		return readSBOM(path, cyclonedx.BOMFileFormatXML)
	}
	t, err := readLock(path)
	if err != nil {
		return nil, err
	}
	t.note("only the lock file was read: what is locked and never built is judged too")
	if dir, err := filepath.Abs(filepath.Dir(path)); err == nil && exists(filepath.Join(dir, "Cargo.toml")) {
		t.Root = dir
	}
	return t, nil
}

func headOf(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	head := make([]byte, 256)
	n, err := io.ReadFull(f, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, err
	}
	return head[:n], nil
}

// findManifest looks for Cargo.toml in a folder and above it.
func findManifest(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for at := abs; ; at = filepath.Dir(at) {
		file := filepath.Join(at, "Cargo.toml")
		if _, err := os.Stat(file); err == nil {
			return file, nil
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("%s is no package: no Cargo.toml there or in any folder above; name a Cargo.lock by --lockfile", dir)
		}
	}
}

// readProject reads the lock file of a workspace and asks cargo what of it is built.
func readProject(ctx context.Context, o *Options, manifest string) (*Tree, error) {
	manifest, err := filepath.Abs(manifest)
	if err != nil {
		return nil, err
	}
	answer := o.keptPath(manifest)
	if t := recall(answer); t != nil {
		return t, nil
	}
	begin := time.Now()
	t, err := lockOf(workspaceRoot(manifest))
	if err != nil {
		return nil, err
	}
	m, b, err := t.askProject(ctx, o, manifest)
	var said *CargoError
	if errors.As(err, &said) && !o.Locked {
		t.note("cargo does not tell what is built (%s): what is locked and never built is judged too", said.Message)
		return t, nil
	}
	if err != nil {
		return nil, err
	}
	if m != nil {
		t.join(m, b)
	}
	if m != nil && b != nil { // else more may be known once more is on this machine
		remember(answer, t, m, filepath.Dir(manifest), begin)
	}
	return t, nil
}

// lockOf reads the lock file of a workspace.
func lockOf(root string) (*Tree, error) {
	t, err := readLock(filepath.Join(root, "Cargo.lock"))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s has no Cargo.lock: cargo generate-lockfile makes one", root)
	}
	if err != nil {
		return nil, err
	}
	t.Root = root
	return t, nil
}

// askProject asks cargo for all that is built, and for which targets. Without an answer
// of cargo metadata, which needs the manifests of what only tests use too, t is pruned
// by cargo tree alone.
func (t *Tree) askProject(ctx context.Context, o *Options, manifest string) (*metadata, *builds, error) {
	targets, host, err := o.triples(ctx, filepath.Dir(manifest))
	if err != nil {
		return nil, nil, err
	}
	asked := targets
	if host != "" && !slices.Contains(targets, host) {
		asked = append(slices.Clone(targets), host)
	}
	m, err := askCargo(ctx, o, manifest, asked)
	var said *CargoError
	if errors.As(err, &said) && !o.Locked {
		if program, failed := askTree(ctx, o, manifest, targets, "normal,build"); failed == nil {
			t.note("what tests use is not known: %s", said.Message)
			t.Targets, t.Host = targets, host
			t.prune(program)
			return nil, nil, nil
		}
	}
	if err != nil {
		return nil, nil, err
	}
	b, err := askBuilds(ctx, o, manifest, targets)
	if errors.As(err, &said) {
		t.note("cargo tree does not tell which features each build has (%s): what tests or another target switch on counts too", said.Message)
	} else if err != nil {
		return nil, nil, err
	}
	if m.Root != t.Root { // cargo knows better
		of, err := lockOf(m.Root)
		if err != nil {
			return nil, nil, err
		}
		of.Notes = append(of.Notes, t.Notes...)
		*t = *of
	}
	t.Targets, t.Host = targets, host
	return m, b, nil
}

// triples are the targets that something is built for: those asked for, by a flag, the
// environment or cargo's configuration, and behind them, for build scripts and
// procedural macros, this machine. No target means all there are. dir is where cargo
// is called, and its configuration begins.
func (o *Options) triples(ctx context.Context, dir string) (targets []string, host string, err error) {
	if o.Target == "all" {
		return nil, "", nil
	}
	if host, err = hostTriple(ctx, o, dir); err != nil {
		return nil, "", err
	}
	if targets = []string{o.Target}; o.Target == "" {
		targets = configuredTargets(dir)
	}
	for i, t := range targets {
		if t == "host-tuple" {
			targets[i] = host
		}
	}
	if len(targets) == 0 {
		targets = []string{host}
	}
	return targets, host, nil
}

// configuredTargets are cargo's build.target: of the environment, else of the nearest
// configuration. Files that describe a target of one's own are left out.
func configuredTargets(dir string) []string {
	if t := os.Getenv("CARGO_BUILD_TARGET"); t != "" {
		return triplesOf([]string{t})
	}
	for _, file := range configFiles(dir) {
		var c struct {
			Build struct {
				Target any `toml:"target"`
			} `toml:"build"`
		}
		if config.DecodeTOMLFile(file, &c) != nil {
			continue
		}
		switch t := c.Build.Target.(type) {
		case string:
			return triplesOf([]string{t})
		case []any:
			var out []string
			for _, s := range t {
				out = append(out, fmt.Sprint(s))
			}
			return triplesOf(out)
		}
	}
	return nil
}

func triplesOf(list []string) []string {
	return slices.DeleteFunc(list, func(t string) bool { return strings.HasSuffix(t, ".json") || t == "" })
}

// configFiles are the places of cargo's configuration, the nearest first.
func configFiles(dir string) []string {
	var out []string
	add := func(d string) { out = append(out, filepath.Join(d, "config"), filepath.Join(d, "config.toml")) }
	for ; ; dir = filepath.Dir(dir) {
		add(filepath.Join(dir, ".cargo"))
		if dir == filepath.Dir(dir) {
			break
		}
	}
	add(registry.CargoHome())
	return out
}
