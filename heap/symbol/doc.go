// Package symbol gives names to addresses: the functions that stand at a return
// address, with those that were inlined, their files and lines, and the type of
// what a stack allocated.
//
// In: the modules of a process (path, bias, build-id) and addresses. Out: Frames
// and Types. Always: every name of a Rust or C++ function is demangled; a name
// that is not known is empty, never guessed; a file that is missing, stripped or
// damaged gives less, not an error, and Module.Debug tells how much.
package symbol
