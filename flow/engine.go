package flow

import (
	"strings"

	"softshell/effects"
	"softshell/ir"
	"softshell/mir"
)

// Ownership answers questions about types.
type Ownership interface {
	// OwnsHeap says whether a value of the type owns something that its drop
	// releases: Yes, No, or Maybe (a generic parameter, an unknown type).
	OwnsHeap(c *ir.Crate, t *mir.Type) effects.Tri
	// HoldsLock says whether a drop of the type gives back a lock or a borrow.
	HoldsLock(c *ir.Crate, t *mir.Type) bool
	// CaseIsVariant says whether a discriminant of an enum stands for the variant.
	CaseIsVariant(c *ir.Crate, t *mir.Type, discr int64, variant string) effects.Tri
	// LocalADT says whether the type is a struct, enum or union of an analysed crate.
	LocalADT(c *ir.Crate, t *mir.Type) bool
	// ADTOfPath is the type that an aggregate's path builds (the enum for a
	// variant), nil unless the analysed crates define it.
	ADTOfPath(c *ir.Crate, p *mir.Path) *mir.Type
	// FieldType is the type of a field, generics substituted; nil when unknown.
	// variant is "" for a struct.
	FieldType(c *ir.Crate, t *mir.Type, variant string, field int) *mir.Type
}

// Engine tracks resources through one Program. It is used by one goroutine;
// several engines may share a Program.
type Engine struct {
	prog   *ir.Program
	models *effects.Models
	own    Ownership
	paths  *paths
	bodies map[int]*body // by Func.ID, of those in memory

	surveys map[int]*survey // by Func.ID

	budget     int64 // bytes of MIR text whose prepared form is held; 0 is without bound
	young, old []int // Func.ID of what is held
	size       int64 // of young

	extern map[string]bool // names of crates that a path may start with

	ownership *ir.Names // last segments of the functions whose models touch ownership

	outcomes fixpoint[outcomeKey, *Outcome]
	fresh    fixpoint[int, []Fresh] // by Func.ID
	demises  fixpoint[demiseKey, *demise]
	unwinds  fixpoint[int, effects.Tri] // by Func.ID
	runs     fixpoint[int, effects.Tri] // by Func.ID: runs what its caller chose
	rebuilds map[int]bool
	stories  map[Origin]*Story

	sharedRuns map[int]*sharedRun
	slots      []FieldOf // interned fields; 0 is none
	slotIDs    map[slotKey]int32

	paramUses map[paramKey]UseKind
	useDepth  int

	unknownAt map[callSite]bool

	// UnknownCalls counts, by callee, the calls that ended a tracking because
	// nothing is known of them.
	UnknownCalls map[string]int
	// GaveUp counts functions in which a resource had more states than the bound.
	GaveUp int
	// CutShort are the functions whose budget was used up, by name: what is
	// not followed in them makes no finding.
	CutShort map[string]bool

	steps int         // the budget of a function
	spent map[int]int // blocks that were run with a state, by Func.ID
}

// maxSteps is the budget of a function: how many blocks are run with a state,
// over all resources that are followed in it. It is about a second.
const maxSteps = 300_000

// spend takes one step from the budget of a body; false when there is none left.
func (e *Engine) spend(b *body) bool {
	e.spent[b.fn.ID]++
	if e.spent[b.fn.ID] <= e.steps {
		return true
	}
	e.CutShort[b.fn.Name] = true
	return false
}

// survey is what a function holds that rules ask for. It stays when the
// function's body is let go.
type survey struct {
	asked    uint8
	origins  []Origin
	releases []Release
	assigned []AssignedField
	disowns  []int32
	hazards  []Hazard
}

const (
	askedOrigins = 1 << iota
	askedReleases
	askedAssigned
	askedDisowns
	askedHazards
)

func (e *Engine) survey(f *ir.Func) *survey {
	s := e.surveys[f.ID]
	if s == nil {
		s = &survey{}
		e.surveys[f.ID] = s
	}
	return s
}

// Survey asks what is asked of each function of a crate, while its body is at
// hand.
func (e *Engine) Survey(f *ir.Func) {
	if f.Shared {
		e.shared(f)
	}
	if !e.handlesOwners(f) {
		return
	}
	e.Origins(f)
	e.Releases(f)
}

