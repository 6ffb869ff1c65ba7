package flow

import (
	"cmp"
	"slices"
)

// NaturalLoop is a loop of the source: its head, which every turn passes, and
// the blocks from which the head is reached again.
type NaturalLoop struct {
	Head   int32
	blocks []bool
	size   int
}

// Has reports whether a block is part of the loop.
func (l *NaturalLoop) Has(block int32) bool { return block >= 0 && l.blocks[block] }

// LoopsAround lists the loops that hold a block, the innermost first.
func (v *View) LoopsAround(block int32) []*NaturalLoop {
	if v.natural == nil {
		v.natural = v.naturalLoops()
	}
	var out []*NaturalLoop
	for _, l := range v.natural {
		if l.Has(block) {
			out = append(out, l)
		}
	}
	return out
}

// naturalLoops finds the loops, smaller ones first. Loops of one head are one.
func (v *View) naturalLoops() []*NaturalLoop {
	out := []*NaturalLoop{}
	byHead := map[int32]*NaturalLoop{}
	for _, from := range v.CFG.RPO {
		for _, e := range v.CFG.Succs[from] {
			if e.Unwind || !v.Dominates(e.To, from) {
				continue
			}
			l := byHead[e.To]
			if l == nil {
				l = &NaturalLoop{Head: e.To, blocks: make([]bool, len(v.MIR.Blocks)), size: 1}
				l.blocks[e.To] = true
				byHead[e.To] = l
				out = append(out, l)
			}
			v.grow(l, from)
		}
	}
	slices.SortStableFunc(out, func(a, b *NaturalLoop) int { return cmp.Compare(a.size, b.size) })
	return out
}

// grow adds all from which a back edge is reached without passing the head.
func (v *View) grow(l *NaturalLoop, from int32) {
	stack := []int32{from}
	for len(stack) > 0 {
		at := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if l.blocks[at] {
			continue
		}
		l.blocks[at] = true
		l.size++
		stack = append(stack, v.CFG.Preds[at]...)
	}
}
