package check

import (
	"context"
	"fmt"
	"io"
	"os"

	"softshell/capture"
	"softshell/ir"
	"softshell/mir"
)

// loadedUnit is a unit on its way through the analysis.
type loadedUnit struct {
	unit    *capture.Unit
	bodies  []*mir.Body
	sources []string
	stats   mir.Stats
	crate   *ir.Crate
}

// load parses the MIR of every unit that has one, in parallel; the order stays
// that of the build.
func load(ctx context.Context, in *Input) ([]*loadedUnit, error) {
	out := make([]*loadedUnit, 0, len(in.Build.Units))
	for _, u := range in.Build.Units {
		if u.MIR != "" || u.Failed != "" {
			out = append(out, &loadedUnit{unit: u})
		}
	}
	err := parallel(ctx, in.Jobs, len(out), func(i int) error {
		if out[i].unit.MIR == "" {
			return nil
		}
		return out[i].parse()
	})
	return out, err
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
	r := mir.NewReader(f)
	for {
		it, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Errorf("read the MIR of %s: %w", l.unit.Crate, err)
		}
		if b, ok := it.(*mir.Body); ok && !b.Broken {
			l.bodies = append(l.bodies, b)
		}
	}
	l.sources, l.stats = r.Sources(), r.Stats()
	return nil
}
