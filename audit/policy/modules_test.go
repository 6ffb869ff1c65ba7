package policy

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"softshell/finding"
)

func write(t *testing.T, root string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestModules(t *testing.T) {
	root := t.TempDir()
	write(t, root, map[string]string{
		"lib.rs":             "pub mod ffi;\n// mod no;\nconst S: &str = \"mod no;\";\nmod a;\nmod inline {\n  fn f() {}\n  pub mod deep {\n    mod far;\n  }\n  fn g() {}\n}\n#[cfg_attr(unix, path = \"sys/unix.rs\")]\nmod sys;\nmod r#try;\nfn h() {}\n",
		"no.rs":              "",
		"ffi.rs":             "mod raw;\n#[path = \"../ffi.rs\"] mod circle;\n#[path = \"other.rs\"]\nmod named;",
		"ffi/raw.rs":         "\n\n",
		"other.rs":           "mod beside;",
		"beside.rs":          "",
		"a/mod.rs":           "mod b;",
		"a/b.rs":             "mod c;",
		"a/b/c.rs":           "",
		"inline/deep/far.rs": "",
		"sys/unix.rs":        "mod x;",
		"sys/x.rs":           "",
		"try.rs":             "",
	})
	m := modulesOf([]Root{{"app", filepath.Join(root, "lib.rs")}})
	for _, c := range []struct {
		file string
		line int
		want string
	}{
		{"lib.rs", 1, ""}, {"lib.rs", 5, "inline"}, {"lib.rs", 6, "inline"}, {"lib.rs", 8, "inline deep"}, {"lib.rs", 10, "inline"}, {"lib.rs", 15, ""},
		{"ffi.rs", 1, "ffi"}, {"ffi/raw.rs", 2, "ffi raw"}, {"other.rs", 1, "ffi named"}, {"beside.rs", 1, "ffi named beside"},
		{"a/mod.rs", 1, "a"}, {"a/b.rs", 1, "a b"}, {"a/b/c.rs", 1, "a b c"}, {"inline/deep/far.rs", 1, "inline deep far"},
		{"sys/unix.rs", 1, "sys"}, {"sys/x.rs", 1, "sys x"}, {"try.rs", 1, "try"}, {"no.rs", 1, "unknown"},
	} {
		path, ok := m.at("app", filepath.Join(root, c.file), c.line)
		got := strings.Join(path, " ")
		if !ok {
			got = "unknown"
		}
		if got != c.want {
			t.Errorf("%s:%d: %q, want %q", c.file, c.line, got, c.want)
		}
	}
	if _, ok := m.at("other", filepath.Join(root, "lib.rs"), 1); ok {
		t.Error("another crate has the file")
	}
}

// What stands in a module belongs to it, whatever its item is called.
func TestWhere(t *testing.T) {
	root := t.TempDir()
	write(t, root, map[string]string{"src/lib.rs": "mod ffi;\nunsafe impl Send for ffi::Handle {}\nfn f() { mod inner { } }\n", "src/ffi.rs": "mod raw {\n}\n"})
	f := &Facts{Root: root, Roots: []Root{{"app", filepath.Join(root, "src/lib.rs")}}}
	for _, c := range []struct {
		item, file string
		line       int
		want       string
	}{
		{"<Handle<T> as Send>", "src/ffi.rs", 3, "ffi Handle"},
		{"<super::Handle<u8> as Q>", "src/ffi.rs", 1, "ffi raw Handle"},
		{"Q", "src/ffi.rs", 2, "ffi raw Q"},
		{"Handle<T>::close", "src/ffi.rs", 3, "ffi Handle close"},
		{"ffi::Handle<T>::close", "src/ffi.rs", 3, "ffi Handle close"},
		{"ffi::<Handle<T> as Drop>::drop", "src/ffi.rs", 3, "ffi Handle drop"},
		{"<ffi::Handle as Send>", "src/lib.rs", 2, "Handle"},
		{"f::inner::g", "src/lib.rs", 3, "f inner g"},
		{"<ffi::Handle as Send>", "build.rs", 1, "ffi Handle"}, // whose module nobody knows
	} {
		w := f.where("app", c.item, finding.Span{File: filepath.Join(root, c.file), Line: c.line})
		if got := strings.Join(w.path, " "); got != c.want || w.file != c.file {
			t.Errorf("%s at %s:%d: %q in %s, want %q", c.item, c.file, c.line, got, w.file, c.want)
		}
	}
}
