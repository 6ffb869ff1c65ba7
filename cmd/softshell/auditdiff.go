package main

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"softshell/audit/export"
	"softshell/audit/unsafety"
	crateversion "softshell/audit/version"
	"softshell/capture"
	"softshell/finding"
)

// older is the inventory that --diff compares with, and what it is called.
func (f *unsafeFlags) older(ctx context.Context, errs io.Writer, o capture.Options, now *capture.Build) (*unsafety.Inventory, string, error) {
	if fi, err := os.Stat(f.base); err == nil && fi.Mode().IsRegular() {
		text, err := os.ReadFile(f.base)
		if err != nil {
			return nil, "", fmt.Errorf("--diff: %w", err)
		}
		r, err := export.ReadUnsafe(text)
		if err != nil {
			return nil, "", fmt.Errorf("--diff %s: %w", f.base, err)
		}
		return &unsafety.Inventory{Crates: r.Crates, Notes: r.Notes}, f.base, nil
	}
	dir, name, err := checkout(ctx, now.Root, f.base)
	if err != nil {
		return nil, "", err
	}
	defer os.RemoveAll(dir.temp)
	o.Path, o.ManifestPath, o.Beside = dir.root, "", now.Root
	inv, build, err := f.survey(ctx, errs, o)
	if err != nil {
		return nil, "", fmt.Errorf("look at %s: %w", name, err)
	}
	if build.CompileFailed {
		return nil, "", fmt.Errorf("look at %s: it does not compile, so what was unsafe in it is not known", name)
	}
	inv.Move(dir.temp, dir.top)
	return inv, name, nil
}

// revision is a copy of a workspace as git has it.
type revision struct {
	temp string // the folder of the copy
	root string // the workspace in it
	top  string // what it is a copy of
}

// checkout copies what git has of the workspace at a revision; nothing of the
// repository is changed.
func checkout(ctx context.Context, root, rev string) (revision, string, error) {
	if strings.HasPrefix(rev, "-") {
		return revision{}, "", fmt.Errorf("--diff: %q is no file and no git revision", finding.Plain(rev))
	}
	commit, err := git(ctx, root, "rev-parse", "--verify", "--quiet", rev+"^{commit}")
	if err != nil {
		return revision{}, "", fmt.Errorf("--diff: %q is no file, and git knows no such revision in %s", finding.Plain(rev), root)
	}
	prefix, err := git(ctx, root, "rev-parse", "--show-prefix")
	if err != nil {
		return revision{}, "", fmt.Errorf("--diff: %w", err)
	}
	top, err := git(ctx, root, "rev-parse", "--show-toplevel")
	if err != nil {
		return revision{}, "", fmt.Errorf("--diff: %w", err)
	}
	temp, err := os.MkdirTemp("", "softshell-base-*")
	if err != nil {
		return revision{}, "", fmt.Errorf("--diff: %w", err)
	}
	if err := archive(ctx, top, commit, temp); err != nil {
		os.RemoveAll(temp)
		return revision{}, "", fmt.Errorf("--diff: copy %s: %w", rev, err)
	}
	name := fmt.Sprintf("%s (%.12s)", rev, commit)
	return revision{temp, filepath.Join(temp, prefix), top}, name, nil
}

func git(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-C", dir}, args...)...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if errors.Is(err, exec.ErrNotFound) {
		return "", errors.New("git is not installed")
	}
	if err != nil {
		return "", fmt.Errorf("git %s: %s", args[0], strings.TrimSpace(errs.String()))
	}
	return strings.TrimSpace(string(out)), nil
}

// archive unpacks a commit below dir.
func archive(ctx context.Context, top, commit, dir string) error {
	cmd := exec.CommandContext(ctx, "git", "-C", top, "archive", "--format=tar", commit)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	err = unpack(out, dir)
	_, _ = io.Copy(io.Discard, out)
	if werr := cmd.Wait(); werr != nil {
		return fmt.Errorf("git archive: %s", strings.TrimSpace(errs.String()))
	}
	return err
}

// unpack writes the files of an archive below dir, and nothing elsewhere.
func unpack(r io.Reader, dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for tr := tar.NewReader(r); ; {
		h, err := tr.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		name := filepath.FromSlash(strings.TrimSuffix(h.Name, "/"))
		switch h.Typeflag {
		case tar.TypeDir:
			err = root.MkdirAll(name, 0o755)
		case tar.TypeSymlink:
			err = root.Symlink(h.Linkname, name)
		case tar.TypeReg:
			err = writeFrom(root, name, tr)
		}
		if err != nil {
			return err
		}
	}
}

func writeFrom(root *os.Root, name string, r io.Reader) error {
	if d := filepath.Dir(name); d != "." {
		if err := root.MkdirAll(d, 0o755); err != nil {
			return err
		}
	}
	f, err := root.Create(name)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}

