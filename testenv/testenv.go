// Package testenv says what a test does on a machine that lacks what it needs.
//
// Some tests compare with other programs (valgrind, libunwind, readelf), drive a
// browser or build for other platforms. Nobody has to install all of that to work
// on softshell. But each test must run somewhere: scripts/test-tools installs
// what they need, and with SOFTSHELL_TESTS=all, as .ci/run sets it then, nothing
// that can be installed may be missing.
package testenv

import (
	"os"
	"testing"
)

// Lacks ends a test for which the machine lacks something that could be
// installed or allowed; it says what. The test is skipped; with
// SOFTSHELL_TESTS=all it fails.
func Lacks(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("SOFTSHELL_TESTS") == "all" {
		t.Fatalf(format+" (SOFTSHELL_TESTS=all; scripts/test-tools installs what tests need)", args...)
	}
	t.Skipf(format, args...)
}
