package secret

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"softshell/heap/graph"
	"softshell/heap/memory"
	"softshell/heap/memory/memorytest"
	"softshell/heap/profile"
)

const canary = "tiger-7 Lagoon/42 brisk#Umbrella qUartz_99" // 42 bytes

func needle(t testing.TB, text string) *Needle {
	t.Helper()
	n, err := Parse("hex:" + hex.EncodeToString([]byte(text)))
	if err != nil {
		t.Fatal(err)
	}
	n.Name = "canary"
	return n
}

// TestPrograms runs programs that leave a secret behind in several ways.
func TestPrograms(t *testing.T) {
	exe := memorytest.Build(t, "testdata/programs/secrets.rs", t.TempDir(), "-O")
	for name, want := range map[string]string{
		"freed":  "freed block 26 of 200 at 16",
		"grown":  "freed block 38 of 128 at 90",
		"leaked": "leaked block 42 of 100 at 0",
		"live":   "live block 42 of 100 at 0",
		"hex":    "leaked block hex 42 of 400 at 0",
		"wiped":  "",
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := memorytest.RecordInput(t, canary, exe, name)
			var got []string
			for _, h := range Search(s, graph.Analyze(s, graph.Options{}).Kinds, []*Needle{needle(t, canary)}) {
				text := fmt.Sprintf("%v %s %d of %d at %d", h.Where, h.Form, h.Length, h.Size, h.Offset)
				got = append(got, strings.ReplaceAll(text, "  ", " "))
			}
			if strings.Join(got, "; ") != want {
				t.Errorf("found %q, want %q", got, want)
			}
		})
	}
}

// process is a made-up process with 64 KiB of memory from 0x10000 on.
func process() (*memory.Snapshot, []byte) {
	data := make([]byte, 64<<10)
	return &memory.Snapshot{Mem: memorytest.Chunks{{Addr: 0x10000, Data: data}}}, data
}

func TestWhere(t *testing.T) {
	s, data := process()
	s.Live = []memory.Block{{Addr: 0x10100, Size: 0x40, Node: 1}, {Addr: 0x10200, Size: 0x40, Node: 2}}
	s.Freed = []memory.Block{{Addr: 0x10300, Size: 0x40, Node: 3}}
	s.Data = []memory.Range{{Start: 0x18000, End: 0x19000}}
	s.Stacks = []memory.Range{{Start: 0x1a000, End: 0x20000}}
	s.Strings = []memory.Range{{Start: 0x1f000, End: 0x20000}}
	for _, at := range []int{0x100, 0x208, 0x300, 0x380, 0x8010, 0xa123} {
		copy(data[at:], canary)
	}
	copy(data[0xf000:], "program\x00--token="+canary+"\x00HOME=/\x00KEY="+canary+"\x00OTHER="+canary+"\x00")
	t.Setenv("KEY", canary)
	n, err := Parse("env:KEY")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, h := range Search(s, []profile.Kind{profile.Reachable, profile.Cyclic}, []*Needle{n}) {
		got = append(got, fmt.Sprintf("%v %d+%d x%d", h.Where, h.Node, h.Offset, h.Count))
	}
	want := []string{"live block 1+0 x1", "leaked block 2+8 x1", "freed block -1+0 x1", "freed block 3+0 x1",
		"stack -1+0 x1", "static data -1+0 x1", "argument -1+0 x1", "environment -1+0 x2"} // of the variable itself too
	if !reflect.DeepEqual(got, want) {
		t.Errorf("found %q\n want %q", got, want)
	}
}

// TestParts looks for parts of a secret of each length, anywhere, also across
// the borders of what is read at once.
func TestParts(t *testing.T) {
	size := 2*window + 5000
	data := make([]byte, size)
	s := &memory.Snapshot{Mem: memorytest.Chunks{{Addr: 0x10000, Data: data}}, Data: []memory.Range{{Start: 0x10000, End: 0x10000 + uint64(size)}}}
	rapid.Check(t, func(t *rapid.T) {
		clear(data)
		length := rapid.OneOf(rapid.IntRange(MinBytes, 200), rapid.IntRange(MinBytes, 2000)).Draw(t, "length")
		text := make([]byte, length)
		r := rand.New(rand.NewPCG(uint64(length), 1))
		for i := range text {
			text[i] = byte(1 + r.IntN(255))
		}
		n := &Needle{Name: "n", bytes: text}
		part := rapid.IntRange(1, length).Draw(t, "part")
		from := rapid.IntRange(0, length-part).Draw(t, "from")
		at := rapid.OneOf(rapid.IntRange(0, size-part), rapid.IntRange(window-300, window+300), rapid.Just(size-part)).Draw(t, "at")
		copy(data[at:], text[from:from+part])
		hits := Search(s, nil, []*Needle{n})
		found := len(hits) == 1 && hits[0].Length == int64(part) && hits[0].Count == 1
		if want := part >= max(MinBytes, (length+1)/2) && varied(text[from:from+part]); found != want || !want && len(hits) > 0 {
			t.Fatalf("%d of %d bytes at %d: %+v", part, length, at, hits)
		}
	})
}

