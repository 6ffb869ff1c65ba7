package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadme holds the output that the README shows against the program's.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	const start = "$ softshell check examples/leaky\n"
	_, shown, ok := strings.Cut(string(readme), start)
	shown, _, end := strings.Cut(shown, "```")
	if !ok || !end {
		t.Fatalf("the README does not show %q", start)
	}
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	stdout := os.Stdout
	os.Stdout = out
	code := run([]string{"softshell", "check", "../../examples/leaky", "--quiet", "--color", "never", "--cache-dir", t.TempDir()})
	os.Stdout = stdout
	if code != exitFindings {
		t.Errorf("exit code %d", code)
	}
	got, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != shown {
		t.Errorf("the README shows\n%s\nand the program prints\n%s", shown, got)
	}
}
