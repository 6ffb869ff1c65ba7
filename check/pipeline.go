package check

import (
	"context"
	"sync"
	"time"
)

// The limits that keep the process's memory near the size of the largest MIR
// text, whatever the number of crates: bytes of text, but for heap.
type limits struct {
	atOnce int64 // units that are under way
	whole  int64 // a unit whose code is held whole meanwhile; of a larger one it is read again
	again  int64 // code of other units, read again because a summary needs it
	heap   int64 // bytes of heap from which the garbage collector works harder
}

// Small texts need no bound: the process itself takes some memory too.
const (
	minAtOnce = 8 << 20
	minWhole  = 8 << 20
	minAgain  = 4 << 20
	minHeap   = 76 << 20
)

func memoryLimits(in *Input) limits {
	if in.Frugal {
		return limits{atOnce: 1, again: 1, whole: 1, heap: minHeap}
	}
	largest := int64(0)
	for _, u := range in.Build.Units {
		largest = max(largest, sizeOf(u))
	}
	return limits{atOnce: max(minAtOnce, largest/2), whole: max(minWhole, largest/8), again: max(minAgain, largest/8), heap: max(minHeap, largest/4*13)}
}

// perFunc is twice what stays of a function for as long as the program runs,
// in bytes, with its share of types and items; measured over 128 crates.
const perFunc = 2200

// heapFor is the limit of the heap once the program has so many functions. A
// limit near what is in use would have the garbage collector run all the time.
func (l *limits) heapFor(funcs int) int64 { return max(l.heap, int64(funcs)*perFunc) }

// pipeline takes the units through parse, fill and run, up to jobs at a time
// and within the limits (one always may). They are filled in their order, so
// that a unit runs after all that it depends on are filled; filled is called
// after each. It returns the error of the first unit that has one.
func pipeline(ctx context.Context, jobs int, limits limits, units []*loadedUnit, filled func(), run func(i int) error) error {
	errs := make([]error, len(units))
	room := newRoom(jobs, limits.atOnce)
	turn := make(chan struct{})
	close(turn)
	for i, l := range units {
		if !l.needed {
			continue
		}
		room.take(l.size)
		before, after := turn, make(chan struct{})
		turn = after
		go func() {
			defer room.give(l.size)
			start := time.Now()
			err := ctx.Err()
			if err == nil {
				err = l.parse(l.size <= limits.whole)
			}
			l.took = time.Since(start)
			<-before
			start = time.Now()
			if err == nil {
				l.fill()
				filled()
			}
			close(after)
			if err == nil && ctx.Err() == nil {
				err = run(i)
				l.release()
				l.took += time.Since(start)
			}
			if errs[i] = err; err == nil {
				errs[i] = ctx.Err()
			}
		}()
	}
	room.wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// room bounds what is under way.
type room struct {
	mu        sync.Mutex
	changed   *sync.Cond
	jobs      int // that may still start
	all       int
	size, max int64
}

func newRoom(jobs int, size int64) *room {
	r := &room{jobs: jobs, all: jobs, max: size}
	r.changed = sync.NewCond(&r.mu)
	return r
}

// take waits until a job of that size may start: there is room for it, or nothing else is under way.
func (r *room) take(size int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.jobs == 0 || r.jobs < r.all && r.size+size > r.max {
		r.changed.Wait()
	}
	r.jobs--
	r.size += size
}

func (r *room) give(size int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.jobs++
	r.size -= size
	r.changed.Broadcast()
}

func (r *room) wait() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.jobs < r.all {
		r.changed.Wait()
	}
}
