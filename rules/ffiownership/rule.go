// Package ffiownership finds memory whose owner changes at the border to C and
// that is released by the wrong allocator, with the wrong layout, or never.
package ffiownership

import (
	_ "embed"
	"fmt"

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
		ID:       "ffi-ownership",
		Title:    "memory that crosses the border to C is released wrongly, or never",
		CWE:      []int{762, 401, 415},
		Severity: finding.Error,
		Default:  true,
		Doc:      doc,
	},
	Run: run,
}

func run(p *rule.Pass) error {
	c := survey(p)
	for _, f := range p.Funcs() {
		if f.Head.Kind != mir.FnBody {
			continue
		}
		if f.MayCallAny(releaseNames) {
			c.releases(f)
		}
		if f.MayCallAny(giveNames) {
			c.gifts(f)
		}
	}
	return nil
}

// checker is the rule at work on one crate.
type checker struct {
	*rule.Pass
	facts
}

// releases looks at each call of f that releases memory.
func (c *checker) releases(f *ir.Func) {
	v := c.Engine.View(f)
	for _, call := range v.Calls() {
		if call.Model == nil || call.Model.Allocator == "" || len(call.Args) == 0 {
			continue
		}
		switch call.Model.Arg(0).Op {
		case effects.Free:
			c.wrongAllocator(v, call)
		case effects.Reclaim:
			if call.Model.Allocator != "Rust" {
				continue // realloc
			}
			if !c.wrongAllocator(v, call) && !c.wrongLayout(v, call) && !c.wrongCapacity(v, call) {
				c.notOurs(v, call)
			}
		}
	}
}

// maker is the call that made the memory behind a released pointer.
type maker struct {
	block     int32
	name      string
	allocator string
	releases  string
}

// madeBy finds the maker of what a call releases, as far as one is seen.
func (c *checker) madeBy(v *flow.View, r *flow.Root) (maker, bool) {
	for _, block := range r.Via {
		call := v.Call(block)
		if m := call.Model; m != nil && m.Allocator != "" && m.Arg(0).Op == effects.Disown {
			return maker{block, rule.Callee(v.Fn, block), m.Allocator, m.Releases}, true
		}
	}
	if n := len(r.Via); n > 0 && r.Points && r.Whole() && r.Const == nil && ownerOf(v.MIR.Locals[r.Local()].Type) != "" {
		return maker{r.Via[0], rule.Callee(v.Fn, r.Via[0]), "Rust", ""}, true
	}
	if r.Made < 0 {
		return maker{}, false
	}
	call := v.Call(r.Made)
	if call == nil {
		return maker{}, false
	}
	m := call.Model
	if m == nil && call.Target != nil {
		for _, fr := range c.Engine.FreshResults(call.Target) {
			if !fr.InADT && fr.From.Model != nil {
				m = fr.From.Model
			}
		}
	}
	if m == nil || m.Allocator == "" {
		return maker{}, false
	}
	for _, ret := range m.Ret {
		if ret.Op == effects.RetFresh || ret.Op == effects.RetOwner {
			return maker{r.Made, rule.Callee(v.Fn, r.Made), m.Allocator, m.Releases}, true
		}
	}
	return maker{}, false
}

// wrongAllocator reports memory of one allocator that another's function releases.
func (c *checker) wrongAllocator(v *flow.View, call *flow.CallSite) bool {
	r := v.Root(&call.Args[0])
	m, ok := c.madeBy(v, &r)
	if !ok || m.allocator == call.Model.Allocator {
		return false
	}
	f, by := v.Fn, rule.Callee(v.Fn, call.Block)
	c.Report(f, finding.Finding{
		Title:   fmt.Sprintf("memory of %s is released by `%s`", allocatorText(m.allocator), by),
		Grade:   finding.Likely,
		Primary: rule.At(f, call.Block, flow.Term),
		Label:   fmt.Sprintf("this hands it to %s, which did not make it", allocatorText(call.Model.Allocator)),
		Trace: []finding.Step{
			{Span: rule.At(f, m.block, flow.Term), Text: fmt.Sprintf("`%s`: the memory is %s's", m.name, allocatorText(m.allocator))},
			{Span: rule.At(f, call.Block, flow.Term), Text: fmt.Sprintf("`%s` releases it with %s", by, allocatorText(call.Model.Allocator))},
		},
		Fix: &finding.Fix{Text: fixAllocator(m, call)},
	})
	return true
}

func allocatorText(a string) string {
	switch a {
	case "Rust":
		return "Rust's allocator"
	case "C":
		return "C's malloc"
	}
	return "the allocator of " + a
}

