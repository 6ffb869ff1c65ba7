package record

import (
	"fmt"
	"net"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"softshell/heap/process"
	"softshell/heap/profile"
	"softshell/heap/region"
	"softshell/heap/shim"
	"softshell/heap/symbol"
)

// recorded is a process that is recorded, from its hello to its end.
type recorded struct {
	s      *session
	region *region.Region
	room   uint64 // address space that the process may use; 0: any
	pid    int
	pidfd  int
	exe    string
	first  bool // of all that are recorded
	// command is what the process was started with; read at its hello, since a
	// program may overwrite it.
	command []string
	hello   shim.Hello
	start   time.Time
	stop    chan struct{} // closed when the clock shall stop

	stopOnce sync.Once
	conn     *net.UnixConn

	// Of the goroutine that follows the process; others see them after it.
	result   *profile.Profile
	troubles []string

	mu      sync.Mutex    // guards what follows
	frozen  *shim.Frozen  // the last time that the process was about to end
	at      time.Duration // when that was, or when the process hung up
	heard   time.Duration // when it hung up
	peakRSS int64
	reading *reading // what the memory showed then
	status  *syscall.WaitStatus
	usage   *syscall.Rusage
	samples []profile.Sample

	saving    sync.Mutex // held while the region is read at length; taken before mu
	concluded bool
	names     *symbol.Table // of the modules in named
	named     []profile.Module
}

// follow hears the process until its end, and makes its profile.
func (p *recorded) follow() {
	var clock sync.WaitGroup
	clock.Go(p.clock)
	p.hear(p.conn)
	p.hungUp()
	p.doubtExec()
	p.awaitDeath()
	p.stopClock()
	clock.Wait()
	p.conclude()
}

func (p *recorded) stopClock() { p.stopOnce.Do(func() { close(p.stop) }) }

// hear answers the process until it hangs up.
func (p *recorded) hear(conn *net.UnixConn) {
	for {
		var f shim.Frozen
		if !receive(conn, &f) {
			return
		}
		if f.Type == shim.MsgFrozen {
			p.freeze(&f)
		}
		send(conn, shim.Answer{Type: shim.MsgResume})
	}
}

// hungUp notes when the process was last heard of.
func (p *recorded) hungUp() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.heard = time.Since(p.start)
	if p.frozen == nil {
		p.at = p.heard
	}
}

// doubtExec forgets an announced exec that failed: the program went on.
func (p *recorded) doubtExec() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.frozen == nil || p.frozen.Reason != shim.Exec {
		return
	}
	if _, _, allocs := p.region.Live(); allocs == p.reading.counted.profile.Run.Allocs {
		return
	}
	p.frozen, p.reading, p.at = nil, nil, p.heard
}

// awaitDeath waits for a process that hung up: it is about to end, has called
// exec, or closed a file that was not its own.
func (p *recorded) awaitDeath() {
	if p.pidfd < 0 {
		return
	}
	p.mu.Lock()
	replaced := p.frozen != nil && p.frozen.Reason == shim.Exec
	p.mu.Unlock()
	if replaced {
		p.stopClock() // another program has its place, or soon no longer this one
		return
	}
	for !wait(p.pidfd, 20) {
		select {
		case <-p.stop: // the command has ended, so we go, too
			return
		default:
		}
	}
}

// grace is how long a process may live on when the command has ended: what runs
// longer is left alone, or we would not end when the command does.
const grace = 200 // milliseconds

// commandEnded tells that the command has ended, and how.
func (p *recorded) commandEnded(status syscall.WaitStatus, usage *syscall.Rusage) {
	p.mu.Lock()
	if p.pid == p.s.command {
		p.status, p.usage = &status, usage
	}
	p.mu.Unlock()
	if p.pid != p.s.command && (p.pidfd < 0 || !wait(p.pidfd, grace)) {
		p.stopClock()
	}
	// The collector hears of it when we close, in talk. Also of a process that has
	// ended: one that it forked may hold the connection for as long as it runs.
	_ = p.conn.CloseRead()
}

// The clock's ticks: so many of one length, then as many of twice the length.
// 16384 of them last for weeks, and tell times to a thousandth of the run.
const (
	firstTick    = time.Millisecond
	ticksAlength = 768
)

