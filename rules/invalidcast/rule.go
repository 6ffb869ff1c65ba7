// Package invalidcast finds casts and transmutes that make a value of which
// nothing says that it is one: wrong bits, wrong layout, wrong alignment, or a
// mutable reference out of a shared one.
package invalidcast

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

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
		ID:       "invalid-cast",
		Title:    "a cast makes a value that is none of its type",
		CWE:      []int{704, 843},
		Severity: finding.Warning,
		Default:  true,
		Doc:      doc,
	},
	Run: run,
}

func run(p *rule.Pass) error {
	for _, f := range p.Funcs() {
		if !f.Raw && !f.Casts && !f.MayCall("transmute_copy", "from_utf8_unchecked", "from_u32_unchecked") {
			continue
		}
		c := &checker{p: p, f: f, v: p.Engine.View(f), told: map[finding.Span]bool{}}
		c.accesses()
		c.casts()
		c.calls()
	}
	return nil
}

// checker looks at one function.
type checker struct {
	p *rule.Pass
	f *ir.Func
	v *flow.View

	told map[finding.Span]bool
}

// cast is a place where bytes are taken for another type.
type cast struct {
	at       flow.Point
	from, to *mir.Type // what was there, what it is taken for
	src      flow.Source
	kind     flow.AccessKind
	// unaligned is set when the access asks for no alignment.
	unaligned bool
	slice     bool
}

// accesses looks at what raw pointers are used for.
func (c *checker) accesses() {
	if !c.f.Raw {
		return
	}
	for _, a := range c.v.Accesses() {
		if a.Index != nil || a.Type == nil {
			continue
		}
		src := c.v.Source(a.Ptr)
		if c.mutability(&a, &src) {
			continue
		}
		if c.chosenElems(&a, &src) {
			continue
		}
		if len(src.Casts) == 0 || src.Type == nil || same(src.Type, a.Type) || raw(src.From) {
			continue
		}
		c.reinterpret(&cast{at: a.At, from: src.Type, to: a.Type, src: src, kind: a.Kind, unaligned: a.Unaligned, slice: a.Count != nil})
	}
}

// chosenElems: a pointer to bytes that a method of a parameter returns is made a
// slice of a type that the caller chooses, as many as there is room for.
func (c *checker) chosenElems(a *flow.Access, src *flow.Source) bool {
	if src.Made == nil || a.Count == nil || len(src.Casts) == 0 || !raw(src.From) || !isByte(src.Type) || len(src.Made.Args) != 1 || !c.f.MayCall("size_of") ||
		a.Kind != flow.Borrows && a.Kind != flow.Mutates || c.f.MayCall("of", "type_id", "type_name") {
		return false
	}
	to, of := param(c.v, a.Type), c.v.Root(&src.Made.Args[0])
	if to == "" || of.Made >= 0 || of.Local() < 1 || !c.v.IsParam(of.Local()) {
		return false
	}
	for i := range c.v.MIR.Locals {
		if l := int32(i); c.v.IsParam(l) && mentions(c.v.MIR.Locals[l].Type, a.Type) {
			return false // what is there may well be of the type
		}
	}
	grade, ok := c.generic(to)
	if !ok {
		return false
	}
	k := &cast{at: a.At, from: src.Type, to: a.Type, src: *src, kind: a.Kind, slice: true}
	c.report(a.At, grade, fmt.Sprintf("any `%s` is made of the bytes of a `%s`", name(a.Type), name(src.Type)),
		"nothing says that these bytes are values of the type",
		fmt.Sprintf("here the bytes are taken for a slice of `%s`: the caller chooses the type, say bool or a reference", name(a.Type)), k,
		"ask for a bound that promises that any bytes are a value, an unsafe trait such as bytemuck::AnyBitPattern or zerocopy::FromBytes, or make the function unsafe")
	return true
}

// raw reports whether a pointer's own type said nothing of what it points at
// when the function got it: who made it knows better.
func raw(t *mir.Type) bool {
	return t == nil || t.Kind == mir.TypeRawPtr || t.Kind == mir.TypePath && ir.LastSeg(t.Path) == "NonNull"
}

// reinterpret judges an access to what was made as another type.
func (c *checker) reinterpret(k *cast) {
	if opaque(k.from) || opaque(k.to) || mentions(k.from, k.to) || mentions(k.to, k.from) && !isByte(k.from) {
		return
	}
	from, to := param(c.v, k.from), param(c.v, k.to)
	switch {
	case isByte(k.to) && from != "":
		c.bytesOf(k, from)
	case isByte(k.to):
		c.bytesOfStruct(k)
	case to != "" && k.kind != flow.Writes:
		c.anyFrom(k, from, to)
	case from != "":
	case k.src.Moved && !isByte(k.from):
	default:
		if !c.otherLayout(k) {
			c.alignment(k)
		}
	}
}

