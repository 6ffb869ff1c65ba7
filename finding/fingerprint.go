package finding

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// Stamp sets the fingerprints: a hash of rule, crate, item and the source
// lines of the primary span, white space apart, with a count for equal ones in
// one item. Line numbers and file names are not in it, so that edits elsewhere
// and moves of the file leave it as it is. The findings must be sorted.
func Stamp(fs []Finding, src *Sources) {
	seen := map[string]int{}
	for i := range fs {
		key := strings.Join([]string{fs[i].Rule, fs[i].Crate, fs[i].Item, snippet(&fs[i], src)}, "\x00")
		n := seen[key]
		seen[key]++
		sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d", key, n))
		fs[i].Fingerprint = hex.EncodeToString(sum[:16])
	}
}

// snippet is the code of the primary span's lines without comments and with
// single spaces; the title where there is no source.
func snippet(f *Finding, src *Sources) string {
	const most = 20 // lines; the first ones tell long ranges apart
	var words []string
	for n := f.Primary.Line; n > 0 && n <= f.Primary.EndLine && n < f.Primary.Line+most; n++ {
		line := src.Line(f.Primary.File, n)
		if i := commentStart(line); i >= 0 {
			line = line[:i]
		}
		words = append(words, strings.Fields(line)...)
	}
	if len(words) == 0 {
		return f.Title
	}
	return strings.Join(words, " ")
}

// commentStart is where a `//` comment starts in a line, -1 for none. Strings are stepped over.
func commentStart(line string) int {
	quoted := false
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '\\':
			i++
		case '"':
			quoted = !quoted
		case '/':
			if !quoted && strings.HasPrefix(line[i:], "//") {
				return i
			}
		}
	}
	return -1
}
