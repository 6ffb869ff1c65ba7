// Package proxyfield finds types that hold an owned raw pointer and do not
// release it when they go.
package proxyfield

import (
	_ "embed"
	"fmt"
	"sort"
	"strings"
	"sync"

	"softshell/effects"
	"softshell/finding"
	"softshell/flow"
	"softshell/ir"
	"softshell/mir"
	"softshell/rule"
)

//go:embed doc.md
var doc string

// Rule is the check; see doc.md.
var Rule = &rule.Rule{
	Info: rule.Info{
		ID:       "proxy-field",
		Title:    "a field owns memory that nothing releases",
		CWE:      []int{401},
		Severity: finding.Warning,
		Default:  true,
		Doc:      doc,
	},
	Run: run,
}

// fieldKey names a field across the bodies that spell its type differently.
type fieldKey struct {
	plain   string
	variant string
	field   int32
}

// ownedField is a field into which some body puts an owned pointer.
type ownedField struct {
	field   flow.FieldOf
	maker   *ir.Func
	origin  flow.Origin
	block   int32 // where the owned pointer is made
	certain bool
	twins   []flow.FieldOf // fields that the same pointer went into
}

func keyOf(fd flow.FieldOf) fieldKey {
	return fieldKey{ir.TypePlain(fd.Type), fd.Variant, fd.Field}
}

func run(p *rule.Pass) error {
	fields := owned(p)
	if len(fields) == 0 {
		return nil
	}
	released := releases(p)
	c := &crate{
		copied:  sync.OnceValue(func() map[string]bool { return derivedClones(p) }),
		dropped: sync.OnceValue(func() map[string]bool { return reachedFromDrops(p) }),
	}
	keys := make([]fieldKey, 0, len(fields))
	for k := range fields {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool {
		a, b := keys[i], keys[j]
		if a.plain != b.plain {
			return a.plain < b.plain
		}
		if a.variant != b.variant {
			return a.variant < b.variant
		}
		return a.field < b.field
	})
	for _, k := range keys {
		checkDrop(p, c, fields[k], released[k])
	}
	owners := map[string]bool{}
	for k, of := range fields {
		owners[k.plain] = owners[k.plain] || of.certain
	}
	for _, f := range p.Funcs() {
		if reaches(f, owners) {
			checkSetters(p, f, fields)
		}
	}
	return nil
}

// reaches reports whether a parameter of f points at a value of one of the types.
func reaches(f *ir.Func, types map[string]bool) bool {
	for _, k := range f.Head.Params {
		if t := ir.Pointee(f.Head.Locals[k].Type); t != nil && types[ir.TypePlain(t)] {
			return true
		}
	}
	return false
}

// owned collects the fields that receive an owned raw pointer or a value
// whose drop is suppressed, in any body of the crate.
func owned(p *rule.Pass) map[fieldKey]*ownedField {
	out := map[fieldKey]*ownedField{}
	for _, f := range p.Funcs() {
		for _, o := range p.Engine.Origins(f) {
			if o.Kind == flow.KindLeak {
				continue
			}
			st := p.Engine.Track(o)
			for i := range st.Ends {
				addOwned(p, out, f, o, &st.Ends[i])
			}
		}
	}
	return out
}

// addOwned notes the field that holds the pointer at an ending, if it is one of a type of the crate.
func addOwned(p *rule.Pass, out map[fieldKey]*ownedField, f *ir.Func, o flow.Origin, end *flow.Ending) {
	switch end.Kind {
	case flow.Returned, flow.Stored, flow.Lost:
	default:
		return
	}
	fd, ok := p.Engine.HeldIn(f, &end.Event)
	if !ok || p.Types == nil {
		return
	}
	if t := p.Engine.FieldTypeOf(fd); t != nil && t.Kind == mir.TypeRef {
		return // a reference in a field borrows; what it was made of was leaked on purpose
	}
	owns := p.Engine.Owns(&o)
	if owns == effects.No {
		return
	}
	k := keyOf(fd)
	certain := owns == effects.Yes
	switch have := out[k]; {
	case have == nil:
		out[k] = &ownedField{field: fd, maker: f, origin: o, block: o.Block, certain: certain}
	case certain && !have.certain:
		have.maker, have.origin, have.block, have.certain = f, o, o.Block, true
	}
	out[k].twins = append(out[k].twins, p.Engine.AlsoHeldIn(f, &end.Event)...)
}

