package capture

import (
	"context"
	"fmt"
	"os"
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
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, cacheError(path, err)
	}
	said := time.Now().Add(lockSilence)
	for {
		ok, err := tryLock(f, shared)
		if err != nil {
			f.Close()
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		if ok {
			return func() { f.Close() }, nil
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
