package tree

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"softshell/audit/version"
	"softshell/finding"
)

// What is read of `cargo metadata`.
type (
	metadata struct {
		Packages []metaPackage `json:"packages"`
		Members  []string      `json:"workspace_members"`
		Root     string        `json:"workspace_root"`
		Resolve  struct {
			Nodes []metaNode `json:"nodes"`
		} `json:"resolve"`
	}
	metaPackage struct {
		ID           string              `json:"id"`
		Name         string              `json:"name"`
		Version      string              `json:"version"`
		Source       string              `json:"source"`
		License      string              `json:"license"`
		Manifest     string              `json:"manifest_path"`
		Dependencies []metaDep           `json:"dependencies"`
		Features     map[string][]string `json:"features"`
		Targets      []struct {
			Kind []string `json:"kind"`
		} `json:"targets"`
	}
	metaDep struct {
		Name     string  `json:"name"`
		Req      string  `json:"req"`
		Kind     string  `json:"kind"` // "", "build", "dev"
		Rename   string  `json:"rename"`
		Optional bool    `json:"optional"`
		Target   *string `json:"target"`
		Path     string  `json:"path"`
	}
	metaNode struct {
		ID       string     `json:"id"`
		Features []string   `json:"features"`
		Deps     []metaEdge `json:"deps"`
	}
	metaEdge struct {
		Package string `json:"pkg"`
		Kinds   []struct {
			Kind   string  `json:"kind"`
			Target *string `json:"target"`
		} `json:"dep_kinds"`
	}
)

// CargoError is what cargo said when it could not tell what is built.
type CargoError struct{ Message string }

func (e *CargoError) Error() string { return e.Message }

// askCargo runs cargo metadata. It compiles nothing, runs no build script and, by
// --locked, changes no lock file. Without the network first: mostly all is there.
func askCargo(ctx context.Context, o *Options, manifest string, triples []string) (*metadata, error) {
	args := []string{"metadata", "--format-version", "1", "--manifest-path", manifest, "--locked"}
	for _, t := range triples {
		args = append(args, "--filter-platform", t)
	}
	args = append(args, o.featureFlags()...)
	out, err := runCargo(ctx, o, filepath.Dir(manifest), append(args, "--offline")...)
	var said *CargoError
	if errors.As(err, &said) && !o.Offline && !strings.Contains(said.Message, "lock file") {
		out, err = runCargo(ctx, o, filepath.Dir(manifest), args...)
	}
	if err != nil {
		return nil, err
	}
	var m metadata
	if err := json.Unmarshal(out, &m); err != nil {
		return nil, fmt.Errorf("read the answer of cargo metadata: %w", err)
	}
	return &m, nil
}

// hostTriple asks the compiler for the machine that it runs on.
func hostTriple(ctx context.Context, o *Options, dir string) (string, error) {
	out, err := run(ctx, o, dir, rustc(), "-vV")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(out)) {
		if host, ok := strings.CutPrefix(line, "host: "); ok {
			return strings.TrimSpace(host), nil
		}
	}
	return "", &CargoError{rustc() + " -vV does not tell its host"}
}

// rustc is the compiler as cargo would call it.
func rustc() string {
	for _, name := range []string{"RUSTC", "CARGO_BUILD_RUSTC"} {
		if v := os.Getenv(name); v != "" {
			return v
		}
	}
	return "rustc"
}

func runCargo(ctx context.Context, o *Options, dir string, args ...string) ([]byte, error) {
	return run(ctx, o, dir, "cargo", args...)
}

// run calls a program of the toolchain. The error is a *CargoError when it failed or
// is not there, the context's when the user ended it.
func run(ctx context.Context, o *Options, dir, program string, args ...string) ([]byte, error) {
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &errs
	cmd.WaitDelay = 2 * time.Second
	cmd.Env = os.Environ()
	if o.Toolchain != "" {
		cmd.Env = append(cmd.Env, "RUSTUP_TOOLCHAIN="+o.Toolchain)
	}
	if o.Offline {
		cmd.Env = append(cmd.Env, "RUSTUP_AUTO_INSTALL=0") // a toolchain file would fetch a compiler
	}
	err := cmd.Run()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		if said := finding.Plain(firstWords(errs.String())); said != "" {
			return nil, &CargoError{said}
		}
		return nil, &CargoError{fmt.Sprintf("%s: %v", program, err)}
	}
	return out.Bytes(), nil
}

