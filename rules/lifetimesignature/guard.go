package lifetimesignature

import (
	"slices"
	"strings"

	"softshell/finding"
	"softshell/flow"
	"softshell/ir"
	"softshell/ir/decls"
	"softshell/mir"
	"softshell/rule"
)

// guarded judges a method that gives away, at a point, a copy of a reference in
// a field, where another field is the guard of the lock behind which that lies: the
// reference is good only as long as the guard is there.
func (c *check) guarded(f *ir.Func, fn decls.Fn, at flow.Point, held *mir.Type) {
	if fn.Of == nil || fn.Impl == nil || fn.Impl.Trait != "" || !fn.SelfArg || len(fn.Inputs) == 0 || !strings.HasPrefix(fn.Inputs[0], "&") || len(fn.Of.Variants) != 1 {
		return
	}
	for _, l := range decls.Lifetimes(fn.Output) {
		if l == "'_" || l == "'static" || !ofBlock(fn, l) || tied(fn, l, inputs(fn)) {
			continue
		}
		for _, field := range fn.Of.Variants[0].Fields {
			if guards(field.Type, ir.Pointee(held).Text) {
				c.report(f, finding.Finding{
					Title:   "`" + f.Name + "` returns a reference that may outlive the guard in `self`",
					Grade:   finding.Likely,
					Primary: c.head(fn.Fn),
					Label:   "`" + l + "` is not the life of `self`: the caller may drop `self`, and the lock with it, and keep the reference",
					Trace: []finding.Step{
						{Span: c.line(field.Span), Text: "what is lent lies behind this lock"},
						{Span: rule.At(f, at.Block, at.Stmt), Text: "a copy of the reference is returned"},
					},
					Fix: &finding.Fix{Text: "lend for as long as `self` is borrowed: leave `" + l + "` out of the result"},
				})
				return
			}
		}
	}
}

// givesField is the type of the shared reference in a field of self of which
// the function returns a copy, alone or in a tuple; nil when it does not.
func givesField(v *flow.View) (flow.Point, *mir.Type) {
	for _, at := range v.Defs(0) {
		if at.Stmt < 0 {
			return at, nil
		}
		rv := v.MIR.Blocks[at.Block].Stmts[at.Stmt].Rvalue
		if rv == nil || rv.Kind != mir.Use && rv.Kind != mir.Tuple && rv.Kind != mir.Ref {
			return at, nil
		}
		args := rv.Args
		if rv.Kind == mir.Ref { // a reborrow: `&*self.k`
			if n := len(rv.Place.Proj); n == 0 || rv.Place.Proj[n-1].Kind != mir.Deref {
				return at, nil
			}
			args = []mir.Operand{{Kind: mir.Copy, Place: mir.Place{Local: rv.Place.Local, Proj: rv.Place.Proj[:len(rv.Place.Proj)-1]}}}
		}
		for i := range args {
			if t := fieldOfSelf(v, &args[i]); t != nil {
				return at, t
			}
		}
	}
	return flow.Point{}, nil
}

func fieldOfSelf(v *flow.View, op *mir.Operand) *mir.Type {
	if op.Kind == mir.Constant || op.Kind == mir.RuntimeChecks {
		return nil
	}
	p := &op.Place
	for range 6 {
		if n := len(p.Proj); p.Local == 1 && n == 2 && p.Proj[0].Kind == mir.Deref && p.Proj[1].Kind == mir.Field {
			if t := v.PlaceType(p); t != nil && t.Kind == mir.TypeRef && !t.Mut {
				return t
			}
			return nil
		}
		rv := v.Rvalue(p.Local)
		if len(p.Proj) > 0 || rv == nil {
			return nil
		}
		switch rv.Kind {
		case mir.Use:
			if rv.Args[0].Kind == mir.Constant {
				return nil
			}
			p = &rv.Args[0].Place
		case mir.CopyForDeref:
			p = &rv.Place
		case mir.Ref:
			if n := len(rv.Place.Proj); n > 0 && rv.Place.Proj[n-1].Kind == mir.Deref {
				p = &mir.Place{Local: rv.Place.Local, Proj: rv.Place.Proj[:n-1]}
				continue
			}
			return nil
		default:
			return nil
		}
	}
	return nil
}

// guards reports whether a field's type is the guard of a lock, or holds one,
// behind which values of the type lie.
func guards(field, held string) bool {
	i := strings.Index(field, "Guard<")
	if i < 0 {
		return false
	}
	inside := strings.FieldsFunc(field[i:], func(r rune) bool { return strings.ContainsRune("<>,() &[];", r) })
	for _, w := range inside {
		if w == held || w[strings.LastIndex(w, ":")+1:] == held[strings.LastIndex(held, ":")+1:] {
			return true
		}
	}
	return false
}

// hasGuards reports whether a body of the crate makes a value that holds a
// guard: it saves asking the items of all other crates.
func (c *check) hasGuards() bool {
	for _, fields := range c.p.Types.Shapes(c.p.Crate.Name) {
		if slices.ContainsFunc(fields, func(t string) bool { return strings.Contains(t, "Guard<") }) {
			return true
		}
	}
	return false
}
