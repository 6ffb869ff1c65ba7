package policy

import (
	"fmt"
	"slices"
	"strings"

	"softshell/check"
	"softshell/effects"
	"softshell/finding"
	"softshell/mir"
	"softshell/rule"
)

// deniedFunctions: these are not called, nor named as values, in the workspace's code.
type deniedFunctions struct {
	allowed
	Paths []string `toml:"paths"`
}

func (r *deniedFunctions) prepare() error {
	if len(r.Paths) == 0 {
		return fmt.Errorf(`it needs paths = ["std::mem::forget", ...]`)
	}
	for _, p := range r.Paths {
		if !strings.Contains(p, "::") || strings.ContainsAny(p, " ()/") || strings.HasPrefix(p, "::") || strings.HasSuffix(p, "::") {
			return fmt.Errorf("paths: %q is no path of a function like std::mem::forget or std::boxed::Box::leak", p)
		}
	}
	return r.allowed.prepare()
}

func (r *deniedFunctions) needs() Need { return NeedCode }
func (r *deniedFunctions) asked() string {
	return "The workspace's code does not use " + strings.Join(r.Paths, ", ") + r.allowed.words() + "."
}

func (r *deniedFunctions) check(f *Facts, o *Outcome) {
	if f.lacks(NeedCode, o) {
		return
	}
	codeGaps(f, o)
	counts := func(fd *finding.Finding) bool {
		return fd.Rule == rule.DeniedFunction && slices.Contains(r.Paths, deniedPath(fd)) && !anyCovers(r.Allow, f.where(fd.Crate, fd.Item, fd.Primary))
	}
	for i := range f.Code.Findings {
		fd := &f.Code.Findings[i]
		if !counts(fd) {
			continue
		}
		path := deniedPath(fd)
		e := findingEvidence(f, fd)
		for _, g := range functionGuide {
			if names(g.path, path) {
				e.CWE = g.cwe
				e.guide = g.guide
			}
		}
		o.broken(f, e)
	}
	held(f, o, counts)
	for _, p := range r.Paths {
		for _, g := range functionGuide {
			if names(g.path, p) {
				o.Guide = merge(o.Guide, g.guide)
				for _, c := range g.cwe {
					if !slices.Contains(o.CWE, c) {
						o.CWE = append(o.CWE, c)
					}
				}
			}
		}
	}
	slices.Sort(o.CWE)
}

// deniedPath is the function that a finding of the rule is about.
func deniedPath(fd *finding.Finding) string { return strings.Trim(fd.Title, "`") }

func findingEvidence(f *Facts, fd *finding.Finding) Evidence {
	text := fd.Rule + ": " + fd.Title
	if fd.Rule == rule.DeniedFunction {
		text = "use of " + deniedPath(fd)
	}
	return at(Evidence{Text: text, Crate: fd.Crate, Item: fd.Item, Severity: fd.Severity.String()}, f, fd.Primary)
}

// held lists what comments in the source hold back. What the configuration of softshell
// check leaves out was not decided by the policy: that is a gap.
func held(f *Facts, o *Outcome, counts func(*finding.Finding) bool) {
	for i := range f.Code.Suppressed {
		s := &f.Code.Suppressed[i]
		if counts(&s.Finding) {
			e := findingEvidence(f, &s.Finding)
			e.By, e.Reason, e.Until = "comment", s.Reason, s.Until
			o.Accepted = append(o.Accepted, e)
		}
	}
	excluded := 0
	for i := range f.Code.Excluded {
		if counts(&f.Code.Excluded[i]) {
			excluded++
		}
	}
	if excluded > 0 {
		o.gap(count(excluded, "finding lies in a file", "findings lie in files") + " that exclude in [workspace.metadata.softshell] leaves out")
	}
}

