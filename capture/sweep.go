package capture

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The cache is bounded: what was not used for a month goes, then the oldest
// until the rest is below the limit. What was used within the hour stays, since
// another run may be reading it.
const (
	sweepEvery   = 24 * time.Hour
	keepUnused   = 30 * 24 * time.Hour
	keepAlways   = time.Hour
	keepTemp     = 24 * time.Hour
	defaultLimit = 20 << 30
)

// limitEnv bounds the cache, in megabytes.
const limitEnv = "SOFTSHELL_CACHE_MAX_MB"

// entry is a thing that is removed whole.
type entry struct {
	path string
	used time.Time
	size int64
	lock string // of a workspace
}

// sweepSometimes removes old entries, once a day at most.
func (c cache) sweepSometimes(ctx context.Context) {
	mark := filepath.Join(c.dir, "swept")
	if fi, err := os.Stat(mark); err == nil && time.Since(fi.ModTime()) < sweepEvery {
		return
	}
	if writeFile(mark, nil) == nil {
		c.sweep(ctx, time.Now(), cacheLimit())
	}
}

func cacheLimit() int64 {
	if mb, err := strconv.ParseInt(os.Getenv(limitEnv), 10, 64); err == nil && mb > 0 {
		return mb << 20
	}
	return defaultLimit
}

func (c cache) sweep(ctx context.Context, now time.Time, limit int64) {
	entries := c.entries(now)
	slices.SortFunc(entries, func(a, b entry) int {
		if d := a.used.Compare(b.used); d != 0 {
			return d
		}
		return strings.Compare(a.path, b.path)
	})
	var total int64
	for _, e := range entries {
		total += e.size
	}
	for _, e := range entries {
		age := now.Sub(e.used)
		if ctx.Err() != nil || age < keepAlways || (age < keepUnused && total <= limit) {
			return
		}
		if e.remove() {
			total -= e.size
		}
	}
}

// entries lists what may be removed; left-over temporary files go at once.
func (c cache) entries(now time.Time) []entry {
	var out []entry
	for _, kind := range []string{"mir", "items", "unsafe", "results", "runs", "probe"} {
		_ = filepath.WalkDir(filepath.Join(c.dir, kind), func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return nil
			}
			fi, err := d.Info()
			if err != nil {
				return nil
			}
			if strings.Contains(d.Name(), ".tmp-") {
				if now.Sub(fi.ModTime()) > keepTemp {
					os.RemoveAll(path)
				}
				return nil
			}
			if !d.IsDir() {
				out = append(out, entry{path: path, used: fi.ModTime(), size: fi.Size()})
			}
			return nil
		})
	}
	places, _ := os.ReadDir(filepath.Join(c.dir, "ws"))
	for _, d := range places {
		out = append(out, placeEntry(place{dir: filepath.Join(c.dir, "ws", d.Name())}, now))
	}
	return out
}

func placeEntry(p place, now time.Time) entry {
	e := entry{path: p.dir, lock: p.lockFile()}
	if fi, err := os.Stat(p.lockFile()); err == nil {
		e.used = fi.ModTime()
	}
	_ = filepath.WalkDir(p.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil
		}
		fi, err := d.Info()
		if err != nil {
			return nil
		}
		left := strings.Contains(d.Name(), ".tmp-") || strings.HasPrefix(d.Name(), "session-")
		if left && now.Sub(fi.ModTime()) > keepTemp {
			os.Remove(path)
			return nil
		}
		e.size += fi.Size()
		return nil
	})
	return e
}

// remove deletes the entry, a workspace only if no run holds it.
func (e entry) remove() bool {
	if e.lock == "" {
		return os.Remove(e.path) == nil
	}
	f, err := os.OpenFile(e.lock, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return false
	}
	defer f.Close()
	if free, err := tryLock(f, false); err != nil || !free {
		return false
	}
	return os.RemoveAll(e.path) == nil
}
