package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// tested is the minor version of the oldest rustc that the README names.
const tested = 95

// TestToolchains checks the examples with each toolchain that rustup has.
func TestToolchains(t *testing.T) {
	list, err := exec.Command("rustup", "toolchain", "list", "--quiet").Output()
	if err != nil {
		t.Skip("rustup is not there: the other tests use the only toolchain")
	}
	cache := t.TempDir()
	for _, toolchain := range strings.Fields(string(list)) {
		t.Run(toolchain, func(t *testing.T) {
			t.Setenv("RUSTUP_TOOLCHAIN", toolchain)
			version, err := exec.Command("rustc", "-V").Output()
			var minor int
			if _, serr := fmt.Sscanf(string(version), "rustc 1.%d.", &minor); err != nil || serr != nil || minor < tested {
				t.Skipf("%s is older than what is tested: %s (%v)", toolchain, version, err)
			}
			for example, want := range map[string]struct {
				code int
				text string
			}{
				"leaky":       {exitFindings, "rc-cycle"},
				"clean":       {exitClean, "clean; analysed 2 functions"},
				"orphan":      {exitFindings, "orphan-object"},
				"proxy":       {exitFindings, "proxy-field"},
				"proxy-fixed": {exitClean, "clean; analysed"},
			} {
				out := filepath.Join(t.TempDir(), "out")
				args := []string{"softshell", "check", filepath.Join("..", "..", "examples", example), "--quiet", "--cache-dir", cache, "-o", out}
				if code := run(args); code != want.code {
					t.Errorf("%s: exit code %d, want %d", example, code, want.code)
				}
				if text, err := os.ReadFile(out); err != nil || !strings.Contains(string(text), want.text) {
					t.Errorf("%s: %v\n%s", example, err, text)
				}
			}
		})
	}
}
