package rule

import (
	"softshell/ir"
	"softshell/ir/decls"
	"softshell/items"
	"softshell/mir"
)

// TypeInfo answers rules about types, from the items of the crates.
type TypeInfo interface {
	// Field describes a field; Name is its number when the definition is not known.
	Field(crate string, t *mir.Type, variant string, field int) FieldInfo
	// StrongCycles lists the ways in which types of the crate can form a cycle
	// of strong handles through interior mutability.
	StrongCycles(crate string) []TypeCycle
	// Shapes are the types of the fields of the crate's structs, and of the
	// variants of its enums, by path, as far as bodies make values of them. It
	// needs no items.
	Shapes(crate string) map[string][]string
	// ClaimsThreads reports whether the crate's source may hold an `unsafe impl`
	// of Send or Sync. It costs a look at the source.
	ClaimsThreads(crate string) bool
	// LooseOutputs are the names of functions whose output names a lifetime that
	// no input names, as the source looks. It costs a look at the source.
	LooseOutputs(crate string) map[string]bool
	// Decls are the crate's declarations, nil when they cannot be had. They cost a run of rustdoc.
	Decls(crate string) *decls.Crate
	// Declared is the declaration of the function in which f stands (a closure's
	// is that of the function around it); ok is false when there is none, as for
	// functions inside of functions. It costs the crate's items.
	Declared(f *ir.Func) (d Declared, ok bool)
	// ADT is the declaration of a type, nil when it is no type of a crate of the
	// build, or not known. It costs the items of the type's crate.
	ADT(c *ir.Crate, t *mir.Type) *items.ADT
	// MayHoldCell reports whether a value of the type holds, or may hold, an
	// UnsafeCell: it can then be changed through a shared reference. A type
	// parameter does not count. It may cost items.
	MayHoldCell(c *ir.Crate, t *mir.Type) bool
}

// FieldInfo describes a field of a type.
type FieldInfo struct {
	Owner string // the type's last path segment
	Name  string
	Type  string
	Span  items.Span
}

// TypeCycle is a cycle in the graph of types: each step is a field that leads to the next type.
type TypeCycle struct {
	Types  []string // last path segments, the first one closes the cycle
	Fields []string // "Node.next"
	// Weak is the field that is best made a Weak.
	Weak string
	Span items.Span // of that field
}
