package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"softshell/finding"
)

// source is one version of a crate, as it was published.
type source struct {
	Crate, Version string
	Dir            string              // a copy of it
	Features       map[string][]string // with those that cargo makes of optional dependencies
	Lib, Bin       bool
	Names          []string // of its crates, as rustc has them
}

// cargo runs cargo in a folder and returns its output; the error holds its words.
func cargo(ctx context.Context, dir string, env []string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "cargo", args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("cargo %s: %w\n%s", args[0], err, errs.String())
	}
	return out, nil
}

// fetch gets a version's source through cargo, once. Version "" is the newest
// that this toolchain compiles, and stays what it was when it was asked for first.
func fetch(ctx context.Context, dir, crate, version string) (*source, error) {
	id := crate + "-" + version
	kept := filepath.Join(dir, "sources", id+".json")
	src := &source{}
	if text, err := os.ReadFile(kept); err == nil && json.Unmarshal(text, src) == nil && isDir(src.Dir) && len(src.Names) > 0 {
		return src, nil
	}
	need := "=" + version
	if version == "" {
		need = "*"
	}
	asker, err := newAsker(dir, crate, need)
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(asker)
	src, from, err := ask(ctx, asker, crate)
	if err != nil && version != "" && ctx.Err() == nil {
		if err := lockYanked(asker, crate, version); err != nil {
			return nil, err
		}
		var again error
		if src, from, again = ask(ctx, asker, crate); again == nil {
			err = nil
		}
	}
	if err != nil {
		return nil, err
	}
	src.Dir = filepath.Join(dir, "sources", crate+"-"+src.Version)
	if err := publish(src.Dir, func(to string) error { return copyTree(from, to) }); err != nil {
		return nil, err
	}
	text, err := json.Marshal(src)
	if err != nil {
		return nil, err
	}
	return src, finding.WriteFile(kept, text)
}

// newAsker makes a package that depends on a version of a crate: what cargo
// says of it tells where the source is.
func newAsker(dir, crate, need string) (string, error) {
	asker, err := os.MkdirTemp(dir, "ask-")
	if err != nil {
		return "", err
	}
	manifest := fmt.Sprintf("[package]\nname = \"asker\"\nversion = \"0.0.0\"\nedition = \"2021\"\n[dependencies]\n%q = %q\n[workspace]\n", crate, need)
	err = errors.Join(os.MkdirAll(filepath.Join(asker, "src"), 0o755),
		os.WriteFile(filepath.Join(asker, "src", "lib.rs"), nil, 0o644),
		os.WriteFile(filepath.Join(asker, "Cargo.toml"), []byte(manifest), 0o644))
	return asker, err
}

// lockYanked writes a lock file that has the version already: cargo takes a
// version that was yanked only then.
func lockYanked(asker, crate, version string) error {
	text := fmt.Sprintf("version = 3\n[[package]]\nname = \"asker\"\nversion = \"0.0.0\"\ndependencies = [%q]\n"+
		"[[package]]\nname = %q\nversion = %q\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\n", crate, crate, version)
	return os.WriteFile(filepath.Join(asker, "Cargo.lock"), []byte(text), 0o644)
}

// ask lets cargo fetch the crate and say what it is.
func ask(ctx context.Context, asker, crate string) (src *source, dir string, err error) {
	out, err := cargo(ctx, asker, []string{"CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS=fallback"}, "metadata", "--format-version", "1")
	if err != nil {
		return nil, "", err
	}
	var meta struct {
		Packages []struct {
			ID, Name, Version string
			Manifest          string `json:"manifest_path"`
			Features          map[string][]string
			Targets           []struct {
				Name string
				Kind []string
			}
		}
		Resolve struct {
			Nodes []struct{ ID, Dependencies json.RawMessage }
		}
	}
	if err := json.Unmarshal(out, &meta); err != nil {
		return nil, "", fmt.Errorf("read cargo metadata: %w", err)
	}
	ids := map[string]bool{} // of what the asker depends on: a crate may depend on another version of itself
	for _, n := range meta.Resolve.Nodes {
		var id string
		var deps []string
		if json.Unmarshal(n.ID, &id) == nil && strings.Contains(id, "asker") && json.Unmarshal(n.Dependencies, &deps) == nil {
			for _, d := range deps {
				ids[d] = true
			}
		}
	}
	for _, p := range meta.Packages {
		if p.Name != crate || !ids[p.ID] {
			continue
		}
		src := &source{Crate: crate, Version: p.Version, Features: p.Features}
		for _, t := range p.Targets {
			switch {
			case slices.ContainsFunc(t.Kind, func(k string) bool { return k == "example" || k == "test" || k == "bench" || k == "custom-build" }):
				continue
			case slices.Contains(t.Kind, "bin"):
				src.Bin = true
			default:
				src.Lib = true
			}
			src.Names = append(src.Names, strings.ReplaceAll(t.Name, "-", "_"))
		}
		return src, filepath.Dir(p.Manifest), nil
	}
	return nil, "", fmt.Errorf("cargo metadata does not tell of %s", crate)
}

