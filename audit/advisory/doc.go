// Package advisory reads databases of advisories: RustSec's (a git checkout, an
// unpacked archive or the archive itself) and OSV files.
//
// What comes in is a path. What goes out is a Database: advisories by package, and
// the files that could not be read, each with its reason. One broken file never
// hides the others. What was read is kept in the cache as one file, which holds as
// long as the names, sizes and times of the files stay as they are. All text that
// comes out is fit to be shown: it steers no terminal.
//
// Nothing here talks to a network but Update.
package advisory
