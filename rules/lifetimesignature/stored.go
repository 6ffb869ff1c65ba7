package lifetimesignature

import (
	"strings"

	"softshell/finding"
	"softshell/flow"
	"softshell/ir"
	"softshell/ir/decls"
	"softshell/items"
	"softshell/mir"
	"softshell/rule"
)

// stored looks at functions that put a pointer to what they were lent into a
// value that says nothing of it.
func (c *check) stored() {
	for _, f := range c.p.Funcs() {
		if f.Head.Kind != mir.FnBody || len(f.Head.Params) == 0 || strings.Contains(f.Last, "{") {
			continue
		}
		if f.Raw || f.MayCall("new_unchecked", "from_ref", "from_mut") {
			v := c.p.Engine.View(f)
			for _, m := range v.Makings() {
				c.making(f, v, m)
			}
		}
		if f.MayCall("into_raw") {
			c.callback(f)
		}
	}
}

// making judges a value with a raw pointer in it.
func (c *check) making(f *ir.Func, v *flow.View, m flow.Making) {
	t := v.PlaceType(m.Dest)
	if t == nil || t.Kind != mir.TypePath || flow.HasLifetime(t) {
		return
	}
	if head, _, _ := strings.Cut(t.Path.Plain, "::"); head == "std" || head == "core" || head == "alloc" {
		return
	}
	for i := range m.Args {
		a := &m.Args[i]
		if a.Kind == mir.Constant || !flow.HoldsRaw(v.TypeOf(a)) {
			continue
		}
		field := stored{f: f, v: v, m: m, t: t, field: int32(i), ptr: a.Place.Local}
		c.ofArgument(&field)
		c.ofSelf(&field)
		c.ofMoved(&field)
	}
}

// stored is a raw pointer that goes into a field of a new value.
type stored struct {
	f     *ir.Func
	v     *flow.View
	m     flow.Making
	t     *mir.Type
	field int32
	ptr   int32 // the local that holds it
}

// ofArgument: the pointer leads into what an argument borrows, and the new value,
// which is returned, has no lifetime.
func (c *check) ofArgument(s *stored) {
	ret := s.f.Head.Ret
	if ret == nil || flow.HasLifetime(ret) || !strings.Contains(ret.Text, s.t.Text) {
		return
	}
	for n, p := range s.v.MIR.Params {
		pt := s.v.MIR.Locals[p].Type
		if !flow.HasLifetime(pt) || strings.Contains(pt.Text, s.t.Path.Plain) || strings.Contains(pt.Text, "Pin<") {
			continue
		}
		have := s.v.Carried(p, false, pointsInto)
		if !have[s.ptr] || kept(s.v, have) {
			continue
		}
		user, place := c.reader(s)
		if user == nil {
			continue
		}
		fn, ok := c.decl(s.f)
		if !ok || n >= len(fn.Inputs) || strings.Contains(fn.Inputs[n], "'static") {
			continue
		}
		reads, ok := c.decl(user)
		if !ok && user.Last != "drop" || reads.Of != nil && (!reads.Of.Public || hasLifetime(reads.Of.Generics)) {
			continue
		}
		c.report(s.f, finding.Finding{
			Title:   "`" + s.f.Name + "` keeps a pointer to its argument in a value without a lifetime",
			Grade:   finding.Likely,
			Primary: c.head(fn.Fn),
			Label:   "the result may outlive what the argument borrows",
			Trace: []finding.Step{
				c.step(s.f, s.m.At, "the pointer is stored"),
				c.step(user, place, "`"+user.Name+"` follows it later"),
			},
			Fix: &finding.Fix{Text: "give the type a lifetime and hold `PhantomData<&'a ..>`, so that the result borrows the argument"},
		})
		return
	}
}

func hasLifetime(gs []items.Generic) bool {
	for _, g := range gs {
		if g.Kind == "lifetime" {
			return true
		}
	}
	return false
}

