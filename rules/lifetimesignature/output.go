package lifetimesignature

import (
	"slices"
	"strings"

	"softshell/finding"
	"softshell/flow"
	"softshell/ir"
	"softshell/ir/decls"
	"softshell/items"
	"softshell/mir"
)

// outputs looks at the functions whose output names a lifetime that no input names.
func (c *check) outputs() {
	loose := c.p.Types.LooseOutputs(c.p.Crate.Name)
	if len(loose) == 0 {
		return
	}
	for _, f := range c.p.Funcs() {
		if f.Head.Kind != mir.FnBody || !loose[f.Last] || len(f.Head.Params) == 0 || !flow.HasLifetime(f.Head.Ret) {
			continue
		}
		v := c.p.Engine.View(f)
		if e := evidence(v); e != nil {
			if fn, ok := c.decl(f); ok {
				c.output(v, fn, e)
			}
		} else if f.Blocks <= 3 && f.Impl != nil {
			at, held := givesField(v)
			if held == nil || !c.hasGuards() {
				continue
			}
			if fn, ok := c.decl(f); ok {
				c.guarded(f, fn, at, held)
			}
		}
	}
}

// proof is where a body makes what it returns longer-lived than the compiler can see.
type proof struct {
	at      flow.Point
	param   int  // the parameter whose memory it is
	stretch bool // of a reference, by a transmute
	built   bool // a value with a raw pointer in it is made
	cloned  bool // what is returned is a clone, which may own all that it has
}

// evidence looks for a reference of any lifetime, or a value with a raw
// pointer, that is made of what a parameter leads to and is returned.
func evidence(v *flow.View) *proof {
	var found []struct {
		proof
		from, to int32
	}
	for _, s := range v.Stretches() {
		found = append(found, struct {
			proof
			from, to int32
		}{proof{at: s.At, stretch: s.Same}, s.From, s.To})
	}
	for _, m := range v.Makings() {
		for i := range m.Args {
			if t := v.TypeOf(&m.Args[i]); m.Args[i].Kind != mir.Constant && flow.HoldsRaw(t) && flow.HasLifetime(v.PlaceType(m.Dest)) {
				found = append(found, struct {
					proof
					from, to int32
				}{proof{at: m.At, built: true}, m.Args[i].Place.Local, m.Dest.Local})
			}
		}
	}
	for _, x := range found {
		if !v.Carried(x.to, true, anyCall)[0] {
			continue
		}
		for n, p := range v.MIR.Params {
			if v.Carried(p, true, pointsInto)[x.from] {
				x.param = n
				x.cloned = !v.Carried(x.to, true, noClone)[0]
				return &x.proof
			}
		}
	}
	return nil
}

func noClone(c *flow.CallSite) bool { return !c.Is("Clone::clone", "ToOwned::to_owned") }

// output judges the lifetimes that a function's output names.
func (c *check) output(v *flow.View, fn decls.Fn, e *proof) {
	f, in := v.Fn, inputs(fn)
	for _, l := range decls.Lifetimes(fn.Output) {
		if l == "'_" || tied(fn, l, in) {
			continue
		}
		switch {
		case l == "'static":
			if e.stretch {
				c.tell(f, fn, e, l, finding.Likely)
			} else if !e.built && fn.SelfArg && e.param == 0 && fn.Of != nil && hasDrop(fn.Of) {
				g := finding.Likely
				if textOf(fn.Output) {
					g = finding.Possible // messages of a library are static, whoever points at them
				}
				c.tell(f, fn, e, l, g)
			}
		case ofBlock(fn, l):
			if ofSelf(v, fn, e, l, in) {
				c.tell(f, fn, e, l, finding.Likely)
			}
		case boundBy(fn, l):
			c.tell(f, fn, e, l, finding.Possible)
		default:
			c.tell(f, fn, e, l, finding.Likely)
		}
	}
}

// textOf reports whether a type holds a reference to a string.
func textOf(output string) bool {
	return strings.Contains(output, "&'static str") || strings.Contains(output, "&'static core::ffi::c_str::CStr")
}

// inputs are the lifetimes that the arguments name. A bound of an `impl Trait`
// ties nothing: what is given may live on for as long as one likes.
func inputs(fn decls.Fn) []string {
	var out []string
	for i, t := range fn.Inputs {
		if strings.HasPrefix(t, "impl ") {
			continue
		}
		out = append(out, decls.Lifetimes(t)...)
		if fn.Impl != nil && i == 0 && fn.SelfArg && !strings.Contains(t, "&") || fn.Impl != nil && i > 0 && strings.Contains(t, "Self") {
			out = append(out, decls.Lifetimes(fn.Impl.Self)...)
		}
	}
	return out
}

