// Package registry reads what this machine knows of a registry's crates: the index
// files that cargo keeps, a local registry, a folder of vendored crates.
//
// What comes in is the folder that cargo would start in: its configuration says what
// stands for crates.io. What goes out are the versions of a crate: yanked or not, what
// each depends on and with which features. Nothing here talks to a network, so what is
// known is as old as the file; a crate that no file tells of is unknown, never absent.
package registry
