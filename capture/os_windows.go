package capture

import (
	"errors"
	"os"
	"os/exec"
)

// Windows lacks what the wrapper needs (process groups, exec, /dev/fd): Run
// says so instead of working half.
const osSupported = false

func ownGroup(*exec.Cmd)                      {}
func killGroup(p *os.Process) error           { return p.Kill() }
func replaceProcess(argv, env []string) error { return errors.ErrUnsupported }
func inheritable(*os.File) (int, error)       { return 0, errors.ErrUnsupported }
func tryLock(*os.File, bool) (bool, error)    { return false, errors.ErrUnsupported }
func isDiskFull(error) bool                   { return false }
func diskFree(string) (uint64, error)         { return 0, errors.ErrUnsupported }
func isNotDir(error) bool                     { return false }