// tied reports whether an argument must live as long as l.
func tied(fn decls.Fn, l string, in []string) bool {
	if slices.Contains(in, l) {
		return true
	}
	outlives := func(gs []items.Generic, where []string) bool {
		for _, g := range gs {
			if g.Kind == "lifetime" && slices.Contains(in, g.Name) && slices.Contains(g.Bounds, l) {
				return true
			}
		}
		return slices.ContainsFunc(where, func(w string) bool {
			name, bounds, _ := strings.Cut(w, ": ")
			return slices.Contains(in, name) && slices.Contains(decls.Lifetimes(bounds), l)
		})
	}
	return outlives(fn.Generics, fn.Where) || fn.Impl != nil && outlives(fn.Impl.Generics, fn.Impl.Where)
}

// ofBlock reports whether a lifetime is a parameter of the type that the impl block is for.
func ofBlock(fn decls.Fn, l string) bool {
	return fn.Impl != nil && slices.Contains(decls.Lifetimes(fn.Impl.Self), l)
}

// ofSelf judges a method that lends for longer than it borrows self: wrong when
// self's Drop ends what is lent (a guard), or when a second call lends the same
// exclusively again.
func ofSelf(v *flow.View, fn decls.Fn, e *proof, l string, in []string) bool {
	if fn.Of == nil || e.param != 0 || e.built || !fn.SelfArg || !strings.HasPrefix(fn.Inputs[0], "&") || strings.HasSuffix(fn.Impl.Trait, "Iterator") {
		return false
	}
	for _, other := range decls.Lifetimes(fn.Output) {
		if other == "'_" || slices.Contains(in, other) {
			return false // it borrows self too
		}
	}
	if strings.Contains(strings.ReplaceAll(fn.Output, "&'", ""), "&") {
		return false
	}
	return hasDrop(fn.Of) || strings.Contains(fn.Output, "&"+l+" mut ") && !changes(v)
}

// changes reports whether a body may change what self is, or leads to: what it
// lends the next time may then be another thing.
func changes(v *flow.View) bool {
	have := v.Carried(v.MIR.Params[0], false, pointsInto)
	for _, s := range v.Stores() {
		if have[s.Place.Local] {
			return true
		}
	}
	for _, c := range v.Calls() {
		if pointsInto(c) {
			continue
		}
		for i := range c.Args {
			if a := &c.Args[i]; a.Kind != mir.Constant && have[a.Place.Local] && flow.HasLifetime(v.TypeOf(a)) {
				return true
			}
		}
	}
	return false
}

// boundBy reports whether an argument's type is a parameter of the function, or
// an `impl Trait`, that the lifetime bounds: what is given may borrow for as long.
func boundBy(fn decls.Fn, l string) bool {
	for _, t := range fn.Inputs {
		if strings.HasPrefix(t, "impl ") && slices.Contains(decls.Lifetimes(t), l) {
			return true
		}
		for _, g := range fn.Generics {
			if g.Kind == "type" && g.Name == t && (slices.Contains(g.Bounds, l) ||
				slices.ContainsFunc(fn.Where, func(w string) bool {
					return strings.HasPrefix(w, t+": ") && slices.Contains(decls.Lifetimes(w), l)
				})) {
				return true
			}
		}
	}
	return false
}

func (c *check) tell(f *ir.Func, fn decls.Fn, e *proof, l string, g finding.Grade) {
	if e.cloned || !c.reachable(fn) {
		g = finding.Possible
	}
	made := "a reference is made here behind a raw pointer: the compiler checks no lifetime"
	switch {
	case e.built:
		made = "a raw pointer goes into what is returned: the compiler checks no lifetime"
	case e.stretch:
		made = "the lifetime of a reference is changed here: the compiler checks nothing"
	}
	whose := "the argument"
	if fn.SelfArg && e.param == 0 {
		whose = "`self`"
	}
	title := "`" + f.Name + "` returns what may outlive " + whose
	c.report(f, finding.Finding{
		Title:   title,
		Grade:   g,
		Primary: c.head(fn.Fn),
		Label:   "`" + l + "` is tied to no argument: the caller chooses it",
		Trace: []finding.Step{
			c.step(f, e.at, made),
			{Span: c.head(fn.Fn), Text: "the caller may keep it when " + whose + " is gone"},
		},
		Fix: &finding.Fix{Text: fixOf(l)},
	})
}

func fixOf(l string) string {
	if l == "'static" {
		return "return the lifetime of the argument: leave `'static` out, or write `'_`"
	}
	return "tie it: `&" + l + " self` (or the argument's `&" + l + "`), or leave `" + l + "` out and write `'_`"
}
