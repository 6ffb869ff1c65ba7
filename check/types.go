package check

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

	"softshell/capture"
	"softshell/effects"
	"softshell/ir"
	"softshell/ir/decls"
	"softshell/ir/types"
	"softshell/items"
	"softshell/mir"
	"softshell/rule"
)

// typeInfo answers flow.Ownership and rule.TypeInfo from the Universe of the
// build's crates. It is used by several goroutines.
type typeInfo struct {
	u      *types.Universe
	units  map[*ir.Crate]*unitTypes
	items  map[*capture.Unit]func() *items.Crate // made and read once
	byName map[string][]*unitTypes               // in the order of the build
	names  map[string]bool
	crates map[string][]*capture.Unit // by name

	failedMu sync.Mutex
	failed   []string // what could not be had, one sentence each
}

// newTypes puts the crates of the build into a Universe. Items are made and
// read when a question needs them.
func newTypes(ctx context.Context, in *Input, loaded []*loadedUnit) *typeInfo {
	t := &typeInfo{u: types.New(types.Builtin()), units: map[*ir.Crate]*unitTypes{}, items: map[*capture.Unit]func() *items.Crate{}, byName: map[string][]*unitTypes{}, names: map[string]bool{}, crates: map[string][]*capture.Unit{}}
	analysed := map[*capture.Unit]*loadedUnit{}
	for _, l := range loaded {
		analysed[l.unit] = l
	}
	byKey := map[string]*types.Crate{}
	for _, u := range in.Build.Units {
		t.names[u.Crate] = true
		t.crates[u.Crate] = append(t.crates[u.Crate], u)
		t.items[u] = sync.OnceValue(func() *items.Crate { return t.readItems(ctx, in, u) })
		src := types.Source{Name: u.Crate, Externs: map[string]*types.Crate{}, Items: t.items[u]}
		for as, key := range u.Externs {
			if d := byKey[key]; d != nil {
				src.Externs[as] = d
			}
		}
		var ut *unitTypes
		if l := analysed[u]; l != nil && l.crate != nil {
			ut = newUnitTypes(t.u, l, in.Models)
			src.Declares, src.Shape, src.Releases = ut.declares, ut.shape, ut.releases
			src.MayDeclare, src.Struct, src.HasDrop = ut.mayDeclare, ut.built, ut.hasDrop
		}
		crate := t.u.AddCrate(src)
		if byKey[u.Key] == nil {
			byKey[u.Key] = crate
		}
		if ut != nil {
			ut.crate = crate
			t.units[ut.ir] = ut
			t.byName[u.Crate] = append(t.byName[u.Crate], ut)
		}
	}
	return t
}

// readItems makes the unit's rustdoc JSON and reads it; nil when it cannot be
// had, which is noted: what the unit's types own is then not known.
func (t *typeInfo) readItems(ctx context.Context, in *Input, u *capture.Unit) *items.Crate {
	c, err := decodeItems(ctx, in, u)
	if err != nil {
		t.failedMu.Lock()
		defer t.failedMu.Unlock()
		t.failed = append(t.failed, fmt.Sprintf("the types of %s: %v", u.Crate, err))
	}
	return c
}

// manyFns is the number of functions from which a crate's items take so much
// memory that the peak of the whole run would be where they are decoded.
const manyFns = 4000

// decodeItems reads the unit's items. They are kept in their compact form from
// when rustdoc ran: its JSON is read once.
func decodeItems(ctx context.Context, in *Input, u *capture.Unit) (*items.Crate, error) {
	key := contentKey("items", capture.ThisProgram(), u.Key, u.Crate)
	if capture.ThisProgram() != "" {
		if c, err := items.FromCompact(in.Capturer.Result(u, key)); err == nil {
			return c, nil
		}
	}
	path, err := in.Capturer.ItemsJSON(ctx, u)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	c, err := items.Decode(f, u.Crate)
	if err != nil {
		return nil, err
	}
	collect := func() {
		if len(c.Fns) > manyFns {
			runtime.GC()
		}
	}
	collect() // what decoding left behind
	data := c.Compact()
	collect()
	if capture.ThisProgram() != "" {
		in.Capturer.KeepResult(u, key, data)
	}
	return items.FromCompact(data) // it takes less memory than what was decoded
}

// missing lists what could not be had so far, sorted.
func (t *typeInfo) missing() []string {
	t.failedMu.Lock()
	defer t.failedMu.Unlock()
	return slices.Sorted(slices.Values(t.failed))
}

func (t *typeInfo) externs(*capture.Unit) map[string]bool { return t.names }

