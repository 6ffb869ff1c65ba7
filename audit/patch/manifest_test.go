package patch

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
)

const forms = `# a comment with [dependencies]
[package]
name = "app"   # dependencies.x = "9"
version = "1.0.0"
description = """
[dependencies]
lru = "0.0.0"
"""

[dependencies]
lru = "0.7"
"quoted" = '=1.0'
pool = { version = "0.1", features = ["a", 'b'], package = "real-pool" } # why
many = { version = "2", features = [
    "x", # } not the end
    "y",
] }
dotted.version = "3"
dotted.features = ["z"]
shared.workspace = true
shared2 = { workspace = true }
here = { path = "../here" }

[dependencies.table] # its own
version = "4"
features = []

[target.'cfg(windows)'.build-dependencies]
win = "5"

[target.x86_64-pc-windows-msvc.dev-dependencies.deep]
version = "6"

[workspace.dependencies]
shared = "7"
`

func TestFormsOfDependencies(t *testing.T) {
	m := readManifest(forms)
	var got []string
	for i := range m.deps {
		d := &m.deps[i]
		got = append(got, strings.TrimSpace(fmt.Sprintf("%s %s %s:%s %q %v %v", d.table, d.target, d.key, m.crate(d), m.req(d), m.inherits(d), d.shared)))
	}
	want := []string{
		`dependencies  lru:lru "0.7" false false`,
		`dependencies  quoted:quoted "=1.0" false false`,
		`dependencies  pool:real-pool "0.1" false false`,
		`dependencies  many:many "2" false false`,
		`dependencies  dotted:dotted "3" false false`,
		`dependencies  shared:shared "" true false`,
		`dependencies  shared2:shared2 "" true false`,
		`dependencies  here:here "" false false`,
		`dependencies  table:table "4" false false`,
		`build-dependencies cfg(windows) win:win "5" false false`,
		`dev-dependencies x86_64-pc-windows-msvc deep:deep "6" false false`,
		`dependencies  shared:shared "7" false true`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if line := m.line(m.deps[0].line); line != `lru = "0.7"` {
		t.Errorf("line %d: %s", m.deps[0].line, line)
	}
}

func decode(t *testing.T, text string) map[string]any {
	t.Helper()
	var v map[string]any
	if _, err := toml.Decode(text, &v); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return v
}

// TestOneValueChanges changes each requirement and each list of features, and asks
// another reader what the text now says: that value, and nothing else.
func TestOneValueChanges(t *testing.T) {
	m := readManifest(forms)
	for i := range m.deps {
		d := &m.deps[i]
		if m.req(d) != "" {
			text, line, ok := m.withVersion(d, "99.0")
			if !ok || !strings.Contains(readManifest(text).line(line), "99.0") {
				t.Errorf("%s: not changed in line %d", d.key, line)
			}
			change(t, d, text, "version", "99.0")
		}
		if m.inherits(d) {
			continue
		}
		text, ok := m.withFeatures(d, []string{"only"}, false)
		if !ok {
			t.Errorf("%s: features not changed", d.key)
			continue
		}
		change(t, d, text, "features", []any{"only"})
		change(t, d, text, "default-features", false)
	}
}

func change(t *testing.T, d *declared, text, field string, want any) {
	t.Helper()
	before, after := decode(t, forms), decode(t, text)
	of := func(v map[string]any) (map[string]any, any) {
		switch {
		case d.shared:
			v = v["workspace"].(map[string]any)
		case d.target != "":
			v = v["target"].(map[string]any)[d.target].(map[string]any)
		}
		table := v[d.table].(map[string]any)
		dep := table[d.key]
		delete(table, d.key)
		return table, dep
	}
	of(before)
	_, dep := of(after)
	if !reflect.DeepEqual(before, after) {
		t.Errorf("%s: something else changed in\n%s", d.key, text)
	}
	got := dep
	if table, ok := dep.(map[string]any); ok {
		got = table[field]
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: %s is %v, want %v", d.key, field, got, want)
	}
}

func FuzzManifest(f *testing.F) {
	f.Add(forms)
	f.Add("[dependencies]\nx = {")
	f.Add("[dependencies]\nx = \"\\")
	f.Add("[[dependencies")
	f.Add("dependencies.x.version = '''")
	f.Fuzz(func(t *testing.T, text string) {
		m := readManifest(text)
		for i := range m.deps {
			d := &m.deps[i]
			m.crate(d)
			m.req(d)
			m.withVersion(d, "1")
			m.withFeatures(d, []string{"a"}, false)
			if f, ok := d.fields["features"]; ok {
				_, _ = stringsIn(m.at(f))
			}
		}
	})
}
