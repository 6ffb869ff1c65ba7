package items

import (
	"fmt"
	"io"
)

// Oldest and newest format_version of rustdoc's JSON that Decode was tried with.
const (
	FormatMin = 57
	FormatMax = 57
)

// FormatError says that the JSON could not be read and that its version is
// none that this package was tried with, which may well be why.
type FormatError struct {
	Version int
	Err     error
}

func (e *FormatError) Error() string {
	supported := fmt.Sprint(FormatMin)
	if FormatMax != FormatMin {
		supported = fmt.Sprintf("%d to %d", FormatMin, FormatMax)
	}
	return fmt.Sprintf("rustdoc JSON has format_version %d, supported is %s: %v", e.Version, supported, e.Err)
}

func (e *FormatError) Unwrap() error { return e.Err }

// Tested reports whether the crate came in a format that Decode was tried with.
func (c *Crate) Tested() bool { return c.Format >= FormatMin && c.Format <= FormatMax }

// Decode reads the JSON that
//
//	rustdoc -Zunstable-options --output-format json --document-private-items --document-hidden-items
//
// writes. crateName replaces the name that the JSON gives to the crate, unless
// it is empty. A format_version outside of FormatMin..FormatMax is read all
// the same; when that fails, the error is a *FormatError.
func Decode(r io.Reader, crateName string) (*Crate, error) {
	d := &decoder{root: -1}
	err := d.read(newWindow(r))
	var c *Crate
	if err == nil {
		c, err = d.build(crateName)
	}
	if err == nil {
		return c, nil
	}
	if d.format != 0 && (d.format < FormatMin || d.format > FormatMax) {
		return nil, &FormatError{Version: d.format, Err: err}
	}
	return nil, fmt.Errorf("decode rustdoc JSON: %w", err)
}

// itemKind tells the items apart that are kept.
type itemKind uint8

const (
	kindNone itemKind = iota
	kindModule
	kindUse
	kindStruct
	kindEnum
	kindUnion
	kindVariant
	kindField
	kindFunction
	kindImpl
	kindTrait
	kindStatic
	kindTypeAlias
	kindAssocType
)

// kindOf names the keys of an item's `inner`. What is missing is not kept.
func kindOf(key []byte) itemKind {
	switch string(key) {
	case "module":
		return kindModule
	case "use", "import":
		return kindUse
	case "struct":
		return kindStruct
	case "enum":
		return kindEnum
	case "union":
		return kindUnion
	case "variant":
		return kindVariant
	case "struct_field":
		return kindField
	case "function":
		return kindFunction
	case "impl":
		return kindImpl
	case "trait":
		return kindTrait
	case "static":
		return kindStatic
	case "type_alias":
		return kindTypeAlias
	case "assoc_type":
		return kindAssocType
	}
	return kindNone
}

// item is an entry of the index that is kept; inner and attrs are JSON text.
type item struct {
	kind   itemKind
	public bool
	name   string
	path   string // definition path, set by the walk over the modules
	span   Span
	attrs  []byte
	inner  []byte
}

// entry is one of rustdoc's `paths`: the definition path of an item of any crate.
type entry struct {
	raw    []byte
	text   string
	module bool
	value  bool
}

type decoder struct {
	root   int32
	format int
	index  table[*item]
	paths  table[entry]
	ids    map[string]int32
	keep   arena
	slab   []item
	file   string // the last file name met; most repeat
	files  map[string]string

	name    string // of the crate
	out     *Crate
	implIDs []int32
	names   map[int32]map[name]target // by module
	foreign map[int32][]string        // modules of other crates that a module has globs of
	walked  int                       // names met in modules that were entered by another path
}