// view is what one unit's analysis asks of the types. It is used by one goroutine.
type view struct {
	*typeInfo
	own    *unitTypes
	asked  map[askedType]bool        // whether what it owns was asked
	local  map[askedType]*types.Type // see localType
	decls  map[*unitTypes]*decls.Crate
	shapes map[*unitTypes]map[string][]string
	// declared are the declarations that were asked for, nil for those not known.
	declared map[*ir.Func]*rule.Declared
}

type askedType struct {
	ut *unitTypes
	ty *mir.Type
}

func (t *typeInfo) view(c *ir.Crate) *view {
	return &view{t, t.units[c], map[askedType]bool{}, map[askedType]*types.Type{}, map[*unitTypes]*decls.Crate{}, map[*unitTypes]map[string][]string{}, map[*ir.Func]*rule.Declared{}}
}

// named returns the unit of that name that the view's unit sees: itself, or one that it depends on.
func (v *view) named(crate string) *unitTypes {
	if v.own.ir.Name == crate {
		return v.own
	}
	return v.units[v.own.ir.Dep(crate)]
}

// note remembers a question.
func (v *view) note(ut *unitTypes, ty *mir.Type, owns bool) {
	k := askedType{ut, ty}
	v.asked[k] = v.asked[k] || owns
}

// counts says how many type definitions the unit's analysis asked for, and
// how many of them nothing describes.
func (v *view) counts() (asked, unresolved int) {
	needed := map[string]bool{}
	for k, owns := range v.asked {
		if r := k.ut.resolvedIfAsked(k.ty); r != nil {
			for _, d := range v.u.Definitions(r, owns) {
				needed[d.Path] = d.Known
			}
		}
	}
	for _, known := range needed {
		asked++
		if !known {
			unresolved++
		}
	}
	return asked, unresolved
}

// OwnsHeap implements flow.Ownership.
func (v *view) OwnsHeap(c *ir.Crate, ty *mir.Type) effects.Tri {
	ut := v.units[c]
	if ut == nil || ty == nil {
		return effects.Maybe
	}
	v.note(ut, ty, true)
	switch ut.owns(ty) {
	case types.Yes:
		return effects.Yes
	case types.No:
		return effects.No
	}
	return effects.Maybe
}

// HoldsLock implements flow.Ownership.
func (v *view) HoldsLock(c *ir.Crate, ty *mir.Type) bool {
	ut := v.units[c]
	if ut == nil || ty == nil {
		return false
	}
	v.note(ut, ty, true)
	return v.u.Owns(ut.resolved(ut.answer(ty), ty))&types.OwnLock != 0
}

// LocalADT implements flow.Ownership.
func (v *view) LocalADT(c *ir.Crate, ty *mir.Type) bool {
	ut := v.units[c]
	return ut != nil && v.localType(ut, ty) != nil
}

// localType is the type when an analysed crate defines it, else nil.
func (v *view) localType(ut *unitTypes, ty *mir.Type) *types.Type {
	if ty == nil || ty.Path == nil || ty.Kind != mir.TypePath && ty.Kind != mir.TypeParam {
		return nil
	}
	k := askedType{ut, ty}
	r, asked := v.local[k]
	if !asked {
		v.note(ut, ty, false)
		if r = ut.resolved(ut.answer(ty), ty); r.Kind != types.ADT || !v.isAnalysed(r.Def.Crate) {
			r = nil
		}
		v.local[k] = r
	}
	return r
}

func (t *typeInfo) isAnalysed(c *types.Crate) bool {
	for _, ut := range t.byName[c.Name] {
		if ut.crate == c {
			return true
		}
	}
	return false
}

// CaseIsVariant implements flow.Ownership.
func (v *view) CaseIsVariant(c *ir.Crate, ty *mir.Type, discr int64, variant string) effects.Tri {
	ut := v.units[c]
	if ut == nil || ty == nil {
		return effects.Maybe
	}
	if enum := enumPath(ty); enum != "" {
		if is := ut.seen().caseIsVariant(enum, discr, variant); is != effects.Maybe && !v.ambiguous(ut, enum) {
			return is
		}
	}
	if r := v.localType(ut, ty); r != nil {
		if name := v.u.VariantOf(r, discr); name != "" {
			return sameVariant(name, variant)
		}
	}
	return effects.Maybe
}

