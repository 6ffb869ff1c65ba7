package check

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"time"
	"unsafe"

	"softshell/capture"
	"softshell/ir"
	"softshell/mir"
)

// loadedUnit is a unit on its way through the analysis.
type loadedUnit struct {
	unit  *capture.Unit
	size  int64                // of its MIR text
	below map[*loadedUnit]bool // the units that it depends on, directly or not
	crate *ir.Crate            // nil when rustc rejected it
	facts *bodyFacts
	took  time.Duration
	// selected units are what the user asked about. The others are there for
	// what a selected one calls.
	selected bool
	needed   bool        // its text must be read
	result   *unitResult // of a selected unit

	reader *mir.Reader
	bodies []ir.Body // until the crate is filled
}

// units lists the units that have MIR, or should, in the order of the build.
func units(in *Input, prog *ir.Program) []*loadedUnit {
	var out []*loadedUnit
	byKey := map[string]*loadedUnit{}
	for _, u := range in.Build.Units {
		if u.MIR == "" && u.Failed == "" {
			continue
		}
		l := &loadedUnit{unit: u, facts: newBodyFacts(), selected: in.Deps || u.Primary, below: map[*loadedUnit]bool{}}
		out = append(out, l)
		if u.Failed != "" {
			continue
		}
		var deps []*ir.Crate
		for _, name := range slices.Sorted(maps.Keys(u.Externs)) {
			if d := byKey[u.Externs[name]]; d != nil {
				deps = append(deps, d.crate)
				maps.Copy(l.below, d.below)
				l.below[d] = true
			}
		}
		l.crate, l.size = prog.Declare(u.Crate, u.Dir, deps), sizeOf(u)
		l.crate.Files = u.Sources
		if byKey[u.Key] == nil {
			byKey[u.Key] = l
		}
	}
	return out
}

// plan takes the results of earlier runs, and marks the units whose text must
// be read: those without a result, and what they depend on.
func plan(in *Input, loaded []*loadedUnit) {
	for _, l := range loaded {
		if l.crate == nil || !l.selected {
			continue
		}
		if !in.Fresh {
			l.result = in.stored(l)
		}
		if l.result == nil {
			l.needed = true
			for d := range l.below {
				d.needed = true
			}
		}
	}
}

// sizeOf is the size of a unit's MIR text; 0 when it is not there, which parse tells.
func sizeOf(u *capture.Unit) int64 {
	if info, err := os.Stat(u.MIR); u.MIR != "" && err == nil {
		return info.Size()
	}
	return 0
}

// parse reads the unit's MIR item by item, so that the text is never held as a
// whole. A body with a construct that is not understood is counted and left
// out: its callers then see an unknown function. Unless whole is set only the
// heads of the bodies stay in memory.
func (l *loadedUnit) parse(whole bool) error {
	f, err := os.Open(l.unit.MIR)
	if err != nil {
		return fmt.Errorf("read the MIR of %s: %w", l.unit.Crate, err)
	}
	defer f.Close()
	l.reader = mir.NewReader(f)
	l.reader.Lean = true
	sum := int64(0)
	var heads ir.Heads
	for {
		it, err := l.reader.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Errorf("read the MIR of %s: %w", l.unit.Crate, err)
		}
		b, ok := it.(*mir.Body)
		if ok {
			sum += b.Size
		}
		if !whole && sum > forgetAfter {
			l.reader.Forget()
			sum = 0
		}
		if ok && b.ForCTFE() {
			continue // the function that was just read, once more
		}
		if _, other := it.(*mir.Unsupported); other || ok && b.Broken {
			l.facts.partial = true
			continue
		}
		if ok {
			l.facts.read(b)
		}
		if ok && len(b.Blocks) > 0 { // else it is the value of a constant
			l.bodies = append(l.bodies, heads.Body(b, whole))
		}
	}
	l.facts.met, l.facts.edges = nil, nil
	return nil
}

// lines counts the lines of the unit's Rust source.
func (l *loadedUnit) lines() (n int) {
	for text, err := range l.crate.SourceTexts() {
		if err == nil {
			n += bytes.Count(text, []byte("\n"))
		}
	}
	return n
}

// fill gives the unit's crate what was read.
func (l *loadedUnit) fill() {
	l.crate.Fill(l.bodies, l.reader.Sources(), again(l.unit.MIR, l.reader))
	l.bodies = nil
}

// release lets go of what only the unit's own analysis needs.
func (l *loadedUnit) release() {
	l.crate.Release(l.reader.ForgetAll)
}

// forgetAfter is how many bytes of text are read, with nothing that stays,
// before the reader forgets what it interned.
const forgetAfter = 1 << 20

// again returns the Source of a unit: bodies read from the text at path, by
// the reader that read them before.
func again(path string, r *mir.Reader) ir.Source {
	sum := int64(0)
	var buf []byte
	return func(head *mir.Body) (*mir.Body, error) {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		if sum += head.Size; sum > forgetAfter {
			r.Forget()
			sum, buf = 0, nil
		}
		if int64(cap(buf)) < head.Size {
			buf = make([]byte, head.Size)
		}
		buf = buf[:head.Size]
		if _, err := f.ReadAt(buf, head.At); err != nil {
			return nil, err
		}
		b := r.Again(head, unsafe.String(unsafe.SliceData(buf), len(buf)))
		if b == nil {
			return nil, errors.New("its MIR text has changed")
		}
		return b, nil
	}
}
