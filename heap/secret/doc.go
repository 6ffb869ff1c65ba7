// Package secret finds where bytes of a secret stayed in the memory of a process
// that stands still.
//
// In: secrets as a user names them (a file, a variable of the environment,
// hexadecimal digits), a memory.Snapshot, and what package graph says of its live
// blocks. Out: hits, those of one secret, kind of memory and node put together.
// Always: no byte of a secret leaves this package, neither in a hit, nor in an
// error, nor in what fmt prints; Wipe overwrites them. The same memory gives the
// same hits at any number of workers.
//
// # What counts as found
//
// A stretch of at least half of the secret, and of at least 8 bytes. So what is
// left of a freed block is found although the allocator overwrote its first 16
// bytes. In a freed block 16 bytes are enough, or what the allocator left of a
// secret of 24 bytes, if they begin where the allocator stopped, or end with the
// block: so a buffer that had to grow leaves the first part of a secret. A stretch must have four different bytes. In memory without meaning a
// hit by chance is then less probable than 1 in 1,000,000 for a terabyte; in text
// it is not: half of a secret such as "postgres://user:password" is found wherever
// "postgres://u" stands. A secret is best the part that nobody else has.
//
// Copies in hexadecimal digits and in Base64 are found too, from 16 characters on.
//
// The heap is searched from its first block to its last, with what lies between
// the blocks: a freed block may have been cut since. What is there belongs to no
// node. A buffer that was overwritten before it was freed gives no hit.
//
// # What does not count
//
// A secret of fewer
// than 8 bytes, or with fewer than four different ones, is refused: it would be
// found everywhere.
package secret
