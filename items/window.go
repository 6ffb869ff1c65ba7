package items

import (
	"errors"
	"fmt"
	"io"
)

// errTruncated is wrapped by what Decode returns for text that ends too early.
var errTruncated = errors.New("the JSON ends in the middle of a value")

// window shows a part of the text of a reader: b[i:] is what was read and not yet used.
type window struct {
	r   io.Reader
	b   []byte
	i   int
	err error // what the reader said last; io.EOF once it is drained
}

const (
	windowSize = 256 << 10
	// maxWindow bounds one value: a large crate's longest is a module's list of ids.
	maxWindow = 64 << 20
)

func newWindow(r io.Reader) *window {
	return &window{r: r, b: make([]byte, 0, windowSize)}
}

// fill drops what was used and reads more; it fails when there is no more.
func (w *window) fill() error {
	if w.err != nil {
		if w.err == io.EOF {
			return errTruncated
		}
		return fmt.Errorf("read rustdoc JSON: %w", w.err)
	}
	rest := copy(w.b[:cap(w.b)], w.b[w.i:])
	w.b, w.i = w.b[:rest], 0
	if rest == cap(w.b) {
		if rest >= maxWindow {
			return fmt.Errorf("a value is longer than %d bytes", maxWindow)
		}
		w.b = append(make([]byte, 0, 2*rest), w.b...)
	}
	n, err := io.ReadFull(w.r, w.b[rest:cap(w.b)])
	w.b = w.b[:rest+n]
	if err == io.ErrUnexpectedEOF {
		err = io.EOF
	}
	w.err = err
	return nil
}

// peek returns the next byte that is no white space.
func (w *window) peek() (byte, error) {
	for {
		s := scanner{b: w.b, i: w.i}
		c := s.peek()
		w.i = s.i
		if c != 0 || w.i < len(w.b) { // a zero byte in the text is no end of it
			return c, nil
		}
		if err := w.fill(); err != nil {
			return 0, err
		}
	}
}

// expect steps over the byte c.
func (w *window) expect(c byte) error {
	got, err := w.peek()
	if err != nil {
		return err
	}
	if got != c {
		return fmt.Errorf("found %q where %q belongs", got, c)
	}
	w.i++
	return nil
}

// object calls entry with each key of the object that starts here; entry must
// use up the value.
func (w *window) object(entry func(key string) error) error {
	if err := w.expect('{'); err != nil {
		return err
	}
	for {
		c, err := w.peek()
		if err != nil {
			return err
		}
		if c == '}' {
			w.i++
			return nil
		}
		if c == ',' {
			w.i++
			continue
		}
		if c != '"' {
			return fmt.Errorf("found %q where a key belongs", c)
		}
		k, err := w.value()
		if err != nil {
			return err
		}
		key := unquote(k[1 : len(k)-1])
		if err := w.expect(':'); err != nil {
			return err
		}
		if err := entry(key); err != nil {
			return err
		}
	}
}

// value steps over one value and returns its text, which holds until the next call.
func (w *window) value() ([]byte, error) {
	if _, err := w.peek(); err != nil {
		return nil, err
	}
	for {
		if end := skipValue(w.b, w.i); end >= 0 {
			v := w.b[w.i:end]
			w.i = end
			if len(v) == 0 {
				return nil, fmt.Errorf("found %q where a value belongs", w.b[end])
			}
			return v, nil
		}
		if err := w.fill(); err != nil {
			return nil, err
		}
	}
}