func fixAllocator(m maker, call *flow.CallSite) string {
	if m.allocator != "Rust" {
		return "copy the bytes (CStr::to_owned, slice::to_vec) and release the original with " + m.releases
	}
	if m.releases == "" {
		return "lend it only: its owner in Rust still drops it"
	}
	return "take it back with " + m.releases + " and let Rust drop it; or make it with malloc if C must free it"
}

// wrongLayout reports a Box (Rc, Arc) that is taken back as another type than it was given up as.
func (c *checker) wrongLayout(v *flow.View, call *flow.CallSite) bool {
	if !call.Is("Box::from_raw", "Rc::from_raw", "Arc::from_raw") {
		return false
	}
	t := ownedType(call.Path)
	if t == nil {
		return false
	}
	r := v.Root(&call.Args[0])
	was, grade := c.givenAs(v, call, &r, t)
	if was == "" {
		return false
	}
	f, owner := v.Fn, ownerName(call.Path)
	c.Report(f, finding.Finding{
		Title:   fmt.Sprintf("`%s` takes back a `%s`, but it was %s", rule.Callee(f, call.Block), rule.TypeText(t), was),
		Grade:   grade,
		Primary: rule.At(f, call.Block, flow.Term),
		Label:   fmt.Sprintf("its drop frees memory with the size and alignment of `%s`", rule.TypeText(t)),
		Fix:     &finding.Fix{Text: fmt.Sprintf("cast the pointer back to the type that was given up before `%s::from_raw`", owner)},
	})
	return true
}

// givenAs says what the memory was when it was given up, where that is known
// to be another thing than an owner of t; "" otherwise.
func (c *checker) givenAs(v *flow.View, call *flow.CallSite, r *flow.Root, t *mir.Type) (string, finding.Grade) {
	owner := ownerName(call.Path)
	for _, block := range r.Via {
		made := v.Call(block)
		if m := made.Model; m == nil || m.Allocator != "Rust" || m.Arg(0).Op != effects.Disown {
			continue
		}
		was := ownerName(made.Path)
		if was != owner {
			return fmt.Sprintf("a `%s`", was), finding.Likely
		}
		if u := ownedType(made.Path); u != nil && differ(v, t, u) {
			return fmt.Sprintf("a `%s<%s>`", was, rule.TypeText(u)), finding.Likely
		}
		return "", 0
	}
	if owner != "Box" {
		return "", 0
	}
	if isVoid(t) {
		return "never made as such: `c_void` is C's word for memory of any type", finding.Likely
	}
	if !fromOutside(v, r) {
		return "", 0
	}
	if isChar(t) && c.gives["CString"] && !c.gives["Box<"+t.Text+">"] {
		return "a `CString`", finding.Likely
	}
	if u := c.casts[t.Text]; u != nil && !c.gives["Box<"+t.Text+">"] && t.Text != u.Text && !v.Generic(t) && !v.Generic(u) {
		return fmt.Sprintf("a `Box<%s>`", rule.TypeText(u)), finding.Likely
	}
	return "", 0
}

// fromOutside reports whether the pointer comes straight from a parameter.
func fromOutside(v *flow.View, r *flow.Root) bool {
	return r.Made < 0 && r.Const == nil && !r.Points && r.Whole() && v.IsParam(r.Local())
}

// wrongCapacity reports a Vec that is put together with its length for its
// capacity, in a crate that gives vectors away without cutting them to size.
func (c *checker) wrongCapacity(v *flow.View, call *flow.CallSite) bool {
	if !call.Is("Vec::from_raw_parts", "String::from_raw_parts") || len(call.Args) != 3 || c.exact {
		return false
	}
	length, capacity := v.Root(&call.Args[1]), v.Root(&call.Args[2])
	if length.Const != nil || length.Ref != capacity.Ref || length.Made != capacity.Made {
		return false
	}
	at, ok := c.lengthOnly[elemText(call)]
	if !ok {
		return false
	}
	f := v.Fn
	c.Report(f, finding.Finding{
		Title:   fmt.Sprintf("`%s` is told the length for the capacity", rule.Callee(f, call.Block)),
		Grade:   finding.Likely,
		Primary: rule.At(f, call.Block, flow.Term),
		Label:   "its drop frees memory of this size, but more may have been allocated",
		Trace: []finding.Step{
			{Span: rule.At(at.fn, at.block, flow.Term), Text: "here a vector is given away; its capacity is not kept"},
			{Span: rule.At(f, call.Block, flow.Term), Text: "here it is taken back with the length twice"},
		},
		Fix: &finding.Fix{Text: "give a boxed slice away (into_boxed_slice, then Box::into_raw), whose capacity is its length, or pass the capacity too"},
	})
	return true
}

