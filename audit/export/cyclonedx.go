package export

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/package-url/packageurl-go"

	"softshell/audit"
	"softshell/audit/advisory"
	"softshell/audit/tree"
	"softshell/finding"
)

// BOMOptions are the choices of a bill of materials.
type BOMOptions struct {
	Version string    // of softshell
	Spec    string    // of CycloneDX: one of BOMSpecs; "" is 1.6
	Created time.Time // zero: the document does not say when it was made
	// Sources finds the folder of a package's sources where the tree does not know
	// its manifest; "" is none.
	Sources func(p *tree.Package) string
}

// BOMSpecs are the versions of CycloneDX that can be written.
var BOMSpecs = []string{"1.6", "1.5", "1.4"}

var bomSpecs = map[string]cdx.SpecVersion{"": cdx.SpecVersion1_6, "1.6": cdx.SpecVersion1_6, "1.5": cdx.SpecVersion1_5, "1.4": cdx.SpecVersion1_4}

// CycloneDX writes what is built as a bill of materials: packages with their package
// URLs, checksums and licences, who depends on whom, and, where a database was asked,
// the advisories with what is known of each. The same tree gives the same serial number.
func CycloneDX(w io.Writer, r *audit.Result, o BOMOptions) error {
	spec, ok := bomSpecs[o.Spec]
	if !ok {
		return fmt.Errorf("CycloneDX %s is not written; there are %s", o.Spec, strings.Join(BOMSpecs, ", "))
	}
	b := &bom{r: r, t: r.Tree, o: o, refs: make([]string, len(r.Tree.Packages))}
	doc := b.document()
	var text bytes.Buffer
	encode := func(to io.Writer) error {
		return cdx.NewBOMEncoder(to, cdx.BOMFileFormatJSON).SetPretty(true).SetEscapeHTML(false).EncodeVersion(doc, spec)
	}
	if err := encode(&text); err != nil {
		return fmt.Errorf("write CycloneDX: %w", err)
	}
	sum := sha256.Sum256(text.Bytes())
	doc.SerialNumber = uuid(sum)
	if !o.Created.IsZero() {
		doc.Metadata.Timestamp = o.Created.UTC().Format(time.RFC3339)
	}
	return encode(w)
}

// uuid makes a UUID of version 8, whose bits are the maker's own affair, of a digest.
func uuid(sum [32]byte) string {
	u := sum[:16]
	u[6], u[8] = u[6]&0x0f|0x80, u[8]&0x3f|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", u[0:4], u[4:6], u[6:8], u[8:10], u[10:16])
}

// bom makes one document.
type bom struct {
	r    *audit.Result
	t    *tree.Tree
	o    BOMOptions
	refs []string // of the packages that are built
	root int      // the package that the document is about, -1 for a workspace of several
}

func (b *bom) document() *cdx.BOM {
	used := map[string]bool{}
	for i := range b.t.Packages {
		p := &b.t.Packages[i]
		if p.NotBuilt != "" {
			continue
		}
		ref := b.purl(p)
		for n := 2; used[ref]; n++ {
			ref = fmt.Sprintf("%s#%d", b.purl(p), n)
		}
		used[ref], b.refs[i] = true, ref
	}
	doc := cdx.NewBOM()
	main := b.subject()
	tool := cdx.Component{Type: cdx.ComponentTypeApplication, Name: "softshell", Version: b.o.Version}
	doc.Metadata = &cdx.Metadata{Component: main, Tools: &cdx.ToolsChoice{Components: &[]cdx.Component{tool}}, Properties: b.properties()}
	components, dependencies := []cdx.Component{}, []cdx.Dependency{}
	if b.root < 0 {
		dependencies = append(dependencies, cdx.Dependency{Ref: main.BOMRef, Dependencies: b.targets(b.t.Roots)})
	}
	for i := range b.t.Packages {
		if b.refs[i] == "" {
			continue
		}
		p := &b.t.Packages[i]
		if i != b.root {
			components = append(components, b.component(i))
		}
		var to []int
		for _, d := range p.Deps {
			to = append(to, d.To)
		}
		dependencies = append(dependencies, cdx.Dependency{Ref: b.refs[i], Dependencies: b.targets(to)})
	}
	doc.Components, doc.Dependencies = &components, &dependencies
	complete := cdx.CompositionAggregateUnknown
	if b.t.Input == tree.FromMetadata || b.t.Input == tree.FromBinary {
		complete = cdx.CompositionAggregateComplete
	}
	doc.Compositions = &[]cdx.Composition{{Aggregate: complete, Dependencies: &[]cdx.BOMReference{cdx.BOMReference(main.BOMRef)}}}
	if b.r.Database != nil {
		found := []cdx.Vulnerability{}
		for _, list := range [][]audit.Match{b.r.Matches, b.r.Ignored} {
			for i := range list {
				if b.refs[list[i].Package] != "" {
					found = append(found, b.vulnerability(&list[i]))
				}
			}
		}
		doc.Vulnerabilities = &found
	}
	return doc
}

