package types

import (
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
	if v, ok := u.variants[t]; ok {
		return v
	}
	d := t.Def
	var out []Variant
	for i, types := range u.declared(d) {
		v := Variant{Name: d.variantName(i)}
		for j, ft := range types {
			f := Field{Type: u.subst(ft, d.params, t.Args)}
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
	self := u.identity(d)
	decl := [][]*Type{}
	switch {
	case d.Item != nil:
		for _, v := range d.Item.Variants {
			var types []*Type
			for _, f := range v.Fields {
				types = append(types, u.itemType(d.Crate, f.Type, self))
			}
			decl = append(decl, types)
		}
	case d.Model != nil:
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

// Identity is the type of a definition applied to its own parameters.
func (u *Universe) Identity(d *Def) *Type {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.identity(d)
}

// identity is the type of a definition applied to its own parameters: what
// `Self` means inside it.
func (u *Universe) identity(d *Def) *Type {
	args := make([]*Type, len(d.params))
	for i, p := range d.params {
		args[i] = u.intern(Type{Kind: Param, Name: p})
	}
	return u.intern(Type{Kind: ADT, Def: d, Args: args})
}

func (d *Def) variantName(i int) string {
	switch {
	case d.Item != nil:
		return d.Item.Variants[i].Name
	case d.Model != nil:
		return d.Model.Variants[i].Name
	}
	return d.Name()
}

func (d *Def) nameField(f *Field, variant, field int) {
	switch {
	case d.Item != nil:
		it := &d.Item.Variants[variant].Fields[field]
		f.Name, f.Span = it.Name, it.Span
	case d.Model != nil:
		f.Name = d.Model.Variants[variant].Fields[field].Name
	default:
		f.Name = strconv.Itoa(field)
	}
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
		return vs[i].Fields[field], true
	}
	return Field{}, false
}

// VariantOf names the variant of an enum that a discriminant stands for, ""
// when there is none or it is not known.
func (u *Universe) VariantOf(d *Def, discr int64) string {
	u.mu.Lock()
	defer u.mu.Unlock()
	switch {
	case d.Item != nil && d.Item.Kind == "enum":
		next := int64(0)
		for i := range d.Item.Variants {
			v := &d.Item.Variants[i]
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
	case d.Item == nil && d.Model != nil && len(d.Model.Variants) > 1:
		if discr >= 0 && discr < int64(len(d.Model.Variants)) {
			return d.Model.Variants[discr].Name
		}
	}
	return ""
}
