package dwarf

import (
	"slices"
	"sort"
)

// Frame is a function at a line.
type Frame struct {
	Function *Function // nil when only the line is known
	File     string
	Line     int
}

// Function is what the entries of a function say.
type Function struct {
	Name    string // in the source: "new<leaky::Node>"
	Linkage string // in the symbol table, "" when there is none
	Rust    bool
	Crate   string // the namespace at the root, of a Rust function
	Entry   int    // offset of the entry that declares it, for Entry and Path
	Args    []Argument
}

// Argument is a type that a generic function was made for.
type Argument struct {
	Name string // of the parameter: "T"
	Type int    // offset of the entry
}

// Frames finds the frames of each address, the innermost inlined function first.
// The addresses are sorted. An address that nothing is known of has none.
func (d *Data) Frames(pcs []uint64) [][]Frame {
	out := make([][]Frame, len(pcs))
	jobs := d.jobs(pcs)
	each(len(jobs), func(i int) { jobs[i].run(pcs) })
	for _, j := range jobs {
		if j.frames == nil {
			continue // its unit could not be read to the end
		}
		for k, at := range j.at {
			// Where two units claim an address, the one that names a function is
			// right: the other lists what the linker dropped.
			if len(j.frames[k]) > 0 && (len(out[at]) == 0 || out[at][0].Function == nil) {
				out[at] = j.frames[k]
			}
		}
	}
	return out
}

// job is the addresses that are looked up in one unit.
type job struct {
	unit   *Unit
	at     []int // indices of addresses, in order
	frames [][]Frame
}

// jobs sorts the addresses by unit; the largest unit comes first, so that no
// processor is left with it at the end.
func (d *Data) jobs(pcs []uint64) []*job {
	byUnit := map[int32]*job{}
	var out []*job
	for i, pc := range pcs {
		d.unitsOf(pc, func(unit int32) bool {
			j := byUnit[unit]
			if j == nil {
				j = &job{unit: d.units[unit]}
				byUnit[unit] = j
				out = append(out, j)
			}
			if n := len(j.at); n == 0 || j.at[n-1] != i {
				j.at = append(j.at, i)
			}
			return true
		})
	}
	slices.SortStableFunc(out, func(a, b *job) int { return (b.unit.end - b.unit.off) - (a.unit.end - a.unit.off) })
	return out
}

// call is an inlined call, or the function itself at the outermost place.
type call struct {
	entry int // the entry of the function
	file  uint64
	line  int
	depth int
}

func (j *job) run(all []uint64) {
	u := j.unit
	u.open()
	pcs := make([]uint64, len(j.at))
	for k, at := range j.at {
		pcs[k] = all[at]
	}
	table := u.readLines()
	lines := table.find(pcs)
	chains := u.whole().chains(pcs)
	j.frames = make([][]Frame, len(pcs))
	functions := map[int]*Function{}
	for k := range pcs {
		file, line := table.name(lines[k].file), lines[k].line
		chain := chains[k]
		if len(chain) == 0 && line == 0 {
			continue
		}
		frames := make([]Frame, 0, max(1, len(chain)))
		for i := len(chain) - 1; i >= 0; i-- {
			f, ok := functions[chain[i].entry]
			if !ok {
				f = u.data.function(chain[i].entry)
				functions[chain[i].entry] = f
			}
			frames = append(frames, Frame{Function: f, File: file, Line: line})
			file, line = table.name(chain[i].file), chain[i].line
		}
		if len(frames) == 0 {
			frames = append(frames, Frame{File: file, Line: line})
		}
		j.frames[k] = frames
	}
}

// chains walks the entries of the unit once and finds for each address the
// function that it lies in and the calls that were inlined there, the outermost
// first. On the way it keeps the namespaces.
func (u *Unit) chains(pcs []uint64) [][]call {
	out := make([][]call, len(pcs))
	var spaces spaceList
	b := u.entries(u.first)
	for depth := 0; b.left() > 0; {
		off := b.off + u.shift
		code := b.uleb()
		if code == 0 {
			depth--
			spaces.close(depth, off)
			continue
		}
		ab := u.table.find(code)
		if ab == nil {
			break
		}
		switch {
		case ab.pc && (ab.tag == TagSubprogram || ab.tag == TagInlinedSubroutine):
			e := Entry{Off: off}
			u.fill(&e, &b, ab)
			c := call{entry: off, file: e.CallFile, line: e.CallLine, depth: depth}
			if ab.tag == TagInlinedSubroutine {
				c.entry = e.Origin
			}
			u.add(out, pcs, &e, c)
		case ab.tag == TagNamespace:
			e := Entry{Off: off}
			u.fill(&e, &b, ab)
			if ab.children {
				spaces.open(depth, off, e.name)
			}
		default:
			u.skip(&b, ab)
		}
		if ab.children {
			depth++
		}
	}
	spaces.close(0, u.end)
	u.spacesOnce.Do(func() {
		u.spaces = spaces.all
		u.spaced.Store(true)
	})
	return out
}

// add appends a call to the chains of the addresses that the entry covers.
func (u *Unit) add(out [][]call, pcs []uint64, e *Entry, c call) {
	if e.hasRanges {
		for _, r := range u.rangesOf(e) {
			addRange(out, pcs, r, e.Tag, c)
		}
		return
	}
	high := e.high
	if e.highIsLen {
		high += e.low
	}
	if live(e.low, high) {
		addRange(out, pcs, addrRange{e.low, high}, e.Tag, c)
	}
}

// deepest is how many functions may be inlined into each other.
const deepest = 500

func addRange(out [][]call, pcs []uint64, r addrRange, tag Tag, c call) {
	if len(pcs) == 0 || r.high <= pcs[0] || r.low > pcs[len(pcs)-1] {
		return
	}
	for i := sort.Search(len(pcs), func(i int) bool { return pcs[i] >= r.low }); i < len(pcs) && pcs[i] < r.high; i++ {
		chain := out[i]
		switch {
		case len(chain) == 0:
			if tag != TagSubprogram {
				continue // its function lies elsewhere: this one was dropped
			}
		case len(chain) >= deepest || c.depth <= chain[len(chain)-1].depth:
			continue // beside the one that was found first, not in it
		}
		out[i] = append(chain, c)
	}
}

// function reads the names of a function: an inlined or separate instance refers
// to the entry that has them, maybe by way of another.
func (d *Data) function(off int) *Function {
	f := &Function{Entry: off}
	for range 8 {
		e, ok := d.Entry(off)
		if !ok {
			break
		}
		f.Entry = off
		f.Rust, f.Crate = e.unit.rust, e.unit.crateAt(off)
		if f.Name == "" {
			f.Name = e.Name()
		}
		if f.Linkage == "" {
			f.Linkage = e.Linkage()
		}
		if len(f.Args) == 0 {
			f.Args = e.Arguments()
		}
		if e.Origin == 0 {
			break
		}
		off = e.Origin
	}
	if f.Name == "" && f.Linkage == "" {
		return nil
	}
	return f
}
