package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDecodeTOML(t *testing.T) {
	deep := strings.Repeat("[", 1000)
	for text, want := range map[string]string{
		"a = 1\nb = [[1], [{c = 2}]]\n":                                                     "",
		"a = '" + deep + "' # " + deep + "\nb = \"\\\"" + deep + "\"\n":                     "",
		"a = '''\n" + deep + "\n'''\nb = \"\"\"\n" + deep + "\"\"\"\n[c.d]\n":               "",
		"a = 1 # \"\nb = 2 #":                                                               "",
		"a = [" + strings.Repeat("1.5, ", 1000) + "]\n[" + strings.Repeat("c.", 9) + "b]\n": "",
		"a = 'x\n": "line 1: ",
		"a = 1\nb = " + strings.Repeat("[\n", 1000):             "line 202: nested deeper",
		"a = 1\nb = " + strings.Repeat("{a=", 1000):             "line 2: nested deeper",
		"a = '''\n'''\n" + strings.Repeat("x.", 1000) + "x = 1": "line 3: nested deeper",
	} {
		var to map[string]any
		err := DecodeTOML(text, &to)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%.40q: %v, want %q", text, err, want)
		}
	}
	file := filepath.Join(t.TempDir(), "a.toml")
	if err := os.WriteFile(file, []byte("a = 1\nb"), 0o644); err != nil {
		t.Fatal(err)
	}
	var to struct{ A int }
	if err := DecodeTOMLFile(file, &to); err == nil || !strings.Contains(err.Error(), file+": line 2: ") {
		t.Error(err)
	}
	if err := DecodeTOMLFile(filepath.Dir(file), &to); err == nil || !strings.Contains(err.Error(), "it is no file") {
		t.Error(err)
	}
}