func TestForms(t *testing.T) {
	for _, text := range []string{canary, "\xff\xfe\xfbk~?>\xff\xfe\xfb\xff??>"} {
		for shift := range 3 {
			for _, e := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding, base64.RawStdEncoding} {
				s, data := process()
				s.Data = []memory.Range{{Start: 0x10000, End: 0x20000}}
				copy(data[77:], e.EncodeToString([]byte("xyz"[:shift]+text+"more")))
				if hits := Search(s, nil, []*Needle{needle(t, text)}); len(hits) != 1 || hits[0].Form != "base64" {
					t.Errorf("behind %d bytes: %+v", shift, hits)
				}
			}
		}
		s, data := process()
		s.Data = []memory.Range{{Start: 0x10000, End: 0x20000}}
		copy(data[77:], strings.ToUpper(hex.EncodeToString([]byte(text))))
		if hits := Search(s, nil, []*Needle{needle(t, text)}); len(hits) != 1 || hits[0].Form != "hex" || !hits[0].Whole {
			t.Errorf("%+v", hits)
		}
	}
}

// TestTail finds the last 8 bytes of a secret of 24 behind what the allocator
// wrote into a freed block, and not elsewhere.
func TestTail(t *testing.T) {
	s, data := process()
	text := "abcdefghijklmnopQRSTUVWX"
	s.Live = []memory.Block{{Addr: 0x10100, Size: 32, Node: 1}}
	s.Freed = []memory.Block{{Addr: 0x10200, Size: 32, Node: 2}, {Addr: 0x10300, Size: 32, Node: 3}}
	copy(data[0x110:], text[16:])
	copy(data[0x210:], text[16:])
	copy(data[0x314:], text[15:])
	hits := Search(s, nil, []*Needle{needle(t, text)})
	if len(hits) != 1 || hits[0].Node != 2 || hits[0].Length != 8 || hits[0].Whole {
		t.Errorf("%+v", hits)
	}
}

func TestUnreadable(t *testing.T) {
	data := make([]byte, 64<<10)
	copy(data[0x5000:], canary)
	s := &memory.Snapshot{Mem: memorytest.Chunks{{Addr: 0x10000, Data: data[:0x8000]}, {Addr: 0x1a000, Data: data}},
		Data: []memory.Range{{Start: 0x10000, End: 0x1a000}, {Start: 0x1e000, End: 0x20000}}}
	if hits := Search(s, nil, []*Needle{needle(t, canary)}); len(hits) != 1 || hits[0].Count != 2 {
		t.Errorf("%+v", hits)
	}
}

func TestParse(t *testing.T) {
	dir := t.TempDir()
	file := func(text string) string {
		f, err := os.CreateTemp(dir, "")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		f.WriteString(text)
		return f.Name()
	}
	t.Setenv("SHORT", "Qx7!kZ2")
	for spec, want := range map[string]string{
		file("Qx7!kZ2mQ\r\n"):                   "",
		file("Qx7!kZ2\n"):                       "it has 7 bytes",
		file(""):                                "it has 0 bytes",
		file("aaaaaaaabbbbcc"):                  "different bytes",
		"env:SHORT":                             "it has 7 bytes",
		"env:MISSING":                           "no variable MISSING",
		"hex:0011223344556677":                  "",
		"hex:5178372q5a32":                      "pairs of hexadecimal digits",
		filepath.Join(dir, "none"):              "no such file",
		file(strings.Repeat("Qx7!kZ2m", 1<<14)): "more than",
	} {
		n, err := Parse(spec)
		switch {
		case want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: %v, want %q", spec, err, want)
		case err != nil && (strings.Contains(err.Error(), "Qx7") || strings.Contains(err.Error(), "5178")):
			t.Errorf("the error shows the secret: %v", err)
		case n != nil:
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d", "%q"} {
				if text := fmt.Sprintf(verb, n) + fmt.Sprintf(verb, []*Needle{n}); strings.Contains(text, "Qx7") ||
					strings.Contains(text, "51 78") || strings.Contains(text, "81 120") || strings.Contains(text, "1122") {
					t.Errorf("%s prints the secret", verb)
				}
			}
			kept := n.bytes
			if n.Wipe(); len(bytes.Trim(kept, "\x00")) > 0 {
				t.Error("bytes stay after Wipe")
			}
		}
	}
}

// BenchmarkSearch tells how many bytes a second are searched for one secret in
// all its forms.
func BenchmarkSearch(b *testing.B) {
	data := make([]byte, 64<<20)
	r := rand.New(rand.NewPCG(1, 2))
	for i := 0; i < len(data); i += 8 {
		if i%64 < 40 { // a heap is not all noise
			binary.LittleEndian.PutUint64(data[i:], r.Uint64())
		}
	}
	s := &memory.Snapshot{Mem: memorytest.Chunks{{Addr: 1 << 30, Data: data}}, Data: []memory.Range{{Start: 1 << 30, End: 1<<30 + 64<<20}}}
	for _, text := range []string{canary, "sh0rt-pw", "a bit l0nger", "a key of 24 bytes, more."} {
		b.Run(fmt.Sprint(len(text)), func(b *testing.B) {
			n := needle(b, text)
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if hits := Search(s, nil, []*Needle{n}); len(hits) != 0 {
					b.Fatalf("%+v", hits)
				}
			}
		})
	}
}
