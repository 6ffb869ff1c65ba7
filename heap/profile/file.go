package profile

import (
	"bufio"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
)

// magic starts a file; the byte above ASCII and the line end show damage by a
// transfer as text.
const magic = "\x89softheap\n"

// Version of the format. A file of another major version is not read; in one of
// a newer minor version the sections and columns that are not known are left out.
const (
	major = 1
	minor = 0
)

// limits bound what a file can make a reader hold, however well it was packed.
type limits struct {
	raw     int64 // bytes of all sections, unpacked
	decoded int64 // bytes of the slices of the Profile
}

var usual = limits{raw: 256 << 20, decoded: 1 << 30}

// Write writes p. An invalid profile (see Check) is not written.
func Write(w io.Writer, p *Profile) error {
	if err := p.Check(); err != nil {
		return fmt.Errorf("write heap profile: %w", err)
	}
	out := binary.AppendUvarint(binary.AppendUvarint([]byte(magic), major), minor)
	table := newNames()
	var parts []byte
	for _, s := range sections {
		c := &coder{writing: true, names: table}
		s.code(c, p)
		parts = appendSection(parts, s.id, c.buf)
	}
	c := &coder{writing: true}
	codeStrings(c, table)
	out = append(appendSection(out, idStrings, c.buf), parts...)
	out = appendSection(out, idEnd, nil)
	if _, err := w.Write(out); err != nil {
		return fmt.Errorf("write heap profile: %w", err)
	}
	return nil
}

// checksum covers the number too, so that a damaged one is not taken for a
// section that is not known.
func checksum(id uint64, raw []byte) uint32 {
	return crc32.Update(crc32.ChecksumIEEE(binary.AppendUvarint(nil, id)), crc32.IEEETable, raw)
}

// appendSection appends a section: number, length as it was, length packed,
// checksum of what it was, packed bytes.
func appendSection(out []byte, id uint64, raw []byte) []byte {
	var packed bytes.Buffer
	z, err := flate.NewWriter(&packed, flate.BestCompression)
	if err == nil {
		_, err = z.Write(raw)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		panic(err) // the level is right, and a buffer takes all
	}
	out = binary.AppendUvarint(out, id)
	out = binary.AppendUvarint(out, uint64(len(raw)))
	out = binary.AppendUvarint(out, uint64(packed.Len()))
	out = binary.LittleEndian.AppendUint32(out, checksum(id, raw))
	return append(out, packed.Bytes()...)
}

// codeStrings codes the table: lengths, then all bytes. The empty string is not in it.
func codeStrings(c *coder, table *names) {
	if c.writing {
		c.putUint(uint64(len(table.list) - 1))
		for _, s := range table.list[1:] {
			c.putUint(uint64(len(s)))
		}
		for _, s := range table.list[1:] {
			c.buf = append(c.buf, s...)
		}
		return
	}
	sizes := allocate[uint64](c, c.getUint())
	for i := range sizes {
		sizes[i] = c.getUint()
	}
	table.list = append(table.list, allocate[string](c, uint64(len(sizes)))...)
	if c.err != nil {
		return
	}
	all := string(c.buf)
	for i, n := range sizes {
		if n > uint64(len(all)) {
			c.fail(errShort)
			return
		}
		table.list[i+1], all = all[:n], all[n:]
	}
}

// Read reads a profile. Whatever the bytes are, it ends, holds a bounded amount
// of memory, and gives a profile that Check accepts or an error.
func Read(r io.Reader) (*Profile, error) {
	p, err := read(r, usual)
	if err != nil {
		return nil, fmt.Errorf("read heap profile: %w", err)
	}
	return p, nil
}

var (
	errNoProfile = errors.New("this is no file of softshell heap")
	errCut       = errors.New("the file is cut off: its end is missing")
)

