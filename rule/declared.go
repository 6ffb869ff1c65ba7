package rule

import "slices"

// Declared is what the declaration of a function says that its body does not.
type Declared struct {
	Unsafe bool
	// Public is set when other crates can call it.
	Public bool
	// Trait is set for a function of a trait or of an impl of one.
	Trait bool
	// Extern is set for a function of another ABI, which other languages call.
	Extern bool
	Inputs []string
	Output string
	// Bounds are the traits that a type parameter must have, by its name; those
	// that only mark a lifetime or `?Sized` are left out.
	Bounds map[string][]Bound
}

// Bound is a trait that a type parameter must have.
type Bound struct {
	Path  string
	Known bool // its declaration was seen; nothing below is set without
	Std   bool
	// Unsafe is set for an `unsafe trait`, or one that such a trait is above of:
	// who implements it promises something.
	Unsafe bool
	// Sealed is set when only the crate that declares the trait can implement it.
	Sealed bool
	// Copy is set for Copy, and for a trait that asks for it.
	Copy bool
}

// Copies reports whether the values of a parameter are Copy by its bounds.
func (d *Declared) Copies(param string) bool {
	return slices.ContainsFunc(d.Bounds[param], func(b Bound) bool { return b.Copy })
}

// Promises reports whether an implementor of one of the bounds of a parameter
// has promised something, or might have.
func (d *Declared) Promises(param string) bool {
	return slices.ContainsFunc(d.Bounds[param], func(b Bound) bool { return b.Unsafe || b.Sealed || !b.Known })
}

// Open reports whether a parameter has bounds beside those of std that any
// type may meet.
func (d *Declared) Open(param string) bool {
	return slices.ContainsFunc(d.Bounds[param], func(b Bound) bool { return !b.Std })
}