// handlesOwners reports whether a function may make, give up or take back what
// the compiler does not see: it has a local of such a type or calls a function
// that does so by its model. Of all others there is nothing to say.
func (e *Engine) handlesOwners(f *ir.Func) bool {
	return f.Unmanaged || f.MayCallAny(e.ownership)
}

// New returns an engine. externs are the names of the crates that paths may start with.
func New(p *ir.Program, m *effects.Models, own Ownership, externs map[string]bool) *Engine {
	return &Engine{
		prog: p, budget: p.Budget(), models: m, own: own, paths: newPaths(),
		CutShort: map[string]bool{}, steps: maxSteps, spent: map[int]int{},
		bodies: map[int]*body{}, surveys: map[int]*survey{}, extern: externs, ownership: ir.NewNames(m.Owning()...),
		rebuilds:  map[int]bool{},
		stories:   map[Origin]*Story{},
		unknownAt: map[callSite]bool{}, UnknownCalls: map[string]int{}, sharedRuns: map[int]*sharedRun{}, slots: make([]FieldOf, 1), slotIDs: map[slotKey]int32{},
	}
}

func (e *Engine) isExtern(name string) bool { return e.extern[name] }

// Program returns the program that the engine runs over.
func (e *Engine) Program() *ir.Program { return e.prog }

// MayUnwind says whether a call of f can panic of its own doing: Yes when it
// panics in words (panic!, unwrap, assert!) or calls code that its caller
// chooses (a generic method, a closure), No when nothing in it can.
// Overflow and bounds checks count as Maybe.
func (e *Engine) MayUnwind(f *ir.Func) effects.Tri {
	return e.unwinds.ask(f.ID, effects.No, func() effects.Tri { return e.mayUnwind(f) },
		func(a, b effects.Tri) bool { return a == b }, func(t effects.Tri) effects.Tri { return worse(t, effects.Maybe) })
}

func (e *Engine) mayUnwind(f *ir.Func) effects.Tri {
	out := effects.No
	b := e.body(f)
	for i := range b.mir.Blocks {
		if b.cfg.Num[i] < 0 || b.mir.Blocks[i].Cleanup {
			continue
		}
		switch t := &b.mir.Blocks[i].Term; t.Kind {
		case mir.Assert:
			out = worse(out, effects.Maybe)
		case mir.Call, mir.TailCall:
			u := e.callUnwinds(b, int32(i))
			if u != effects.No && e.abortsOnUnwind(b, int32(i)) {
				u = effects.No
			}
			if u == effects.Yes && isCheck(t) { // in the callee; a check of the function itself counts
				u = effects.Maybe
			}
			out = worse(out, u)
		}
		if out == effects.Yes {
			break
		}
	}
	return out
}

func worse(a, b effects.Tri) effects.Tri {
	if a == effects.Yes || b == effects.Yes {
		return effects.Yes
	}
	if a == effects.Maybe || b == effects.Maybe {
		return effects.Maybe
	}
	return effects.No
}

// callUnwinds is MayUnwind for the call that ends a block.
func (e *Engine) callUnwinds(b *body, block int32) effects.Tri {
	t := &b.mir.Blocks[block].Term
	if t.Unwind == mir.UnwindUnreachable || t.Unwind == mir.UnwindAbort {
		return effects.No
	}
	ci := &b.calls[block]
	switch {
	case ci.path == nil:
		return effects.Yes
	case ci.target != nil:
		return e.MayUnwind(ci.target)
	case ci.model != nil && ci.model.Unwinds != effects.Maybe:
		return ci.model.Unwinds
	case isPanic(ci.path):
		if b.debugOnly(block) || e.neverFails(b, t) {
			return effects.Maybe
		}
		return effects.Yes
	case e.chosen(b, ci):
		return effects.Yes
	case quiet(ci.path):
		return effects.No
	}
	return effects.Maybe
}