// firstWords is what an error of cargo says in its first lines: the head and the causes.
func firstWords(stderr string) string {
	var words []string
	for line := range strings.Lines(stderr) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "error: "):
			words = append(words, strings.TrimPrefix(line, "error: "))
		case line == "" || line == "Caused by:" || strings.HasPrefix(line, "warning") || len(words) == 0:
		case len(words) < 3:
			words = append(words, line)
		}
	}
	return strings.Join(words, " ")
}

// join adds to a tree of the lock file what cargo says of it: which of its packages
// and edges are built, for what and with which features.
func (t *Tree) join(m *metadata, b *builds) {
	names := byName(t.Packages)
	at := t.ids(m, names)
	var program *taken
	if b != nil {
		program = m.narrow(t, b, at, names)
	}
	pkgs := make([]*metaPackage, len(t.Packages))
	for i := range m.Packages {
		if j, ok := at[m.Packages[i].ID]; ok {
			p := &m.Packages[i]
			pkgs[j] = p
			t.Packages[j].Manifest, t.Packages[j].License = p.Manifest, p.License
			t.Packages[j].ProcMacro = slices.ContainsFunc(p.Targets, func(g struct {
				Kind []string `json:"kind"`
			}) bool {
				return slices.Contains(g.Kind, "proc-macro")
			})
		}
	}
	built := make([]bool, len(t.Packages))
	for i := range m.Resolve.Nodes {
		n := &m.Resolve.Nodes[i]
		j, ok := at[n.ID]
		if !ok {
			continue
		}
		built[j] = true
		t.Packages[j].Features = n.Features
		t.decorate(j, n, pkgs[j], at)
	}
	t.Roots = nil
	for _, id := range m.Members {
		if j, ok := at[id]; ok {
			t.Packages[j].Member = true
			t.Roots = append(t.Roots, j)
		}
	}
	slices.Sort(t.Roots)
	t.Input, t.Root = FromMetadata, m.Root
	t.whyNotBuilt(built, pkgs)
	t.onlyFor(program)
}

// ids finds the packages of cargo's answer in the lock file.
func (t *Tree) ids(m *metadata, names map[string][]int) map[string]int {
	at := map[string]int{}
	for i := range m.Packages {
		p := &m.Packages[i]
		src, _ := parseSource(p.Source)
		best := -1
		for _, j := range names[p.Name] {
			q := &t.Packages[j]
			if q.Version != p.Version || q.Source.Kind != src.Kind {
				continue
			}
			if best < 0 || q.Source == src || q.Source.Kind == Git && q.Source.Rev == src.Rev {
				best = j
			}
		}
		if best >= 0 {
			at[p.ID] = best
		}
	}
	return at
}

// decorate tells of each edge of a built package whether it is taken and what for.
func (t *Tree) decorate(i int, n *metaNode, p *metaPackage, at map[string]int) {
	type taken struct{ kinds, targets []string }
	edges := map[int]*taken{}
	for _, d := range n.Deps {
		j, ok := at[d.Package]
		if !ok {
			continue
		}
		e := &taken{}
		edges[j] = e
		for _, k := range d.Kinds {
			e.kinds = add(e.kinds, kindWord(k.Kind))
			if k.Target != nil {
				e.targets = add(e.targets, *k.Target)
			}
		}
		slices.Sort(e.kinds)
	}
	deps := t.Packages[i].Deps
	for k := range deps {
		d := &deps[k]
		e := edges[d.To]
		d.Off = e == nil
		if e != nil {
			d.Kinds = e.kinds
			d.Target = strings.Join(e.targets, ", ")
		}
		if p == nil {
			continue
		}
		for _, decl := range declared(p, &t.Packages[d.To]) {
			d.Req, d.Rename, d.Optional = decl.Req, decl.Rename, d.Optional || decl.Optional
			if d.Off && decl.Target != nil {
				d.Target = strings.Join(add(split(d.Target), *decl.Target), ", ")
			}
		}
	}
}

func split(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, ", ")
}

func kindWord(k string) string {
	if k == "" {
		return "normal"
	}
	return k
}

