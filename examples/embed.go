// Package examples holds the example programs, for `softshell demo`.
package examples

import "embed"

// Files are the sources of the example packages, each in its folder.
//
//go:embed */Cargo.toml */Cargo.lock */src/*.rs
//go:embed all:audited/.cargo all:audited/registry audited/advisories
var Files embed.FS
