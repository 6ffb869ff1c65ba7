// Package decls reads what a crate declares, its types and signatures, as
// types: what a type holds, what its functions hand out and take in, and what
// Send and Sync ask of its parameters.
//
// In comes items.Crate. What holds of the answers:
//
//   - A parameter is named as the type's definition names it, whatever an impl
//     block calls it; an associated type of it is "T::Owned".
//   - Aliases of the crate and Self are seen through. Of another crate's types
//     only the names of the standard library's are known; what is not known is said.
//   - Private functions of a public type hand out nothing, nor do unsafe ones:
//     whoever calls those has promised to look.
package decls
