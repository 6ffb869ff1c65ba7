package items

import (
	"cmp"
	"slices"
	"strings"
)

// build makes the Crate out of what was read.
func (d *decoder) build(crateName string) (*Crate, error) {
	root := d.item(d.root)
	d.name = root.name
	if crateName != "" {
		d.name = crateName
	}
	d.out = &Crate{Name: d.name, Format: d.format}
	d.assignPaths(d.root, d.name)
	for p := range d.index {
		for i, it := range d.index[p] {
			if it != nil && it.path == "" {
				it.path = d.localPath(int32(p*pageSize + i))
			}
		}
	}
	for p := range d.index {
		for i, it := range d.index[p] {
			if it != nil {
				d.emit(int32(p*pageSize+i), it)
			}
		}
	}
	d.emitImpls()
	d.resolveAliases()
	d.sort()
	return d.out, nil
}

// assignPaths gives the items of a module their definition paths.
func (d *decoder) assignPaths(id int32, path string) {
	it := d.item(id)
	if it == nil || it.path != "" {
		return
	}
	it.path = path
	if it.kind != kindModule {
		return
	}
	if !it.public && path != d.name {
		d.out.Hidden = append(d.out.Hidden, path)
	}
	for _, child := range d.list(it.inner, "items") {
		if c := d.item(child); c != nil && c.name != "" {
			d.assignPaths(child, path+"::"+segment(c.name))
		}
	}
}

// list reads the array of ids under a key of an object.
func (d *decoder) list(raw []byte, key string) []int32 {
	s := scanner{b: raw}
	for k, ok := nextKey(&s); ok; k, ok = s.key() {
		if string(k) == key {
			return d.idArray(&s)
		}
		s.skip()
	}
	return nil
}

func (d *decoder) idArray(s *scanner) []int32 {
	var out []int32
	each(s, func(int) {
		if id := d.id(s.raw()); id >= 0 { // null stands for a stripped item
			out = append(out, id)
		}
	})
	return out
}

// defPath is the definition path of an item of any crate, "" when unknown.
func (d *decoder) defPath(id int32) string {
	if it := d.item(id); it != nil && it.path != "" {
		return it.path
	}
	return d.listedPath(id)
}

// listedPath is the path that rustdoc's own table gives.
func (d *decoder) listedPath(id int32) string {
	e := d.paths.at(id)
	if e == nil || e.raw == nil {
		return ""
	}
	if e.text == "" {
		var parts []string
		s := scanner{b: e.raw}
		each(&s, func(int) { parts = append(parts, segment(s.text())) })
		e.text = strings.Join(parts, "::")
	}
	return e.text
}

// localPath is listedPath with the crate's name replaced as the caller wants it.
func (d *decoder) localPath(id int32) string {
	p := d.listedPath(id)
	if _, rest, ok := strings.Cut(p, "::"); ok {
		return d.name + "::" + rest
	}
	return p
}

// emit adds a top-level item. Impls wait: their methods need them first.
func (d *decoder) emit(id int32, it *item) {
	switch it.kind {
	case kindStruct, kindEnum, kindUnion:
		if it.path != "" {
			d.out.Types = append(d.out.Types, d.adt(it))
		}
	case kindTrait:
		d.emitTrait(it)
	case kindStatic:
		d.emitStatic(it)
	case kindTypeAlias:
		d.emitTypeAlias(it)
	case kindImpl:
		d.implIDs = append(d.implIDs, id)
	case kindModule:
		d.emitFree(it)
	}
}

func (d *decoder) adt(it *item) *ADT {
	a := &ADT{Path: it.path, Kind: "struct", Public: it.public, Span: it.span, Attrs: attrs(it.attrs)}
	body := Variant{Name: it.name}
	s := scanner{b: it.inner}
	for k, ok := nextKey(&s); ok; k, ok = s.key() {
		switch string(k) {
		case "kind":
			body.Fields = d.shape(&s)
		case "fields":
			body.Fields = d.fields(&s)
		case "variants":
			for _, id := range d.idArray(&s) {
				a.Variants = append(a.Variants, d.variant(id))
			}
		case "generics":
			a.Generics, a.Where = d.generics(s.raw())
		default:
			s.skip()
		}
	}
	switch it.kind {
	case kindEnum:
		a.Kind = "enum"
		return a
	case kindUnion:
		a.Kind = "union"
	}
	a.Variants = []Variant{body}
	return a
}

