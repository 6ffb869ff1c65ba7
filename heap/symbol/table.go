package symbol

import (
	"slices"
	"strings"
	"sync"

	"softshell/heap/dwarf"
	"softshell/heap/profile"
)

// Table names the addresses of one process.
type Table struct {
	modules []profile.Module
	images  []*image
	once    []sync.Once
	known   map[key][]step // the frames of each location that Resolve saw
}

// key is a location without its frames.
type key struct {
	module int
	offset uint64
}

// Open makes the table of a process with these modules. Files are read when an
// address in them is asked for.
func Open(modules []profile.Module) *Table {
	return &Table{
		modules: modules,
		images:  make([]*image, len(modules)),
		once:    make([]sync.Once, len(modules)),
		known:   map[key][]step{},
	}
}

func (t *Table) image(module int) *image {
	t.once[module].Do(func() {
		im := &image{}
		dwarf.Guard(func() { im = load(t.modules[module].Path) })
		if want := t.modules[module].BuildID; want != "" && im.buildID != want {
			im = &image{buildID: want} // another build stands there now
		}
		t.images[module] = im
	})
	return t.images[module]
}

// Resolve fills in the frames of all locations, and what was found of the modules
// that have some. Frames and Location.Frames are made anew.
func (t *Table) Resolve(p *profile.Profile) {
	byModule := make([][]int, len(t.modules))
	for i := range p.Locations {
		if m := p.Locations[i].Module; m >= 0 && m < len(t.modules) {
			byModule[m] = append(byModule[m], i)
		}
	}
	p.Frames = nil
	index := map[profile.Frame]int{}
	for m, locations := range byModule {
		if len(locations) == 0 {
			continue
		}
		im := t.image(m)
		p.Modules[m].Debug = im.level()
		if p.Modules[m].BuildID == "" {
			p.Modules[m].BuildID = im.buildID
		}
		slices.SortStableFunc(locations, func(a, b int) int { return compare(p.Locations[a].Offset, p.Locations[b].Offset) })
		pcs := make([]uint64, len(locations))
		for k, i := range locations {
			pcs[k] = p.Locations[i].Offset
		}
		frames, steps := t.frames(m, pcs)
		for k, i := range locations {
			t.known[key{m, pcs[k]}] = steps[k]
			p.Locations[i].Frames = nil
			for _, f := range frames[k] {
				n, ok := index[f]
				if !ok {
					n = len(p.Frames)
					index[f] = n
					p.Frames = append(p.Frames, f)
				}
				p.Locations[i].Frames = append(p.Locations[i].Frames, n)
			}
		}
	}
}

func compare(a, b uint64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// frames names sorted addresses of a module.
func (t *Table) frames(module int, pcs []uint64) ([][]profile.Frame, [][]step) {
	im := t.image(module)
	chains := make([][]dwarf.Frame, len(pcs))
	if im.debug != nil {
		dwarf.Guard(func() { chains = im.debug.Frames(pcs) })
	}
	symbols := make([]string, len(pcs))
	dwarf.Guard(func() { im.symbols(pcs, chains, symbols) })
	library := systemModule(t.modules[module].Path)
	functions := map[*dwarf.Function]profile.Frame{}
	out, steps := make([][]profile.Frame, len(pcs)), make([][]step, len(pcs))
	add := func(k int, frame profile.Frame, f *dwarf.Function) {
		frame.System = library || systemFrame(&frame)
		out[k] = append(out[k], frame)
		standard := frame.System || frame.Crate == "hashbrown" // which the standard library's maps are
		steps[k] = append(steps[k], step{module: module, function: f, name: frame.Function, standard: standard})
	}
	for k := range pcs {
		for _, f := range chains[k] {
			if f.Function == nil {
				continue
			}
			frame, ok := functions[f.Function]
			if !ok {
				frame = im.frameOf(f.Function)
				functions[f.Function] = frame
			}
			frame.File, frame.Line = f.File, f.Line
			add(k, frame, f.Function)
		}
		if len(out[k]) == 0 && symbols[k] != "" {
			frame := profile.Frame{Function: Demangle(strings.TrimPrefix(symbols[k], hidden)), Linkage: symbols[k]}
			frame.Crate = crateOf(frame.Linkage, frame.Function)
			if len(chains[k]) > 0 {
				frame.File, frame.Line = chains[k][0].File, chains[k][0].Line
			}
			add(k, frame, nil)
		}
	}
	for _, s := range steps {
		if len(s) > 0 {
			s[len(s)-1].outer = true
		}
	}
	hideMain(out, steps)
	dwarf.Guard(func() { im.markMerged(pcs, steps) })
	return out, steps
}

// hideMain marks the function main of C that a Rust program begins with: it has no
// lines, and the user's own main is called by it.
func hideMain(frames [][]profile.Frame, steps [][]step) {
	rust := false
	for k := range frames {
		for i := range frames[k] {
			rust = rust || frames[k][i].Crate == "std"
		}
	}
	for k := range frames {
		for i := range frames[k] {
			if f := &frames[k][i]; rust && f.Function == "main" && f.File == "" {
				f.System, steps[k][i].standard = true, true
			}
		}
	}
}

// hidden begins the C library's own names of functions that it also exports.
const hidden = "__GI_"

// symbols names the addresses that the debug information does not.
func (im *image) symbols(pcs []uint64, chains [][]dwarf.Frame, names []string) {
	var open []int
	var rest []uint64
	for k, pc := range pcs {
		if len(chains[k]) == 0 || chains[k][0].Function == nil {
			open, rest = append(open, k), append(rest, pc)
		}
	}
	if len(rest) == 0 {
		return
	}
	found := make([]string, len(rest))
	for i := range im.tables {
		im.tables[i].find(rest, found)
	}
	for i, k := range open {
		names[k] = found[i]
	}
}

func (im *image) frameOf(f *dwarf.Function) profile.Frame {
	frame := profile.Frame{Linkage: f.Linkage, Function: f.Name}
	if f.Linkage != "" {
		frame.Function = withArguments(Demangle(f.Linkage), f)
	} else {
		frame.Linkage = f.Name
	}
	if f.Rust {
		frame.Crate = f.Crate
		if frame.Crate == "" {
			frame.Crate = crateOf(frame.Linkage, frame.Function)
		}
	}
	return frame
}
