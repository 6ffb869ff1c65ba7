package types

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"softshell/capture"
	"softshell/items"
)

// The test binary is what a capture calls back as the compiler's wrapper.
func TestMain(m *testing.M) {
	if capture.WrapperMain() {
		return
	}
	os.Exit(m.Run())
}

// rust is a Universe with one crate made of a Rust source file.
type rust struct {
	*Universe
	c *Crate
}

// rustItems reads the items of a file in testdata, once a test run.
var rustItems = func() func(t *testing.T, file string) *items.Crate {
	var mu sync.Mutex
	have := map[string]*items.Crate{}
	return func(t *testing.T, file string) *items.Crate {
		t.Helper()
		mu.Lock()
		defer mu.Unlock()
		if c := have[file]; c != nil {
			return c
		}
		abs, err := filepath.Abs(filepath.Join("testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		cache, err := os.MkdirTemp("", "types-test-*")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(cache)
		c := capture.New()
		build, err := c.Run(context.Background(), capture.Options{Path: abs, CacheDir: cache, Spans: capture.SpansNever})
		if err != nil {
			t.Fatal(err)
		}
		if build.CompileFailed || len(build.Units) != 1 {
			t.Fatalf("%d units, %s", len(build.Units), build.Errors)
		}
		path, err := c.ItemsJSON(context.Background(), build.Units[0])
		if err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		it, err := items.Decode(f, build.Units[0].Crate)
		if err != nil {
			t.Fatal(err)
		}
		have[file] = it
		return it
	}
}()

func newRust(t *testing.T, file string) rust {
	t.Helper()
	it := rustItems(t, file)
	u := New(Builtin())
	return rust{u, u.AddCrate(Source{Name: it.Name, Items: func() *items.Crate { return it }})}
}

func (r rust) typ(text string) *Type { return r.ResolveText(r.c, text) }
