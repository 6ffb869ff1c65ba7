package check

import (
	"fmt"
	"strings"

	"softshell/ir"
	"softshell/ir/types"
	"softshell/items"
	"softshell/mir"
	"softshell/rule"
)

// Declared implements rule.TypeInfo.
func (v *view) Declared(f *ir.Func) (rule.Declared, bool) {
	d, asked := v.declared[f]
	if !asked {
		d = v.declaration(f)
		v.declared[f] = d
	}
	if d == nil {
		return rule.Declared{}, false
	}
	return *d, true
}

// declaration looks for what declares a function, nil when it is not known.
func (v *view) declaration(f *ir.Func) *rule.Declared {
	ut := v.units[f.Crate]
	if ut == nil {
		return nil
	}
	if surelyUnsafe(f) {
		return &rule.Declared{Unsafe: true}
	}
	it := v.u.Items(ut.crate)
	if it == nil {
		return nil
	}
	d := &rule.Declared{Bounds: map[string][]rule.Bound{}}
	found := false
	bounds := boundReader{v: v, unit: ut, of: d.Bounds}
	for _, fn := range it.Fns {
		if !declares(it, fn, f, ut.crate.Name) {
			continue
		}
		found = true
		d.Unsafe = d.Unsafe || fn.Unsafe
		d.Public = d.Public || public(it, fn)
		d.Extern = d.Extern || fn.Extern != ""
		d.Inputs, d.Output = fn.Inputs, fn.Output
		bounds.add(fn.Generics, fn.Where)
		if fn.Impl >= 0 {
			im := it.Impls[fn.Impl]
			bounds.add(im.Generics, im.Where)
			d.Trait = d.Trait || im.Trait != ""
		} else if tr := traitOf(it, fn); tr != nil {
			d.Trait = true
			bounds.add(tr.Generics, tr.Where)
			for _, b := range tr.Bounds {
				bounds.bound("Self", b)
			}
			bounds.ofTrait(tr)
		}
	}
	if !found {
		return nil
	}
	return d
}

// surelyUnsafe reports whether each function that the source declares by the
// name of the one in which f stands is an `unsafe fn`. It saves the items.
func surelyUnsafe(f *ir.Func) bool {
	name, _, _ := strings.Cut(f.Head.Name, "::{")
	_, all := f.Crate.UnsafeFn(name[strings.LastIndexByte(name, ':')+1:])
	return all
}

// public reports whether other crates can call a function: it is public, or a
// trait's, and they can name what it belongs to.
func public(it *items.Crate, fn *items.Fn) bool {
	if fn.Impl < 0 {
		if tr := traitOf(it, fn); tr != nil {
			return tr.Public && it.Reachable(tr.Path)
		}
		return fn.Public && it.Reachable(fn.Path)
	}
	im := it.Impls[fn.Impl]
	if im.Trait == "" && !fn.Public {
		return false
	}
	return nameable(it, im.Self) && (im.Trait == "" || nameable(it, im.Trait))
}

// nameable reports whether other crates can name a type or a trait.
func nameable(it *items.Crate, text string) bool {
	path := plainPath(strings.TrimLeft(text, "&"))
	if !strings.HasPrefix(path, it.Name+"::") {
		return true
	}
	for _, a := range it.Types {
		if a.Path == path {
			return a.Public && it.Reachable(path)
		}
	}
	for _, t := range it.Traits {
		if t.Path == path {
			return t.Public && it.Reachable(path)
		}
	}
	return false
}

// declares reports whether fn is the declaration of the function in which f
// stands. Blocks that one macro writes share a place: their functions of one
// name are taken together.
func declares(it *items.Crate, fn *items.Fn, f *ir.Func, crate string) bool {
	name, _, _ := strings.Cut(f.Head.Name, "::{") // a closure has no declaration of its own
	key := ""
	if i := strings.Index(name, "<impl at "); i >= 0 {
		j := strings.Index(name[i:], ">::")
		if j < 0 {
			return false
		}
		key, name = name[i+len("<impl at "):i+j], name[i+j+len(">::"):]
	}
	if key == "" {
		return fn.Impl < 0 && fn.Path == crate+"::"+plainPath(name)
	}
	if strings.Contains(name, "<impl at ") { // a block inside of a function
		return false
	}
	if fn.Impl < 0 || !strings.HasSuffix(fn.Path, "::"+plainPath(name)) || strings.Contains(plainPath(name), "::") {
		return false
	}
	sp := &it.Impls[fn.Impl].Span
	return strings.HasPrefix(key, fmt.Sprintf("%s:%d:%d: ", sp.File, sp.Line, sp.Col))
}

// plainPath drops the generic arguments of a path.
func plainPath(name string) string {
	if i := strings.IndexByte(name, '<'); i > 0 {
		return strings.TrimSuffix(name[:i], "::")
	}
	return name
}

// traitOf is the trait that declares a function, nil for none.
func traitOf(it *items.Crate, fn *items.Fn) *items.Trait {
	owner := fn.Path[:max(0, strings.LastIndex(fn.Path, "::"))]
	for _, t := range it.Traits {
		if t.Path == owner {
			return t
		}
	}
	return nil
}

// boundReader collects the bounds of parameters.
type boundReader struct {
	v    *view
	unit *unitTypes
	of   map[string][]rule.Bound
}

