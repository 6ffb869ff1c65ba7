package types

import (
	"slices"
	"strconv"

	"softshell/items"
)

// Variant is a variant of an enum, or the body of a struct or union, with
// generics substituted.
type Variant struct {
	Name   string
	Fields []Field
}

// Field is one field of a Variant.
type Field struct {
	Name string
	Type *Type
	Span items.Span // zero for types known by a model
}

// Fields returns the variants of a struct, enum or union; nil when nothing
// describes its inside. The result is shared: do not change it.
func (u *Universe) Fields(t *Type) []Variant {
	if t == nil || t.Kind != ADT {
		return nil
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.fields(t)
}

func (u *Universe) fields(t *Type) []Variant {
	t = u.see(t)
	if v, ok := u.variants[t]; ok || t.Kind != ADT {
		return v
	}
	d := t.Def
	var out []Variant
	for i, types := range u.declared(d) {
		v := Variant{Name: d.variantName(i)}
		for j, ft := range types {
			f := Field{Type: u.subst(ft, d.names(), t.Args)}
			d.nameField(&f, i, j)
			v.Fields = append(v.Fields, f)
		}
		out = append(out, v)
	}
	u.variants[t] = out
	return out
}

// declared returns the field types of a definition as it declares them.
func (u *Universe) declared(d *Def) [][]*Type {
	if d.declared != nil {
		return d.declared
	}
	u.look(d)
	self := u.identity(d)
	decl := [][]*Type{}
	switch {
	case d.item != nil:
		for _, v := range d.item.Variants {
			var types []*Type
			for _, f := range v.Fields {
				types = append(types, u.itemType(d.Crate, f.Type, self))
			}
			decl = append(decl, types)
		}
	case d.Model != nil && !d.built:
		for _, v := range d.Model.Variants {
			var types []*Type
			for _, f := range v.Fields {
				types = append(types, u.itemType(u.sysroot, f.Type, self))
			}
			decl = append(decl, types)
		}
	case d.learned != nil:
		var types []*Type
		for _, f := range d.learned {
			types = append(types, u.resolveText(d.Crate, f))
		}
		decl = append(decl, types)
	}
	d.declared = decl
	return decl
}

// identity is the type of a definition applied to its own parameters: what
// `Self` means inside it.
func (u *Universe) identity(d *Def) *Type {
	u.look(d)
	names := d.names()
	args := make([]*Type, len(names))
	for i, p := range names {
		args[i] = u.intern(Type{Kind: Param, Name: p})
	}
	return u.intern(Type{Kind: ADT, Def: d, Args: args})
}

// names are the parameters' names, as the field types have them.
func (d *Def) names() []string {
	if d.item == nil && d.Model != nil && !d.built {
		return d.Model.Generics
	}
	return d.params
}

func (d *Def) variantName(i int) string {
	switch {
	case d.item != nil:
		return d.item.Variants[i].Name
	case d.Model != nil && !d.built:
		return d.Model.Variants[i].Name
	}
	return d.Name()
}

func (d *Def) nameField(f *Field, variant, field int) {
	switch {
	case d.item != nil:
		it := &d.item.Variants[variant].Fields[field]
		f.Name, f.Span = it.Name, it.Span
	case d.Model != nil && !d.built:
		f.Name = d.Model.Variants[variant].Fields[field].Name
	default:
		f.Name = strconv.Itoa(field)
	}
}

// NamedField is Field with the field's name and place, for which the items of
// its crate are asked.
func (u *Universe) NamedField(t *Type, variant string, field int) (Field, bool) {
	f, ok := u.Field(t, variant, field)
	if !ok {
		return f, false
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if t = u.see(t); t.Kind == ADT && t.Def.built {
		t.Def.nameBuilt(&f, field)
	}
	return f, true
}

// nameBuilt is nameField for a struct of which bodies told the fields.
func (d *Def) nameBuilt(f *Field, field int) {
	d.Crate.load()
	if item := d.Crate.types[d.rel]; item != nil && len(item.Variants) == 1 && field < len(item.Variants[0].Fields) {
		it := &item.Variants[0].Fields[field]
		f.Name, f.Span = it.Name, it.Span
	}
}

// namedFields is fields with names and places also of the structs of which
// bodies told the fields.
func (u *Universe) namedFields(t *Type) []Variant {
	t = u.see(t)
	if t.Kind != ADT {
		return u.fields(t)
	}
	u.look(t.Def)
	if !t.Def.built {
		return u.fields(t)
	}
	out := slices.Clone(u.fields(t))
	for i := range out {
		out[i].Fields = slices.Clone(out[i].Fields)
		for j := range out[i].Fields {
			t.Def.nameBuilt(&out[i].Fields[j], j)
		}
	}
	return out
}

// Field finds a field; variant is "" for a struct. It is false when the type
// has none such or nothing describes it.
func (u *Universe) Field(t *Type, variant string, field int) (Field, bool) {
	vs := u.Fields(t)
	for i := range vs {
		if vs[i].Name != variant && (variant != "" || len(vs) > 1) {
			continue
		}
		if field < 0 || field >= len(vs[i].Fields) {
			break
		}
		f := vs[i].Fields[field]
		if f.Type.Kind == Projection {
			u.mu.Lock()
			f.Type = u.see(f.Type)
			u.mu.Unlock()
		}
		return f, true
	}
	return Field{}, false
}

// Described reports whether the crate's items or bodies describe the type.
func (u *Universe) Described(t *Type) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if t = u.see(t); t.Kind != ADT {
		return false
	}
	u.look(t.Def)
	return t.Def.item != nil || t.Def.learned != nil
}

// VariantOf names the variant of an enum that a discriminant stands for, ""
// when there is none or it is not known.
func (u *Universe) VariantOf(t *Type, discr int64) string {
	u.mu.Lock()
	defer u.mu.Unlock()
	if t = u.see(t); t.Kind != ADT {
		return ""
	}
	d := t.Def
	u.look(d)
	switch {
	case d.item != nil && d.item.Kind == "enum":
		next := int64(0)
		for i := range d.item.Variants {
			v := &d.item.Variants[i]
			if v.Discr != "" {
				n, err := strconv.ParseInt(v.Discr, 10, 64)
				if err != nil {
					return ""
				}
				next = n
			}
			if next == discr {
				return v.Name
			}
			next++
		}
	case d.item == nil && d.Model != nil && len(d.Model.Variants) > 1:
		if discr >= 0 && discr < int64(len(d.Model.Variants)) {
			return d.Model.Variants[discr].Name
		}
	}
	return ""
}
