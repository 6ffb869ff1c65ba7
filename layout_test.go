package softshell_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// pipeline lists the packages in the order in which a run passes through them:
// each may import those before it, never one behind it. A star stands for the
// packages of a folder, which do not import each other.
var pipeline = []string{
	"finding", "config", // words that all of the others share
	"capture", "mir", "items", "ir", "ir/decls", "ir/types", "effects", "flow",
	"rule", "rules/*", "rules", "check", "report",
	"heap/profile", "heap/memory", // what a run showed
	"heap/shim", "heap/region", "heap/inject", "heap/cargo", "heap/process", "heap/glibc", // what records it
	"heap/graph", "heap/secret", // what holds its blocks, and what stayed there
	"heap/dwarf", "heap/symbol", // what gives names to addresses
	"heap/record",                               // puts a profile together
	"heap/view", "heap/export", "heap/evidence", // and shows it
	"audit/version", "audit/registry", "audit/advisory", "audit/tree", // what is known of dependencies
	"audit/callgraph", "audit/unsafety", "audit", // what concerns them
	"audit/patch", "audit/policy", "audit/export", // what to do, and how it is shown
	"testenv", "testenv/browser", "rule/ruletest", "heap/profile/profiletest", "heap/memory/memorytest", "audit/registry/registrytest", "examples", // serve tests and the demonstration
	"bench/internal/table", "bench/*", "cmd/*", // programs
}

// TestImportsRunDownThePipeline reads the imports of every file, whatever it is
// built for. What a test imports is its own affair, but for programs.
func TestImportsRunDownThePipeline(t *testing.T) {
	for _, im := range imports(t) {
		from, to := place(im.from), place(im.to)
		switch {
		case from < 0 || to < 0:
			t.Errorf("%s: the pipeline has no place for %s or for %s", im.file, im.from, im.to)
		case strings.HasPrefix(im.to, "cmd/") || strings.HasPrefix(im.to, "bench/") && !strings.HasPrefix(im.to, "bench/internal/"):
			t.Errorf("%s imports a program, %s", im.file, im.to)
		case strings.HasSuffix(im.file, "_test.go"):
		case to >= from:
			t.Errorf("%s: %s imports %s, which does not stand before it", im.file, im.from, im.to)
		case im.to == "rule/ruletest" || im.to == "heap/profile/profiletest" || im.to == "heap/memory/memorytest" || im.to == "audit/registry/registrytest":
			t.Errorf("%s imports %s, which is for tests", im.file, im.to)
		}
	}
	for _, p := range pipeline {
		if files, err := filepath.Glob(p + "/*.go"); err != nil || len(files) == 0 {
			t.Errorf("there is no package %s", p)
		}
	}
}

func place(pkg string) int {
	return slices.IndexFunc(pipeline, func(p string) bool {
		ok, err := path.Match(p, pkg)
		return ok && err == nil
	})
}

// imported is one import of a package of this module; from and to are folders.
type imported struct{ file, from, to string }

func imports(t *testing.T) []imported {
	t.Helper()
	var out []imported
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := d.Name(); d.IsDir() && file != "." && (strings.HasPrefix(name, ".") || name == "testdata" || name == "target") {
			return filepath.SkipDir
		}
		if d.IsDir() || filepath.Ext(file) != ".go" || filepath.Dir(file) == "." {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range f.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			to, ours := strings.CutPrefix(name, "softshell/")
			from := filepath.ToSlash(filepath.Dir(file))
			if ours && !(from == to && strings.HasSuffix(file, "_test.go")) {
				out = append(out, imported{filepath.ToSlash(file), from, to})
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) == 0 {
		t.Fatal("no imports found")
	}
	return out
}
