package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// built holds the packages that softshell takes as built against cargo's own plan of the
// build, for several targets. The plan is an unstable option of cargo; nothing is compiled.
func built(b *bench) error {
	for _, app := range []string{"cargo-audit@0.22.2", "cargo-auditable@0.7.7", "cargo-geiger@0.13.0"} {
		lock, err := fetched(b.dir, app)
		if err != nil {
			b.Skip("packages built of "+app, err.Error())
			continue
		}
		dir := filepath.Join(b.dir, app) // cargo wants to write beside the manifest
		if err := os.CopyFS(dir, os.DirFS(filepath.Dir(lock))); err != nil {
			return err
		}
		for _, target := range []string{"x86_64-unknown-linux-gnu", "x86_64-pc-windows-msvc", "aarch64-apple-darwin"} {
			what := "packages built of " + app + " for " + target
			plan, err := planned(dir, target)
			if err != nil {
				b.Skip(what, err.Error())
				continue
			}
			ours, err := b.components(dir, target)
			if err != nil {
				return fmt.Errorf("%s: %w", app, err)
			}
			figure := fmt.Sprintf("%d, cargo plans %d", len(ours), len(plan))
			if !slices.Equal(ours, plan) {
				figure += "; only softshell: " + strings.Join(without(ours, plan), ", ") + "; only cargo: " + strings.Join(without(plan, ours), ", ")
			}
			b.Add(what, figure, "the same", slices.Equal(ours, plan))
		}
	}
	return nil
}

// planned asks cargo for the plan of a build with its tests, or, when what they use is
// not on this machine, without.
func planned(dir, target string) ([]string, error) {
	var out []byte
	var err error
	for _, also := range []string{"--all-targets", "--bins"} {
		cmd := exec.Command("cargo", "build", also, "--offline", "--locked", "--workspace", "--target", target, "--unit-graph", "-Z", "unstable-options")
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "__CARGO_TEST_CHANNEL_OVERRIDE_DO_NOT_USE_THIS=nightly")
		if out, err = cmd.Output(); err == nil {
			break
		}
	}
	if err != nil {
		return nil, fmt.Errorf("not all packages for this target are on this machine")
	}
	var plan struct {
		Units []struct {
			ID string `json:"pkg_id"`
		}
	}
	if err := json.Unmarshal(out, &plan); err != nil {
		return nil, err
	}
	var names []string
	for _, u := range plan.Units {
		_, id, _ := strings.Cut(u.ID, "#")
		if !strings.Contains(id, "@") { // the package has the name of its folder
			id = strings.Join([]string{filepath.Base(strings.SplitN(u.ID, "#", 2)[0]), id}, "@")
		}
		names = append(names, id)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// components are the packages of softshell's bill of materials, which has what is built.
func (b *bench) components(dir, target string) ([]string, error) {
	out, err := output(b.softshell, "audit", "sbom", "--no-advisories", "--offline", "--target", target, "--cache-dir", filepath.Join(b.dir, "cache"), dir)
	if err != nil {
		return nil, err
	}
	type component struct{ Name, Version string }
	var bom struct {
		Metadata   struct{ Component component }
		Components []component
	}
	if err := json.Unmarshal(out, &bom); err != nil {
		return nil, err
	}
	names := []string{bom.Metadata.Component.Name + "@" + bom.Metadata.Component.Version}
	for _, c := range bom.Components {
		names = append(names, c.Name+"@"+c.Version)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}
