package tree

import (
	"runtime"
	"sync"
	"sync/atomic"

	"softshell/audit/registry"
)

// markYanked looks in what cargo keeps on this machine for packages that were taken
// back. The network is not asked, so a version may be yanked since.
func (t *Tree) markYanked(dir string) {
	index := registry.Open("", dir)
	var next atomic.Int64
	var unknown, asked atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), 8) {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(t.Packages) {
					return
				}
				p := &t.Packages[i]
				if !p.Source.CratesIO() || p.NotBuilt != "" {
					continue
				}
				asked.Add(1)
				if p.Yanked, p.YankedKnown = index.Yanked(p.Name, p.Version); !p.YankedKnown {
					unknown.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if n := unknown.Load(); n > 0 {
		t.note("this machine's copy of the index does not tell of %d of %d packages whether they are yanked", n, asked.Load())
	}
}
