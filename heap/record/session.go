package record

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"softshell/heap/process"
	"softshell/heap/profile"
	"softshell/heap/region"
	"softshell/heap/shim"
)

// session is one command with all that it starts.
type session struct {
	o        *Options
	name     string // of the socket
	listener *net.UnixListener
	start    time.Time
	command  int           // pid of what we started
	ended    chan struct{} // closed when the command has ended, and its status is known

	mu       sync.Mutex
	active   []*recorded
	taken    bool // the one that is meant was found
	over     bool // the command has ended: nobody is taken any more
	profiles []*profile.Profile
	notes    []string
	refused  []string // executables that said hello and were not meant

	talks sync.WaitGroup
}

// listen opens the socket that collectors report to. Its name lies in no folder,
// so that it is found whatever the program does with its files.
func listen(o *Options) (*session, error) {
	var key [8]byte
	if _, err := rand.Read(key[:]); err != nil {
		return nil, fmt.Errorf("make a name for the socket: %w", err)
	}
	s := &session{o: o, ended: make(chan struct{}), name: fmt.Sprintf("softshell-heap-%d-%s", os.Getpid(), hex.EncodeToString(key[:]))}
	l, err := net.ListenUnix("unixpacket", &net.UnixAddr{Name: "@" + s.name, Net: "unixpacket"})
	if err != nil {
		return nil, fmt.Errorf("listen for the program: %w", err)
	}
	s.listener = l
	return s, nil
}

func (s *session) close() { _ = s.listener.Close() }

func (s *session) note(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Contains(s.notes, text) {
		s.notes = append(s.notes, text)
	}
}

// accept takes the processes that report, until the listener is closed.
func (s *session) accept() {
	for {
		conn, err := s.listener.AcceptUnix()
		if err != nil {
			return
		}
		s.talks.Go(func() { s.talk(conn) })
	}
}

// talk speaks with one process from its hello to its end.
func (s *session) talk(conn *net.UnixConn) {
	defer conn.Close()
	var hello shim.Hello
	pid, ok := peer(conn)
	if !ok || !receive(conn, &hello) || hello.Type != shim.MsgHello {
		return
	}
	exe := string(hello.Exe[:min(int(hello.ExeLen), len(hello.Exe))])
	if hello.Version != shim.Version {
		s.note(fmt.Sprintf("%s has a collector of another version in it: build it again", exe))
		send(conn, shim.Answer{Type: shim.MsgRefuse})
		return
	}
	if hello.Parent == hello.PID { // it closed the first connection, as a file that it did not know
		if p := s.known(pid); p != nil {
			send(conn, shim.Answer{Type: shim.MsgAccept})
			p.hear(conn)
		}
		return
	}
	if !s.wants(exe, &hello) {
		send(conn, shim.Answer{Type: shim.MsgRefuse})
		return
	}
	p, err := s.begin(conn, pid, exe, &hello)
	if err != nil {
		s.note(fmt.Sprintf("process %d could not be recorded: %v", pid, err))
		send(conn, shim.Answer{Type: shim.MsgRefuse})
		return
	}
	sendFile(conn, shim.Answer{Type: shim.MsgAccept}, p.region.File())
	p.follow()
}

// known is the process that is recorded and has this id.
func (s *session) known(pid int) *recorded {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := len(s.active) - 1; i >= 0; i-- {
		if s.active[i].pid == pid {
			return s.active[i]
		}
	}
	return nil
}

// wants decides whether a process is recorded: the one that is meant, and with
// --children what comes from it.
func (s *session) wants(exe string, hello *shim.Hello) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.o.Children && (s.taken || hello.Parent != 0) {
		return true
	}
	if hello.Parent == 0 && !s.taken && s.o.Target.Means(exe) {
		s.taken = true
		return true
	}
	if !slices.Contains(s.refused, exe) {
		s.refused = append(s.refused, exe)
	}
	return false
}

// peer is the process at the other end, as our own system numbers it; only our
// own user's count.
func peer(conn *net.UnixConn) (pid int, ok bool) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0, false
	}
	var cred *unix.Ucred
	if e := raw.Control(func(fd uintptr) { cred, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) }); e != nil || err != nil {
		return 0, false
	}
	return int(cred.Pid), int(cred.Uid) == os.Getuid() || os.Getuid() == 0
}

// receive reads one message into a struct of the protocol.
func receive[T any](conn *net.UnixConn, into *T) bool {
	b := unsafe.Slice((*byte)(unsafe.Pointer(into)), unsafe.Sizeof(*into))
	n, err := conn.Read(b)
	return err == nil && n >= 4
}

func send(conn *net.UnixConn, a shim.Answer) {
	_, _ = conn.Write(unsafe.Slice((*byte)(unsafe.Pointer(&a)), unsafe.Sizeof(a)))
}

func sendFile(conn *net.UnixConn, a shim.Answer, f *os.File) {
	b := unsafe.Slice((*byte)(unsafe.Pointer(&a)), unsafe.Sizeof(a))
	_, _, _ = conn.WriteMsgUnix(b, unix.UnixRights(int(f.Fd())), nil)
}

// begin makes a region for a process.
func (s *session) begin(conn *net.UnixConn, pid int, exe string, hello *shim.Hello) (*recorded, error) {
	var limit unix.Rlimit
	room := uint64(0)
	if err := unix.Prlimit(pid, unix.RLIMIT_AS, nil, &limit); err == nil && limit.Cur != unix.RLIM_INFINITY {
		room = limit.Cur
	}
	flags := uint32(0)
	if s.o.Children {
		flags = shim.Children
	}
	r, err := region.New(room, flags)
	if err != nil {
		return nil, err
	}
	p := &recorded{s: s, conn: conn, region: r, room: room, pid: pid, exe: exe, command: process.ID(pid).Arguments(), hello: *hello, start: time.Now(), stop: make(chan struct{})}
	if p.pidfd, err = unix.PidfdOpen(pid, 0); err != nil {
		p.pidfd = -1
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		_ = r.Close()
		if p.pidfd >= 0 {
			_ = unix.Close(p.pidfd)
		}
		return nil, errors.New("it began when the command had ended")
	}
	p.first = len(s.active) == 0
	s.active = append(s.active, p)
	return p, nil
}

// finish waits for what the processes have still to say after the command ended,
// and puts the profiles together.
func (s *session) finish(status syscall.WaitStatus, usage *syscall.Rusage) {
	s.mu.Lock()
	s.over = true
	active := s.active // nobody comes to it any more
	s.mu.Unlock()
	var told sync.WaitGroup
	for _, p := range active { // at once: each may use its grace
		told.Go(func() { p.commandEnded(status, usage) })
	}
	told.Wait()
	close(s.ended)
	s.close()
	s.talks.Wait()
	for _, p := range active {
		s.notes = append(s.notes, p.troubles...)
		if p.result != nil {
			s.profiles = append(s.profiles, p.result)
		}
	}
	if len(s.profiles) == 0 {
		s.notes = append(s.notes, s.nothing())
	}
}

// nothing says why no process was recorded.
func (s *session) nothing() string {
	const none = "nothing was recorded: "
	switch {
	case len(s.active) > 0:
		return none + "the program ended, or ran out of address space, before its collector was ready"
	case len(s.refused) > 0:
		return none + "of what was started (" + strings.Join(s.refused, ", ") + ") none is the program that is meant; name it itself, or use --children"
	case s.o.Target.Program != nil:
		return none + s.o.Target.Program.Path + " did not load the collector"
	}
	return none + "no program that was started loaded the collector"
}
