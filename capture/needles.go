package capture

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Needles are the words that a rule may start from: where none of them stands
// in a crate's sources, ownership does not leave the compiler's sight there and
// the MIR is printed without spans (SpansAuto). A needle that is missed costs
// one more rustc call for the crate that has a finding (MIRWithSpans), never a
// finding.
var Needles = []string{
	"into_raw", "from_raw", "forget", "ManuallyDrop", "MaybeUninit", "leak(", "alloc(", "malloc", "calloc",
	"Rc<", "Arc<", "Rc::", "Arc::", "set_len", "transmute", "ptr::read", "ptr::write", "NonNull", "*mut ",
	"into_inner_unchecked", "assume_init", "unsafe impl", `extern "C"`,
}

// hasNeedle reports whether a Rust file below dir holds a needle.
func hasNeedle(dir string) bool {
	needles := make([][]byte, len(Needles))
	for i, n := range Needles {
		needles[i] = []byte(n)
	}
	found := false
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil
		case d.IsDir():
			if path != dir && (d.Name() == "target" || strings.HasPrefix(d.Name(), ".")) {
				return fs.SkipDir
			}
			return nil
		case filepath.Ext(path) != ".rs":
			return nil
		}
		text, err := os.ReadFile(path)
		if err == nil && containsAny(text, needles) {
			found = true
			return fs.SkipAll
		}
		return nil
	})
	return found
}

func containsAny(text []byte, words [][]byte) bool {
	for _, w := range words {
		if bytes.Contains(text, w) {
			return true
		}
	}
	return false
}
