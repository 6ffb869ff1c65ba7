package policy

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"softshell/audit"
	"softshell/audit/advisory"
	"softshell/audit/tree"
	"softshell/finding"
)

// severities, the least first.
var severities = []string{"none", "low", "medium", "high", "critical"}

// eachMatch goes over the matches of what is built that are of these kinds. What could
// not be judged is a gap.
func eachMatch(f *Facts, o *Outcome, kinds ...string) func(yield func(*audit.Match) bool) {
	return func(yield func(*audit.Match) bool) {
		if f.lacks(NeedAdvisories, o) {
			return
		}
		a := f.Audit
		o.Looked = fmt.Sprintf("%s (%s) and advisories of %s", count(built(a.Tree), "package", "packages"), a.Tree.Input, dateOf(a.Database))
		for _, why := range a.Incomplete {
			o.gap(why)
		}
		for i := range a.NotJudged {
			m := &a.NotJudged[i]
			p := &a.Tree.Packages[m.Package]
			if p.NotBuilt != "" || !slices.Contains(kinds, string(m.Advisory.Kind)) {
				continue
			}
			o.gap(fmt.Sprintf("%s %s is not judged by %s: %s", p.Name, p.Version, m.Advisory.ID, m.Why))
		}
		for _, list := range [][]audit.Match{a.Matches, a.Ignored} {
			for i := range list {
				if slices.Contains(kinds, string(list[i].Advisory.Kind)) && !yield(&list[i]) {
					return
				}
			}
		}
	}
}

// built counts the packages that are part of what is built.
func built(t *tree.Tree) int {
	n := 0
	for i := range t.Packages {
		if t.Packages[i].NotBuilt == "" {
			n++
		}
	}
	return n
}

func dateOf(d *advisory.Database) string {
	date, _, _ := strings.Cut(d.Date, "T")
	if date == "" {
		return "an unknown date"
	}
	return date
}

// judge adds a match to the outcome: broken, or accepted where the user ignores it.
func judge(f *Facts, o *Outcome, m *audit.Match, severity string) {
	p := &f.Audit.Tree.Packages[m.Package]
	e := Evidence{Text: m.Advisory.Title, Package: p.Name, Version: p.Version, Advisory: m.Advisory.ID, Severity: severity}
	if p.Line > 0 {
		e.File, e.Line = finding.Relative(f.Root, f.Audit.Tree.File), p.Line
	}
	if m.Reach != nil {
		e.Text += " (" + string(m.Reach.Verdict) + ")"
	}
	if m.Ignore != nil && !m.Ignore.Expired {
		e.By, e.Reason, e.Until = "ignore", m.Ignore.Reason, m.Ignore.Until
		o.Accepted = append(o.Accepted, e)
		return
	}
	o.broken(f, e)
}

// vulnerabilities: none above a severity.
type vulnerabilities struct {
	MaxSeverity string `toml:"max-severity"` // the worst that may be; "none" (default) for no vulnerability at all
	Unscored    string `toml:"unscored"`     // what one without a score counts as; default critical
	NotReached  bool   `toml:"accept-not-reached"`
}

func (r *vulnerabilities) prepare() error {
	if r.MaxSeverity == "" {
		r.MaxSeverity = "none"
	}
	if r.Unscored == "" {
		r.Unscored = "critical"
	}
	return firstError(
		func() error { return oneOf("max-severity", r.MaxSeverity, severities...) },
		func() error { return oneOf("unscored", r.Unscored, severities...) })
}

func (r *vulnerabilities) needs() Need {
	if r.NotReached {
		return NeedTree | NeedAdvisories | NeedReach
	}
	return NeedTree | NeedAdvisories
}

func (r *vulnerabilities) asked() string {
	text := "No known vulnerability in what is built"
	if r.MaxSeverity != "none" {
		text += " of a severity above " + r.MaxSeverity + " (one without a score counts as " + r.Unscored + ")"
	}
	if r.NotReached {
		text += ", but for those whose functions are shown not to be reached"
	}
	return text + "."
}

func (r *vulnerabilities) check(f *Facts, o *Outcome) {
	if why := f.Missing[NeedReach]; r.NotReached && why != "" {
		o.gap("what is reached is not known: " + why)
	}
	for m := range eachMatch(f, o, string(advisory.Vulnerability)) {
		severity := strings.ToLower(m.Advisory.CVSS.Severity)
		rank := slices.Index(severities, severity)
		if m.Advisory.CVSS.Vector == "" || rank < 0 {
			severity, rank = "no score", slices.Index(severities, r.Unscored)
		}
		switch {
		case r.MaxSeverity != "none" && rank <= slices.Index(severities, r.MaxSeverity):
		case r.NotReached && m.Reach != nil && m.Reach.Verdict == audit.NotReached && (m.Ignore == nil || m.Ignore.Expired):
			accepted := *m
			accepted.Ignore = &audit.Ignore{Reason: "its functions are not reached: " + m.Reach.Why}
			judge(f, o, &accepted, severity)
			o.Accepted[len(o.Accepted)-1].By = "call graph"
		default:
			judge(f, o, m, severity)
		}
	}
}