// subject is what the document is about: the one root, or the workspace.
func (b *bom) subject() *cdx.Component {
	b.root = -1
	if len(b.t.Roots) == 1 && b.refs[b.t.Roots[0]] != "" {
		b.root = b.t.Roots[0]
		c := b.component(b.root)
		c.Type, c.Scope = cdx.ComponentTypeApplication, ""
		return &c
	}
	name := filepath.Base(b.t.Root)
	if b.t.Root == "" {
		name = filepath.Base(b.t.File)
	}
	return &cdx.Component{Type: cdx.ComponentTypeApplication, Name: finding.Plain(name), BOMRef: "workspace"}
}

func (b *bom) properties() *[]cdx.Property {
	left := 0
	for i := range b.t.Packages {
		if b.t.Packages[i].NotBuilt != "" {
			left++
		}
	}
	out := []cdx.Property{{Name: "softshell:input", Value: string(b.t.Input)}, {Name: "softshell:locked-and-not-built", Value: fmt.Sprint(left)}}
	for _, t := range b.t.Targets {
		out = append(out, cdx.Property{Name: "softshell:target", Value: t})
	}
	if d := b.r.Database; d != nil {
		out = append(out, cdx.Property{Name: "softshell:advisories:date", Value: d.Date})
		if d.Commit != "" {
			out = append(out, cdx.Property{Name: "softshell:advisories:commit", Value: d.Commit})
		}
	}
	return &out
}

// targets are the references of packages, sorted.
func (b *bom) targets(list []int) *[]string {
	out := []string{}
	for _, i := range list {
		if b.refs[i] != "" {
			out = append(out, b.refs[i])
		}
	}
	slices.Sort(out)
	out = slices.Compact(out)
	return &out
}

// purl is the package URL. A bare one says that the package is crates.io's.
func (b *bom) purl(p *tree.Package) string {
	var q packageurl.Qualifiers
	switch p.Source.Kind {
	case tree.Git:
		at := "git+" + strings.TrimPrefix(p.Source.URL, "git+")
		if p.Source.Rev != "" {
			at += "@" + p.Source.Rev
		}
		q = packageurl.QualifiersFromMap(map[string]string{"vcs_url": at})
	case tree.Registry:
		if p.Source.URL != "" {
			q = packageurl.QualifiersFromMap(map[string]string{"repository_url": p.Source.URL})
		}
	case tree.Path:
		dir := "."
		if p.Manifest != "" && b.t.Root != "" {
			if rel, err := filepath.Rel(b.t.Root, filepath.Dir(p.Manifest)); err == nil {
				dir = filepath.ToSlash(rel)
			}
		}
		q = packageurl.QualifiersFromMap(map[string]string{"download_url": "file://" + dir})
	}
	return packageurl.NewPackageURL(packageurl.TypeCargo, "", p.Name, p.Version, q, "").ToString()
}

func (b *bom) component(i int) cdx.Component {
	p := &b.t.Packages[i]
	c := cdx.Component{Type: cdx.ComponentTypeLibrary, Name: p.Name, Version: p.Version, BOMRef: b.refs[i], PackageURL: b.purl(p), Scope: cdx.ScopeRequired}
	var props []cdx.Property
	switch {
	case p.DevOnly:
		c.Scope = cdx.ScopeExcluded
		props = append(props, cdx.Property{Name: "softshell:used-by", Value: "tests, examples and benchmarks"})
	case p.BuildOnly:
		c.Scope = cdx.ScopeExcluded
		props = append(props, cdx.Property{Name: "softshell:used-by", Value: "build scripts and procedural macros"})
	}
	if p.Yanked {
		props = append(props, cdx.Property{Name: "softshell:yanked", Value: "true"})
	}
	for _, f := range p.Features {
		props = append(props, cdx.Property{Name: "softshell:feature", Value: f})
	}
	if len(props) > 0 {
		c.Properties = &props
	}
	if sum, err := hex.DecodeString(p.Checksum); err == nil && len(sum) == sha256.Size {
		c.Hashes = &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: p.Checksum}}
	}
	manifest := p.Manifest
	if manifest == "" && b.o.Sources != nil {
		if dir := b.o.Sources(p); dir != "" {
			manifest = filepath.Join(dir, "Cargo.toml")
		}
	}
	c.Licenses = licenses(p.License, "")
	if manifest == "" {
		return c
	}
	if m, err := readManifest(manifest, b.t.Root); err == nil {
		c.Description = finding.Plain(m.description)
		if c.Licenses == nil {
			c.Licenses = licenses(m.license, m.licenseFile)
		}
		if u, err := url.Parse(m.repository); err == nil && (u.Scheme == "https" || u.Scheme == "http") {
			c.ExternalReferences = &[]cdx.ExternalReference{{Type: cdx.ERTypeVCS, URL: u.String()}}
		}
	} // else the document has less to say of it
	return c
}

