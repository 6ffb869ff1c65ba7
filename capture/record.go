package capture

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"path/filepath"
	"strings"
)

// recordFormat changes when a record of an older softshell must not be read.
const recordFormat = 1

// record is what the wrapper notes of one rustc call. It lives beside the
// target folder and is found again by the path of the call's artifact.
type record struct {
	Format   int      `json:"format"`
	Run      string   `json:"run"`   // the run that made it
	Rustc    string   `json:"rustc"` // the compiler
	Via      []string `json:"via,omitempty"`
	Args     []string `json:"args"`
	Env      []string `json:"env"`
	Dir      string   `json:"dir"`
	Artifact string   `json:"artifact"`
	Package  string   `json:"package"`
	Version  string   `json:"version"`
	Manifest string   `json:"manifest"` // CARGO_MANIFEST_DIR
	Primary  bool     `json:"primary"`
	Frozen   bool     `json:"frozen"` // sources of a registry or a git checkout, which do not change
	Links    bool     `json:"links"`
	MIR      bool     `json:"mir"`
	Spans    bool     `json:"spans"`
	Survey   bool     `json:"survey,omitempty"`
	MIRError string   `json:"mir_error,omitempty"`
	Exit     int      `json:"exit"`
	Racy     bool     `json:"racy"` // a source changed while rustc ran
	Sources  []stamp  `json:"sources"`
	EnvDeps  []envDep `json:"env_deps,omitempty"`
}

// recordName is the file name, without ending, of the record for an artifact.
func recordName(artifact string) string {
	sum := sha256.Sum256([]byte(filepath.Dir(artifact)))
	return strings.TrimPrefix(filepath.Base(artifact), "lib") + "-" + hex.EncodeToString(sum[:4])
}

func readRecord(path string) (*record, error) {
	var r record
	if err := readJSON(path, &r); err != nil {
		return nil, err
	}
	return &r, nil
}

// key is the content address of the call: what rustc was, what it was asked,
// what it read. dep gives the key of an extern's artifact.
func (r *record) key(toolchain string, dep func(artifact string) string) string {
	h := sha256.New()
	enc := json.NewEncoder(h)
	put := func(v any) { _ = enc.Encode(v) } // a hash never fails to write
	put([]any{"softshell unit", recordFormat, toolchain, r.Args, r.Env, r.Dir, r.EnvDeps, r.Frozen})
	for _, s := range r.Sources {
		put([]string{s.Path, s.Sum})
	}
	for _, e := range parseCall(r.Args).Externs {
		if e.Path != "" {
			put([]string{e.Name, dep(artifactStem(e.Path))})
		}
	}
	if r.Racy {
		put(r.Run)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
