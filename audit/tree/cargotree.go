package tree

import (
	"bytes"
	"cmp"
	"context"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// cargo metadata answers with the features that all targets, tests and build scripts
// want together. What a build really takes is what cargo tree shows: it separates
// features as the resolver of the workspace says.

// builds is what cargo tree shows: packages and edges as cargo names them.
type builds struct {
	program *lines // cargo build
	tests   *lines // cargo test
}

type lines struct {
	at    []int // depth
	names []string
	feats []string
}

// askTree runs cargo tree for all members.
func askTree(ctx context.Context, o *Options, manifest string, targets []string, edges string) (*lines, error) {
	args := []string{"tree", "--manifest-path", manifest, "--locked", "--offline", "--workspace", "--prefix", "depth", "--format", "\t{f}\t{p}", "--edges", edges, "--color", "never"}
	for _, t := range targets {
		args = append(args, "--target", t)
	}
	if targets == nil {
		args = append(args, "--target", "all")
	}
	out, err := runCargo(ctx, o, filepath.Dir(manifest), append(args, o.featureFlags()...)...)
	if err != nil {
		return nil, err
	}
	l := &lines{}
	for line := range bytes.Lines(out) {
		l.add(strings.TrimRight(string(line), "\r\n"))
	}
	return l, nil
}

// add takes a line: depth, features, package. Between members there is an empty one.
func (l *lines) add(line string) {
	depth, rest, _ := strings.Cut(line, "\t")
	n, err := strconv.Atoi(depth)
	if err != nil || n < 0 {
		return
	}
	feats, name, _ := strings.Cut(rest, "\t")
	l.at, l.names, l.feats = append(l.at, n), append(l.names, name), append(l.feats, feats)
}

// askBuilds asks for both builds at once. nil is not known.
func askBuilds(ctx context.Context, o *Options, manifest string, targets []string) (*builds, error) {
	b := &builds{}
	var err error
	var wg sync.WaitGroup
	wg.Go(func() { b.program, err = askTree(ctx, o, manifest, targets, "normal,build") })
	tests, failed := askTree(ctx, o, manifest, targets, "normal,build,dev")
	wg.Wait()
	if err = cmp.Or(err, failed); err != nil {
		return nil, err
	}
	b.tests = tests
	return b, nil
}

// taken is what a build takes of a tree.
type taken struct {
	packages []bool
	features [][]string
	edges    map[[2]int]bool
}

func (t *Tree) taken(l *lines, names map[string][]int) *taken {
	out := &taken{packages: make([]bool, len(t.Packages)), features: make([][]string, len(t.Packages)), edges: map[[2]int]bool{}}
	var stack []int
	for i, name := range l.names {
		p := t.shown(name, names)
		stack = append(stack[:min(l.at[i], len(stack))], p)
		if p < 0 {
			continue
		}
		out.packages[p] = true
		for _, f := range split(strings.ReplaceAll(l.feats[i], ",", ", ")) {
			out.features[p] = add(out.features[p], f)
		}
		if n := len(stack); n > 1 && stack[n-2] >= 0 {
			out.edges[[2]int{stack[n-2], p}] = true
		}
	}
	return out
}

// shown finds the package of "name v1.2.3", with its source behind it when that is not
// crates.io, and with (proc-macro) and (*).
func (t *Tree) shown(s string, names map[string][]int) int {
	s = strings.TrimSuffix(strings.TrimSuffix(s, " (*)"), " (proc-macro)")
	name, rest, _ := strings.Cut(s, " v")
	ver, source, _ := strings.Cut(rest, " (")
	found := -1
	for _, i := range names[name] {
		p := &t.Packages[i]
		if p.Version != ver {
			continue
		}
		fits := false
		switch {
		case source == "":
			fits = p.Source.CratesIO()
		case strings.HasPrefix(source, "registry "):
			fits = p.Source.Kind == Registry && !p.Source.CratesIO()
		case strings.Contains(source, "://"):
			url, _, _ := strings.Cut(source, "#")
			fits = p.Source.Kind == Git && (p.Source.URL == strings.TrimSuffix(url, ")"))
		default:
			fits = p.Source.Kind == Path
		}
		if fits || found < 0 {
			found = i
		}
	}
	return found
}

func (o *Options) featureFlags() []string {
	var args []string
	if len(o.Features) > 0 {
		args = append(args, "--features", strings.Join(o.Features, ","))
	}
	if o.AllFeatures {
		args = append(args, "--all-features")
	}
	if o.NoDefaultFeatures {
		args = append(args, "--no-default-features")
	}
	return args
}

// narrow takes out of the answer of cargo metadata what the builds do not take.
func (m *metadata) narrow(t *Tree, b *builds, at map[string]int, names map[string][]int) (program *taken) {
	tests := t.taken(b.tests, names)
	m.Resolve.Nodes = slices.DeleteFunc(m.Resolve.Nodes, func(n metaNode) bool {
		i, ok := at[n.ID]
		return ok && !tests.packages[i]
	})
	for k := range m.Resolve.Nodes {
		n := &m.Resolve.Nodes[k]
		i, ok := at[n.ID]
		if !ok {
			continue
		}
		n.Features = tests.features[i]
		n.Deps = slices.DeleteFunc(n.Deps, func(d metaEdge) bool {
			j, ok := at[d.Package]
			return ok && !tests.edges[[2]int{i, j}]
		})
	}
	return t.taken(b.program, names)
}

// prune marks what a build of the program takes, where nothing else is known.
func (t *Tree) prune(program *lines) {
	names := byName(t.Packages)
	took := t.taken(program, names)
	t.Input, t.Roots = FromMetadata, nil
	for i, name := range program.names {
		p := t.shown(name, names)
		if p < 0 {
			continue
		}
		if strings.Contains(name, " (proc-macro)") {
			t.Packages[p].ProcMacro = true
		}
		if program.at[i] == 0 && !t.Packages[p].Member {
			t.Packages[p].Member = true
			t.Roots = append(t.Roots, p)
		}
	}
	slices.Sort(t.Roots)
	for i := range t.Packages {
		p := &t.Packages[i]
		if p.Features = took.features[i]; !took.packages[i] {
			p.NotBuilt, p.TestsUnsure = "no build of the program takes it; whether tests do is not known here", true
		}
		p.AtBuild = took.packages[i] // it cannot be told
		for k := range p.Deps {
			p.Deps[k].Off = took.packages[i] && !took.edges[[2]int{i, p.Deps[k].To}]
		}
	}
}
