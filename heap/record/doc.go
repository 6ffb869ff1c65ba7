// Package record runs a program with the collector in it and makes a Profile of
// what it did.
//
// In: a command, which of the processes it starts are meant, what to search for.
// Out: how the command ended, and a Profile for each recorded process. Always:
// the program's input, output, exit code and signals are its own; it waits for us
// only at its end, while its memory is read; when it dies without that, or we
// cannot read, the Profile has what was counted and says what is missing.
package record
