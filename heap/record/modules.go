package record

import (
	"debug/elf"
	"encoding/hex"
	"fmt"
	"strings"

	"softshell/heap/process"
	"softshell/heap/profile"
)

// modules puts together what the process has mapped of ELF files.
func modules(maps []process.Mapping) []profile.Module {
	var out []profile.Module
	for i := range maps {
		m := &maps[i]
		if !strings.HasPrefix(m.Path, "/") || m.Inode == 0 {
			continue
		}
		if k := len(out) - 1; k >= 0 && out[k].Path == m.Path && m.Offset != 0 {
			out[k].End = m.End
			continue
		}
		out = append(out, profile.Module{Path: m.Path, Start: m.Start, End: m.End, Debug: "none"})
	}
	kept := out[:0]
	for _, m := range out {
		if describe(&m) == nil {
			kept = append(kept, m)
		}
	}
	return kept
}

// describe reads of the file what the mappings do not tell.
func describe(m *profile.Module) error {
	e, err := elf.Open(strings.TrimSuffix(m.Path, " (deleted)"))
	if err != nil {
		return fmt.Errorf("read %s: %w", m.Path, err)
	}
	defer e.Close()
	m.BuildID = buildID(e)
	m.Bias = m.Start
	for _, s := range e.Progs {
		if s.Type == elf.PT_LOAD {
			m.Bias = m.Start - (s.Vaddr-s.Off)&^(s.Align-1) // the first lies at offset 0 of the file
			break
		}
	}
	return nil
}

// buildID is the identity that the linker gave to the file, "" when it gave none.
func buildID(e *elf.File) string {
	s := e.Section(".note.gnu.build-id")
	if s == nil {
		return ""
	}
	note, err := s.Data()
	if err != nil || len(note) < 16 {
		return ""
	}
	name, size := e.ByteOrder.Uint32(note), e.ByteOrder.Uint32(note[4:])
	from := 12 + (name+3)&^3
	if uint64(from)+uint64(size) > uint64(len(note)) {
		return ""
	}
	return hex.EncodeToString(note[from : from+size])
}
