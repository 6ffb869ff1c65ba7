package secret

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
)

// pattern is a secret in one of the forms that programs give it.
type pattern struct {
	needle int    // index of the secret
	form   string // "", "hex", "base64"
	text   []byte
	min    int // a shorter stretch is no hit, but in a freed block
	scan   int // a stretch of so many bytes is sure to be seen
	per    float64
}

// minCoded is how many characters of a coded secret are a hit.
const minCoded = 16

// Of a freed block the allocator overwrites the first bytes. What is left of the
// part of a secret that was in a grown buffer begins behind them; of a buffer of
// 32 bytes that are as many again.
const (
	clobbered = 16
	remainder = 16
)

func patterns(needles []*Needle) []pattern {
	var out []pattern
	for i, n := range needles {
		half := max(MinBytes, (len(n.bytes)+1)/2)
		tail := max(MinBytes, min(half, len(n.bytes)-clobbered, remainder))
		if len(n.bytes) > long {
			tail = half
		}
		out = append(out, pattern{needle: i, text: bytes.Clone(n.bytes), min: half, scan: tail, per: 1})
		for _, c := range coded(n.bytes) {
			if len(c.text) >= minCoded {
				c.needle = i
				c.min = max(minCoded, (len(c.text)+1)/2)
				c.scan = c.min
				c.per = float64(len(n.bytes)) / float64(len(c.text))
				out = append(out, c)
			}
		}
	}
	return out
}

// coded are the other forms of a secret. Where Base64 begins within other text,
// the first and the last characters depend on that text; they are left out.
func coded(b []byte) []pattern {
	lower := hex.AppendEncode(nil, b)
	out := []pattern{{form: "hex", text: lower}}
	if upper := bytes.ToUpper(lower); !bytes.Equal(upper, lower) {
		out = append(out, pattern{form: "hex", text: upper})
	}
	for shift := range 3 {
		padded := append(make([]byte, shift), b...)
		from, to := (shift*8+5)/6, len(padded)*8/6
		std := base64.RawStdEncoding.AppendEncode(nil, padded)[from:to]
		out = append(out, pattern{form: "base64", text: std})
		if url := base64.RawURLEncoding.AppendEncode(nil, padded)[from:to]; !bytes.Equal(url, std) {
			out = append(out, pattern{form: "base64", text: url})
		}
		clear(padded)
	}
	return out
}

func wipe(ps []pattern) {
	for i := range ps {
		clear(ps[i].text)
	}
}
