// Package patch finds the smallest change of Cargo.lock that mends what an audit found.
package patch
