package orphanobject

import (
	"fmt"
	"slices"
	"strings"

	"softshell/effects"
	"softshell/finding"
	"softshell/flow"
	"softshell/ir"
	"softshell/mir"
	"softshell/rule"
)

// toForeign reports a value that is given up to a function of another
// language, when nothing in the crate takes such a value back. Whether the
// function keeps it and releases it is not known here; rule ffi-ownership, which
// asks what such a function can do, may know more.
func toForeign(p *rule.Pass, f *ir.Func, o *flow.Origin, st *flow.Story) bool {
	if o.Kind != flow.KindPointer || o.Model == nil || !strings.HasSuffix(o.Model.Name, "::into_raw") {
		return false
	}
	for i := range st.Ends {
		end := &st.Ends[i]
		if end.Kind != flow.Unclear || end.Stmt != flow.Term {
			continue
		}
		v := p.Engine.View(f)
		call := v.Call(end.Block)
		if call == nil || !strings.HasPrefix(call.Name(), "extern ") {
			continue
		}
		if !given(v, call, o.Block) || takenBack(p, o) || p.Engine.Owns(o) == effects.No {
			return false
		}
		what := rule.Callee(f, o.Block)
		p.Report(f, finding.Finding{
			Title:   fmt.Sprintf("what `%s` gives up goes to `%s`, and nothing in this crate takes it back", what, call.Last()),
			Grade:   finding.Possible,
			Primary: rule.At(f, o.Block, -1),
			Label:   label(f, o),
			Trace:   rule.Trace(f, o.Block, birthText(o), end, "here the only pointer goes to a function of another language"),
			Notes:   []string{"what `" + call.Last() + "` does with the pointer is not known: it may keep it and release it"},
			Fix:     &finding.Fix{Text: fmt.Sprintf("if `%s` only reads it, keep the owner and pass `as_ptr()`; if it keeps it, take it back with `from_raw` when it is done", call.Last())},
		})
		return true
	}
	return false
}

// given reports whether an argument of a call is the pointer that was given up in a block.
func given(v *flow.View, call *flow.CallSite, origin int32) bool {
	for i := range call.Args {
		if r := v.Root(&call.Args[i]); r.Made == origin || slices.Contains(r.Via, origin) {
			return true
		}
	}
	return false
}

// takenBack reports whether some function of the crate turns a raw pointer
// into an owner of the kind that was given up.
func takenBack(p *rule.Pass, o *flow.Origin) bool {
	owner := strings.TrimSuffix(o.Model.Name, "::into_raw")
	given := pointee(o.Fn.Code().Calls[o.Block].Path)
	for _, f := range p.Crate.Funcs {
		if f.Blocks == 0 || !f.MayCall("from_raw") {
			continue
		}
		for _, c := range f.Code().Calls {
			if c == nil || c.Path == nil || ir.LastSeg(c.Path) != "from_raw" || !slices.Contains(effects.Keys(c.Path, false), owner+"::from_raw") {
				continue
			}
			if t := pointee(c.Path); t == nil || given == nil || !known(t) || !known(given) || ir.TypePlain(t) == ir.TypePlain(given) {
				return true
			}
		}
	}
	return false
}

// pointee is T of `Box::<T>::into_raw`, nil where there is none.
func pointee(p *mir.Path) *mir.Type {
	if len(p.Segs) < 2 {
		return nil
	}
	for _, a := range p.Segs[len(p.Segs)-2].Args {
		if a.Type != nil {
			return a.Type
		}
	}
	return nil
}

// known reports a type with a name of its own: a type parameter or void stands for any.
func known(t *mir.Type) bool {
	return (t.Kind == mir.TypePath && len(t.Text) > 2 && ir.LastSeg(t.Path) != "c_void") || t.Kind == mir.TypePrim
}
