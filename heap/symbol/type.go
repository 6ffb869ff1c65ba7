package symbol

import "softshell/heap/profile"

// Type is what a stack allocated. The zero Type is an unknown one.
type Type struct {
	Handle string // what owns the block: "Rc", "Arc", "Box", "Vec", "String", "HashMap"...
	Name   string // of the value in it: "leaky::Node"; of a buffer, that of its elements
	Size   uint64 // bytes of one value
	Value  uint64 // offset of the first value in the block
	Many   bool   // the block is a buffer of values

	module, entry int
}

// TypeOf tells what the stack allocated in a block of size bytes. The innermost
// location comes first; Resolve must have seen them.
func (t *Table) TypeOf(stack []profile.Location, size uint64) Type {
	return Type{}
}

// Field is a place in a value.
type Field struct {
	Path string // "next", "[]" in a buffer, "[].children"; "" when unknown
	Kind Pointer
	Type string // that it points to
}

// Pointer is how a field holds what it points to.
type Pointer uint8

// Kinds of pointers.
const (
	NoPointer Pointer = iota // or not known
	Strong                   // Rc or Arc
	Weak
	Owned // Box, the buffer of a Vec
	Raw   // a raw pointer or a reference
)

// Field tells which field of the value lies at an offset of the block. block is
// the block's contents: they tell which variant of an enum stands there; nil, when
// they are not at hand.
func (t *Table) Field(ty Type, offset uint64, block []byte) Field {
	return Field{}
}
