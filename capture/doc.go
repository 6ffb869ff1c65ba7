// Package capture asks rustc, through cargo, what a crate is.
//
// What comes in is a path (a package, a workspace, a Cargo.toml, one .rs file)
// and the flags that cargo knows. What goes out is a Build: one Unit for each
// compiled crate, with the arguments and the environment that rustc was given,
// the MIR text that it printed, and, on demand, the rustdoc JSON of its items.
//
// # The way of a run
//
//	locate      path -> manifest, workspace root                (locate.go, metadata.go)
//	toolchain   which rustc, can it print what we read          (toolchain.go, probe.go)
//	fingerprint is a record of an identical run still good?     (fingerprint.go)
//	lock        one run at a time in one target folder          (lock.go)
//	cargo       `cargo check` with this binary as RUSTC_WRAPPER (cargo.go)
//	wrapper     one rustc call: flags, MIR, record              (wrapper.go, rustcargs.go)
//	assemble    records + cargo's messages -> Units with keys   (assemble.go)
//	store       MIR and items by content address                (cache.go)
//
// # What always holds
//
//   - The user's tree is read only: an own target folder, an own Cargo.lock when
//     the user's is missing or out of date.
//   - Only the rustc of a crate under analysis sees RUSTC_BOOTSTRAP=1. Build
//     scripts, and the rustc calls that they make, run as they do without us.
//   - A file in the store is complete or it is not there: it is written beside
//     and renamed, and the MIR comes through a pipe whose every write is checked.
//   - A record is used only if the inputs that it was made from are unchanged.
//   - Build scripts and procedural macros do run: that is what `cargo check` does.
package capture