// vulnerability is a match as CycloneDX has it. Its analysis claims no more than was shown.
func (b *bom) vulnerability(m *audit.Match) cdx.Vulnerability {
	a, ref := m.Advisory, b.refs[m.Package]
	v := cdx.Vulnerability{ID: a.ID, BOMRef: a.ID + "/" + ref, Source: sourceOf(a.ID), Description: finding.Plain(a.Title), Detail: finding.PlainText(a.Description),
		Affects:  &[]cdx.Affects{{Ref: ref, Range: &[]cdx.AffectedVersions{{Version: b.t.Packages[m.Package].Version, Status: cdx.VulnerabilityStatusAffected}}}},
		Analysis: analysis(m), Recommendation: recommendation(a)}
	if a.Date != "" {
		v.Published = a.Date + "T00:00:00Z"
	}
	rating := cdx.VulnerabilityRating{Severity: cdx.SeverityUnknown, Method: cdx.ScoringMethodOther}
	switch {
	case a.CVSS.Vector != "":
		score := a.CVSS.Score
		rating = cdx.VulnerabilityRating{Score: &score, Severity: cdx.Severity(a.CVSS.Severity), Vector: a.CVSS.Vector, Method: method(a.CVSS.Vector)}
	case a.Kind != advisory.Vulnerability:
		rating.Severity = cdx.SeverityInfo
	}
	v.Ratings = &[]cdx.VulnerabilityRating{rating}
	var references []cdx.VulnerabilityReference
	for _, alias := range a.Aliases {
		references = append(references, cdx.VulnerabilityReference{ID: alias, Source: sourceOf(alias)})
	}
	if len(references) > 0 {
		v.References = &references
	}
	var links []cdx.Advisory
	for _, l := range append([]string{a.URL}, a.References...) {
		if u, err := url.Parse(l); err == nil && u.Host != "" {
			links = append(links, cdx.Advisory{URL: u.String()})
		}
	}
	if len(links) > 0 {
		v.Advisories = &links
	}
	if a.Kind != advisory.Vulnerability {
		v.Properties = &[]cdx.Property{{Name: "softshell:kind", Value: string(a.Kind)}}
	}
	return v
}

func method(vector string) cdx.ScoringMethod {
	for prefix, m := range map[string]cdx.ScoringMethod{"CVSS:3.0/": cdx.ScoringMethodCVSSv3, "CVSS:3.1/": cdx.ScoringMethodCVSSv31, "CVSS:4.0/": cdx.ScoringMethodCVSSv4} {
		if strings.HasPrefix(vector, prefix) {
			return m
		}
	}
	return cdx.ScoringMethodOther
}

// sourceOf is who gives out ids of this form.
func sourceOf(id string) *cdx.Source {
	for _, s := range [][3]string{
		{"RUSTSEC-", "RustSec", "https://rustsec.org/advisories/" + id + ".html"},
		{"CVE-", "NVD", "https://nvd.nist.gov/vuln/detail/" + id},
		{"GHSA-", "GitHub", "https://github.com/advisories/" + id},
	} {
		if strings.HasPrefix(id, s[0]) && !strings.ContainsAny(id, "/?# ") {
			return &cdx.Source{Name: s[1], URL: s[2]}
		}
	}
	return &cdx.Source{Name: "OSV"}
}

func recommendation(a *advisory.Advisory) string {
	if len(a.Patched) == 0 {
		return "No patched version is known."
	}
	return "Use a version that is " + strings.Join(a.Patched, " or ") + "."
}

// analysis is the state of a match. "exploitable" needs a chain of calls from what ships
// to a named function, "not_affected" a call graph that matched the named functions
// exactly and does not reach them.
func analysis(m *audit.Match) *cdx.VulnerabilityAnalysis {
	out := &cdx.VulnerabilityAnalysis{State: cdx.IASInTriage}
	switch reach := m.Reach; {
	case reach == nil:
		out.Detail = "Whether the vulnerable code is reached was not asked."
	case reach.Verdict == audit.Reachable:
		out.Detail = "The vulnerable " + reach.Level + " is reached: " + calls(reach) + "."
		if reach.Why != "" {
			out.Detail = "The vulnerable " + reach.Level + " is reached " + reach.Why + ": " + calls(reach) + "."
		}
		if reach.Level == "function" && reach.Why != audit.OnlyTests {
			out.State = cdx.IASExploitable
		}
	case reach.Verdict == audit.NotReached && reach.Level == "function" && reach.Match == "exact":
		out.State, out.Justification, out.Detail = cdx.IASNotAffected, cdx.IAJCodeNotReachable, reach.Why
	case reach.Verdict == audit.NotReached:
		out.Detail = "Not reached at the level of the " + reach.Level + ": " + reach.Why
	default:
		out.Detail = "Not known whether it is reached: " + reach.Why
	}
	if i := m.Ignore; i != nil && !i.Expired {
		out.Detail = strings.TrimSpace("Held back by the user: " + i.Reason + until(i.Until) + ". " + out.Detail)
	}
	out.Detail = finding.Plain(out.Detail)
	return out
}

func calls(r *audit.Reach) string {
	var out []string
	for _, c := range r.Chain {
		out = append(out, c.Crate+"::"+c.Item)
	}
	return strings.Join(out, " -> ")
}
