package main

import (
	"context"
	"fmt"
	"io"

	"softshell/audit"
	"softshell/audit/tree"
	"softshell/capture"
)

// reach compiles the program and fills in what of a result can run.
func (f *auditFlags) reach(ctx context.Context, errs io.Writer, paths []string, t *tree.Tree, r *audit.Result) error {
	if t.Input != tree.FromMetadata {
		return fmt.Errorf("--reach needs the program's sources and cargo: %s was read from %s alone", t.File, t.Input)
	}
	o := capture.Options{Path: t.Root, ManifestPath: f.manifestPath, Features: f.features, AllFeatures: f.allFeatures, NoDefaultFeatures: f.noDefault,
		Target: f.target, Offline: f.offline, Locked: f.locked, Frozen: f.frozen, CacheDir: f.cacheDir, Toolchain: f.toolchain}
	if o.Target == "all" {
		o.Target = ""
	}
	if len(paths) > 0 {
		o.Path = paths[0]
	}
	if o.ManifestPath != "" {
		o.Path = ""
	}
	if len(r.Matches)+len(r.Ignored) == 0 {
		return nil // nothing to look for: nothing is compiled
	}
	p := newProgress(errs, !f.quiet)
	defer p.clear()
	o.Progress = p.compiling
	g, err := audit.Compile(ctx, capture.New(), o)
	if err != nil {
		return err
	}
	g.Follow(r)
	return nil
}