// isCheck reports whether a panic is one of assert! or unreachable!: its
// function says that this does not happen.
func isCheck(t *mir.Terminator) bool {
	if t.Func.Const == nil || t.Func.Const.Path == nil {
		return false
	}
	if strings.HasPrefix(ir.LastSeg(t.Func.Const.Path), "assert_failed") {
		return true
	}
	for i := range t.Args {
		if c := t.Args[i].Const; c != nil && (strings.HasPrefix(c.Text, `"assertion failed`) || strings.HasPrefix(c.Text, `"internal error: entered unreachable`)) {
			return true
		}
	}
	return false
}

// isPanic recognises the functions behind panic!, unwrap, expect and assert!.
func isPanic(p *mir.Path) bool {
	n := len(p.Segs)
	for _, s := range p.Segs {
		switch s.Name {
		case "panicking", "panic_fmt", "panic_any", "panic_display", "begin_panic", "begin_panic_fmt", "resume_unwind":
			return true
		}
	}
	if n < 2 {
		return false
	}
	switch owner := p.Segs[n-2].Name; p.Segs[n-1].Name {
	case "unwrap", "expect", "unwrap_err", "expect_err":
		return owner == "Option" || owner == "Result"
	}
	return false
}

// neverFails reports whether the call unwraps what cannot be absent but for
// arithmetic or an invariant: NonNull::new, Layout::array, checked_add.
func (e *Engine) neverFails(b *body, t *mir.Terminator) bool {
	if len(t.Args) == 0 || t.Args[0].Kind == mir.Constant || len(t.Args[0].Place.Proj) > 0 {
		return false
	}
	d, ok := b.singleDef(t.Args[0].Place.Local)
	if ok && d.stmt >= 0 {
		if rv := b.mir.Blocks[d.block].Stmts[d.stmt].Rvalue; rv != nil && rv.Kind == mir.Use && rv.Args[0].Kind == mir.Move && len(rv.Args[0].Place.Proj) == 0 {
			d, ok = b.singleDef(rv.Args[0].Place.Local)
		}
	}
	if !ok || d.stmt >= 0 {
		return false
	}
	p := b.calls[d.block].path
	if p == nil || len(p.Segs) < 2 {
		return false
	}
	owner, name := p.Segs[len(p.Segs)-2].Name, p.Segs[len(p.Segs)-1].Name
	return owner == "NonNull" || owner == "Layout" || owner == "Unique" || strings.HasPrefix(name, "checked_")
}

// chosen reports whether the caller of the body chose the code that a call
// runs: it goes through a value or to callersChoice.
func (e *Engine) chosen(b *body, ci *callInfo) bool {
	return ci.path == nil || ci.target == nil && e.callersChoice(b.fn.Crate, ci.path)
}

// callersChoice reports whether the callee is a method of a type parameter, a
// closure or a trait object: code that the analysed crate does not choose.
func (e *Engine) callersChoice(c *ir.Crate, p *mir.Path) bool {
	if p.Trait == nil || p.Self == nil {
		return false
	}
	t := p.Self
	for t.Kind == mir.TypeRef && len(t.Args) > 0 {
		t = t.Args[0]
	}
	if strings.HasPrefix(ir.LastSeg(p.Trait), "Fn") && ir.LastSeg(t.Path) == "Box" { // a boxed closure
		if in := ir.TypeArg(t, 0); in != nil {
			t = in
		}
	}
	switch t.Kind {
	case mir.TypeDyn, mir.TypeFnPtr, mir.TypeOpaque:
		return true
	case mir.TypeParam, mir.TypePath, mir.TypeProjection:
		if t.Kind == mir.TypePath && !e.parameter(c, t) {
			return false
		}
		return !plainConversion[ir.LastSeg(p.Trait)] && !(ir.LastSeg(p.Trait) == "Iterator" && lazy[ir.LastSeg(p)])
	}
	return false
}

// usualParam reports a name as generic parameters have it: T, T1, DB. A type
// at the root of the crate may have it too; see Engine.parameter.
func usualParam(s string) bool {
	if s == "" || len(s) > 2 || s[0] < 'A' || s[0] > 'Z' {
		return false
	}
	return len(s) == 1 || s[1] >= '0' && s[1] <= '9' || s[1] >= 'A' && s[1] <= 'Z'
}