// shape reads the kind of a struct or variant: "unit", {"tuple": [..]} or {"plain": {"fields": [..]}}.
func (d *decoder) shape(s *scanner) []Field {
	if s.peek() == '"' {
		s.skip()
		return nil
	}
	var out []Field
	for k, ok := nextKey(s); ok; k, ok = s.key() {
		switch string(k) {
		case "tuple":
			out = d.fields(s)
		case "plain", "struct":
			for k, ok := nextKey(s); ok; k, ok = s.key() {
				if string(k) == "fields" {
					out = d.fields(s)
				} else {
					s.skip()
				}
			}
		default:
			s.skip()
		}
	}
	return out
}

func (d *decoder) fields(s *scanner) []Field {
	var out []Field
	each(s, func(int) {
		if it := d.item(d.id(s.raw())); it != nil && it.kind == kindField {
			out = append(out, Field{Name: it.name, Type: d.typeText(it.inner), Public: it.public, Span: it.span})
		}
	})
	return out
}

func (d *decoder) variant(id int32) Variant {
	it := d.item(id)
	if it == nil {
		return Variant{}
	}
	v := Variant{Name: it.name}
	s := scanner{b: it.inner}
	for k, ok := nextKey(&s); ok; k, ok = s.key() {
		switch string(k) {
		case "kind":
			v.Fields = d.shape(&s)
		case "discriminant":
			v.Discr = discriminant(&s)
		default:
			s.skip()
		}
	}
	return v
}

// discriminant reads {"expr": "Self::A + 1", "value": "3"} or null.
func discriminant(s *scanner) string {
	var value string
	if s.null() {
		return ""
	}
	for k, ok := nextKey(s); ok; k, ok = s.key() {
		if string(k) == "value" {
			value = s.text()
		} else {
			s.skip()
		}
	}
	return value
}

func (d *decoder) emitTrait(it *item) {
	t := &Trait{Path: it.path, Public: it.public}
	s := scanner{b: it.inner}
	for k, ok := nextKey(&s); ok; k, ok = s.key() {
		switch string(k) {
		case "is_unsafe":
			t.Unsafe = s.flag()
		case "bounds":
			t.Bounds = d.boundTexts(&s)
		case "generics":
			t.Generics, t.Where = d.generics(s.raw())
		case "items":
			for _, id := range d.idArray(&s) {
				switch m := d.item(id); {
				case m == nil:
				case m.kind == kindFunction:
					t.Methods = append(t.Methods, m.name)
					d.emitFn(m, it.path+"::"+segment(m.name), -1)
				case m.kind == kindAssocType:
					t.Assoc = append(t.Assoc, d.assocType(m))
				}
			}
		default:
			s.skip()
		}
	}
	for _, w := range t.Where {
		if b, of := strings.CutPrefix(w, "Self: "); of {
			t.Bounds = append(t.Bounds, b)
		}
	}
	if t.Path != "" {
		d.out.Traits = append(d.out.Traits, t)
	}
}

// assocType reads `type Name: Bounds = Default;` of a trait.
func (d *decoder) assocType(it *item) Generic {
	g := Generic{Name: it.name, Kind: "type"}
	s := scanner{b: it.inner}
	for k, ok := nextKey(&s); ok; k, ok = s.key() {
		if string(k) == "bounds" {
			g.Bounds = d.boundTexts(&s)
		} else {
			s.skip()
		}
	}
	return g
}

func (d *decoder) emitStatic(it *item) {
	st := &Static{Path: it.path, Span: it.span}
	s := scanner{b: it.inner}
	for k, ok := nextKey(&s); ok; k, ok = s.key() {
		switch string(k) {
		case "type":
			st.Type = d.typeText(s.raw())
		case "is_mutable", "mutable":
			st.Mut = s.flag()
		default:
			s.skip()
		}
	}
	if st.Path != "" {
		d.out.Statics = append(d.out.Statics, st)
	}
}

