package secret

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// Limits of a secret.
const (
	MinBytes = 8
	MaxBytes = 16 << 10
	// variety is how many different bytes a stretch must have.
	variety = 4
)

// Needle is a secret to look for. It prints as its name.
type Needle struct {
	Name  string
	bytes []byte
}

// Parse reads a secret from where spec says: env:NAME, hex:DIGITS, or else the
// name of a file, whose last line ending does not count. The name of the secret is
// spec, but for digits, which it does not show.
func Parse(spec string) (*Needle, error) {
	n := &Needle{Name: spec}
	var err error
	if name, ok := strings.CutPrefix(spec, "env:"); ok {
		value, set := os.LookupEnv(name)
		if !set {
			return nil, fmt.Errorf("read a secret: the environment has no variable %s", name)
		}
		n.bytes = []byte(value)
	} else if digits, ok := strings.CutPrefix(spec, "hex:"); ok {
		n.Name = fmt.Sprintf("hex:(%d digits)", len(digits))
		if n.bytes, err = hex.DecodeString(digits); err != nil {
			clear(n.bytes)
			return nil, errors.New("read a secret: hex: must be followed by pairs of hexadecimal digits")
		}
	} else if n.bytes, err = readFile(spec); err != nil {
		return nil, fmt.Errorf("read a secret: %w", err)
	}
	if err := n.check(); err != nil {
		n.Wipe()
		return nil, fmt.Errorf("search for the secret %s: %w", n.Name, err)
	}
	return n, nil
}

func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	buf := make([]byte, MaxBytes+2)
	n, err := io.ReadFull(f, buf)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		clear(buf)
		return nil, err
	}
	out := bytes.TrimSuffix(buf[:n], []byte("\n"))
	return bytes.TrimSuffix(out, []byte("\r")), nil
}

func (n *Needle) check() error {
	switch {
	case len(n.bytes) < MinBytes:
		return fmt.Errorf("it has %d bytes; fewer than %d are found by chance", len(n.bytes), MinBytes)
	case len(n.bytes) > MaxBytes:
		return fmt.Errorf("it has more than %d bytes", MaxBytes)
	case !varied(n.bytes):
		return fmt.Errorf("it has fewer than %d different bytes, as memory has everywhere", variety)
	}
	return nil
}

// varied reports whether some bytes are different enough to mean something.
func varied(b []byte) bool {
	var seen [256]bool
	n := 0
	for _, c := range b {
		if !seen[c] {
			seen[c] = true
			if n++; n == variety {
				return true
			}
		}
	}
	return false
}

// Wipe overwrites the bytes of a secret; it cannot be searched for any more.
func (n *Needle) Wipe() {
	clear(n.bytes[:cap(n.bytes)])
	n.bytes = nil
}

// Format prints the name whatever the verb asks for.
func (n *Needle) Format(f fmt.State, _ rune) { io.WriteString(f, n.Name) }