func auditDiffCommand(toolchain string, code *int) *cobra.Command {
	f := &unsafeFlags{auditFlags: auditFlags{toolchain: toolchain}}
	cmd := &cobra.Command{
		Use:   "diff CRATE@OLD NEW",
		Short: "Show the unsafe code that a new version of a dependency brings",
		Long: `diff compiles two versions of a crate of the registry, each as the only dependency
of an empty package in the cache, and lists the unsafe code that is in NEW and not in
OLD, and what is gone. Cargo fetches what is not on this machine, unless --offline is
given. Features are those of the flags, else the crate's default. What the crate
itself depends on is compiled too, and listed with --deps. Compiling runs build
scripts and procedural macros, as any build does.

Exit codes: 0 nothing new, 1 something new, 2 usage or tool error, 3 not every crate
could be looked at.`,
		Example: `  softshell audit diff smallvec@1.6.0 1.6.1
  softshell audit diff bytes@1.10.1 1.11.1 --features serde --format json`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := f.versions(cmd, args[0], args[1])
			*code = c
			return err
		},
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.StringSliceVarP(&f.features, "features", "F", nil, "features of the crate to activate")
	fl.BoolVar(&f.noDefault, "no-default-features", false, "do not activate the default features")
	fl.StringVar(&f.target, "target", "", "what is built for this target triple (default: this machine's)")
	fl.BoolVar(&f.offline, "offline", false, "do not use the network")
	fl.BoolVar(&f.deps, "deps", false, "compare what the crate depends on too")
	f.answer(cmd, "text", "json")
	return cmd
}

// versions compares two versions of a crate.
func (f *unsafeFlags) versions(cmd *cobra.Command, first, second string) (int, error) {
	if err := f.prepare("text", "json"); err != nil {
		return exitError, err
	}
	name, old, _ := strings.Cut(first, "@")
	next := strings.TrimPrefix(second, name+"@")
	if !isCrateName(name) {
		return exitError, fmt.Errorf("%q is not CRATE@VERSION", finding.Plain(first))
	}
	for _, v := range []string{old, next} {
		if _, err := crateversion.Parse(v); err != nil {
			return exitError, fmt.Errorf("%q is no version of a crate; write softshell audit diff CRATE@OLD NEW", finding.Plain(v))
		}
	}
	var invs [2]*unsafety.Inventory
	var build *capture.Build
	for i, v := range []string{old, next} {
		var err error
		if invs[i], build, err = f.version(cmd, name, v); err != nil {
			return exitError, fmt.Errorf("look at %s %s: %w", name, v, err)
		}
	}
	added, gone := unsafety.Diff(invs[0], invs[1])
	r := &export.UnsafeReport{Tool: version, Rustc: build.Toolchain.Version, Target: f.target, Since: name + " " + old, Crates: added.Crates, Gone: gone, Notes: added.Notes}
	f.items = true
	return verdict(r, !build.CompileFailed), f.show(cmd, r, "")
}

// version lists the unsafe code of one version of a crate.
func (f *unsafeFlags) version(cmd *cobra.Command, name, v string) (*unsafety.Inventory, *capture.Build, error) {
	dir := filepath.Join(f.cache(), "diff", name+"-"+v)
	if err := os.MkdirAll(filepath.Join(dir, "src"), 0o755); err != nil {
		return nil, nil, fmt.Errorf("make a package in the cache: %w", err)
	}
	features := ""
	for i, x := range f.features {
		if i > 0 {
			features += ", "
		}
		features += fmt.Sprintf("%q", x)
	}
	manifest := fmt.Sprintf("[package]\nname = \"softshell-diff\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[workspace]\n\n[dependencies]\n%s = { version = \"=%s\", default-features = %t, features = [%s] }\n",
		name, v, !f.noDefault, features)
	for file, text := range map[string]string{"Cargo.toml": manifest, filepath.Join("src", "lib.rs"): ""} {
		if old, err := os.ReadFile(filepath.Join(dir, file)); err == nil && string(old) == text {
			continue
		}
		if err := finding.WriteFile(filepath.Join(dir, file), []byte(text)); err != nil {
			return nil, nil, err
		}
	}
	o := capture.Options{Path: dir, Target: f.target, Offline: f.offline, CacheDir: f.cacheDir, Toolchain: f.toolchain, Beside: filepath.Join(f.cache(), "diff")}
	inv, build, err := f.survey(cmd.Context(), cmd.ErrOrStderr(), o)
	if err != nil {
		return nil, nil, err
	}
	kept := inv.Crates[:0]
	for _, c := range inv.Crates {
		if !c.Member && (f.deps || c.Package == name) {
			kept = append(kept, c)
		}
	}
	if !slices.ContainsFunc(kept, func(c unsafety.Crate) bool { return c.Package == name }) {
		if build.CompileFailed {
			return nil, nil, errors.New("what it depends on does not compile: see above")
		}
		return nil, nil, errors.New("cargo compiled nothing of it: it has no library")
	}
	inv.Crates = kept
	return inv, build, nil
}

// isCrateName reports whether cargo takes the name for a crate of a registry.
func isCrateName(s string) bool {
	for i, c := range s {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && c != '_' && (i == 0 || c != '-' && (c < '0' || c > '9')) {
			return false
		}
	}
	return s != ""
}