// stable lists the features that a stable compiler may have, nil when that is
// all of them: those that neither say of themselves that they need another
// compiler, nor turn one on that does.
func (s *source) stable() []string {
	nightly := map[string]bool{}
	for changed := true; changed; {
		changed = false
		for f, on := range s.Features {
			if !nightly[f] && (needsNightly(f) || slices.ContainsFunc(on, func(o string) bool { return nightly[o] || needsNightly(o) })) {
				nightly[f], changed = true, true
			}
		}
	}
	if len(nightly) == 0 {
		return nil
	}
	var out []string
	for f := range s.Features {
		if !nightly[f] {
			out = append(out, f)
		}
	}
	slices.Sort(out)
	return out
}

func needsNightly(feature string) bool {
	return slices.ContainsFunc([]string{"nightly", "unstable", "allocator_api", "allocator-api", "rustc-dep-of-std", "specialization", "portable_simd", "portable-simd", "may_dangle"},
		func(w string) bool { return strings.Contains(feature, w) })
}

// more reports whether the package has features that are not on by default.
func (s *source) more() bool {
	on := map[string]bool{}
	var turn func(string)
	turn = func(f string) {
		f = strings.TrimPrefix(f, "dep:")
		f, _, _ = strings.Cut(strings.ReplaceAll(f, "?", ""), "/")
		if !on[f] {
			on[f] = true
			for _, g := range s.Features[f] {
				turn(g)
			}
		}
	}
	turn("default")
	for f := range s.Features {
		if !on[f] {
			return true
		}
	}
	return false
}

// prepare makes the copy that is checked, with one of the locks.
func (s *source) prepare(ctx context.Context, dir, lock string) (string, error) {
	to := filepath.Join(dir, "checked", s.Crate+"-"+s.Version, strings.ReplaceAll(lock, " ", "-"))
	if isDir(to) {
		return to, nil
	}
	return to, publish(to, func(to string) error {
		if err := copyTree(s.Dir, to); err != nil {
			return err
		}
		if err := trimManifest(filepath.Join(to, "Cargo.toml")); err != nil {
			return err
		}
		switch lock {
		case lockShipped:
			_, err := os.Stat(filepath.Join(to, "Cargo.lock"))
			return err
		case lockOfItsTime:
			return s.lockOfItsTime(ctx, dir, to)
		}
		return removeLock(to)
	})
}

func removeLock(dir string) error {
	err := os.Remove(filepath.Join(dir, "Cargo.lock"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// lockOfItsTime resolves the dependencies as they stood when the version was
// released. No command of cargo tells that day; but it can resolve as of a day, and
// the first one on which the version is there is found by halving.
func (s *source) lockOfItsTime(ctx context.Context, dir, to string) error {
	if err := removeLock(to); err != nil {
		return err
	}
	day, err := s.released(ctx, dir)
	if err != nil {
		return err
	}
	return lockAt(ctx, to, day.AddDate(0, 0, 1))
}

// lockAt makes a lock file as of a day. The option is unstable: the variable lets
// a stable cargo have it.
func lockAt(ctx context.Context, dir string, day time.Time) error {
	if err := removeLock(dir); err != nil {
		return err
	}
	_, err := cargo(ctx, dir, []string{"RUSTC_BOOTSTRAP=1"}, "generate-lockfile", "-Zunstable-options", "--publish-time", day.Format(time.RFC3339))
	return err
}

func (s *source) released(ctx context.Context, dir string) (time.Time, error) {
	first := time.Date(2014, 11, 1, 0, 0, 0, 0, time.UTC) // the registry's first month
	var last error
	for _, need := range []string{"=" + s.Version, ">=" + s.Version} { // a yanked one: the next that is not
		asker, err := newAsker(dir, s.Crate, need)
		if err != nil {
			return first, err
		}
		defer os.RemoveAll(asker)
		low, high := 0, int(time.Since(first).Hours()/24)+1 // days; high has it, low has not
		if last = lockAt(ctx, asker, first.AddDate(0, 0, high)); last != nil {
			continue
		}
		for high-low > 1 && ctx.Err() == nil {
			if mid := (low + high) / 2; lockAt(ctx, asker, first.AddDate(0, 0, mid)) == nil {
				high = mid
			} else {
				low = mid
			}
		}
		return first.AddDate(0, 0, high), ctx.Err()
	}
	return first, last
}

// publish makes a folder whole or not at all.
func publish(dir string, fill func(to string) error) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(filepath.Dir(dir), "new-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	if err := fill(tmp); err != nil {
		return err
	}
	if err := os.Chmod(tmp, 0o755); err != nil {
		return err
	}
	if err := os.Rename(tmp, dir); err != nil && !isDir(dir) { // another run may have been first
		return err
	}
	return nil
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// copyTree copies a package, without what would change which compiler is
// called and how.
func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		switch {
		case rel == ".cargo" || rel == "target":
			return filepath.SkipDir
		case d.IsDir():
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		case !d.Type().IsRegular() || rel == ".cargo-ok" || rel == "rust-toolchain" || rel == "rust-toolchain.toml":
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), text, info.Mode().Perm()|0o600)
	})
}

