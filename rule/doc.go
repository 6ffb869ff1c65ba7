// Package rule is the frame in which rules run.
//
// A rule is data (Info) plus one function over a Pass. What comes in: one
// crate of a linked ir.Program with the flow engine over it. What goes out:
// findings, by Pass.Report, which fills in what every finding has: rule,
// title, CWE, severity, crate.
//
// What always holds: a rule asks the engine; it never walks MIR text of its
// own, and it never knows the name of a crate under analysis.
package rule
