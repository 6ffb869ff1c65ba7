package types

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"

	"softshell/items"
)

//go:embed models/types.toml
var builtinText string

// Model is what the data file says about one type that no items describe, or
// whose items do not show who owns what.
type Model struct {
	Path     string
	As       []string // further spellings
	Generics []string
	Variants []ModelVariant // nil: opaque
	Owns     string         // "heap", "params", "fd", "no", "" (by its variants)
	Through  []int          // parameters that it owns a value of; nil: all
	Drop     string         // "yes", "no", "" (as it owns)
	Copy     string         // "yes", "params", ""
	Pointer  Pointer
	Mutable  bool // what it holds can be replaced through a shared reference
	Manual   bool // drop leaves the payload alone: ManuallyDrop, MaybeUninit
}

// ModelVariant is a variant, or the body of a struct, with its fields' types as text.
type ModelVariant struct {
	Name   string
	Fields []ModelField
}

// ModelField is a field of a ModelVariant.
type ModelField struct{ Name, Type string }

// Pointer says in which way a type points to a value that lives apart.
type Pointer uint8

// The kinds of smart pointer.
const (
	NoPointer     Pointer = iota
	UniquePointer         // Box
	StrongPointer         // Rc, Arc: a counted owner
	WeakPointer           // rc::Weak, sync::Weak: counted, owns nothing
)

func (p Pointer) String() string {
	return [...]string{"", "unique", "strong", "weak"}[p]
}

// Models is a set of models by path and by other spelling.
type Models struct {
	byPath  map[string]*Model
	byLast  map[string][]*Model // by last segment of Path
	aliases map[string]*items.TypeAlias
	all     []*Model // sorted by Path
}

// modelFile is the form of the data file.
type modelFile struct {
	Type  []modelTable `toml:"type"`
	Group []modelTable `toml:"group"`
	Alias []aliasTable `toml:"alias"`
}

// aliasTable is a type alias of the standard library: rustdoc names those that
// are foreign to the crate without saying what they stand for.
type aliasTable struct {
	Path     string   `toml:"path"`
	Generics []string `toml:"generics"`
	Type     string   `toml:"type"`
}

type modelTable struct {
	Path     string   `toml:"path"`
	Types    string   `toml:"types"` // group: paths, one a line
	As       []string `toml:"as"`
	Generics []string `toml:"generics"`
	Variants []string `toml:"variants"`
	Owns     string   `toml:"owns"`
	Through  []int    `toml:"through"`
	Drop     string   `toml:"drop"`
	Copy     string   `toml:"copy"`
	Pointer  string   `toml:"pointer"`
	Mutable  bool     `toml:"mutable"`
	Manual   bool     `toml:"manual"`
}

// Builtin returns the models that come with the program.
var Builtin = sync.OnceValue(func() *Models {
	m, err := ParseModels(builtinText)
	if err != nil {
		panic("types.toml: " + err.Error()) // embedded: a test reads it
	}
	return m
})

// ParseModels reads a data file in the form of models/types.toml.
func ParseModels(text string) (*Models, error) {
	var f modelFile
	meta, err := toml.Decode(text, &f)
	if err != nil {
		return nil, fmt.Errorf("read type models: %w", err)
	}
	if keys := meta.Undecoded(); len(keys) > 0 {
		return nil, fmt.Errorf("read type models: unknown key %s", keys[0])
	}
	m := &Models{byPath: map[string]*Model{}, aliases: map[string]*items.TypeAlias{}}
	for i := range f.Type {
		if err := m.add(&f.Type[i], f.Type[i].Path); err != nil {
			return nil, err
		}
	}
	for i := range f.Group {
		for _, path := range strings.Fields(f.Group[i].Types) {
			if err := m.add(&f.Group[i], path); err != nil {
				return nil, err
			}
		}
	}
	for _, a := range f.Alias {
		alias := &items.TypeAlias{Path: a.Path, Type: a.Type}
		for _, g := range a.Generics {
			alias.Generics = append(alias.Generics, items.Generic{Name: g, Kind: "type"})
		}
		m.aliases[a.Path] = alias
	}
	m.index()
	return m, nil
}

// With returns m with the models of more put over it.
func (m *Models) With(more *Models) *Models {
	out := &Models{byPath: maps.Clone(m.byPath), aliases: maps.Clone(m.aliases)}
	maps.Copy(out.byPath, more.byPath)
	maps.Copy(out.aliases, more.aliases)
	out.index()
	return out
}

// index lists the models in a fixed order.
func (m *Models) index() {
	m.byLast = map[string][]*Model{}
	for path, model := range m.byPath {
		if path == model.Path {
			m.all = append(m.all, model)
		}
	}
	slices.SortFunc(m.all, func(a, b *Model) int { return strings.Compare(a.Path, b.Path) })
	for _, model := range m.all {
		last := lastSegment(model.Path)
		m.byLast[last] = append(m.byLast[last], model)
	}
}

func (m *Models) add(t *modelTable, path string) error {
	model := &Model{
		Path: path, As: t.As, Generics: t.Generics, Owns: t.Owns, Through: t.Through,
		Drop: t.Drop, Copy: t.Copy, Mutable: t.Mutable, Manual: t.Manual,
	}
	var err error
	if model.Variants, err = parseVariants(t.Variants); err == nil {
		model.Pointer, err = parsePointer(t.Pointer)
	}
	if err == nil {
		err = oneOf("owns", t.Owns, "", "heap", "params", "fd", "no")
	}
	if err == nil {
		err = oneOf("drop", t.Drop, "", "yes", "no")
	}
	if err == nil {
		err = oneOf("copy", t.Copy, "", "yes", "params")
	}
	if err == nil && m.byPath[path] != nil && m.byPath[path].Path == path {
		err = fmt.Errorf("is there twice")
	}
	if err != nil {
		return fmt.Errorf("read the model of %s: %w", path, err)
	}
	m.byPath[path] = model
	for _, a := range t.As {
		m.byPath[a] = model
	}
	return nil
}

func oneOf(key, v string, allowed ...string) error {
	if slices.Contains(allowed, v) {
		return nil
	}
	return fmt.Errorf("%s = %q, must be one of %q", key, v, allowed[1:])
}

func parsePointer(s string) (Pointer, error) {
	for p := NoPointer; p <= WeakPointer; p++ {
		if p.String() == s {
			return p, nil
		}
	}
	return 0, fmt.Errorf("pointer = %q, must be unique, strong or weak", s)
}

// parseVariants reads "None", "Some(T)", "Range{start: T, end: T}".
func parseVariants(list []string) ([]ModelVariant, error) {
	var out []ModelVariant
	for _, s := range list {
		i := strings.IndexAny(s, "({")
		if i < 0 {
			out = append(out, ModelVariant{Name: s})
			continue
		}
		v := ModelVariant{Name: s[:i]}
		for n, f := range splitTop(s[i+1 : len(s)-1]) {
			name, typ := fmt.Sprint(n), f
			if s[i] == '{' {
				var ok bool
				if name, typ, ok = strings.Cut(f, ": "); !ok {
					return nil, fmt.Errorf("field %q has no type", f)
				}
			}
			v.Fields = append(v.Fields, ModelField{name, typ})
		}
		out = append(out, v)
	}
	return out, nil
}

// splitTop splits at the commas outside of all brackets.
func splitTop(s string) []string {
	var out []string
	r := reader{s: s}
	for r.i < len(s) {
		from := r.i
		r.toEnd()
		out = append(out, strings.TrimSpace(s[from:r.i]))
		r.i++
	}
	return out
}
