package check

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"softshell/capture"
	"softshell/config"
	"softshell/effects"
	"softshell/finding"
	"softshell/rule"
)

// Options are what the user asked for.
type Options struct {
	Capture  capture.Options
	Capturer capture.Capturer
	Rules    []*rule.Rule   // all that exist
	Only     []string       // run these rules alone
	On, Off  []string       // run these too; do not run these
	Grade    *finding.Grade // weakest grade to show; nil: as configured, else likely
	FailOn   string         // as in config; "": as configured, else warning
	Baseline string         // file of known findings, "" for none
	Jobs     int            // 0 is all cores
	Today    time.Time
	// Weigh, if set, gets the findings of every grade before any is held back:
	// what a run showed can make a weak one sure. It gives notes for the user.
	Weigh func([]finding.Finding) []string
}

// Result is what a run gives.
type Result struct {
	Build      *capture.Build
	Rules      []rule.Info // that ran, sorted by id
	Findings   []finding.Finding
	Suppressed []finding.Suppressed
	Excluded   []finding.Finding // in files that the configuration leaves out
	Remarks    []finding.Remark
	Notes      []string
	Coverage   finding.Coverage
	Stats      finding.Stats
	Sources    *finding.Sources
	FailOn     string
	Phases     []Phase
}

// Phase is how long a part of the run took.
type Phase struct {
	Name string
	Took time.Duration
}

// CompileError says that rustc rejected the user's crate; Messages are its own words.
type CompileError struct{ Messages string }

func (e *CompileError) Error() string { return "the crate does not compile" }

// Run checks one project. The error is a *CompileError when rustc rejected a
// crate, a *capture.Error when something outside failed, or says what is wrong
// in the configuration.
func Run(ctx context.Context, o Options) (*Result, error) {
	res := &Result{Sources: finding.NewSources()}
	start := time.Now()
	phase := func(name string) {
		res.Phases = append(res.Phases, Phase{name, time.Since(start)})
		start = time.Now()
	}
	build, err := o.Capturer.Run(ctx, o.Capture)
	if err != nil {
		return nil, err
	}
	if build.CompileFailed {
		return nil, &CompileError{build.Errors}
	}
	res.Build, res.Notes = build, slices.Clone(build.Notes)
	phase("capture")
	set, err := o.settings(build)
	if err != nil {
		return nil, err
	}
	in := Input{Build: build, Capturer: o.Capturer, Rules: set.rules, Models: set.models, Weakest: set.grade, Deps: o.Capture.Deps, Jobs: o.Jobs}
	if o.Weigh != nil {
		in.Weakest = finding.Possible
	}
	a, err := Analyse(ctx, in)
	if err != nil {
		return nil, err
	}
	if again, err := placed(ctx, &in, a); err != nil {
		return nil, err
	} else if again {
		if a, err = Analyse(ctx, in); err != nil {
			return nil, err
		}
	}
	shown := cratesShown(&in, a)
	for _, u := range in.Build.Units {
		if u.Spans && !shown[u.Crate] {
			o.Capturer.ForgetSpans(u)
		}
	}
	phase("analysis")
	for _, r := range set.rules {
		res.Rules = append(res.Rules, r.Info)
	}
	res.Coverage, res.Stats, res.FailOn = a.Coverage, a.Stats, set.all.FailOn
	res.Stats.Reused, res.Stats.PeakMemory = build.Reused, peakMemory()
	if o.Weigh != nil {
		res.Notes = append(res.Notes, o.Weigh(a.Findings)...)
	}
	if err := res.hold(a.Findings, set, &o); err != nil {
		return nil, err
	}
	phase("findings")
	return res, nil
}

// cratesShown names the crates that have a finding to show.
func cratesShown(in *Input, a *Analysis) map[string]bool {
	out := map[string]bool{}
	for i := range a.Findings {
		if a.Findings[i].Grade >= in.Weakest {
			out[a.Findings[i].Crate] = true
		}
	}
	return out
}

