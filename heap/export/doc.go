// Package export writes a profile for people and for other programs: a report in
// text, what heaptrack_print prints, pprof, collapsed stacks, speedscope, findings,
// own JSON, and a page for a browser.
//
// In: a View. Out: bytes on a writer, or findings. Always: the same View gives the
// same bytes; names from the profile are data, whatever they contain, and never
// become markup, escape sequences or separators.
package export
