package unsafety

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"softshell/finding"
)

// Change is a site that one of two inventories has.
type Change struct {
	Package string `json:"package"`
	Version string `json:"version"`
	Site    Site   `json:"site"`
}

// same is what makes two sites of two inventories the same one: not where it stands.
type same struct {
	pkg, crate                string
	kind                      Kind
	item, detail, macro, code string
}

func sameOf(c *Crate, s *Site) same {
	return same{c.Package, c.Crate, s.Kind, s.Item, s.Detail, s.Macro, s.Code}
}

// Diff returns what new has and old has not, by crate, and what is gone. A site that
// only moved is none of the two; one whose code changed is both. Of a crate that one of
// the two could not look at it is not known what is gone, or what was there before: a
// note says so.
func Diff(old, new *Inventory) (added *Inventory, gone []Change) {
	left := map[same]int{}
	notes := slices.Clone(new.Notes)
	for i := range old.Crates {
		if c := &old.Crates[i]; c.Failed != "" {
			notes = append(notes, fmt.Sprintf("%s %s could not be looked at as it was before (%s): what is called new there may be old", c.Package, c.Version, c.Failed))
		}
	}
	unknown := map[[2]string]bool{}
	for i := range new.Crates {
		if c := &new.Crates[i]; c.Failed != "" {
			unknown[[2]string{c.Package, c.Crate}] = true
		}
	}
	for i := range old.Crates {
		for j := range old.Crates[i].Sites {
			left[sameOf(&old.Crates[i], &old.Crates[i].Sites[j])]++
		}
	}
	added = &Inventory{Notes: notes, Crates: []Crate{}}
	for i := range new.Crates {
		c := new.Crates[i]
		sites := []Site{}
		for _, s := range c.Sites {
			if k := sameOf(&c, &s); left[k] > 0 {
				left[k]--
				continue
			}
			sites = append(sites, s)
		}
		if len(sites) > 0 || c.Failed != "" {
			c.Sites = sites
			added.Crates = append(added.Crates, c)
		}
	}
	for i := range old.Crates {
		c := &old.Crates[i]
		if unknown[[2]string{c.Package, c.Crate}] {
			continue
		}
		for j := len(c.Sites) - 1; j >= 0; j-- {
			if k := sameOf(c, &c.Sites[j]); left[k] > 0 {
				left[k]--
				gone = append(gone, Change{c.Package, c.Version, c.Sites[j]})
			}
		}
	}
	sortChanges(gone)
	return added, gone
}

func sortChanges(list []Change) {
	slices.SortFunc(list, func(a, b Change) int {
		return cmp.Or(cmp.Compare(a.Package, b.Package), cmp.Compare(a.Version, b.Version), compareSites(a.Site, b.Site))
	})
}

// Move names the files below one folder as if they lay below another.
func (inv *Inventory) Move(from, to string) {
	move := func(s *finding.Span) {
		if rest, ok := strings.CutPrefix(s.File, from); ok {
			s.File = to + rest
		}
	}
	for i := range inv.Crates {
		for j := range inv.Crates[i].Sites {
			s := &inv.Crates[i].Sites[j]
			move(&s.Span)
			move(&s.Safety)
		}
	}
}
