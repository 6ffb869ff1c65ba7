package main

import (
	"os"
	"path/filepath"
	"testing"

	"softshell/audit/tree"
)

func TestUnpacked(t *testing.T) {
	home := t.TempDir()
	t.Setenv("CARGO_HOME", home)
	for _, dir := range []string{"-0940c740e4e519c5/alpha-1.0.0", "own.example-0123/alpha-1.0.0", "index.crates.io-0123/beta-1.0.0", "github.com-0123/gamma-1.0.0"} {
		if err := os.MkdirAll(filepath.Join(home, "registry", "src", dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	find := unpacked()
	for name, want := range map[string]string{"alpha": "", "beta": "index.crates.io-0123/beta-1.0.0", "gamma": "github.com-0123/gamma-1.0.0", "../src/github.com-0123/gamma": ""} {
		got := find(&tree.Package{Name: name, Version: "1.0.0", Source: tree.Source{Kind: tree.Registry}})
		if want != "" {
			want = filepath.Join(home, "registry", "src", want)
		}
		if got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if got := find(&tree.Package{Name: "beta", Version: "1.0.0", Source: tree.Source{Kind: tree.Registry, URL: "https://own.example"}}); got != "" {
		t.Errorf("of another registry: %q", got)
	}
}