// ambiguous reports whether MIR of the unit may spell two types by that path.
// It tells neither a crate from a module of the unit that has the same name,
// nor two crates of one name.
func (v *view) ambiguous(ut *unitTypes, path string) bool {
	head, _, _ := strings.Cut(path, "::")
	crate := ""
	for _, u := range v.crates[head] {
		switch {
		case u.Key == ut.unit.Key || u.Key == crate:
		case crate != "":
			return true
		default:
			crate = u.Key
		}
	}
	if as := ut.unit.Externs[head]; as != "" && crate != "" && as != crate {
		return true
	}
	_, renamed := ut.unit.Externs[head]
	return (crate != "" || renamed || sysroot[head]) && ut.mayDeclare(head)
}

// sysroot are the crates that come with rustc.
var sysroot = map[string]bool{"std": true, "core": true, "alloc": true, "proc_macro": true, "test": true}

// FieldType implements flow.Ownership.
func (v *view) FieldType(c *ir.Crate, ty *mir.Type, variant string, field int) *mir.Type {
	ut := v.units[c]
	if ut == nil {
		return nil
	}
	r := v.localType(ut, ty)
	if r == nil {
		return nil
	}
	f, ok := v.u.Field(r, variant, field)
	if !ok {
		return nil
	}
	return ut.node(f.Type)
}

// ADTOfPath implements flow.Ownership.
func (v *view) ADTOfPath(c *ir.Crate, p *mir.Path) *mir.Type {
	ut := v.units[c]
	if ut == nil || p == nil || p.Self != nil || len(p.Segs) == 0 {
		return nil
	}
	whole, enum := ut.typeOf(p, len(p.Segs)), ut.typeOf(p, len(p.Segs)-1)
	for _, ty := range []*mir.Type{enum, whole} {
		if ty != nil && ty.Path != nil && ut.seen().plain[ty.Path.Plain] { // no items are needed
			if r := v.localType(ut, ty); r != nil {
				return ut.node(r)
			}
			return nil
		}
	}
	for _, ty := range []*mir.Type{whole, enum} {
		if r := v.localType(ut, ty); r != nil && v.u.Described(r) {
			return ut.node(r)
		}
	}
	return nil
}

// Field implements rule.TypeInfo.
func (v *view) Field(crate string, ty *mir.Type, variant string, field int) rule.FieldInfo {
	info := rule.FieldInfo{Name: strconv.Itoa(field)}
	if ty == nil {
		return info
	}
	info.Owner = ir.LastSeg(ty.Path)
	ut := v.named(crate)
	if ut == nil {
		return info
	}
	if r := v.localType(ut, ty); r != nil {
		if f, ok := v.u.NamedField(r, variant, field); ok {
			return rule.FieldInfo{Owner: r.Def.Name(), Name: f.Name, Type: f.Type.SpelledIn(ut.crate), Span: f.Span}
		}
	}
	return info
}

// StrongCycles implements rule.TypeInfo.
func (v *view) StrongCycles(crate string) []rule.TypeCycle {
	ut := v.named(crate)
	if ut == nil || !ut.usesStrong() {
		return nil // no items are needed to see that
	}
	var out []rule.TypeCycle
	told := map[string]bool{}
	for _, cy := range v.u.StrongCycles(ut.crate) {
		tc := typeCycle(&cy)
		if key := strings.Join(tc.Fields, " ") + " " + tc.Span.File; !told[key] {
			told[key] = true
			out = append(out, tc)
		}
	}
	return out
}

// Shapes implements rule.TypeInfo.
func (v *view) Shapes(crate string) map[string][]string {
	ut := v.named(crate)
	if ut == nil {
		return nil
	}
	out, asked := v.shapes[ut]
	if asked {
		return out
	}
	out = map[string][]string{}
	v.shapes[ut] = out
	for path, fields := range ut.seen().shapes {
		head, _, inside := strings.Cut(path, "::")
		if !strings.HasPrefix(path, "{") && !(inside && (sysroot[head] || ut.ir.Dep(head) != nil)) {
			out[path] = fields
		}
	}
	return out
}

// ClaimsThreads implements rule.TypeInfo.
func (v *view) ClaimsThreads(crate string) bool {
	ut := v.named(crate)
	return ut != nil && claimsThreads(ut.ir)
}

// LooseOutputs implements rule.TypeInfo.
func (v *view) LooseOutputs(crate string) map[string]bool {
	ut := v.named(crate)
	if ut == nil {
		return nil
	}
	return looseOutputs(ut.ir)
}

// Decls implements rule.TypeInfo.
func (v *view) Decls(crate string) *decls.Crate {
	ut := v.named(crate)
	if ut == nil {
		return nil
	}
	d, ok := v.decls[ut]
	if !ok {
		if it := v.items[ut.unit](); it != nil {
			d = decls.New(it)
		}
		v.decls[ut] = d
	}
	return d
}

