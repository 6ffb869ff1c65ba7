package process

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Mapping is a line of /proc/PID/maps.
type Mapping struct {
	Start, End uint64
	perms      string
	Offset     uint64
	Inode      uint64
	Path       string // "" for anonymous memory
}

// Readable is one of its permissions.
func (m *Mapping) Readable() bool { return m.perms[0] == 'r' }

// Writable is one of its permissions.
func (m *Mapping) Writable() bool { return m.perms[1] == 'w' }

// Private is one of its permissions.
func (m *Mapping) Private() bool { return m.perms[3] == 'p' }

// Mappings reads what the process has mapped, sorted by address.
func (p ID) Mappings() ([]Mapping, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", int(p)))
	if err != nil {
		return nil, fmt.Errorf("read what the process has mapped: %w", err)
	}
	var out []Mapping
	for line := range strings.Lines(string(text)) {
		if m, ok := parseMapping(strings.TrimSuffix(line, "\n")); ok {
			out = append(out, m)
		}
	}
	return out, nil
}

func parseMapping(line string) (Mapping, bool) {
	var m Mapping
	word := func() (w string) {
		w, line, _ = strings.Cut(strings.TrimLeft(line, " "), " ")
		return w
	}
	from, to, ok := strings.Cut(word(), "-")
	m.perms = word()
	if !ok || len(m.perms) != 4 {
		return m, false
	}
	var errs [4]error
	m.Start, errs[0] = strconv.ParseUint(from, 16, 64)
	m.End, errs[1] = strconv.ParseUint(to, 16, 64)
	m.Offset, errs[2] = strconv.ParseUint(word(), 16, 64)
	word() // device
	m.Inode, errs[3] = strconv.ParseUint(word(), 10, 64)
	m.Path = strings.TrimLeft(line, " ")
	return m, errs == [4]error{}
}
