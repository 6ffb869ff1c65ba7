package profile

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"hash/crc32"
	"runtime"
	"strings"
	"testing"
)

// FuzzSection: sections whose packing and checksum are right, with any content.
func FuzzSection(f *testing.F) {
	for _, s := range sections {
		c := &coder{writing: true, names: newNames()}
		s.code(c, &Profile{Nodes: []Node{{-1, 0}}, Sites: make([]Site, 1), Locations: []Location{{Frames: []int{0}}}, Frames: make([]Frame, 1), Cycles: []Cycle{{Members: make([]Member, 2)}}})
		f.Add(s.id, c.buf)
	}
	f.Add(uint64(idStrings), []byte{2, 1, 1, 'a', 'b'})
	f.Fuzz(func(t *testing.T, id uint64, raw []byte) {
		budget := int64(1 << 20)
		c := &coder{buf: raw, names: newNames(), budget: &budget}
		p := &Profile{}
		if c.section(id, p) != nil || p.Check() != nil {
			return
		}
		if err := Write(&bytes.Buffer{}, p); err != nil {
			t.Fatal(err)
		}
	})
}

// A small file that unpacks to very much is refused before it takes the memory.
func TestBomb(t *testing.T) {
	var packed bytes.Buffer
	z, _ := flate.NewWriter(&packed, flate.BestCompression)
	zeros := make([]byte, 1<<20)
	raw := append(binary.AppendUvarint(nil, 32<<20), zeros[:]...)
	sum := crc32.NewIEEE()
	sum.Write([]byte{7})
	for range 40 {
		z.Write(raw)
		sum.Write(raw)
		raw = zeros
	}
	z.Close()
	n := uint64(40<<20 + len(binary.AppendUvarint(nil, 32<<20)))
	file := append([]byte(magic), major, minor, 7)
	file = binary.AppendUvarint(binary.AppendUvarint(file, n), uint64(packed.Len()))
	file = binary.LittleEndian.AppendUint32(file, sum.Sum32())
	file = append(append(file, packed.Bytes()...), 0, 0, 0, 0, 0, 0, 0)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := Read(bytes.NewReader(file))
	runtime.ReadMemStats(&after)
	if err == nil || !strings.Contains(err.Error(), "memory") {
		t.Errorf("%d bytes that stand for 32 M sites: %v", len(file), err)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 400<<20 {
		t.Errorf("%d MB taken", used>>20)
	}
	if _, err := read(bytes.NewReader(file), limits{raw: 1 << 20, decoded: 1 << 30}); err == nil || !strings.Contains(err.Error(), "larger") {
		t.Errorf("a limit of 1 MB: %v", err)
	}
}
