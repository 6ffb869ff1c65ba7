package audit

import (
	"context"
	"fmt"
	"strings"

	"softshell/audit/advisory"
	"softshell/audit/callgraph"
	"softshell/audit/tree"
	"softshell/audit/version"
	"softshell/capture"
)

// Reachable code is looked for in a build of the tree: unlike the rest of an audit
// this compiles it, so build scripts and procedural macros run.
type Reachability struct {
	graph *callgraph.Graph
	tests bool   // tests, benchmarks and examples were compiled too
	doubt string // why nothing can be said not to be reached
	Notes []string
}

// Compile compiles the workspace with all that it depends on and reads what can run.
func Compile(ctx context.Context, c capture.Capturer, o capture.Options) (*Reachability, error) {
	o.Deps, o.Workspace, o.AllTargets, o.Spans = true, true, true, capture.SpansNever
	r := &Reachability{tests: true}
	build, err := c.Run(ctx, o)
	if err != nil {
		return nil, err
	}
	if build.CompileFailed {
		o.AllTargets, r.tests = false, false
		if build, err = c.Run(ctx, o); err != nil {
			return nil, err
		}
		if build.CompileFailed {
			r.doubt = "the program does not compile here, so not all calls are known"
			r.Notes = append(r.Notes, "the program does not compile, so what can run is known in part only: "+firstLine(build.Errors))
		} else {
			r.Notes = append(r.Notes, "tests, benchmarks and examples do not all compile: what can run was looked for without them")
		}
	}
	r.Notes = append(r.Notes, build.Notes...)
	r.graph, err = callgraph.Load(ctx, c, build, o.Jobs)
	return r, err
}

func firstLine(s string) string {
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			return line
		}
	}
	return ""
}

// Follow fills the Reach of each match, and puts what can run first.
func (r *Reachability) Follow(res *Result) {
	for _, list := range [][]Match{res.Matches, res.Ignored} {
		for i := range list {
			m := &list[i]
			m.Reach = r.of(&res.Tree.Packages[m.Package], m.Advisory)
		}
		res.sort(list)
	}
	res.Tree.Notes = append(res.Tree.Notes, r.Notes...)
}

// of looks for the vulnerable functions of a package.
func (r *Reachability) of(p *tree.Package, a *advisory.Advisory) *Reach {
	if p.BuildOnly {
		return &Reach{Verdict: Unknown, Level: "build", Why: "it runs when the program is built (build scripts, procedural macros), not in the program; what it does there was not followed"}
	}
	if p.DevOnly && !r.tests {
		return &Reach{Verdict: Unknown, Why: "only tests, benchmarks and examples use it, and they were not compiled"}
	}
	t := callgraph.Target{Package: p.Name, Version: p.Version}
	if v, err := version.Parse(p.Version); err == nil {
		for _, f := range a.In(v) {
			t.Functions = append(t.Functions, f.Path)
		}
	}
	ans := r.graph.Ask(t)
	out := &Reach{Level: string(ans.Level), Match: string(ans.Grade), Why: ans.Why}
	switch {
	case ans.Reached:
		out.Verdict = Reachable
		for _, s := range ans.Chain {
			out.Chain = append(out.Chain, Call{Crate: s.Crate, Item: s.Item, File: s.File, Line: s.Line, How: s.How})
		}
		switch {
		case ans.From&callgraph.Tests != 0:
			out.Why = OnlyTests
		case ans.From&callgraph.API != 0:
			out.Why = "from the functions of a library of the workspace"
		}
	case !ans.Known:
		out.Verdict = Unknown
	case r.doubt != "":
		out.Verdict, out.Why = Unknown, r.doubt
	default:
		out.Verdict = NotReached
		out.Why = fmt.Sprintf("no chain of calls leads to %s from the workspace's mains and libraries", what(ans.Level, t.Functions))
		if r.tests {
			out.Why += ", nor from its tests"
		}
	}
	return out
}

func what(level callgraph.Level, functions []string) string {
	switch {
	case level == callgraph.Crate:
		return "any function of the crate"
	case level == callgraph.Type:
		return "the types that the advisory names"
	case len(functions) == 1:
		return functions[0]
	}
	return fmt.Sprintf("the %d functions that the advisory names", len(functions))
}