func read(r io.Reader, lim limits) (*Profile, error) {
	b := bufio.NewReader(r)
	head := make([]byte, len(magic))
	if _, err := io.ReadFull(b, head); err != nil || string(head) != magic {
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return nil, err
		}
		return nil, errNoProfile
	}
	version, err := binary.ReadUvarint(b)
	if err != nil {
		return nil, cut(err)
	}
	if version != major {
		return nil, fmt.Errorf("it has format %d, and this softshell reads format %d: use the softshell that wrote it, or a newer one", version, major)
	}
	if _, err := binary.ReadUvarint(b); err != nil {
		return nil, cut(err)
	}
	p, table := &Profile{}, newNames()
	for {
		id, raw, err := readSection(b, &lim)
		if err != nil {
			return nil, err
		}
		if id == idEnd {
			break
		}
		c := &coder{buf: raw, names: table, budget: &lim.decoded}
		if err := c.section(id, p); err != nil {
			return nil, err
		}
	}
	if err := p.Check(); err != nil {
		return nil, fmt.Errorf("the file is damaged: %w", err)
	}
	return p, nil
}

// section reads one section into p; one that is not known is left out.
func (c *coder) section(id uint64, p *Profile) error {
	if id == idStrings {
		codeStrings(c, c.names)
		return damaged("strings", c.err)
	}
	for _, s := range sections {
		if s.id == id {
			s.code(c, p)
			return damaged(s.name, c.err)
		}
	}
	return nil
}

func damaged(name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("the file is damaged, in its %s: %w", name, err)
}

func cut(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return errCut
	}
	return err
}

func readSection(b *bufio.Reader, lim *limits) (id uint64, raw []byte, err error) {
	var length, packed uint64
	for _, v := range []*uint64{&id, &length, &packed} {
		if *v, err = binary.ReadUvarint(b); err != nil {
			return 0, nil, cut(err)
		}
	}
	var sum [4]byte
	if _, err := io.ReadFull(b, sum[:]); err != nil {
		return 0, nil, cut(err)
	}
	if length > uint64(lim.raw) {
		return 0, nil, errors.New("it is larger than any profile")
	}
	lim.raw -= int64(length)
	in := &io.LimitedReader{R: b, N: int64(min(packed, 1<<62))}
	var out bytes.Buffer // grows as bytes come, so that a length that lies costs nothing
	_, err = io.Copy(&out, io.LimitReader(flate.NewReader(in), int64(length)+1))
	switch {
	case err != nil && in.N > 0 && (err == io.ErrUnexpectedEOF || err == io.EOF):
		return 0, nil, errCut
	case err != nil:
		return 0, nil, fmt.Errorf("the file is damaged: unpack section %d: %w", id, err)
	}
	if n, err := io.Copy(io.Discard, in); err != nil {
		return 0, nil, err
	} else if in.N > 0 && n == 0 {
		return 0, nil, errCut
	}
	if uint64(out.Len()) != length || checksum(id, out.Bytes()) != binary.LittleEndian.Uint32(sum[:]) {
		return 0, nil, fmt.Errorf("the file is damaged: section %d has a wrong checksum", id)
	}
	return id, out.Bytes(), nil
}

// WriteFile writes p to path; the file appears whole or not at all.
func WriteFile(path string, p *Profile) (err error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return fmt.Errorf("write heap profile: %w", err)
	}
	defer os.Remove(tmp.Name())
	err = Write(tmp, p)
	if e := tmp.Close(); err == nil && e != nil {
		err = fmt.Errorf("write heap profile: %w", e)
	}
	if err != nil {
		return err
	}
	if err = os.Chmod(tmp.Name(), 0o644); err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write heap profile: %w", err)
	}
	return nil
}

// ReadFile reads the profile at path.
func ReadFile(path string) (*Profile, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read heap profile: %w", err)
	}
	defer f.Close()
	p, err := read(f, usual)
	if err != nil {
		return nil, fmt.Errorf("read heap profile %s: %w", path, err)
	}
	return p, nil
}