// read takes in the whole text, in whatever order its parts stand.
func (d *decoder) read(w *window) error {
	err := w.object(func(key string) error {
		switch key {
		case "index":
			return w.object(func(id string) error { return d.readItem(w, id) })
		case "paths":
			return w.object(func(id string) error { return d.readPath(w, id) })
		}
		v, err := w.value()
		switch {
		case err != nil:
			return err
		case key == "root":
			d.root = d.id(v)
		case key == "format_version":
			d.format = number(v)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if d.item(d.root) == nil || d.item(d.root).kind != kindModule {
		return fmt.Errorf("the root module is missing")
	}
	return nil
}

// maxID bounds the tables for text that is not rustdoc's.
const maxID = 1 << 24

// id turns an item's id into an index: rustdoc numbers them from 0; older
// formats used strings, which are numbered here. -1 when it is neither.
func (d *decoder) id(raw []byte) int32 {
	if len(raw) == 0 {
		return -1
	}
	if raw[0] == '"' {
		return d.stringID(string(raw[1 : len(raw)-1]))
	}
	n := 0
	for _, c := range raw {
		if c < '0' || c > '9' || n >= maxID {
			return -1
		}
		n = 10*n + int(c-'0')
	}
	return int32(n)
}

// stringID is id for the keys of objects, which are strings in any format.
func (d *decoder) stringID(s string) int32 {
	if s != "" && len(s) < 8 {
		n := int32(0)
		for i := 0; i < len(s) && n >= 0; i++ {
			if s[i] < '0' || s[i] > '9' {
				n = -1
				break
			}
			n = 10*n + int32(s[i]-'0')
		}
		if n >= 0 {
			return n
		}
	}
	if d.ids == nil {
		d.ids = map[string]int32{}
	}
	n, ok := d.ids[s]
	if !ok {
		n = int32(len(d.ids))
		d.ids[s] = n
	}
	return n
}

func (d *decoder) item(id int32) *item {
	if it := d.index.at(id); it != nil {
		return *it
	}
	return nil
}

// table holds values by id in pages: an id far from all others costs one page.
type table[T any] [][]T

const pageSize = 64

// at returns the place of an id, nil when its page is missing.
func (t table[T]) at(id int32) *T {
	if id < 0 || int(id/pageSize) >= len(t) || t[id/pageSize] == nil {
		return nil
	}
	return &t[id/pageSize][id%pageSize]
}

func (t *table[T]) set(id int32, v T) {
	page := int(id / pageSize)
	if page >= len(*t) {
		*t = append(*t, make(table[T], page+1-len(*t))...)
	}
	if (*t)[page] == nil {
		(*t)[page] = make([]T, pageSize)
	}
	(*t)[page][id%pageSize] = v
}

func (d *decoder) readPath(w *window, id string) error {
	v, err := w.value()
	if err != nil {
		return err
	}
	n := d.stringID(id)
	if n > maxID {
		return fmt.Errorf("the item id %s is too big", id)
	}
	s := scanner{b: v}
	var path []byte
	var kind []byte
	for k, ok := nextKey(&s); ok; k, ok = s.key() {
		switch string(k) {
		case "path":
			path = s.raw()
		case "kind":
			kind = s.raw()
		default:
			s.skip()
		}
	}
	if s.bad {
		return fmt.Errorf("read the path of item %s: malformed", id)
	}
	d.paths.set(n, entry{raw: d.keep.keep(path), module: string(kind) == `"module"`, value: string(kind) == `"function"` || string(kind) == `"static"`})
	return nil
}

// nextKey enters the object at s and moves to its first key.
func nextKey(s *scanner) ([]byte, bool) {
	if !s.open('{') {
		return nil, false
	}
	return s.key()
}

// readItem keeps an entry of the index when it is of use.
func (d *decoder) readItem(w *window, id string) error {
	v, err := w.value()
	if err != nil {
		return err
	}
	var it item
	if !d.parseItem(&it, v) {
		return fmt.Errorf("read item %s: malformed", id)
	}
	if it.kind == kindNone {
		return nil
	}
	n := d.stringID(id)
	if n > maxID {
		return fmt.Errorf("the item id %s is too big", id)
	}
	it.attrs, it.inner = d.keep.keep(it.attrs), d.keep.keep(it.inner)
	if len(d.slab) == cap(d.slab) {
		d.slab = make([]item, 0, 256)
	}
	d.slab = append(d.slab, it)
	d.index.set(n, &d.slab[len(d.slab)-1])
	return nil
}

// parseItem fills it from v; kind stays kindNone when the item is not needed.
// It reports whether v has the expected form.
func (d *decoder) parseItem(it *item, v []byte) bool {
	s := scanner{b: v}
	var name, span []byte
	for k, ok := nextKey(&s); ok; k, ok = s.key() {
		switch string(k) {
		case "crate_id":
			if string(s.raw()) != "0" {
				it.kind = kindNone
				return !s.bad
			}
		case "name":
			name = s.raw()
		case "span":
			span = s.raw()
		case "visibility":
			vis := string(s.raw())
			it.public = vis == `"public"` || vis == `"default"`
		case "attrs":
			it.attrs = s.raw()
		case "inner":
			if k, ok = nextKey(&s); ok {
				it.kind, it.inner = kindOf(k), s.raw()
			}
			if it.kind == kindNone || s.bad {
				return !s.bad
			}
			s.skipRest()
		default:
			s.skip()
		}
	}
	if it.kind == kindImpl && (len(span) < 5 || synthetic(it.inner)) {
		it.kind = kindNone
		return !s.bad
	}
	if len(name) > 2 && name[0] == '"' {
		it.name = unquote(name[1 : len(name)-1])
	}
	d.parseSpan(&it.span, span)
	return !s.bad
}

// skipRest leaves the object that was opened.
func (s *scanner) skipRest() {
	for _, ok := s.key(); ok; _, ok = s.key() {
		s.skip()
	}
}

// synthetic reports whether an impl was made up by rustdoc: an auto trait that
// holds for a type, or a blanket impl instantiated for it.
func synthetic(inner []byte) bool {
	s := scanner{b: inner}
	for k, ok := nextKey(&s); ok; k, ok = s.key() {
		switch string(k) {
		case "is_synthetic", "synthetic":
			if s.flag() {
				return true
			}
		case "blanket_impl":
			if !s.null() {
				return true
			}
		default:
			s.skip()
		}
	}
	return false
}

func (d *decoder) parseSpan(sp *Span, raw []byte) {
	s := scanner{b: raw}
	for k, ok := nextKey(&s); ok; k, ok = s.key() {
		switch string(k) {
		case "filename":
			sp.File = d.fileName(s.str())
		case "begin":
			sp.Line, sp.Col = s.pair()
		case "end":
			sp.EndLine, sp.EndCol = s.pair()
		default:
			s.skip()
		}
	}
}

// pair reads [a,b].
func (s *scanner) pair() (a, b int) {
	if !s.open('[') {
		return 0, 0
	}
	for n := 0; s.more(']'); n++ {
		v := number(s.raw())
		if n == 0 {
			a = v
		} else {
			b = v
		}
	}
	return a, b
}

// fileName gives equal names one string.
func (d *decoder) fileName(raw []byte) string {
	if string(raw) == d.file {
		return d.file
	}
	if d.files == nil {
		d.files = map[string]string{}
	}
	f, ok := d.files[string(raw)]
	if !ok {
		f = unquote(raw)
		d.files[string(raw)] = f
	}
	d.file = f
	return f
}