func (r *boundReader) add(gs []items.Generic, where []string) {
	for _, g := range gs {
		if g.Kind == "type" {
			for _, b := range g.Bounds {
				r.bound(g.Name, b)
			}
		}
	}
	for _, w := range where {
		param, bounds, ok := strings.Cut(w, ": ")
		if !ok {
			continue
		}
		for _, b := range strings.Split(bounds, " + ") {
			r.bound(param, b)
		}
	}
}

// ofTrait: inside of an unsafe trait, who implemented it promised something of
// the type and of the trait's parameters.
func (r *boundReader) ofTrait(tr *items.Trait) {
	if !tr.Unsafe {
		return
	}
	self := rule.Bound{Path: tr.Path, Known: true, Unsafe: true, Sealed: !tr.Public}
	r.of["Self"] = append(r.of["Self"], self)
	for _, g := range tr.Generics {
		if g.Kind == "type" {
			r.of[g.Name] = append(r.of[g.Name], self)
		}
	}
}

func (r *boundReader) bound(param, text string) {
	if text == "" || strings.HasPrefix(text, "'") || strings.HasPrefix(text, "?") {
		return
	}
	r.of[param] = append(r.of[param], r.v.bound(r.unit.crate, text, 0))
}

// maxBounds bounds how far the traits above a trait are followed.
const maxBounds = 4

// bound looks a trait up by its path as items of a crate spell it.
func (v *view) bound(from *types.Crate, text string, depth int) rule.Bound {
	path := text
	if rest, ok := strings.CutPrefix(path, "for<"); ok {
		_, path, _ = strings.Cut(rest, "> ")
	}
	if i := strings.IndexAny(path, "<("); i >= 0 {
		path = path[:i]
	}
	b := rule.Bound{Path: path}
	crate, _, _ := strings.Cut(path, "::")
	if sysroot[crate] {
		b.Known, b.Std, b.Copy = true, true, strings.HasSuffix(path, "::Copy")
		return b
	}
	in := from
	if crate != from.Name {
		in = v.u.Named(from, crate)
	}
	if in == nil || depth > maxBounds {
		return b
	}
	it := v.u.Items(in)
	if it == nil {
		return b
	}
	for range 2 {
		for _, t := range it.Traits {
			if t.Path != path {
				continue
			}
			b.Known, b.Unsafe, b.Sealed = true, t.Unsafe, !t.Public
			for _, up := range t.Bounds {
				if strings.HasPrefix(up, "'") || strings.HasPrefix(up, "?") {
					continue
				}
				above := v.bound(in, up, depth+1)
				b.Unsafe = b.Unsafe || above.Unsafe && !above.Std
				b.Copy = b.Copy || above.Copy
				b.Sealed = b.Sealed || above.Sealed || !above.Known || sealedName(up)
			}
			return b
		}
		if path = it.Aliases[path]; path == "" {
			break
		}
	}
	return b
}

// sealedName reports whether a trait's path says that nobody else can name it:
// it stands in a module that is private by its name.
func sealedName(path string) bool {
	path = strings.ToLower(path)
	return strings.Contains(path, "sealed::") || strings.Contains(path, "private::") || strings.HasSuffix(path, "::sealed")
}

// ADT implements rule.TypeInfo.
func (v *view) ADT(c *ir.Crate, ty *mir.Type) *items.ADT {
	ut := v.units[c]
	if ut == nil || ty == nil || ty.Path == nil {
		return nil
	}
	r := ut.resolved(ut.answer(ty), ty)
	if r == nil || r.Kind != types.ADT {
		return nil
	}
	it := v.u.Items(r.Def.Crate)
	if it == nil {
		return nil
	}
	for _, a := range it.Types {
		if a.Path == r.Def.Path {
			return a
		}
	}
	return nil
}

// MayHoldCell implements rule.TypeInfo.
func (v *view) MayHoldCell(c *ir.Crate, ty *mir.Type) bool {
	ut := v.units[c]
	if ut == nil || ty == nil {
		return true
	}
	return v.mayHoldCell(ut.resolved(ut.answer(ty), ty), map[*types.Type]bool{})
}

// maxCellTypes bounds how many types are looked at for a cell.
const maxCellTypes = 64

func (v *view) mayHoldCell(t *types.Type, seen map[*types.Type]bool) bool {
	if t == nil || len(seen) > maxCellTypes {
		return true
	}
	if seen[t] {
		return false
	}
	seen[t] = true
	switch t.Kind {
	case types.Tuple, types.Slice, types.Array:
		for _, a := range t.Args {
			if v.mayHoldCell(a, seen) {
				return true
			}
		}
		return false
	case types.ADT:
	case types.Dyn, types.Closure, types.Coroutine, types.Projection, types.Other:
		return true
	default:
		return false
	}
	name := t.Def.Name()
	if m := t.Def.Model; m != nil {
		if m.Mutable {
			return true
		}
		if m.Pointer != types.NoPointer || m.Owns == "heap" {
			return false // what it holds lies elsewhere
		}
	}
	if name == "UnsafeCell" || strings.HasPrefix(name, "Atomic") {
		return true
	}
	variants := v.u.Fields(t)
	if variants == nil {
		return !strings.HasPrefix(name, "NonZero") && name != "PhantomData" && name != "NonNull"
	}
	for _, vr := range variants {
		for _, f := range vr.Fields {
			if v.mayHoldCell(f.Type, seen) {
				return true
			}
		}
	}
	return false
}
