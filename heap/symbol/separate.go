package symbol

import (
	"bytes"
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
	if name, _, ok := bytes.Cut(f.section(".gnu_debuglink"), []byte{0}); ok && len(name) > 0 {
		link, dir := filepath.Base(string(name)), filepath.Dir(f.path)
		paths = append(paths, filepath.Join(dir, link), filepath.Join(dir, ".debug", link), filepath.Join(debugRoot, dir, link))
	}
	for _, p := range paths {
		if p == f.path {
			continue
		}
		d, err := open(p)
		if err == nil && (buildID == "" || d.buildID() == buildID) {
			return d
		}
	}
	return nil
}