func (d *decoder) emitTypeAlias(it *item) {
	a := &TypeAlias{Path: it.path}
	s := scanner{b: it.inner}
	for k, ok := nextKey(&s); ok; k, ok = s.key() {
		switch string(k) {
		case "type":
			a.Type = d.typeText(s.raw())
		case "generics":
			a.Generics, _ = d.generics(s.raw())
		default:
			s.skip()
		}
	}
	if a.Path != "" {
		d.out.TypeAliases = append(d.out.TypeAliases, a)
	}
}

// emitFree adds the free functions of a module, those of extern blocks too.
func (d *decoder) emitFree(it *item) {
	for _, id := range d.list(it.inner, "items") {
		if f := d.item(id); f != nil && f.kind == kindFunction {
			d.emitFn(f, f.path, -1)
		}
	}
}

// emitImpls adds the impl blocks in order of their place in the source, so
// that the numbers by which functions name them do not depend on the run.
func (d *decoder) emitImpls() {
	type block struct {
		im *Impl
		id int32
	}
	var blocks []block
	for _, id := range d.implIDs {
		blocks = append(blocks, block{d.impl(d.item(id)), id})
	}
	slices.SortFunc(blocks, func(a, b block) int {
		return cmp.Or(compareSpans(a.im.Span, b.im.Span), cmp.Compare(a.im.Self, b.im.Self), cmp.Compare(a.im.Trait, b.im.Trait))
	})
	for n, b := range blocks {
		d.out.Impls = append(d.out.Impls, b.im)
		owner := owner(b.im.Self)
		for _, id := range d.list(d.item(b.id).inner, "items") {
			if m := d.item(id); m != nil && m.kind == kindFunction {
				d.emitFn(m, owner+"::"+segment(m.name), n)
			}
		}
	}
}

// owner is what stands in front of the names of an impl's functions: the path
// of its type, or the type in brackets when that is no path.
func owner(self string) string {
	path := stripArgs(self)
	if path == "" || strings.ContainsAny(path, "&*[(!< ") {
		return "<" + self + ">"
	}
	return path
}

func (d *decoder) impl(it *item) *Impl {
	im := &Impl{Span: it.span, Derived: strings.Contains(string(it.attrs), "automatically_derived")}
	s := scanner{b: it.inner}
	for k, ok := nextKey(&s); ok; k, ok = s.key() {
		switch string(k) {
		case "is_negative", "negative":
			im.Negative = s.flag()
		case "generics":
			im.Generics, im.Where = d.generics(s.raw())
		case "trait":
			if raw := s.raw(); len(raw) > 0 && raw[0] == '{' {
				im.Trait = d.spell(raw, func(p *speller, s *scanner) { p.path(s, false) })
			}
		case "for":
			im.Self = d.typeText(s.raw())
		case "items":
			d.implItems(im, &s)
		default:
			s.skip()
		}
	}
	return im
}

func (d *decoder) implItems(im *Impl, s *scanner) {
	for _, id := range d.idArray(s) {
		switch it := d.item(id); {
		case it == nil:
		case it.kind == kindFunction:
			im.Methods = append(im.Methods, it.name)
		case it.kind == kindAssocType:
			in := scanner{b: it.inner}
			for k, ok := nextKey(&in); ok; k, ok = in.key() {
				if string(k) == "type" {
					im.Assoc = append(im.Assoc, Assoc{it.name, d.typeText(in.raw())})
				} else {
					in.skip()
				}
			}
		}
	}
}

// header is what stands in front of `fn`.
type header struct {
	unsafe, async bool
	abi           string // "" for Rust's own
}

func parseHeader(raw []byte) header {
	var h header
	s := scanner{b: raw}
	for k, ok := nextKey(&s); ok; k, ok = s.key() {
		switch string(k) {
		case "is_unsafe", "unsafe":
			h.unsafe = s.flag()
		case "is_async", "async":
			h.async = s.flag()
		case "abi":
			h.abi = abi(s.raw())
		default:
			s.skip()
		}
	}
	return h
}

