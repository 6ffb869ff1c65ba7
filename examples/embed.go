// Package examples holds the example programs, for `softshell demo`.
package examples

import "embed"

// Files are the sources of the example packages, each in its folder.
//
//go:embed */Cargo.toml */Cargo.lock */src/*.rs
var Files embed.FS
