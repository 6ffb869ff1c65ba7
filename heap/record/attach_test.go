package record

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"softshell/heap/profile"
	"softshell/testenv"
)

// A process that runs is looked at, again and again, and goes on each time.
func TestAttach(t *testing.T) {
	cmd := exec.Command(program(t, "serve.rs"))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		t.Fatalf("it says %q, %v", line, err)
	}
	for times := range 10 {
		p, err := Attach(cmd.Process.Pid, nil)
		if times == 0 && (errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES)) { // later it would be that we hold it still
			testenv.Lacks(t, "this system lets nobody be looked into: %v", err)
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Check(); err != nil {
			t.Fatal(err)
		}
		if len(p.Cycles) != 1 || p.Cycles[0].Count != 100 || p.Cycles[0].Bytes != 8000 {
			t.Errorf("cycles: %+v", p.Cycles)
		}
		if n := p.Sites[0].Left[profile.Reachable].Blocks; n < 500 {
			t.Errorf("%d blocks are in use, want 500 at least", n)
		}
		if p.Run.End != profile.Running || p.Run.Collector != "attached" {
			t.Errorf("%+v", p.Run)
		}
	}
	text, err := os.ReadFile("/proc/" + strconv.Itoa(cmd.Process.Pid) + "/status")
	if err != nil || !strings.Contains(string(text), "TracerPid:\t0\n") {
		t.Errorf("the process is not let go of: %v", err)
	}
}

func TestAttachRefuses(t *testing.T) {
	if _, err := Attach(1<<30, nil); err == nil || !strings.Contains(err.Error(), "there is no process") {
		t.Errorf("%v", err)
	}
}