// codeGaps says what of the code could not be analysed.
func codeGaps(f *Facts, o *Outcome) {
	bodies, analysed, crates := 0, 0, 0
	for i := range f.Code.Coverage.Crates {
		c := &f.Code.Coverage.Crates[i]
		crates++
		bodies += c.Bodies
		analysed += c.Analysed
		if c.Failed != "" {
			o.gap("crate " + c.Crate + ": " + c.Failed)
		}
	}
	if analysed < bodies {
		o.gap(count(bodies-analysed, "function was", "functions were") + " not analysed")
	}
	o.Looked = fmt.Sprintf("%s in %s", count(analysed, "function", "functions"), count(crates, "crate", "crates"))
}

// findings: softshell check finds nothing.
type findings struct {
	Rules       []string `toml:"rules"`        // these only; default all that are on
	MinSeverity string   `toml:"min-severity"` // the least that counts; default warning
	Grade       string   `toml:"grade"`        // the weakest that counts; default likely

	severity finding.Severity
	grade    finding.Grade
}

func (r *findings) prepare() error {
	if r.MinSeverity == "" {
		r.MinSeverity = "warning"
	}
	if r.Grade == "" {
		r.Grade = "likely"
	}
	var err error
	if r.severity, err = finding.ParseSeverity(r.MinSeverity); err != nil {
		return fmt.Errorf("min-severity: %w", err)
	}
	if r.grade, err = finding.ParseGrade(r.Grade); err != nil {
		return fmt.Errorf("grade: %w", err)
	}
	if r.grade == finding.Confirmed {
		return fmt.Errorf("grade: only a run of the program confirms a finding, and none is made here: say likely or possible")
	}
	return nil
}

func (r *findings) needs() Need { return NeedCode }

func (r *findings) asked() string {
	of := "the rules that are on"
	if len(r.Rules) > 0 {
		of = "the rules " + strings.Join(r.Rules, ", ")
	}
	return fmt.Sprintf("softshell check with %s finds nothing of severity %s or worse, grade %s or surer.", of, r.MinSeverity, r.Grade)
}

func (r *findings) check(f *Facts, o *Outcome) {
	if f.lacks(NeedCode, o) {
		return
	}
	codeGaps(f, o)
	looks := func(id string) bool {
		return id != rule.DeniedFunction && (len(r.Rules) == 0 || slices.Contains(r.Rules, id))
	}
	counts := func(fd *finding.Finding) bool {
		return looks(fd.Rule) && fd.Severity >= r.severity && fd.Grade >= r.grade
	}
	for i := range f.Code.Findings {
		fd := &f.Code.Findings[i]
		if counts(fd) {
			e := findingEvidence(f, fd)
			e.Text += " (" + fd.Grade.String() + ")"
			e.CWE = fd.CWE
			e.guide = part(findingGuide[fd.Rule]...)
			o.broken(f, e)
		}
	}
	held(f, o, counts)
	ran := 0
	for _, info := range f.Code.Rules {
		if looks(info.ID) {
			ran++
			o.Guide = merge(o.Guide, part(findingGuide[info.ID]...))
			for _, c := range info.CWE {
				if !slices.Contains(o.CWE, c) {
					o.CWE = append(o.CWE, c)
				}
			}
		}
	}
	slices.Sort(o.CWE)
	o.Looked += " with " + count(ran, "rule", "rules")
}

// CodeOptions sets up a run of softshell check that gives the facts about code; all
// are the rules that exist.
func (p *Policy) CodeOptions(o *check.Options, all []*rule.Rule) error {
	o.Rules, o.Only, o.On, o.Off = all, nil, nil, nil
	if f := p.Findings; f != nil {
		o.Grade = &f.grade
		for _, id := range f.Rules {
			if !slices.ContainsFunc(all, func(r *rule.Rule) bool { return r.ID == id }) {
				var known []string
				for _, r := range all {
					known = append(known, r.ID)
				}
				return fmt.Errorf("[findings]: %w", wrongWord("rule", id, known))
			}
		}
		o.On = f.Rules
		if len(f.Rules) > 0 {
			o.Only = slices.Clone(f.Rules)
		}
	}
	if d := p.DeniedFunctions; d != nil {
		o.Rules = append(slices.Clone(all), deniedRule(d.Paths))
		o.On = append(slices.Clone(o.On), rule.DeniedFunction) // whatever the configuration says
		switch {
		case p.Findings == nil:
			likely := finding.Likely
			o.Only, o.Grade = []string{rule.DeniedFunction}, &likely
		case len(o.Only) > 0:
			o.Only = append(o.Only, rule.DeniedFunction)
		}
	}
	return nil
}

