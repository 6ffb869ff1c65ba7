package process

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"softshell/testenv"
)

// A stopped process goes on when it is let go of, and its parent sees nothing.
func TestStop(t *testing.T) {
	cmd := exec.Command("sleep", "0.5")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	p := ID(cmd.Process.Pid)
	for deadline := time.Now().Add(5 * time.Second); len(p.Arguments()) == 0 || p.Arguments()[0] != "sleep"; {
		if time.Now().After(deadline) {
			t.Fatal("it does not start")
		}
	}
	time.Sleep(100 * time.Millisecond) // the dynamic linker is done
	s, err := p.Stop()
	if errors.Is(err, unix.EPERM) {
		testenv.Lacks(t, "this system lets nobody be stopped: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Threads) != 1 || s.Threads[0].TID != int(p) || s.Threads[0].SP == 0 || s.Threads[0].Base == 0 {
		t.Errorf("threads: %+v", s.Threads)
	}
	maps, err := p.Mappings()
	if err != nil || len(maps) < 3 {
		t.Errorf("%d mappings, %v", len(maps), err)
	}
	var word [8]byte
	if _, err := p.ReadAt(word[:], int64(s.Threads[0].SP)); err != nil {
		t.Errorf("read its stack: %v", err)
	}
	if _, err := p.ReadAt(word[:], 8); err == nil {
		t.Error("a page that is not there was read")
	}
	if start, end, err := p.Strings(); err != nil || start >= end {
		t.Errorf("arguments from %#x to %#x, %v", start, end, err)
	}
	if !p.ended(1 << 30) {
		t.Error("a thread that is not there has not ended")
	}
	s.Resume()
	if err := cmd.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
}

// A signal that is on its way when the process is stopped is not lost.
func TestStopAmongSignals(t *testing.T) {
	dir := t.TempDir()
	src, exe := filepath.Join(dir, "count.c"), filepath.Join(dir, "count")
	if err := os.WriteFile(src, []byte(countSignals), 0o666); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("cc", "-o", exe, src).CombinedOutput(); err != nil {
		t.Fatalf("cc: %v\n%s", err, out)
	}
	cmd := exec.Command(exe)
	var out bytes.Buffer
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := ID(cmd.Process.Pid)
	for times := 0; !p.ended(int(p)); times++ {
		s, err := p.Stop()
		if errors.Is(err, unix.EPERM) && times == 0 { // later it would be that we hold it still
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			testenv.Lacks(t, "this system lets nobody be stopped: %v", err)
		}
		if err != nil {
			t.Fatal(err)
		}
		s.Resume()
	}
	if err := cmd.Wait(); err != nil || out.String() != "0 lost\n" {
		t.Errorf("it says %q, and ends with %v", out.String(), err)
	}
}

const countSignals = `
#include <signal.h>
#include <stdio.h>

static volatile int got;
static void count(int sig) { got++; }

int main(void)
{
	enum { ALL = 300000 };
	signal(SIGUSR1, count);
	for (int i = 0; i < ALL; i++)
		raise(SIGUSR1);
	printf("%d lost\n", ALL - got);
	return 0;
}
`

func TestParseMapping(t *testing.T) {
	for line, want := range map[string]Mapping{
		"7f01-7f02 rw-p 00001000 fe:00 1234                       /a b/c (deleted)": {0x7f01, 0x7f02, "rw-p", 0x1000, 1234, "/a b/c (deleted)"},
		"7f01-7f02 ---s 00000000 00:00 0 ":                                          {0x7f01, 0x7f02, "---s", 0, 0, ""},
	} {
		if got, ok := parseMapping(line); !ok || got != want {
			t.Errorf("%q: %+v, %v", line, got, ok)
		}
	}
	for _, line := range []string{"", "x", "12 rw-p 0 0 0", "1-2 rw 0 0 0", "1-z rw-p 0 0 0"} {
		if m, ok := parseMapping(line); ok {
			t.Errorf("%q: %+v", line, m)
		}
	}
}
