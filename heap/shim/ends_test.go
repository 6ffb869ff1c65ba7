package shim_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"softshell/heap/region"
	"softshell/heap/shim"
)

// TestEnds runs a program in many ways, with and without the collector: what it
// prints and how it ends must be the same, and the collector says why it ended.
func TestEnds(t *testing.T) {
	bin, lib := compiled(t, "ends", "-lpthread"), library(t)
	dir := t.TempDir()
	plugins := []string{filepath.Join(dir, "a.so"), filepath.Join(dir, "b.so")}
	for i, p := range plugins {
		pad := "-DPAD=" + string(rune('1'+i))
		if out, err := exec.Command("cc", "-shared", "-fPIC", "-O1", pad, "-Wl,--build-id", "-o", p, "testdata/plugin.c").CombinedOutput(); err != nil {
			t.Fatalf("cc: %v\n%s", err, out)
		}
	}
	for _, c := range []struct {
		mode    string
		reasons []uint32
		status  int32
		allocs  int64 // of the program itself, with "at exit" where it comes to that; 0 unknown
		frees   int64
	}{
		{"return", []uint32{shim.Returned}, 7, 3, 0},
		{"exit", []uint32{shim.Exit}, 8, 3, 0},
		{"_exit", []uint32{shim.Quick}, 9, 2, 0},
		{"quick", []uint32{shim.Quick}, 10, 2, 0},
		{"abort", []uint32{shim.Signal}, 6, 2, 0},
		{"segv", []uint32{shim.Signal}, 11, 2, 0},
		{"handled", []uint32{shim.Signal}, 11, 3, 0},
		{"term", []uint32{shim.Signal}, 15, 2, 0},
		{"kill", nil, 0, 2, 0},
		{"signals", []uint32{shim.Returned}, 0, 3, 0},
		{"overflow", nil, 0, 0, 0}, // no stack is left to say anything on
		{"overflow-alt", []uint32{shim.Signal}, 11, 0, 0},
		{"alarm", []uint32{shim.Returned}, 0, 203, 200},
		{"threads", []uint32{shim.Returned}, 0, 0, 0},
		{"small-stack", []uint32{shim.Returned}, 0, 0, 0},
		{"alive", []uint32{shim.Exit}, 3, 0, 0},
		{"coroutine", []uint32{shim.Returned}, 0, 2003, 2000},
		{"fork", []uint32{shim.Returned}, 0, 3, 0},
		{"fork-killed", []uint32{shim.Returned}, 0, 3, 0},
		{"vfork", []uint32{shim.Returned}, 0, 3, 0},
		{"system", []uint32{shim.Returned}, 0, 0, 0},
		{"exec", []uint32{shim.Exec, shim.Exec}, 0, 3, 1},
		{"execle", []uint32{shim.Exec}, 0, 2, 0},
		{"dlopen", []uint32{shim.Returned}, 0, 0, 0},
		{"closefrom", []uint32{shim.Returned}, 6, 3, 0}, // it closed our socket
		{"limits", []uint32{shim.Returned}, 0, 3, 0},
	} {
		t.Run(c.mode, func(t *testing.T) {
			args := append([]string{c.mode}, plugins...)
			native := exec.Command(bin, args...)
			want, _ := native.CombinedOutput()
			var got bytes.Buffer
			cmd := exec.Command(bin, args...)
			cmd.Stdout, cmd.Stderr = &got, &got
			r, err := record(lib, 0, cmd, nil)
			if r == nil {
				t.Fatal(err)
			}
			if got.String() != string(want) {
				t.Errorf("it prints\n%s\nwithout the collector\n%s", got.String(), want)
			}
			if g, w := how(cmd), how(native); g != w {
				t.Errorf("it ends with %v, without the collector with %v", g, w)
			}
			if len(r.regions) != 1 {
				t.Fatalf("%d processes said hello", len(r.regions))
			}
			var reasons []uint32
			for _, f := range r.frozen {
				reasons = append(reasons, f.Reason)
				if f.Status != c.status {
					t.Errorf("frozen with status %d, want %d", f.Status, c.status)
				}
			}
			if len(reasons) != len(c.reasons) || (len(reasons) > 0 && reasons[0] != c.reasons[0]) {
				t.Errorf("frozen for %v, want %v", reasons, c.reasons)
			}
			s := sum(r.regions[0])
			if s.Incomplete != 0 || s.Unknown != 0 || s.Lost != 0 || (c.allocs != 0 && (s.Allocs != c.allocs || s.Frees != c.frees)) {
				t.Errorf("counted %+v, want %d allocations and %d frees", s, c.allocs, c.frees)
			}
		})
	}
}

func how(cmd *exec.Cmd) syscall.WaitStatus { return cmd.ProcessState.Sys().(syscall.WaitStatus) }

// TestChildren records a child that was forked: it has a region of its own, in
// which the blocks of its parent are not known.
func TestChildren(t *testing.T) {
	r, err := record(library(t), shim.Children, exec.Command(compiled(t, "ends", "-lpthread"), "fork"), nil)
	if err != nil || len(r.regions) != 2 {
		t.Fatalf("%d processes, %v", len(r.regions), err)
	}
	if r.hellos[1].Parent != r.hellos[0].PID {
		t.Errorf("the child's parent is %d, not %d", r.hellos[1].Parent, r.hellos[0].PID)
	}
	if s := sum(r.regions[1]); s.Allocs != 1001 || s.Frees != 1000 || s.Unknown != 1 || s.Incomplete != 0 {
		t.Errorf("child: %+v", s)
	}
	if s := sum(r.regions[0]); s.Allocs != 3 || s.Frees != 0 {
		t.Errorf("parent: %+v", s)
	}
}

// TestStill reads the heap of a process that stands still.
func TestStill(t *testing.T) {
	var blocks int
	_, err := record(library(t), 0, exec.Command(compiled(t, "ends", "-lpthread"), "abort"), func(reg *region.Region, f shim.Frozen) {
		live, _ := reg.Blocks()
		for _, b := range live {
			buf := make([]byte, b.Size)
			local := []unix.Iovec{{Base: &buf[0], Len: uint64(len(buf))}}
			n, err := unix.ProcessVMReadv(int(f.PID), local, []unix.RemoteIovec{{Base: uintptr(b.Addr), Len: len(buf)}}, 0)
			if err != nil || n != len(buf) {
				t.Errorf("read %d of %d bytes: %v", n, len(buf), err)
			}
			blocks++
		}
		if f.SP == 0 || f.PC == 0 || f.Regs[7] != f.SP {
			t.Errorf("registers: %+v", f)
		}
	})
	if err == nil || blocks != 2 {
		t.Errorf("%d blocks read, ended with %v", blocks, err)
	}
}

// TestWithoutLauncher runs a program that nobody listens for.
func TestWithoutLauncher(t *testing.T) {
	cmd := exec.Command(compiled(t, "counts"))
	cmd.Env = append(os.Environ(), "LD_PRELOAD="+library(t), shim.Env+"=nobody-listens-here")
	if out, err := cmd.CombinedOutput(); len(out) > 0 || how(cmd).ExitStatus() != 5 {
		t.Errorf("%v\n%s", err, out)
	}
}
