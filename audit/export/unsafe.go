package export

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"softshell/audit/unsafety"
	"softshell/finding"
	"softshell/report"
)

// UnsafeOptions are the choices for an inventory.
type UnsafeOptions struct {
	Color  bool
	Items  bool   // each site, not only the table
	Folder string // paths below it are shown relative to it
	Since  string // what the inventory was compared with; "" is nothing
}

// unsafeVersion changes when a reader of the JSON must change.
const unsafeVersion = 1

// UnsafeReport is an inventory as it is written.
type UnsafeReport struct {
	Format  string            `json:"format"` // "softshell unsafe"
	Version int               `json:"version"`
	Tool    string            `json:"tool"`
	Rustc   string            `json:"rustc,omitempty"`
	Target  string            `json:"target,omitempty"`
	Since   string            `json:"since,omitempty"` // only what is new since then is listed
	Crates  []unsafety.Crate  `json:"crates"`
	Gone    []unsafety.Change `json:"gone,omitempty"` // what was there before
	Notes   []string          `json:"notes,omitempty"`
}

// UnsafeJSON writes a report as JSON.
func UnsafeJSON(w io.Writer, r *UnsafeReport) error {
	r.Format, r.Version = "softshell unsafe", unsafeVersion
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("write the inventory: %w", err)
	}
	_, err = w.Write(append(text, '\n'))
	return err
}

// ReadUnsafe reads what UnsafeJSON wrote.
func ReadUnsafe(text []byte) (*UnsafeReport, error) {
	var r UnsafeReport
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, fmt.Errorf("read the older inventory: %w", err)
	}
	switch {
	case r.Format != "softshell unsafe":
		return nil, fmt.Errorf("read the older inventory: this is no report of softshell audit unsafe --format json")
	case r.Version != unsafeVersion:
		return nil, fmt.Errorf("read the older inventory: version %d is not known, this softshell writes %d", r.Version, unsafeVersion)
	case r.Since != "":
		return nil, fmt.Errorf("read the older inventory: it lists only what was new since %s; write one without --diff", finding.Plain(r.Since))
	}
	return &r, nil
}

// columns of the table: how they are headed, and which kinds they count.
var unsafeColumns = []struct {
	head  string
	kinds []unsafety.Kind
}{
	{"deref", []unsafety.Kind{unsafety.RawDeref}},
	{"call", []unsafety.Kind{unsafety.UnsafeCall}},
	{"ffi", []unsafety.Kind{unsafety.FFICall}},
	{"static", []unsafety.Kind{unsafety.StaticMut}},
	{"union", []unsafety.Kind{unsafety.UnionField}},
	{"asm", []unsafety.Kind{unsafety.InlineAsm}},
	{"transmute", []unsafety.Kind{unsafety.Transmute}},
	{"block", []unsafety.Kind{unsafety.UnsafeBlock}},
	{"fn", []unsafety.Kind{unsafety.UnsafeFn}},
	{"impl", []unsafety.Kind{unsafety.UnsafeImpl}},
	{"trait", []unsafety.Kind{unsafety.UnsafeTrait}},
	{"attr", []unsafety.Kind{unsafety.UnsafeAttr}},
}

type unsafeText struct {
	o UnsafeOptions
	report.Terminal
}

// UnsafeText writes a report for people: a table by crate, and the sites if asked.
func UnsafeText(w io.Writer, r *UnsafeReport, o UnsafeOptions) error {
	t := &unsafeText{Terminal: report.Terminal{Color: o.Color}, o: o}
	if o.Items {
		for i := range r.Crates {
			t.sites(&r.Crates[i])
		}
		for i := range r.Gone {
			t.gone(&r.Gone[i])
		}
	}
	t.table(r)
	for _, n := range r.Notes {
		fmt.Fprintf(t, "%s: %s\n", t.Paint(report.Green, "note"), finding.Plain(n))
	}
	for i := range r.Crates {
		if c := &r.Crates[i]; c.Failed != "" {
			fmt.Fprintf(t, "%s: %s: %s\n", t.Paint(report.Yellow, "not looked at"), crateName(c), finding.Plain(c.Failed))
		}
	}
	t.summary(r)
	_, err := w.Write(t.Bytes())
	return err
}

