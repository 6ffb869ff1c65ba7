package profile_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"softshell/heap/profile"
	"softshell/heap/profile/profiletest"
)

func encode(t interface{ Fatal(...any) }, p *profile.Profile) []byte {
	var b bytes.Buffer
	if err := profile.Write(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What is read is what was written, and writing it again gives the same bytes.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		p := profiletest.Random(r)
		file := encode(r, p)
		q, err := profile.Read(bytes.NewReader(file))
		if err != nil {
			r.Fatal(err)
		}
		if !reflect.DeepEqual(p, q) {
			r.Fatalf("wrote %+v\nread  %+v", p, q)
		}
		if !bytes.Equal(file, encode(r, q)) {
			r.Fatal("written again, the bytes differ")
		}
	})
}

// A file that is cut anywhere, or in which a byte changed, is an error, never
// another profile.
func TestDamage(t *testing.T) {
	p := profiletest.Leaky()
	file := encode(t, p)
	for n := range file {
		if _, err := profile.Read(bytes.NewReader(file[:n])); err == nil {
			t.Fatalf("cut to %d of %d bytes: no error", n, len(file))
		}
		bad := bytes.Clone(file)
		bad[n] ^= 0x10
		q, err := profile.Read(bytes.NewReader(bad))
		if err == nil && !reflect.DeepEqual(p, q) {
			t.Fatalf("byte %d changed: another profile", n)
		}
	}
}

func TestVersions(t *testing.T) {
	file := encode(t, profiletest.Leaky())
	const at = 10 // behind the magic
	other := bytes.Clone(file)
	other[at] = 2
	if _, err := profile.Read(bytes.NewReader(other)); err == nil || !strings.Contains(err.Error(), "format 2") || !strings.Contains(err.Error(), "newer") {
		t.Errorf("newer major version: %v", err)
	}
	// A newer minor version with a section of its own.
	newer := append(bytes.Clone(file[:at]), 1, 7, 99, 0, 2)
	newer = binary.LittleEndian.AppendUint32(newer, crc32.ChecksumIEEE([]byte{99}))
	newer = append(newer, 3, 0) // nothing, packed
	newer = append(newer, file[at+2:]...)
	q, err := profile.Read(bytes.NewReader(newer))
	if err != nil || !reflect.DeepEqual(profiletest.Leaky(), q) {
		t.Errorf("a section that is not known: %v", err)
	}
	for _, s := range []string{"", "\x89softheap", "heaptrack v1", "{}"} {
		if _, err := profile.Read(strings.NewReader(s)); err == nil || !strings.Contains(err.Error(), "no file of softshell heap") {
			t.Errorf("%q: %v", s, err)
		}
	}
}

// The file of 20 M allocations with 16,411 stacks of mean depth 23 has 1 MB at most.
func TestSize(t *testing.T) {
	p := profiletest.Large(1, 17500)
	depth := make([]int, len(p.Nodes))
	for i, n := range p.Nodes {
		if depth[i] = 1; n.Parent >= 0 {
			depth[i] += depth[n.Parent]
		}
	}
	sum := 0
	for _, s := range p.Sites {
		sum += depth[s.Node]
	}
	file := encode(t, p)
	t.Logf("%d bytes: %d allocations, %d stacks, mean depth %.1f, %d nodes, %d locations", len(file), p.Run.Allocs, len(p.Sites), float64(sum)/float64(len(p.Sites)), len(p.Nodes), len(p.Locations))
	if len(p.Sites) < 16000 || sum/len(p.Sites) < 20 {
		t.Error("the generated profile is too small to show anything")
	}
	if len(file) > 1_000_000 {
		t.Errorf("%d bytes", len(file))
	}
}

func TestInvalidIsNotWritten(t *testing.T) {
	for name, spoil := range map[string]func(*profile.Profile){
		"parent behind":  func(p *profile.Profile) { p.Nodes[3].Parent = 3 },
		"no location":    func(p *profile.Profile) { p.Nodes[0].Location = len(p.Locations) },
		"no module":      func(p *profile.Profile) { p.Locations[0].Module = -2 },
		"no frame":       func(p *profile.Profile) { p.Locations[0].Frames = []int{len(p.Frames)} },
		"unsorted sites": func(p *profile.Profile) { p.Sites[0], p.Sites[1] = p.Sites[1], p.Sites[0] },
		"member":         func(p *profile.Profile) { p.Cycles[0].Members[0].Site = 99 },
		"hold":           func(p *profile.Profile) { p.Cycles[0].Holds[0].To = -1 },
		"time":           func(p *profile.Profile) { p.Timeline[0].At = 1 << 60 },
		"negative":       func(p *profile.Profile) { p.Sites[0].Counts.Allocs = -1 },
		"end":            func(p *profile.Profile) { p.Run.End = 9 },
	} {
		p := profiletest.Leaky()
		spoil(p)
		if err := profile.Write(&bytes.Buffer{}, p); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// A file appears whole or not at all, and leaves nothing else behind.
func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.heap")
	p := profiletest.Leaky()
	if err := profile.WriteFile(path, p); err != nil {
		t.Fatal(err)
	}
	p.Run.End = 77
	if err := profile.WriteFile(path, p); err == nil {
		t.Fatal("an invalid profile was written")
	}
	if q, err := profile.ReadFile(path); err != nil || !reflect.DeepEqual(q, profiletest.Leaky()) {
		t.Fatalf("the file that was there: %v", err)
	}
	if all, err := os.ReadDir(dir); err != nil || len(all) != 1 {
		t.Fatalf("%v %v", all, err)
	}
	if _, err := profile.ReadFile(filepath.Join(dir, "none")); err == nil || strings.Count(err.Error(), "none") != 1 {
		t.Errorf("%v", err)
	}
}

// FuzzRead: whatever the bytes are, reading ends with an error or with a valid
// profile that is written and read again.
func FuzzRead(f *testing.F) {
	whole := encode(f, profiletest.Leaky())
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add(append(binary.AppendUvarint(bytes.Clone(whole[:12]), 1), 0xff, 0xff, 0xff, 0xff, 0x0f))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := profile.Read(bytes.NewReader(b))
		if err != nil {
			return
		}
		if _, err := profile.Read(bytes.NewReader(encode(t, p))); err != nil {
			t.Fatal(err)
		}
	})
}