func typeCycle(cy *types.Cycle) rule.TypeCycle {
	var tc rule.TypeCycle
	for i := range cy.Steps {
		s := &cy.Steps[i]
		tc.Types = append(tc.Types, s.Owner.Name())
		tc.Fields = append(tc.Fields, s.Owner.Name()+"."+s.Field.Name)
	}
	tc.Weak, tc.Span = tc.Fields[cy.Weak], cy.Steps[cy.Weak].Field.Span
	return tc
}

// unitTypes are the types of one unit's MIR.
type unitTypes struct {
	u      *types.Universe
	unit   *capture.Unit
	ir     *ir.Crate
	crate  *types.Crate
	models *effects.Models

	mu      sync.RWMutex
	answers map[*mir.Type]*answer
	paths   map[pathPrefix]*mir.Type
	nodes   map[*types.Type]*mir.Type
	parser  *mir.Types

	facts     *bodyFacts
	rootsOnce sync.Once

	dropsOnce sync.Once
	drops     map[string]*ir.Func // destructors by the type's path

	namesOnce   sync.Once
	sourceNames *sourceNames
}

// answer is what is known of one type as MIR spells it.
type answer struct {
	made *types.Type // the node was made from it

	resolve sync.Once
	typ     *types.Type
	weigh   sync.Once
	own     types.Answer
}

type pathPrefix struct {
	path string
	segs int
}

func newUnitTypes(u *types.Universe, l *loadedUnit, m *effects.Models) *unitTypes {
	return &unitTypes{u: u, unit: l.unit, ir: l.crate, facts: l.facts, models: m, answers: map[*mir.Type]*answer{}, paths: map[pathPrefix]*mir.Type{},
		nodes: map[*types.Type]*mir.Type{}, parser: mir.NewTypes()}
}

func (ut *unitTypes) answer(ty *mir.Type) *answer {
	ut.mu.RLock()
	a := ut.answers[ty]
	ut.mu.RUnlock()
	if a != nil {
		return a
	}
	ut.mu.Lock()
	defer ut.mu.Unlock()
	if a = ut.answers[ty]; a == nil {
		a = &answer{}
		ut.answers[ty] = a
	}
	return a
}

func (ut *unitTypes) resolved(a *answer, ty *mir.Type) *types.Type {
	a.resolve.Do(func() {
		if a.typ = a.made; a.typ == nil {
			a.typ = ut.u.ResolveText(ut.crate, ty.Text)
		}
	})
	return a.typ
}

// resolvedIfAsked is the type when an answer needed to know it, else nil.
func (ut *unitTypes) resolvedIfAsked(ty *mir.Type) *types.Type { return ut.answer(ty).typ }

func (ut *unitTypes) owns(ty *mir.Type) types.Answer {
	a := ut.answer(ty)
	a.weigh.Do(func() {
		a.own = ut.u.Answer(ut.resolved(a, ty))
	})
	return a.own
}

// node is a type as MIR of the unit spells it.
func (ut *unitTypes) node(r *types.Type) *mir.Type {
	ut.mu.RLock()
	n := ut.nodes[r]
	ut.mu.RUnlock()
	if n != nil {
		return n
	}
	text := r.SpelledIn(ut.crate)
	ut.mu.Lock()
	defer ut.mu.Unlock()
	if n = ut.nodes[r]; n == nil {
		n = ut.parser.Type(text)
		ut.nodes[r] = n
		if ut.answers[n] == nil {
			ut.answers[n] = &answer{made: r}
		}
	}
	return n
}

// typeOf is the type that the first n segments of a path spell, nil for none.
func (ut *unitTypes) typeOf(p *mir.Path, n int) *mir.Type {
	if n == 0 {
		return nil
	}
	k := pathPrefix{p.Text, n}
	ut.mu.RLock()
	ty, ok := ut.paths[k]
	ut.mu.RUnlock()
	if ok {
		return ty
	}
	var b strings.Builder
	for i, s := range p.Segs[:n] {
		if i > 0 {
			b.WriteString("::")
		}
		b.WriteString(s.Name)
		for j, a := range s.Args {
			b.WriteString([...]string{"<", ", "}[min(j, 1)])
			b.WriteString(a.Text)
		}
		if len(s.Args) > 0 {
			b.WriteByte('>')
		}
	}
	ut.mu.Lock()
	defer ut.mu.Unlock()
	ty = ut.parser.Type(b.String())
	ut.paths[k] = ty
	return ty
}

