package flow

import "math"

// fixpoint answers questions whose answers may depend on each other. What does
// not depend on itself is computed once. What does (functions that call each
// other) is computed, from the least answer up, until nothing in the circle
// changes: so it does not matter which of them is asked first.
type fixpoint[K comparable, V any] struct {
	known   map[K]*answer[V]
	depth   int          // answers that are being computed
	oldest  int          // the outermost of them that was asked for meanwhile, with its depth
	changed bool         // meanwhile an answer changed
	open    []*answer[V] // answers that stand on one that is being computed
}

type answer[V any] struct {
	value V
	needs int // depth of the outermost answer that it stands on, until it is final
	final bool
	stale bool // to be computed again: the circle goes round once more
}

// maxRounds bounds the rounds of a circle.
const maxRounds = 8

const nothing = math.MaxInt // no answer that is being computed was asked for

// ask returns the answer to k. compute may ask further; same compares; give is
// what is answered in a circle that does not come to rest.
func (x *fixpoint[K, V]) ask(k K, least V, compute func() V, same func(a, b V) bool, give func(V) V) V {
	a := x.known[k]
	switch {
	case a == nil:
		if x.known == nil {
			x.known = map[K]*answer[V]{}
		}
		a = &answer[V]{value: least}
		x.known[k] = a
	case a.final:
		return a.value
	case !a.stale:
		x.oldest = min(x.oldest, a.needs)
		return a.value
	}
	oldest, changed, depth, first := x.oldest, x.changed, x.depth, len(x.open)
	a.stale, a.needs = false, depth
	x.depth++
	for round := 1; ; round++ {
		x.oldest, x.changed = nothing, false
		next := compute()
		x.changed = x.changed || !same(next, a.value)
		a.value = next
		if x.oldest != depth || !x.changed {
			break
		}
		if round == maxRounds {
			a.value = give(a.value)
			for _, m := range x.open[first:] {
				m.value = give(m.value)
			}
			break
		}
		for _, m := range x.open[first:] {
			m.stale = true
		}
		x.open = x.open[:first]
	}
	x.depth--
	if x.oldest < depth { // an outer one closes the circle
		x.open = append(x.open, a)
		for _, m := range x.open[first:] {
			m.needs = min(m.needs, x.oldest) // what stands on a stands on what a does
		}
		x.oldest, x.changed = min(x.oldest, oldest), x.changed || changed
		return a.value
	}
	for _, m := range x.open[first:] {
		m.final = true
	}
	x.open = x.open[:first]
	a.final = true
	x.oldest, x.changed = oldest, changed
	return a.value
}
