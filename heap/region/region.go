package region

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"softshell/heap/shim"
)

// Region is one region, of one process.
type Region struct {
	file *os.File
	mem  []byte
	tick uint32
}

// The size of a region is an address space to grow in, not memory. The least is
// what the tables of the collector take.
const (
	usual = 256 << 30
	least = 1 << 30
)

// New makes an empty region. room is how much address space the process has, 0
// when nothing limits it.
func New(room uint64, flags uint32) (*Region, error) {
	size := uint64(usual)
	if room != 0 {
		size = min(size, max(room/4, least)&^(1<<21-1))
	}
	for ; ; size /= 2 { // an own limit may forbid it
		r, err := create(size, flags)
		if err == nil || size <= least {
			return r, err
		}
	}
}

func create(size uint64, flags uint32) (*Region, error) {
	fd, err := unix.MemfdCreate("softshell-heap", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("make the shared memory: %w", err)
	}
	r := &Region{file: os.NewFile(uintptr(fd), "softshell-heap")}
	if err := unix.Ftruncate(fd, int64(size)); err != nil {
		r.file.Close()
		return nil, fmt.Errorf("make the shared memory %d bytes long: %w", size, err)
	}
	if r.mem, err = unix.Mmap(fd, 0, int(size), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_NORESERVE); err != nil {
		r.file.Close()
		return nil, fmt.Errorf("map the shared memory: %w", err)
	}
	h := r.header()
	h.Magic, h.Version, h.Flags, h.Size, h.Launcher = shim.Magic, shim.Version, flags, size, uint32(os.Getpid())
	return r, nil
}

// File is the descriptor that the collector gets.
func (r *Region) File() *os.File { return r.file }

// Close lets go of the memory. No slice or header of the region may be used later.
func (r *Region) Close() error {
	err := unix.Munmap(r.mem)
	r.mem = nil
	return errors.Join(err, r.file.Close())
}

func (r *Region) header() *shim.Header { return (*shim.Header)(unsafe.Pointer(&r.mem[0])) }

// Header is a copy of the header.
func (r *Region) Header() shim.Header { return *r.header() }

// Ready reports whether the collector has laid out its tables.
func (r *Region) Ready() bool { return atomic.LoadUint32(&r.header().Ready) != 0 }

// Own is how many bytes of memory the collector takes.
func (r *Region) Own() int64 {
	var st unix.Stat_t
	if err := unix.Fstat(int(r.file.Fd()), &st); err != nil {
		return 0
	}
	return st.Blocks*512 + int64(atomic.LoadUint64(&r.header().Own))
}

// Advance sets the clock to the time since the start, as the next tick.
func (r *Region) Advance(since time.Duration) {
	if r.tick+1 >= shim.Ticks {
		return
	}
	r.tick++
	at := (*uint32)(unsafe.Pointer(&r.mem[shim.TickMS+4*r.tick]))
	atomic.StoreUint32(at, uint32(since.Milliseconds()))
	atomic.StoreUint32(&r.header().Tick, r.tick)
}

// TickTime is when a tick was.
func (r *Region) TickTime(tick uint32) time.Duration {
	if tick >= shim.Ticks {
		return 0
	}
	at := (*uint32)(unsafe.Pointer(&r.mem[shim.TickMS+4*tick]))
	return time.Duration(atomic.LoadUint32(at)) * time.Millisecond
}

// Live is the heap at this moment: bytes, blocks, and allocations so far.
func (r *Region) Live() (live, blocks, allocs int64) {
	live = atomic.LoadInt64(&r.header().Live)
	threads := r.Threads()
	for i := range threads {
		t := &threads[i]
		allocs += int64(atomic.LoadUint64(&t.Allocs))
		blocks += int64(atomic.LoadUint64(&t.Allocs)) - int64(atomic.LoadUint64(&t.Frees))
	}
	return live, blocks, allocs
}

// table is a slice over n records that start at an offset, cut to what lies in
// the file: an offset is not to be trusted when the process died while it wrote.
func table[T any](r *Region, offset, n uint64) []T {
	var one T
	size := uint64(unsafe.Sizeof(one))
	if offset == 0 || offset >= uint64(len(r.mem)) || n == 0 {
		return nil
	}
	n = min(n, (uint64(len(r.mem))-offset)/size)
	if n == 0 {
		return nil
	}
	return unsafe.Slice((*T)(unsafe.Pointer(&r.mem[offset])), n)
}
