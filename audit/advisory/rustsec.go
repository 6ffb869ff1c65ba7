package advisory

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/BurntSushi/toml"

	"softshell/audit/version"
	"softshell/finding"
)

// frontMatter is the TOML table that a RustSec advisory begins with.
type frontMatter struct {
	Advisory struct {
		ID            string   `toml:"id"`
		Package       string   `toml:"package"`
		Date          any      `toml:"date"`
		URL           string   `toml:"url"`
		Withdrawn     any      `toml:"withdrawn"`
		Aliases       []string `toml:"aliases"`
		Related       []string `toml:"related"`
		References    []string `toml:"references"`
		Categories    []string `toml:"categories"`
		Keywords      []string `toml:"keywords"`
		CVSS          string   `toml:"cvss"`
		Informational string   `toml:"informational"`
		Source        string   `toml:"source"`
		License       string   `toml:"license"`
		Collection    string   `toml:"collection"`
		ExpectDeleted bool     `toml:"expect-deleted"`
	} `toml:"advisory"`
	Versions *struct {
		Patched    []string `toml:"patched"`
		Unaffected []string `toml:"unaffected"`
	} `toml:"versions"`
	Affected struct {
		Arch      []string            `toml:"arch"`
		OS        []string            `toml:"os"`
		Functions map[string][]string `toml:"functions"`
	} `toml:"affected"`
}

// maxFrontMatter is far above what any advisory needs.
const maxFrontMatter = 256 << 10

// ParseRustSec reads one advisory in RustSec's form: TOML in a fence, then Markdown.
// file is its path below the database, with slashes. The notes name what was not
// understood and does no harm.
func ParseRustSec(file string, text []byte) (*Advisory, []string, error) {
	if !utf8.Valid(text) {
		return nil, nil, errors.New("is not UTF-8")
	}
	head, body, err := split(string(text))
	if err != nil {
		return nil, nil, err
	}
	var f frontMatter
	meta, err := toml.Decode(head, &f)
	if err != nil {
		return nil, nil, fmt.Errorf("read the front matter: %w", err)
	}
	a := &Advisory{
		ID: f.Advisory.ID, Package: f.Advisory.Package, Collection: collection(file, f.Advisory.Collection),
		Source: sourceOf(f.Advisory.Source), License: f.Advisory.License,
		URL: f.Advisory.URL, Aliases: f.Advisory.Aliases, Related: f.Advisory.Related, References: f.Advisory.References,
		Categories: f.Advisory.Categories, Keywords: f.Advisory.Keywords,
		Arch: f.Affected.Arch, OS: f.Affected.OS, File: file,
	}
	var notes []string
	for _, k := range meta.Undecoded() {
		notes = append(notes, "unknown key "+k.String())
	}
	a.Kind = kind(f.Advisory.Informational, &notes)
	a.Date = date("date", f.Advisory.Date, &notes)
	if f.Advisory.Withdrawn != nil {
		if a.Withdrawn = date("withdrawn", f.Advisory.Withdrawn, &notes); a.Withdrawn == "" {
			return nil, nil, fmt.Errorf("withdrawn is no date: %v", f.Advisory.Withdrawn)
		}
	}
	if f.Advisory.CVSS != "" {
		if a.CVSS, err = ParseCVSS(f.Advisory.CVSS); err != nil {
			notes = append(notes, err.Error())
		}
	}
	if f.Versions == nil {
		return nil, nil, errors.New("has no [versions]: what is affected is not known")
	}
	a.Patched, a.Unaffected = f.Versions.Patched, f.Versions.Unaffected
	if a.Affected, err = version.Affected(a.Patched, a.Unaffected); err != nil {
		return nil, nil, err
	}
	for p, reqs := range f.Affected.Functions {
		fn := Function{Path: p, Versions: reqs}
		if fn.Ranges, err = version.WideOf(reqs); err != nil {
			return nil, nil, fmt.Errorf("function %s: %w", p, err)
		}
		if len(reqs) == 0 { // of no version in particular
			fn.Ranges = a.Affected
		}
		a.Functions = append(a.Functions, fn)
	}
	if a.Title, a.Description, err = titleOf(body); err != nil {
		return nil, nil, err
	}
	if err := a.clean(); err != nil {
		return nil, nil, err
	}
	return a, notes, nil
}

