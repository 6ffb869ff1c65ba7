// Package version compares the versions of crates the way RustSec does.
//
// What comes in are versions (SemVer 2.0.0) and requirements as Cargo.toml has
// them ("^1.2", ">= 1.0, < 2", "1.2.*", "="). What goes out is whether a version
// lies in the ranges that an advisory names.
//
// A version is affected when it lies in none of the patched and in none of the
// unaffected ranges, all ordered by precedence. This is not how Cargo matches a
// requirement: 1.1.0-alpha lies in ">= 1.0.0" here, "= 1.0" is 1.0.0 alone, and
// "> 1" begins right behind 1.0.0. Requirement.Matches is Cargo's way, and
// Requirement.Range is RustSec's.
//
// Build metadata (1.0.0+linux) has no part in any comparison.
package version
