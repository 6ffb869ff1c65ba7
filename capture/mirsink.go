package capture

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
)

// mirSink receives MIR text through a pipe and puts it at its place when it is
// whole. rustc itself does not notice a failed last write (it drops a buffered
// writer), so a full disk would leave a text that only looks complete.
type mirSink struct {
	path  string
	temp  *os.File
	hash  hash.Hash // of what was received
	write *os.File
	done  chan error
}

func newMIRSink(path string) (*mirSink, error) {
	temp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".tmp-*")
	if err != nil {
		return nil, err
	}
	r, w, err := os.Pipe()
	if err != nil {
		temp.Close()
		os.Remove(temp.Name())
		return nil, err
	}
	s := &mirSink{path: path, temp: temp, hash: sha256.New(), write: w, done: make(chan error, 1)}
	go func() {
		defer r.Close()
		_, err := io.Copy(io.MultiWriter(temp, s.hash), r)
		if err != nil {
			_, _ = io.Copy(io.Discard, r) // let rustc finish: the crate itself is fine
		}
		s.done <- err
	}()
	return s, nil
}

// close ends the text and, if keep is set and all of it was written, puts it
// in place and seals it.
func (s *mirSink) close(keep bool) error {
	s.write.Close()
	err := <-s.done
	if cerr := s.temp.Close(); err == nil {
		err = cerr
	}
	if err == nil && keep {
		if err = os.Rename(s.temp.Name(), s.path); err == nil {
			return seal(s.path, sumText(s.hash))
		}
	}
	os.Remove(s.temp.Name())
	return err
}

// fdName is the file name under which a child opens its descriptor.
func fdName(fd int) string { return fmt.Sprintf("/dev/fd/%d", fd) }
