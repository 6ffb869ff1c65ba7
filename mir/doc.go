// Package mir reads and prints the MIR text that rustc's --emit=mir writes.
//
// In: the text of one crate, in the terse form or with source spans
// (-Zmir-include-spans). Out: a tree with one node for each construct, types
// and paths interned. It knows text only: names are not resolved here.
//
// What always holds: printing a tree gives the text back, byte for byte, but
// for the comments on constant operands that the span form adds (see
// WithoutConstComments). A construct that is not known becomes an Unsupported
// node that keeps its text, and is counted in Stats. No input makes the parser
// panic; its memory is bounded by a multiple of the input.
//
// The text is line-based: rustc escapes line breaks inside constants, so each
// statement, declaration and header is one line, and an item ends with a `}`
// in the first column (compiler/rustc_middle/src/mir/pretty.rs). The parser
// therefore cuts lines first and scans brackets inside a line only where a
// nested construct stands. Equal texts of types, paths, constants and short
// right sides give the same node, which is then read once.
package mir
