package registry

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

const (
	one = `{"name":"Pool","vers":"0.1.0","deps":[{"name":"arr","req":"^0.2","features":[],"optional":true,"default_features":true,"target":null,"kind":"normal"}],"cksum":"","features":{"default":["arr"]},"yanked":false}`
	two = `{"name":"Pool","vers":"0.1.1","deps":[{"name":"a","package":"arr","req":"^0.3","features":[],"optional":false,"default_features":true,"target":null,"kind":"normal"}],"cksum":"","features":{},"features2":{"x":["dep:a"]},"yanked":true,"rust_version":"1.70"}`
)

var pool = []string{"Pool 0.1.0 arr ^0.2 normal optional", "Pool 0.1.1 yanked rust 1.70 arr ^0.3 normal"}

func told(vs []Version) []string {
	var out []string
	for _, v := range vs {
		s := v.Name + " " + v.Num
		if v.Yanked {
			s += " yanked"
		}
		if v.Rust != "" {
			s += " rust " + v.Rust
		}
		for _, d := range v.Deps {
			s += " " + d.Crate() + " " + d.Req + " " + d.Kind
			if d.Optional {
				s += " optional"
			}
		}
		out = append(out, s)
	}
	return out
}

func TestCargosOwnFiles(t *testing.T) {
	head := "\x03\x02\x00\x00\x00etag: x\x00"
	body := "0.1.0\x00" + one + "\x000.1.1\x00" + two + "\x00"
	for name, c := range map[string]struct {
		data string
		want []string
	}{
		"now":            {head + body, pool},
		"older form":     {"\x01rev\x00" + body, pool},
		"no version":     {head, nil},
		"newer form":     {"\x04\x02\x00\x00\x00e\x00" + body, nil},
		"newer index":    {"\x03\x09\x00\x00\x00e\x00" + body, nil},
		"cut":            {head + body[:len(body)-20], pool[:1]},
		"a broken line":  {head + "0.0.1\x00{\x00" + body, pool},
		"another's line": {head + "0.0.1\x00" + `{"name":"else","vers":"1.0.0"}` + "\x00" + body, pool},
		"empty":          {"", nil},
	} {
		home, dir := t.TempDir(), t.TempDir()
		write(t, filepath.Join(home, "registry/index/index.crates.io-0123/.cache/po/ol/pool"), c.data)
		x := Open(home, dir)
		if got := told(x.Versions("Pool")); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q", name, got)
		}
		if len(c.want) > 0 && x.When("Pool").IsZero() {
			t.Errorf("%s: no time", name)
		}
		for _, num := range []string{"0.1.0", "0.1.1", "9.9.9"} {
			want, known := false, false
			for _, v := range x.Versions("Pool") {
				if v.Num == num {
					want, known = v.Yanked, true
				}
			}
			if y, k := x.Yanked("Pool", num); y != want || k != known {
				t.Errorf("%s: yanked %s: %v %v, want %v %v", name, num, y, k, want, known)
			}
		}
		if x.Versions("absent") != nil {
			t.Errorf("%s: a crate without a file is known", name)
		}
	}
}

func TestNamesLeadNowhereElse(t *testing.T) {
	home := t.TempDir()
	write(t, filepath.Join(home, "registry/index/secret"), one)
	write(t, filepath.Join(home, "registry/index/index.crates.io-0123/.cache/x"), one)
	x := Open(home, t.TempDir())
	for _, name := range []string{"../../secret", "..", ".", "", "a/b", "a\x00b", `a\b`, strings.Repeat("a", 65), "é"} {
		if vs := x.Versions(name); vs != nil {
			t.Errorf("%q: %v", name, vs)
		}
	}
}

func TestWhatStandsForCratesIO(t *testing.T) {
	home, dir := t.TempDir(), t.TempDir()
	write(t, filepath.Join(home, "registry/index/index.crates.io-01/.cache/po/ol/pool"), "\x03\x02\x00\x00\x00e\x000.1.0\x00"+one+"\x00")
	write(t, filepath.Join(home, "registry/index/mirror.example-02/.cache/po/ol/pool"), "\x03\x02\x00\x00\x00e\x000.1.1\x00"+two+"\x00")
	write(t, filepath.Join(dir, "local/index/po/ol/pool"), one+"\n"+two+"\n")
	write(t, filepath.Join(dir, "vendor/Pool/Cargo.toml"), "[package]\nname = \"Pool\"\nversion = \"0.1.0\"\n[dependencies]\narr = { version = \"^0.2\", optional = true }\n")
	write(t, filepath.Join(dir, "vendor/Pool-0.1.1/Cargo.toml"), "[package]\nname = \"Pool\"\nversion = \"0.1.1\"\nrust-version = \"1.70\"\n[target.'cfg(unix)'.dependencies.a]\npackage = \"arr\"\nversion = \"^0.3\"\n")
	write(t, filepath.Join(dir, "vendor/Pooled/Cargo.toml"), "[package]\nname = \"Pooled\"\nversion = \"9.0.0\"\n")
	inner := filepath.Join(dir, "a/b")
	for name, c := range map[string]struct {
		config string
		want   []string
		other  bool
	}{
		"nothing":  {"", pool[:1], false},
		"mirror":   {"[source.crates-io]\nreplace-with = 'm'\n[source.m]\nregistry = 'sparse+https://user@mirror.example:443/x/'\n", pool[1:], false},
		"named":    {"[source.crates-io]\nreplace-with = 'm'\n[registries.m]\nindex = 'sparse+https://mirror.example/x/'\n", pool[1:], false},
		"local":    {"[source.crates-io]\nreplace-with = 'l'\n[source.l]\nlocal-registry = 'local'\n", pool, true},
		"vendored": {"[source.crates-io]\nreplace-with = 'v'\n[source.v]\ndirectory = 'vendor'\n", []string{pool[0], "Pool 0.1.1 rust 1.70 arr ^0.3 normal"}, true},
		"circle":   {"[source.crates-io]\nreplace-with = 'v'\n[source.v]\nreplace-with = 'crates-io'\n", pool[:1], false},
		"broken":   {"[source", pool[:1], false},
		"no such":  {"[source.crates-io]\nreplace-with = 'none'\n", pool[:1], false},
	} {
		write(t, filepath.Join(dir, ".cargo/config.toml"), c.config)
		x := Open(home, inner)
		got := told(x.Versions("Pool"))
		slices.Sort(got)
		if !slices.Equal(got, c.want) || x.Fixed() != c.other {
			t.Errorf("%s: fixed %v: %q", name, x.Fixed(), got)
		}
	}
}

// A line that does not say whether it is yanked is not, whatever the line before said.
func TestYankedIsOfItsOwnLine(t *testing.T) {
	home, dir := t.TempDir(), t.TempDir()
	write(t, filepath.Join(dir, ".cargo", "config.toml"), "[source.crates-io]\nreplace-with = \"mine\"\n[source.mine]\nlocal-registry = \"reg\"\n")
	write(t, filepath.Join(dir, "reg", "index", "po", "ol", "pool"), `{"name":"pool","vers":"2.0.0","links":"1.0.0","yanked":true}`+"\n"+`{"name":"pool","vers":"1.0.0"}`+"\n")
	x := Open(home, dir)
	for num, want := range map[string]bool{"1.0.0": false, "2.0.0": true} {
		if yanked, known := x.Yanked("pool", num); yanked != want || !known {
			t.Errorf("%s: yanked %t, known %t", num, yanked, known)
		}
	}
}
