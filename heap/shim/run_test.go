package shim_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"softshell/heap/region"
	"softshell/heap/shim"
)

// recording is a run of a program under the collector, by the simplest launcher
// that there can be.
type recording struct {
	flags   uint32
	listen  *net.UnixListener
	mu      sync.Mutex
	regions []*region.Region
	hellos  []shim.Hello
	frozen  []shim.Frozen
	atStop  func(*region.Region, shim.Frozen) // called while the process stands still
	wg      sync.WaitGroup
	started time.Time
}

var sockets atomic.Int64

// room is the address space that a region may take part of; 0 for all.
var room uint64

// record runs cmd with the library preloaded.
func record(library string, flags uint32, cmd *exec.Cmd, atStop func(*region.Region, shim.Frozen)) (*recording, error) {
	name := fmt.Sprintf("softshell-shim-test-%d-%d", os.Getpid(), sockets.Add(1))
	l, err := net.ListenUnix("unixpacket", &net.UnixAddr{Name: "@" + name, Net: "unixpacket"})
	if err != nil {
		return nil, err
	}
	r := &recording{flags: flags, listen: l, atStop: atStop, started: time.Now()}
	if cmd.Env == nil {
		cmd.Env = os.Environ()
	}
	cmd.Env = append(cmd.Env, shim.Env+"="+name)
	if library != "" {
		cmd.Env = append(cmd.Env, "LD_PRELOAD="+library)
	}
	done := make(chan struct{})
	go func() { r.accept(); close(done) }()
	stop := make(chan struct{})
	go r.clock(stop)
	err = cmd.Run()
	l.Close()
	<-done
	r.wg.Wait()
	close(stop)
	return r, err
}

func (r *recording) accept() {
	for {
		c, err := r.listen.AcceptUnix()
		if err != nil {
			return
		}
		r.wg.Add(1)
		go func() { defer r.wg.Done(); defer c.Close(); r.serve(c) }()
	}
}

func (r *recording) clock(stop chan struct{}) {
	t := time.NewTicker(time.Millisecond)
	defer t.Stop()
	for {
		select {
		case <-stop:
			return
		case <-t.C:
			r.mu.Lock()
			for _, reg := range r.regions {
				reg.Advance(time.Since(r.started))
			}
			r.mu.Unlock()
		}
	}
}

func (r *recording) serve(c *net.UnixConn) {
	var hello shim.Hello
	if _, err := io.ReadFull(c, asBytes(&hello)); err != nil {
		return
	}
	answer := shim.Answer{Type: shim.MsgAccept}
	var reg *region.Region
	if hello.Parent == hello.PID { // it lost its socket
		r.mu.Lock()
		reg = r.regions[len(r.regions)-1]
		r.mu.Unlock()
		if _, err := c.Write(asBytes(&answer)); err != nil {
			return
		}
	} else {
		var err error
		if reg, err = region.New(room, r.flags); err != nil {
			return
		}
		r.mu.Lock()
		r.regions = append(r.regions, reg)
		r.hellos = append(r.hellos, hello)
		r.mu.Unlock()
		if _, _, err := c.WriteMsgUnix(asBytes(&answer), unix.UnixRights(int(reg.File().Fd())), nil); err != nil {
			return
		}
	}
	for {
		var f shim.Frozen
		if _, err := io.ReadFull(c, asBytes(&f)); err != nil {
			return
		}
		r.mu.Lock()
		r.frozen = append(r.frozen, f)
		if r.atStop != nil {
			r.atStop(reg, f)
		}
		r.mu.Unlock()
		answer := shim.Answer{Type: shim.MsgResume}
		if _, err := c.Write(asBytes(&answer)); err != nil {
			return
		}
	}
}

func asBytes[T any](v *T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(v)), unsafe.Sizeof(*v))
}

// totals is what the thread records add up to.
type totals struct {
	Allocs, Bytes, Frees, Freed, Temporary, Unknown, Incomplete, Walked int64
	Lost, Live, Peak                                                    int64
	Nodes, Sites, Threads, Modules                                      int
}

func sum(reg *region.Region) (t totals) {
	for _, r := range reg.Threads() {
		t.Allocs += int64(r.Allocs)
		t.Bytes += int64(r.Bytes)
		t.Frees += int64(r.Frees)
		t.Freed += int64(r.FreedBytes)
		t.Temporary += int64(r.Temporary)
		t.Unknown += int64(r.Unknown)
		t.Incomplete += int64(r.Incomplete)
		t.Walked += int64(r.Walked)
	}
	h := reg.Header()
	t.Lost, t.Live, t.Peak = int64(h.Lost), h.Live, h.Peak
	t.Nodes, t.Sites, t.Threads, t.Modules = len(reg.Nodes()), len(reg.Sites())-1, len(reg.Threads())-1, len(reg.Modules())
	return t
}

// depth is the number of frames of a stack.
func depth(nodes []shim.Node, n uint32) (d int) {
	for ; n != 0; n = nodes[n].Parent {
		d++
	}
	return d
}

// TestMain can also record one command, for trying things out:
//
//	SHIM_RUN=LIBRARY ./shim.test COMMAND...
func TestMain(m *testing.M) {
	library := os.Getenv("SHIM_RUN")
	if library == "" {
		os.Exit(m.Run())
	}
	os.Unsetenv("SHIM_RUN")
	cmd := exec.Command(os.Args[1], os.Args[2:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	var flags uint32
	if os.Getenv("SHIM_CHILDREN") != "" {
		flags = shim.Children
	}
	start := time.Now()
	r, err := record(library, flags, cmd, nil)
	wall := time.Since(start)
	if r == nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "ended:", err)
	}
	for i, reg := range r.regions {
		t := sum(reg)
		exe := string(r.hellos[i].Exe[:r.hellos[i].ExeLen])
		fmt.Fprintf(os.Stderr, "%s pid %d parent %d: %+v own %d KiB, %d KiB max rss, %v\n", exe, r.hellos[i].PID, r.hellos[i].Parent, t,
			reg.Own()>>10, cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss, wall)
		nodes := reg.Nodes()
		var frames, allocs int64
		for s, c := range reg.Counts() {
			if s > 0 {
				frames += c.Allocs * int64(depth(nodes, reg.Sites()[s].Node))
				allocs += c.Allocs
			}
		}
		fmt.Fprintf(os.Stderr, "mean depth %.1f, %.2f frames walked of each\n", float64(frames)/float64(max(allocs, 1)), float64(t.Walked)/float64(max(t.Allocs, 1)))
		if os.Getenv("SHIM_STACKS") != "" {
			printStacks(reg)
		}
	}
	for _, f := range r.frozen {
		fmt.Fprintf(os.Stderr, "frozen: pid %d tid %d reason %d status %d sp %x pc %x\n", f.PID, f.TID, f.Reason, f.Status, f.SP, f.PC)
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		os.Exit(1)
	}
}

func printStacks(reg *region.Region) {
	nodes, mods := reg.Nodes(), reg.Modules()
	for s, c := range reg.Counts() {
		if s == 0 {
			continue
		}
		fmt.Fprintf(os.Stderr, "site %d: %+v\n", s, c)
		for n := reg.Sites()[s].Node; n != 0; n = nodes[n].Parent {
			where := "?"
			for _, m := range mods {
				if nodes[n].PC >= m.Start && nodes[n].PC < m.End {
					where = fmt.Sprintf("%s+%#x", m.Path[strings.LastIndexByte(m.Path, '/')+1:], nodes[n].PC-m.Bias)
				}
			}
			fmt.Fprintf(os.Stderr, "    %x %s\n", nodes[n].PC, where)
		}
	}
}