// placed gets MIR with spans for the units that have a finding to show, and
// reports whether there were any: without spans a finding has no place and no
// path.
func placed(ctx context.Context, in *Input, a *Analysis) (bool, error) {
	shown := cratesShown(in, a)
	again := false
	for i, u := range in.Build.Units {
		if u.Spans || u.MIR == "" || !shown[u.Crate] {
			continue
		}
		path, err := in.Capturer.MIRWithSpans(ctx, u)
		if err != nil {
			return false, fmt.Errorf("get source positions for crate %s: %w", u.Crate, err)
		}
		unit := *u
		unit.MIR, unit.Spans = path, true
		if !again {
			build := *in.Build
			build.Units = slices.Clone(build.Units)
			in.Build, again = &build, true
		}
		in.Build.Units[i] = &unit
	}
	return again, nil
}

// settings are the configuration of one run.
type settings struct {
	all     config.Config            // the workspace's
	pkg     map[string]config.Config // per package, on top of all
	rules   []*rule.Rule             // to run: on in at least one package
	ids     []string
	models  *effects.Models
	grade   finding.Grade
	options *Options
}

func (o *Options) settings(b *capture.Build) (*settings, error) {
	s := &settings{pkg: map[string]config.Config{}, options: o}
	for _, r := range o.Rules {
		s.ids = append(s.ids, r.ID)
	}
	if err := o.knownRules(s.ids); err != nil {
		return nil, err
	}
	var err error
	if s.all, err = config.Parse(b.Metadata[""], "workspace", s.ids); err != nil {
		return nil, err
	}
	models := slices.Clone(s.all.Models)
	for _, u := range b.Units {
		if _, ok := s.pkg[u.Package]; ok || !u.Member {
			continue
		}
		c, err := config.Parse(b.Metadata[u.Package], "package", s.ids)
		if err != nil {
			return nil, fmt.Errorf("package %s: %w", u.Package, err)
		}
		models = append(models, c.Models...)
		s.pkg[u.Package] = s.all.Over(c)
	}
	if len(s.pkg) == 1 { // a single package speaks for the run
		for _, c := range s.pkg {
			s.all = c
		}
	}
	if s.models, err = loadModels(b.Root, models); err != nil {
		return nil, err
	}
	for _, r := range o.Rules {
		if s.runs(r) {
			s.rules = append(s.rules, r)
		}
	}
	s.grade = finding.Likely
	switch {
	case o.Grade != nil:
		s.grade = *o.Grade
	case s.all.Grade != nil:
		s.grade = *s.all.Grade
	}
	switch {
	case o.FailOn != "":
		s.all.FailOn = o.FailOn
	case s.all.FailOn == "":
		s.all.FailOn = "warning"
	}
	return s, nil
}

func (o *Options) knownRules(ids []string) error {
	for _, list := range [][]string{o.Only, o.On, o.Off} {
		for _, id := range list {
			if slices.Contains(ids, id) {
				continue
			}
			if near := finding.Nearest(id, ids); near != "" {
				return fmt.Errorf("no rule is called %q: did you mean %q?", id, near)
			}
			return fmt.Errorf("no rule is called %q: there are %s", id, strings.Join(ids, ", "))
		}
	}
	return nil
}

