package items

import "strings"

// Crate holds the items of one crate that the analysis needs, cut down from
// rustdoc's JSON. Types are spelled as rustc's MIR spells them, with full
// definition paths that start with the crate name ("alloc::boxed::Box<T>",
// "mycrate::list::Node"), so that the MIR type parser reads them.
type Crate struct {
	Name   string  `json:"name"`
	Format int     `json:"format"` // rustdoc's format_version
	Types  []*ADT  `json:"types"`
	Impls  []*Impl `json:"impls"`
	Fns    []*Fn   `json:"fns"`
	// Aliases maps each further path under which an item can be named (re-exports, globs) to its definition path.
	Aliases map[string]string `json:"aliases,omitempty"`
	Traits  []*Trait          `json:"traits,omitempty"`
	Statics []*Static         `json:"statics,omitempty"`
	// TypeAliases are the `type A<T> = ..;` items; rustdoc leaves them unexpanded in types.
	TypeAliases []*TypeAlias `json:"type_aliases,omitempty"`
	// Globs are the re-exports that Aliases cannot list, because the target is another crate.
	Globs []Glob `json:"globs,omitempty"`
	// Hidden are the paths of the modules that are not public.
	Hidden []string `json:"hidden,omitempty"`
}

// Reachable reports whether other crates can name what is defined at a path of
// the crate, under that path or another, if it is public itself.
func (c *Crate) Reachable(path string) bool {
	if c.open(path) {
		return true
	}
	for as, def := range c.Aliases {
		if def == path && c.open(as) {
			return true
		}
	}
	return false
}

// open reports whether all modules on a path are public.
func (c *Crate) open(path string) bool {
	for _, m := range c.Hidden {
		if strings.HasPrefix(path, m+"::") {
			return false
		}
	}
	return true
}

// TypeAlias is a `type` item.
type TypeAlias struct {
	Path     string    `json:"path"`
	Generics []Generic `json:"generics,omitempty"`
	Type     string    `json:"type"`
}

// Glob says that everything under the path Target can also be named under the path In:
// `pub use other::prelude::*;` or `pub use other as name;`.
type Glob struct {
	In     string `json:"in"`
	Target string `json:"target"`
}

// Span is a range in a source file as rustdoc gives it (columns count from 1).
type Span struct {
	File                       string
	Line, Col, EndLine, EndCol int
}

// ADTKind is "struct", "enum" or "union".
type ADTKind string

// ADT is a struct, enum or union.
type ADT struct {
	Path     string    `json:"path"`
	Kind     ADTKind   `json:"kind"`
	Generics []Generic `json:"generics,omitempty"`
	Where    []string  `json:"where,omitempty"`
	Variants []Variant `json:"variants"`        // a struct or union has one, named as itself
	Attrs    []string  `json:"attrs,omitempty"` // repr and the like
	Public   bool      `json:"public,omitempty"`
	Span     Span      `json:"span"`
}

// Variant is one enum variant, or the body of a struct or union.
type Variant struct {
	Name   string  `json:"name"`
	Fields []Field `json:"fields,omitempty"`
	// Discr is the discriminant where the source gives one, "" otherwise.
	Discr string `json:"discr,omitempty"`
}

// Field is one field in declaration order; Name is "0", "1", ... in tuple forms.
type Field struct {
	Name   string `json:"name"`
	Type   string `json:"type"`
	Public bool   `json:"public,omitempty"`
	Span   Span   `json:"span"`
}

// Generic is a generic parameter.
type Generic struct {
	Name   string   `json:"name"`
	Kind   string   `json:"kind"` // "type", "lifetime", "const"
	Bounds []string `json:"bounds,omitempty"`
	// Default is the default of a type or const parameter, "" for none.
	Default string `json:"default,omitempty"`
}

// Impl is one impl block as written (no blanket or auto-trait impls that rustdoc synthesises).
type Impl struct {
	Self     string    `json:"self"`            // type
	Trait    string    `json:"trait,omitempty"` // path with arguments, "" for inherent impls
	Negative bool      `json:"negative,omitempty"`
	Generics []Generic `json:"generics,omitempty"`
	Where    []string  `json:"where,omitempty"`
	Methods  []string  `json:"methods,omitempty"` // names of the functions it holds
	Assoc    []Assoc   `json:"assoc,omitempty"`   // associated types that it defines
	Derived  bool      `json:"derived,omitempty"`
	Span     Span      `json:"span"` // equals the `<impl at ..>` of the MIR names (the header's span may end earlier: match by file, line and column of the start)
}

// Assoc is `type Name = Type;` in an impl block.
type Assoc struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// Fn is a free function, method or associated function.
type Fn struct {
	Path     string    `json:"path"` // definition path; methods: "crate::Type::name" with Impl set
	Impl     int       `json:"impl"` // index into Crate.Impls, -1 for a free function
	Generics []Generic `json:"generics,omitempty"`
	Where    []string  `json:"where,omitempty"`
	Inputs   []string  `json:"inputs"`
	Output   string    `json:"output"`
	Unsafe   bool      `json:"unsafe,omitempty"`
	Async    bool      `json:"async,omitempty"`
	SelfArg  bool      `json:"self,omitempty"`    // the first input is self in one of its forms
	Extern   string    `json:"extern,omitempty"`  // ABI when not Rust
	Foreign  bool      `json:"foreign,omitempty"` // declared in an extern block
	Public   bool      `json:"public,omitempty"`
	Span     Span      `json:"span"`
}

// Trait is a trait definition.
type Trait struct {
	Path     string    `json:"path"`
	Unsafe   bool      `json:"unsafe,omitempty"`
	Public   bool      `json:"public,omitempty"`
	Generics []Generic `json:"generics,omitempty"`
	Where    []string  `json:"where,omitempty"`
	Bounds   []string  `json:"bounds,omitempty"` // its supertraits, and what its where clause says of Self
	Methods  []string  `json:"methods,omitempty"`
	// Assoc are its associated types with their bounds.
	Assoc []Generic `json:"assoc,omitempty"`
}

// Static is a static item.
type Static struct {
	Path string `json:"path"`
	Type string `json:"type"`
	Mut  bool   `json:"mut,omitempty"`
	Span Span   `json:"span"`
}
