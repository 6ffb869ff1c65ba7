package flow

import (
	"slices"

	"softshell/effects"
	"softshell/ir"
)

// outcomeKey asks what becomes of a raw owner that parameter param (from 0)
// of a function holds at path.
type outcomeKey struct {
	fn    int
	param int32
	path  pathID
}

// StoredAt is memory behind a parameter.
type StoredAt struct {
	Param int32
	Path  pathID
}

// Outcome is the summary of one parameter: which ends its resource can meet.
// It has none where the function does not return.
type Outcome struct {
	bits     uint16
	Returned []pathID
	Stored   []StoredAt
}

func (o *Outcome) has(k EventKind) bool { return o.bits&(1<<k) != 0 }

func (o *Outcome) add(ev *Event) {
	o.bits |= 1 << ev.Kind
	switch ev.Kind {
	case Returned:
		if !slices.Contains(o.Returned, ev.Path) {
			o.Returned = append(o.Returned, ev.Path)
		}
	case Stored:
		if at := (StoredAt{ev.Param, ev.Path}); !slices.Contains(o.Stored, at) {
			o.Stored = append(o.Stored, at)
		}
	}
}

// unclear is the outcome with the word that it may be another.
func (o *Outcome) unclear() *Outcome {
	c := *o
	c.bits |= 1 << Unclear
	return &c
}

func (o *Outcome) same(p *Outcome) bool {
	return o.bits == p.bits && slices.Equal(o.Returned, p.Returned) && slices.Equal(o.Stored, p.Stored)
}

// outcome computes, once, what becomes of a parameter's resource.
func (e *Engine) outcome(f *ir.Func, param int32, path pathID) *Outcome {
	return e.outcomes.ask(outcomeKey{f.ID, param, path}, &Outcome{},
		func() *Outcome { return e.computeOutcome(f, param, path) }, (*Outcome).same, (*Outcome).unclear)
}

func (e *Engine) computeOutcome(f *ir.Func, param int32, path pathID) *Outcome {
	o := &Outcome{}
	if f.Blocks == 0 || f.Head.Broken || int(param) >= len(f.Head.Params) {
		o.bits = 1 << Unclear
		return o
	}
	g := e.explore(e.body(f), source{kind: KindParam, param: param, at: loc{local: param + 1, path: path}, block: -1, root: -1})
	if g.gaveUp {
		e.GaveUp++
		o.bits = 1 << Unclear
		return o
	}
	for i := range g.events {
		if g.events[i].Kind != LostUnwind {
			o.add(&g.events[i])
		}
	}
	return o
}

// has reports whether the resource ends so on some path.
func (g *graph) has(k EventKind) bool {
	for i := range g.events {
		if g.events[i].Kind == k {
			return true
		}
	}
	return false
}

// Fresh is a raw owner that a function makes and returns.
type Fresh struct {
	Path  pathID
	InADT bool // it lies in a field of a type of the program, which then owns it
	From  Origin
	Type  string // printed return type
}

// FreshResults lists the raw owners that f returns to its caller.
func (e *Engine) FreshResults(f *ir.Func) []Fresh {
	return e.fresh.ask(f.ID, nil, func() []Fresh { return e.computeFresh(f) }, samePaths, func(fr []Fresh) []Fresh { return fr })
}

func samePaths(a, b []Fresh) bool {
	return slices.EqualFunc(a, b, func(x, y Fresh) bool { return x.Path == y.Path })
}

func (e *Engine) computeFresh(f *ir.Func) []Fresh {
	if f.Head.Broken {
		return nil
	}
	var out []Fresh
	for _, o := range e.Origins(f) {
		if o.Kind == KindLeak {
			continue
		}
		g := e.explore(e.body(f), o.src)
		if g.gaveUp || !g.has(Returned) || e.Owns(&o) != effects.Yes {
			continue
		}
		for i := range g.events {
			if ev := &g.events[i]; ev.Kind == Returned && !ev.shared {
				out = e.addFresh(out, f, o, ev.Path)
			}
		}
	}
	return out
}

func (e *Engine) addFresh(out []Fresh, f *ir.Func, o Origin, path pathID) []Fresh {
	for _, fr := range out {
		if fr.Path == path {
			return out
		}
	}
	x := explorer{graph: graph{e: e, b: e.body(f)}}
	in := x.insideADT(loc{0, path})
	if t := f.Head.Ret; t != nil && path == 0 && !pointerish(t) && e.own.LocalADT(f.Crate, t) {
		in = true
	}
	return append(out, Fresh{Path: path, InADT: in, From: o})
}
