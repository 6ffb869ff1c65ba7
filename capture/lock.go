package capture

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// How long to wait before saying so, and how often to try.
const (
	lockSilence = time.Second
	lockPause   = 30 * time.Millisecond
)

// lockPlace holds the folder of a workspace for one run; the system frees the
// lock when the process ends, however it ends.
func lockPlace(ctx context.Context, path string, shared bool, waiting func()) (release func(), err error) {
	f, err := openLock(path)
	if err != nil {
		return nil, err
	}
	said := time.Now().Add(lockSilence)
	for {
		ok, err := tryLock(f, shared)
		if err != nil {
			f.Close()
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		if ok && samePath(f, path) {
			now := time.Now()
			_ = os.Chtimes(path, now, now)
			return func() { f.Close() }, nil
		}
		if ok { // the folder was swept away while we waited
			f.Close()
			if f, err = openLock(path); err != nil {
				return nil, err
			}
			continue
		}
		if waiting != nil && time.Now().After(said) {
			waiting()
			waiting = nil
		}
		select {
		case <-ctx.Done():
			f.Close()
			return nil, ctx.Err()
		case <-time.After(lockPause):
		}
	}
}

func openLock(path string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, cacheError(path, err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, cacheError(path, err)
	}
	return f, nil
}

// samePath reports whether path still names the open file.
func samePath(f *os.File, path string) bool {
	a, err := f.Stat()
	if err != nil {
		return false
	}
	b, err := os.Stat(path)
	return err == nil && os.SameFile(a, b)
}
