package symbol

import (
	"path/filepath"
	"sync"

	"softshell/heap/dwarf"
)

// splitFiles finds the files that a program's debug information was split into: a
// package beside it, or one for each unit where the compiler left it.
type splitFiles struct {
	program string

	mu    sync.Mutex
	files map[string]*dwarf.SplitSections
}

func (s *splitFiles) find(dir, name string) *dwarf.SplitSections {
	path := s.program + ".dwp"
	if name != "" {
		path = name
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if found, ok := s.files[path]; ok {
		return found
	}
	if s.files == nil {
		s.files = map[string]*dwarf.SplitSections{}
	}
	s.files[path] = nil
	f, err := open(path)
	if err != nil {
		return nil
	}
	found := &dwarf.SplitSections{
		Sections: dwarf.Sections{
			Info:       f.section(".debug_info.dwo"),
			Abbrev:     f.section(".debug_abbrev.dwo"),
			Str:        f.section(".debug_str.dwo"),
			StrOffsets: f.section(".debug_str_offsets.dwo"),
			RngLists:   f.section(".debug_rnglists.dwo"),
			Line:       f.section(".debug_line.dwo"),
		},
		Index: f.section(".debug_cu_index"),
	}
	s.files[path] = found
	return found
}