// ofSelf: the pointer is one that self has and that its Drop gives back, and
// the new value, of another type, has no lifetime.
func (c *check) ofSelf(s *stored) {
	f, ret := s.f, s.f.Head.Ret
	if f.Impl == nil || f.Impl.SelfPlain == s.t.Path.Plain || ret == nil || flow.HasLifetime(ret) || !strings.Contains(ret.Text, s.t.Text) {
		return
	}
	self := s.v.MIR.Params[0]
	if t := s.v.MIR.Locals[self].Type; t.Kind != mir.TypeRef || ir.TypePlain(t.Args[0]) != f.Impl.SelfPlain {
		return
	}
	root := s.v.Root(&s.m.Args[s.field])
	field, ok := s.v.FieldOf(root, self)
	if !ok || len(root.Via) > 0 {
		return
	}
	ends := c.method(f.Impl.SelfPlain, "drop")
	if ends == nil || c.method(s.t.Path.Plain, "drop") != nil || len(c.p.Engine.View(ends).Loads(ends.Head.Params[0], field)) == 0 {
		return
	}
	for _, call := range s.v.Calls() { // it may count one more owner
		for i := range call.Args {
			if a := &call.Args[i]; a.Kind != mir.Constant && !pointsInto(call) {
				if at, ok := s.v.FieldOf(s.v.Root(a), self); ok && at == field {
					return
				}
			}
		}
	}
	user, place := c.reader(s)
	if user == nil {
		return
	}
	fn, ok := c.decl(f)
	reads, safe := c.decl(user)
	if !ok || !safe || reads.Of == nil || !reads.Of.Public || hasLifetime(reads.Of.Generics) {
		return
	}
	c.report(f, finding.Finding{
		Title:   "`" + f.Name + "` gives out a pointer of `self` in a value without a lifetime",
		Grade:   finding.Likely,
		Primary: c.head(fn.Fn),
		Label:   "the result may outlive `self`",
		Trace: []finding.Step{
			c.step(f, s.m.At, "the pointer goes into the result"),
			{Span: rule.Head(ends), Text: "when `self` is dropped, this gives back what it points to"},
			c.step(user, place, "`"+user.Name+"` follows it, maybe later"),
		},
		Fix: &finding.Fix{Text: "give the type of the result a lifetime and hold `PhantomData<&'a ..>`, so that it borrows `self`"},
	})
}

// method is the function of that name of a type of the crate, nil for none.
func (c *check) method(self, name string) *ir.Func {
	for _, f := range c.p.Funcs() {
		if f.Last == name && f.Impl != nil && f.Impl.SelfPlain == self && len(f.Head.Params) > 0 {
			return f
		}
	}
	return nil
}

// kept reports whether the body clones what the pointer leads to: a counted
// owner that goes along keeps it alive.
func kept(v *flow.View, have map[int32]bool) bool {
	for _, c := range v.Calls() {
		if c.Last() == "clone" && len(c.Args) > 0 && c.Args[0].Kind != mir.Constant && have[c.Args[0].Place.Local] {
			return true
		}
	}
	return false
}

// reader is a function of the new value's type that follows the stored
// pointer, and where.
func (c *check) reader(s *stored) (*ir.Func, flow.Point) {
	for _, f := range c.p.Funcs() {
		if f == s.f || f.Impl == nil || f.Impl.SelfPlain != s.t.Path.Plain || len(f.Head.Params) == 0 {
			continue
		}
		v := c.p.Engine.View(f)
		self := v.MIR.Params[0]
		for _, x := range v.Stretches() {
			if x.From == self {
				return f, x.At
			}
			for _, l := range v.Loads(self, s.field) {
				if v.Carried(l, true, pointsInto)[x.From] {
					return f, x.At
				}
			}
		}
		for _, call := range v.Calls() {
			if call.Path == nil || call.Target != nil || call.Path.Self != nil {
				continue
			}
			for _, l := range v.Loads(self, s.field) {
				if takes(call, map[int32]bool{l: true}) {
					return f, flow.Point{Block: call.Block, Stmt: flow.Term}
				}
			}
		}
	}
	return nil, flow.Point{}
}

// ofMoved: the pointer leads into a value of a type that the caller chooses,
// and that value moves into the same place: what it holds inline moves away.
func (c *check) ofMoved(s *stored) {
	for i := range s.m.Args {
		owner := &s.m.Args[i]
		if int32(i) == s.field || owner.Kind != mir.Move || len(owner.Place.Proj) > 0 {
			continue
		}
		t, from := s.v.TypeOf(owner), s.v.Root(owner)
		if !bare(t) || !s.v.Generic(t) || from.Points || !from.Whole() || from.Local() < 0 || !s.v.Carried(from.Local(), false, anyCall)[s.ptr] {
			continue
		}
		user, place := c.reader(s)
		if user == nil {
			continue
		}
		fn, ok := c.decl(user)
		if making, known := c.fns[keyOf(s.f)]; !ok || known && (making.Unsafe || stable(making)) {
			continue
		}
		c.report(user, finding.Finding{
			Title:   "`" + user.Name + "` follows a pointer into a value that has moved",
			Grade:   finding.Likely,
			Primary: c.head(fn.Fn),
			Label:   "what this returns lived where the value was before it moved",
			Trace: []finding.Step{
				c.step(s.f, s.m.At, "the value, of type `"+t.Text+"`, moves in here together with a pointer into it"),
				c.step(user, place, "the pointer is followed"),
			},
			Notes: []string{"a type that holds its content inline takes it along when it moves; `Box` and `Arc` do not"},
			Fix:   &finding.Fix{Text: "keep the value and what leads into it apart: store the function and call it on each access, or ask for a type whose content stays in place"},
		})
		return
	}
}

