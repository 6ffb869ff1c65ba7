package capture

import (
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// buildScripts adds what would make cargo compile or run a build script again.
func (w *watcher) buildScripts(res *checked) {
	roots := map[string]string{} // package id -> folder
	for i := range res.artifacts {
		m := &res.artifacts[i]
		roots[m.PackageID] = filepath.Dir(m.Manifest)
		if m.kind() == "custom-build" && !w.frozen(filepath.Dir(m.Manifest)) {
			w.scriptSources(m)
		}
	}
	for _, m := range res.scripts {
		w.scriptOutput(m.OutDir, roots[m.PackageID])
	}
}

func (w *watcher) frozen(dir string) bool {
	for _, d := range frozenDirs(w.r.env) {
		if within(dir, d) {
			return true
		}
	}
	return false
}

// scriptSources adds the files that a build script was compiled from.
func (w *watcher) scriptSources(m *message) {
	var found bool
	for _, f := range m.Filenames {
		infos, _ := filepath.Glob(filepath.Join(escapeGlob(filepath.Dir(f)), "*.d"))
		for _, info := range infos {
			d, err := readDepInfo(info, w.r.meta.Root)
			if err != nil {
				continue
			}
			found = found || len(d.Files) > 0
			for _, f := range d.Files {
				w.file(f)
			}
		}
	}
	if !found {
		w.unsafe = "no dep-info of the build script " + m.Target.Src
	}
}

var globMeta = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`)

func escapeGlob(s string) string { return globMeta.Replace(s) }

// scriptOutput adds what a build script asked cargo to watch. One that asks for
// nothing is run again whenever a file of its package changes.
func (w *watcher) scriptOutput(outDir, root string) {
	text, err := os.ReadFile(filepath.Join(filepath.Dir(outDir), "output"))
	if err != nil {
		w.unsafe = "no output of the build script for " + outDir
		return
	}
	asked := false
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\r\n")
		rest, ok := strings.CutPrefix(line, "cargo::")
		if !ok {
			rest, ok = strings.CutPrefix(line, "cargo:")
		}
		name, value, _ := strings.Cut(rest, "=")
		switch {
		case ok && name == "rerun-if-changed":
			asked = true
			w.watched(absolute(root, value))
		case ok && name == "rerun-if-env-changed":
			asked = true
			w.env(value, nil)
		}
	}
	if !asked && !w.frozen(root) {
		w.tree(root)
	}
}

func (w *watcher) watched(path string) {
	if w.frozen(path) {
		return
	}
	fi, err := os.Stat(path)
	switch {
	case err != nil:
		w.unsafe = "a build script watches what is not there: " + path // cargo runs it each time
	case fi.IsDir():
		w.tree(path)
	default:
		w.file(path)
	}
}

func (w *watcher) tree(dir string) {
	if w.seen["tree "+dir] {
		return
	}
	w.seen["tree "+dir] = true
	sum, ok := treeSum(dir)
	if !ok {
		w.unsafe = "too many files in " + dir
		return
	}
	w.in.Trees = append(w.in.Trees, listing{dir, sum})
}

// treeLimit bounds the walk through a watched folder: beyond it asking cargo is
// no slower.
const treeLimit = 5000

// treeSum is a digest of the names, sizes and times below dir.
func treeSum(dir string) (string, bool) {
	var parts []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if n := d.Name(); path != dir && (n == ".git" || n == "target") {
				return fs.SkipDir
			}
			return nil
		}
		fi, err := d.Info()
		if err != nil || len(parts) > 3*treeLimit {
			return fs.SkipAll
		}
		parts = append(parts, path, strconv.FormatInt(fi.Size(), 10), strconv.FormatInt(fi.ModTime().UnixNano(), 10))
		return nil
	})
	return digest(parts...), err == nil && len(parts) <= 3*treeLimit
}
