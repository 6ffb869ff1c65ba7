// Package process looks at another process from outside: its memory, what it has
// mapped, its threads, and stops it for a while.
//
// In: a process id. Out: what the kernel tells. Always: the process is only read;
// nothing is written into it and no code of ours runs in it; what was stopped goes
// on when we let go of it, and when we die.
package process
