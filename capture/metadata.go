package capture

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// metadata is what this package reads of `cargo metadata --no-deps`. Without
// the dependencies cargo needs neither a Cargo.lock nor the network.
type metadata struct {
	Packages  []metaPackage   `json:"packages"`
	Members   []string        `json:"workspace_members"`
	Root      string          `json:"workspace_root"`
	Workspace json.RawMessage `json:"metadata"`
}

type metaPackage struct {
	ID       string          `json:"id"`
	Name     string          `json:"name"`
	Version  string          `json:"version"`
	Manifest string          `json:"manifest_path"`
	Metadata json.RawMessage `json:"metadata"`
}

func (p metaPackage) dir() string { return filepath.Dir(p.Manifest) }

// readMetadata asks cargo for the workspace that the manifest belongs to.
func (c *capturer) readMetadata(ctx context.Context, t target, env []string) (*metadata, error) {
	var out, errs bytes.Buffer
	err := c.exec(ctx, command{Path: "cargo", Dir: t.dir, Env: env, Stdout: &out, Stderr: &errs,
		Args: []string{"metadata", "--format-version", "1", "--no-deps", "--manifest-path", t.manifest}})
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		if _, ran := exitCode(err); ran {
			return nil, manifestError(t.manifest, errs.String())
		}
		return nil, startError("cargo", err)
	}
	var m metadata
	if err := json.Unmarshal(out.Bytes(), &m); err != nil {
		return nil, &Error{Kind: ErrCargo, What: "read the answer of cargo metadata", Err: err}
	}
	if len(m.Packages) == 0 {
		return nil, &Error{Kind: ErrNoMembers, What: "the workspace " + t.manifest + " has no members",
			Hint: "add the packages to [workspace] members"}
	}
	return &m, nil
}

func manifestError(manifest, text string) error {
	return &Error{Kind: ErrManifest, What: "cargo cannot read " + manifest, Detail: cleanStderr(text)}
}

// startError says that a program could not even be started.
func startError(program string, err error) error {
	kind, hint := ErrNoCargo, "install Rust from https://rustup.rs, or put its bin folder on PATH"
	if program != "cargo" {
		kind = ErrNoRustc
	}
	if os.IsPermission(err) {
		hint = "the program on PATH may not be run by this user"
	}
	return &Error{Kind: kind, What: "start " + program, Err: err, Hint: hint}
}

// tables returns the raw metadata tables by package name, the workspace's as "".
func (m *metadata) tables() map[string][]byte {
	out := map[string][]byte{}
	if len(m.Workspace) > 0 && string(m.Workspace) != "null" {
		out[""] = m.Workspace
	}
	for _, p := range m.Packages {
		if len(p.Metadata) > 0 && string(p.Metadata) != "null" {
			out[p.Name] = p.Metadata
		}
	}
	return out
}

// memberDirs are the folders of the workspace's packages.
func (m *metadata) memberDirs() []string {
	out := make([]string, len(m.Packages))
	for i, p := range m.Packages {
		out[i] = p.dir()
	}
	return out
}

// noPackage names the member that looks most like the one asked for.
func (m *metadata) noPackage(name string) error {
	e := &Error{Kind: ErrNoPackage, What: fmt.Sprintf("no package %q in the workspace %s", name, m.Root)}
	best, bestDist := "", 1+len(name)/2
	var names []string
	for _, p := range m.Packages {
		names = append(names, p.Name)
		if d := editDistance(name, p.Name); d < bestDist {
			best, bestDist = p.Name, d
		}
	}
	if best != "" {
		e.Hint = fmt.Sprintf("did you mean %q?", best)
	} else if len(names) <= 20 {
		e.Hint = "the packages are " + strings.Join(names, ", ")
	}
	return e
}

// editDistance counts the insertions, deletions and replacements from a to b.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		prev := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := prev
			if a[i] != b[j] {
				cost = 1 + min(prev, row[j], row[j+1])
			}
			prev, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
