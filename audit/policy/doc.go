// Package policy checks a written policy on unsafe code and dependencies.
package policy
