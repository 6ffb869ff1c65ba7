package advisory

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Database is what was read.
type Database struct {
	Path     string // of the first source
	Commit   string // of its git checkout, when it is one
	Date     string // up to when the first source tells, RFC 3339; others may be a few advisories of one's own
	Sources  []Source
	Problems []Problem // files that could not be used
	Notes    []string  // what was not understood and does no harm

	all       []*Advisory
	byPackage map[string][]*Advisory // of collection Crates
}

// Source is one place that was read.
type Source struct {
	Path       string
	Commit     string
	URL        string // where an update took it from
	Date       string // of the commit, else of the newest advisory; RFC 3339
	Updated    string // when an update last asked for something newer; RFC 3339
	Advisories int
	Cached     bool // the files did not have to be parsed again
}

// Problem is a file that could not be used.
type Problem struct {
	File string
	Err  string
}

// Crate returns the advisories about a package of crates.io or of another registry,
// sorted by id; withdrawn ones too. They are shared: do not change them.
func (d *Database) Crate(name string) []*Advisory { return d.byPackage[name] }

// All returns every advisory, sorted by id and package; withdrawn ones too.
func (d *Database) All() []*Advisory { return d.all }

// Len is the number of advisories.
func (d *Database) Len() int { return len(d.all) }

// Find returns the advisories with an id or an alias, whatever its case.
func (d *Database) Find(id string) []*Advisory {
	var out, also []*Advisory
	for _, a := range d.all {
		switch {
		case strings.EqualFold(a.ID, id):
			out = append(out, a)
		case slices.ContainsFunc(a.Aliases, func(s string) bool { return strings.EqualFold(s, id) }):
			also = append(also, a)
		}
	}
	return append(out, also...)
}

// Age is how old the database is; ok is false when it has no date, or one that is still to come.
func (d *Database) Age(now time.Time) (age time.Duration, ok bool) {
	t, err := time.Parse(time.RFC3339, d.Date)
	if err != nil || t.Sub(now) > 24*time.Hour { // a clock may be a little slow
		return 0, false
	}
	return max(now.Sub(t), 0), true
}

// New makes a Database of advisories at hand.
func New(all []*Advisory) *Database {
	d := &Database{all: slices.Clone(all)}
	d.finish()
	return d
}

// finish sorts, takes out what two sources say twice, and makes the index by package.
func (d *Database) finish() {
	if !slices.IsSortedFunc(d.all, order) { // one source comes in order
		slices.SortStableFunc(d.all, order)
	}
	d.byPackage = map[string][]*Advisory{}
	for _, a := range d.all {
		d.byPackage[a.Package] = append(d.byPackage[a.Package], a)
	}
	dropped := map[*Advisory]bool{}
	for _, list := range d.byPackage {
		twice(list, dropped)
	}
	if len(dropped) > 0 {
		d.all = slices.DeleteFunc(d.all, func(a *Advisory) bool { return dropped[a] })
	}
	for name, list := range d.byPackage {
		d.byPackage[name] = slices.DeleteFunc(list, func(a *Advisory) bool { return a.Collection != Crates || dropped[a] })
	}
}

func order(a, b *Advisory) int {
	return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Package, b.Package), cmp.Compare(a.File, b.File))
}

// twice marks the OSV entries about one package that another advisory tells of too:
// they have an id in common, and both or neither are withdrawn. RustSec's own files
// come first, then RustSec's entries, then the others. What is kept takes over the ids.
func twice(list []*Advisory, dropped map[*Advisory]bool) {
	if len(list) < 2 || !slices.ContainsFunc(list, (*Advisory).fromOSV) {
		return
	}
	best := slices.Clone(list)
	slices.SortStableFunc(best, func(a, b *Advisory) int { return a.preference() - b.preference() })
	var kept []*Advisory
	for _, a := range best {
		same := -1
		if a.fromOSV() {
			same = slices.IndexFunc(kept, func(k *Advisory) bool {
				return k.Collection == a.Collection && (k.Withdrawn == "") == (a.Withdrawn == "") && k.shares(a)
			})
		}
		if same < 0 {
			kept = append(kept, a)
			continue
		}
		dropped[a] = true
		k := kept[same]
		for _, id := range append([]string{a.ID}, a.Aliases...) {
			if id != k.ID && !slices.Contains(k.Aliases, id) {
				k.Aliases = append(slices.Clone(k.Aliases), id)
			}
		}
	}
}

func (a *Advisory) fromOSV() bool { return strings.HasSuffix(a.File, ".json") }

func (a *Advisory) preference() int {
	switch {
	case !a.fromOSV():
		return 0
	case strings.HasPrefix(a.ID, "RUSTSEC-"):
		return 1
	}
	return 2
}

// shares reports whether two advisories have an id in common.
func (a *Advisory) shares(b *Advisory) bool {
	has := func(id string) bool { return id == a.ID || slices.Contains(a.Aliases, id) }
	return has(b.ID) || slices.ContainsFunc(b.Aliases, has)
}