// informational: no dependency of which an advisory says that it is unsound, ...
type informational struct {
	Deny []string `toml:"deny"`
}

func (r *informational) prepare() error {
	all := []string{string(advisory.Unsound), string(advisory.Unmaintained), string(advisory.Notice)}
	if len(r.Deny) == 0 {
		r.Deny = all[:2]
	}
	for _, k := range r.Deny {
		if err := oneOf("deny", k, all...); err != nil {
			return err
		}
	}
	return nil
}

func (r *informational) needs() Need { return NeedTree | NeedAdvisories }
func (r *informational) asked() string {
	return "No advisory of the kind " + strings.Join(r.Deny, ", ") + " on what is built."
}

func (r *informational) check(f *Facts, o *Outcome) {
	for m := range eachMatch(f, o, r.Deny...) {
		judge(f, o, m, string(m.Advisory.Kind))
	}
}

// eachPackage goes over the packages that are built.
func eachPackage(f *Facts, o *Outcome) func(yield func(*tree.Package) bool) {
	return func(yield func(*tree.Package) bool) {
		if f.lacks(NeedTree, o) {
			return
		}
		t := f.Audit.Tree
		o.Looked = fmt.Sprintf("%s (%s)", count(built(t), "package", "packages"), t.Input)
		if n := len(t.Packages) - built(t); n > 0 {
			o.Looked += fmt.Sprintf("; %s not built, and left out", count(n, "locked package is", "locked packages are"))
		}
		for i := range t.Packages {
			if t.Packages[i].NotBuilt == "" && !yield(&t.Packages[i]) {
				return
			}
		}
	}
}

func packageEvidence(f *Facts, p *tree.Package, text string) Evidence {
	e := Evidence{Text: text, Package: p.Name, Version: p.Version}
	if p.Line > 0 {
		e.File, e.Line = finding.Relative(f.Root, f.Audit.Tree.File), p.Line
	}
	return e
}

// yanked: no version that was taken back.
type yanked struct{}

func (r *yanked) prepare() error { return nil }
func (r *yanked) needs() Need    { return NeedTree }
func (r *yanked) asked() string  { return "No yanked version is built." }

func (r *yanked) check(f *Facts, o *Outcome) {
	unknown := 0
	for p := range eachPackage(f, o) {
		switch {
		case p.Yanked:
			o.broken(f, packageEvidence(f, p, "the version is yanked"))
		case !p.YankedKnown && p.Source.Kind == tree.Registry:
			unknown++
		}
	}
	if unknown > 0 {
		o.gap("this machine's copy of the index does not tell of " + count(unknown, "package", "packages") + " whether they are yanked")
	}
}

// database: the advisories are not older than some days.
type database struct {
	MaxAge int `toml:"max-age-days"`
}

func (r *database) prepare() error {
	if r.MaxAge <= 0 {
		return fmt.Errorf("it needs max-age-days = N")
	}
	return nil
}

func (r *database) needs() Need { return NeedTree | NeedAdvisories }
func (r *database) asked() string {
	return "The database of advisories is at most " + count(r.MaxAge, "day", "days") + " old."
}

func (r *database) check(f *Facts, o *Outcome) {
	if f.lacks(NeedAdvisories, o) {
		return
	}
	age, ok := f.Audit.Database.Age(f.Today)
	if !ok {
		o.gap("the database does not say how old it is")
		return
	}
	o.Looked = "the database of " + dateOf(f.Audit.Database)
	if days := int(age.Hours() / 24); days > r.MaxAge {
		o.broken(f, Evidence{Text: "the database is " + count(days, "day", "days") + " old"})
	}
}

// sources: where dependencies may come from.
type sources struct {
	Registries []string `toml:"registries"` // "crates.io", or the start of a URL
	Git        []string `toml:"git"`        // starts of URLs; none: no git dependencies
	Paths      string   `toml:"paths"`      // "inside" (default) the workspace's folder, "any", "none" beside members
	Checksums  bool     `toml:"checksums"`  // each package of a registry has one in Cargo.lock
}

func (r *sources) prepare() error {
	if r.Registries == nil {
		r.Registries = []string{"crates.io"}
	}
	if r.Paths == "" {
		r.Paths = "inside"
	}
	return oneOf("paths", r.Paths, "inside", "any", "none")
}

