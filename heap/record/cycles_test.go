package record

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestCyclesInAnyLayout records programs that seed cycles. What lies in padding and
// in memory that was used before depends on the layout, which depends on how long
// the arguments and the environment are.
func TestCyclesInAnyLayout(t *testing.T) {
	dir := t.TempDir()
	exe := filepath.Join(dir, "cycles")
	src := filepath.Join("..", "graph", "testdata", "programs", "cycles.rs")
	if out, err := exec.Command("rustc", "--edition", "2021", "-A", "warnings", "-O", "-g", "-o", exe, src).CombinedOutput(); err != nil {
		t.Fatalf("compile %s: %v\n%s", src, err, out)
	}
	list, _ := exec.Command(exe).Output()
	names := strings.Fields(string(list))
	if len(names) < 40 {
		t.Fatalf("the program lists %d cases", len(names))
	}
	t.Chdir(dir)
	for i, long := range []int{20, 26, 32, 50, 61} {
		link := "./" + strings.Repeat("x", long-len("./"))
		if err := os.Symlink(exe, link); err != nil {
			t.Fatal(err)
		}
		env := []string{"LAYOUT=" + strings.Repeat("x", 40*i)}
		for _, name := range names {
			got, r := recording(t, Options{Command: []string{link, name, "20"}, Env: env})
			seeded, err := strconv.Atoi(strings.TrimSpace(got.out))
			if err != nil || len(r.Profiles) != 1 {
				t.Fatalf("%s: %v, %d profiles", name, err, len(r.Profiles))
			}
			found := int64(0)
			for _, c := range r.Profiles[0].Cycles {
				found += c.Count
			}
			if found != int64(seeded) {
				t.Errorf("%s, started by %d bytes: %d cycles found, %d seeded", name, len(link), found, seeded)
			}
		}
	}
}
