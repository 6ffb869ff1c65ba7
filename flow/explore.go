package flow

import (
	"slices"

	"softshell/effects"
	"softshell/ir"
	"softshell/mir"
)

// EventKind says how a resource's story ends, or what happens to it on the way.
type EventKind uint8

// The events of a resource.
const (
	Lost       EventKind = iota // the last holder is gone: nothing can release it any more
	LostUnwind                  // as Lost, on a path that unwinds
	Released                    // taken back or freed
	Returned                    // the caller has it now
	Stored                      // in memory that a parameter points at
	Escaped                     // handed out for good: a static, another language, another thread
	Unclear                     // given to code of which nothing is known
	Kept                        // still where the parameter pointed at entry, at a normal return
)

// Event is one such end, with the place in the body.
type Event struct {
	Kind  EventKind
	Block int32
	Stmt  int32  // -1: the terminator
	Path  pathID // Returned: where in the result; Stored: where behind the parameter
	Param int32  // Stored: the parameter's number, from 0
	Why   Why
	at    loc   // Returned, Stored, and Lost inside a type: where the resource lay
	also  []loc // Returned: the other places in the result that lead to it
	// shared: Returned, and memory behind a parameter leads to it too
	shared bool
	node   int32
}

// Why refines an event.
type Why uint8

// The reasons that an Event carries.
const (
	WhyNone      Why = iota
	WhyOverwrite     // Lost: its last holder was overwritten
	WhyScopeEnd      // Lost: its last holder went out of scope
	WhyConsumed      // Lost: a function took the last holder and dropped it
	WhyForgotten     // Lost: forgotten with no pointer left
	WhyInsideADT     // Lost: its last holder was a field of a type of the program
)

// maxStates bounds the states per block; beyond it a resource is given up.
const maxStates = 64

// node is a state at the start of a block.
type node struct {
	block int32
	next  int32 // another node of the block, -1 for none
	state state
	in    []inEdge
}

// inEdge is how a node was reached.
type inEdge struct {
	from   int32
	kase   int32 // switch case, -1 otherwise, ir.NoCase
	unwind bool
}

// graph is the result of one exploration.
type graph struct {
	e      *Engine
	b      *body
	nodes  []node
	events []Event
	gaveUp bool
}

// explorer runs one resource through one body.
type explorer struct {
	graph
	src   source
	first []int32 // per block: one of its nodes, -1 for none
	queue []int32
	node  int32 // being processed
	// The states within the block that is processed, and behind its next statement.
	states, behind []state
}

func newExplorer(e *Engine, b *body, src source) explorer {
	x := explorer{graph: graph{e: e, b: b}, src: src, first: make([]int32, len(b.mir.Blocks))}
	for i := range x.first {
		x.first[i] = -1
	}
	return x
}

// explore runs src from the entry to a fixpoint.
func (e *Engine) explore(b *body, src source) *graph {
	x := newExplorer(e, b, src)
	start := state{}
	if src.param >= 0 {
		start.phase = raw
		if src.ownedParam {
			start.phase = owned
		}
		start.add(holder{at: src.at})
	}
	if len(b.mir.Blocks) == 0 {
		return &x.graph
	}
	x.reach(0, &start, inEdge{from: -1, kase: ir.NoCase})
	for len(x.queue) > 0 && !x.gaveUp {
		if !e.spend(b) {
			x.gaveUp = true
			break
		}
		x.node = x.queue[0]
		x.queue = x.queue[1:]
		x.runBlock()
	}
	return &x.graph
}

// reach records that a state arrives at a block. What is kept of it is a copy.
func (x *explorer) reach(block int32, s *state, from inEdge) {
	id, count := x.first[block], 0
	for id >= 0 && !x.nodes[id].state.equal(s) {
		id = x.nodes[id].next
		count++
	}
	if id < 0 {
		if count >= maxStates {
			x.gaveUp = true
			return
		}
		id = int32(len(x.nodes))
		x.nodes = append(x.nodes, node{block: block, next: x.first[block], state: s.clone()})
		x.first[block] = id
		x.queue = append(x.queue, id)
	}
	if from.from >= 0 {
		x.nodes[id].in = append(x.nodes[id].in, from)
	}
}

// runBlock carries one node's state through its block.
func (x *explorer) runBlock() {
	n := &x.nodes[x.node]
	block, blk := n.block, &x.b.mir.Blocks[n.block]
	x.states = append(x.states[:0], n.state.clone())
	for si := range blk.Stmts {
		x.behind = x.behind[:0]
		for i := range x.states {
			x.behind = x.stmt(x.behind, x.states[i], block, int32(si), &blk.Stmts[si])
		}
		if x.states, x.behind = x.behind, x.states; len(x.states) == 0 {
			return
		}
	}
	for i := range x.states {
		x.terminator(x.states[i], block, &blk.Term)
	}
}