// abi reads "Rust", {"C": {"unwind": false}} or {"Other": "\"name\""}.
func abi(raw []byte) string {
	if string(raw) == `"Rust"` {
		return ""
	}
	s := scanner{b: raw}
	k, ok := nextKey(&s)
	if !ok {
		return strings.Trim(string(raw), `"`)
	}
	if string(k) == "Other" {
		return strings.Trim(s.text(), `"`)
	}
	name := string(k)
	if name != "C" {
		name = strings.ToLower(name)
	}
	if strings.Contains(string(s.raw()), "true") {
		name += "-unwind"
	}
	return name
}

func (d *decoder) emitFn(it *item, path string, impl int) {
	if path == "" {
		return
	}
	f := &Fn{Path: path, Impl: impl, Output: "()", Public: it.public, Span: it.span}
	hasBody := true
	s := scanner{b: it.inner}
	for k, ok := nextKey(&s); ok; k, ok = s.key() {
		switch string(k) {
		case "sig", "decl":
			d.signature(f, &s)
		case "generics":
			f.Generics, f.Where = d.generics(s.raw())
		case "header":
			h := parseHeader(s.raw())
			f.Unsafe, f.Async, f.Extern = h.unsafe, h.async, h.abi
		case "has_body":
			hasBody = s.flag()
		default:
			s.skip()
		}
	}
	f.Foreign = !hasBody && impl < 0 && it.path != "" // required trait methods have no path of their own
	d.out.Fns = append(d.out.Fns, f)
}

func (d *decoder) signature(f *Fn, s *scanner) {
	for k, ok := nextKey(s); ok; k, ok = s.key() {
		switch string(k) {
		case "inputs":
			each(s, func(i int) { f.Inputs = append(f.Inputs, d.input(f, i, s)) })
		case "output":
			f.Output = d.typeText(s.raw())
		case "is_c_variadic", "c_variadic":
			if s.flag() {
				f.Inputs = append(f.Inputs, "...")
			}
		default:
			s.skip()
		}
	}
}

// input reads ["name", type].
func (d *decoder) input(f *Fn, i int, s *scanner) string {
	var t string
	each(s, func(j int) {
		switch j {
		case 0:
			if string(s.raw()) == `"self"` && i == 0 {
				f.SelfArg = true
			}
		case 1:
			t = d.typeText(s.raw())
		default:
			s.skip()
		}
	})
	return t
}

// generics reads parameters and where clauses.
func (d *decoder) generics(raw []byte) (out []Generic, where []string) {
	s := scanner{b: raw}
	for k, ok := nextKey(&s); ok; k, ok = s.key() {
		switch string(k) {
		case "params":
			each(&s, func(int) { out = append(out, d.generic(&s)) })
		case "where_predicates":
			each(&s, func(int) {
				if w := d.predicate(&s); w != "" {
					where = append(where, w)
				}
			})
		default:
			s.skip()
		}
	}
	return out, where
}

func (d *decoder) generic(s *scanner) Generic {
	var g Generic
	for k, ok := nextKey(s); ok; k, ok = s.key() {
		switch string(k) {
		case "name":
			g.Name = s.text()
		case "kind":
			if k, ok := nextKey(s); ok {
				g.Kind = string(k)
				d.genericKind(&g, s)
				s.skipRest()
			}
		default:
			s.skip()
		}
	}
	return g
}

func (d *decoder) genericKind(g *Generic, s *scanner) {
	for k, ok := nextKey(s); ok; k, ok = s.key() {
		switch string(k) {
		case "bounds":
			g.Bounds = d.boundTexts(s)
		case "outlives":
			each(s, func(int) { g.Bounds = append(g.Bounds, s.text()) })
		case "default":
			switch {
			case s.null():
			case s.peek() == '"':
				g.Default = s.text()
			default:
				g.Default = d.typeText(s.raw())
			}
		default:
			s.skip()
		}
	}
}

