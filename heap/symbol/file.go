package symbol

import (
	"bytes"
	"compress/zlib"
	"debug/elf"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
)

// file is an ELF file in memory.
type file struct {
	*elf.File
	path string
	data []byte
}

// open maps a file. It stays mapped: strings are made from it as they are asked.
func open(path string) (*file, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() == 0 {
		return nil, errors.New("not a file with contents: " + path)
	}
	data, err := syscall.Mmap(int(f.Fd()), 0, int(info.Size()), syscall.PROT_READ, syscall.MAP_PRIVATE)
	if err != nil {
		return nil, err
	}
	m, err := parse(data, path)
	if err != nil {
		_ = syscall.Munmap(data)
	}
	return m, err
}

// close gives the mapping back, of a file that nothing was taken from.
func (f *file) close() { _ = syscall.Munmap(f.data) }

func parse(data []byte, path string) (*file, error) {
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	if f.ByteOrder != binary.LittleEndian {
		return nil, errors.New("big-endian file: " + path)
	}
	return &file{File: f, path: path, data: data}, nil
}

// section is the contents of a section, decompressed.
func (f *file) section(name string) []byte {
	if s := f.Section(name); s != nil {
		return f.raw(s)
	}
	if s := f.Section(".z" + strings.TrimPrefix(name, ".")); s != nil {
		return gnuCompressed(f.raw(s))
	}
	return nil
}

// largest is how much a section may unpack to.
const largest = 1 << 32

// raw is the contents of a section; it is a part of the mapping unless the section
// is compressed.
func (f *file) raw(s *elf.Section) []byte {
	if s.Type == elf.SHT_NOBITS {
		return nil
	}
	if s.Flags&elf.SHF_COMPRESSED != 0 {
		if s.Size > largest {
			return nil
		}
		data, err := s.Data()
		if err != nil {
			return nil
		}
		return data
	}
	if s.Offset > uint64(len(f.data)) || s.FileSize > uint64(len(f.data))-s.Offset {
		return nil
	}
	return f.data[s.Offset : s.Offset+s.FileSize]
}

// gnuCompressed unpacks a .zdebug section, as old linkers wrote them.
func gnuCompressed(data []byte) []byte {
	if len(data) < 12 || string(data[:4]) != "ZLIB" {
		return nil
	}
	r, err := zlib.NewReader(bytes.NewReader(data[12:]))
	if err != nil {
		return nil
	}
	out, err := io.ReadAll(io.LimitReader(r, largest))
	if err != nil {
		return nil
	}
	return out
}
