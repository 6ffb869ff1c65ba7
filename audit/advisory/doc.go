// Package advisory reads databases of advisories: RustSec's (a git checkout or an
// unpacked archive of it) and folders of OSV files.
//
// What comes in is a path. What goes out is a Database: advisories by package, and
// the files that could not be read, each with its reason. One broken file never
// hides the others. Nothing here talks to a network but Update.
package advisory
