// Package policy checks what a team has written down about unsafe code and about
// dependencies, and keeps the evidence for someone who was not there.
//
// What comes in is a policy file (TOML) and Facts: what an audit, an inventory of
// unsafe code and a run of the rules said. What goes out is a Report: for each rule
// of the policy a verdict, what it rests on, what was not looked at, and which rules
// of the ANSSI's Secure Rust Guidelines and which CWE it speaks to.
//
// A rule is checked when its table stands in the file. Its verdict is "pass" only
// when all that it asks about was looked at; a crate that could not be read makes it
// "not checked". Where something broken is found it is "fail", whatever else is unknown.
package policy