// trimManifest leaves out what is not analysed and what may stop cargo: other
// targets, their dependencies, lints, paths that were not published. The package
// becomes a workspace of its own.
func trimManifest(path string) error {
	var m map[string]any
	if _, err := toml.DecodeFile(path, &m); err != nil {
		return fmt.Errorf("read manifest: %w", err)
	}
	for _, key := range []string{"dev-dependencies", "dev_dependencies", "bench", "test", "example", "lints", "profile", "patch", "replace", "badges", "cargo-features"} {
		delete(m, key)
	}
	m["workspace"] = map[string]any{}
	if p := table(m, "package"); p != nil {
		delete(p, "workspace")
		delete(p, "default-run")
	}
	known := map[string]bool{}
	deps := func(t map[string]any) {
		delete(t, "dev-dependencies")
		delete(t, "dev_dependencies")
		for _, kind := range []string{"dependencies", "build-dependencies", "build_dependencies"} {
			for name, dep := range table(t, kind) {
				known[name] = true
				if dep, ok := dep.(map[string]any); ok && dep["version"] != nil {
					delete(dep, "path")
				}
			}
		}
	}
	deps(m)
	for _, t := range table(m, "target") {
		if t, ok := t.(map[string]any); ok {
			deps(t)
		}
	}
	features := table(m, "features")
	for name, list := range features {
		if list, ok := list.([]any); ok {
			features[name] = slices.DeleteFunc(list, func(v any) bool {
				f, _, of := strings.Cut(fmt.Sprint(v), "/")
				f, dep := strings.CutPrefix(strings.TrimSuffix(f, "?"), "dep:")
				return (of || dep) && !known[f] // of a dependency that only tests have
			})
		}
	}
	var buf bytes.Buffer
	if err := toml.NewEncoder(&buf).Encode(m); err != nil {
		return err
	}
	return os.WriteFile(path, buf.Bytes(), 0o644)
}

// blank overwrites a name of a feature with spaces, so that every other place
// stays what it was, and reports whether there was one in the copy.
func (g gone) blank(dir string) (bool, error) {
	path := filepath.FromSlash(g.File)
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	if rel, err := filepath.Rel(dir, path); err != nil || strings.HasPrefix(rel, "..") {
		return false, nil // of a dependency
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return false, err
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	if g.Line < 1 || g.Line > len(lines) || g.Col < 1 || g.Col > len(lines[g.Line-1]) {
		return false, nil
	}
	changed := false
	line := lines[g.Line-1] // a part of text
	for i := g.Col - 1; i < len(line) && (line[i] == '_' || line[i] >= '0' && line[i] <= '9' || line[i] >= 'a' && line[i] <= 'z'); i++ {
		line[i], changed = ' ', true
	}
	if end := bytes.TrimLeft(line[g.Col-1:], " "); changed && len(end) > 0 && end[0] == ',' {
		line[len(line)-len(end)] = ' '
	}
	return changed, finding.WriteFile(path, text)
}

func table(m map[string]any, key string) map[string]any {
	t, _ := m[key].(map[string]any)
	return t
}
