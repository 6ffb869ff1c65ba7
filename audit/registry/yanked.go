package registry

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

// Yanked reports whether one version was taken back. It reads that version's line
// alone, since a whole lock file is asked for. known is false when nothing on this
// machine tells of the version.
func (x *Index) Yanked(name, num string) (yanked, known bool) {
	if !validName(name) || x.kind == vendored {
		return false, false
	}
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	var newest time.Time
	for _, dir := range x.dirs {
		file := filepath.Join(dir, filepath.FromSlash(prefix(name)))
		info, err := os.Stat(file)
		if err != nil || info.Size() > maxFile || !info.ModTime().After(newest) {
			continue
		}
		data := readInto(buf, file, int(info.Size()))
		if data == nil {
			continue
		}
		for _, line := range linesWith(data, num, x.kind == remote) {
			var v struct {
				Name   string `json:"name"`
				Num    string `json:"vers"`
				Yanked bool   `json:"yanked"`
			}
			if json.Unmarshal(line, &v) == nil && v.Name == name && v.Num == num {
				yanked, known, newest = v.Yanked, true, info.ModTime()
			}
		}
	}
	return yanked, known
}

// buffers are used again: a lock file asks for hundreds of files.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// readInto reads a file of some size into a buffer, nil when it cannot.
func readInto(buf *[]byte, file string, size int) []byte {
	f, err := os.Open(file)
	if err != nil {
		return nil
	}
	defer f.Close()
	if cap(*buf) < size {
		*buf = make([]byte, 2*size)
	}
	data := (*buf)[:size]
	if _, err := io.ReadFull(f, data); err != nil {
		return nil
	}
	return data
}

// linesWith are the lines of an index file that may be about a version.
func linesWith(data []byte, num string, kept bool) [][]byte {
	if kept { // the number and its line, each ended by a zero byte
		_, rest, ok := bytes.Cut(behindForm(data), append(append([]byte{0}, num...), 0))
		if !ok {
			return nil
		}
		line, _, _ := bytes.Cut(rest, []byte{0})
		return [][]byte{line}
	}
	var out [][]byte
	for line := range bytes.Lines(data) {
		if bytes.Contains(line, []byte(`"`+num+`"`)) {
			out = append(out, line)
		}
	}
	return out
}

// Changed tells the state of a crate's index files without reading them: it is another
// one when they are, and "" when there is none.
func (x *Index) Changed(name string) string {
	if !validName(name) || x.kind == vendored {
		return ""
	}
	var state []byte
	for _, dir := range x.dirs {
		if info, err := os.Stat(filepath.Join(dir, filepath.FromSlash(prefix(name)))); err == nil {
			state = strconv.AppendInt(append(state, '.'), info.ModTime().UnixNano(), 36)
			state = strconv.AppendInt(append(state, '.'), info.Size(), 36)
		}
	}
	return string(state)
}
