package types

import (
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
	Name   string
	Type   *Type
	Public bool
	Span   items.Span // zero for types known by a model
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
	if v, ok := u.variants[t.ID]; ok {
		return v
	}
	d := t.Def
	decl := u.declared(d)
	var out []Variant
	for i := range decl {
		v := Variant{Name: d.variantName(i)}
		for j, ft := range decl[i] {
			f := Field{Type: u.subst(ft, d.params, t.Args)}
			d.nameField(&f, i, j)
			v.Fields = append(v.Fields, f)
		}
		out = append(out, v)
	}
	u.variants[t.ID] = out
	return out
}

// declared returns the field types of a definition as it declares them.
func (u *Universe) declared(d *Def) [][]*Type {
	u.describe(d)
	if d.declared != nil {
		return d.declared
	}
	self := u.identity(d)
	switch {
	case d.Item != nil:
		d.declared = make([][]*Type, len(d.Item.Variants))
		for i, v := range d.Item.Variants {
			for _, f := range v.Fields {
				d.declared[i] = append(d.declared[i], u.itemType(d.Crate, f.Type, self))
			}
		}
	case d.Model != nil:
		d.declared = make([][]*Type, len(d.Model.Variants))
		for i, v := range d.Model.Variants {
			for _, f := range v.Fields {
				d.declared[i] = append(d.declared[i], u.itemType(u.sysroot, f.Type, self))
			}
		}
	case d.learned != nil:
		d.declared = [][]*Type{u.learnedFields(d)}
	default:
		d.declared = [][]*Type{}
	}
	return d.declared
}

// identity is the type of a definition applied to its own parameters: what
// `Self` means inside it.
func (u *Universe) identity(d *Def) *Type {
	u.describe(d)
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
		f.Name, f.Public, f.Span = it.Name, it.Public, it.Span
	case d.Model != nil:
		f.Name = d.Model.Variants[variant].Fields[field].Name
	default:
		f.Name = itoa(field)
	}
}

// VariantIndex finds a variant by name; "" is the body of a struct. It is -1
// when there is none.
func (u *Universe) VariantIndex(t *Type, name string) int {
	vs := u.Fields(t)
	if name == "" && len(vs) == 1 {
		return 0
	}
	for i := range vs {
		if vs[i].Name == name {
			return i
		}
	}
	return -1
}

// FieldType is the type of a field; nil when it is not known. variant is "" for a struct.
func (u *Universe) FieldType(t *Type, variant string, field int) *Type {
	i := u.VariantIndex(t, variant)
	if i < 0 {
		return nil
	}
	if fs := u.Fields(t)[i].Fields; field >= 0 && field < len(fs) {
		return fs[field].Type
	}
	return nil
}
