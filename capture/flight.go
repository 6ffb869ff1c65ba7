package capture

import (
	"context"
	"sync"
)

// flights lets callers who ask for the same thing at once share one answer.
type flights struct {
	mu  sync.Mutex
	now map[string]*flight
}

type flight struct {
	done chan struct{}
	path string
	err  error
}

// do calls f, or waits for the call with the same key that is under way.
func (fs *flights) do(ctx context.Context, key string, f func() (string, error)) (string, error) {
	fs.mu.Lock()
	if fs.now == nil {
		fs.now = map[string]*flight{}
	}
	if running, ok := fs.now[key]; ok {
		fs.mu.Unlock()
		<-running.done
		if running.err != nil && ctx.Err() == nil {
			return fs.do(ctx, key, f) // it may have failed only because its caller gave up
		}
		return running.path, running.err
	}
	fl := &flight{done: make(chan struct{})}
	fs.now[key] = fl
	fs.mu.Unlock()
	fl.path, fl.err = f()
	fs.mu.Lock()
	delete(fs.now, key)
	fs.mu.Unlock()
	close(fl.done)
	return fl.path, fl.err
}