// bytesOf: the bytes of any T are shown, or overwritten.
func (c *checker) bytesOf(k *cast, param string) {
	grade, ok := c.generic(param)
	if !ok || k.kind == flow.Writes && !k.slice {
		return
	}
	title, fix := fmt.Sprintf("the bytes of any `%s` are read as `%s`", name(k.from), name(k.to)), "ask for a bound that promises it, an unsafe trait such as bytemuck::NoUninit or zerocopy::IntoBytes, or make the function unsafe"
	text := fmt.Sprintf("from here on its bytes are `%s`; a `%s` with padding has bytes that were never written", name(k.to), name(k.from))
	switch k.kind {
	case flow.Mutates:
		title = fmt.Sprintf("the bytes of any `%s` can be overwritten", name(k.from))
		text = fmt.Sprintf("whoever gets these bytes may make a `%s` of them that is none: a bool of 2, a null reference", name(k.from))
		fix = "ask for a bound that promises that any bytes are a value, an unsafe trait such as bytemuck::Pod or zerocopy::FromBytes, or make the function unsafe"
	case flow.Takes:
		title = fmt.Sprintf("the buffer of a `Vec<%s>` is given to a `Vec<%s>`", name(k.from), name(k.to))
		text = fmt.Sprintf("the new owner frees the buffer with the alignment of `%s`, and shows bytes that may be padding", name(k.to))
		fix = "copy the elements, or ask for a bound that promises the layout; the allocator must get back the layout that it gave out"
	}
	c.report(k.at, grade, title, "nothing says what a value of the type looks like", text, k, fix)
}

// anyFrom: any T is read out of something else.
func (c *checker) anyFrom(k *cast, from, to string) {
	if from != "" && c.f.MayCall("of", "type_id", "type_name") {
		return // the types were compared
	}
	grade, ok := c.generic(to)
	if !ok {
		return
	}
	if from != "" {
		if g, ok := c.generic(from); !ok {
			return
		} else if g < grade {
			grade = g
		}
	} else if !isByte(k.from) {
		if _, _, prim := layout(k.from); !prim {
			return
		}
	}
	if !c.fromOutside(k) || k.kind == flow.Mutates {
		grade = finding.Possible
	}
	c.report(k.at, grade, fmt.Sprintf("any `%s` is made of the bytes of a `%s`", name(k.to), name(k.from)),
		"nothing says that these bytes are a value of the type",
		fmt.Sprintf("here the bytes are taken for a `%s`: the caller chooses the type, say bool or a reference, and the bytes", name(k.to)), k,
		"ask for a bound that promises that any bytes are a value, an unsafe trait such as bytemuck::AnyBitPattern or zerocopy::FromBytes, or make the function unsafe")
}

// generic grades a cast of a type parameter by the function's declaration; ok
// is false when the cast is somebody else's promise.
func (c *checker) generic(param string) (finding.Grade, bool) {
	d, known := c.p.Declared(c.f)
	if !known || d.Unsafe || d.Promises(param) {
		return 0, false
	}
	// What an associated type may be is for those to say who implement the trait.
	if strings.HasPrefix(param, "<") && !strings.Contains(param, " as std::") && !strings.Contains(param, " as core::") {
		return 0, false
	}
	if !d.Public || d.Open(param) {
		return finding.Possible, true
	}
	return finding.Likely, true
}

// fromOutside reports whether the bytes come from the function's caller.
func (c *checker) fromOutside(k *cast) bool {
	return c.v.IsParam(k.src.Place.Local) && !k.src.Loaded && (len(k.src.Place.Proj) == 0 || k.src.Place.Proj[0].Kind == mir.Deref && !hasField(k.src.Place.Proj))
}

func hasField(proj []mir.Proj) bool {
	for i := range proj {
		if proj[i].Kind == mir.Field {
			return true
		}
	}
	return false
}

// alignmentCalls are what code asks when it cares.
var alignmentCalls = []string{"align_offset", "is_aligned", "is_aligned_to", "align_to", "align_to_mut", "align_of", "align_of_val", "min_align_of", "addr"}

// alignment: bytes, which may lie anywhere, are taken for a type that may not.
func (c *checker) alignment(k *cast) {
	if k.unaligned || c.f.MayCall(alignmentCalls...) {
		return
	}
	_, have, known := layout(k.from)
	if _, need, prim := layout(k.to); !known || prim && have >= need || c.testsAddress() {
		return
	}
	weak := k.src.From.Kind == mir.TypeArray || k.src.Loaded && k.src.From.Kind != mir.TypeRef
	if weak && c.p.Weakest > finding.Possible {
		return // before the items are asked
	}
	grade, ok := c.plain()
	if !ok {
		return
	}
	need, ok := c.align(k.to)
	if !ok || have >= need {
		return
	}
	if d, _ := c.p.Declared(c.f); weak || !d.Public {
		grade = finding.Possible
	}
	c.report(k.at, grade, fmt.Sprintf("a `%s` is taken from where a `%s` may lie", name(k.to), name(k.from)),
		"the address need not be a multiple of what the type asks for",
		fmt.Sprintf("a `%s` may lie at any multiple of %d, a `%s` only at multiples of %d", name(k.from), have, name(k.to), need), k,
		"use ptr::read_unaligned, from_ne_bytes or align_to, or test the address first")
}

