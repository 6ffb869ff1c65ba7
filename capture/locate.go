package capture

import (
	"fmt"
	"os"
	"path/filepath"
)

// target is what Options.Path turned out to be.
type target struct {
	manifest string // a Cargo.toml; "" for a single file
	file     string // the single .rs file
	dir      string // where cargo and rustc are started: rust-toolchain and .cargo/config are looked for from here
}

// locate finds the manifest or the file that the options name.
func locate(o Options) (target, error) {
	path := o.Path
	if o.ManifestPath != "" {
		path = o.ManifestPath
	}
	if path == "" {
		path = "."
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return target{}, err
	}
	fi, err := os.Stat(abs)
	if err != nil {
		return target{}, &Error{Kind: ErrNoPath, What: "open " + path, Err: unwrapPath(err),
			Hint: "name a folder with a Cargo.toml, a Cargo.toml, or one .rs file"}
	}
	switch {
	case fi.IsDir():
		return locateManifest(abs, path)
	case filepath.Base(abs) == "Cargo.toml":
		return target{manifest: abs, dir: filepath.Dir(abs)}, nil
	case filepath.Ext(abs) == ".rs":
		return target{file: abs, dir: filepath.Dir(abs)}, nil
	}
	return target{}, &Error{Kind: ErrNotACrate, What: path + " is neither a Cargo.toml nor a .rs file",
		Hint: "name a folder with a Cargo.toml, a Cargo.toml, or one .rs file"}
}

// locateManifest looks for Cargo.toml in dir and above, as cargo does.
func locateManifest(dir, named string) (target, error) {
	for d := dir; ; {
		m := filepath.Join(d, "Cargo.toml")
		if fi, err := os.Stat(m); err == nil && !fi.IsDir() {
			return target{manifest: m, dir: d}, nil
		}
		up := filepath.Dir(d)
		if up == d {
			break
		}
		d = up
	}
	e := &Error{Kind: ErrNotACrate, What: fmt.Sprintf("%s is not a crate: no Cargo.toml there or in any folder above", named),
		Hint: "go to a crate, name a Cargo.toml, or name one .rs file"}
	if found := manifestsBelow(dir); len(found) > 0 {
		e.Hint = fmt.Sprintf("there are crates below: softshell check %s", found[0])
	}
	return target{}, e
}

// manifestsBelow names crates one level down, for the hint.
func manifestsBelow(dir string) []string {
	found, _ := filepath.Glob(filepath.Join(dir, "*", "Cargo.toml"))
	for i, f := range found {
		found[i] = filepath.Dir(f)
	}
	return found
}

// unwrapPath drops the path that the caller's message names already.
func unwrapPath(err error) error {
	if pe, ok := err.(*os.PathError); ok {
		return pe.Err
	}
	return err
}
