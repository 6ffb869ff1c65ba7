package check

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"softshell/capture"
	"softshell/effects"
	"softshell/finding"
	"softshell/flow"
	"softshell/ir"
	"softshell/rule"
)

// Input is what the analysis starts from.
type Input struct {
	Build    *capture.Build
	Capturer capture.Capturer
	Rules    []*rule.Rule
	Models   *effects.Models
	Weakest  finding.Grade // the weakest grade that anyone will see
	Fresh    bool          // use no results of earlier runs
	Deps     bool          // run the rules on every unit, not only on those that the user named
	Jobs     int           // 0 is all cores
	Frugal   bool          // hold no more code than one unit needs: slow, for tests
}

// Analysis is what came out: findings in the order in which they are shown,
// and what was looked at.
type Analysis struct {
	Findings []finding.Finding
	Coverage finding.Coverage
	Stats    finding.Stats
	Took     []time.Duration // of each unit whose text was read, in the order of the build
}

// Analyse reads the captured units and runs the rules over them.
func Analyse(ctx context.Context, in Input) (*Analysis, error) {
	if in.Jobs <= 0 {
		in.Jobs = runtime.GOMAXPROCS(0)
	}
	limits := memoryLimits(&in)
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(limits.heap))
	defer debug.SetGCPercent(debug.SetGCPercent(800)) // rarely, until the limit comes near
	prog := ir.NewProgram(limits.again)
	loaded := units(&in, prog)
	plan(&in, loaded)
	types := newTypes(ctx, &in, loaded)
	if err := pipeline(ctx, in.Jobs, limits, loaded, func() { debug.SetMemoryLimit(limits.heapFor(prog.Len())) }, func(i int) error {
		l := loaded[i]
		if !l.selected || l.result != nil {
			return nil // it is there for its summaries
		}
		result, err := runUnit(&in, prog, types, l)
		if err != nil || prog.Err() != nil {
			return err
		}
		l.result = result
		if ctx.Err() == nil && len(types.missing()) == 0 {
			in.store(l, result)
		}
		return nil
	}); err != nil {
		return nil, err
	}
	if err := prog.Err(); err != nil {
		return nil, err
	}
	a := gather(loaded)
	a.Coverage.Missing = types.missing()
	return a, ctx.Err()
}

func runUnit(in *Input, prog *ir.Program, types *typeInfo, l *loadedUnit) (*unitResult, error) {
	view := types.view(l.crate)
	engine := flow.New(prog, in.Models, view, types.externs(l.unit))
	for _, f := range l.crate.Funcs {
		if f.Blocks > 0 {
			engine.Survey(f)
		}
	}
	out := &unitResult{Stats: l.reader.Stats(), Lines: l.lines()}
	for _, r := range in.Rules {
		p := &rule.Pass{Info: r.Info, Crate: l.crate, Engine: engine, Models: in.Models, Types: view, Weakest: in.Weakest,
			Emit: func(f finding.Finding) { out.Findings = append(out.Findings, f) }}
		if err := r.Run(p); err != nil {
			return nil, fmt.Errorf("run rule %s on crate %s: %w", r.ID, l.unit.Crate, err)
		}
	}
	out.Unknown, out.GaveUp = engine.UnknownCalls, engine.GaveUp
	out.CutShort = slices.Sorted(maps.Keys(engine.CutShort))
	out.Types, out.Unresolved = view.counts()
	return out, nil
}

// gather puts the results of all units together: the same finding in two units
// of one package (its library and its tests) is one finding.
func gather(loaded []*loadedUnit) *Analysis {
	a := &Analysis{}
	seen := map[string]bool{}
	for _, l := range loaded {
		if l.result == nil {
			continue
		}
		for _, f := range l.result.Findings {
			key := fmt.Sprintf("%s|%s|%d|%d|%s", f.Rule, f.Primary.File, f.Primary.Line, f.Primary.Col, f.Title)
			if f.Primary.IsZero() || !seen[key] {
				seen[key] = true
				a.Findings = append(a.Findings, f)
			}
		}
	}
	slices.SortStableFunc(a.Findings, func(x, y finding.Finding) int {
		return cmp.Or(cmp.Compare(x.Primary.File, y.Primary.File), cmp.Compare(x.Primary.Line, y.Primary.Line),
			cmp.Compare(x.Primary.Col, y.Primary.Col), cmp.Compare(x.Rule, y.Rule), cmp.Compare(x.Title, y.Title))
	})
	a.cover(loaded)
	for _, l := range loaded {
		if l.needed {
			a.Took = append(a.Took, l.took)
		}
	}
	return a
}