// releases finds, per field, the functions that release what it holds.
func releases(p *rule.Pass) map[fieldKey][]*ir.Func {
	out := map[fieldKey][]*ir.Func{}
	for _, f := range p.Funcs() {
		for _, r := range p.Engine.Releases(f) {
			k := keyOf(r.Field)
			if fs := out[k]; len(fs) == 0 || fs[len(fs)-1] != f {
				out[k] = append(fs, f)
			}
		}
	}
	return out
}

// checkDrop asks whether dropping the type releases the field.
func checkDrop(p *rule.Pass, c *crate, of *ownedField, releasers []*ir.Func) {
	drop := p.Engine.Program().DropImpl(of.field.Crate, of.field.Type)
	if drop == nil {
		noDrop(p, c, of, releasers)
		return
	}
	if drop.Head.Broken {
		return
	}
	st := p.Engine.TrackParam(drop, 0, flow.FieldPath{Deref: true, Variant: of.field.Variant, Field: of.field.Field})
	if st.GaveUp || st.Has(flow.Unclear) || st.Has(flow.Escaped) || st.Has(flow.Stored) {
		return
	}
	kept := keeping(st)
	switch {
	case kept == nil || releasedByTwin(p, drop, of):
		return
	case !st.Has(flow.Released):
		if len(releasers) > 0 && calledFromDrop(drop, releasers) {
			return
		}
		g, notes := finding.Likely, []string(nil)
		if len(releasers) > 0 {
			g, notes = finding.Possible, []string{"`" + releasers[0].Name + "` releases it; whether that always runs before the drop is not known"}
		} else if to := handsOn(p, drop); to != "" {
			g, notes = finding.Possible, []string{"the destructor makes a `" + to + "` of what it reads from the value, and drops that: it may release the field"}
		}
		report(p, of, g, "its Drop does not release it", notes,
			[]finding.Step{{Span: rule.Head(drop), Text: "this destructor runs, and the field still owns its memory when it ends"}},
			"release it in `Drop::drop` (the counterpart of what filled it)")
	default:
		end := foreignBranch(p, drop, st)
		if end == nil {
			return
		}
		report(p, of, finding.Likely, "its Drop does not release it on every path", nil,
			rule.Trace(drop, -1, "", end, "the destructor ends here without releasing the field"),
			"release it before the early return")
	}
}

// handsOn names a type with a destructor of which Drop::drop makes and drops a
// value, out of what it reads from self; "" for none.
func handsOn(p *rule.Pass, drop *ir.Func) string {
	v := p.Engine.View(drop)
	for b := range v.MIR.Blocks {
		t := &v.MIR.Blocks[b].Term
		if v.MIR.Blocks[b].Cleanup || !v.Reached(int32(b)) {
			continue
		}
		place := &t.Place
		if c := v.Call(int32(b)); c != nil && c.Is("mem::drop") && c.Args[0].Kind != mir.Constant {
			place = &c.Args[0].Place
		} else if t.Kind != mir.Drop {
			continue
		}
		ty := v.PlaceType(place)
		if ty == nil || ty.Kind != mir.TypePath || p.Engine.Program().DropImpl(drop.Crate, ty) == nil {
			continue
		}
		if v.FeedOf(place, func(*flow.CallSite) bool { return true }).Locals[v.MIR.Params[0]] {
			return ir.LastSeg(ty.Path)
		}
	}
	return ""
}

// releasedByTwin reports whether the destructor releases another field of the
// type that the same pointer went into: a list whose head and tail are one node.
func releasedByTwin(p *rule.Pass, drop *ir.Func, of *ownedField) bool {
	for _, fd := range of.twins {
		if keyOf(fd) == keyOf(of.field) || ir.TypePlain(fd.Type) != ir.TypePlain(of.field.Type) {
			continue
		}
		if p.Engine.TrackParam(drop, 0, flow.FieldPath{Deref: true, Variant: fd.Variant, Field: fd.Field}).Has(flow.Released) {
			return true
		}
	}
	return false
}

// keeping returns an ending at which the field still owns.
func keeping(st *flow.Story) *flow.Ending {
	for i := range st.Ends {
		if k := st.Ends[i].Kind; k == flow.Kept || k == flow.Lost {
			return &st.Ends[i]
		}
	}
	return nil
}