func (x *explorer) event(k EventKind, block, stmt int32, why Why) {
	x.events = append(x.events, Event{Kind: k, Block: block, Stmt: stmt, Why: why, Param: -1, node: x.node})
}

// terminator sends a state along the edges that it can take.
func (x *explorer) terminator(s state, block int32, t *mir.Terminator) {
	switch t.Kind {
	case mir.Return, mir.CoroutineDrop:
		x.atReturn(s, block)
	case mir.UnwindResume:
		if s.phase == raw && !x.inParamMemory(&s) {
			x.event(LostUnwind, block, -1, WhyNone)
		}
	case mir.UnwindTerminate, mir.Unreachable:
	case mir.SwitchInt:
		x.switchEdges(s, block, t)
	case mir.Call:
		x.callEdges(s, block, t)
	case mir.Drop:
		x.dropEdges(s, block, t)
	case mir.Assert:
		x.follow(s, block, func(e ir.Edge) bool { return !e.Unwind })
		if s.phase == raw {
			x.follow(s, block, func(e ir.Edge) bool { return e.Unwind })
		}
		if s.phase == raw && t.Unwind == mir.UnwindContinue && !x.inParamMemory(&s) {
			x.event(LostUnwind, block, -1, WhyNone)
		}
	default:
		x.follow(s, block, func(e ir.Edge) bool { return !e.Unwind })
	}
}

// follow sends s along the edges of block that want says.
func (x *explorer) follow(s state, block int32, want func(ir.Edge) bool) {
	for _, e := range x.b.cfg.Succs[block] {
		if want(e) {
			x.reach(e.To, &s, inEdge{from: x.node, kase: e.Case, unwind: e.Unwind})
		}
	}
}

// atReturn ends a path that returns normally.
func (x *explorer) atReturn(s state, block int32) {
	if s.phase != raw {
		return
	}
	for i, h := range s.holders {
		if h.at.local == 0 {
			ev := Event{Kind: Returned, Block: block, Stmt: -1, Path: h.at.path, Param: -1, at: h.at, node: x.node}
			for _, other := range s.holders[i+1:] {
				if other.at.local == 0 {
					ev.also = append(ev.also, other.at)
				}
			}
			ev.shared = slices.ContainsFunc(s.holders, func(h holder) bool { return x.behindParam(h.at) })
			x.events = append(x.events, ev)
			return
		}
	}
	for _, h := range s.holders {
		if x.src.param >= 0 && h.at == x.src.at && x.behindParam(h.at) {
			x.event(Kept, block, -1, WhyNone)
			return
		}
	}
	for _, h := range s.holders {
		if x.behindParam(h.at) {
			x.events = append(x.events, Event{Kind: Stored, Block: block, Stmt: -1, Path: h.at.path, Param: h.at.local - 1, at: h.at, node: x.node})
			return
		}
	}
	if x.b.mir.Kind != mir.FnBody {
		x.event(Escaped, block, -1, WhyNone) // a static's or constant's initialiser: it lives as long as the process
		return
	}
	f := x.fate(&s, WhyScopeEnd)
	x.events = append(x.events, Event{Kind: Lost, Block: block, Stmt: -1, Why: f.why, Param: -1, at: f.at, node: x.node})
}

// behindParam reports whether a place lies in memory that a parameter points at.
func (x *explorer) behindParam(at loc) bool {
	if !x.b.isParam(at.local) {
		return false
	}
	for _, e := range x.e.paths.elems(at.path) {
		if e == elemDeref {
			return true
		}
	}
	return false
}

func (x *explorer) inParamMemory(s *state) bool {
	for _, h := range s.holders {
		if x.behindParam(h.at) {
			return true
		}
	}
	return false
}

// switchEdges takes the cases that the state allows.
func (x *explorer) switchEdges(s state, block int32, t *mir.Terminator) {
	c := &x.b.conds[block]
	for _, e := range x.b.cfg.Succs[block] {
		next := s
		next.flags = slices.Clone(s.flags) // the case may tell of one
		if x.allows(&next, c, t, e.Case) {
			x.reach(e.To, &next, inEdge{from: x.node, kase: e.Case})
		}
	}
}

// allows says whether the state can take a case, and records in it what the case tells.
func (x *explorer) allows(s *state, c *cond, t *mir.Terminator, kase int32) bool {
	switch c.kind {
	case condConst:
		return caseHolds(t, kase, c.value)
	case condFlag:
		return x.allowsFlag(s, c, t, kase)
	}
	if s.phase == unborn {
		return true
	}
	switch c.kind {
	case condNull:
		// A null pointer holds nothing: on that path the resource is not there.
		if boolCase(t, kase) != c.negate {
			return !x.holds(s, c.at)
		}
	case condHas:
		if boolCase(t, kase) == c.negate {
			return !x.holdsPayload(s, c.at)
		}
	case condDiscr:
		return x.allowsDiscr(s, c, t, kase)
	}
	return true
}