func (d *decoder) boundTexts(s *scanner) []string {
	var out []string
	each(s, func(int) { out = append(out, d.spell(s.raw(), (*speller).bound)) })
	return out
}

// predicate spells one where clause.
func (d *decoder) predicate(s *scanner) string {
	k, ok := nextKey(s)
	if !ok {
		return ""
	}
	p := speller{decoder: d}
	var left, right []byte
	sep := ": "
	for f, ok := nextKey(s); ok; f, ok = s.key() {
		switch string(f) {
		case "type", "lhs", "lifetime":
			left = s.raw()
		case "bounds", "outlives", "rhs":
			right = s.raw()
		case "generic_params":
			p.higherRanked(s)
		default:
			s.skip()
		}
	}
	switch string(k) {
	case "lifetime_predicate", "region_predicate":
		l := scanner{b: left}
		p.add(l.text() + sep)
		r := scanner{b: right}
		each(&r, func(i int) {
			if i > 0 {
				p.add(" + ")
			}
			p.add(r.text())
		})
	case "eq_predicate":
		p.typ(&scanner{b: left})
		p.add(" = ")
		p.term(&scanner{b: right})
	default:
		p.typ(&scanner{b: left})
		p.add(sep)
		p.bounds(&scanner{b: right})
	}
	s.skipRest()
	return string(p.dst)
}

// attrs keeps repr and the attributes that rustdoc names by a bare word.
func attrs(raw []byte) []string {
	var out []string
	s := scanner{b: raw}
	each(&s, func(int) {
		if s.peek() == '"' {
			out = append(out, s.text())
			return
		}
		for k, ok := nextKey(&s); ok; k, ok = s.key() {
			switch string(k) {
			case "repr":
				out = append(out, repr(&s))
			case "other":
				if t := s.text(); strings.HasPrefix(t, "#[repr(") {
					out = append(out, strings.TrimSuffix(strings.TrimPrefix(t, "#["), "]"))
				}
			default:
				s.skip()
			}
		}
	})
	return out
}

// repr spells {"kind": "c", "align": 8, "packed": null, "int": null} as the source does.
func repr(s *scanner) string {
	var kind string
	var parts []string
	for k, ok := nextKey(s); ok; k, ok = s.key() {
		raw := s.raw()
		v := strings.Trim(string(raw), `"`)
		switch string(k) {
		case "kind":
			switch v {
			case "c":
				kind = "C"
			case "transparent", "simd":
				kind = v
			}
		case "align", "packed":
			if v != "null" {
				parts = append(parts, string(k)+"("+v+")")
			}
		case "int":
			if v != "null" {
				parts = append(parts, v)
			}
		}
	}
	if kind != "" {
		parts = slices.Insert(parts, 0, kind)
	}
	return "repr(" + strings.Join(parts, ", ") + ")"
}

// stripArgs cuts generic arguments off a type's path.
func stripArgs(t string) string {
	if i := strings.IndexByte(t, '<'); i > 0 {
		return t[:i]
	}
	return t
}

func compareSpans(a, b Span) int {
	return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col),
		cmp.Compare(a.EndLine, b.EndLine), cmp.Compare(a.EndCol, b.EndCol))
}

func (d *decoder) sort() {
	c := d.out
	slices.SortFunc(c.Types, func(a, b *ADT) int { return cmp.Or(cmp.Compare(a.Path, b.Path), compareSpans(a.Span, b.Span)) })
	slices.SortFunc(c.Fns, func(a, b *Fn) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), compareSpans(a.Span, b.Span), cmp.Compare(a.Impl, b.Impl))
	})
	slices.SortFunc(c.Traits, func(a, b *Trait) int { return cmp.Compare(a.Path, b.Path) })
	slices.SortFunc(c.Statics, func(a, b *Static) int { return cmp.Compare(a.Path, b.Path) })
	slices.SortFunc(c.TypeAliases, func(a, b *TypeAlias) int { return cmp.Compare(a.Path, b.Path) })
	slices.SortFunc(c.Globs, func(a, b Glob) int { return cmp.Or(cmp.Compare(a.In, b.In), cmp.Compare(a.Target, b.Target)) })
}
