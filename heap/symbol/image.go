package symbol

import (
	"debug/elf"
	"encoding/hex"
	"strings"
	"sync"

	"softshell/heap/dwarf"
)

// image is the file of a module with what names its addresses.
type image struct {
	buildID     string
	debug       *dwarf.Data // nil without debug information
	symbolsOnly bool
	tables      []symtab

	mu      sync.Mutex
	layouts map[int]*layout // by entry
}

// load opens the file of a module and the files that belong to it. A file that
// cannot be read gives an image that knows nothing.
//
// Of the system's libraries the symbols are enough: views fold their frames, and to
// unpack the C library's debug information takes longer than all else that is done
// for a small program.
func load(path string) *image {
	im := &image{symbolsOnly: systemModule(path)}
	main, err := open(path)
	if err != nil {
		return im
	}
	im.buildID = main.buildID()
	im.add(main)
	if im.debug == nil {
		if f := separate(main, im.buildID); f != nil {
			im.add(f)
		}
	}
	return im
}

// add takes the debug information and the symbols of a file.
func (im *image) add(f *file) {
	if im.debug == nil && !im.symbolsOnly {
		im.debug = f.dwarf()
	}
	im.tables = append(im.tables, f.symtabs()...)
}

// level is how much is known, as profile.Module has it.
func (im *image) level() string {
	switch {
	case im.debug != nil:
		return "dwarf"
	case len(im.tables) > 0:
		return "symbols"
	}
	return "none"
}

func (f *file) dwarf() *dwarf.Data {
	if f.Section(".debug_info") == nil && f.Section(".zdebug_info") == nil {
		return nil
	}
	d, err := dwarf.Open(dwarf.Sections{
		Info:       f.section(".debug_info"),
		Abbrev:     f.section(".debug_abbrev"),
		Str:        f.section(".debug_str"),
		LineStr:    f.section(".debug_line_str"),
		Line:       f.section(".debug_line"),
		Ranges:     f.section(".debug_ranges"),
		RngLists:   f.section(".debug_rnglists"),
		Addr:       f.section(".debug_addr"),
		StrOffsets: f.section(".debug_str_offsets"),
		Aranges:    f.section(".debug_aranges"),
	}, (&splitFiles{program: f.path}).find)
	if err != nil {
		return nil
	}
	return d
}

// buildID reads the note that names the build.
func (f *file) buildID() string {
	const gnuBuildID = 3
	for _, s := range f.Sections {
		if s.Type != elf.SHT_NOTE {
			continue
		}
		data := f.raw(s)
		for len(data) >= 12 {
			name, desc, kind := int(f.ByteOrder.Uint32(data)), int(f.ByteOrder.Uint32(data[4:])), f.ByteOrder.Uint32(data[8:])
			data = data[12:]
			if name < 0 || desc < 0 || name > len(data) || desc > len(data) {
				break
			}
			at := (name + 3) &^ 3
			if at+desc > len(data) {
				break
			}
			if kind == gnuBuildID && strings.TrimRight(string(data[:name]), "\x00") == "GNU" {
				return hex.EncodeToString(data[at : at+desc])
			}
			data = data[min(len(data), at+(desc+3)&^3):]
		}
	}
	return ""
}
