//go:build unix

package capture

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

const osSupported = true

func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

func killGroup(p *os.Process) error {
	err := syscall.Kill(-p.Pid, syscall.SIGKILL)
	if errors.Is(err, syscall.ESRCH) {
		return os.ErrProcessDone
	}
	return err
}

// replaceProcess turns this process into the program: a call that is not ours
// costs nothing but the start.
func replaceProcess(argv, env []string) error {
	return syscall.Exec(argv[0], argv, env)
}

// inheritable lets a child have f under the number that it has here. (os/exec
// numbers ExtraFiles from 3 up, which may be where make's jobserver lives.)
func inheritable(f *os.File) (int, error) {
	fd := int(f.Fd())
	if _, _, e := syscall.Syscall(syscall.SYS_FCNTL, uintptr(fd), syscall.F_SETFD, 0); e != 0 {
		return 0, e
	}
	return fd, nil
}

// tryLock takes an advisory lock without waiting; false means that another
// holder has it.
func tryLock(f *os.File, shared bool) (bool, error) {
	how := syscall.LOCK_EX
	if shared {
		how = syscall.LOCK_SH
	}
	for {
		err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
		switch {
		case err == nil:
			return true, nil
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EWOULDBLOCK):
			return false, nil
		default:
			return false, err
		}
	}
}

func isDiskFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// diskFree returns the bytes that this user may still write below dir.
func diskFree(dir string) (uint64, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return 0, err
	}
	return uint64(st.Bavail) * uint64(st.Bsize), nil
}

// isNotDir says that a name cannot exist because what should hold it is a file.
func isNotDir(err error) bool { return errors.Is(err, syscall.ENOTDIR) }
