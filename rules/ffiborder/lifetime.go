package ffiborder

import (
	"fmt"
	"slices"
	"strings"

	"softshell/finding"
	"softshell/flow"
	"softshell/ir"
	"softshell/items"
	"softshell/mir"
	"softshell/rule"
)

// reportShortLived reports the functions whose closure C keeps, while their
// signature lets the closure borrow what dies before: no 'static bound. It asks
// for the items of the crate, and only when there is such a function.
func (c *checker) reportShortLived() {
	if len(c.shortLived) == 0 {
		return
	}
	d := c.Types.Decls(c.Crate.Name)
	if d == nil {
		return
	}
	seen := map[paramOf]bool{}
	for i := 0; i < len(c.shortLived); i++ { // grows with the callers
		g := c.shortLived[i]
		key := paramOf{g.fn, g.block}
		fn, impl := declOf(d.Items, g.fn, g.param)
		if fn == nil || seen[key] || lives(d.Items, fn, impl, g.param) {
			continue
		}
		seen[key] = true
		c.Report(g.fn, finding.Finding{
			Title:   fmt.Sprintf("C keeps a closure that may borrow what dies before it: `%s` is not 'static", g.param),
			Grade:   finding.Likely,
			Primary: rule.At(g.fn, g.block, flow.Term),
			Label:   fmt.Sprintf("`%s` keeps it after this function returned", g.to),
			Notes:   []string{"nothing in the signature ties the closure's borrows to the time until C forgets it"},
			Fix:     &finding.Fix{Text: fmt.Sprintf("ask for `%s: 'static`, or tie its lifetime to a parameter of the type that unregisters it in its Drop", g.param)},
		})
		if len(c.shortLived) < 200 {
			c.callers(&g, fn)
		}
	}
}

// callers adds the functions that pass a closure of their own callers on to g's,
// whose declaration tells which type argument is the closure's.
func (c *checker) callers(g *gift, decl *items.Fn) {
	types := slices.DeleteFunc(slices.Clone(decl.Generics), func(p items.Generic) bool { return p.Kind != "type" })
	nth := slices.IndexFunc(types, func(p items.Generic) bool { return p.Name == g.param })
	for _, f := range c.Funcs() {
		if f == g.fn || f.Head.Kind != mir.FnBody || !f.MayCall(g.fn.Last) {
			continue
		}
		v := c.Engine.View(f)
		for _, call := range v.Calls() {
			if call.Target != g.fn || call.Path == nil {
				continue
			}
			args := slices.DeleteFunc(slices.Clone(call.Path.Segs[len(call.Path.Segs)-1].Args), func(a mir.GenericArg) bool { return a.Type == nil || a.Lifetime })
			if nth < len(args) && bareParam(v, args[nth].Type) {
				c.shortLived = append(c.shortLived, gift{f, call.Block, args[nth].Type.Text, rule.Callee(f, call.Block)})
			}
		}
	}
}

// declOf finds the declaration of a function that has the type parameter.
func declOf(it *items.Crate, f *ir.Func, param string) (*items.Fn, *items.Impl) {
	self := ""
	if f.Impl != nil {
		self = lastName(f.Impl.SelfPlain)
	}
	for _, fn := range it.Fns {
		if lastName(fn.Path) != f.Last || !slices.ContainsFunc(fn.Generics, func(g items.Generic) bool { return g.Name == param }) {
			continue
		}
		if fn.Impl < 0 {
			if self == "" {
				return fn, nil
			}
			continue
		}
		im := it.Impls[fn.Impl]
		head, _, _ := strings.Cut(im.Self, "<")
		if lastName(head) == self {
			return fn, im
		}
	}
	return nil, nil
}

func lastName(path string) string {
	path, _, _ = strings.Cut(path, "<")
	return path[strings.LastIndexByte(path, ':')+1:]
}

// lives reports whether the signature bounds the parameter by 'static, by a
// lifetime of the type whose method it is, or by a trait that does.
func lives(it *items.Crate, fn *items.Fn, impl *items.Impl, param string) bool {
	var bounds []string
	for _, g := range fn.Generics {
		if g.Name == param {
			bounds = append(bounds, g.Bounds...)
		}
	}
	for _, w := range fn.Where {
		if left, right, ok := strings.Cut(w, ":"); ok && strings.TrimSpace(left) == param {
			bounds = append(bounds, right)
		}
	}
	for _, b := range bounds {
		if strings.Contains(b, "'static") {
			return true
		}
		if impl != nil {
			for _, g := range impl.Generics {
				if g.Kind == "lifetime" && strings.Contains(b, g.Name) {
					return true
				}
			}
		}
		for _, t := range it.Traits {
			if strings.Contains(b, t.Path) && slices.ContainsFunc(t.Bounds, func(s string) bool { return strings.Contains(s, "'static") }) {
				return true
			}
		}
	}
	return false
}