// split takes the text apart into the front matter and what follows.
func split(text string) (head, body string, err error) {
	text = strings.TrimPrefix(text, "\ufeff")
	if strings.Contains(text, "\r") {
		text = strings.ReplaceAll(text, "\r\n", "\n")
	}
	rest, ok := strings.CutPrefix(text, "```toml")
	if !ok {
		if strings.TrimSpace(text) == "" {
			return "", "", errors.New("is empty")
		}
		return "", "", errors.New("does not begin with ```toml")
	}
	head, body, ok = strings.Cut(rest, "\n```")
	switch {
	case !ok:
		return "", "", errors.New("the front matter has no end")
	case len(head) > maxFrontMatter:
		return "", "", fmt.Errorf("the front matter has more than %d KiB", maxFrontMatter>>10)
	}
	if h := strings.TrimSpace(head); !strings.HasPrefix(h, "[advisory]") {
		head = "[advisory]\n" + h // a form that leaves the first table's name out
	}
	return head, body, nil
}

func titleOf(body string) (title, description string, err error) {
	body = strings.TrimLeft(body, " \t\n")
	line, rest, _ := strings.Cut(body, "\n")
	title, ok := strings.CutPrefix(line, "# ")
	if !ok || strings.TrimSpace(title) == "" {
		return "", "", errors.New("has no title: the first line below the front matter must begin with \"# \"")
	}
	return title, strings.TrimSpace(rest), nil
}

// collection is what the advisory says, else follows the folder, as RustSec does.
func collection(file, said string) string {
	if said == Rust || said != Crates && slices.Contains(strings.Split(path.Dir(file), "/"), Rust) {
		return Rust
	}
	return Crates
}

// sourceOf is the registry that an advisory is about; "" for crates.io, by each of its spellings.
func sourceOf(s string) string {
	switch strings.TrimSuffix(strings.TrimSuffix(s, "/"), ".git") {
	case "registry+https://github.com/rust-lang/crates.io-index", "sparse+https://index.crates.io":
		return ""
	}
	return s
}

func kind(informational string, notes *[]string) Kind {
	switch k := Kind(informational); k {
	case "":
		return Vulnerability
	case Unsound, Unmaintained, Notice:
		return k
	}
	*notes = append(*notes, fmt.Sprintf("unknown kind %q: taken for a notice", informational))
	return Notice
}

// date takes a string or a date of TOML, and returns the day.
func date(key string, v any, notes *[]string) string {
	switch v := v.(type) {
	case time.Time:
		return v.Format(time.DateOnly)
	case string:
		if len(v) >= len(time.DateOnly) {
			if t, err := time.Parse(time.DateOnly, v[:len(time.DateOnly)]); err == nil {
				return t.Format(time.DateOnly)
			}
		}
	}
	if v != nil {
		*notes = append(*notes, fmt.Sprintf("%s is no date: %v", key, v))
	}
	return ""
}

var (
	rightID   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$`)
	rightName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_-]{0,127}$`)
)

// clean makes all text fit to be shown, and refuses what cannot be told by name.
func (a *Advisory) clean() error {
	switch {
	case a.ID == "":
		return errors.New("has no id")
	case !rightID.MatchString(a.ID):
		return fmt.Errorf("the id %.80q is none", a.ID)
	case a.Package == "":
		return errors.New("has no package")
	case !rightName.MatchString(a.Package):
		return fmt.Errorf("%.80q cannot be the name of a package", a.Package)
	}
	for _, s := range []*string{&a.Title, &a.URL, &a.License, &a.Source, &a.File} {
		*s = finding.Plain(*s)
	}
	a.Description = finding.PlainText(a.Description)
	a.URL = webOnly(a.URL)
	for _, list := range []*[]string{&a.Aliases, &a.Related, &a.References, &a.Categories, &a.Keywords, &a.Arch, &a.OS, &a.Patched, &a.Unaffected} {
		*list = plainAll(*list)
	}
	a.Aliases = slices.DeleteFunc(a.Aliases, func(s string) bool { return s == a.ID })
	a.References = slices.DeleteFunc(a.References, func(s string) bool { return webOnly(s) == "" })
	for i := range a.Functions {
		a.Functions[i].Path = finding.Plain(a.Functions[i].Path)
		a.Functions[i].Versions = plainAll(a.Functions[i].Versions)
	}
	slices.SortFunc(a.Functions, func(x, y Function) int { return strings.Compare(x.Path, y.Path) })
	return nil
}

func plainAll(list []string) []string {
	var out []string
	for _, s := range list {
		if s = finding.Plain(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// webOnly leaves out what a click should not open.
func webOnly(url string) string {
	if strings.HasPrefix(url, "https://") || strings.HasPrefix(url, "http://") {
		return url
	}
	return ""
}