// bare reports whether a type is a parameter or an associated type, with nothing around it.
func bare(t *mir.Type) bool {
	return t != nil && (t.Kind == mir.TypeProjection || t.Kind == mir.TypeParam || t.Kind == mir.TypePath && len(t.Path.Segs) == 1 && len(t.Path.Segs[0].Args) == 0)
}

// stable reports whether a bound promises that the content stays in place.
func stable(fn decls.Fn) bool {
	text := strings.Join(fn.Where, " ")
	gs := fn.Generics
	if fn.Impl != nil {
		text += strings.Join(fn.Impl.Where, " ")
		gs = append(gs[:len(gs):len(gs)], fn.Impl.Generics...)
	}
	for _, g := range gs {
		text += strings.Join(g.Bounds, " ")
	}
	return strings.Contains(text, "Stable")
}

// callback judges a closure that is given away by a raw pointer: to whoever
// has the pointer it lives for as long as it likes.
func (c *check) callback(f *ir.Func) {
	if f.MayCall("from_raw") {
		return
	}
	v := c.p.Engine.View(f)
	for _, call := range v.Calls() {
		if !call.Is("Box::into_raw") || len(call.Args) == 0 || call.Dest == nil || !v.Generic(v.TypeOf(&call.Args[0])) {
			continue
		}
		have := v.Carried(call.Dest.Local, true, pointsInto)
		for _, to := range v.Calls() {
			if to.Path == nil || to.Target != nil || to.Model != nil || to.Path.Self != nil || !takes(to, have) {
				continue
			}
			by, fn := c.caller(f)
			if by == nil {
				return
			}
			name := shortLived(fn, v.TypeOf(&call.Args[0]))
			if name == "" {
				return
			}
			c.report(by, finding.Finding{
				Title:   "`" + by.Name + "` gives a closure away that may borrow",
				Grade:   finding.Likely,
				Primary: c.head(fn.Fn),
				Label:   "nothing asks that `" + name + "` outlives this call",
				Trace: []finding.Step{
					c.step(f, flow.Point{Block: call.Block, Stmt: flow.Term}, "the closure becomes a raw pointer"),
					c.step(f, flow.Point{Block: to.Block, Stmt: flow.Term}, "`"+to.Last()+"` gets it, to be called later"),
				},
				Fix: &finding.Fix{Text: "ask for `" + name + ": 'static`"},
			})
			return
		}
	}
}

// caller is the function itself when others can call it, else one that they
// can call and that calls it; nil for none.
func (c *check) caller(f *ir.Func) (*ir.Func, decls.Fn) {
	if fn, ok := c.decl(f); ok && fn.Of != nil && fn.Of.Public {
		return f, fn
	}
	for _, by := range c.p.Funcs() {
		if by == f || !by.MayCall(f.Last) {
			continue
		}
		for _, call := range c.p.Engine.View(by).Calls() {
			if fn, ok := c.decl(by); ok && call.Target == f && fn.Of != nil && fn.Of.Public {
				return by, fn
			}
		}
	}
	return nil, decls.Fn{}
}

func takes(c *flow.CallSite, have map[int32]bool) bool {
	if strings.HasPrefix(c.Path.Plain, "std::") || strings.HasPrefix(c.Path.Plain, "core::") || strings.HasPrefix(c.Path.Plain, "alloc::") {
		return false
	}
	for i := range c.Args {
		if c.Args[i].Kind != mir.Constant && have[c.Args[i].Place.Local] {
			return true
		}
	}
	return false
}

// shortLived is the parameter of a function that stands in t, is called, and
// has no lifetime that its type keeps; "" for none.
func shortLived(fn decls.Fn, t *mir.Type) string {
	for _, g := range fn.Generics {
		if g.Kind != "type" || !mentions(t.Text, g.Name) {
			continue
		}
		bounds := strings.Join(g.Bounds, " + ")
		for _, w := range fn.Where {
			if b, of := strings.CutPrefix(w, g.Name+": "); of {
				bounds += " + " + b
			}
		}
		if !strings.Contains(bounds, "core::ops::function::Fn") || strings.Contains(bounds, "'static") {
			continue
		}
		if fn.Impl != nil && strings.Contains(fn.Impl.Self, "'") { // the type's own lifetime may be the bound
			continue
		}
		return g.Name
	}
	return ""
}

// mentions reports whether a name stands in a text as a word.
func mentions(text, name string) bool {
	for rest := text; ; {
		i := strings.Index(rest, name)
		if i < 0 {
			return false
		}
		end := i + len(name)
		if (i == 0 || strings.IndexByte(" <(&", rest[i-1]) >= 0) && (end == len(rest) || strings.IndexByte(">),", rest[end]) >= 0) {
			return true
		}
		rest = rest[end:]
	}
}