// crateName is the package and its version, of a single file its crate's name.
func crateName(c *unsafety.Crate) string {
	if c.Package == "" {
		return finding.Plain(c.Crate)
	}
	return finding.Plain(c.Package) + " " + finding.Plain(c.Version)
}

// place is a path as it is shown.
func (t *unsafeText) place(s finding.Span) string {
	if s.IsZero() {
		return ""
	}
	file := finding.Relative(t.o.Folder, s.File)
	if _, rest, ok := strings.Cut(file, "/registry/src/"); ok {
		_, file, _ = strings.Cut(rest, "/") // the crate's folder and what is in it say it all
	}
	return fmt.Sprintf("%s:%d:%d", finding.Plain(file), s.Line, s.Col)
}

func (t *unsafeText) sites(c *unsafety.Crate) {
	if len(c.Sites) == 0 {
		return
	}
	fmt.Fprintf(t, "%s %s\n", t.Paint(report.Bold, crateName(c)), finding.Plain(c.Kind))
	for i := range c.Sites {
		t.site(&c.Sites[i], "  ")
	}
	t.WriteByte('\n')
}

func (t *unsafeText) site(s *unsafety.Site, mark string) {
	words := []string{finding.Plain(s.Item)}
	if s.Detail != "" {
		words = append(words, finding.Plain(s.Detail))
	}
	if s.Macro != "" {
		words = append(words, "from "+finding.Plain(s.Macro))
	}
	if s.Needs && !s.Documented() {
		words = append(words, t.Paint(report.Yellow, "no comment"))
	}
	if s.Reached != "" {
		words = append(words, finding.Plain(s.Reached))
	}
	fmt.Fprintf(t, "%s%s %s  %s\n", mark, t.Paint(report.Cyan, fmt.Sprintf("%-10s", finding.Plain(string(s.Kind)))), t.place(s.Span), strings.Join(words, "; "))
}

func (t *unsafeText) gone(c *unsafety.Change) {
	fmt.Fprintf(t, "%s gone: ", t.Paint(report.Bold, finding.Plain(c.Package)))
	t.site(&c.Site, "")
}

// row is a line of the table: all crates of one version of a package.
type row struct {
	name              string
	counts            []int
	expected, missing int
	reached, asked    int
	mark              string
}

func (t *unsafeText) table(r *UnsafeReport) {
	rows := rowsOf(r.Crates)
	if len(rows) == 0 {
		return
	}
	total := row{name: "total", counts: make([]int, len(unsafeColumns))}
	for _, w := range rows {
		for i, n := range w.counts {
			total.counts[i] += n
		}
		total.expected += w.expected
		total.missing += w.missing
		total.reached += w.reached
		total.asked += w.asked
	}
	rows = append(rows, total)
	width := 7
	for _, w := range rows {
		width = max(width, len(w.name))
	}
	head := ""
	for _, c := range unsafeColumns {
		head += fmt.Sprintf(" %*s", columnWidth(c.head), c.head)
	}
	reach := ""
	if total.asked > 0 {
		reach = "  reachable"
	}
	fmt.Fprintln(t, t.Paint(report.Bold, fmt.Sprintf("%-*s%s  no comment%s", width, "package", head, reach)))
	for _, w := range rows {
		line := fmt.Sprintf("%-*s", width, w.name)
		for i, c := range unsafeColumns {
			n := "."
			if w.counts[i] > 0 {
				n = fmt.Sprint(w.counts[i])
			}
			line += fmt.Sprintf(" %*s", columnWidth(c.head), n)
		}
		line += fmt.Sprintf("  %10s", fmt.Sprintf("%d/%d", w.missing, w.expected))
		if total.asked > 0 {
			line += fmt.Sprintf("  %9s", fmt.Sprintf("%d/%d", w.reached, w.asked))
		}
		fmt.Fprintln(t, strings.TrimRight(line+w.mark, " "))
	}
}