// align is the alignment of a type, of a struct what its fields of types of
// the language make it at least.
func (c *checker) align(t *mir.Type) (int, bool) {
	if _, n, ok := layout(t); ok {
		return n, true
	}
	if t.Kind != mir.TypePath || c.p.Types == nil || c.v.Generic(t) {
		return 0, false
	}
	a := c.p.Types.ADT(c.f.Crate, t)
	if a == nil || a.Kind != "struct" || slices.ContainsFunc(reprs(a), func(w string) bool { return strings.HasPrefix(w, "packed") }) {
		return 0, false
	}
	n := 0
	for _, f := range fields(a) {
		elem, _, _ := strings.Cut(strings.TrimLeft(f.Type, "["), ";")
		n = max(n, primSize[elem])
	}
	return n, n > 0
}

// testsAddress reports whether the function looks at an address as a number.
func (c *checker) testsAddress() bool {
	for i := range c.v.MIR.Blocks {
		for j := range c.v.MIR.Blocks[i].Stmts {
			if rv := c.v.MIR.Blocks[i].Stmts[j].Rvalue; rv != nil && rv.Kind == mir.Cast && rv.Op == "PointerExposeProvenance" {
				return true
			}
		}
	}
	return false
}

// plain grades a cast that is wrong for all callers.
func (c *checker) plain() (finding.Grade, bool) {
	d, known := c.p.Declared(c.f)
	switch {
	case known && d.Unsafe:
		return 0, false
	case !known:
		return finding.Possible, true
	}
	return finding.Likely, true
}

// report emits a finding once for a place in the source.
func (c *checker) report(at flow.Point, grade finding.Grade, title, label, text string, k *cast, fix string) {
	span := rule.At(c.f, at.Block, at.Stmt)
	if c.told[span] && !span.IsZero() {
		return
	}
	c.told[span] = true
	var steps []finding.Step
	if k != nil && len(k.src.Casts) > 0 {
		cast := k.src.Casts[len(k.src.Casts)-1]
		steps = append(steps, finding.Step{Span: rule.At(c.f, cast.Block, cast.Stmt), Text: fmt.Sprintf("the pointer to a `%s` is cast here", name(k.from))})
	}
	steps = append(steps, finding.Step{Span: span, Text: text})
	c.p.Report(c.f, finding.Finding{Title: title, Grade: grade, Primary: span, Label: label, Trace: steps, Fix: &finding.Fix{Text: fix}})
}

// mutability: what a shared reference points at is changed.
func (c *checker) mutability(a *flow.Access, src *flow.Source) bool {
	if a.Kind != flow.Writes && a.Kind != flow.Mutates || src.Shared.Block < 0 || src.Cell || src.Type == nil || raw(src.From) {
		return false
	}
	if a.Call != nil && a.Call.Is("ptr::drop_in_place", "NonNull::drop_in_place") {
		return false
	}
	// Without a cast the way only looks like it: a Cell's own method, a reborrow of a pointer that was loaded.
	if len(src.Casts) == 0 && (a.Call == nil || !a.Call.Is("NonNull::as_mut")) {
		return false
	}
	t := a.Type
	if a.Place != nil {
		t = c.v.PlaceType(a.Place)
	}
	if hasCell(src.Type) || hasCell(t) {
		return false
	}
	if c.p.Types != nil && c.p.Types.MayHoldCell(c.f.Crate, src.Type) && !(a.Kind == flow.Mutates && a.Place == nil) {
		return false // it may hold a cell, which may be what is written
	}
	grade, ok := c.plain()
	if !ok {
		return true
	}
	what := "written"
	if a.Kind == flow.Mutates {
		what = "borrowed as mutable"
	}
	k := &cast{from: src.Type, src: *src}
	c.report(a.At, grade, fmt.Sprintf("a `%s` behind a shared reference is %s", name(src.Type), what),
		"others may hold the same reference and read meanwhile",
		"here it is "+what+", although only a shared reference led to it", k,
		"take &mut, or keep the value in an UnsafeCell (Cell, RefCell, Mutex, an atomic)")
	return true
}

// hasCell reports whether the text of a type names a cell.
func hasCell(t *mir.Type) bool {
	if t == nil {
		return true
	}
	if t.Kind == mir.TypePath {
		switch n := ir.LastSeg(t.Path); {
		case n == "UnsafeCell", n == "Cell", n == "RefCell", n == "Mutex", n == "RwLock", len(n) > 6 && n[:6] == "Atomic", n == "OnceCell", n == "SyncUnsafeCell", n == "MaybeUninit":
			return true
		}
	}
	for _, a := range t.Args {
		if hasCell(a) {
			return true
		}
	}
	for _, a := range typeArgs(t) {
		if hasCell(a) {
			return true
		}
	}
	return false
}
