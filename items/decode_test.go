package items

import (
	"bytes"
	"os"
	"testing"
)

func BenchmarkDecode(b *testing.B) {
	data, err := os.ReadFile(os.Getenv("RUSTDOC_JSON"))
	if err != nil {
		b.Skip("RUSTDOC_JSON names no file")
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(bytes.NewReader(data), ""); err != nil {
			b.Fatal(err)
		}
	}
}
