package items

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
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

// keywords are the names that rustc prints as r#name in a path.
var keywords = func() map[string]bool {
	m := map[string]bool{}
	for _, k := range strings.Fields(`abstract as async await become box break const continue do dyn else enum extern false final fn for
		if impl in let loop macro match mod move mut override priv pub ref return static struct trait true try type typeof
		unsafe unsized use virtual where while yield`) {
		m[k] = true
	}
	return m
}()

// segment spells a name as rustc does in a path.
func segment(name string) string {
	if keywords[name] {
		return "r#" + name
	}
	return name
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
