package tree

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func packed(text string) []byte {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, _ = z.Write([]byte(text))
	_ = z.Close()
	return b.Bytes()
}

// put writes numbers in little endian order.
func put(b *bytes.Buffer, vs ...any) {
	for _, v := range vs {
		if s, ok := v.(string); ok {
			b.WriteString(s)
			continue
		}
		_ = binary.Write(b, binary.LittleEndian, v)
	}
}

func pad(s string, n int) string { return s + strings.Repeat("\x00", n-len(s)) }

// elfWith is a 64-bit ELF file with a section of a name and the table of names.
func elfWith(name string, data []byte) []byte {
	var b bytes.Buffer
	names := "\x00" + name + "\x00.shstrtab\x00"
	at := uint64(64)
	strs := at + uint64(len(data))
	table := strs + uint64(len(names))
	put(&b, pad("\x7fELF\x02\x01\x01", 16), uint16(2), uint16(62), uint32(1), uint64(0), uint64(0), table, uint32(0), uint16(64), uint16(0), uint16(0), uint16(64), uint16(3), uint16(2))
	put(&b, string(data), names)
	put(&b, pad("", 64))
	put(&b, uint32(1), uint32(1), uint64(0), uint64(0), at, uint64(len(data)), uint32(0), uint32(0), uint64(1), uint64(0))
	put(&b, uint32(2+len(name)), uint32(3), uint64(0), uint64(0), strs, uint64(len(names)), uint32(0), uint32(0), uint64(1), uint64(0))
	return b.Bytes()
}

// machoWith is a 64-bit Mach-O file with one segment of one section.
func machoWith(name string, data []byte) []byte {
	var b bytes.Buffer
	const at = 32 + 72 + 80
	put(&b, uint32(0xfeedfacf), uint32(0x0100000c), uint32(0), uint32(2), uint32(1), uint32(152), uint32(0), uint32(0))
	put(&b, uint32(0x19), uint32(152), pad("__DATA", 16), uint64(0), uint64(len(data)), uint64(at), uint64(len(data)), uint32(3), uint32(3), uint32(1), uint32(0))
	put(&b, pad(name, 16), pad("__DATA", 16), uint64(0), uint64(len(data)), uint32(at), uint32(0), uint32(0), uint32(0), uint32(0), uint32(0), uint32(0), uint32(0))
	put(&b, string(data))
	return b.Bytes()
}

// peWith is an object of Windows behind the header of DOS, with one section.
func peWith(name string, data []byte) []byte {
	var b bytes.Buffer
	put(&b, pad("MZ", 0x3c), uint32(0x40), "PE\x00\x00")
	put(&b, uint16(0x8664), uint16(1), uint32(0), uint32(0), uint32(0), uint16(0), uint16(0))
	put(&b, pad(name, 8), uint32(len(data)), uint32(0x1000), uint32(len(data)), uint32(b.Len()+40), uint32(0), uint32(0), uint16(0), uint16(0), uint32(0))
	put(&b, string(data))
	return b.Bytes()
}

func wasmWith(name string, data []byte) []byte {
	section := func(n string, d []byte) []byte {
		body := append(append(binary.AppendUvarint(nil, uint64(len(n))), n...), d...)
		return append(binary.AppendUvarint([]byte{0}, uint64(len(body))), body...)
	}
	out := []byte("\x00asm\x01\x00\x00\x00")
	return append(append(out, section("other", bytes.Repeat([]byte("x"), 300))...), section(name, data)...)
}

const crates = `{"packages":[
 {"name":"zlib","version":"1.0.0","source":"crates.io"},
 {"name":"app","version":"0.1.0","source":"local","dependencies":[0,2,3],"root":true},
 {"name":"cc","version":"1.0.0","source":"crates.io","kind":"build"},
 {"name":"forked","version":"1.0.0","source":"git"},
 {"name":"inner","version":"1.0.0","source":"registry","dependencies":[9]}]}`

func TestBinary(t *testing.T) {
	want := "0 app 0.1.0 path -> zlib 1.0.0 crates.io -> cc 1.0.0 crates.io -> forked 1.0.0 git+\n0 cc 1.0.0 crates.io\n0 forked 1.0.0 git+\n" +
		"0 inner 1.0.0 registry+another registry\n0 zlib 1.0.0 crates.io\nroot app\nnote package inner 1.0.0 depends on number 9, which the list does not have\n"
	for kind, with := range map[string]func(string, []byte) []byte{"ELF": elfWith, "Mach-O": machoWith, "PE": peWith, "WebAssembly": wasmWith} {
		file := filepath.Join(t.TempDir(), "app")
		write := func(data []byte) {
			if err := os.WriteFile(file, data, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		write(with(section, packed(crates)))
		tr, err := readFile(file)
		if err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		if got := show(tr); got != want {
			t.Errorf("%s:\n%swant\n%s", kind, got, want)
		}
		if !tr.Packages[1].BuildOnly || !tr.Packages[1].AtBuild || tr.Packages[0].AtBuild || tr.Packages[0].BuildOnly || !tr.Packages[0].Member {
			t.Errorf("%s: %+v", kind, tr.Packages[:2])
		}
		for text, words := range map[string]string{"{}": "names no package", "[": "unexpected end of JSON", `{"packages":3}`: "cannot unmarshal"} {
			write(with(section, packed(text)))
			if _, err := readFile(file); err == nil || !strings.Contains(err.Error(), words) {
				t.Errorf("%s, %s: %v", kind, text, err)
			}
		}
		write(with(section, []byte("not packed")))
		if _, err := readFile(file); err == nil || !strings.Contains(err.Error(), "zlib") {
			t.Errorf("%s, not packed: %v", kind, err)
		}
		write(with(".other", packed(crates)))
		if _, err := readFile(file); err == nil || !strings.Contains(err.Error(), "has no list of its crates") {
			t.Errorf("%s, no section: %v", kind, err)
		}
		whole := with(section, packed(crates))
		for n := 0; n < len(whole); n += 7 { // cut off anywhere: an error or the whole list, never a panic
			write(whole[:n])
			_, _ = readFile(file)
		}
	}
}

func FuzzBinary(f *testing.F) {
	for _, with := range []func(string, []byte) []byte{elfWith, machoWith, peWith, wasmWith} {
		f.Add(with(section, packed(crates)))
	}
	f.Add(packed(crates))
	f.Fuzz(func(t *testing.T, data []byte) {
		if list, err := findSection(bytes.NewReader(data)); err == nil {
			data = list
		}
		if tr, err := parseList(data); err == nil {
			tr.Paths()
		}
	})
}
