package tree

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"

	"softshell/audit/registry"
	"softshell/finding"
)

// yank is what an index file told of a version. The files of a large lock file have
// tens of megabytes, so the answers are kept with the state of the file.
type yank struct {
	State         string
	Yanked, Known bool
}

// markYanked looks in what cargo keeps on this machine for packages that were taken
// back. The network is not asked, so a version may be yanked since.
func (t *Tree) markYanked(dir, cache string) {
	index := registry.Open("", dir)
	path := ""
	kept := map[string]yank{}
	if cache != "" {
		path = filepath.Join(cache, "audit-tree", "yanked-"+digest([]byte(index.Place))+".json")
		if data, err := os.ReadFile(path); err == nil && json.Unmarshal(data, &kept) != nil {
			kept = map[string]yank{}
		}
	}
	answers := make([]yank, len(t.Packages))
	var next, unknown, asked, fresh atomic.Int64
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
				a := yank{State: index.Changed(p.Name)}
				if was := kept[p.Name+" "+p.Version]; was.State == a.State && a.State != "" {
					a = was
				} else if a.State != "" {
					a.Yanked, a.Known = index.Yanked(p.Name, p.Version)
					fresh.Add(1)
				}
				p.Yanked, p.YankedKnown, answers[i] = a.Yanked, a.Known, a
				asked.Add(1)
				if !a.Known {
					unknown.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if n := unknown.Load(); n > 0 {
		t.note("this machine's copy of the index does not tell of %d of %d packages whether they are yanked", n, asked.Load())
	}
	if fresh.Load() > 0 && path != "" {
		t.keepYanked(path, kept, answers)
	}
}

// mostYanked bounds the answers that are kept; all are asked for again when they are more.
const mostYanked = 20000

func (t *Tree) keepYanked(path string, kept map[string]yank, answers []yank) {
	if len(kept) > mostYanked {
		clear(kept)
	}
	for i, a := range answers {
		if a.State != "" {
			kept[t.Packages[i].Name+" "+t.Packages[i].Version] = a
		}
	}
	data, err := json.Marshal(kept)
	if err == nil && os.MkdirAll(filepath.Dir(path), 0o755) == nil {
		_ = finding.WriteFile(path, data)
	}
}
