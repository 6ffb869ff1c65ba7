package profile

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// Difference is what changed from one profile to another, stack by stack.
type Difference struct {
	A, B    *Profile
	Changes []Change // sorted by the names of their stacks
}

// Change is one stack in both profiles; the one that lacks it has zeros.
type Change struct {
	Stack []Frame // the innermost first; from B where it has the stack
	Type  string  // of all blocks, "" when they are of several or some are of none that is known
	A, B  Figures
}

// Figures are what one or more sites counted.
type Figures struct {
	Counts Counts
	Left   [NumKinds]Left
}

// Add adds what s counted.
func (f *Figures) Add(s *Site) {
	f.Counts.Add(&s.Counts)
	for k := range f.Left {
		f.Left[k].Add(s.Left[k])
	}
}

// Diff matches the stacks of two runs by the names of their functions: addresses
// differ with each start and each build, and lines with each edit. name gives
// what a frame is matched by; frames with "" are left out of the stack.
func Diff(a, b *Profile, name func(*Frame) string) *Difference {
	d := &differ{name: name, nodes: map[step]int{}, names: map[string]int{}, changes: map[int]*Change{}}
	d.add(b, func(c *Change) *Figures { return &c.B })
	d.add(a, func(c *Change) *Figures { return &c.A })
	out := &Difference{A: a, B: b}
	for _, c := range d.changes {
		c.Type = strings.TrimPrefix(c.Type, several)
		out.Changes = append(out.Changes, *c)
	}
	slices.SortFunc(out.Changes, func(x, y Change) int {
		return cmp.Or(slices.CompareFunc(x.Stack, y.Stack, func(f, g Frame) int { return cmp.Compare(name(&f), name(&g)) }), cmp.Compare(x.Type, y.Type))
	})
	return out
}

// several stands for more than one type until both profiles are added.
const several = "\x00"

// differ puts the stacks of both profiles into one tree of names.
type differ struct {
	name    func(*Frame) string
	names   map[string]int
	nodes   map[step]int // numbers of tree nodes, from 1
	changes map[int]*Change
}

type step struct{ parent, name int }

func (d *differ) add(p *Profile, side func(*Change) *Figures) {
	at := make([]int, len(p.Nodes)) // the node in the tree of names
	for i, n := range p.Nodes {
		if n.Parent >= 0 {
			at[i] = at[n.Parent]
		}
		for _, f := range slices.Backward(p.FramesOf(n.Location)) {
			if s := d.name(&f); s != "" {
				at[i] = d.enter(step{at[i], d.number(s)})
			}
		}
	}
	types := map[*Change]string{} // of what this profile adds
	for i := range p.Sites {
		s := &p.Sites[i]
		c := d.changes[at[s.Node]]
		if c == nil {
			c = &Change{Stack: d.stack(p, s.Node)}
			d.changes[at[s.Node]] = c
		}
		if ty, ok := types[c]; !ok {
			types[c] = s.Type
		} else if ty != s.Type {
			types[c] = several
		}
		side(c).Add(s)
	}
	for c, ty := range types {
		switch {
		case c.Type == "":
			c.Type = ty
		case ty != "" && ty != c.Type:
			c.Type = several
		}
	}
}

func (d *differ) number(s string) int {
	n, ok := d.names[s]
	if !ok {
		n = len(d.names)
		d.names[s] = n
	}
	return n
}

func (d *differ) enter(s step) int {
	n, ok := d.nodes[s]
	if !ok {
		n = len(d.nodes) + 1
		d.nodes[s] = n
	}
	return n
}

func (d *differ) stack(p *Profile, node int) []Frame {
	var out []Frame
	for ; node >= 0; node = p.Nodes[node].Parent {
		for _, f := range p.FramesOf(p.Nodes[node].Location) {
			if d.name(&f) != "" {
				out = append(out, f)
			}
		}
	}
	return out
}

// FramesOf are the frames of a location, the innermost first. Where nothing is
// known of an address, it is one frame with the name of its module.
func (p *Profile) FramesOf(location int) []Frame {
	if location < 0 {
		return []Frame{{Function: "(cut off)", System: true}}
	}
	l := &p.Locations[location]
	if len(l.Frames) == 0 {
		return []Frame{{Function: p.place(l), System: true}}
	}
	out := make([]Frame, len(l.Frames))
	for i, f := range l.Frames {
		out[i] = p.Frames[f]
	}
	return out
}

func (p *Profile) place(l *Location) string {
	if l.Module < 0 {
		return fmt.Sprintf("0x%x", l.Offset)
	}
	return fmt.Sprintf("%s+0x%x", filepath.Base(p.Modules[l.Module].Path), l.Offset)
}
