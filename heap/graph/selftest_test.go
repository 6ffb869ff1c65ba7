package graph

import (
	"os/exec"
	"reflect"
	"strings"
	"testing"
)

func TestSelfTest(t *testing.T) {
	l, err := SelfTest(t.Context(), "rustc")
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Differs) > 0 {
		t.Errorf("laid out in another way: %v", l.Differs)
	}
	if _, err := SelfTest(t.Context(), "/nowhere/rustc"); err == nil {
		t.Error("no error without a compiler")
	}
}

// TestSelfTestOnToolchains runs the trial with each toolchain that is installed.
func TestSelfTestOnToolchains(t *testing.T) {
	out, err := exec.Command("rustup", "toolchain", "list").Output()
	if err != nil {
		t.Skip("rustup is not installed, so there is one toolchain at most")
	}
	for line := range strings.Lines(string(out)) {
		name := strings.Fields(line)[0]
		rustc, err := exec.Command("rustup", "which", "--toolchain", name, "rustc").Output()
		if err != nil {
			t.Logf("%s has no rustc", name)
			continue
		}
		l, err := SelfTest(t.Context(), strings.TrimSpace(string(rustc)))
		if err != nil || len(l.Differs) > 0 {
			t.Errorf("%s: %v, %v", name, l, err)
		} else {
			t.Logf("%s is laid out as known", name)
		}
	}
}

func TestReadLayout(t *testing.T) {
	l, err := readLayout("tested\nVec\nRc\nRc\n")
	if err != nil || !reflect.DeepEqual(l.Differs, []string{"Vec", "Rc"}) || l.Counts() {
		t.Errorf("%+v, %v", l, err)
	}
	if l, _ := readLayout("tested\nVec\n"); !l.Counts() {
		t.Error("a Vec is no count")
	}
	if _, err := readLayout(""); err == nil {
		t.Error("no error for a program that says nothing")
	}
}
