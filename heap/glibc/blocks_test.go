package glibc

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"softshell/heap/memory"
	"softshell/heap/memory/memorytest"
	"softshell/heap/process"
	"softshell/testenv"
)

// TestBlocks compares what stands in the lists of a program's malloc with what
// the program says.
func TestBlocks(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "blocks")
	if out, err := exec.Command("cc", "-O1", "-pthread", "-o", bin, "testdata/blocks.c").CombinedOutput(); err != nil {
		t.Fatalf("cc: %v\n%s", err, out)
	}
	cmd := exec.Command(bin)
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
	says := map[uint64]bool{} // live
	for lines := bufio.NewScanner(out); lines.Scan() && lines.Text() != "ready"; {
		var kind string
		var addr uint64
		if lines.Text() == "other" {
			t.Skip("the C library here is not glibc")
		}
		if _, err := fmt.Sscanf(lines.Text(), "%s 0x%x", &kind, &addr); err != nil {
			t.Fatal(err)
		}
		// An address may have been handed out again: the last word counts.
		says[addr] = says[addr] || kind == "l"
	}
	p := process.ID(cmd.Process.Pid)
	still, err := p.Stop()
	if errors.Is(err, unix.EPERM) {
		testenv.Lacks(t, "this system lets nobody be stopped: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer still.Resume()
	if len(still.Threads) != 2 {
		t.Errorf("%d threads were stopped, want 2", len(still.Threads))
	}
	maps, err := p.Mappings()
	if err != nil {
		t.Fatal(err)
	}
	live, freed, notes := Blocks(p, maps)
	if len(notes) > 0 {
		t.Errorf("notes: %q", notes)
	}
	got := map[uint64]bool{}
	for _, b := range live {
		got[b.Addr] = true
	}
	wrong := 0
	for addr, isLive := range says {
		if got[addr] != isLive {
			wrong++
		}
	}
	if wrong > 0 {
		t.Errorf("%d of %d blocks are wrong", wrong, len(says))
	}
	const others = 40 // of the C library itself
	lives := 0
	for _, isLive := range says {
		if isLive {
			lives++
		}
	}
	if len(live) > lives+others {
		t.Errorf("%d blocks are live, the program knows of %d", len(live), lives)
	}
	sorted(t, live)
	sorted(t, freed)
}

// A heap that the program has overwritten leads nowhere, and so much is said.
func TestOverwritten(t *testing.T) {
	const base = 0x10000
	data := make([]byte, 4096)
	put := func(at int, size uint64) { binary.NativeEndian.PutUint64(data[at+8:], size) }
	put(0, 64|inUse)
	put(64, ^uint64(63)|inUse) // back to where it was
	r := &reader{mem: memorytest.Chunks{{Addr: base, Data: data}}}
	r.window.mem = r.mem
	r.walk(base, base+4096)
	if len(r.chunks) != 0 || len(r.notes) != 1 {
		t.Errorf("%d chunks, %q", len(r.chunks), r.notes)
	}
}

func sorted(t *testing.T, blocks []memory.Block) {
	t.Helper()
	for i := 1; i < len(blocks); i++ {
		if blocks[i-1].Addr+blocks[i-1].Size > blocks[i].Addr {
			t.Fatalf("block %d reaches into the next one", i-1)
		}
	}
}