// loadModels reads the user's models on top of the built-in ones.
func loadModels(root string, files []string) (*effects.Models, error) {
	m, err := effects.Load()
	if err != nil {
		return nil, err
	}
	for _, name := range files {
		path := name
		if !filepath.IsAbs(path) {
			path = filepath.Join(root, name)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("read models: %w (paths start at the workspace root)", err)
		}
		if m, err = m.With(name, string(text)); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// runs reports whether a rule is on in at least one package.
func (s *settings) runs(r *rule.Rule) bool {
	if len(s.pkg) == 0 {
		return s.on(r, s.all)
	}
	for _, c := range s.pkg {
		if s.on(r, c) {
			return true
		}
	}
	return false
}

func (s *settings) on(r *rule.Rule, c config.Config) bool {
	o := s.options
	switch {
	case slices.Contains(o.Off, r.ID):
		return false
	case len(o.Only) > 0:
		return slices.Contains(o.Only, r.ID)
	case slices.Contains(o.On, r.ID):
		return true
	}
	if l, set := c.Rules[r.ID]; set {
		return !l.Off
	}
	return r.Default
}

// hold sorts out what is shown: configuration, grade, comments, baseline.
func (res *Result) hold(fs []finding.Finding, s *settings, o *Options) error {
	fs, excluded := s.configured(fs, res.Build)
	finding.Sort(fs)
	finding.Stamp(fs, res.Sources)
	weak := 0
	fs = slices.DeleteFunc(fs, func(f finding.Finding) bool {
		if f.Grade < s.grade {
			weak++
			return true
		}
		return false
	})
	ran := make([]string, 0, len(s.rules))
	for _, r := range s.rules {
		ran = append(ran, r.ID)
	}
	shown, held, remarks := finding.Suppress(fs, memberFiles(res.Build, o.Capture.Deps), res.Sources, finding.Allowed{Known: append(slices.Clone(s.ids), rule.DeniedFunction), Ran: ran}, o.Today)
	if o.Baseline != "" {
		b, err := finding.ReadBaseline(o.Baseline)
		if err != nil {
			return err
		}
		var known []finding.Suppressed
		var gone []finding.BaselineEntry
		shown, known, gone = b.Split(shown)
		held = append(held, known...)
		if len(gone) > 0 {
			res.Notes = append(res.Notes, number(len(gone), "1 entry of the baseline matches no finding any more: write it anew with --write-baseline",
				"%d entries of the baseline match no finding any more: write it anew with --write-baseline"))
		}
	}
	if weak > 0 {
		res.Notes = append(res.Notes, number(weak, "1 finding of a weaker grade is not shown: --grade possible shows it",
			"%d findings of a weaker grade are not shown: --grade possible shows them"))
	}
	if len(excluded) > 0 {
		res.Notes = append(res.Notes, number(len(excluded), "1 finding lies in a file that the configuration excludes",
			"%d findings lie in files that the configuration excludes"))
	}
	res.Findings, res.Suppressed, res.Excluded, res.Remarks = shown, held, excluded, remarks
	return nil
}

// number is one where n is 1, else many with n in it.
func number(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return fmt.Sprintf(many, n)
}

// configured applies severities, rules that are off in a package, and excluded files.
func (s *settings) configured(fs []finding.Finding, b *capture.Build) (out, excluded []finding.Finding) {
	packages := map[string]string{}
	for _, u := range b.Units {
		packages[u.Crate] = u.Package
	}
	for _, f := range fs {
		c, ok := s.pkg[packages[f.Crate]]
		if !ok {
			c = s.all
		}
		i := slices.IndexFunc(s.rules, func(r *rule.Rule) bool { return r.ID == f.Rule })
		if i < 0 || !s.on(s.rules[i], c) {
			continue
		}
		if c.Excludes(finding.Relative(b.Root, f.Primary.File)) {
			excluded = append(excluded, f)
			continue
		}
		if l := c.Rules[f.Rule]; l.Severity != nil {
			f.Severity = *l.Severity
		}
		out = append(out, f)
	}
	return out, excluded
}

// memberFiles lists the source files of the user's own crates that were checked, sorted.
func memberFiles(b *capture.Build, deps bool) []string {
	var out []string
	for _, u := range b.Units {
		if u.Member && u.MIR != "" && (deps || u.Primary) {
			out = append(out, u.Sources...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Fails reports whether the findings reach the severity from which a run fails.
func (res *Result) Fails() bool {
	if res.FailOn == "never" {
		return false
	}
	s, err := finding.ParseSeverity(res.FailOn)
	return err != nil || finding.AtLeast(res.Findings, s) > 0
}

// IsCanceled reports whether err says that the user stopped the run.
func IsCanceled(err error) bool { return errors.Is(err, context.Canceled) }
