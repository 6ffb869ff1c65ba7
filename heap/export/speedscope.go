package export

import (
	"encoding/json"
	"io"
	"slices"

	"softshell/heap/view"
)

// The parts of speedscope's file format that we fill.
type (
	speedscopeFile struct {
		Schema   string              `json:"$schema"`
		Name     string              `json:"name"`
		Exporter string              `json:"exporter"`
		Active   int                 `json:"activeProfileIndex"`
		Shared   speedscopeShared    `json:"shared"`
		Profiles []speedscopeProfile `json:"profiles"`
	}
	speedscopeShared struct {
		Frames []speedscopeFrame `json:"frames"`
	}
	speedscopeFrame struct {
		Name string `json:"name"`
		File string `json:"file,omitempty"`
		Line int    `json:"line,omitempty"`
	}
	speedscopeProfile struct {
		Type    string  `json:"type"`
		Name    string  `json:"name"`
		Unit    string  `json:"unit"`
		Start   int64   `json:"startValue"`
		End     int64   `json:"endValue"`
		Samples [][]int `json:"samples"` // from the root on
		Weights []int64 `json:"weights"`
	}
)

// Speedscope writes a file for speedscope with one profile for each cost; the one
// that was asked for is shown first.
func Speedscope(w io.Writer, v *view.View, o Options) error {
	out := speedscopeFile{Schema: "https://www.speedscope.app/file-format-schema.json", Name: v.Profile.Run.Name(), Exporter: "softshell " + o.Version, Active: int(o.Cost)}
	out.Shared.Frames = []speedscopeFrame{}
	index := make([]int, len(v.Frames)) // from 1; 0 is a frame that no stack has
	groups := v.Groups(0, func(s *view.Stack) int64 { return s.Counts.Allocs })
	for _, cost := range view.Costs {
		unit := "none"
		if cost.InBytes() {
			unit = "bytes"
		}
		p := speedscopeProfile{Type: "sampled", Name: cost.String(), Unit: unit, Samples: [][]int{}, Weights: []int64{}}
		for i := range groups {
			g := &groups[i]
			n := cost.Of(&g.Stack)
			if n == 0 {
				continue
			}
			sample := []int{}
			for _, c := range slices.Backward(g.Calls) {
				if index[c.Frame] == 0 {
					f := &v.Frames[c.Frame]
					out.Shared.Frames = append(out.Shared.Frames, speedscopeFrame{v.Name(c.Frame), f.File, f.Line})
					index[c.Frame] = len(out.Shared.Frames)
				}
				sample = append(sample, index[c.Frame]-1)
			}
			p.Samples = append(p.Samples, sample)
			p.Weights = append(p.Weights, n)
			p.End += n
		}
		out.Profiles = append(out.Profiles, p)
	}
	return json.NewEncoder(w).Encode(&out)
}
