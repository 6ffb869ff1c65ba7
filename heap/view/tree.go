package view

import (
	"cmp"
	"slices"
	"strings"
)

// Tree is calls of functions with what they allocated, themselves and below.
type Tree struct {
	Function int // index in Functions; -1 for the root
	Totals   Totals
	Children []*Tree // sorted by name
	index    map[int]*Tree
}

// Top down, or from the allocating functions up to their callers.
func (v *View) Tree(bottomUp bool) *Tree {
	root := &Tree{Function: -1}
	for i := range v.Stacks {
		s := &v.Stacks[i]
		t := s.Totals()
		root.Totals.Add(t)
		at := root
		for k := range s.Calls {
			if !bottomUp {
				k = len(s.Calls) - 1 - k
			}
			at = at.child(v.Frames[s.Calls[k].Frame].Function)
			at.Totals.Add(t)
		}
	}
	v.sort(root)
	return root
}

func (t *Tree) child(function int) *Tree {
	c := t.index[function]
	if c == nil {
		c = &Tree{Function: function}
		if t.index == nil {
			t.index = map[int]*Tree{}
		}
		t.index[function] = c
		t.Children = append(t.Children, c)
	}
	return c
}

func (v *View) sort(t *Tree) {
	t.index = nil
	slices.SortFunc(t.Children, func(a, b *Tree) int {
		return cmp.Or(strings.Compare(v.Functions[a.Function], v.Functions[b.Function]), cmp.Compare(a.Function, b.Function))
	})
	for _, c := range t.Children {
		v.sort(c)
	}
}
