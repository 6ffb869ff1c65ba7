package ffiborder

import (
	"fmt"
	"slices"
	"strings"

	"softshell/finding"
	"softshell/flow"
	"softshell/ir"
	"softshell/mir"
	"softshell/rule"
)

// layout reports a struct whose layout Rust chose and whose bytes C reads: its
// address is cast, and its size is passed beside.
func (c *checker) layout(v *flow.View, call *flow.CallSite) {
	for i := range call.Args {
		t := v.TypeOf(&call.Args[i])
		if t == nil || t.Kind != mir.TypeRawPtr {
			continue
		}
		from := castFrom(v, &call.Args[i])
		if from == nil || !sizePassed(v, call, from) {
			continue
		}
		if !c.rustLayout(from) {
			continue
		}
		c.Report(v.Fn, finding.Finding{
			Title:   fmt.Sprintf("C is given the bytes of `%s`, whose layout Rust chose", rule.TypeText(from)),
			Grade:   finding.Likely,
			Primary: rule.At(v.Fn, call.Block, flow.Term),
			Label:   "the order of its fields may change with each compiler; only repr(C) has the order that C expects",
			Fix:     &finding.Fix{Text: fmt.Sprintf("write #[repr(C)] above `%s`", rule.TypeText(from))},
		})
		return
	}
}

// castFrom is the type of the pointee before an operand was cast, nil when it was not.
func castFrom(v *flow.View, op *mir.Operand) *mir.Type {
	for range 8 {
		if op.Kind == mir.Constant || op.Kind == mir.RuntimeChecks || len(op.Place.Proj) > 0 {
			return nil
		}
		rv := v.Rvalue(op.Place.Local)
		if rv == nil {
			return nil
		}
		switch rv.Kind {
		case mir.Use:
		case mir.Cast:
			if t := ir.Pointee(v.TypeOf(&rv.Args[0])); t != nil && t.Kind == mir.TypePath && ir.LastSeg(t.Path) != "c_void" {
				return t
			}
		default:
			return nil
		}
		op = &rv.Args[0]
	}
	return nil
}

// sizePassed reports whether an argument is the size of the type.
func sizePassed(v *flow.View, call *flow.CallSite, of *mir.Type) bool {
	for i := range call.Args {
		r := v.Root(&call.Args[i])
		if r.Made < 0 {
			continue
		}
		made := v.Call(r.Made)
		if made == nil || made.Last() != "size_of" || len(made.Path.Segs) == 0 {
			continue
		}
		for _, a := range made.Path.Segs[len(made.Path.Segs)-1].Args {
			if a.Type != nil && a.Type.Text == of.Text {
				return true
			}
		}
	}
	return false
}

// rustLayout reports whether the crate defines the type with several fields and without a repr.
func (c *checker) rustLayout(t *mir.Type) bool {
	d := c.Types.Decls(c.Crate.Name)
	if d == nil {
		return false
	}
	path := c.Crate.Name + "::" + t.Path.Plain
	for _, a := range d.Items.Types {
		if a.Path != path && a.Path != t.Path.Plain {
			continue
		}
		return a.Kind == "struct" && len(a.Variants) == 1 && len(a.Variants[0].Fields) > 1 &&
			!slices.ContainsFunc(a.Attrs, func(s string) bool { return strings.Contains(s, "repr") })
	}
	return false
}