func caseHolds(t *mir.Terminator, kase int32, v int64) bool {
	if kase >= 0 {
		return !t.Cases[kase].Big && t.Cases[kase].Int == v
	}
	for _, c := range t.Cases {
		if !c.Big && c.Int == v {
			return false
		}
	}
	return true
}

// boolCase is the truth that a case of a bool switch stands for.
func boolCase(t *mir.Terminator, kase int32) bool {
	if kase >= 0 {
		return t.Cases[kase].Int != 0
	}
	return len(t.Cases) > 0 && t.Cases[0].Int == 0
}

func (x *explorer) allowsFlag(s *state, c *cond, t *mir.Terminator, kase int32) bool {
	want := boolCase(t, kase) != c.negate
	if have, known := s.flag(c.local); known {
		return have == want
	}
	s.setFlag(c.local, want)
	return true
}

// holds reports whether the pointer at a place is one of the resource's holders.
func (x *explorer) holds(s *state, at loc) bool {
	for _, h := range s.holders {
		if h.at.local == at.local {
			if _, ok := x.e.paths.suffix(at.path, h.at.path); ok {
				return true
			}
		}
	}
	return false
}

// holdsPayload reports whether the resource lies in a payload of the enum at a place.
func (x *explorer) holdsPayload(s *state, at loc) bool {
	for _, h := range s.holders {
		if h.at.local != at.local || h.derived {
			continue
		}
		rest, ok := x.e.paths.suffix(at.path, h.at.path)
		if !ok {
			continue
		}
		es := x.e.paths.elems(rest)
		if len(es) == 0 {
			return true
		}
		switch v := x.e.paths.variants[max(es[0].variant(), 0)]; {
		case es[0] == elemAny:
			return true
		case v == "Some" || v == "Ok" || v == "":
			return true
		}
	}
	return false
}

// allowsDiscr prunes the variants in which the resource is not.
func (x *explorer) allowsDiscr(s *state, c *cond, t *mir.Terminator, kase int32) bool {
	for _, h := range s.holders {
		if h.at.local != c.at.local || h.derived {
			continue
		}
		rest, ok := x.e.paths.suffix(c.at.path, h.at.path)
		if !ok {
			continue
		}
		es := x.e.paths.elems(rest)
		lies := ""
		switch {
		case len(es) == 0:
			lies = payloadOf(c.typ)
		case es[0] >= 0:
			lies = x.e.paths.variants[es[0].variant()]
		}
		if lies != "" && !x.caseIsVariant(c.typ, t, kase, lies) {
			return false
		}
	}
	return true
}

// payloadOf is the variant that must hold the value of an enum that has only one with a payload.
func payloadOf(t *mir.Type) string {
	if t != nil && t.Kind == mir.TypePath && ir.LastSeg(t.Path) == "Option" {
		return "Some"
	}
	return ""
}

// caseIsVariant reports whether a switch case may stand for the variant.
func (x *explorer) caseIsVariant(typ *mir.Type, t *mir.Terminator, kase int32, variant string) bool {
	if kase >= 0 {
		return x.e.caseIsVariant(x.b.fn.Crate, typ, &t.Cases[kase], variant) != effects.No
	}
	for i := range t.Cases {
		if x.e.caseIsVariant(x.b.fn.Crate, typ, &t.Cases[i], variant) == effects.Yes {
			return false
		}
	}
	return true
}

// caseIsVariant knows the enums of core by themselves and asks for the others.
func (e *Engine) caseIsVariant(c *ir.Crate, t *mir.Type, kase *mir.SwitchCase, variant string) effects.Tri {
	if t == nil || t.Kind != mir.TypePath || kase.Big {
		return effects.Maybe
	}
	names, ok := coreEnums[ir.LastSeg(t.Path)]
	switch {
	case !ok:
		return e.own.CaseIsVariant(c, t, kase.Int, variant)
	case kase.Int < 0 || kase.Int >= int64(len(names)):
		return effects.Maybe
	case names[kase.Int] == variant:
		return effects.Yes
	}
	return effects.No
}

var coreEnums = map[string][]string{
	"Option":      {"None", "Some"},
	"Result":      {"Ok", "Err"},
	"ControlFlow": {"Continue", "Break"},
	"Poll":        {"Ready", "Pending"},
	"Cow":         {"Borrowed", "Owned"},
}