func columnWidth(head string) int { return max(len(head), 5) }

func rowsOf(crates []unsafety.Crate) []row {
	var out []row
	for i := range crates {
		c := &crates[i]
		if len(c.Sites) == 0 {
			continue
		}
		name := crateName(c)
		if n := len(out); n == 0 || out[n-1].name != name {
			out = append(out, row{name: name, counts: make([]int, len(unsafeColumns)), mark: "  runs at build time"})
		}
		w := &out[len(out)-1]
		if !c.Host {
			w.mark = ""
		}
		if c.Member {
			w.mark = "  member"
		}
		for j, col := range unsafeColumns {
			for _, k := range col.kinds {
				w.counts[j] += c.Count(k)
			}
		}
		e, m := c.Comments()
		w.expected, w.missing = w.expected+e, w.missing+m
		for j := range c.Sites {
			if s := &c.Sites[j]; s.Reached != "" {
				w.asked++
				if s.Reached == "reachable" {
					w.reached++
				}
			}
		}
	}
	return out
}

func (t *unsafeText) summary(r *UnsafeReport) {
	with, without, forbid, ops, expected, missing := 0, 0, 0, 0, 0, 0
	names := map[string]bool{}
	for i := range r.Crates {
		c := &r.Crates[i]
		ops += c.Operations()
		e, m := c.Comments()
		expected, missing = expected+e, missing+m
		if c.Failed == "" {
			names[crateName(c)] = names[crateName(c)] || len(c.Sites) > 0
		}
		if c.Forbids && c.Kind == "lib" {
			forbid++
		}
	}
	for _, has := range names {
		if has {
			with++
		} else {
			without++
		}
	}
	if r.Since != "" {
		fmt.Fprintf(t, "%s: %s since %s: %s in %s; %s no longer there\n", t.Paint(report.Yellow, "softshell"), t.Paint(report.Bold, "new unsafe code"), finding.Plain(r.Since),
			count(sitesOf(r.Crates), "site"), count(with, "package"), count(len(r.Gone), "site"))
		return
	}
	fmt.Fprintf(t, "%s: %s in %s of %s; %d without any, %d forbid it; %d of %s without a comment\n", t.Paint(report.Yellow, "softshell"),
		t.Paint(report.Bold, count(ops, "unsafe operation")), count(with, "package"), fmt.Sprint(with+without), without, forbid, missing, count(expected, "place"))
}

func sitesOf(crates []unsafety.Crate) int {
	n := 0
	for i := range crates {
		n += len(crates[i].Sites)
	}
	return n
}

// OnlyCrates are the crates of the packages that are named ("name" or "name@version"),
// or of the workspace's members.
func OnlyCrates(crates []unsafety.Crate, packages []string, members bool) []unsafety.Crate {
	out := []unsafety.Crate{}
	for i := range crates {
		c := &crates[i]
		if members && !c.Member {
			continue
		}
		if len(packages) > 0 && !slices.Contains(packages, c.Package) && !slices.Contains(packages, c.Package+"@"+c.Version) {
			continue
		}
		out = append(out, *c)
	}
	return out
}

// OnlyGone are the changes that concern the packages that are named and, when only
// members are shown, those of members.
func OnlyGone(gone []unsafety.Change, packages []string, members map[string]bool) []unsafety.Change {
	return slices.DeleteFunc(slices.Clone(gone), func(c unsafety.Change) bool {
		return members != nil && !members[c.Package] ||
			len(packages) > 0 && !slices.Contains(packages, c.Package) && !slices.Contains(packages, c.Package+"@"+c.Version)
	})
}
