package shim

import (
	"bytes"
	"context"
	"flag"
	"os"
	"os/exec"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write prebuilt/ from the sources")

// TestWarnings compiles both forms with all warnings as errors.
func TestWarnings(t *testing.T) {
	for _, source := range []string{"preload.c", "link.c"} {
		args := append([]string{"-fsyntax-only", "-Werror"}, flags...)
		if source == "link.c" {
			args = append(args, "-DHEAP_ALLOC=a", "-DHEAP_DEALLOC=b", "-DHEAP_REALLOC=c", "-DHEAP_ALLOC_ZEROED=d")
		}
		if out, err := exec.Command("cc", append(args, "c/"+source)...).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", source, err, out)
		}
	}
}

// TestPrebuilt compiles the sources and compares with what is embedded. Another
// compiler makes other bytes: then it is only told.
func TestPrebuilt(t *testing.T) {
	got, err := BuildLibrary(context.Background(), "cc")
	if err != nil {
		t.Fatal(err)
	}
	version := compilerVersion("cc")
	if *update {
		if err := os.WriteFile("prebuilt/linux-amd64.so", got, 0o666); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile("prebuilt/linux-amd64.cc", []byte(version+"\n"), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	if by := strings.TrimSpace(prebuiltBy); by != version {
		again, err := BuildLibrary(context.Background(), "cc")
		if err != nil || !bytes.Equal(got, again) {
			t.Errorf("compiling twice gives different bytes (%v)", err)
		}
		t.Skipf("the prebuilt collector was made by %q, here is %q", by, version)
	}
	if !bytes.Equal(got, prebuilt) {
		t.Error("the prebuilt collector is not what the sources give: run make shim")
	}
}

// compilerVersion is the first line that cc says of itself.
func compilerVersion(cc string) string {
	out, err := exec.Command(cc, "--version").Output()
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(out), "\n")
	return line
}