// foreignBranch returns an ending without a release whose path does not
// depend on the value itself: a null, length or capacity test on its own
// fields says that there is nothing to release; a test of something else does not.
func foreignBranch(p *rule.Pass, drop *ir.Func, st *flow.Story) *flow.Ending {
	for i := range st.Ends {
		end := &st.Ends[i]
		if end.Kind != flow.Kept && end.Kind != flow.Lost {
			continue
		}
		own, branches := false, 0
		for _, s := range end.Path {
			if s.Case == ir.NoCase {
				continue
			}
			branches++
			own = own || p.Engine.ReadsParam(drop, s.Block, 0)
		}
		if !own && branches > 0 {
			return end
		}
	}
	return nil
}

// calledFromDrop reports whether a destructor calls one of the functions, directly or through others.
func calledFromDrop(drop *ir.Func, fs []*ir.Func) bool {
	seen := map[*ir.Func]bool{drop: true}
	queue := []*ir.Func{drop}
	for len(queue) > 0 {
		f := queue[0]
		queue = queue[1:]
		for _, want := range fs {
			if f == want {
				return true
			}
		}
		for _, c := range f.Code().Calls {
			if c != nil && c.Target != nil && !seen[c.Target] {
				seen[c.Target] = true
				queue = append(queue, c.Target)
			}
		}
	}
	return false
}

// crate tells what is known of a crate's types as a whole.
type crate struct {
	copied  func() map[string]bool // types whose Clone is derived
	dropped func() map[string]bool // types on which some destructor works, and functions that one reaches, by "fn " + name
}

// derivedClones lists the types that are cloned field by field: such a clone
// copies the pointer, so that no single value owns what it points at.
func derivedClones(p *rule.Pass) map[string]bool {
	out := map[string]bool{}
	for _, f := range p.Crate.Funcs {
		if f.Impl != nil && f.Impl.Derived && f.Impl.Trait == "Clone" {
			out[f.Impl.SelfPlain] = true
		}
	}
	return out
}

// reachedFromDrops lists the types whose methods some destructor of the crate
// calls, directly or through others: an owner around the type looks after it.
func reachedFromDrops(p *rule.Pass) map[string]bool {
	out := map[string]bool{}
	seen := map[*ir.Func]bool{}
	var queue []*ir.Func
	for _, f := range p.Crate.Funcs {
		if f.Destructor() && strings.HasSuffix(f.Impl.Trait, "Drop") {
			queue = append(queue, f)
			seen[f] = true
		}
	}
	for len(queue) > 0 {
		f := queue[0]
		queue = queue[1:]
		out["fn "+f.Name] = true
		for _, c := range f.Code().Calls {
			if c == nil || c.Target == nil {
				continue
			}
			if im := c.Target.Impl; im != nil && !(f.Destructor() && f.Impl.SelfPlain == im.SelfPlain) {
				out[im.SelfPlain] = true
			}
			if !seen[c.Target] {
				seen[c.Target] = true
				queue = append(queue, c.Target)
			}
		}
	}
	return out
}

// noDrop judges a type without a destructor of its own.
func noDrop(p *rule.Pass, c *crate, of *ownedField, releasers []*ir.Func) {
	for _, r := range releasers {
		if r.Last == "drop" || c.dropped()["fn "+r.Name] {
			return // an owner around this type releases it
		}
	}
	plain := ir.TypePlain(of.field.Type)
	g, notes := finding.Likely, []string(nil)
	lower := func(why string) {
		g = finding.Possible
		notes = append(notes, why)
	}
	switch {
	case len(releasers) > 0:
		lower(fmt.Sprintf("`%s` releases it, but nothing makes callers run that", releasers[0].Name))
	case c.dropped()[plain]:
		lower("a destructor of another type works on this one; whether it releases the field is not known")
	case c.copied()[plain]:
		lower("its Clone copies the pointer: no single value owns what it points at")
	case hasFunctionField(p, of):
		lower("a function pointer stands beside it, which may be what releases it")
	}
	report(p, of, g, "the type has no Drop", notes, nil, "implement `Drop` for the type and release the field there")
}

// maxFields bounds how many fields of a type are looked at.
const maxFields = 16

// hasFunctionField reports whether a function pointer or a table of them lies
// beside the field: type-erased values carry their destructor so.
func hasFunctionField(p *rule.Pass, of *ownedField) bool {
	for i := range int32(maxFields) {
		fd := of.field
		fd.Field = i
		t := p.Engine.FieldTypeOf(fd)
		switch {
		case t == nil:
			return false
		case i == of.field.Field:
		case strings.Contains(t.Text, "fn("):
			return true
		case (t.Kind == mir.TypeRef || t.Kind == mir.TypeRawPtr) && isTable(p, fd.Crate, ir.Pointee(t)):
			return true
		}
	}
	return false
}

