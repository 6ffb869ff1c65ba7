// Package dwarf reads the debug information of a linked program: which function,
// with what was inlined into it, stands at an address, on which line of which
// file, and how a type is laid out.
//
// In: the sections of a file, and addresses as the file counts them. Out: frames,
// and entries of types. Always: nothing that the sections hold makes it panic or
// hang; what cannot be read gives no frames. Only the units that an address asks
// for are walked, entry by entry, without a tree of them: debug/dwarf of the
// standard library makes a map of each entry, which is ten times slower.
//
// DWARF 2 to 5 are read, little-endian. Units that were split from the program are
// found by way of FindSplit; their entries count from a multiple of splitStep, so
// that an offset names one entry of all files.
package dwarf
