package process

import (
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Thread is a thread that was stopped, with what its registers held.
type Thread struct {
	TID   int
	SP    uint64
	Base  uint64   // of thread-local storage; 0 when not known
	Words []uint64 // all general registers

	signal unix.Signal // that was on its way when it stopped; it gets it when it goes on
}

// Stopped holds the threads of a process until it lets go of them. Only the
// kernel's tracing stops a process so that neither it nor its parent sees it.
type Stopped struct {
	Threads []Thread
	release chan struct{}
	done    chan struct{}
}

// Stop stops all threads of the process. The work is done on one system thread,
// since the kernel lets only the one that stopped a thread ask about it.
func (p ID) Stop() (*Stopped, error) {
	s := &Stopped{release: make(chan struct{}), done: make(chan struct{})}
	ready := make(chan error)
	onOwnThread(func() {
		defer close(s.done)
		err := s.seize(p)
		ready <- err
		if err == nil {
			<-s.release
		}
		for i := range s.Threads {
			s.Threads[i].detach()
		}
	})
	if err := <-ready; err != nil {
		<-s.done
		return nil, err
	}
	return s, nil
}

// onOwnThread runs f on a system thread that ends with it, and with it all its
// traces, also of threads that did not stop in time. The first one of a process
// does not end, so it is only held back until another has taken f.
func onOwnThread(f func()) {
	go func() {
		runtime.LockOSThread()
		if unix.Gettid() != unix.Getpid() {
			f()
			return // still locked
		}
		defer runtime.UnlockOSThread()
		taken := make(chan struct{})
		go func() {
			runtime.LockOSThread()
			close(taken)
			f()
		}()
		<-taken
	}()
}

// detach lets a thread go on, with the signal that it stopped before.
func (t *Thread) detach() {
	_, _, _ = unix.Syscall6(unix.SYS_PTRACE, unix.PTRACE_DETACH, uintptr(t.TID), 0, uintptr(t.signal), 0, 0)
}

// Resume lets all threads go on.
func (s *Stopped) Resume() {
	close(s.release)
	<-s.done
}

// patience is how long a thread may take to stop: one that waits for a disk can.
const patience = 2 * time.Second

// seize goes on until no new thread shows up.
func (s *Stopped) seize(p ID) error {
	for {
		tids, err := p.Threads()
		if err != nil {
			return err
		}
		fresh := 0
		for _, tid := range tids {
			if slices.ContainsFunc(s.Threads, func(t Thread) bool { return t.TID == tid }) {
				continue
			}
			err := unix.PtraceSeize(tid)
			if errors.Is(err, unix.ESRCH) || err != nil && p.ended(tid) {
				continue
			}
			if err != nil {
				return fmt.Errorf("stop thread %d: %w", tid, err)
			}
			s.Threads = append(s.Threads, Thread{TID: tid})
			fresh++
			if err := s.Threads[len(s.Threads)-1].halt(p); err != nil {
				return err
			}
		}
		if fresh == 0 {
			s.Threads = slices.DeleteFunc(s.Threads, func(t Thread) bool { return t.SP == 0 })
			return nil
		}
	}
}

// halt interrupts a seized thread, waits until it stands, and reads its registers.
func (t *Thread) halt(p ID) error {
	if err := unix.PtraceInterrupt(t.TID); err != nil {
		if errors.Is(err, unix.ESRCH) {
			return nil
		}
		return fmt.Errorf("stop thread %d: %w", t.TID, err)
	}
	for end := time.Now().Add(patience); ; {
		stop, stopped, err := t.stop()
		switch {
		case err == unix.EINTR:
		case err == unix.ECHILD:
			return nil // it has ended
		case err != nil:
			return fmt.Errorf("wait for thread %d to stop: %w", t.TID, err)
		case stopped:
			if stop>>8 != unix.PTRACE_EVENT_STOP { // a signal came first
				t.signal = unix.Signal(stop & 0xff)
			}
			return t.registers()
		case p.ended(t.TID):
			return nil
		case time.Now().After(end):
			return fmt.Errorf("thread %d did not stop", t.TID)
		default:
			time.Sleep(50 * time.Microsecond)
		}
	}
}

// stop asks whether the thread stands, and for the signal and event that it stopped
// with. That it ended is not asked for: it may be our own child, and who waits for
// that is not to miss it.
func (t *Thread) stop() (stop int, stopped bool, err error) {
	var info unix.Siginfo
	err = unix.Waitid(unix.P_PID, t.TID, &info, unix.WSTOPPED|unix.WNOHANG|unix.WALL, nil)
	fields := (*[7]int32)(unsafe.Pointer(&info))[:]
	const pid, status = 4, 6 // of siginfo_t, in words
	return int(fields[status]), err == nil && fields[pid] != 0, err
}

// The register sets of the kernel: where the stack pointer stands in them, and
// the base of thread-local storage.
const (
	ntPRStatus = 1
	ntARMTLS   = 0x401
)

func (t *Thread) registers() error {
	raw := make([]byte, 1024)
	n, err := registerSet(t.TID, ntPRStatus, raw)
	if err != nil {
		return fmt.Errorf("read the registers of thread %d: %w", t.TID, err)
	}
	for i := 0; i+8 <= n; i += 8 {
		t.Words = append(t.Words, binary.NativeEndian.Uint64(raw[i:]))
	}
	switch {
	case runtime.GOARCH == "amd64" && len(t.Words) >= 27:
		t.SP, t.Base = t.Words[19], t.Words[21]
	case runtime.GOARCH == "arm64" && len(t.Words) >= 34:
		t.SP = t.Words[31]
		if n, err := registerSet(t.TID, ntARMTLS, raw); err == nil && n >= 8 {
			t.Base = binary.NativeEndian.Uint64(raw)
		}
	default:
		return fmt.Errorf("the registers of thread %d have another form than expected", t.TID)
	}
	return nil
}

func registerSet(tid, set int, into []byte) (int, error) {
	v := unix.Iovec{Base: &into[0]}
	v.SetLen(len(into))
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, unix.PTRACE_GETREGSET, uintptr(tid), uintptr(set), uintptr(unsafe.Pointer(&v)), 0, 0)
	runtime.KeepAlive(into)
	if errno != 0 {
		return 0, errno
	}
	return int(v.Len), nil
}