// isTable reports whether a type of the program holds function pointers.
func isTable(p *rule.Pass, c *ir.Crate, t *mir.Type) bool {
	for i := range int32(maxFields) {
		ft := p.Engine.FieldTypeOf(flow.FieldOf{Crate: c, Type: t, Field: i})
		if ft == nil {
			return false
		}
		if strings.Contains(ft.Text, "fn(") {
			return true
		}
	}
	return false
}

func report(p *rule.Pass, of *ownedField, g finding.Grade, why string, notes []string, more []finding.Step, fix string) {
	made := rule.At(of.maker, of.block, -1)
	if !of.certain {
		g = finding.Possible
		notes = append(notes, "whether the value that it holds owns anything is not known here")
	}
	info := p.FieldInfo(g, of.field)
	primary, label := made, "an owned pointer goes into the field here"
	if info.Span.Line > 0 {
		primary = finding.Span{File: p.Crate.Src.Path(info.Span.File), Line: info.Span.Line, Col: info.Span.Col, EndLine: info.Span.EndLine, EndCol: info.Span.EndCol}
		label = why
	}
	steps := append([]finding.Step{{Span: made, Text: "`" + rule.Callee(of.maker, of.block) + "` gives the field something that it must release"}}, more...)
	p.Report(of.maker, finding.Finding{
		Title:   fmt.Sprintf("`%s.%s` owns what it points at, and %s", info.Owner, info.Name, why),
		Item:    info.Owner + "." + info.Name,
		Grade:   g,
		Primary: primary,
		Label:   label,
		Trace:   steps,
		Notes:   notes,
		Fix:     &finding.Fix{Text: fix},
	})
}

// checkSetters looks for assignments that overwrite an owning field whose old value is still there.
func checkSetters(p *rule.Pass, f *ir.Func, fields map[fieldKey]*ownedField) {
	for _, a := range p.Engine.AssignedFields(f) {
		of := fields[fieldKey{ir.TypePlain(a.Type), a.Variant, a.Field}]
		if of == nil || !of.certain {
			continue
		}
		st := p.Engine.TrackParam(f, a.Param, flow.FieldPath{Deref: true, Variant: a.Variant, Field: a.Field})
		for i := range st.Ends {
			end := &st.Ends[i]
			if end.Kind != flow.Lost || end.Why != flow.WhyOverwrite && end.Why != flow.WhyInsideADT || end.Stmt < 0 {
				continue
			}
			reportOverwrite(p, f, a, end)
			break
		}
	}
}

func reportOverwrite(p *rule.Pass, f *ir.Func, a flow.AssignedField, end *flow.Ending) {
	g, notes := finding.Likely, []string(nil)
	if takesPointer(f) {
		g = finding.Possible
		notes = []string{"the new pointer comes from the caller, who may have released the old one"}
	}
	for _, s := range end.Path {
		if s.Case != ir.NoCase && p.Engine.ReadsParam(f, s.Block, a.Param) {
			g = finding.Possible
			notes = []string{"a test of the value's own state stands before it; it may say that the field holds nothing then"}
			break
		}
	}
	info := p.FieldInfo(g, flow.FieldOf{Crate: f.Crate, Type: a.Type, Variant: a.Variant, Field: a.Field})
	p.Report(f, finding.Finding{
		Title:   fmt.Sprintf("`%s.%s` is overwritten while it still owns memory", info.Owner, info.Name),
		Grade:   g,
		Primary: rule.At(f, end.Block, end.Stmt),
		Label:   "the old pointer is lost here",
		Trace:   rule.Trace(f, -1, "", end, ""),
		Notes:   notes,
		Fix:     &finding.Fix{Text: "release the old value first, or take it out with `mem::replace` and hand it to its owner"},
	})
}

// takesPointer reports whether a parameter is a raw pointer.
func takesPointer(f *ir.Func) bool {
	for _, k := range f.Head.Params {
		t := f.Head.Locals[k].Type
		if t.Kind == mir.TypeRawPtr || t.Kind == mir.TypePath && ir.LastSeg(t.Path) == "NonNull" {
			return true
		}
	}
	return false
}
