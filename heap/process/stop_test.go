package process

import (
	"os/exec"
	"testing"
	"time"
)

// A stopped process goes on when it is let go of, and its parent sees nothing.
func TestStop(t *testing.T) {
	cmd := exec.Command("sleep", "0.3")
	if err := cmd.Start(); err != nil {
		t.Skip(err)
	}
	p := ID(cmd.Process.Pid)
	for deadline := time.Now().Add(5 * time.Second); len(p.Arguments()) == 0 || p.Arguments()[0] != "sleep"; {
		if time.Now().After(deadline) {
			t.Fatal("it does not start")
		}
	}
	s, err := p.Stop()
	if err != nil {
		t.Skipf("the process cannot be stopped: %v", err)
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
