package patch

import (
	"bytes"
	"context"
	"regexp"
	"slices"
	"strings"

	"softshell/audit"
	"softshell/audit/advisory"
	"softshell/audit/tree"
	"softshell/audit/version"
	"softshell/capture"
)

// Emergency is all that one advisory means for one program.
type Emergency struct {
	Advisory *advisory.Advisory
	Verdict  Verdict
	Why      string        // of the verdict, where it needs words
	Matches  []audit.Match // of what is built, those that are ignored too
	Other    []audit.Match // not built, or not judged: Why says which
	Here     []string      // versions of the package that are locked, affected or not
	Since    *History      // nil when nothing was locked from crates.io
	Plan     *Plan         // nil when there is nothing to mend, or no manifest to try it in
	NoPlan   string        // why there is none
	Now      []Advice      // what holds the danger down until it is mended
	Words    []string      // what the advisory itself says of workarounds
}

// Verdict answers whether a program is affected.
type Verdict string

// The verdicts.
const (
	Affected    Verdict = "affected"
	NotBuilt    Verdict = "locked, not built"
	NotAffected Verdict = "not affected"
	CannotTell  Verdict = "cannot tell"
)

// NewEmergency answers all questions about one advisory. The result is that of an audit
// of the program with a database in which the advisory is.
func NewEmergency(ctx context.Context, res *audit.Result, a *advisory.Advisory, o Options) (*Emergency, error) {
	e := &Emergency{Advisory: a, Words: workaround(a)}
	pick := func(from []audit.Match) []audit.Match {
		return slices.DeleteFunc(slices.Clone(from), func(m audit.Match) bool { return m.Advisory.ID != a.ID })
	}
	e.Matches = append(pick(res.Matches), pick(res.Ignored)...)
	e.Other = append(pick(res.NotBuilt), pick(res.NotJudged)...)
	for i := range res.Tree.Packages {
		if p := &res.Tree.Packages[i]; p.Name == a.Package {
			e.Here = append(e.Here, p.Version)
		}
	}
	e.judge(pick(res.NotBuilt), pick(res.NotJudged))
	if a.Collection == advisory.Rust && a.Withdrawn == "" {
		e.judgeToolchain(ctx, res.Tree.Root, o.Toolchain)
		return e, ctx.Err()
	}
	if a.Collection == advisory.Rust || res.Tree.File == "" {
		return e, nil
	}
	if in := res.Tree.Input; in == tree.FromMetadata || in == tree.FromLock {
		h, err := ReadHistory(ctx, res.Tree.File, a.Package, func(v version.Version) bool { return a.Affects(v) })
		if err != nil {
			return nil, err
		}
		e.Since = h
	}
	if len(e.Matches) == 0 {
		return e, nil
	}
	for _, m := range e.Matches {
		if f := forbid(a, res.Tree, m.Package); f != nil {
			e.Now = append(e.Now, *f)
			break
		}
	}
	all := *res // those that are ignored are to be mended too
	all.Matches, o.Only = e.Matches, nil
	plan, err := New(ctx, &all, o)
	if err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		e.NoPlan = err.Error()
		return e, nil
	}
	e.Plan = plan
	return e, nil
}

// judge says whether the program is affected.
func (e *Emergency) judge(notBuilt, notJudged []audit.Match) {
	a := e.Advisory
	switch {
	case a.Withdrawn != "":
		e.Verdict, e.Why = NotAffected, "the advisory was withdrawn on "+a.Withdrawn
	case len(e.Matches) > 0:
		e.Verdict = Affected
	case len(notJudged) > 0:
		e.Verdict, e.Why = CannotTell, notJudged[0].Why
	case len(notBuilt) > 0:
		e.Verdict, e.Why = NotBuilt, notBuilt[0].Why
	case len(e.Here) == 0:
		e.Verdict, e.Why = NotAffected, "it does not depend on "+a.Package
	case slices.ContainsFunc(e.Here, func(v string) bool { _, err := version.Parse(v); return err != nil }):
		e.Verdict, e.Why = CannotTell, "among "+a.Package+" "+strings.Join(e.Here, ", ")+" is what is no version"
	default:
		e.Verdict, e.Why = NotAffected, a.Package+" "+strings.Join(e.Here, ", ")+" is none of the affected versions"
	}
}

// judgeToolchain answers for a part of the toolchain, which has the version of rustc.
func (e *Emergency) judgeToolchain(ctx context.Context, dir, toolchain string) {
	a := e.Advisory
	e.NoPlan = "rustup update brings a newer toolchain; build again with it what was built before"
	var out bytes.Buffer
	err := capture.RunProgram(ctx, capture.Program{Path: "rustc", Args: []string{"-V"}, Dir: dir, Toolchain: toolchain, Stdout: &out})
	words := strings.Fields(out.String())
	if err != nil || len(words) < 2 {
		e.Verdict, e.Why = CannotTell, "it is about "+a.Package+", a part of the Rust toolchain, and rustc does not tell its version"
		return
	}
	e.Here = []string{words[1]}
	v, err := version.Parse(words[1])
	switch what := a.Package + " of rustc " + words[1]; {
	case err != nil:
		e.Verdict, e.Why = CannotTell, what+": "+err.Error()
	case a.Affects(v):
		e.Verdict, e.Why = Affected, what+" is, whatever the program depends on"
	default:
		e.Verdict, e.Why = NotAffected, what+" is none of the affected versions; what an older toolchain built may be"
	}
}

var saysHow = regexp.MustCompile(`(?i)work-?\s?around|mitigat`)

// workaround are the lines that an advisory writes below a heading like Workarounds.
func workaround(a *advisory.Advisory) []string {
	const most = 12
	var out []string
	in, fenced := 0, false // the depth of the heading that we are below
	for line := range strings.Lines(a.Description) {
		line = strings.TrimRight(line, " \t\r\n")
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			fenced = !fenced
		}
		if depth := len(line) - len(strings.TrimLeft(line, "#")); depth > 0 && !fenced {
			switch {
			case saysHow.MatchString(line):
				in = depth
			case depth <= in:
				in = 0
			}
			continue
		}
		if in > 0 && (line != "" || len(out) > 0 && out[len(out)-1] != "") {
			out = append(out, line)
		}
	}
	for len(out) > 0 && out[len(out)-1] == "" {
		out = out[:len(out)-1]
	}
	if len(out) > most {
		out = append(out[:most], "(more in the advisory)")
	}
	return out
}
