package capture

import (
	"io/fs"
	"syscall"
)

// changeTime returns the inode and its change time, which a program cannot set
// back: they catch a file that was replaced by one of the same size and mtime.
func changeTime(fi fs.FileInfo) (ino uint64, ctime int64) {
	if st, ok := fi.Sys().(*syscall.Stat_t); ok {
		return st.Ino, st.Ctim.Nano()
	}
	return 0, 0
}
