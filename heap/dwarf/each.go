package dwarf

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// each calls f for 0 to n-1, on all processors.
func each(n int, f func(int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				Guard(func() { f(i) })
			}
		})
	}
	wg.Wait()
}
