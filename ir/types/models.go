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
	Path     string   // as MIR prints it
	As       []string // further spellings that are not found from Path
	Generics []string
	Variants []ModelVariant // nil: opaque
	Owns     string         // "heap", "fd", "params", "lock", "no"; "" (by its fields)
	Through  []int          // parameters that it owns a value of; nil: all
	Pointer  Pointer
	Mutable  bool // what it holds can be replaced through a shared reference
	Raw      bool // it wraps a raw pointer
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

// Models is what a data file says, by path.
type Models struct {
	byPath  map[string]*Model // further spellings too
	aliases map[string]*items.TypeAlias
	byLast  map[string][]entry // by last segment of the path
	strong  []string           // "::Rc<" and the like
}

// entry is a type or an alias under its path.
type entry struct {
	path  string
	model *Model
	alias *items.TypeAlias
}

// modelFile is the form of the data file.
type modelFile struct {
	Type    []modelTable      `toml:"type"`
	Group   []modelTable      `toml:"group"`
	Aliases map[string]string `toml:"aliases"`
}

type modelTable struct {
	Path     string   `toml:"path"`
	Types    string   `toml:"types"` // group: "module: Name Name", one module a line
	As       []string `toml:"as"`
	Generics []string `toml:"generics"`
	Variants []string `toml:"variants"`
	Owns     string   `toml:"owns"`
	Through  []int    `toml:"through"`
	Pointer  string   `toml:"pointer"`
	Mutable  bool     `toml:"mutable"`
	Raw      bool     `toml:"raw"`
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
	m := &Models{byPath: map[string]*Model{}, aliases: map[string]*items.TypeAlias{}, byLast: map[string][]entry{}}
	for i := range f.Type {
		if err := m.add(&f.Type[i], f.Type[i].Path); err != nil {
			return nil, err
		}
	}
	for i := range f.Group {
		if err := m.addGroup(&f.Group[i]); err != nil {
			return nil, err
		}
	}
	for _, key := range slices.Sorted(maps.Keys(f.Aliases)) {
		path, params, _ := strings.Cut(strings.TrimSuffix(key, ">"), "<")
		a := &items.TypeAlias{Path: path, Type: f.Aliases[key]}
		for _, g := range splitTop(params) {
			a.Generics = append(a.Generics, items.Generic{Name: g, Kind: "type"})
		}
		m.aliases[path] = a
		m.index(entry{path: path, alias: a})
	}
	return m, nil
}

func (m *Models) index(e entry) {
	last := lastSegment(e.path)
	m.byLast[last] = append(m.byLast[last], e)
}

// addGroup adds the types of a group.
func (m *Models) addGroup(t *modelTable) error {
	for line := range strings.Lines(t.Types) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		module, names, ok := strings.Cut(line, ": ")
		if !ok {
			return fmt.Errorf("read type models: %q has no module", line)
		}
		for _, name := range strings.Fields(names) {
			if err := m.add(t, module+"::"+name); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *Models) add(t *modelTable, path string) error {
	model := &Model{
		Path: path, As: t.As, Generics: t.Generics, Owns: t.Owns, Through: t.Through,
		Mutable: t.Mutable, Raw: t.Raw,
	}
	var err error
	if model.Variants, err = parseVariants(t.Variants); err == nil {
		model.Pointer, err = parsePointer(t.Pointer)
	}
	if err == nil {
		err = oneOf("owns", t.Owns, "", "heap", "params", "fd", "lock", "no")
	}
	if err == nil && m.byPath[path] != nil && m.byPath[path].Path == path {
		err = fmt.Errorf("is there twice")
	}
	if err != nil {
		return fmt.Errorf("read the model of %s: %w", path, err)
	}
	m.byPath[path] = model
	if model.Pointer == StrongPointer {
		m.strong = append(m.strong, "::"+lastSegment(path)+"<")
	}
	m.index(entry{path: path, model: model})
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

// near finds a type or alias by a path that is not the one in the file: where
// it is defined instead of its public path, or another re-export. The segments
// of the one are among those of the other; of several the one that shares most
// leading segments is meant. It is zero when none or several fit.
func (m *Models) near(path string) entry {
	head, rel, _ := strings.Cut(path, "::")
	want := modulePath(rel)
	var best entry
	most := -1
	for _, e := range m.byLast[lastSegment(rel)] {
		ehead, erel, _ := strings.Cut(e.path, "::")
		if ehead != head && !(sysrootNames[head] && sysrootNames[ehead]) {
			continue
		}
		have := modulePath(erel)
		if !subsequence(want, have) && !subsequence(have, want) {
			continue
		}
		n := 0
		for n < len(want) && n < len(have) && want[n] == have[n] {
			n++
		}
		if n > most {
			best, most = e, n
		} else if n == most {
			best = entry{}
		}
	}
	return best
}

// modulePath splits a path, the public names of std's modules undone that are
// no part of a definition's path.
func modulePath(rel string) []string {
	return strings.Split(stdModules.Replace(rel), "::")
}

var stdModules = strings.NewReplacer("hash_map::", "hash::map::", "hash_set::", "hash::set::",
	"btree_map::", "btree::map::", "btree_set::", "btree::set::",
	"core_arch::x86::", "arch::x86_64::", "core_arch::arm_shared::neon::", "arch::aarch64::")

// MentionsStrong reports whether the text of a type names a counted owner.
func (m *Models) MentionsStrong(text string) bool {
	for _, name := range m.strong {
		if strings.Contains(text, name) {
			return true
		}
	}
	return false
}
