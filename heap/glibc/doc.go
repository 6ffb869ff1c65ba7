// Package glibc reads the lists of glibc's malloc in a process that stands still.
//
// In: its memory and what it has mapped. Out: the blocks that are handed out and
// those that were given back. Always: nothing is taken for a block that the chunks
// around it contradict; a heap whose chunks do not lead to its end is left out,
// and said to be. Sizes are those of the chunks: the bytes asked for are not known.
package glibc