// notOurs reports memory that comes from C and is taken into an owner of Rust's:
// CString::from_raw or Vec::from_raw_parts of what no code of the crate gave away.
func (c *checker) notOurs(v *flow.View, call *flow.CallSite) {
	kind := ownerName(call.Path)
	if kind != "CString" && kind != "Vec" && kind != "String" {
		return
	}
	r := v.Root(&call.Args[0])
	f := v.Fn
	from, grade := "", finding.Likely
	switch {
	case r.Made >= 0 && !r.Points && v.Call(r.Made) != nil && v.Call(r.Made).Foreign:
		from = fmt.Sprintf("`%s` made it, a function of C", rule.Callee(f, r.Made))
	case fromOutside(v, &r) && c.Crate.Extern(f) != nil:
		from = "the caller of this `extern` function passes it"
		if !c.Crate.Extern(f).Exported {
			grade = finding.Possible
		}
	default:
		return
	}
	if c.gives[kind] || c.generic || forgets(v, call) {
		return
	}
	c.Report(f, finding.Finding{
		Title:   fmt.Sprintf("memory that comes from C becomes a `%s`", kind),
		Grade:   grade,
		Primary: rule.At(f, call.Block, flow.Term),
		Label:   from + "; its drop frees it with Rust's allocator",
		Notes:   []string{fmt.Sprintf("no code of this crate gives a `%s` away, so this one was not made by Rust", kind)},
		Fix:     &finding.Fix{Text: "borrow it (CStr::from_ptr, slice::from_raw_parts) and copy what is needed; let C release it"},
	})
}

// forgets reports whether what a call makes is kept from being dropped.
func forgets(v *flow.View, made *flow.CallSite) bool {
	for _, call := range v.Calls() {
		if call.Model != nil && call.Model.Arg(0).Op == effects.Disown && len(call.Args) > 0 {
			if r := v.Root(&call.Args[0]); r.Made == made.Block {
				return true
			}
		}
	}
	return false
}

// gifts looks at each value of f that is given up and goes to C.
func (c *checker) gifts(f *ir.Func) {
	origins := c.Engine.Origins(f)
	if len(origins) == 0 {
		return
	}
	v := c.Engine.View(f)
	for _, o := range origins {
		if o.Model == nil || o.Kind == flow.KindAlloc || o.Kind == flow.KindLeak {
			continue
		}
		key, generic := givenKey(v, &o)
		if key == "" || generic || c.takenBack(key) {
			continue
		}
		c.gift(v, &o, key)
	}
}

func (c *checker) gift(v *flow.View, o *flow.Origin, key string) {
	f := v.Fn
	ext := c.Crate.Extern(f)
	st := c.Engine.Track(*o)
	if st.GaveUp || st.Has(flow.Released) || st.Has(flow.Stored) {
		return
	}
	for i := range st.Ends {
		end := &st.Ends[i]
		switch end.Kind {
		case flow.Returned:
			if ext == nil || ext.ABI == "" || !ext.Exported {
				continue
			}
			c.reportGift(f, o, end, key, "returned to C", finding.Likely)
			return
		case flow.Unclear, flow.Escaped:
			call := v.Call(end.Block)
			if call == nil || end.Stmt != flow.Term || !call.Foreign || call.Model != nil && call.Model.Arg(0).Op == effects.Free {
				continue
			}
			// A program that registers one object keeps it on purpose; a string is given with each call.
			grade := finding.Possible
			if key == "CString" {
				grade = finding.Likely
			}
			c.reportGift(f, o, end, key, "given to `"+rule.Callee(f, end.Block)+"`", grade)
			return
		}
	}
}

func (c *checker) reportGift(f *ir.Func, o *flow.Origin, end *flow.Ending, key, where string, grade finding.Grade) {
	if c.Engine.Owns(o) != effects.Yes {
		return
	}
	c.Report(f, finding.Finding{
		Title:   fmt.Sprintf("a `%s` is %s and never taken back", key, where),
		Grade:   grade,
		Primary: rule.At(f, o.Block, flow.Term),
		Label:   "from here on only C has it, and C cannot free it",
		Trace:   rule.Trace(f, o.Block, "ownership leaves Rust", end, "the pointer is "+where),
		Notes:   []string{fmt.Sprintf("nothing in this crate takes a `%s` back: each one is lost", key)},
		Fix:     &finding.Fix{Text: giftFix(o, where)},
	})
}

func giftFix(o *flow.Origin, where string) string {
	if where == "returned to C" {
		return "export a function that takes it back (" + o.Model.Releases + ") and tell C to call it"
	}
	return "lend it (as_ptr, &mut *b) if C only looks at it during the call; else take it back (" + o.Model.Releases + ") when C is done"
}
