package process

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Strings are the arguments and the environment as the kernel placed them.
func (p ID) Strings() (start, end uint64, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", int(p)))
	if err != nil {
		return 0, 0, fmt.Errorf("find the arguments of the process: %w", err)
	}
	i := bytes.LastIndexByte(text, ')') // the name before it may hold anything
	fields := strings.Fields(string(text[i+1:]))
	const argStart, envEnd = 48 - 3, 51 - 3 // numbers of proc(5), counted from the third field
	if i < 0 || len(fields) <= envEnd {
		return 0, 0, fmt.Errorf("find the arguments of the process: /proc/%d/stat is short", int(p))
	}
	if start, err = strconv.ParseUint(fields[argStart], 10, 64); err == nil {
		end, err = strconv.ParseUint(fields[envEnd], 10, 64)
	}
	return start, end, err
}

// Threads are the ids of all threads.
func (p ID) Threads() ([]int, error) {
	names, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", int(p)))
	if err != nil || len(names) == 0 {
		return nil, fmt.Errorf("list the threads of process %d", int(p))
	}
	var out []int
	for _, name := range names {
		if tid, err := strconv.Atoi(filepath.Base(name)); err == nil {
			out = append(out, tid)
		}
	}
	return out, nil
}

// ended reports whether the thread has ended: the first one stays, as a zombie,
// while others run.
func (p ID) ended(tid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/stat", int(p), tid))
	if err != nil {
		return true
	}
	i := bytes.LastIndexByte(text, ')')
	return i >= 0 && i+2 < len(text) && (text[i+2] == 'Z' || text[i+2] == 'X')
}

// ThreadName is what the thread calls itself.
func (p ID) ThreadName(tid int) string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/comm", int(p), tid))
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(string(text), "\n")
}

// Outside is the id by which we know a thread that calls itself tid.
func (p ID) Outside(tid int) int {
	known, _ := p.Threads()
	for _, t := range known {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/status", int(p), t))
		if err != nil {
			continue
		}
		_, rest, _ := strings.Cut(string(text), "\nNSpid:")
		line, _, _ := strings.Cut(rest, "\n")
		if ids := strings.Fields(line); len(ids) > 0 && ids[len(ids)-1] == strconv.Itoa(tid) {
			return t
		}
	}
	return tid
}

// PeakResident is the most memory that the process had resident.
func (p ID) PeakResident() int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", int(p)))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), "\nVmHWM:")
	line, _, _ := strings.Cut(rest, "\n")
	words := strings.Fields(line)
	if len(words) == 0 {
		return 0
	}
	kb, _ := strconv.ParseInt(words[0], 10, 64)
	return kb << 10
}

// TraceScope is kernel.yama.ptrace_scope, which says whom the kernel lets look into
// a process; "0", as if it were not there, where it cannot be read.
func TraceScope() string {
	text, err := os.ReadFile("/proc/sys/kernel/yama/ptrace_scope")
	if err != nil {
		return "0"
	}
	return strings.TrimSpace(string(text))
}

// Arguments are those that the process was started with.
func (p ID) Arguments() []string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", int(p)))
	if err != nil {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(text), "\x00"), "\x00")
}
