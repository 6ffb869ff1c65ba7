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

// memoryFolder is a folder whose files lie in memory.
const memoryFolder = "/dev/shm"

// freeBytes is how much can be written below dir, 0 when that is not known.
func freeBytes(dir string) int64 {
	var st syscall.Statfs_t
	if syscall.Statfs(dir, &st) != nil {
		return 0
	}
	return int64(st.Bavail) * st.Bsize
}
