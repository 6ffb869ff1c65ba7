package record

import (
	"net"
	"os"
	"testing"
	"time"
	"unsafe"

	"softshell/heap/inject"
	"softshell/heap/profile"
	"softshell/heap/region"
	"softshell/heap/shim"
)

// A process that says hello when the command has ended is not waited for.
func TestLateHello(t *testing.T) {
	s, err := listen(&Options{Children: true, Target: &inject.Target{}})
	if err != nil {
		t.Fatal(err)
	}
	s.talks.Go(s.accept)
	conn, err := net.DialUnix("unixpacket", nil, &net.UnixAddr{Name: "@" + s.name, Net: "unixpacket"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	s.taken = true
	time.Sleep(50 * time.Millisecond) // it is accepted
	finished := make(chan struct{})
	go func() {
		s.finish(0, nil)
		close(finished)
	}()
	<-s.ended
	hello := shim.Hello{Type: shim.MsgHello, Version: shim.Version, PID: uint32(os.Getpid()), Parent: 1}
	if _, err := conn.Write(unsafe.Slice((*byte)(unsafe.Pointer(&hello)), unsafe.Sizeof(hello))); err != nil {
		t.Fatal(err)
	}
	var a shim.Answer
	if !receive(conn, &a) || a.Type != shim.MsgRefuse {
		t.Errorf("the answer is %+v", a)
	}
	select {
	case <-finished:
	case <-time.After(5 * time.Second):
		t.Error("the session waits for a process that outlives the command")
	}
}

func someone(t *testing.T) *recorded {
	t.Helper()
	r, err := region.New(0, 0)
	if err != nil {
		t.Fatal(err)
	}
	return &recorded{s: &session{o: &Options{}}, region: r, pid: os.Getpid(), pidfd: -1, start: time.Now().Add(-time.Second), stop: make(chan struct{})}
}

// Who comes late finds no region.
func TestConcluded(t *testing.T) {
	p := someone(t)
	p.conclude()
	p.checkpoint()
	p.freeze(&shim.Frozen{TID: uint32(os.Getpid()), PID: uint32(os.Getpid())})
	if p.result != nil {
		t.Errorf("%+v", p.result)
	}
}

// An exec that failed is no end.
func TestDoubtExec(t *testing.T) {
	p := someone(t)
	defer p.region.Close()
	p.frozen, p.at, p.reading = &shim.Frozen{Reason: shim.Exec}, time.Millisecond, &reading{counted: &counted{}}
	p.reading.counted.profile.Run.Allocs = 7
	p.hungUp()
	p.doubtExec()
	if p.frozen != nil || p.at < time.Second {
		t.Errorf("%+v, it ended after %v", p.frozen, p.at)
	}
}

func TestWithin(t *testing.T) {
	line := []profile.Sample{{At: 1, Live: 10}, {At: 2, Live: 20}, {At: 5, Live: 30}, {At: 6, Live: 30}}
	got := within(line, 3)
	if len(got) != 3 || got[2] != (profile.Sample{At: 3, Live: 30}) {
		t.Errorf("%v", got)
	}
	if got = within(got, 3); len(got) != 3 {
		t.Errorf("%v", got)
	}
}
