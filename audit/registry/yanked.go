package registry

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"time"
)

// Yanked reports whether one version was taken back. It reads that version's line
// alone, since a whole lock file is asked for. known is false when nothing on this
// machine tells of the version.
func (x *Index) Yanked(name, num string) (yanked, known bool) {
	if !validName(name) || x.kind == vendored {
		return false, false
	}
	var newest time.Time
	for _, dir := range x.dirs {
		file := filepath.Join(dir, filepath.FromSlash(prefix(name)))
		info, err := os.Stat(file)
		if err != nil || info.Size() > maxFile || !info.ModTime().After(newest) {
			continue
		}
		data, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		var v struct {
			Name   string `json:"name"`
			Num    string `json:"vers"`
			Yanked bool   `json:"yanked"`
		}
		for _, line := range linesWith(data, num, x.kind == remote) {
			if json.Unmarshal(line, &v) == nil && v.Name == name && v.Num == num {
				yanked, known, newest = v.Yanked, true, info.ModTime()
			}
		}
	}
	return yanked, known
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