// clock advances the collector's clock and samples the heap, until stopped.
func (p *recorded) clock() {
	length, n := firstTick, 0
	next := time.NewTimer(length)
	defer next.Stop()
	last := time.Now()
	for {
		select {
		case <-p.stop:
			p.sample()
			return
		case <-next.C:
		}
		if n++; n == ticksAlength {
			n, length = 0, 2*length
		}
		next.Reset(length)
		p.region.Advance(time.Since(p.start))
		p.sample()
		if every := p.s.o.Checkpoint; every > 0 && time.Since(last) >= every {
			last = time.Now()
			go p.checkpoint()
		}
	}
}

func (p *recorded) sample() {
	if !p.region.Ready() {
		return
	}
	live, blocks, allocs := p.region.Live()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.samples = append(p.samples, profile.Sample{At: time.Since(p.start), Live: live, Blocks: blocks, Allocs: allocs})
	p.samples = thin(p.samples)
}

// A time line has at most manySamples. When it is full those go that are closer
// to their neighbours than the others, as long as they are no peak.
const manySamples = 4096

func thin(s []profile.Sample) []profile.Sample {
	if len(s) < manySamples {
		return s
	}
	step := s[len(s)-1].At / (manySamples / 4)
	out := s[:1]
	for i := 1; i < len(s); i++ {
		last := &out[len(out)-1]
		switch {
		case s[i].At-last.At >= step || i == len(s)-1:
			out = append(out, s[i])
		case s[i].Live > last.Live && len(out) > 1:
			*last = s[i]
		}
	}
	return out
}

// freeze reads the process while it waits for us.
func (p *recorded) freeze(f *shim.Frozen) {
	p.saving.Lock()
	defer p.saving.Unlock()
	if p.concluded { // it died meanwhile, and was heard on a second connection
		return
	}
	p.sample()
	peak := process.ID(p.pid).PeakResident()
	at, rd := time.Since(p.start), p.read(f)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.frozen, p.at, p.peakRSS, p.reading = f, at, peak, rd
}

// end tells how the process ended, as far as it is known, and what was read then.
func (p *recorded) end() (profile.End, int, *reading) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.frozen
	switch {
	case f != nil && f.Reason == shim.Exec:
		return profile.Replaced, 0, p.reading
	case p.status != nil && p.status.Signaled() && f == nil: // our own child: the kernel told us
		return profile.Killed, int(p.status.Signal()), nil
	case p.status != nil && p.status.Signaled():
		return profile.Signaled, int(p.status.Signal()), p.reading
	case p.status != nil:
		return profile.Returned, p.status.ExitStatus(), p.reading
	case f == nil && p.pidfd >= 0 && !wait(p.pidfd, 0):
		return profile.Running, 0, nil
	case f == nil:
		return profile.Killed, 0, nil
	case f.Reason == shim.Signal:
		return profile.Signaled, int(f.Status), p.reading
	}
	return profile.Returned, int(f.Status), p.reading
}

// conclude makes the profile of the whole run.
func (p *recorded) conclude() {
	p.awaitStatus()
	defer func() {
		_ = p.region.Close()
		if p.pidfd >= 0 {
			_ = unix.Close(p.pidfd)
		}
	}()
	p.saving.Lock() // a checkpoint in work still reads the region
	defer p.saving.Unlock()
	p.concluded = true
	if !p.region.Ready() {
		p.troubles = append(p.troubles, fmt.Sprintf("process %d (%s) ended before its collector was ready", p.pid, p.exe))
		return
	}
	end, status, rd := p.end()
	p.result = p.profile(end, status, rd)
	p.save(p.result)
}

// awaitStatus waits until the kernel has told how our own child ended.
func (p *recorded) awaitStatus() {
	if p.pid == p.s.command {
		<-p.s.ended
	}
}

// checkpoint saves what was counted so far.
func (p *recorded) checkpoint() {
	if !p.saving.TryLock() {
		return // the one before takes longer than the time between two
	}
	defer p.saving.Unlock()
	if !p.concluded && p.region.Ready() { // in this order: then the region may be gone
		p.save(p.profile(profile.Running, 0, nil))
	}
}

func (p *recorded) save(made *profile.Profile) {
	if p.s.o.Save == nil {
		return
	}
	if err := p.s.o.Save(made, p.first); err != nil {
		p.s.note(err.Error())
	}
}
