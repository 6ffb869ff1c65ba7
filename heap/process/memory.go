package process

import (
	"fmt"
	"io"

	"golang.org/x/sys/unix"
)

// ID is a process. It is an io.ReaderAt at the addresses of that process: a read
// that meets an unmapped page is short.
type ID int

// ReadAt reads across pages for as long as they are there.
func (p ID) ReadAt(b []byte, at int64) (int, error) {
	done := 0
	for done < len(b) {
		local := []unix.Iovec{{Base: &b[done]}}
		local[0].SetLen(len(b) - done)
		remote := []unix.RemoteIovec{{Base: uintptr(at) + uintptr(done), Len: len(b) - done}}
		n, err := unix.ProcessVMReadv(int(p), local, remote, 0)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return done, fmt.Errorf("read memory of process %d: %w", int(p), err)
		}
		if n == 0 {
			return done, io.ErrUnexpectedEOF
		}
		done += n
	}
	return done, nil
}
