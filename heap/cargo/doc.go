// Package cargo builds and tests packages so that their programs can be recorded.
//
// In: the arguments of cargo build or cargo test. Out: programs with the collector
// linked in; or test binaries that cargo runs through this program. Always: the
// user's target folder and lock file stay as they are when a build is ours; cargo
// decides what is built and run, in which environment, and says so itself.
package cargo