// usesStrong reports whether a local of the unit's bodies has a type that
// holds a counted owner.
func (ut *unitTypes) usesStrong() bool { return ut.seen().strong }

// declares is Source.Declares.
func (ut *unitTypes) declares(name string) bool { return ut.seen().roots[name] }

// mayDeclare is Source.MayDeclare.
func (ut *unitTypes) mayDeclare(name string) bool { return ut.names().mayDeclare(name) }

func (ut *unitTypes) names() *sourceNames {
	ut.namesOnce.Do(func() { ut.sourceNames = readNames(ut.ir) })
	return ut.sourceNames
}

// shape is Source.Shape.
func (ut *unitTypes) shape(text string) ([]string, bool) {
	s, ok := ut.seen().shapes[text]
	return s, ok
}

// seen is what the bodies show, and the names that stand at the crate's root.
func (ut *unitTypes) seen() *bodyFacts {
	ut.rootsOnce.Do(func() {
		for _, f := range ut.ir.Funcs {
			ut.readName(f)
		}
		ut.facts.dropInner(ut.ir.Funcs)
	})
	return ut.facts
}

// readName notes what the name of a body shows of the crate's root.
func (ut *unitTypes) readName(f *ir.Func) {
	ut.facts.addRoot(f.Head.Name)
	im := f.Impl
	if im == nil || im.Self == nil {
		return
	}
	// Nothing but a type has a Drop, or an impl block without a trait. The trait of
	// a block that a macro wrote is not known, though, and its type may be a parameter.
	if im.Trait == "" && len(im.SelfPlain) > 2 || f.Last == "drop" && strings.HasSuffix(im.Trait, "Drop") {
		ut.facts.addRoot(im.SelfPlain)
	}
}

// built is Source.Struct.
func (ut *unitTypes) built(path string) (params, fields []string, known bool) {
	shapes := ut.seen().structs[path]
	if len(shapes) == 0 || ut.names().mayBeUnion(path[strings.LastIndex(path, ":")+1:]) {
		return nil, nil, false
	}
	for _, s := range shapes {
		if !slices.ContainsFunc(s.params, func(name string) bool { return ut.declares(name) || ut.mayDeclare(name) }) {
			return s.params, s.fields, true
		}
	}
	return nil, nil, false
}

// hasDrop is Source.HasDrop.
func (ut *unitTypes) hasDrop(path string) bool { return ut.destructor(path) != nil }

// destructor finds the body of a type's Drop::drop.
func (ut *unitTypes) destructor(path string) *ir.Func {
	ut.dropsOnce.Do(func() {
		ut.drops = map[string]*ir.Func{}
		for _, f := range ut.ir.Funcs {
			if f.Destructor() && strings.HasSuffix(f.Impl.Trait, "Drop") && ut.drops[f.Impl.SelfPlain] == nil {
				ut.drops[f.Impl.SelfPlain] = f
			}
		}
	})
	return ut.drops[path]
}

// maxCalls bounds how deep a destructor is followed.
const maxCalls = 4

// releases is what the body of a type's Drop::drop does to memory that the
// type points at; see types.Source.
func (ut *unitTypes) releases(path string) types.Answer {
	if f := ut.destructor(path); f != nil {
		return ut.frees(f, map[*ir.Func]bool{}, 0)
	}
	return types.Unknown
}

// frees reports whether a body calls something that frees memory or takes it back.
func (ut *unitTypes) frees(f *ir.Func, seen map[*ir.Func]bool, depth int) types.Answer {
	if seen[f] {
		return types.No
	}
	seen[f] = true
	out := types.No
	for _, c := range f.Code().Calls {
		switch {
		case c == nil:
			continue
		case c.Path == nil || depth == maxCalls:
			out = max(out, types.Unknown)
			continue
		}
		keys := append([]string{c.Path.Plain}, effects.Keys(c.Path, false)...)
		if c.Target == nil {
			keys = append(keys, effects.Keys(c.Path, true)...)
		}
		m := ut.models.Find(keys...)
		switch {
		case m != nil:
			for i := range m.Args {
				switch m.Args[i].Op {
				case effects.Free, effects.Reclaim:
					return types.Yes
				case effects.Drop, effects.Escape, effects.Unknown:
					out = max(out, types.Unknown)
				}
			}
		case c.Target != nil:
			if out = max(out, ut.frees(c.Target, seen, depth+1)); out == types.Yes {
				return out
			}
		default:
			out = max(out, types.Unknown)
		}
	}
	return out
}
