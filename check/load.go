package check

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
	"unsafe"

	"softshell/capture"
	"softshell/ir"
	"softshell/mir"
)

// loadedUnit is a unit on its way through the analysis.
type loadedUnit struct {
	unit  *capture.Unit
	size  int64 // of its MIR text
	crate *ir.Crate
	stats mir.Stats
	facts *bodyFacts
	lines int // of its source
	took  time.Duration
	// selected units are what the user asked about. The others are there for
	// what a selected one calls.
	selected bool

	reader *mir.Reader
	bodies []*mir.Body // until the crate is filled
}

// units lists the units that have MIR, or should, in the order of the build.
func units(in *Input, prog *ir.Program) []*loadedUnit {
	var out []*loadedUnit
	for _, u := range in.Build.Units {
		if u.MIR == "" && u.Failed == "" {
			continue
		}
		l := &loadedUnit{unit: u, facts: newBodyFacts(), selected: in.Deps || u.Primary}
		if u.Failed == "" {
			l.crate = prog.Declare(u.Crate, u.Dir)
			l.size = sizeOf(u)
		}
		out = append(out, l)
	}
	return out
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
// out: its callers then see an unknown function.
func (l *loadedUnit) parse() error {
	f, err := os.Open(l.unit.MIR)
	if err != nil {
		return fmt.Errorf("read the MIR of %s: %w", l.unit.Crate, err)
	}
	defer f.Close()
	l.reader = mir.NewReader(f)
	for {
		it, err := l.reader.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Errorf("read the MIR of %s: %w", l.unit.Crate, err)
		}
		if b, ok := it.(*mir.Body); ok && !b.Broken {
			l.facts.read(b)
			l.bodies = append(l.bodies, b)
		}
	}
	l.facts.met = nil
	if l.selected {
		for _, file := range l.unit.Sources {
			if text, err := os.ReadFile(file); err == nil && filepath.Ext(file) == ".rs" {
				l.lines += bytes.Count(text, []byte("\n"))
			}
		}
	}
	l.stats = l.reader.Stats()
	return nil
}

// fill gives the unit's crate what was read.
func (l *loadedUnit) fill() {
	l.crate.Fill(l.bodies, l.reader.Sources(), again(l.unit.MIR, l.reader))
	l.bodies = nil
}

// release lets go of what only the unit's own analysis needs.
func (l *loadedUnit) release() {
	l.crate.Release(l.reader.Forget)
}

// forgetAfter is how many bytes of text are read again before the reader
// forgets what it interned.
const forgetAfter = 4 << 20

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
