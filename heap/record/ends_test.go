package record

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"softshell/heap/profile"
	"softshell/testenv"
)

// A thread that ends the process out of a panic is known, and no other.
func TestPanicking(t *testing.T) {
	for _, c := range []struct {
		way       string
		end       profile.End
		status    int
		panicking string
	}{
		{"abort", profile.Signaled, 6, "worker"},
		{"hook", profile.Returned, 3, "worker"},
		{"caught", profile.Returned, 4, ""},
		{"nothing", profile.Signaled, 6, ""},
	} {
		t.Run(c.way, func(t *testing.T) {
			t.Parallel()
			_, r := recording(t, Options{Command: []string{program(t, "panicking.rs"), c.way}})
			if len(r.Profiles) != 1 || r.Profiles[0].Run.End != c.end || r.Profiles[0].Run.Status != c.status {
				t.Fatalf("%d profiles, %q", len(r.Profiles), r.Notes)
			}
			who := ""
			for _, th := range r.Profiles[0].Threads {
				if th.Panicking {
					who += th.Name
				}
			}
			if who != c.panicking {
				t.Errorf("%q was panicking, want %q", who, c.panicking)
			}
		})
	}
}

// A child that is not recorded is not waited for.
func TestOutlived(t *testing.T) {
	t.Parallel()
	argv := []string{program(t, "outlived.c")}
	start := time.Now()
	_, r := recording(t, Options{Command: argv})
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
	if len(r.Profiles) != 1 || r.Profiles[0].Run.End != profile.Returned || r.Profiles[0].Run.Status != 6 || !r.Profiles[0].Run.Memory {
		t.Errorf("%d profiles, %q", len(r.Profiles), r.Notes)
	}
}

// A limit of the address space is ours, too, and so much is said.
func TestLimited(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("prlimit"); err != nil {
		testenv.Lacks(t, "prlimit (util-linux) is not installed")
	}
	for limit, want := range map[string]bool{"8589934592": true, "unlimited": false} {
		_, r := recording(t, Options{Command: []string{"prlimit", "--as=" + limit, program(t, "ending.c"), "return"}})
		if len(r.Profiles) != 1 {
			t.Fatalf("%d profiles, %q", len(r.Profiles), r.Notes)
		}
		if notes := strings.Join(r.Profiles[0].Notes, "\n"); strings.Contains(notes, "may use 8,192 MB of addresses") != want {
			t.Errorf("limit %s: %q", limit, notes)
		}
	}
}
