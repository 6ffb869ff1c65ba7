package check

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"

	"softshell/capture"
	"softshell/finding"
	"softshell/mir"
)

// unitResult is what the analysis says of one unit. It is kept under a key
// that covers everything that it was made from, and read again when nothing of
// that changed.
type unitResult struct {
	Findings   []finding.Finding `json:"findings"`
	Unknown    map[string]int    `json:"unknown"` // calls by callee
	GaveUp     int               `json:"gave_up"`
	CutShort   []string          `json:"cut_short,omitempty"`
	Types      int               `json:"types"`
	Unresolved int               `json:"unresolved"`
	Stats      mir.Stats         `json:"stats"`
	Lines      int               `json:"lines"`
}

// resultFormat changes when unitResult does.
const resultFormat = "1"

// resultKey is the content address of a unit's result, "" when there is none:
// the program, the rules, the models, the unit in the form that it was read
// in, and the units below it that have a text.
func (in *Input) resultKey(l *loadedUnit) string {
	if capture.ThisProgram() == "" {
		return ""
	}
	parts := []string{resultFormat, capture.ThisProgram(), in.Models.Digest(), in.Weakest.String(), l.unit.Key, l.unit.MIR}
	for _, r := range in.Rules {
		parts = append(parts, r.ID, r.Given)
	}
	var below []string
	for d := range l.below {
		below = append(below, d.unit.Key)
	}
	slices.Sort(below)
	return contentKey(append(parts, below...)...)
}

// contentKey is the address of what was made of the given parts.
func contentKey(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// stored reads the unit's result of an earlier run, nil when there is none.
func (in *Input) stored(l *loadedUnit) *unitResult {
	key := in.resultKey(l)
	if key == "" {
		return nil
	}
	data := in.Capturer.Result(l.unit, key)
	if data == nil {
		return nil
	}
	var r unitResult
	if json.Unmarshal(data, &r) != nil {
		return nil
	}
	return &r
}

func (in *Input) store(l *loadedUnit, r *unitResult) {
	key := in.resultKey(l)
	if key == "" {
		return
	}
	if data, err := json.Marshal(r); err == nil {
		in.Capturer.KeepResult(l.unit, key, data)
	}
}