func (r *sources) needs() Need { return NeedTree }

func (r *sources) asked() string {
	list := func(l []string) string {
		if len(l) == 0 {
			return "none"
		}
		return strings.Join(l, ", ")
	}
	text := fmt.Sprintf("Dependencies come from these registries: %s; git: %s; other folders: %s", list(r.Registries), list(r.Git),
		map[string]string{"inside": "in the workspace", "any": "any", "none": "none"}[r.Paths])
	if r.Checksums {
		text += "; with a checksum in the lock file"
	}
	return text + "."
}

func (r *sources) check(f *Facts, o *Outcome) {
	for p := range eachPackage(f, o) {
		if why := r.wrong(f, p, o); why != "" {
			o.broken(f, packageEvidence(f, p, why))
		}
	}
}

// wrong says why a package may not come from where it does; "" when it may.
func (r *sources) wrong(f *Facts, p *tree.Package, o *Outcome) string {
	switch p.Source.Kind {
	case tree.Git:
		if !begins(r.Git, p.Source.URL) {
			return "it comes from the git repository " + p.Source.URL
		}
	case tree.Registry:
		name := p.Source.URL
		if name == "" {
			name = "crates.io"
		}
		if !begins(r.Registries, name) {
			return "it comes from the registry " + name
		}
		if r.Checksums && p.Checksum == "" {
			if f.Audit.Tree.Input == tree.FromBinary || f.Audit.Tree.Input == tree.FromSBOM {
				o.gap("the " + string(f.Audit.Tree.Input) + " has no checksums")
				return ""
			}
			return "it has no checksum"
		}
	case tree.Path:
		switch {
		case p.Member || r.Paths == "any":
		case r.Paths == "none":
			return "it is a folder that is no member of the workspace"
		case p.Manifest == "" || f.Root == "":
			o.gap(fmt.Sprintf("the folder of %s %s is not known", p.Name, p.Version))
		case filepath.IsAbs(filepath.FromSlash(finding.Relative(f.Root, p.Manifest))):
			return "its folder lies outside of the workspace: " + filepath.Dir(p.Manifest)
		}
	default:
		o.gap(fmt.Sprintf("the source of %s %s is not known", p.Name, p.Version))
	}
	return ""
}

// begins reports whether a URL starts with one of the list. A start ends where a part of
// the URL does: example.com/a is no start of example.com/abc, nor of example.com.evil.
func begins(list []string, url string) bool {
	if strings.Contains(url, "/..") || strings.Contains(strings.ToLower(url), "/%2e") || strings.Contains(url, `\`) {
		return false // who is asked may take it for another place
	}
	for _, l := range list {
		rest, ok := strings.CutPrefix(url, l)
		if !ok || l == "" {
			continue
		}
		if bare := strings.TrimPrefix(rest, ".git"); rest == "" || bare == "" || strings.HasSuffix(l, "/") || rest[0] == '/' || strings.ContainsRune("?#", rune(bare[0])) {
			return true
		}
	}
	return false
}

// packages: some are not to be used, or some only.
type packages struct {
	Deny  []string `toml:"deny"`  // name, or name@requirement: "openssl", "time@<0.3"
	Allow []string `toml:"allow"` // when it is there: no others

	deny, allow []spec
}

func (r *packages) prepare() error {
	if len(r.Deny) == 0 && len(r.Allow) == 0 {
		return fmt.Errorf("it needs deny or allow = [\"name\", \"name@<1.2\"]")
	}
	var err error
	if r.deny, err = specs("deny", r.Deny); err != nil {
		return err
	}
	r.allow, err = specs("allow", r.Allow)
	return err
}

func (r *packages) needs() Need { return NeedTree }

func (r *packages) asked() string {
	var parts []string
	if len(r.Deny) > 0 {
		parts = append(parts, "None of these packages is built: "+strings.Join(r.Deny, ", ")+".")
	}
	if len(r.Allow) > 0 {
		parts = append(parts, "No others than these are built, beside the workspace's own: "+strings.Join(r.Allow, ", ")+".")
	}
	return strings.Join(parts, " ")
}

func (r *packages) check(f *Facts, o *Outcome) {
	for p := range eachPackage(f, o) {
		switch {
		case slices.ContainsFunc(r.deny, func(s spec) bool { return s.has(p) }):
			o.broken(f, packageEvidence(f, p, "the package is denied"))
		case len(r.Allow) > 0 && !p.Member && !slices.ContainsFunc(r.allow, func(s spec) bool { return s.has(p) }):
			o.broken(f, packageEvidence(f, p, "the package is not among those that are allowed"))
		}
	}
}