// deniedRule finds the uses of functions; a finding's title is the path.
func deniedRule(paths []string) *rule.Rule {
	run := func(p *rule.Pass) error {
		for _, f := range p.Funcs() {
			seen := map[string]bool{}
			use := func(named *mir.Path, block, stmt int32) {
				if named == nil {
					return
				}
				for _, path := range paths {
					if isFunction(path, p.Crate.Name, named) {
						sp := rule.At(f, block, stmt)
						key := fmt.Sprint(path, sp.File, sp.Line, sp.Col)
						if f.Head.Spans && seen[key] {
							return // the same code on the way of a panic
						}
						seen[key] = true
						p.Report(f, finding.Finding{Title: "`" + path + "`", Grade: finding.Likely, Primary: sp, Label: "the policy denies this function"})
						return
					}
				}
			}
			body := f.Code().Body
			for b := range body.Blocks {
				blk := &body.Blocks[b]
				for s := range blk.Stmts {
					rv := blk.Stmts[s].Rvalue
					if rv == nil {
						continue
					}
					if len(rv.Args) == 0 {
						use(rv.Path, int32(b), int32(s)) // alone it reads like a struct without fields
					}
					for i := range rv.Args {
						use(functionOf(&rv.Args[i]), int32(b), int32(s))
					}
				}
				use(functionOf(&blk.Term.Func), int32(b), -1)
				for i := range blk.Term.Args {
					use(functionOf(&blk.Term.Args[i]), int32(b), -1)
				}
			}
		}
		return nil
	}
	return &rule.Rule{Info: rule.Info{ID: rule.DeniedFunction, Title: "a function that the policy denies", CWE: []int{676}, Severity: finding.Warning, Default: true},
		Run: run, Given: strings.Join(paths, " ")}
}

// functionOf is the function that an operand names, nil for none.
func functionOf(o *mir.Operand) *mir.Path {
	if o.Const == nil || o.Const.Kind != mir.ConstFn {
		return nil
	}
	return o.Const.Path
}

// isFunction reports whether a path of the MIR of a crate is the function that a policy
// names. Of what is its own the MIR does not say the crate.
func isFunction(name, crate string, p *mir.Path) bool {
	for _, full := range []string{p.Plain, crate + "::" + p.Plain} {
		if names(name, full) {
			return true
		}
	}
	if p.Trait != nil && len(p.Segs) > 0 {
		method := p.Trait.Plain + "::" + p.Segs[len(p.Segs)-1].Name
		if names(name, method) || names(name, crate+"::"+method) {
			return true
		}
	}
	segs := strings.Split(name, "::")
	if !inStd(name) || len(segs) < 3 || p.Trait != nil {
		return false
	}
	// Models name what is std's by its last two segments, whichever way it is reached.
	return slices.Contains(effects.Keys(p, false), strings.Join(segs[len(segs)-2:], "::")) && (p.Self != nil || len(p.Segs) > 0 && inStd(p.Segs[0].Name+"::"))
}

// names reports whether two paths are the same function; std, core and alloc are one.
func names(a, b string) bool {
	return a == b || inStd(a) && inStd(b) && a[strings.Index(a, "::"):] == b[strings.Index(b, "::"):]
}

func inStd(path string) bool {
	root, _, ok := strings.Cut(path, "::")
	return ok && (root == "std" || root == "core" || root == "alloc")
}
