package dwarf

import (
	"slices"
	"sort"
)

// space is a namespace, from its entry to the end of its children.
type space struct {
	off, end int
	parent   int // index, -1 at the root
	name     value
}

// spaceList gathers the namespaces of a unit, in the order of their entries.
type spaceList struct {
	all    []space
	depths []int // of the open ones
	opened []int // their indices
}

func (l *spaceList) open(depth, off int, name value) {
	parent := -1
	if n := len(l.opened); n > 0 {
		parent = l.opened[n-1]
	}
	l.opened = append(l.opened, len(l.all))
	l.depths = append(l.depths, depth)
	l.all = append(l.all, space{off: off, end: off, parent: parent, name: name})
}

// close ends the namespaces at this depth and below it.
func (l *spaceList) close(depth, off int) {
	for n := len(l.opened); n > 0 && l.depths[n-1] >= depth; n = len(l.opened) {
		l.all[l.opened[n-1]].end = off
		l.opened, l.depths = l.opened[:n-1], l.depths[:n-1]
	}
}

// spaceOf is the innermost namespace around an entry, -1 when there is none.
func (u *Unit) spaceOf(off int) int {
	if !u.spaced.Load() {
		u.chains(nil)
	}
	i := sort.Search(len(u.spaces), func(i int) bool { return u.spaces[i].off >= off }) - 1
	for i >= 0 && u.spaces[i].end <= off {
		i = u.spaces[i].parent
	}
	return i
}

// crateAt is the name of the namespace at the root that an entry stands in.
func (u *Unit) crateAt(off int) string {
	name := ""
	for i := u.spaceOf(off); i >= 0; i = u.spaces[i].parent {
		name = u.str(u.spaces[i].name)
	}
	return name
}

// Path is the names of the namespaces that an entry stands in, the root first.
func (d *Data) Path(off int) []string {
	u := d.unitAt(off)
	if u == nil {
		return nil
	}
	u.open()
	var out []string
	for i := u.spaceOf(off); i >= 0; i = u.spaces[i].parent {
		out = append(out, u.str(u.spaces[i].name))
	}
	slices.Reverse(out)
	return out
}
