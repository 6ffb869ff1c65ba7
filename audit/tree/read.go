package tree

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
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
	path := o.Path
	if path == "" {
		path = "."
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	switch {
	case info.IsDir():
		manifest, err := findManifest(path)
		if err != nil {
			return nil, err
		}
		return readProject(ctx, &o, manifest)
	case filepath.Base(path) == "Cargo.toml":
		return readProject(ctx, &o, path)
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
	answer := o.keptPath(manifest)
	if t := recall(answer); t != nil {
		return t, nil
	}
	root := workspaceRoot(manifest)
	t, err := lockOf(root)
	if err != nil {
		return nil, err
	}
	m, triples, err := askProject(ctx, o, manifest, root)
	var said *CargoError
	if errors.As(err, &said) && !o.Locked {
		t.note("cargo does not tell what is built (%s): what is locked and never built is judged too", said.Message)
		return t, nil
	}
	if err != nil {
		return nil, err
	}
	if m.Root != root { // cargo knows better
		if t, err = lockOf(m.Root); err != nil {
			return nil, err
		}
	}
	t.join(m)
	if len(triples) > 0 {
		t.Target = triples[0]
	}
	remember(answer, t, m, t.File)
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

// askProject asks cargo for all that is built, and for which targets.
func askProject(ctx context.Context, o *Options, manifest, root string) (*metadata, []string, error) {
	abs, err := filepath.Abs(manifest)
	if err != nil {
		return nil, nil, err
	}
	triples, err := o.triples(ctx, root)
	if err != nil {
		return nil, nil, err
	}
	m, err := askCargo(ctx, o, abs, triples)
	return m, triples, err
}

// triples are the targets that something is built for: the one asked for, and for
// build scripts and procedural macros this machine. None means all there are.
func (o *Options) triples(ctx context.Context, root string) ([]string, error) {
	if o.Target == "all" {
		return nil, nil
	}
	host, err := hostTriple(ctx, o, root)
	if err != nil {
		return nil, err
	}
	if o.Target != "" && o.Target != host {
		return []string{o.Target, host}, nil
	}
	return []string{host}, nil
}
