package flow

import (
	"softshell/effects"
	"softshell/ir"
)

// Ending is one way in which a resource's story ends, with a feasible path to it.
type Ending struct {
	Event
	Path []Step // entry first; the last block is the event's
	// Unwound is the block whose call or check panics on the path, -1 when none does.
	Unwound int32
	// Panics says how sure it is that it can: Yes for panics in words and code
	// of the caller's choice, Maybe for checks and unknown callees.
	Panics effects.Tri
	// Layout is set when a branch on the path tests the size of a type or a
	// generic constant: there may be nothing to release on it.
	Layout bool
}

// Story is what becomes of one origin's resource.
type Story struct {
	Origin Origin
	Ends   []Ending
	// GaveUp is set when there were more states than the bound: nothing is claimed.
	GaveUp bool
}

// Has reports whether some feasible end is of kind k.
func (s *Story) Has(k EventKind) bool {
	for i := range s.Ends {
		if s.Ends[i].Kind == k {
			return true
		}
	}
	return false
}

// Track follows an origin's resource to all its ends. Several rules ask it of
// the same origin: the story is kept, and is not to be changed.
func (e *Engine) Track(o Origin) *Story {
	st := e.stories[o]
	if st == nil {
		st = e.track(o)
		e.stories[o] = st
	}
	if st.GaveUp {
		e.GaveUp++
	}
	return st
}

func (e *Engine) track(o Origin) *Story {
	st := &Story{Origin: o}
	b := e.body(o.Fn)
	g := e.explore(b, o.src)
	if g.gaveUp {
		st.GaveUp = true
		return st
	}
	e.endings(st, g)
	return st
}

// TrackParam follows what parameter param (from 0) of f holds behind the
// given field steps; used to ask whether a destructor releases a field.
func (e *Engine) TrackParam(f *ir.Func, param int32, at FieldPath) *Story {
	st := &Story{Origin: Origin{Fn: f, Kind: KindParam}}
	path := e.fieldPath(at)
	g := e.explore(e.body(f), source{kind: KindParam, param: param, at: loc{local: param + 1, path: path}, block: -1, root: -1})
	if g.gaveUp {
		e.GaveUp++
		st.GaveUp = true
		return st
	}
	e.endings(st, g)
	return st
}

// FieldPath names a part of what a parameter points at.
type FieldPath struct {
	Deref   bool // through the reference that the parameter is
	Variant string
	Field   int32
}

func (e *Engine) fieldPath(at FieldPath) pathID {
	var es []elem
	if at.Deref {
		es = append(es, elemDeref)
	}
	return e.paths.intern(append(es, fieldElem(e.paths.symbol(at.Variant), at.Field)))
}

// endings keeps one feasible path per distinct event.
func (e *Engine) endings(st *Story, g *graph) {
	type place struct {
		kind        EventKind
		block, stmt int32
		path        pathID
		sure        bool
	}
	seen := map[place]bool{}
	for i := range g.events {
		ev := &g.events[i]
		k := place{ev.Kind, ev.Block, ev.Stmt, ev.Path, g.nodes[ev.node].state.sure}
		if seen[k] {
			continue
		}
		path := g.feasible(ev)
		if path == nil {
			continue
		}
		seen[k] = true
		end := Ending{Event: *ev, Path: path, Unwound: -1}
		if ev.Kind == LostUnwind {
			e.blame(g.b, &end)
		}
		for _, s := range path {
			end.Layout = end.Layout || s.Case != ir.NoCase && g.b.dependsOnLayout(s.Block)
		}
		st.Ends = append(st.Ends, end)
	}
}

// blame finds the block whose panic loses the resource.
func (e *Engine) blame(b *body, end *Ending) {
	end.Unwound = end.Block
	for _, s := range end.Path {
		if s.Unwind {
			end.Unwound = s.Block
		}
	}
	end.Panics = effects.Maybe
	if b.isCall(end.Unwound) {
		end.Panics = e.callUnwinds(b, end.Unwound)
	}
}
