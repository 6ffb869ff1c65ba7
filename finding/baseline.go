package finding

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Baseline lists findings that are known and not shown again.
type Baseline struct {
	Version  int             `json:"version"`
	Findings []BaselineEntry `json:"findings"`
}

// BaselineEntry is one known finding; all but the fingerprint is for people.
type BaselineEntry struct {
	Fingerprint string `json:"fingerprint"`
	Rule        string `json:"rule"`
	Item        string `json:"item"`
	File        string `json:"file"`
	Title       string `json:"title"`
}

const baselineVersion = 1

// ReadBaseline reads a file that WriteBaseline wrote.
func ReadBaseline(path string) (*Baseline, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read baseline: %w (make one with --write-baseline %s)", err, path)
	}
	var b Baseline
	if err := json.Unmarshal(text, &b); err != nil {
		return nil, fmt.Errorf("read baseline %s: %w (make it anew with --write-baseline)", path, err)
	}
	if b.Version != baselineVersion {
		return nil, fmt.Errorf("read baseline %s: version %d is not known, this softshell writes %d (make it anew with --write-baseline)", path, b.Version, baselineVersion)
	}
	return &b, nil
}

// WriteBaseline writes the findings as known; the file appears whole or not at all.
func WriteBaseline(path string, fs []Finding, root string) error {
	b := Baseline{Version: baselineVersion, Findings: []BaselineEntry{}}
	for i := range fs {
		b.Findings = append(b.Findings, BaselineEntry{fs[i].Fingerprint, fs[i].Rule, fs[i].Item, Relative(root, fs[i].Primary.File), fs[i].Title})
	}
	slices.SortFunc(b.Findings, func(x, y BaselineEntry) int {
		return strings.Compare(x.File+"\x00"+x.Rule+"\x00"+x.Fingerprint, y.File+"\x00"+y.Rule+"\x00"+y.Fingerprint)
	})
	text, err := json.MarshalIndent(&b, "", "  ")
	if err != nil {
		return fmt.Errorf("write baseline: %w", err)
	}
	return WriteFile(path, append(text, '\n'))
}

// Split holds back the findings that the baseline knows; gone are its entries
// that no finding matches any more.
func (b *Baseline) Split(fs []Finding) (shown []Finding, held []Suppressed, gone []BaselineEntry) {
	known := map[string]bool{}
	for _, e := range b.Findings {
		known[e.Fingerprint] = true
	}
	met := map[string]bool{}
	for i := range fs {
		if known[fs[i].Fingerprint] {
			met[fs[i].Fingerprint] = true
			held = append(held, Suppressed{Finding: fs[i], Kind: "baseline", Reason: "known: listed in the baseline"})
			continue
		}
		shown = append(shown, fs[i])
	}
	for _, e := range b.Findings {
		if !met[e.Fingerprint] {
			gone = append(gone, e)
		}
	}
	return shown, held, gone
}

// Relative is file as it is shown: below root with slashes, else as it is.
func Relative(root, file string) string {
	if root != "" {
		if rel, err := filepath.Rel(root, file); err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
			return filepath.ToSlash(rel)
		}
	}
	return filepath.ToSlash(file)
}

// WriteFile replaces a file in one step, so that a reader sees the old text or the new one.
func WriteFile(path string, text []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(text)
	if e := tmp.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Chmod(tmp.Name(), 0o644)
	}
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