func add(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// declared are the lines of a manifest by which a package can depend on another.
func declared(p *metaPackage, on *Package) []*metaDep {
	v, err := version.Parse(on.Version)
	var all, fit []*metaDep
	for i := range p.Dependencies {
		d := &p.Dependencies[i]
		if d.Name != on.Name {
			continue
		}
		all = append(all, d)
		if req, bad := version.ParseRequirement(d.Req); err == nil && bad == nil && req.Matches(v) {
			fit = append(fit, d)
		}
	}
	if len(fit) > 0 {
		return fit
	}
	return all
}

// whyNotBuilt gives each package that is locked and not built the reason, going out
// from what is built.
func (t *Tree) whyNotBuilt(built []bool, pkgs []*metaPackage) {
	queue := []int{}
	first := make([]string, len(t.Packages)) // of what is not built: the one that leads to it, and why it is not taken
	for i, b := range built {
		if b {
			queue = append(queue, i)
		}
	}
	for at := 0; at < len(queue); at++ {
		i := queue[at]
		for k := range t.Packages[i].Deps {
			d := &t.Packages[i].Deps[k]
			to := &t.Packages[d.To]
			if built[d.To] || to.NotBuilt != "" {
				continue
			}
			if built[i] {
				to.NotBuilt = t.whyOff(i, d, pkgs[i])
				first[d.To] = fmt.Sprintf("only %s leads to it, which is not built (%s)", to.Name, to.NotBuilt)
			} else {
				to.NotBuilt, first[d.To] = first[i], first[i]
			}
			queue = append(queue, d.To)
		}
	}
	for i := range t.Packages {
		if !built[i] && t.Packages[i].NotBuilt == "" {
			t.Packages[i].NotBuilt = "no package that is built needs it"
		}
	}
}

// whyOff says why a built package does not take an edge.
func (t *Tree) whyOff(from int, d *Dep, p *metaPackage) string {
	name := t.Packages[from].Name
	var why []string
	if d.Optional {
		word := d.Rename
		if word == "" {
			word = t.Packages[d.To].Name
		}
		if f := featureFor(p, word); f != "" {
			why = append(why, fmt.Sprintf("optional: feature %q of %s is off", f, name))
		} else {
			why = append(why, "optional in "+name)
		}
	}
	if d.Target != "" {
		why = append(why, "only for "+d.Target)
	}
	if why == nil {
		return name + " needs it, but not in this build"
	}
	return strings.Join(why, "; ")
}

// featureFor is a feature of a package that switches its optional dependency on.
func featureFor(p *metaPackage, dep string) string {
	if p == nil {
		return ""
	}
	found := ""
	for f, list := range p.Features {
		for _, on := range list {
			if (on == "dep:"+dep || on == dep || strings.HasPrefix(on, dep+"/")) && (found == "" || f == dep || f < found && found != dep) {
				found = f
			}
		}
	}
	return found
}

// onlyFor marks what only tests and what only the build itself uses. program is what a
// build without tests takes, when that is known.
func (t *Tree) onlyFor(program *taken) {
	normal := t.reach(func(d *Dep) bool {
		return !t.Packages[d.To].ProcMacro && slices.Contains(d.Kinds, "normal")
	})
	build := t.reach(func(d *Dep) bool {
		return slices.Contains(d.Kinds, "normal") || slices.Contains(d.Kinds, "build")
	})
	at := t.reachFrom(t.buildRoots(), func(d *Dep) bool { return !slices.Equal(d.Kinds, []string{"dev"}) })
	for i := range t.Packages {
		p := &t.Packages[i]
		p.AtBuild = at[i]
		switch {
		case p.NotBuilt != "":
		case program != nil && !program.packages[i]:
			p.DevOnly = true // by an edge, or by a feature that only tests switch on
		case !normal[i]:
			p.BuildOnly, p.DevOnly = build[i], !build[i]
		}
	}
}

// buildRoots are the procedural macros and what build scripts use.
func (t *Tree) buildRoots() []int {
	var out []int
	for i := range t.Packages {
		p := &t.Packages[i]
		if p.NotBuilt != "" {
			continue
		}
		if p.ProcMacro {
			out = append(out, i)
		}
		for k := range p.Deps {
			if d := &p.Deps[k]; !d.Off && slices.Contains(d.Kinds, "build") {
				out = append(out, d.To)
			}
		}
	}
	return out
}

// reach is what the roots lead to over the edges that are taken and that goes allows.
func (t *Tree) reach(goes func(*Dep) bool) []bool { return t.reachFrom(t.Roots, goes) }

func (t *Tree) reachFrom(roots []int, goes func(*Dep) bool) []bool {
	seen := make([]bool, len(t.Packages))
	queue := slices.Clone(roots)
	for _, r := range queue {
		seen[r] = true
	}
	for at := 0; at < len(queue); at++ {
		p := &t.Packages[queue[at]]
		for k := range p.Deps {
			d := &p.Deps[k]
			if !d.Off && !seen[d.To] && goes(d) {
				seen[d.To] = true
				queue = append(queue, d.To)
			}
		}
	}
	return seen
}
