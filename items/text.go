package items

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// unquote resolves the escapes of a JSON string given without its quotes.
func unquote(b []byte) string {
	if bytes.IndexByte(b, '\\') < 0 {
		return string(b)
	}
	var s string
	quoted := append(append([]byte{'"'}, b...), '"')
	if json.Unmarshal(quoted, &s) != nil {
		return string(b)
	}
	return s
}

// number reads a decimal, 0 when the text is none.
func number(b []byte) int {
	n, err := strconv.Atoi(string(b))
	if err != nil {
		return 0
	}
	return n
}

// arena keeps copies of short texts in few allocations.
type arena struct{ chunk []byte }

func (a *arena) keep(b []byte) []byte {
	if len(b) > cap(a.chunk)-len(a.chunk) {
		a.chunk = make([]byte, 0, max(64<<10, len(b)))
	}
	from := len(a.chunk)
	a.chunk = append(a.chunk, b...)
	return a.chunk[from:len(a.chunk):len(a.chunk)]
}
