package capture

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// featureTree has optional features and one target of each kind.
func featureTree() files {
	return files{
		"Cargo.toml":      "[workspace]\nmembers = [\"one\", \"two\"]\nresolver = \"2\"\n[profile.fast]\ninherits = \"release\"\n",
		"one/Cargo.toml":  "[package]\nname = \"one\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[features]\ndefault = [\"usual\"]\nusual = []\nrare = []\n",
		"one/src/lib.rs":  "#[cfg(feature = \"usual\")]\npub fn usual() {}\n#[cfg(feature = \"rare\")]\npub fn rare() {}\n#[cfg(debug_assertions)]\npub fn debugging() {}\npub fn always() {}\n#[test]\nfn inner() { always() }\n",
		"one/src/main.rs": "fn main() { one::always() }\n",
		// cargo checks a bench in its test form, and an example without.
		"one/examples/show.rs":  "fn main() { one::always() }\n",
		"one/tests/outer.rs":    "#[test]\nfn outer() { one::always() }\n",
		"one/benches/speed.rs":  "fn main() { one::always() }\n",
		"two/Cargo.toml":        "[package]\nname = \"two\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
		"two/src/lib.rs":        "pub fn second() {}\n",
		"two/src/bin/helper.rs": "fn main() { two::second() }\n",
	}
}

func TestFlags(t *testing.T) {
	t.Parallel()
	dir, cache := makeTree(t, t.TempDir(), featureTree()), t.TempDir()
	settle(t, dir)
	host := newBench().mustCompile(t, Options{Path: dir, CacheDir: cache}).Toolchain.Host

	tests := []struct {
		name  string
		o     Options
		units []string
		has   []string // in the MIR of the first unit
		lacks []string
	}{
		{"default", Options{Packages: []string{"one"}}, []string{"one lib", "one bin"}, []string{"fn usual(", "fn debugging("}, []string{"fn rare("}},
		{"features", Options{Packages: []string{"one"}, Features: []string{"rare"}}, []string{"one lib", "one bin"}, []string{"fn usual(", "fn rare("}, nil},
		{"no default", Options{Packages: []string{"one"}, NoDefaultFeatures: true}, []string{"one lib", "one bin"}, []string{"fn always("}, []string{"fn usual(", "fn rare("}},
		{"no default but one", Options{Packages: []string{"one"}, NoDefaultFeatures: true, Features: []string{"rare"}}, []string{"one lib", "one bin"}, []string{"fn rare("}, []string{"fn usual("}},
		{"all features", Options{Packages: []string{"one"}, AllFeatures: true}, []string{"one lib", "one bin"}, []string{"fn usual(", "fn rare("}, nil},
		{"profile", Options{Packages: []string{"one"}, Profile: "fast"}, []string{"one lib", "one bin"}, []string{"fn always("}, []string{"fn debugging("}},
		{"lib", Options{Packages: []string{"one"}, Lib: true}, []string{"one lib"}, []string{"fn always("}, nil},
		{"bins", Options{Packages: []string{"two"}, Bins: true}, []string{"two lib", "helper bin"}, []string{"fn second("}, nil},
		{"exclude", Options{Exclude: []string{"one"}}, []string{"two lib", "helper bin"}, []string{"fn second("}, nil},
		{"target", Options{Packages: []string{"one"}, Target: host}, []string{"one lib", "one bin"}, []string{"fn always("}, nil},
		{"workspace", Options{Workspace: true}, []string{"one lib", "one bin", "two lib", "helper bin"}, []string{"fn always("}, nil},
		{"tests", Options{Packages: []string{"one"}, Tests: true}, []string{"one lib", "one test", "one test", "outer test"}, nil, nil},
		{"all targets", Options{Packages: []string{"one"}, AllTargets: true},
			[]string{"one lib", "one bin", "one test", "one test", "outer test", "show example", "speed bench"}, nil, nil},
	}
	keys := map[string]string{}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.o.Path, tt.o.CacheDir = dir, cache
			b := newBench().mustCompile(t, tt.o)
			got, want := labels(b), slices.Clone(tt.units)
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Fatalf("units are %q, want %q", got, want)
			}
			text := mirOf(t, b.Units[0])
			for _, p := range tt.has {
				if !strings.Contains(text, p) {
					t.Errorf("no %q in the MIR", p)
				}
			}
			for _, p := range tt.lacks {
				if strings.Contains(text, p) {
					t.Errorf("%q in the MIR", p)
				}
			}
			keys[tt.name] = b.Units[0].Key
		})
	}
	t.Run("keys", func(t *testing.T) {
		for _, pair := range [][2]string{{"default", "features"}, {"default", "no default"}, {"features", "no default but one"}, {"default", "profile"}} {
			if keys[pair[0]] == keys[pair[1]] {
				t.Errorf("%q has the key of %q", pair[1], pair[0])
			}
		}
		// The same flags of rustc are the same crate, however they were asked for.
		if keys["features"] != keys["all features"] || keys["default"] != keys["lib"] {
			t.Error("one crate has two keys")
		}
	})
	t.Run("no such package", func(t *testing.T) {
		_, err := New().Run(t.Context(), Options{Path: dir, Packages: []string{"twos"}, CacheDir: cache})
		if !errors.Is(err, ErrNoPackage) || !strings.Contains(err.Error(), `did you mean "two"?`) {
			t.Errorf("%v", err)
		}
	})
	t.Run("no such feature", func(t *testing.T) {
		_, err := New().Run(t.Context(), Options{Path: dir, Packages: []string{"one"}, Features: []string{"nil"}, CacheDir: cache})
		if !errors.Is(err, ErrCargo) || !strings.Contains(err.Error(), "nil") {
			t.Errorf("%v", err)
		}
	})
	t.Run("no such profile", func(t *testing.T) {
		_, err := New().Run(t.Context(), Options{Path: dir, Profile: "nil", CacheDir: cache})
		if !errors.Is(err, ErrCargo) || !strings.Contains(err.Error(), "nil") {
			t.Errorf("%v", err)
		}
	})
	t.Run("no such target", func(t *testing.T) {
		_, err := New().Run(t.Context(), Options{Path: dir, Target: "z80-none-nil", CacheDir: cache})
		if !errors.Is(err, ErrCargo) || !strings.Contains(err.Error(), "z80-none-nil") {
			t.Errorf("%v", err)
		}
	})
}
