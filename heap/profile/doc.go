// Package profile is what a run showed of its heap: which stacks allocated, how
// much and for how long, what was live at the peak, what was left at the end and
// why, which blocks form cycles of reference counts, and where secret bytes
// stayed behind.
//
// In: what the collector counted, with names (package record makes it). Out: a
// file that can be read on another machine, and figures for each stack, function
// or type. Always: a Profile is complete in itself; it holds names, never
// contents of memory; what was not looked at is said in Notes.
package profile
