package symbol

import (
	"bytes"
	"hash/crc32"
	"path/filepath"
)

// debugRoot is where distributions put debug information.
const debugRoot = "/usr/lib/debug"

// separate finds the file that holds a stripped file's debug information: by the
// name of the build, or by the link in the file. It is nil when there is none.
func separate(f *file, buildID string) *file {
	var paths []string
	if len(buildID) > 2 {
		paths = append(paths, filepath.Join(debugRoot, ".build-id", buildID[:2], buildID[2:]+".debug"))
	}
	name, crc, linked := f.debugLink()
	if linked {
		dir := filepath.Dir(f.path)
		paths = append(paths, filepath.Join(dir, name), filepath.Join(dir, ".debug", name), filepath.Join(debugRoot, dir, name))
	}
	for _, p := range paths {
		if p == f.path {
			continue
		}
		d, err := open(p)
		if err != nil {
			continue
		}
		if buildID != "" && d.buildID() == buildID || buildID == "" && crc32.ChecksumIEEE(d.data) == crc {
			return d
		}
		d.close()
	}
	return nil
}

// debugLink reads the section that names the file with the debug information, and
// its checksum.
func (f *file) debugLink() (name string, crc uint32, ok bool) {
	data := f.section(".gnu_debuglink")
	text, _, ok := bytes.Cut(data, []byte{0})
	at := (len(text) + 4) &^ 3 // behind the zero byte, at a multiple of four
	if !ok || len(text) == 0 || at+4 > len(data) {
		return "", 0, false
	}
	return filepath.Base(string(text)), f.ByteOrder.Uint32(data[at:]), true
}
