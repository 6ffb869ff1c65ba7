package audit

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSettings(t *testing.T) {
	dir := t.TempDir()
	if s, err := Settings(dir, nil); err != nil || s.DB != nil {
		t.Errorf("without a manifest: %+v, %v", s, err)
	}
	for text, want := range map[string]string{
		"[workspace.metadata.softshell.audit]\nmax-age = 7\n[package.metadata.softshell]\naudit.max-age = 3\n":             "",
		"[package.metadata.softshell.audit]\nmax-age = 3\nignore = [{id = \"A-1\", reason = \"r\", until = 2027-01-31}]\n": "",
		"[package.metadata]\nsoftshell = { audit = { max-age = nan } }\n":                                                  "unsupported value",
		"[package.metadata.softshell.audit]\nmax-ages = 3\n":                                                               "[package.metadata.softshell]: audit: unknown key",
		"[package\n":    "line 2: ",
		"package = 3\n": "Cargo.toml",
		"[package.metadata]\n[workspace.metadata]\nsoftshell.audit.max-age = 3\nother = 2027-01-31\n": "",
	} {
		if err := os.WriteFile(filepath.Join(dir, "Cargo.toml"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		s, err := Settings(dir, nil)
		switch {
		case want == "" && (err != nil || s.MaxAge != 3):
			t.Errorf("%s: %+v, %v", text, s, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}
