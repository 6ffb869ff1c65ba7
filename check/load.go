package check

import (
	"context"
	"fmt"
	"os"

	"softshell/capture"
	"softshell/ir"
	"softshell/mir"
	"softshell/mirlite"
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

func (l *loadedUnit) parse() error {
	text, err := os.ReadFile(l.unit.MIR)
	if err != nil {
		return fmt.Errorf("read the MIR of %s: %w", l.unit.Crate, err)
	}
	p := mirlite.New()
	l.bodies = p.Parse(string(text))
	l.sources = p.Sources
	l.stats.Bodies = len(l.bodies)
	l.stats.Parsed = len(l.bodies)
	l.stats.BytesRead = int64(len(text))
	return nil
}
