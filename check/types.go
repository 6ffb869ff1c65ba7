package check

import (
	"context"
	"os"
	"strings"
	"sync"

	"softshell/capture"
	"softshell/effects"
	"softshell/ir"
	"softshell/items"
	"softshell/mir"

	"softshell/rule"
)

// typeInfo answers flow.Ownership and rule.TypeInfo. (interim)
type typeInfo struct {
	mu    sync.Mutex
	in    *Input
	adts  map[string]map[string]*items.ADT // crate -> path without crate
	p     *mir.Types
	names map[string]bool
}

func newTypes(ctx context.Context, in *Input, loaded []*loadedUnit) *typeInfo {
	t := &typeInfo{in: in, adts: map[string]map[string]*items.ADT{}, p: mir.NewTypes(), names: map[string]bool{}}
	for _, u := range in.Build.Units {
		t.names[u.Crate] = true
	}
	for _, l := range loaded {
		if l.crate == nil {
			continue
		}
		path, err := in.Capturer.ItemsJSON(ctx, l.unit)
		if err != nil {
			continue
		}
		f, err := os.Open(path)
		if err != nil {
			continue
		}
		c, err := items.Decode(f, l.unit.Crate)
		f.Close()
		if err != nil {
			continue
		}
		m := map[string]*items.ADT{}
		for _, a := range c.Types {
			m[strings.TrimPrefix(a.Path, c.Name+"::")] = a
		}
		t.adts[l.unit.Crate] = m
	}
	return t
}

func (t *typeInfo) externs(*capture.Unit) map[string]bool { return t.names }
func (t *typeInfo) counts(string) (int, int)              { return 0, 0 }

func (t *typeInfo) adt(c string, ty *mir.Type) *items.ADT {
	if ty == nil || ty.Kind != mir.TypePath || ty.Path == nil {
		return nil
	}
	return t.adts[c][ty.Path.Plain]
}

func (t *typeInfo) OwnsHeap(c *ir.Crate, ty *mir.Type) effects.Tri {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.owns(c.Name, ty, 0)
}

func (t *typeInfo) owns(c string, ty *mir.Type, depth int) effects.Tri {
	if ty == nil || depth > 8 {
		return effects.Maybe
	}
	switch ty.Kind {
	case mir.TypePrim, mir.TypeRef, mir.TypeRawPtr, mir.TypeNever, mir.TypeFnPtr, mir.TypeFnItem:
		return effects.No
	case mir.TypeTuple, mir.TypeArray, mir.TypeSlice:
		out := effects.No
		for _, a := range ty.Args {
			out = or(out, t.owns(c, a, depth+1))
		}
		return out
	case mir.TypePath:
		switch ir.LastSeg(ty.Path) {
		case "Box", "Vec", "String", "Rc", "Arc", "CString", "HashMap", "BTreeMap", "VecDeque", "HashSet", "BTreeSet", "File", "PathBuf", "OsString", "TcpStream", "OwnedFd":
			return effects.Yes
		case "PhantomData", "NonNull", "Layout", "RefMut", "Ref", "MutexGuard":
			return effects.No
		}
		if a := t.adt(c, ty); a != nil {
			out := effects.No
			for _, v := range a.Variants {
				for _, f := range v.Fields {
					out = or(out, t.owns(c, t.field(ty, a, f.Type), depth+1))
				}
			}
			return out
		}
		switch ir.LastSeg(ty.Path) {
		case "Option", "Result", "Cell", "RefCell", "Mutex", "RwLock", "ManuallyDrop", "MaybeUninit", "UnsafeCell", "Pin":
			out := effects.No
			for i := 0; ; i++ {
				a := ir.TypeArg(ty, i)
				if a == nil {
					return out
				}
				out = or(out, t.owns(c, a, depth+1))
			}
		}
	}
	return effects.Maybe
}

func or(a, b effects.Tri) effects.Tri {
	if a == effects.Yes || b == effects.Yes {
		return effects.Yes
	}
	if a == effects.Maybe || b == effects.Maybe {
		return effects.Maybe
	}
	return effects.No
}

func (t *typeInfo) field(of *mir.Type, a *items.ADT, text string) *mir.Type {
	ty := t.p.Type(text)
	n := 0
	for _, g := range a.Generics {
		if g.Kind != "type" {
			continue
		}
		if ty.Text == g.Name {
			return ir.TypeArg(of, n)
		}
		n++
	}
	return ty
}

func (t *typeInfo) VariantName(c *ir.Crate, ty *mir.Type, d int64) string {
	if a := t.adt(c.Name, ty); a != nil && d >= 0 && int(d) < len(a.Variants) {
		return a.Variants[d].Name
	}
	return ""
}

func (t *typeInfo) LocalADT(c *ir.Crate, ty *mir.Type) bool { return t.adt(c.Name, ty) != nil }

func (t *typeInfo) variant(c string, ty *mir.Type, v string) (*items.ADT, *items.Variant) {
	a := t.adt(c, ty)
	if a == nil {
		return nil, nil
	}
	for i := range a.Variants {
		if v == "" || a.Variants[i].Name == v {
			return a, &a.Variants[i]
		}
	}
	return a, nil
}

func (t *typeInfo) FieldType(c *ir.Crate, ty *mir.Type, v string, f int) *mir.Type {
	t.mu.Lock()
	defer t.mu.Unlock()
	a, va := t.variant(c.Name, ty, v)
	if va == nil || f >= len(va.Fields) {
		return nil
	}
	return t.field(ty, a, strings.ReplaceAll(va.Fields[f].Type, c.Name+"::", ""))
}

func (t *typeInfo) ADTOfPath(c *ir.Crate, p *mir.Path) *mir.Type {
	t.mu.Lock()
	defer t.mu.Unlock()
	if p == nil {
		return nil
	}
	if t.adts[c.Name][p.Plain] != nil {
		return t.p.Type(p.Text)
	}
	if i := strings.LastIndex(p.Plain, "::"); i > 0 && t.adts[c.Name][p.Plain[:i]] != nil {
		return t.p.Type(p.Plain[:i])
	}
	return nil
}

func (t *typeInfo) Field(c string, ty *mir.Type, v string, f int) rule.FieldInfo {
	a, va := t.variant(c, ty, v)
	if va == nil || f >= len(va.Fields) {
		return rule.FieldInfo{Owner: ir.LastSeg(ty.Path), Name: "?"}
	}
	parts := strings.Split(a.Path, "::")
	return rule.FieldInfo{Owner: parts[len(parts)-1], Name: va.Fields[f].Name, Type: va.Fields[f].Type, Span: va.Fields[f].Span}
}

func (t *typeInfo) StrongCycles(string) []rule.TypeCycle { return nil }
